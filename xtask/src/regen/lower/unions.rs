//! `allOf`, `oneOf`, `anyOf` and `discriminator`.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::schema::{Role, implied_type, is_only_null, tidy_parts};
use super::{Lowering, OWN_VALUES};
use crate::regen::place::{Place, segments, sorted};

type Object = Map<String, Value>;

impl<'a> Lowering<'a> {
    pub(super) fn combine(
        &mut self,
        map: &'a Object,
        at: &Place,
        types: &[String],
        nullable: &mut bool,
        out: &mut Object,
    ) {
        if map.contains_key("oneOf") && map.contains_key("anyOf") {
            self.refuse(at, "`oneOf` and `anyOf` in one schema");
            return;
        }
        let outer = match types {
            [one] => Some(one.as_str()),
            [] => implied_type(out),
            _ => None,
        };
        for key in ["oneOf", "anyOf"] {
            if let Some(members) = map.get(key) {
                let members = self.members(members, &at.key(key), key, Role::Member(outer));
                self.union(map, key, at, members, nullable, out);
            }
        }
        if map.contains_key("discriminator") && !out.contains_key("oneOf") {
            self.refuse(&at.key("discriminator"), "a discriminator without `oneOf` or `anyOf`: write the union out with a correction, or remove the discriminator");
        }
        if let Some(parts) = map.get("allOf") {
            let parts = self.members(parts, &at.key("allOf"), "allOf", Role::Part);
            // Null is allowed where every typed part allows it; a reference says so at the place itself.
            let typed =
                |part: &&Value| part.get("type").or(part.get("oneOf")).or(part.get("anyOf")).is_some();
            let nulls: Vec<bool> =
                parts.iter().filter(typed).map(|part| part.get("nullable").is_some()).collect();
            let own = !types.is_empty() || *nullable || parts.iter().any(|part| part.get("$ref").is_some());
            *nullable = nulls.iter().all(|null| *null) && (*nullable || !own && !nulls.is_empty());
            for part in parts {
                absorb(out, part);
            }
            tidy_parts(out);
        }
    }

    fn members(&mut self, value: &'a Value, at: &Place, key: &str, role: Role<'_>) -> Vec<Value> {
        let members = self.list(value, at, &format!("`{key}`"));
        if members.is_empty() && value.is_array() {
            self.refuse(at, format!("`{key}` of nothing"));
        }
        let mut found = Vec::new();
        for (index, member) in members.iter().enumerate() {
            let at = at.index(index);
            found.push(match member {
                Value::Object(map) if map.get("$ref").is_none() => self.object_schema(map, &at, role),
                other => self.schema(other, &at),
            });
        }
        found
    }

    fn union(
        &mut self,
        map: &'a Object,
        key: &str,
        at: &Place,
        mut members: Vec<Value>,
        nullable: &mut bool,
        out: &mut Object,
    ) {
        let before = members.len();
        members.retain(|member| !is_only_null(member));
        let had_null = members.len() < before;
        *nullable |= had_null;
        if had_null && members.is_empty() {
            out.insert("enum".to_owned(), json!([null]));
            return;
        }
        if let Some(discriminator) = map.get("discriminator") {
            if let Some(discriminator) = self.discriminator(discriminator, &at.key("discriminator")) {
                out.insert("discriminator".to_owned(), discriminator);
            }
            out.insert("oneOf".to_owned(), Value::Array(ordered(members)));
            return;
        }
        if let Some(values) = as_enum(&members) {
            absorb(out, values);
        } else if had_null && members.len() == 1 {
            members.into_iter().for_each(|member| absorb(out, member));
            tidy_parts(out);
        } else {
            out.insert(key.to_owned(), Value::Array(ordered(members)));
        }
    }

    fn discriminator(&mut self, value: &'a Value, at: &Place) -> Option<Value> {
        let discriminator = self.object(value, at, "a discriminator")?;
        self.only_known(discriminator, at, "a discriminator", &["propertyName", "mapping"]);
        let Some(property) = discriminator.get("propertyName").and_then(Value::as_str) else {
            self.refuse(at, "a discriminator without `propertyName`");
            return None;
        };
        let mut facts = Map::new();
        facts.insert("propertyName".to_owned(), property.into());
        let mut mapping = Map::new();
        if let Some(stated) = discriminator.get("mapping") {
            let at = at.key("mapping");
            for (tag, target) in sorted(self.object(stated, &at, "`mapping`")?) {
                let target = self.text(target, &at.key(tag), "a mapping")?;
                if let Some(target) = self.mapped(target, &at.key(tag)) {
                    mapping.insert(tag.clone(), target);
                }
            }
        }
        facts.insert("mapping".to_owned(), Value::Object(mapping));
        Some(Value::Object(facts))
    }

    /// A mapping names a schema by reference or by bare name.
    fn mapped(&mut self, target: &str, at: &Place) -> Option<Value> {
        let bare = segments(target).filter(|s| s.len() == 3 && s[0] == "components" && s[1] == "schemas");
        let published = bare.map_or_else(|| target.to_owned(), |mut s| s.remove(2));
        let Some(name) = self.names.get(&published) else {
            self.refuse(at, format!("the mapping names `{target}`, and there is no such schema"));
            return None;
        };
        Some(json!(format!("#/components/schemas/{name}")))
    }
}

