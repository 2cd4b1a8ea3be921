//! The demo, as v1 sees it.

use std::collections::BTreeSet;

use affinity_sandbox::Sandbox;
use serde_json::Value;

use crate::v1_support::{ids, read};

/// All items of a paged collection.
async fn all(sandbox: &Sandbox, path: &str, name: &str) -> Vec<Value> {
    let (mut items, mut token) = (Vec::new(), String::new());
    loop {
        let page = read(sandbox, &format!("{path}{token}")).await;
        items.extend(page[name].as_array().unwrap().iter().cloned());
        let Some(next) = page["next_page_token"].as_str() else { return items };
        token = format!("page_token={}", next.replace('=', "%3D").replace('+', "%2B"));
    }
}

#[tokio::test]
async fn it_has_the_size_it_has_in_v2() {
    let sandbox = Sandbox::demo().await.unwrap();
    assert_eq!(all(&sandbox, "/persons?", "persons").await.len(), 3_000);
    assert_eq!(all(&sandbox, "/opportunities?", "opportunities").await.len(), 1_200);
    // What the account has nothing to do with is found by a term only.
    let organizations = all(&sandbox, "/organizations?", "organizations").await.len();
    assert!((1_334..2_000).contains(&organizations), "{organizations}");
    let lists = read(&sandbox, "/lists").await;
    let sizes: Vec<_> = lists
        .as_array()
        .unwrap()
        .iter()
        .map(|list| (list["name"].as_str().unwrap(), list["list_size"].as_u64()))
        .collect();
    let expected =
        [("Pipeline", 1_200), ("Portfolio", 301), ("Network", 200), ("Watchlist", 20), ("watchlist", 20)];
    assert_eq!(sizes, expected.map(|(name, size)| (name, Some(size))));
}

#[tokio::test]
async fn values_have_ids_of_their_own() {
    let sandbox = Sandbox::demo().await.unwrap();
    let pipeline = sandbox.with_world(|world| world.list_named("Pipeline")).unwrap();
    let rows = read(&sandbox, &format!("/lists/{pipeline}/list-entries?page_size=40")).await;
    let mut seen = BTreeSet::new();
    for row in ids(&rows["list_entries"]) {
        let values = read(&sandbox, &format!("/field-values?list_entry_id={row}")).await;
        assert!(ids(&values).into_iter().all(|id| seen.insert(id)));
    }
    // One row has 150 owners, which v2 cuts and v1 does not.
    assert!(seen.len() > 40 * 3 + 150, "{}", seen.len());
    let again = read(&sandbox, &format!("/lists/{pipeline}/list-entries?page_size=1")).await;
    let row = ids(&again["list_entries"])[0];
    let values = read(&sandbox, &format!("/field-values?list_entry_id={row}")).await;
    assert!(ids(&values).iter().all(|id| seen.contains(id)));
}

#[tokio::test]
async fn the_pipeline_has_a_history() {
    let sandbox = Sandbox::demo().await.unwrap();
    let pipeline = sandbox.with_world(|world| world.list_named("Pipeline")).unwrap();
    let list = read(&sandbox, &format!("/lists/{pipeline}")).await;
    let status = list["fields"].as_array().unwrap().iter().find(|field| field["name"] == "Status").unwrap();
    assert_eq!(
        (&status["value_type"], status["dropdown_options"].as_array().unwrap().len()),
        (&Value::from(7), 7)
    );
    let changes = read(&sandbox, &format!("/field-value-changes?field_id={}&limit=10", status["id"])).await;
    assert_eq!(changes.as_array().unwrap().len(), 10);
}

#[tokio::test]
async fn persons_were_in_touch() {
    let sandbox = Sandbox::demo().await.unwrap();
    let persons = all(&sandbox, "/persons?with_interaction_dates=true&", "persons").await;
    assert!((1_000..3_000).contains(&persons.len()), "{}", persons.len());
    assert!(persons.iter().all(|person| !person["interaction_dates"]["last_interaction_date"].is_null()));
}

#[tokio::test]
async fn persons_belong_to_the_company_they_work_for() {
    let sandbox = Sandbox::demo().await.unwrap();
    let person = read(&sandbox, "/persons/51000?with_current_organizations=true").await;
    let companies = &person["organization_ids"];
    assert_eq!((companies.as_array().unwrap().len(), companies), (1, &person["current_organization_ids"]));
    let organization = read(&sandbox, &format!("/organizations/{}", companies[0])).await;
    assert!(organization["person_ids"].as_array().unwrap().contains(&person["id"]));
}
