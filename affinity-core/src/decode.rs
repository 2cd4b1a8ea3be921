//! Reading JSON so that a misfit names its place and nothing more.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::{Cursor, Error, Page, Result, Scope};

/// Reads a value; an error names the path into the JSON.
///
/// # Errors
///
/// The text is not JSON, or does not fit `T`. The message holds no value from the text.
pub fn value<T: DeserializeOwned>(json: &[u8]) -> Result<T> {
    read(json, "")
}

/// Reads a page item by item, so that one that does not fit costs itself only.
///
/// # Errors
///
/// The page itself does not fit: no `data`, no `pagination`, a `nextUrl` without a cursor.
pub fn page<T: DeserializeOwned>(json: &[u8], scope: Scope) -> Result<Page<T>> {
    #[derive(Deserialize)]
    struct Body<'a> {
        #[serde(borrow, deserialize_with = "null_as_empty")]
        data: Vec<&'a RawValue>,
        #[serde(default, deserialize_with = "null_as_empty")]
        pagination: Pagination,
    }
    #[derive(Deserialize, Default)]
    #[serde(rename_all = "camelCase")]
    struct Pagination {
        next_url: Option<String>,
        total_count: Option<u64>,
    }
    fn null_as_empty<'de, D: serde::Deserializer<'de>, T: Deserialize<'de> + Default>(
        from: D,
    ) -> Result<T, D::Error> {
        Option::deserialize(from).map(Option::unwrap_or_default)
    }

    let operation = scope.operation().to_owned();
    let body: Body<'_> = read(json, "")?;
    let next = body
        .pagination
        .next_url
        .map(|url| Cursor::from_next_url(scope, &url))
        .transpose()?;
    let items = body.data.iter().enumerate().map(|(index, item)| {
        read(item.get().as_bytes(), &format!("data[{index}]"))
            .map_err(|error| error.of_item().during(&operation))
    });
    Ok(Page::from_results(
        items.collect(),
        next,
        body.pagination.total_count,
    ))
}

fn read<'de, T: Deserialize<'de>>(json: &'de [u8], at: &str) -> Result<T> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let read = serde_path_to_error::deserialize(&mut deserializer);
    let value = read.map_err(|error| misfit(at, &error.path().to_string(), error.inner()))?;
    deserializer.end().map_err(|error| misfit(at, ".", &error))?;
    Ok(value)
}

fn misfit(at: &str, path: &str, error: &serde_json::Error) -> Error {
    let (inner, reason) = match error.classify() {
        serde_json::error::Category::Data => split(&error.to_string()),
        serde_json::error::Category::Eof => (String::new(), "the JSON breaks off".to_owned()),
        _ => (String::new(), "not JSON".to_owned()),
    };
    let steps = [at, path, &inner];
    let steps: Vec<_> = steps
        .iter()
        .filter(|step| !step.is_empty() && **step != ".")
        .copied()
        .collect();
    let path = if steps.is_empty() {
        "$".to_owned()
    } else {
        steps.join(".").replace(".[", "[")
    };
    Error::decode(path, reason)
}

/// Sets off a path that an error message carries from an inner reader to an outer one.
const MARK: char = '\u{1f}';

/// Reads JSON that was kept as text; the error carries the path inside it on to the reader outside.
pub fn kept<'de, T: Deserialize<'de>, E: serde::de::Error>(json: &'de RawValue, at: &str) -> Result<T, E> {
    // The path costs time, so it is looked for only when there is an error.
    serde_json::from_str(json.get()).or_else(|_| {
        read(json.get().as_bytes(), at).map_err(|error| {
            let (path, reason) = (
                error.path().unwrap_or_default(),
                error.reason().unwrap_or_default(),
            );
            E::custom(format_args!("{MARK}{path}{MARK}{reason}{MARK}"))
        })
    })
}

/// The value of the tag of a JSON object, wherever in the object it stands.
///
/// # Errors
///
/// The text is not an object, or the tag is not a string.
pub fn tag(json: &RawValue, name: &'static str) -> Result<Option<String>, String> {
    serde_json::Deserializer::from_str(json.get())
        .deserialize_map(FindTag(name))
        .map_err(|error| {
            let (_, reason) = split(&error.to_string());
            format!("{MARK}{name}{MARK}{reason}{MARK}")
        })
}

struct FindTag(&'static str);

impl<'de> Visitor<'de> for FindTag {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut tag = None;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if key == self.0 {
                tag = map.next_value()?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(tag)
    }
}

/// What is said without the value found: serde's own messages quote it.
fn split(message: &str) -> (String, String) {
    if let Some((_, marked)) = message.split_once(MARK) {
        let mut parts = marked.split(MARK);
        if let (Some(path), Some(reason)) = (parts.next(), parts.next()) {
            return (path.to_owned(), reason.to_owned());
        }
    }
    let message = message
        .rsplit_once(" at line ")
        .map_or(message, |(message, _)| message);
    (String::new(), without_value(message))
}

fn without_value(message: &str) -> String {
    for kind in ["invalid type: ", "invalid value: ", "invalid length "] {
        let Some(rest) = message.strip_prefix(kind) else {
            continue;
        };
        let found = rest.split(['"', '`', ',']).next().unwrap_or_default().trim_end();
        let expected = rest
            .rsplit_once(", expected ")
            .map_or("another value", |(_, expected)| expected);
        return format!("{kind}{found}, expected {expected}");
    }
    let names_only = ["missing field `", "duplicate field `"];
    if names_only.iter().any(|start| message.starts_with(start)) {
        return message.to_owned();
    }
    "the value does not have the documented form".to_owned()
}
