//! Cell values as they are written: in other shapes than they are read in, and taken strictly.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use super::body::{Part, Problems};
use crate::world::{CellUpdate, CellValue, EntityRef, Field, FieldCategory, Location, ValueType, World};

/// The longest arrays, but for dropdown options.
const LARGEST: usize = 100;
/// There is no bound to dropdown options (observed).
const UNBOUNDED: usize = usize::MAX;

/// What `{"type": …, "data": …}` makes of a cell. `None` when something is wrong with it.
pub(super) fn update(
    world: &World,
    field: &Field,
    value: &Part<'_>,
    problems: &mut Problems,
) -> Option<CellUpdate> {
    let mut reader = Reader { world, field, problems };
    let data = reader.data(value)?;
    // A value that is cleared still has to be of the field's type.
    let value = if data.is_null() { None } else { Some(reader.value(&data)?) };
    Some(CellUpdate { field: Arc::clone(&field.id), value })
}

struct Reader<'r> {
    world: &'r World,
    field: &'r Field,
    problems: &'r mut Problems,
}

impl Reader<'_> {
    /// The data of a value of the field's type.
    fn data<'b>(&mut self, value: &Part<'b>) -> Option<Part<'b>> {
        let names = ["type", "data"];
        let [kind, data] = match self.field.value_type {
            // The two objects that may have other members.
            ValueType::Dropdown | ValueType::RankedDropdown => self.problems.open(value, names),
            _ => self.problems.closed(value, names),
        };
        let kind = kind?;
        let (given, expected) = (self.problems.text(&kind)?, self.field.value_type.as_str());
        if !is_writable(self.field) {
            self.problems.reject(&kind, format!("the values of {} are not written", self.field.id));
            return None;
        }
        if given != expected {
            self.problems.reject(&kind, format!("the values of {} are {expected}", self.field.id));
            return None;
        }
        data
    }

    fn value(&mut self, data: &Part<'_>) -> Option<CellValue> {
        let value = match self.field.value_type {
            ValueType::Company => CellValue::Company(self.company(data)?),
            ValueType::CompanyMulti => CellValue::CompanyMulti(self.all(data, LARGEST, Self::company)?),
            ValueType::Datetime => CellValue::Datetime(self.day(data)?),
            ValueType::Dropdown => CellValue::Dropdown(self.option(data)?),
            ValueType::DropdownMulti => CellValue::DropdownMulti(self.all(data, UNBOUNDED, Self::option)?),
            ValueType::FilterableText => CellValue::FilterableText(self.text(data)?),
            ValueType::FilterableTextMulti => {
                CellValue::FilterableTextMulti(self.all(data, LARGEST, Self::text)?)
            }
            ValueType::Location => CellValue::Location(self.location(data)?),
            ValueType::LocationMulti => CellValue::LocationMulti(self.all(data, LARGEST, Self::location)?),
            ValueType::Number => CellValue::Number(self.number(data)?),
            ValueType::NumberMulti => CellValue::NumberMulti(self.all(data, LARGEST, Self::number)?),
            ValueType::Person => CellValue::Person(self.person(data)?),
            ValueType::PersonMulti => CellValue::PersonMulti(self.all(data, LARGEST, Self::person)?),
            ValueType::RankedDropdown => CellValue::RankedDropdown(self.option(data)?),
            ValueType::Text => CellValue::Text(self.text(data)?),
            ValueType::FormulaNumber | ValueType::Interaction => return None,
        };
        if let Err(problem) = value.check() {
            self.problems.reject(data, problem.to_string());
            return None;
        }
        Some(value)
    }

    /// The items of a multi value. Not specified: what an empty array does; here it clears, as null does.
    fn all<T>(
        &mut self,
        data: &Part<'_>,
        most: usize,
        read: fn(&mut Self, &Part<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let items = self.problems.items(data, most)?;
        // Each is read, also after one that is wrong.
        let items: Vec<Option<T>> = items.iter().map(|item| read(self, item)).collect();
        items.into_iter().collect()
    }

    fn text(&mut self, data: &Part<'_>) -> Option<String> {
        self.problems.text(data).map(str::to_owned)
    }

    fn number(&mut self, data: &Part<'_>) -> Option<f64> {
        self.problems.number(data)
    }

    /// The day in UTC of an instant (observed); the rest of it is lost.
    fn day(&mut self, data: &Part<'_>) -> Option<NaiveDate> {
        let day = utc_day(self.problems.text(data)?);
        if day.is_none() {
            self.problems.reject(data, "an instant is expected, as 2025-11-20T22:45:10Z");
        }
        day
    }

    fn location(&mut self, data: &Part<'_>) -> Option<Location> {
        let names = ["streetAddress", "city", "state", "country", "continent"];
        let parts = self.problems.closed(data, names).map(|part| self.text_or_null(&part?));
        let [street_address, city, state, country, continent] = parts;
        Some(Location {
            street_address: street_address?,
            city: city?,
            state: state?,
            country: country?,
            continent: continent?,
        })
    }

    /// The outer option says whether it could be read.
    fn text_or_null(&mut self, part: &Part<'_>) -> Option<Option<String>> {
        if part.is_null() { Some(None) } else { self.text(part).map(Some) }
    }

    fn option(&mut self, data: &Part<'_>) -> Option<u64> {
        let [id] = self.problems.closed(data, ["dropdownOptionId"]);
        let (place, id) = self.id(id)?;
        let found = self.field.option(id).map(|option| option.id);
        if found.is_none() {
            self.problems.reject(&place, format!("{} has no option {id}", self.field.id));
        }
        found
    }

    fn company(&mut self, data: &Part<'_>) -> Option<u64> {
        self.record(data, EntityRef::company)
    }

    fn person(&mut self, data: &Part<'_>) -> Option<u64> {
        self.record(data, EntityRef::person)
    }

    /// A company or person that is there. Not specified: what one that was merged away does; here the one it was
    /// merged into is written.
    fn record(&mut self, data: &Part<'_>, entity: fn(u64) -> EntityRef) -> Option<u64> {
        let [id] = self.problems.closed(data, ["id"]);
        let (place, id) = self.id(id)?;
        let entity = entity(id);
        let found = self.world.survivor(entity);
        if found.is_none() {
            self.problems.reject(&place, format!("there is no {} {id}", entity.kind.as_str()));
        }
        found
    }

    fn id<'b>(&mut self, part: Option<Part<'b>>) -> Option<(Part<'b>, u64)> {
        let part = part?;
        let id = self.problems.id(&part)?;
        Some((part, id))
    }
}

