//! The request of each operation, as the facade makes it: pinned, allowed by the document, and served by the
//! sandbox.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;

use affinity::filter::{
    CompanyMergeFilter, CompanyMergeTaskFilter, EmailFilter, MeetingFilter, NoteFilter, NoteOfFilter,
    PersonMergeFilter, PersonMergeTaskFilter,
};
use affinity::{
    Affinity, CompanyId, CompanyMergeId, CompanyMergeTaskId, Date, FieldSelection, FieldType,
    FieldValueUpdate, InteractionId, ListEntryId, ListId, MergeStatus, NoteId, NoteInclude, OpportunityId,
    PersonId, PersonMergeId, PersonMergeTaskId, Result, SavedViewId, ValueType,
};
use affinity_sandbox::Sandbox;
use chrono::{DateTime, TimeZone, Utc};
use serde_json::{Value, json};

use crate::document_server::{DocumentServer, Style, contract};

type Called = Pin<Box<dyn Future<Output = Result<()>>>>;

/// An operation, a call of it, and the request that it is: method, path with query, body.
struct Pinned {
    operation: &'static str,
    call: fn(Affinity) -> Called,
    request: &'static str,
    body: Option<Value>,
}

const TASK: &str = "7f3c2d10-58ab-4c6e-9d21-0c4b6a1e8f35";

fn company() -> CompanyId {
    CompanyId::new(88120)
}

fn person() -> PersonId {
    PersonId::new(5530)
}

fn opportunity() -> OpportunityId {
    OpportunityId::new(310)
}

fn list() -> ListId {
    ListId::new(64)
}

fn entry() -> ListEntryId {
    ListEntryId::new(900_101)
}

fn note() -> NoteId {
    NoteId::new(9001)
}

fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2025, 3, 1, 12, 0, 0).unwrap()
}

fn some_fields() -> FieldSelection {
    FieldSelection::ids(["field-4409", "affinity-data-location"])
}

fn categories() -> FieldSelection {
    FieldSelection::types([FieldType::Enriched, FieldType::Global])
}

/// A call of which only that it was made is of interest.
macro_rules! pin {
    ($operation:literal, $request:literal, |$affinity:ident| $call:expr) => {
        pin!($operation, $request, |$affinity| $call, None)
    };
    ($operation:literal, $request:literal, |$affinity:ident| $call:expr, $body:expr) => {
        Pinned {
            operation: $operation,
            call: |$affinity| Box::pin(async move { $call.await.map(drop) }),
            request: $request,
            body: $body,
        }
    };
}

fn reads_of_entities() -> Vec<Pinned> {
    vec![
        pin!("whoami", "GET /v2/auth/whoami", |affinity| affinity.whoami().send()),
        pin!(
            "list_companies",
            "GET /v2/companies?fieldTypes=enriched&fieldTypes=global&limit=50",
            |affinity| affinity.companies().list().fields(categories()).page_size(50).send()
        ),
        pin!("list_companies", "GET /v2/companies?ids=3&ids=1&ids=2", |affinity| affinity
            .companies()
            .by_ids([3, 1, 2, 3].map(CompanyId::new))
            .send()),
        pin!(
            "get_company",
            "GET /v2/companies/88120?fieldIds=field-4409&fieldIds=affinity-data-location",
            |affinity| affinity.companies().get(company()).fields(some_fields()).send()
        ),
        pin!("list_company_fields", "GET /v2/companies/fields", |affinity| affinity
            .companies()
            .fields()
            .send()),
        pin!("list_company_lists", "GET /v2/companies/88120/lists", |affinity| affinity
            .companies()
            .lists(company())
            .send()),
        pin!("list_company_list_entries", "GET /v2/companies/88120/list-entries", |affinity| affinity
            .companies()
            .list_entries(company())
            .send()),
        pin!("list_persons", "GET /v2/persons?fieldTypes=relationship-intelligence", |affinity| affinity
            .persons()
            .list()
            .fields(FieldSelection::types([FieldType::RelationshipIntelligence]))
            .send()),
        pin!("get_person", "GET /v2/persons/5530", |affinity| affinity.persons().get(person()).send()),
        pin!("list_person_fields", "GET /v2/persons/fields?limit=1", |affinity| affinity
            .persons()
            .fields()
            .page_size(1)
            .send()),
        pin!("list_person_lists", "GET /v2/persons/5530/lists", |affinity| affinity
            .persons()
            .lists(person())
            .send()),
        pin!("list_person_list_entries", "GET /v2/persons/5530/list-entries", |affinity| affinity
            .persons()
            .list_entries(person())
            .send()),
        pin!("list_opportunities", "GET /v2/opportunities?ids=310", |affinity| affinity
            .opportunities()
            .by_ids([opportunity()])
            .send()),
        pin!("get_opportunity", "GET /v2/opportunities/310", |affinity| affinity
            .opportunities()
            .get(opportunity())
            .send()),
    ]
}

