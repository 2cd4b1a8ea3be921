//! `/v2/lists/{listId}/saved-views`

use serde::Serialize;

use super::call::{Answer, Call, Outcome};
use super::entities::pick;
use super::list_entries::EntryBody;
use super::paging::PageRules;
use super::route::Route;
use super::values::instant;
use crate::api::Errors;
use crate::world::{Permission, SavedView, ViewKind};

pub(super) fn operations() -> Vec<Route> {
    let rows = "/v2/lists/{listId}/saved-views/{viewId}/list-entries";
    vec![
        Route::pages("/v2/lists/{listId}/saved-views", PageRules::USUAL, views),
        Route::read("/v2/lists/{listId}/saved-views/{viewId}", view),
        Route::pages(rows, PageRules::USUAL, view_entries).needs(Permission::ExportLists),
    ]
}

/// Columns and filters are not told.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ViewBody<'a> {
    id: u64,
    name: &'a str,
    r#type: &'static str,
    created_at: String,
}

impl<'a> ViewBody<'a> {
    fn of(view: &'a SavedView) -> Self {
        let created_at = instant(view.created_at);
        Self { id: view.id, name: &view.name, r#type: view.kind.as_str(), created_at }
    }
}

fn views(call: &Call<'_>, rules: PageRules) -> Outcome {
    let mut params = call.params();
    let list = params.list();
    let paging = params.paging(rules)?;
    let list = list?.id;
    paging.answer(
        |range| pick(&call.world.views, None, range).filter(move |(_, view)| view.list == list),
        ViewBody::of,
    )
}

fn view(call: &Call<'_>) -> Outcome {
    let mut params = call.params();
    let found = params.view();
    params.done()?;
    let (_, view) = found?;
    Answer::ok(&ViewBody::of(view))
}

/// The rows the view shows, with its columns. Its sort is not applied; rows come in the order of their ids.
fn view_entries(call: &Call<'_>, rules: PageRules) -> Outcome {
    let mut params = call.params();
    let found = params.view();
    let paging = params.paging(rules)?;
    let (list, view) = found?;
    if view.kind != ViewKind::Sheet {
        // Not specified: the status; 400 is expected.
        return Err(Errors::bad_request("only the rows of sheet views can be read"));
    }
    let mut fields = call.world.fields_of_list(list);
    fields.retain(|field| view.columns.iter().any(|column| **column == *field.id));
    paging.answer(
        |range| {
            let rows = call.world.rows(list.id, range).map(|row| (row.entry.id, row));
            rows.filter(|(_, row)| call.world.shows(view, row, call.caller.user))
        },
        |row| EntryBody::of(call, &row, &fields),
    )
}
