//! Rows: of a list, and of a company or person on any list.

use std::sync::Arc;

use axum::Router;
use serde::Serialize;

use super::call::{Answer, Call, Json, no_such, read};
use super::entities::{CompanyBody, OpportunityBody, PersonBody};
use super::errors::Errors;
use super::fields::FieldBody;
use super::selection::Selector;
use super::values::instant;
use crate::api::App;
use crate::world::{EntityKind, EntityRef, Entry, Field, Permission};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/v2/lists/{list}/list-entries", read(entries))
        .route("/v2/lists/{list}/list-entries/{entry}", read(entry))
}

/// A row with its entity, the fields inside.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EntryBody<'a> {
    id: u64,
    r#type: &'static str,
    list_id: u64,
    created_at: String,
    creator_id: Option<u64>,
    entity: EntityBody<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum EntityBody<'a> {
    Company(CompanyBody<'a>),
    Person(PersonBody<'a>),
    Opportunity(OpportunityBody<'a>),
}

impl<'a> EntryBody<'a> {
    /// `None` when the entity is gone.
    pub(super) fn of(call: &Call<'a>, entry: &Entry, fields: &[&'a Field]) -> Option<Self> {
        let fields = FieldBody::of_entry(call, fields, entry);
        let (world, id) = (call.world, entry.entity.id);
        let entity = match entry.entity.kind {
            EntityKind::Company => EntityBody::Company(CompanyBody::of(world.company(id)?, fields)),
            EntityKind::Person => EntityBody::Person(PersonBody::of(world.person(id)?, fields)),
            EntityKind::Opportunity => {
                EntityBody::Opportunity(OpportunityBody::of(world.opportunities.get(&id)?, Some(fields)))
            }
        };
        Some(Self {
            id: entry.id,
            r#type: entry.entity.kind.as_str(),
            list_id: entry.list,
            created_at: instant(entry.created_at),
            creator_id: entry.creator,
            entity,
        })
    }
}

/// A row of a known entity, the fields at the top.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BareEntryBody<'a> {
    id: u64,
    list_id: u64,
    created_at: String,
    creator_id: Option<u64>,
    fields: Vec<FieldBody<'a>>,
}

impl<'a> BareEntryBody<'a> {
    fn of(call: &Call<'a>, entry: &Entry) -> Self {
        let fields = call.world.fields_of_list(entry.list).unwrap_or_default();
        Self {
            id: entry.id,
            list_id: entry.list,
            created_at: instant(entry.created_at),
            creator_id: entry.creator,
            fields: FieldBody::of_entry(call, &fields, entry),
        }
    }
}

fn entries(call: &Call<'_>) -> Answer {
    call.require(Permission::ExportLists)?;
    let [list] = call.path_ids(["listId"])?;
    let list = call.list(list)?.id;
    let mut params = call.params();
    let fields = Selector::ENTRY.select(&mut params, call.world.fields_of_list(list).unwrap_or_default());
    let paging = params.paging(100)?;
    paging.answer(
        |range| call.world.rows(list, range).map(|row| (row.id, row)),
        |row| EntryBody::of(call, row, &fields),
    )
}

fn entry(call: &Call<'_>) -> Answer {
    call.require(Permission::ExportLists)?;
    let entry = entry_in_path(call)?;
    let mut params = call.params();
    let available = call.world.fields_of_list(entry.list).unwrap_or_default();
    let fields = Selector::ENTRY.select(&mut params, available);
    params.done()?;
    Json::of(&EntryBody::of(call, entry, &fields))
}

/// The row a path names, if it is on the list the path names and the caller may see that.
pub(super) fn entry_in_path<'a>(call: &Call<'a>) -> Result<&'a Entry, Errors> {
    let [list, entry] = call.path_ids(["listId", "listEntryId"])?;
    call.list(list)?;
    call.world
        .entry(entry)
        .filter(|row| row.list == list)
        .ok_or_else(|| no_such("list entry", entry))
}

/// The rows of a company or person, each with all fields of the entity and of the row's list.
pub(super) fn entries_of(call: &Call<'_>, entity: EntityRef) -> Answer {
    let paging = call.params().paging(100)?;
    let user = call.caller.user;
    paging.answer(
        |range| {
            let rows = call.world.rows_with(entity, range).map(|row| (row.id, row));
            rows.filter(move |(_, row)| call.world.visible_list(row.list, user).is_some())
        },
        |row| BareEntryBody::of(call, row),
    )
}
