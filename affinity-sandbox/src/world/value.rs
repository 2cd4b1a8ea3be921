use std::fmt;

use chrono::NaiveDate;

use super::{Interaction, WorldError, check_id, check_instant, check_year};

/// The type of a field's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ValueType {
    /// `company`
    Company,
    /// `company-multi`
    CompanyMulti,
    /// `datetime`
    Datetime,
    /// `dropdown`
    Dropdown,
    /// `dropdown-multi`
    DropdownMulti,
    /// `filterable-text`
    FilterableText,
    /// `filterable-text-multi`
    FilterableTextMulti,
    /// `formula-number`
    FormulaNumber,
    /// `interaction`
    Interaction,
    /// `location`
    Location,
    /// `location-multi`
    LocationMulti,
    /// `number`
    Number,
    /// `number-multi`
    NumberMulti,
    /// `person`
    Person,
    /// `person-multi`
    PersonMulti,
    /// `ranked-dropdown`
    RankedDropdown,
    /// `text`
    Text,
}

impl ValueType {
    /// All seventeen.
    pub const ALL: &'static [Self] = &[
        Self::Company,
        Self::CompanyMulti,
        Self::Datetime,
        Self::Dropdown,
        Self::DropdownMulti,
        Self::FilterableText,
        Self::FilterableTextMulti,
        Self::FormulaNumber,
        Self::Interaction,
        Self::Location,
        Self::LocationMulti,
        Self::Number,
        Self::NumberMulti,
        Self::Person,
        Self::PersonMulti,
        Self::RankedDropdown,
        Self::Text,
    ];

    /// The word of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::CompanyMulti => "company-multi",
            Self::Datetime => "datetime",
            Self::Dropdown => "dropdown",
            Self::DropdownMulti => "dropdown-multi",
            Self::FilterableText => "filterable-text",
            Self::FilterableTextMulti => "filterable-text-multi",
            Self::FormulaNumber => "formula-number",
            Self::Interaction => "interaction",
            Self::Location => "location",
            Self::LocationMulti => "location-multi",
            Self::Number => "number",
            Self::NumberMulti => "number-multi",
            Self::Person => "person",
            Self::PersonMulti => "person-multi",
            Self::RankedDropdown => "ranked-dropdown",
            Self::Text => "text",
        }
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A place on earth, as far as known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// Street and number.
    pub street_address: Option<String>,
    /// The city.
    pub city: Option<String>,
    /// State or province.
    pub state: Option<String>,
    /// The country.
    pub country: Option<String>,
    /// The continent.
    pub continent: Option<String>,
}

/// The value of a cell. A multi value without items is the same as no value.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum CellValue {
    /// A company, by id.
    Company(u64),
    /// Companies, by id; reading gives the first hundred.
    CompanyMulti(Vec<u64>),
    /// A calendar day.
    Datetime(NaiveDate),
    /// A dropdown option, by id.
    Dropdown(u64),
    /// Dropdown options, by id.
    DropdownMulti(Vec<u64>),
    /// Text of a field that the vendor fills.
    FilterableText(String),
    /// Texts of a field that the vendor fills.
    FilterableTextMulti(Vec<String>),
    /// A computed number; `None` when the formula has no result.
    FormulaNumber(Option<f64>),
    /// An e-mail, meeting, call or chat message.
    Interaction(Interaction),
    /// A location.
    Location(Location),
    /// Locations.
    LocationMulti(Vec<Location>),
    /// A number.
    Number(f64),
    /// Numbers.
    NumberMulti(Vec<f64>),
    /// A person, by id.
    Person(u64),
    /// Persons, by id; reading gives the first hundred.
    PersonMulti(Vec<u64>),
    /// An option of an ordered dropdown, by id.
    RankedDropdown(u64),
    /// Text.
    Text(String),
}

impl CellValue {
    /// The type of field this value goes with.
    pub fn value_type(&self) -> ValueType {
        match self {
            Self::Company(_) => ValueType::Company,
            Self::CompanyMulti(_) => ValueType::CompanyMulti,
            Self::Datetime(_) => ValueType::Datetime,
            Self::Dropdown(_) => ValueType::Dropdown,
            Self::DropdownMulti(_) => ValueType::DropdownMulti,
            Self::FilterableText(_) => ValueType::FilterableText,
            Self::FilterableTextMulti(_) => ValueType::FilterableTextMulti,
            Self::FormulaNumber(_) => ValueType::FormulaNumber,
            Self::Interaction(_) => ValueType::Interaction,
            Self::Location(_) => ValueType::Location,
            Self::LocationMulti(_) => ValueType::LocationMulti,
            Self::Number(_) => ValueType::Number,
            Self::NumberMulti(_) => ValueType::NumberMulti,
            Self::Person(_) => ValueType::Person,
            Self::PersonMulti(_) => ValueType::PersonMulti,
            Self::RankedDropdown(_) => ValueType::RankedDropdown,
            Self::Text(_) => ValueType::Text,
        }
    }

    /// Whether it is a multi value without items.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::CompanyMulti(ids) | Self::DropdownMulti(ids) | Self::PersonMulti(ids) => ids.is_empty(),
            Self::FilterableTextMulti(texts) => texts.is_empty(),
            Self::LocationMulti(places) => places.is_empty(),
            Self::NumberMulti(numbers) => numbers.is_empty(),
            _ => false,
        }
    }

    /// Whether the API has a way to say it.
    pub(crate) fn check(&self) -> Result<(), WorldError> {
        let numbers = match self {
            Self::Number(number) | Self::FormulaNumber(Some(number)) => std::slice::from_ref(number),
            Self::NumberMulti(numbers) => numbers,
            _ => &[],
        };
        if !numbers.iter().all(|number| number.is_finite()) {
            return Err(WorldError::Unsayable("a number is finite"));
        }
        match self {
            Self::Datetime(day) => check_year(day),
            Self::Interaction(interaction) => {
                check_id(interaction.id())?;
                interaction.instants().try_for_each(check_instant)
            }
            _ => Ok(()),
        }
    }

    /// The dropdown options it names.
    pub(crate) fn options(&self) -> &[u64] {
        match self {
            Self::Dropdown(id) | Self::RankedDropdown(id) => std::slice::from_ref(id),
            Self::DropdownMulti(ids) => ids,
            _ => &[],
        }
    }

    /// The persons and the companies it names.
    pub(crate) fn references(&self) -> (Vec<u64>, Vec<u64>) {
        match self {
            Self::Person(id) => (vec![*id], Vec::new()),
            Self::PersonMulti(ids) => (ids.clone(), Vec::new()),
            Self::Company(id) => (Vec::new(), vec![*id]),
            Self::CompanyMulti(ids) => (Vec::new(), ids.clone()),
            Self::Interaction(interaction) => (interaction.persons(), Vec::new()),
            _ => (Vec::new(), Vec::new()),
        }
    }
}
