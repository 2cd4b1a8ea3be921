//! `overlay.toml`: our names, prose and corrections, and the account of which entries found their place.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use heck::{ToSnakeCase, ToUpperCamelCase};
use serde::Deserialize;
use serde_json::{Value, json};

use super::names::{is_function_name, is_variant_name};
use super::problem::{Problems, RegenError};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    api_version: String,
    #[serde(default)]
    operations: BTreeMap<String, OperationEntry>,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    schemas: BTreeMap<String, SchemaEntry>,
    #[serde(default)]
    ids: BTreeMap<String, IdEntry>,
    #[serde(default)]
    corrections: Vec<Correction>,
}

/// An operation, keyed by `METHOD /path`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OperationEntry {
    pub(crate) name: String,
    pub(crate) text: String,
    /// The role permission it needs, as the product words it.
    pub(crate) needs: Option<String>,
    #[serde(default)]
    pub(crate) parameters: BTreeMap<String, String>,
    absent: Option<String>,
}

/// A schema, keyed by the name it has with us.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SchemaEntry {
    pub(crate) text: String,
    /// The published name, where ours differs.
    pub(crate) from: Option<String>,
    /// The places of the inline schema that gets this name.
    #[serde(default)]
    pub(crate) at: Vec<String>,
    /// Why the value lists of several places are taken together.
    merge: Option<String>,
    #[serde(default)]
    pub(crate) properties: BTreeMap<String, String>,
    /// Rust names for values whose own do not do.
    #[serde(default)]
    variants: BTreeMap<String, String>,
    absent: Option<String>,
}

/// An identifier, keyed by its type.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IdEntry {
    pub(crate) text: String,
    pub(crate) at: Vec<String>,
    absent: Option<String>,
}

/// Facts the document has wrong, or words we choose to read differently.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Correction {
    pub(crate) at: Vec<String>,
    reason: String,
    #[serde(default)]
    set: toml::Table,
    #[serde(default)]
    remove: Vec<String>,
    absent: Option<String>,
}

impl Correction {
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.set.keys().chain(&self.remove).map(String::as_str)
    }

    /// Makes the correction as far as it is of these keys; returns whether that changed anything.
    pub(crate) fn make(&self, target: &mut Value, of: impl Fn(&str) -> bool) -> bool {
        let Some(target) = target.as_object_mut() else {
            return false;
        };
        let before = target.clone();
        for key in self.remove.iter().filter(|key| of(key)) {
            target.remove(key);
        }
        for (key, value) in self.set.iter().filter(|(key, _)| of(key)) {
            target.insert(key.clone(), json!(value));
        }
        if let Some(Value::Array(values)) = target.get_mut("enum")
            && values.iter().all(Value::is_string)
        {
            values.sort_by_key(Value::to_string);
        }
        *target != before
    }
}

fn has_date(value: &toml::Value) -> bool {
    match value {
        toml::Value::Datetime(_) => true,
        toml::Value::Array(items) => items.iter().any(has_date),
        toml::Value::Table(table) => table.values().any(has_date),
        _ => false,
    }
}

/// The overlay, and which of its entries have been matched so far.
#[derive(Debug)]
pub(crate) struct Overlay {
    path: PathBuf,
    file: File,
    matched: RefCell<BTreeSet<String>>,
    /// The corrections, by number and place, that changed something.
    changed: RefCell<BTreeSet<(usize, String)>>,
}

impl Overlay {
    pub(crate) fn read(path: &Path) -> Result<Self, RegenError> {
        let wrong = |message: String| RegenError::Overlay { path: path.to_owned(), message };
        let text = std::fs::read_to_string(path).map_err(|e| wrong(format!("cannot be read: {e}")))?;
        let file: File = toml::from_str(&text).map_err(|e| wrong(e.to_string().trim_end().to_owned()))?;
        let overlay =
            Self { path: path.to_owned(), file, matched: RefCell::default(), changed: RefCell::default() };
        match overlay.contradictions() {
            wrongs if wrongs.is_empty() => Ok(overlay),
            wrongs => Err(wrong(wrongs.join("\n"))),
        }
    }

