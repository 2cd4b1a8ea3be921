//! The four states of a cell, over the sandbox's demo.

use affinity::{Cell, FieldSelection, FieldType, FieldValue, ListEntry};
use affinity_sandbox::Sandbox;
use futures::TryStreamExt;

use crate::support::builder;

async fn rows(sandbox: &Sandbox, version: &str) -> Vec<ListEntry> {
    let affinity = builder(sandbox).api_version(version).build().unwrap();
    let list = affinity.lists().find("Pipeline").await.unwrap().id;
    let selection = FieldSelection::types([FieldType::List]);
    affinity.lists().entries(list).fields(selection).prefetch(true).stream().try_collect().await.unwrap()
}

#[tokio::test]
async fn a_cell_is_not_requested_or_empty_or_hidden_or_a_value() {
    let sandbox = Sandbox::demo().await.unwrap();
    let rows = rows(&sandbox, "2026-07-15").await;
    assert_eq!(rows.len(), 1200);
    assert!(rows.iter().all(|row| row.cell("last-contact") == Cell::NotRequested));
    let cells = || rows.iter().flat_map(|row| row.fields().iter().map(|field| row.cell(&field.id)));
    assert!(cells().any(|cell| matches!(cell, Cell::Value(_))));
    assert!(cells().any(|cell| cell == Cell::Empty));
    assert!(cells().any(|cell| cell == Cell::Hidden));
    assert!(!cells().any(|cell| cell == Cell::NotRequested));
}

#[tokio::test]
async fn hidden_is_not_a_value_and_not_empty() {
    let sandbox = Sandbox::demo().await.unwrap();
    let rows = rows(&sandbox, "2026-07-15").await;
    let hidden: Vec<_> = rows.iter().flat_map(|row| row.fields()).filter(|field| field.is_hidden()).collect();
    assert!(!hidden.is_empty());
    for field in hidden {
        assert_eq!(field.cell(), Cell::Hidden);
        assert_eq!(field.cell().value(), None);
        assert!(!matches!(field.value, FieldValue::Unknown(_)), "the value type stays the real one");
    }
}

#[tokio::test]
async fn cells_are_found_on_every_kind_of_row() {
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = crate::support::client(&sandbox);
    for name in ["Pipeline", "Portfolio", "Network"] {
        let list = affinity.lists().find(name).await.unwrap().id;
        let page =
            affinity.lists().entries(list).fields(FieldSelection::all()).page_size(5).send().await.unwrap();
        for row in page.into_items().unwrap() {
            let field = row.fields().first().unwrap();
            assert_ne!(row.cell(&field.id), Cell::NotRequested, "{name}");
            assert!(!row.name().is_empty());
        }
    }
}
