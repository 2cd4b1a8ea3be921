//! Interactions.

use affinity_core::{CompanyId, Cursor, InteractionId, NoteId, OpportunityId, PersonId};
use affinity_v1::{
    Interaction, InteractionKey, InteractionKind, Interactions, LoggingKind, MessageDirection,
};
use chrono::{DateTime, Utc};
use futures::{StreamExt, TryStreamExt};
use httpmock::MockServer;
use serde_json::json;

use crate::pinned::{REFUSAL, SUCCESS, delete, get, post, put};
use crate::support::client;

const JUNO: PersonId = PersonId::new(310_552);
const MIRELLE: PersonId = PersonId::new(90_412);

const MEETING: &str = r#"{
    "id": 4410, "type": 0, "date": "2024-03-07T10:00:00.000-08:00", "start_time": "2024-03-07T10:00:00.000-08:00",
    "end_time": null, "updated_at": null, "title": "Manually logged event", "manual_creator_id": 90412,
    "attendees": ["mirelle@harborpeak.example"], "notes": [551207],
    "persons": [{"id": 90412, "type": 1, "first_name": "Mirelle", "last_name": "Okonda", "primary_email": null, "emails": []}]
}"#;

const CHAT: &str = r#"{
    "id": 4410, "type": 2, "date": "2024-03-07T11:20:00.000-08:00", "direction": 1, "manual_creator_id": 90412,
    "notes": [551208], "persons": [{"id": 310552, "type": 0, "first_name": "Juno", "emails": null}]
}"#;

const EMAIL: &str = r#"{
    "id": 918, "type": 3, "date": "2024-03-04T05:06:07.890-08:00", "subject": "Deck follow-up", "direction": 0,
    "from": {"id": 90412, "type": 1}, "to": [{"id": 310552, "type": 0}], "cc": [], "logging_type": 0
}"#;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn start() -> DateTime<Utc> {
    at("2024-01-01T00:00:00Z")
}

fn end() -> DateTime<Utc> {
    at("2024-03-01T00:00:00Z")
}

fn interactions(server: &MockServer) -> Interactions {
    client(server).interactions()
}

fn meeting() -> InteractionKey {
    InteractionKey::new(InteractionKind::Meeting, InteractionId::new(4410))
}

async fn listed(kind: InteractionKind, answer: &str) -> Vec<Interaction> {
    let server = MockServer::start_async().await;
    let call = get("/interactions")
        .query("type", &kind.code().to_string())
        .query("organization_id", "640118")
        .query("start_time", "2024-01-01T00:00:00Z")
        .query("end_time", "2024-03-01T00:00:00Z")
        .answers(&server, 200, answer)
        .await;
    let page =
        interactions(&server).list(kind, CompanyId::new(640_118), start(), end()).send().await.unwrap();
    call.assert_async().await;
    page.into_items().unwrap()
}