fn reads_of_lists() -> Vec<Pinned> {
    vec![
        pin!("list_lists", "GET /v2/lists", |affinity| affinity.lists().list().send()),
        pin!("get_list", "GET /v2/lists/64", |affinity| affinity.lists().get(list()).send()),
        pin!("list_list_fields", "GET /v2/lists/64/fields", |affinity| affinity
            .lists()
            .fields(list())
            .send()),
        pin!("list_saved_views", "GET /v2/lists/64/saved-views", |affinity| affinity
            .lists()
            .saved_views(list())
            .send()),
        pin!("get_saved_view", "GET /v2/lists/64/saved-views/12", |affinity| affinity
            .lists()
            .saved_view(list(), SavedViewId::new(12))
            .send()),
        pin!(
            "list_saved_view_list_entries",
            "GET /v2/lists/64/saved-views/12/list-entries?limit=10",
            |affinity| affinity.lists().saved_view_entries(list(), SavedViewId::new(12)).page_size(10).send()
        ),
        pin!("list_list_entries", "GET /v2/lists/64/list-entries?fieldTypes=list", |affinity| affinity
            .lists()
            .entries(list())
            .fields(FieldSelection::types([FieldType::List]))
            .send()),
        pin!(
            "get_list_entry",
            "GET /v2/lists/64/list-entries/900101?fieldTypes=enriched&fieldTypes=global&fieldTypes=list&fieldTypes=relationship-intelligence",
            |affinity| affinity.lists().entry(list(), entry()).fields(FieldSelection::all()).send()
        ),
    ]
}

fn cells() -> Vec<Pinned> {
    vec![
        pin!("list_list_entry_fields", "GET /v2/lists/64/list-entries/900101/fields?limit=100", |affinity| {
            affinity.lists().entry(list(), entry()).cells().send()
        }),
        pin!(
            "list_list_entry_fields",
            "GET /v2/lists/64/list-entries/900101/fields?ids=field-4409&ids=affinity-data-location&limit=100",
            |affinity| affinity.lists().entry(list(), entry()).cells().fields(some_fields()).send()
        ),
        pin!(
            "list_list_entry_fields",
            "GET /v2/lists/64/list-entries/900101/fields?limit=7&types=enriched&types=global",
            |affinity| affinity
                .lists()
                .entry(list(), entry())
                .cells()
                .fields(categories())
                .page_size(7)
                .send()
        ),
        pin!(
            "get_list_entry_field",
            "GET /v2/lists/64/list-entries/900101/fields/affinity%20%2F%20odd%3F",
            |affinity| affinity.lists().entry(list(), entry()).cell("affinity / odd?").send()
        ),
        pin!(
            "update_list_entry_field",
            "POST /v2/lists/64/list-entries/900101/fields/field-4409",
            |affinity| affinity
                .lists()
                .entry(list(), entry())
                .set_cell("field-4409", FieldValueUpdate::RankedDropdown(Some(412.into())))
                .send(),
            Some(json!({"value": {"type": "ranked-dropdown", "data": {"dropdownOptionId": 412}}}))
        ),
        pin!(
            "update_list_entry_fields",
            "PATCH /v2/lists/64/list-entries/900101/fields",
            |affinity| affinity
                .lists()
                .entry(list(), entry())
                .update_cells()
                .set("field-4410", 2_500_000.0)
                .set("field-4411", [PersonId::new(4021), person()])
                .set("field-4413", Date::ymd(2025, 11, 20).unwrap())
                .clear("field-4412", ValueType::Datetime)
                .send(),
            Some(json!({"operation": "update-fields", "updates": [
                {"id": "field-4410", "value": {"type": "number", "data": 2_500_000}},
                {"id": "field-4411", "value": {"type": "person-multi", "data": [{"id": 4021}, {"id": 5530}]}},
                {"id": "field-4413", "value": {"type": "datetime", "data": "2025-11-20T12:00:00Z"}},
                {"id": "field-4412", "value": {"type": "datetime", "data": null}},
            ]}))
        ),
    ]
}

