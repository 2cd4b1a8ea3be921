//! Webhook subscriptions, and what is delivered.

use std::time::Duration;

use affinity_sandbox::{Delivery, Method, Reply, Sandbox};
use serde_json::{Value, json};

use crate::support::{get, post, send_as};
use crate::v1_tools::{at_noon, delete, noon, office, problems, put};

const HOUR: Duration = Duration::from_secs(3_600);

/// Something that answers posts to `/hook`, each as it is told.
async fn receiver(statuses: &[u16]) -> Sandbox {
    let receiver = Sandbox::empty().await.unwrap();
    answer(&receiver, statuses);
    receiver
}

fn answer(receiver: &Sandbox, statuses: &[u16]) {
    for status in statuses {
        receiver.reply(Method::POST, "/hook", Reply::empty(*status));
    }
}

fn hook(receiver: &Sandbox) -> String {
    format!("{}/hook", receiver.url())
}

/// The envelopes that arrived, without the test at the beginning.
fn received(receiver: &Sandbox) -> Vec<Value> {
    let requests = receiver.requests();
    requests.iter().skip(1).map(|request| serde_json::from_slice(&request.body).unwrap()).collect()
}

fn names(receiver: &Sandbox) -> Vec<String> {
    received(receiver).iter().map(|envelope| envelope["type"].as_str().unwrap().to_owned()).collect()
}

async fn subscribe(sandbox: &Sandbox, receiver: &Sandbox, events: &[&str]) -> u64 {
    let body = json!({"webhook_url": hook(receiver), "subscriptions": events});
    let made = post(sandbox, "/webhook/subscribe", &body).await;
    assert_eq!(made.status, 200, "{}", made.text);
    made.json()["id"].as_u64().unwrap()
}

#[tokio::test]
async fn a_subscription_is_made_changed_and_deleted() {
    let office = office();
    let sandbox = at_noon(office.small.world).await;
    let receiver = receiver(&[204]).await;
    let body = json!({"webhook_url": hook(&receiver), "subscriptions": ["note.created", "note.created"]});
    let made = post(&sandbox, "/webhook/subscribe", &body).await.json();
    let expected = json!({
        "id": made["id"], "webhook_url": hook(&receiver), "subscriptions": ["note.created"], "disabled": false,
        "created_by": office.user
    });
    assert_eq!(made, expected);
    let path = format!("/webhook/{}", made["id"]);
    assert_eq!(get(&sandbox, "/webhook").await.json(), json!([expected]));
    assert_eq!(get(&sandbox, &path).await.json(), expected);
    // The URL was tested.
    let tests: Vec<_> =
        receiver.requests().into_iter().map(|request| (request.method, request.path)).collect();
    assert_eq!(tests, [(Method::POST, "/hook".to_owned())]);
    // What is left out is all events again; the same URL is not tested again.
    let body = json!({"disabled": true, "webhook_url": hook(&receiver)});
    let paused = put(&sandbox, &path, &body).await.json();
    assert_eq!((&paused["disabled"], &paused["subscriptions"]), (&json!(true), &json!([])));
    assert_eq!(delete(&sandbox, &path).await.json(), json!({"success": true}));
    assert_eq!(get(&sandbox, &path).await.status, 404);
    assert_eq!(sandbox.deliveries().len(), 0);
}

#[tokio::test]
async fn a_url_has_to_answer() {
    let office = office();
    let sandbox = at_noon(office.small.world).await;
    let receiver = receiver(&[500]).await;
    let refused = post(&sandbox, "/webhook/subscribe", &json!({"webhook_url": hook(&receiver)})).await;
    assert_eq!(refused.status, 422);
    for url in ["http://hooks.example/x", "https://a:b@hooks.example/x", "nowhere"] {
        let answer = post(&sandbox, "/webhook/subscribe", &json!({"webhook_url": url})).await;
        assert_eq!(problems(&answer), (422, vec!["webhook_url".into()]), "{url}");
    }
    let unknown = json!({"webhook_url": "https://hooks.example/x", "subscriptions": ["note.read"]});
    let unknown = post(&sandbox, "/webhook/subscribe", &unknown).await;
    assert_eq!(problems(&unknown), (422, vec!["subscriptions".into()]));
    assert_eq!(get(&sandbox, "/webhook").await.json(), json!([]));
}

