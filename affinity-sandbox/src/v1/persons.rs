//! `/persons`

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::announce;
use super::brief::PersonBrief;
use super::call::{Answer, Call, Outcome, Request, find, success, unexpected};
use super::extras::Extras;
use super::list_entries::{self, EntryBody};
use super::paging::PageRules;
use super::params::Params;
use super::route::Route;
use super::touches::{Bounds, TouchBody, Touches};
use crate::api::Errors;
use crate::events::EventName;
use crate::world::{Company, EntityRef, Person, PersonKind, Presence, World};

pub(super) fn operations() -> Vec<Route> {
    let one = "/persons/{person_id}";
    vec![
        Route::pages("/persons", PageRules::USUAL, persons),
        Route::get(one, person),
        Route::post("/persons", create),
        Route::put(one, update),
        Route::delete(one, delete),
    ]
}

#[derive(Serialize)]
struct PersonBody<'a> {
    #[serde(flatten)]
    brief: PersonBrief<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization_ids: Option<Vec<u64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    opportunity_ids: Option<Vec<u64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_organization_ids: Option<Vec<u64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    list_entries: Option<Vec<EntryBody<'a>>>,
    #[serde(flatten)]
    touches: Option<TouchBody>,
}

impl<'a> PersonBody<'a> {
    /// Without what only some answers have.
    fn bare(person: &'a Person) -> Self {
        Self {
            brief: PersonBrief::of(person),
            organization_ids: None,
            opportunity_ids: None,
            current_organization_ids: None,
            list_entries: None,
            touches: None,
        }
    }

    fn written(world: &World, person: &'a Person) -> Self {
        let organizations = world.companies_with(EntityRef::person(person.id));
        Self { organization_ids: Some(organizations), ..Self::bare(person) }
    }
}

fn filled<'p>(
    call: &Call<'_>,
    extras: &Extras<'_>,
    with_employers: bool,
    person: &'p Person,
    body: PersonBody<'p>,
) -> PersonBody<'p> {
    let entity = EntityRef::person(person.id);
    PersonBody {
        touches: extras.dates_of(entity),
        opportunity_ids: extras.opportunities_of(entity),
        current_organization_ids: with_employers.then(|| call.world.employers_of(person.id)),
        ..body
    }
}

fn persons(call: &Call<'_>, rules: PageRules) -> Outcome {
    let mut params = call.params()?;
    let term = params.text("term").map(|term| term.to_lowercase());
    let bounds = Bounds::read(&mut params);
    let extras = Extras::read(call, &mut params, bounds, Touches::of_persons);
    let with_employers = params.flag("with_current_organizations");
    let paging = params.paging(rules);
    params.done()?;
    let here = call.world.persons.values().filter(|person| person.presence == Presence::Here);
    let found = here.filter(|person| {
        term.as_ref().is_none_or(|term| is_like(person, term)) && extras.admit(EntityRef::person(person.id))
    });
    paging.answer("persons", found, |person| {
        filled(call, &extras, with_employers, person, PersonBody::bare(person))
    })
}

/// A part of a name or address. The real search is fuzzier, in ways nobody says.
fn is_like(person: &Person, term: &str) -> bool {
    let (first, last) = (person.first_name.as_deref(), person.last_name.as_deref());
    let whole = format!("{} {}", first.unwrap_or_default(), last.unwrap_or_default());
    let mut texts = person.emails.iter().map(String::as_str).chain([whole.as_str()]);
    texts.any(|text| text.to_lowercase().contains(term))
}

fn person(call: &Call<'_>) -> Outcome {
    let mut params = call.params()?;
    let id = params.path_id("person_id");
    let extras = Extras::read(call, &mut params, Bounds::default(), Touches::of_persons);
    let with_employers = params.flag("with_current_organizations");
    params.done()?;
    let person = find::<Person>(call.world, id)?;
    let entity = EntityRef::person(id);
    let body = PersonBody {
        list_entries: Some(EntryBody::all_of(call.world, entity, call.caller.user)),
        ..PersonBody::written(call.world, person)
    };
    Answer::ok(&filled(call, &extras, with_employers, person, body))
}

