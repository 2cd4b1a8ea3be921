//! Reminders about persons, organizations and opportunities.

use chrono::{DateTime, Utc};

use super::announce;
use super::call::{Answer, Call, Outcome, Request, no_such, success};
use super::codes;
use super::given::Given;
use super::paging::PageRules;
use super::params::Params;
use super::reminder_body::{ReminderBody, type_of};
use super::route::Route;
use crate::api::Errors;
use crate::events::EventName;
use crate::world::{
    EntityKind, EntityRef, InteractionKind, MOST_REMINDER_DAYS, Recurrence, Reminder, ReminderStatus,
    ResetType, World, due_again,
};

pub(super) fn operations() -> Vec<Route> {
    vec![
        Route::pages("/reminders", PageRules::USUAL, reminders),
        Route::post("/reminders", create),
        Route::get("/reminders/{reminder_id}", reminder),
        Route::put("/reminders/{reminder_id}", update),
        Route::delete("/reminders/{reminder_id}", delete),
    ]
}

/// What is wanted of the reminders.
struct Wanted {
    about: Vec<EntityRef>,
    creator: Option<u64>,
    owner: Option<u64>,
    completer: Option<u64>,
    r#type: Option<u64>,
    reset: Option<ResetType>,
    status: Option<ReminderStatus>,
    before: Option<DateTime<Utc>>,
    after: Option<DateTime<Utc>>,
}

impl Wanted {
    fn read(params: &mut Params<'_>, world: &World) -> Self {
        let wanted = Self {
            about: params.entities(world),
            creator: params.user(world, "creator_id"),
            owner: params.user(world, "owner_id"),
            completer: params.user(world, "completer_id"),
            r#type: params.integer("type", 0, 1),
            reset: params.code("reset_type", codes::reset),
            status: params.code("status", codes::status),
            before: params.instant("due_before"),
            after: params.instant("due_after"),
        };
        if wanted.r#type == Some(1) && !params.is_given("reset_type") {
            params.reject("reset_type", "reset_type is required for recurring reminders");
        }
        wanted
    }

    /// Not specified: whether the two bounds of the due date are wanted themselves; here they are not.
    fn admits(&self, world: &World, reminder: &Reminder, now: DateTime<Utc>) -> bool {
        let is = |wanted: Option<u64>, person: Option<u64>| {
            wanted.is_none_or(|wanted| person.is_some_and(|person| world.is_person(person, wanted)))
        };
        let reset = match reminder.recurrence {
            Recurrence::Once => None,
            Recurrence::Again { reset, .. } => Some(reset),
        };
        self.about.iter().all(|entity| world.is_same(reminder.about, *entity))
            && is(self.creator, Some(reminder.creator))
            && is(self.owner, Some(reminder.owner))
            && is(self.completer, reminder.completion.map(|completion| completion.person))
            && self.r#type.is_none_or(|wanted| wanted == type_of(reminder.recurrence))
            && (self.reset.is_none() || self.reset == reset)
            && self.status.is_none_or(|wanted| wanted == reminder.status(now))
            && self.before.is_none_or(|before| reminder.due < before)
            && self.after.is_none_or(|after| reminder.due > after)
    }
}

fn reminders(call: &Call<'_>, rules: PageRules) -> Outcome {
    let (world, now) = (call.world, call.now.utc);
    let mut params = call.params()?;
    let wanted = Wanted::read(&mut params, world);
    let paging = params.paging(rules);
    params.done()?;
    let found = world.reminders.values().filter(|reminder| is_visible(world, reminder, call.caller.user));
    let found = found.filter(|reminder| wanted.admits(world, reminder, now));
    paging.answer("reminders", found, |reminder| ReminderBody::of(world, reminder, now))
}

/// Not specified: who sees a reminder; here whoever sees what it is about.
fn is_visible(world: &World, reminder: &Reminder, user: u64) -> bool {
    let about = reminder.about;
    match about.kind {
        EntityKind::Opportunity => world.visible_opportunity(about.id, user).is_some(),
        EntityKind::Company | EntityKind::Person => world.check_entity(about).is_ok(),
    }
}

fn reminder(call: &Call<'_>) -> Outcome {
    let mut params = call.params()?;
    let id = params.path_id("reminder_id");
    params.done()?;
    let reminder = find(call.world, id, call.caller.user)?;
    Answer::ok(&ReminderBody::of(call.world, reminder, call.now.utc))
}

fn find(world: &World, id: u64, user: u64) -> Result<&Reminder, Errors> {
    let found = world.reminders.get(&id).filter(|reminder| is_visible(world, reminder, user));
    found.ok_or_else(|| no_such("reminder", id))
}

/// When a reminder is due, and whether again. Which of the three parameters are required depends on that.
struct Schedule {
    recurrence: Recurrence,
    due: Option<DateTime<Utc>>,
}