    pub(crate) fn api_version(&self) -> &str {
        &self.file.api_version
    }

    pub(crate) fn operation(&self, key: &str) -> Option<&OperationEntry> {
        let entry = self.file.operations.get(key)?;
        self.mark(operation_label(key));
        Some(entry)
    }

    /// Whether an operation has this name.
    pub(crate) fn names_operation(&self, name: &str) -> bool {
        self.file.operations.values().any(|entry| entry.name == name)
    }

    /// Our prose for a parameter: the operation's own, else the one for the name.
    pub(crate) fn parameter(&self, operation: &str, name: &str) -> Option<&str> {
        if let Some(text) = self.file.operations.get(operation).and_then(|o| o.parameters.get(name)) {
            self.mark(format!("{}.parameters.{name}", operation_label(operation)));
            return Some(text);
        }
        let text = self.file.parameters.get(name)?;
        self.mark(format!("parameters.{name}"));
        Some(text)
    }

    /// Our prose for a header, whose name is the same in any case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let (ours, text) = self.file.headers.iter().find(|(ours, _)| ours.eq_ignore_ascii_case(name))?;
        self.mark(format!("headers.{ours}"));
        Some(text)
    }

    /// Our name for a published one, where an entry says so or has that name itself.
    pub(crate) fn schema_name(&self, published: &str) -> Option<&str> {
        let by_from = self.file.schemas.iter().find(|(_, entry)| entry.from.as_deref() == Some(published));
        by_from
            .map(|(name, _)| name)
            .or_else(|| self.file.schemas.get_key_value(published).map(|(k, _)| k))
            .map(String::as_str)
    }

    pub(crate) fn schema(&self, name: &str) -> Option<&SchemaEntry> {
        let entry = self.file.schemas.get(name)?;
        self.mark(format!("schemas.{name}"));
        Some(entry)
    }

    pub(crate) fn property(&self, schema: &str, property: &str) -> Option<&str> {
        let text = self.file.schemas.get(schema)?.properties.get(property)?;
        self.mark(format!("schemas.{schema}.properties.{property}"));
        Some(text)
    }

    /// The overlay's Rust name for a value.
    pub(crate) fn variant(&self, schema: &str, value: &str) -> Option<&str> {
        let name = self.file.schemas.get(schema)?.variants.get(value)?;
        self.mark(format!("schemas.{schema}.variants.\"{value}\""));
        Some(name)
    }

    pub(crate) fn id(&self, name: &str) -> Option<&IdEntry> {
        self.file.ids.get(name)
    }

    /// The id type declared for a place, with the entry's own spelling of the place.
    pub(crate) fn id_at(&self, slot: &str) -> Option<(&str, &str)> {
        spelled(self.file.ids.iter().map(|(name, entry)| (name.as_str(), entry.at.as_slice())), slot)
    }

    pub(crate) fn mark_id(&self, name: &str, spelling: &str) {
        self.mark(format!("ids.{name} at \"{spelling}\""));
    }

    /// The name declared for an inline schema at a place.
    pub(crate) fn name_at(&self, slot: &str) -> Option<(&str, &str)> {
        spelled(self.file.schemas.iter().map(|(name, entry)| (name.as_str(), entry.at.as_slice())), slot)
    }

    pub(crate) fn mark_name(&self, name: &str, spelling: &str) {
        self.mark(format!("schemas.{name} at \"{spelling}\""));
    }

    pub(crate) fn merges(&self, name: &str) -> bool {
        self.file.schemas.get(name).is_some_and(|entry| entry.merge.is_some())
    }

    pub(crate) fn corrections(&self) -> &[Correction] {
        &self.file.corrections
    }

    pub(crate) fn mark_correction(&self, index: usize, spelling: &str, changed: bool) {
        self.mark(correction_label(index, spelling));
        if changed {
            self.changed.borrow_mut().insert((index, spelling.to_owned()));
        }
    }

    /// Corrections of a published document that it no longer needs.
    pub(crate) fn stale(&self) -> Result<(), RegenError> {
        let (matched, changed) = (self.matched.borrow(), self.changed.borrow());
        let mut problems = Problems::default();
        for (index, correction) in self.file.corrections.iter().enumerate() {
            for at in correction.at.iter().filter(|_| correction.absent.is_none()) {
                let met = matched.contains(&correction_label(index, at));
                if met && !changed.contains(&(index, at.clone())) {
                    problems.add(at, "has what the correction in overlay.toml wants: remove it there, or say `absent = \"why\"` when only some documents need it");
                }
            }
        }
        problems.settle()
    }

    /// An error that lists every entry nothing in the document answered to.
    pub(crate) fn unmatched(&self) -> Result<(), RegenError> {
        let matched = self.matched.borrow();
        let entries: Vec<String> =
            self.labels().into_iter().filter(|label| !matched.contains(label)).collect();
        if entries.is_empty() {
            return Ok(());
        }
        Err(RegenError::Unmatched { path: self.path.clone(), entries })
    }

    /// Forgets what has been matched.
    pub(crate) fn start_over(&self) {
        self.matched.borrow_mut().clear();
    }

    fn mark(&self, label: String) {
        self.matched.borrow_mut().insert(label);
    }

    fn labels(&self) -> Vec<String> {
        let mut labels = Vec::new();
        for (key, entry) in self.file.operations.iter().filter(|(_, e)| e.absent.is_none()) {
            let label = operation_label(key);
            labels.extend(entry.parameters.keys().map(|name| format!("{label}.parameters.{name}")));
            labels.push(label);
        }
        labels.extend(self.file.parameters.keys().map(|name| format!("parameters.{name}")));
        labels.extend(self.file.headers.keys().map(|name| format!("headers.{name}")));
        for (name, entry) in self.file.schemas.iter().filter(|(_, e)| e.absent.is_none()) {
            labels.push(format!("schemas.{name}"));
            labels.extend(entry.at.iter().map(|at| format!("schemas.{name} at \"{at}\"")));
            labels.extend(entry.variants.keys().map(|value| format!("schemas.{name}.variants.\"{value}\"")));
            labels.extend(entry.properties.keys().map(|p| format!("schemas.{name}.properties.{p}")));
        }
        for (name, entry) in self.file.ids.iter().filter(|(_, e)| e.absent.is_none()) {
            labels.extend(entry.at.iter().map(|at| format!("ids.{name} at \"{at}\"")));
        }
        let corrections = self.file.corrections.iter().enumerate();
        for (index, correction) in corrections.filter(|(_, c)| c.absent.is_none()) {
            labels.extend(correction.at.iter().map(|at| correction_label(index, at)));
        }
        labels
    }

    /// Our prose, with the entry it belongs to.
    fn texts(&self) -> impl Iterator<Item = (String, &str)> {
        let file = &self.file;
        let operations = file.operations.iter().flat_map(|(key, entry)| {
            let own = entry
                .parameters
                .iter()
                .map(move |(name, text)| (format!("{}.parameters.{name}", operation_label(key)), text));
            own.chain([(operation_label(key), &entry.text)])
        });
        let schemas = file.schemas.iter().flat_map(|(name, entry)| {
            let own = entry
                .properties
                .iter()
                .map(move |(property, text)| (format!("schemas.{name}.properties.{property}"), text));
            own.chain([(format!("schemas.{name}"), &entry.text)])
        });
        let others = file.ids.iter().map(|(name, entry)| (format!("ids.{name}"), &entry.text));
        let parameters = file.parameters.iter().map(|(name, text)| (format!("parameters.{name}"), text));
        let headers = file.headers.iter().map(|(name, text)| (format!("headers.{name}"), text));
        let all = operations.chain(schemas).chain(others).chain(parameters).chain(headers);
        all.map(|(label, text)| (label, text.as_str()))
    }

    /// What the overlay itself has wrong, before any document is looked at.
    fn contradictions(&self) -> Vec<String> {
        let file = &self.file;
        let mut wrongs = Vec::new();
        for name in file.schemas.keys().chain(file.ids.keys()) {
            if *name != name.to_upper_camel_case() {
                wrongs.push(format!(
                    "`{name}` is not a Rust type name: write `{}`",
                    name.to_upper_camel_case()
                ));
            }
        }
        wrongs.extend(
            file.ids
                .keys()
                .filter(|id| file.schemas.contains_key(*id))
                .map(|id| format!("`{id}` is declared as an id and as a schema")),
        );
        wrongs.extend(file.schemas.values().filter_map(|e| e.from.as_ref()).filter(|from| file.schemas.contains_key(*from)).map(
            |from| format!("`{from}` is an entry's published name and another entry's own name: feeding the output back would rename twice"),
        ));
        wrongs.extend(
            repeated(file.schemas.values().filter_map(|e| e.from.as_deref()))
                .map(|from| format!("two schemas are made from `{from}`")),
        );
        let places = file.schemas.values().flat_map(|e| &e.at).chain(file.ids.values().flat_map(|e| &e.at));
        wrongs.extend(
            repeated(places.map(String::as_str)).map(|at| format!("the place \"{at}\" is named twice")),
        );
        wrongs.extend(
            repeated(file.operations.values().map(|e| e.name.as_str()))
                .map(|name| format!("two operations are named `{name}`")),
        );
        wrongs.extend(file.operations.values().map(|e| &e.name).filter(|n| !is_function_name(n)).map(|n| {
            match n.to_snake_case() {
                other if other != **n && is_function_name(&other) => {
                    format!("`{n}` is not a Rust function name: write `{other}`")
                }
                _ => format!("`{n}` cannot be the name of a Rust function"),
            }
        }));
        for (schema, entry) in &file.schemas {
            let wrong = entry.variants.values().filter(|name| !is_variant_name(name) || *name == "Unknown");
            wrongs.extend(wrong.map(|name| format!("`{name}`, a variant of {schema}, cannot be its name")));
        }
        let dated = |c: &&Correction| c.set.values().any(has_date);
        wrongs.extend(file.corrections.iter().filter(dated).map(|c| {
            format!(
                "the correction at {} sets a date of TOML's, which JSON does not have: put it in quotes",
                c.at.join(", ")
            )
        }));
        wrongs.extend(
            self.texts()
                .filter(|(_, text)| text.trim().is_empty())
                .map(|(label, _)| format!("{label} has an empty text")),
        );
        wrongs.extend(
            file.corrections
                .iter()
                .filter(|c| c.reason.trim().is_empty())
                .map(|c| format!("the correction at {} has no reason", c.at.join(", "))),
        );
        wrongs.extend(
            file.corrections
                .iter()
                .filter(|c| c.set.is_empty() && c.remove.is_empty())
                .map(|c| format!("the correction at {} neither sets nor removes anything", c.at.join(", "))),
        );
        wrongs
    }
}

/// A place matches an entry word for word, or, for parameters, without the operation in front.
fn spelled<'a>(
    entries: impl Iterator<Item = (&'a str, &'a [String])>,
    slot: &str,
) -> Option<(&'a str, &'a str)> {
    let short = short_slot(slot);
    let mut by_short = None;
    for (name, spellings) in entries {
        for spelling in spellings {
            if spelling == slot {
                return Some((name, spelling));
            }
            if Some(spelling.as_str()) == short {
                by_short = Some((name, spelling.as_str()));
            }
        }
    }
    by_short
}

/// `?ids[]` of `GET /v2/companies ?ids[]`.
pub(crate) fn short_slot(slot: &str) -> Option<&str> {
    let (_, tail) = slot.split_once(" /")?.1.split_once(' ')?;
    tail.starts_with(['?', '{']).then_some(tail)
}

fn repeated<'a>(names: impl Iterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    let mut seen = BTreeSet::new();
    names.filter(move |name| !seen.insert(*name)).collect::<BTreeSet<_>>().into_iter()
}

fn operation_label(key: &str) -> String {
    format!("operations.\"{key}\"")
}

fn correction_label(index: usize, at: &str) -> String {
    format!("the correction at \"{at}\" (number {})", index + 1)
}
