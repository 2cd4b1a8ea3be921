//! Ids as types: a list id where a list entry id belongs does not compile.
//!
//! ```compile_fail
//! use affinity_core::{ListEntryId, ListId};
//! let entry: ListEntryId = ListId::new(7);
//! ```
//!
//! ```compile_fail
//! use affinity_core::{ListEntryId, ListId};
//! assert!(ListEntryId::new(7) == ListId::new(7));
//! ```

use std::borrow::Borrow;
use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! number_ids {
    ($( $(#[$about:meta])* $name:ident ),+ $(,)?) => {
        /// The names that the ids go by where they are read.
        #[doc(hidden)]
        pub const NUMBER_IDS: &[&str] = &[$(stringify!($name)),+];
    $(
        $(#[$about])*
        // Not transparent: as a newtype it tells its name, by which rows know what it is the id of.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub struct $name(u64);

        impl $name {
            /// The id with this number.
            pub const fn new(number: u64) -> Self {
                Self(number)
            }

            /// The number.
            pub const fn get(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl From<u64> for $name {
            fn from(number: u64) -> Self {
                Self(number)
            }
        }
    )+ };
}

macro_rules! text_ids {
    ($( $(#[$about:meta])* $name:ident ),+ $(,)?) => { $(
        $(#[$about])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id with this text.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = std::convert::Infallible;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(Self::new(text))
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl From<&$name> for $name {
            fn from(id: &$name) -> Self {
                id.clone()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }
    )+ };
}

number_ids! {
    /// A company (v1 calls it an organization).
    CompanyId,
    /// The merge of two companies.
    CompanyMergeId,
    /// One option of a dropdown field.
    DropdownOptionId,
    /// A file of a company, person or opportunity.
    EntityFileId,
    /// A change of a field value.
    FieldValueChangeId,
    /// One value of a field of one record, as v1 keeps it: a field with several has several.
    FieldValueId,
    /// A field, as v1 names it: 4409 is `field-4409` in v2.
    FieldNumber,
    /// An email, meeting, call or chat message.
    InteractionId,
    /// A list.
    ListId,
    /// A row of a list. Not the id of the company, person or opportunity in that row.
    ListEntryId,
    /// A mention inside a note.
    MentionId,
    /// A note.
    NoteId,
    /// An opportunity.
    OpportunityId,
    /// A person, users of the account included.
    PersonId,
    /// The merge of two persons.
    PersonMergeId,
    /// A reminder.
    ReminderId,
    /// A saved view of a list.
    SavedViewId,
    /// An Affinity account.
    TenantId,
    /// A subscription to webhooks.
    WebhookSubscriptionId,
}

text_ids! {
    /// A field, such as `field-4409` or `affinity-data-location`. Opaque: the text says nothing about the
    /// field's category.
    FieldId,
    /// The task that merges companies (a UUID).
    CompanyMergeTaskId,
    /// The task that merges persons (a UUID).
    PersonMergeTaskId,
}

impl FieldId {
    /// The number v1 knows the field by; `None` for a field without one in its id, such as
    /// `affinity-data-location` (v1 has a number for most of those too, but it is not derived from the id).
    pub fn number(&self) -> Option<FieldNumber> {
        let digits = self.0.strip_prefix("field-")?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    }
}

impl From<FieldNumber> for FieldId {
    fn from(number: FieldNumber) -> Self {
        Self(format!("field-{number}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_a_number_in_v1_and_a_text_in_v2() {
        assert_eq!(FieldId::from("field-4409").number(), Some(FieldNumber::new(4409)));
        assert_eq!(FieldId::from(FieldNumber::new(4409)), "field-4409");
        for id in ["affinity-data-location", "field-", "field--1", "field-+1", "4409", "persons"] {
            assert_eq!(FieldId::from(id).number(), None, "{id}");
        }
    }

    #[test]
    fn ids_are_plain_scalars_on_the_wire() {
        assert_eq!(
            serde_json::to_string(&CompanyId::new(9_007_199_254_740_991)).unwrap(),
            "9007199254740991"
        );
        assert_eq!(serde_json::from_str::<FieldId>(r#""field-1""#).unwrap(), "field-1");
        assert_eq!(format!("{:?} {}", ListId::new(7), ListEntryId::new(9)), "ListId(7) 9");
    }
}
