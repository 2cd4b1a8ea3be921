//! `/field-values`: one for each item of a cell.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::call::{Answer, Call, Outcome, Request, no_such, success, unexpected};
use super::dates::instant;
use super::fields::{self, FieldBody, visible_field};
use super::params::Params;
use super::route::Route;
use super::value::{ValueBody, Wanted};
use super::{announce, codes};
use crate::api::Errors;
use crate::world::{
    Cell, CellValue, Company, EntityKind, EntityRef, Field, Held, Person, Place, Row, Scope, World,
};

pub(super) fn operations() -> Vec<Route> {
    let one = "/field-values/{field_value_id}";
    vec![
        Route::get("/field-values", values),
        Route::post("/field-values", create),
        Route::put(one, update),
        Route::delete(one, delete),
    ]
}

#[derive(Serialize)]
pub(super) struct FieldValueBody<'a> {
    id: u64,
    field_id: u64,
    list_entry_id: Option<u64>,
    entity_id: u64,
    /// Only in events, as the next, and the field.
    #[serde(skip_serializing_if = "Option::is_none")]
    entity_type: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_type: Option<u64>,
    created_at: String,
    updated_at: Option<String>,
    value: ValueBody<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<FieldBody<'a>>,
}

impl<'a> FieldValueBody<'a> {
    /// `None` when there is nothing to tell: values of fields that this API does not know, or nothing is left of it.
    fn of(field: &'a Field, held: &'a Held) -> Option<Self> {
        Some(Self {
            id: held.mark.id,
            field_id: field.number,
            list_entry_id: held.entry,
            entity_id: held.entity.id,
            entity_type: None,
            value_type: None,
            created_at: instant(held.mark.created_at),
            updated_at: held.mark.updated_at.map(instant),
            value: ValueBody::of(field, &held.item).filter(|_| fields::is_served(field))?,
            field: None,
        })
    }
}

/// The body of events: with the field.
pub(super) fn event(world: &World, held: &Held) -> Option<Value> {
    let field = world.field_of(held)?;
    let body = FieldValueBody {
        entity_type: Some(codes::of_entity(held.entity.kind)),
        value_type: codes::of_value(field.value_type),
        field: Some(FieldBody::of(field)),
        ..FieldValueBody::of(field, held)?
    };
    serde_json::to_value(body).ok()
}

/// Where values are asked for.
enum Selector {
    Entity(EntityRef),
    Entry(u64),
}

fn values(call: &Call<'_>) -> Outcome {
    let mut params = call.params()?;
    let (world, user) = (call.world, call.caller.user);
    let found = selectors(&mut params, world, user);
    if found.count != 1 {
        let names = "person_id, organization_id, opportunity_id and list_entry_id";
        params.reject("person_id", format!("exactly one of {names} is expected"));
    }
    params.done()?;
    let held = match found.selector {
        Some(Selector::Entity(entity)) => values_of(world, entity, user),
        Some(Selector::Entry(entry)) => {
            world.row(entry).map(|row| values_of_row(world, &row, user)).unwrap_or_default()
        }
        None => Vec::new(),
    };
    let held: Vec<Held> = held.into_iter().filter_map(|held| as_of_now(world, held)).collect();
    let bodies = held.iter().filter_map(|held| FieldValueBody::of(world.field_of(held)?, held));
    Answer::ok(&bodies.collect::<Vec<_>>())
}

/// How many of the four were given, and what one of them says.
pub(super) struct Selectors {
    pub(super) count: usize,
    selector: Option<Selector>,
}

impl Selectors {
    /// Whether something of that entity and row is meant.
    pub(super) fn admit(&self, entity: EntityRef, entry: Option<u64>) -> bool {
        match self.selector {
            Some(Selector::Entity(wanted)) => wanted == entity,
            Some(Selector::Entry(wanted)) => Some(wanted) == entry,
            None => true,
        }
    }
}

