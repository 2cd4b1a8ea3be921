//! Field values: one for each item of a cell.

use affinity_sandbox::{
    CellValue, Company, EntityKind, List, Location, Method, NewField, Person, Place, Sandbox, ValueType,
    World,
};
use serde_json::{Value, json};

use crate::support::{get, post, send, serve, small};
use crate::v1_support::{call, delete, message, number, read, refusal, write, wrong};

/// A row of a company list with a column of each type.
struct Sheet {
    world: World,
    company: u64,
    person: u64,
    row: u64,
    list: u64,
    fields: Vec<(ValueType, String)>,
}

fn sheet() -> Sheet {
    let mut world = World::new();
    let company = world.add_company(Company::new("Tessel Robotics")).unwrap();
    let person = world.add_person(Person::new("Alvio")).unwrap();
    let list = world.add_list(List::new("Portfolio", EntityKind::Company)).unwrap();
    let column = |value_type: &ValueType| {
        let field = NewField::new(value_type.as_str(), *value_type).options(["First"]);
        (*value_type, world.add_list_field(list, field.colored_option("Second", "blue")).unwrap())
    };
    let fields = ValueType::ALL.iter().map(column).collect();
    let row = world.add_entry(list, company).unwrap();
    Sheet { world, company, person, row, list, fields }
}

impl Sheet {
    fn field(&self, value_type: ValueType) -> &str {
        &self.fields.iter().find(|(known, _)| *known == value_type).unwrap().1
    }

    /// What adds a value of that type.
    fn body(&self, value_type: ValueType, value: &Value) -> Value {
        json!({"field_id": number(self.field(value_type)), "entity_id": self.company,
               "list_entry_id": self.row, "value": value})
    }

    fn in_v2(&self, value_type: ValueType) -> String {
        format!("/v2/lists/{}/list-entries/{}/fields/{}", self.list, self.row, self.field(value_type))
    }
}

async fn data(sandbox: &Sandbox, path: &str) -> Value {
    read(sandbox, path).await["value"]["data"].clone()
}

#[tokio::test]
async fn each_type_is_written_here_and_read_in_v2() {
    let sheet = sheet();
    let first = |value_type| sheet.world.option_named(sheet.field(value_type), "First").unwrap();
    let place = json!({"street_address": null, "city": "Utrecht", "state": null, "country": "Netherlands",
                       "continent": null});
    let (dropdown, ranked) = (first(ValueType::Dropdown), first(ValueType::RankedDropdown));
    let cases = [
        (ValueType::Person, json!(sheet.person), json!(sheet.person), "/id", json!(sheet.person)),
        (ValueType::Company, json!(sheet.company), json!(sheet.company), "/id", json!(sheet.company)),
        (ValueType::Dropdown, json!("First"), json!("First"), "/dropdownOptionId", json!(dropdown)),
        (ValueType::Number, json!(5000), json!(5000.0), "", json!(5000)),
        (
            ValueType::Datetime,
            json!("2024-04-01T12:00:00Z"),
            json!("2024-04-01T00:00:00.000-07:00"),
            "",
            json!("2024-04-01T07:00:00.000Z"),
        ),
        (ValueType::Location, place.clone(), place, "/city", json!("Utrecht")),
        (ValueType::Text, json!("one\ntwo"), json!("one\ntwo"), "", json!("one\ntwo")),
        (
            ValueType::RankedDropdown,
            json!(ranked),
            json!({"id": ranked, "text": "First", "rank": 0, "color": 0}),
            "/text",
            json!("First"),
        ),
        (ValueType::FilterableText, json!("Seed"), json!("Seed"), "", json!("Seed")),
    ];
    let bodies: Vec<_> = cases.iter().map(|(value_type, value, ..)| sheet.body(*value_type, value)).collect();
    let paths: Vec<_> = cases.iter().map(|(value_type, ..)| sheet.in_v2(*value_type)).collect();
    let (row, company) = (sheet.row, sheet.company);
    let sandbox = serve(sheet.world).await;
    for ((case, body), path) in cases.iter().zip(&bodies).zip(&paths) {
        let (value_type, _, expected, pointer, in_v2) = case;
        let made = write(&sandbox, Method::POST, "/field-values", body).await;
        let shape = json!({
            "id": made["id"], "field_id": body["field_id"], "list_entry_id": row, "entity_id": company,
            "created_at": made["created_at"], "updated_at": null, "value": expected
        });
        assert_eq!(made, shape, "{value_type}");
        assert_eq!(data(&sandbox, path).await.pointer(pointer), Some(in_v2), "{value_type}");
    }
    let values = read(&sandbox, &format!("/field-values?list_entry_id={row}")).await;
    assert_eq!(values.as_array().unwrap().len(), cases.len());
}

