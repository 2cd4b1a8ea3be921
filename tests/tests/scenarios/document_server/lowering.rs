//! The schemas of OpenAPI 3.0 as JSON Schema, which a library can check values against.

use serde_json::{Map, Value, json};

/// Keywords that say nothing about which values fit.
const REMARKS: &[&str] =
    &["default", "description", "x-affinity-id", "x-affinity-open-enum", "x-stability-level"];

/// Keywords that both dialects have, with the same meaning.
const SHARED: &[&str] = &["enum", "maxItems", "maximum", "minimum", "required", "type", "uniqueItems"];

/// Formats that only tell a number's width. The document states the bounds as well.
const WIDTHS: &[&str] = &["int32", "int64"];

const FORMATS: &[&str] = &["date-time", "email", "hostname", "uri", "uuid"];

/// Lowers a schema. A keyword that is not understood is refused: left out, it would check nothing.
pub(crate) fn lower(schema: &Value, at: &str) -> Value {
    let keywords = schema.as_object().unwrap().iter();
    let mut out: Map<_, _> =
        keywords.filter_map(|(keyword, value)| lower_keyword(keyword, value, at)).collect();
    if let Some(members) = schema.get("oneOf") {
        let discriminator = schema.get("discriminator");
        out.extend(choice(discriminator.expect("a oneOf has a discriminator"), members, at));
    }
    // So a misfit names its place, which a choice between null and the rest would not.
    let nullable = schema.get("nullable") == Some(&json!(true));
    if nullable { json!({"if": {"type": "null"}, "else": out}) } else { out.into() }
}

fn lower_keyword(keyword: &str, value: &Value, at: &str) -> Option<(String, Value)> {
    let lowered = match keyword {
        known if SHARED.contains(&known) => value.clone(),
        known if REMARKS.contains(&known) => return None,
        "discriminator" | "nullable" | "oneOf" => return None,
        "$ref" => reference(value),
        "items" => lower(value, at),
        "allOf" => lower_each(value, at),
        "properties" => lower_properties(value, at),
        "additionalProperties" if *value == false => value.clone(),
        "format" if WIDTHS.iter().any(|width| value == width) => return None,
        "format" if FORMATS.iter().any(|format| value == format) => value.clone(),
        // Which of an open enum's values occur at this place.
        "x-affinity-values" => return Some(("enum".to_owned(), value.clone())),
        _ => panic!("{at}: {keyword} {value} is not understood"),
    };
    Some((keyword.to_owned(), lowered))
}

fn reference(value: &Value) -> Value {
    value.as_str().unwrap().replace("#/components/schemas/", "#/$defs/").into()
}

fn lower_each(schemas: &Value, at: &str) -> Value {
    schemas.as_array().unwrap().iter().map(|schema| lower(schema, at)).collect()
}

fn lower_properties(properties: &Value, at: &str) -> Value {
    let lower = |(name, schema): (&String, &Value)| (name.clone(), lower(schema, &format!("{at}.{name}")));
    properties.as_object().unwrap().iter().map(lower).collect::<Map<_, _>>().into()
}

/// The tag decides which member a value has to fit, so that a misfit names its place in that member.
fn choice(discriminator: &Value, members: &Value, at: &str) -> Map<String, Value> {
    let tag = discriminator["propertyName"].as_str().unwrap();
    let mapping = discriminator["mapping"].as_object().unwrap();
    for member in members.as_array().unwrap() {
        assert!(mapping.values().any(|it| *it == member["$ref"]), "{at}: {member} has no tag");
    }
    let tags: Vec<_> = mapping.keys().collect();
    let branch = |(value, target): (&String, &Value)| {
        let tagged = json!({"type": "object", "required": [tag], "properties": {tag: {"const": value}}});
        json!({"if": tagged, "then": {"$ref": reference(target)}})
    };
    let branches: Vec<_> = mapping.iter().map(branch).collect();
    let whole = json!({
        "type": "object", "required": [tag], "properties": {tag: {"enum": tags}}, "allOf": branches,
    });
    let Value::Object(whole) = whole else { unreachable!() };
    whole
}
