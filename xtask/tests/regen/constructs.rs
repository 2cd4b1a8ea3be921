//! The standard's constructs, in either dialect.

use serde_json::{Value, json};

use crate::support::{BARE, normal_form, schemas, shops, thing, with_parameter};

fn property(schema: Value) -> Value {
    thing(json!({ "type": "object", "properties": { "it": schema } }))["properties"]["it"].clone()
}

fn parameter(parameter: Value) -> Value {
    normal_form(BARE, &with_parameter(parameter))["paths"]["/v2/shops"]["get"]["parameters"][0].clone()
}

#[test]
fn a_type_list_with_null_is_nullable() {
    assert_eq!(
        property(json!({ "type": ["string", "null"] })),
        json!({ "type": "string", "nullable": true })
    );
}

#[test]
fn several_types_become_a_union_that_keeps_each_ones_keywords() {
    let found =
        schemas(json!({ "Thing": { "type": ["integer", "string", "null"], "minimum": 1, "maxLength": 3 } }));
    let members = json!([{ "type": "integer", "minimum": 1 }, { "type": "string", "maxLength": 3 }]);
    let mut expected = json!({ "nullable": true });
    expected["oneOf"] = members;
    assert_eq!(found["Thing"]["nullable"], expected["nullable"]);
    assert_eq!(found["Thing"]["oneOf"].as_array().unwrap().len(), 2);
    for member in expected["oneOf"].as_array().unwrap() {
        assert!(found["Thing"]["oneOf"].as_array().unwrap().contains(member));
    }
}

#[test]
fn a_union_of_a_reference_and_null_is_a_nullable_reference() {
    for key in ["oneOf", "anyOf"] {
        let found = schemas(json!({
            "Pet": { "type": "object", "properties": { "pet": { key: [{ "type": "null" }, { "$ref": "#/components/schemas/Cat" }] } } },
            "Cat": { "type": "object", "properties": { "name": { "type": "string" } } },
        }));
        let expected = json!({ "allOf": [{ "$ref": "#/components/schemas/Cat" }], "nullable": true });
        assert_eq!(found["Pet"]["properties"]["pet"], expected);
    }
}

#[test]
fn a_union_of_several_and_null_stays_a_union() {
    let found = schemas(json!({
        "Both": { "oneOf": [{ "$ref": "#/components/schemas/B" }, { "type": "null" }, { "$ref": "#/components/schemas/A" }] },
        "A": { "type": "string" },
        "B": { "type": "integer" },
    }));
    let members = json!([{ "$ref": "#/components/schemas/A" }, { "$ref": "#/components/schemas/B" }]);
    assert_eq!(found["Both"], json!({ "nullable": true, "oneOf": members }));
}

#[test]
fn null_among_values_makes_the_place_nullable() {
    let found = schemas(json!({
        "Thing": { "type": "object", "properties": { "it": { "type": ["string", "null"], "enum": ["b", null, "a"] } } }
    }));
    let expected = json!({ "allOf": [{ "$ref": "#/components/schemas/ThingIt" }], "nullable": true });
    assert_eq!(found["Thing"]["properties"]["it"], expected);
    let values = json!({ "enum": ["a", "b"], "type": "string", "x-affinity-open-enum": true });
    assert_eq!(found["ThingIt"], values);
}

#[test]
fn a_constant_is_an_enum_of_one() {
    let found = schemas(json!({ "Thing": { "const": "only" } }));
    assert_eq!(found["Thing"], json!({ "enum": ["only"], "type": "string", "x-affinity-open-enum": true }));
}

#[test]
fn a_value_that_is_always_null_is_kept_as_such() {
    for schema in [
        json!({ "type": "null" }),
        json!({ "const": null }),
        json!({ "enum": [null], "nullable": true, "type": "string" }),
    ] {
        assert_eq!(property(schema), json!({ "enum": [null], "nullable": true, "type": "string" }));
    }
}

#[test]
fn constants_with_titles_are_one_enum() {
    let found =
        thing(json!({ "oneOf": [{ "const": "b", "title": "Bee" }, { "const": "a", "description": "Ay" }] }));
    assert_eq!(found, json!({ "enum": ["a", "b"], "type": "string", "x-affinity-open-enum": true }));
}

