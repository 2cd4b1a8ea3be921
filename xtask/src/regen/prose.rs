//! Our own words, and the marks for the generator. What has no words yet is listed.

use std::collections::BTreeSet;

use heck::ToUpperCamelCase;
use serde_json::{Map, Value, json};

use super::checks::variant;
use super::hoist::refers_to;
use super::lower::{Document, is_only_null};
use super::overlay::Overlay;
use super::slots::operation_key;

type Object = Map<String, Value>;

/// Writes descriptions and marks; returns what the overlay has no entry for.
pub(crate) fn write(document: &mut Document, overlay: &Overlay) -> BTreeSet<String> {
    let mut missing = BTreeSet::new();
    for (name, schema) in &mut document.schemas {
        in_schema(name, schema, overlay, &mut missing);
    }
    for ((path, method), operation) in &mut document.operations {
        in_operation(&operation_key(path, method), operation, overlay, &mut missing);
    }
    for (code, response) in &mut document.responses {
        in_response(code, response);
    }
    for (name, header) in &mut document.headers {
        match overlay.header(name) {
            Some(text) => header["description"] = json!(text),
            None => drop(missing.insert(format!("headers.\"{name}\""))),
        }
    }
    missing
}

fn in_schema(name: &str, schema: &mut Value, overlay: &Overlay, missing: &mut BTreeSet<String>) {
    let (id, entry) = (overlay.id(name), overlay.schema(name));
    let text = id.map(|entry| &entry.text).or(entry.map(|entry| &entry.text));
    match text {
        Some(text) => describe(schema, text),
        None => drop(missing.insert(format!("schemas.{name}"))),
    }
    if id.is_some() {
        schema["x-affinity-id"] = json!(true);
    }
    if schema["type"] == "string" && schema.get("enum").is_some() && !is_only_null(schema) {
        schema["x-affinity-open-enum"] = json!(true);
        let named = variants(name, schema, overlay);
        if !named.is_empty() {
            schema["x-affinity-variants"] = Value::Object(named);
        }
    }
    for (property, schema) in
        schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
    {
        if let Some(text) = overlay.property(name, property) {
            describe(schema, text);
        }
    }
}

/// Rust names of values, where they are not the values' own in PascalCase.
fn variants(name: &str, schema: &Value, overlay: &Overlay) -> Object {
    let values = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let named = values.map(|value| (value.to_owned(), variant(name, value, overlay)));
    named.filter(|(value, name)| *name != value.to_upper_camel_case()).map(|(v, n)| (v, json!(n))).collect()
}

fn describe(schema: &mut Value, text: &str) {
    if refers_to(schema).is_some() && schema.get("$ref").is_some() {
        *schema = json!({ "allOf": [schema.take()] });
    }
    schema["description"] = json!(text);
}

fn in_operation(key: &str, operation: &mut Value, overlay: &Overlay, missing: &mut BTreeSet<String>) {
    let mut notes = Vec::new();
    match overlay.operation(key) {
        Some(entry) => {
            operation["summary"] = json!(entry.text);
            notes.extend(entry.needs.as_ref().map(|needs| format!("Needs the permission {needs}.")));
        }
        None => drop(missing.insert(format!("operations.\"{key}\""))),
    }
    if operation["x-stability-level"] == "beta" {
        notes.push("Beta: it may change without notice and without a new API version.".to_owned());
    }
    if !notes.is_empty() {
        operation["description"] = json!(notes.join(" "));
    }
    for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap_or_default().to_owned();
        match overlay.parameter(key, &name) {
            Some(text) => parameter["description"] = json!(text),
            None => drop(missing.insert(format!("parameters.{name}"))),
        }
    }
    for (code, response) in operation["responses"].as_object_mut().into_iter().flatten() {
        in_response(code, response);
    }
}

fn in_response(code: &str, response: &mut Value) {
    if response.get("$ref").is_none() {
        response["description"] = json!(status(code));
    }
}

/// The standard wants words beside every response.
fn status(code: &str) -> String {
    let known = match code {
        "200" => "Success.",
        "201" => "Done; what came of it is in the body.",
        "202" => "Accepted; the work goes on in the background.",
        "204" => "Done; there is no body.",
        "400" => "The request is malformed or has a value that is not allowed.",
        "401" => "The API key is missing or not valid.",
        "403" => "The API key's user lacks a permission.",
        "404" => "The thing does not exist or is not visible to the API key's user.",
        "default" => "Any other error.",
        _ => return format!("Status {code}."),
    };
    known.to_owned()
}