#[tokio::test]
async fn an_account_has_three_at_most() {
    let office = office();
    let sandbox = at_noon(office.small.world).await;
    for n in 0..4 {
        let url = format!("https://hooks.example/{n}");
        let made = post(&sandbox, "/webhook/subscribe", &json!({"webhook_url": url})).await;
        assert_eq!(made.status, if n < 3 { 200 } else { 422 });
    }
}

#[tokio::test]
async fn others_may_look_but_not_change() {
    let mut office = office();
    let modest = affinity_sandbox::NewKey::of(office.colleague).permissions([]);
    let modest = office.small.world.add_key(modest).unwrap();
    let sandbox = at_noon(office.small.world).await;
    let body = json!({"webhook_url": "https://hooks.example/x"});
    let made = post(&sandbox, "/webhook/subscribe", &body).await.json();
    let path = format!("/webhook/{}", made["id"]);
    let as_colleague =
        async |key: &str, method: Method| send_as(&sandbox, key, method, &path, "{}").await.status;
    assert_eq!(as_colleague(&modest, Method::GET).await, 200);
    assert_eq!(as_colleague(&office.colleagues_key, Method::PUT).await, 403);
    assert_eq!(as_colleague(&modest, Method::DELETE).await, 403);
    // An admin may.
    assert_eq!(as_colleague(&office.colleagues_key, Method::DELETE).await, 200);
}

#[tokio::test]
async fn changes_are_delivered_in_their_order() {
    let office = office();
    let person = office.small.person;
    let sandbox = at_noon(office.small.world).await;
    let receiver = receiver(&[200; 6]).await;
    subscribe(&sandbox, &receiver, &[]).await;
    let note = post(&sandbox, "/notes", &json!({"content": "A", "person_ids": [person]})).await.json();
    let path = format!("/notes/{}", note["id"]);
    let changed = put(&sandbox, &path, &json!({"content": "B"})).await.json();
    let reminder = json!({"owner_id": office.user, "type": 0, "due_date": "2026-02-01", "person_id": person});
    let reminder = post(&sandbox, "/reminders", &reminder).await.json();
    delete(&sandbox, &path).await;
    delete(&sandbox, &format!("/reminders/{}", reminder["id"])).await;
    sandbox.settled().await;
    let envelope = |name: &str, body: &Value| json!({"type": name, "body": body, "sent_at": 1_768_478_400});
    let expected = [
        envelope("note.created", &note),
        envelope("note.updated", &changed),
        envelope("reminder.created", &reminder),
        envelope("note.deleted", &changed),
        envelope("reminder.deleted", &reminder),
    ];
    assert_eq!(received(&receiver), expected);
    let last = receiver.requests().pop().unwrap();
    assert_eq!(last.headers["content-type"], "application/json");
    assert_eq!(last.auth_scheme, None);
    let deliveries: Vec<_> = sandbox.deliveries();
    assert!(deliveries.iter().all(|delivery| delivery.attempt == 1 && delivery.status.unwrap() == 200));
    assert_eq!(deliveries.len(), 5);
}

#[tokio::test]
async fn only_what_was_asked_for_comes() {
    let office = office();
    let sandbox = at_noon(office.small.world).await;
    let receiver = receiver(&[200; 3]).await;
    let id = subscribe(&sandbox, &receiver, &["note.deleted"]).await;
    let body = json!({"content": "A", "person_ids": [office.small.person]});
    let write = async || post(&sandbox, "/notes", &body).await.json()["id"].clone();
    delete(&sandbox, &format!("/notes/{}", write().await)).await;
    sandbox.settled().await;
    assert_eq!(names(&receiver), ["note.deleted"]);
    put(&sandbox, &format!("/webhook/{id}"), &json!({"disabled": true})).await;
    write().await;
    put(&sandbox, &format!("/webhook/{id}"), &json!({"disabled": false})).await;
    let last = write().await;
    sandbox.settled().await;
    assert_eq!(
        received(&receiver)[1..],
        [json!({
            "type": "note.created", "body": get(&sandbox, &format!("/notes/{last}")).await.json(),
            "sent_at": 1_768_478_400
        })]
    );
}

