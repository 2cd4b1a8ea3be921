//! What a struct wants: the names of its fields, and what each can be read from.

use std::fmt;

/// What one field of a struct can be read from.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Whatever comes.
    Anything,
    /// Yes or no.
    Bool,
    /// A whole number; the type.
    Integer(&'static str),
    /// A number; the type.
    Float(&'static str),
    /// Text, and whether a day or an instant reads as it.
    Text {
        /// A day reads as it.
        day: bool,
        /// An instant reads as it.
        instant: bool,
    },
    /// One of a set of names.
    Enum {
        /// The type.
        name: String,
        /// The names.
        variants: Vec<String>,
        /// Whether others are taken too.
        open: bool,
    },
    /// An object with these keys.
    Struct {
        /// The type.
        name: String,
        /// The keys.
        keys: Vec<String>,
    },
    /// An object with any keys.
    Map,
    /// One of our unions.
    Union(&'static str),
    /// Several of these.
    Sequence(Box<Shape>),
    /// This, or nothing.
    Option(Box<Shape>),
    /// [`Multi`](crate::Multi).
    Multi(Box<Shape>),
    /// [`Shown`](crate::Shown).
    Shown(Box<Shape>),
    /// [`FieldValue`](crate::FieldValue), or another enum with its tag and its content.
    Tagged(String),
    /// Something no field can be read as.
    Other(&'static str),
}

/// The Rust type, as far as it can be known.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anything => f.write_str("any value"),
            Self::Bool => f.write_str("bool"),
            Self::Integer(name) | Self::Float(name) | Self::Other(name) | Self::Union(name) => {
                f.write_str(name)
            }
            Self::Text { day: true, instant: true } => f.write_str("String"),
            Self::Text { day: true, instant: false } => f.write_str("a day, such as NaiveDate"),
            Self::Text { day: false, instant: true } => f.write_str("an instant, such as DateTime<Utc>"),
            Self::Text { .. } => f.write_str("text of its own form"),
            Self::Enum { name, .. } => write!(f, "enum {name}"),
            Self::Struct { name, .. } => f.write_str(name),
            Self::Tagged(name) => f.write_str(name),
            Self::Map => f.write_str("a map"),
            Self::Sequence(item) => write!(f, "Vec<{item}>"),
            Self::Option(inner) => write!(f, "Option<{inner}>"),
            Self::Multi(item) => write!(f, "Multi<{item}>"),
            Self::Shown(inner) => write!(f, "Shown<{inner}>"),
        }
    }
}

/// What a struct wants.
#[derive(Clone, Debug, PartialEq)]
pub struct RowShape {
    /// Its fields, in their order.
    pub fields: Vec<Wanted>,
}

/// One field of a struct.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// Its serde name, and its aliases beside it.
    pub names: Vec<String>,
    /// What it can be read from.
    pub shape: Shape,
}

impl Shape {
    pub(super) fn is_text(&self) -> bool {
        match self {
            Self::Text { .. } => true,
            Self::Sequence(inner) | Self::Option(inner) | Self::Multi(inner) | Self::Shown(inner) => {
                inner.is_text()
            }
            _ => false,
        }
    }

    pub(super) fn set_text(&mut self, takes_day: bool, takes_instant: bool) {
        match self {
            Self::Text { day, instant } => (*day, *instant) = (takes_day, takes_instant),
            Self::Sequence(inner) | Self::Option(inner) | Self::Multi(inner) | Self::Shown(inner) => {
                inner.set_text(takes_day, takes_instant);
            }
            _ => {}
        }
    }
}
