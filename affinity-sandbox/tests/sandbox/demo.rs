use std::collections::BTreeSet;

use affinity_sandbox::{Permission, Sandbox, World};
use serde_json::Value;

use crate::support::{get, get_as, get_versioned};

/// All items of a collection.
async fn all(sandbox: &Sandbox, path: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(link) = next {
        let page = get(sandbox, &link).await;
        assert_eq!(page.status, 200, "{}", page.text);
        items.extend(page.json()["data"].as_array().unwrap().iter().cloned());
        next = page.link("nextUrl");
    }
    items
}

/// The fields of all rows of a list.
async fn fields(sandbox: &Sandbox, list: &str) -> Vec<Value> {
    let list = sandbox.with_world(|world| world.list_named(list)).unwrap();
    let types = "fieldTypes=enriched&fieldTypes=global&fieldTypes=list&fieldTypes=relationship-intelligence";
    let rows = all(sandbox, &format!("/v2/lists/{list}/list-entries?{types}")).await;
    let fields = rows
        .iter()
        .flat_map(|row| row["entity"]["fields"].as_array().unwrap());
    fields.cloned().collect()
}

fn data(field: &Value) -> &Value {
    &field["value"]["data"]
}

#[tokio::test]
async fn the_demo_has_its_size() {
    let sandbox = Sandbox::demo().await.unwrap();
    let pipeline = sandbox.with_world(|world| world.list_named("Pipeline")).unwrap();
    assert_eq!(
        all(&sandbox, &format!("/v2/lists/{pipeline}/list-entries"))
            .await
            .len(),
        1_200
    );
    assert_eq!(all(&sandbox, "/v2/opportunities").await.len(), 1_200);
    assert_eq!(all(&sandbox, "/v2/companies").await.len(), 1_999);
    assert_eq!(all(&sandbox, "/v2/persons").await.len(), 2_999);
}

#[tokio::test]
async fn all_value_types_and_interactions_occur() {
    let sandbox = Sandbox::demo().await.unwrap();
    let mut types = BTreeSet::new();
    let mut interactions = BTreeSet::new();
    for list in ["Pipeline", "Portfolio", "Network"] {
        for field in fields(&sandbox, list).await {
            if data(&field).is_null() {
                continue;
            }
            types.insert(field["value"]["type"].as_str().unwrap().to_owned());
            if field["value"]["type"] == "interaction" {
                interactions.insert(data(&field)["type"].as_str().unwrap().to_owned());
            }
        }
    }
    assert_eq!(types.len(), 17, "{types:?}");
    assert_eq!(
        interactions.into_iter().collect::<Vec<_>>(),
        ["call", "chat-message", "email", "meeting"]
    );
}

#[tokio::test]
async fn all_states_of_a_cell_occur() {
    let sandbox = Sandbox::demo().await.unwrap();
    let list = sandbox.with_world(|world| world.list_named("Pipeline")).unwrap();
    let path = format!("/v2/lists/{list}/list-entries?fieldTypes=list&limit=100");
    let page = get_versioned(&sandbox, "2026-07-15", &path).await.json();
    let mut states = BTreeSet::new();
    for row in page["data"].as_array().unwrap() {
        for field in row["entity"]["fields"].as_array().unwrap() {
            states.insert((field["type"] == "hidden", data(field).is_null()));
        }
    }
    assert_eq!(
        states.into_iter().collect::<Vec<_>>(),
        [(false, false), (false, true), (true, true)]
    );
}

#[tokio::test]
async fn one_row_has_more_owners_than_are_told() {
    let sandbox = Sandbox::demo().await.unwrap();
    let fields = fields(&sandbox, "Pipeline").await;
    let owners = fields
        .iter()
        .filter(|field| field["name"] == "Owners")
        .filter_map(|field| data(field).as_array());
    assert_eq!(owners.map(Vec::len).max(), Some(100));
}

#[tokio::test]
async fn names_are_awkward_on_purpose() {
    let sandbox = Sandbox::demo().await.unwrap();
    let lists = all(&sandbox, "/v2/lists").await;
    let named = |name: &str| {
        lists
            .iter()
            .filter(|list| list["name"].as_str() == Some(name))
            .count()
    };
    assert_eq!(
        (named("Watchlist"), named("watchlist"), named("Partners only")),
        (1, 1, 0)
    );
    let kinds: BTreeSet<_> = lists.iter().map(|list| list["type"].as_str().unwrap()).collect();
    assert_eq!(
        kinds.into_iter().collect::<Vec<_>>(),
        ["company", "opportunity", "person"]
    );
    let companies = get(&sandbox, "/v2/companies").await.json();
    let names = companies["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|company| company["name"].as_str().unwrap());
    assert!(names.into_iter().any(|name| !name.is_ascii()));
}

#[tokio::test]
async fn a_company_is_on_a_list_twice() {
    let sandbox = Sandbox::demo().await.unwrap();
    let list = sandbox.with_world(|world| world.list_named("Portfolio")).unwrap();
    let rows = all(&sandbox, &format!("/v2/lists/{list}/list-entries")).await;
    let entities: BTreeSet<_> = rows
        .iter()
        .map(|row| row["entity"]["id"].as_u64().unwrap())
        .collect();
    assert_eq!((rows.len(), entities.len()), (301, 300));
}

#[tokio::test]
async fn there_are_views_of_all_kinds() {
    let sandbox = Sandbox::demo().await.unwrap();
    let list = sandbox.with_world(|world| world.list_named("Pipeline")).unwrap();
    let views = all(&sandbox, &format!("/v2/lists/{list}/saved-views")).await;
    let mut rows = Vec::new();
    for view in views.iter().filter(|view| view["type"] == "sheet") {
        let path = format!("/v2/lists/{list}/saved-views/{}/list-entries", view["id"]);
        rows.push(all(&sandbox, &path).await.len());
    }
    assert_eq!(rows[0], 1_200);
    assert!(rows[1..].iter().all(|rows| (1..1_200).contains(rows)), "{rows:?}");
    let kinds: BTreeSet<_> = views.iter().map(|view| view["type"].as_str().unwrap()).collect();
    assert_eq!(
        kinds.into_iter().collect::<Vec<_>>(),
        ["board", "dashboard", "sheet"]
    );
}

#[tokio::test]
async fn it_is_the_same_each_time() {
    let (one, other) = (Sandbox::demo().await.unwrap(), Sandbox::demo().await.unwrap());
    assert_eq!(one.api_key(), other.api_key());
    let (companies, persons) = (
        "/v2/companies?fieldTypes=enriched",
        "/v2/persons?fieldTypes=global",
    );
    for path in [
        companies,
        persons,
        "/v2/lists",
        "/v2/lists/101/list-entries?fieldTypes=list",
    ] {
        let data = [&one, &other].map(|sandbox| get(sandbox, path));
        let [first, second] = futures::future::join_all(data).await.try_into().unwrap();
        assert_eq!(first.json()["data"], second.json()["data"], "{path}");
    }
}

#[tokio::test]
async fn there_is_a_key_without_each_permission() {
    let sandbox = Sandbox::demo().await.unwrap();
    for permission in Permission::ALL {
        let key = sandbox.api_key_without(permission);
        assert_eq!(key, sandbox.api_key_without(permission));
        assert_eq!(get_as(&sandbox, &key, "/v2/lists").await.status, 200);
    }
}

#[test]
fn a_copy_is_a_world_of_its_own() {
    let world = World::demo();
    let mut copy = world.clone();
    copy.add_company(affinity_sandbox::Company::new("Only here"));
    assert_eq!(world.company_ids().count() + 1, copy.company_ids().count());
}
