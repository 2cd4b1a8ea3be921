//! Relationship strengths.

use affinity_core::PersonId;
use httpmock::MockServer;

use crate::pinned::{REFUSAL, get};
use crate::support::client;

#[tokio::test]
async fn everybody_who_knows_a_person_is_listed() {
    let server = MockServer::start_async().await;
    let call = get("/relationships-strengths").query("external_id", "310552");
    let answer = r#"[{"internal_id": 90412, "external_id": 310552, "strength": 0.62}, {"internal_id": 90417, "external_id": 310552, "strength": 1}]"#;
    let call = call.answers(&server, 200, answer).await;
    let list = client(&server).relationship_strengths().list(PersonId::new(310_552));
    let items = list.send().await.unwrap().into_items().unwrap();
    call.assert_async().await;
    assert_eq!((items[0].internal_id, items[0].external_id), (PersonId::new(90_412), PersonId::new(310_552)));
    assert_eq!((items[0].strength, items[1].strength), (0.62, 1.0));
}

#[tokio::test]
async fn one_user_may_not_know_them() {
    let server = MockServer::start_async().await;
    let call = get("/relationships-strengths").query("external_id", "310552").query("internal_id", "90412");
    let call = call.answers(&server, 200, "[]").await;
    let list = client(&server).relationship_strengths().list(PersonId::new(310_552));
    let page = list.internal_person(PersonId::new(90_412)).send().await.unwrap();
    call.assert_async().await;
    assert!(page.items.is_empty() && page.next.is_none());
}

#[tokio::test]
async fn a_refusal_says_why() {
    let server = MockServer::start_async().await;
    let call = get("/relationships-strengths").query("external_id", "1");
    call.answers(&server, 422, REFUSAL).await;
    let error = client(&server).relationship_strengths().list(PersonId::new(1)).send().await.unwrap_err();
    assert_eq!(error.operation(), Some("v1_list_relationship_strengths"));
    assert_eq!(error.param(), Some("entity_id"));
}
