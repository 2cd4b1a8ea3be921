//! Notes and replies, the same that v2 reads.

use chrono::{DateTime, Utc};

use super::announce;
use super::call::{Answer, Call, Outcome, Request, no_such, success};
use super::note_body::{Form, NoteBody, persons_of_interaction};
use super::paging::PageRules;
use super::params::Params;
use super::route::Route;
use crate::api::Errors;
use crate::events::EventName;
use crate::world::{Company, EntityRef, InteractionKind, LARGEST_NOTE_ID, NewNote, Note, Person, World};

pub(super) fn operations() -> Vec<Route> {
    vec![
        Route::pages("/notes", PageRules::USUAL, notes),
        Route::post("/notes", create),
        Route::get("/notes/{note_id}", note),
        Route::put("/notes/{note_id}", update),
        Route::delete("/notes/{note_id}", delete),
    ]
}

/// Not specified: whether replies are among them; here they are, where nothing asks for an association they lack.
fn notes(call: &Call<'_>, rules: PageRules) -> Outcome {
    let (world, user) = (call.world, call.caller.user);
    let mut params = call.params()?;
    let about = params.entities(world);
    let creator = params.known::<Person>(world, "creator_id");
    let paging = params.paging(rules);
    params.done()?;
    let wanted = |note: &&Note| {
        let by = creator.is_none_or(|creator| note.creator.is_some_and(|id| world.is_person(id, creator)));
        by && about.iter().all(|entity| concerns(world, note, *entity))
    };
    let found = world.notes.keys().filter_map(|id| world.visible_note(*id, user));
    paging.answer("notes", found.filter(wanted), |note| NoteBody::of(world, user, note))
}

/// Whether a note is attached to something, or on an interaction of a person.
fn concerns(world: &World, note: &Note, entity: EntityRef) -> bool {
    let person = EntityRef::person(entity.id) == entity;
    world.is_on(note, entity) || (person && persons_of_interaction(world, note).contains(&entity.id))
}

fn note(call: &Call<'_>) -> Outcome {
    let mut params = call.params()?;
    let id = params.path_id("note_id");
    params.done()?;
    let note = find(call.world, id, call.caller.user)?;
    Answer::ok(&NoteBody::of(call.world, call.caller.user, note))
}

fn find(world: &World, id: u64, user: u64) -> Result<&Note, Errors> {
    let note = world.visible_note(id, user).filter(|_| id <= LARGEST_NOTE_ID);
    note.ok_or_else(|| no_such("note", id))
}

fn create(world: &mut World, request: &Request<'_>) -> Outcome {
    let note = read(world, request)?;
    let id = world.add_note(note).map_err(|error| Errors::unprocessable(error.to_string()))?;
    told(world, request, EventName::NoteCreated, id)
}

fn read(world: &World, request: &Request<'_>) -> Result<NewNote, Errors> {
    let mut params = request.params()?;
    let content = params.must("content", Params::words);
    let form = params.code("type", Form::written).unwrap_or(Form::Plain);
    let creator = params.user(world, "creator_id").unwrap_or(request.caller.user);
    let created_at = params.instant("created_at").unwrap_or(request.now.utc);
    check_past(&mut params, created_at, request.now.utc);
    let note = match params.id("parent_id") {
        Some(parent) => {
            check_parent(&mut params, world, parent);
            NewNote::reply(parent, content.as_str())
        }
        None => attached(&mut params, world, &content),
    };
    params.done()?;
    let note = if form == Form::Plain { note.plain_text(content) } else { note };
    Ok(note.creator(Some(creator)).created_at(created_at))
}

fn check_past(params: &mut Params<'_>, at: DateTime<Utc>, now: DateTime<Utc>) {
    if at > now {
        params.reject("created_at", "a note is not from the future");
    }
}

fn check_parent(params: &mut Params<'_>, world: &World, parent: u64) {
    match world.visible_note(parent, params.request.caller.user) {
        Some(note) if note.is_root() => {}
        Some(_) => params.reject("parent_id", "there are no replies to replies"),
        None => params.reject_id("parent_id", parent),
    }
}

