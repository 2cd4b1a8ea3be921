//! What is written in a filter, read as the type it is compared with.

use std::cmp::Ordering;

use chrono::{DateTime, SecondsFormat, Utc};

use super::error::Problem;
use super::value::Value;

/// A value as it was written, escapes resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Literal {
    pub(crate) text: String,
    pub(crate) quoted: bool,
    /// The offset in bytes.
    pub(crate) at: usize,
}

impl Literal {
    pub(crate) fn integer(&self) -> Result<i64, Problem> {
        let written = self.bare().filter(|text| !text.starts_with('+'));
        written.and_then(|text| text.parse().ok()).ok_or_else(|| self.expected("a whole number"))
    }

    pub(crate) fn instant(&self) -> Result<DateTime<Utc>, Problem> {
        let found = self.bare().and_then(|text| text.parse().ok()).filter(|at| self.is_whole_seconds(at));
        found.ok_or_else(|| self.expected("a date like 2025-01-31T08:00:00Z, without quotes or fractions,"))
    }

    /// What is written, if it is without quotes.
    pub(crate) fn bare(&self) -> Option<&str> {
        (!self.quoted).then_some(&self.text)
    }

    pub(crate) fn expected(&self, what: &str) -> Problem {
        Problem::new(self.at, format!("{what} is expected"))
    }

    /// Whether a value, which is no list, is this one.
    pub(super) fn equals(&self, value: &Value) -> Result<bool, Problem> {
        match value {
            Value::Text(text) => Ok(*text == self.text),
            Value::Null => Ok(false),
            Value::Integer(_) | Value::Number(_) | Value::Instant(_) => {
                Ok(self.order_of(value)? == Some(Ordering::Equal))
            }
            Value::List(_) => Err(self.expected("a list, in brackets,")),
        }
    }

    /// Where a number or date is relative to this one.
    pub(super) fn order_of(&self, value: &Value) -> Result<Option<Ordering>, Problem> {
        match value {
            Value::Null => Ok(None),
            Value::Integer(value) => Ok(Some(value.cmp(&self.integer()?))),
            Value::Number(value) => Ok(value.partial_cmp(&self.number()?)),
            Value::Instant(value) => Ok(Some(value.cmp(&self.instant()?))),
            Value::Text(_) | Value::List(_) => {
                Err(Problem::new(self.at, "only numbers and dates have an order"))
            }
        }
    }

    fn number(&self) -> Result<f64, Problem> {
        // What begins otherwise has a meaning for Rust only, such as `inf`.
        let written =
            self.bare().filter(|text| text.starts_with(|c: char| c.is_ascii_digit() || "-.".contains(c)));
        let number = written.and_then(|text| text.parse().ok()).filter(|number: &f64| number.is_finite());
        number.ok_or_else(|| self.expected("a number"))
    }

    /// Written to the second and in UTC, the one way there is (observed): neither a year with a sign, which makes the
    /// text longer, nor a leap second, which counts as a fraction.
    fn is_whole_seconds(&self, at: &DateTime<Utc>) -> bool {
        let written = at.to_rfc3339_opts(SecondsFormat::Secs, true);
        self.text.len() == 20 && at.timestamp_subsec_nanos() == 0 && written == self.text
    }
}
