//! When persons and organizations were last in touch with the account, and the filters by that.
//!
//! It is made of what was logged and of the interactions in relationship cells. Not specified: which interactions an
//! organization has; here they are those of its persons, and its own.

use std::collections::BTreeMap;
use std::rc::Rc;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::dates::instant;
use super::params::Params;
use crate::world::{
    CellValue, Company, EntityRef, Interaction, InteractionKind, Person, PersonKind, Record, World,
};

/// One contact, with the users of the account that took part.
#[derive(Clone, Debug)]
struct Touch {
    kind: InteractionKind,
    at: DateTime<Utc>,
    users: Rc<[u64]>,
}

/// All contacts this user may see, by entity.
#[derive(Debug)]
pub(super) struct Touches<'w> {
    world: &'w World,
    now: DateTime<Utc>,
    found: BTreeMap<EntityRef, Vec<Touch>>,
}

/// Which of an entity's contacts a date is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    FirstEmail,
    LastEmail,
    FirstEvent,
    LastEvent,
    NextEvent,
    LastChatMessage,
    LastInteraction,
}

/// The kinds there are filters for, with their names.
const FILTERS: [(Kind, &str, &str); 6] = [
    (Kind::FirstEmail, "min_first_email_date", "max_first_email_date"),
    (Kind::LastEmail, "min_last_email_date", "max_last_email_date"),
    (Kind::LastInteraction, "min_last_interaction_date", "max_last_interaction_date"),
    (Kind::LastEvent, "min_last_event_date", "max_last_event_date"),
    (Kind::FirstEvent, "min_first_event_date", "max_first_event_date"),
    (Kind::NextEvent, "min_next_event_date", "max_next_event_date"),
];

/// The bounds of a request. Not specified: whether a bound belongs to its range; here both do.
#[derive(Debug, Default)]
pub(super) struct Bounds(Vec<Bound>);

/// From when on, and until when.
type Bound = (Kind, Option<DateTime<Utc>>, Option<DateTime<Utc>>);

#[derive(Serialize)]
pub(super) struct TouchBody {
    interaction_dates: DatesBody,
    interactions: InteractionsBody,
}

#[derive(Serialize)]
struct DatesBody {
    first_email_date: Option<String>,
    last_email_date: Option<String>,
    first_event_date: Option<String>,
    last_event_date: Option<String>,
    next_event_date: Option<String>,
    last_chat_message_date: Option<String>,
    last_interaction_date: Option<String>,
}

#[derive(Serialize)]
struct InteractionsBody {
    first_email: Option<InteractionBody>,
    last_email: Option<InteractionBody>,
    first_event: Option<InteractionBody>,
    last_event: Option<InteractionBody>,
    next_event: Option<InteractionBody>,
    last_chat_message: Option<InteractionBody>,
    last_interaction: Option<InteractionBody>,
}

#[derive(Serialize)]
struct InteractionBody {
    date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    person_ids: Option<Vec<u64>>,
}