#[tokio::test]
async fn each_item_of_a_multi_field_is_a_value() {
    let sheet = sheet();
    let body = |value| sheet.body(ValueType::NumberMulti, &json!(value));
    let bodies = [body(1.5), body(2.0), body(3.0)];
    let (path, row) = (sheet.in_v2(ValueType::NumberMulti), sheet.row);
    let sandbox = serve(sheet.world).await;
    let mut made = Vec::new();
    for body in &bodies {
        made.push(write(&sandbox, Method::POST, "/field-values", body).await);
    }
    assert_eq!(data(&sandbox, &path).await, json!([1.5, 2, 3]));
    let all = read(&sandbox, &format!("/field-values?list_entry_id={row}")).await;
    assert_eq!(all, json!(made));
    let second = format!("/field-values/{}", made[1]["id"]);
    let changed = write(&sandbox, Method::PUT, &second, &json!({"value": 20})).await;
    assert_eq!((&changed["id"], &changed["value"]), (&made[1]["id"], &json!(20.0)));
    assert!(changed["updated_at"].is_string() && changed["created_at"] == made[1]["created_at"]);
    assert_eq!(data(&sandbox, &path).await, json!([1.5, 20, 3]));
    assert_eq!(delete(&sandbox, &second).await, 200);
    assert_eq!(data(&sandbox, &path).await, json!([1.5, 3]));
    assert_eq!(delete(&sandbox, &second).await, 404);
}

#[tokio::test]
async fn what_v2_leaves_in_place_keeps_its_id() {
    let mut sheet = sheet();
    let row = Place::Entry(sheet.row);
    let field = sheet.field(ValueType::NumberMulti).to_owned();
    sheet.world.set_value(row, &field, CellValue::NumberMulti(vec![1.0, 2.0])).unwrap();
    let (path, values) =
        (sheet.in_v2(ValueType::NumberMulti), format!("/field-values?list_entry_id={}", sheet.row));
    let sandbox = serve(sheet.world).await;
    let pairs = |values: &Value| -> Vec<(f64, u64)> {
        let values = values.as_array().unwrap().iter();
        values.map(|value| (value["value"].as_f64().unwrap(), value["id"].as_u64().unwrap())).collect()
    };
    let before = pairs(&read(&sandbox, &values).await);
    let body = json!({"value": {"type": "number-multi", "data": [2, 7]}});
    assert_eq!(post(&sandbox, &path, &body).await.status, 204);
    let after = pairs(&read(&sandbox, &values).await);
    assert_eq!((after[0], after[1].0), (before[1], 7.0));
    assert!(!before.iter().any(|(_, id)| *id == after[1].1));
    assert!(before.iter().chain(&after).all(|(_, id)| *id > u64::from(u32::MAX) / 2));
}

