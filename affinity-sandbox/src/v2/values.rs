//! Cell values on the wire.

use chrono::{DateTime, NaiveDate, NaiveTime, Offset, SecondsFormat, TimeDelta, TimeZone, Utc};
use chrono_tz::America::Los_Angeles;
use serde::Serialize;

use super::entities::{CompanyData, PersonData};
use crate::world::{self, CellValue, Field, World};

/// Arrays of persons and companies are cut here, without a sign of it.
const LARGEST_NESTED: usize = 100;

/// What a value's `data` holds; `None` where nothing is left of the value.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Data<'a> {
    Company(CompanyData<'a>),
    Companies(Vec<CompanyData<'a>>),
    Day(String),
    Dropdown(Dropdown<'a>),
    Dropdowns(Vec<Dropdown<'a>>),
    Formula(Formula),
    Interaction(Box<Interaction<'a>>),
    Location(Location<'a>),
    Locations(Vec<Location<'a>>),
    Number(Number),
    Numbers(Vec<Number>),
    Person(PersonData<'a>),
    Persons(Vec<PersonData<'a>>),
    RankedDropdown(RankedDropdown<'a>),
    Text(&'a str),
    Texts(Vec<&'a str>),
}

impl Data<'_> {
    /// Cuts what is too long and tells the full length of a multi value. Other values than persons and companies are
    /// cut only on demand.
    pub(super) fn cut(&mut self, all: bool) -> Option<usize> {
        match self {
            Self::Companies(items) => Some(cut(items)),
            Self::Persons(items) => Some(cut(items)),
            Self::Dropdowns(items) => Some(if all { cut(items) } else { items.len() }),
            Self::Locations(items) => Some(if all { cut(items) } else { items.len() }),
            Self::Numbers(items) => Some(if all { cut(items) } else { items.len() }),
            Self::Texts(items) => Some(if all { cut(items) } else { items.len() }),
            _ => None,
        }
    }
}

fn cut<T>(items: &mut Vec<T>) -> usize {
    let length = items.len();
    items.truncate(LARGEST_NESTED);
    length
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Dropdown<'a> {
    dropdown_option_id: u64,
    text: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RankedDropdown<'a> {
    dropdown_option_id: u64,
    text: &'a str,
    rank: u64,
    color: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Formula {
    calculated_value: Option<Number>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location<'a> {
    street_address: Option<&'a str>,
    city: Option<&'a str>,
    state: Option<&'a str>,
    country: Option<&'a str>,
    continent: Option<&'a str>,
}

/// Whole numbers are written without a fraction.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Number {
    Whole(i64),
    Fraction(f64),
}

#[derive(Serialize)]
pub(super) struct Attendee<'a> {
    #[serde(rename = "emailAddress")]
    email_address: Option<&'a str>,
    person: Option<PersonData<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub(super) enum Interaction<'a> {
    ChatMessage {
        id: u64,
        direction: &'static str,
        sent_at: String,
        manual_creator: PersonData<'a>,
        participants: Vec<PersonData<'a>>,
    },
    Email {
        id: u64,
        subject: Option<&'a str>,
        sent_at: String,
        from: Attendee<'a>,
        to: Vec<Attendee<'a>>,
        cc: Vec<Attendee<'a>>,
    },
    Meeting {
        id: u64,
        title: Option<&'a str>,
        all_day: bool,
        start_time: String,
        end_time: Option<String>,
        attendees: Vec<Attendee<'a>>,
    },
    Call {
        id: u64,
        start_time: String,
        attendees: Vec<Attendee<'a>>,
    },
}

/// A value as data. Persons and companies that were deleted are left out, those merged away give way to their
/// survivors; a multi value with nothing left is no value.
pub(super) fn data<'w>(world: &'w World, field: &'w Field, value: &'w CellValue) -> Option<Data<'w>> {
    match value {
        CellValue::Company(id) => company(world, *id).map(Data::Company),
        CellValue::CompanyMulti(ids) => {
            some(world.companies_of(ids).into_iter().map(CompanyData::of)).map(Data::Companies)
        }
        CellValue::Datetime(day) => Some(Data::Day(pacific_midnight(*day))),
        CellValue::Dropdown(id) => dropdown(field, *id).map(Data::Dropdown),
        CellValue::DropdownMulti(ids) => {
            some(ids.iter().filter_map(|id| dropdown(field, *id))).map(Data::Dropdowns)
        }
        CellValue::FilterableText(text) | CellValue::Text(text) => Some(Data::Text(text)),
        CellValue::FilterableTextMulti(texts) => some(texts.iter().map(String::as_str)).map(Data::Texts),
        CellValue::FormulaNumber(result) => {
            Some(Data::Formula(Formula { calculated_value: result.map(number) }))
        }
        CellValue::Interaction(value) => interaction(world, value).map(Box::new).map(Data::Interaction),
        CellValue::Location(place) => Some(Data::Location(location(place))),
        CellValue::LocationMulti(places) => some(places.iter().map(location)).map(Data::Locations),
        CellValue::Number(value) => Some(Data::Number(number(*value))),
        CellValue::NumberMulti(values) => some(values.iter().copied().map(number)).map(Data::Numbers),
        CellValue::Person(id) => person(world, *id).map(Data::Person),
        CellValue::PersonMulti(ids) => people(world, ids).map(Data::Persons),
        CellValue::RankedDropdown(id) => ranked_dropdown(field, *id).map(Data::RankedDropdown),
    }
}

/// An instant as the API writes it: UTC, whole seconds.
pub(super) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A calendar day as the instant the server keeps it as, the only instants with a fraction (observed).
///
/// Not specified: days before the zone had a standard time (1883-11-18). They take that time as well: by the local mean
/// time of then, 7 minutes ahead of it, whoever reads them with whole hours would find the day before.
fn pacific_midnight(day: NaiveDate) -> String {
    let midnight = day.and_time(NaiveTime::MIN);
    let zoned = Los_Angeles.from_local_datetime(&midnight).earliest();
    let zoned = zoned.filter(|at| at.offset().fix().local_minus_utc() % 3_600 == 0);
    let standard = || (midnight + TimeDelta::hours(8)).and_utc();
    let midnight = zoned.map_or_else(standard, |at| at.with_timezone(&Utc));
    midnight.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn some<T>(items: impl Iterator<Item = T>) -> Option<Vec<T>> {
    let items: Vec<T> = items.collect();
    (!items.is_empty()).then_some(items)
}

fn company(world: &World, id: u64) -> Option<CompanyData<'_>> {
    world.company(id).map(CompanyData::of)
}

fn person(world: &World, id: u64) -> Option<PersonData<'_>> {
    world.person(id).map(PersonData::of)
}

fn people<'w>(world: &'w World, ids: &[u64]) -> Option<Vec<PersonData<'w>>> {
    some(world.persons_of(ids).into_iter().map(PersonData::of))
}

fn dropdown(field: &Field, id: u64) -> Option<Dropdown<'_>> {
    field.option(id).map(|option| Dropdown { dropdown_option_id: option.id, text: &option.text })
}

fn ranked_dropdown(field: &Field, id: u64) -> Option<RankedDropdown<'_>> {
    field.option(id).map(|option| RankedDropdown {
        dropdown_option_id: option.id,
        text: &option.text,
        rank: option.rank,
        color: option.color.as_deref(),
    })
}

fn location(place: &world::Location) -> Location<'_> {
    Location {
        street_address: place.street_address.as_deref(),
        city: place.city.as_deref(),
        state: place.state.as_deref(),
        country: place.country.as_deref(),
        continent: place.continent.as_deref(),
    }
}

#[allow(clippy::cast_possible_truncation, reason = "whole and within the range where f64 is exact")]
fn number(value: f64) -> Number {
    const EXACT: f64 = 9_007_199_254_740_991.0;
    if value.fract() == 0.0 && value.abs() <= EXACT {
        return Number::Whole(value as i64);
    }
    Number::Fraction(value)
}

pub(super) fn attendee<'w>(world: &'w World, who: &'w world::Attendee) -> Attendee<'w> {
    Attendee {
        email_address: who.email_address.as_deref(),
        person: who.person.and_then(|id| person(world, id)),
    }
}

fn attendees<'w>(world: &'w World, people: &'w [world::Attendee]) -> Vec<Attendee<'w>> {
    people.iter().map(|who| attendee(world, who)).collect()
}

fn interaction<'w>(world: &'w World, value: &'w world::Interaction) -> Option<Interaction<'w>> {
    Some(match value {
        world::Interaction::ChatMessage { id, direction, sent_at, manual_creator, participants } => {
            // The creator cannot be null, so one that was deleted is still shown.
            let creator = world.person(*manual_creator).or_else(|| world.persons.get(manual_creator))?;
            Interaction::ChatMessage {
                id: *id,
                direction: direction.as_str(),
                sent_at: instant(*sent_at),
                manual_creator: PersonData::of(creator),
                participants: people(world, participants).unwrap_or_default(),
            }
        }
        world::Interaction::Email { id, subject, sent_at, from, to, cc } => Interaction::Email {
            id: *id,
            subject: subject.as_deref(),
            sent_at: instant(*sent_at),
            from: attendee(world, from),
            to: attendees(world, to),
            cc: attendees(world, cc),
        },
        world::Interaction::Meeting { id, title, all_day, start_time, end_time, attendees: people } => {
            Interaction::Meeting {
                id: *id,
                title: title.as_deref(),
                all_day: *all_day,
                start_time: instant(*start_time),
                end_time: end_time.map(instant),
                attendees: attendees(world, people),
            }
        }
        world::Interaction::Call { id, start_time, attendees: people } => Interaction::Call {
            id: *id,
            start_time: instant(*start_time),
            attendees: attendees(world, people),
        },
    })
}
