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
    /// One of our ids; the type.
    Id(&'static str),
    /// A number; the type.
    Float(&'static str),
    /// Text, and whether a day or an instant reads as it.
    Text {
        /// A day reads as it.
        day: bool,
        /// An instant reads as it.
        instant: bool,
        /// A text that is neither reads as it.
        plain: bool,
    },
    /// One of a set of names.
    Enum {
        /// The type.
        name: String,
        /// The variants, each with all its names; without the one that stands for all others.
        variants: Vec<Vec<String>>,
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
            Self::Integer(name)
            | Self::Id(name)
            | Self::Float(name)
            | Self::Other(name)
            | Self::Union(name) => f.write_str(name),
            Self::Text { plain: true, .. } => f.write_str("String"),
            Self::Text { day: true, instant: false, .. } => f.write_str("a day, such as NaiveDate"),
            Self::Text { day: false, instant: true, .. } => f.write_str("an instant, such as DateTime<Utc>"),
            Self::Text { .. } => f.write_str("text of its own form"),
            Self::Enum { name, .. } => write!(f, "enum {name}"),
            // By the names that they have here.
            Self::Struct { name, .. } if name == "PersonData" => f.write_str("PersonRef"),
            Self::Struct { name, .. } if name == "CompanyData" => f.write_str("CompanyRef"),
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
#[non_exhaustive]
pub struct Wanted {
    /// Its serde name, and its aliases beside it.
    pub names: Vec<String>,
    /// What it can be read from.
    pub shape: Shape,
    /// Whether it reads from a cell without a value.
    pub takes_nothing: bool,
}

impl Wanted {
    /// A field of these names.
    pub fn new(names: Vec<String>, shape: Shape) -> Self {
        let takes_nothing = shape.takes_nothing();
        Self { names, shape, takes_nothing }
    }
}

impl Shape {
    /// What is inside of everything that wraps a value.
    pub(super) fn innermost(&mut self) -> &mut Self {
        match self {
            Self::Sequence(inner) | Self::Option(inner) | Self::Multi(inner) | Self::Shown(inner) => {
                inner.innermost()
            }
            bare => bare,
        }
    }

    /// Whether it is a date: it takes days or instants, and no other text.
    pub(super) fn is_date(&self) -> bool {
        matches!(self, Self::Text { day, instant, plain: false } if day != instant)
    }
}
