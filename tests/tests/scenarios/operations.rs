//! Each of the 46 operations against the document's own server: what the raw client sends is allowed, and what
//! the document promises can be read.

use std::collections::BTreeSet;
use std::sync::Arc;

use affinity_core::{FieldId, Transport};
use affinity_v2_raw::{Client, Error, FieldValueUpdate, ResponseValue, enums, types};
use serde::Serialize;
use serde_json::{Value, from_str, from_value, json, to_value};

use crate::document_server::{DocumentServer, Style, contract};
use crate::json::{differences, leveled};
use crate::shapes::updates::updates;

fn raw(server: &DocumentServer) -> Client {
    let transport = Transport::builder().api_key("any").base_url(server.url()).attempts(1);
    Client::over(Arc::new(transport.build().unwrap()))
}

/// The arguments that may be left out.
#[derive(Default)]
struct Given<'a> {
    cursor: Option<&'a str>,
    limit: Option<u32>,
    filter: Option<&'a str>,
    total: Option<bool>,
    field_ids: Option<&'a Vec<FieldId>>,
    entity_fields: Option<&'a Vec<enums::EntityFieldType>>,
    list_fields: Option<&'a Vec<enums::ListFieldType>>,
    includes: Option<&'a Vec<enums::NoteInclude>>,
    some_ids: bool,
}

/// The JSON of what was read; null for nothing.
type Outcome = Result<Value, Box<Error<()>>>;

fn read<T: Serialize>(result: Result<ResponseValue<T>, Error<()>>) -> Outcome {
    result.map(|answer| to_value(answer.into_inner()).unwrap()).map_err(Box::new)
}

/// Calls an operation by its name in the document, with typical arguments.
async fn call(raw: &Client, operation: &str, given: &Given<'_>) -> Outcome {
    let kind = operation.split('_').next().unwrap();
    match kind {
        "list" if operation.starts_with("list_note") => list_note_parts(raw, operation, given).await,
        "list" => list(raw, operation, given).await,
        "get" => get(raw, operation, given).await,
        _ => act(raw, operation).await,
    }
}

async fn list(raw: &Client, operation: &str, given: &Given<'_>) -> Outcome {
    let Given { cursor, limit, filter, total, field_ids, entity_fields, list_fields, .. } = *given;
    let (companies, persons, opportunities) = (vec![1.into(), 2.into()], vec![3.into()], vec![4.into()]);
    let some = given.some_ids;
    match operation {
        "list_companies" => {
            let ids = some.then_some(&companies);
            read(raw.list_companies(cursor, field_ids, entity_fields, ids, limit).await)
        }
        "list_company_fields" => read(raw.list_company_fields(cursor, limit).await),
        "list_company_list_entries" => read(raw.list_company_list_entries(&1.into(), cursor, limit).await),
        "list_company_lists" => read(raw.list_company_lists(&1.into(), cursor, limit).await),
        "list_company_merge_tasks" => read(raw.list_company_merge_tasks(cursor, filter, limit).await),
        "list_company_merges" => read(raw.list_company_merges(cursor, filter, limit).await),
        "list_company_notes" => read(raw.list_company_notes(&1.into(), cursor, filter, limit, total).await),
        "list_emails" => read(raw.list_emails(cursor, filter, limit).await),
        "list_list_entries" => {
            read(raw.list_list_entries(&1.into(), cursor, field_ids, list_fields, limit).await)
        }
        "list_list_entry_fields" => {
            let (row, types) = (2.into(), list_fields);
            read(raw.list_list_entry_fields(&1.into(), &row, cursor, field_ids, limit, types).await)
        }
        "list_list_fields" => read(raw.list_list_fields(&1.into(), cursor, limit).await),
        "list_lists" => read(raw.list_lists(cursor, limit).await),
        "list_meetings" => read(raw.list_meetings(cursor, filter, limit).await),
        "list_opportunities" => {
            read(raw.list_opportunities(cursor, some.then_some(&opportunities), limit).await)
        }
        "list_opportunity_notes" => {
            read(raw.list_opportunity_notes(&1.into(), cursor, filter, limit, total).await)
        }
        "list_person_fields" => read(raw.list_person_fields(cursor, limit).await),
        "list_person_list_entries" => read(raw.list_person_list_entries(&1.into(), cursor, limit).await),
        "list_person_lists" => read(raw.list_person_lists(&1.into(), cursor, limit).await),
        "list_person_merge_tasks" => read(raw.list_person_merge_tasks(cursor, filter, limit).await),
        "list_person_merges" => read(raw.list_person_merges(cursor, filter, limit).await),
        "list_person_notes" => read(raw.list_person_notes(&1.into(), cursor, filter, limit, total).await),
        "list_persons" => {
            let ids = some.then_some(&persons);
            read(raw.list_persons(cursor, field_ids, entity_fields, ids, limit).await)
        }
        "list_saved_view_list_entries" => {
            read(raw.list_saved_view_list_entries(&1.into(), &2.into(), cursor, limit).await)
        }
        "list_saved_views" => read(raw.list_saved_views(&1.into(), cursor, limit).await),
        other => panic!("{other} is not called here"),
    }
}

