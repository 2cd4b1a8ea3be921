//! What differs between the committed document and the new one, and what of it breaks callers.

mod schemas;
mod uses;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

use super::write::differences;
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
    if report.changes.is_empty() {
        report.unexplained(old, new);
    }
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
        let parts = [("/info/version", "version", false), ("/servers", "servers", true)];
        for (pointer, what, breaks) in parts {
            let (old, new) = (old.pointer(pointer), new.pointer(pointer));
            if old != new {
                self.changed(Group::Document, what, shown(old), shown(new), breaks);
            }
        }
        if old.get("security") != new.get("security") {
            let breaks = !admits(new.get("security"), old.get("security"));
            self.changed(
                Group::Document,
                "security",
                shown(old.get("security")),
                shown(new.get("security")),
                breaks,
            );
        }
        self.schemes(old, new);
        let (old, new) = (tags(old), tags(new));
        self.keys(Group::Document, &old, &new, |name| format!("tag {name}"), |_| false, false);
        for (name, old, new) in both(&old, &new) {
            if old != new {
                self.changed(Group::Document, &format!("tag {name}"), level(old), level(new), false);
            }
        }
    }

    /// What no other part of the report has words for.
    fn unexplained(&mut self, old: &Value, new: &Value) {
        for place in differences(&facts(old), &facts(new)) {
            self.add(Group::Document, Kind::Changed, place, false);
        }
    }

    fn schemes(&mut self, old: &Value, new: &Value) {
        let used = |name: &str| old.to_string().contains(&format!("{name:?}:["));
        let section = |document| entries_at(document, "/components/securitySchemes");
        let (before, after) = (section(old), section(new));
        for name in after.keys().filter(|name| !before.contains_key(*name)) {
            self.add(Group::Document, Kind::Added, format!("security scheme {name}"), false);
        }
        for name in before.keys().filter(|name| !after.contains_key(*name)) {
            self.add(Group::Document, Kind::Removed, format!("security scheme {name}"), used(name));
        }
        for (name, was, is) in both(&before, &after).filter(|(_, was, is)| was != is) {
            let what = format!("security scheme {name}");
            self.changed(Group::Document, &what, was, is, used(name));
        }
    }

    fn operations(&mut self, old: &Value, new: &Value) {
        let security = [old.get("security"), new.get("security")];
        let (old, new) = (operations(old), operations(new));
        let name =
            |key: &str, o: &Value| format!("{key} ({})", o["operationId"].as_str().unwrap_or_default());
        for (key, operation) in new.iter().filter(|(shape, _)| !old.contains_key(*shape)).map(|(_, o)| o) {
            self.add(Group::Operations, Kind::Added, name(key, operation), false);
        }
        for (key, operation) in old.iter().filter(|(shape, _)| !new.contains_key(*shape)).map(|(_, o)| o) {
            self.add(Group::Operations, Kind::Removed, name(key, operation), true);
        }
        for (shape, (key, was)) in &old {
            let Some((new_key, is)) = new.get(shape) else { continue };
            if key != new_key {
                self.changed(Group::Operations, "parameter names", key, new_key, false);
            }
            self.operation(key, was, is);
            let [before, after] = [(was, security[0]), (is, security[1])]
                .map(|(operation, common)| operation.get("security").or(common));
            if was.get("security") != is.get("security") {
                let breaks = !admits(after, before);
                let what = format!("{key}, security");
                self.changed(
                    Group::Operations,
                    &what,
                    shown(was.get("security")),
                    shown(is.get("security")),
                    breaks,
                );
            }
        }
    }

    fn operation(&mut self, key: &str, old: &Value, new: &Value) {
        let facts = [
            ("operationId", "its name", true),
            ("deprecated", "deprecated", false),
            ("x-stability-level", "stability", false),
            ("tags", "tags", false),
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
        let (old, new) = (parameters(old, old), parameters(new, old));
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
        for (name, old, new) in both(&old, &new) {
            self.header(&format!("{place} header {name}"), old, new);
        }
    }

    fn header(&mut self, place: &str, old: &Value, new: &Value) {
        let target = |header: &Value| {
            let target =
                header.get("$ref").and_then(Value::as_str).map(|r| r.rsplit('/').next().unwrap_or(r));
            target.map_or_else(|| "stated in place".to_owned(), str::to_owned)
        };
        if old.get("$ref") != new.get("$ref") {
            self.changed(Group::Bodies, place, target(old), target(new), false);
            return;
        }
        for fact in ["required", "deprecated"] {
            if old.get(fact) != new.get(fact) {
                let what = format!("{place}, {fact}");
                self.changed(Group::Bodies, &what, shown(old.get(fact)), shown(new.get(fact)), false);
            }
        }
        self.schema(Group::Bodies, place, &old["schema"], &new["schema"], uses::RESPONSE);
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
            self.header(&format!("header {name}"), old, new);
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

/// The operations, with their keys, by method and path: what a path's parameters are called makes no
/// difference to who calls it.
fn operations(document: &Value) -> BTreeMap<(String, String), (String, &Value)> {
    let mut found = BTreeMap::new();
    for (path, item) in entries_at(document, "/paths") {
        let shape: Vec<&str> = path.split('/').map(|s| if s.starts_with('{') { "{}" } else { s }).collect();
        for (method, operation) in entries(item) {
            let key = super::slots::operation_key(&path, &method);
            found.insert((shape.join("/"), method), (key, operation));
        }
    }
    found
}

/// The parameters by name; those of the path have the names they have in `like`.
fn parameters<'d>(operation: &'d Value, like: &Value) -> BTreeMap<String, &'d Value> {
    let list =
        |operation: &'d Value| operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let in_path: Vec<String> = like["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|p| p["in"] == "path")
        .map(|p| text(&p["name"]))
        .collect();
    let mut names = in_path.into_iter();
    list(operation)
        .map(|p| {
            let like = if p["in"] == "path" { names.next() } else { None };
            (format!("{} ({})", like.unwrap_or_else(|| text(&p["name"])), text(&p["in"])), p)
        })
        .collect()
}

/// Whether every way in that `old` had is still one.
fn admits(new: Option<&Value>, old: Option<&Value>) -> bool {
    let ways = |security: Option<&Value>| -> Vec<Value> {
        match security.and_then(Value::as_array) {
            Some(ways) if !ways.is_empty() => ways.clone(),
            _ => vec![Value::Object(Object::new())],
        }
    };
    let new = ways(new);
    let enough = |way: &Value, has: &Value| {
        entries(way).iter().all(|(scheme, scopes)| {
            let scopes = scopes.as_array().into_iter().flatten();
            has.get(scheme).and_then(Value::as_array).is_some_and(|has| {
                let mut scopes = scopes;
                scopes.all(|scope| has.contains(scope))
            })
        })
    };
    ways(old).iter().all(|has| new.iter().any(|way| enough(way, has)))
}

/// The document without its prose.
fn facts(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let prose =
                |key: &str, value: &Value| matches!(key, "description" | "summary") && value.is_string();
            let kept: Object = map
                .iter()
                .filter(|(key, value)| !prose(key, value))
                .map(|(key, value)| (key.clone(), facts(value)))
                .collect();
            match kept.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
                Some([only]) if kept.len() == 1 => only.clone(),
                _ => Value::Object(kept),
            }
        }
        Value::Array(items) => Value::Array(items.iter().map(facts).collect()),
        other => other.clone(),
    }
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
