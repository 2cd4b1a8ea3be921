//! Subscriptions to webhooks.

use affinity_core::{PersonId, WebhookSubscriptionId};
use affinity_v1::{WebhookEventName, WebhookEvents, WebhookSubscription, Webhooks, is_webhook_limit};
use httpmock::MockServer;
use serde_json::json;

use crate::pinned::{REFUSAL, SUCCESS, delete, get, post, put};
use crate::support::client;

const URL: &str = "https://hooks.harborpeak.example/affinity/k2f9";

const SUBSCRIPTION: &str = r#"{
    "id": 3301, "webhook_url": "https://hooks.harborpeak.example/affinity/k2f9",
    "subscriptions": ["field_value.updated", "list_entry.created", "planet.aligned"], "disabled": false, "created_by": 90412
}"#;

const ID: WebhookSubscriptionId = WebhookSubscriptionId::new(3301);

fn webhooks(server: &MockServer) -> Webhooks {
    client(server).webhooks()
}

#[tokio::test]
async fn subscriptions_come_as_a_bare_array() {
    let server = MockServer::start_async().await;
    let answer = format!(
        r#"[{SUBSCRIPTION}, {{"id": 3302, "webhook_url": "{URL}", "subscriptions": [], "disabled": true, "created_by": 1}}]"#
    );
    let call = get("/webhook").answers(&server, 200, &answer).await;
    let items = webhooks(&server).list().send().await.unwrap().into_items().unwrap();
    call.assert_async().await;
    assert_eq!((items[0].id, items[0].created_by, items[0].disabled), (ID, PersonId::new(90_412), false));
    assert_eq!(items[0].subscriptions[0], WebhookEventName::FieldValueUpdated);
    assert_eq!(items[0].subscriptions[2].as_str(), "planet.aligned");
    assert_eq!((items[1].events(), items[1].disabled), (WebhookEvents::All, true));
}

#[tokio::test]
async fn one_subscription_is_read() {
    let server = MockServer::start_async().await;
    let call = get("/webhook/3301").answers(&server, 200, SUBSCRIPTION).await;
    assert_eq!(webhooks(&server).get(ID).send().await.unwrap().webhook_url, URL);
    call.assert_async().await;
}

