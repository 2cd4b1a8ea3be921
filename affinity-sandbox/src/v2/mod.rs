//! API v2: one file for each concept, one for each resource.

mod auth;
mod call;
mod companies;
mod entities;
mod errors;
mod fields;
mod list_entries;
mod lists;
mod opportunities;
mod paging;
mod params;
mod persons;
mod saved_views;
mod selection;
mod values;
mod version;
mod whoami;

use std::sync::Arc;

use axum::Router;

use crate::api::App;

pub(crate) use auth::{Caller, identify};
pub(crate) use errors::Errors;
pub(crate) use version::VERSION_HEADER;

pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .merge(whoami::routes())
        .merge(companies::routes())
        .merge(persons::routes())
        .merge(opportunities::routes())
        .merge(lists::routes())
        .merge(saved_views::routes())
        .merge(list_entries::routes())
        .merge(fields::routes())
}

pub(crate) async fn no_such_path() -> Errors {
    Errors::not_found("there is no such path")
}

pub(crate) async fn method_not_allowed() -> Errors {
    Errors::method_not_allowed()
}

/// The credential probe does not draw on the monthly budget (observed).
pub(crate) fn counts_for_month(path: &str) -> bool {
    path != whoami::PATH
}
