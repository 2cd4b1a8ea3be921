//! Writing the fields of a list entry.

use affinity_sandbox::{
    CellValue, Company, EntityKind, List, Method, NewField, NewKey, Permission, Person, Place, Sandbox,
    SavedView, ValueType, ViewKind, World,
};
use serde_json::{Value, json};

use crate::support::{Small, error, get, get_as, patch, post, send, send_as, serve, small};

/// A row of a company list with a column of each type; a person 20 and a company 10.
struct Sheet {
    world: World,
    list: u64,
    row: u64,
    fields: Vec<(ValueType, String)>,
}

fn sheet() -> Sheet {
    let mut world = World::new();
    let company = world.add_company(Company::new("Tessel Robotics").domain("tessel.example").id(10)).unwrap();
    world.add_person(Person::new("Alvio").id(20)).unwrap();
    let list = world.add_list(List::new("Portfolio", EntityKind::Company)).unwrap();
    let fields = ValueType::ALL
        .iter()
        .map(|&value_type| {
            let field = NewField::new(value_type.as_str(), value_type);
            let field = field.options(["First"]).colored_option("Second", "blue");
            (value_type, world.add_list_field(list, field).unwrap())
        })
        .collect();
    let row = world.add_entry(list, company).unwrap();
    Sheet { world, list, row, fields }
}

impl Sheet {
    fn field(&self, value_type: ValueType) -> &str {
        &self.fields.iter().find(|(known, _)| *known == value_type).unwrap().1
    }

    fn option(&self, value_type: ValueType, text: &str) -> u64 {
        self.world.option_named(self.field(value_type), text).unwrap()
    }

    async fn serve(self) -> Served {
        let fields = format!("/v2/lists/{}/list-entries/{}/fields", self.list, self.row);
        let columns = self.fields.clone();
        Served { sandbox: serve(self.world).await, fields, columns }
    }
}

/// A row that is served.
struct Served {
    sandbox: Sandbox,
    fields: String,
    columns: Vec<(ValueType, String)>,
}

impl Served {
    fn id(&self, value_type: ValueType) -> &str {
        &self.columns.iter().find(|(known, _)| *known == value_type).unwrap().1
    }

    fn path(&self, value_type: ValueType) -> String {
        format!("{}/{}", self.fields, self.id(value_type))
    }

    /// Writes data to the column of a type: the status and the errors.
    async fn write(&self, value_type: ValueType, data: &Value) -> (u16, Vec<(String, Option<String>)>) {
        let body = json!({"value": {"type": value_type.as_str(), "data": data}});
        let answer = post(&self.sandbox, &self.path(value_type), &body).await;
        (answer.status, if answer.text.is_empty() { Vec::new() } else { answer.errors() })
    }

    async fn read(&self, value_type: ValueType) -> Value {
        get(&self.sandbox, &self.path(value_type)).await.json()["value"]["data"].clone()
    }
}

fn refused(param: &str) -> (u16, Vec<(String, Option<String>)>) {
    (400, vec![error("validation", Some(param))])
}

fn done() -> (u16, Vec<(String, Option<String>)>) {
    (204, Vec::new())
}

