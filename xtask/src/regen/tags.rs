//! Discriminated unions: mappings completed, and the places of their tags found.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::checks::inherited;
use super::hoist::refers_to;
use super::lower::Document;
use super::names::{Names, place_of};
use super::problem::{Problems, RegenError};

type Schemas = BTreeMap<String, Value>;

/// Completes every mapping, writes tags out in place, and returns the places of the tags.
pub(crate) fn complete(document: &mut Document, names: &Names) -> Result<BTreeSet<String>, RegenError> {
    let (schemas, origins) = (&mut document.schemas, &document.origins);
    let mut problems = Problems::default();
    let mut places = BTreeSet::new();
    let unions: Vec<String> =
        schemas.iter().filter(|(_, s)| members(s).is_some()).map(|(name, _)| name.clone()).collect();
    for name in unions {
        let place = place_of(&name, origins);
        required_of_members(schemas, &name, &place, &mut problems);
        if let Some(property) = unsaid_tag(schemas, &name) {
            tell_apart(schemas, &name, &property);
        }
        if schemas[&name].get("discriminator").is_some() {
            places.extend(union(schemas, &name, &place, names, &mut problems));
        }
    }
    problems.settle()?;
    for place in &places {
        write_out(schemas, place);
    }
    Ok(places)
}

pub(crate) fn members(schema: &Value) -> Option<&Vec<Value>> {
    schema.get("oneOf").or_else(|| schema.get("anyOf"))?.as_array()
}

/// The property that tells the members of a union apart although no discriminator says so: all of them
/// require it, and each has other values there.
fn unsaid_tag(schemas: &Schemas, name: &str) -> Option<String> {
    let schema = &schemas[name];
    let members = members(schema)?;
    if schema.get("discriminator").is_some() || members.len() < 2 {
        return None;
    }
    let members: Vec<&str> = members.iter().map(refers_to).collect::<Option<_>>()?;
    let first = schemas.get(members[0])?;
    let tells_apart = |property: &&str| {
        let mut seen = BTreeSet::new();
        members.iter().all(|member| {
            let mut tag = Tag::default();
            find_tag(schemas, member, property, &mut tag, &mut BTreeSet::new())
                && requires(schemas, member, property, 0)
                && !(tag.open || tag.not_text || tag.values.is_empty())
                && tag.values.into_iter().all(|value| seen.insert(value))
        })
    };
    let candidates: Vec<&str> = inherited(schemas, first, 0).into_keys().filter(tells_apart).collect();
    let usual = candidates.iter().find(|property| **property == "type").or(candidates.first());
    usual.map(|property| (*property).to_owned())
}

fn tell_apart(schemas: &mut Schemas, name: &str, property: &str) {
    if let Some(Value::Object(schema)) = schemas.get_mut(name) {
        if let Some(members) = schema.remove("anyOf") {
            schema.insert("oneOf".to_owned(), members);
        }
        schema.insert("discriminator".to_owned(), json!({ "mapping": {}, "propertyName": property }));
    }
}

/// What a member says about the tag property.
#[derive(Default)]
struct Tag {
    places: BTreeSet<String>,
    values: BTreeSet<String>,
    /// Somewhere the property is declared without values.
    open: bool,
    /// Somewhere the property is no text.
    not_text: bool,
}

fn union(
    schemas: &mut Schemas,
    name: &str,
    place: &str,
    names: &Names,
    problems: &mut Problems,
) -> BTreeSet<String> {
    let schema = &schemas[name];
    let property = schema["discriminator"]["propertyName"].as_str().unwrap_or_default().to_owned();
    let stated = schema["discriminator"]["mapping"].as_object().cloned().unwrap_or_default();
    let mut mapping = stated.clone();
    let mut places = BTreeSet::new();
    let mut known = BTreeSet::new();
    for member in members(schema).into_iter().flatten() {
        let Some(member) = refers_to(member) else {
            problems
                .add(place, format!("a union told apart by `{property}` with a member that is no object"));
            continue;
        };
        known.insert(reference(member));
        let mut tag = Tag::default();
        if !find_tag(schemas, member, &property, &mut tag, &mut BTreeSet::new()) {
            problems.add(
                place,
                format!("its members are told apart by `{property}`, and {member} has no such property"),
            );
            continue;
        }
        if tag.not_text {
            problems.add(
                place,
                format!("its members are told apart by `{property}`, whose values in {member} are no text: only a text can be a tag"),
            );
            continue;
        }
        places.extend(tag.places.iter().cloned());
        map_member(place, member, &tag, &mut mapping, names, problems);
    }
    for (value, target) in
        stated.iter().filter(|(_, target)| !target.as_str().is_some_and(|t| known.contains(t)))
    {
        problems
            .add(place, format!("the mapping of `{value}` names {target}, which is no member of the union"));
    }
    if let Some(Value::Object(discriminator)) = schemas.get_mut(name).and_then(|s| s.get_mut("discriminator"))
    {
        discriminator.insert("mapping".to_owned(), Value::Object(mapping));
    }
    places
}

