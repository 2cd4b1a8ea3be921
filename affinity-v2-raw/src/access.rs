//! Taking a field value as what one expects it to be.

use std::slice::from_ref;

use affinity_core::DropdownOptionId;
use chrono::{DateTime, NaiveDate, Utc};

use crate::tagged::Interaction;
use crate::types::{CompanyData, Location, PersonData};
use crate::{Date, FieldValue};

/// An option of a dropdown, ranked or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DropdownOption<'a> {
    /// The option.
    pub id: DropdownOptionId,
    /// Its text.
    pub text: &'a str,
    /// Its place among the options, for a ranked dropdown.
    pub rank: Option<u64>,
    /// Its color, for a ranked dropdown that has one.
    pub color: Option<&'a str>,
}

/// Each accessor gives `None` for a value of another type. Those for one value give `None` for an empty one
/// too, those for several an empty list; a field for one and a field for several can both be read as several.
impl FieldValue {
    /// The text of a `text` or `filterable-text` value.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::FilterableText(text) => text.as_deref(),
            _ => None,
        }
    }

    /// The texts of a `filterable-text-multi` value, or of one that holds a single text.
    pub fn as_texts(&self) -> Option<&[String]> {
        match self {
            Self::FilterableTextMulti(texts) => Some(&texts.items),
            Self::Text(text) | Self::FilterableText(text) => Some(text.as_slice()),
            _ => None,
        }
    }

    /// The number of a `number` or `formula-number` value.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => *number,
            Self::FormulaNumber(formula) => formula.as_ref()?.calculated_value(),
            _ => None,
        }
    }

    /// The numbers of a `number-multi` value, or of one that holds a single number.
    pub fn as_numbers(&self) -> Option<&[f64]> {
        match self {
            Self::NumberMulti(numbers) => Some(&numbers.items),
            Self::Number(number) => Some(number.as_slice()),
            _ => None,
        }
    }

    /// The day of a `datetime` value. Field dates are calendar days in US Pacific time, whatever the hour of
    /// the instant that carries them.
    pub fn as_date(&self) -> Option<NaiveDate> {
        match self {
            Self::DateTime(date) => date.map(Date::day),
            _ => None,
        }
    }

    /// The instant that carries a `datetime` value, in UTC. [`as_date`](Self::as_date) is what it means.
    pub fn as_instant(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::DateTime(date) => date.map(Date::instant),
            _ => None,
        }
    }

    /// The option of a `dropdown` or `ranked-dropdown` value.
    pub fn as_option(&self) -> Option<DropdownOption<'_>> {
        match self {
            Self::Dropdown(option) => {
                let option = option.as_ref()?;
                Some(DropdownOption {
                    id: option.dropdown_option_id,
                    text: &option.text,
                    rank: None,
                    color: None,
                })
            }
            Self::RankedDropdown(option) => {
                let option = option.as_ref()?;
                Some(DropdownOption {
                    id: option.dropdown_option_id,
                    text: &option.text,
                    rank: Some(option.rank),
                    color: option.color.as_deref(),
                })
            }
            _ => None,
        }
    }

    /// The options of a `dropdown-multi` value, or of one that holds a single option.
    pub fn as_options(&self) -> Option<Vec<DropdownOption<'_>>> {
        match self {
            Self::DropdownMulti(options) => {
                let option = |id, text| DropdownOption { id, text, rank: None, color: None };
                Some(options.items.iter().map(|it| option(it.dropdown_option_id, it.text.as_str())).collect())
            }
            Self::Dropdown(_) | Self::RankedDropdown(_) => Some(self.as_option().into_iter().collect()),
            _ => None,
        }
    }

    /// The person of a `person` value.
    pub fn as_person(&self) -> Option<&PersonData> {
        match self {
            Self::Person(person) => person.as_deref(),
            _ => None,
        }
    }

    /// The persons of a `person-multi` value, or of one that holds a single person.
    pub fn as_persons(&self) -> Option<&[PersonData]> {
        match self {
            Self::PersonMulti(persons) => Some(&persons.items),
            Self::Person(person) => Some(person.as_deref().map_or(&[], from_ref)),
            _ => None,
        }
    }

    /// The company of a `company` value.
    pub fn as_company(&self) -> Option<&CompanyData> {
        match self {
            Self::Company(company) => company.as_ref(),
            _ => None,
        }
    }

    /// The companies of a `company-multi` value, or of one that holds a single company.
    pub fn as_companies(&self) -> Option<&[CompanyData]> {
        match self {
            Self::CompanyMulti(companies) => Some(&companies.items),
            Self::Company(company) => Some(company.as_slice()),
            _ => None,
        }
    }

    /// The place of a `location` value.
    pub fn as_location(&self) -> Option<&Location> {
        match self {
            Self::Location(location) => location.as_deref(),
            _ => None,
        }
    }

    /// The places of a `location-multi` value, or of one that holds a single place.
    pub fn as_locations(&self) -> Option<&[Location]> {
        match self {
            Self::LocationMulti(locations) => Some(&locations.items),
            Self::Location(location) => Some(location.as_deref().map_or(&[], from_ref)),
            _ => None,
        }
    }

    /// The email, meeting, call or chat message of an `interaction` value.
    pub fn as_interaction(&self) -> Option<&Interaction> {
        match self {
            Self::Interaction(interaction) => interaction.as_deref(),
            _ => None,
        }
    }
}
