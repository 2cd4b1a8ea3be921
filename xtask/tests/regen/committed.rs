//! The committed document: complete, in line with the overlay, and the same from any dress it may wear.

use serde_json::{Map, Value, json};

use crate::support::{Folder, ours};

const SCHEMAS_WITHIN: [&str; 5] = ["items", "additionalProperties", "allOf", "oneOf", "anyOf"];

fn comes_back_the_same(document: &Value) {
    let folder = Folder::like_ours();
    let before = folder.text();
    for run in [folder.regen(document), folder.regen_yaml(document)] {
        assert_eq!(run.code, Some(0), "{}", run.err);
        assert_eq!(folder.text(), before, "{}", run.out);
        assert!(run.out.contains("up to date"), "{}", run.out);
    }
}

/// Changes every schema of a document, the inner ones first.
fn each_schema(document: &mut Value, change: &dyn Fn(&mut Map<String, Value>)) {
    match document {
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                match key.as_str() {
                    "schema" => in_schema(value, change),
                    "schemas" => {
                        value.as_object_mut().unwrap().values_mut().for_each(|s| in_schema(s, change))
                    }
                    _ => each_schema(value, change),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_schema(item, change)),
        _ => {}
    }
}

fn in_schema(schema: &mut Value, change: &dyn Fn(&mut Map<String, Value>)) {
    let Some(map) = schema.as_object_mut() else { return };
    for value in
        map.get_mut("properties").and_then(Value::as_object_mut).into_iter().flat_map(|p| p.values_mut())
    {
        in_schema(value, change);
    }
    for key in SCHEMAS_WITHIN {
        match map.get_mut(key) {
            Some(Value::Array(members)) => members.iter_mut().for_each(|member| in_schema(member, change)),
            Some(value) => in_schema(value, change),
            None => {}
        }
    }
    change(map);
}

/// Prose, titles, examples and extensions on every object of the document that can have them.
fn decorated(mut document: Value) -> Value {
    let nonsense = || json!({ "$ref": "#/nowhere", "type": 7, "enum": {}, "properties": [] });
    let words = |value: &mut Value| {
        if value.get("$ref").is_none() {
            value["description"] = json!("Words.\n\n    and code");
            value["x-words"] = nonsense();
        }
    };
    each_schema(&mut document, &|schema| {
        for key in ["title", "description", "$comment"] {
            schema.insert(key.to_owned(), json!("words"));
        }
        if !schema.contains_key("$ref") {
            schema.insert("example".to_owned(), nonsense());
            schema.insert("examples".to_owned(), json!([nonsense()]));
        }
        schema.insert("x-words".to_owned(), nonsense());
        schema.insert("externalDocs".to_owned(), json!({ "url": "https://docs.example" }));
    });
    for item in document["paths"].as_object_mut().unwrap().values_mut() {
        for operation in item.as_object_mut().unwrap().values_mut() {
            for parameter in
                operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten()
            {
                words(parameter);
                parameter["examples"] = json!({ "one": { "value": nonsense() } });
            }
            for response in operation["responses"].as_object_mut().unwrap().values_mut() {
                words(response);
                for media in response
                    .get_mut("content")
                    .and_then(Value::as_object_mut)
                    .into_iter()
                    .flat_map(|c| c.values_mut())
                {
                    media["example"] = nonsense();
                }
            }
            words(operation);
            operation["externalDocs"] = json!({ "url": "https://docs.example" });
        }
        words(item);
    }
    document["info"]["description"] = json!("Words ".repeat(900));
    document["info"]["contact"] = json!({ "name": "words" });
    document["tags"].as_array_mut().unwrap().iter_mut().for_each(words);
    document["components"]["examples"] = json!({ "one": { "value": nonsense() } });
    document["x-words"] = nonsense();
    document
}

/// The newer dialect: constants, lists of types, unions with null, exclusive bounds as numbers.
fn modern(mut document: Value) -> Value {
    document["openapi"] = json!("3.1.1");
    each_schema(&mut document, &|schema| {
        let single = schema.get("enum").and_then(Value::as_array).is_some_and(|values| values.len() == 1);
        if single {
            let values = schema.remove("enum").unwrap();
            schema.insert("const".to_owned(), values[0].clone());
        }
        if schema.remove("nullable").is_some() {
            match schema.remove("allOf") {
                Some(parts) => drop(schema.insert("oneOf".to_owned(), json!([{ "type": "null" }, parts[0]]))),
                None => drop(schema.insert("type".to_owned(), json!(["null", schema["type"]]))),
            }
        }
        if let Some(closed) = schema.remove("additionalProperties") {
            schema.insert("unevaluatedProperties".to_owned(), closed);
        }
    });
    document
}

