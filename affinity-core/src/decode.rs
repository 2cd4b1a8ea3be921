//! Reading JSON so that a misfit names its place and nothing more.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer as _, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::{Error, Result, StatusCode};

/// Reads a value; an error names the path into the JSON.
///
/// # Errors
///
/// The text is not JSON, or does not fit `T`. The message holds no value from the text.
pub fn value<T: DeserializeOwned>(json: &[u8]) -> Result<T> {
    read(json, "")
}

/// The same, of what borrows from the text.
///
/// # Errors
///
/// As [`value`].
pub fn borrowed<'de, T: Deserialize<'de>>(json: &'de str) -> Result<T> {
    read(json.as_bytes(), "")
}

/// Reads one item of a page that was kept as text; an error names its place, and its id if it has one.
///
/// # Errors
///
/// The item does not fit `T`.
pub fn item<T: DeserializeOwned>(json: &RawValue, index: usize) -> Result<T> {
    item_at(json, "data", index)
}

/// The same, for items under another key; an empty one where they are the whole answer.
///
/// # Errors
///
/// As [`item`].
pub fn item_at<T: DeserializeOwned>(json: &RawValue, place: &str, index: usize) -> Result<T> {
    #[derive(Deserialize)]
    struct Id {
        id: u64,
    }
    read(json.get().as_bytes(), &format!("{place}[{index}]")).map_err(|error| {
        let id = serde_json::from_str(json.get()).ok().map(|Id { id }| id);
        error.of_item(id).about(StatusCode::OK, json.get())
    })
}

/// The items of an answer, each by itself.
///
/// # Errors
///
/// More of them do not fit than any answer has: an error for each would take far more memory than the answer does.
pub fn each<T>(items: impl Iterator<Item = Result<T>>) -> Result<Vec<Result<T>>> {
    let mut misfits = 0;
    let kept = items.map(|item| match item {
        Err(error) if misfits == MOST_MISFITS => Err(error.of_all()),
        item => {
            misfits += usize::from(item.is_err());
            Ok(item)
        }
    });
    kept.collect()
}

const MOST_MISFITS: usize = 10_000;

/// Reads a part of an answer that was kept as text; an error names its place.
///
/// # Errors
///
/// The part does not fit `T`.
pub fn part<T: DeserializeOwned>(json: &RawValue, place: &str) -> Result<T> {
    read(json.get().as_bytes(), place)
}

fn read<'de, T: Deserialize<'de>>(json: &'de [u8], at: &str) -> Result<T> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let read = serde_path_to_error::deserialize(&mut deserializer);
    let value = read.map_err(|error| match no_text(json) {
        Some(why) => Error::decode(ROOT, why),
        // What breaks off can do so behind any key, and that may be anybody's address.
        None if !error.inner().is_data() && !is_plain(&error.path().to_string()) => {
            misfit(at, ".", error.inner())
        }
        None => misfit(at, &error.path().to_string(), error.inner()),
    })?;
    deserializer.end().map_err(|error| misfit(at, ".", &error))?;
    Ok(value)
}

/// Whether a path is made of names as the API has them.
fn is_plain(path: &str) -> bool {
    path.len() <= 100 && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.[]".contains(&byte))
}

/// Why it cannot be JSON, whatever is in it.
fn no_text(json: &[u8]) -> Option<String> {
    if json.trim_ascii().is_empty() {
        return Some("expected JSON, found nothing".to_owned());
    }
    let at = std::str::from_utf8(json).err()?.valid_up_to();
    Some(format!("not UTF-8, from byte {at} on"))
}

fn misfit(at: &str, path: &str, error: &serde_json::Error) -> Error {
    let (inner, reason) = place(error);
    let steps = [at, path, &inner];
    // A question mark is a place that is not known.
    let steps = steps.map(|step| step.trim_end_matches('?').trim_end_matches('.'));
    let steps: Vec<_> = steps.into_iter().filter(|step| !step.is_empty()).collect();
    let path = if steps.is_empty() { ROOT.to_owned() } else { steps.join(".").replace(".[", "[") };
    Error::decode(path, reason)
}

/// The path of the whole.
const ROOT: &str = "$";

