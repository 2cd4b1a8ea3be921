//! What must hold before the document is written: names that Rust can have, properties that exist.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToSnakeCase, ToUpperCamelCase};
use serde_json::{Value, json};

use super::hoist::refers_to;
use super::lower::{Document, MOST_IN_A_CHAIN, is_only_null};
use super::names::{is_function_name, is_variant_name, operation_name, place_of};
use super::overlay::Overlay;
use super::place::sorted;
use super::problem::{Problems, RegenError};
use super::slots::operation_key;

type Schemas = BTreeMap<String, Value>;

/// Schemas that are made of themselves would never end.
pub(crate) fn circles(document: &Document) -> Result<(), RegenError> {
    let schemas = &document.schemas;
    let mut problems = Problems::default();
    for name in schemas.keys() {
        let mut trail = vec![name.as_str()];
        let leads_back = leads_back(schemas, name, name, &mut trail, &mut BTreeSet::new());
        if trail.len() > MOST_IN_A_CHAIN {
            problems.add(place_of(name, &document.origins), "begins a chain of more than 500 references");
            break;
        }
        if leads_back {
            trail.push(name);
            problems.add(
                place_of(name, &document.origins),
                format!("is defined by itself: {}", trail.join(" → ")),
            );
            break;
        }
    }
    problems.settle()
}

fn leads_back<'s>(
    schemas: &'s Schemas,
    from: &str,
    goal: &str,
    trail: &mut Vec<&'s str>,
    seen: &mut BTreeSet<&'s str>,
) -> bool {
    let Some(schema) = schemas.get(from).filter(|_| trail.len() <= MOST_IN_A_CHAIN) else {
        return false;
    };
    let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
    let members = super::tags::members(schema).into_iter().flatten();
    for target in parts.chain(members).chain([schema]).filter_map(refers_to) {
        if target == goal {
            return true;
        }
        if seen.insert(target) {
            trail.push(target);
            if leads_back(schemas, target, goal, trail, seen) {
                return true;
            }
            if trail.len() > MOST_IN_A_CHAIN {
                return false;
            }
            trail.pop();
        }
    }
    false
}

/// Names the operations: the overlay's name, else one made of method and path.
pub(crate) fn name_operations(document: &mut Document, overlay: &Overlay) -> Result<(), RegenError> {
    let mut problems = Problems::default();
    let mut published: BTreeMap<String, String> = BTreeMap::new();
    let mut names: BTreeSet<String> = BTreeSet::new();
    for ((path, method), operation) in &mut document.operations {
        let key = operation_key(path, method);
        if let Some(id) = operation.get("operationId").and_then(Value::as_str)
            && let Some(other) = published.insert(id.to_owned(), key.clone())
        {
            problems.add(&key, format!("has the operationId `{id}`, like {other}"));
        }
        let name = match overlay.operation(&key) {
            Some(entry) => entry.name.clone(),
            None => operation_name(method, path, &|name| {
                overlay.names_operation(name) || names.contains(name) || !is_function_name(name)
            }),
        };
        names.insert(name.clone());
        operation["operationId"] = json!(name);
    }
    problems.settle()
}

/// The last look at the finished document.
pub(crate) fn all(document: &Document, overlay: &Overlay) -> Result<(), RegenError> {
    let mut problems = Problems::default();
    for (name, schema) in &document.schemas {
        let place = place_of(name, &document.origins);
        required(&document.schemas, &place, schema, &mut problems);
        bases(&document.schemas, &place, schema, &mut problems);
        fields(&document.schemas, &place, schema, &mut problems);
        variants(name, &place, schema, overlay, &mut problems);
        union_tags(&place, schema, &mut problems);
    }
    for ((path, method), operation) in &document.operations {
        arguments(&operation_key(path, method), operation, &mut problems);
    }
    problems.settle()
}

/// A required property that nothing declares is a slip in the document: no field would stand for it.
fn required(schemas: &Schemas, place: &str, schema: &Value, problems: &mut Problems) {
    let wanted = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    for property in wanted.filter_map(Value::as_str) {
        if !inherited(schemas, schema, 0).contains_key(property) {
            problems.add(
                format!("{place}/required"),
                format!("requires `{property}`, which is declared nowhere"),
            );
        }
    }
}

/// Two bases that declare one property differently: no single field can be both.
fn bases(schemas: &Schemas, place: &str, schema: &Value, problems: &mut Problems) {
    let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten().filter_map(refers_to);
    let mut seen: BTreeMap<&str, (&str, &Value)> = BTreeMap::new();
    for base in parts {
        let Some(declared) = schemas.get(base) else { continue };
        for (property, declared) in inherited(schemas, declared, 0) {
            let overridden = schema.get("properties").is_some_and(|own| own.get(property).is_some());
            match seen.get(property) {
                Some((other, known)) if *known != declared && !overridden => problems.add(
                    format!("{place}/properties/{property}"),
                    format!("is one thing in {other} and another in {base}: correct one of them"),
                ),
                _ => drop(seen.insert(property, (base, declared))),
            }
        }
    }
}