fn notes() -> Vec<Pinned> {
    vec![
        pin!("list_notes", "GET /v2/notes?limit=100", |affinity| affinity.notes().list().send()),
        pin!(
            "list_notes",
            "GET /v2/notes?filter=creator.id%3D5530+%26+createdAt%3E%3D2025-03-01T12%3A00%3A00Z\
             &includes=companiesPreview&includes=repliesCount&limit=5&totalCount=true",
            |affinity| affinity
                .notes()
                .list()
                .filter(NoteFilter::creator_id().eq(person()) & NoteFilter::created_at().ge(noon()))
                .includes([NoteInclude::RepliesCount, NoteInclude::CompaniesPreview])
                .page_size(5)
                .total_count()
                .send()
        ),
        pin!("list_notes", "GET /v2/notes?limit=0&totalCount=true", |affinity| affinity
            .notes()
            .list()
            .page_size(7)
            .count()),
        pin!("get_note", "GET /v2/notes/9001?includes=repliesCount", |affinity| affinity
            .notes()
            .get(note())
            .includes([NoteInclude::RepliesCount, NoteInclude::RepliesCount])
            .send()),
        pin!(
            "list_note_replies",
            "GET /v2/notes/9001/replies?filter=creator.id%3D5530&limit=100",
            |affinity| affinity
                .notes()
                .replies(note())
                .filter(NoteOfFilter::creator_id().eq(person()))
                .send()
        ),
        pin!("list_note_companies", "GET /v2/notes/9001/attached-companies?limit=100", |affinity| affinity
            .notes()
            .companies(note())
            .send()),
        pin!(
            "list_note_persons",
            "GET /v2/notes/9001/attached-persons?limit=100&totalCount=true",
            |affinity| affinity.notes().persons(note()).total_count().send()
        ),
        pin!(
            "list_note_opportunities",
            "GET /v2/notes/9001/attached-opportunities?limit=1&totalCount=true",
            |affinity| affinity.notes().opportunities(note()).page_size(1).total_count().send()
        ),
        pin!("list_company_notes", "GET /v2/companies/88120/notes?limit=100", |affinity| affinity
            .companies()
            .notes(company())
            .send()),
        pin!(
            "list_person_notes",
            "GET /v2/persons/5530/notes?filter=updatedAt%3C2025-03-01T12%3A00%3A00Z&limit=100",
            |affinity| affinity
                .persons()
                .notes(person())
                .filter(NoteOfFilter::updated_at().lt(noon()))
                .send()
        ),
        pin!(
            "list_opportunity_notes",
            "GET /v2/opportunities/310/notes?limit=0&totalCount=true",
            |affinity| affinity.opportunities().notes(opportunity()).count()
        ),
    ]
}

fn interactions() -> Vec<Pinned> {
    vec![
        pin!("list_emails", "GET /v2/emails?filter=id%3D70044", |affinity| affinity
            .emails()
            .list()
            .filter(EmailFilter::id().eq(InteractionId::new(70044)))
            .send()),
        pin!(
            "list_meetings",
            "GET /v2/meetings?filter=startTime%3E2025-03-01T12%3A00%3A00Z&limit=3",
            |affinity| {
                let later = MeetingFilter::start_time().gt(noon());
                affinity.meetings().list().filter(later).page_size(3).send()
            }
        ),
    ]
}