/// A note on what is named, which has to be something.
fn attached(params: &mut Params<'_>, world: &World, content: &str) -> NewNote {
    let persons = params.all_known::<Person>(world, "person_ids").unwrap_or_default();
    let companies = params.all_known::<Company>(world, "organization_ids").unwrap_or_default();
    let opportunities = params.known_opportunities(world, "opportunity_ids").unwrap_or_default();
    let names = ["person_ids", "organization_ids", "opportunity_ids", "parent_id"];
    if persons.is_empty() && companies.is_empty() && opportunities.is_empty() {
        params.reject("person_ids", format!("at least one of {} is required", names.join(", ")));
    }
    let note = persons.into_iter().fold(NewNote::entities(content), NewNote::person);
    let note = companies.into_iter().fold(note, NewNote::company);
    opportunities.into_iter().fold(note, NewNote::opportunity)
}

fn update(world: &mut World, request: &Request<'_>) -> Outcome {
    let mut params = request.params()?;
    let id = params.path_id("note_id");
    let content = params.must("content", Params::words);
    params.done()?;
    check_editable(find(world, id, request.caller.user)?)?;
    rewrite(world, id, content, request.now.utc);
    told(world, request, EventName::NoteUpdated, id)
}

/// What a text cannot be changed for.
pub(super) fn check_editable(note: &Note) -> Result<(), Errors> {
    if !note.mentions.is_empty() {
        return Err(Errors::unprocessable("a note that mentions persons cannot be changed"));
    }
    match note.kind.interaction() {
        Some((InteractionKind::Email, _)) => {
            Err(Errors::unprocessable("a note on an email cannot be changed"))
        }
        _ => Ok(()),
    }
}

fn rewrite(world: &mut World, id: u64, content: String, at: DateTime<Utc>) {
    if let Some(note) = world.notes.get_mut(&id) {
        note.rewrite(content, at);
    }
}

/// Changes the text of a note and tells of it.
pub(super) fn change(world: &mut World, request: &Request<'_>, id: u64, content: String) {
    rewrite(world, id, content, request.now.utc);
    tell(world, request.caller.user, EventName::NoteUpdated, id);
}

/// Adds a note and tells of it.
pub(super) fn add(world: &mut World, request: &Request<'_>, note: NewNote) -> Result<(), Errors> {
    let id = world.add_note(note).map_err(|error| Errors::unprocessable(error.to_string()))?;
    tell(world, request.caller.user, EventName::NoteCreated, id);
    Ok(())
}

fn delete(world: &mut World, request: &Request<'_>) -> Outcome {
    let mut params = request.params()?;
    let id = params.path_id("note_id");
    params.done()?;
    let user = request.caller.user;
    let creator = find(world, id, user)?.creator;
    // Not specified: the status.
    if !creator.is_some_and(|creator| world.is_person(creator, user)) {
        return Err(Errors::forbidden("only its creator deletes a note"));
    }
    remove(world, user, id);
    success()
}

/// Takes a note away with its replies. Not specified: whether webhooks hear of the replies; here they do.
pub(super) fn remove(world: &mut World, user: u64, id: u64) {
    let everything = (std::ops::Bound::Unbounded, std::ops::Bound::Unbounded);
    let replies: Vec<u64> = world.replies_to(id, everything).map(|reply| reply.id).collect();
    for gone in [id].into_iter().chain(replies) {
        tell(world, user, EventName::NoteDeleted, gone);
    }
    // It was there to be told of.
    let _ = world.remove_note(id);
}

/// Tells of a note what happened to it; answers with it.
fn told(world: &mut World, request: &Request<'_>, event: EventName, id: u64) -> Outcome {
    let user = request.caller.user;
    tell(world, user, event, id);
    // Also one that its creator does not see.
    let note = world.notes.get(&id).ok_or_else(|| no_such("note", id))?;
    Answer::ok(&NoteBody::of(world, user, note))
}

fn tell(world: &mut World, user: u64, event: EventName, id: u64) {
    if let Some(note) = world.notes.get(&id) {
        let body = NoteBody::of(world, user, note);
        announce::tell(world, event, &body);
    }
}
