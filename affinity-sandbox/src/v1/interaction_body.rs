//! Interactions on the wire.

use serde::Serialize;

use super::brief::PersonBrief;
use super::codes;
use super::dates::instant;
use crate::world::{Attendee, Contact, LoggedEmail, World};

/// An interaction of any kind.
#[derive(Serialize)]
pub(super) struct InteractionBody<'a> {
    id: u64,
    r#type: u64,
    date: String,
    logging_type: u64,
    #[serde(flatten)]
    rest: Rest<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Rest<'a> {
    Event(Event<'a>),
    ChatMessage(ChatMessage<'a>),
    Email(Email<'a>),
}

/// A meeting or call.
#[derive(Serialize)]
struct Event<'a> {
    persons: Vec<PersonBrief<'a>>,
    manual_creator_id: Option<u64>,
    notes: Vec<u64>,
    attendees: Vec<&'a str>,
    start_time: String,
    end_time: Option<String>,
    updated_at: Option<String>,
    title: Option<&'a str>,
}

#[derive(Serialize)]
struct ChatMessage<'a> {
    persons: Vec<PersonBrief<'a>>,
    manual_creator_id: Option<u64>,
    notes: Vec<u64>,
    direction: u64,
}

#[derive(Serialize)]
struct Email<'a> {
    subject: Option<&'a str>,
    direction: u64,
    /// Not specified: what an address of nobody's becomes; here null, and in the other two it is left out.
    from: Option<PersonBrief<'a>>,
    to: Vec<PersonBrief<'a>>,
    cc: Vec<PersonBrief<'a>>,
}

/// What the API calls meetings and calls that have no title.
const NO_TITLE: &str = "Manually logged event";

impl<'a> InteractionBody<'a> {
    pub(super) fn of(world: &'a World, contact: Contact<'a>) -> Self {
        let rest = match contact {
            Contact::Meeting(meeting) => Rest::Event(Event {
                end_time: meeting.end_time.map(instant),
                updated_at: meeting.updated_at.map(instant),
                title: meeting.title.as_deref(),
                ..Event::of(world, contact, &meeting.attendees)
            }),
            Contact::Call(call) => Rest::Event(Event {
                updated_at: call.updated_at.map(instant),
                ..Event::of(world, contact, &call.attendees)
            }),
            Contact::ChatMessage(message) => Rest::ChatMessage(ChatMessage {
                persons: persons(world, contact),
                manual_creator_id: creator(world, contact),
                notes: world.notes_on_contact(contact.kind(), contact.id()),
                direction: codes::of_direction(message.direction),
            }),
            Contact::Email(email) => Rest::Email(Email::of(world, email)),
        };
        Self {
            id: contact.id(),
            r#type: codes::of_interaction(contact.kind()),
            date: instant(contact.at()),
            logging_type: u64::from(contact.is_manual()),
            rest,
        }
    }
}

impl<'a> Event<'a> {
    fn of(world: &'a World, contact: Contact<'a>, attendees: &'a [Attendee]) -> Self {
        Self {
            persons: persons(world, contact),
            manual_creator_id: creator(world, contact),
            notes: world.notes_on_contact(contact.kind(), contact.id()),
            attendees: attendees.iter().filter_map(|who| who.email_address.as_deref()).collect(),
            start_time: instant(contact.at()),
            end_time: None,
            updated_at: None,
            title: Some(NO_TITLE),
        }
    }
}

impl<'a> Email<'a> {
    fn of(world: &'a World, email: &'a LoggedEmail) -> Self {
        let person = |who: &Attendee| who.person.and_then(|id| world.person(id)).map(PersonBrief::of);
        Self {
            subject: email.subject.as_deref(),
            direction: codes::of_direction(email.direction),
            from: person(&email.from),
            to: email.to.iter().filter_map(person).collect(),
            cc: email.cc.iter().filter_map(person).collect(),
        }
    }
}

fn persons<'a>(world: &'a World, contact: Contact<'a>) -> Vec<PersonBrief<'a>> {
    world.persons_in_contact(contact).into_iter().map(PersonBrief::of).collect()
}

fn creator(world: &World, contact: Contact<'_>) -> Option<u64> {
    contact.manual_creator().and_then(|id| world.person(id)).map(|person| person.id)
}