async fn list_note_parts(raw: &Client, operation: &str, given: &Given<'_>) -> Outcome {
    let Given { cursor, limit, filter, total, includes, .. } = *given;
    match operation {
        "list_notes" => read(raw.list_notes(cursor, filter, includes, limit, total).await),
        "list_note_companies" => read(raw.list_note_companies(&1.into(), cursor, limit, total).await),
        "list_note_opportunities" => read(raw.list_note_opportunities(&1.into(), cursor, limit, total).await),
        "list_note_persons" => read(raw.list_note_persons(&1.into(), cursor, limit, total).await),
        "list_note_replies" => read(raw.list_note_replies(&1.into(), cursor, filter, limit, total).await),
        other => panic!("{other} is not called here"),
    }
}

async fn get(raw: &Client, operation: &str, given: &Given<'_>) -> Outcome {
    let Given { field_ids, entity_fields, list_fields, includes, .. } = *given;
    let field = FieldId::new("affinity-data-location");
    let task = "0f0f0f0f-0000-4000-8000-000000000001";
    match operation {
        "get_company" => read(raw.get_company(&1.into(), field_ids, entity_fields).await),
        "get_company_merge" => read(raw.get_company_merge(&1.into()).await),
        "get_company_merge_task" => read(raw.get_company_merge_task(&task.into()).await),
        "get_list" => read(raw.get_list(&1.into()).await),
        "get_list_entry" => read(raw.get_list_entry(&1.into(), &2.into(), field_ids, list_fields).await),
        "get_list_entry_field" => read(raw.get_list_entry_field(&1.into(), &2.into(), &field).await),
        "get_note" => read(raw.get_note(&1.into(), includes).await),
        "get_opportunity" => read(raw.get_opportunity(&1.into()).await),
        "get_person" => read(raw.get_person(&1.into(), field_ids, entity_fields).await),
        "get_person_merge" => read(raw.get_person_merge(&1.into()).await),
        "get_person_merge_task" => read(raw.get_person_merge_task(&task.into()).await),
        "get_saved_view" => read(raw.get_saved_view(&1.into(), &2.into()).await),
        other => panic!("{other} is not called here"),
    }
}

async fn act(raw: &Client, operation: &str) -> Outcome {
    match operation {
        "whoami" => read(raw.whoami().await),
        "start_company_merge" => {
            let (primary_company_id, duplicate_company_id) = (11.into(), 12.into());
            let body = types::CompanyMergeRequest { primary_company_id, duplicate_company_id };
            read(raw.start_company_merge(&body).await)
        }
        "start_person_merge" => {
            let (primary_person_id, duplicate_person_id) = (11.into(), 12.into());
            let body = types::PersonMergeRequest { primary_person_id, duplicate_person_id };
            read(raw.start_person_merge(&body).await)
        }
        "update_list_entry_field" => {
            write_one(raw, from_value(json!({"type": "number", "data": 2500000})).unwrap()).await
        }
        "update_list_entry_fields" => {
            write_several(raw, vec![from_value(json!({"type": "datetime", "data": null})).unwrap()]).await
        }
        other => panic!("{other} is not called here"),
    }
}

async fn write_one(raw: &Client, value: FieldValueUpdate) -> Outcome {
    let update = types::FieldUpdate { value: Some(value) };
    read(raw.update_list_entry_field(&1.into(), &2.into(), &"field-1".into(), &update).await)
}

async fn write_several(raw: &Client, values: Vec<FieldValueUpdate>) -> Outcome {
    let update = |value| types::BatchFieldUpdate { id: "field-1".into(), value: Some(value) };
    let updates: Vec<_> = values.into_iter().map(update).collect();
    let body = from_value(json!({"operation": "update-fields", "updates": updates})).unwrap();
    read(raw.update_list_entry_fields(&1.into(), &2.into(), &body).await)
}