/// `oneOf` of constants is an enum whose values have titles.
fn as_enum(members: &[Value]) -> Option<Value> {
    let first = members.first()?;
    let mut values = BTreeSet::new();
    for member in members {
        let only_values = member.as_object()?.keys().all(|key| key == "enum" || key == "type");
        if !only_values || member.get("type") != first.get("type") {
            return None;
        }
        values.extend(
            member
                .get("enum")?
                .as_array()?
                .iter()
                .map(|v| v.as_str().map(str::to_owned))
                .collect::<Option<Vec<_>>>()?,
        );
    }
    Some(json!({ "enum": values, "type": "string" }))
}

fn ordered(mut members: Vec<Value>) -> Vec<Value> {
    members.sort_by_cached_key(|member| (member.get("$ref").is_none(), canonical(member)));
    members
}

fn canonical(value: &Value) -> String {
    crate::regen::write::sorted_keys(value).to_string()
}

/// What a schema says of itself, whatever its parts say.
const MARKS: [&str; 7] =
    ["nullable", "default", "deprecated", "readOnly", "writeOnly", "x-stability-level", OWN_VALUES];
const LEAST: [&str; 4] = ["minimum", "minLength", "minItems", "minProperties"];
const MOST: [&str; 4] = ["maximum", "maxLength", "maxItems", "maxProperties"];

/// Takes a part of an `allOf` into the schema itself; a part that is a reference or contradicts what is
/// there stays a part.
pub(super) fn absorb(out: &mut Object, part: Value) {
    let Value::Object(mut part) = part else { return };
    part.remove("nullable");
    if part.contains_key("$ref") || !fits(out, &part) {
        if !part.contains_key("type")
            && !["$ref", "allOf", "oneOf", "anyOf"].iter().any(|key| part.contains_key(*key))
            && let Some(implied) = implied_type(&part)
        {
            part.insert("type".to_owned(), implied.into());
        }
        if !part.is_empty() {
            add_part(out, Value::Object(part));
        }
        return;
    }
    if let Some(Value::Array(parts)) = part.remove("allOf") {
        parts.into_iter().for_each(|part| add_part(out, part));
    }
    for (bound, exclusive) in [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")] {
        let Some(theirs) = part.get(bound).and_then(Value::as_f64) else { continue };
        let Some(ours) = out.get(bound).and_then(Value::as_f64) else { continue };
        let theirs_is_tighter = if bound == "minimum" { theirs > ours } else { theirs < ours };
        if theirs_is_tighter {
            out.remove(exclusive);
        } else if (theirs - ours).abs() > 0.0 {
            part.remove(exclusive);
        }
    }
    for (key, theirs) in part {
        let merged = match out.remove(&key) {
            Some(ours) => together(&key, ours, theirs),
            None => theirs,
        };
        out.insert(key, merged);
    }
}

/// What two schemas that must both hold say under one keyword.
fn together(key: &str, ours: Value, theirs: Value) -> Value {
    match (ours, theirs) {
        (Value::Object(mut ours), Value::Object(theirs)) if key == "properties" => {
            ours.extend(theirs);
            Value::Object(ours)
        }
        (Value::Array(mut ours), Value::Array(theirs)) if key == "required" => {
            ours.extend(theirs);
            ours.sort_by_key(Value::to_string);
            ours.dedup();
            Value::Array(ours)
        }
        (Value::Array(mut ours), Value::Array(theirs)) if key == "enum" => {
            ours.retain(|value| theirs.contains(value));
            Value::Array(ours)
        }
        (Value::Number(ours), Value::Number(theirs)) => {
            let greater = ours.as_f64() >= theirs.as_f64();
            let takes_ours =
                !(LEAST.contains(&key) || MOST.contains(&key)) || greater == LEAST.contains(&key);
            Value::Number(if takes_ours { ours } else { theirs })
        }
        (ours, theirs) if key == "type" && ours == "number" => theirs,
        (ours, _) => ours,
    }
}

fn add_part(out: &mut Object, part: Value) {
    match out.get_mut("allOf") {
        Some(Value::Array(parts)) => parts.push(part),
        _ => drop(out.insert("allOf".to_owned(), json!([part]))),
    }
}

fn fits(out: &Object, part: &Object) -> bool {
    part.iter().all(|(key, theirs)| match (key.as_str(), out.get(key)) {
        (_, None) | ("allOf" | "required", _) => true,
        (key, _) if MARKS.contains(&key) || LEAST.contains(&key) || MOST.contains(&key) => true,
        ("type", Some(ours)) => {
            ours == theirs || [ours, theirs].iter().all(|t| **t == "integer" || **t == "number")
        }
        ("enum", Some(Value::Array(ours))) => {
            theirs.as_array().is_some_and(|theirs| ours.iter().any(|value| theirs.contains(value)))
        }
        ("properties", Some(ours)) => {
            let ours = ours.as_object();
            let mut theirs = theirs.as_object().into_iter().flatten();
            theirs.all(|(name, schema)| ours.and_then(|o| o.get(name)).is_none_or(|known| known == schema))
        }
        (_, Some(ours)) => ours == theirs,
    })
}
