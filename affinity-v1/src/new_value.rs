//! The values of fields, as they are written.

use std::fmt;

use affinity_core::{CompanyId, DropdownOptionId, Error, PersonId, Result};
use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::{Field, Location, ValueType, day};

/// A value to write, in the form that the type of its field wants.
///
/// There is no conversion from a plain `&str`: in a dropdown, text that is no option silently becomes a new one
/// (observed), so it must be said what the text is. [`FieldValues::create_in`](crate::FieldValues::create_in) and
/// [`update_in`](crate::FieldValues::update_in) hold it against the field.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum NewValue {
    /// A person.
    Person(PersonId),
    /// An organization.
    Organization(CompanyId),
    /// An option of a dropdown without an order.
    Dropdown(DropdownText),
    /// A number; must be finite.
    Number(f64),
    /// A calendar day.
    Date(NaiveDate),
    /// A place.
    Location(Location),
    /// Text.
    Text(String),
    /// An option of a ranked dropdown, such as a status.
    RankedDropdown(DropdownOptionId),
}

/// Without the value, which can be people's data.
impl fmt::Debug for NewValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Person(_) => "Person(..)",
            Self::Organization(_) => "Organization(..)",
            Self::Dropdown(_) => "Dropdown(..)",
            Self::Number(_) => "Number(..)",
            Self::Date(_) => "Date(..)",
            Self::Location(_) => "Location(..)",
            Self::Text(_) => "Text(..)",
            Self::RankedDropdown(_) => "RankedDropdown(..)",
        })
    }
}

impl NewValue {
    /// Text, for a field of text. Nothing here knows the field: where it is a dropdown after all, and only its
    /// number is given, the text silently becomes an option (observed). See [`option`](Self::option).
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The option of this field that has exactly this text, in the form that the field wants.
    ///
    /// # Errors
    ///
    /// `is_input`: the field is no dropdown, or has no such option.
    pub fn option(field: &Field, text: &str) -> Result<Self> {
        match field.value_type {
            ValueType::Dropdown => DropdownText::of(field, text).map(Self::Dropdown),
            ValueType::RankedDropdown => field.option(text).map(|option| Self::RankedDropdown(option.id)),
            _ => Err(Error::input(format!("field {} ({}) is no dropdown", field.id, field.name))),
        }
    }

    /// Whether a field of this type takes a value of this form. Text goes into a dropdown only where
    /// [`DropdownText`] says so.
    pub fn fits(&self, value_type: ValueType) -> bool {
        match self {
            Self::Person(_) => value_type == ValueType::Person,
            Self::Organization(_) => value_type == ValueType::Organization,
            Self::Dropdown(_) => value_type == ValueType::Dropdown,
            Self::Number(_) => value_type == ValueType::Number,
            Self::Date(_) => value_type == ValueType::Date,
            Self::Location(_) => value_type == ValueType::Location,
            Self::Text(_) => matches!(value_type, ValueType::Text | ValueType::FilterableText),
            Self::RankedDropdown(_) => value_type == ValueType::RankedDropdown,
        }
    }

    /// Refuses a value that this field does not take. Text for a dropdown must be one of its options, unless it was
    /// made by [`DropdownText::create_option`].
    ///
    /// # Errors
    ///
    /// `is_input`: the field has values of another type, or no such option.
    pub fn check_for(&self, field: &Field) -> Result<()> {
        self.misfit(field).map_or(Ok(()), |why| Err(Error::input(why)))
    }

    /// Why this field does not take the value.
    pub(crate) fn misfit(&self, field: &Field) -> Option<String> {
        let (id, name, value_type) = (field.id, &field.name, field.value_type);
        match self {
            _ if !self.fits(value_type) => {
                Some(format!("field {id} ({name}) is {value_type:?} and does not take {self:?}"))
            }
            Self::Dropdown(DropdownText { text, new: false }) => field.find(text).err(),
            _ => None,
        }
    }

    /// The JSON, or why there is none.
    pub(crate) fn written(&self) -> Result<Value, String> {
        Ok(match self {
            Self::Person(id) => id.get().into(),
            Self::Organization(id) => id.get().into(),
            Self::Dropdown(DropdownText { text, .. }) | Self::Text(text) => text.as_str().into(),
            Self::Number(number) if number.is_finite() => json!(number),
            Self::Number(_) => return Err("value: a number must be finite".to_owned()),
            Self::Date(date) => {
                day::written(*date).ok_or("value: the year does not fit into four digits")?.into()
            }
            Self::Location(place) if *place == Location::default() => {
                return Err("value: no part of the location is set".to_owned());
            }
            Self::Location(place) => place.written(),
            Self::RankedDropdown(option) => option.get().into(),
        })
    }
}

impl Location {
    fn written(&self) -> Value {
        json!({
            "street_address": self.street_address,
            "city": self.city,
            "state": self.state,
            "country": self.country,
            "continent": self.continent,
        })
    }
}

/// The text of an option of a dropdown without an order: one that is there, or one that is to be made.
#[derive(Clone, PartialEq, Eq)]
pub struct DropdownText {
    text: String,
    /// Whether it need not be an option yet.
    new: bool,
}

impl DropdownText {
    /// The option of this field that has exactly this text. Read the field right before: options come and go.
    ///
    /// # Errors
    ///
    /// `is_input`: the field is no dropdown of this kind, or has no such option.
    pub fn of(field: &Field, text: &str) -> Result<Self> {
        if field.value_type != ValueType::Dropdown {
            let why = format!("field {} ({}) is no dropdown without an order", field.id, field.name);
            return Err(Error::input(why));
        }
        field.option(text).map(|option| Self { text: option.text.clone(), new: false })
    }

    /// An option that need not be there: if none has this text, writing it makes one (observed).
    pub fn create_option(text: impl Into<String>) -> Self {
        Self { text: text.into(), new: true }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Without the text, which can be people's data.
impl fmt::Debug for DropdownText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DropdownText(..)")
    }
}

impl From<i32> for NewValue {
    fn from(number: i32) -> Self {
        Self::Number(number.into())
    }
}

impl From<u32> for NewValue {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

macro_rules! from {
    ($($from:ty => $variant:ident),+) => { $(
        impl From<$from> for NewValue {
            fn from(value: $from) -> Self {
                Self::$variant(value)
            }
        }
    )+ };
}

from! {
    PersonId => Person, CompanyId => Organization, DropdownText => Dropdown, f64 => Number, NaiveDate => Date,
    Location => Location, DropdownOptionId => RankedDropdown
}
