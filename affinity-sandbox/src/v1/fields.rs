//! Fields: all of them, those of all persons or organizations, and new ones.

use serde::Serialize;

use super::call::{Answer, Call, Outcome, Request, no_such, success, unexpected};
use super::params::Params;
use super::route::Route;
use super::value::OptionBody;
use super::{announce, codes};
use crate::api::Errors;
use crate::events::EventName;
use crate::world::{EntityKind, Field, List, NewField, Scope, ValueType, World};

pub(super) fn operations() -> Vec<Route> {
    vec![
        Route::get("/fields", fields),
        Route::post("/fields", create),
        Route::delete("/fields/{field_id}", delete),
        Route::get("/persons/fields", person_fields),
        Route::get("/organizations/fields", organization_fields),
    ]
}

#[derive(Serialize)]
pub(super) struct FieldBody<'a> {
    id: u64,
    name: String,
    #[serde(flatten)]
    more: Option<More>,
    value_type: u64,
    allows_multiple: bool,
    dropdown_options: Vec<OptionBody<'a>>,
}

/// What the short form leaves out.
#[derive(Serialize)]
struct More {
    list_id: Option<u64>,
    enrichment_source: &'static str,
    track_changes: bool,
}

impl<'a> FieldBody<'a> {
    pub(super) fn short(field: &'a Field) -> Self {
        Self {
            id: field.number,
            name: field.name.clone(),
            more: None,
            value_type: codes::of_value(field.value_type).unwrap_or_default(),
            allows_multiple: field.value_type.is_multi(),
            dropdown_options: OptionBody::all(field).collect(),
        }
    }

    pub(super) fn of(field: &'a Field) -> Self {
        let more = More {
            list_id: list_of(field),
            enrichment_source: field.source.map_or("none", |source| source.as_str()),
            track_changes: field.tracks_changes(),
        };
        Self { more: Some(more), ..Self::short(field) }
    }
}

/// The list a field belongs to; `None` when it is global.
pub(super) fn list_of(field: &Field) -> Option<u64> {
    match field.scope {
        Scope::List(list) => Some(list),
        Scope::Entity(_) => None,
    }
}

/// Whether this API knows such a field: neither computed values nor associations are fields here.
pub(super) fn is_served(field: &Field) -> bool {
    let is_association = list_of(field).is_some() && !field.is_custom();
    codes::of_value(field.value_type).is_some() && !is_association
}

/// The fields this user may see, in the order of their numbers.
fn visible_fields(world: &World, user: u64) -> Vec<&Field> {
    let visible = |field: &&Field| list_of(field).is_none_or(|list| world.visible_list(list, user).is_some());
    let mut fields: Vec<&Field> =
        world.all_fields().filter(|field| is_served(field)).filter(visible).collect();
    fields.sort_by_key(|field| field.number);
    fields
}

/// The field of a number, if this user may see it.
pub(super) fn visible_field(world: &World, number: u64, user: u64) -> Option<&Field> {
    let field = world.field_of_number(number).filter(|field| is_served(field))?;
    list_of(field).is_none_or(|list| world.visible_list(list, user).is_some()).then_some(field)
}

/// The columns of a list.
pub(super) fn of_list<'w>(world: &'w World, list: &List) -> Vec<FieldBody<'w>> {
    let fields = world.all_fields().filter(|field| field.scope == Scope::List(list.id));
    fields.filter(|field| is_served(field)).map(FieldBody::short).collect()
}

/// What has the field.
pub(super) fn kind_of(world: &World, field: &Field) -> Option<EntityKind> {
    match field.scope {
        Scope::Entity(kind) => Some(kind),
        Scope::List(list) => world.lists.get(&list).map(|list| list.kind),
    }
}

fn fields(call: &Call<'_>) -> Outcome {
    let mut params = call.params()?;
    let (world, user) = (call.world, call.caller.user);
    let list = visible_list_id(&mut params, world, user);
    let value_type = params.integer("value_type", 0, u64::MAX);
    let kind = params.code("entity_type", codes::entity);
    let with_list_names = params.flag("with_modified_names");
    let without_options = params.flag("exclude_dropdown_options");
    params.done()?;
    let mut found = visible_fields(world, user);
    found.retain(|field| list.is_none() || list_of(field) == list);
    found.retain(|field| value_type.is_none() || codes::of_value(field.value_type) == value_type);
    found.retain(|field| kind.is_none() || kind_of(world, field) == kind);
    let bodies = found.into_iter().map(|field| {
        let mut body = FieldBody::of(field);
        if let Some(list) = list_of(field).filter(|_| with_list_names).and_then(|id| world.lists.get(&id)) {
            body.name = format!("[{}] {}", list.name, field.name);
        }
        if without_options {
            body.dropdown_options.clear();
        }
        body
    });
    Answer::ok(&bodies.collect::<Vec<_>>())
}

