//! The rows of lists.

use serde::Serialize;

use super::brief::{OpportunityBrief, OrganizationBrief, PersonBrief};
use super::call::{Answer, Call, Outcome, Request, no_such, success, unexpected, visible_list};
use super::dates::instant;
use super::paging::PageRules;
use super::route::Route;
use super::{announce, codes, opportunities};
use crate::api::Errors;
use crate::events::EventName;
use crate::world::{Company, Entity, EntityKind, EntityRef, List, NewEntry, Person, Row, World};

/// Everything at once, unless a page size is given. Not specified: the largest one.
const RULES: PageRules = PageRules { default: None, most: 500 };

pub(super) fn operations() -> Vec<Route> {
    let (rows, row) = ("/lists/{list_id}/list-entries", "/lists/{list_id}/list-entries/{list_entry_id}");
    vec![
        Route::pages(rows, RULES, entries),
        Route::get(row, entry),
        Route::post(rows, create),
        Route::delete(row, delete),
    ]
}

#[derive(Serialize)]
pub(super) struct EntryBody<'a> {
    id: u64,
    list_id: u64,
    creator_id: Option<u64>,
    entity_id: u64,
    entity_type: u64,
    created_at: String,
    /// Not where the row stands within its entity.
    #[serde(skip_serializing_if = "Option::is_none")]
    entity: Option<EntityBody<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum EntityBody<'a> {
    Opportunity(OpportunityBrief<'a>),
    Organization(OrganizationBrief<'a>),
    Person(PersonBrief<'a>),
}

impl<'a> EntryBody<'a> {
    pub(super) fn bare(row: &Row<'_>) -> Self {
        let entry = row.entry;
        Self {
            id: entry.id,
            list_id: entry.list,
            creator_id: entry.creator,
            entity_id: row.entity.id(),
            entity_type: codes::of_entity(entry.entity.kind),
            created_at: instant(entry.created_at),
            entity: None,
        }
    }

    pub(super) fn of(row: &Row<'a>) -> Self {
        let entity = match row.entity {
            Entity::Company(company) => EntityBody::Organization(OrganizationBrief::of(company)),
            Entity::Person(person) => EntityBody::Person(PersonBrief::of(person)),
            Entity::Opportunity(opportunity) => EntityBody::Opportunity(OpportunityBrief::of(opportunity)),
        };
        Self { entity: Some(entity), ..Self::bare(row) }
    }

    /// The rows of an entity on lists that this user may see.
    pub(super) fn all_of(world: &World, entity: EntityRef, user: u64) -> Vec<Self> {
        let rows = world.all_rows_with(entity);
        let visible = rows.filter(|row| world.visible_list(row.entry.list, user).is_some());
        visible.map(|row| Self::bare(&row)).collect()
    }
}

/// The row of a list. The list has to be its own.
fn visible_row<'w>(world: &'w World, list: &List, id: u64) -> Result<Row<'w>, Errors> {
    let row = world.row(id).filter(|row| row.entry.list == list.id);
    row.ok_or_else(|| no_such("list entry", id))
}

fn entries(call: &Call<'_>, rules: PageRules) -> Outcome {
    let mut params = call.params()?;
    let id = params.path_id("list_id");
    let paging = params.paging(rules);
    params.done()?;
    let list = visible_list(call.world, id, call.caller.user)?;
    let rows = call.world.entry_ids(list.id).filter_map(|id| call.world.row(id));
    if paging.paged {
        return paging.answer("list_entries", rows, |row| EntryBody::of(&row));
    }
    Answer::ok(&rows.map(|row| EntryBody::of(&row)).collect::<Vec<_>>())
}

fn entry(call: &Call<'_>) -> Outcome {
    let mut params = call.params()?;
    let (list, id) = (params.path_id("list_id"), params.path_id("list_entry_id"));
    params.done()?;
    let list = visible_list(call.world, list, call.caller.user)?;
    Answer::ok(&EntryBody::of(&visible_row(call.world, list, id)?))
}

fn create(world: &mut World, request: &Request<'_>) -> Outcome {
    let mut params = request.params()?;
    let list = params.path_id("list_id");
    // A list that is not there is told first: without it nothing can be said about the rest.
    let kind = match list {
        0 => None,
        id => Some(visible_list(world, id, request.caller.user)?.kind),
    };
    let entity = params.must("entity_id", |params, name| match kind {
        Some(EntityKind::Company) => params.known::<Company>(world, name),
        Some(EntityKind::Person) => params.known::<Person>(world, name),
        Some(EntityKind::Opportunity) | None => params.id(name),
    });
    let creator = params.user(world, "creator_id").unwrap_or(request.caller.user);
    if kind == Some(EntityKind::Opportunity) {
        params.reject("entity_id", "rows of an opportunity list are made with their opportunities");
    }
    params.done()?;
    let new = NewEntry::of(entity).creator(Some(creator)).created_at(request.now.utc);
    let id = world.add_entry(list, new).map_err(unexpected)?;
    let row = world.row(id).ok_or_else(|| no_such("list entry", id))?;
    let body = serde_json::to_value(EntryBody::of(&row)).unwrap_or_default();
    announce::tell(world, EventName::ListEntryCreated, &body);
    Answer::ok(&body)
}

fn delete(world: &mut World, request: &Request<'_>) -> Outcome {
    let mut params = request.params()?;
    let (list, id) = (params.path_id("list_id"), params.path_id("list_entry_id"));
    params.done()?;
    let list = visible_list(world, list, request.caller.user)?;
    let row = visible_row(world, list, id)?;
    if row.is_hidden_from(request.caller.user) {
        return Err(Errors::hidden());
    }
    remove(world, id, request)?;
    success()
}

/// Takes a row away and tells of it; an opportunity goes with its row. Not specified: whether webhooks hear of the values
/// that go as well; here only the history of their fields tells of them.
pub(super) fn remove(world: &mut World, id: u64, request: &Request<'_>) -> Result<(), Errors> {
    let row = world.row(id).ok_or_else(|| no_such("list entry", id))?;
    let body = serde_json::to_value(EntryBody::of(&row)).unwrap_or_default();
    let opportunity = match row.entity {
        Entity::Opportunity(found) => Some(opportunities::snapshot(world, found, request.caller.user)),
        Entity::Company(_) | Entity::Person(_) => None,
    };
    world.take_entry(id, request.author()).map_err(unexpected)?;
    announce::tell(world, EventName::ListEntryDeleted, &body);
    if let Some(opportunity) = opportunity {
        announce::tell(world, EventName::OpportunityDeleted, &opportunity);
    }
    Ok(())
}