#[tokio::test]
async fn meetings_come_under_events() {
    let answer = format!(r#"{{"events": [{MEETING}], "next_page_token": null}}"#);
    let items = listed(InteractionKind::Meeting, &answer).await;
    let meeting = &items[0];
    assert_eq!(meeting.key(), self::meeting());
    assert_eq!(meeting.date, at("2024-03-07T18:00:00Z"));
    assert_eq!((meeting.start_time, meeting.end_time), (Some(meeting.date), None));
    assert_eq!(meeting.title.as_deref(), Some("Manually logged event"));
    assert_eq!((meeting.manual_creator_id, meeting.persons[0].id), (Some(MIRELLE), MIRELLE));
    assert_eq!(meeting.attendees, ["mirelle@harborpeak.example"]);
    assert_eq!(meeting.note_ids, [NoteId::new(551_207)]);
}

#[tokio::test]
async fn calls_come_under_events_too() {
    let items = listed(InteractionKind::Call, r#"{"chat_messages": [{}], "events": []}"#).await;
    assert!(items.is_empty());
}

#[tokio::test]
async fn chat_messages_come_under_a_key_of_their_own() {
    let items = listed(InteractionKind::ChatMessage, &format!(r#"{{"chat_messages": [{CHAT}]}}"#)).await;
    assert_eq!(items[0].direction, Some(MessageDirection::Received));
    assert_eq!(items[0].persons[0].first_name.as_deref(), Some("Juno"));
    assert!(items[0].persons[0].emails.is_empty());
}

#[tokio::test]
async fn emails_have_a_sender_and_receivers() {
    let items = listed(InteractionKind::Email, &format!(r#"{{"emails": [{EMAIL}]}}"#)).await;
    let email = &items[0];
    assert_eq!(email.subject.as_deref(), Some("Deck follow-up"));
    assert_eq!(email.direction, Some(MessageDirection::Sent));
    assert_eq!(email.from.as_ref().map(|person| person.id), Some(MIRELLE));
    assert_eq!((email.to[0].id, email.cc.len(), email.persons.len()), (JUNO, 0, 0));
    assert_eq!(email.logging_kind, Some(LoggingKind::Automatic));
}

#[tokio::test]
async fn the_general_key_is_taken_where_the_own_is_missing_and_unknown_kinds_are_kept() {
    let answer = r#"{"interactions": [{"id": 1, "type": 9, "date": "2024-03-04T05:06:07Z"}]}"#;
    let items = listed(InteractionKind::Email, answer).await;
    assert_eq!(items[0].kind.code(), 9);
}

#[tokio::test]
async fn a_search_can_be_narrowed() {
    let server = MockServer::start_async().await;
    let call = get("/interactions")
        .query("type", "3")
        .query("opportunity_id", "7741")
        .query("start_time", "2024-01-01T00:00:00Z")
        .query("end_time", "2024-03-01T00:00:00Z")
        .query("internal_person_id", "90412")
        .query("logging_type", "1")
        .query("direction", "0")
        .query("page_size", "50")
        .answers(&server, 200, r#"{"emails": null}"#)
        .await;
    let list = interactions(&server).list(InteractionKind::Email, OpportunityId::new(7741), start(), end());
    let list = list.internal_person(MIRELLE).manual_only().direction(MessageDirection::Sent).page_size(50);
    assert!(list.send().await.unwrap().items.is_empty());
    call.assert_async().await;
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_refused() {
    let server = MockServer::start_async().await;
    let interactions = interactions(&server);
    let unknown: InteractionKind = serde_json::from_str("9").unwrap();
    let late = at("2024-12-31T00:00:01Z");
    for (kind, start, end, setter) in [
        (InteractionKind::Call, start(), start(), "end:"),
        (InteractionKind::Call, end(), start(), "end:"),
        (InteractionKind::Call, start(), late, "end: it is more than 365 days"),
        (unknown, start(), end(), "kind:"),
    ] {
        let error = interactions.list(kind, JUNO, start, end).send().await.unwrap_err();
        assert!(error.is_input() && error.to_string().contains(setter), "{error}");
    }
    let list = interactions.list(InteractionKind::Meeting, JUNO, start(), end());
    let error = list.direction(MessageDirection::Sent).send().await.unwrap_err();
    assert!(error.to_string().contains("direction:"), "{error}");
    let backwards = interactions.walk(InteractionKind::Call, JUNO, end(), start());
    assert!(backwards.stream().next().await.unwrap().unwrap_err().is_input());
}

#[tokio::test]
async fn a_user_of_the_account_is_refused_by_the_server() {
    let server = MockServer::start_async().await;
    let call = get("/interactions")
        .query("type", "0")
        .query("person_id", "90412")
        .query("start_time", "2024-01-01T00:00:00Z")
        .query("end_time", "2024-12-31T00:00:00Z");
    let refusal = r#"{"errors":[{"message":"person must be external or collaborator"}]}"#;
    let call = call.answers(&server, 422, refusal).await;
    let list =
        interactions(&server).list(InteractionKind::Meeting, MIRELLE, start(), at("2024-12-31T00:00:00Z"));
    let error = list.send().await.unwrap_err();
    call.assert_async().await;
    assert_eq!(error.messages().collect::<Vec<_>>(), ["person must be external or collaborator"]);
    assert_eq!(error.operation(), Some("v1_list_interactions"));
}

/// Two years and a bit: three searches, the second of two pages.
async fn long_walk(server: &MockServer) {
    let search = |start: &str, end: &str| {
        get("/interactions")
            .query("type", "0")
            .query("person_id", "310552")
            .query("start_time", start)
            .query("end_time", end)
    };
    let (one, two, three, four) =
        ("2022-01-01T00:00:00Z", "2023-01-01T00:00:00Z", "2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z");
    let page = |id: u32, next: &str| {
        format!(
            r#"{{"events": [{{"id": {id}, "type": 0, "date": "2024-03-04T05:06:07Z"}}], "next_page_token": {next}}}"#
        )
    };
    search(one, two).answers(server, 200, &page(1, "null")).await;
    search(two, three).answers(server, 200, &page(2, r#""a-b:c""#)).await;
    search(two, three).query("page_token", "a-b:c").answers(server, 200, &page(3, "null")).await;
    search(three, four).answers(server, 200, &page(4, "null")).await;
}

#[tokio::test]
async fn a_walk_goes_on_where_one_search_ends() {
    let server = MockServer::start_async().await;
    long_walk(&server).await;
    let (start, end) = (at("2022-01-01T00:00:00Z"), at("2024-01-02T00:00:00Z"));
    let walk = interactions(&server).walk(InteractionKind::Meeting, JUNO, start, end);
    let items: Vec<Interaction> = walk.prefetch(true).stream().try_collect().await.unwrap();
    assert_eq!(items.iter().map(|item| item.id.get()).collect::<Vec<_>>(), [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_walk_can_be_resumed_at_any_page() {
    let server = MockServer::start_async().await;
    long_walk(&server).await;
    let (start, end) = (at("2022-01-01T00:00:00Z"), at("2024-01-02T00:00:00Z"));
    let walk = interactions(&server).walk(InteractionKind::Meeting, JUNO, start, end);
    let mut pages = walk.clone().pages();
    for left in [4, 3, 2, 1] {
        let cursor: Cursor = pages.cursor().unwrap().to_string().parse().unwrap();
        let resumed: Vec<_> = walk.clone().resume_from(cursor).stream().try_collect().await.unwrap();
        assert_eq!(resumed.len(), left);
        pages.try_next().await.unwrap();
    }
    assert!(pages.cursor().is_none());
}

#[tokio::test]
async fn a_walk_that_ends_with_a_search_makes_no_empty_one() {
    let server = MockServer::start_async().await;
    let search = get("/interactions")
        .query("type", "1")
        .query("person_id", "310552")
        .query("start_time", "2022-01-01T00:00:00Z")
        .query("end_time", "2023-01-01T00:00:00Z")
        .answers(&server, 200, r#"{"events": []}"#)
        .await;
    let (start, end) = (at("2022-01-01T00:00:00Z"), at("2023-01-01T00:00:00Z"));
    let walk = interactions(&server).walk(InteractionKind::Call, JUNO, start, end);
    assert!(walk.stream().try_collect::<Vec<_>>().await.unwrap().is_empty());
    search.assert_async().await;
}

#[tokio::test]
async fn the_cursor_of_another_walk_is_refused() {
    let server = MockServer::start_async().await;
    let interactions = interactions(&server);
    let walk = interactions.walk(InteractionKind::Call, JUNO, start(), end());
    let cursor = walk.pages().cursor().unwrap().clone();
    let other = interactions.walk(InteractionKind::Call, JUNO, start(), at("2026-01-01T00:00:00Z"));
    let error = other.resume_from(cursor).stream().next().await.unwrap().unwrap_err();
    assert!(error.is_input(), "{error}");
}

#[tokio::test]
async fn one_is_asked_for_with_its_kind() {
    let server = MockServer::start_async().await;
    let call = get("/interactions/4410").query("type", "0").answers(&server, 200, MEETING).await;
    let found = interactions(&server).get(meeting()).send().await.unwrap();
    call.assert_async().await;
    assert_eq!(InteractionKey::from(&found), meeting());
}

#[tokio::test]
async fn one_that_is_not_there_is_not_found() {
    let server = MockServer::start_async().await;
    get("/interactions/4410").query("type", "0").answers(&server, 404, REFUSAL).await;
    assert!(interactions(&server).get(meeting()).send().await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_meeting_is_logged() {
    let server = MockServer::start_async().await;
    let body = json!({
        "type": 0, "person_ids": [90412, 310552], "content": "Roadmap.", "date": "2024-01-01T00:00:00Z"
    });
    let call = post("/interactions", body).answers(&server, 200, MEETING).await;
    let create = interactions(&server).create_meeting([MIRELLE, JUNO, JUNO], start(), "Roadmap.");
    let created = create.send().await.unwrap();
    call.assert_async().await;
    assert_eq!(created.note_ids, [NoteId::new(551_207)]);
}

#[tokio::test]
async fn a_chat_message_is_logged_with_its_direction() {
    let server = MockServer::start_async().await;
    let body = json!({
        "type": 2, "person_ids": [90412, 310552], "content": "Hi", "date": "2024-01-01T00:00:00Z", "direction": 1
    });
    let call = post("/interactions", body).answers(&server, 200, CHAT).await;
    let create = interactions(&server).create_chat_message([MIRELLE, JUNO], start(), "Hi");
    create.direction(MessageDirection::Received).send().await.unwrap();
    call.assert_async().await;
}

#[tokio::test]
async fn a_call_needs_two_persons() {
    let server = MockServer::start_async().await;
    for persons in [vec![], vec![JUNO], vec![JUNO, JUNO]] {
        let create = interactions(&server).create_call(persons, start(), "Hi");
        let error = create.send().await.unwrap_err();
        assert!(error.is_input() && error.to_string().contains("persons:"), "{error}");
    }
}

#[tokio::test]
async fn an_update_says_the_kind_and_what_changes() {
    let server = MockServer::start_async().await;
    let body = json!({"type": 0, "content": "Roadmap."});
    let call = put("/interactions/4410", body).answers(&server, 200, MEETING).await;
    interactions(&server).update(meeting()).content("Roadmap.").send().await.unwrap();
    call.assert_async().await;
}

#[tokio::test]
async fn an_update_replaces_the_persons() {
    let server = MockServer::start_async().await;
    let body = json!({"type": 0, "person_ids": [90412, 310552], "date": "2024-03-01T00:00:00Z"});
    let call = put("/interactions/4410", body).answers(&server, 200, MEETING).await;
    let update = interactions(&server).update(meeting()).replace_persons([MIRELLE, JUNO]).date(end());
    update.send().await.unwrap();
    call.assert_async().await;
}

#[tokio::test]
async fn an_update_of_nothing_is_refused() {
    let server = MockServer::start_async().await;
    assert!(interactions(&server).update(meeting()).send().await.unwrap_err().is_input());
}

#[tokio::test]
async fn one_is_deleted_with_its_kind() {
    let server = MockServer::start_async().await;
    let call = delete("/interactions/4410").query("type", "0").answers(&server, 200, SUCCESS).await;
    interactions(&server).delete(meeting()).send().await.unwrap();
    call.assert_async().await;
}

#[tokio::test]
async fn a_refused_interaction_says_why() {
    let server = MockServer::start_async().await;
    let body = json!({"type": 1, "person_ids": [1, 2], "content": "Hi", "date": "2024-01-01T00:00:00Z"});
    post("/interactions", body).answers(&server, 422, REFUSAL).await;
    let create = interactions(&server).create_call([PersonId::new(1), PersonId::new(2)], start(), "Hi");
    let error = create.send().await.unwrap_err();
    assert_eq!((error.param(), error.operation()), (Some("entity_id"), Some("v1_create_interaction")));
    assert!(!error.is_outcome_unknown());
}

#[tokio::test]
async fn a_refused_change_says_why() {
    let server = MockServer::start_async().await;
    let body = json!({"type": 0, "content": "Hi"});
    put("/interactions/4410", body).answers(&server, 422, REFUSAL).await;
    let error = interactions(&server).update(meeting()).content("Hi").send().await.unwrap_err();
    assert_eq!((error.param(), error.operation()), (Some("entity_id"), Some("v1_update_interaction")));
}

#[tokio::test]
async fn one_that_is_not_there_is_not_deleted() {
    let server = MockServer::start_async().await;
    delete("/interactions/4410").query("type", "0").answers(&server, 404, REFUSAL).await;
    assert!(interactions(&server).delete(meeting()).send().await.unwrap_err().is_not_found());
}