impl Bounds {
    pub(super) fn read(params: &mut Params<'_>) -> Self {
        let read = FILTERS.map(|(kind, min, max)| (kind, params.instant(min), params.instant(max)));
        Self(read.into_iter().filter(|(_, min, max)| min.is_some() || max.is_some()).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an entity is within all of them. One without such a date is not.
    pub(super) fn admit(&self, touches: &Touches<'_>, entity: EntityRef) -> bool {
        self.0.iter().all(|(kind, min, max)| {
            let at = touches.find(entity, *kind).map(|touch| touch.at);
            at.is_some_and(|at| min.is_none_or(|min| min <= at) && max.is_none_or(|max| at <= max))
        })
    }
}

impl<'w> Touches<'w> {
    pub(super) fn of_persons(world: &'w World, user: u64, now: DateTime<Utc>) -> Self {
        let mut touches = Self { world, now, found: BTreeMap::new() };
        touches.add_logged(user);
        touches.add_cells::<Person>(EntityRef::person);
        touches
    }

    pub(super) fn of_organizations(world: &'w World, user: u64, now: DateTime<Utc>) -> Self {
        let mut touches = Self::of_persons(world, user, now);
        for (company, persons) in world.staff() {
            let theirs = persons.into_iter().filter_map(|id| touches.found.get(&EntityRef::person(id)));
            let theirs: Vec<Touch> = theirs.flatten().cloned().collect();
            touches.found.entry(EntityRef::company(company)).or_default().extend(theirs);
        }
        touches.add_cells::<Company>(EntityRef::company);
        touches
    }

    fn add_logged(&mut self, user: u64) {
        let kinds = [
            InteractionKind::Meeting,
            InteractionKind::Call,
            InteractionKind::ChatMessage,
            InteractionKind::Email,
        ];
        for contact in kinds.into_iter().flat_map(|kind| self.world.contacts(kind, user)) {
            let persons = self.world.persons_in_contact(contact);
            let touch =
                Touch { kind: contact.kind(), at: contact.at(), users: users(persons.iter().copied()) };
            for person in persons {
                self.found.entry(EntityRef::person(person.id)).or_default().push(touch.clone());
            }
        }
    }

    fn add_cells<R: Record>(&mut self, entity: fn(u64) -> EntityRef) {
        let world = self.world;
        for id in R::all(world).keys() {
            for held in world.values_of_entity(entity(*id)) {
                if let CellValue::Interaction(interaction) = &held.item {
                    let touch = touch_of(world, interaction);
                    self.found.entry(entity(*id)).or_default().push(touch);
                }
            }
        }
    }

    /// Whether there was any contact.
    pub(super) fn any(&self, entity: EntityRef) -> bool {
        self.found.get(&entity).is_some_and(|touches| !touches.is_empty())
    }

    pub(super) fn body(&self, entity: EntityRef, with_persons: bool) -> TouchBody {
        let date = |kind| self.find(entity, kind).map(|touch| instant(touch.at));
        let interaction = |kind| {
            self.find(entity, kind).map(|touch| InteractionBody {
                date: instant(touch.at),
                person_ids: with_persons.then(|| touch.users.to_vec()),
            })
        };
        TouchBody {
            interaction_dates: DatesBody {
                first_email_date: date(Kind::FirstEmail),
                last_email_date: date(Kind::LastEmail),
                first_event_date: date(Kind::FirstEvent),
                last_event_date: date(Kind::LastEvent),
                next_event_date: date(Kind::NextEvent),
                last_chat_message_date: date(Kind::LastChatMessage),
                last_interaction_date: date(Kind::LastInteraction),
            },
            interactions: InteractionsBody {
                first_email: interaction(Kind::FirstEmail),
                last_email: interaction(Kind::LastEmail),
                first_event: interaction(Kind::FirstEvent),
                last_event: interaction(Kind::LastEvent),
                next_event: interaction(Kind::NextEvent),
                last_chat_message: interaction(Kind::LastChatMessage),
                last_interaction: interaction(Kind::LastInteraction),
            },
        }
    }

    fn find(&self, entity: EntityRef, kind: Kind) -> Option<&Touch> {
        let all = self.found.get(&entity)?.iter();
        let of = |wanted| move |touch: &&Touch| touch.kind == wanted;
        let (meeting, email) = (of(InteractionKind::Meeting), of(InteractionKind::Email));
        let over = |touch: &&Touch| touch.at <= self.now;
        let at = |touch: &&Touch| touch.at;
        match kind {
            Kind::FirstEmail => all.filter(email).min_by_key(at),
            Kind::LastEmail => all.filter(email).max_by_key(at),
            Kind::FirstEvent => all.filter(meeting).filter(over).min_by_key(at),
            Kind::LastEvent => all.filter(meeting).filter(over).max_by_key(at),
            Kind::NextEvent => all.filter(meeting).filter(|touch| !over(touch)).min_by_key(at),
            Kind::LastChatMessage => all.filter(of(InteractionKind::ChatMessage)).max_by_key(at),
            Kind::LastInteraction => all.filter(over).max_by_key(at),
        }
    }
}

fn touch_of(world: &World, interaction: &Interaction) -> Touch {
    let (kind, at) = match interaction {
        Interaction::ChatMessage { sent_at, .. } => (InteractionKind::ChatMessage, *sent_at),
        Interaction::Email { sent_at, .. } => (InteractionKind::Email, *sent_at),
        Interaction::Meeting { start_time, .. } => (InteractionKind::Meeting, *start_time),
        Interaction::Call { start_time, .. } => (InteractionKind::Call, *start_time),
    };
    Touch { kind, at, users: users(world.persons_of(&interaction.persons()).into_iter()) }
}

/// The users among persons.
fn users<'w>(persons: impl Iterator<Item = &'w Person>) -> Rc<[u64]> {
    persons.filter(|person| person.kind == PersonKind::Internal).map(|person| person.id).collect()
}
