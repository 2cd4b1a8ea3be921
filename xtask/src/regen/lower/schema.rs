//! One schema, from either dialect.

use serde_json::{Map, Value, json};

use super::numbers::numbers;
use super::unions::absorb;
use super::values::{COUNTS, NUMERIC};
use super::{Lowering, OWN_VALUES};
use crate::regen::place::{Place, find, kind, segments, sorted};

const OTHERS: [&str; 22] = [
    "$defs",
    "$ref",
    "$schema",
    "type",
    "nullable",
    "enum",
    "const",
    "format",
    "pattern",
    "default",
    "items",
    "uniqueItems",
    "properties",
    "required",
    "additionalProperties",
    "unevaluatedProperties",
    "allOf",
    "oneOf",
    "anyOf",
    "discriminator",
    "exclusiveMinimum",
    "exclusiveMaximum",
];
const MARKS: [&str; 5] = ["deprecated", "readOnly", "writeOnly", "contentEncoding", "contentMediaType"];
const STRUCTURE: [&str; 5] = ["allOf", "properties", "additionalProperties", "items", "enum"];

/// More than this is no document, but a knot.
const MOST_WRITTEN_OUT: usize = 50_000;
pub(crate) const MOST_IN_A_CHAIN: usize = 500;

type Object = Map<String, Value>;

/// What a schema is to the one around it.
#[derive(Clone, Copy)]
pub(super) enum Role<'t> {
    Whole,
    /// A member of a union, with the type that the schema around the union states.
    Member(Option<&'t str>),
    /// A part of an `allOf`, which says nothing of the type by what it leaves out.
    Part,
}

impl<'a> Lowering<'a> {
    pub(super) fn schema(&mut self, value: &'a Value, at: &Place) -> Value {
        match value {
            Value::Bool(true) => json!({}),
            Value::Bool(false) => {
                self.refuse(at, "the schema `false` allows nothing and has no Rust type");
                json!({})
            }
            Value::Object(map) => self.object_schema(map, at, Role::Whole),
            other => {
                self.refuse(at, format!("a schema must be an object, not {}", kind(other)));
                json!({})
            }
        }
    }

    pub(super) fn object_schema(&mut self, map: &'a Object, at: &Place, role: Role<'_>) -> Value {
        if !self.expanding.is_empty() && !self.may_write_out(at) {
            return json!({});
        }
        let known: Vec<&str> = [&NUMERIC[..], &COUNTS, &OTHERS, &MARKS].concat();
        self.only_known(map, at, "a schema", &known);
        let mut out = Object::new();
        let mut nullable = self.flag(map, "nullable", at);
        let mut types = self.types(map, at);
        nullable |= types.iter().any(|t| t == "null");
        let only_null = types == ["null"];
        types.retain(|t| t != "null");
        if only_null || self.allows_only_null(map) {
            return only_null_schema();
        }
        self.values(map, at, &mut types, &mut nullable, &mut out);
        self.bounds(map, at, &mut out);
        self.plain(map, at, &mut out);
        self.children(map, at, &mut out);
        if let [one] = &types[..] {
            out.insert("type".to_owned(), one.as_str().into());
        }
        self.combine(map, at, &types, &mut nullable, &mut out);
        self.reference(map, at, &mut nullable, &mut out);
        if is_only_null(&Value::Object(out.clone())) {
            return only_null_schema();
        }
        self.one_type(at, &mut types, &mut out);
        if types.is_empty() {
            let implied = match role {
                Role::Whole => implied_type(&out),
                Role::Member(outer) => outer.or_else(|| implied_type(&out)),
                Role::Part => None,
            };
            types.extend(implied.map(str::to_owned));
        }
        if let Some(default) = out.get("default")
            && !default_fits(default, &out, &types, nullable)
        {
            self.refuse(
                &at.key("default"),
                format!("the default {default} is no value that the schema allows"),
            );
        }
        finish(out, &types, nullable)
    }

    /// The type that the schema and the parts taken into it agree on.
    fn one_type(&mut self, at: &Place, types: &mut Vec<String>, out: &mut Object) {
        let Some(Value::String(one)) = out.remove("type") else {
            return;
        };
        let listed = |t: &String| *t == one || *t == "number" && one == "integer";
        if !types.is_empty() && !types.iter().any(listed) {
            self.refuse(at, format!("a part of type {one} in a schema of type {}", types.join(" or ")));
        }
        *types = vec![one];
    }

    /// Counts what references to other places than components are written out into.
    fn may_write_out(&mut self, at: &Place) -> bool {
        self.written += 1;
        if self.written == MOST_WRITTEN_OUT + 1 {
            self.refuse(at, "references to places inside schemas write out more than 50,000 schemas: make their targets components");
        }
        self.written <= MOST_WRITTEN_OUT
    }