fn person_fields(call: &Call<'_>) -> Outcome {
    global_fields(call, EntityKind::Person)
}

fn organization_fields(call: &Call<'_>) -> Outcome {
    global_fields(call, EntityKind::Company)
}

fn global_fields(call: &Call<'_>, kind: EntityKind) -> Outcome {
    let fields = visible_fields(call.world, call.caller.user).into_iter();
    let fields = fields.filter(|field| field.scope == Scope::Entity(kind));
    Answer::ok(&fields.map(FieldBody::short).collect::<Vec<_>>())
}

fn create(world: &mut World, request: &Request<'_>) -> Outcome {
    let mut params = request.params()?;
    let name = params.must("name", Params::words);
    let kind = params.code("entity_type", codes::entity);
    let kind = params.need("entity_type", kind).unwrap_or(EntityKind::Person);
    let value_type = value_type(&mut params);
    let list = visible_list_id(&mut params, world, request.caller.user);
    let is_list_specific = params.flag("is_list_specific");
    // Taken, and never told again.
    params.flag("is_required");
    check_scope(&mut params, world, kind, list, is_list_specific);
    params.done()?;
    let new = NewField::new(name, value_type);
    let id = match list {
        Some(list) => world.add_list_field(list, new),
        None => world.add_global_field(kind, new),
    };
    let id = id.map_err(unexpected)?;
    let field = world.all_fields().find(|field| *field.id == *id).ok_or_else(|| no_such("field", &id))?;
    let body = serde_json::to_value(FieldBody::of(field)).unwrap_or_default();
    announce::tell(world, EventName::FieldCreated, &body);
    Answer::ok(&body)
}

/// The type of the values. Not specified: what `allows_multiple` does to types that hold one value only; here it is
/// refused.
fn value_type(params: &mut Params<'_>) -> ValueType {
    let found = params.code("value_type", codes::value);
    let found = params.need("value_type", found);
    let allows_multiple = params.flag("allows_multiple");
    match found {
        Some((_, Some(multi))) if allows_multiple => multi,
        Some((single, _)) => {
            if allows_multiple {
                params.reject("allows_multiple", "values of this type do not come in several");
            }
            single
        }
        None => ValueType::Text,
    }
}

/// A field belongs to a list of what it is for, or to all persons or organizations. Not specified: what a list without
/// `is_list_specific` means; here the two go together.
fn check_scope(
    params: &mut Params<'_>,
    world: &World,
    kind: EntityKind,
    list: Option<u64>,
    is_list_specific: bool,
) {
    match list {
        None if is_list_specific && !params.is_given("list_id") => {
            params.reject("list_id", "list_id is required for a list-specific field");
        }
        None if kind == EntityKind::Opportunity && !params.is_given("list_id") => {
            params.reject("entity_type", "opportunities have list-specific fields only");
        }
        Some(_) if !is_list_specific => {
            params.reject("is_list_specific", "a field of a list is list-specific");
        }
        Some(list) if world.lists.get(&list).is_some_and(|list| list.kind != kind) => {
            params.reject("entity_type", "the list holds something else");
        }
        _ => {}
    }
}

fn delete(world: &mut World, request: &Request<'_>) -> Outcome {
    let mut params = request.params()?;
    let number = params.path_id("field_id");
    params.done()?;
    let field = visible_field(world, number, request.caller.user).ok_or_else(|| no_such("field", number))?;
    if !field.is_custom() {
        // Not specified.
        return Err(Errors::unprocessable("only custom fields can be deleted"));
    }
    let (id, body) = (field.id.clone(), serde_json::to_value(FieldBody::of(field)).unwrap_or_default());
    world.remove_field(&id).map_err(unexpected)?;
    announce::tell(world, EventName::FieldDeleted, &body);
    success()
}

/// The list that `list_id` names, if the caller may see it.
fn visible_list_id(params: &mut Params<'_>, world: &World, user: u64) -> Option<u64> {
    let id = params.id("list_id")?;
    let found = world.visible_list(id, user).map(|list| list.id);
    if found.is_none() {
        params.reject_id("list_id", id);
    }
    found
}
