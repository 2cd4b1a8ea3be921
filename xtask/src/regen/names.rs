//! Names: the overlay's where it has one, else derived from what is named.

use std::collections::BTreeMap;

use heck::{ToSnakeCase, ToUpperCamelCase};
use serde_json::Value;

use super::overlay::Overlay;
use super::place::{Place, sorted};
use super::problem::Problems;

/// Our names of the published component schemas.
#[derive(Debug, Default)]
pub(crate) struct Names(BTreeMap<String, String>);

impl Names {
    pub(crate) fn of(document: &Value, overlay: &Overlay, problems: &mut Problems) -> Self {
        let mut names = BTreeMap::new();
        let mut owners: BTreeMap<String, String> = BTreeMap::new();
        let place = Place::root().key("components").key("schemas");
        let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
        for (published, _) in schemas.map(sorted).unwrap_or_default() {
            let name = overlay
                .schema_name(published)
                .map_or_else(|| published.to_upper_camel_case(), str::to_owned);
            if !is_type_name(&name) {
                problems.add(
                    place.key(published),
                    format!("`{name}` is no Rust type name; give it one in overlay.toml with `from`"),
                );
            }
            if let Some(other) = owners.insert(name.clone(), published.clone()) {
                problems.add(
                    place.key(published),
                    format!(
                        "would get the Rust name `{name}`, like {}; name one of them in overlay.toml",
                        place.key(&other)
                    ),
                );
            }
            names.insert(published.clone(), name);
        }
        Self(names)
    }

    pub(crate) fn get(&self, published: &str) -> Option<&str> {
        self.0.get(published).map(String::as_str)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(published, name)| (published.as_str(), name.as_str()))
    }
}

fn is_type_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
        && name != "Self"
}

/// A name for an operation the overlay does not know: `GET /v2/lists/{listId}/fields` is
/// `list_list_fields`, `GET /v2/lists/{listId}` is `get_list`.
pub(crate) fn operation_name(method: &str, path: &str) -> String {
    let segments: Vec<&str> = path
        .split('/')
        .filter(|s| !s.is_empty() && !is_version(s))
        .collect();
    let single = segments.last().is_some_and(|s| s.starts_with('{'));
    let words: Vec<String> = segments
        .iter()
        .filter(|s| !s.starts_with('{'))
        .map(|s| s.to_snake_case())
        .collect();
    let last = words.len().saturating_sub(1);
    let mut parts = vec![verb(method, single, words.last().map_or("", String::as_str)).to_owned()];
    for (index, word) in words.iter().enumerate() {
        let owner = index < last && segments.contains(&word.as_str())
            || index == last && (single || method == "post");
        parts.push(if owner { singular(word) } else { word.clone() });
    }
    parts.retain(|part| !part.is_empty());
    parts.join("_").to_snake_case()
}

fn is_version(segment: &str) -> bool {
    segment
        .strip_prefix('v')
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

fn verb(method: &str, single: bool, last: &str) -> &'static str {
    match (method, single) {
        ("get", true) => "get",
        ("get", false) if last.ends_with('s') => "list",
        ("get", false) => "get",
        ("post", _) if last == "search" => "",
        ("post", true) => "update",
        ("post", false) => "create",
        ("put", _) => "replace",
        ("patch", _) => "update",
        ("delete", _) => "delete",
        ("head", _) => "head",
        ("options", _) => "options",
        _ => "trace",
    }
}

fn singular(word: &str) -> String {
    if let Some(stem) = word.strip_suffix("ies") {
        return format!("{stem}y");
    }
    let plural = word.ends_with('s') && !word.ends_with("ss") && !word.ends_with("us");
    if plural {
        word[..word.len() - 1].to_owned()
    } else {
        word.to_owned()
    }
}

/// A derived type name: the owner's and what it is called there.
pub(crate) fn type_name(owner: &str, part: &str) -> String {
    format!("{owner}{}", part.to_upper_camel_case())
}
