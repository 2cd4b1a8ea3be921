//! What differs between the committed document and the new one, and what of it breaks callers.

mod schemas;
mod uses;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

use uses::Uses;

/// The groups a report has, in the order they are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Document,
    Operations,
    Parameters,
    Bodies,
    Schemas,
    Properties,
    Values,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Added,
    Removed,
    Changed,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Change {
    group: Group,
    kind: Kind,
    what: String,
    breaks: bool,
}

/// All changes, grouped when printed.
#[derive(Debug, Default)]
pub(crate) struct Report {
    changes: Vec<Change>,
}

/// Compares two documents in normal form.
pub(crate) fn compare(old: &Value, new: &Value) -> Report {
    let mut report = Report::default();
    let uses = Uses::of(&[old, new]);
    report.outline(old, new);
    report.operations(old, new);
    report.components(old, new, &uses);
    report.changes.sort();
    report.changes.dedup();
    report
}

impl Report {
    fn add(&mut self, group: Group, kind: Kind, what: impl Into<String>, breaks: bool) {
        self.changes.push(Change { group, kind, what: what.into(), breaks });
    }

    fn changed(
        &mut self,
        group: Group,
        what: &str,
        old: impl fmt::Display,
        new: impl fmt::Display,
        breaks: bool,
    ) {
        self.add(group, Kind::Changed, format!("{what}: {old} → {new}"), breaks);
    }

    /// Version, servers, security, tags and headers.
    fn outline(&mut self, old: &Value, new: &Value) {
        let parts = [
            ("/info/version", "version", false),
            ("/servers", "servers", true),
            ("/security", "security", true),
            ("/components/securitySchemes", "security schemes", true),
        ];
        for (pointer, what, breaks) in parts {
            let (old, new) = (old.pointer(pointer), new.pointer(pointer));
            if old != new {
                self.changed(Group::Document, what, shown(old), shown(new), breaks);
            }
        }
        let (old, new) = (tags(old), tags(new));
        self.keys(Group::Document, &old, &new, |name| format!("tag {name}"), |_| false, false);
        for (name, old, new) in both(&old, &new) {
            if old != new {
                self.changed(Group::Document, &format!("tag {name}"), level(old), level(new), false);
            }
        }
    }

    fn operations(&mut self, old: &Value, new: &Value) {
        let (old, new) = (operations(old), operations(new));
        let name = |operations: &BTreeMap<String, &Value>, key: &str| {
            let id =
                operations.get(key).and_then(|o| o["operationId"].as_str()).unwrap_or_default().to_owned();
            format!("{key} ({id})")
        };
        for key in new.keys().filter(|key| !old.contains_key(*key)) {
            self.add(Group::Operations, Kind::Added, name(&new, key), false);
        }
        for key in old.keys().filter(|key| !new.contains_key(*key)) {
            self.add(Group::Operations, Kind::Removed, name(&old, key), true);
        }
        for (key, old, new) in both(&old, &new) {
            self.operation(key, old, new);
        }
    }

    fn operation(&mut self, key: &str, old: &Value, new: &Value) {
        let facts = [
            ("operationId", "its name", true),
            ("deprecated", "deprecated", false),
            ("x-stability-level", "stability", false),
            ("tags", "tags", false),
            ("security", "security", true),
        ];
        for (fact, what, breaks) in facts {
            if old.get(fact) != new.get(fact) {
                self.changed(
                    Group::Operations,
                    &format!("{key}, {what}"),
                    shown(old.get(fact)),
                    shown(new.get(fact)),
                    breaks,
                );
            }
        }
        self.parameters(key, old, new);
        self.request_body(key, old.get("requestBody"), new.get("requestBody"));
        self.responses(key, &old["responses"], &new["responses"]);
    }

