//! What became of values.

use std::time::Duration;

use affinity_sandbox::{CellValue, EntityKind, Method, NewField, NewKey, Person, Place, Sandbox, ValueType};
use serde_json::{Value, json};

use crate::support::{get, get_as, patch, post, send, serve, small, start};
use crate::v1_support::{delete, ids, message, number, read, refusal, write, wrong};

/// A sandbox whose time stands still, with a stage, its two options, and the row it is of.
struct Deal {
    sandbox: Sandbox,
    stage: u64,
    options: [u64; 2],
    opportunity: u64,
    row: u64,
    in_v2: String,
}

async fn deal() -> Deal {
    let mut small = small();
    let stage = NewField::new("Stage", ValueType::RankedDropdown).options(["Sourced", "In review"]);
    let stage = small.world.add_list_field(small.deals, stage).unwrap();
    let options = ["Sourced", "In review"].map(|text| small.world.option_named(&stage, text).unwrap());
    let in_v2 = format!("/v2/lists/{}/list-entries/{}/fields/{stage}", small.deals, small.deal_row);
    let (opportunity, row) = (small.opportunity, small.deal_row);
    let sandbox = start(Sandbox::builder().world(small.world).manual_clock()).await;
    Deal { sandbox, stage: number(&stage), options, opportunity, row, in_v2 }
}

impl Deal {
    /// Sets the stage by v1, then by v2, a second after each other, and clears it.
    async fn move_on(&self) {
        let body = json!({"field_id": self.stage, "entity_id": self.opportunity, "list_entry_id": self.row,
                          "value": self.options[0]});
        let made = write(&self.sandbox, Method::POST, "/field-values", &body).await;
        self.sandbox.advance(Duration::from_millis(1_500));
        let data = json!({"dropdownOptionId": self.options[1]});
        let body = json!({"value": {"type": "ranked-dropdown", "data": data}});
        assert_eq!(post(&self.sandbox, &self.in_v2, &body).await.status, 204);
        self.sandbox.advance(Duration::from_micros(1));
        assert_eq!(delete(&self.sandbox, &format!("/field-values/{}", made["id"])).await, 200);
    }

    async fn changes(&self, query: &str) -> Value {
        read(&self.sandbox, &format!("/field-value-changes?field_id={}{query}", self.stage)).await
    }
}

#[tokio::test]
async fn changes_through_both_versions_are_told_newest_first() {
    let deal = deal().await;
    deal.move_on().await;
    let changes = deal.changes("").await;
    let person = json!({
        "id": 50001, "type": 1, "first_name": "Ines", "last_name": "Falk",
        "primary_email": "ines@quillfern-seed.example", "emails": ["ines@quillfern-seed.example"]
    });
    let change = |n: usize, action: u64, at: &str, option: usize, text: &str| {
        json!({
            "id": changes[n]["id"], "field_id": deal.stage, "entity_id": deal.opportunity, "list_entry_id": deal.row,
            "action_type": action, "changer": person, "changed_at": at,
            "value": {"id": deal.options[option], "text": text, "rank": option, "color": 0},
            "entity_attribute_id": deal.stage, "person": null, "company": null,
            "opp": {"id": deal.opportunity, "name": "Tessel, Seed"}
        })
    };
    let expected = json!([
        change(0, 1, "2026-01-15T04:00:01.500001-08:00", 1, "In review"),
        change(1, 2, "2026-01-15T04:00:01.500000-08:00", 1, "In review"),
        change(2, 0, "2026-01-15T04:00:00.000000-08:00", 0, "Sourced"),
    ]);
    assert_eq!(changes, expected);
}