/// Reads the four parameters that say whose values are meant.
pub(super) fn selectors(params: &mut Params<'_>, world: &World, user: u64) -> Selectors {
    let names = ["person_id", "organization_id", "opportunity_id", "list_entry_id"];
    let count = names.iter().filter(|name| params.is_given(name)).count();
    let person = params.known::<Person>(world, "person_id").map(EntityRef::person);
    let company = params.known::<Company>(world, "organization_id").map(EntityRef::company);
    let opportunity = params.known_opportunity(world, "opportunity_id").map(EntityRef::opportunity);
    let entry = known_entry(params, world, user);
    let entity = person.or(company).or(opportunity).map(Selector::Entity);
    Selectors { count, selector: entity.or(entry.map(Selector::Entry)) }
}

/// A row on a list that the caller may see.
fn known_entry(params: &mut Params<'_>, world: &World, user: u64) -> Option<u64> {
    let id = params.id("list_entry_id")?;
    let row = world.row(id).filter(|row| world.visible_list(row.entry.list, user).is_some());
    if row.is_none() {
        params.reject_id("list_entry_id", id);
    }
    row.map(|row| row.entry.id)
}

/// The values of an entity, and of all its rows.
fn values_of(world: &World, entity: EntityRef, user: u64) -> Vec<Held> {
    let rows = world.all_rows_with(entity);
    let visible = rows.filter(|row| world.visible_list(row.entry.list, user).is_some());
    let of_rows = visible.flat_map(|row| values_of_row(world, &row, user));
    world.values_of_entity(entity).into_iter().chain(of_rows).collect()
}

fn values_of_row(world: &World, row: &Row<'_>, user: u64) -> Vec<Held> {
    if row.is_hidden_from(user) { Vec::new() } else { world.values_of_entry(row.entry.id) }
}

/// A value as it reads today: merges followed, the deleted left out.
fn as_of_now(world: &World, held: Held) -> Option<Held> {
    Some(Held { item: world.as_of_now(&held.item)?, ..held })
}

fn create(world: &mut World, request: &Request<'_>) -> Outcome {
    let order = order(world, request)?;
    let Order { place, field, wanted } = order;
    let item = wanted.settle(world, &field)?;
    let changes = world.add_item(place, &field, item, request.author()).map_err(unexpected)?;
    announce::values(world, &changes);
    let held = changes.into_iter().next().map(|change| change.held);
    answer(world, held.ok_or_else(|| Errors::server("the value was not made"))?)
}

/// What a request is to make, once nothing is wrong with it.
struct Order {
    place: Place,
    field: Arc<str>,
    wanted: Wanted,
}

fn order(world: &World, request: &Request<'_>) -> Result<Order, Errors> {
    let (mut params, user) = (request.params()?, request.caller.user);
    let number = params.must("field_id", Params::id);
    let field = visible_field(world, number, user);
    let entity = params.must("entity_id", |params, name| {
        let kind = field.and_then(|field| fields::kind_of(world, field));
        known_entity(params, world, name, kind)
    });
    let place = field.and_then(|field| place(&mut params, world, field, entity, user));
    let wanted = field.and_then(|field| Wanted::read(&mut params, world, field));
    if number > 0 && field.is_none() {
        params.reject_id("field_id", number);
    }
    if let (Some(field), Some(place)) = (field, place) {
        check_room(&mut params, world, field, place)?;
    }
    params.done()?;
    let found = field.zip(place).zip(wanted);
    let ((field, place), wanted) = found.ok_or_else(|| Errors::server("the value could not be read"))?;
    Ok(Order { place, field: field.id.clone(), wanted })
}

/// An entity of the kind the field is for.
fn known_entity(
    params: &mut Params<'_>,
    world: &World,
    name: &'static str,
    kind: Option<EntityKind>,
) -> Option<u64> {
    match kind {
        Some(EntityKind::Company) => params.known::<Company>(world, name),
        Some(EntityKind::Person) => params.known::<Person>(world, name),
        Some(EntityKind::Opportunity) => params.known_opportunity(world, name),
        None => params.id(name),
    }
}