    fn types(&mut self, map: &'a Object, at: &Place) -> Vec<String> {
        const KNOWN: [&str; 7] = ["string", "integer", "number", "boolean", "array", "object", "null"];
        let at = at.key("type");
        let listed: Vec<&Value> = match map.get("type") {
            None => return Vec::new(),
            Some(Value::Array(types)) if types.is_empty() => {
                self.refuse(&at, "a list of no types");
                return Vec::new();
            }
            Some(Value::Array(types)) => types.iter().collect(),
            Some(one) => vec![one],
        };
        let mut types = Vec::new();
        for value in listed {
            match value.as_str().filter(|t| KNOWN.contains(t)) {
                Some(known) if types.iter().any(|t| t == known) => {}
                Some(known) => types.push(known.to_owned()),
                None => self.refuse(&at, format!("{value} is no type that JSON Schema knows")),
            }
        }
        // Every integer is a number.
        if types.iter().any(|t| t == "number") {
            types.retain(|t| t != "integer");
        }
        types.sort();
        types
    }

    fn plain(&mut self, map: &'a Object, at: &Place, out: &mut Object) {
        for key in ["format", "pattern"] {
            if let Some(text) = map.get(key).and_then(|v| self.text(v, &at.key(key), &format!("`{key}`"))) {
                out.insert(key.to_owned(), text.into());
            }
        }
        self.content_keywords(map, at, out);
        for key in ["deprecated", "readOnly", "writeOnly", "uniqueItems"] {
            if self.flag(map, key, at) {
                out.insert(key.to_owned(), true.into());
            }
        }
        if let Some(default) = map.get("default") {
            out.insert("default".to_owned(), numbers(default));
        }
        if let Some(values) = map.get(OWN_VALUES) {
            out.insert(OWN_VALUES.to_owned(), numbers(values));
        }
        self.stability(map, at, out);
    }

    /// 3.1 says in keywords what 3.0 says in formats.
    fn content_keywords(&mut self, map: &'a Object, at: &Place, out: &mut Object) {
        let encoding = map.get("contentEncoding").map(|v| v.as_str().unwrap_or_default());
        let media = map.get("contentMediaType").map(|v| v.as_str().unwrap_or_default());
        let format = match (encoding, media) {
            (None, None) => return,
            (Some("base64"), _) => "byte",
            (None, Some("application/octet-stream")) => "binary",
            _ => {
                self.refuse(
                    at,
                    "a `contentEncoding` or `contentMediaType` that OpenAPI 3.0 has no format for",
                );
                return;
            }
        };
        if let Some(other) = map.get("format").filter(|other| *other != format) {
            self.refuse(at, format!("a `format` {other} beside content keywords that mean `{format}`: remove one with a correction"));
        }
        out.insert("format".to_owned(), format.into());
    }

    fn children(&mut self, map: &'a Object, at: &Place, out: &mut Object) {
        if let Some(items) = map.get("items") {
            let at = at.key("items");
            let items = if items.is_array() {
                self.refuse(&at, "a list of item schemas (a tuple) is not something regen can carry over");
                json!({})
            } else {
                self.schema(items, &at)
            };
            out.insert("items".to_owned(), items);
        }
        if let Some(properties) = map.get("properties") {
            let at = at.key("properties");
            let mut kept = Object::new();
            for (name, schema) in self.object(properties, &at, "`properties`").map(sorted).unwrap_or_default()
            {
                kept.insert(name.clone(), self.schema(schema, &at.key(name)));
            }
            if !kept.is_empty() {
                out.insert("properties".to_owned(), Value::Object(kept));
            }
        }
        self.required(map, at, out);
        self.additional(map, at, out);
    }

    fn required(&mut self, map: &'a Object, at: &Place, out: &mut Object) {
        let Some(required) = map.get("required") else {
            return;
        };
        let at = at.key("required");
        let mut names: Vec<&str> = Vec::new();
        for (index, name) in self.list(required, &at, "`required`").iter().enumerate() {
            names.extend(self.text(name, &at.index(index), "a required property"));
        }
        names.sort_unstable();
        names.dedup();
        if !names.is_empty() {
            out.insert("required".to_owned(), json!(names));
        }
    }