    fn parameters(&mut self, key: &str, old: &Value, new: &Value) {
        let (old, new) = (parameters(old), parameters(new));
        let must = |name: &str| new.get(name).is_some_and(|p| p["required"] == true);
        self.keys(Group::Parameters, &old, &new, |name| format!("{key} {name}"), must, true);
        for (name, old, new) in both(&old, &new) {
            let place = format!("{key} {name}");
            let (was, is) = (old["required"] == true, new["required"] == true);
            if was != is {
                self.changed(Group::Parameters, &place, optional(was), optional(is), is);
            }
            for fact in
                ["style", "explode", "allowReserved", "allowEmptyValue", "deprecated", "x-stability-level"]
            {
                if old.get(fact) != new.get(fact) {
                    let breaks = matches!(fact, "style" | "explode");
                    self.changed(
                        Group::Parameters,
                        &format!("{place}, {fact}"),
                        shown(old.get(fact)),
                        shown(new.get(fact)),
                        breaks,
                    );
                }
            }
            self.schema(Group::Parameters, &place, &old["schema"], &new["schema"], uses::REQUEST);
        }
    }

    fn request_body(&mut self, key: &str, old: Option<&Value>, new: Option<&Value>) {
        let place = format!("{key} request body");
        match (old, new) {
            (None, None) => {}
            (None, Some(new)) => self.add(Group::Bodies, Kind::Added, place, new["required"] == true),
            (Some(_), None) => self.add(Group::Bodies, Kind::Removed, place, true),
            (Some(old), Some(new)) => {
                let (was, is) = (old["required"] == true, new["required"] == true);
                if was != is {
                    self.changed(Group::Bodies, &place, optional(was), optional(is), is);
                }
                self.content(&place, &old["content"], &new["content"], uses::REQUEST, true);
            }
        }
    }

    fn responses(&mut self, key: &str, old: &Value, new: &Value) {
        let (old, new) = (entries(old), entries(new));
        for code in new.keys().filter(|code| !old.contains_key(*code)) {
            self.add(Group::Bodies, Kind::Added, format!("{key} response {code}"), false);
        }
        for code in old.keys().filter(|code| !new.contains_key(*code)) {
            self.add(Group::Bodies, Kind::Removed, format!("{key} response {code}"), code.starts_with('2'));
        }
        for (code, old, new) in both(&old, &new) {
            self.response(&format!("{key} response {code}"), old, new, code.starts_with('2'));
        }
    }

    fn response(&mut self, place: &str, old: &Value, new: &Value, success: bool) {
        if old.get("$ref") != new.get("$ref") {
            self.changed(Group::Bodies, place, shown(old.get("$ref")), shown(new.get("$ref")), success);
        }
        self.content(place, &old["content"], &new["content"], uses::RESPONSE, success);
        let (old, new) = (entries(&old["headers"]), entries(&new["headers"]));
        self.keys(Group::Bodies, &old, &new, |name| format!("{place} header {name}"), |_| false, false);
    }

    fn content(&mut self, place: &str, old: &Value, new: &Value, way: u8, breaks: bool) {
        let (old, new) = (entries(old), entries(new));
        if old.keys().ne(new.keys()) {
            let list = |content: &BTreeMap<String, &Value>| match content.keys().next() {
                Some(media) => media.clone(),
                None => "no body".to_owned(),
            };
            self.changed(Group::Bodies, place, list(&old), list(&new), breaks);
        }
        for (_, old, new) in both(&old, &new) {
            self.schema(Group::Bodies, place, &old["schema"], &new["schema"], way);
        }
    }

    fn components(&mut self, old: &Value, new: &Value, uses: &Uses) {
        let section = |document, name: &str| entries_at(document, &format!("/components/{name}"));
        let (before, after) = (section(old, "responses"), section(new, "responses"));
        self.keys(Group::Bodies, &before, &after, |name| format!("response {name}"), |_| false, false);
        for (name, old, new) in both(&before, &after) {
            self.response(&format!("response {name}"), old, new, false);
        }
        let (before, after) = (section(old, "headers"), section(new, "headers"));
        self.keys(Group::Bodies, &before, &after, |name| format!("header {name}"), |_| false, false);
        for (name, old, new) in both(&before, &after) {
            self.schema(
                Group::Bodies,
                &format!("header {name}"),
                &old["schema"],
                &new["schema"],
                uses::RESPONSE,
            );
        }
        let (before, after) = (section(old, "schemas"), section(new, "schemas"));
        self.keys(
            Group::Schemas,
            &before,
            &after,
            |name| format!("{name}{}", uses.note(name)),
            |_| false,
            true,
        );
        for (name, old, new) in both(&before, &after) {
            self.schema(Group::Schemas, name, old, new, uses.way(name));
        }
    }