fn create(world: &mut World, request: &Request<'_>) -> Outcome {
    let mut params = request.params()?;
    let first_name = params.must("first_name", Params::text);
    let last_name = params.must("last_name", Params::text);
    let emails = params.must("emails", |params, name| addresses(params, world, name, None));
    let companies = params.all_known::<Company>(world, "organization_ids").unwrap_or_default();
    params.done()?;
    let new = emails.iter().fold(Person::new(first_name).last_name(last_name), Person::email);
    let id = world.add_person(new).map_err(unexpected)?;
    let linked = world.companies_by_address(&emails);
    world.set_companies(EntityRef::person(id), joined(companies, linked), request.author());
    let body = snapshot(world, id)?;
    announce::tell(world, EventName::PersonCreated, &body);
    Answer::ok(&body)
}

fn update(world: &mut World, request: &Request<'_>) -> Outcome {
    let mut params = request.params()?;
    let id = params.path_id("person_id");
    let (first_name, last_name) = (params.text("first_name"), params.text("last_name"));
    let emails = addresses(&mut params, world, "emails", Some(id));
    let companies = params.all_known::<Company>(world, "organization_ids");
    params.done()?;
    find::<Person>(world, id)?;
    let linked = emails.as_ref().map(|emails| world.companies_by_address(emails)).unwrap_or_default();
    let known = companies.unwrap_or_else(|| world.companies_with(EntityRef::person(id)));
    world.set_companies(EntityRef::person(id), joined(known, linked), request.author());
    if let Some(person) = world.persons.get_mut(&id) {
        person.first_name = first_name.or(person.first_name.take());
        person.last_name = last_name.or(person.last_name.take());
        person.emails = emails.unwrap_or_else(|| std::mem::take(&mut person.emails));
    }
    let body = snapshot(world, id)?;
    announce::tell(world, EventName::PersonUpdated, &body);
    Answer::ok(&body)
}

fn delete(world: &mut World, request: &Request<'_>) -> Outcome {
    let mut params = request.params()?;
    let id = params.path_id("person_id");
    params.done()?;
    if find::<Person>(world, id)?.kind == PersonKind::Internal {
        // Not specified; but the account would lose a user, and perhaps the one who asks.
        return Err(Errors::unprocessable("users of the account cannot be deleted"));
    }
    let body = snapshot(world, id)?;
    erase(world, EntityRef::person(id), request)?;
    announce::tell(world, EventName::PersonDeleted, &body);
    success()
}

/// Deletes a company or person, with rows and values. Of the values only the history of their fields tells, as where
/// rows are [removed](list_entries::remove).
pub(super) fn erase(world: &mut World, entity: EntityRef, request: &Request<'_>) -> Result<(), Errors> {
    for row in rows_of(world, entity) {
        list_entries::remove(world, row, request)?;
    }
    world.clear_cells(entity, request.author());
    world.mark_deleted(entity.kind, entity.id).map_err(unexpected)
}

/// The ids of the rows of an entity.
pub(super) fn rows_of(world: &World, entity: EntityRef) -> Vec<u64> {
    world.all_rows_with(entity).map(|row| row.entry.id).collect()
}

/// A person as written: the body of answers and events.
pub(super) fn snapshot(world: &World, id: u64) -> Result<Value, Errors> {
    let body = PersonBody::written(world, find(world, id)?);
    Ok(serde_json::to_value(body).unwrap_or_default())
}

/// Addresses that belong to nobody else, each once.
fn addresses(
    params: &mut Params<'_>,
    world: &World,
    name: &'static str,
    own: Option<u64>,
) -> Option<Vec<String>> {
    let mut emails: Vec<String> = Vec::new();
    for email in params.texts(name)? {
        // Not specified: what an address has to look like.
        if !email.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty()) {
            params.reject(name, "an email address has something on both sides of an @");
        }
        if world.owner_of_address(&email).is_some_and(|owner| Some(owner) != own) {
            params.reject(name, format!("{email} belongs to another person"));
        }
        if !emails.iter().any(|known| known.eq_ignore_ascii_case(&email)) {
            emails.push(email);
        }
    }
    Some(emails)
}

pub(super) fn joined(mut ids: Vec<u64>, more: Vec<u64>) -> Vec<u64> {
    ids.extend(more);
    let mut seen = BTreeSet::new();
    ids.retain(|id| seen.insert(*id));
    ids
}

impl World {
    /// Who has an address, whichever case it is written in.
    fn owner_of_address(&self, email: &str) -> Option<u64> {
        let mut here = self.persons.values().filter(|person| person.presence == Presence::Here);
        let owner = here.find(|person| person.emails.iter().any(|known| known.eq_ignore_ascii_case(email)));
        owner.map(|person| person.id)
    }
}
