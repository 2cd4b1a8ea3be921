//! Opportunities.

use affinity_core::{CompanyId, ListEntryId, ListId, OpportunityId, PersonId};
use futures::TryStreamExt;
use httpmock::MockServer;
use serde_json::json;

use crate::pinned::{REFUSAL, SUCCESS, delete, get, post, put};
use crate::support::client;

const SEED: OpportunityId = OpportunityId::new(7741);

const WHOLE: &str = r#"{
    "id": 7741, "name": "Tessel seed round", "person_ids": [310552], "organization_ids": [640118],
    "list_entries": [{"id": 772001, "creator_id": 90412, "list_id": 5144, "entity_id": 7741, "entity_type": 8,
        "created_at": "2024-03-08T14:22:46.412-08:00"}]
}"#;

const SHORT: &str = r#"{"id": 7741, "name": "Tessel seed round", "list_entries": null}"#;

#[tokio::test]
async fn opportunities_come_in_pages() {
    let server = MockServer::start_async().await;
    let ask = || get("/opportunities").query("term", "seed").query("page_size", "1");
    let second = format!(r#"{{"opportunities": [{SHORT}], "next_page_token": null}}"#);
    let second = ask().query("page_token", "p1").answers(&server, 200, &second).await;
    let first = format!(r#"{{"opportunities": [{WHOLE}], "next_page_token": "p1"}}"#);
    let first = ask().answers(&server, 200, &first).await;
    let found = client(&server).opportunities().list().term("seed").page_size(1).stream();
    let found: Vec<_> = found.try_collect().await.unwrap();
    first.assert_async().await;
    second.assert_async().await;
    assert_eq!(found[0].list_entry().unwrap().list_id, ListId::new(5144));
    assert!(found[1].list_entry().is_none() && found[1].person_ids.is_none());
}

#[tokio::test]
async fn opportunities_that_cannot_be_listed_are_an_error() {
    let server = MockServer::start_async().await;
    get("/opportunities").answers(&server, 200, r#"{"items": []}"#).await;
    let error = client(&server).opportunities().list().send().await.unwrap_err();
    assert!(error.is_decode() && error.to_string().contains("opportunities"), "{error}");
}

#[tokio::test]
async fn a_whole_opportunity_is_read() {
    let server = MockServer::start_async().await;
    let call = get("/opportunities/7741").answers(&server, 200, WHOLE).await;
    let found = client(&server).opportunities().get(SEED).send().await.unwrap();
    call.assert_async().await;
    assert_eq!((found.id, found.name.as_deref()), (SEED, Some("Tessel seed round")));
    assert_eq!(found.person_ids, Some(vec![PersonId::new(310_552)]));
    assert_eq!(found.organization_ids, Some(vec![CompanyId::new(640_118)]));
    let entry = &found.list_entries[0];
    assert_eq!((entry.id, entry.entity_ref()), (ListEntryId::new(772_001), Some(SEED.into())));
}

#[tokio::test]
async fn the_older_form_of_its_row_is_read() {
    let server = MockServer::start_async().await;
    let answer = r#"{
        "id": 7741, "name": "Tessel seed round", "person_ids": [], "organization_ids": null, "list_entries": [{
            "id": 772001, "listId": 5144, "entityId": 7741, "createdAt": "2016-09-23 08:15:40 -0700",
            "creator": {"id": 90412, "type": 1, "emails": [], "firstName": "Mirelle", "lastName": "Okonda",
                "photoUrl": null, "entityType": 0, "inferredType": 1, "interactionsHidden": false,
                "hiddenExternal": false, "primaryEmail": "mirelle@harborpeak.example"}
        }]
    }"#;
    get("/opportunities/7741").answers(&server, 200, answer).await;
    let found = client(&server).opportunities().get(SEED).send().await.unwrap();
    let entry = found.list_entry().unwrap();
    assert_eq!((entry.list_id, entry.entity_id), (ListId::new(5144), 7741));
    assert_eq!(entry.creator_id, Some(PersonId::new(90_412)));
    assert_eq!(entry.created_at.to_rfc3339(), "2016-09-23T15:15:40+00:00");
}

#[tokio::test]
async fn an_opportunity_on_a_list_that_may_not_be_seen_is_not_found() {
    let server = MockServer::start_async().await;
    get("/opportunities/7741").answers(&server, 404, "").await;
    assert!(client(&server).opportunities().get(SEED).send().await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn an_opportunity_is_created_on_its_list() {
    let server = MockServer::start_async().await;
    let bare = post("/opportunities", json!({"name": "Seed", "list_id": 5144}));
    let bare = bare.answers(&server, 200, SHORT).await;
    let body = json!({"name": "Seed", "list_id": 5144, "person_ids": [1, 2], "organization_ids": [3]});
    let full = post("/opportunities", body).answers(&server, 200, WHOLE).await;
    let opportunities = client(&server).opportunities();
    let create = opportunities.create("Seed", ListId::new(5144));
    let created = create.clone().persons([]).organizations([]).send().await.unwrap();
    let create = create.persons([PersonId::new(1), PersonId::new(2)]);
    create.organizations([CompanyId::new(3)]).send().await.unwrap();
    bare.assert_async().await;
    full.assert_async().await;
    assert!(created.list_entries.is_empty() && created.organization_ids.is_none());
}

#[tokio::test]
async fn an_opportunity_on_a_list_of_another_kind_is_an_error() {
    let server = MockServer::start_async().await;
    post("/opportunities", json!({"name": "Seed", "list_id": 5120})).answers(&server, 422, REFUSAL).await;
    let opportunities = client(&server).opportunities();
    let error = opportunities.create("Seed", ListId::new(5120)).send().await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 422);
    assert!(opportunities.create("Seed", ListId::new(0)).send().await.unwrap_err().is_input());
}

#[tokio::test]
async fn an_update_sends_what_was_set_and_replaces_associations() {
    let server = MockServer::start_async().await;
    let body = json!({"name": "Seed", "person_ids": [1], "organization_ids": []});
    let call = put("/opportunities/7741", body).answers(&server, 200, WHOLE).await;
    let update = client(&server).opportunities().update(SEED).name("Seed");
    update.replace_persons([PersonId::new(1)]).replace_organizations([]).send().await.unwrap();
    call.assert_async().await;
}

#[tokio::test]
async fn an_update_of_nothing_is_refused_and_another_by_the_server() {
    let server = MockServer::start_async().await;
    let opportunities = client(&server).opportunities();
    assert!(opportunities.update(SEED).send().await.unwrap_err().is_input());
    put("/opportunities/7741", json!({"name": "Seed"})).answers(&server, 403, "").await;
    assert!(opportunities.update(SEED).name("Seed").send().await.unwrap_err().is_forbidden());
}

#[tokio::test]
async fn persons_and_organizations_are_added_to_those_that_are_there() {
    let server = MockServer::start_async().await;
    let read = get("/opportunities/7741").answers(&server, 200, WHOLE).await;
    let persons = put("/opportunities/7741", json!({"person_ids": [310552, 7]}));
    let persons = persons.answers(&server, 200, WHOLE).await;
    let organizations = put("/opportunities/7741", json!({"organization_ids": [640118, 8]}));
    let organizations = organizations.answers(&server, 200, WHOLE).await;
    let opportunities = client(&server).opportunities();
    opportunities.append_persons(SEED, [PersonId::new(7)]).send().await.unwrap();
    opportunities.append_organizations(SEED, [CompanyId::new(8)]).send().await.unwrap();
    opportunities.append_organizations(SEED, [CompanyId::new(640_118)]).send().await.unwrap();
    read.assert_calls_async(3).await;
    persons.assert_async().await;
    organizations.assert_async().await;
}

#[tokio::test]
async fn nothing_is_replaced_where_it_is_not_known_what_is_there() {
    let server = MockServer::start_async().await;
    get("/opportunities/7741").answers(&server, 200, SHORT).await;
    let opportunities = client(&server).opportunities();
    let persons = opportunities.append_persons(SEED, [PersonId::new(7)]).send().await.unwrap_err();
    let organizations =
        opportunities.append_organizations(SEED, [CompanyId::new(8)]).send().await.unwrap_err();
    assert_eq!((persons.path(), organizations.path()), (Some("person_ids"), Some("organization_ids")));
}

#[tokio::test]
async fn an_opportunity_is_deleted() {
    let server = MockServer::start_async().await;
    let call = delete("/opportunities/7741").answers(&server, 200, SUCCESS).await;
    client(&server).opportunities().delete(SEED).send().await.unwrap();
    call.assert_async().await;
    delete("/opportunities/1").answers(&server, 404, REFUSAL).await;
    let error = client(&server).opportunities().delete(OpportunityId::new(1)).send().await.unwrap_err();
    assert!(error.is_not_found());
}

#[tokio::test]
async fn blank_names_are_refused() {
    let server = MockServer::start_async().await;
    let opportunities = client(&server).opportunities();
    let create = opportunities.create(" ", ListId::new(5127)).send().await.unwrap_err();
    let update = opportunities.update(SEED).name("").send().await.unwrap_err();
    assert!(create.is_input() && update.is_input(), "{create} {update}");
}
