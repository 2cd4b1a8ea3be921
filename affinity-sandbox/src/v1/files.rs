//! Files on persons, organizations and opportunities.

use axum::body::Body;
use chrono::SecondsFormat;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::Method;
use serde::Serialize;

use super::announce;
use super::call::{Answer, Call, Outcome, Request, no_such};
use super::entity::ids_of;
use super::paging::PageRules;
use super::route::Route;
use super::upload::{Upload, Uploaded};
use crate::api::{App, Errors};
use crate::events::EventName;
use crate::world::{EntityFile, EntityKind, EntityRef, World};

pub(super) fn operations() -> Vec<Route> {
    vec![
        Route::pages("/entity-files", PageRules::USUAL, files),
        Route::errand(Method::POST, "/entity-files", upload),
        Route::get("/entity-files/{entity_file_id}", file),
        Route::errand(Method::GET, "/entity-files/download/{entity_file_id}", download),
    ]
}

#[derive(Serialize)]
struct FileBody<'a> {
    id: u64,
    name: &'a str,
    size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<&'a str>,
    person_id: Option<u64>,
    organization_id: Option<u64>,
    opportunity_id: Option<u64>,
    uploader_id: u64,
    created_at: String,
}

impl<'a> FileBody<'a> {
    fn of(world: &World, file: &'a EntityFile) -> Self {
        let [person_id, organization_id, opportunity_id] = ids_of(today(world, file.about));
        Self {
            id: file.id,
            name: &file.name,
            size: file.content.size(),
            content_type: file.content_type.as_deref(),
            person_id,
            organization_id,
            opportunity_id,
            uploader_id: world.person(file.uploader).map_or(file.uploader, |person| person.id),
            // Unlike other times of this API (observed).
            created_at: file.created_at.to_rfc3339_opts(SecondsFormat::Millis, true),
        }
    }
}

/// What something is about, merges followed.
fn today(world: &World, about: EntityRef) -> EntityRef {
    EntityRef { id: world.survivor(about).unwrap_or(about.id), ..about }
}

fn files(call: &Call<'_>, rules: PageRules) -> Outcome {
    let world = call.world;
    let mut params = call.params()?;
    let about = params.entities(world);
    let paging = params.paging(rules);
    params.done()?;
    let found = world.files.values().filter(|file| is_visible(world, file, call.caller.user));
    let wanted = found.filter(|file| about.iter().all(|entity| world.is_same(file.about, *entity)));
    paging.answer("entity_files", wanted, |file| FileBody::of(world, file))
}

/// Not specified: who sees a file; here whoever sees what it is about.
fn is_visible(world: &World, file: &EntityFile, user: u64) -> bool {
    match file.about.kind {
        EntityKind::Opportunity => world.visible_opportunity(file.about.id, user).is_some(),
        EntityKind::Company | EntityKind::Person => world.check_entity(file.about).is_ok(),
    }
}

fn file(call: &Call<'_>) -> Outcome {
    let id = file_id(call.request)?;
    let file = find(call.world, id, call.caller.user)?;
    Answer::ok(&FileBody::of(call.world, file))
}

fn file_id(request: &Request<'_>) -> Result<u64, Errors> {
    let mut params = request.params()?;
    let id = params.path_id("entity_file_id");
    params.done().map(|()| id)
}

fn find(world: &World, id: u64, user: u64) -> Result<&EntityFile, Errors> {
    let found = world.files.get(&id).filter(|file| is_visible(world, file, user));
    found.ok_or_else(|| no_such("entity file", id))
}

fn download<'a>(app: &'a App, request: &'a Request<'a>, _: Body) -> BoxFuture<'a, Outcome> {
    std::future::ready(locate(app, request)).boxed()
}

/// Not specified: which kind of redirect it is; here 302.
fn locate(app: &App, request: &Request<'_>) -> Outcome {
    let id = file_id(request)?;
    find(&app.world(), id, request.caller.user)?;
    Answer::redirect(&app.downloads.grant(id, request.now.elapsed))
}

fn upload<'a>(app: &'a App, request: &'a Request<'a>, body: Body) -> BoxFuture<'a, Outcome> {
    async move {
        let upload = Upload::read(request.headers, body).await?;
        take(&mut app.world_mut(), request, upload)
    }
    .boxed()
}

fn take(world: &mut World, request: &Request<'_>, upload: Upload) -> Outcome {
    let Upload { texts, files } = upload;
    let mut params = request.params()?.with(texts);
    let about = params.entity(world);
    if files.is_empty() {
        params.reject("file", "file or files[] is required");
    }
    params.done()?;
    let about = about.ok_or_else(|| Errors::unprocessable("an entity is required"))?;
    let added: Result<Vec<u64>, Errors> =
        files.into_iter().map(|file| add(world, request, about, file)).collect();
    let added = added?;
    let bodies = added.iter().filter_map(|id| world.files.get(id)).map(|file| FileBody::of(world, file));
    Answer::ok(&Success { success: true, entity_files: bodies.collect() })
}

#[derive(Serialize)]
struct Success<'a> {
    success: bool,
    /// Newer answers have it (observed).
    entity_files: Vec<FileBody<'a>>,
}

fn add(world: &mut World, request: &Request<'_>, about: EntityRef, file: Uploaded) -> Result<u64, Errors> {
    let mut new = EntityFile::new(about, file.name, file.content).uploader(request.caller.user);
    new.content_type = file.content_type;
    new.created_at = request.now.utc;
    let id = world.add_file(new).map_err(|error| Errors::unprocessable(error.to_string()))?;
    let body = world.files.get(&id).and_then(|file| serde_json::to_value(FileBody::of(world, file)).ok());
    if let Some(body) = body {
        announce::tell(world, EventName::FileCreated, &body);
    }
    Ok(id)
}
