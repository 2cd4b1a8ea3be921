//! Values on the wire: as they are read, and as they are written.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::Value;

use super::call::unexpected;
use super::given::Given;
use super::params::Params;
use super::{codes, dates};
use crate::api::Errors;
use crate::world::{CellValue, Company, Field, Location, Person, ValueType, World};

/// A value as it is read.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum ValueBody<'a> {
    Id(u64),
    Location(LocationBody<'a>),
    /// With a fraction, also where there is none.
    Number(f64),
    Option(OptionBody<'a>),
    Text(&'a str),
    Instant(String),
}

#[derive(Serialize)]
pub(super) struct LocationBody<'a> {
    street_address: Option<&'a str>,
    city: Option<&'a str>,
    state: Option<&'a str>,
    country: Option<&'a str>,
    continent: Option<&'a str>,
}

/// A dropdown option.
#[derive(Serialize)]
pub(super) struct OptionBody<'a> {
    id: u64,
    text: &'a str,
    rank: u64,
    color: Option<u64>,
}

impl<'a> OptionBody<'a> {
    pub(super) fn all(field: &'a Field) -> impl Iterator<Item = Self> {
        field.options.iter().map(|option| Self {
            id: option.id,
            text: &option.text,
            rank: option.rank,
            color: codes::color(option.color.as_deref()),
        })
    }

    pub(super) fn of(field: &'a Field, id: u64) -> Option<Self> {
        Self::all(field).find(|option| option.id == id)
    }
}

impl<'a> ValueBody<'a> {
    /// One value of a field; `None` where nothing is left of it, or where there is no way to say it.
    pub(super) fn of(field: &'a Field, item: &'a CellValue) -> Option<Self> {
        match item {
            CellValue::Company(id) | CellValue::Person(id) => Some(Self::Id(*id)),
            CellValue::Datetime(day) => Some(Self::Instant(dates::instant(dates::midnight(*day)))),
            CellValue::Dropdown(id) => field.option(*id).map(|option| Self::Text(&option.text)),
            CellValue::RankedDropdown(id) => OptionBody::of(field, *id).map(Self::Option),
            CellValue::FilterableText(text) | CellValue::Text(text) => Some(Self::Text(text)),
            CellValue::Location(place) => Some(Self::Location(LocationBody {
                street_address: place.street_address.as_deref(),
                city: place.city.as_deref(),
                state: place.state.as_deref(),
                country: place.country.as_deref(),
                continent: place.continent.as_deref(),
            })),
            CellValue::Number(number) => Some(Self::Number(*number)),
            _ => None,
        }
    }
}

/// A value to be written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Wanted {
    Item(CellValue),
    /// An option of that text, which a plain dropdown does not have yet.
    NewOption(String),
}

impl Wanted {
    /// Reads `value`, which has to fit the field. Not specified: what null does on a write; here it is refused, since
    /// there is a deletion for that.
    pub(super) fn read(params: &mut Params<'_>, world: &World, field: &Field) -> Option<Self> {
        const NAME: &str = "value";
        let Some(given) = params.raw(NAME) else {
            params.reject(NAME, "value is required");
            return None;
        };
        let found = match field.value_type.item() {
            ValueType::Dropdown => given.as_text().map(|text| Self::option(field, text)),
            ValueType::Company => {
                params.known::<Company>(world, NAME).map(CellValue::Company).map(Self::Item)
            }
            ValueType::Person => params.known::<Person>(world, NAME).map(CellValue::Person).map(Self::Item),
            _ => item(field, &given).map(Self::Item),
        };
        let is_record = [ValueType::Company, ValueType::Person].contains(&field.value_type.item());
        if found.is_none() && !is_record {
            params.reject(NAME, format!("the value does not fit the type of field {}", field.number));
        }
        found
    }

    /// The option of exactly that text, or a new one: so this API does it, silently (observed).
    fn option(field: &Field, text: String) -> Self {
        let known = field.options.iter().find(|option| option.text == text);
        known.map_or_else(|| Self::NewOption(text), |option| Self::Item(CellValue::Dropdown(option.id)))
    }

    /// The item, now that the options it needs are made.
    pub(super) fn settle(self, world: &mut World, field: &Arc<str>) -> Result<CellValue, Errors> {
        match self {
            Self::Item(item) => Ok(item),
            Self::NewOption(text) => {
                world.add_option(field, text).map(CellValue::Dropdown).map_err(unexpected)
            }
        }
    }
}

fn item(field: &Field, given: &Given) -> Option<CellValue> {
    let item = match field.value_type.item() {
        ValueType::Datetime => CellValue::Datetime(day(dates::parse(&given.as_text()?)?)),
        ValueType::FilterableText => CellValue::FilterableText(given.as_text()?),
        ValueType::Text => CellValue::Text(given.as_text()?),
        ValueType::Location => CellValue::Location(location(given)?),
        ValueType::Number => CellValue::Number(given.as_number()?),
        // By id; its text is refused (observed).
        ValueType::RankedDropdown => {
            let id = u64::try_from(given.as_integer()?).ok()?;
            CellValue::RankedDropdown(field.option(id)?.id)
        }
        _ => return None,
    };
    item.check().ok().map(|()| item)
}

/// The day in UTC (observed); the rest is lost.
fn day(at: DateTime<Utc>) -> NaiveDate {
    at.date_naive()
}

/// Each member a string or null, or missing. Others are ignored.
fn location(given: &Given) -> Option<Location> {
    let Given::Json(Value::Object(members)) = given else {
        return None;
    };
    let part = |name: &str| match members.get(name) {
        None | Some(Value::Null) => Some(None),
        Some(Value::String(text)) => Some(Some(text.clone())),
        Some(_) => None,
    };
    Some(Location {
        street_address: part("street_address")?,
        city: part("city")?,
        state: part("state")?,
        country: part("country")?,
        continent: part("continent")?,
    })
}
