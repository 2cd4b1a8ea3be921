//! `/opportunities`

use serde::Serialize;
use serde_json::Value;

use super::call::{Answer, Call, Outcome, Request, no_such, success, unexpected, visible_list};
use super::list_entries::{self, EntryBody};
use super::paging::PageRules;
use super::params::Params;
use super::route::Route;
use super::{announce, persons};
use crate::api::Errors;
use crate::events::EventName;
use crate::world::{Company, EntityKind, EntityRef, Opportunity, Person, World};

pub(super) fn operations() -> Vec<Route> {
    let one = "/opportunities/{opportunity_id}";
    vec![
        Route::pages("/opportunities", PageRules::USUAL, opportunities),
        Route::get(one, opportunity),
        Route::post("/opportunities", create),
        Route::put(one, update),
        Route::delete(one, delete),
    ]
}

#[derive(Serialize)]
pub(super) struct OpportunityBody<'a> {
    id: u64,
    name: &'a str,
    person_ids: Vec<u64>,
    organization_ids: Vec<u64>,
    list_entries: Vec<EntryBody<'a>>,
}

impl<'a> OpportunityBody<'a> {
    /// Who cannot manage an opportunity sees it without anybody on it.
    fn of(world: &World, opportunity: &'a Opportunity, user: u64) -> Self {
        let id = opportunity.id;
        let (person_ids, organization_ids) = if opportunity.managed_by(user) {
            (world.persons_of_opportunity(id), world.companies_with(EntityRef::opportunity(id)))
        } else {
            (Vec::new(), Vec::new())
        };
        let list_entries = EntryBody::all_of(world, EntityRef::opportunity(id), user);
        Self { id, name: &opportunity.name, person_ids, organization_ids, list_entries }
    }
}

/// An opportunity as it is now, for events.
pub(super) fn snapshot(world: &World, opportunity: &Opportunity, user: u64) -> Value {
    serde_json::to_value(OpportunityBody::of(world, opportunity, user)).unwrap_or_default()
}

/// An opportunity on a list the caller may see.
pub(super) fn visible(world: &World, id: u64, user: u64) -> Result<&Opportunity, Errors> {
    let found = world.visible_opportunity(id, user).map(|(_, opportunity)| opportunity);
    found.ok_or_else(|| no_such("opportunity", id))
}

/// One that the caller may change as well.
fn managed(world: &World, id: u64, user: u64) -> Result<&Opportunity, Errors> {
    let found = visible(world, id, user)?;
    if found.managed_by(user) { Ok(found) } else { Err(Errors::hidden()) }
}

fn opportunities(call: &Call<'_>, rules: PageRules) -> Outcome {
    let mut params = call.params()?;
    let term = params.text("term").map(|term| term.to_lowercase());
    let paging = params.paging(rules);
    params.done()?;
    let (world, user) = (call.world, call.caller.user);
    let found = world.opportunities.values().filter(|found| {
        let wanted = term.as_ref().is_none_or(|term| found.name.to_lowercase().contains(term));
        wanted && world.visible_list(found.list, user).is_some()
    });
    paging.answer("opportunities", found, |found| OpportunityBody::of(world, found, user))
}

fn opportunity(call: &Call<'_>) -> Outcome {
    let mut params = call.params()?;
    let id = params.path_id("opportunity_id");
    params.done()?;
    let user = call.caller.user;
    Answer::ok(&OpportunityBody::of(call.world, visible(call.world, id, user)?, user))
}

fn create(world: &mut World, request: &Request<'_>) -> Outcome {
    let (mut params, user) = (request.params()?, request.caller.user);
    let name = params.must("name", Params::words);
    let list = params.must("list_id", Params::id);
    let persons = params.all_known::<Person>(world, "person_ids").unwrap_or_default();
    let companies = params.all_known::<Company>(world, "organization_ids").unwrap_or_default();
    if list > 0 {
        match visible_list(world, list, user) {
            Ok(list) if list.kind == EntityKind::Opportunity => {}
            Ok(_) => params.reject("list_id", "the list does not hold opportunities"),
            Err(_) => params.reject_id("list_id", list),
        }
    }
    params.done()?;
    let made = world.make_opportunity(list, name, request.author()).map_err(unexpected)?;
    world.set_persons(made.opportunity, persons, request.author());
    world.set_companies(EntityRef::opportunity(made.opportunity), companies, request.author());
    let body = snapshot(world, visible(world, made.opportunity, user)?, user);
    let row = world.row(made.entry).ok_or_else(|| no_such("list entry", made.entry))?;
    let row = serde_json::to_value(EntryBody::of(&row)).unwrap_or_default();
    announce::tell(world, EventName::OpportunityCreated, &body);
    announce::tell(world, EventName::ListEntryCreated, &row);
    Answer::ok(&body)
}

fn update(world: &mut World, request: &Request<'_>) -> Outcome {
    let (mut params, user) = (request.params()?, request.caller.user);
    let id = params.path_id("opportunity_id");
    let name = params.words("name");
    let persons = params.all_known::<Person>(world, "person_ids");
    let companies = params.all_known::<Company>(world, "organization_ids");
    params.done()?;
    managed(world, id, user)?;
    if let (Some(name), Some(found)) = (name, world.opportunities.get_mut(&id)) {
        found.name = name;
    }
    if let Some(persons) = persons {
        world.set_persons(id, persons, request.author());
    }
    if let Some(companies) = companies {
        world.set_companies(EntityRef::opportunity(id), companies, request.author());
    }
    let body = snapshot(world, visible(world, id, user)?, user);
    announce::tell(world, EventName::OpportunityUpdated, &body);
    Answer::ok(&body)
}

fn delete(world: &mut World, request: &Request<'_>) -> Outcome {
    let mut params = request.params()?;
    let id = params.path_id("opportunity_id");
    params.done()?;
    managed(world, id, request.caller.user)?;
    for row in persons::rows_of(world, EntityRef::opportunity(id)) {
        list_entries::remove(world, row, request)?;
    }
    success()
}