#[tokio::test]
async fn one_that_is_not_there_is_not_found() {
    let server = MockServer::start_async().await;
    get("/webhook/3301").answers(&server, 404, REFUSAL).await;
    assert!(webhooks(&server).get(ID).send().await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn the_url_is_not_printed() {
    let server = MockServer::start_async().await;
    let subscription: WebhookSubscription = serde_json::from_str(SUBSCRIPTION).unwrap();
    let call = webhooks(&server).subscribe(URL, WebhookEvents::All);
    assert!(!format!("{subscription:?} {call:?}").contains("k2f9"));
    let error = webhooks(&server).subscribe("k2f9", WebhookEvents::All).send().await.unwrap_err();
    assert!(error.is_input() && !error.to_string().contains("k2f9"), "{error}");
}

#[tokio::test]
async fn all_events_are_subscribed_to() {
    let server = MockServer::start_async().await;
    let body = json!({"webhook_url": URL, "subscriptions": []});
    let call = post("/webhook/subscribe", body).answers(&server, 200, SUBSCRIPTION).await;
    webhooks(&server).subscribe(URL, WebhookEvents::All).send().await.unwrap();
    call.assert_async().await;
}

#[tokio::test]
async fn some_events_are_subscribed_to() {
    let server = MockServer::start_async().await;
    let body = json!({"webhook_url": URL, "subscriptions": ["list_entry.created", "organization.merged"]});
    let call = post("/webhook/subscribe", body).answers(&server, 200, SUBSCRIPTION).await;
    let events = [WebhookEventName::ListEntryCreated, WebhookEventName::OrganizationMerged];
    let subscription = webhooks(&server).subscribe(URL, events).send().await.unwrap();
    call.assert_async().await;
    assert_eq!(subscription.subscriptions.len(), 3);
}

#[tokio::test]
async fn no_events_are_not_all_events() {
    let server = MockServer::start_async().await;
    let subscribe = webhooks(&server).subscribe(URL, []);
    assert!(subscribe.send().await.unwrap_err().is_input());
    let update = webhooks(&server).update(ID, Vec::new());
    assert!(update.send().await.unwrap_err().is_input());
}

#[tokio::test]
async fn the_limit_is_told_from_other_refusals() {
    let server = MockServer::start_async().await;
    let body = || json!({"webhook_url": URL, "subscriptions": []});
    let limit = r#"{"errors":[{"message":"You can have at most 3 webhook subscriptions"}]}"#;
    let mock = post("/webhook/subscribe", body()).answers(&server, 422, limit).await;
    let error = webhooks(&server).subscribe(URL, WebhookEvents::All).send().await.unwrap_err();
    assert!(is_webhook_limit(&error), "{error}");
    mock.delete_async().await;
    post("/webhook/subscribe", body()).answers(&server, 422, REFUSAL).await;
    let error = webhooks(&server).subscribe(URL, WebhookEvents::All).send().await.unwrap_err();
    assert!(!is_webhook_limit(&error), "{error}");
}

#[tokio::test]
async fn an_update_sends_the_events_every_time() {
    let server = MockServer::start_async().await;
    let body = json!({
        "subscriptions": ["field_value.updated", "list_entry.created", "planet.aligned"], "disabled": false
    });
    let call = put("/webhook/3301", body).answers(&server, 200, SUBSCRIPTION).await;
    let subscription: WebhookSubscription = serde_json::from_str(SUBSCRIPTION).unwrap();
    webhooks(&server).update(ID, subscription.events()).disabled(false).send().await.unwrap();
    call.assert_async().await;
}

#[tokio::test]
async fn deliveries_pause_and_go_on_for_the_same_events() {
    let server = MockServer::start_async().await;
    let body = |disabled| {
        let events = ["field_value.updated", "list_entry.created", "planet.aligned"];
        json!({"subscriptions": events, "disabled": disabled})
    };
    let paused = put("/webhook/3301", body(true)).answers(&server, 200, SUBSCRIPTION).await;
    let resumed = put("/webhook/3301", body(false)).answers(&server, 200, SUBSCRIPTION).await;
    let mut subscription: WebhookSubscription = serde_json::from_str(SUBSCRIPTION).unwrap();
    webhooks(&server).pause(&subscription).send().await.unwrap();
    paused.assert_async().await;
    webhooks(&server).resume(&subscription).send().await.unwrap();
    resumed.assert_async().await;
    subscription.subscriptions.clear();
    let all = json!({"subscriptions": [], "disabled": true});
    let paused = put("/webhook/3301", all).answers(&server, 200, SUBSCRIPTION).await;
    webhooks(&server).pause(&subscription).send().await.unwrap();
    paused.assert_async().await;
}

#[tokio::test]
async fn an_update_moves_a_subscription() {
    let server = MockServer::start_async().await;
    let body = json!({"subscriptions": [], "webhook_url": URL});
    let call = put("/webhook/3301", body).answers(&server, 200, SUBSCRIPTION).await;
    webhooks(&server).update(ID, WebhookEvents::All).url(URL).send().await.unwrap();
    call.assert_async().await;
}

#[tokio::test]
async fn one_is_deleted() {
    let server = MockServer::start_async().await;
    let call = delete("/webhook/3301").answers(&server, 200, SUCCESS).await;
    webhooks(&server).delete(ID).send().await.unwrap();
    call.assert_async().await;
}

#[tokio::test]
async fn the_subscription_of_somebody_else_is_not_deleted() {
    let server = MockServer::start_async().await;
    delete("/webhook/3301").answers(&server, 403, REFUSAL).await;
    assert!(webhooks(&server).delete(ID).send().await.unwrap_err().is_forbidden());
}

#[test]
fn there_are_thirty_events() {
    assert_eq!(WebhookEventName::KNOWN.len(), 30);
}

#[tokio::test]
async fn a_bad_key_lists_nothing() {
    let server = MockServer::start_async().await;
    get("/webhook").answers(&server, 401, "").await;
    assert!(webhooks(&server).list().send().await.unwrap_err().is_unauthorized());
}

#[tokio::test]
async fn the_subscription_of_somebody_else_is_not_changed() {
    let server = MockServer::start_async().await;
    put("/webhook/3301", json!({"subscriptions": []})).answers(&server, 403, REFUSAL).await;
    let error = webhooks(&server).update(ID, WebhookEvents::All).send().await.unwrap_err();
    assert!(error.is_forbidden() && !is_webhook_limit(&error));
}

#[tokio::test]
async fn what_is_no_url_of_the_web_is_refused() {
    let server = MockServer::start_async().await;
    let bad = [
        "",
        "k2f9",
        "https://",
        "http:// a b",
        "https:///k2f9",
        "https:k2f9",
        "ftp://a.example",
        "//a.example",
        " https://a.example",
        "https://a.example/ k2f9",
        "https://a.example\n",
        "https://a.example:99999",
    ];
    for url in bad {
        let subscribe = webhooks(&server).subscribe(url, WebhookEvents::All).send().await.unwrap_err();
        let update = webhooks(&server).update(ID, WebhookEvents::All).url(url).send().await.unwrap_err();
        for error in [subscribe, update] {
            assert!(error.is_input() && !error.to_string().contains("k2f9"), "{url:?}: {error}");
        }
    }
}
