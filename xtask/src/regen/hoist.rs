//! Inline things get names: objects and unions first, then enums and identifiers, each becoming a
//! component. Corrections at a place are made on the way.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToUpperCamelCase;
use serde_json::{Map, Value, json};

use super::lower::{Document, OWN_VALUES, is_only_null};
use super::names::type_name;
use super::overlay::{Correction, Overlay};
use super::place::sorted;
use super::problem::{Problems, RegenError};
use super::slots::outside;
use super::ways::{BOTH, Ways};
use super::write::sorted_keys;

type Object = Map<String, Value>;

/// What stays where it was when the thing itself moves to a component.
const STAYS: [&str; 7] =
    ["nullable", "default", "deprecated", "readOnly", "writeOnly", "x-stability-level", OWN_VALUES];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    Structures,
    Values,
}

/// The components made here, and where each came from.
pub(crate) struct Hoist<'a> {
    overlay: &'a Overlay,
    schemas: BTreeMap<String, Value>,
    origins: BTreeMap<String, String>,
    /// The places of an identifier that differ from its first one.
    differing: BTreeMap<String, Vec<String>>,
    tags: BTreeSet<String>,
    /// Components that are enums or null: null belongs to the places that name them.
    nullable: BTreeSet<String>,
    ways: Ways,
    pass: Pass,
    problems: Problems,
}

/// Moves inline objects and unions to components, and makes the corrections.
pub(crate) fn structures(document: &mut Document, overlay: &Overlay) -> Result<(), RegenError> {
    Hoist::new(document, overlay, Pass::Structures, BTreeSet::new()).run(document)
}

/// Moves enums and identifiers to components. `tags`: the places of union tags, which stay.
pub(crate) fn values(
    document: &mut Document,
    overlay: &Overlay,
    tags: BTreeSet<String>,
) -> Result<(), RegenError> {
    Hoist::new(document, overlay, Pass::Values, tags).run(document)
}

impl<'a> Hoist<'a> {
    fn new(document: &mut Document, overlay: &'a Overlay, pass: Pass, tags: BTreeSet<String>) -> Self {
        let ways = Ways::of(document);
        let mut schemas = std::mem::take(&mut document.schemas);
        let origins = std::mem::take(&mut document.origins);
        let nullable = match pass {
            Pass::Structures => BTreeSet::new(),
            Pass::Values => take_nullable(&mut schemas),
        };
        let (differing, problems) = (BTreeMap::new(), Problems::default());
        Self { overlay, schemas, origins, differing, tags, nullable, ways, pass, problems }
    }

    fn run(mut self, document: &mut Document) -> Result<(), RegenError> {
        let names: Vec<String> = self.schemas.keys().cloned().collect();
        for name in names {
            let mut schema = self.schemas.get(&name).cloned().unwrap_or_default();
            self.correct(&mut schema, &name, &name);
            self.children(&mut schema, &name, &name);
            self.schemas.insert(name, schema);
        }
        for slot in outside(document) {
            self.slot(slot.schema, &slot.place, &slot.base);
            // A parameter is sent or left out; there is no null to send.
            if slot.is_parameter && slot.schema.get("nullable").is_some() {
                not_nullable(slot.schema);
            }
        }
        for (name, places) in &self.differing {
            let (first, known) = (&self.origins[name], &self.schemas[name]);
            let message = format!(
                "is a {name} ({known}), and so are, differently, {}: bring them together with a correction in overlay.toml",
                places.join(", ")
            );
            self.problems.add(first, message);
        }
        document.schemas = self.schemas;
        document.origins = self.origins;
        self.problems.settle()
    }