#[tokio::test]
async fn an_unknown_text_makes_an_option() {
    let sheet = sheet();
    let (dropdown, multi) = (ValueType::Dropdown, ValueType::DropdownMulti);
    let bodies = [sheet.body(dropdown, &json!("first")), sheet.body(multi, &json!("Third"))];
    let (in_v2, field, list) = (sheet.in_v2(dropdown), sheet.field(dropdown).to_owned(), sheet.list);
    let sandbox = serve(sheet.world).await;
    for body in &bodies {
        write(&sandbox, Method::POST, "/field-values", body).await;
    }
    let fields = read(&sandbox, &format!("/fields?list_id={list}")).await;
    let field = fields.as_array().unwrap().iter().find(|known| known["id"] == number(&field)).unwrap();
    let texts: Vec<_> =
        field["dropdown_options"].as_array().unwrap().iter().map(|option| &option["text"]).collect();
    assert_eq!(texts, ["First", "Second", "first"]);
    let option = data(&sandbox, &in_v2).await;
    assert_eq!(option, json!({"dropdownOptionId": field["dropdown_options"][2]["id"], "text": "first"}));
}

#[tokio::test]
async fn what_does_not_fit_the_type_is_refused() {
    let sheet = sheet();
    let refused = [
        (ValueType::Person, json!("Alvio")),
        (ValueType::Person, json!(sheet.company)),
        (ValueType::Company, json!([sheet.company])),
        (ValueType::Dropdown, json!(5)),
        (ValueType::Number, json!("5")),
        (ValueType::Datetime, json!("soon")),
        (ValueType::Location, json!("Utrecht")),
        (ValueType::Location, json!({"city": 5})),
        (ValueType::Text, json!(5)),
        (ValueType::RankedDropdown, json!("First")),
        (ValueType::RankedDropdown, json!(4711)),
        (ValueType::NumberMulti, json!([1, 2])),
        (ValueType::Text, Value::Null),
    ];
    let bodies: Vec<_> = refused.iter().map(|(value_type, value)| sheet.body(*value_type, value)).collect();
    let computed = [ValueType::FormulaNumber, ValueType::Interaction].map(|kind| sheet.body(kind, &json!(1)));
    let sandbox = serve(sheet.world).await;
    for body in &bodies {
        assert_eq!(
            refusal(&call(&sandbox, Method::POST, "/field-values", body).await),
            wrong("value"),
            "{body}"
        );
    }
    for body in &computed {
        assert_eq!(refusal(&call(&sandbox, Method::POST, "/field-values", body).await), wrong("field_id"));
    }
}

#[tokio::test]
async fn a_form_carries_numbers_as_texts() {
    let sheet = sheet();
    let body = sheet.body(ValueType::Number, &Value::Null);
    let sandbox = serve(sheet.world).await;
    let (field, entity, row) = (&body["field_id"], &body["entity_id"], &body["list_entry_id"]);
    let form = format!("field_id={field}&entity_id={entity}&list_entry_id={row}&value=2.5");
    let request = reqwest::Client::new().post(format!("{}/field-values", sandbox.url())).body(form);
    let request = request.basic_auth("", Some(sandbox.api_key()));
    let answer = send(request.header("content-type", "application/x-www-form-urlencoded")).await;
    assert_eq!((answer.status, &answer.json()["value"]), (200, &json!(2.5)));
}