/// Sets off a path that an error message carries from an inner reader to an outer one.
const MARK: char = '\u{1f}';

/// Reads JSON that was kept as text; the error carries the path inside it on to the reader outside.
pub fn kept<'de, T: Deserialize<'de>, E: serde::de::Error>(json: &'de RawValue, at: &str) -> Result<T, E> {
    // The path costs time, so it is looked for only when there is an error.
    serde_json::from_str(json.get()).or_else(|_| {
        read(json.get().as_bytes(), at).map_err(|error| {
            let path = error.path().filter(|path| *path != ROOT).unwrap_or_default();
            marked(path, error.reason().unwrap_or_default())
        })
    })
}

/// An error whose words are ours: they hold no value, and reach the caller as they are.
#[doc(hidden)]
pub fn said<E: serde::de::Error>(reason: impl fmt::Display) -> E {
    E::custom(format_args!("{MARK}{MARK}{reason}{MARK}"))
}

/// The same error, of something inside: `step` leads there.
#[doc(hidden)]
pub fn inside<E: serde::de::Error>(step: &str, error: &serde_json::Error) -> E {
    let (path, reason) = place(error);
    let dot = if path.is_empty() || path.starts_with(['[', '.']) { "" } else { "." };
    marked(&format!("{step}{dot}{path}"), &reason)
}

/// Where it does not fit, as far as that was said, and why.
#[doc(hidden)]
pub fn place(error: &serde_json::Error) -> (String, String) {
    let path = if error.is_data() { split(&error.to_string()).0 } else { String::new() };
    (path, reason(error))
}

fn marked<E: serde::de::Error>(path: &str, reason: &str) -> E {
    E::custom(format_args!("{MARK}{path}{MARK}{reason}{MARK}"))
}

/// The value of the tag of a JSON object, wherever in the object it stands.
///
/// # Errors
///
/// The text is not an object, or has no such tag, or the tag is not a string.
pub fn tag<E: serde::de::Error>(json: &RawValue, name: &'static str) -> Result<String, E> {
    serde_json::Deserializer::from_str(json.get()).deserialize_map(FindTag(name)).map_err(|error| {
        let (path, reason) = split(&error.to_string());
        marked(&path, &reason)
    })
}

struct FindTag(&'static str);

impl<'de> Visitor<'de> for FindTag {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut tag = None;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if key == self.0 {
                let value = map.next_value();
                tag = Some(value.map_err(|error| marked::<A::Error>(self.0, &split(&error.to_string()).1))?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        tag.ok_or_else(|| A::Error::missing_field(self.0))
    }
}

/// Why a text does not fit, without what is in it.
pub fn reason(error: &serde_json::Error) -> String {
    match error.classify() {
        serde_json::error::Category::Data => split(&error.to_string()).1,
        serde_json::error::Category::Eof => "the JSON breaks off".to_owned(),
        _ => NOT_JSON.to_owned(),
    }
}

/// What is said without the value found: serde's own messages quote it.
fn split(message: &str) -> (String, String) {
    if let Some(marked) = message.strip_prefix(MARK) {
        let mut parts = marked.split(MARK);
        if let (Some(path), Some(reason)) = (parts.next(), parts.next()) {
            return (path.to_owned(), reason.to_owned());
        }
    }
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
    (String::new(), without_value(message))
}

/// What is said of text that is none, or is none as the type reads it.
#[doc(hidden)]
pub const NOT_JSON: &str = "not JSON";

/// What is said of an error whose own words may hold the value.
#[doc(hidden)]
pub const NOT_SAID: &str = "the value does not have the documented form";

fn without_value(message: &str) -> String {
    for kind in ["invalid type: ", "invalid value: ", "invalid length "] {
        let Some(rest) = message.strip_prefix(kind) else {
            continue;
        };
        let found = rest.split(['"', '`', ',']).next().unwrap_or_default().trim_end();
        let expected = rest.rsplit_once(", expected ").map_or("another value", |(_, expected)| expected);
        return format!("{kind}{found}, expected {expected}");
    }
    let names_only = ["missing field `", "duplicate field `"];
    if names_only.iter().any(|start| message.starts_with(start)) {
        return message.to_owned();
    }
    NOT_SAID.to_owned()
}
