//! Values as the filter language writes them.

use affinity_core::{
    CompanyId, CompanyMergeId, CompanyMergeTaskId, DropdownOptionId, FieldId, InteractionId, ListEntryId,
    ListId, MentionId, NoteId, OpportunityId, PersonId, PersonMergeId, PersonMergeTaskId, SavedViewId,
    TenantId,
};
use chrono::{DateTime, SecondsFormat, SubsecRound, TimeDelta, Utc};

use crate::{Date, Direction, LoggingType, MergeStatus, PersonType};

mod sealed {
    pub trait Sealed {}
}

/// What can stand in a condition: ids, numbers, texts, instants and the values of enums. Not for implementing
/// elsewhere.
pub trait Literal: sealed::Sealed {
    /// The text that stands for it, or why there is none.
    #[doc(hidden)]
    fn text(&self) -> Result<String, String>;

    /// Itself, if it is an instant, which as a bound is rounded.
    #[doc(hidden)]
    fn instant(&self) -> Option<DateTime<Utc>> {
        None
    }
}

impl<T: sealed::Sealed> sealed::Sealed for &T {}

impl<T: Literal> Literal for &T {
    fn text(&self) -> Result<String, String> {
        T::text(self)
    }

    fn instant(&self) -> Option<DateTime<Utc>> {
        T::instant(self)
    }
}

/// Between quotes, only the quote itself and the backslash are special.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// Enum values and UUIDs stand bare; anything else that could be in their place is quoted.
fn word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if !text.is_empty() && text.bytes().all(plain) { text.to_owned() } else { quoted(text) }
}

macro_rules! printed {
    ($($type:ty),+) => { $(
        impl sealed::Sealed for $type {}

        impl Literal for $type {
            fn text(&self) -> Result<String, String> {
                Ok(self.to_string())
            }
        }
    )+ };
}

macro_rules! ids {
    ($($type:ty),+) => { $(
        impl sealed::Sealed for $type {}

        impl Literal for $type {
            fn text(&self) -> Result<String, String> {
                if self.get() == 0 { Err("0 is no id".to_owned()) } else { Ok(self.to_string()) }
            }
        }
    )+ };
}

macro_rules! words {
    ($($type:ty),+) => { $(
        impl sealed::Sealed for $type {}

        impl Literal for $type {
            fn text(&self) -> Result<String, String> {
                Ok(word(self.as_str()))
            }
        }
    )+ };
}

printed!(i32, i64, u32, u64, bool);
ids!(
    CompanyId,
    CompanyMergeId,
    DropdownOptionId,
    InteractionId,
    ListEntryId,
    ListId,
    MentionId,
    NoteId,
    OpportunityId,
    PersonId,
    PersonMergeId,
    SavedViewId,
    TenantId
);
words!(CompanyMergeTaskId, FieldId, PersonMergeTaskId, Direction, LoggingType, MergeStatus, PersonType);

impl sealed::Sealed for &str {}

impl Literal for &str {
    fn text(&self) -> Result<String, String> {
        Ok(quoted(self))
    }
}

impl sealed::Sealed for String {}

impl Literal for String {
    fn text(&self) -> Result<String, String> {
        Ok(quoted(self))
    }
}

impl sealed::Sealed for f64 {}

impl Literal for f64 {
    fn text(&self) -> Result<String, String> {
        if self.is_finite() {
            Ok(self.to_string())
        } else {
            Err(format!("{self} is no number to compare with"))
        }
    }
}

impl sealed::Sealed for DateTime<Utc> {}

/// To the second, since the API refuses fractions (observed): for equality cut, as a bound rounded so that nothing
/// is left out.
impl Literal for DateTime<Utc> {
    fn text(&self) -> Result<String, String> {
        Ok(written(rounded_down(*self)))
    }

    fn instant(&self) -> Option<DateTime<Utc>> {
        Some(*self)
    }
}

pub(super) fn written(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

pub(super) fn rounded_down(instant: DateTime<Utc>) -> DateTime<Utc> {
    instant.trunc_subsecs(0)
}

pub(super) fn rounded_up(instant: DateTime<Utc>) -> DateTime<Utc> {
    let down = rounded_down(instant);
    if down == instant { down } else { down.checked_add_signed(TimeDelta::seconds(1)).unwrap_or(down) }
}

impl sealed::Sealed for Date {}

impl Literal for Date {
    fn text(&self) -> Result<String, String> {
        Ok(self.to_string())
    }
}