#[tokio::test]
async fn what_fails_is_tried_again_and_holds_up_what_follows() {
    let office = office();
    let sandbox = noon(office.small.world).webhook_backoff(HOUR).start().await.unwrap();
    let receiver = receiver(&[200, 500, 302, 200, 200]).await;
    subscribe(&sandbox, &receiver, &[]).await;
    let body = json!({"content": "A", "person_ids": [office.small.person]});
    let first = post(&sandbox, "/notes", &body).await.json();
    post(&sandbox, "/notes", &body).await;
    sandbox.settled().await;
    assert_eq!(names(&receiver), ["note.created"]);
    sandbox.advance(HOUR - Duration::from_secs(1));
    sandbox.settled().await;
    assert_eq!(names(&receiver).len(), 1);
    sandbox.advance(Duration::from_secs(1));
    sandbox.settled().await;
    assert_eq!(names(&receiver).len(), 2);
    sandbox.advance(HOUR * 2);
    sandbox.settled().await;
    let bodies: Vec<_> =
        received(&receiver).iter().map(|envelope| envelope["body"]["id"] == first["id"]).collect();
    assert_eq!(bodies, [true, true, true, false]);
    let attempts: Vec<_> = sandbox.deliveries().iter().map(summary).collect();
    assert_eq!(attempts, [(1, Some(500)), (2, Some(302)), (3, Some(200)), (1, Some(200))]);
    assert_eq!(get(&sandbox, "/webhook").await.json()[0]["disabled"], false);
}

fn summary(delivery: &Delivery) -> (u32, Option<u16>) {
    (delivery.attempt, delivery.status.map(|status| status.as_u16()))
}

#[tokio::test]
async fn ten_hours_of_failing_are_the_end() {
    let office = office();
    let sandbox = at_noon(office.small.world).await;
    let receiver = receiver(&[200, 503, 503]).await;
    let id = subscribe(&sandbox, &receiver, &[]).await;
    let body = json!({"content": "A", "person_ids": [office.small.person]});
    post(&sandbox, "/notes", &body).await;
    sandbox.settled().await;
    sandbox.advance(HOUR * 10);
    sandbox.settled().await;
    assert_eq!(get(&sandbox, &format!("/webhook/{id}")).await.json()["disabled"], true);
    // What happens meanwhile is lost.
    post(&sandbox, "/notes", &body).await;
    answer(&receiver, &[200]);
    put(&sandbox, &format!("/webhook/{id}"), &json!({"disabled": false})).await;
    let last = post(&sandbox, "/notes", &body).await.json();
    sandbox.settled().await;
    let bodies: Vec<_> =
        received(&receiver).into_iter().map(|mut envelope| envelope["body"]["id"].take()).collect();
    assert_eq!((bodies.len(), &bodies[2]), (3, &last["id"]));
}

#[tokio::test]
async fn patience_and_backoff_are_settings_for_running_clocks_too() {
    let office = office();
    let sandbox = Sandbox::builder().world(office.small.world);
    let sandbox =
        sandbox.webhook_patience(Duration::from_millis(30)).webhook_backoff(Duration::from_millis(10));
    let sandbox = sandbox.start().await.unwrap();
    let receiver = receiver(&[200]).await;
    subscribe(&sandbox, &receiver, &[]).await;
    receiver.shutdown().await;
    post(&sandbox, "/notes", &json!({"content": "A", "person_ids": [office.small.person]})).await;
    sandbox.settled().await;
    let deliveries = sandbox.deliveries();
    assert!(deliveries.len() > 1 && deliveries.iter().all(|delivery| delivery.status.is_none()));
    assert_eq!(get(&sandbox, "/webhook").await.json()[0]["disabled"], true);
}

#[tokio::test]
async fn nothing_is_sent_to_other_machines() {
    let office = office();
    let sandbox = at_noon(office.small.world).await;
    let url = "https://hooks.example/affinity";
    post(&sandbox, "/webhook/subscribe", &json!({"webhook_url": url})).await;
    post(&sandbox, "/notes", &json!({"content": "A", "person_ids": [office.small.person]})).await;
    sandbox.settled().await;
    let deliveries = sandbox.deliveries();
    let [delivery] = deliveries.as_slice() else { panic!("one delivery") };
    assert_eq!((delivery.url.as_str(), delivery.event, delivery.status), (url, "note.created", None));
    assert!(delivery.body.contains("\"note.created\""));
    assert_eq!(get(&sandbox, "/webhook").await.json()[0]["disabled"], false);
}