#[tokio::test]
async fn each_type_is_written_in_its_own_shape() {
    let sheet = sheet();
    let [first, second] = ["First", "Second"].map(|text| sheet.option(ValueType::DropdownMulti, text));
    let (plain, ranked) =
        (sheet.option(ValueType::Dropdown, "First"), sheet.option(ValueType::RankedDropdown, "Second"));
    let place = json!({"streetAddress": null, "city": "Oslo", "state": null, "country": "Norway",
                       "continent": "Europe"});
    let company = json!({"id": 10, "name": "Tessel Robotics", "domain": "tessel.example"});
    let person = json!({"id": 20, "firstName": "Alvio", "lastName": null, "primaryEmailAddress": null,
                        "type": "external"});
    let written = [
        (ValueType::Company, json!({"id": 10}), company.clone()),
        (ValueType::CompanyMulti, json!([{"id": 10}]), json!([company])),
        (ValueType::Datetime, json!("2025-11-20T22:45:10Z"), json!("2025-11-20T08:00:00.000Z")),
        (
            ValueType::Dropdown,
            json!({"dropdownOptionId": plain}),
            json!({"dropdownOptionId": plain, "text": "First"}),
        ),
        (
            ValueType::DropdownMulti,
            json!([{"dropdownOptionId": second}, {"dropdownOptionId": first}]),
            json!([{"dropdownOptionId": second, "text": "Second"},
                   {"dropdownOptionId": first, "text": "First"}]),
        ),
        (ValueType::FilterableText, json!("Seed"), json!("Seed")),
        (ValueType::FilterableTextMulti, json!(["A", "B"]), json!(["A", "B"])),
        (ValueType::Location, place.clone(), place.clone()),
        (ValueType::LocationMulti, json!([place]), json!([place])),
        (ValueType::Number, json!(2_500_000.5), json!(2_500_000.5)),
        (ValueType::NumberMulti, json!([1, -2.5]), json!([1, -2.5])),
        (ValueType::Person, json!({"id": 20}), person.clone()),
        (ValueType::PersonMulti, json!([{"id": 20}]), json!([person])),
        (
            ValueType::RankedDropdown,
            json!({"dropdownOptionId": ranked}),
            json!({"dropdownOptionId": ranked, "text": "Second", "rank": 1, "color": "blue"}),
        ),
        (ValueType::Text, json!("Call again"), json!("Call again")),
    ];
    let served = sheet.serve().await;
    for (value_type, data, expected) in written {
        assert_eq!(served.write(value_type, &data).await, done(), "{value_type}");
        assert_eq!(served.read(value_type).await, expected, "{value_type}");
        assert_eq!(served.write(value_type, &json!(null)).await, done(), "{value_type}");
        assert_eq!(served.read(value_type).await, json!(null), "{value_type}");
    }
}

#[tokio::test]
async fn a_single_write_answers_without_a_body() {
    let small = small();
    let path = format!("/v2/lists/{}/list-entries/{}/fields/{}", small.portfolio, small.row, small.score);
    let sandbox = serve(small.world).await;
    let answer = post(&sandbox, &path, &json!({"value": {"type": "number", "data": 9}})).await;
    assert_eq!((answer.status, answer.text.as_str(), answer.header("content-type")), (204, "", None));
}

#[tokio::test]
async fn a_batch_writes_several_fields() {
    let served = sheet().serve().await;
    let body = json!({"operation": "update-fields", "updates": [
        {"id": served.id(ValueType::Number), "value": {"type": "number", "data": 2500000}},
        {"id": served.id(ValueType::PersonMulti), "value": {"type": "person-multi", "data": [{"id": 20}]}},
        {"id": served.id(ValueType::Datetime), "value": {"type": "datetime", "data": null}},
    ]});
    let answer = patch(&served.sandbox, &served.fields, &body).await;
    assert_eq!((answer.status, answer.json()), (200, json!({"operation": "update-fields"})));
    assert_eq!(served.read(ValueType::Number).await, json!(2500000));
    assert_eq!(served.read(ValueType::PersonMulti).await[0]["id"], 20);
}

#[tokio::test]
async fn a_batch_may_be_empty_and_may_have_other_members() {
    let served = sheet().serve().await;
    let text = served.id(ValueType::Text);
    let update = json!({"id": text, "value": {"type": "text", "data": "Hm"}, "note": "extra"});
    for updates in [json!([]), json!([update])] {
        let body = json!({"operation": "update-fields", "updates": updates, "dryRun": false});
        assert_eq!(patch(&served.sandbox, &served.fields, &body).await.status, 200);
    }
    assert_eq!(served.read(ValueType::Text).await, "Hm");
}

/// The column in any answer that has fields.
fn data_in(fields: &Value, id: &str) -> Value {
    let fields = fields.as_array().unwrap();
    fields.iter().find(|field| field["id"] == *id).unwrap()["value"]["data"].clone()
}