/// Calls every operation once. What is read must be all that was answered.
async fn call_all(style: Style, given: &Given<'_>) -> DocumentServer {
    let server = DocumentServer::start(style).await;
    let raw = raw(&server);
    for operation in &contract().operations {
        let name = operation.name.as_str();
        let result = Box::pin(call(&raw, name, given)).await;
        assert_eq!(server.faults(), Vec::<String>::new());
        let read = result.unwrap_or_else(|error| panic!("{name} {style:?}: {error:?}"));
        let answer = server.answers().pop().unwrap();
        let differences = differences(&leveled(answer), &leveled(read));
        assert_eq!(differences, Vec::<String>::new(), "{name} {style:?}");
        assert_eq!(server.seen().pop().unwrap().operation, name);
    }
    server
}

#[tokio::test]
async fn every_operation_with_nothing_that_may_be_left_out() {
    for style in [Style::Smallest, Style::Fullest] {
        let server = call_all(style, &Given::default()).await;
        assert!(server.seen().iter().all(|seen| !seen.target.contains('?')));
    }
}

#[tokio::test]
async fn every_operation_with_every_parameter() {
    let field_ids = vec!["field-1".into(), "a&b=c d".into()];
    let entity_fields = enums::EntityFieldType::KNOWN.to_vec();
    let (list_fields, includes) = (enums::ListFieldType::KNOWN.to_vec(), enums::NoteInclude::KNOWN.to_vec());
    let given = Given {
        cursor: Some("b3BhcXVl+/="),
        limit: Some(100),
        filter: Some("status=in-progress & id>1"),
        total: Some(true),
        field_ids: Some(&field_ids),
        entity_fields: Some(&entity_fields),
        list_fields: Some(&list_fields),
        includes: Some(&includes),
        some_ids: true,
    };
    let server = call_all(Style::Fullest, &given).await;
    for (operation, seen) in contract().operations.iter().zip(server.seen()) {
        for parameter in operation.parameters.iter().filter(|it| !it.in_path) {
            let sent = seen.target.contains(&format!("{}=", parameter.name));
            assert!(sent, "{}: {} was not sent", operation.name, parameter.name);
        }
    }
}

#[tokio::test]
async fn whatever_the_document_allows_can_be_read() {
    let mut made = BTreeSet::new();
    for seed in 0..25 {
        made.extend(call_all(Style::Seeded(seed), &Given::default()).await.made());
    }
    for union in ["FieldValue", "Interaction", "ListEntryWithEntity", "Note", "NoteInteraction", "Reply"] {
        let mapping = &contract().schema(union)["discriminator"]["mapping"];
        for tag in mapping.as_object().unwrap().keys() {
            assert!(made.contains(&(union.to_owned(), tag.clone())), "{union} {tag} never came");
        }
    }
}

#[tokio::test]
async fn every_documented_refusal_can_be_read() {
    for seed in 0..3 {
        let server = DocumentServer::start(Style::Seeded(seed)).await;
        let raw = raw(&server);
        for operation in &contract().operations {
            for (status, _) in operation.answers.iter().filter(|(status, _)| !status.starts_with('2')) {
                let status = status.parse().unwrap_or(500);
                server.answer_with(status);
                let name = operation.name.as_str();
                let error = Box::pin(call(&raw, name, &Given::default())).await.unwrap_err();
                let error = raw.explain::<()>(name, *error).await;
                assert_eq!(error.status().unwrap().as_u16(), status, "{name}");
                let answer = server.answers().pop().unwrap();
                let said =
                    answer["errors"].as_array().unwrap().iter().map(|it| it["message"].as_str().unwrap());
                assert_eq!(error.messages().collect::<Vec<_>>(), said.collect::<Vec<_>>(), "{name}");
            }
        }
        assert_eq!(server.faults(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn every_value_that_can_be_written_is_sent_as_documented() {
    let server = DocumentServer::start(Style::Smallest).await;
    let raw = raw(&server);
    let values: Vec<Value> = updates().iter().map(|text| from_str(text).unwrap()).collect();
    let typed = |value: &Value| from_value::<FieldValueUpdate>(value.clone()).unwrap();
    for value in &values {
        write_one(&raw, typed(value)).await.unwrap();
        assert_eq!(server.seen().pop().unwrap().body, Some(json!({"value": value})));
    }
    write_several(&raw, values.iter().map(typed).collect()).await.unwrap();
    let updates: Vec<_> = values.iter().map(|value| json!({"id": "field-1", "value": value})).collect();
    let sent = server.seen().pop().unwrap().body.unwrap();
    assert_eq!(sent, json!({"operation": "update-fields", "updates": updates}));
    assert_eq!(server.faults(), Vec::<String>::new());
}
