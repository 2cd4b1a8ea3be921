//! `/organizations`: what v2 calls companies.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::announce;
use super::brief::OrganizationBrief;
use super::call::{Answer, Call, Outcome, Request, find, success, unexpected};
use super::extras::Extras;
use super::list_entries::EntryBody;
use super::paging::PageRules;
use super::params::Params;
use super::persons::{erase, joined};
use super::route::Route;
use super::touches::{Bounds, TouchBody, Touches};
use crate::api::Errors;
use crate::events::EventName;
use crate::world::{Company, EntityRef, Person, Presence, World};

pub(super) fn operations() -> Vec<Route> {
    let one = "/organizations/{organization_id}";
    vec![
        Route::pages("/organizations", PageRules::USUAL, organizations),
        Route::get(one, organization),
        Route::post("/organizations", create),
        Route::put(one, update),
        Route::delete(one, delete),
    ]
}

#[derive(Serialize)]
struct OrganizationBody<'a> {
    id: u64,
    name: &'a str,
    domain: Option<&'a str>,
    domains: &'a [String],
    global: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    person_ids: Option<Vec<u64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    opportunity_ids: Option<Vec<u64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    list_entries: Option<Vec<EntryBody<'a>>>,
    #[serde(flatten)]
    touches: Option<TouchBody>,
}

impl<'a> OrganizationBody<'a> {
    /// Without what only some answers have.
    fn bare(company: &'a Company) -> Self {
        Self {
            id: company.id,
            name: &company.name,
            domain: company.domains.first().map(String::as_str),
            domains: &company.domains,
            global: company.is_global,
            person_ids: None,
            opportunity_ids: None,
            list_entries: None,
            touches: None,
        }
    }

    fn written(world: &World, company: &'a Company) -> Self {
        Self { person_ids: Some(world.members_of(company.id)), ..Self::bare(company) }
    }
}

fn filled<'c>(extras: &Extras<'_>, company: &'c Company, body: OrganizationBody<'c>) -> OrganizationBody<'c> {
    let entity = EntityRef::company(company.id);
    OrganizationBody {
        touches: extras.dates_of(entity),
        opportunity_ids: extras.opportunities_of(entity),
        ..body
    }
}

fn organizations(call: &Call<'_>, rules: PageRules) -> Outcome {
    let mut params = call.params()?;
    let term = params.text("term").map(|term| term.to_lowercase());
    let bounds = Bounds::read(&mut params);
    let extras = Extras::read(call, &mut params, bounds, Touches::of_organizations);
    let paging = params.paging(rules);
    params.done()?;
    // A search by name alone goes through the vendor's whole directory, everything else through the account's part.
    let account = (term.is_none() || !extras.is_empty()).then(|| Account::of(call.world));
    let here = call.world.companies.values().filter(|company| company.presence == Presence::Here);
    let found = here.filter(|company| {
        term.as_ref().is_none_or(|term| is_like(company, term))
            && account.as_ref().is_none_or(|account| account.has(company))
            && extras.admit(EntityRef::company(company.id))
    });
    paging.answer("organizations", found, |company| filled(&extras, company, OrganizationBody::bare(company)))
}

/// The organizations that the account has to do with. Not specified: which of the shared directory those are; here they
/// are those on a list, on an opportunity, or with a person.
struct Account {
    staff: BTreeMap<u64, BTreeSet<u64>>,
    used: BTreeSet<u64>,
}

impl Account {
    fn of(world: &World) -> Self {
        let rows = world
            .entries
            .values()
            .map(|entry| entry.entity)
            .filter_map(|entity| Some(entity.id).filter(|id| EntityRef::company(*id) == entity));
        let opportunities = world.opportunities.keys();
        let deals = opportunities.flat_map(|id| world.companies_with(EntityRef::opportunity(*id)));
        Self { staff: world.staff(), used: rows.chain(deals).collect() }
    }

    fn has(&self, company: &Company) -> bool {
        !company.is_global || self.used.contains(&company.id) || self.staff.contains_key(&company.id)
    }
}

/// A part of the name or of a domain. The real search is fuzzier, in ways nobody says.
fn is_like(company: &Company, term: &str) -> bool {
    let mut texts = company.domains.iter().chain([&company.name]);
    texts.any(|text| text.to_lowercase().contains(term))
}

fn organization(call: &Call<'_>) -> Outcome {
    let mut params = call.params()?;
    let id = params.path_id("organization_id");
    let extras = Extras::read(call, &mut params, Bounds::default(), Touches::of_organizations);
    params.done()?;
    let company = find::<Company>(call.world, id)?;
    let body = OrganizationBody {
        list_entries: Some(EntryBody::all_of(call.world, EntityRef::company(id), call.caller.user)),
        ..OrganizationBody::written(call.world, company)
    };
    Answer::ok(&filled(&extras, company, body))
}