#[tokio::test]
async fn a_row_is_named_for_list_specific_fields_only() {
    let mut small = small();
    let twin = small.world.add_company(Company::new("Twin")).unwrap();
    let twin_row = small.world.add_entry(small.portfolio, twin).unwrap();
    let global =
        small.world.add_global_field(EntityKind::Company, NewField::new("Rating", ValueType::Number));
    let global = number(&global.unwrap());
    let fresh =
        small.world.add_list_field(small.portfolio, NewField::new("Fresh", ValueType::Number)).unwrap();
    let fresh = number(&fresh);
    let (company, row, deal_row) = (small.company, small.row, small.deal_row);
    let sandbox = serve(small.world).await;
    let send = async |body: Value| refusal(&call(&sandbox, Method::POST, "/field-values", &body).await);
    let missing = json!({"field_id": fresh, "entity_id": company, "value": 1});
    let answer = call(&sandbox, Method::POST, "/field-values", &missing).await;
    assert_eq!(
        (refusal(&answer), message(&answer)),
        (wrong("list_entry_id"), "list_entry_id is required".into())
    );
    for other in [twin_row, deal_row, 4711] {
        let body = json!({"field_id": fresh, "entity_id": company, "list_entry_id": other, "value": 1});
        assert_eq!(send(body).await, wrong("list_entry_id"), "{other}");
    }
    let body = json!({"field_id": global, "entity_id": company, "list_entry_id": row, "value": 1});
    assert_eq!(send(body).await, wrong("list_entry_id"));
    assert_eq!(send(json!({"value": 1})).await, (422, vec!["field_id".into(), "entity_id".into()]));
    assert_eq!(send(json!({"field_id": global, "entity_id": company})).await, wrong("value"));
    let body = json!({"field_id": global, "entity_id": company, "value": 1});
    let made = write(&sandbox, Method::POST, "/field-values", &body).await;
    assert_eq!(made["list_entry_id"], Value::Null);
    let of_v2 = read(&sandbox, &format!("/v2/companies/{company}?fieldIds=field-{global}")).await;
    assert_eq!(of_v2["fields"][0]["value"]["data"], 1);
}

#[tokio::test]
async fn a_filled_cell_takes_no_second_value() {
    let small = small();
    let (score, company, row) = (number(&small.score), small.company, small.row);
    let sandbox = serve(small.world).await;
    let body = json!({"field_id": score, "entity_id": company, "list_entry_id": row, "value": 1});
    assert_eq!(refusal(&call(&sandbox, Method::POST, "/field-values", &body).await), wrong("field_id"));
    let values = read(&sandbox, &format!("/field-values?list_entry_id={row}")).await;
    assert_eq!(delete(&sandbox, &format!("/field-values/{}", values[0]["id"])).await, 200);
    assert_eq!(call(&sandbox, Method::POST, "/field-values", &body).await.status, 200);
}

#[tokio::test]
async fn enriched_values_are_written_too() {
    let small = small();
    let (person, company) = (small.person, small.company);
    let sandbox = serve(small.world).await;
    let fields = read(&sandbox, "/persons/fields").await;
    let id = |name: &str| {
        fields.as_array().unwrap().iter().find(|field| field["name"] == name).unwrap()["id"].clone()
    };
    for (name, value) in [("Current Organization", json!(company)), ("Job Titles", json!("Founder"))] {
        let body = json!({"field_id": id(name), "entity_id": person, "value": value});
        write(&sandbox, Method::POST, "/field-values", &body).await;
    }
    let fields = "fieldIds=affinity-data-current-organization&fieldIds=affinity-data-job-titles";
    let of_v2 = read(&sandbox, &format!("/v2/persons/{person}?{fields}")).await;
    assert_eq!(of_v2["fields"][0]["value"]["data"]["id"], company);
    assert_eq!(of_v2["fields"][1]["value"]["data"], json!(["Founder"]));
    let person = read(&sandbox, &format!("/persons/{person}?with_current_organizations=true")).await;
    assert_eq!(person["current_organization_ids"], json!([company]));
}

#[tokio::test]
async fn values_are_asked_for_one_owner_at_a_time() {
    let small = small();
    let (company, row, deal) = (small.company, small.row, small.opportunity);
    let sandbox = serve(small.world).await;
    assert_eq!(refusal(&get(&sandbox, "/field-values").await), wrong("person_id"));
    let both = get(&sandbox, &format!("/field-values?organization_id={company}&list_entry_id={row}")).await;
    assert_eq!(refusal(&both), wrong("person_id"));
    let of_deal = read(&sandbox, &format!("/field-values?opportunity_id={deal}")).await;
    assert_eq!((of_deal.as_array().unwrap().len(), &of_deal[0]["value"]), (1, &json!(250_000.0)));
}