    /// Open objects say nothing; maps and closed objects do.
    fn additional(&mut self, map: &'a Object, at: &Place, out: &mut Object) {
        const KEY: &str = "additionalProperties";
        let found = [KEY, "unevaluatedProperties"].into_iter().find_map(|key| Some((key, map.get(key)?)));
        match found {
            None | Some((_, Value::Bool(true))) => {}
            Some((_, Value::Bool(false))) => drop(out.insert(KEY.to_owned(), false.into())),
            Some((key, schema)) => {
                let schema = self.schema(schema, &at.key(key));
                if schema != json!({}) {
                    out.insert(KEY.to_owned(), schema);
                }
            }
        }
    }

    /// A reference, with what stands beside it: alone it stays one, else it becomes a part of an `allOf`.
    fn reference(&mut self, map: &'a Object, at: &Place, nullable: &mut bool, out: &mut Object) {
        let Some(target) = map.get("$ref") else { return };
        let Some(part) = self.text(target, &at.key("$ref"), "a reference").and_then(|t| self.target(t, at))
        else {
            return;
        };
        let alone = map.get("type").is_none() && !out.contains_key("type");
        *nullable |= alone && part.get("nullable").is_some();
        absorb(out, part);
        tidy_parts(out);
    }

    /// What a reference names: a component stays a reference, any other place is written out.
    fn target(&mut self, target: &str, at: &Place) -> Option<Value> {
        if let Some(["components", "schemas", published]) =
            segments(target).as_deref().map(as_strs).as_deref()
        {
            if let Some(name) = self.names.get(published) {
                return Some(json!({ "$ref": format!("#/components/schemas/{name}") }));
            }
            self.refuse(&at.key("$ref"), format!("the reference `{target}` leads nowhere"));
            return None;
        }
        if !target.starts_with('#') {
            self.refuse(
                &at.key("$ref"),
                format!("`{target}` is outside the document; bundle the document into one file first"),
            );
            return None;
        }
        let Some(within) = segments(target).filter(|s| holds_schema(s)) else {
            self.refuse(&at.key("$ref"), format!("`{target}` is no reference to a schema"));
            return None;
        };
        let found = find(self.root, &within);
        let Some(found) = found else {
            self.refuse(&at.key("$ref"), format!("the reference `{target}` leads nowhere"));
            return None;
        };
        if self.expanding.iter().any(|open| open == target) {
            self.refuse(
                &at.key("$ref"),
                format!("the reference `{target}` leads back to itself; make its target a component"),
            );
            return None;
        }
        if self.expanding.len() >= MOST_IN_A_CHAIN {
            self.refuse(&at.key("$ref"), "a chain of more than 500 references");
            return None;
        }
        self.expanding.push(target.to_owned());
        let schema = self.schema(found, at);
        self.expanding.pop();
        Some(schema)
    }
}

/// Whether a pointer can lead to a schema: inside a component schema, or under some `schema`.
fn holds_schema(segments: &[String]) -> bool {
    matches!(as_strs(segments)[..], ["components", "schemas", _, ..])
        || segments.iter().any(|s| s == "schema")
}

fn as_strs(segments: &[String]) -> Vec<&str> {
    segments.iter().map(String::as_str).collect()
}

fn default_fits(default: &Value, out: &Object, types: &[String], nullable: bool) -> bool {
    if default.is_null() {
        return nullable || types.is_empty();
    }
    let is = |one: &String| match one.as_str() {
        "string" => default.is_string(),
        "boolean" => default.is_boolean(),
        "integer" => default.is_i64() || default.is_u64(),
        "number" => default.is_number(),
        "array" => default.is_array(),
        "object" => default.is_object(),
        _ => true,
    };
    let listed = out.get("enum").and_then(Value::as_array).is_none_or(|values| values.contains(default));
    listed && (types.is_empty() || types.iter().any(is))
}

/// The type that a schema without one evidently has.
pub(super) fn implied_type(out: &Object) -> Option<&'static str> {
    let any = |keys: &[&str]| keys.iter().any(|key| out.contains_key(*key));
    let format = out.get("format").and_then(Value::as_str);
    if any(&["properties", "required", "additionalProperties", "minProperties", "maxProperties"]) {
        Some("object")
    } else if any(&["items", "minItems", "maxItems", "uniqueItems"]) {
        Some("array")
    } else if matches!(format, Some("int32" | "int64")) {
        Some("integer")
    } else if any(&NUMERIC) || matches!(format, Some("float" | "double")) {
        Some("number")
    } else if any(&["minLength", "maxLength", "pattern", "format"]) {
        Some("string")
    } else {
        None
    }
}

/// A value that is always null, as 3.0 says it.
fn only_null_schema() -> Value {
    json!({ "enum": [null], "nullable": true, "type": "string" })
}

pub(crate) fn is_only_null(schema: &Value) -> bool {
    schema.get("enum") == Some(&json!([null]))
}

