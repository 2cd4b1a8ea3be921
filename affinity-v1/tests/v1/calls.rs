//! What all operations have in common.

use affinity_core::{InteractionId, NoteId, PersonId, WebhookSubscriptionId};
use affinity_v1::{InteractionKey, InteractionKind, WebhookEvents};
use httpmock::MockServer;
use serde_json::json;

use crate::pinned::{delete, get, post, put};
use crate::support::{client, repeating_client};

#[tokio::test]
async fn a_write_that_was_carried_out_says_so_when_its_answer_cannot_be_read() {
    let server = MockServer::start_async().await;
    let body = json!({"first_name": "a", "last_name": "b", "emails": []});
    post("/persons", body).answers(&server, 200, r#"{"id":77,"first_name":"a"}"#).await;
    let none: [&str; 0] = [];
    let error = client(&server).persons().create("a", "b", none).send().await.unwrap_err();
    assert!(error.is_carried_out() && error.is_decode(), "{error}");
    assert!(!error.is_outcome_unknown() && !error.is_retryable());
    assert_eq!((error.item_id(), error.operation()), (Some(77), Some("v1_create_person")));
}

#[tokio::test]
async fn a_read_and_a_refused_write_are_not_carried_out() {
    let server = MockServer::start_async().await;
    get("/notes/1").answers(&server, 200, "{}").await;
    let unread = client(&server).notes().get(NoteId::new(1)).send().await.unwrap_err();
    assert!(unread.is_decode() && !unread.is_carried_out(), "{unread}");
    put("/notes/1", json!({"content": "Hi"})).answers(&server, 422, "{}").await;
    let refused = client(&server).notes().update(NoteId::new(1), "Hi").send().await.unwrap_err();
    assert!(!refused.is_decode() && !refused.is_carried_out(), "{refused}");
}

#[tokio::test]
async fn a_deletion_that_was_not_done_is_an_error() {
    let server = MockServer::start_async().await;
    for answer in [r#"{"success": false}"#, "\n{\"message\": \"No.\", \"success\": false}"] {
        let call = delete("/notes/1").answers(&server, 200, answer).await;
        let error = client(&server).notes().delete(NoteId::new(1)).send().await.unwrap_err();
        assert!(error.to_string().contains("was not done"), "{error}");
        assert!(!error.is_carried_out() && !error.is_outcome_unknown() && !error.is_retryable());
        assert_eq!((error.path(), error.body()), (Some("success"), Some(answer.as_bytes())));
        call.delete_async().await;
    }
}

#[tokio::test]
async fn whatever_else_a_deletion_answers_it_was_done() {
    let server = MockServer::start_async().await;
    let done =
        [r#"{"success": true}"#, "{}", "", "null", "[false]", "OK", r#"{"success": "false"}"#, "false"];
    for answer in done {
        let call = delete("/notes/1").answers(&server, 200, answer).await;
        let deleted = client(&server).notes().delete(NoteId::new(1)).send().await;
        assert!(deleted.is_ok(), "{answer}");
        call.delete_async().await;
    }
}

#[tokio::test]
async fn an_array_is_not_read_as_an_object() {
    let server = MockServer::start_async().await;
    let array = r#"[3301, "https://hooks.harborpeak.example", [], false, 1]"#;
    get("/webhook/3301").answers(&server, 200, array).await;
    let id = WebhookSubscriptionId::new(3301);
    let error = client(&server).webhooks().get(id).send().await.unwrap_err();
    assert_eq!(error.to_string(), "v1_get_webhook: the answer does not fit at $: expected an object");
}

#[tokio::test]
async fn white_space_before_an_object_is_nothing() {
    let server = MockServer::start_async().await;
    let answer = "\r\n\t {\"id\": 3301, \"webhook_url\": \"x\", \"disabled\": false, \"created_by\": 1}";
    get("/webhook/3301").answers(&server, 200, answer).await;
    let id = WebhookSubscriptionId::new(3301);
    assert_eq!(client(&server).webhooks().get(id).send().await.unwrap().id, id);
}

#[tokio::test]
async fn a_write_that_sets_goes_out_again_unless_the_caller_says_no() {
    let server = MockServer::start_async().await;
    let any = server.mock_async(|when, then| drop((when.method("PUT"), then.status(503)))).await;
    let (notes, id) = (repeating_client(&server).notes(), NoteId::new(1));
    notes.update(id, "Hi").send().await.unwrap_err();
    any.assert_calls_async(2).await;
    notes.update(id, "Hi").with_idempotency(false).send().await.unwrap_err();
    any.assert_calls_async(3).await;
}

#[tokio::test]
async fn a_write_that_does_more_than_set_goes_out_once_unless_the_caller_vouches_for_it() {
    let server = MockServer::start_async().await;
    let any = server.mock_async(|when, then| drop((when.method("PUT"), then.status(503)))).await;
    let client = repeating_client(&server);
    let meeting = InteractionKey::new(InteractionKind::Meeting, InteractionId::new(1));
    let update = client.interactions().update(meeting).content("Hi");
    let error = update.clone().send().await.unwrap_err();
    assert!(error.is_outcome_unknown(), "{error}");
    any.assert_calls_async(1).await;
    let subscription = WebhookSubscriptionId::new(3301);
    let moved = client.webhooks().update(subscription, WebhookEvents::All).url("https://a.example");
    assert!(moved.send().await.unwrap_err().is_outcome_unknown());
    any.assert_calls_async(2).await;
    update.with_idempotency(true).send().await.unwrap_err();
    any.assert_calls_async(4).await;
}

#[tokio::test]
async fn a_creation_goes_out_once() {
    let server = MockServer::start_async().await;
    let any = server.mock_async(|when, then| drop((when.method("POST"), then.status(503)))).await;
    repeating_client(&server).notes().create(PersonId::new(1), "Hi").send().await.unwrap_err();
    any.assert_calls_async(1).await;
}