#[tokio::test]
async fn values_follow_merges_and_leave_out_the_deleted() {
    let mut sheet = sheet();
    let row = Place::Entry(sheet.row);
    let people: Vec<u64> = (0..3).map(|_| sheet.world.add_person(Person::new("A")).unwrap()).collect();
    let field = sheet.field(ValueType::PersonMulti).to_owned();
    sheet.world.set_value(row, &field, CellValue::PersonMulti(people.clone())).unwrap();
    sheet.world.mark_merged(EntityKind::Person, people[1], sheet.person).unwrap();
    sheet.world.mark_deleted(EntityKind::Person, people[2]).unwrap();
    let (path, person) = (format!("/field-values?list_entry_id={}", sheet.row), sheet.person);
    let sandbox = serve(sheet.world).await;
    let values = read(&sandbox, &path).await;
    let ids: Vec<_> = values.as_array().unwrap().iter().map(|value| value["value"].clone()).collect();
    assert_eq!(ids, [json!(people[0]), json!(person)]);
}

#[tokio::test]
async fn merged_companies_keep_the_ids_of_their_values() {
    let mut sheet = sheet();
    let twin = sheet.world.add_company(Company::new("Twin")).unwrap();
    let location = Location { city: Some("Oslo".into()), ..Location::default() };
    let value = CellValue::Location(location);
    sheet.world.set_value(Place::Company(twin), "affinity-data-location", value).unwrap();
    let (survivor, row) = (sheet.company, sheet.row);
    let sandbox = serve(sheet.world).await;
    let before = read(&sandbox, &format!("/field-values?organization_id={twin}")).await;
    sandbox.with_world(|world| world.mark_merged(EntityKind::Company, twin, survivor)).unwrap();
    let after = read(&sandbox, &format!("/field-values?organization_id={survivor}")).await;
    assert_eq!((&after[0]["id"], &after[0]["entity_id"]), (&before[0]["id"], &json!(survivor)));
    assert_eq!(read(&sandbox, &format!("/field-values?list_entry_id={row}")).await, json!([]));
    let changed = write(
        &sandbox,
        Method::PUT,
        &format!("/field-values/{}", after[0]["id"]),
        &json!({"value": {"city": "Bergen"}}),
    )
    .await;
    assert_eq!(changed["value"]["city"], "Bergen");
}

#[tokio::test]
async fn a_value_of_which_nothing_is_left_is_in_nobodys_way() {
    let mut sheet = sheet();
    let field = sheet.field(ValueType::Person).to_owned();
    let gone = sheet.world.add_person(Person::new("Gone")).unwrap();
    sheet.world.set_value(Place::Entry(sheet.row), &field, CellValue::Person(gone)).unwrap();
    sheet.world.mark_deleted(EntityKind::Person, gone).unwrap();
    let body = sheet.body(ValueType::Person, &json!(sheet.person));
    let (path, person) = (format!("/field-values?list_entry_id={}", sheet.row), sheet.person);
    let sandbox = serve(sheet.world).await;
    assert_eq!(read(&sandbox, &path).await, json!([]));
    write(&sandbox, Method::POST, "/field-values", &body).await;
    assert_eq!(read(&sandbox, &path).await[0]["value"], person);
}

#[tokio::test]
async fn an_option_that_is_gone_takes_its_values_along() {
    let mut sheet = sheet();
    let field = sheet.field(ValueType::DropdownMulti).to_owned();
    let options = ["First", "Second"].map(|text| sheet.world.option_named(&field, text).unwrap());
    let value = CellValue::DropdownMulti(options.to_vec());
    sheet.world.set_value(Place::Entry(sheet.row), &field, value).unwrap();
    sheet.world.remove_option(&field, options[0]).unwrap();
    assert!(sheet.world.remove_option(&field, options[0]).is_err());
    let path = format!("/field-values?list_entry_id={}", sheet.row);
    let sandbox = serve(sheet.world).await;
    let values = read(&sandbox, &path).await;
    assert_eq!((values.as_array().unwrap().len(), &values[0]["value"]), (1, &json!("Second")));
    assert_eq!(delete(&sandbox, &format!("/field-values/{}", values[0]["id"])).await, 200);
}
