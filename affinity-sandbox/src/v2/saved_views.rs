//! `/v2/lists/{listId}/saved-views`

use std::sync::Arc;

use axum::Router;
use serde::Serialize;

use super::call::{Answer, Call, Json, no_such, read};
use super::entities::pick;
use super::errors::Errors;
use super::list_entries::EntryBody;
use super::values::instant;
use crate::api::App;
use crate::world::{Permission, SavedView, ViewKind};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/v2/lists/{list}/saved-views", read(views))
        .route("/v2/lists/{list}/saved-views/{view}", read(view))
        .route(
            "/v2/lists/{list}/saved-views/{view}/list-entries",
            read(view_entries),
        )
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
        Self {
            id: view.id,
            name: &view.name,
            r#type: view.kind.as_str(),
            created_at,
        }
    }
}

fn views(call: &Call<'_>) -> Answer {
    let [list] = call.path_ids(["listId"])?;
    call.list(list)?;
    let paging = call.params().paging(100)?;
    paging.answer(
        |range| pick(&call.world.views, None, range).filter(move |(_, view)| view.list == list),
        ViewBody::of,
    )
}

fn view(call: &Call<'_>) -> Answer {
    Json::of(&ViewBody::of(view_in_path(call)?))
}

/// The rows the view shows, with its columns. Its sort is not applied; rows come in the order of their ids.
fn view_entries(call: &Call<'_>) -> Answer {
    call.require(Permission::ExportLists)?;
    let view = view_in_path(call)?;
    if view.kind != ViewKind::Sheet {
        // Not specified: the status; 400 is expected.
        return Err(Errors::bad_request("only the rows of sheet views can be read"));
    }
    let mut fields = call.world.fields_of_list(view.list).unwrap_or_default();
    fields.retain(|field| view.columns.iter().any(|column| **column == *field.id));
    let paging = call.params().paging(100)?;
    paging.answer(
        |range| {
            let rows = call.world.rows(view.list, range).map(|row| (row.id, row));
            rows.filter(|(_, row)| call.world.shows(view, row, call.caller.user))
        },
        |row| EntryBody::of(call, row, &fields),
    )
}

/// Not specified: what a view of another list answers; 404 is expected.
fn view_in_path<'a>(call: &Call<'a>) -> Result<&'a SavedView, Errors> {
    let [list, view] = call.path_ids(["listId", "viewId"])?;
    call.list(list)?;
    call.world
        .views
        .get(&view)
        .filter(|found| found.list == list)
        .ok_or_else(|| no_such("view", view))
}
