//! Meetings, calls, chat messages and e-mails, the same that v2 reads where it does.

use chrono::{DateTime, Months, Utc};

use super::call::{Answer, Call, Outcome, Request, no_such, success};
use super::interaction_body::InteractionBody;
use super::paging::PageRules;
use super::params::Params;
use super::route::Route;
use super::{codes, notes, reminders};
use crate::api::Errors;
use crate::world::{
    Contact, Direction, EntityKind, EntityRef, InteractionKind, NewContact, NewNote, Person, PersonKind,
    World,
};

const RULES: PageRules = PageRules { default: Some(100), most: 100 };

pub(super) fn operations() -> Vec<Route> {
    vec![
        Route::pages("/interactions", RULES, interactions),
        Route::post("/interactions", create),
        Route::get("/interactions/{interaction_id}", interaction),
        Route::put("/interactions/{interaction_id}", update),
        Route::delete("/interactions/{interaction_id}", delete),
    ]
}

/// What is wanted of the interactions of one kind.
struct Wanted {
    from: DateTime<Utc>,
    /// The first moment that is not wanted any more (observed).
    to: DateTime<Utc>,
    about: Option<EntityRef>,
    with: Option<u64>,
    only_manual: bool,
    direction: Option<Direction>,
}

fn interactions(call: &Call<'_>, rules: PageRules) -> Outcome {
    let (world, user) = (call.world, call.caller.user);
    let mut params = call.params()?;
    let kind = kind(&mut params);
    let wanted = Wanted::read(&mut params, world, kind);
    let paging = params.paging(rules);
    params.done()?;
    let concerned = wanted.about.map(|about| world.persons_concerned(about, user)).unwrap_or_default();
    let found = world.contacts(kind, user).filter(|contact| {
        let persons = world.persons_in_contact(*contact);
        let takes_part = persons.iter().any(|person| concerned.contains(&person.id));
        // Meetings of users among themselves are left out (observed).
        takes_part && !world.is_internal_meeting(*contact) && wanted.admits(*contact, &persons)
    });
    paging.answer(collection(kind), found, |contact| InteractionBody::of(world, contact))
}

fn collection(kind: InteractionKind) -> &'static str {
    match kind {
        InteractionKind::Meeting | InteractionKind::Call => "events",
        InteractionKind::ChatMessage => "chat_messages",
        InteractionKind::Email => "emails",
    }
}

impl Wanted {
    fn read(params: &mut Params<'_>, world: &World, kind: InteractionKind) -> Self {
        let from = params.must("start_time", Params::instant);
        let to = params.must("end_time", Params::instant);
        if params.is_given("start_time") && params.is_given("end_time") {
            check_window(params, from, to);
        }
        let about = params.entity(world);
        check_outsider(params, world, about);
        let only_manual = params.integer("logging_type", 0, 1) == Some(1);
        let direction = params.code("direction", codes::direction);
        check_direction(params, kind, direction);
        Self { from, to, about, with: params.user(world, "internal_person_id"), only_manual, direction }
    }

    fn admits(&self, contact: Contact<'_>, persons: &[&Person]) -> bool {
        (self.from..self.to).contains(&contact.at())
            && self.with.is_none_or(|user| persons.iter().any(|person| person.id == user))
            && (!self.only_manual || contact.is_manual())
            && (self.direction.is_none() || contact.direction() == self.direction)
    }
}

fn check_window(params: &mut Params<'_>, from: DateTime<Utc>, to: DateTime<Utc>) {
    let most = from.checked_add_months(Months::new(12)).unwrap_or(DateTime::<Utc>::MAX_UTC);
    if from >= to {
        params.reject("end_time", "start_time is before end_time");
    } else if to > most {
        params.reject("end_time", "start_time and end_time make a date range within 1 year");
    }
}

/// In the words of the API (observed).
fn check_outsider(params: &mut Params<'_>, world: &World, about: Option<EntityRef>) {
    if about.is_some_and(|about| about.kind == EntityKind::Person && world.is_user(about.id)) {
        params.reject("person_id", "the person has to be external or collaborator");
    }
}

fn check_direction(params: &mut Params<'_>, kind: InteractionKind, direction: Option<Direction>) {
    if direction.is_some() && matches!(kind, InteractionKind::Meeting | InteractionKind::Call) {
        params.reject("direction", "only chat messages and emails have a direction");
    }
}

/// Which kind is meant; some kind when that is not said, which does not go unnoticed.
fn kind(params: &mut Params<'_>) -> InteractionKind {
    let kind = params.code("type", codes::interaction);
    if kind.is_none() && !params.is_given("type") {
        params.reject("type", "type is required");
    }
    kind.unwrap_or(InteractionKind::Meeting)
}