    fn slot(&mut self, schema: &mut Value, place: &str, base: &str) {
        self.correct(schema, place, base);
        if let Some(default) = schema.get("default").filter(|default| !default.is_null())
            && let Some(values) =
                refers_to(schema).and_then(|name| self.schemas.get(name)?.get("enum")?.as_array())
            && !values.contains(default)
        {
            self.problems.add(place, format!("the default {default} is no value that the schema allows"));
        }
        if refers_to(schema).is_some_and(|name| self.nullable.contains(name)) {
            make_nullable(schema);
        }
        if self.pass == Pass::Values && self.identifier(schema, place) {
            return;
        }
        let named = self.overlay.name_at(place);
        if let Some((name, spelling)) = named.filter(|(name, _)| refers_to(schema) == Some(name)) {
            self.overlay.mark_name(name, spelling);
            return;
        }
        if !self.moves(schema) || self.tags.contains(place) {
            self.children(schema, place, base);
            return;
        }
        if let Some((name, spelling)) = named {
            self.overlay.mark_name(name, spelling);
        }
        let name = named.map_or_else(|| base.to_owned(), |(name, _)| name.to_owned());
        if self.overlay.merges(&name)
            && let Some(values) = schema.get("enum").cloned()
        {
            schema[OWN_VALUES] = values;
        }
        let mut body = take_out(schema, &name);
        self.children(&mut body, &name, &name);
        self.register(name, body, place);
    }

    fn children(&mut self, schema: &mut Value, place: &str, base: &str) {
        let Some(schema) = schema.as_object_mut() else {
            return;
        };
        for (key, value) in schema.iter_mut() {
            match key.as_str() {
                "properties" => {
                    for (name, property) in value.as_object_mut().into_iter().flatten() {
                        self.slot(property, &format!("{place}.{name}"), &type_name(base, name));
                    }
                }
                "items" => self.slot(value, &format!("{place}[]"), &format!("{base}Item")),
                "additionalProperties" if value.is_object() => {
                    self.slot(value, &format!("{place}{{}}"), &format!("{base}Value"));
                }
                "allOf" => self.parts(value, place, base),
                _ => {}
            }
        }
        let tag = schema.get("discriminator").and_then(|d| d["propertyName"].as_str()).map(str::to_owned);
        for key in ["oneOf", "anyOf"] {
            if let Some(Value::Array(members)) = schema.get_mut(key) {
                self.members(members, tag.as_deref(), place, base);
                members.sort_by_cached_key(|member| {
                    (refers_to(member).is_none(), sorted_keys(member).to_string())
                });
            }
        }
    }

    fn parts(&mut self, parts: &mut Value, place: &str, base: &str) {
        let inline = parts.as_array_mut().into_iter().flatten().filter(|part| part.get("$ref").is_none());
        for (index, part) in inline.enumerate() {
            let number = if index == 0 { String::new() } else { (index + 1).to_string() };
            let word = if part.get("oneOf").or(part.get("anyOf")).is_some() { "Choice" } else { "Part" };
            self.slot(part, &format!("{place}&{}", index + 1), &format!("{base}{word}{number}"));
        }
    }

    fn members(&mut self, members: &mut [Value], tag: Option<&str>, place: &str, base: &str) {
        let words = member_words(members, tag);
        for (member, word) in members.iter_mut().zip(words) {
            self.slot(member, &format!("{place}|{word}"), &type_name(base, &word));
        }
    }

    fn moves(&self, schema: &Value) -> bool {
        let Some(map) = schema.as_object() else {
            return false;
        };
        match self.pass {
            Pass::Structures => {
                map.contains_key("oneOf")
                    || map.contains_key("anyOf")
                    || map.contains_key("properties")
                    || composed(map)
            }
            Pass::Values => match map.get("enum").and_then(Value::as_array) {
                Some(values) if !is_only_null(schema) => {
                    values.len() > 1 || values.iter().all(Value::is_string)
                }
                _ => false,
            },
        }
    }

    /// Adds a component; a taken name is fine for the same thing, and for values the overlay merges.
    fn register(&mut self, name: String, body: Value, place: &str) {
        let Some(known) = self.schemas.get(&name) else {
            self.origins.insert(name.clone(), place.to_owned());
            self.schemas.insert(name, body);
            return;
        };
        if *known == body {
            return;
        }
        if self.overlay.merges(&name)
            && let Some(merged) = merged(known, &body)
        {
            let first = self.ways.of_place(&self.origins[&name]);
            if first != self.ways.of_place(place) && first | self.ways.of_place(place) == BOTH {
                self.problems.add(
                    place,
                    format!(
                        "is merged into `{name}` with {}: one is sent and the other received, so give each a name of its own",
                        self.origins[&name]
                    ),
                );
                return;
            }
            self.schemas.insert(name, merged);
            return;
        }
        let origin = self.origins.get(&name).cloned().unwrap_or_default();
        let hint = if known.get("enum").is_some() && body.get("enum").is_some() {
            "; their values differ: give them names of their own, or one with `merge = \"why\"`"
        } else {
            ": name one of them in overlay.toml with `at`"
        };
        self.problems.add(
            place,
            format!("would get the Rust name `{name}`, like {origin}, which is something else{hint}"),
        );
    }

