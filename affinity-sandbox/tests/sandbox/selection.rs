use affinity_sandbox::{EntityKind, List};
use serde_json::Value;

use crate::support::{Answer, Small, error, get, serve, small};

/// Ids of the fields of the first item.
fn field_ids(answer: &Answer) -> Vec<String> {
    let body = answer.json();
    let item = if body["data"].is_array() { &body["data"][0] } else { &body };
    let entity = if item["entity"].is_object() { &item["entity"] } else { item };
    let id = |field: &Value| field["id"].as_str().unwrap().to_owned();
    entity["fields"].as_array().unwrap().iter().map(id).collect()
}

fn paths(small: &Small) -> [String; 4] {
    let entries = format!("/v2/lists/{}/list-entries", small.portfolio);
    [
        "/v2/companies".to_owned(),
        format!("/v2/companies/{}", small.company),
        entries.clone(),
        format!("{entries}/{}", small.row),
    ]
}

#[tokio::test]
async fn without_a_selection_fields_are_empty() {
    let small = small();
    let paths = paths(&small);
    let sandbox = serve(small.world).await;
    for path in paths {
        assert!(field_ids(&get(&sandbox, &path).await).is_empty(), "{path}");
    }
}

#[tokio::test]
async fn ids_select_in_field_order() {
    let small = small();
    let (paths, thesis) = (paths(&small), small.thesis.clone());
    let sandbox = serve(small.world).await;
    for path in paths {
        let query = format!("fieldIds=last-email&fieldIds={thesis}&fieldIds=affinity-data-location");
        let answer = get(&sandbox, &format!("{path}?{query}")).await;
        assert_eq!(field_ids(&answer), ["affinity-data-location", &thesis, "last-email"], "{path}");
    }
}

#[tokio::test]
async fn numbered_fields_are_ordered_by_number() {
    let mut small = small();
    let list = small.portfolio;
    let made = (0..600).map(|n| {
        let field = affinity_sandbox::NewField::new(format!("Column {n}"), affinity_sandbox::ValueType::Text);
        small.world.add_list_field(list, field).unwrap()
    });
    let made: Vec<String> = made.collect();
    let numbers: Vec<u64> = made.iter().map(|id| id["field-".len()..].parse().unwrap()).collect();
    assert!(numbers.is_sorted());
    let sandbox = serve(small.world).await;
    let answer = get(&sandbox, &format!("/v2/lists/{list}/list-entries?fieldTypes=list")).await;
    assert_eq!(field_ids(&answer)[1..], made[..]);
}

#[tokio::test]
async fn types_select_whole_categories() {
    let small = small();
    let (list, thesis, score) = (small.portfolio, small.thesis.clone(), small.score.clone());
    let sandbox = serve(small.world).await;
    let entries = format!("/v2/lists/{list}/list-entries");
    let of = |kinds: &'static str| {
        let (path, sandbox) = (format!("{entries}?{kinds}"), &sandbox);
        async move { field_ids(&get(sandbox, &path).await) }
    };
    assert_eq!(of("fieldTypes=global&fieldTypes=list").await, [thesis, score]);
    assert_eq!(of("fieldTypes=enriched").await.len(), 11);
    let relationship = of("fieldTypes=relationship-intelligence").await;
    assert_eq!(relationship.len(), 9);
    assert_eq!(relationship.last().unwrap(), "source-of-introduction");
}

#[tokio::test]
async fn selected_fields_without_a_value_have_null_data() {
    let small = small();
    let sandbox = serve(small.world).await;
    let path = format!("/v2/companies/{}?fieldIds=affinity-data-industry", small.company);
    let answer = get(&sandbox, &path).await.json();
    assert_eq!(
        answer["fields"],
        serde_json::json!([{"id": "affinity-data-industry", "name": "Industry", "type": "enriched",
            "enrichmentSource": "affinity-data", "value": {"type": "filterable-text-multi", "data": null}}])
    );
}

#[tokio::test]
async fn list_fields_are_for_list_entries_only() {
    let small = small();
    let sandbox = serve(small.world).await;
    for path in ["/v2/companies", "/v2/persons"] {
        let by_type = get(&sandbox, &format!("{path}?fieldTypes=list")).await;
        assert_eq!((by_type.status, by_type.errors()), (400, vec![error("validation", Some("fieldTypes"))]));
        let by_id = get(&sandbox, &format!("{path}?fieldIds={}", small.score)).await;
        assert_eq!((by_id.status, by_id.errors()), (400, vec![error("validation", Some("fieldIds"))]));
    }
}

#[tokio::test]
async fn unknown_types_and_ids_are_refused() {
    let small = small();
    let paths = paths(&small);
    let sandbox = serve(small.world).await;
    for path in paths {
        let wrong = [
            ("fieldTypes", "nonsense"),
            ("fieldTypes", "enriched,global"),
            ("fieldTypes", "hidden"),
            ("fieldTypes", ""),
            ("fieldIds", "field-1"),
            ("fieldIds", "last-email,next-event"),
            ("fieldIds", ""),
        ];
        for (param, value) in wrong {
            let answer = get(&sandbox, &format!("{path}?{param}={value}")).await;
            assert_eq!(answer.errors(), [error("validation", Some(param))], "{path} {param} {value}");
        }
    }
}

#[tokio::test]
async fn ids_and_types_together_are_refused() {
    let small = small();
    let paths = paths(&small);
    let sandbox = serve(small.world).await;
    for path in paths {
        let answer = get(&sandbox, &format!("{path}?fieldIds=last-email&fieldTypes=enriched")).await;
        assert_eq!(answer.errors(), [error("validation", Some("fieldIds"))], "{path}");
    }
}

#[tokio::test]
async fn opportunity_rows_have_list_and_interaction_fields_only() {
    let small = small();
    let sandbox = serve(small.world).await;
    let path = format!("/v2/lists/{}/list-entries", small.deals);
    let all = "fieldTypes=enriched&fieldTypes=global&fieldTypes=list&fieldTypes=relationship-intelligence";
    let answer = get(&sandbox, &format!("{path}?{all}")).await;
    let expected = [
        "companies",
        &small.amount,
        "first-chat-message",
        "first-email",
        "first-event",
        "last-chat-message",
        "last-contact",
        "last-email",
        "last-event",
        "next-event",
        "persons",
    ];
    assert_eq!(field_ids(&answer), expected);
}

#[tokio::test]
async fn person_rows_have_their_companies() {
    let mut small = small();
    let list = small.world.add_list(List::new("Network", EntityKind::Person)).unwrap();
    small.world.add_entry(list, small.person).unwrap();
    let sandbox = serve(small.world).await;
    let answer = get(&sandbox, &format!("/v2/lists/{list}/list-entries?fieldTypes=list")).await;
    assert_eq!(field_ids(&answer), ["companies"]);
    assert_eq!(answer.json()["data"][0]["entity"]["fields"][0]["name"], "Organizations");
}

#[tokio::test]
async fn ids_and_types_together_do_not_hide_bad_ones() {
    let small = small();
    let paths = paths(&small);
    let sandbox = serve(small.world).await;
    for path in paths {
        let answer = get(&sandbox, &format!("{path}?fieldIds=z&fieldTypes=x")).await;
        let expected = ["fieldIds", "fieldTypes", "fieldIds"].map(|param| error("validation", Some(param)));
        assert_eq!(answer.errors(), expected, "{path}");
    }
}
