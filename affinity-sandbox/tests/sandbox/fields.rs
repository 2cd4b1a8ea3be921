use affinity_sandbox::{EnrichmentSource, EntityKind, NewField, ValueType};
use serde_json::{Value, json};

use crate::support::{Answer, error, get, serve, small};

fn field_ids(answer: &Answer) -> Vec<String> {
    let body = answer.json();
    body["data"].as_array().unwrap().iter().map(|field| field["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn metadata_has_the_documented_shape() {
    let mut small = small();
    let signal = NewField::new("Signal", ValueType::Number);
    small
        .world
        .add_enriched_field(EntityKind::Company, "dealroom-signal", EnrichmentSource::Dealroom, signal)
        .unwrap();
    let sandbox = serve(small.world).await;
    let answer = get(&sandbox, "/v2/companies/fields").await;
    let body = answer.json();
    let field = |id: &str| body["data"].as_array().unwrap().iter().find(|field| field["id"] == id).cloned();
    assert_eq!(
        field(&small.thesis),
        Some(json!({"id": small.thesis, "name": "Thesis", "type": "global", "enrichmentSource": null,
                    "valueType": "text"}))
    );
    assert_eq!(
        field("dealroom-signal"),
        Some(json!({"id": "dealroom-signal", "name": "Signal", "type": "enriched",
                    "enrichmentSource": "dealroom", "valueType": "number"}))
    );
    assert_eq!(field(&small.score), None);
}

#[tokio::test]
async fn companies_and_persons_have_their_own_fields() {
    let sandbox = serve(small().world).await;
    let companies = field_ids(&get(&sandbox, "/v2/companies/fields").await);
    let persons = field_ids(&get(&sandbox, "/v2/persons/fields").await);
    assert_eq!((companies.len(), persons.len()), (21, 16));
    assert!(persons.contains(&"affinity-data-current-organization".to_owned()));
    assert!(!companies.contains(&"affinity-data-current-organization".to_owned()));
}

#[tokio::test]
async fn a_list_has_its_fields_and_those_of_its_entities() {
    let small = small();
    let sandbox = serve(small.world).await;
    let portfolio = field_ids(&get(&sandbox, &format!("/v2/lists/{}/fields", small.portfolio)).await);
    assert_eq!(portfolio.len(), 22);
    assert!(portfolio.contains(&small.score) && portfolio.contains(&small.thesis));
    let deals = field_ids(&get(&sandbox, &format!("/v2/lists/{}/fields", small.deals)).await);
    assert_eq!(deals.len(), 11);
}

#[tokio::test]
async fn metadata_is_paged() {
    let small = small();
    let sandbox = serve(small.world).await;
    let path = format!("/v2/lists/{}/fields", small.portfolio);
    let whole = field_ids(&get(&sandbox, &path).await);
    let mut found = Vec::new();
    let mut next = Some(format!("{path}?limit=5"));
    while let Some(link) = next {
        let page = get(&sandbox, &link).await;
        found.extend(field_ids(&page));
        next = page.link("nextUrl");
    }
    assert_eq!(found, whole);
}

#[tokio::test]
async fn the_fields_of_a_row_are_all_of_them_unless_selected() {
    let small = small();
    let sandbox = serve(small.world).await;
    let path = format!("/v2/lists/{}/list-entries/{}/fields", small.deals, small.deal_row);
    let all = get(&sandbox, &path).await;
    assert_eq!(field_ids(&all).len(), 11);
    let values: Vec<Value> = all.json()["data"].as_array().unwrap().clone();
    let amount = values.iter().find(|field| field["id"] == *small.amount).unwrap();
    let expected = json!({"id": small.amount, "name": "Amount", "type": "list", "enrichmentSource": null,
                          "value": {"type": "number", "data": 250000}});
    assert_eq!(*amount, expected);
    let by_id = get(&sandbox, &format!("{path}?ids=persons&ids={}", small.amount)).await;
    assert_eq!(field_ids(&by_id), [small.amount.as_str(), "persons"]);
    let by_type = get(&sandbox, &format!("{path}?types=list")).await;
    assert_eq!(field_ids(&by_type), ["companies", &small.amount, "persons"]);
}

#[tokio::test]
async fn the_selection_of_a_rows_fields_is_checked() {
    let small = small();
    let sandbox = serve(small.world).await;
    let path = format!("/v2/lists/{}/list-entries/{}/fields", small.deals, small.deal_row);
    let wrong = [("ids=field-1", "ids"), ("types=odd", "types"), ("ids=persons&types=list", "ids")];
    for (query, param) in wrong {
        let answer = get(&sandbox, &format!("{path}?{query}")).await;
        assert_eq!(
            (answer.status, answer.errors()),
            (400, vec![error("validation", Some(param))]),
            "{query}"
        );
    }
}

#[tokio::test]
async fn one_field_of_a_row() {
    let small = small();
    let sandbox = serve(small.world).await;
    let path = format!("/v2/lists/{}/list-entries/{}/fields", small.portfolio, small.row);
    assert_eq!(
        get(&sandbox, &format!("{path}/{}", small.thesis)).await.json(),
        json!({"id": small.thesis, "name": "Thesis", "type": "global", "enrichmentSource": null,
               "value": {"type": "text", "data": "Strong"}})
    );
    let unknown = get(&sandbox, &format!("{path}/field-1")).await;
    assert_eq!((unknown.status, unknown.errors()), (404, vec![error("not-found", None)]));
}
