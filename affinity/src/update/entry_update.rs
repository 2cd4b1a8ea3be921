//! What to change in one row.

use std::fmt;

use affinity_core::{FieldId, ListEntryId};

use super::{Plan, SetValue};

/// Which field is meant: a text (its id, its name, or source and name such as `list:Status`, as
/// [`Schema::field`](crate::Schema::field) takes it), or a [`FieldId`].
#[derive(Clone, PartialEq, Eq)]
pub struct FieldKey(pub(crate) Key);

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Key {
    Text(String),
    Id(FieldId),
}

impl fmt::Display for FieldKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Key::Text(text) => write!(f, "{text:?}"),
            Key::Id(id) => write!(f, "{id}"),
        }
    }
}

impl fmt::Debug for FieldKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FieldKey({self})")
    }
}

impl From<&str> for FieldKey {
    fn from(text: &str) -> Self {
        Self(Key::Text(text.to_owned()))
    }
}

impl From<String> for FieldKey {
    fn from(text: String) -> Self {
        Self(Key::Text(text))
    }
}

impl From<&String> for FieldKey {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<FieldId> for FieldKey {
    fn from(id: FieldId) -> Self {
        Self(Key::Id(id))
    }
}

impl From<&FieldId> for FieldKey {
    fn from(id: &FieldId) -> Self {
        Self(Key::Id(id.clone()))
    }
}

/// What to do with a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Set,
    Append,
    Remove,
}

impl Verb {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Append => "append",
            Self::Remove => "remove",
        }
    }
}

#[derive(Clone)]
pub(crate) struct Operation {
    pub(crate) verb: Verb,
    pub(crate) key: FieldKey,
    pub(crate) value: SetValue,
}

/// What to change in one row of a list: one of many for [`Lists::updates`](crate::resources::Lists::updates). The cells
/// that are not named stay as they are.
///
/// ```
/// use affinity::update::EntryUpdate;
/// use affinity::ListEntryId;
///
/// let won = EntryUpdate::new(ListEntryId::new(900_001))
///     .set("Status", "Won")
///     .set("Amount", 2_500_000)
///     .append("Owners", "ines@quillfern.example")
///     .clear("Next step");
/// ```
#[derive(Clone)]
pub struct EntryUpdate {
    pub(crate) entry: ListEntryId,
    pub(crate) operations: Vec<Operation>,
    /// The plan it was made from, with the cells as they were.
    pub(crate) planned: Option<Box<Plan>>,
}

impl EntryUpdate {
    /// Nothing yet, for this row.
    pub fn new(entry: ListEntryId) -> Self {
        Self { entry, operations: Vec::new(), planned: None }
    }

    /// The row.
    pub fn entry(&self) -> ListEntryId {
        self.entry
    }

    /// Writes this into a cell, in place of what is in it.
    #[must_use]
    pub fn set(self, field: impl Into<FieldKey>, value: impl Into<SetValue>) -> Self {
        self.with(Verb::Set, field.into(), value.into())
    }

    /// Empties a cell.
    #[must_use]
    pub fn clear(self, field: impl Into<FieldKey>) -> Self {
        self.with(Verb::Set, field.into(), None::<&str>.into())
    }

    /// Adds to the values of a cell that holds several. See
    /// [`RowUpdate::append`](crate::update::RowUpdate::append).
    #[must_use]
    pub fn append(self, field: impl Into<FieldKey>, values: impl Into<SetValue>) -> Self {
        self.with(Verb::Append, field.into(), values.into())
    }

    /// Takes from the values of a cell that holds several. See
    /// [`RowUpdate::remove`](crate::update::RowUpdate::remove).
    #[must_use]
    pub fn remove(self, field: impl Into<FieldKey>, values: impl Into<SetValue>) -> Self {
        self.with(Verb::Remove, field.into(), values.into())
    }

    fn with(mut self, verb: Verb, key: FieldKey, value: SetValue) -> Self {
        self.operations.push(Operation { verb, key, value });
        self
    }
}

/// Without the values, which can be people's data.
impl fmt::Debug for EntryUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct Names<'a>(&'a [Operation]);
        impl fmt::Debug for Names<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let names = self.0.iter().map(|it| format!("{} {}", it.verb.as_str(), it.key));
                f.debug_list().entries(names).finish()
            }
        }
        let mut debug = f.debug_struct("EntryUpdate");
        debug.field("entry", &self.entry).field("operations", &Names(&self.operations));
        debug.finish_non_exhaustive()
    }
}
