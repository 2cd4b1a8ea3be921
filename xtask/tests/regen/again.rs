//! The output fed back in gives itself, whatever odd things the document says.

use serde_json::{Value, json};

use crate::support::{BARE, Folder, normal_form, schemas, shops, thing, with_parameter};

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

#[test]
fn odd_schemas_settle_at_once() {
    let odd = [
        json!({ "oneOf": [{ "type": "null" }] }),
        json!({ "anyOf": [{ "type": "null" }, { "const": null }] }),
        json!({ "allOf": [{ "type": "integer" }, { "minimum": 3 }] }),
        json!({ "allOf": [reference("Text"), { "maxLength": 3 }] }),
        json!({ "allOf": [reference("Text"), { "type": "string", "maxLength": 3 }] }),
        json!({ "allOf": [reference("Shop"), { "required": ["id"] }] }),
        json!({ "allOf": [{ "type": "string", "default": "a" }], "default": "b" }),
        json!({ "allOf": [{ "enum": ["a", "b"], "default": "a" }], "default": "b" }),
        json!({ "type": "object", "properties": { "x": { "allOf": [{ "enum": ["a"], "default": "a" }], "default": "a" } } }),
        json!({ "oneOf": [
            { "type": "object", "properties": { "a_b": { "type": "string" }, "c": { "type": "string" } } },
            { "type": "object", "properties": { "c": { "type": "string" } } },
        ] }),
        json!({ "$ref": "#/components/schemas/Shop/properties/id", "maximum": 7 }),
        json!({ "type": "integer", "minimum": 1, "allOf": [{ "minimum": 3 }, { "maximum": 5 }] }),
        json!({ "type": "string", "pattern": "a", "allOf": [{ "pattern": "b" }] }),
        json!({ "type": ["string", "integer", "null"], "maxLength": 3, "minimum": 2 }),
        json!({ "allOf": [{ "type": ["string", "integer"] }], "nullable": true }),
        json!({ "allOf": [{ "type": "object", "properties": { "q": { "enum": ["x", null] } } }, reference("Shop")] }),
        json!({ "type": "array", "items": { "oneOf": [{ "type": "null" }, reference("Text")] } }),
        json!({ "additionalProperties": { "enum": ["a", "b", null] } }),
        json!({ "anyOf": [{ "required": ["id"] }, { "required": ["name"] }], "properties": { "id": {}, "name": {} } }),
    ];
    for schema in odd {
        let shop = json!({ "type": "object", "properties": { "id": { "type": "integer", "minimum": 1 } } });
        schemas(json!({ "Thing": schema, "Text": { "type": "string", "minLength": 1 }, "Shop": shop }));
    }
}

#[test]
fn a_nullable_enum_as_a_parameter_settles() {
    let mut document = with_parameter(json!({ "name": "kind", "in": "query", "schema": reference("Kind") }));
    document["components"]["schemas"]["Kind"] = json!({ "enum": ["a", "b", null] });
    let found = normal_form(BARE, &document);
    assert_eq!(found["paths"]["/v2/shops"]["get"]["parameters"][0]["schema"], reference("Kind"));
}

#[test]
fn parts_keep_the_type_of_the_whole() {
    let found = thing(json!({ "type": "integer", "minimum": 1, "allOf": [{ "minimum": 3 }] }));
    assert_eq!(found, json!({ "minimum": 3, "type": "integer" }));
    let found = thing(json!({ "allOf": [{ "type": "integer" }, { "minimum": 3 }] }));
    assert_eq!(found, json!({ "minimum": 3, "type": "integer" }));
}

#[test]
fn the_tighter_bound_counts() {
    let found = thing(json!({
        "type": "number", "minimum": 1, "maximum": 9,
        "allOf": [{ "minimum": 0, "exclusiveMaximum": 5 }, { "exclusiveMinimum": 1 }]
    }));
    let tight = json!({
        "exclusiveMaximum": true, "exclusiveMinimum": true, "maximum": 5, "minimum": 1, "type": "number"
    });
    assert_eq!(found, tight);
}

#[test]
fn null_is_allowed_where_every_typed_part_allows_it() {
    let nullable = |parts: Value| thing(json!({ "allOf": parts }))["nullable"] == true;
    assert!(!nullable(json!([{ "type": ["string", "null"] }, { "type": "string" }])));
    assert!(nullable(json!([{ "type": ["string", "null"] }, { "type": ["null", "string"] }])));
    assert!(nullable(json!([{ "type": ["string", "null"] }, { "maxLength": 3 }])));
    assert!(!nullable(json!([{ "type": "string" }, { "maxLength": 3 }])));
}

#[test]
fn only_null_is_a_type_of_its_own() {
    let found = thing(json!({ "oneOf": [{ "type": "null" }] }));
    assert_eq!(found, json!({ "enum": [null], "nullable": true, "type": "string" }));
}

const AT_POINTERS: &str = r##"
api_version = "2001-01-01"
[schemas.Shop]
text = "A shop."
from = "v1.Shop"
[[corrections]]
at = ["#/components/schemas/v1.Shop/properties/name", "#/components/parameters/q/schema"]
remove = ["not"]
reason = "Says nothing."
"##;

#[test]
fn corrections_at_pointers_are_not_looked_for_in_our_own_document() {
    let mut document = shops(json!({
        "v1.Shop": { "type": "object", "properties": { "name": { "type": "string", "not": {} } } }
    }));
    document["components"]["parameters"]["q"] =
        json!({ "name": "q", "in": "query", "schema": { "type": "string", "not": {} } });
    document["paths"]["/v2/shops"]["get"]["parameters"] = json!([{ "$ref": "#/components/parameters/q" }]);
    let folder = Folder::with(AT_POINTERS);
    let run = folder.regen(&document);
    assert_eq!(run.code, Some(0), "{}", run.err);
    let text = folder.text();
    let again = folder.regen_text("again.json", &text);
    assert_eq!((again.code, folder.text()), (Some(0), text), "{}", again.err);
}
