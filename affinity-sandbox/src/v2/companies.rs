//! `/v2/companies`

use std::sync::Arc;

use axum::Router;

use super::call::{Answer, Call, Json, read};
use super::entities::{CompanyBody, pick};
use super::fields::FieldBody;
use super::list_entries::entries_of;
use super::lists::lists_of;
use super::selection::Selector;
use crate::api::App;
use crate::world::{EntityKind, EntityRef, Permission, Presence};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/v2/companies", read(companies))
        .route("/v2/companies/{company}", read(company))
        .route("/v2/companies/{company}/lists", read(lists))
        .route("/v2/companies/{company}/list-entries", read(list_entries))
}

fn companies(call: &Call<'_>) -> Answer {
    call.require(Permission::ExportCompanies)?;
    let mut params = call.params();
    let ids = params.ids("ids");
    let fields = Selector::ENTITY.select(&mut params, call.world.fields_of_kind(EntityKind::Company));
    let paging = params.paging(100)?;
    paging.answer(
        |range| {
            let found = pick(&call.world.companies, ids.as_ref(), range);
            found.filter(|(_, company)| company.presence == Presence::Here)
        },
        |company| CompanyBody::of(company, FieldBody::of_entity(call, &fields, &company.cells)),
    )
}

fn company(call: &Call<'_>) -> Answer {
    call.require(Permission::ExportCompanies)?;
    let [id] = call.path_ids(["companyId"])?;
    let company = call.company(id)?;
    let mut params = call.params();
    let fields = Selector::ENTITY.select(&mut params, call.world.fields_of_kind(EntityKind::Company));
    params.done()?;
    Json::of(&CompanyBody::of(
        company,
        FieldBody::of_entity(call, &fields, &company.cells),
    ))
}

fn lists(call: &Call<'_>) -> Answer {
    let [id] = call.path_ids(["companyId"])?;
    call.company(id)?;
    lists_of(
        call,
        EntityRef {
            kind: EntityKind::Company,
            id,
        },
    )
}

fn list_entries(call: &Call<'_>) -> Answer {
    call.require(Permission::ExportLists)?;
    let [id] = call.path_ids(["companyId"])?;
    call.company(id)?;
    entries_of(
        call,
        EntityRef {
            kind: EntityKind::Company,
            id,
        },
    )
}