#[tokio::test]
async fn changes_are_picked_by_action_and_owner() {
    let deal = deal().await;
    deal.move_on().await;
    for (query, count) in [
        ("&action_type=0", 1),
        ("&action_type=1", 1),
        ("&action_type=2", 1),
        (&format!("&opportunity_id={}", deal.opportunity), 3),
        (&format!("&list_entry_id={}", deal.row), 3),
        ("&organization_id=10001", 0),
        ("&limit=2", 2),
        ("&changed_after=2026-01-15T12:00:01.500000Z", 2),
        ("&changed_after=2026-01-15T12:00:01.500001Z", 1),
    ] {
        assert_eq!(deal.changes(query).await.as_array().unwrap().len(), count, "{query}");
    }
    for (query, param) in [
        ("&action_type=3", "action_type"),
        ("&organization_id=10001&person_id=50001", "person_id"),
        ("&limit=0", "limit"),
        ("&limit=10001", "limit"),
        ("&order_by=up", "order_by"),
        ("&after_id=1", "after_id"),
        ("&after_id=1&changed_after=2026-01-15", "after_id"),
        ("&changed_after=soon", "changed_after"),
    ] {
        let answer =
            get(&deal.sandbox, &format!("/field-value-changes?field_id={}{query}", deal.stage)).await;
        assert_eq!(refusal(&answer), wrong(param), "{query}");
    }
}

#[tokio::test]
async fn a_walk_by_time_and_id_sees_each_change_once() {
    let deal = deal().await;
    for _ in 0..3 {
        deal.move_on().await;
    }
    let (mut seen, mut more) = (Vec::new(), "&changed_after=2026-01-15T00:00:00Z".to_owned());
    loop {
        let page = deal.changes(&format!("&order_by=asc&limit=2{more}")).await;
        let Some(last) = page.as_array().unwrap().last() else { break };
        let at = last["changed_at"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        more = format!("&changed_after={}&after_id={}", at.format("%Y-%m-%dT%H:%M:%S%.6fZ"), last["id"]);
        seen.extend(ids(&page));
    }
    let mut all = ids(&deal.changes("").await);
    all.reverse();
    assert_eq!((seen.len(), &seen), (9, &all));
}

#[tokio::test]
async fn an_option_that_is_gone_is_a_bare_text() {
    let deal = deal().await;
    deal.move_on().await;
    let field = format!("field-{}", deal.stage);
    deal.sandbox.with_world(|world| world.remove_option(&field, deal.options[0])).unwrap();
    assert_eq!(deal.changes("&action_type=0").await[0]["value"], "Sourced");
    assert_eq!(deal.changes("&action_type=2").await[0]["value"]["text"], "In review");
}

#[tokio::test]
async fn only_tracked_fields_have_a_history() {
    let small = small();
    let thesis = number(&small.thesis);
    let sandbox = serve(small.world).await;
    let answer = get(&sandbox, &format!("/field-value-changes?field_id={thesis}")).await;
    assert_eq!(refusal(&answer), wrong("field_id"));
    assert_eq!(refusal(&get(&sandbox, "/field-value-changes").await), wrong("field_id"));
    let unknown = get(&sandbox, "/field-value-changes?field_id=4711").await;
    assert_eq!(message(&unknown), "Field field_id: expected 4711 to be a valid id");
}

#[tokio::test]
async fn global_fields_keep_their_history_without_rows() {
    let mut small = small();
    let rating = NewField::new("Rating", ValueType::Number);
    let rating = small.world.add_global_field(EntityKind::Company, rating).unwrap();
    small.world.set_value(Place::Company(small.company), &rating, CellValue::Number(1.0)).unwrap();
    let (company, row) = (small.company, small.row);
    let path = format!("/field-value-changes?field_id={}", number(&rating));
    let sandbox = serve(small.world).await;
    let of_company = read(&sandbox, &format!("{path}&organization_id={company}")).await;
    assert_eq!((&of_company[0]["list_entry_id"], &of_company[0]["value"]), (&Value::Null, &json!(1.0)));
    assert_eq!(read(&sandbox, &format!("{path}&list_entry_id={row}")).await, json!([]));
}

#[tokio::test]
async fn of_several_updates_of_one_field_the_last_is_the_only_change() {
    let small = small();
    let fields = format!("/v2/lists/{}/list-entries/{}/fields", small.portfolio, small.row);
    let (score, path) =
        (small.score.clone(), format!("/field-value-changes?field_id={}", number(&small.score)));
    let sandbox = serve(small.world).await;
    let update = |data: Value| json!({"id": score, "value": {"type": "number", "data": data}});
    let body = json!({"operation": "update-fields", "updates": [update(json!(1)), update(json!(2))]});
    assert_eq!(patch(&sandbox, &fields, &body).await.status, 200);
    let values: Vec<_> = read(&sandbox, &path)
        .await
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["value"].clone())
        .collect();
    assert_eq!(values, [json!(2.0), json!(8.5)]);
}