#[tokio::test]
async fn what_is_written_is_read_at_once_wherever_it_is_shown() {
    let mut small = small();
    let view = SavedView::new("All", ViewKind::Sheet).columns([&small.score]);
    let view = small.world.add_view(small.portfolio, view).unwrap();
    let Small { portfolio, row, score, company, .. } = small;
    let entries = format!("/v2/lists/{portfolio}/list-entries");
    let sandbox = serve(small.world).await;
    let body = json!({"value": {"type": "number", "data": 3}});
    assert_eq!(post(&sandbox, &format!("{entries}/{row}/fields/{score}"), &body).await.status, 204);
    let shown = async |path: String, fields: &str| {
        data_in(get(&sandbox, &path).await.json().pointer(fields).unwrap(), &score)
    };
    for (path, fields) in [
        (format!("{entries}?fieldTypes=list"), "/data/0/entity/fields"),
        (format!("{entries}/{row}?fieldIds={score}"), "/entity/fields"),
        (format!("{entries}/{row}/fields?ids={score}"), "/data"),
        (format!("/v2/companies/{company}/list-entries"), "/data/0/fields"),
        (format!("/v2/lists/{portfolio}/saved-views/{view}/list-entries"), "/data/0/entity/fields"),
    ] {
        assert_eq!(shown(path.clone(), fields).await, json!(3), "{path}");
    }
}

#[tokio::test]
async fn global_and_enriched_fields_are_kept_with_the_entity() {
    let mut small = small();
    let other = small.world.add_list(List::new("Other", EntityKind::Company)).unwrap();
    let other_row = small.world.add_entry(other, small.company).unwrap();
    let fields = format!("/v2/lists/{}/list-entries/{}/fields", small.portfolio, small.row);
    let (company, thesis) = (small.company, small.thesis.clone());
    let sandbox = serve(small.world).await;
    let founded = "affinity-data-year-founded";
    let body = json!({"operation": "update-fields", "updates": [
        {"id": thesis, "value": {"type": "text", "data": "Weak"}},
        {"id": founded, "value": {"type": "number", "data": 1999}},
    ]});
    assert_eq!(patch(&sandbox, &fields, &body).await.status, 200);
    let entity =
        get(&sandbox, &format!("/v2/companies/{company}?fieldIds={thesis}&fieldIds={founded}")).await;
    let elsewhere =
        get(&sandbox, &format!("/v2/lists/{other}/list-entries/{other_row}/fields?limit=100")).await;
    for fields in [&entity.json()["fields"], &elsewhere.json()["data"]] {
        assert_eq!((data_in(fields, &thesis), data_in(fields, founded)), (json!("Weak"), json!(1999)));
    }
}

#[tokio::test]
async fn the_associations_of_an_opportunity_are_written() {
    let Small { world, deals, deal_row, company, person, .. } = small();
    let fields = format!("/v2/lists/{deals}/list-entries/{deal_row}/fields");
    let sandbox = serve(world).await;
    let body = json!({"operation": "update-fields", "updates": [
        {"id": "companies", "value": {"type": "company-multi", "data": [{"id": company}]}},
        {"id": "persons", "value": {"type": "person-multi", "data": [{"id": person}]}},
    ]});
    assert_eq!(patch(&sandbox, &fields, &body).await.status, 200);
    let fields = get(&sandbox, &format!("{fields}?limit=100")).await.json();
    assert_eq!(data_in(&fields["data"], "companies")[0]["id"], company);
    assert_eq!(data_in(&fields["data"], "persons")[0]["id"], person);
}

#[tokio::test]
async fn a_write_replaces() {
    let served = sheet().serve().await;
    assert_eq!(served.write(ValueType::NumberMulti, &json!([1, 2, 3])).await, done());
    assert_eq!(served.write(ValueType::NumberMulti, &json!([4])).await, done());
    assert_eq!(served.read(ValueType::NumberMulti).await, json!([4]));
}

#[tokio::test]
async fn an_empty_array_clears() {
    let served = sheet().serve().await;
    assert_eq!(served.write(ValueType::NumberMulti, &json!([1])).await, done());
    assert_eq!(served.write(ValueType::NumberMulti, &json!([])).await, done());
    assert_eq!(served.read(ValueType::NumberMulti).await, json!(null));
}

