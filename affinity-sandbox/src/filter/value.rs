use chrono::{DateTime, Utc};

/// The value of a property.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// A whole number.
    Integer(i64),
    /// Any number.
    Number(f64),
    /// A text; an enumerated value or a UUID as well.
    Text(String),
    /// A date with a time.
    Instant(DateTime<Utc>),
    /// Several values.
    List(Vec<Value>),
}

impl Value {
    /// An id, if there is one.
    pub(crate) fn id(id: Option<u64>) -> Self {
        id.and_then(|id| i64::try_from(id).ok()).map_or(Self::Null, Self::Integer)
    }

    /// A date with a time, if there is one.
    pub(crate) fn instant(at: Option<DateTime<Utc>>) -> Self {
        at.map_or(Self::Null, Self::Instant)
    }
}
