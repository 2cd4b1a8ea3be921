//! Documents that are refused: the message names the place, and the old file stays.

use serde_json::{Value, json};

use crate::support::{BARE, normal_form, refusal, says, shops, with_parameter};

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
    for keyword in ["not", "if", "prefixItems", "patternProperties", "contains", "sometimes"] {
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

#[test]
fn a_long_chain_of_references_is_refused() {
    let mut schemas = json!({ "T9999": { "type": "string" } });
    for number in 0..9999 {
        let next = format!("#/components/schemas/T{}", number + 1);
        schemas[format!("T{number}")] = json!({ "$ref": next });
    }
    says(&refusal(&shops(schemas)), &["more than 500 references"]);
}

#[test]
fn references_that_double_at_each_step_are_refused() {
    let mut schemas =
        json!({ "T0": { "properties": { "a": { "type": "string" }, "b": { "type": "string" } } } });
    for number in 1..40 {
        let last =
            |name: &str| json!({ "$ref": format!("#/components/schemas/T{}/properties/{name}", number - 1) });
        let both = json!({ "type": "object", "properties": { "x": last("a"), "y": last("b") } });
        schemas[format!("T{number}")] = json!({ "properties": { "a": both, "b": both } });
    }
    says(&refusal(&shops(schemas)), &["50,000"]);
}

/// The refusal when this stands at a pointer of a small document.
fn with(pointer: &str, value: Value) -> String {
    let mut document = shops(json!({}));
    let segments: Vec<String> =
        pointer.split('/').skip(1).map(|s| s.replace("~1", "/").replace("~0", "~")).collect();
    let mut place = &mut document;
    for segment in &segments {
        place = &mut place[segment.as_str()];
    }
    *place = value;
    refusal(&document)
}

#[test]
fn nothing_is_lost_unseen() {
    let flow = |scopes: Value| json!({ "k": { "type": "oauth2", "flows": { "clientCredentials": { "tokenUrl": "https://a.example", "scopes": scopes } } } });
    says(&with("/components/securitySchemes", flow(json!(["read"]))), &["scopes", "must be an object"]);
    let answer = |header: Value| json!({ "204": { "headers": { "X-A": header } } });
    let responses = "/paths/~1v2~1shops/get/responses";
    let header = json!({ "schema": { "type": "string" }, "style": "form" });
    says(&with(responses, answer(header)), &["X-A/style"]);
    let header = json!({ "schema": { "type": "string" }, "explode": 7 });
    says(&with(responses, answer(header)), &["X-A/explode", "true or false"]);
    says(&with(responses, json!({ "2xx": {}, "2XX": {} })), &["`2XX`", "twice"]);
    let item = json!({ "get": { "responses": { "204": {} } } });
    says(
        &with("/components/pathItems", json!({ "shop": item })),
        &["#/components/pathItems/shop", "no path"],
    );
    let encoded = json!({ "T": { "type": "string", "format": "uri", "contentEncoding": "base64" } });
    says(&with("/components/schemas", encoded), &["#/components/schemas/T", "`format`"]);
}

#[test]
fn a_security_requirement_lists_texts() {
    let mut document = shops(json!({}));
    document["components"]["securitySchemes"] = json!({ "key": { "type": "http", "scheme": "bearer" } });
    document["security"] = json!([{ "key": "read" }]);
    says(&refusal(&document), &["#/security/0/key", "must be a list"]);
}

#[test]
fn a_default_must_be_a_value() {
    let bad = [
        json!({ "type": "integer", "default": "7" }),
        json!({ "enum": ["a", "b"], "default": "c" }),
        json!({ "type": "string", "default": null }),
        json!({ "type": "array", "items": {}, "default": 7 }),
    ];
    for schema in bad {
        says(&refusal(&shops(json!({ "T": schema }))), &["#/components/schemas/T/default", "allows"]);
    }
    let shop = json!({ "properties": { "kind": { "allOf": [{ "$ref": "#/components/schemas/Kind" }], "default": "c" } } });
    says(&refusal(&shops(json!({ "Shop": shop, "Kind": { "enum": ["a", "b"] } }))), &["Shop.kind", "\"c\""]);
}

#[test]
fn bases_that_contradict_each_other_are_refused() {
    let base = |kind: &str| json!({ "type": "object", "properties": { "a": { "type": kind } } });
    let bases = |other: &str| {
        let parts = json!([{ "$ref": "#/components/schemas/B" }, { "$ref": "#/components/schemas/C" }]);
        shops(json!({ "B": base("string"), "C": base(other), "T": { "allOf": parts } }))
    };
    says(&refusal(&bases("integer")), &["#/components/schemas/T/properties/a", "B", "C"]);
    normal_form(BARE, &bases("string"));
}

#[test]
fn one_parameter_name_in_two_places_is_refused() {
    let mut document = shops(json!({}));
    let parameter = |place: &str| json!({ "name": "q", "in": place, "schema": { "type": "string" } });
    document["paths"]["/v2/shops"]["get"]["parameters"] = json!([parameter("query"), parameter("header")]);
    says(&refusal(&document), &["GET /v2/shops", "`q`", "query", "header", "correction"]);
}

#[test]
fn a_constant_that_is_an_object_is_refused() {
    says(
        &refusal(&shops(json!({ "T": { "const": { "a": 1 } } }))),
        &["#/components/schemas/T/const", "no Rust form"],
    );
}
