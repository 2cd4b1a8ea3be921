//! Notes.

use affinity_core::{CompanyId, InteractionId, NoteId, OpportunityId, PersonId};
use affinity_v1::{InteractionKey, InteractionKind, NoteContent, NoteKind, Notes};
use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use httpmock::MockServer;
use serde_json::json;

use crate::pinned::{REFUSAL, SUCCESS, delete, get, post, put};
use crate::support::client;

const NOTE: &str = r#"{
    "id": 551207, "creator_id": 90412, "person_ids": [310552, 310553], "associated_person_ids": [310552],
    "interaction_person_ids": [310553], "interaction_id": 4410, "interaction_type": 0, "is_meeting": true,
    "mentioned_person_ids": [], "organization_ids": [640118], "opportunity_ids": [], "parent_id": null,
    "content": "Walked through the roadmap.", "type": 0, "created_at": "2024-03-07T10:55:12.275-08:00", "updated_at": null
}"#;

/// As the reference shows the items of a list.
const SHORT: &str = r#"{
    "id": 551208, "creator_id": 90412, "person_ids": null, "is_meeting": false, "mentioned_person_ids": [],
    "organization_ids": [], "opportunity_ids": [7741], "parent_id": 551207, "content": null, "type": 3,
    "created_at": "2016-09-23 08:15:40 -0700", "updated_at": "2024-03-07T10:55:12Z"
}"#;

const ID: NoteId = NoteId::new(551_207);

fn notes(server: &MockServer) -> Notes {
    client(server).notes()
}