#[tokio::test]
async fn the_tag_is_the_type_of_the_field() {
    let served = sheet().serve().await;
    for (tag, data) in [
        (json!("filterable-text"), json!("Hm")),
        (json!("number"), json!(null)),
        (json!("boolean"), json!(true)),
        (json!(7), json!("Hm")),
        (json!(null), json!(null)),
    ] {
        let body = json!({"value": {"type": tag, "data": data}});
        let answer = post(&served.sandbox, &served.path(ValueType::Text), &body).await;
        assert_eq!((answer.status, answer.errors()), refused("value.type"), "{tag}");
    }
}

#[tokio::test]
async fn computed_values_are_not_written() {
    let served = sheet().serve().await;
    for value_type in [ValueType::FormulaNumber, ValueType::Interaction] {
        for data in [json!(null), json!({"calculatedValue": 1})] {
            assert_eq!(served.write(value_type, &data).await, refused("value.type"));
        }
    }
    let body = json!({"value": {"type": "person", "data": {"id": 20}}});
    let path = format!("{}/source-of-introduction", served.fields);
    let answer = post(&served.sandbox, &path, &body).await;
    assert_eq!((answer.status, answer.errors()), refused("value.type"));
}

#[tokio::test]
async fn data_has_to_be_of_its_json_type() {
    let served = sheet().serve().await;
    for (value_type, data, param) in [
        (ValueType::Number, json!("12"), "value.data"),
        (ValueType::Number, json!([12]), "value.data"),
        (ValueType::NumberMulti, json!(12), "value.data"),
        (ValueType::NumberMulti, json!([12, "13"]), "value.data[1]"),
        (ValueType::NumberMulti, json!([null]), "value.data[0]"),
        (ValueType::Text, json!(12), "value.data"),
        (ValueType::FilterableTextMulti, json!("A"), "value.data"),
        (ValueType::FilterableTextMulti, json!(["A", 1]), "value.data[1]"),
        (ValueType::Datetime, json!("2025-11-20"), "value.data"),
        (ValueType::Datetime, json!("2025-11-20T22:45:10"), "value.data"),
        (ValueType::Datetime, json!("9999-12-31T23:00:00-05:00"), "value.data"),
        (ValueType::Datetime, json!("0000-01-01T00:00:00+01:00"), "value.data"),
        (ValueType::Datetime, json!(1_763_678_710), "value.data"),
        (ValueType::Dropdown, json!(5), "value.data"),
        (ValueType::Dropdown, json!([]), "value.data"),
        (ValueType::DropdownMulti, json!({"dropdownOptionId": 5}), "value.data"),
        (ValueType::Person, json!(20), "value.data"),
        (ValueType::Person, json!({"id": "20"}), "value.data.id"),
        (ValueType::Person, json!({"id": 0}), "value.data.id"),
        (ValueType::Person, json!({"id": 9_007_199_254_740_992_u64}), "value.data.id"),
        (ValueType::PersonMulti, json!([20]), "value.data[0]"),
        (ValueType::PersonMulti, json!([{"id": 20}, {"id": 20.5}]), "value.data[1].id"),
        (ValueType::Company, json!("10"), "value.data"),
        (ValueType::CompanyMulti, json!({"id": 10}), "value.data"),
        (ValueType::Location, json!("Oslo"), "value.data"),
        (ValueType::LocationMulti, json!(["Oslo"]), "value.data[0]"),
    ] {
        assert_eq!(served.write(value_type, &data).await, refused(param), "{value_type} {data}");
    }
}

#[tokio::test]
async fn what_is_read_is_not_what_is_written() {
    let sheet = sheet();
    let option = sheet.option(ValueType::Dropdown, "First");
    let several = sheet.option(ValueType::DropdownMulti, "First");
    let served = sheet.serve().await;
    for (value_type, data, param) in [
        (ValueType::Dropdown, json!({"dropdownOptionId": option, "text": "First"}), "value.data.text"),
        (
            ValueType::DropdownMulti,
            json!([{"dropdownOptionId": several, "text": "First"}]),
            "value.data[0].text",
        ),
        (ValueType::Person, json!({"id": 20, "firstName": "Alvio"}), "value.data.firstName"),
        (ValueType::CompanyMulti, json!([{"id": 10, "domain": null}]), "value.data[0].domain"),
    ] {
        assert_eq!(served.write(value_type, &data).await, refused(param), "{data}");
    }
}

