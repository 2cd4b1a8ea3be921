//! The value to write into a field.

use std::fmt;

use affinity_core::{CompanyId, DropdownOptionId, PersonId};
use chrono::Datelike;
use serde::{Deserialize, Serialize};

use crate::enums::ValueType;
use crate::types::{Field, Location};
use crate::{Date, FieldValue, Multi};

/// A value to write. The variant must be the field's value type; `None`, or an empty list, clears the field.
///
/// A write replaces what was there: the list of a field that holds several is the whole list afterwards. What is
/// written names persons, companies and options by their ids only, so it has another shape than what is read;
/// `FieldValueUpdate::try_from(&field)` reduces the one to the other.
///
/// ```
/// use affinity_core::PersonId;
/// use affinity_v2_raw::{Date, FieldValueUpdate};
///
/// let amount = FieldValueUpdate::from(2_500_000);
/// let close = FieldValueUpdate::from(Date::ymd(2026, 3, 31).unwrap());
/// let owners = FieldValueUpdate::from([PersonId::new(4021), PersonId::new(5530)]);
/// let no_text = FieldValueUpdate::Text(None);
/// assert_eq!(serde_json::to_string(&amount).unwrap(), r#"{"type":"number","data":2500000}"#);
/// assert_eq!(serde_json::to_string(&no_text).unwrap(), r#"{"type":"text","data":null}"#);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FieldValueUpdate {
    /// A company.
    #[serde(with = "record")]
    Company(Option<CompanyId>),
    /// Companies, at most 100.
    #[serde(with = "records")]
    CompanyMulti(Vec<CompanyId>),
    /// A calendar day. It goes out as noon UTC.
    #[serde(rename = "datetime", with = "noon")]
    DateTime(Option<Date>),
    /// An option of a dropdown.
    #[serde(with = "option")]
    Dropdown(Option<DropdownOptionId>),
    /// Options of a dropdown. More than 100 are taken (observed).
    #[serde(with = "options")]
    DropdownMulti(Vec<DropdownOptionId>),
    /// Text of a field that Affinity fills in.
    FilterableText(Option<String>),
    /// Texts of a field that Affinity fills in, at most 100 (observed).
    #[serde(with = "many")]
    FilterableTextMulti(Vec<String>),
    /// A place.
    Location(Option<Location>),
    /// Places, at most 100 (observed).
    #[serde(with = "many")]
    LocationMulti(Vec<Location>),
    /// A number.
    #[serde(serialize_with = "crate::number::optional")]
    Number(Option<f64>),
    /// Numbers, at most 100 (observed).
    #[serde(with = "numbers")]
    NumberMulti(Vec<f64>),
    /// A person.
    #[serde(with = "record")]
    Person(Option<PersonId>),
    /// Persons, at most 100.
    #[serde(with = "records")]
    PersonMulti(Vec<PersonId>),
    /// An option of a dropdown whose options have an order, such as a status.
    #[serde(with = "option")]
    RankedDropdown(Option<DropdownOptionId>),
    /// Text.
    Text(Option<String>),
}

/// Why a value cannot be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotWritable(Reason);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Reason {
    Kind(String),
    Hidden,
    Cut(&'static str),
    Id(u64),
    TooMany(&'static str, usize),
    Number,
    Year(i32),
}

impl fmt::Display for NotWritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Reason::Kind(kind) => write!(f, "values of the type {kind} cannot be written"),
            Reason::Hidden => f.write_str("the cell that was read is hidden, so its value is not known"),
            Reason::Id(id) => write!(f, "{id} is outside the range of ids"),
            Reason::Cut(kind) => write!(
                f,
                "the {kind} value may have been cut at {MOST} by the server, and writing it back would lose the \
                 rest; write a list that is known to be whole"
            ),
            Reason::TooMany(kind, count) => {
                write!(f, "{count} values are more than the {MOST} that a {kind} field takes")
            }
            Reason::Number => f.write_str("a number that is not finite cannot be written"),
            Reason::Year(year) => write!(f, "a date in the year {year} cannot be written"),
        }
    }
}

impl std::error::Error for NotWritable {}

/// The largest id there is.
const LARGEST_ID: u64 = (1 << 53) - 1;

/// How many values a field takes.
const MOST: usize = 100;

