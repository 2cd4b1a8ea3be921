//! What interactions of every kind have.

use affinity_core::InteractionId;
use chrono::{DateTime, Utc};

use crate::tagged::{Interaction, NoteInteraction};
use crate::types::Attendee;

/// Each accessor gives nothing for a kind that this release does not know.
impl Interaction {
    /// Its id among the interactions of its kind.
    pub fn id(&self) -> Option<InteractionId> {
        match self {
            Self::Call(call) => Some(call.id),
            Self::ChatMessage(chat) => Some(chat.id),
            Self::Email(email) => Some(email.id),
            Self::Meeting(meeting) => Some(meeting.id),
            Self::Unknown(_) => None,
        }
    }

    /// When it was sent, or when it begins, in UTC.
    pub fn at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Call(call) => Some(call.start_time),
            Self::ChatMessage(chat) => Some(chat.sent_at),
            Self::Email(email) => Some(email.sent_at),
            Self::Meeting(meeting) => Some(meeting.start_time),
            Self::Unknown(_) => None,
        }
    }

    /// The subject of an email, or the title of a meeting.
    pub fn subject(&self) -> Option<&str> {
        match self {
            Self::Email(email) => email.subject.as_deref(),
            Self::Meeting(meeting) => meeting.title.as_deref(),
            _ => None,
        }
    }

    /// Who took part in a call or meeting, or sent and got an email. (A chat message has persons, not
    /// attendees.)
    pub fn attendees(&self) -> Vec<&Attendee> {
        match self {
            Self::Call(call) => call.attendees.iter().collect(),
            Self::Meeting(meeting) => meeting.attendees.iter().collect(),
            Self::Email(email) => std::iter::once(&email.from).chain(&email.to).chain(&email.cc).collect(),
            Self::ChatMessage(_) | Self::Unknown(_) => Vec::new(),
        }
    }
}

impl NoteInteraction {
    /// Its id among the interactions of its kind.
    pub fn id(&self) -> Option<InteractionId> {
        match self {
            Self::Call(call) => Some(call.id),
            Self::ChatMessage(chat) => Some(chat.id),
            Self::Email(email) => Some(email.id),
            Self::Meeting(meeting) => Some(meeting.id),
            Self::Unknown(_) => None,
        }
    }
}