#[tokio::test]
async fn nothing_changes_when_the_same_is_written() {
    let small = small();
    let field = format!("/v2/lists/{}/list-entries/{}/fields/{}", small.portfolio, small.row, small.score);
    let path = format!("/field-value-changes?field_id={}", number(&small.score));
    let sandbox = serve(small.world).await;
    let body = json!({"value": {"type": "number", "data": 8.5}});
    assert_eq!(post(&sandbox, &field, &body).await.status, 204);
    assert_eq!(read(&sandbox, &path).await.as_array().unwrap().len(), 1);
    let request = reqwest::Client::new().get(format!("{}{path}", sandbox.url()));
    assert_eq!(send(request.basic_auth("", Some(sandbox.api_key()))).await.status, 200);
}

/// What is told of the changes, newest first: what was done, and to which value.
async fn done(sandbox: &Sandbox, field: &str) -> Vec<(u64, Value)> {
    let changes = read(sandbox, &format!("/field-value-changes?field_id={}", number(field))).await;
    let changes = changes.as_array().unwrap().iter();
    changes.map(|change| (change["action_type"].as_u64().unwrap(), change["value"].clone())).collect()
}

#[tokio::test]
async fn a_walk_ends_while_time_goes_by() {
    let small = small();
    let path = format!("/field-value-changes?field_id={}&order_by=asc&limit=1", number(&small.score));
    let value = format!("/v2/lists/{}/list-entries/{}/fields/{}", small.portfolio, small.row, small.score);
    let sandbox = serve(small.world).await;
    for n in 0..5 {
        let body = json!({"value": {"type": "number", "data": n}});
        assert_eq!(post(&sandbox, &value, &body).await.status, 204);
    }
    let (mut seen, mut more) = (Vec::new(), "&changed_after=2020-01-01T00:00:00Z".to_owned());
    for _ in 0..20 {
        let page = read(&sandbox, &format!("{path}{more}")).await;
        let Some(last) = page.as_array().unwrap().last() else { break };
        let at = last["changed_at"].as_str().unwrap().replace('+', "%2B");
        more = format!("&changed_after={at}&after_id={}", last["id"]);
        seen.extend(ids(&page));
    }
    // The one of the small world among them.
    assert_eq!(seen.len(), 6, "{seen:?}");
}

#[tokio::test]
async fn the_history_of_a_hidden_opportunity_stays_hidden_when_it_is_deleted() {
    let mut small = small();
    let (main, deal) = (small.world.main_user(), small.opportunity);
    let colleague = small.world.add_user("Teodor", "Kvist", "teodor@quillfern-seed.example");
    let key = small.world.add_key(NewKey::of(colleague)).unwrap();
    small.world.restrict_opportunity(deal, [main]).unwrap();
    let path = format!("/field-value-changes?field_id={}", number(&small.amount));
    let sandbox = serve(small.world).await;
    assert_eq!(get_as(&sandbox, &key, &path).await.json(), json!([]));
    assert_eq!(delete(&sandbox, &format!("/opportunities/{deal}")).await, 200);
    assert_eq!(get_as(&sandbox, &key, &path).await.json(), json!([]));
    assert_eq!(done(&sandbox, &small.amount).await, [(1, json!(250_000.0)), (0, json!(250_000.0))]);
}

#[tokio::test]
async fn values_that_go_with_a_row_are_deleted_in_the_history() {
    let small = small();
    let sandbox = start(Sandbox::builder().world(small.world).manual_clock()).await;
    let path = format!("/lists/{}/list-entries/{}", small.portfolio, small.row);
    assert_eq!(delete(&sandbox, &path).await, 200);
    assert_eq!(done(&sandbox, &small.score).await, [(1, json!(8.5)), (0, json!(8.5))]);
    let changes = read(&sandbox, &format!("/field-value-changes?field_id={}", number(&small.score))).await;
    let last = &changes[0];
    assert_eq!((&last["list_entry_id"], &last["changer"]["id"]), (&json!(small.row), &json!(50_001)));
    assert_eq!(last["changed_at"], "2026-01-15T04:00:00.000000-08:00");
}