impl FieldValueUpdate {
    /// The update that clears a field of this type.
    ///
    /// # Errors
    ///
    /// Fields of the type cannot be written.
    pub fn clear(value_type: &ValueType) -> Result<Self, NotWritable> {
        Ok(match value_type {
            ValueType::Company => Self::Company(None),
            ValueType::CompanyMulti => Self::CompanyMulti(Vec::new()),
            ValueType::Datetime => Self::DateTime(None),
            ValueType::Dropdown => Self::Dropdown(None),
            ValueType::DropdownMulti => Self::DropdownMulti(Vec::new()),
            ValueType::FilterableText => Self::FilterableText(None),
            ValueType::FilterableTextMulti => Self::FilterableTextMulti(Vec::new()),
            ValueType::Location => Self::Location(None),
            ValueType::LocationMulti => Self::LocationMulti(Vec::new()),
            ValueType::Number => Self::Number(None),
            ValueType::NumberMulti => Self::NumberMulti(Vec::new()),
            ValueType::Person => Self::Person(None),
            ValueType::PersonMulti => Self::PersonMulti(Vec::new()),
            ValueType::RankedDropdown => Self::RankedDropdown(None),
            ValueType::Text => Self::Text(None),
            other => return Err(NotWritable(Reason::Kind(other.as_str().to_owned()))),
        })
    }

    /// The value type it is for, as it stands on the wire.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Company(_) => "company",
            Self::CompanyMulti(_) => "company-multi",
            Self::DateTime(_) => "datetime",
            Self::Dropdown(_) => "dropdown",
            Self::DropdownMulti(_) => "dropdown-multi",
            Self::FilterableText(_) => "filterable-text",
            Self::FilterableTextMulti(_) => "filterable-text-multi",
            Self::Location(_) => "location",
            Self::LocationMulti(_) => "location-multi",
            Self::Number(_) => "number",
            Self::NumberMulti(_) => "number-multi",
            Self::Person(_) => "person",
            Self::PersonMulti(_) => "person-multi",
            Self::RankedDropdown(_) => "ranked-dropdown",
            Self::Text(_) => "text",
        }
    }

    /// Whether a read value is what this update makes of a field. The order of several values does not count: the
    /// server promises none.
    pub fn is_shown_by(&self, value: &FieldValue) -> bool {
        Self::reduced(value).is_some_and(|read| match (self, &read) {
            (Self::CompanyMulti(these), Self::CompanyMulti(those)) => same_items(these, those),
            (Self::DropdownMulti(these), Self::DropdownMulti(those)) => same_items(these, those),
            (Self::FilterableTextMulti(these), Self::FilterableTextMulti(those)) => same_items(these, those),
            (Self::LocationMulti(these), Self::LocationMulti(those)) => same_items(these, those),
            (Self::NumberMulti(these), Self::NumberMulti(those)) => same_items(these, those),
            (Self::PersonMulti(these), Self::PersonMulti(those)) => same_items(these, those),
            _ => *self == read,
        })
    }

    /// Refuses what cannot be written, or would not be taken.
    ///
    /// # Errors
    ///
    /// Too many values, an id that none is, a number that is not finite (JSON has no form for it, and null would clear the field), a
    /// date that has no four-digit year.
    pub fn check(&self) -> Result<(), NotWritable> {
        let count = match self {
            Self::CompanyMulti(ids) => ids.len(),
            Self::PersonMulti(ids) => ids.len(),
            Self::FilterableTextMulti(texts) => texts.len(),
            Self::LocationMulti(places) => places.len(),
            Self::NumberMulti(numbers) => numbers.len(),
            _ => 0,
        };
        if count > MOST {
            return Err(NotWritable(Reason::TooMany(self.kind(), count)));
        }
        if let Some(id) = self.ids().into_iter().find(|id| !(1..=LARGEST_ID).contains(id)) {
            return Err(NotWritable(Reason::Id(id)));
        }
        let numbers = match self {
            Self::Number(number) => number.as_slice(),
            Self::NumberMulti(numbers) => numbers,
            _ => &[],
        };
        if !numbers.iter().all(|number| number.is_finite()) {
            return Err(NotWritable(Reason::Number));
        }
        match self {
            Self::DateTime(Some(date)) if !(0..=9999).contains(&date.day().year()) => {
                Err(NotWritable(Reason::Year(date.day().year())))
            }
            _ => Ok(()),
        }
    }

    /// The ids in it.
    fn ids(&self) -> Vec<u64> {
        match self {
            Self::Company(id) => id.iter().map(|id| id.get()).collect(),
            Self::CompanyMulti(ids) => ids.iter().map(|id| id.get()).collect(),
            Self::Dropdown(id) | Self::RankedDropdown(id) => id.iter().map(|id| id.get()).collect(),
            Self::DropdownMulti(ids) => ids.iter().map(|id| id.get()).collect(),
            Self::Person(id) => id.iter().map(|id| id.get()).collect(),
            Self::PersonMulti(ids) => ids.iter().map(|id| id.get()).collect(),
            _ => Vec::new(),
        }
    }

    /// What of a read value can be written, whether it came whole or not.
    fn reduced(value: &FieldValue) -> Option<Self> {
        Some(match value {
            FieldValue::Company(company) => Self::Company(company.as_ref().map(|company| company.id)),
            FieldValue::CompanyMulti(companies) => Self::CompanyMulti(each(companies, |company| company.id)),
            FieldValue::DateTime(date) => Self::DateTime(*date),
            FieldValue::Dropdown(option) => {
                Self::Dropdown(option.as_ref().map(|option| option.dropdown_option_id))
            }
            FieldValue::DropdownMulti(options) => {
                Self::DropdownMulti(each(options, |option| option.dropdown_option_id))
            }
            FieldValue::FilterableText(text) => Self::FilterableText(text.clone()),
            FieldValue::FilterableTextMulti(texts) => Self::FilterableTextMulti(texts.items.clone()),
            FieldValue::Location(place) => Self::Location(place.as_deref().cloned()),
            FieldValue::LocationMulti(places) => Self::LocationMulti(places.items.clone()),
            FieldValue::Number(number) => Self::Number(*number),
            FieldValue::NumberMulti(numbers) => Self::NumberMulti(numbers.items.clone()),
            FieldValue::Person(person) => Self::Person(person.as_ref().map(|person| person.id)),
            FieldValue::PersonMulti(persons) => Self::PersonMulti(each(persons, |person| person.id)),
            FieldValue::RankedDropdown(option) => {
                Self::RankedDropdown(option.as_ref().map(|option| option.dropdown_option_id))
            }
            FieldValue::Text(text) => Self::Text(text.clone()),
            FieldValue::FormulaNumber(_) | FieldValue::Interaction(_) | FieldValue::Unknown(_) => {
                return None;
            }
        })
    }
}

