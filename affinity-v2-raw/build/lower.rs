//! What only the generator needs, done to a copy of the document that stays true OpenAPI.

use serde_json::{Map, Value, json};

use crate::document::Document;

pub(crate) fn for_generator(document: &Document) -> Result<Value, String> {
    let mut root = document.root.clone();
    // One error type serves all operations: every status but success arrives whole, and is read in one place.
    for_each_operation(&mut root, keep_success);
    let whole = root.clone();
    if let Some(schemas) = root["components"]["schemas"].as_object_mut() {
        for (name, schema) in schemas {
            *schema = flatten(schema, &whole).map_err(|why| format!("schema {name}: {why}"))?;
        }
    }
    if let Some(components) = root["components"].as_object_mut() {
        components.retain(|kind, _| kind == "schemas" || kind == "parameters");
    }
    loosen(&mut root);
    Ok(root)
}

fn for_each_operation(root: &mut Value, change: fn(&mut Map<String, Value>)) {
    let paths = root["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    for operation in paths.filter_map(Value::as_object_mut).flat_map(|path| path.values_mut()) {
        if let Some(operation) = operation.as_object_mut().filter(|it| it.contains_key("responses")) {
            change(operation);
        }
    }
}

fn keep_success(operation: &mut Map<String, Value>) {
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else {
        return;
    };
    // Which of the successes it is does not matter: 200 where 202 was promised is done all the same.
    let success = responses.iter().find(|(status, _)| status.starts_with('2'));
    let Some(mut success) = success.map(|(_, response)| response.clone()) else {
        return;
    };
    if let Some(response) = success.as_object_mut() {
        response.remove("headers");
    }
    *responses = Map::from_iter([("2XX".to_owned(), success)]);
}

/// `allOf` with more than a nullable reference in it becomes one object.
fn flatten(schema: &Value, root: &Value) -> Result<Value, String> {
    let Some(parts) = schema["allOf"].as_array() else {
        return Ok(schema.clone());
    };
    let mut flat = schema.as_object().cloned().unwrap_or_default();
    flat.remove("allOf");
    let mut properties = Map::new();
    let mut required = Vec::new();
    let own = Value::Object(flat.clone());
    for part in parts.iter().chain([&own]) {
        let part = flatten(resolve(part, root)?, root)?;
        if part.get("oneOf").is_some() || part.get("anyOf").is_some() {
            return Err("allOf with a union in it has no Rust form yet".to_owned());
        }
        properties.extend(part["properties"].as_object().cloned().unwrap_or_default());
        required.extend(part["required"].as_array().cloned().unwrap_or_default());
    }
    flat.insert("type".to_owned(), json!("object"));
    flat.insert("properties".to_owned(), properties.into());
    flat.insert("required".to_owned(), required.into());
    Ok(flat.into())
}

fn resolve<'a>(schema: &'a Value, root: &'a Value) -> Result<&'a Value, String> {
    let Some(reference) = schema["$ref"].as_str() else {
        return Ok(schema);
    };
    let pointer = reference.trim_start_matches('#');
    root.pointer(pointer).ok_or_else(|| format!("{reference} leads nowhere"))
}

/// Drops the promises that the server does not keep or that would make a type of their own.
fn loosen(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(loosen),
        Value::Object(object) => {
            if is_schema(object) {
                loosen_schema(object);
            }
            object.values_mut().for_each(loosen);
        }
        _ => {}
    }
}

fn is_schema(object: &Map<String, Value>) -> bool {
    object.get("type").is_some_and(Value::is_string)
}

fn loosen_schema(schema: &mut Map<String, Value>) {
    if schema.get("additionalProperties").is_some_and(Value::is_boolean) {
        schema.remove("additionalProperties");
    }
    for promise in ["pattern", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "default"] {
        schema.remove(promise);
    }
    // A value that is always null says nothing of its type.
    if schema.get("enum").is_some_and(|values| *values == json!([null])) {
        schema.remove("enum");
    }
    match schema["type"].as_str() {
        Some("string") if schema.get("format").is_some_and(|format| format != "date-time") => {
            schema.remove("format");
        }
        Some("integer" | "number") => loosen_number(schema),
        _ => {}
    }
}

/// Bounds choose the sign of the Rust type and nothing else.
fn loosen_number(schema: &mut Map<String, Value>) {
    let unsigned = schema.get("minimum").and_then(Value::as_f64).is_some_and(|minimum| minimum >= 0.0);
    for bound in ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"] {
        schema.remove(bound);
    }
    if unsigned && schema["type"] == "integer" {
        let format =
            if schema.get("format").is_some_and(|format| format == "int32") { "uint32" } else { "uint64" };
        schema.insert("format".to_owned(), format.into());
    }
}