    /// Added and removed keys.
    fn keys<V>(
        &mut self,
        group: Group,
        old: &BTreeMap<String, V>,
        new: &BTreeMap<String, V>,
        shown: impl Fn(&str) -> String,
        adding_breaks: impl Fn(&str) -> bool,
        removing_breaks: bool,
    ) {
        for key in new.keys().filter(|key| !old.contains_key(*key)) {
            self.add(group, Kind::Added, shown(key), adding_breaks(key));
        }
        for key in old.keys().filter(|key| !new.contains_key(*key)) {
            self.add(group, Kind::Removed, shown(key), removing_breaks);
        }
    }
}

fn both<'a>(
    old: &'a BTreeMap<String, &'a Value>,
    new: &'a BTreeMap<String, &'a Value>,
) -> impl Iterator<Item = (&'a str, &'a Value, &'a Value)> {
    old.iter().filter_map(|(key, old)| Some((key.as_str(), *old, *new.get(key)?)))
}

fn entries(value: &Value) -> BTreeMap<String, &Value> {
    value.as_object().into_iter().flatten().map(|(key, value)| (key.clone(), value)).collect()
}

fn entries_at<'d>(document: &'d Value, pointer: &str) -> BTreeMap<String, &'d Value> {
    document.pointer(pointer).map(entries).unwrap_or_default()
}

fn operations(document: &Value) -> BTreeMap<String, &Value> {
    let mut found = BTreeMap::new();
    for (path, item) in entries_at(document, "/paths") {
        found.extend(
            entries(item)
                .into_iter()
                .map(|(method, operation)| (super::slots::operation_key(&path, &method), operation)),
        );
    }
    found
}

fn parameters(operation: &Value) -> BTreeMap<String, &Value> {
    let list = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
    list.map(|p| {
        (format!("{} ({})", p["name"].as_str().unwrap_or_default(), p["in"].as_str().unwrap_or_default()), p)
    })
    .collect()
}

fn tags(document: &Value) -> BTreeMap<String, &Value> {
    let list = document.get("tags").and_then(Value::as_array).into_iter().flatten();
    list.map(|tag| (tag["name"].as_str().unwrap_or_default().to_owned(), tag)).collect()
}

fn level(value: &Value) -> String {
    value.get("x-stability-level").and_then(Value::as_str).unwrap_or("stable").to_owned()
}

fn optional(required: bool) -> &'static str {
    if required { "required" } else { "optional" }
}

/// A value in a line of the report.
fn shown(value: Option<&Value>) -> String {
    match value {
        None => "none".to_owned(),
        Some(Value::String(text)) => {
            text.rsplit_once("/schemas/").map_or(text.as_str(), |(_, name)| name).to_owned()
        }
        Some(other) => other.to_string(),
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut group = None;
        for change in &self.changes {
            if group != Some(change.group) {
                group = Some(change.group);
                writeln!(f, "{}", heading(change.group))?;
            }
            let kind = match change.kind {
                Kind::Added => "added",
                Kind::Removed => "removed",
                Kind::Changed => "changed",
            };
            let breaks = if change.breaks { "BREAKS" } else { "" };
            writeln!(f, "  {kind:<8} {breaks:<7} {}", change.what)?;
        }
        let count = |kind| self.changes.iter().filter(|c| c.kind == kind).count();
        let breaking = self.changes.iter().filter(|c| c.breaks).count();
        let (added, removed, changed) = (count(Kind::Added), count(Kind::Removed), count(Kind::Changed));
        match self.changes.len() {
            0 => writeln!(f, "No facts changed, only prose or layout."),
            _ => writeln!(
                f,
                "{added} added, {removed} removed, {changed} changed; {breaking} of these break callers."
            ),
        }
    }
}

fn heading(group: Group) -> &'static str {
    match group {
        Group::Document => "Document",
        Group::Operations => "Operations",
        Group::Parameters => "Parameters",
        Group::Bodies => "Requests and responses",
        Group::Schemas => "Schemas",
        Group::Properties => "Properties",
        Group::Values => "Enum values and union members",
    }
}

type Object = Map<String, Value>;
