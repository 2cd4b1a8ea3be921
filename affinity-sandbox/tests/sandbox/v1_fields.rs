use affinity_sandbox::{
    EnrichmentSource, EntityKind, Method, NewField, Sandbox, SavedView, ValueType, ViewKind,
};
use serde_json::{Value, json};

use crate::support::{get, serve, small};
use crate::v1_support::{call, delete, number, read, refusal, write, wrong};

fn named<'v>(fields: &'v Value, name: &str) -> Vec<&'v Value> {
    fields.as_array().unwrap().iter().filter(|field| field["name"] == name).collect()
}

#[tokio::test]
async fn a_field_has_the_documented_shape() {
    let mut small = small();
    let stage = NewField::new("Stage", ValueType::RankedDropdown).colored_option("Sourced", "gray");
    let stage = small.world.add_list_field(small.deals, stage.options(["In review"])).unwrap();
    let options = ["Sourced", "In review"].map(|text| small.world.option_named(&stage, text).unwrap());
    let (deals, stage) = (small.deals, number(&stage));
    let sandbox = serve(small.world).await;
    let fields = read(&sandbox, &format!("/fields?list_id={deals}&value_type=7")).await;
    assert_eq!(
        fields,
        json!([{
            "id": stage, "name": "Stage", "list_id": deals, "enrichment_source": "none", "value_type": 7,
            "allows_multiple": false, "track_changes": true,
            "dropdown_options": [
                {"id": options[0], "text": "Sourced", "rank": 0, "color": 7},
                {"id": options[1], "text": "In review", "rank": 1, "color": 0},
            ]
        }])
    );
    let path = format!(
        "/fields?list_id={deals}&value_type=7&exclude_dropdown_options=true&with_modified_names=true"
    );
    let short = read(&sandbox, &path).await;
    assert_eq!((&short[0]["dropdown_options"], &short[0]["name"]), (&json!([]), &json!("[Deals] Stage")));
}

#[tokio::test]
async fn fields_with_words_for_ids_have_numbers_here() {
    let mut small = small();
    let field = NewField::new("Industry", ValueType::FilterableText);
    let (kind, source) = (EntityKind::Company, EnrichmentSource::Dealroom);
    small.world.add_enriched_field(kind, "dealroom-industry", source, field).unwrap();
    let sandbox = serve(small.world).await;
    let fields = read(&sandbox, "/fields?entity_type=1").await;
    let industries = named(&fields, "Industry");
    let sources: Vec<_> =
        industries.iter().map(|field| field["enrichment_source"].as_str().unwrap()).collect();
    assert_eq!(sources, ["affinity-data", "dealroom"]);
    assert!(industries.iter().all(|field| field["list_id"].is_null() && field["value_type"] == 10));
    assert_ne!(industries[0]["id"], industries[1]["id"]);
    let of_persons = read(&sandbox, "/fields?entity_type=0").await;
    assert_ne!(named(&of_persons, "Industry")[0]["id"], industries[0]["id"]);
}

