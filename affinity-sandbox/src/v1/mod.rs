//! API v1: one file for each concept, one for each resource.

pub(crate) mod announce;
mod brief;
mod call;
mod codes;
mod dates;
mod entity;
mod extras;
mod field_value_changes;
mod field_values;
mod fields;
mod files;
mod given;
mod interaction_body;
mod interactions;
mod list_entries;
mod lists;
mod markdown;
mod note_body;
mod notes;
mod opportunities;
mod organizations;
mod paging;
mod params;
mod persons;
mod related;
mod relationship_strengths;
mod reminder_body;
mod reminders;
mod route;
mod touches;
mod upload;
mod value;
mod webhooks;
mod whoami;

use std::sync::Arc;

use axum::Router;

use crate::api::App;

pub(crate) use route::Route;

/// Everything that is served.
pub(crate) fn operations() -> Vec<Route> {
    let resources = [
        whoami::operations(),
        lists::operations(),
        list_entries::operations(),
        fields::operations(),
        field_values::operations(),
        field_value_changes::operations(),
        persons::operations(),
        organizations::operations(),
        opportunities::operations(),
        interactions::operations(),
        relationship_strengths::operations(),
        notes::operations(),
        files::operations(),
        reminders::operations(),
        webhooks::operations(),
    ];
    resources.concat()
}

pub(crate) fn routes() -> Router<Arc<App>> {
    operations().into_iter().fold(Router::new(), Route::mount)
}
