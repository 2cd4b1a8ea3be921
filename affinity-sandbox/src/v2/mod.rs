//! API v2: one file for each concept, one for each resource.

mod body;
mod call;
mod directory;
mod entities;
mod field_updates;
mod fields;
mod filtering;
mod interactions;
mod list_entries;
mod lists;
mod merges;
mod note_body;
mod notes;
mod opportunities;
mod paging;
mod params;
mod preview;
mod route;
mod saved_views;
mod selection;
mod values;
mod whoami;
mod written;

use std::sync::Arc;

use axum::Router;

use crate::api::App;

pub(crate) use route::Route;

/// Everything that is served.
pub(crate) fn operations() -> Vec<Route> {
    let resources = [
        whoami::operations(),
        directory::of_companies(),
        directory::of_persons(),
        opportunities::operations(),
        lists::operations(),
        saved_views::operations(),
        list_entries::operations(),
        fields::operations(),
        notes::operations(),
        interactions::operations(),
        field_updates::operations(),
        merges::of_companies(),
        merges::of_persons(),
    ];
    resources.concat()
}

pub(crate) fn routes() -> Router<Arc<App>> {
    operations().into_iter().fold(Router::new(), Route::mount)
}
