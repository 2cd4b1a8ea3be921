//! `/v2/persons`

use std::sync::Arc;

use axum::Router;

use super::call::{Answer, Call, Json, read};
use super::entities::{PersonBody, pick};
use super::fields::FieldBody;
use super::list_entries::entries_of;
use super::lists::lists_of;
use super::selection::Selector;
use crate::api::App;
use crate::world::{EntityKind, EntityRef, Permission, Presence};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/v2/persons", read(persons))
        .route("/v2/persons/{person}", read(person))
        .route("/v2/persons/{person}/lists", read(lists))
        .route("/v2/persons/{person}/list-entries", read(list_entries))
}

fn persons(call: &Call<'_>) -> Answer {
    call.require(Permission::ExportPersons)?;
    let mut params = call.params();
    let ids = params.ids("ids");
    let fields = Selector::ENTITY.select(&mut params, call.world.fields_of_kind(EntityKind::Person));
    let paging = params.paging(100)?;
    paging.answer(
        |range| {
            let found = pick(&call.world.persons, ids.as_ref(), range);
            found.filter(|(_, person)| person.presence == Presence::Here)
        },
        |person| PersonBody::of(person, FieldBody::of_entity(call, &fields, &person.cells)),
    )
}

fn person(call: &Call<'_>) -> Answer {
    call.require(Permission::ExportPersons)?;
    let [id] = call.path_ids(["personId"])?;
    let person = call.person(id)?;
    let mut params = call.params();
    let fields = Selector::ENTITY.select(&mut params, call.world.fields_of_kind(EntityKind::Person));
    params.done()?;
    Json::of(&PersonBody::of(
        person,
        FieldBody::of_entity(call, &fields, &person.cells),
    ))
}

fn lists(call: &Call<'_>) -> Answer {
    let [id] = call.path_ids(["personId"])?;
    call.person(id)?;
    lists_of(
        call,
        EntityRef {
            kind: EntityKind::Person,
            id,
        },
    )
}

fn list_entries(call: &Call<'_>) -> Answer {
    call.require(Permission::ExportLists)?;
    let [id] = call.path_ids(["personId"])?;
    call.person(id)?;
    entries_of(
        call,
        EntityRef {
            kind: EntityKind::Person,
            id,
        },
    )
}
