//! The differences between two schemas.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::uses::{REQUEST, RESPONSE};
use super::{Group, Kind, Object, Report, both, entries, optional, shown};
use crate::regen::hoist::refers_to;
use crate::regen::lower::OWN_VALUES;

impl Report {
    /// `way`: whether the schema is sent, received or both; `group`: where a change of its own is listed.
    pub(super) fn schema(&mut self, group: Group, place: &str, old: &Value, new: &Value, way: u8) {
        let (sent, received) = (way & REQUEST != 0, way & RESPONSE != 0);
        let (was, is) = (old["nullable"] == true, new["nullable"] == true);
        if was != is {
            let breaks = if is { received } else { sent };
            self.changed(group, place, nullable(was), nullable(is), breaks);
        }
        self.notes(group, place, old, new);
        if old.get(OWN_VALUES).is_some() && new.get(OWN_VALUES).is_some() {
            self.listed(OWN_VALUES, place, old, new, way);
        }
        if let (Some(old), Some(new)) = (refers_to(old), refers_to(new)) {
            if old != new {
                self.changed(group, place, old, new, true);
            }
            return;
        }
        let (before, after) = (kind_of(old), kind_of(new));
        if before != after {
            self.changed(group, place, before, after, way != 0);
            return;
        }
        self.bounds(group, place, old, new, sent);
        self.values(place, old, new, way);
        self.properties(place, old, new, way);
        self.parts(group, place, old, new, way);
        self.union(place, old, new, way);
        for (key, mark) in [("items", "[]"), ("additionalProperties", "{}")] {
            match (old.get(key), new.get(key)) {
                (Some(old @ Value::Object(_)), Some(new @ Value::Object(_))) => {
                    self.schema(group, &format!("{place}{mark}"), old, new, way)
                }
                (old, new) if old != new => {
                    let closing = new == Some(&Value::Bool(false));
                    let opening = old == Some(&Value::Bool(false)) && new.is_none();
                    let what = format!("{place}, other properties");
                    self.changed(
                        group,
                        &what,
                        openness(old),
                        openness(new),
                        sent && closing || !closing && !opening && way != 0,
                    );
                }
                _ => {}
            }
        }
    }

    /// Facts that break nobody by themselves.
    fn notes(&mut self, group: Group, place: &str, old: &Value, new: &Value) {
        let marks = ["x-affinity-id", "x-affinity-variants"];
        let facts = ["default", "deprecated", "x-stability-level", "readOnly", "writeOnly"];
        for key in facts.into_iter().chain(marks) {
            if old.get(key) != new.get(key) {
                let breaks = marks.contains(&key);
                self.changed(
                    group,
                    &format!("{place}, {key}"),
                    shown(old.get(key)),
                    shown(new.get(key)),
                    breaks,
                );
            }
        }
    }

    fn bounds(&mut self, group: Group, place: &str, old: &Value, new: &Value, sent: bool) {
        let least = ["minimum", "minLength", "minItems", "minProperties"];
        let most = ["maximum", "maxLength", "maxItems", "maxProperties"];
        let flags = ["exclusiveMinimum", "exclusiveMaximum", "uniqueItems"];
        let other = ["pattern", "multipleOf"];
        for key in least.into_iter().chain(most).chain(flags).chain(other) {
            let (old, new) = (old.get(key), new.get(key));
            if old == new {
                continue;
            }
            let tighter = match (old.and_then(Value::as_f64), new.and_then(Value::as_f64)) {
                (Some(old), Some(new)) if least.contains(&key) => new > old,
                (Some(old), Some(new)) if most.contains(&key) => new < old,
                _ => new.is_some(),
            };
            self.changed(group, &format!("{place}, {key}"), shown(old), shown(new), sent && tighter);
        }
    }

    fn values(&mut self, place: &str, old: &Value, new: &Value, way: u8) {
        if old.get("enum").is_some() != new.get("enum").is_some() {
            let said = |schema: &Value| {
                if schema.get("enum").is_some() { "listed values" } else { "any value" }
            };
            self.changed(Group::Values, place, said(old), said(new), way != 0);
            return;
        }
        self.listed("enum", place, old, new, way);
    }

    fn listed(&mut self, key: &str, place: &str, old: &Value, new: &Value, way: u8) {
        let list = |schema: &Value| -> BTreeMap<String, ()> {
            let values = schema.get(key).and_then(Value::as_array).into_iter().flatten();
            values.map(|v| (shown(Some(v)), ())).collect()
        };
        // Readers keep unknown values, so an added one breaks nobody; a removed one is a name callers lose.
        self.keys(
            Group::Values,
            &list(old),
            &list(new),
            |value| format!("{place} `{value}`"),
            |_| false,
            way != 0,
        );
    }

