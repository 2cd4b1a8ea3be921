//! Documents that are refused: the message names the place, and the old file stays.

use serde_json::{Value, json};

use crate::support::{refusal, says, shops, with_parameter};

fn operation(change: impl FnOnce(&mut Value)) -> String {
    let mut document = shops(json!({}));
    change(&mut document["paths"]["/v2/shops"]);
    refusal(&document)
}

fn schema(thing: Value) -> String {
    refusal(&shops(json!({ "Thing": thing })))
}

#[test]
fn no_openapi_key() {
    says(&refusal(&json!({ "paths": {} })), &["no `openapi` key"]);
}

#[test]
fn swagger_2() {
    says(&refusal(&json!({ "swagger": "2.0", "paths": {} })), &["Swagger 2", "convert"]);
}

#[test]
fn another_version_of_openapi() {
    for version in ["2.0", "3.2.0", "4.0.0"] {
        let mut document = shops(json!({}));
        document["openapi"] = json!(version);
        says(&refusal(&document), &[version, "3.0 and 3.1"]);
    }
}

#[test]
fn a_list_instead_of_a_document() {
    says(&refusal(&json!([1])), &["a list"]);
}

#[test]
fn no_paths() {
    let mut document = shops(json!({}));
    document["paths"] = json!({});
    says(&refusal(&document), &["#/paths", "no paths"]);
}

#[test]
fn an_operation_without_responses() {
    says(
        &operation(|path| path["get"] = json!({})),
        &["#/paths/~1v2~1shops/get/responses", "without responses"],
    );
}

#[test]
fn a_response_code_that_is_none() {
    says(
        &operation(|path| path["get"]["responses"]["2000"] = json!({})),
        &["#/paths/~1v2~1shops/get/responses/2000"],
    );
}

#[test]
fn an_unknown_method() {
    says(&operation(|path| path["fetch"] = json!({})), &["#/paths/~1v2~1shops/fetch", "`fetch`"]);
}

#[test]
fn callbacks() {
    says(
        &operation(|path| path["get"]["callbacks"] = json!({ "a": {} })),
        &["#/paths/~1v2~1shops/get/callbacks"],
    );
}

#[test]
fn webhooks() {
    let mut document = shops(json!({}));
    document["webhooks"] = json!({ "sold": {} });
    says(&refusal(&document), &["#/webhooks"]);
}

#[test]
fn multipart() {
    let body = json!({ "content": { "multipart/form-data": { "schema": { "type": "object" } } } });
    says(
        &operation(|path| path["get"]["requestBody"] = body),
        &["requestBody/content/multipart~1form-data", "multipart/form-data"],
    );
}

#[test]
fn several_media_types() {
    let body = json!({ "content": { "application/json": {}, "text/plain": {} } });
    says(&operation(|path| path["get"]["requestBody"] = body), &["application/json, text/plain"]);
}

#[test]
fn dangling_references_all_at_once() {
    let message = schema(json!({ "type": "object", "properties": {
        "a": { "$ref": "#/components/schemas/Nope" },
        "b": { "type": "array", "items": { "$ref": "#/components/schemas/Neither" } },
    } }));
    says(
        &message,
        &[
            "properties/a/$ref",
            "`#/components/schemas/Nope`",
            "properties/b/items/$ref",
            "Neither",
            "2 problems",
        ],
    );
}

#[test]
fn a_reference_out_of_the_document() {
    says(
        &schema(json!({ "$ref": "other.yaml#/Thing" })),
        &["#/components/schemas/Thing/$ref", "other.yaml#/Thing", "bundle"],
    );
}

#[test]
fn references_in_a_circle() {
    let message = refusal(&shops(
        json!({ "A": { "$ref": "#/components/schemas/B" }, "B": { "$ref": "#/components/schemas/A" } }),
    ));
    says(&message, &["#/components/schemas/A", "A → B → A"]);
}

#[test]
fn parameter_references_in_a_circle() {
    let mut document = shops(json!({}));
    let to = |name: &str| json!({ "$ref": format!("#/components/parameters/{name}") });
    document["components"]["parameters"] = json!({ "a": to("b"), "b": to("a") });
    says(&refusal(&document), &["#/components/parameters/a", "leads back to itself"]);
}