#[tokio::test]
async fn a_location_has_its_five_members_and_no_other() {
    let served = sheet().serve().await;
    let (status, errors) =
        served.write(ValueType::Location, &json!({"city": "Oslo", "zip": 150, "state": 1})).await;
    let params = ["streetAddress", "country", "continent", "zip", "state"];
    let params = params.map(|name| error("validation", Some(&format!("value.data.{name}"))));
    assert_eq!((status, errors), (400, params.to_vec()));
}

#[tokio::test]
async fn values_are_closed_but_for_those_of_single_dropdowns() {
    let served = sheet().serve().await;
    for (value_type, status) in [
        (ValueType::Text, 400),
        (ValueType::DropdownMulti, 400),
        (ValueType::Dropdown, 204),
        (ValueType::RankedDropdown, 204),
    ] {
        let body = json!({"value": {"type": value_type.as_str(), "data": null, "totalCount": 0}});
        let answer = post(&served.sandbox, &served.path(value_type), &body).await;
        assert_eq!(answer.status, status, "{value_type}");
    }
}

#[tokio::test]
async fn most_arrays_hold_a_hundred() {
    let sheet = sheet();
    let option = sheet.option(ValueType::DropdownMulti, "First");
    let served = sheet.serve().await;
    let place =
        json!({"streetAddress": null, "city": null, "state": null, "country": null, "continent": null});
    for (value_type, item) in [
        (ValueType::CompanyMulti, json!({"id": 10})),
        (ValueType::FilterableTextMulti, json!("A")),
        (ValueType::LocationMulti, place),
        (ValueType::NumberMulti, json!(1)),
        (ValueType::PersonMulti, json!({"id": 20})),
    ] {
        assert_eq!(served.write(value_type, &json!(vec![item.clone(); 100])).await, done(), "{value_type}");
        let longer = json!(vec![item; 101]);
        assert_eq!(served.write(value_type, &longer).await, refused("value.data"), "{value_type}");
    }
    let options = json!(vec![json!({"dropdownOptionId": option}); 101]);
    assert_eq!(served.write(ValueType::DropdownMulti, &options).await, done());
    assert_eq!(served.read(ValueType::DropdownMulti).await.as_array().unwrap().len(), 101);
}

#[tokio::test]
async fn of_what_is_too_long_nothing_else_is_told() {
    let served = sheet().serve().await;
    let numbers = json!(vec![json!("1"); 101]);
    assert_eq!(served.write(ValueType::NumberMulti, &numbers).await, refused("value.data"));
    let body = json!({"operation": "update-fields", "updates": vec![json!(1); 101]});
    let answer = patch(&served.sandbox, &served.fields, &body).await;
    assert_eq!((answer.status, answer.errors()), refused("updates"));
}

#[tokio::test]
async fn an_answer_tells_a_hundred_problems() {
    let served = sheet().serve().await;
    for (length, told) in [(100, 100), (101, 101), (102, 101), (20_000, 101)] {
        let body = json!({"value": {"type": "dropdown-multi", "data": vec![json!(1); length]}});
        let answer = post(&served.sandbox, &served.path(ValueType::DropdownMulti), &body).await;
        let expected: Vec<_> =
            (0..told).map(|n| error("validation", Some(&format!("value.data[{n}]")))).collect();
        assert_eq!((answer.status, answer.errors()), (400, expected));
        let message = |n: usize| answer.json()["errors"][n]["message"].take();
        assert_eq!(message(told - 1) == "there is more that is wrong, from here on", length > 100);
        assert_eq!(message(99), message(0));
    }
}