    fn properties(&mut self, place: &str, old: &Value, new: &Value, way: u8) {
        let (sent, received) = (way & REQUEST != 0, way & RESPONSE != 0);
        let (before, after) = (entries(&old["properties"]), entries(&new["properties"]));
        let shown = |name: &str| format!("{place}.{name}");
        self.keys(Group::Properties, &before, &after, shown, |name| sent && required(new, name), way != 0);
        for (name, was, is) in both(&before, &after) {
            let place = shown(name);
            let (wanted, wants) = (required(old, name), required(new, name));
            if wanted != wants {
                let breaks = if wants { sent } else { received };
                self.changed(Group::Properties, &place, optional(wanted), optional(wants), breaks);
            }
            self.schema(Group::Properties, &place, was, is, way);
        }
        // What is required here and declared by a base.
        let names = |schema: &Value| -> BTreeSet<String> {
            let names = schema.get("required").and_then(Value::as_array).into_iter().flatten();
            names.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        for name in names(old).symmetric_difference(&names(new)) {
            if !before.contains_key(name) && !after.contains_key(name) {
                let wants = required(new, name);
                let breaks = if wants { sent } else { received };
                self.changed(Group::Properties, &shown(name), optional(!wants), optional(wants), breaks);
            }
        }
    }

    /// Bases of an `allOf`.
    fn parts(&mut self, group: Group, place: &str, old: &Value, new: &Value, way: u8) {
        let (before, after) = (targets(old, "allOf"), targets(new, "allOf"));
        for name in after.keys().filter(|name| !before.contains_key(*name)) {
            self.add(group, Kind::Added, format!("{place}, base {name}"), way & REQUEST != 0);
        }
        for name in before.keys().filter(|name| !after.contains_key(*name)) {
            self.add(group, Kind::Removed, format!("{place}, base {name}"), way != 0);
        }
    }

    fn union(&mut self, place: &str, old: &Value, new: &Value, way: u8) {
        let key = |schema: &Value| ["oneOf", "anyOf"].into_iter().find(|key| schema.get(*key).is_some());
        if let (Some(was), Some(is)) = (key(old), key(new))
            && was != is
        {
            self.changed(Group::Schemas, place, was, is, false);
        }
        let members = |schema: &Value| key(schema).map(|key| targets(schema, key)).unwrap_or_default();
        let (before, after) = (members(old), members(new));
        self.keys(Group::Values, &before, &after, |name| format!("{place} member {name}"), |_| false, true);
        for (name, was) in &before {
            for (was, is) in was.iter().zip(after.get(name).into_iter().flatten()) {
                self.schema(Group::Values, &format!("{place} member {name}"), was, is, way);
            }
        }
        let discriminator = |schema: &Value| schema.pointer("/discriminator/propertyName").cloned();
        let (tag, new_tag) = (discriminator(old), discriminator(new));
        if tag != new_tag {
            self.changed(
                Group::Schemas,
                &format!("{place}, tag property"),
                shown(tag.as_ref()),
                shown(new_tag.as_ref()),
                true,
            );
        }
        let mapping =
            |schema: &'static str, value: &Value| value.pointer(schema).cloned().unwrap_or_default();
        let (before, after) =
            (mapping("/discriminator/mapping", old), mapping("/discriminator/mapping", new));
        let (before, after) = (entries(&before), entries(&after));
        self.keys(Group::Values, &before, &after, |tag| format!("{place} tag `{tag}`"), |_| false, true);
        for (tag, old, new) in both(&before, &after) {
            if old != new {
                self.changed(
                    Group::Values,
                    &format!("{place} tag `{tag}`"),
                    shown(Some(old)),
                    shown(Some(new)),
                    true,
                );
            }
        }
    }
}

fn required(schema: &Value, property: &str) -> bool {
    schema
        .get("required")
        .and_then(Value::as_array)
        .is_some_and(|names| names.iter().any(|name| name == property))
}

fn targets(schema: &Value, key: &str) -> BTreeMap<String, Vec<Value>> {
    let mut found: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for member in schema.get(key).and_then(Value::as_array).into_iter().flatten() {
        found.entry(kind_of(member)).or_default().push(member.clone());
    }
    found
}

fn nullable(nullable: bool) -> &'static str {
    if nullable { "nullable" } else { "never null" }
}

fn openness(value: Option<&Value>) -> String {
    match value {
        None => "allowed".to_owned(),
        Some(Value::Bool(false)) => "forbidden".to_owned(),
        Some(schema) => kind_of(schema),
    }
}

/// What decides a schema's Rust type, in a word or two.
fn kind_of(schema: &Value) -> String {
    if let Some(name) = refers_to(schema) {
        return name.to_owned();
    }
    let empty = Object::new();
    let map = schema.as_object().unwrap_or(&empty);
    let union = ["oneOf", "anyOf"].into_iter().find(|key| map.contains_key(*key));
    match (union, map.get("type").and_then(Value::as_str), map.get("format").and_then(Value::as_str)) {
        (Some(_), ..) => "a union".to_owned(),
        (None, Some("object"), _) => "an object".to_owned(),
        (None, Some(one), Some(format)) => format!("{one} ({format})"),
        (None, Some(one), None) => one.to_owned(),
        (None, None, _) if map.contains_key("allOf") => "an object".to_owned(),
        (None, None, _) => "any value".to_owned(),
    }
}