#[test]
fn exclusive_bounds_take_the_form_of_the_older_dialect() {
    let expected = json!({ "type": "integer", "minimum": 0, "exclusiveMinimum": true });
    assert_eq!(property(json!({ "type": "integer", "exclusiveMinimum": 0 })), expected);
    assert_eq!(property(json!({ "type": "integer", "minimum": 0, "exclusiveMinimum": true })), expected);
    assert_eq!(
        property(json!({ "type": "integer", "minimum": 3, "exclusiveMinimum": 1 })),
        json!({ "type": "integer", "minimum": 3 })
    );
}

#[test]
fn numbers_have_one_spelling() {
    for (published, ours) in [
        ("1.0", "1"),
        ("1e2", "100"),
        ("9223372036854776000", "9223372036854775807"),
        ("9.223372036854776e18", "9223372036854775807"),
        ("0.5", "0.5"),
    ] {
        let published: Value = serde_json::from_str(published).unwrap();
        let found = property(json!({ "type": "number", "maximum": published }));
        assert_eq!(found["maximum"].to_string(), ours);
    }
}

#[test]
fn a_reference_loses_the_prose_beside_it_and_keeps_the_facts() {
    let found = schemas(json!({
        "Thing": { "type": "object", "properties": {
            "prose": { "$ref": "#/components/schemas/Name", "description": "words", "title": "words", "x-word": 1 },
            "facts": { "$ref": "#/components/schemas/Name", "nullable": true, "default": "n" },
        } },
        "Name": { "type": "string" },
    }));
    let name = json!({ "$ref": "#/components/schemas/Name" });
    assert_eq!(found["Thing"]["properties"]["prose"], name);
    assert_eq!(
        found["Thing"]["properties"]["facts"],
        json!({ "allOf": [name], "default": "n", "nullable": true })
    );
}

#[test]
fn an_all_of_one_reference_is_that_reference() {
    let found = schemas(json!({
        "Thing": { "type": "object", "properties": { "it": { "allOf": [{ "$ref": "#/components/schemas/Name" }], "description": "x" } } },
        "Name": { "type": "string" },
    }));
    assert_eq!(found["Thing"]["properties"]["it"], json!({ "$ref": "#/components/schemas/Name" }));
}

#[test]
fn inline_parts_of_an_all_of_join_the_schema() {
    let beside = json!({ "allOf": [{ "$ref": "#/components/schemas/Base" }], "properties": { "b": { "type": "string" } }, "required": ["a", "b"] });
    let inside = json!({ "allOf": [{ "$ref": "#/components/schemas/Base" }, { "type": "object", "properties": { "b": { "type": "string" } }, "required": ["b", "a"] }] });
    let base = json!({ "type": "object", "properties": { "a": { "type": "string" } } });
    let first = schemas(json!({ "Thing": beside, "Base": base }));
    assert_eq!(first, schemas(json!({ "Thing": inside, "Base": base })));
    assert_eq!(first["Thing"]["type"], "object");
}

#[test]
fn properties_may_be_called_like_keywords() {
    let names = ["description", "title", "example", "default", "x-foo", "$ref", "enum", "type", "properties"];
    let properties: Value = names
        .iter()
        .map(|name| ((*name).to_owned(), json!({ "type": "boolean" })))
        .collect::<serde_json::Map<_, _>>()
        .into();
    // `$ref` as a property's name, not as a reference.
    let found = thing(json!({ "type": "object", "properties": properties }));
    assert_eq!(found["properties"].as_object().unwrap().len(), names.len());
}

#[test]
fn examples_are_not_looked_into() {
    let nonsense = json!({ "$ref": "#/nowhere", "type": 7, "oneOf": {} });
    let found =
        thing(json!({ "type": "string", "example": nonsense, "examples": [nonsense], "x-note": nonsense }));
    assert_eq!(found, json!({ "type": "string" }));
}

#[test]
fn schemas_that_allow_everything_are_empty() {
    assert_eq!(property(json!(true)), json!({}));
    assert_eq!(property(json!({ "description": "anything" })), json!({}));
}

#[test]
fn open_objects_say_nothing_and_maps_say_what_they_hold() {
    assert_eq!(thing(json!({ "type": "object", "additionalProperties": true })), json!({ "type": "object" }));
    assert_eq!(
        thing(json!({ "additionalProperties": false })),
        json!({ "type": "object", "additionalProperties": false })
    );
    assert_eq!(
        thing(json!({ "type": "object", "unevaluatedProperties": false })),
        json!({ "type": "object", "additionalProperties": false })
    );
    let map = json!({ "type": "object", "additionalProperties": { "type": "integer" } });
    assert_eq!(thing(map.clone()), map);
}