/// Maps the tag values of a member that are not mapped yet.
fn map_member(
    union: &str,
    member: &str,
    tag: &Tag,
    mapping: &mut Map<String, Value>,
    names: &Names,
    problems: &mut Problems,
) {
    let target = json!(reference(member));
    let stated: Vec<String> =
        mapping.iter().filter(|(_, t)| **t == target).map(|(value, _)| value.clone()).collect();
    if !tag.open {
        for value in stated.iter().filter(|value| !tag.values.contains(*value)) {
            problems.add(union, format!("`{value}` is mapped to {member}, whose own tag does not allow it"));
        }
    }
    for value in &tag.values {
        match mapping.get(value) {
            None => drop(mapping.insert(value.clone(), target.clone())),
            Some(other) if *other != target && stated.is_empty() => {
                problems
                    .add(union, format!("the tag `{value}` belongs to {member} and is mapped to {other}"));
            }
            Some(_) => {}
        }
    }
    if tag.values.is_empty() && stated.is_empty() {
        let published =
            names.iter().find(|(_, ours)| *ours == member).map_or(member, |(published, _)| published);
        mapping.insert(published.to_owned(), target);
    }
}

/// Looks for the tag in a member itself, in its bases, and, for a union, in each of its members.
fn find_tag(
    schemas: &Schemas,
    name: &str,
    property: &str,
    tag: &mut Tag,
    seen: &mut BTreeSet<String>,
) -> bool {
    let Some(schema) = schemas.get(name) else {
        return false;
    };
    if !seen.insert(name.to_owned()) {
        return true;
    }
    if let Some(declared) = schema.get("properties").and_then(|p| p.get(property)) {
        let declared = refers_to(declared).and_then(|target| schemas.get(target)).unwrap_or(declared);
        let values = declared.get("enum");
        tag.not_text |= declared["type"] != "string" && (declared.get("type").is_some() || values.is_some());
        match values.and_then(Value::as_array) {
            Some(values) => tag.values.extend(values.iter().filter_map(Value::as_str).map(str::to_owned)),
            None => tag.open = true,
        }
        tag.places.insert(format!("{name}.{property}"));
        return true;
    }
    if let Some(members) = members(schema) {
        return members
            .iter()
            .all(|m| refers_to(m).is_some_and(|m| find_tag(schemas, m, property, tag, seen)));
    }
    let bases: Vec<&str> = match schema.get("allOf").and_then(Value::as_array) {
        Some(parts) => parts.iter().filter_map(refers_to).collect(),
        None => refers_to(schema).into_iter().collect(),
    };
    // Every base is looked at: `any` would stop at the first.
    bases.into_iter().filter(|base| find_tag(schemas, base, property, tag, seen)).count() > 0
}

/// A tag that names an enum component becomes a closed enum of its own.
fn write_out(schemas: &mut Schemas, place: &str) {
    let Some((owner, property)) = place.split_once('.') else {
        return;
    };
    let declared = schemas.get(owner).and_then(|s| s.get("properties")).and_then(|p| p.get(property));
    let Some(body) = declared
        .and_then(refers_to)
        .and_then(|target| schemas.get(target))
        .filter(|s| s.get("enum").is_some())
        .cloned()
    else {
        return;
    };
    if let Some(Value::Object(properties)) = schemas.get_mut(owner).and_then(|s| s.get_mut("properties")) {
        properties.insert(property.to_owned(), body);
    }
}

/// `required` beside a union says nothing new where every member requires the same.
fn required_of_members(schemas: &mut Schemas, name: &str, place: &str, problems: &mut Problems) {
    let schema = &schemas[name];
    let wanted: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for property in wanted {
        let every = members(schema)
            .into_iter()
            .flatten()
            .all(|m| refers_to(m).is_some_and(|m| requires(schemas, m, property, 0)));
        if !every {
            problems.add(
                place,
                format!("`required` beside a union names `{property}`, which not every member requires"),
            );
        }
    }
    if let Some(Value::Object(schema)) = schemas.get_mut(name) {
        schema.remove("required");
    }
}

fn requires(schemas: &Schemas, name: &str, property: &str, depth: usize) -> bool {
    let Some(schema) = schemas.get(name).filter(|_| depth < 32) else {
        return false;
    };
    let own =
        schema.get("required").and_then(Value::as_array).is_some_and(|r| r.iter().any(|p| p == property));
    let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten().filter_map(refers_to);
    own || parts.chain(refers_to(schema)).any(|base| requires(schemas, base, property, depth + 1))
        || members(schema).is_some_and(|m| {
            m.iter().all(|m| refers_to(m).is_some_and(|m| requires(schemas, m, property, depth + 1)))
        })
}

fn reference(name: &str) -> String {
    format!("#/components/schemas/{name}")
}
