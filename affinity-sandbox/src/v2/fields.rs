//! Fields: what there is to read, and with their values.

use std::ops::RangeBounds;

use serde::Serialize;

use super::call::{Answer, Call, Outcome, no_such};
use super::paging::{PageRules, Paging, Range};
use super::route::Route;
use super::selection::Selector;
use super::values::{Data, data, instant};
use crate::world::{ApiVersion, Cell, Cells, EntityKind, Field, FieldKey, Permission, Row, default_instant};

pub(super) fn operations() -> Vec<Route> {
    let row = "/v2/lists/{listId}/list-entries/{listEntryId}/fields";
    vec![
        Route::pages("/v2/companies/fields", PageRules::USUAL, company_fields),
        Route::pages("/v2/persons/fields", PageRules::USUAL, person_fields),
        Route::pages("/v2/lists/{listId}/fields", PageRules::USUAL, list_fields),
        Route::pages(row, PageRules::OF_ROW_FIELDS, row_fields).needs(Permission::ExportLists),
        Route::read("/v2/lists/{listId}/list-entries/{listEntryId}/fields/{fieldId}", row_field)
            .needs(Permission::ExportLists),
    ]
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    id: &'a str,
    name: &'a str,
    r#type: &'static str,
    enrichment_source: Option<&'static str>,
    value_type: &'static str,
    /// An addition; null for the fields every account has.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<Option<String>>,
}

impl<'a> Metadata<'a> {
    fn of(call: &Call<'_>, field: &'a Field) -> Self {
        let created_at = || field.is_custom().then(|| instant(default_instant()));
        Self {
            id: &field.id,
            name: &field.name,
            r#type: field.category.as_str(),
            enrichment_source: field.source.map(|source| source.as_str()),
            value_type: field.value_type.as_str(),
            created_at: call.settings.additions.then(created_at),
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

/// Emptiness is null data.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ValueBody<'a> {
    r#type: &'static str,
    data: Option<Data<'a>>,
    /// An addition.
    #[serde(skip_serializing_if = "Option::is_none")]
    total_count: Option<usize>,
}

impl<'a> FieldBody<'a> {
    /// The selected fields of a company or person.
    pub(super) fn of_entity(call: &Call<'a>, fields: &[&'a Field], cells: &'a Cells) -> Vec<Self> {
        fields.iter().map(|field| Self::new(call, field, cells.read(field))).collect()
    }

    /// The selected fields of a row.
    pub(super) fn of_row(call: &Call<'a>, fields: &[&'a Field], row: &Row<'a>) -> Vec<Self> {
        fields.iter().map(|field| Self::of_cell(call, field, row)).collect()
    }

    fn of_cell(call: &Call<'a>, field: &'a Field, row: &Row<'a>) -> Self {
        Self::new(call, field, call.world.cell(row, field, call.caller.user))
    }

    fn new(call: &Call<'a>, field: &'a Field, cell: Cell<'a>) -> Self {
        // Before 2026-07-15 a hidden cell cannot be told from an empty one.
        let hidden = matches!(cell, Cell::Hidden) && call.caller.version >= ApiVersion::V20260715;
        let additions = call.settings.additions;
        let mut data = cell.value().and_then(|value| data(call.world, field, value));
        let total_count = data.as_mut().and_then(|data| data.cut(additions)).filter(|_| additions);
        Self {
            id: &field.id,
            name: &field.name,
            r#type: if hidden { "hidden" } else { field.category.as_str() },
            enrichment_source: field.source.map(|source| source.as_str()),
            value: ValueBody { r#type: field.value_type.as_str(), data, total_count },
        }
    }
}

fn company_fields(call: &Call<'_>, rules: PageRules) -> Outcome {
    let paging = call.params().paging(rules)?;
    metadata_page(call, &paging, &call.world.fields_of_kind(EntityKind::Company))
}

fn person_fields(call: &Call<'_>, rules: PageRules) -> Outcome {
    let paging = call.params().paging(rules)?;
    metadata_page(call, &paging, &call.world.fields_of_kind(EntityKind::Person))
}

fn list_fields(call: &Call<'_>, rules: PageRules) -> Outcome {
    let mut params = call.params();
    let list = params.list();
    let paging = params.paging(rules)?;
    metadata_page(call, &paging, &call.world.fields_of_list(list?))
}

fn metadata_page(call: &Call<'_>, paging: &Paging<FieldKey>, fields: &[&Field]) -> Outcome {
    paging.answer(|range| part(fields, range), |field| Metadata::of(call, field))
}

fn row_fields(call: &Call<'_>, rules: PageRules) -> Outcome {
    let mut params = call.params();
    let found = params.row();
    let available = found.as_ref().ok().map(|(list, _)| call.world.fields_of_list(list));
    let fields = Selector::ENTRY_FIELDS.select(&mut params, available);
    let paging = params.paging(rules)?;
    let (_, row) = found?;
    paging.answer(|range| part(&fields, range), |field| FieldBody::of_cell(call, field, &row))
}

fn row_field(call: &Call<'_>) -> Outcome {
    let mut params = call.params();
    let (found, id) = (params.row(), params.text("fieldId")?);
    params.done()?;
    let (list, row) = found?;
    let field = call.world.fields_of_list(list).into_iter().find(|field| *field.id == *id);
    Answer::ok(&FieldBody::of_cell(call, field.ok_or_else(|| no_such("field", id))?, &row))
}

fn part<'a>(
    fields: &[&'a Field],
    range: Range<FieldKey>,
) -> impl DoubleEndedIterator<Item = (FieldKey, &'a Field)> {
    let keyed = fields.iter().map(|field| (FieldKey::of(&field.id), *field));
    keyed.filter(move |(key, _)| range.contains(key))
}
