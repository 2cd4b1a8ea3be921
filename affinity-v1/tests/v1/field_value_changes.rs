//! Changes of field values.

use affinity_core::{CompanyId, Cursor, FieldNumber, FieldValueChangeId, ListEntryId, PersonId};
use affinity_v1::{ChangeAction, FieldValueChange, TypedValue, ValueType};
use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use httpmock::MockServer;

use crate::fields::{SECTOR, STAGE, field};
use crate::pinned::{Pinned, REFUSAL, get};
use crate::support::client;

const FIELD: FieldNumber = FieldNumber::new(80_231);

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn changes() -> Pinned {
    get("/field-value-changes").query("field_id", "80231")
}

fn change(id: u64, at: &str) -> String {
    format!(
        r#"{{"id": {id}, "field_id": 80231, "entity_id": 640118, "list_entry_id": 771203, "action_type": 2,
            "changer": {{"id": 90412, "type": 1, "first_name": "Mirelle", "last_name": "Okonda",
            "primary_email": "mirelle@harborpeak.example", "emails": ["mirelle@harborpeak.example"]}},
            "changed_at": "{at}", "value": {{"id": 3311, "text": "In review", "rank": 1, "color": 3}},
            "entity_attribute_id": 80231, "person": null, "company": {{"id": 640118}}, "opp": null}}"#
    )
}

#[tokio::test]
async fn the_history_of_a_field_comes_as_a_bare_array() {
    let server = MockServer::start_async().await;
    let answer = format!(
        r#"[{}, {{"id": 60177024, "field_id": 80231, "entity_id": 640118, "list_entry_id": null, "action_type": 1,
            "changer": null, "changed_at": "2024-04-26T08:00:00Z", "value": "Gone"}}]"#,
        change(60_177_025, "2024-04-27T15:35:43.718204-07:00")
    );
    let call = changes().query("list_entry_id", "771203").answers(&server, 200, &answer).await;
    let list = client(&server).field_value_changes().list(FIELD).target(ListEntryId::new(771_203));
    let found = list.send().await.unwrap().into_items().unwrap();
    call.assert_async().await;
    assert_eq!((found[0].id, found[0].entity_id), (FieldValueChangeId::new(60_177_025), 640_118));
    assert_eq!((found[0].field_id, found[0].list_entry_id), (FIELD, Some(ListEntryId::new(771_203))));
    assert_eq!(found[0].changed_at, instant("2024-04-27T22:35:43.718204Z"));
    assert_eq!(found[0].changer.as_ref().unwrap().id, PersonId::new(90_412));
    assert_eq!(found[0].read(&field(STAGE)).unwrap().as_text(), Some("In review"));
    assert!(found[0].read(&field(SECTOR)).unwrap_err().is_input());
    assert_eq!((found[1].action_type, &found[1].changer), (ChangeAction::Delete, &None));
    let gone = found[1].read_as(ValueType::Dropdown).unwrap();
    assert!(
        matches!(&gone, TypedValue::Dropdown(option) if option.text() == "Gone" && option.id().is_none())
    );
}

#[tokio::test]
async fn the_history_can_be_narrowed_and_the_last_word_counts() {
    let server = MockServer::start_async().await;
    let call = changes()
        .query("action_type", "1")
        .query("organization_id", "640118")
        .query("changed_after", "2024-04-27T22:35:43.000000Z")
        .query("limit", "50")
        .query("order_by", "asc")
        .answers(&server, 200, "[]")
        .await;
    let list = client(&server).field_value_changes().list(FIELD).target(ListEntryId::new(9));
    let list = list.action(ChangeAction::Delete).target(CompanyId::new(640_118));
    let list = list.changed_after(instant("2024-04-27T22:35:43Z")).limit(50).oldest_first();
    assert!(list.send().await.unwrap().items.is_empty());
    call.assert_async().await;
}

#[tokio::test]
async fn a_history_without_bounds_and_limits_and_ids_that_cannot_be_are_refused() {
    let server = MockServer::start_async().await;
    let list = client(&server).field_value_changes().list(FIELD);
    let walk = list.clone().walk(instant(SINCE));
    for error in [
        list.clone().action(ChangeAction::Create).send().await.unwrap_err(),
        list.clone().limit(0).send().await.unwrap_err(),
        list.clone().limit(10_001).send().await.unwrap_err(),
        list.target(PersonId::new(0)).send().await.unwrap_err(),
        walk.page_size(10_001).send().await.unwrap_err(),
    ] {
        assert!(error.is_input(), "{error}");
    }
}

#[tokio::test]
async fn a_field_whose_changes_are_not_kept_is_an_error() {
    let server = MockServer::start_async().await;
    changes().query("limit", "9").answers(&server, 422, REFUSAL).await;
    let error = client(&server).field_value_changes().list(FIELD).limit(9).send().await.unwrap_err();
    assert_eq!(error.operation(), Some("v1_list_field_value_changes"));
}

const SINCE: &str = "2024-04-01T00:00:00Z";

/// A page of a walk from `after` on, two changes each.
fn page(after: &str, id: Option<&str>) -> Pinned {
    let page = changes().query("changed_after", after).query("order_by", "asc").query("limit", "2");
    match id {
        Some(id) => page.query("after_id", id),
        None => page,
    }
}

