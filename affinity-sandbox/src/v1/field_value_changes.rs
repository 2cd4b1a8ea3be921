//! `/field-value-changes`: the history of a field.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::brief::{OpportunityBrief, OrganizationBrief, PersonBrief};
use super::call::{Answer, Call, Outcome};
use super::codes;
use super::dates::precise;
use super::field_values::selectors;
use super::fields::visible_field;
use super::params::Params;
use super::route::Route;
use super::value::{OptionBody, ValueBody};
use crate::world::{CellValue, Change, EntityKind, Field, World};

/// The longest answer (observed).
const LARGEST: u64 = 10_000;

pub(super) fn operations() -> Vec<Route> {
    vec![Route::get("/field-value-changes", changes)]
}

#[derive(Serialize)]
struct ChangeBody<'a> {
    id: u64,
    field_id: u64,
    entity_id: u64,
    list_entry_id: Option<u64>,
    action_type: u64,
    changer: Option<PersonBrief<'a>>,
    changed_at: String,
    value: ValueBody<'a>,
    /// Announced as going away, as are the next three.
    entity_attribute_id: u64,
    person: Option<PersonBrief<'a>>,
    company: Option<OrganizationBrief<'a>>,
    opp: Option<OpportunityBrief<'a>>,
}

impl<'a> ChangeBody<'a> {
    fn of(world: &'a World, field: &'a Field, change: &'a Change) -> Option<Self> {
        let entity = change.entity;
        let of_kind = |kind| Some(entity.id).filter(|_| entity.kind == kind);
        Some(Self {
            id: change.id,
            field_id: field.number,
            entity_id: entity.id,
            list_entry_id: change.entry,
            action_type: codes::of_action(change.action),
            changer: change.user.and_then(|id| world.person(id)).map(PersonBrief::of),
            changed_at: precise(change.at),
            value: value(field, change)?,
            entity_attribute_id: field.number,
            person: of_kind(EntityKind::Person).and_then(|id| world.person(id)).map(PersonBrief::of),
            company: of_kind(EntityKind::Company).and_then(|id| world.company(id)).map(OrganizationBrief::of),
            opp: of_kind(EntityKind::Opportunity)
                .and_then(|id| world.opportunities.get(&id))
                .map(OpportunityBrief::of),
        })
    }
}

/// An option as an object; as its bare text once it is gone (observed).
fn value<'a>(field: &'a Field, change: &'a Change) -> Option<ValueBody<'a>> {
    match &change.item {
        CellValue::Dropdown(id) | CellValue::RankedDropdown(id) => match OptionBody::of(field, *id) {
            Some(option) => Some(ValueBody::Option(option)),
            None => change.text.as_deref().map(ValueBody::Text),
        },
        item => ValueBody::of(field, item),
    }
}

/// From where on, and in which direction.
struct Walk {
    ascending: bool,
    after: Option<DateTime<Utc>>,
    /// The last one of that moment that is known already.
    after_id: Option<u64>,
    limit: usize,
}

impl Walk {
    fn read(params: &mut Params<'_>) -> Self {
        let order = params.text("order_by");
        let ascending = order.as_deref() == Some("asc");
        if order.is_some_and(|order| order != "asc" && order != "desc") {
            params.reject("order_by", "asc or desc is expected");
        }
        let after = params.instant("changed_after");
        let after_id = params.id("after_id");
        if after_id.is_some() && !(ascending && params.is_given("changed_after")) {
            params.reject("after_id", "after_id goes with changed_after and order_by=asc");
        }
        let limit = params.integer("limit", 1, LARGEST).and_then(|limit| usize::try_from(limit).ok());
        Self { ascending, after, after_id, limit: limit.unwrap_or(usize::MAX) }
    }

    fn admits(&self, change: &Change) -> bool {
        match (self.after, self.after_id) {
            (Some(after), Some(id)) => (change.at, change.id) > (after, id),
            (Some(after), None) => change.at >= after,
            (None, _) => true,
        }
    }
}

fn changes(call: &Call<'_>) -> Outcome {
    let mut params = call.params()?;
    let (world, user) = (call.world, call.caller.user);
    let field = tracked_field(&mut params, world, user);
    let action = params.code("action_type", codes::action);
    let selectors = selectors(&mut params, world, user);
    if selectors.count > 1 {
        params.reject("person_id", "at most one person, organization, opportunity or list entry is expected");
    }
    let walk = Walk::read(&mut params);
    params.done()?;
    let Some(field) = field else {
        return Answer::ok(&[(); 0]);
    };
    let found = world.changes_of(field.scope, &field.id).filter(|change| {
        let of_action = action.is_none_or(|action| action == change.action);
        let hidden = world.hides_history(change.entity, user);
        of_action && !hidden && selectors.admit(change.entity, change.entry) && walk.admits(change)
    });
    let mut found: Vec<&Change> = found.collect();
    found.sort_by_key(|change| (change.at, change.id));
    if !walk.ascending {
        found.reverse();
    }
    let bodies = found.into_iter().take(walk.limit).filter_map(|change| ChangeBody::of(world, field, change));
    Answer::ok(&bodies.collect::<Vec<_>>())
}

/// The field that is asked for, which has to have a history.
fn tracked_field<'w>(params: &mut Params<'_>, world: &'w World, user: u64) -> Option<&'w Field> {
    let number = params.must("field_id", Params::id);
    let field = visible_field(world, number, user);
    match field {
        Some(field) if field.tracks_changes() => return Some(field),
        Some(_) => params.reject("field_id", "changes of this field are not tracked"),
        None if number > 0 => params.reject_id("field_id", number),
        None => {}
    }
    None
}