#[test]
fn it_is_in_line_with_the_overlay() {
    let folder = Folder::like_ours();
    let run = folder.run(&["--check"]);
    assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
}

#[test]
fn nothing_is_left_to_be_named() {
    let run = Folder::like_ours().run(&["--check"]);
    assert!(!run.out.contains("Still to be named"), "{}", run.out);
}

#[test]
fn every_operation_parameter_and_schema_has_prose() {
    let document = Folder::like_ours().document();
    let mut operations = 0;
    for operation in
        document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values())
    {
        operations += 1;
        assert!(operation["summary"].is_string(), "{operation}");
        for parameter in operation.get("parameters").and_then(Value::as_array).into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{parameter}");
        }
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(schema["description"].is_string(), "{name}");
    }
    assert_eq!(operations, 46);
}

#[test]
fn prose_changes_nothing() {
    comes_back_the_same(&decorated(Folder::like_ours().document()));
}

#[test]
fn the_newer_dialect_changes_nothing() {
    comes_back_the_same(&modern(Folder::like_ours().document()));
}

#[test]
fn prose_in_the_newer_dialect_changes_nothing() {
    comes_back_the_same(&decorated(modern(Folder::like_ours().document())));
}

#[test]
fn the_order_of_lists_changes_nothing() {
    fn reverse(value: &mut Value, key: &str) {
        match value {
            Value::Object(map) => map.iter_mut().for_each(|(key, value)| reverse(value, key)),
            Value::Array(items) => {
                if ["required", "enum", "oneOf", "tags", "parameters"].contains(&key) {
                    items.reverse();
                }
                items.iter_mut().for_each(|item| reverse(item, ""));
            }
            _ => {}
        }
    }
    let mut document = Folder::like_ours().document();
    reverse(&mut document, "");
    comes_back_the_same(&document);
}

/// The components that the overlay makes of what was written in place.
fn made_of_inline_things(document: &Value) -> Vec<String> {
    let overlay = std::fs::read_to_string(ours("overlay.toml")).unwrap();
    let overlay: toml::Table = toml::from_str(&overlay).unwrap();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let entries = ["schemas", "ids"].into_iter().flat_map(|section| overlay[section].as_table().unwrap());
    let hoisted = entries.filter(|(name, entry)| entry.get("at").is_some() && schemas.contains_key(*name));
    hoisted.map(|(name, _)| name.clone()).collect()
}

/// Writes components back to the places that name them.
fn write_back(value: &mut Value, bodies: &Map<String, Value>) {
    let body = |schema: &Value| {
        let name = schema["$ref"].as_str()?.strip_prefix("#/components/schemas/")?;
        bodies.get(name).cloned()
    };
    let replaced = match value["allOf"].as_array().map(Vec::as_slice) {
        Some([only]) => body(only).map(|mut body| {
            for (key, beside) in value.as_object().unwrap() {
                match key.as_str() {
                    "allOf" | "description" => {}
                    "x-affinity-values" => body["enum"] = beside.clone(),
                    _ => body[key] = beside.clone(),
                }
            }
            body
        }),
        _ => body(value),
    };
    if let Some(body) = replaced {
        *value = body;
    }
    match value {
        Value::Object(map) => map.values_mut().for_each(|value| write_back(value, bodies)),
        Value::Array(items) => items.iter_mut().for_each(|item| write_back(item, bodies)),
        _ => {}
    }
}

#[test]
fn what_was_written_in_place_can_be_written_in_place_again() {
    let mut document = Folder::like_ours().document();
    let names = made_of_inline_things(&document);
    assert!(names.len() > 20, "{names:?}");
    let schemas = document["components"]["schemas"].as_object_mut().unwrap();
    let mut bodies = Map::new();
    for name in names {
        let mut body = schemas.remove(&name).unwrap();
        let ours = ["description", "x-affinity-id", "x-affinity-open-enum", "x-affinity-variants"];
        body.as_object_mut().unwrap().retain(|key, _| !ours.contains(&key.as_str()));
        bodies.insert(name, body);
    }
    write_back(&mut document, &bodies);
    comes_back_the_same(&document);
}
