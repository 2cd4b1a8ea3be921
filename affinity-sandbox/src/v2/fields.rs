//! Fields: what there is to read, and with their values.

use std::ops::RangeBounds;
use std::sync::Arc;

use axum::Router;
use serde::Serialize;

use super::call::{Answer, Call, Json, no_such, read};
use super::list_entries::entry_in_path;
use super::paging::Range;
use super::selection::Selector;
use super::values::{Data, data};
use crate::api::App;
use crate::world::{ApiVersion, Cell, Cells, EntityKind, Entry, Field, FieldKey, Permission, read_cell};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/v2/companies/fields", read(company_fields))
        .route("/v2/persons/fields", read(person_fields))
        .route("/v2/lists/{list}/fields", read(list_fields))
        .route("/v2/lists/{list}/list-entries/{entry}/fields", read(entry_fields))
        .route(
            "/v2/lists/{list}/list-entries/{entry}/fields/{field}",
            read(entry_field),
        )
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    id: &'a str,
    name: &'a str,
    r#type: &'static str,
    enrichment_source: Option<&'static str>,
    value_type: &'static str,
}

impl<'a> Metadata<'a> {
    fn of(field: &'a Field) -> Self {
        Self {
            id: &field.id,
            name: &field.name,
            r#type: field.category.as_str(),
            enrichment_source: field.source.map(|source| source.as_str()),
            value_type: field.value_type.as_str(),
        }
    }
}

/// A field with its value.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FieldBody<'a> {
    id: &'a str,
    name: &'a str,
    r#type: &'static str,
    enrichment_source: Option<&'static str>,
    value: ValueBody<'a>,
}

/// Always an object of two keys; emptiness is null data.
#[derive(Serialize)]
struct ValueBody<'a> {
    r#type: &'static str,
    data: Option<Data<'a>>,
}

impl<'a> FieldBody<'a> {
    /// The selected fields of a company or person.
    pub(super) fn of_entity(call: &Call<'a>, fields: &[&'a Field], cells: &'a Cells) -> Vec<Self> {
        fields
            .iter()
            .map(|field| Self::new(call, field, read_cell(cells, field)))
            .collect()
    }

    /// The selected fields of a row.
    pub(super) fn of_entry(call: &Call<'a>, fields: &[&'a Field], entry: &Entry) -> Vec<Self> {
        fields
            .iter()
            .map(|field| Self::of_cell(call, field, entry))
            .collect()
    }

    fn of_cell(call: &Call<'a>, field: &'a Field, entry: &Entry) -> Self {
        Self::new(call, field, call.world.cell(entry, field, call.caller.user))
    }

    fn new(call: &Call<'a>, field: &'a Field, cell: Cell<'a>) -> Self {
        let Metadata {
            id,
            name,
            r#type,
            enrichment_source,
            value_type,
        } = Metadata::of(field);
        // Before 2026-07-15 a hidden cell cannot be told from an empty one.
        let hidden = matches!(cell, Cell::Hidden) && call.caller.version >= ApiVersion::V20260715;
        let data = cell.value().and_then(|value| data(call.world, field, value));
        let value = ValueBody {
            r#type: value_type,
            data,
        };
        Self {
            id,
            name,
            r#type: if hidden { "hidden" } else { r#type },
            enrichment_source,
            value,
        }
    }
}

fn company_fields(call: &Call<'_>) -> Answer {
    metadata_page(call, &call.world.fields_of_kind(EntityKind::Company))
}

fn person_fields(call: &Call<'_>) -> Answer {
    metadata_page(call, &call.world.fields_of_kind(EntityKind::Person))
}

fn list_fields(call: &Call<'_>) -> Answer {
    let [list] = call.path_ids(["listId"])?;
    let list = call.list(list)?;
    metadata_page(call, &call.world.fields_of_list(list.id).unwrap_or_default())
}

fn metadata_page(call: &Call<'_>, fields: &[&Field]) -> Answer {
    let paging = call.params().paging(100)?;
    paging.answer(|range| part(fields, range), Metadata::of)
}

fn entry_fields(call: &Call<'_>) -> Answer {
    call.require(Permission::ExportLists)?;
    let entry = entry_in_path(call)?;
    let available = call.world.fields_of_list(entry.list).unwrap_or_default();
    let mut params = call.params();
    let fields = Selector::ENTRY_FIELDS.select(&mut params, available);
    let paging = params.paging(20)?;
    paging.answer(
        |range| part(&fields, range),
        |field| FieldBody::of_cell(call, field, entry),
    )
}

fn entry_field(call: &Call<'_>) -> Answer {
    call.require(Permission::ExportLists)?;
    let entry = entry_in_path(call)?;
    let id = call.segments.last().map_or("", String::as_str);
    let available = call.world.fields_of_list(entry.list).unwrap_or_default();
    let field = available.into_iter().find(|field| *field.id == *id);
    Json::of(&FieldBody::of_cell(
        call,
        field.ok_or_else(|| no_such("field", id))?,
        entry,
    ))
}

fn part<'a>(
    fields: &[&'a Field],
    range: Range<FieldKey>,
) -> impl DoubleEndedIterator<Item = (FieldKey, &'a Field)> {
    let keyed = fields.iter().map(|field| (FieldKey::of(&field.id), *field));
    keyed.filter(move |(key, _)| range.contains(key))
}
