//! Reminders on the wire.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::brief::{OpportunityBrief, OrganizationBrief, PersonBrief};
use super::codes;
use super::dates::instant;
use crate::world::{EntityKind, Recurrence, Reminder, World};

/// A reminder.
#[derive(Serialize)]
pub(super) struct ReminderBody<'a> {
    id: u64,
    r#type: u64,
    created_at: String,
    completed_at: Option<String>,
    content: Option<&'a str>,
    due_date: String,
    reset_type: Option<u64>,
    reminder_days: Option<u32>,
    status: u64,
    creator: Option<PersonBrief<'a>>,
    owner: Option<PersonBrief<'a>>,
    completer: Option<PersonBrief<'a>>,
    person: Option<PersonBrief<'a>>,
    organization: Option<OrganizationBrief<'a>>,
    opportunity: Option<OpportunityBrief<'a>>,
}

impl<'a> ReminderBody<'a> {
    pub(super) fn of(world: &'a World, reminder: &'a Reminder, now: DateTime<Utc>) -> Self {
        let person = |id: u64| world.person(id).map(PersonBrief::of);
        let about = |kind: EntityKind| Some(reminder.about).filter(|about| about.kind == kind);
        let company = about(EntityKind::Company).and_then(|about| world.company(about.id));
        let opportunity = about(EntityKind::Opportunity).and_then(|about| world.opportunities.get(&about.id));
        let again = match reminder.recurrence {
            Recurrence::Once => None,
            Recurrence::Again { reset, days } => Some((codes::of_reset(reset), days)),
        };
        Self {
            id: reminder.id,
            r#type: type_of(reminder.recurrence),
            created_at: instant(reminder.created_at),
            completed_at: reminder.completion.map(|completion| instant(completion.at)),
            content: reminder.content.as_deref(),
            due_date: instant(reminder.due),
            reset_type: again.map(|(reset, _)| reset),
            reminder_days: again.map(|(_, days)| days),
            status: codes::of_status(reminder.status(now)),
            creator: person(reminder.creator),
            owner: person(reminder.owner),
            completer: reminder.completion.and_then(|completion| person(completion.person)),
            person: about(EntityKind::Person).and_then(|about| person(about.id)),
            organization: company.map(OrganizationBrief::of),
            opportunity: opportunity.map(OpportunityBrief::of),
        }
    }
}

/// What `type` says.
pub(super) fn type_of(recurrence: Recurrence) -> u64 {
    match recurrence {
        Recurrence::Once => 0,
        Recurrence::Again { .. } => 1,
    }
}
