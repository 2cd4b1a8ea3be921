//! The keys the API has grown at every version.

use affinity_sandbox::{CellValue, List, NewField, Place, Sandbox, ValueType};
use serde_json::{Value, json};

use crate::support::{Small, get, small, start};

async fn with_additions(small: Small) -> Sandbox {
    start(Sandbox::builder().world(small.world).additions(true)).await
}

#[tokio::test]
async fn lists_and_fields_tell_when_they_were_made() {
    let mut small = small();
    let made = "2025-03-01T10:00:00Z";
    let list = List::new("Later", affinity_sandbox::EntityKind::Person).created_at(made.parse().unwrap());
    let list = small.world.add_list(list).unwrap();
    let (company, thesis) = (small.company, small.thesis.clone());
    let sandbox = with_additions(small).await;
    assert_eq!(get(&sandbox, &format!("/v2/lists/{list}")).await.json()["createdAt"], made);
    for path in ["/v2/lists".to_owned(), format!("/v2/companies/{company}/lists")] {
        let lists = get(&sandbox, &path).await.json();
        assert_eq!(lists["data"][0]["createdAt"], "2025-01-06T08:00:00Z", "{path}");
    }
    let fields = get(&sandbox, "/v2/companies/fields").await.json();
    for field in fields["data"].as_array().unwrap() {
        let expected = if field["id"] == *thesis { json!("2025-01-06T08:00:00Z") } else { Value::Null };
        assert_eq!(field.get("createdAt"), Some(&expected), "{field}");
    }
}

#[tokio::test]
async fn opportunities_tell_their_list_and_whether_they_are_restricted() {
    let mut small = small();
    let open = small.world.add_opportunity(small.deals, "Open").unwrap().opportunity;
    let user = small.world.main_user();
    small.world.restrict_opportunity(small.opportunity, [user]).unwrap();
    let (deals, restricted) = (small.deals, small.opportunity);
    let sandbox = with_additions(small).await;
    let alone = |id: u64, name: &str, restricted: bool| {
        json!({"id": id, "name": name, "listId": deals, "listName": "Deals", "isRestricted": restricted,
               "isRedacted": false})
    };
    assert_eq!(get(&sandbox, &format!("/v2/opportunities/{open}")).await.json(), alone(open, "Open", false));
    let first = get(&sandbox, "/v2/opportunities").await.json()["data"][0].clone();
    assert_eq!(first, alone(restricted, "Tessel, Seed", true));
    let rows = get(&sandbox, &format!("/v2/lists/{deals}/list-entries")).await.json();
    let entity = &rows["data"][0]["entity"];
    assert_eq!(
        *entity,
        json!({"id": restricted, "name": "Tessel, Seed", "listId": deals, "isRestricted": true,
               "isRedacted": false, "fields": []})
    );
    assert_eq!(rows["data"][0].get("listName"), None);
}

#[tokio::test]
async fn rows_of_an_entity_name_their_list() {
    let small = small();
    let path = format!("/v2/companies/{}/list-entries", small.company);
    let sandbox = with_additions(small).await;
    assert_eq!(get(&sandbox, &path).await.json()["data"][0]["listName"], "Portfolio");
}

#[tokio::test]
async fn multi_values_are_cut_and_tell_their_length() {
    let mut small = small();
    let numbers = NewField::new("Numbers", ValueType::NumberMulti);
    let numbers = small.world.add_list_field(small.portfolio, numbers).unwrap();
    let value = CellValue::NumberMulti((0..150).map(f64::from).collect());
    small.world.set_value(Place::Entry(small.row), &numbers, value).unwrap();
    let fields = format!("/v2/lists/{}/list-entries/{}/fields", small.portfolio, small.row);
    let score = small.score.clone();
    let sandbox = with_additions(small).await;
    let value = get(&sandbox, &format!("{fields}/{numbers}")).await.json()["value"].clone();
    assert_eq!((value["data"].as_array().unwrap().len(), &value["totalCount"]), (100, &json!(150)));
    let single = get(&sandbox, &format!("{fields}/{score}")).await.json()["value"].clone();
    assert_eq!(single, json!({"type": "number", "data": 8.5}));
}
