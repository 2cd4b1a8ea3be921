//! The cells of an entity or a row, and what is known of each.

use crate::enums::FieldType;
use crate::types::{Company, Field, ListEntry, OpportunityWithFields, Person};
use crate::{Entity, FieldValue, ListEntryWithEntity};

/// What is known of one cell. Four states that look alike in JSON and mean different things.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// The field is not in the answer: it was not asked for, or does not apply to this entity.
    NotRequested,
    /// The field has no value.
    Empty,
    /// The field may have a value, which this key's user may not see (from version 2026-07-15 on). Not to be
    /// read as empty.
    Hidden,
    /// The value.
    Value(&'a FieldValue),
}

impl<'a> Cell<'a> {
    /// The value, if there is one to see.
    pub fn value(self) -> Option<&'a FieldValue> {
        match self {
            Self::Value(value) => Some(value),
            _ => None,
        }
    }

    fn of(fields: &'a [Field], id: &str) -> Self {
        fields.iter().find(|field| field.id == *id).map_or(Self::NotRequested, Field::cell)
    }
}

impl Field {
    /// What is known of this cell; never [`Cell::NotRequested`].
    pub fn cell(&self) -> Cell<'_> {
        if self.is_hidden() {
            Cell::Hidden
        } else if self.value.is_empty() {
            Cell::Empty
        } else {
            Cell::Value(&self.value)
        }
    }

    /// Whether the value is hidden from this key's user. The category has no name in the document of
    /// 2024-01-01: it came with 2026-07-15.
    pub fn is_hidden(&self) -> bool {
        matches!(&self.type_, FieldType::Unknown(category) if category.as_str() == "hidden")
    }
}

macro_rules! cells {
    ($($type:ty),+) => { $(
        impl $type {
            /// The cell of a field, by the field's id.
            pub fn cell(&self, field: impl AsRef<str>) -> Cell<'_> {
                Cell::of(&self.fields, field.as_ref())
            }
        }
    )+ };
}

cells!(Company, ListEntry, OpportunityWithFields, Person);

impl ListEntryWithEntity {
    /// The cell of a field, by the field's id.
    pub fn cell(&self, field: impl AsRef<str>) -> Cell<'_> {
        Cell::of(self.fields(), field.as_ref())
    }

    /// The name of what stands in the row: the company's or opportunity's name, or the person's full name.
    /// Empty for an unknown kind of entity.
    pub fn name(&self) -> String {
        match &self.entity {
            Entity::Company(company) => company.name.clone(),
            Entity::Opportunity(opportunity) => opportunity.name.clone(),
            Entity::Person(person) => person.full_name(),
            Entity::Unknown(_) => String::new(),
        }
    }

    /// The cells that came, those of the list and those of the entity. Empty for an unknown kind of entity.
    pub fn fields(&self) -> &[Field] {
        self.entity.fields()
    }
}

impl Entity {
    /// The cells that came with the entity.
    pub fn fields(&self) -> &[Field] {
        match self {
            Self::Company(company) => &company.fields,
            Self::Opportunity(opportunity) => &opportunity.fields,
            Self::Person(person) => &person.fields,
            Self::Unknown(_) => &[],
        }
    }
}

impl Person {
    /// First and last name, as far as there are any.
    pub fn full_name(&self) -> String {
        match &self.last_name {
            Some(last) if self.first_name.is_empty() => last.clone(),
            Some(last) => format!("{} {last}", self.first_name),
            None => self.first_name.clone(),
        }
    }
}
