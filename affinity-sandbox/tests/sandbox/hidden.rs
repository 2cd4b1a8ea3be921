use affinity_sandbox::{NewKey, SavedView, ViewKind};
use serde_json::json;

use crate::support::{Small, get_as, get_versioned, serve, small};

/// Lets nobody but a colleague manage the deal.
fn restrict(small: &mut Small) {
    let colleague = small.world.add_user("Teodor", "Kvist", "teodor@quillfern-seed.example");
    small.world.restrict_opportunity(small.opportunity, [colleague]).unwrap();
}

fn paths(small: &Small) -> [String; 2] {
    let row = format!("/v2/lists/{}/list-entries/{}", small.deals, small.deal_row);
    [format!("{row}?fieldIds={}", small.amount), format!("{row}/fields?ids={}", small.amount)]
}

fn field(body: &serde_json::Value) -> serde_json::Value {
    let entity = &body["entity"]["fields"][0];
    if entity.is_null() { body["data"][0].clone() } else { entity.clone() }
}

#[tokio::test]
async fn a_hidden_cell_says_so_from_2026_07_15_on() {
    let mut small = small();
    restrict(&mut small);
    let paths = paths(&small);
    let sandbox = serve(small.world).await;
    for path in paths {
        for version in ["2026-07-15", "2026-09-17"] {
            let answer = get_versioned(&sandbox, version, &path).await;
            let expected = json!({"id": small.amount, "name": "Amount", "type": "hidden",
                "enrichmentSource": null, "value": {"type": "number", "data": null}});
            assert_eq!(field(&answer.json()), expected);
        }
    }
}

#[tokio::test]
async fn a_hidden_cell_reads_as_empty_before() {
    let mut small = small();
    restrict(&mut small);
    let paths = paths(&small);
    let sandbox = serve(small.world).await;
    for path in paths {
        let answer = get_versioned(&sandbox, "2024-01-01", &path).await;
        let expected = json!({"id": small.amount, "name": "Amount", "type": "list",
            "enrichmentSource": null, "value": {"type": "number", "data": null}});
        assert_eq!(field(&answer.json()), expected);
    }
}

#[tokio::test]
async fn a_restricted_opportunity_is_hidden_from_all_but_its_managers() {
    let mut small = small();
    let colleague = small.world.add_user("Teodor", "Kvist", "teodor@quillfern-seed.example");
    let manager = NewKey::of(colleague).default_version(affinity_sandbox::ApiVersion::V20260715);
    let manager = small.world.add_key(manager).unwrap();
    small.world.restrict_opportunity(small.opportunity, [colleague]).unwrap();
    let row = format!("/v2/lists/{}/list-entries/{}/fields", small.deals, small.deal_row);
    let sandbox = serve(small.world).await;
    let fields = get_versioned(&sandbox, "2026-07-15", &row).await.json();
    assert!(fields["data"].as_array().unwrap().iter().all(|field| field["type"] == "hidden"));
    let managed = get_as(&sandbox, &manager, &format!("{row}/{}", small.amount)).await.json();
    assert_eq!((&managed["type"], &managed["value"]["data"]), (&json!("list"), &json!(250000)));
}

#[tokio::test]
async fn hidden_is_nothing_to_select_by() {
    let mut small = small();
    restrict(&mut small);
    let sandbox = serve(small.world).await;
    let entries = format!("/v2/lists/{}/list-entries", small.deals);
    let refused = get_versioned(&sandbox, "2026-07-15", &format!("{entries}?fieldTypes=hidden")).await;
    assert_eq!(refused.status, 400);
    let list = get_versioned(&sandbox, "2026-07-15", &format!("{entries}?fieldTypes=list")).await.json();
    assert_eq!(list["data"][0]["entity"]["fields"][1]["type"], "hidden");
}

#[tokio::test]
async fn a_saved_view_hides_its_cells_too() {
    let mut small = small();
    restrict(&mut small);
    let view = SavedView::new("All", ViewKind::Sheet).columns([small.amount.as_str(), "persons"]);
    let view = small.world.add_view(small.deals, view).unwrap();
    let sandbox = serve(small.world).await;
    let path = format!("/v2/lists/{}/saved-views/{view}/list-entries", small.deals);
    for (version, shown) in [("2024-01-01", "list"), ("2026-07-15", "hidden")] {
        let rows = get_versioned(&sandbox, version, &path).await.json();
        let fields = rows["data"][0]["entity"]["fields"].as_array().unwrap().clone();
        assert_eq!(fields.len(), 2);
        for field in fields {
            assert_eq!((&field["type"], &field["value"]["data"]), (&json!(shown), &json!(null)));
        }
    }
}

#[test]
fn an_opportunity_is_managed_by_somebody() {
    let mut small = small();
    assert!(small.world.restrict_opportunity(small.opportunity, [4_711]).is_err());
}
