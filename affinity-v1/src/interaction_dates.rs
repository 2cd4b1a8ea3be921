//! When there was contact with a person or an organization.

use affinity_core::PersonId;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::call::Parts;
use crate::{day, instant};

/// When there was contact. An event is a meeting. Any of the dates can be missing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InteractionDates {
    /// The first email.
    #[serde(default, deserialize_with = "instant::optional")]
    pub first_email_date: Option<DateTime<Utc>>,
    /// The latest email.
    #[serde(default, deserialize_with = "instant::optional")]
    pub last_email_date: Option<DateTime<Utc>>,
    /// The first meeting.
    #[serde(default, deserialize_with = "instant::optional")]
    pub first_event_date: Option<DateTime<Utc>>,
    /// The latest meeting that is over.
    #[serde(default, deserialize_with = "instant::optional")]
    pub last_event_date: Option<DateTime<Utc>>,
    /// The next meeting.
    #[serde(default, deserialize_with = "instant::optional")]
    pub next_event_date: Option<DateTime<Utc>>,
    /// The latest chat message.
    #[serde(default, deserialize_with = "instant::optional")]
    pub last_chat_message_date: Option<DateTime<Utc>>,
    /// The latest of all.
    #[serde(default, deserialize_with = "instant::optional")]
    pub last_interaction_date: Option<DateTime<Utc>>,
}

/// The same contacts, with the users of the account who took part.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InteractionPoints {
    /// The first email.
    #[serde(default)]
    pub first_email: Option<InteractionPoint>,
    /// The latest email.
    #[serde(default)]
    pub last_email: Option<InteractionPoint>,
    /// The first meeting.
    #[serde(default)]
    pub first_event: Option<InteractionPoint>,
    /// The latest meeting that is over.
    #[serde(default)]
    pub last_event: Option<InteractionPoint>,
    /// The next meeting.
    #[serde(default)]
    pub next_event: Option<InteractionPoint>,
    /// The latest chat message.
    #[serde(default)]
    pub last_chat_message: Option<InteractionPoint>,
    /// The latest of all.
    #[serde(default)]
    pub last_interaction: Option<InteractionPoint>,
}

/// One contact.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InteractionPoint {
    /// When.
    #[serde(default, deserialize_with = "instant::optional")]
    pub date: Option<DateTime<Utc>>,
    /// The users of the account who took part; only if they were asked for.
    #[serde(default)]
    pub person_ids: Option<Vec<PersonId>>,
}

/// The dates that persons and organizations can be narrowed by. There is none for chat messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InteractionDate {
    /// The first email.
    FirstEmail,
    /// The latest email.
    LastEmail,
    /// The first meeting.
    FirstEvent,
    /// The latest meeting that is over.
    LastEvent,
    /// The next meeting.
    NextEvent,
    /// The latest of all.
    LastInteraction,
}

impl InteractionDate {
    fn parameters(self) -> (&'static str, &'static str) {
        match self {
            Self::FirstEmail => ("min_first_email_date", "max_first_email_date"),
            Self::LastEmail => ("min_last_email_date", "max_last_email_date"),
            Self::FirstEvent => ("min_first_event_date", "max_first_event_date"),
            Self::LastEvent => ("min_last_event_date", "max_last_event_date"),
            Self::NextEvent => ("min_next_event_date", "max_next_event_date"),
            Self::LastInteraction => ("min_last_interaction_date", "max_last_interaction_date"),
        }
    }
}

/// From one instant to another, or open at one side. Whether the service counts the bounds in is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    min: Option<DateTime<Utc>>,
    max: Option<DateTime<Utc>>,
}

impl Period {
    /// From `min` to `max`.
    pub fn between(min: DateTime<Utc>, max: DateTime<Utc>) -> Self {
        Self { min: Some(min), max: Some(max) }
    }

    /// From `min` on.
    pub fn since(min: DateTime<Utc>) -> Self {
        Self { min: Some(min), max: None }
    }

    /// Up to `max`.
    pub fn until(max: DateTime<Utc>) -> Self {
        Self { min: None, max: Some(max) }
    }
}

/// Narrows a search, in place of what was set for the same date.
pub(crate) fn narrow(parts: &mut Parts, date: InteractionDate, period: Period) {
    let (min, max) = date.parameters();
    let about = format!("{min}, {max}");
    parts.accept(&about);
    if period.min.zip(period.max).is_some_and(|(min, max)| max < min) {
        parts.refuse(format!("{about}: the period ends before it starts"));
    }
    if ![period.min, period.max].iter().flatten().all(day::sayable) {
        parts.refuse(format!("{about}: a year does not fit into four digits"));
    }
    for (name, instant) in [(min, period.min), (max, period.max)] {
        parts.drop_query(name);
        if let Some(instant) = instant {
            parts.set_query(name, instant::written(instant));
        }
    }
}
