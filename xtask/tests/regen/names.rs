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
fn two_operations_of_one_name_are_refused() {
    let mut document = shops(json!({}));
    document["paths"]["/v3/shops"] = document["paths"]["/v2/shops"].clone();
    says(&refusal(&document), &["GET /v3/shops", "GET /v2/shops", "`list_shops`"]);
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
