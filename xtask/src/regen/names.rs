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
            let name = overlay.schema_name(published).map_or_else(|| pascal(published), str::to_owned);
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

    /// The places of all component schemas, by our names.
    pub(crate) fn origins(&self) -> BTreeMap<String, String> {
        let place = Place::root().key("components").key("schemas");
        self.0.iter().map(|(published, name)| (name.clone(), place.key(published).to_string())).collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(published, name)| (published.as_str(), name.as_str()))
    }
}

fn is_type_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
        && name != "Self"
}

/// A name for an operation the overlay does not know: `GET /v2/lists/{listId}/fields` is
/// `list_list_fields`, `GET /v2/lists/{listId}` is `get_list`, `POST /v2/companies/search` is
/// `search_companies`.
///
/// A name that is taken is said the other way round (`list_fields_of_company`), then with the whole
/// path, then with a number.
pub(crate) fn operation_name(method: &str, path: &str, taken: &dyn Fn(&str) -> bool) -> String {
    let all: Vec<String> = path.split('/').map(str::to_snake_case).filter(|s| !s.is_empty()).collect();
    let mut segments: Vec<&str> = path.split('/').filter(|s| !s.is_empty() && !is_version(s)).collect();
    let searches = method == "post" && segments.len() > 1 && segments.last() == Some(&"search");
    if searches {
        segments.pop();
    }
    let single = segments.last().is_some_and(|s| s.starts_with('{'));
    let words: Vec<String> = segments
        .iter()
        .filter(|s| !s.starts_with('{'))
        .map(|s| s.to_snake_case())
        .filter(|s| !s.is_empty())
        .collect();
    let (last, rest) = words.split_last().map_or(("", &[][..]), |(last, rest)| (last.as_str(), rest));
    // A list's list entries are list entries.
    let said = |(index, word): &(usize, String)| {
        words.get(index + 1).is_none_or(|next| !next.starts_with(&format!("{word}_")))
    };
    let owners = rest.iter().map(|word| singular(word)).enumerate().filter(said);
    let owners: Vec<String> = owners.map(|(_, word)| word).collect();
    let subject = if single || method == "post" && !searches { singular(last) } else { last.to_owned() };
    let verb = if searches { "search" } else { verb(method, single, last) };
    let owners = owners.join("_");
    let turned = if owners.is_empty() { String::new() } else { join(&[verb, &subject, "of", &owners]) };
    let names = [join(&[verb, &owners, &subject]), turned, join(&[method, &all.join("_")])];
    if let Some(name) = names.iter().find(|name| !name.is_empty() && !taken(name)) {
        return name.clone();
    }
    let numbered = (2..).map(|number| format!("{}_{number}", names[2]));
    numbered.into_iter().find(|name| !taken(name)).unwrap_or_default()
}

fn join(words: &[&str]) -> String {
    let said: Vec<&str> = words.iter().copied().filter(|word| !word.is_empty()).collect();
    said.join("_")
}

/// Whether this can be the name of a function or a field.
pub(crate) fn is_function_name(name: &str) -> bool {
    is_identifier(name) && name == name.to_snake_case() && !KEYWORDS.contains(&name)
}

/// Whether this can be the name of a variant.
pub(crate) fn is_variant_name(name: &str) -> bool {
    is_identifier(name) && name.starts_with(|c: char| c.is_uppercase() || !c.is_ascii()) && name != "Self"
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(char::is_alphabetic) && name.chars().all(|c| c == '_' || c.is_alphanumeric())
}

const KEYWORDS: [&str; 52] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static",
    "struct", "super", "trait", "true", "try", "type", "typeof", "union", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

fn verb(method: &str, single: bool, last: &str) -> &'static str {
    match (method, single) {
        ("get", true) => "get",
        ("get", false) if last.ends_with('s') => "list",
        ("get", false) => "get",
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
    if plural { word[..word.len() - 1].to_owned() } else { word.to_owned() }
}

/// A derived type name: the owner's and what it is called there.
pub(crate) fn type_name(owner: &str, part: &str) -> String {
    pascal(&format!("{owner}{}", part.to_upper_camel_case()))
}

/// PascalCase that stays as it is when read again: `a.B` is `AB` at first, which is then `Ab`.
fn pascal(name: &str) -> String {
    let mut name = name.to_upper_camel_case();
    loop {
        let again = name.to_upper_camel_case();
        if again == name {
            return name;
        }
        name = again;
    }
}

/// Where a schema stands in the read document: by its published name, or as the inline thing it was.
pub(crate) fn place_of(name: &str, origins: &BTreeMap<String, String>) -> String {
    origins
        .get(name)
        .cloned()
        .unwrap_or_else(|| Place::root().key("components").key("schemas").key(name).to_string())
}
