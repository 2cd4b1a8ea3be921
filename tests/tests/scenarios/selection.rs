//! Which field values are asked for, and what an endpoint does not accept.

use affinity::{FieldSelection, FieldType, ListId};
use affinity_sandbox::Sandbox;

use crate::support::client;

/// The query of the last request.
fn query(sandbox: &Sandbox) -> Vec<(String, String)> {
    sandbox.requests().pop().unwrap().query
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn nothing_is_asked_for_by_default() {
    let sandbox = Sandbox::demo().await.unwrap();
    let page = client(&sandbox).companies().list().send().await.unwrap();
    assert!(query(&sandbox).is_empty());
    assert!(page.items.iter().all(|company| company.fields.is_empty()));
}

#[tokio::test]
async fn types_and_ids_repeat_the_key() {
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox);
    let types = FieldSelection::types([FieldType::Enriched, FieldType::Global]);
    drop(affinity.persons().list().fields(types).page_size(1).send().await.unwrap());
    assert_eq!(
        query(&sandbox),
        pairs(&[("fieldTypes", "enriched"), ("fieldTypes", "global"), ("limit", "1")])
    );
    let ids = FieldSelection::ids(["affinity-data-location", "last-contact"]);
    affinity
        .companies()
        .get(affinity.companies().list().send().await.unwrap().items[0].id)
        .fields(ids)
        .send()
        .await
        .unwrap();
    assert_eq!(
        query(&sandbox),
        pairs(&[("fieldIds", "affinity-data-location"), ("fieldIds", "last-contact")])
    );
}

#[tokio::test]
async fn all_means_what_the_endpoint_has() {
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox);
    drop(affinity.companies().list().fields(FieldSelection::all()).page_size(1).send().await.unwrap());
    let of_companies: Vec<_> = query(&sandbox).into_iter().map(|(_, value)| value).collect();
    assert_eq!(of_companies, ["enriched", "global", "relationship-intelligence", "1"]);
    let list = affinity.lists().find("Pipeline").await.unwrap().id;
    drop(affinity.lists().entries(list).fields(FieldSelection::all()).page_size(1).send().await.unwrap());
    let of_rows: Vec<_> = query(&sandbox).into_iter().map(|(_, value)| value).collect();
    assert_eq!(of_rows, ["enriched", "global", "list", "relationship-intelligence", "1"]);
}

#[tokio::test]
async fn one_selection_serves_a_list_and_its_entries() {
    use futures::TryStreamExt;
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox);
    let list = affinity.lists().find("Pipeline").await.unwrap().id;
    let fields: Vec<_> = affinity.lists().fields(list).stream().try_collect().await.unwrap();
    let selection =
        FieldSelection::ids(fields.iter().filter(|it| it.type_ == FieldType::List).map(|it| &it.id));
    let page = affinity.lists().entries(list).fields(selection.clone()).page_size(1).send().await.unwrap();
    let one = affinity.lists().entry(list, page.items[0].id).fields(selection).send().await.unwrap();
    assert!(!one.fields().is_empty());
    assert_eq!(one, page.items[0]);
}

#[tokio::test]
async fn list_columns_are_refused_on_companies_before_anything_is_sent() {
    let sandbox = Sandbox::empty().await.unwrap();
    let affinity = client(&sandbox);
    let selection = FieldSelection::types([FieldType::Global, FieldType::List]);
    let error = affinity.companies().list().fields(selection.clone()).send().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "list_companies: fields: list is not offered here; choose from enriched, global, relationship-intelligence"
    );
    let error = affinity.persons().get(1.into()).fields(selection).send().await.unwrap_err();
    assert!(error.is_input() && error.to_string().starts_with("get_person: fields: "), "{error}");
    assert!(sandbox.requests().is_empty());
}

#[tokio::test]
async fn an_empty_selection_is_refused() {
    let sandbox = Sandbox::empty().await.unwrap();
    let lists = client(&sandbox).lists();
    let list = ListId::new(1);
    for selection in [
        FieldSelection::ids(Vec::<&str>::new()),
        FieldSelection::types([]),
        FieldSelection::ids([" "]),
        FieldSelection::types(["hologram".parse().unwrap()]),
    ] {
        let error = lists.entries(list).fields(selection).send().await.unwrap_err();
        assert!(error.to_string().starts_with("list_list_entries: fields: "), "{error}");
    }
    assert!(sandbox.requests().is_empty());
}

#[tokio::test]
async fn a_page_size_outside_the_bounds_is_refused() {
    let sandbox = Sandbox::empty().await.unwrap();
    for size in [0, 101, u32::MAX] {
        let error = client(&sandbox).lists().list().page_size(size).send().await.unwrap_err();
        assert_eq!(error.to_string(), format!("list_lists: page_size: {size} is outside 1 to 100"));
    }
    assert!(sandbox.requests().is_empty());
}
