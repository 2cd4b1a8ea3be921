use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::World;

/// Which way a chat message or e-mail went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To the account.
    Received,
    /// From the account.
    Sent,
}

impl Direction {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Sent => "sent",
        }
    }
}

/// Somebody in an e-mail, meeting or call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attendee {
    /// The address, if known.
    pub email_address: Option<String>,
    /// The person with that address, if there is one.
    pub person: Option<u64>,
}

impl Attendee {
    /// A known person with an address.
    pub fn person(person: u64, email_address: impl Into<String>) -> Self {
        Self { email_address: Some(email_address.into()), person: Some(person) }
    }

    /// An address that matches nobody.
    pub fn address(email_address: impl Into<String>) -> Self {
        Self { email_address: Some(email_address.into()), person: None }
    }
}

/// What e-mails and meetings that were logged have in common.
pub(crate) trait Logged {
    /// Who sees it; everybody when `None`.
    fn audience(&self) -> Option<&BTreeSet<u64>>;

    fn is_visible_to(&self, world: &World, user: u64) -> bool {
        self.audience().is_none_or(|users| world.is_one_of(user, users))
    }
}

/// The value of a relationship field: one contact with somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Interaction {
    /// A chat message, entered by hand.
    ChatMessage {
        /// Its id among the chat messages.
        id: u64,
        /// Which way it went.
        direction: Direction,
        /// When it was sent.
        sent_at: DateTime<Utc>,
        /// The person that entered it.
        manual_creator: u64,
        /// The persons that took part.
        participants: Vec<u64>,
    },
    /// An e-mail.
    Email {
        /// Its id among the e-mails.
        id: u64,
        /// The subject, if there is one.
        subject: Option<String>,
        /// When it was sent.
        sent_at: DateTime<Utc>,
        /// Who sent it.
        from: Attendee,
        /// Whom it was sent to.
        to: Vec<Attendee>,
        /// Who got a copy.
        cc: Vec<Attendee>,
    },
    /// A meeting.
    Meeting {
        /// Its id among the meetings.
        id: u64,
        /// The title, if there is one.
        title: Option<String>,
        /// Whether it takes the whole day.
        all_day: bool,
        /// When it starts.
        start_time: DateTime<Utc>,
        /// When it ends, if that is known.
        end_time: Option<DateTime<Utc>>,
        /// Who takes part.
        attendees: Vec<Attendee>,
    },
    /// A telephone call.
    Call {
        /// Its id among the calls.
        id: u64,
        /// When it started.
        start_time: DateTime<Utc>,
        /// Who took part.
        attendees: Vec<Attendee>,
    },
}

impl Interaction {
    pub(crate) fn id(&self) -> u64 {
        match self {
            Self::ChatMessage { id, .. }
            | Self::Email { id, .. }
            | Self::Meeting { id, .. }
            | Self::Call { id, .. } => *id,
        }
    }

    pub(crate) fn instants(&self) -> impl Iterator<Item = DateTime<Utc>> {
        let (at, end) = match self {
            Self::ChatMessage { sent_at, .. } | Self::Email { sent_at, .. } => (*sent_at, None),
            Self::Meeting { start_time, end_time, .. } => (*start_time, *end_time),
            Self::Call { start_time, .. } => (*start_time, None),
        };
        [at].into_iter().chain(end)
    }

    pub(crate) fn persons(&self) -> Vec<u64> {
        let attendees = |people: &[Attendee]| people.iter().filter_map(|who| who.person).collect::<Vec<_>>();
        match self {
            Self::ChatMessage { manual_creator, participants, .. } => {
                participants.iter().copied().chain([*manual_creator]).collect()
            }
            Self::Email { from, to, cc, .. } => {
                let mut persons = attendees(std::slice::from_ref(from));
                persons.extend(attendees(to));
                persons.extend(attendees(cc));
                persons
            }
            Self::Meeting { attendees: people, .. } | Self::Call { attendees: people, .. } => {
                attendees(people)
            }
        }
    }
}