/// One reference per target, in order, before the parts that are no references.
pub(super) fn tidy_parts(out: &mut Object) {
    if let Some(Value::Array(parts)) = out.get_mut("allOf") {
        parts.sort_by_key(|part| (part.get("$ref").is_none(), part.to_string()));
        parts.dedup();
    }
}

/// Sets type and nullability, and splits a union off what stands beside it.
fn finish(mut out: Object, types: &[String], nullable: bool) -> Value {
    let union = ["oneOf", "anyOf"].into_iter().any(|key| out.contains_key(key));
    let composed = out.contains_key("allOf");
    match types {
        [] => {}
        // A union's members and an `allOf`'s parts have the type themselves.
        [_] if union || (composed && !own_facts(&out)) => {}
        [one] => drop(out.insert("type".to_owned(), one.as_str().into())),
        many => out = several_types(out, many),
    }
    if out.get("type") == Some(&json!("array")) {
        out.entry("items").or_insert_with(|| json!({}));
    }
    if union && STRUCTURE.iter().any(|key| out.contains_key(*key)) {
        split_union(&mut out);
    }
    // A schema that says nothing allows null already.
    if nullable && ["type", "allOf", "oneOf", "anyOf"].iter().any(|key| out.contains_key(*key)) {
        out.insert("nullable".to_owned(), true.into());
    }
    match out.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
        Some([only]) if out.len() == 1 => only.clone(),
        _ => Value::Object(out),
    }
}

fn own_facts(out: &Object) -> bool {
    ["properties", "required", "additionalProperties", "items", "enum"]
        .iter()
        .any(|key| out.contains_key(*key))
}

/// Several types become a union, each with the keywords that speak of it.
fn several_types(mut out: Object, types: &[String]) -> Object {
    let mut members = Vec::new();
    for one in types {
        let mut member = Object::new();
        for key in keywords_of(one) {
            if let Some(value) = out.get(*key).filter(|value| *key != "format" || format_fits(one, value)) {
                member.insert((*key).to_owned(), value.clone());
            }
        }
        if one == "array" {
            member.entry("items").or_insert_with(|| json!({}));
        }
        member.insert("type".to_owned(), one.as_str().into());
        members.push(Value::Object(member));
    }
    for key in types.iter().flat_map(|one| keywords_of(one)) {
        out.remove(*key);
    }
    members.sort_by_key(Value::to_string);
    out.insert("oneOf".to_owned(), Value::Array(members));
    out
}

fn keywords_of(one: &str) -> &'static [&'static str] {
    match one {
        "string" => &["minLength", "maxLength", "pattern", "format"],
        "integer" | "number" => {
            &["minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum", "format"]
        }
        "array" => &["items", "minItems", "maxItems", "uniqueItems"],
        "object" => &["properties", "required", "additionalProperties", "minProperties", "maxProperties"],
        _ => &[],
    }
}

fn format_fits(one: &str, format: &Value) -> bool {
    let numeric = matches!(format.as_str(), Some("int32" | "int64" | "float" | "double"));
    numeric == (one != "string")
}

/// Facts beside a union: the union becomes one more part of an `allOf`.
fn split_union(out: &mut Object) {
    let mut union = Object::new();
    for key in ["oneOf", "anyOf", "discriminator"] {
        if let Some(value) = out.remove(key) {
            union.insert(key.to_owned(), value);
        }
    }
    match out.get_mut("allOf") {
        Some(Value::Array(parts)) => parts.push(Value::Object(union)),
        _ => drop(out.insert("allOf".to_owned(), json!([union]))),
    }
    if out.contains_key("properties") {
        out.insert("type".to_owned(), "object".into());
    }
}

/// Whether a parameter's value is written with separators, or as repeated keys.
pub(super) fn is_list_or_object(lowering: &mut Lowering<'_>, schema: &Value) -> bool {
    let mut schema = schema.clone();
    for _ in 0..8 {
        let part = schema.get("$ref").or_else(|| schema.pointer("/allOf/0/$ref")).and_then(Value::as_str);
        let Some(name) = part.and_then(|r| r.rsplit('/').next()) else {
            break;
        };
        let Some((published, _)) = lowering.names.iter().find(|(_, ours)| *ours == name) else {
            break;
        };
        let path = ["components".to_owned(), "schemas".to_owned(), published.to_owned()];
        let Some(found) = find(lowering.root, &path) else {
            break;
        };
        schema = found.clone();
    }
    let stated = |t: &Value| matches!(t.as_str(), Some("array" | "object"));
    match schema.get("type") {
        Some(Value::Array(types)) => types.iter().any(stated),
        Some(one) => stated(one),
        None => schema.get("properties").is_some() || schema.get("items").is_some(),
    }
}
