//! A cell that may be hidden from the key's user.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// What is known of a cell: for a field of a struct that rows are read into, where `Option` would take a hidden
/// value for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Shown<T> {
    /// The value.
    Value(T),
    /// There is no value.
    #[default]
    Empty,
    /// There may be a value, which this key's user may not see. The server says so from version 2026-07-15 on;
    /// before, it shows such cells as empty.
    Hidden,
}

impl<T> Shown<T> {
    /// The value, if there is one to see.
    pub fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Empty | Self::Hidden => None,
        }
    }

    /// The same, of a reference.
    pub fn as_ref(&self) -> Shown<&T> {
        match self {
            Self::Value(value) => Shown::Value(value),
            Self::Empty => Shown::Empty,
            Self::Hidden => Shown::Hidden,
        }
    }

    /// Whether the value is hidden.
    pub fn is_hidden(&self) -> bool {
        matches!(self, Self::Hidden)
    }
}

/// What a [`Shown`] calls itself to a deserializer: one that knows what is hidden can say so.
pub(super) const SHOWN: &str = "$affinity::Shown";

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Shown<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Inside<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Inside<T> {
            type Value = Shown<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value, none, or one that is hidden")
            }
            fn visit_unit<E: Error>(self) -> Result<Shown<T>, E> {
                Ok(Shown::Hidden)
            }
            fn visit_newtype_struct<D: Deserializer<'de>>(self, value: D) -> Result<Shown<T>, D::Error> {
                Ok(Option::deserialize(value)?.map_or(Shown::Empty, Shown::Value))
            }
        }
        deserializer.deserialize_newtype_struct(SHOWN, Inside(PhantomData))
    }
}