/// Each of these is one of those, and none is left.
fn same_items<T: PartialEq>(these: &[T], those: &[T]) -> bool {
    let mut left: Vec<_> = those.iter().collect();
    these.iter().all(|item| {
        let found = left.iter().position(|other| *other == item);
        found.map(|index| left.swap_remove(index)).is_some()
    }) && left.is_empty()
}

fn each<T, U>(values: &Multi<T>, of: impl Fn(&T) -> U) -> Vec<U> {
    values.items.iter().map(of).collect()
}

/// A value as it was read, reduced to what is written.
///
/// Refused: types that cannot be written, and values that may have been cut by the server (writing those back
/// would lose what was cut). Whether the value is hidden is not in it: take the whole [`Field`].
impl TryFrom<&FieldValue> for FieldValueUpdate {
    type Error = NotWritable;

    fn try_from(value: &FieldValue) -> Result<Self, NotWritable> {
        let reduced = Self::reduced(value);
        let update = reduced.ok_or_else(|| NotWritable(Reason::Kind(value.kind().to_owned())))?;
        match value.is_complete() {
            Some(true) => Ok(update),
            _ => Err(NotWritable(Reason::Cut(update.kind()))),
        }
    }
}

/// As for its value; refused too is a cell that is hidden. Before version 2026-07-15 the server does not say that
/// it is, and a hidden cell looks empty.
impl TryFrom<&Field> for FieldValueUpdate {
    type Error = NotWritable;

    fn try_from(cell: &Field) -> Result<Self, NotWritable> {
        if cell.is_hidden() { Err(NotWritable(Reason::Hidden)) } else { Self::try_from(&cell.value) }
    }
}

impl From<i32> for FieldValueUpdate {
    fn from(number: i32) -> Self {
        Self::Number(Some(number.into()))
    }
}

impl From<u32> for FieldValueUpdate {
    fn from(number: u32) -> Self {
        Self::Number(Some(number.into()))
    }
}

impl From<Vec<f64>> for FieldValueUpdate {
    fn from(numbers: Vec<f64>) -> Self {
        Self::NumberMulti(numbers)
    }
}

impl From<&[PersonId]> for FieldValueUpdate {
    fn from(persons: &[PersonId]) -> Self {
        Self::PersonMulti(persons.to_vec())
    }
}