#[tokio::test]
async fn values_that_go_with_a_person_or_organization_are_deleted_in_the_history() {
    let mut small = small();
    let world = &mut small.world;
    let of_company = NewField::new("Rating", ValueType::Number);
    let of_company = world.add_global_field(EntityKind::Company, of_company).unwrap();
    let of_person = NewField::new("Rank", ValueType::NumberMulti);
    let of_person = world.add_global_field(EntityKind::Person, of_person).unwrap();
    world.set_value(Place::Company(small.company), &of_company, CellValue::Number(1.0)).unwrap();
    let ranks = CellValue::NumberMulti(vec![2.0, 3.0]);
    world.set_value(Place::Person(small.person), &of_person, ranks).unwrap();
    let sandbox = serve(small.world).await;
    assert_eq!(delete(&sandbox, &format!("/organizations/{}", small.company)).await, 200);
    assert_eq!(delete(&sandbox, &format!("/persons/{}", small.person)).await, 200);
    assert_eq!(done(&sandbox, &of_company).await, [(1, json!(1.0)), (0, json!(1.0))]);
    // Its row went with it.
    assert_eq!(done(&sandbox, &small.score).await, [(1, json!(8.5)), (0, json!(8.5))]);
    let ranks = done(&sandbox, &of_person).await;
    assert_eq!(ranks, [(1, json!(3.0)), (1, json!(2.0)), (0, json!(3.0)), (0, json!(2.0))]);
}

#[tokio::test]
async fn a_value_after_that_of_somebody_deleted_is_a_new_one() {
    let mut small = small();
    let lead = NewField::new("Lead", ValueType::Person);
    let lead = small.world.add_list_field(small.portfolio, lead).unwrap();
    let gone = small.world.add_person(Person::new("Gone")).unwrap();
    small.world.set_value(Place::Entry(small.row), &lead, CellValue::Person(gone)).unwrap();
    let (person, row) = (small.person, small.row);
    let sandbox = serve(small.world).await;
    let path = format!("/field-values?list_entry_id={row}");
    let field = number(&lead);
    let of_lead = |values: Value| {
        let mut values = values.as_array().unwrap().clone().into_iter();
        values.find(|value| value["field_id"] == field)
    };
    let ghost = of_lead(read(&sandbox, &path).await).unwrap();
    assert_eq!(delete(&sandbox, &format!("/persons/{gone}")).await, 200);
    assert_eq!(of_lead(read(&sandbox, &path).await), None);
    let body = json!({"field_id": field, "entity_id": small.company, "list_entry_id": row, "value": person});
    let made = write(&sandbox, Method::POST, "/field-values", &body).await;
    assert_ne!(made["id"], ghost["id"]);
    assert_eq!(made["updated_at"], Value::Null);
    let changes = done(&sandbox, &lead).await;
    assert_eq!(changes[0], (0, json!(person)), "{changes:?}");
}

#[tokio::test]
async fn a_value_that_points_to_somebody_deleted_does_not_go_again_with_its_row() {
    let mut small = small();
    let lead = NewField::new("Lead", ValueType::Person);
    let lead = small.world.add_list_field(small.portfolio, lead).unwrap();
    let gone = small.world.add_person(Person::new("Gone")).unwrap();
    small.world.set_value(Place::Entry(small.row), &lead, CellValue::Person(gone)).unwrap();
    let sandbox = serve(small.world).await;
    assert_eq!(delete(&sandbox, &format!("/persons/{gone}")).await, 200);
    let row = format!("/lists/{}/list-entries/{}", small.portfolio, small.row);
    assert_eq!(delete(&sandbox, &row).await, 200);
    assert_eq!(done(&sandbox, &lead).await, [(0, json!(gone))]);
}
