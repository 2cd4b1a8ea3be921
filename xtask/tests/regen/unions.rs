//! Discriminated unions and their tags.

use serde_json::{Value, json};

use crate::support::{refusal, says, schemas, shops};

fn animal(tag: Value) -> Value {
    json!({ "type": "object", "required": ["kind"], "properties": { "kind": tag, "name": { "type": "string" } } })
}

fn union(key: &str, members: &[&str], mapping: Value) -> Value {
    let members: Vec<Value> =
        members.iter().map(|m| json!({ "$ref": format!("#/components/schemas/{m}") })).collect();
    let mut union = json!({ key: members, "discriminator": { "propertyName": "kind" } });
    if !mapping.is_null() {
        union["discriminator"]["mapping"] = mapping;
    }
    union
}

fn target(name: &str) -> String {
    format!("#/components/schemas/{name}")
}

#[test]
fn any_of_with_a_discriminator_is_written_as_one_of() {
    let found = schemas(json!({
        "Pet": union("anyOf", &["Dog", "Cat"], Value::Null),
        "Cat": animal(json!({ "const": "cat" })),
        "Dog": animal(json!({ "const": "dog" })),
    }));
    let mapping = json!({ "cat": target("Cat"), "dog": target("Dog") });
    assert_eq!(found["Pet"]["discriminator"], json!({ "propertyName": "kind", "mapping": mapping }));
    assert_eq!(found["Pet"]["oneOf"], json!([{ "$ref": target("Cat") }, { "$ref": target("Dog") }]));
    assert_eq!(found["Pet"].get("anyOf"), None);
}

#[test]
fn a_tag_stays_a_closed_enum_in_place_and_other_enums_open() {
    let mut cat = animal(json!({ "const": "cat" }));
    cat["properties"]["mood"] = json!({ "const": "calm" });
    let found = schemas(json!({ "Pet": union("oneOf", &["Cat"], Value::Null), "Cat": cat }));
    assert_eq!(found["Cat"]["properties"]["kind"], json!({ "enum": ["cat"], "type": "string" }));
    assert_eq!(found["Cat"]["properties"]["mood"], json!({ "$ref": target("CatMood") }));
    assert_eq!(found["CatMood"]["x-affinity-open-enum"], true);
    assert_eq!(found["Pet"]["oneOf"].as_array().unwrap().len(), 1);
}

#[test]
fn one_member_may_have_two_tags() {
    let found = schemas(json!({
        "Pet": union("oneOf", &["Cat"], Value::Null),
        "Cat": animal(json!({ "type": "string", "enum": ["tom", "cat"] })),
    }));
    assert_eq!(
        found["Pet"]["discriminator"]["mapping"],
        json!({ "cat": target("Cat"), "tom": target("Cat") })
    );
    assert_eq!(found["Cat"]["properties"]["kind"], json!({ "enum": ["cat", "tom"], "type": "string" }));
}

#[test]
fn a_tag_is_found_in_a_base() {
    let found = schemas(json!({
        "Pet": union("oneOf", &["Cat"], Value::Null),
        "Cat": { "allOf": [{ "$ref": target("Base") }], "properties": { "claws": { "type": "integer" } } },
        "Base": animal(json!({ "const": "cat" })),
    }));
    assert_eq!(found["Base"]["properties"]["kind"], json!({ "enum": ["cat"], "type": "string" }));
    assert_eq!(found["Pet"]["discriminator"]["mapping"], json!({ "cat": target("Cat") }));
}

#[test]
fn a_tag_that_names_an_enum_is_written_out() {
    let found = schemas(json!({
        "Pet": union("oneOf", &["Cat"], Value::Null),
        "Cat": animal(json!({ "$ref": target("Kind") })),
        "Kind": { "type": "string", "enum": ["cat"] },
    }));
    assert_eq!(found["Cat"]["properties"]["kind"], json!({ "enum": ["cat"], "type": "string" }));
    assert_eq!(found["Kind"]["x-affinity-open-enum"], true);
}