#[test]
fn inline_things_in_maps_lists_and_objects_are_named_after_their_place() {
    let found = schemas(json!({
        "Shop": { "type": "object", "properties": {
            "address": { "type": "object", "properties": { "kind": { "enum": ["home", "work"] } } },
            "tags": { "type": "array", "items": { "enum": ["x", "y"] } },
            "prices": { "type": "object", "additionalProperties": { "type": "object", "properties": { "net": { "type": "number" } } } },
        } },
    }));
    let names: Vec<&String> = found.as_object().unwrap().keys().collect();
    assert_eq!(names, ["Shop", "ShopAddress", "ShopAddressKind", "ShopPricesValue", "ShopTagsItem"]);
    assert_eq!(
        found["Shop"]["properties"]["tags"]["items"],
        json!({ "$ref": "#/components/schemas/ShopTagsItem" })
    );
}

#[test]
fn recursive_schemas_end() {
    let group = json!({ "type": "object", "properties": { "groups": { "type": "array", "items": { "$ref": "#/components/schemas/Group" } } } });
    assert_eq!(schemas(json!({ "Group": group }))["Group"], group);
}

#[test]
fn binary_content_has_the_older_dialects_formats() {
    assert_eq!(
        property(json!({ "type": "string", "contentEncoding": "base64" })),
        json!({ "type": "string", "format": "byte" })
    );
    assert_eq!(
        property(json!({ "type": "string", "contentMediaType": "application/octet-stream" })),
        json!({ "type": "string", "format": "binary" })
    );
}

#[test]
fn a_reference_into_a_schema_is_written_out() {
    let found = schemas(json!({
        "Thing": { "type": "object", "properties": { "it": { "$ref": "#/components/schemas/Other/properties/size" } } },
        "Other": { "type": "object", "properties": { "size": { "type": "integer", "format": "int32" } } },
    }));
    assert_eq!(found["Thing"]["properties"]["it"], json!({ "type": "integer", "format": "int32" }));
}

#[test]
fn the_types_of_typeless_schemas_are_the_evident_ones() {
    assert_eq!(thing(json!({ "properties": { "a": { "type": "string" } } }))["type"], "object");
    assert_eq!(thing(json!({ "items": { "type": "string" } }))["type"], "array");
    assert_eq!(thing(json!({ "maxLength": 3 }))["type"], "string");
    assert_eq!(thing(json!({ "enum": [1, 2] }))["type"], "integer");
}

#[test]
fn lists_always_say_how_they_are_written_and_single_values_never() {
    let list =
        json!({ "name": "ids", "in": "query", "schema": { "type": "array", "items": { "type": "string" } } });
    let found = parameter(list.clone());
    assert_eq!((&found["style"], &found["explode"]), (&json!("form"), &json!(true)));
    let single = json!({ "name": "q", "in": "query", "style": "form", "explode": true, "required": false, "schema": { "type": "string" } });
    assert_eq!(parameter(single), json!({ "name": "q", "in": "query", "schema": { "type": "string" } }));
}

#[test]
fn a_parameter_is_never_null() {
    let found = parameter(json!({ "name": "q", "in": "query", "schema": { "type": ["string", "null"] } }));
    assert_eq!(found["schema"], json!({ "type": "string" }));
}

#[test]
fn parameters_come_from_the_path_the_operation_and_the_components_in_one_order() {
    let mut document = shops(json!({}));
    document["components"]["parameters"] =
        json!({ "page": { "name": "page", "in": "query", "schema": { "type": "integer" } } });
    document["paths"]["/v2/shops/{shop}/{shelf}"] = json!({
        "parameters": [
            { "name": "shelf", "in": "path", "required": true, "schema": { "type": "string" } },
            { "name": "q", "in": "query", "schema": { "type": "string" } },
        ],
        "get": {
            "parameters": [
                { "$ref": "#/components/parameters/page" },
                { "name": "q", "in": "query", "required": true, "schema": { "type": "string" } },
                { "name": "shop", "in": "path", "required": true, "schema": { "type": "string" } },
            ],
            "responses": { "204": { "description": "" } },
        }
    });
    let found = normal_form(BARE, &document);
    let parameters =
        found["paths"]["/v2/shops/{shop}/{shelf}"]["get"]["parameters"].as_array().unwrap().clone();
    let names: Vec<&str> = parameters.iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["shop", "shelf", "page", "q"]);
    assert_eq!(parameters[3]["required"], true);
}

