//! What was logged of any kind, seen alike: who took part in a meeting, call, chat message or e-mail, and when.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{
    Attendee, Direction, EntityKind, EntityRef, InteractionKind, Logged, LoggedCall, LoggedChatMessage,
    LoggedEmail, LoggedMeeting, Person, World, WorldError,
};

/// The title of meetings that were entered through the API.
const MANUAL_TITLE: &str = "Manually logged event";

/// A meeting, call, chat message or e-mail.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Contact<'w> {
    Meeting(&'w LoggedMeeting),
    Call(&'w LoggedCall),
    ChatMessage(&'w LoggedChatMessage),
    Email(&'w LoggedEmail),
}

/// A meeting, call or chat message to be entered by hand.
#[derive(Clone, Debug)]
pub(crate) struct NewContact {
    pub(crate) kind: InteractionKind,
    pub(crate) at: DateTime<Utc>,
    pub(crate) persons: Vec<u64>,
    /// Of a chat message.
    pub(crate) direction: Direction,
    pub(crate) creator: u64,
    pub(crate) now: DateTime<Utc>,
}

impl Contact<'_> {
    pub(crate) fn id(self) -> u64 {
        match self {
            Self::Meeting(meeting) => meeting.id,
            Self::Call(call) => call.id,
            Self::ChatMessage(message) => message.id,
            Self::Email(email) => email.id,
        }
    }

    pub(crate) fn kind(self) -> InteractionKind {
        match self {
            Self::Meeting(_) => InteractionKind::Meeting,
            Self::Call(_) => InteractionKind::Call,
            Self::ChatMessage(_) => InteractionKind::ChatMessage,
            Self::Email(_) => InteractionKind::Email,
        }
    }

    /// When it was, or begins.
    pub(crate) fn at(self) -> DateTime<Utc> {
        match self {
            Self::Meeting(meeting) => meeting.start_time,
            Self::Call(call) => call.start_time,
            Self::ChatMessage(message) => message.sent_at,
            Self::Email(email) => email.sent_at,
        }
    }

    /// Whether somebody entered it by hand.
    pub(crate) fn is_manual(self) -> bool {
        match self {
            Self::Meeting(meeting) => meeting.is_manual,
            Self::Call(_) | Self::ChatMessage(_) => true,
            Self::Email(_) => false,
        }
    }

    pub(crate) fn direction(self) -> Option<Direction> {
        match self {
            Self::Meeting(_) | Self::Call(_) => None,
            Self::ChatMessage(message) => Some(message.direction),
            Self::Email(email) => Some(email.direction),
        }
    }

    /// The person that entered it by hand.
    pub(crate) fn manual_creator(self) -> Option<u64> {
        match self {
            Self::Meeting(meeting) => meeting.creator.as_ref().filter(|_| meeting.is_manual)?.person,
            Self::Call(call) => call.creator,
            Self::ChatMessage(message) => message.creator,
            Self::Email(_) => None,
        }
    }

    /// The ids of those who took part, as they were logged. Who entered a chat message takes part only if listed.
    fn person_ids(self) -> Vec<u64> {
        let known = |people: &[Attendee]| people.iter().filter_map(|who| who.person).collect();
        match self {
            Self::Meeting(meeting) => known(&meeting.attendees),
            Self::Call(call) => known(&call.attendees),
            Self::ChatMessage(message) => message.participants.clone(),
            Self::Email(email) => {
                let people = [&email.from].into_iter().chain(&email.to).chain(&email.cc);
                people.filter_map(|who| who.person).collect()
            }
        }
    }

    fn is_visible_to(self, world: &World, user: u64) -> bool {
        match self {
            Self::Meeting(meeting) => meeting.is_visible_to(world, user),
            Self::Email(email) => email.is_visible_to(world, user),
            Self::Call(_) | Self::ChatMessage(_) => true,
        }
    }
}

impl World {
    /// The contacts of a kind that this user may see, in the order of their ids.
    pub(crate) fn contacts(
        &self,
        kind: InteractionKind,
        user: u64,
    ) -> Box<dyn Iterator<Item = Contact<'_>> + '_> {
        let all: Box<dyn Iterator<Item = Contact<'_>>> = match kind {
            InteractionKind::Meeting => Box::new(self.meetings.values().map(Contact::Meeting)),
            InteractionKind::Call => Box::new(self.calls.values().map(Contact::Call)),
            InteractionKind::ChatMessage => Box::new(self.chat_messages.values().map(Contact::ChatMessage)),
            InteractionKind::Email => Box::new(self.emails.values().map(Contact::Email)),
        };
        Box::new(all.filter(move |contact| contact.is_visible_to(self, user)))
    }

    /// A contact, if that user may see it.
    pub(crate) fn visible_contact(&self, kind: InteractionKind, id: u64, user: u64) -> Option<Contact<'_>> {
        self.contact(kind, id).filter(|contact| contact.is_visible_to(self, user))
    }

    pub(crate) fn contact(&self, kind: InteractionKind, id: u64) -> Option<Contact<'_>> {
        match kind {
            InteractionKind::Meeting => self.meetings.get(&id).map(Contact::Meeting),
            InteractionKind::Call => self.calls.get(&id).map(Contact::Call),
            InteractionKind::ChatMessage => self.chat_messages.get(&id).map(Contact::ChatMessage),
            InteractionKind::Email => self.emails.get(&id).map(Contact::Email),
        }
    }

    /// Those who took part, as they are today, each once.
    pub(crate) fn persons_in_contact(&self, contact: Contact<'_>) -> Vec<&Person> {
        self.persons_of(&contact.person_ids())
    }

    /// Whose contacts are those of something. Not specified for a company; here they are its persons', by whatever makes
    /// them its.
    pub(crate) fn persons_concerned(&self, about: EntityRef, user: u64) -> BTreeSet<u64> {
        let mut persons = self.persons_with(about, user);
        match about.kind {
            EntityKind::Company => persons.extend(self.members_of(about.id)),
            EntityKind::Person => persons.extend(self.survivor(about)),
            EntityKind::Opportunity => {}
        }
        persons
    }

    /// Whether it was a meeting of users among themselves; an address that matches nobody is somebody else.
    pub(crate) fn is_internal_meeting(&self, contact: Contact<'_>) -> bool {
        let Contact::Meeting(meeting) = contact else {
            return false;
        };
        meeting.attendees.iter().all(|who| who.person.is_some_and(|id| self.is_user(id)))
    }

    /// Enters a contact by hand; tells its id.
    pub(crate) fn log_contact(&mut self, new: NewContact) -> Result<u64, WorldError> {
        let NewContact { kind, at, persons, direction, creator, now } = new;
        let attendees = self.attendees(&persons)?;
        match kind {
            InteractionKind::Meeting => {
                let own = self.attendees(&[creator])?.into_iter().next().unwrap_or_default();
                let meeting = LoggedMeeting::new(at).manual(true).title(MANUAL_TITLE).creator(own);
                self.add_meeting(attendees.into_iter().fold(meeting.created_at(now), LoggedMeeting::attendee))
            }
            InteractionKind::Call => {
                let call = LoggedCall::new(at).creator(creator);
                self.add_call(attendees.into_iter().fold(call, LoggedCall::attendee))
            }
            InteractionKind::ChatMessage => {
                let message = LoggedChatMessage::new(at, direction).creator(creator);
                self.add_chat_message(persons.into_iter().fold(message, LoggedChatMessage::participant))
            }
            InteractionKind::Email => Err(WorldError::WrongKind("e-mails are not entered by hand")),
        }
    }

    /// Changes when a contact was, who took part, or both.
    pub(crate) fn change_contact(
        &mut self,
        kind: InteractionKind,
        id: u64,
        at: Option<DateTime<Utc>>,
        persons: Option<Vec<u64>>,
        now: DateTime<Utc>,
    ) -> Result<(), WorldError> {
        let attendees = persons.as_deref().map(|persons| self.attendees(persons)).transpose()?;
        let unknown = || WorldError::unknown(kind.as_str(), id);
        match kind {
            InteractionKind::Meeting => {
                let meeting = self.meetings.get_mut(&id).ok_or_else(unknown)?;
                meeting.start_time = at.unwrap_or(meeting.start_time);
                meeting.attendees = attendees.unwrap_or_else(|| std::mem::take(&mut meeting.attendees));
                meeting.updated_at = Some(now);
            }
            InteractionKind::Call => {
                let call = self.calls.get_mut(&id).ok_or_else(unknown)?;
                call.start_time = at.unwrap_or(call.start_time);
                call.attendees = attendees.unwrap_or_else(|| std::mem::take(&mut call.attendees));
                call.updated_at = Some(now);
            }
            InteractionKind::ChatMessage => {
                let message = self.chat_messages.get_mut(&id).ok_or_else(unknown)?;
                message.sent_at = at.unwrap_or(message.sent_at);
                message.participants = persons.unwrap_or_else(|| std::mem::take(&mut message.participants));
            }
            InteractionKind::Email => return Err(WorldError::WrongKind("e-mails stay as they are")),
        }
        Ok(())
    }

    /// Takes a contact away, without its notes.
    pub(crate) fn remove_contact(&mut self, kind: InteractionKind, id: u64) {
        match kind {
            InteractionKind::Meeting => drop(self.meetings.remove(&id)),
            InteractionKind::Call => drop(self.calls.remove(&id)),
            InteractionKind::ChatMessage => drop(self.chat_messages.remove(&id)),
            InteractionKind::Email => drop(self.emails.remove(&id)),
        }
    }

    /// The notes on a contact, oldest first.
    pub(crate) fn notes_on_contact(&self, kind: InteractionKind, id: u64) -> Vec<u64> {
        let notes = self.notes.values().filter(|note| note.is_root());
        notes.filter(|note| note.kind.interaction() == Some((kind, id))).map(|note| note.id).collect()
    }

    /// Persons as those who took part, with their primary addresses.
    fn attendees(&self, persons: &[u64]) -> Result<Vec<Attendee>, WorldError> {
        let found = persons.iter().map(|id| {
            let person = self.person(*id).ok_or_else(|| WorldError::unknown("person", id))?;
            Ok(Attendee { email_address: person.emails.first().cloned(), person: Some(*id) })
        });
        found.collect()
    }
}