#[test]
fn a_tag_without_values_is_the_published_name() {
    let found = schemas(json!({
        "Pet": union("oneOf", &["zoo.cat", "Dog"], json!({ "hound": "Dog" })),
        "zoo.cat": animal(json!({ "type": "string" })),
        "Dog": animal(json!({ "type": "string" })),
    }));
    assert_eq!(
        found["Pet"]["discriminator"]["mapping"],
        json!({ "zoo.cat": target("ZooCat"), "hound": target("Dog") })
    );
}

#[test]
fn unions_inside_unions_stay_nested() {
    let by = |values: Value, operator: Value| json!({ "type": "object", "properties": { "kind": { "const": values }, "operator": operator } });
    let found = schemas(json!({
        "Filter": union("oneOf", &["DateFilter", "TextFilter"], Value::Null),
        "DateFilter": { "oneOf": [{ "$ref": target("DateIs") }, { "$ref": target("DateEmpty") }], "discriminator": { "propertyName": "operator" } },
        "DateIs": by(json!("date"), json!({ "enum": ["is", "is-not"] })),
        "DateEmpty": by(json!("date"), json!({ "const": "empty" })),
        "TextFilter": by(json!("text"), json!({ "enum": ["is", "has"] })),
    }));
    assert_eq!(
        found["Filter"]["discriminator"]["mapping"],
        json!({ "date": target("DateFilter"), "text": target("TextFilter") })
    );
    let mapping = json!({ "is": target("DateIs"), "is-not": target("DateIs"), "empty": target("DateEmpty") });
    assert_eq!(found["DateFilter"]["discriminator"]["mapping"], mapping);
    assert_eq!(
        found["DateIs"]["properties"]["operator"],
        json!({ "enum": ["is", "is-not"], "type": "string" })
    );
    // The operator of a text filter is no tag.
    assert_eq!(
        found["TextFilter"]["properties"]["operator"],
        json!({ "$ref": target("TextFilterOperator") })
    );
}

#[test]
fn inline_members_are_named_by_their_tag_or_by_what_only_they_have() {
    let found = schemas(json!({
        "Pet": { "oneOf": [animal(json!({ "const": "cat" }))], "discriminator": { "propertyName": "kind" } },
        "Search": { "anyOf": [
            { "type": "object", "properties": { "prompt": { "type": "string" }, "noteIds": { "type": "array", "items": { "type": "integer" } } } },
            { "type": "object", "properties": { "prompt": { "type": "string" }, "companyId": { "type": "integer" } } },
        ] },
    }));
    assert_eq!(found["Pet"]["oneOf"], json!([{ "$ref": target("PetCat") }]));
    let members = json!([{ "$ref": target("SearchWithCompanyId") }, { "$ref": target("SearchWithNoteIds") }]);
    assert_eq!(found["Search"], json!({ "anyOf": members }));
}

#[test]
fn a_union_beside_properties_becomes_a_part() {
    let found = schemas(json!({
        "Thing": { "type": "object", "properties": { "id": { "type": "string" } }, "oneOf": [{ "$ref": target("A") }, { "$ref": target("B") }] },
        "A": { "type": "object", "properties": { "a": { "type": "string" } } },
        "B": { "type": "object", "properties": { "b": { "type": "string" } } },
    }));
    assert_eq!(found["Thing"]["allOf"], json!([{ "$ref": target("ThingChoice") }]));
    assert_eq!(found["ThingChoice"], json!({ "oneOf": [{ "$ref": target("A") }, { "$ref": target("B") }] }));
}

