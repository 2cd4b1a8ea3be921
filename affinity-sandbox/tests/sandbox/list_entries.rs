use affinity_sandbox::{EntityKind, List, NewEntry, WorldError};
use serde_json::json;

use crate::support::{get, serve, small};

#[tokio::test]
async fn a_company_row_has_the_documented_shape() {
    let small = small();
    let user = small.world.main_user();
    let sandbox = serve(small.world).await;
    let entries = format!("/v2/lists/{}/list-entries", small.portfolio);
    let expected = json!({
        "id": small.row, "type": "company", "listId": small.portfolio, "createdAt": "2025-01-06T08:00:00Z",
        "creatorId": user,
        "entity": {"id": small.company, "name": "Tessel Robotics", "domain": "tessel.example",
            "domains": ["tessel.example"], "isGlobal": false,
            "fields": [{"id": small.score, "name": "Score", "type": "list", "enrichmentSource": null,
                        "value": {"type": "number", "data": 8.5}}]}});
    let one = get(&sandbox, &format!("{entries}/{}?fieldTypes=list", small.row)).await;
    assert_eq!(one.json(), expected);
    let all = get(&sandbox, &format!("{entries}?fieldIds={}", small.score)).await;
    assert_eq!(all.json()["data"], json!([expected]));
}

#[tokio::test]
async fn an_opportunity_row_has_the_documented_shape() {
    let small = small();
    let user = small.world.main_user();
    let sandbox = serve(small.world).await;
    let path = format!("/v2/lists/{}/list-entries/{}", small.deals, small.deal_row);
    assert_eq!(
        get(&sandbox, &format!("{path}?fieldIds={}", small.amount)).await.json(),
        json!({"id": small.deal_row, "type": "opportunity", "listId": small.deals,
            "createdAt": "2025-01-06T08:00:00Z", "creatorId": user,
            "entity": {"id": small.opportunity, "name": "Tessel, Seed", "listId": small.deals,
                "fields": [{"id": small.amount, "name": "Amount", "type": "list", "enrichmentSource": null,
                            "value": {"type": "number", "data": 250000}}]}})
    );
}

#[tokio::test]
async fn a_person_row_has_the_documented_shape() {
    let mut small = small();
    let list = small.world.add_list(List::new("Network", EntityKind::Person)).unwrap();
    let entry =
        NewEntry::of(small.person).creator(None).created_at("2025-03-01T10:00:00.250Z".parse().unwrap());
    let row = small.world.add_entry(list, entry).unwrap();
    let sandbox = serve(small.world).await;
    assert_eq!(
        get(&sandbox, &format!("/v2/lists/{list}/list-entries/{row}")).await.json(),
        json!({"id": row, "type": "person", "listId": list, "createdAt": "2025-03-01T10:00:00Z",
            "creatorId": null,
            "entity": {"id": small.person, "firstName": "Alvio", "lastName": "Ashbrook",
                "primaryEmailAddress": "alvio@tessel.example", "emailAddresses": ["alvio@tessel.example"],
                "type": "external", "fields": []}})
    );
}

#[tokio::test]
async fn a_row_of_another_list_is_404() {
    let small = small();
    let sandbox = serve(small.world).await;
    for path in ["", "/fields", "/fields/last-email"] {
        let path = format!("/v2/lists/{}/list-entries/{}{path}", small.portfolio, small.deal_row);
        assert_eq!(get(&sandbox, &path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn an_entity_can_be_on_a_list_twice() {
    let mut small = small();
    let again = small.world.add_entry(small.portfolio, small.company).unwrap();
    let sandbox = serve(small.world).await;
    let path = format!("/v2/lists/{}/list-entries?fieldIds={}", small.portfolio, small.score);
    let answer = get(&sandbox, &path).await;
    assert_eq!(answer.ids(), [small.row, again]);
    let rows = &answer.json()["data"];
    assert_eq!(rows[0]["entity"]["id"], rows[1]["entity"]["id"]);
    assert_eq!(rows[0]["entity"]["fields"][0]["value"]["data"], 8.5);
    assert_eq!(rows[1]["entity"]["fields"][0]["value"]["data"], json!(null));
}

#[tokio::test]
async fn removed_rows_are_gone() {
    let mut small = small();
    small.world.remove_entry(small.row).unwrap();
    small.world.remove_entry(small.deal_row).unwrap();
    let sandbox = serve(small.world).await;
    assert!(get(&sandbox, &format!("/v2/lists/{}/list-entries", small.portfolio)).await.ids().is_empty());
    assert_eq!(get(&sandbox, &format!("/v2/opportunities/{}", small.opportunity)).await.status, 404);
}

#[test]
fn a_row_is_created_by_somebody() {
    let mut small = small();
    let entry = NewEntry::of(small.company).creator(Some(4_711));
    assert!(small.world.add_entry(small.portfolio, entry).is_err());
}

#[test]
fn a_row_is_made_at_a_time_the_api_could_tell() {
    let mut small = small();
    for wrong in ["+10000-01-01T00:00:00Z", "-0001-12-31T23:59:59Z"] {
        let row = NewEntry::of(small.company).created_at(wrong.parse().unwrap());
        assert!(matches!(small.world.add_entry(small.portfolio, row), Err(WorldError::Unsayable(_))));
    }
    assert_eq!(small.world.entry_ids(small.portfolio).count(), 1);
}
