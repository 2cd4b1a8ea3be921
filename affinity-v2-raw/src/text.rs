//! A field value as people write it, for tables, files and logs of one's own.

use std::borrow::Cow;

use crate::FieldValue;
use crate::tagged::Interaction;
use crate::types::{CompanyData, Location, PersonData};

impl FieldValue {
    /// The value as people write it: a name for a person, the parts of a place with commas, a day as
    /// `2025-11-20`, several values with semicolons. Empty for no value; for a value of a type that this
    /// release does not know, its JSON.
    pub fn to_text(&self) -> String {
        match self {
            Self::Text(text) | Self::FilterableText(text) => text.clone().unwrap_or_default(),
            Self::FilterableTextMulti(texts) => texts.items.join("; "),
            Self::Number(_) | Self::FormulaNumber(_) => {
                self.as_number().map(|it| it.to_string()).unwrap_or_default()
            }
            Self::NumberMulti(numbers) => join(&numbers.items, f64::to_string),
            Self::DateTime(_) => self.as_date().map(|day| day.to_string()).unwrap_or_default(),
            Self::Location(place) => place.as_deref().map(place_text).unwrap_or_default(),
            Self::LocationMulti(places) => join(&places.items, place_text),
            Self::Dropdown(_) | Self::RankedDropdown(_) | Self::DropdownMulti(_) => {
                join(&self.as_options().unwrap_or_default(), |option| option.text.to_owned())
            }
            Self::Person(_) | Self::PersonMulti(_) => {
                join(self.as_persons().unwrap_or_default(), person_text)
            }
            Self::Company(_) | Self::CompanyMulti(_) => {
                join(self.as_companies().unwrap_or_default(), |CompanyData { name, .. }| name.clone())
            }
            Self::Interaction(interaction) => {
                interaction.as_deref().map(interaction_text).unwrap_or_default()
            }
            Self::Unknown(_) if self.is_empty() => String::new(),
            Self::Unknown(unknown) => unknown.data().to_owned(),
        }
    }
}

fn join<T>(values: &[T], text: impl Fn(&T) -> String) -> String {
    values.iter().map(text).collect::<Vec<_>>().join("; ")
}

fn place_text(place: &Location) -> String {
    let parts = [&place.street_address, &place.city, &place.state, &place.country, &place.continent];
    let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    parts.join(", ")
}

fn person_text(person: &PersonData) -> String {
    let names: Vec<&str> =
        [&person.first_name, &person.last_name].into_iter().flatten().map(String::as_str).collect();
    if names.is_empty() {
        return person.primary_email_address.clone().unwrap_or_else(|| format!("person {}", person.id));
    }
    names.join(" ")
}

fn interaction_text(interaction: &Interaction) -> String {
    let (kind, when, about) = match interaction {
        Interaction::ChatMessage(chat) => ("chat message", Some(chat.sent_at), None),
        Interaction::Email(email) => ("email", Some(email.sent_at), email.subject.as_deref()),
        Interaction::Meeting(meeting) => ("meeting", Some(meeting.start_time), meeting.title.as_deref()),
        Interaction::Call(call) => ("call", Some(call.start_time), None),
        Interaction::Unknown(other) => (other.tag(), None, None),
    };
    let when = when.map(|when| format!("{} ", when.format("%Y-%m-%d"))).unwrap_or_default();
    let about = about.map_or(Cow::Borrowed(""), |about| Cow::Owned(format!(": {about}")));
    format!("{when}{kind}{about}")
}