impl Schedule {
    /// `type` may be left out where there is one already; its companions may not, for all that (observed).
    fn read(params: &mut Params<'_>, known: Option<Recurrence>) -> Self {
        let given = params.integer("type", 0, 1);
        if known.is_none() && !params.is_given("type") {
            params.reject("type", "type is required");
        }
        let recurs = given.or(known.map(type_of)) == Some(1);
        let due = params.instant("due_date");
        let reset = params.code("reset_type", codes::reset);
        let days = params.integer("reminder_days", 1, MOST_REMINDER_DAYS.into());
        let required: &[(&str, &str)] = match recurs {
            true => {
                &[("reset_type", "reset type is required"), ("reminder_days", "reminder days is required")]
            }
            false => &[("due_date", "due date is required")],
        };
        for (name, message) in required {
            if !params.is_given(name) {
                params.reject(name, *message);
            }
        }
        let days = days.and_then(|days| u32::try_from(days).ok()).unwrap_or(1);
        let reset = reset.unwrap_or(ResetType::Interaction);
        let recurrence = if recurs { Recurrence::Again { reset, days } } else { Recurrence::Once };
        Self { recurrence, due }
    }

    /// Not specified: when a recurring reminder is due first; here so many days from now, unless it says so.
    fn due(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        match (self.due, self.recurrence) {
            (Some(due), _) => due,
            (None, Recurrence::Again { days, .. }) => due_again(now, days),
            (None, Recurrence::Once) => now,
        }
    }
}

fn create(world: &mut World, request: &Request<'_>) -> Outcome {
    let now = request.now.utc;
    let mut params = request.params()?;
    let owner = params.must("owner_id", |params, name| params.user(world, name));
    let about = params.entity(world);
    let schedule = Schedule::read(&mut params, None);
    let content = params.text("content");
    let completed = params.switch("is_completed");
    params.done()?;
    let about = about.ok_or_else(|| Errors::unprocessable("an entity is required"))?;
    let mut reminder = Reminder::new(about, owner, schedule.due(now)).creator(request.caller.user);
    reminder.created_at = now;
    reminder.recurrence = schedule.recurrence;
    reminder.content = content;
    if completed == Some(true) {
        reminder.complete(request.caller.user, now);
    }
    let id = world.add_reminder(reminder).map_err(|error| Errors::unprocessable(error.to_string()))?;
    told(world, request, EventName::ReminderCreated, id)
}

fn update(world: &mut World, request: &Request<'_>) -> Outcome {
    let (user, now) = (request.caller.user, request.now.utc);
    let mut params = request.params()?;
    let id = params.path_id("reminder_id");
    let known = world.reminders.get(&id).map(|reminder| reminder.recurrence);
    let schedule = Schedule::read(&mut params, known.or(Some(Recurrence::Once)));
    let owner = params.user(world, "owner_id");
    // An empty one leaves what there is (observed).
    let content = params.text("content").filter(|content| !content.trim().is_empty());
    let completed = params.switch("is_completed");
    find(world, id, user)?;
    params.done()?;
    let reminder = world.reminders.get_mut(&id).ok_or_else(|| no_such("reminder", id))?;
    let moved = reminder.recurrence != schedule.recurrence && schedule.recurrence != Recurrence::Once;
    if moved || schedule.due.is_some() {
        reminder.due = schedule.due(now);
    }
    reminder.recurrence = schedule.recurrence;
    reminder.owner = owner.unwrap_or(reminder.owner);
    reminder.content = content.or_else(|| reminder.content.take());
    match completed {
        Some(true) => reminder.complete(user, now),
        Some(false) => reminder.completion = None,
        None => {}
    }
    told(world, request, EventName::ReminderUpdated, id)
}

/// Everybody may (v1 states no rule).
fn delete(world: &mut World, request: &Request<'_>) -> Outcome {
    let mut params = request.params()?;
    let id = params.path_id("reminder_id");
    params.done()?;
    find(world, id, request.caller.user)?;
    tell(world, request, EventName::ReminderDeleted, id);
    world.reminders.remove(&id);
    success()
}

/// Starts the reminders anew that such a contact resets, and tells of them.
pub(super) fn reset(world: &mut World, request: &Request<'_>, kind: InteractionKind, persons: &[u64]) {
    for id in world.reset_reminders(kind, persons, request.caller.user, request.now.utc) {
        tell(world, request, EventName::ReminderUpdated, id);
    }
}

/// Tells of a reminder what happened to it; answers with it.
fn told(world: &mut World, request: &Request<'_>, event: EventName, id: u64) -> Outcome {
    tell(world, request, event, id);
    let reminder = world.reminders.get(&id).ok_or_else(|| no_such("reminder", id))?;
    Answer::ok(&ReminderBody::of(world, reminder, request.now.utc))
}

fn tell(world: &mut World, request: &Request<'_>, event: EventName, id: u64) {
    let reminder = world.reminders.get(&id);
    let body = reminder.map(|reminder| ReminderBody::of(world, reminder, request.now.utc));
    let body = body.and_then(|body| serde_json::to_value(body).ok());
    if let Some(body) = body {
        announce::tell(world, event, &body);
    }
}

impl Params<'_> {
    /// A switch: the reference has it as a number, clients send a boolean as well.
    fn switch(&mut self, name: &'static str) -> Option<bool> {
        let given = self.raw(name)?;
        let number = |given: &Given| given.as_integer().filter(|n| (0..=1).contains(n)).map(|n| n == 1);
        let found = given.as_boolean().or_else(|| number(&given));
        if found.is_none() {
            self.reject(name, "0, 1, true or false is expected");
        }
        found
    }
}