#[test]
fn keywords_that_cannot_be_carried_over() {
    for keyword in ["not", "if", "prefixItems", "patternProperties", "$defs", "contains", "sometimes"] {
        let mut thing = json!({ "type": "object" });
        thing[keyword] = json!({});
        says(
            &schema(thing),
            &[&format!("#/components/schemas/Thing/{keyword}"), &format!("`{keyword}`"), "correction"],
        );
    }
}

#[test]
fn tuples() {
    says(
        &schema(json!({ "type": "array", "items": [{ "type": "string" }] })),
        &["#/components/schemas/Thing/items", "tuple"],
    );
}

#[test]
fn the_schema_that_allows_nothing() {
    says(&schema(json!(false)), &["#/components/schemas/Thing", "false"]);
}

#[test]
fn a_type_that_is_none() {
    says(&schema(json!({ "type": "strng" })), &["#/components/schemas/Thing/type", "strng"]);
}

#[test]
fn values_of_another_type() {
    says(
        &schema(json!({ "type": "string", "enum": [1, 2] })),
        &["#/components/schemas/Thing/enum", "integer", "string"],
    );
}

#[test]
fn a_required_property_that_is_nowhere() {
    says(
        &schema(json!({ "type": "object", "properties": {}, "required": ["gone"] })),
        &["#/components/schemas/Thing/required", "`gone`"],
    );
}

#[test]
fn one_of_and_any_of_together() {
    let text = json!([{ "type": "string" }]);
    says(
        &schema(json!({ "oneOf": text, "anyOf": text })),
        &["#/components/schemas/Thing", "`oneOf` and `anyOf`"],
    );
}

#[test]
fn a_parameter_nowhere() {
    let message = refusal(&with_parameter(json!({ "name": "b", "in": "body", "schema": {} })));
    says(&message, &["#/paths/~1v2~1shops/get/parameters/0/in", "`body`"]);
}

#[test]
fn a_parameter_twice() {
    let mut document = with_parameter(json!({ "name": "q", "in": "query", "schema": { "type": "string" } }));
    let parameters = &mut document["paths"]["/v2/shops"]["get"]["parameters"];
    *parameters = json!([parameters[0], parameters[0]]);
    says(&refusal(&document), &["#/paths/~1v2~1shops/get/parameters/1", "`q`", "twice"]);
}

#[test]
fn a_path_parameter_the_path_does_not_have() {
    let message =
        refusal(&with_parameter(json!({ "name": "id", "in": "path", "required": true, "schema": {} })));
    says(&message, &["#/paths/~1v2~1shops/get", "`id`", "{id}"]);
}

#[test]
fn a_name_in_the_path_that_is_not_declared() {
    let mut document = shops(json!({}));
    document["paths"]["/v2/shops/{id}"] = document["paths"]["/v2/shops"].clone();
    says(&refusal(&document), &["#/paths/~1v2~1shops~1{id}/get", "{id}", "no path parameter"]);
}

#[test]
fn a_path_parameter_that_is_optional() {
    let mut document = with_parameter(json!({ "name": "id", "in": "path", "schema": { "type": "string" } }));
    document["paths"]["/v2/shops/{id}"] = document["paths"]["/v2/shops"].take();
    document["paths"]["/v2/shops"] = shops(json!({}))["paths"]["/v2/shops"].clone();
    says(&refusal(&document), &["parameters/0", "`id`", "required: true"]);
}

#[test]
fn one_path_under_two_spellings() {
    let path = |name: &str| {
        json!({ "get": {
            "parameters": [{ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }],
            "responses": { "204": { "description": "" } },
        } })
    };
    let mut document = shops(json!({}));
    document["paths"]["/v2/shops/{a}"] = path("a");
    document["paths"]["/v2/shops/{b}"] = path("b");
    says(&refusal(&document), &["#/paths/~1v2~1shops~1{b}", "/v2/shops/{a}"]);
}

#[test]
fn a_security_scheme_that_is_nowhere() {
    let mut document = shops(json!({}));
    document["security"] = json!([{ "key": [] }]);
    says(&refusal(&document), &["#/security/0/key", "`key`"]);
}
