//! Names that are derived, and names that would be one in Rust.

use serde_json::{Value, json};

use crate::support::{BARE, normal_form, refusal, says, schemas, shops};

fn operation_ids(operations: &[(&str, &str)]) -> Vec<String> {
    let mut document = shops(json!({}));
    for (method, path) in operations {
        let parameters: Vec<Value> = path
            .split('/')
            .filter_map(|s| s.strip_prefix('{')?.strip_suffix('}'))
            .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
            .collect();
        document["paths"][path][method] =
            json!({ "parameters": parameters, "responses": { "204": { "description": "" } } });
    }
    let found = normal_form(BARE, &document);
    operations
        .iter()
        .map(|(method, path)| found["paths"][path][method]["operationId"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn operations_are_named_by_method_and_path() {
    let names = operation_ids(&[
        ("get", "/v2/lists"),
        ("get", "/v2/lists/{listId}"),
        ("get", "/v2/lists/{listId}/fields"),
        ("get", "/v2/lists/{listId}/list-entries/{entryId}"),
        ("post", "/v2/lists"),
        ("post", "/v2/lists/{listId}"),
        ("delete", "/v2/lists/{listId}"),
        ("patch", "/v2/companies/{companyId}/fields"),
        ("post", "/v2/companies/search"),
        ("get", "/v2/rate-limit"),
    ]);
    let expected = [
        "list_lists",
        "get_list",
        "list_list_fields",
        "get_list_entry",
        "create_list",
        "update_list",
        "delete_list",
        "update_company_fields",
        "search_companies",
        "get_rate_limit",
    ];
    assert_eq!(names, expected);
}

#[test]
fn published_names_become_rust_names() {
    let found = schemas(
        json!({ "notes.Note": { "type": "string" }, "list_entry": { "type": "string" }, "a.B": { "type": "string" } }),
    );
    assert_eq!(found.as_object().unwrap().keys().collect::<Vec<_>>(), ["Ab", "ListEntry", "NotesNote"]);
}

#[test]
fn two_schemas_of_one_rust_name_are_refused() {
    let message =
        refusal(&shops(json!({ "notes.Note": { "type": "string" }, "NotesNote": { "type": "string" } })));
    says(&message, &["#/components/schemas/notes.Note", "#/components/schemas/NotesNote", "`NotesNote`"]);
}

#[test]
fn an_inline_schema_and_a_component_of_one_name_are_refused() {
    let message = refusal(&shops(json!({
        "Shop": { "type": "object", "properties": { "kind": { "enum": ["a", "b"] } } },
        "ShopKind": { "type": "object", "properties": { "a": { "type": "string" } } },
    })));
    says(&message, &["Shop.kind", "#/components/schemas/ShopKind", "`ShopKind`"]);
}

#[test]
fn equal_inline_things_may_share_a_derived_name() {
    let kind = json!({ "enum": ["a", "b"] });
    let found = schemas(json!({
        "Shop": { "type": "object", "properties": { "kind": kind } },
        "ShopKind": { "type": "string", "enum": ["b", "a"] },
    }));
    assert_eq!(found["Shop"]["properties"]["kind"], json!({ "$ref": "#/components/schemas/ShopKind" }));
}

#[test]
fn two_fields_of_one_rust_name_are_refused() {
    let text = json!({ "type": "string" });
    let message = refusal(&shops(
        json!({ "Shop": { "type": "object", "properties": { "fooBar": text, "foo_bar": text } } }),
    ));
    says(&message, &["#/components/schemas/Shop/properties/foo_bar", "`fooBar`", "`foo_bar`"]);
}

#[test]
fn a_field_of_a_base_counts_too() {
    let message = refusal(&shops(json!({
        "Base": { "type": "object", "properties": { "createdAt": { "type": "string" } } },
        "Shop": { "allOf": [{ "$ref": "#/components/schemas/Base" }], "properties": { "created_at": { "type": "string" } } },
    })));
    says(&message, &["#/components/schemas/Shop/properties", "created_at", "createdAt"]);
}

#[test]
fn two_values_of_one_rust_name_are_refused() {
    let message = refusal(&shops(json!({ "Kind": { "enum": ["a-b", "a_b"] } })));
    says(&message, &["#/components/schemas/Kind", "`a-b`", "`a_b`", "variants"]);
}

#[test]
fn a_leading_minus_names_the_descending_order() {
    let found = schemas(json!({ "Order": { "enum": ["name", "-name"] } }));
    assert_eq!(found["Order"]["x-affinity-variants"], json!({ "-name": "NameDescending" }));
}

#[test]
fn a_taken_name_is_said_another_way() {
    let names = operation_ids(&[
        ("get", "/v2/shops"),
        ("get", "/v3/shops"),
        ("post", "/v2/lists/{listId}/search"),
        ("get", "/v2/lists/{listId}"),
        ("post", "/v2/lists/{listId}/list-entries/search"),
        ("post", "/v2/x/\u{2026}search"),
        ("post", "/v2/search"),
        ("get", "/v2/a-b"),
        ("get", "/v2/a_b"),
        ("get", "/v2/\u{2026}"),
    ]);
    let expected = [
        "list_shops",
        "get_v3_shops",
        "search_list",
        "get_list",
        "search_list_entries",
        "create_x_search",
        "create_search",
        "get_a_b",
        "get_v2_a_b",
        "get",
    ];
    assert_eq!(names, expected);
}

#[test]
fn a_value_called_unknown_has_a_name_of_its_own() {
    let found = schemas(json!({ "Kind": { "enum": ["a", "unknown"] } }));
    assert_eq!(found["Kind"]["x-affinity-variants"], json!({ "unknown": "UnknownValue" }));
}

#[test]
fn a_value_that_makes_no_name_is_refused() {
    says(&refusal(&shops(json!({ "Kind": { "enum": ["a", "\u{bd}"] } }))), &["`\u{bd}`", "variants"]);
}

fn told_apart_by(tags: &[&str]) -> Value {
    let member =
        |tag: &&str| json!({ "type": "object", "required": ["k"], "properties": { "k": { "const": tag } } });
    let members: Vec<Value> = tags.iter().map(member).collect();
    shops(json!({ "U": { "oneOf": members, "discriminator": { "propertyName": "k" } } }))
}

#[test]
fn tags_that_make_no_names_are_refused() {
    says(&refusal(&told_apart_by(&["1", "b"])), &["#/components/schemas/U", "`1`"]);
    says(&refusal(&told_apart_by(&["self", "b"])), &["`Self`"]);
    says(&refusal(&told_apart_by(&["unknown", "b"])), &["`Unknown`"]);
}

#[test]
fn an_operation_id_given_twice_is_refused() {
    let mut document = shops(json!({}));
    document["paths"]["/v2/shops"]["get"]["operationId"] = json!("shops");
    document["paths"]["/v2/stalls"] = document["paths"]["/v2/shops"].clone();
    says(&refusal(&document), &["GET /v2/stalls", "GET /v2/shops", "operationId `shops`"]);
}

#[test]
fn two_arguments_of_one_rust_name_are_refused() {
    let mut document = shops(json!({}));
    let parameter = |name: &str| json!({ "name": name, "in": "query", "schema": { "type": "string" } });
    document["paths"]["/v2/shops"]["get"]["parameters"] =
        json!([parameter("pageSize"), parameter("page_size")]);
    says(&refusal(&document), &["GET /v2/shops", "`pageSize`", "`page_size`"]);
}
