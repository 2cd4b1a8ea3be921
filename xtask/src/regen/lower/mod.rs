//! From either dialect to OpenAPI 3.0.3 with facts only. Everything known is copied, prose and
//! extensions are left behind, and what is neither is refused, so that nothing is lost unseen.

mod document;
mod numbers;
mod operation;
mod parameter;
mod response;
mod schema;
mod unions;
mod values;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::names::Names;
use super::place::{Place, find, kind, segments};
use super::problem::{Problems, RegenError};

pub(crate) use schema::{MOST_IN_A_CHAIN, is_only_null};

/// The document between reading and writing.
#[derive(Debug, Default)]
pub(crate) struct Document {
    pub(crate) version: Option<String>,
    pub(crate) servers: Vec<Value>,
    pub(crate) security: Option<Value>,
    pub(crate) tags: Vec<Value>,
    /// By path and method.
    pub(crate) operations: BTreeMap<(String, String), Value>,
    pub(crate) schemas: BTreeMap<String, Value>,
    /// Where each schema was in the read document.
    pub(crate) origins: BTreeMap<String, String>,
    pub(crate) responses: BTreeMap<String, Value>,
    pub(crate) headers: BTreeMap<String, Value>,
    pub(crate) security_schemes: BTreeMap<String, Value>,
}

/// Lowers `root`, whose component schemas are renamed as `names` says.
pub(crate) fn lower(root: &Value, names: &Names) -> Result<Document, RegenError> {
    let mut lowering =
        Lowering { root, names, problems: Problems::default(), expanding: Vec::new(), written: 0 };
    let mut document = lowering.document();
    document.origins = names.origins();
    lowering.problems.settle()?;
    Ok(document)
}

struct Lowering<'a> {
    root: &'a Value,
    names: &'a Names,
    problems: Problems,
    /// The references being written out in place, to notice circles.
    expanding: Vec<String>,
    /// How many schemas have been written out so.
    written: usize,
}

/// Beside a reference to an enum that several places share: the values of this place.
pub(crate) const OWN_VALUES: &str = "x-affinity-values";

/// Prose and the like, dropped wherever the standard has it.
const PROSE: [&str; 8] =
    ["title", "description", "summary", "example", "examples", "externalDocs", "$comment", "xml"];

fn is_elsewhere(target: &Value) -> bool {
    target.as_str().is_some_and(|target| target.starts_with("#/paths/"))
}

impl<'a> Lowering<'a> {
    fn refuse(&mut self, place: &Place, message: impl Into<String>) {
        self.problems.add(place, message);
    }

    /// Reports the keys of an object that are neither known nor prose nor an extension.
    fn only_known(&mut self, map: &Map<String, Value>, at: &Place, what: &str, known: &[&str]) {
        for key in map.keys() {
            let passes =
                known.contains(&key.as_str()) || PROSE.contains(&key.as_str()) || key.starts_with("x-");
            if !passes {
                self.refuse(
                    &at.key(key),
                    format!("`{key}` in {what} is not something regen can carry over; if it may go, remove it with a correction in overlay.toml"),
                );
            }
        }
    }

    fn object(&mut self, value: &'a Value, at: &Place, what: &str) -> Option<&'a Map<String, Value>> {
        let map = value.as_object();
        if map.is_none() {
            self.refuse(at, format!("{what} must be an object, not {}", kind(value)));
        }
        map
    }

    fn list(&mut self, value: &'a Value, at: &Place, what: &str) -> &'a [Value] {
        match value {
            Value::Array(items) => items,
            other => {
                self.refuse(at, format!("{what} must be a list, not {}", kind(other)));
                &[]
            }
        }
    }

    fn text(&mut self, value: &'a Value, at: &Place, what: &str) -> Option<&'a str> {
        let text = value.as_str();
        if text.is_none() {
            self.refuse(at, format!("{what} must be text, not {}", kind(value)));
        }
        text
    }

    fn flag(&mut self, map: &'a Map<String, Value>, key: &str, at: &Place) -> bool {
        match map.get(key) {
            None => false,
            Some(Value::Bool(flag)) => *flag,
            Some(other) => {
                self.refuse(&at.key(key), format!("`{key}` must be true or false, not {}", kind(other)));
                false
            }
        }
    }

    fn stability(&mut self, from: &'a Map<String, Value>, at: &Place, to: &mut Map<String, Value>) {
        const KEY: &str = "x-stability-level";
        if let Some(level) = from.get(KEY).and_then(|v| self.text(v, &at.key(KEY), "the stability level")) {
            to.insert(KEY.to_owned(), level.into());
        }
    }

    /// Follows references to a component that is written out in place (parameters, request bodies, path
    /// items) until the thing itself.
    fn written_out(&mut self, value: &'a Value, at: &Place, section: &str) -> Option<(&'a Value, Place)> {
        let (mut value, mut place) = self.elsewhere(value, at)?;
        let mut seen = Vec::new();
        while let Some(target) = value.get("$ref") {
            let target = self.text(target, &place.key("$ref"), "a reference")?;
            if seen.contains(&target) {
                self.refuse(at, format!("the reference `{target}` leads back to itself"));
                return None;
            }
            seen.push(target);
            let name = self.component(target, section, &place)?;
            let found = find(self.root, &["components".to_owned(), section.to_owned(), name.clone()]);
            let Some(found) = found else {
                self.refuse(&place, format!("the reference `{target}` leads nowhere"));
                return None;
            };
            (value, place) =
                self.elsewhere(found, &Place::root().key("components").key(section).key(&name))?;
        }
        Some((value, place))
    }

    /// Follows references into other paths, which bundlers write, to what stands there.
    fn elsewhere(&mut self, value: &'a Value, at: &Place) -> Option<(&'a Value, Place)> {
        let (mut value, mut place) = (value, at.clone());
        for _ in 0..MOST_IN_A_CHAIN {
            let Some(target) = value.get("$ref").filter(|t| is_elsewhere(t)).and_then(Value::as_str) else {
                return Some((value, place));
            };
            let within = segments(target).unwrap_or_default();
            let Some(found) = find(self.root, &within) else {
                self.refuse(&place.key("$ref"), format!("the reference `{target}` leads nowhere"));
                return None;
            };
            value = found;
            place = within.iter().fold(Place::root(), |place, segment| place.key(segment));
        }
        self.refuse(at, "a chain of more than 500 references");
        None
    }

    /// The component a reference names, which must be of the given section.
    fn component(&mut self, target: &str, section: &str, at: &Place) -> Option<String> {
        let place = at.key("$ref");
        if !target.starts_with('#') {
            self.refuse(
                &place,
                format!("`{target}` is outside the document; bundle the document into one file first"),
            );
            return None;
        }
        match segments(target).as_deref() {
            Some([components, found, name]) if components == "components" && found == section => {
                Some(name.clone())
            }
            _ => {
                self.refuse(&place, format!("`{target}` is no reference to #/components/{section}/…"));
                None
            }
        }
    }
}
