//! Rows: of a list, and of a company or person on any list.

use serde::Serialize;

use super::call::{Answer, Call, Outcome};
use super::entities::{CompanyBody, OpportunityBody, PersonBody};
use super::fields::FieldBody;
use super::paging::{PageRules, Paging};
use super::route::Route;
use super::selection::Selector;
use super::values::instant;
use crate::world::{Entity, EntityRef, Field, List, Permission, Row};

pub(super) fn operations() -> Vec<Route> {
    vec![
        Route::pages("/v2/lists/{listId}/list-entries", PageRules::USUAL, entries)
            .needs(Permission::ExportLists),
        Route::read("/v2/lists/{listId}/list-entries/{listEntryId}", entry).needs(Permission::ExportLists),
    ]
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
    pub(super) fn of(call: &Call<'a>, row: &Row<'a>, fields: &[&'a Field]) -> Self {
        let fields = FieldBody::of_row(call, fields, row);
        let entity = match row.entity {
            Entity::Company(company) => EntityBody::Company(CompanyBody::of(company, fields)),
            Entity::Person(person) => EntityBody::Person(PersonBody::of(person, fields)),
            Entity::Opportunity(opportunity) => {
                EntityBody::Opportunity(OpportunityBody::of_entry(call, opportunity, fields))
            }
        };
        let entry = row.entry;
        Self {
            id: entry.id,
            r#type: entry.entity.kind.as_str(),
            list_id: entry.list,
            created_at: instant(entry.created_at),
            creator_id: entry.creator,
            entity,
        }
    }
}

/// A row of a known entity, the fields at the top.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BareEntryBody<'a> {
    id: u64,
    list_id: u64,
    /// An addition.
    #[serde(skip_serializing_if = "Option::is_none")]
    list_name: Option<&'a str>,
    created_at: String,
    creator_id: Option<u64>,
    fields: Vec<FieldBody<'a>>,
}

impl<'a> BareEntryBody<'a> {
    fn of(call: &Call<'a>, list: &'a List, row: &Row<'a>) -> Self {
        Self {
            id: row.entry.id,
            list_id: list.id,
            list_name: call.settings.additions.then_some(&list.name),
            created_at: instant(row.entry.created_at),
            creator_id: row.entry.creator,
            fields: FieldBody::of_row(call, &call.world.fields_of_list(list), row),
        }
    }
}

fn entries(call: &Call<'_>, rules: PageRules) -> Outcome {
    let mut params = call.params();
    let list = params.list();
    let available = list.as_ref().ok().map(|list| call.world.fields_of_list(list));
    let fields = Selector::ENTRY.select(&mut params, available);
    let paging = params.paging(rules)?;
    let list = list?.id;
    paging.answer(
        |range| call.world.rows(list, range).map(|row| (row.entry.id, row)),
        |row| EntryBody::of(call, &row, &fields),
    )
}

fn entry(call: &Call<'_>) -> Outcome {
    let mut params = call.params();
    let found = params.row();
    let available = found.as_ref().ok().map(|(list, _)| call.world.fields_of_list(list));
    let fields = Selector::ENTRY.select(&mut params, available);
    params.done()?;
    let (_, row) = found?;
    Answer::ok(&EntryBody::of(call, &row, &fields))
}

/// The rows of a company or person, each with all fields of the entity and of the row's list.
pub(super) fn entries_of(call: &Call<'_>, paging: &Paging<u64>, entity: EntityRef) -> Outcome {
    let user = call.caller.user;
    paging.answer(
        |range| {
            let rows = call.world.rows_with(entity, range);
            rows.filter_map(move |row| {
                Some((row.entry.id, (call.world.visible_list(row.entry.list, user)?, row)))
            })
        },
        |(list, row)| BareEntryBody::of(call, list, &row),
    )
}
