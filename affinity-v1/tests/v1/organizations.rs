//! Organizations.

use affinity_core::{CompanyId, OpportunityId, PersonId};
use affinity_v1::{InteractionDate, Period};
use futures::TryStreamExt;
use httpmock::MockServer;
use serde_json::json;

use crate::pinned::{REFUSAL, SUCCESS, delete, get, post, put};
use crate::support::client;

const TESSEL: CompanyId = CompanyId::new(640_118);

const WHOLE: &str = r#"{
    "id": 640118, "name": "Tessel Robotics", "domain": "tessel.example",
    "domains": ["tessel.example", "tesselrobotics.example"], "global": false, "crunchbase_uuid": null,
    "person_ids": [310552, 310553], "opportunity_ids": [7741],
    "list_entries": [{"id": 771203, "list_id": 5120, "creator_id": 90412, "entity_id": 640118, "entity_type": 1,
        "created_at": "2024-03-05T09:14:52.118-08:00"}],
    "interaction_dates": {"last_event_date": "2024-03-04T05:06:07.890-08:00"},
    "interactions": {"last_event": {"date": "2024-03-04T05:06:07.890-08:00"}}
}"#;

const SHORT: &str = r#"{"id": 9, "name": null, "domain": null, "domains": null, "global": true}"#;

