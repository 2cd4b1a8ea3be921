//! The values of fields, as they are read.

use affinity_core::{CompanyId, DropdownOptionId, Error, PersonId, Result, decode};
use chrono::NaiveDate;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{DropdownOption, ValueType, day};

/// A value, read by the type of its field. The JSON alone does not tell a person from a number, or an option from
/// text.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum TypedValue {
    /// Null, which fields of Crunchbase hold.
    Empty,
    /// A person.
    Person(PersonId),
    /// An organization.
    Organization(CompanyId),
    /// An option without an order, or text that Affinity fills in (observed).
    Dropdown(DropdownValue),
    /// A number.
    Number(f64),
    /// A calendar day.
    Date(NaiveDate),
    /// A place.
    Location(Location),
    /// Text.
    Text(String),
    /// An option with an order.
    RankedDropdown(DropdownValue),
    /// A value of a type without a name here, as it came.
    Unknown(Value),
}

impl TypedValue {
    /// Reads a value as one of this type.
    ///
    /// # Errors
    ///
    /// `is_decode`: the JSON is of another form.
    pub fn read(value: &Value, value_type: ValueType) -> Result<Self> {
        if value.is_null() {
            return Ok(Self::Empty);
        }
        match value_type {
            ValueType::Person => read(value).map(Self::Person),
            ValueType::Organization => read(value).map(Self::Organization),
            ValueType::Dropdown => read(value).map(Self::Dropdown),
            ValueType::Number => read(value).map(Self::Number),
            ValueType::Date => read_day(value).map(Self::Date),
            ValueType::Location => read(value).map(Self::Location),
            ValueType::Text | ValueType::FilterableText => read(value).map(Self::Text),
            ValueType::RankedDropdown => read(value).map(Self::RankedDropdown),
            ValueType::Unknown(_) => Ok(Self::Unknown(value.clone())),
        }
    }

    /// The number.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The calendar day.
    pub fn as_date(&self) -> Option<NaiveDate> {
        match self {
            Self::Date(day) => Some(*day),
            _ => None,
        }
    }

    /// The text of text and of options.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Dropdown(option) | Self::RankedDropdown(option) => Some(option.text()),
            _ => None,
        }
    }
}

fn read<T: DeserializeOwned>(value: &Value) -> Result<T> {
    // Read once more for an error that names the place.
    T::deserialize(value).or_else(|_| decode::value(value.to_string().as_bytes()))
}

fn read_day(value: &Value) -> Result<NaiveDate> {
    let text: String = read(value)?;
    day::read(&text).ok_or_else(|| Error::decode("$", "not a date"))
}

/// An option in a cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum DropdownValue {
    /// The option itself: in ranked dropdowns, and in the history of both kinds.
    Option(DropdownOption),
    /// Its text alone: in unranked dropdowns, and in the history of an option that was deleted since (observed).
    Text(String),
}

impl DropdownValue {
    /// The text.
    pub fn text(&self) -> &str {
        match self {
            Self::Option(option) => &option.text,
            Self::Text(text) => text,
        }
    }

    /// The id, if the option came with it.
    pub fn id(&self) -> Option<DropdownOptionId> {
        match self {
            Self::Option(option) => Some(option.id),
            Self::Text(_) => None,
        }
    }
}

/// A place. Any part can be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Location {
    /// Street and number.
    #[serde(default)]
    pub street_address: Option<String>,
    /// The city.
    #[serde(default)]
    pub city: Option<String>,
    /// The state or region.
    #[serde(default)]
    pub state: Option<String>,
    /// The country.
    #[serde(default)]
    pub country: Option<String>,
    /// The continent.
    #[serde(default)]
    pub continent: Option<String>,
}

impl Location {
    /// A place without any part.
    pub fn new() -> Self {
        Self::default()
    }

    /// With street and number.
    #[must_use]
    pub fn street_address(mut self, text: impl Into<String>) -> Self {
        self.street_address = Some(text.into());
        self
    }

    /// With the city.
    #[must_use]
    pub fn city(mut self, text: impl Into<String>) -> Self {
        self.city = Some(text.into());
        self
    }

    /// With the state or region.
    #[must_use]
    pub fn state(mut self, text: impl Into<String>) -> Self {
        self.state = Some(text.into());
        self
    }

    /// With the country.
    #[must_use]
    pub fn country(mut self, text: impl Into<String>) -> Self {
        self.country = Some(text.into());
        self
    }

    /// With the continent.
    #[must_use]
    pub fn continent(mut self, text: impl Into<String>) -> Self {
        self.continent = Some(text.into());
        self
    }
}