fn interaction(call: &Call<'_>) -> Outcome {
    let mut params = call.params()?;
    let (id, kind) = (params.path_id("interaction_id"), kind(&mut params));
    params.done()?;
    let contact = find(call.world, kind, id, call.caller.user)?;
    Answer::ok(&InteractionBody::of(call.world, contact))
}

fn find(world: &World, kind: InteractionKind, id: u64, user: u64) -> Result<Contact<'_>, Errors> {
    world.visible_contact(kind, id, user).ok_or_else(|| no_such(kind.as_str(), id))
}

fn create(world: &mut World, request: &Request<'_>) -> Outcome {
    let (new, content) = read(world, request)?;
    let (kind, persons) = (new.kind, new.persons.clone());
    let id = world.log_contact(new).map_err(|error| Errors::unprocessable(error.to_string()))?;
    notes::add(world, request, note_on(request, kind, id, content))?;
    reminders::reset(world, request, kind, &persons);
    answer(world, kind, id)
}

fn read(world: &World, request: &Request<'_>) -> Result<(NewContact, String), Errors> {
    let mut params = request.params()?;
    let kind = kind(&mut params);
    let persons = params.must("person_ids", |params, name| params.all_known::<Person>(world, name));
    check_persons(&mut params, world, &persons);
    let content = params.must("content", Params::words);
    let at = params.must("date", Params::instant);
    let direction = params.code("direction", codes::direction);
    check_direction(&mut params, kind, direction);
    if kind == InteractionKind::Email {
        params.reject("type", "emails cannot be created");
    }
    params.done()?;
    // Not specified: which way a message went that does not say so.
    let direction = direction.unwrap_or(Direction::Sent);
    let (creator, now) = (request.caller.user, request.now.utc);
    Ok((NewContact { kind, at, persons, direction, creator, now }, content))
}

/// Somebody of the account and somebody else (observed).
fn check_persons(params: &mut Params<'_>, world: &World, persons: &[u64]) {
    let mut kinds = persons.iter().filter_map(|id| world.person(*id)).map(|person| person.kind);
    let internal = kinds.clone().any(|kind| kind == PersonKind::Internal);
    if params.is_given("person_ids") && !(internal && kinds.any(|kind| kind != PersonKind::Internal)) {
        params.reject("person_ids", "at least one internal and one external person are required");
    }
}

fn note_on(request: &Request<'_>, kind: InteractionKind, id: u64, content: String) -> NewNote {
    let note = NewNote::interaction(kind, id, "").plain_text(content);
    note.creator(Some(request.caller.user)).created_at(request.now.utc)
}

fn update(world: &mut World, request: &Request<'_>) -> Outcome {
    let mut params = request.params()?;
    let (id, kind) = (params.path_id("interaction_id"), kind(&mut params));
    // Optional, whatever the reference says (observed).
    let persons = params.all_known::<Person>(world, "person_ids");
    check_persons(&mut params, world, persons.as_deref().unwrap_or_default());
    let (content, at) = (params.words("content"), params.instant("date"));
    params.done()?;
    check_manual(find(world, kind, id, request.caller.user)?)?;
    let note = world.notes_on_contact(kind, id).first().copied();
    if let (Some(note), Some(_)) = (note.and_then(|id| world.notes.get(&id)), &content) {
        notes::check_editable(note)?;
    }
    let changed = world.change_contact(kind, id, at, persons, request.now.utc);
    changed.map_err(|error| Errors::unprocessable(error.to_string()))?;
    match (note, content) {
        (Some(note), Some(content)) => notes::change(world, request, note, content),
        (None, Some(content)) => notes::add(world, request, note_on(request, kind, id, content))?,
        (_, None) => {}
    }
    answer(world, kind, id)
}

/// Not specified: whether what was not entered by hand can be changed or deleted; here it cannot.
fn check_manual(contact: Contact<'_>) -> Result<(), Errors> {
    if contact.is_manual() {
        return Ok(());
    }
    Err(Errors::unprocessable("only what was logged by hand can be changed"))
}

/// Not specified: what becomes of its notes; here they go with it.
fn delete(world: &mut World, request: &Request<'_>) -> Outcome {
    let mut params = request.params()?;
    let (id, kind) = (params.path_id("interaction_id"), kind(&mut params));
    params.done()?;
    let user = request.caller.user;
    check_manual(find(world, kind, id, user)?)?;
    for note in world.notes_on_contact(kind, id) {
        notes::remove(world, user, note);
    }
    world.remove_contact(kind, id);
    success()
}

fn answer(world: &World, kind: InteractionKind, id: u64) -> Outcome {
    let contact = world.contact(kind, id).ok_or_else(|| no_such(kind.as_str(), id))?;
    Answer::ok(&InteractionBody::of(world, contact))
}
