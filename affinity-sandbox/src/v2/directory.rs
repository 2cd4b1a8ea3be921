//! `/v2/companies` and `/v2/persons`, which work alike.

use serde::Serialize;

use super::call::{Answer, Call, Outcome};
use super::entities::{CompanyBody, PersonBody, pick};
use super::fields::FieldBody;
use super::list_entries::entries_of;
use super::lists::lists_of;
use super::paging::PageRules;
use super::route::Route;
use super::selection::Selector;
use crate::world::{Company, EntityRef, Permission, Person, Presence, Record};

/// A kind of record with a collection of its own.
trait Listed: Record + 'static {
    /// The parameter of the path that names one.
    const ID: &'static str;
    type Body<'a>: Serialize;
    fn id(&self) -> u64;
    fn body<'a>(&'a self, fields: Vec<FieldBody<'a>>) -> Self::Body<'a>;
}

impl Listed for Company {
    const ID: &'static str = "companyId";
    type Body<'a> = CompanyBody<'a>;

    fn id(&self) -> u64 {
        self.id
    }

    fn body<'a>(&'a self, fields: Vec<FieldBody<'a>>) -> CompanyBody<'a> {
        CompanyBody::of(self, fields)
    }
}

impl Listed for Person {
    const ID: &'static str = "personId";
    type Body<'a> = PersonBody<'a>;

    fn id(&self) -> u64 {
        self.id
    }

    fn body<'a>(&'a self, fields: Vec<FieldBody<'a>>) -> PersonBody<'a> {
        PersonBody::of(self, fields)
    }
}

pub(super) fn of_companies() -> Vec<Route> {
    vec![
        Route::pages("/v2/companies", PageRules::USUAL, all::<Company>).needs(Permission::ExportCompanies),
        Route::read("/v2/companies/{companyId}", one::<Company>).needs(Permission::ExportCompanies),
        Route::pages("/v2/companies/{companyId}/lists", PageRules::USUAL, lists::<Company>),
        Route::pages("/v2/companies/{companyId}/list-entries", PageRules::USUAL, list_entries::<Company>)
            .needs(Permission::ExportLists),
    ]
}

pub(super) fn of_persons() -> Vec<Route> {
    vec![
        Route::pages("/v2/persons", PageRules::USUAL, all::<Person>).needs(Permission::ExportPersons),
        Route::read("/v2/persons/{personId}", one::<Person>).needs(Permission::ExportPersons),
        Route::pages("/v2/persons/{personId}/lists", PageRules::USUAL, lists::<Person>),
        Route::pages("/v2/persons/{personId}/list-entries", PageRules::USUAL, list_entries::<Person>)
            .needs(Permission::ExportLists),
    ]
}

fn all<R: Listed>(call: &Call<'_>, rules: PageRules) -> Outcome {
    let mut params = call.params();
    let ids = params.ids("ids");
    let fields = Selector::ENTITY.select(&mut params, Some(call.world.fields_of_kind(R::KIND)));
    let paging = params.paging(rules)?;
    paging.answer(
        |range| {
            let found = pick(R::all(call.world), ids.as_ref(), range);
            found.filter(|(_, record)| record.presence() == Presence::Here)
        },
        |record: &R| record.body(FieldBody::of_entity(call, &fields, record.cells())),
    )
}

fn one<R: Listed>(call: &Call<'_>) -> Outcome {
    let mut params = call.params();
    let record = params.record::<R>(R::ID);
    let fields = Selector::ENTITY.select(&mut params, Some(call.world.fields_of_kind(R::KIND)));
    params.done()?;
    let record = record?;
    Answer::ok(&record.body(FieldBody::of_entity(call, &fields, record.cells())))
}

fn lists<R: Listed>(call: &Call<'_>, rules: PageRules) -> Outcome {
    let mut params = call.params();
    let record = params.record::<R>(R::ID);
    let paging = params.paging(rules)?;
    lists_of(call, &paging, EntityRef { kind: R::KIND, id: record?.id() })
}

fn list_entries<R: Listed>(call: &Call<'_>, rules: PageRules) -> Outcome {
    let mut params = call.params();
    let record = params.record::<R>(R::ID);
    let paging = params.paging(rules)?;
    entries_of(call, &paging, EntityRef { kind: R::KIND, id: record?.id() })
}