impl From<&[CompanyId]> for FieldValueUpdate {
    fn from(companies: &[CompanyId]) -> Self {
        Self::CompanyMulti(companies.to_vec())
    }
}

impl From<f64> for FieldValueUpdate {
    fn from(number: f64) -> Self {
        Self::Number(Some(number))
    }
}

/// For a field of the type `text`.
impl From<&str> for FieldValueUpdate {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

/// For a field of the type `text`.
impl From<String> for FieldValueUpdate {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<Date> for FieldValueUpdate {
    fn from(date: Date) -> Self {
        Self::DateTime(Some(date))
    }
}

impl From<chrono::NaiveDate> for FieldValueUpdate {
    fn from(day: chrono::NaiveDate) -> Self {
        Self::DateTime(Some(day.into()))
    }
}

impl From<Location> for FieldValueUpdate {
    fn from(place: Location) -> Self {
        Self::Location(Some(place))
    }
}

impl From<PersonId> for FieldValueUpdate {
    fn from(person: PersonId) -> Self {
        Self::Person(Some(person))
    }
}

impl From<CompanyId> for FieldValueUpdate {
    fn from(company: CompanyId) -> Self {
        Self::Company(Some(company))
    }
}

impl From<Vec<PersonId>> for FieldValueUpdate {
    fn from(persons: Vec<PersonId>) -> Self {
        Self::PersonMulti(persons)
    }
}

impl From<Vec<CompanyId>> for FieldValueUpdate {
    fn from(companies: Vec<CompanyId>) -> Self {
        Self::CompanyMulti(companies)
    }
}

impl<const N: usize> From<[PersonId; N]> for FieldValueUpdate {
    fn from(persons: [PersonId; N]) -> Self {
        Self::PersonMulti(persons.to_vec())
    }
}

impl<const N: usize> From<[CompanyId; N]> for FieldValueUpdate {
    fn from(companies: [CompanyId; N]) -> Self {
        Self::CompanyMulti(companies.to_vec())
    }
}

/// A nowhere, to be filled in.
impl Default for Location {
    fn default() -> Self {
        Self { street_address: None, city: None, state: None, country: None, continent: None }
    }
}

/// A person or company on the wire.
#[derive(Serialize, Deserialize)]
struct Record<T> {
    id: T,
}

/// An option on the wire.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Choice<T> {
    dropdown_option_id: T,
}

/// A module for `#[serde(with)]` that turns each `T` into its form on the wire.
macro_rules! in_form {
    ($one:ident, $many:ident, $form:ident { $field:ident }) => {
        mod $one {
            use super::*;
            use serde::{Deserializer, Serializer};

            pub(super) fn serialize<T: Copy + Serialize, S: Serializer>(
                value: &Option<T>,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                value.map(|$field| $form { $field }).serialize(serializer)
            }

            pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Option<T>, D::Error> {
                Ok(Option::<$form<T>>::deserialize(deserializer)?.map(|form| form.$field))
            }
        }

        mod $many {
            use super::*;
            use serde::{Deserializer, Serializer};

            pub(super) fn serialize<T: Copy + Serialize, S: Serializer>(
                values: &[T],
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                let forms: Vec<_> = values.iter().map(|&$field| $form { $field }).collect();
                super::many::serialize(&forms, serializer)
            }

            pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Vec<T>, D::Error> {
                let forms: Vec<$form<T>> = super::many::deserialize(deserializer)?;
                Ok(forms.into_iter().map(|form| form.$field).collect())
            }
        }
    };
}

in_form!(record, records, Record { id });
in_form!(option, options, Choice { dropdown_option_id });

/// No values are null on the wire, never an empty list.
mod many {
    use super::*;
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<T: Serialize, S: Serializer>(
        values: &[T],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        (!values.is_empty()).then_some(values).serialize(serializer)
    }

    pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<T>, D::Error> {
        crate::tolerant::null_as_empty(deserializer)
    }
}

mod numbers {
    use crate::number::Number;
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(numbers: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
        let numbers: Vec<_> = numbers.iter().copied().map(Number).collect();
        super::many::serialize(&numbers, serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
        super::many::deserialize(deserializer)
    }
}

/// The day that counts is the one in UTC of the instant sent (observed), and noon is of the same day in
/// Pacific time.
mod noon {
    use super::*;
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(date: &Option<Date>, serializer: S) -> Result<S::Ok, S::Error> {
        date.map(|date| Date::new(date.day())).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
        let date = Option::<Date>::deserialize(deserializer)?;
        Ok(date.map(|date| Date::new(date.instant().date_naive())))
    }
}