#[test]
fn a_list_of_groups_or_filters_recurses_through_a_named_union() {
    let found = schemas(json!({
        "Group": { "type": "object", "properties": { "filters": { "type": "array", "items": { "oneOf": [{ "$ref": target("Leaf") }, { "$ref": target("Group") }] } } } },
        "Leaf": { "type": "object", "properties": { "value": { "type": "string" } } },
    }));
    assert_eq!(
        found["GroupFiltersItem"]["oneOf"],
        json!([{ "$ref": target("Group") }, { "$ref": target("Leaf") }])
    );
}

#[test]
fn a_member_without_the_tag_is_refused() {
    let message = refusal(&shops(json!({
        "Pet": union("oneOf", &["Cat"], Value::Null),
        "Cat": { "type": "object", "properties": { "name": { "type": "string" } } },
    })));
    says(&message, &["#/components/schemas/Pet", "`kind`", "Cat"]);
}

#[test]
fn a_mapping_to_nothing_is_refused() {
    let message = refusal(&shops(json!({
        "Pet": union("oneOf", &["Cat"], json!({ "dog": "#/components/schemas/Dog" })),
        "Cat": animal(json!({ "const": "cat" })),
    })));
    says(&message, &["#/components/schemas/Pet/discriminator/mapping/dog", "Dog", "no such schema"]);
}

#[test]
fn a_mapping_against_the_members_own_tag_is_refused() {
    let message = refusal(&shops(json!({
        "Pet": union("oneOf", &["Cat"], json!({ "dog": "Cat" })),
        "Cat": animal(json!({ "const": "cat" })),
    })));
    says(&message, &["#/components/schemas/Pet", "`dog`", "Cat"]);
}

#[test]
fn a_discriminator_without_a_union_is_refused() {
    let mut cat = animal(json!({ "type": "string" }));
    cat["discriminator"] = json!({ "propertyName": "kind" });
    says(&refusal(&shops(json!({ "Cat": cat }))), &["#/components/schemas/Cat/discriminator", "oneOf"]);
}

#[test]
fn a_tag_that_is_no_text_is_refused() {
    let member = |tag: Value| json!({ "type": "object", "required": ["k"], "properties": { "k": tag } });
    for tag in [json!({ "const": 1 }), json!({ "type": "integer" }), json!({ "const": true })] {
        let union = json!({ "oneOf": [member(tag), member(json!({ "const": 2 }))], "discriminator": { "propertyName": "k" } });
        says(&refusal(&shops(json!({ "U": union }))), &["#/components/schemas/U", "`k`", "no text"]);
    }
}

#[test]
fn a_property_with_another_constant_in_each_member_is_the_tag() {
    let member = |tag: &str| json!({ "type": "object", "required": ["kind"], "properties": { "kind": { "const": tag } } });
    let found = schemas(json!({
        "A": member("a"), "B": member("b"),
        "U": { "anyOf": [{ "$ref": "#/components/schemas/A" }, { "$ref": "#/components/schemas/B" }] },
    }));
    let mapping = json!({ "a": "#/components/schemas/A", "b": "#/components/schemas/B" });
    assert_eq!(found["U"]["discriminator"], json!({ "mapping": mapping, "propertyName": "kind" }));
    assert_eq!(found["U"]["oneOf"].as_array().unwrap().len(), 2);
    assert_eq!(found["A"]["properties"]["kind"]["enum"], json!(["a"]));
}

#[test]
fn what_does_not_tell_all_members_apart_is_no_tag() {
    let member = |tag: &str, required: bool| {
        let required = if required { json!(["kind"]) } else { json!([]) };
        json!({ "type": "object", "required": required, "properties": { "kind": { "const": tag } } })
    };
    for (a, b) in [(member("a", true), member("a", true)), (member("a", true), member("b", false))] {
        let union =
            json!({ "oneOf": [{ "$ref": "#/components/schemas/A" }, { "$ref": "#/components/schemas/B" }] });
        let found = schemas(json!({ "A": a, "B": b, "U": union }));
        assert!(found["U"].get("discriminator").is_none(), "{found}");
    }
}
