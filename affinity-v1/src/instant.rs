//! Instants, in all the forms v1 writes them.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

/// Reads `2024-08-19T13:42:07.605-07:00`, with or without a fraction, with `Z` or any offset, and the older
/// `2016-09-23 08:15:40 -0700`.
pub(crate) fn parse(text: &str) -> Option<DateTime<Utc>> {
    // White space in the pattern stands for any or none.
    const PATTERN: &str = "%Y-%m-%d %H:%M:%S%.f %#z";
    let spaced = text.trim().replacen(['T', 't'], " ", 1);
    DateTime::parse_from_str(&spaced, PATTERN).ok().map(|instant| instant.to_utc())
}

/// As every parameter takes it: UTC, and said so.
pub(crate) fn written(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// For `#[serde(deserialize_with)]` on an instant that is always there.
pub(crate) fn required<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    deserializer.deserialize_str(Text)
}

struct Text;

impl Visitor<'_> for Text {
    type Value = DateTime<Utc>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date with a time")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        parse(text).ok_or_else(|| E::custom("not a date with a time"))
    }
}

/// For `#[serde(default, deserialize_with)]` on one that may be null or missing.
pub(crate) fn optional<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DateTime<Utc>>, D::Error> {
    #[derive(Deserialize)]
    struct Instant(#[serde(deserialize_with = "required")] DateTime<Utc>);
    Ok(Option::<Instant>::deserialize(deserializer)?.map(|instant| instant.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_an_instant_is_read() {
        for (text, expected) in [
            ("2024-08-19T13:42:07.605-07:00", "2024-08-19T20:42:07.605Z"),
            ("2016-09-23 08:15:40 -0700", "2016-09-23T15:15:40Z"),
            ("2024-04-27T15:35:43.718204-07:00", "2024-04-27T22:35:43.718204Z"),
            ("2025-05-02T17:06:29.481Z", "2025-05-02T17:06:29.481Z"),
            ("2024-06-01T07:00:00Z", "2024-06-01T07:00:00Z"),
            ("2024-06-01 07:00:00+0530", "2024-06-01T01:30:00Z"),
            ("2024-06-01T07:00:00.123456789123-04:00", "2024-06-01T11:00:00.123456789Z"),
        ] {
            assert_eq!(parse(text).map(written).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "2024-06-01", "2024-06-01T07:00:00", "soon", "2024-13-01T07:00:00Z"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
