//! List entries.

use affinity_core::{CompanyId, Cursor, ListEntryId, ListId, OpportunityId, PersonId};
use affinity_v1::{Entity, EntityRef, EntityType, ListEntry};
use futures::TryStreamExt;
use httpmock::MockServer;
use serde_json::json;

use crate::pinned::{Pinned, REFUSAL, SUCCESS, delete, get, post};
use crate::support::client;

const LIST: ListId = ListId::new(5120);

fn page() -> Pinned {
    get("/lists/5120/list-entries").query("page_size", "500")
}

fn entry(id: u64) -> String {
    format!(
        r#"{{"id": {id}, "list_id": 5120, "creator_id": 90412, "entity_id": 640118, "entity_type": 1,
            "created_at": "2024-03-05T09:14:52.118-08:00", "entity": {{"id": 640118, "name": "Tessel Robotics",
            "domain": "tessel.example", "domains": ["tessel.example"], "crunchbase_uuid": null, "global": false}}}}"#
    )
}

fn answer(ids: impl IntoIterator<Item = u64>, token: &str) -> String {
    let entries: Vec<_> = ids.into_iter().map(entry).collect();
    format!(r#"{{"list_entries": [{}], "next_page_token": {token}}}"#, entries.join(","))
}

fn numbers(entries: &[ListEntry]) -> Vec<u64> {
    entries.iter().map(|entry| entry.id.get()).collect()
}

#[tokio::test]
async fn entries_come_in_pages_until_the_token_is_missing() {
    let server = MockServer::start_async().await;
    let last = page().query("page_token", "p2").answers(&server, 200, &answer([], "null")).await;
    let middle = page().query("page_token", "p1").answers(&server, 200, &answer([3], r#""p2""#)).await;
    let first = page().answers(&server, 200, &answer([1, 2], r#""p1""#)).await;
    let entries: Vec<_> = client(&server).list_entries().list(LIST).stream().try_collect().await.unwrap();
    assert_eq!(numbers(&entries), [1, 2, 3]);
    for call in [first, middle, last] {
        call.assert_async().await;
    }
}

#[tokio::test]
async fn an_empty_page_with_a_token_does_not_end_the_walk() {
    let server = MockServer::start_async().await;
    page()
        .query("page_token", "p1")
        .answers(&server, 200, r#"{"list_entries": null, "next_page_token": "p2"}"#)
        .await;
    page().query("page_token", "p2").answers(&server, 200, &answer([4], "null")).await;
    page().answers(&server, 200, &answer([1], r#""p1""#)).await;
    let entries: Vec<_> = client(&server).list_entries().list(LIST).stream().try_collect().await.unwrap();
    assert_eq!(numbers(&entries), [1, 4]);
}

#[tokio::test]
async fn a_token_that_was_just_sent_is_an_error_after_its_page() {
    let server = MockServer::start_async().await;
    page().query("page_token", "p1").answers(&server, 200, &answer([2], r#""p1""#)).await;
    page().answers(&server, 200, &answer([1], r#""p1""#)).await;
    let mut stream = client(&server).list_entries().list(LIST).stream();
    let mut seen = Vec::new();
    let error = loop {
        match stream.try_next().await {
            Ok(Some(entry)) => seen.push(entry),
            Ok(None) => panic!("the walk ended quietly"),
            Err(error) => break error,
        }
    };
    assert_eq!(numbers(&seen), [1, 2]);
    assert!(error.is_repeated_cursor());
}

#[tokio::test]
async fn a_walk_goes_on_where_it_failed() {
    let server = MockServer::start_async().await;
    let broken = page().query("page_token", "p1").answers(&server, 503, "").await;
    page().answers(&server, 200, &answer([1, 2], r#""p1""#)).await;
    let entries = client(&server).list_entries().list(LIST);
    let error = entries.clone().stream().try_collect::<Vec<_>>().await.unwrap_err();
    let kept = error.cursor().unwrap().to_string();
    broken.delete_async().await;
    page().query("page_token", "p1").answers(&server, 200, &answer([3], "null")).await;
    let cursor: Cursor = kept.parse().unwrap();
    let rest: Vec<_> = entries.resume_from(cursor).stream().try_collect().await.unwrap();
    assert_eq!(numbers(&rest), [3]);
}

#[tokio::test]
async fn a_cursor_goes_with_the_very_question_it_came_from() {
    let server = MockServer::start_async().await;
    page().answers(&server, 200, &answer([1], r#""p1""#)).await;
    let entries = client(&server).list_entries().list(LIST);
    let cursor = entries.clone().send().await.unwrap().next.unwrap();
    let smaller = entries.clone().page_size(50).resume_from(cursor.clone()).send().await.unwrap_err();
    let other = client(&server).list_entries().list(ListId::new(1)).resume_from(cursor.clone()).send().await;
    let whole = entries.resume_from(cursor).whole().send().await.unwrap_err();
    assert!(smaller.is_input() && other.unwrap_err().is_input() && whole.is_input());
}

#[tokio::test]
async fn a_page_can_be_smaller_but_not_any_size() {
    let server = MockServer::start_async().await;
    let call = get("/lists/5120/list-entries").query("page_size", "2");
    let call = call.answers(&server, 200, &answer([1, 2], "null")).await;
    let entries = client(&server).list_entries().list(LIST);
    assert_eq!(entries.clone().page_size(2).send().await.unwrap().items.len(), 2);
    call.assert_async().await;
    for size in [0, 501] {
        assert!(entries.clone().page_size(size).send().await.unwrap_err().is_input());
    }
}

#[tokio::test]
async fn a_whole_list_comes_as_a_bare_array() {
    let server = MockServer::start_async().await;
    let all = format!("[{}, {}]", entry(1), entry(2));
    let call = get("/lists/5120/list-entries").answers(&server, 200, &all).await;
    let page = client(&server).list_entries().list(LIST).whole().send().await.unwrap();
    call.assert_async().await;
    assert_eq!(numbers(&page.items), [1, 2]);
    assert!(page.next.is_none());
}

#[tokio::test]
async fn a_list_that_may_not_be_seen_is_an_error() {
    let server = MockServer::start_async().await;
    page().answers(&server, 403, REFUSAL).await;
    assert!(client(&server).list_entries().list(LIST).send().await.unwrap_err().is_forbidden());
}

async fn read(answer: &str) -> affinity_core::Result<ListEntry> {
    let server = MockServer::start_async().await;
    let call = get("/lists/5120/list-entries/771203").answers(&server, 200, answer).await;
    let entry = client(&server).list_entries().get(LIST, ListEntryId::new(771_203)).send().await;
    call.assert_async().await;
    entry
}

#[tokio::test]
async fn an_entry_of_an_organization_is_read() {
    let entry = read(&entry(771_203)).await.unwrap();
    assert_eq!((entry.id, entry.list_id), (ListEntryId::new(771_203), LIST));
    assert_eq!((entry.creator_id, entry.entity_id), (Some(PersonId::new(90_412)), 640_118));
    assert_eq!(entry.created_at.to_rfc3339(), "2024-03-05T17:14:52.118+00:00");
    assert_eq!(entry.entity_ref(), Some(EntityRef::Organization(CompanyId::new(640_118))));
    let Some(Entity::Organization(organization)) = entry.entity else { panic!("{:?}", entry.entity) };
    assert_eq!(organization.name.as_deref(), Some("Tessel Robotics"));
    assert_eq!((organization.domain.as_deref(), organization.global), (Some("tessel.example"), Some(false)));
}

#[tokio::test]
async fn the_older_form_of_a_person_has_no_kind_no_id_and_spaces_in_its_date() {
    let entry = read(
        r#"{"id": 771203, "list_id": 5120, "creator_id": null, "entity_id": 310552,
            "created_at": "2016-09-23 08:15:40 -0700", "entity": {"type": 0, "first_name": "Juno",
            "last_name": "Adeyar", "primary_email": "juno@tessel.example", "emails": null, "phone_numbers": []}}"#,
    );
    let entry = entry.await.unwrap();
    assert_eq!((entry.creator_id, entry.entity_type), (None, None));
    assert_eq!(entry.created_at.to_rfc3339(), "2016-09-23T15:15:40+00:00");
    let Some(Entity::Person(person)) = entry.entity else { panic!("{:?}", entry.entity) };
    assert_eq!((person.id, person.last_name.as_deref()), (PersonId::new(310_552), Some("Adeyar")));
    assert!(person.emails.is_empty());
}

#[tokio::test]
async fn the_shape_counts_where_the_stated_kind_is_wrong() {
    let person = read(
        r#"{"id": 771203, "list_id": 5120, "creator_id": 1, "entity_id": 5, "entity_type": 1,
            "created_at": "2024-03-05T09:14:52.118-08:00",
            "entity": {"id": 5, "type": 0, "first_name": "Juno", "last_name": null, "emails": []}}"#,
    );
    assert_eq!(person.await.unwrap().entity_ref(), Some(EntityRef::Person(PersonId::new(5))));
    let organization = read(
        r#"{"id": 771203, "list_id": 5120, "creator_id": 1, "entity_id": 6, "entity_type": 0,
            "created_at": "2024-03-05T09:14:52.118-08:00", "entity": {"id": 6, "name": "Tessel", "global": true}}"#,
    );
    assert_eq!(organization.await.unwrap().entity_ref(), Some(EntityRef::Organization(CompanyId::new(6))));
}

#[tokio::test]
async fn an_opportunity_is_told_by_its_kind_or_by_having_a_name_alone() {
    for kind in [r#""entity_type": 8,"#, r#""entity_type": 0,"#, ""] {
        let answer = format!(
            r#"{{"id": 771203, "list_id": 5144, "creator_id": 1, "entity_id": 7741, {kind}
                "created_at": "2024-03-05T09:14:52Z", "entity": {{"id": 7741, "name": "Tessel seed round"}}}}"#
        );
        let entry = read(&answer).await.unwrap();
        assert_eq!(entry.entity_ref(), Some(EntityRef::Opportunity(OpportunityId::new(7741))), "{kind}");
    }
}

#[tokio::test]
async fn an_entity_of_a_kind_without_a_name_is_kept_as_it_came() {
    let entry = read(
        r#"{"id": 771203, "list_id": 5144, "creator_id": 1, "entity_id": 9, "entity_type": 31,
            "created_at": "2024-03-05T09:14:52Z", "entity": {"emails": 7, "orbit": "low"}}"#,
    );
    let entry = entry.await.unwrap();
    assert_eq!((entry.entity_type.unwrap().code(), entry.entity_ref()), (31, None));
    assert_eq!(entry.entity, Some(Entity::Unknown(json!({"emails": 7, "orbit": "low"}))));
    assert_eq!(serde_json::to_value(entry.entity).unwrap(), json!({"emails": 7, "orbit": "low"}));
}

#[tokio::test]
async fn an_entity_that_does_not_fit_names_its_place() {
    let error = read(
        r#"{"id": 771203, "list_id": 5144, "creator_id": 1, "entity_id": 9, "entity_type": 0,
            "created_at": "2024-03-05T09:14:52Z", "entity": {"id": 9, "first_name": 12, "emails": []}}"#,
    );
    assert_eq!(error.await.unwrap_err().path(), Some("entity.first_name"));
}

#[tokio::test]
async fn an_entry_that_is_not_on_the_list_is_not_found() {
    let server = MockServer::start_async().await;
    get("/lists/5120/list-entries/1").answers(&server, 404, "not here").await;
    let error = client(&server).list_entries().get(LIST, ListEntryId::new(1)).send().await.unwrap_err();
    assert!(error.is_not_found());
}

#[tokio::test]
async fn an_organization_is_added() {
    let server = MockServer::start_async().await;
    let call = post("/lists/5120/list-entries", json!({"entity_id": 640118}));
    let call = call.answers(&server, 200, &entry(771_203)).await;
    let entry = client(&server).list_entries().add(LIST, CompanyId::new(640_118)).send().await.unwrap();
    call.assert_async().await;
    assert_eq!(entry.entity_type, Some(EntityType::Organization));
}

#[tokio::test]
async fn a_person_is_added_on_behalf_of_another_user() {
    let server = MockServer::start_async().await;
    let call = post("/lists/5120/list-entries", json!({"entity_id": 310552, "creator_id": 90417}));
    let call = call.answers(&server, 201, &entry(771_203)).await;
    let add = client(&server).list_entries().add(LIST, PersonId::new(310_552));
    add.creator(PersonId::new(90_417)).send().await.unwrap();
    call.assert_async().await;
}

#[tokio::test]
async fn an_entity_of_the_wrong_kind_is_an_error_that_names_the_parameter() {
    let server = MockServer::start_async().await;
    post("/lists/5120/list-entries", json!({"entity_id": 7})).answers(&server, 422, REFUSAL).await;
    let error = client(&server).list_entries().add(LIST, PersonId::new(7)).send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.param()), (422, Some("entity_id")));
    let error = client(&server).list_entries().add(LIST, PersonId::new(0)).send().await.unwrap_err();
    assert!(error.is_input());
}

#[tokio::test]
async fn an_entry_is_removed_whatever_the_answer_holds() {
    let server = MockServer::start_async().await;
    let entries = client(&server).list_entries();
    for answer in [SUCCESS, "", "null"] {
        let call = delete("/lists/5120/list-entries/771203").answers(&server, 200, answer).await;
        entries.remove(LIST, ListEntryId::new(771_203)).send().await.unwrap();
        call.assert_async().await;
        call.delete_async().await;
    }
}

#[tokio::test]
async fn an_entry_that_is_gone_cannot_be_removed() {
    let server = MockServer::start_async().await;
    delete("/lists/5120/list-entries/771203").answers(&server, 404, REFUSAL).await;
    let remove = client(&server).list_entries().remove(LIST, ListEntryId::new(771_203));
    assert!(remove.send().await.unwrap_err().is_not_found());
}
