//! Telling webhooks what happened.

use std::collections::BTreeSet;

use serde::Serialize;

use super::brief::{OrganizationBrief, PersonBrief};
use super::{dates, field_values, fields, opportunities, persons};
use crate::events::{Event, EventName};
use crate::world::{Action, EntityKind, EntityRef, Merge, ValueChange, World};

/// Records an event with its body. A body that could not be written is not told.
pub(crate) fn tell(world: &mut World, name: EventName, body: &impl Serialize) {
    if let Ok(body) = serde_json::to_value(body) {
        world.record(Event { name, body });
    }
}

/// What became of values. A change of who belongs to what is one of the entity.
pub(crate) fn values(world: &mut World, changes: &[ValueChange]) {
    let mut related: BTreeSet<EntityRef> = BTreeSet::new();
    for ValueChange { action, held } in changes {
        if !world.field_of(held).is_some_and(fields::is_served) {
            related.insert(held.entity);
            continue;
        }
        let name = match action {
            Action::Create => EventName::FieldValueCreated,
            Action::Delete => EventName::FieldValueDeleted,
            Action::Update => EventName::FieldValueUpdated,
        };
        if let Some(body) = field_values::event(world, held) {
            world.record(Event { name, body });
        }
    }
    related.into_iter().for_each(|entity| updated(world, entity));
}

fn updated(world: &mut World, entity: EntityRef) {
    match entity.kind {
        EntityKind::Person => {
            if let Ok(body) = persons::snapshot(world, entity.id) {
                tell(world, EventName::PersonUpdated, &body);
            }
        }
        EntityKind::Opportunity => {
            if let Some(found) = world.opportunities.get(&entity.id) {
                let body = opportunities::snapshot(world, found, world.main_user());
                tell(world, EventName::OpportunityUpdated, &body);
            }
        }
        EntityKind::Company => {}
    }
}

/// Of companies only: there is no such event for persons.
pub(crate) fn merged(world: &mut World, merge: &Merge) {
    #[derive(Serialize)]
    struct Body<'a> {
        changer: Option<PersonBrief<'a>>,
        removed_company: Option<OrganizationBrief<'a>>,
        company: Option<OrganizationBrief<'a>>,
        merged_at: Option<String>,
    }
    if merge.kind != EntityKind::Company {
        return;
    }
    let body = Body {
        changer: merge.user.and_then(|id| world.person(id)).map(PersonBrief::of),
        removed_company: world.companies.get(&merge.duplicate).map(OrganizationBrief::of),
        company: world.companies.get(&merge.primary).map(OrganizationBrief::of),
        merged_at: merge.completed_at().map(dates::instant),
    };
    if let Ok(body) = serde_json::to_value(&body) {
        world.record(Event { name: EventName::OrganizationMerged, body });
    }
}