#[tokio::test]
async fn a_batch_holds_a_hundred() {
    let served = sheet().serve().await;
    let update = json!({"id": served.id(ValueType::Number), "value": {"type": "number", "data": 1}});
    for (length, status) in [(100, 200), (101, 400)] {
        let body = json!({"operation": "update-fields", "updates": vec![update.clone(); length]});
        let answer = patch(&served.sandbox, &served.fields, &body).await;
        assert_eq!(answer.status, status);
        if status == 400 {
            assert_eq!(answer.errors(), [error("validation", Some("updates"))]);
        }
    }
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once_and_nothing_is_written() {
    let served = sheet().serve().await;
    let body = json!({"operation": "update-fields", "updates": [
        {"id": served.id(ValueType::Number), "value": {"type": "number", "data": 1}},
        {"id": served.id(ValueType::PersonMulti), "value": {"type": "person-multi", "data": [{"id": 4711}, 20]}},
        {"id": "field-1", "value": {"type": "text", "data": "Hm"}},
        {"id": served.id(ValueType::Text)},
        {"value": {"type": "text", "data": "Hm"}},
        {"id": served.id(ValueType::Text), "value": {"type": "text"}},
        "field-2",
    ]});
    let answer = patch(&served.sandbox, &served.fields, &body).await;
    let params = [
        "updates[1].value.data[0].id",
        "updates[1].value.data[1]",
        "updates[2].id",
        "updates[3].value",
        "updates[4].id",
        "updates[5].value.data",
        "updates[6]",
    ];
    let expected = params.map(|param| error("validation", Some(param)));
    assert_eq!((answer.status, answer.errors()), (400, expected.to_vec()));
    assert_eq!(served.read(ValueType::Number).await, json!(null));
}

#[tokio::test]
async fn the_last_of_two_updates_of_a_field_counts() {
    let served = sheet().serve().await;
    let number = served.id(ValueType::Number);
    let update = |data: Value| json!({"id": number, "value": {"type": "number", "data": data}});
    for (first, last) in [(json!(1), json!(2)), (json!(3), json!(null)), (json!(null), json!(4))] {
        let body = json!({"operation": "update-fields", "updates": [update(first), update(last.clone())]});
        assert_eq!(patch(&served.sandbox, &served.fields, &body).await.status, 200);
        assert_eq!(served.read(ValueType::Number).await, last);
    }
}

#[tokio::test]
async fn a_body_has_its_members() {
    let served = sheet().serve().await;
    for (body, params) in [
        (json!({}), vec!["value"]),
        (json!({"value": null}), vec!["value"]),
        (json!({"value": {}}), vec!["value.type", "value.data"]),
        (json!({"value": {"type": "text", "data": null}, "id": "field-1"}), vec!["id"]),
        (json!([]), vec!["body"]),
        (json!(null), vec!["body"]),
    ] {
        let answer = post(&served.sandbox, &served.path(ValueType::Text), &body).await;
        let expected: Vec<_> = params.into_iter().map(|param| error("validation", Some(param))).collect();
        assert_eq!((answer.status, answer.errors()), (400, expected), "{body}");
    }
    for (body, params) in [
        (json!({}), vec!["operation", "updates"]),
        (json!({"operation": "delete-fields", "updates": []}), vec!["operation"]),
        (json!({"operation": "update-fields", "updates": {}}), vec!["updates"]),
        (json!({"operation": 1, "updates": null}), vec!["operation", "updates"]),
        (json!("update-fields"), vec!["body"]),
    ] {
        let answer = patch(&served.sandbox, &served.fields, &body).await;
        let expected: Vec<_> = params.into_iter().map(|param| error("validation", Some(param))).collect();
        assert_eq!((answer.status, answer.errors()), (400, expected), "{body}");
    }
}

#[tokio::test]
async fn a_body_is_json() {
    let served = sheet().serve().await;
    let path = served.path(ValueType::Text);
    let broken = send_as(&served.sandbox, served.sandbox.api_key(), Method::POST, &path, "{").await;
    assert_eq!((broken.status, broken.errors()), (400, vec![error("bad-request", None)]));
    let text = reqwest::Client::new().post(format!("{}{path}", served.sandbox.url()));
    let text = send(text.bearer_auth(served.sandbox.api_key()).body("{}")).await;
    assert_eq!((text.status, text.errors()), (415, vec![error("unsupported-media-type", None)]));
}

#[tokio::test]
async fn a_value_names_what_is_there() {
    let mut sheet = sheet();
    let foreign = sheet.option(ValueType::RankedDropdown, "First");
    let [person, company] =
        [sheet.world.add_person(Person::new("Gone")), sheet.world.add_company(Company::new("Gone"))]
            .map(Result::unwrap);
    sheet.world.mark_deleted(EntityKind::Person, person).unwrap();
    sheet.world.mark_deleted(EntityKind::Company, company).unwrap();
    let served = sheet.serve().await;
    for (value_type, data, param) in [
        (ValueType::Dropdown, json!({"dropdownOptionId": foreign}), "value.data.dropdownOptionId"),
        (ValueType::DropdownMulti, json!([{"dropdownOptionId": 1}]), "value.data[0].dropdownOptionId"),
        (ValueType::Person, json!({"id": 4711}), "value.data.id"),
        (ValueType::PersonMulti, json!([{"id": 20}, {"id": person}]), "value.data[1].id"),
        (ValueType::Company, json!({"id": 4711}), "value.data.id"),
        (ValueType::CompanyMulti, json!([{"id": company}]), "value.data[0].id"),
    ] {
        assert_eq!(served.write(value_type, &data).await, refused(param), "{value_type} {data}");
    }
}

#[tokio::test]
async fn who_was_merged_away_gives_way_to_the_survivor() {
    let mut sheet = sheet();
    let twin = sheet.world.add_person(Person::new("Twin")).unwrap();
    sheet.world.mark_merged(EntityKind::Person, twin, 20).unwrap();
    let served = sheet.serve().await;
    assert_eq!(served.write(ValueType::Person, &json!({"id": twin})).await, done());
    assert_eq!(served.read(ValueType::Person).await["id"], 20);
}

#[tokio::test]
async fn of_an_instant_the_day_in_utc_is_kept() {
    let served = sheet().serve().await;
    for (written, read) in [
        ("2025-11-20T22:45:10Z", "2025-11-20T08:00:00.000Z"),
        ("2025-11-20T00:00:00Z", "2025-11-20T08:00:00.000Z"),
        ("2025-11-20T22:45:10-08:00", "2025-11-21T08:00:00.000Z"),
        ("2025-11-20T01:00:00+02:00", "2025-11-19T08:00:00.000Z"),
        ("2025-07-01T12:00:00.500Z", "2025-07-01T07:00:00.000Z"),
        ("2025-07-01T07:00:00.000Z", "2025-07-01T07:00:00.000Z"),
        ("2025-03-09T12:00:00Z", "2025-03-09T08:00:00.000Z"),
        ("2025-11-02T12:00:00Z", "2025-11-02T07:00:00.000Z"),
        ("0000-01-01T00:00:00Z", "0000-01-01T08:00:00.000Z"),
    ] {
        assert_eq!(served.write(ValueType::Datetime, &json!(written)).await, done(), "{written}");
        assert_eq!(served.read(ValueType::Datetime).await, read, "{written}");
    }
}

#[tokio::test]
async fn a_field_the_list_does_not_have() {
    let Small { world, portfolio, row, amount, .. } = small();
    let fields = format!("/v2/lists/{portfolio}/list-entries/{row}/fields");
    let sandbox = serve(world).await;
    let value = json!({"type": "number", "data": 1});
    for id in [amount.as_str(), "field-1", "companies"] {
        let one = post(&sandbox, &format!("{fields}/{id}"), &json!({"value": value})).await;
        assert_eq!((one.status, one.errors()), (404, vec![error("not-found", None)]), "{id}");
        let batch = json!({"operation": "update-fields", "updates": [{"id": id, "value": value}]});
        let several = patch(&sandbox, &fields, &batch).await;
        assert_eq!((several.status, several.errors()), refused("updates[0].id"), "{id}");
    }
}

#[tokio::test]
async fn a_row_that_cannot_be_read_cannot_be_written() {
    let mut small = small();
    let colleague = small.world.add_user("Teodor", "Kvist", "teodor@quillfern-seed.example");
    let private = List::new("Private", EntityKind::Company).private().owner(colleague);
    let private = small.world.add_list(private).unwrap();
    let field = small.world.add_list_field(private, NewField::new("Score", ValueType::Number)).unwrap();
    let hidden = small.world.add_entry(private, small.company).unwrap();
    let key = small.world.add_key(NewKey::of(colleague)).unwrap();
    let Small { world, deals, row, score, .. } = small;
    let sandbox = serve(world).await;
    let body = json!({"value": {"type": "number", "data": 1}});
    let secret = format!("/v2/lists/{private}/list-entries/{hidden}/fields/{field}");
    for path in [
        secret.clone(),
        format!("/v2/lists/{deals}/list-entries/{row}/fields/{score}"),
        format!("/v2/lists/4711/list-entries/{row}/fields/{score}"),
    ] {
        let answer = post(&sandbox, &path, &body).await;
        assert_eq!((answer.status, answer.errors()), (404, vec![error("not-found", None)]), "{path}");
    }
    let bad = post(&sandbox, &format!("/v2/lists/x/list-entries/0/fields/{score}"), &body).await;
    let expected = ["listId", "listEntryId"].map(|param| error("validation", Some(param)));
    assert_eq!((bad.status, bad.errors()), (400, expected.to_vec()));
    assert_eq!(send_as(&sandbox, &key, Method::POST, &secret, &body.to_string()).await.status, 204);
}

#[tokio::test]
async fn hidden_values_are_not_written() {
    let mut small = small();
    let colleague = small.world.add_user("Teodor", "Kvist", "teodor@quillfern-seed.example");
    small.world.restrict_opportunity(small.opportunity, [colleague]).unwrap();
    let manager = small.world.add_key(NewKey::of(colleague)).unwrap();
    let Small { world, deals, deal_row, amount, .. } = small;
    let fields = format!("/v2/lists/{deals}/list-entries/{deal_row}/fields");
    let sandbox = serve(world).await;
    let value = json!({"type": "number", "data": 1});
    let batch = json!({"operation": "update-fields", "updates": [{"id": amount, "value": value}]});
    let one = post(&sandbox, &format!("{fields}/{amount}"), &json!({"value": value})).await;
    for answer in [one, patch(&sandbox, &fields, &batch).await] {
        assert_eq!((answer.status, answer.errors()), (403, vec![error("authorization", None)]));
    }
    let path = format!("{fields}/{amount}");
    assert_eq!(get_as(&sandbox, &manager, &path).await.json()["value"]["data"], 250_000);
    assert_eq!(send_as(&sandbox, &manager, Method::PATCH, &fields, &batch.to_string()).await.status, 200);
    assert_eq!(get_as(&sandbox, &manager, &path).await.json()["value"]["data"], 1);
}

#[tokio::test]
async fn nothing_is_written_without_the_permission() {
    let served = sheet().serve().await;
    let key = served.sandbox.api_key_without(Permission::ExportLists);
    let path = served.path(ValueType::Text);
    let body = json!({"value": {"type": "text", "data": "Hm"}}).to_string();
    let answer = send_as(&served.sandbox, &key, Method::POST, &path, &body).await;
    assert_eq!((answer.status, answer.errors()), (403, vec![error("authorization", None)]));
    assert_eq!(served.read(ValueType::Text).await, json!(null));
}

#[tokio::test]
async fn a_view_shows_a_row_by_what_was_written() {
    let mut small = small();
    let empty = affinity_sandbox::ViewFilter::Empty(small.score.clone());
    let view = small
        .world
        .add_view(small.portfolio, SavedView::new("To do", ViewKind::Sheet).filter(empty))
        .unwrap();
    small.world.set_value(Place::Entry(small.row), &small.score, CellValue::Number(1.0)).unwrap();
    let Small { world, portfolio, row, score, .. } = small;
    let sandbox = serve(world).await;
    let rows = format!("/v2/lists/{portfolio}/saved-views/{view}/list-entries");
    assert!(get(&sandbox, &rows).await.ids().is_empty());
    let body = json!({"value": {"type": "number", "data": null}});
    let path = format!("/v2/lists/{portfolio}/list-entries/{row}/fields/{score}");
    assert_eq!(post(&sandbox, &path, &body).await.status, 204);
    assert_eq!(get(&sandbox, &rows).await.ids(), [row]);
}