    fn identifier(&mut self, schema: &mut Value, place: &str) -> bool {
        let Some((name, spelling)) = self.overlay.id_at(place) else {
            return false;
        };
        if refers_to(schema) == Some(name) {
            self.overlay.mark_id(name, spelling);
            return true;
        }
        let scalar =
            matches!(schema["type"].as_str(), Some("integer" | "string")) && schema.get("enum").is_none();
        if !scalar {
            self.problems
                .add(place, format!("overlay.toml has a {name} here, which is no plain integer or string"));
            return false;
        }
        self.overlay.mark_id(name, spelling);
        let body = take_out(schema, name);
        match self.schemas.get(name) {
            Some(known) if *known != body => {
                self.differing.entry(name.to_owned()).or_default().push(format!("{place} ({body})"));
            }
            Some(_) => {}
            None => {
                self.origins.insert(name.to_owned(), place.to_owned());
                self.schemas.insert(name.to_owned(), body);
            }
        }
        true
    }

    /// Makes the overlay's corrections for a place: on the thing itself, or, for an identifier and what was
    /// written in place, on the component. A mark that belongs to the place goes beside the reference.
    fn correct(&mut self, schema: &mut Value, place: &str, base: &str) {
        if self.pass != Pass::Structures {
            return;
        }
        for (index, correction) in self.overlay.corrections().iter().enumerate() {
            let short = super::overlay::short_slot(place);
            let Some(spelling) = correction.at.iter().find(|at| *at == place || Some(at.as_str()) == short)
            else {
                continue;
            };
            let stays = |key: &str| STAYS.contains(&key);
            let changed = match refers_to(schema).map(str::to_owned) {
                None => correction.make(schema, |_| true),
                Some(_) if correction.keys().all(stays) => beside(schema, correction),
                Some(name) if self.has_own(place, base, &name) => {
                    let beside = beside(schema, correction);
                    let inside = self
                        .schemas
                        .get_mut(&name)
                        .is_some_and(|component| correction.make(component, |key| !stays(key)));
                    beside || inside
                }
                Some(name) => {
                    let message = format!(
                        "a correction of {name}, which other places name too: correct {name} itself, or only what stays beside a reference ({})",
                        STAYS[..6].join(", ")
                    );
                    self.problems.add(place, message);
                    false
                }
            };
            self.overlay.mark_correction(index, spelling, changed);
        }
    }

    /// Whether the component is the place's own: its identifier, or what was written there.
    fn has_own(&self, place: &str, base: &str, name: &str) -> bool {
        let named = self.overlay.id_at(place).or(self.overlay.name_at(place));
        named.map_or(base, |(name, _)| name) == name
    }
}

/// Makes a correction of what stays beside a reference.
fn beside(schema: &mut Value, correction: &Correction) -> bool {
    if schema.get("$ref").is_some() {
        *schema = json!({ "allOf": [schema.take()] });
    }
    let changed = correction.make(schema, |key| STAYS.contains(&key));
    unwrapped(schema);
    changed
}

/// A wrapper with nothing beside the reference is the reference.
fn unwrapped(schema: &mut Value) {
    if let Some(map) = schema.as_object_mut()
        && let (1, Some(Value::Array(parts))) = (map.len(), map.get_mut("allOf"))
        && let [only] = parts.as_mut_slice()
    {
        *schema = only.take();
    }
}