#[tokio::test]
async fn notes_come_under_their_key() {
    let server = MockServer::start_async().await;
    let answer = format!(r#"{{"notes": [{NOTE}, {SHORT}], "next_page_token": "t"}}"#);
    let call = get("/notes")
        .query("person_id", "310552")
        .query("organization_id", "640118")
        .query("opportunity_id", "7741")
        .query("creator_id", "90412")
        .query("page_size", "500")
        .answers(&server, 200, &answer)
        .await;
    let list = notes(&server).list().person(PersonId::new(310_552)).company(CompanyId::new(640_118));
    let list = list.opportunity(OpportunityId::new(7741)).creator(PersonId::new(90_412)).page_size(500);
    let page = list.send().await.unwrap();
    call.assert_async().await;
    assert_eq!(page.next.as_ref().and_then(|cursor| cursor.token()), Some("t"));
    let items = page.into_items().unwrap();
    let meeting = InteractionKey::new(InteractionKind::Meeting, InteractionId::new(4410));
    assert_eq!(items[0].interaction(), Some(meeting));
    assert_eq!(items[0].associated_person_ids, Some(vec![PersonId::new(310_552)]));
    assert_eq!(items[0].interaction_person_ids, Some(vec![PersonId::new(310_553)]));
    assert!(items[0].is_meeting && items[0].updated_at.is_none());
    assert_eq!(items[0].organization_ids, [CompanyId::new(640_118)]);
    assert_eq!(items[0].content.as_deref(), Some("Walked through the roadmap."));
    assert_eq!((&items[1].associated_person_ids, items[1].interaction()), (&None, None));
    assert_eq!((items[1].parent_id, items[1].kind), (Some(ID), Some(NoteKind::Notetaker)));
    assert_eq!(items[1].created_at.to_rfc3339(), "2016-09-23T15:15:40+00:00");
    assert_eq!(items[1].opportunity_ids, [OpportunityId::new(7741)]);
}

#[tokio::test]
async fn notes_come_as_a_bare_array_too() {
    let server = MockServer::start_async().await;
    let call = get("/notes").answers(&server, 200, &format!("[{NOTE}]")).await;
    let all: Vec<_> = notes(&server).list().stream().try_collect().await.unwrap();
    call.assert_async().await;
    assert_eq!(all.len(), 1);
}

#[tokio::test]
async fn every_page_is_asked_for_with_the_same_filters() {
    let server = MockServer::start_async().await;
    let page = || get("/notes").query("person_id", "1");
    let first =
        page().answers(&server, 200, &format!(r#"{{"notes": [{NOTE}], "next_page_token": "t"}}"#)).await;
    let second = page().query("page_token", "t").answers(&server, 200, r#"{"notes": []}"#).await;
    let all: Vec<_> = notes(&server).list().person(PersonId::new(1)).stream().try_collect().await.unwrap();
    first.assert_async().await;
    second.assert_async().await;
    assert_eq!(all.len(), 1);
}

#[tokio::test]
async fn one_note_is_read() {
    let server = MockServer::start_async().await;
    let call = get("/notes/551207").answers(&server, 200, NOTE).await;
    assert_eq!(notes(&server).get(ID).send().await.unwrap().id, ID);
    call.assert_async().await;
}

#[tokio::test]
async fn a_note_that_is_not_there_is_not_found() {
    let server = MockServer::start_async().await;
    get("/notes/551207").answers(&server, 404, REFUSAL).await;
    assert!(notes(&server).get(ID).send().await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_note_is_written_on_something() {
    let server = MockServer::start_async().await;
    let body = json!({"content": "Hello", "organization_ids": [640118]});
    let call = post("/notes", body).answers(&server, 200, NOTE).await;
    notes(&server).create(CompanyId::new(640_118), "Hello").send().await.unwrap();
    call.assert_async().await;
}

#[tokio::test]
async fn a_note_in_html_is_written_on_several_things_by_somebody_else_in_the_past() {
    let server = MockServer::start_async().await;
    let body = json!({
        "content": "<p>Hello</p>", "type": 2, "person_ids": [310552, 310553], "opportunity_ids": [7741],
        "creator_id": 90417, "created_at": "2024-01-01T00:00:00Z"
    });
    let call = post("/notes", body).answers(&server, 200, NOTE).await;
    let past: DateTime<Utc> = "2024-01-01T00:00:00Z".parse().unwrap();
    let note = notes(&server).create(PersonId::new(310_552), NoteContent::html("<p>Hello</p>"));
    let note = note.also_on(PersonId::new(310_553)).also_on(OpportunityId::new(7741));
    let note = note.also_on(PersonId::new(310_552)).creator(PersonId::new(90_417)).created_at(past);
    note.send().await.unwrap();
    call.assert_async().await;
}

#[tokio::test]
async fn a_note_is_answered() {
    let server = MockServer::start_async().await;
    let body = json!({"content": "Agreed", "parent_id": 551207});
    let call = post("/notes", body).answers(&server, 200, SHORT).await;
    let reply = notes(&server).reply(ID, String::from("Agreed")).send().await.unwrap();
    call.assert_async().await;
    assert_eq!(reply.parent_id, Some(ID));
}

#[tokio::test]
async fn a_note_from_the_future_is_refused() {
    let server = MockServer::start_async().await;
    let future: DateTime<Utc> = "9024-01-01T00:00:00Z".parse().unwrap();
    let error = notes(&server).reply(ID, "Agreed").created_at(future).send().await.unwrap_err();
    assert!(error.is_input() && error.to_string().contains("created_at:"), "{error}");
}

#[tokio::test]
async fn the_text_is_not_printed() {
    let server = MockServer::start_async().await;
    let create = notes(&server).create(PersonId::new(1), "sesame");
    assert!(!format!("{create:?} {:?}", NoteContent::html("sesame")).contains("sesame"));
}

#[tokio::test]
async fn the_text_is_changed() {
    let server = MockServer::start_async().await;
    let call = put("/notes/551207", json!({"content": "Hello again"})).answers(&server, 200, NOTE).await;
    notes(&server).update(ID, "Hello again").send().await.unwrap();
    call.assert_async().await;
}

#[tokio::test]
async fn a_note_is_deleted() {
    let server = MockServer::start_async().await;
    let call = delete("/notes/551207").answers(&server, 200, SUCCESS).await;
    notes(&server).delete(ID).send().await.unwrap();
    call.assert_async().await;
}

#[tokio::test]
async fn the_note_of_somebody_else_is_not_deleted() {
    let server = MockServer::start_async().await;
    delete("/notes/551207").answers(&server, 403, REFUSAL).await;
    assert!(notes(&server).delete(ID).send().await.unwrap_err().is_forbidden());
}

#[tokio::test]
async fn a_refused_list_says_why() {
    let server = MockServer::start_async().await;
    get("/notes").query("person_id", "1").answers(&server, 422, REFUSAL).await;
    let error = notes(&server).list().person(PersonId::new(1)).send().await.unwrap_err();
    assert_eq!((error.param(), error.operation()), (Some("entity_id"), Some("v1_list_notes")));
}

#[tokio::test]
async fn a_refused_note_says_why() {
    let server = MockServer::start_async().await;
    let body = json!({"content": "Hi", "person_ids": [1]});
    post("/notes", body).answers(&server, 422, REFUSAL).await;
    let error = notes(&server).create(PersonId::new(1), "Hi").send().await.unwrap_err();
    assert_eq!((error.param(), error.operation()), (Some("entity_id"), Some("v1_create_note")));
}

#[tokio::test]
async fn a_note_with_mentions_is_not_changed() {
    let server = MockServer::start_async().await;
    put("/notes/551207", json!({"content": "Hi"})).answers(&server, 422, REFUSAL).await;
    let error = notes(&server).update(ID, "Hi").send().await.unwrap_err();
    assert_eq!(error.operation(), Some("v1_update_note"));
}

#[tokio::test]
async fn ids_that_nothing_has_are_refused() {
    let server = MockServer::start_async().await;
    let notes = notes(&server);
    assert!(notes.list().person(PersonId::new(0)).send().await.unwrap_err().is_input());
    assert!(notes.create(PersonId::new(0), "Hi").send().await.unwrap_err().is_input());
    assert!(notes.reply(NoteId::new(0), "Hi").send().await.unwrap_err().is_input());
    assert!(notes.reply(ID, "Hi").creator(PersonId::new(0)).send().await.unwrap_err().is_input());
}

#[tokio::test]
async fn a_note_without_text_is_refused() {
    let server = MockServer::start_async().await;
    let notes = notes(&server);
    for blank in ["", " ", "\n\t"] {
        let create = notes.create(PersonId::new(1), blank).send().await.unwrap_err();
        let html = notes.create(PersonId::new(1), NoteContent::html(blank)).send().await.unwrap_err();
        let reply = notes.reply(ID, blank).send().await.unwrap_err();
        for error in [create, html, reply] {
            assert!(error.is_input() && error.to_string().contains("content:"), "{error}");
        }
    }
}
