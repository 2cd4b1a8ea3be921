//! The document and what was made of it stay in step.

use affinity::FieldValue;
use serde_json::{Value, from_str};

fn document() -> Value {
    from_str(include_str!("../../../openapi/affinity-v2.json")).unwrap()
}

#[test]
fn every_value_type_of_the_document_has_a_variant() {
    let document = document();
    let mapping = &document["components"]["schemas"]["FieldValue"]["discriminator"]["mapping"];
    let documented: Vec<_> = mapping.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(FieldValue::known_kinds().collect::<Vec<_>>(), documented);
    let listed: Vec<_> = affinity::ValueType::KNOWN.iter().map(affinity::ValueType::as_str).collect();
    assert_eq!(listed, documented);
}

#[test]
fn the_document_has_all_operations_and_prose_for_each() {
    let document = document();
    let mut count = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            count += 1;
            let said = operation["summary"].as_str().or(operation["description"].as_str());
            assert!(said.is_some_and(|text| !text.is_empty()), "{method} {path}");
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                assert!(parameter["description"].is_string(), "{method} {path} {}", parameter["name"]);
            }
        }
    }
    assert_eq!(count, 46);
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(schema["description"].as_str().is_some_and(|text| !text.is_empty()), "{name}");
    }
}

#[test]
fn every_id_of_the_document_is_a_type() {
    // The build of affinity-v2-raw names `affinity_core::X` for each mark, so this only counts them.
    let document = document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    assert_eq!(schemas.values().filter(|schema| schema["x-affinity-id"] == true).count(), 16);
}

#[test]
fn rows_take_what_the_document_gives_them() {
    // Written by hand: a property or kind that a new document adds would be dropped without a word.
    let document = document();
    let schemas = &document["components"]["schemas"];
    let mapping = schemas["ListEntryWithEntity"]["discriminator"]["mapping"].as_object().unwrap();
    assert_eq!(mapping.keys().collect::<Vec<_>>(), ["company", "opportunity", "person"]);
    for target in mapping.values() {
        let name = target.as_str().unwrap().rsplit('/').next().unwrap();
        let properties: Vec<_> = schemas[name]["properties"].as_object().unwrap().keys().collect();
        assert_eq!(properties, ["createdAt", "creatorId", "entity", "id", "listId", "type"], "{name}");
    }
}
