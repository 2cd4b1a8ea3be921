use affinity_sandbox::{CellValue, Method, Place};
use serde_json::json;

use crate::support::{get, serve, small};
use crate::v1_support::{call, delete, ids, read, refusal, write, wrong};

#[tokio::test]
async fn an_opportunity_has_the_documented_shape() {
    let mut small = small();
    let (row, deal) = (small.deal_row, Place::Entry(small.deal_row));
    small.world.set_value(deal, "persons", CellValue::PersonMulti(vec![small.person])).unwrap();
    small.world.set_value(deal, "companies", CellValue::CompanyMulti(vec![small.company])).unwrap();
    let (id, list, person, company) = (small.opportunity, small.deals, small.person, small.company);
    let sandbox = serve(small.world).await;
    let expected = json!({
        "id": id, "name": "Tessel, Seed", "person_ids": [person], "organization_ids": [company],
        "list_entries": [{"id": row, "list_id": list, "creator_id": 50001, "entity_id": id, "entity_type": 8,
                          "created_at": "2025-01-06T00:00:00.000-08:00"}]
    });
    assert_eq!(read(&sandbox, &format!("/opportunities/{id}")).await, expected);
    let listed = json!({"opportunities": [expected], "next_page_token": null});
    assert_eq!(read(&sandbox, "/opportunities").await, listed);
    assert_eq!(read(&sandbox, "/opportunities?term=TESSEL").await, listed);
    assert_eq!(read(&sandbox, "/opportunities?term=other").await["opportunities"], json!([]));
}

#[tokio::test]
async fn an_opportunity_is_made_with_its_row() {
    let small = small();
    let (list, person, company) = (small.deals, small.person, small.company);
    let sandbox = serve(small.world).await;
    let body =
        json!({"name": "Series A", "list_id": list, "person_ids": [person], "organization_ids": [company]});
    let made = write(&sandbox, Method::POST, "/opportunities", &body).await;
    assert_eq!((&made["person_ids"], &made["organization_ids"]), (&json!([person]), &json!([company])));
    let row = &made["list_entries"][0];
    assert_eq!((&row["entity_id"], &row["list_id"]), (&made["id"], &json!(list)));
    let of_v2 = read(&sandbox, &format!("/v2/opportunities/{}", made["id"])).await;
    assert_eq!(of_v2, json!({"id": made["id"], "name": "Series A", "listId": list}));
    let path = format!("/v2/lists/{list}/list-entries/{}/fields", row["id"]);
    for (column, id) in [("persons", person), ("companies", company)] {
        let data = read(&sandbox, &format!("{path}/{column}")).await["value"]["data"].clone();
        assert_eq!(ids(&data), [id], "{column}");
    }
    let organization = read(&sandbox, &format!("/organizations/{company}?with_opportunities=true")).await;
    assert_eq!(organization["opportunity_ids"], json!([made["id"]]));
}

#[tokio::test]
async fn an_opportunity_needs_a_list_of_opportunities() {
    let small = small();
    let portfolio = small.portfolio;
    let sandbox = serve(small.world).await;
    let answer = call(&sandbox, Method::POST, "/opportunities", &json!({})).await;
    assert_eq!(refusal(&answer), (422, vec!["name".into(), "list_id".into()]));
    let body = json!({"name": "A", "list_id": portfolio});
    assert_eq!(refusal(&call(&sandbox, Method::POST, "/opportunities", &body).await), wrong("list_id"));
}

#[tokio::test]
async fn an_update_replaces_arrays_and_keeps_the_list() {
    let small = small();
    let (path, person, list) = (format!("/opportunities/{}", small.opportunity), small.person, small.deals);
    let sandbox = serve(small.world).await;
    let body = json!({"name": "Tessel, A", "person_ids": [person, 50001], "list_id": small.portfolio});
    let updated = write(&sandbox, Method::PUT, &path, &body).await;
    assert_eq!((&updated["name"], &updated["person_ids"]), (&json!("Tessel, A"), &json!([person, 50001])));
    assert_eq!(updated["list_entries"][0]["list_id"], list);
    let replaced = write(&sandbox, Method::PUT, &path, &json!({"person_ids": [50001]})).await;
    assert_eq!((&replaced["name"], &replaced["person_ids"]), (&json!("Tessel, A"), &json!([50001])));
}

#[tokio::test]
async fn a_row_goes_with_its_opportunity() {
    let small = small();
    let sandbox = serve(small.world).await;
    let path = format!("/opportunities/{}", small.opportunity);
    assert_eq!((delete(&sandbox, &path).await, delete(&sandbox, &path).await), (200, 404));
    let row = format!("/lists/{}/list-entries/{}", small.deals, small.deal_row);
    assert_eq!(get(&sandbox, &row).await.status, 404);
    assert_eq!(get(&sandbox, &format!("/v2{row}")).await.status, 404);
}