#[tokio::test]
async fn organizations_come_in_pages() {
    let server = MockServer::start_async().await;
    let ask = || get("/organizations").query("term", "tessel");
    let second = format!(r#"{{"organizations": [{SHORT}], "next_page_token": null}}"#);
    let second = ask().query("page_token", "p1").answers(&server, 200, &second).await;
    let first = format!(r#"{{"organizations": [{WHOLE}], "next_page_token": "p1"}}"#);
    let first = ask().answers(&server, 200, &first).await;
    let found = client(&server).organizations().list().term("tessel").stream();
    let found: Vec<_> = found.try_collect().await.unwrap();
    first.assert_async().await;
    second.assert_async().await;
    assert_eq!((found[0].id, found[1].name.as_deref(), found[1].global), (TESSEL, None, true));
    assert!(found[1].domains.is_empty() && found[1].person_ids.is_none());
}

#[tokio::test]
async fn organizations_can_come_with_more_and_be_narrowed_by_dates() {
    let server = MockServer::start_async().await;
    let call = get("/organizations")
        .query("with_interaction_dates", "true")
        .query("with_interaction_persons", "true")
        .query("with_opportunities", "true")
        .query("min_last_interaction_date", "2024-01-01T00:00:00Z")
        .query("max_first_email_date", "2024-01-01T00:00:00Z")
        .query("min_last_event_date", "2024-01-01T00:00:00Z")
        .query("page_size", "500")
        .answers(&server, 200, r#"{"organizations": [], "next_page_token": null}"#)
        .await;
    let instant = "2024-01-01T00:00:00Z".parse().unwrap();
    let list = client(&server).organizations().list().interaction_persons().opportunities();
    let list = list.interacted(InteractionDate::LastInteraction, Period::since(instant));
    let list = list.interacted(InteractionDate::FirstEmail, Period::until(instant));
    let list = list.interacted(InteractionDate::LastEvent, Period::since(instant));
    assert!(list.page_size(500).send().await.unwrap().next.is_none());
    call.assert_async().await;
}

#[tokio::test]
async fn organizations_that_cannot_be_listed_are_an_error() {
    let server = MockServer::start_async().await;
    get("/organizations").answers(&server, 500, "<html>").await;
    let error = client(&server).organizations().list().send().await.unwrap_err();
    assert_eq!(error.operation(), Some("v1_list_organizations"));
}

#[tokio::test]
async fn a_whole_organization_is_read() {
    let server = MockServer::start_async().await;
    let call = get("/organizations/640118")
        .query("with_interaction_dates", "true")
        .query("with_interaction_persons", "true")
        .query("with_opportunities", "true")
        .answers(&server, 200, WHOLE)
        .await;
    let get = client(&server).organizations().get(TESSEL).interaction_persons().opportunities();
    let found = get.send().await.unwrap();
    call.assert_async().await;
    assert_eq!(
        (found.name.as_deref(), found.domain.as_deref()),
        (Some("Tessel Robotics"), Some("tessel.example"))
    );
    assert_eq!((found.domains.len(), found.global, found.crunchbase_uuid), (2, false, None));
    assert_eq!(found.person_ids, Some(vec![PersonId::new(310_552), PersonId::new(310_553)]));
    assert_eq!(found.opportunity_ids, Some(vec![OpportunityId::new(7741)]));
    assert_eq!(found.list_entries.unwrap()[0].entity_ref(), Some(TESSEL.into()));
    let date = found.interaction_dates.unwrap().last_event_date;
    assert_eq!(date.unwrap().to_rfc3339(), "2024-03-04T13:06:07.890+00:00");
    assert_eq!(found.interactions.unwrap().last_event.unwrap().date, date);
}

#[tokio::test]
async fn an_organization_that_was_merged_away_names_the_other() {
    let server = MockServer::start_async().await;
    let refusal = r#"{"errors":[{"message":"640118 no longer exists as it has been merged into 9"}]}"#;
    get("/organizations/640118").answers(&server, 422, refusal).await;
    let error = client(&server).organizations().get(TESSEL).send().await.unwrap_err();
    assert!(error.is_merged_away());
}

#[tokio::test]
async fn an_organization_is_created() {
    let server = MockServer::start_async().await;
    let bare = post("/organizations", json!({"name": "Tessel"})).answers(&server, 200, WHOLE).await;
    let body = json!({"name": "Tessel", "domain": "tessel.example", "person_ids": [310552]});
    let full = post("/organizations", body).answers(&server, 200, WHOLE).await;
    let organizations = client(&server).organizations();
    organizations.create("Tessel").persons([]).send().await.unwrap();
    let create = organizations.create("Tessel").domain("tessel.example");
    create.persons([PersonId::new(310_552)]).send().await.unwrap();
    bare.assert_async().await;
    full.assert_async().await;
}

#[tokio::test]
async fn a_domain_that_is_not_bare_is_refused() {
    let server = MockServer::start_async().await;
    let organizations = client(&server).organizations();
    let (label, long) = (format!("{}.example", "a".repeat(64)), format!("{}example", "a.".repeat(130)));
    for domain in [
        "https://tessel.example",
        "tessel.example/about",
        "tessel.example?a",
        "tessel.example#a",
        "tessel.example\\a",
        "tessel.example,other.example",
        "tessel.example;a",
        "tessel.example:443",
        "juno@tessel.example",
        "tes sel.example",
        "tes_sel.example",
        "tessel.example\n",
        "tes\u{200b}sel.example",
        "-tessel.example",
        "tessel-.example",
        "tessel..example",
        ".tessel.example",
        "tessel.example.",
        "tessel",
        "10.0.0.1",
        "*.tessel.example",
        "",
        &label,
        &long,
    ] {
        let create = organizations.create("Tessel").domain(domain).send().await.unwrap_err();
        let update = organizations.update(TESSEL).domain(domain).send().await.unwrap_err();
        assert!(create.is_input() && update.is_input(), "{domain}: {create}");
    }
}

#[tokio::test]
async fn an_organization_that_the_server_refuses_is_an_error() {
    let server = MockServer::start_async().await;
    post("/organizations", json!({"name": "?"})).answers(&server, 422, REFUSAL).await;
    let error = client(&server).organizations().create("?").send().await.unwrap_err();
    assert_eq!(error.messages().collect::<Vec<_>>(), ["No such thing."]);
}

#[tokio::test]
async fn an_update_sends_what_was_set_and_replaces_persons() {
    let server = MockServer::start_async().await;
    let body = json!({"name": "Tessel", "domain": "tessel.example", "person_ids": []});
    let call = put("/organizations/640118", body).answers(&server, 200, WHOLE).await;
    let update = client(&server).organizations().update(TESSEL).name("Tessel").domain("tessel.example");
    update.replace_persons([]).send().await.unwrap();
    call.assert_async().await;
}

#[tokio::test]
async fn an_update_of_nothing_is_refused_and_of_a_global_one_by_the_server() {
    let server = MockServer::start_async().await;
    let organizations = client(&server).organizations();
    assert!(organizations.update(TESSEL).send().await.unwrap_err().is_input());
    put("/organizations/640118", json!({"name": "Mine"})).answers(&server, 422, REFUSAL).await;
    let error = organizations.update(TESSEL).name("Mine").send().await.unwrap_err();
    assert_eq!(error.operation(), Some("v1_update_organization"));
}

#[tokio::test]
async fn persons_are_added_to_those_that_are_there() {
    let server = MockServer::start_async().await;
    let read = get("/organizations/640118").answers(&server, 200, WHOLE).await;
    let body = json!({"person_ids": [310552, 310553, 7]});
    let write = put("/organizations/640118", body).answers(&server, 200, WHOLE).await;
    let added = [PersonId::new(310_553), PersonId::new(7)];
    client(&server).organizations().append_persons(TESSEL, added).send().await.unwrap();
    read.assert_async().await;
    write.assert_async().await;
}

#[tokio::test]
async fn nothing_is_replaced_where_it_is_not_known_who_is_there() {
    let server = MockServer::start_async().await;
    get("/organizations/9").answers(&server, 200, SHORT).await;
    let append = client(&server).organizations();
    let error = append.append_persons(CompanyId::new(9), [PersonId::new(7)]).send().await.unwrap_err();
    assert_eq!(error.path(), Some("person_ids"));
}

#[tokio::test]
async fn an_organization_is_deleted() {
    let server = MockServer::start_async().await;
    let call = delete("/organizations/640118").answers(&server, 200, SUCCESS).await;
    client(&server).organizations().delete(TESSEL).send().await.unwrap();
    call.assert_async().await;
    delete("/organizations/9").answers(&server, 422, REFUSAL).await;
    let error = client(&server).organizations().delete(CompanyId::new(9)).send().await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 422);
}

#[tokio::test]
async fn blank_names_are_refused() {
    let server = MockServer::start_async().await;
    let organizations = client(&server).organizations();
    for name in ["", " \n"] {
        assert!(organizations.create(name).send().await.unwrap_err().is_input(), "{name:?}");
        assert!(organizations.update(TESSEL).name(name).send().await.unwrap_err().is_input(), "{name:?}");
    }
}

#[tokio::test]
async fn domains_as_there_are_are_taken() {
    let server = MockServer::start_async().await;
    let long = format!("{}.example", "a".repeat(63));
    for domain in
        ["tessel.example", "a-1.b.Tessel.example", "xn--mnchen-3ya.example", "münchen.example", &long]
    {
        let call = put("/organizations/640118", json!({"domain": domain})).answers(&server, 200, WHOLE).await;
        let update = client(&server).organizations().update(TESSEL).domain("https://x").domain(domain);
        update.send().await.unwrap();
        call.assert_async().await;
    }
}