fn numbers(changes: &[FieldValueChange]) -> Vec<u64> {
    changes.iter().map(|change| change.id.get()).collect()
}

/// Three changes, the first two at one time.
async fn three(server: &MockServer) {
    let (one, two) = ("2024-04-27T15:35:43.718204-07:00", "2024-04-28T01:00:00.5Z");
    let first = format!("[{}, {}]", change(1, one), change(2, one));
    let second = format!("[{}]", change(3, two));
    page("2024-04-01T00:00:00.000000Z", None).answers(server, 200, &first).await;
    page("2024-04-27T22:35:43.718204Z", Some("2")).answers(server, 200, &second).await;
}

#[tokio::test]
async fn a_walk_goes_by_time_and_id_until_a_page_is_empty() {
    let server = MockServer::start_async().await;
    three(&server).await;
    let last = page("2024-04-28T01:00:00.500000Z", Some("3")).answers(&server, 200, "[]").await;
    let walk = client(&server).field_value_changes().list(FIELD).limit(7).walk(instant(SINCE)).page_size(2);
    let found: Vec<_> = walk.stream().try_collect().await.unwrap();
    last.assert_async().await;
    assert_eq!(numbers(&found), [1, 2, 3]);
}

#[tokio::test]
async fn a_walk_goes_on_from_a_cursor_that_was_written_down() {
    let server = MockServer::start_async().await;
    three(&server).await;
    let broken = page("2024-04-28T01:00:00.500000Z", Some("3"));
    let broken = broken.answers(&server, 503, "").await;
    let walk = client(&server).field_value_changes().list(FIELD).walk(instant(SINCE)).page_size(2);
    let error = walk.clone().stream().try_collect::<Vec<_>>().await.unwrap_err();
    let cursor: Cursor = error.cursor().unwrap().to_string().parse().unwrap();
    broken.delete_async().await;
    let rest = format!("[{}]", change(4, "2024-04-29T00:00:00Z"));
    page("2024-04-28T01:00:00.500000Z", Some("3")).answers(&server, 200, &rest).await;
    page("2024-04-29T00:00:00.000000Z", Some("4")).answers(&server, 200, "[]").await;
    let found: Vec<_> = walk.resume_from(cursor).stream().try_collect().await.unwrap();
    assert_eq!(numbers(&found), [4]);
}

#[tokio::test]
async fn a_change_that_cannot_be_read_does_not_end_the_walk() {
    let server = MockServer::start_async().await;
    let first = r#"[{"id": 1, "changed_at": "2024-04-27T22:35:43Z"}]"#;
    page("2024-04-01T00:00:00.000000Z", None).answers(&server, 200, first).await;
    page("2024-04-27T22:35:43.000000Z", Some("1")).answers(&server, 200, "[]").await;
    let walk = client(&server).field_value_changes().list(FIELD).walk(instant(SINCE)).page_size(2);
    let (found, failures) = walk.stream().partition().await.unwrap();
    assert_eq!((found.len(), failures[0].item_id()), (0, Some(1)));
}

#[tokio::test]
async fn a_walk_that_does_not_know_how_to_go_on_says_so_after_what_it_has() {
    let server = MockServer::start_async().await;
    let first = format!(r#"[{}, {{"id": 2, "changed_at": "soon"}}]"#, change(1, "2024-04-27T22:35:43Z"));
    page("2024-04-01T00:00:00.000000Z", None).answers(&server, 200, &first).await;
    let walk = client(&server).field_value_changes().list(FIELD).walk(instant(SINCE)).page_size(2);
    let mut pages = walk.pages();
    assert_eq!(numbers(&pages.try_next().await.unwrap().unwrap().items), [1]);
    assert!(pages.try_next().await.unwrap_err().is_decode());
}

#[tokio::test]
async fn a_change_that_comes_again_and_again_is_an_error() {
    let server = MockServer::start_async().await;
    let same = format!("[{}]", change(1, "2024-04-27T22:35:43Z"));
    page("2024-04-01T00:00:00.000000Z", None).answers(&server, 200, &same).await;
    page("2024-04-27T22:35:43.000000Z", Some("1")).answers(&server, 200, &same).await;
    let walk = client(&server).field_value_changes().list(FIELD).walk(instant(SINCE)).page_size(2);
    assert!(walk.stream().try_collect::<Vec<_>>().await.unwrap_err().is_repeated_cursor());
}

#[tokio::test]
async fn an_instant_that_four_digits_cannot_say_is_refused_until_it_is_set_right() {
    let server = MockServer::start_async().await;
    let list = client(&server).field_value_changes().list(FIELD);
    assert!(list.clone().changed_after(DateTime::<Utc>::MAX_UTC).send().await.unwrap_err().is_input());
    assert!(list.clone().walk(DateTime::<Utc>::MAX_UTC).send().await.unwrap_err().is_input());
    changes().query("limit", "9").query("person_id", "7").answers(&server, 200, "[]").await;
    let right = list.limit(0).limit(9).target(CompanyId::new(0)).target(PersonId::new(7));
    let _ = right.send().await.unwrap();
}