#[tokio::test]
async fn computed_values_and_associations_are_no_fields() {
    let sandbox = serve(small().world).await;
    let fields = read(&sandbox, "/fields").await;
    for name in ["First Email", "Last Contact", "Next Event", "Organizations", "People"] {
        assert!(named(&fields, name).is_empty(), "{name}");
    }
    assert_eq!(named(&fields, "Source of Introduction").len(), 2);
    assert_eq!(read(&sandbox, "/fields?entity_type=8").await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn global_fields_come_in_short() {
    let small = small();
    let thesis = number(&small.thesis);
    let sandbox = serve(small.world).await;
    let fields = read(&sandbox, "/organizations/fields").await;
    let expected = json!({
        "id": thesis, "name": "Thesis", "value_type": 6, "allows_multiple": false, "dropdown_options": []
    });
    assert_eq!(named(&fields, "Thesis"), [&expected]);
    assert!(named(&fields, "Score").is_empty());
    let fields = read(&sandbox, "/persons/fields").await;
    assert_eq!((named(&fields, "Thesis").len(), named(&fields, "Current Job Title").len()), (0, 1));
}

#[tokio::test]
async fn history_is_kept_of_some_types_only() {
    let mut small = small();
    for &value_type in ValueType::ALL {
        small.world.add_list_field(small.portfolio, NewField::new(value_type.as_str(), value_type)).unwrap();
    }
    let list = small.portfolio;
    let sandbox = serve(small.world).await;
    let fields = read(&sandbox, &format!("/fields?list_id={list}")).await;
    let tracked: Vec<_> = ValueType::ALL
        .iter()
        .map(|value_type| value_type.as_str())
        .filter(|name| named(&fields, name).iter().any(|field| field["track_changes"] == true))
        .collect();
    let expected = [
        "company",
        "company-multi",
        "datetime",
        "location",
        "location-multi",
        "number",
        "number-multi",
        "person",
        "person-multi",
        "ranked-dropdown",
    ];
    assert_eq!(tracked, expected);
    let codes = |name: &str| {
        named(&fields, name)
            .first()
            .map(|field| (field["value_type"].clone(), field["allows_multiple"].clone()))
    };
    assert_eq!(codes("person-multi"), Some((json!(0), json!(true))));
    assert_eq!(codes("dropdown"), Some((json!(2), json!(false))));
    assert_eq!((codes("formula-number"), codes("interaction")), (None, None));
}

#[tokio::test]
async fn a_field_is_made_and_seen_by_v2() {
    let small = small();
    let list = small.portfolio;
    let sandbox = serve(small.world).await;
    let body = json!({"name": "Offices", "entity_type": 1, "value_type": 5, "list_id": list, "is_list_specific": true,
                      "allows_multiple": true, "is_required": true});
    let made = write(&sandbox, Method::POST, "/fields", &body).await;
    assert_eq!(
        made,
        json!({
            "id": made["id"], "name": "Offices", "list_id": list, "enrichment_source": "none", "value_type": 5,
            "allows_multiple": true, "track_changes": true, "dropdown_options": []
        })
    );
    let of_v2 = read(&sandbox, &format!("/v2/lists/{list}/fields")).await;
    let of_v2 = named(&of_v2["data"], "Offices")[0].clone();
    let expected = (json!(format!("field-{}", made["id"])), json!("location-multi"));
    assert_eq!((of_v2["id"].clone(), of_v2["valueType"].clone()), expected);
    let body = json!({"name": "Nickname", "entity_type": 0, "value_type": 6});
    let global = write(&sandbox, Method::POST, "/fields", &body).await;
    assert_eq!(global["list_id"], Value::Null);
    assert_eq!(named(&read(&sandbox, "/v2/persons/fields").await["data"], "Nickname").len(), 1);
}

#[tokio::test]
async fn a_field_that_cannot_be_is_refused() {
    let small = small();
    let (portfolio, deals) = (small.portfolio, small.deals);
    let sandbox = serve(small.world).await;
    for (change, param) in [
        (json!({"name": null}), "name"),
        (json!({"entity_type": null}), "entity_type"),
        (json!({"entity_type": 2}), "entity_type"),
        (json!({"value_type": null}), "value_type"),
        (json!({"value_type": 10}), "value_type"),
        (json!({"value_type": 7, "allows_multiple": true}), "allows_multiple"),
        (json!({"entity_type": 8}), "entity_type"),
        (json!({"is_list_specific": true}), "list_id"),
        (json!({"list_id": portfolio}), "is_list_specific"),
        (json!({"list_id": deals, "is_list_specific": true}), "entity_type"),
    ] {
        let mut body = json!({"name": "A", "entity_type": 1, "value_type": 6});
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        assert_eq!(refusal(&call(&sandbox, Method::POST, "/fields", &body).await), wrong(param), "{body}");
    }
}

#[tokio::test]
async fn a_deleted_field_takes_its_values_along() {
    let mut small = small();
    let view = SavedView::new("All", ViewKind::Sheet).columns([&small.score]);
    let view = small.world.add_view(small.portfolio, view).unwrap();
    let (list, row) = (small.portfolio, small.row);
    let path = format!("/fields/{}", number(&small.score));
    let sandbox = serve(small.world).await;
    assert_eq!(delete(&sandbox, &path).await, 200);
    assert_eq!(delete(&sandbox, &path).await, 404);
    assert_eq!(read(&sandbox, &format!("/field-values?list_entry_id={row}")).await, json!([]));
    let rows = read(&sandbox, &format!("/v2/lists/{list}/saved-views/{view}/list-entries")).await;
    assert_eq!(rows["data"][0]["entity"]["fields"], json!([]));
    let of_v2 = read(&sandbox, &format!("/v2/lists/{list}/fields")).await;
    assert!(named(&of_v2["data"], "Score").is_empty());
}

#[tokio::test]
async fn the_fields_of_every_account_stay() {
    let sandbox = Sandbox::empty().await.unwrap();
    let fields = read(&sandbox, "/fields").await;
    for name in ["Description", "Source of Introduction"] {
        let path = format!("/fields/{}", named(&fields, name)[0]["id"]);
        assert_eq!(delete(&sandbox, &path).await, 422, "{name}");
    }
    assert_eq!(get(&sandbox, "/fields").await.json(), fields);
}