/// Always a new one, whatever there is already.
fn create(world: &mut World, request: &Request<'_>) -> Outcome {
    let mut params = request.params()?;
    let name = params.must("name", Params::words);
    let domain = domain(&mut params);
    let persons = params.all_known::<Person>(world, "person_ids").unwrap_or_default();
    params.done()?;
    let new = domain.iter().fold(Company::new(name), Company::domain);
    let id = world.add_company(new).map_err(unexpected)?;
    let linked = world.persons_by_domain(domain.as_slice());
    for person in joined(persons, linked) {
        world.add_member(id, person, request.author());
    }
    let body = told(world, id, EventName::OrganizationCreated)?;
    Answer::ok(&body)
}

fn update(world: &mut World, request: &Request<'_>) -> Outcome {
    let mut params = request.params()?;
    let id = params.path_id("organization_id");
    let name = params.words("name");
    let domain = domain(&mut params);
    let persons = params.all_known::<Person>(world, "person_ids");
    if world.companies.get(&id).is_some_and(|company| company.is_global) {
        for (given, parameter) in [(name.is_some(), "name"), (domain.is_some(), "domain")] {
            if given {
                params.reject(parameter, "a global organization keeps its name and domain");
            }
        }
    }
    params.done()?;
    find::<Company>(world, id)?;
    if let Some(persons) = persons {
        world.set_members(id, &persons, request.author());
    }
    if let (Some(name), Some(company)) = (name, world.companies.get_mut(&id)) {
        company.name = name;
    }
    if let Some(domain) = domain {
        change_domain(world, id, domain, request);
    }
    let body = told(world, id, EventName::OrganizationUpdated)?;
    Answer::ok(&body)
}

/// Another primary domain; persons with such addresses are linked. The one that is primary already changes nothing.
fn change_domain(world: &mut World, id: u64, domain: String, request: &Request<'_>) {
    let primary = world.companies.get(&id).and_then(|company| company.domains.first());
    if primary.is_some_and(|primary| primary.eq_ignore_ascii_case(&domain)) {
        return;
    }
    for person in world.persons_by_domain(std::slice::from_ref(&domain)) {
        world.add_member(id, person, request.author());
    }
    if let Some(company) = world.companies.get_mut(&id) {
        put_first(&mut company.domains, domain);
    }
}

/// Not specified: what becomes of the domain that was the primary one; here it stays, after one that was known already,
/// and a new one takes its place.
fn put_first(domains: &mut Vec<String>, domain: String) {
    let known = domains.iter().position(|known| known.eq_ignore_ascii_case(&domain));
    match (known, domains.first_mut()) {
        (Some(nth), _) => domains[..=nth].rotate_right(1),
        (None, Some(primary)) => *primary = domain,
        (None, None) => domains.push(domain),
    }
}

fn delete(world: &mut World, request: &Request<'_>) -> Outcome {
    let mut params = request.params()?;
    let id = params.path_id("organization_id");
    params.done()?;
    let company = find::<Company>(world, id)?;
    if company.is_global {
        return Err(Errors::unprocessable("a global organization cannot be deleted"));
    }
    let body = event(company);
    for person in world.members_of(id) {
        let entity = EntityRef::person(person);
        let others = world.companies_with(entity).into_iter().filter(|other| *other != id).collect();
        world.set_companies(entity, others, request.author());
    }
    erase(world, EntityRef::company(id), request)?;
    announce::tell(world, EventName::OrganizationDeleted, &body);
    success()
}

/// Tells of a change, and what is answered.
fn told(world: &mut World, id: u64, name: EventName) -> Result<Value, Errors> {
    let company = find::<Company>(world, id)?;
    let body = serde_json::to_value(OrganizationBody::written(world, company)).unwrap_or_default();
    let event = event(company);
    announce::tell(world, name, &event);
    Ok(body)
}

/// The body of events.
fn event(company: &Company) -> Value {
    serde_json::to_value(OrganizationBrief::of(company)).unwrap_or_default()
}

/// A bare domain: without a scheme, spaces or underscores (observed), and nothing empty between its dots.
fn domain(params: &mut Params<'_>) -> Option<String> {
    let domain = params.text("domain")?;
    let is_allowed = |character: char| character.is_alphanumeric() || ".-".contains(character);
    let is_whole = domain.contains('.') && domain.split('.').all(|label| !label.is_empty());
    if !is_whole || !domain.chars().all(is_allowed) {
        params.reject("domain", "a bare domain is expected, as tessel.example");
        return None;
    }
    Some(domain)
}