#[tokio::test]
async fn an_upload_and_an_interaction_are_told() {
    let office = office();
    let (user, person) = (office.user, office.small.person);
    let sandbox = at_noon(office.small.world).await;
    post(&sandbox, "/webhook/subscribe", &json!({"webhook_url": "https://hooks.example/x"})).await;
    let part = "--l\r\nContent-Disposition: form-data; name=";
    let form = format!(
        "{part}\"file\"; filename=\"a\"\r\n\r\nx\r\n{part}\"person_id\"\r\n\r\n{person}\r\n--l--\r\n"
    );
    let request = reqwest::Client::new().post(format!("{}/entity-files", sandbox.url()));
    let request =
        request.bearer_auth(sandbox.api_key()).header("content-type", "multipart/form-data; boundary=l");
    assert_eq!(request.body(form).send().await.unwrap().status(), 200);
    let body = json!({"type": 1, "person_ids": [user, person], "content": "x", "date": "2026-01-14"});
    post(&sandbox, "/interactions", &body).await;
    sandbox.settled().await;
    let names: Vec<_> = sandbox.deliveries().iter().map(|delivery| delivery.event).collect();
    assert_eq!(names, ["file.created", "note.created"]);
}

#[tokio::test]
async fn changes_through_v2_are_told_as_well() {
    let small = office().small;
    let sandbox = noon(small.world).merges_take(HOUR).start().await.unwrap();
    post(&sandbox, "/webhook/subscribe", &json!({"webhook_url": "https://hooks.example/x"})).await;
    let path = format!("/v2/lists/{}/list-entries/{}/fields/{}", small.portfolio, small.row, small.score);
    let written = post(&sandbox, &path, &json!({"value": {"type": "number", "data": 9}})).await;
    assert_eq!(written.status, 204);
    let pair = json!({"primaryCompanyId": small.company, "duplicateCompanyId": small.company + 1});
    assert_eq!(post(&sandbox, "/v2/company-merges", &pair).await.status, 202);
    sandbox.settled().await;
    sandbox.advance(HOUR);
    sandbox.settled().await;
    let names: Vec<_> = sandbox.deliveries().iter().map(|delivery| delivery.event).collect();
    assert_eq!(names, ["field_value.updated", "organization.merged"]);
    let merged: Value = serde_json::from_str(&sandbox.deliveries()[1].body).unwrap();
    assert_eq!(merged["body"]["company"]["id"], small.company);
    assert_eq!(merged["body"]["removed_company"]["name"], "Larkumbra Foods");
}

#[tokio::test]
async fn a_form_subscribes_as_well() {
    let office = office();
    let sandbox = at_noon(office.small.world).await;
    let form = "webhook_url=https%3A%2F%2Fhooks.example%2Fx&subscriptions[]=list.created&subscriptions[]=file.deleted";
    let request = reqwest::Client::new().post(format!("{}/webhook/subscribe", sandbox.url()));
    let request = request.basic_auth("", Some(sandbox.api_key()));
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
    let made = crate::support::send(request).await.json();
    assert_eq!(made["subscriptions"], json!(["list.created", "file.deleted"]));
}

#[tokio::test]
async fn what_is_no_longer_wanted_is_not_tried_again() {
    let office = office();
    let sandbox = noon(office.small.world).webhook_backoff(HOUR).start().await.unwrap();
    let receiver = receiver(&[200, 500, 200, 200]).await;
    let id = subscribe(&sandbox, &receiver, &["note.created", "note.deleted"]).await;
    let body = json!({"content": "A", "person_ids": [office.small.person]});
    let note = post(&sandbox, "/notes", &body).await.json();
    sandbox.settled().await;
    delete(&sandbox, &format!("/notes/{}", note["id"])).await;
    let less = json!({"subscriptions": ["note.deleted"]});
    assert_eq!(put(&sandbox, &format!("/webhook/{id}"), &less).await.status, 200);
    sandbox.advance(HOUR);
    sandbox.settled().await;
    assert_eq!(names(&receiver), ["note.created", "note.deleted"]);
    let attempts: Vec<_> = sandbox.deliveries().iter().map(summary).collect();
    assert_eq!(attempts, [(1, Some(500)), (1, Some(200))]);
}
