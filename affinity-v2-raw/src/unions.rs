//! Tagged unions that keep the kinds they do not know.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A kind that the document does not have, with its JSON as it came.
#[derive(Clone)]
pub struct UnknownVariant {
    tag: String,
    json: Box<RawValue>,
}

impl UnknownVariant {
    /// The value of the tag.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// The whole JSON object, as it came.
    pub fn json(&self) -> &str {
        self.json.get()
    }
}

impl PartialEq for UnknownVariant {
    fn eq(&self, other: &Self) -> bool {
        self.json.get() == other.json.get()
    }
}

impl fmt::Debug for UnknownVariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnknownVariant").field("tag", &self.tag).finish_non_exhaustive()
    }
}

impl Serialize for UnknownVariant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

/// An object whose tag is known, and which is still to be read as that kind.
pub(crate) struct Tagged {
    pub(crate) tag: String,
    json: Box<RawValue>,
}

impl Tagged {
    /// Takes an object whole and looks up its tag, wherever in the object that stands.
    pub(crate) fn take<'de, D: Deserializer<'de>>(
        deserializer: D,
        union: &'static str,
        tag: &'static str,
    ) -> Result<Self, D::Error> {
        // With its name, it can be told from other JSON where rows are read.
        let json = deserializer.deserialize_newtype_struct(union, Whole)?;
        let tag = affinity_core::decode::tag(&json, tag)?;
        Ok(Self { tag, json })
    }

    /// Reads the object as one kind. A misfit is an error that names its place in the object.
    pub(crate) fn read<T: serde::de::DeserializeOwned, E: Error>(&self) -> Result<T, E> {
        affinity_core::decode::kept(&self.json, "")
    }

    /// Keeps the object as it is.
    pub(crate) fn keep(self) -> UnknownVariant {
        UnknownVariant { tag: self.tag, json: self.json }
    }
}

/// An object as it came.
struct Whole;

impl<'de> Visitor<'de> for Whole {
    type Value = Box<RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        Box::<RawValue>::deserialize(deserializer)
    }
}

/// Defines a union of structs that carry their tag themselves.
macro_rules! tagged_union {
    (
        $(#[$about:meta])*
        $name:ident by $tag:literal { $( $text:literal => $variant:ident($kind:path) ),+ $(,)? }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $(
                #[doc = concat!("`", $tag, "` is `", $text, "`.")]
                $variant($kind),
            )+
            /// A kind that the document does not have.
            Unknown($crate::UnknownVariant),
        }

        impl $name {
            /// The values of the tag that have a variant.
            pub const TAGS: &'static [&'static str] = &[$($text),+];
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $( Self::$variant(value) => value.serialize(serializer), )+
                    Self::Unknown(value) => value.serialize(serializer),
                }
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let tagged = $crate::unions::Tagged::take(deserializer, stringify!($name), $tag)?;
                match tagged.tag.as_str() {
                    $( $text => tagged.read().map(Self::$variant), )+
                    _ => Ok(Self::Unknown(tagged.keep())),
                }
            }
        }
    };
}
pub(crate) use tagged_union;