/// Computed values are not written. Not specified: whether a relationship field that holds a person is; here what is
/// derived stays derived.
fn is_writable(field: &Field) -> bool {
    let computed = matches!(field.value_type, ValueType::FormulaNumber | ValueType::Interaction);
    !computed && field.category != FieldCategory::RelationshipIntelligence
}

/// Date and time with an offset, a `T` between: a bare date is refused (observed).
fn utc_day(text: &str) -> Option<NaiveDate> {
    let instant = DateTime::parse_from_rfc3339(text).ok().filter(|_| text.contains(['T', 't']))?;
    Some(instant.with_timezone(&Utc).date_naive())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_is_that_of_utc() {
        let day = |text| utc_day(text).map(|day| day.to_string());
        for (text, expected) in [
            ("2025-11-20T22:45:10Z", Some("2025-11-20")),
            ("2025-11-20T22:45:10.123456Z", Some("2025-11-20")),
            ("2025-11-20T22:45:10-08:00", Some("2025-11-21")),
            ("2025-11-20T01:00:00+02:00", Some("2025-11-19")),
            ("2025-11-20", None),
            ("2025-11-20 22:45:10Z", None),
            ("2025-11-20T22:45:10", None),
            ("2025-13-20T22:45:10Z", None),
            ("tomorrow", None),
            ("", None),
        ] {
            assert_eq!(day(text).as_deref(), expected, "{text}");
        }
    }
}
