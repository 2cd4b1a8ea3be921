use chrono::{DateTime, Utc};

/// Which way a chat message went.
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
        Self {
            email_address: Some(email_address.into()),
            person: Some(person),
        }
    }

    /// An address that matches nobody.
    pub fn address(email_address: impl Into<String>) -> Self {
        Self {
            email_address: Some(email_address.into()),
            person: None,
        }
    }
}

/// The value of a relationship field: one contact with somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the names are those of the API")]
pub enum Interaction {
    /// A chat message, entered by hand.
    ChatMessage {
        id: u64,
        direction: Direction,
        sent_at: DateTime<Utc>,
        manual_creator: u64,
        participants: Vec<u64>,
    },
    /// An e-mail.
    Email {
        id: u64,
        subject: Option<String>,
        sent_at: DateTime<Utc>,
        from: Attendee,
        to: Vec<Attendee>,
        cc: Vec<Attendee>,
    },
    /// A meeting.
    Meeting {
        id: u64,
        title: Option<String>,
        all_day: bool,
        start_time: DateTime<Utc>,
        end_time: Option<DateTime<Utc>>,
        attendees: Vec<Attendee>,
    },
    /// A telephone call.
    Call {
        id: u64,
        start_time: DateTime<Utc>,
        attendees: Vec<Attendee>,
    },
}

impl Interaction {
    pub(crate) fn persons(&self) -> Vec<u64> {
        let attendees = |people: &[Attendee]| people.iter().filter_map(|who| who.person).collect::<Vec<_>>();
        match self {
            Self::ChatMessage {
                manual_creator,
                participants,
                ..
            } => participants.iter().copied().chain([*manual_creator]).collect(),
            Self::Email { from, to, cc, .. } => {
                let mut persons = attendees(std::slice::from_ref(from));
                persons.extend(attendees(to));
                persons.extend(attendees(cc));
                persons
            }
            Self::Meeting {
                attendees: people, ..
            }
            | Self::Call {
                attendees: people, ..
            } => attendees(people),
        }
    }
}