/// Where the value goes: a row is named if and only if the field belongs to a list.
fn place(params: &mut Params<'_>, world: &World, field: &Field, entity: u64, user: u64) -> Option<Place> {
    const NAME: &str = "list_entry_id";
    let Scope::List(list) = field.scope else {
        if params.is_given(NAME) {
            params.reject(NAME, "a global field belongs to no list entry");
        }
        return match fields::kind_of(world, field)? {
            EntityKind::Company => Some(Place::Company(entity)),
            EntityKind::Person => Some(Place::Person(entity)),
            EntityKind::Opportunity => None,
        };
    };
    if !params.is_given(NAME) {
        params.reject(NAME, "list_entry_id is required");
        return None;
    }
    let id = known_entry(params, world, user)?;
    let row = world.row(id)?;
    if row.entry.list != list {
        params.reject(NAME, "the list entry is on another list than the field");
    } else if row.entity.id() != entity && entity > 0 {
        params.reject(NAME, "the list entry is of another entity");
    }
    Some(Place::Entry(id))
}

/// Not specified: what another value for a cell that holds one does; here it is refused, as there is an update for it.
fn check_room(params: &mut Params<'_>, world: &World, field: &Field, place: Place) -> Result<(), Errors> {
    let cell = match place {
        Place::Entry(id) => {
            let row = world.row(id).ok_or_else(|| no_such("list entry", id))?;
            if row.is_hidden_from(params.request.caller.user) {
                return Err(Errors::hidden());
            }
            world.cell(&row, field, params.request.caller.user)
        }
        Place::Company(id) => world.companies.get(&id).map_or(Cell::Empty, |found| found.cells.read(field)),
        Place::Person(id) => world.persons.get(&id).map_or(Cell::Empty, |found| found.cells.read(field)),
    };
    let is_filled = cell.value().is_some_and(|value| world.as_of_now(value).is_some());
    if is_filled && !field.value_type.is_multi() {
        params.reject("field_id", "the field has a value already");
    }
    Ok(())
}

fn update(world: &mut World, request: &Request<'_>) -> Outcome {
    let mut params = request.params()?;
    let id = params.path_id("field_value_id");
    // A value that is not there is told first: without it nothing can be said about the rest.
    let found = (id > 0).then(|| visible_value(world, id, request.caller.user)).transpose()?;
    let wanted = found.as_ref().and_then(|(field, _)| Wanted::read(&mut params, world, field));
    params.done()?;
    let found = found.map(|(field, held)| (field.id.clone(), held)).zip(wanted);
    let ((field, held), wanted) = found.ok_or_else(|| Errors::server("the value could not be read"))?;
    let item = wanted.settle(world, &field)?;
    let change = world.change_item(&held, Some(item), request.author()).map_err(unexpected)?;
    announce::values(world, std::slice::from_ref(&change));
    answer(world, change.held)
}

fn delete(world: &mut World, request: &Request<'_>) -> Outcome {
    let mut params = request.params()?;
    let id = params.path_id("field_value_id");
    params.done()?;
    let (_, held) = visible_value(world, id, request.caller.user)?;
    let change = world.change_item(&held, None, request.author()).map_err(unexpected)?;
    announce::values(world, &[change]);
    success()
}

fn answer(world: &World, held: Held) -> Outcome {
    let field = world.field_of(&held).ok_or_else(|| no_such("field", &*held.field))?;
    Answer::ok(&FieldValueBody::of(field, &held).ok_or_else(|| no_such("field value", held.mark.id))?)
}

/// A value that the caller may see, with its field.
fn visible_value(world: &World, id: u64, user: u64) -> Result<(&Field, Held), Errors> {
    let unknown = || no_such("field value", id);
    let held = world.value_of_id(id).filter(|held| world.survivor(held.entity) == Some(held.entity.id));
    let held = held.ok_or_else(unknown)?;
    let field = world.field_of(&held).and_then(|field| visible_field(world, field.number, user));
    let field = field.filter(|_| is_left(world, &held.item)).ok_or_else(unknown)?;
    let row = held.entry.and_then(|entry| world.row(entry));
    if row.is_some_and(|row| row.is_hidden_from(user)) {
        return Err(Errors::hidden());
    }
    Ok((field, held))
}

fn is_left(world: &World, item: &CellValue) -> bool {
    world.as_of_now(item).is_some()
}
