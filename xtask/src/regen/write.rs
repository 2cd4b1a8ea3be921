//! The document as text, and the file it goes into.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::lower::Document;
use super::place::{Place, sorted};
use super::problem::RegenError;

const TITLE: &str = "Affinity API v2";
/// Marks our own output in `info`.
const OURS: &str = "x-affinity-normal-form";

/// The normal form's text: two spaces, sorted keys, a newline at the end.
pub(crate) fn text(document: &Document, api_version: &str) -> String {
    let mut paths = Map::new();
    for ((path, method), operation) in &document.operations {
        let item = paths.entry(path.clone()).or_insert_with(|| json!({}));
        item[method.as_str()] = operation.clone();
    }
    let mut components = Map::new();
    let sections = [
        ("headers", &document.headers),
        ("responses", &document.responses),
        ("schemas", &document.schemas),
        ("securitySchemes", &document.security_schemes),
    ];
    for (section, values) in sections {
        if !values.is_empty() {
            components.insert(section.to_owned(), json!(values));
        }
    }
    let mut root = Map::new();
    root.insert("openapi".to_owned(), "3.0.3".into());
    root.insert("info".to_owned(), json!({ "title": TITLE, "version": api_version, OURS: true }));
    root.insert("paths".to_owned(), Value::Object(paths));
    root.insert("components".to_owned(), Value::Object(components));
    if !document.servers.is_empty() {
        root.insert("servers".to_owned(), json!(document.servers));
    }
    if let Some(security) = &document.security {
        root.insert("security".to_owned(), security.clone());
    }
    if !document.tags.is_empty() {
        root.insert("tags".to_owned(), json!(document.tags));
    }
    format!("{:#}\n", sorted_keys(&Value::Object(root)))
}

/// Whether a document is our own output, which has its corrections already.
pub(crate) fn is_ours(document: &Value) -> bool {
    document["info"][OURS] == true
}

/// The places where two documents differ, in order, the innermost of each.
pub(crate) fn differences(old: &Value, new: &Value) -> Vec<String> {
    let mut found = Vec::new();
    differ(old, new, &Place::root(), &mut found);
    found
}

fn differ(old: &Value, new: &Value, at: &Place, found: &mut Vec<String>) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for key in keys {
                match (old.get(key), new.get(key)) {
                    (Some(old), Some(new)) => differ(old, new, &at.key(key), found),
                    _ => found.push(at.key(key).to_string()),
                }
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                differ(old, new, &at.index(index), found);
            }
        }
        _ if old != new => found.push(at.to_string()),
        _ => {}
    }
}

/// The same value with the keys of every object in order, whichever map serde_json was built with.
pub(crate) fn sorted_keys(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            sorted(map).into_iter().map(|(key, value)| (key.clone(), sorted_keys(value))).collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(sorted_keys).collect()),
        other => other.clone(),
    }
}

/// The lines that differ, with a little around them.
pub(crate) fn diff(old: &str, new: &str) -> String {
    const MOST_LINES: usize = 400;
    let diff = similar::TextDiff::from_lines(old, new);
    let text = diff.unified_diff().context_radius(3).header("committed", "regenerated").to_string();
    let lines: Vec<&str> = text.lines().collect();
    if lines.len() <= MOST_LINES {
        return text;
    }
    format!("{}\n… and {} more lines", lines[..MOST_LINES].join("\n"), lines.len() - MOST_LINES)
}

/// Writes beside the file and renames, so that a reader meets the old document or the new one.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), RegenError> {
    // A link stays a link, and the file keeps its permissions.
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let part = path.with_extension("json.part");
    let failed = |path: &Path, e: std::io::Error| {
        drop(std::fs::remove_file(&part));
        RegenError::File { path: path.to_owned(), message: format!("cannot be written: {e}") }
    };
    std::fs::write(&part, text).map_err(|e| failed(&part, e))?;
    if let Ok(metadata) = path.metadata() {
        std::fs::set_permissions(&part, metadata.permissions()).map_err(|e| failed(&part, e))?;
    }
    std::fs::rename(&part, path).map_err(|e| failed(path, e))
}
