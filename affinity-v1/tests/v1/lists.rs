//! Lists.

use affinity_core::{FieldNumber, ListId, PersonId};
use affinity_v1::{EntityType, ListPermission, ListRole, ValueType, Visibility};
use httpmock::MockServer;
use serde_json::json;

use crate::pinned::{REFUSAL, get, post};
use crate::support::client;

#[tokio::test]
async fn lists_come_as_a_bare_array_in_two_forms() {
    let server = MockServer::start_async().await;
    let answer = r#"[
        {"id": 5120, "type": 1, "name": "Robotics pipeline"},
        {"id": 5144, "type": 8, "name": "Deals", "public": true, "owner_id": 90412, "list_size": 51}
    ]"#;
    let call = get("/lists").answers(&server, 200, answer).await;
    let page = client(&server).lists().list().send().await.unwrap();
    call.assert_async().await;
    assert!(page.next.is_none() && page.failures.is_empty());
    assert_eq!(page.items[0].kind, EntityType::Organization);
    assert_eq!((page.items[0].public, page.items[0].owner_id, page.items[0].list_size), (None, None, None));
    assert_eq!(page.items[1].kind, EntityType::Opportunity);
    assert_eq!((page.items[1].public, page.items[1].list_size), (Some(true), Some(51)));
    assert_eq!(page.items[1].owner_id, Some(PersonId::new(90_412)));
}

#[tokio::test]
async fn a_list_of_a_kind_without_a_name_is_read_and_one_that_does_not_fit_costs_itself_only() {
    let server = MockServer::start_async().await;
    let answer = r#"[{"id": 1, "type": 31, "name": "New"}, {"id": 2, "type": 0}, {"id": 3, "type": 0, "name": "Old"}]"#;
    get("/lists").answers(&server, 200, answer).await;
    let page = client(&server).lists().list().send().await.unwrap();
    assert_eq!(page.items.iter().map(|list| list.kind.code()).collect::<Vec<_>>(), [31, 0]);
    assert_eq!((page.failures[0].index, page.failures[0].error.item_id()), (1, Some(2)));
}

#[tokio::test]
async fn one_list_comes_with_its_fields_in_short_form() {
    let server = MockServer::start_async().await;
    let answer = r#"{
        "id": 5120, "type": 1, "name": "Robotics pipeline", "public": false, "owner_id": 90412, "list_size": 12,
        "fields": [{
            "id": 80231, "name": "Stage", "value_type": 7, "allows_multiple": false,
            "dropdown_options": [{"id": 3310, "text": "Sourced", "rank": 0, "color": 0}]
        }]
    }"#;
    let call = get("/lists/5120").answers(&server, 200, answer).await;
    let list = client(&server).lists().get(ListId::new(5120)).send().await.unwrap();
    call.assert_async().await;
    let field = &list.fields.unwrap()[0];
    assert_eq!((field.id, field.value_type), (FieldNumber::new(80_231), ValueType::RankedDropdown));
    assert_eq!((field.list_id, field.track_changes, &field.enrichment_source), (None, None, &None));
    assert_eq!(field.option("Sourced").unwrap().rank, Some(0));
}

#[tokio::test]
async fn a_list_that_is_not_there_is_not_found() {
    let server = MockServer::start_async().await;
    get("/lists/1").answers(&server, 404, REFUSAL).await;
    let error = client(&server).lists().get(ListId::new(1)).send().await.unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(error.messages().collect::<Vec<_>>(), ["No such thing."]);
}

#[tokio::test]
async fn an_id_that_no_list_has_is_refused() {
    let server = MockServer::start_async().await;
    for id in [0, u64::MAX] {
        assert!(client(&server).lists().get(ListId::new(id)).send().await.unwrap_err().is_input());
    }
}

const CREATED: &str = r#"{
    "id": 5120, "type": 1, "name": "Robotics pipeline", "public": false, "owner_id": 90412, "creator_id": 90413,
    "list_size": 0, "additional_permissions": [{"internal_person_id": 90417, "role_id": 2}]
}"#;

#[tokio::test]
async fn a_list_is_created_with_what_must_be_said() {
    let server = MockServer::start_async().await;
    let body = json!({"name": "Robotics pipeline", "type": 1, "is_public": true});
    let call = post("/lists", body).answers(&server, 200, CREATED).await;
    let lists = client(&server).lists();
    let create = lists.create("Robotics pipeline", EntityType::Organization, Visibility::Public);
    let list = create.send().await.unwrap();
    call.assert_async().await;
    assert_eq!((list.creator_id, list.list_size), (Some(PersonId::new(90_413)), Some(0)));
    let expected = ListPermission::new(PersonId::new(90_417), ListRole::Standard);
    assert_eq!(list.additional_permissions, Some(vec![expected]));
}

#[tokio::test]
async fn a_private_list_has_an_owner_and_others_who_are_added() {
    let server = MockServer::start_async().await;
    let body = json!({
        "name": "Deals", "type": 8, "is_public": false, "owner_id": 90412,
        "additional_permissions": [
            {"internal_person_id": 90417, "role_id": 0}, {"internal_person_id": 90418, "role_id": 1}
        ]
    });
    let call = post("/lists", body).answers(&server, 200, CREATED).await;
    let create = client(&server).lists().create("Deals", EntityType::Opportunity, Visibility::Private);
    let admin = ListPermission::new(PersonId::new(90_417), ListRole::Admin);
    let basic = ListPermission::new(PersonId::new(90_418), ListRole::Basic);
    let create = create.permissions([basic]).permissions([admin, basic]);
    create.owner(PersonId::new(90_412)).send().await.unwrap();
    call.assert_async().await;
}

#[tokio::test]
async fn kinds_and_roles_without_a_name_are_refused() {
    let server = MockServer::start_async().await;
    let kind: EntityType = serde_json::from_str("31").unwrap();
    let lists = client(&server).lists();
    assert!(lists.create("New", kind, Visibility::Public).send().await.unwrap_err().is_input());
    let role: ListRole = serde_json::from_str("7").unwrap();
    let create = lists.create("New", EntityType::Person, Visibility::Public);
    let create = create.permissions([ListPermission::new(PersonId::new(1), role)]);
    assert!(create.send().await.unwrap_err().is_input());
}

#[tokio::test]
async fn a_list_that_is_refused_says_why() {
    let server = MockServer::start_async().await;
    post("/lists", json!({"name": "?", "type": 0, "is_public": true})).answers(&server, 422, REFUSAL).await;
    let create = client(&server).lists().create("?", EntityType::Person, Visibility::Public);
    assert_eq!(create.send().await.unwrap_err().param(), Some("entity_id"));
}

#[tokio::test]
async fn a_list_without_a_name_is_refused() {
    let server = MockServer::start_async().await;
    let create = client(&server).lists().create(" ", EntityType::Person, Visibility::Public);
    assert!(create.send().await.unwrap_err().is_input());
}
