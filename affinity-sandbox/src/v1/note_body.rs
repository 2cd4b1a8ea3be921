//! Notes on the wire.

use serde::Serialize;

use super::dates::instant;
use super::{codes, markdown};
use crate::world::{InteractionKind, Note, Person, World};

/// What `type` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Plain = 0,
    OfEmail = 1,
    Html = 2,
    OfNotetaker = 3,
}

/// A note or reply.
#[derive(Serialize)]
pub(super) struct NoteBody {
    id: u64,
    /// Not specified: what a note without a known author says; here null, as in v2.
    creator_id: Option<u64>,
    person_ids: Vec<u64>,
    associated_person_ids: Vec<u64>,
    interaction_person_ids: Vec<u64>,
    interaction_id: Option<u64>,
    interaction_type: Option<u64>,
    is_meeting: bool,
    mentioned_person_ids: Vec<u64>,
    organization_ids: Vec<u64>,
    opportunity_ids: Vec<u64>,
    parent_id: Option<u64>,
    content: Option<String>,
    r#type: u64,
    created_at: String,
    updated_at: Option<String>,
}

impl NoteBody {
    /// As that user sees it.
    pub(super) fn of(world: &World, user: u64, note: &Note) -> Self {
        let associated = ids(&world.persons_of(&note.persons));
        let interaction = note.kind.interaction().filter(|_| note.is_root());
        let taking_part = persons_of_interaction(world, note);
        let opportunities = note.opportunities.iter().copied();
        let mentioned: Vec<u64> = note.mentions.iter().map(|mention| mention.person).collect();
        let mut all = associated.clone();
        all.extend(taking_part.iter().filter(|id| !associated.contains(id)));
        Self {
            id: note.id,
            creator_id: note.creator.and_then(|id| world.person(id)).map(|person| person.id),
            person_ids: all,
            associated_person_ids: associated,
            interaction_person_ids: taking_part,
            interaction_id: interaction.map(|(_, id)| id),
            interaction_type: interaction.map(|(kind, _)| codes::of_interaction(kind)),
            is_meeting: interaction.is_some_and(|(kind, _)| is_meeting(kind)),
            mentioned_person_ids: ids(&world.persons_of(&mentioned)),
            organization_ids: world.companies_of(&note.companies).iter().map(|company| company.id).collect(),
            opportunity_ids: opportunities
                .filter(|id| world.visible_opportunity(*id, user).is_some())
                .collect(),
            parent_id: note.kind.parent(),
            content: content(note),
            r#type: Form::of(note) as u64,
            created_at: instant(note.created_at),
            updated_at: note.updated_at.map(instant),
        }
    }
}

impl Form {
    /// Not specified: which notes count as made from an e-mail; here those on one.
    fn of(note: &Note) -> Self {
        match (note.kind.as_str(), note.kind.interaction()) {
            ("ai-notetaker" | "ai-notetaker-reply", _) => Self::OfNotetaker,
            (_, Some((InteractionKind::Email, _))) => Self::OfEmail,
            _ if note.plain.is_some() => Self::Plain,
            _ => Self::Html,
        }
    }

    /// Those that can be written.
    pub(super) fn written(code: u64) -> Option<Self> {
        [Self::Plain, Self::Html].into_iter().find(|form| *form as u64 == code)
    }
}

fn ids(persons: &[&Person]) -> Vec<u64> {
    persons.iter().map(|person| person.id).collect()
}

/// Calls count as meetings.
fn is_meeting(kind: InteractionKind) -> bool {
    matches!(kind, InteractionKind::Meeting | InteractionKind::Call)
}

/// Who took part in what a note is on. Of a reply nobody.
pub(super) fn persons_of_interaction(world: &World, note: &Note) -> Vec<u64> {
    let interaction = note.kind.interaction().filter(|_| note.is_root());
    let contact = interaction.and_then(|(kind, id)| world.contact(kind, id));
    contact.map(|contact| ids(&world.persons_in_contact(contact))).unwrap_or_default()
}

fn content(note: &Note) -> Option<String> {
    let plain = note.plain.as_deref().map(markdown::of_text);
    plain.or_else(|| note.html.as_deref().map(markdown::of_html))
}