/// Own properties and those of the bases, with the schema that has them.
pub(crate) fn inherited<'s>(
    schemas: &'s Schemas,
    schema: &'s Value,
    depth: usize,
) -> BTreeMap<&'s str, &'s Value> {
    let mut found = BTreeMap::new();
    if depth > 32 {
        return found;
    }
    let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
    let union = super::tags::members(schema).into_iter().flatten();
    for base in parts.chain(union).chain([schema]).filter_map(refers_to).filter_map(|name| schemas.get(name))
    {
        found.extend(inherited(schemas, base, depth + 1));
    }
    let own = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    found.extend(own.map(|(name, property)| (name.as_str(), property)));
    found
}

fn fields(schemas: &Schemas, place: &str, schema: &Value, problems: &mut Problems) {
    if super::tags::members(schema).is_some() {
        return;
    }
    let properties = inherited(schemas, schema, 0);
    collisions(properties.keys().copied(), ToSnakeCase::to_snake_case, |property, other, rust| {
        problems.add(
            format!("{place}/properties/{property}"),
            format!("would get the Rust name `{rust}`, like `{other}`; one object cannot have both"),
        );
    });
}

fn arguments(key: &str, operation: &Value, problems: &mut Problems) {
    let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
    let mut places: BTreeMap<&str, &str> = BTreeMap::new();
    let mut names = Vec::new();
    for (name, place) in parameters.filter_map(|p| Some((p["name"].as_str()?, p["in"].as_str()?))) {
        match places.insert(name, place) {
            Some(other) => problems.add(
                key,
                format!("has a parameter `{name}` in {other} and in {place}, and one name for both: remove one with a correction"),
            ),
            None => names.push(name),
        }
    }
    let names = names.into_iter();
    collisions(names, ToSnakeCase::to_snake_case, |name, other, rust| {
        problems.add(key, format!("the parameter `{name}` would get the Rust name `{rust}`, like `{other}`"));
    });
}

fn variants(name: &str, place: &str, schema: &Value, overlay: &Overlay, problems: &mut Problems) {
    let mut enums = vec![(place.to_owned(), schema)];
    for (property, schema) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        enums.push((format!("{place}/properties/{property}"), schema));
    }
    for (place, schema) in enums.into_iter().filter(|(_, schema)| !is_only_null(schema)) {
        let values =
            schema.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let rust = |value: &str| variant(name, value, overlay);
        for value in values.clone().filter(|value| !is_variant_name(&rust(value))) {
            let rust = rust(value);
            problems.add(&place, format!("the value `{value}` would get the Rust name `{rust}`, which is none; name it with `variants` in overlay.toml"));
        }
        collisions(values, rust, |value, other, rust| {
            problems.add(&place, format!("the value `{value}` would get the Rust name `{rust}`, like `{other}`; name one with `variants` in overlay.toml"));
        });
    }
}

/// The tags of a union name its variants, beside an `Unknown` that every union has.
fn union_tags(place: &str, schema: &Value, problems: &mut Problems) {
    let mapping = schema.pointer("/discriminator/mapping").and_then(Value::as_object);
    let tags: Vec<&str> = mapping.map(sorted).into_iter().flatten().map(|(tag, _)| tag.as_str()).collect();
    for tag in &tags {
        let rust = tag.to_upper_camel_case();
        if !is_variant_name(&rust) || rust == "Unknown" {
            problems.add(place, format!("the tag `{tag}` would name a variant `{rust}`, which cannot be; bring it to another with a correction in overlay.toml"));
        }
    }
    collisions(tags.into_iter(), ToUpperCamelCase::to_upper_camel_case, |tag, other, rust| {
        problems.add(place, format!("the tag `{tag}` would get the Rust name `{rust}`, like `{other}`"));
    });
}

/// The Rust name of a value: the overlay's, else its own in PascalCase. A leading `-`, which turns an
/// order round, is told apart.
pub(crate) fn variant(schema: &str, value: &str, overlay: &Overlay) -> String {
    if let Some(name) = overlay.variant(schema, value) {
        return name.to_owned();
    }
    let name = value.to_upper_camel_case();
    match value.strip_prefix('-') {
        Some(_) if !name.is_empty() => format!("{name}Descending"),
        _ if name.is_empty() => "Empty".to_owned(),
        _ if name.starts_with(|c: char| c.is_ascii_digit()) => format!("Value{name}"),
        _ if name == "Self" => "Itself".to_owned(),
        // Every open enum has an `Unknown` for what it does not know.
        _ if name == "Unknown" => "UnknownValue".to_owned(),
        _ => name,
    }
}

fn collisions<'n>(
    names: impl Iterator<Item = &'n str>,
    rust: impl Fn(&str) -> String,
    mut report: impl FnMut(&str, &str, &str),
) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for name in names {
        let rust = rust(name);
        if let Some(other) = seen.insert(rust.clone(), name) {
            report(name, other, &rust);
        }
    }
}