/// The component a schema names, plainly or inside a wrapper that adds `nullable` and the like.
pub(crate) fn refers_to(schema: &Value) -> Option<&str> {
    let map = schema.as_object()?;
    let target = match (map.get("$ref"), map.get("allOf").and_then(Value::as_array).map(Vec::as_slice)) {
        (Some(target), _) => target,
        (None, Some([only])) if !composed(map) => only.get("$ref")?,
        _ => return None,
    };
    target.as_str()?.strip_prefix("#/components/schemas/")
}

/// Whether an `allOf` is more than a wrapper around one reference.
fn composed(map: &Object) -> bool {
    match map.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
        None => false,
        Some([only]) => {
            only.get("$ref").is_none()
                || map.keys().any(|key| {
                    !["allOf", "description"].contains(&key.as_str()) && !STAYS.contains(&key.as_str())
                })
        }
        Some(_) => true,
    }
}

/// Leaves a reference in place of a schema and returns what moves.
fn take_out(schema: &mut Value, name: &str) -> Value {
    let reference = json!({ "$ref": format!("#/components/schemas/{name}") });
    let mut body = match schema.take() {
        Value::Object(map) => map,
        other => return other,
    };
    let mut stays = Object::new();
    for key in STAYS {
        if let Some(value) = body.remove(key) {
            stays.insert(key.to_owned(), value);
        }
    }
    *schema = if stays.is_empty() {
        reference
    } else {
        stays.insert("allOf".to_owned(), json!([reference]));
        Value::Object(stays)
    };
    Value::Object(body)
}

/// Takes `nullable` off the components that are enums, and returns their names.
fn take_nullable(schemas: &mut BTreeMap<String, Value>) -> BTreeSet<String> {
    let enums =
        schemas.iter_mut().filter(|(_, schema)| schema.get("enum").is_some() && !is_only_null(schema));
    let maps = enums.filter_map(|(name, schema)| Some((name, schema.as_object_mut()?)));
    maps.filter_map(|(name, schema)| schema.remove("nullable").map(|_| name.clone())).collect()
}

fn make_nullable(schema: &mut Value) {
    if schema.get("$ref").is_some() {
        *schema = json!({ "allOf": [schema.take()] });
    }
    schema["nullable"] = json!(true);
}

fn not_nullable(schema: &mut Value) {
    if let Some(map) = schema.as_object_mut() {
        map.remove("nullable");
        unwrapped(schema);
    }
}

/// Two enums of one type as one.
fn merged(known: &Value, body: &Value) -> Option<Value> {
    let strip = |v: &Value| {
        v.as_object().map(|map| {
            map.iter()
                .filter(|(key, _)| *key != "enum")
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect::<Object>()
        })
    };
    if strip(known) != strip(body) {
        return None;
    }
    let mut values: Vec<Value> =
        known.get("enum")?.as_array()?.iter().chain(body.get("enum")?.as_array()?).cloned().collect();
    values.sort_by_key(Value::to_string);
    values.dedup();
    let mut merged = known.clone();
    merged["enum"] = Value::Array(values);
    Some(merged)
}

/// What tells the inline members of a union apart: the tag's value, a property no other has, a number.
fn member_words(members: &[Value], tag: Option<&str>) -> Vec<String> {
    let properties = |member: &Value| -> BTreeSet<String> {
        member
            .get("properties")
            .and_then(Value::as_object)
            .map(sorted)
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .collect()
    };
    let mut words: Vec<String> = Vec::new();
    for (index, member) in members.iter().enumerate() {
        let tagged = tag.and_then(|tag| {
            match member.pointer(&format!("/properties/{tag}/enum"))?.as_array()?.as_slice() {
                [only] => only.as_str().map(ToUpperCamelCase::to_upper_camel_case),
                _ => None,
            }
        });
        let others: BTreeSet<String> = members
            .iter()
            .enumerate()
            .filter(|(i, _)| *i != index)
            .flat_map(|(_, m)| properties(m))
            .collect();
        let own = properties(member)
            .into_iter()
            .find(|name| !others.contains(name))
            .map(|name| format!("With{}", name.to_upper_camel_case()));
        let word = tagged.or(own).unwrap_or_else(|| format!("Variant{}", index + 1));
        words.push(if words.contains(&word) { format!("{word}{}", index + 1) } else { word });
    }
    words
}