#[test]
fn bodies_and_statuses_of_all_kinds_come_through() {
    let mut document = shops(json!({}));
    document["paths"]["/v2/shops"]["post"] = json!({
        "requestBody": { "required": true, "content": { "application/json; charset=utf-8": { "schema": { "type": "object", "properties": { "name": { "type": "string" } } } } } },
        "responses": {
            "201": { "description": "", "content": { "application/json": { "schema": { "type": "object", "properties": { "id": { "type": "string" } } } } } },
            "202": { "description": "", "content": {} },
            "4xx": { "description": "" },
        }
    });
    let found = normal_form(BARE, &document);
    let post = &found["paths"]["/v2/shops"]["post"];
    let reference = |name: &str| json!({ "schema": { "$ref": format!("#/components/schemas/{name}") } });
    assert_eq!(post["requestBody"]["content"]["application/json"], reference("CreateShopBody"));
    assert_eq!(post["responses"]["201"]["content"]["application/json"], reference("CreateShopResponse"));
    assert_eq!(post["responses"]["202"].get("content"), None);
    assert!(post["responses"].get("4XX").is_some());
}

#[test]
fn a_component_that_is_values_or_null_passes_null_on_to_its_places() {
    let found = schemas(json!({
        "Thing": { "type": "object", "properties": { "it": { "$ref": "#/components/schemas/Kind" } } },
        "Kind": { "type": ["string", "null"], "enum": ["a", null] },
    }));
    let expected = json!({ "allOf": [{ "$ref": "#/components/schemas/Kind" }], "nullable": true });
    assert_eq!(found["Thing"]["properties"]["it"], expected);
    assert_eq!(found["Kind"], json!({ "enum": ["a"], "type": "string", "x-affinity-open-enum": true }));
}

#[test]
fn definitions_inside_a_schema_are_written_out() {
    let found = thing(json!({
        "type": "object", "$defs": { "X": { "type": "string" } },
        "properties": { "a": { "$ref": "#/components/schemas/Thing/$defs/X" } }
    }));
    assert_eq!(found["properties"]["a"], json!({ "type": "string" }));
}

#[test]
fn references_into_other_paths_are_followed() {
    let mut document = with_parameter(json!({ "name": "q", "in": "query", "schema": { "type": "string" } }));
    let first = "#/paths/~1v2~1shops/get";
    document["paths"]["/v2/stalls"]["get"] = json!({
        "parameters": [{ "$ref": format!("{first}/parameters/0") }],
        "responses": { "204": { "$ref": format!("{first}/responses/204") } },
    });
    document["paths"]["/v2/stands"] = json!({ "$ref": "#/paths/~1v2~1shops" });
    let paths = normal_form(BARE, &document)["paths"].clone();
    for path in ["/v2/stalls", "/v2/stands"] {
        assert_eq!(paths[path]["get"]["parameters"], paths["/v2/shops"]["get"]["parameters"]);
        assert_eq!(paths[path]["get"]["responses"], paths["/v2/shops"]["get"]["responses"]);
    }
}

#[test]
fn errors_may_come_in_other_media_types() {
    let mut document = shops(json!({}));
    let media = json!({ "schema": { "type": "string" } });
    document["paths"]["/v2/shops"]["get"]["responses"] = json!({
        "204": {}, "500": { "content": { "text/html": media } },
        "default": { "content": { "application/problem+xml": media, "application/json": media } },
    });
    let found = normal_form(BARE, &document);
    let responses = &found["paths"]["/v2/shops"]["get"]["responses"];
    assert!(responses["500"].get("content").is_none());
    assert_eq!(responses["default"]["content"], json!({ "application/json": media }));
}

#[test]
fn what_a_path_says_of_its_stability_holds_for_its_operations() {
    let mut document = shops(json!({}));
    document["paths"]["/v2/shops"]["x-stability-level"] = json!("beta");
    assert_eq!(normal_form(BARE, &document)["paths"]["/v2/shops"]["get"]["x-stability-level"], "beta");
}