fn merges() -> Vec<Pinned> {
    vec![
        pin!("list_company_merges", "GET /v2/company-merges?filter=status%3Dfailed", |affinity| affinity
            .companies()
            .merges()
            .filter(CompanyMergeFilter::status().eq(MergeStatus::Failed))
            .send()),
        pin!(
            "start_company_merge",
            "POST /v2/company-merges",
            |affinity| affinity.companies().merge(company(), CompanyId::new(88121)).confirm().send(),
            Some(json!({"primaryCompanyId": 88120, "duplicateCompanyId": 88121}))
        ),
        pin!("get_company_merge", "GET /v2/company-merges/41", |affinity| affinity
            .companies()
            .get_merge(CompanyMergeId::new(41))
            .send()),
        pin!(
            "list_company_merge_tasks",
            "GET /v2/tasks/company-merges?filter=status%3Din-progress",
            |affinity| {
                let going_on = CompanyMergeTaskFilter::status().eq(MergeStatus::InProgress);
                affinity.companies().merge_tasks().filter(going_on).send()
            }
        ),
        pin!(
            "get_company_merge_task",
            "GET /v2/tasks/company-merges/7f3c2d10-58ab-4c6e-9d21-0c4b6a1e8f35",
            |affinity| affinity.companies().merge_task(CompanyMergeTaskId::new(TASK)).send()
        ),
        pin!(
            "list_person_merges",
            "GET /v2/person-merges?filter=taskId%3D7f3c2d10-58ab-4c6e-9d21-0c4b6a1e8f35&limit=100",
            |affinity| {
                let of_task = PersonMergeFilter::task_id().eq(PersonMergeTaskId::new(TASK));
                affinity.persons().merges().filter(of_task).send()
            }
        ),
        pin!(
            "start_person_merge",
            "POST /v2/person-merges",
            |affinity| affinity.persons().merge(person(), PersonId::new(5531)).confirm().send(),
            Some(json!({"primaryPersonId": 5530, "duplicatePersonId": 5531}))
        ),
        pin!("get_person_merge", "GET /v2/person-merges/42", |affinity| affinity
            .persons()
            .get_merge(PersonMergeId::new(42))
            .send()),
        pin!(
            "list_person_merge_tasks",
            "GET /v2/tasks/person-merges?filter=status%3Dsuccess+%7C+status%3Dfailed&limit=100",
            |affinity| {
                let over =
                    PersonMergeTaskFilter::status().any_of([MergeStatus::Success, MergeStatus::Failed]);
                affinity.persons().merge_tasks().filter(over).send()
            }
        ),
        pin!(
            "get_person_merge_task",
            "GET /v2/tasks/person-merges/7f3c2d10-58ab-4c6e-9d21-0c4b6a1e8f35",
            |affinity| affinity.persons().merge_task(PersonMergeTaskId::new(TASK)).send()
        ),
    ]
}

fn pins() -> Vec<Pinned> {
    [reads_of_entities(), reads_of_lists(), cells(), notes(), interactions(), merges()]
        .into_iter()
        .flatten()
        .collect()
}

#[tokio::test]
async fn each_request_is_as_pinned_and_allowed_by_the_document() {
    let server = DocumentServer::start(Style::Fullest).await;
    for pin in pins() {
        let affinity = Affinity::builder().api_key("any").base_url(server.url()).build().unwrap();
        let (before, faults) = (server.seen().len(), server.faults().len());
        let result = (pin.call)(affinity).await;
        assert_eq!(server.faults()[faults..], [] as [String; 0], "{}", pin.operation);
        // The document's server makes up its answers, and cannot know what a task's URL is.
        let of_url = |error: &affinity::Error| error.path() == Some("taskUrl");
        assert!(result.is_ok() || result.as_ref().is_err_and(of_url), "{}: {result:?}", pin.operation);
        let [seen] = &server.seen()[before..] else { panic!("{}: not one request", pin.operation) };
        assert_eq!(seen.operation, pin.operation);
        assert_eq!(format!("{} {}", seen.method, seen.target), pin.request);
        assert_eq!(seen.body, pin.body, "{}", pin.operation);
    }
}

/// Operations that the facade or the sandbox lacks, each with the reason. None.
const WAIVED: [(&str, &str); 0] = [];

#[test]
fn every_operation_of_the_document_has_a_facade_call() {
    let called: BTreeSet<_> =
        pins().iter().map(|pin| pin.operation).chain(WAIVED.map(|(name, _)| name)).collect();
    let documented: BTreeSet<_> = contract().operations.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(called, documented);
}

#[test]
fn every_operation_of_the_document_has_a_sandbox_route() {
    let waived = |name: &str| WAIVED.iter().any(|(other, _)| *other == name);
    let served: BTreeSet<_> =
        Sandbox::operations().iter().map(|it| (it.method.to_string(), it.path.to_owned())).collect();
    let documented: BTreeSet<_> = contract()
        .operations
        .iter()
        .filter(|it| !waived(&it.name))
        .map(|it| (it.method.clone(), it.path.clone()))
        .collect();
    assert_eq!(served, documented);
    assert_eq!(documented.len(), 46);
}
