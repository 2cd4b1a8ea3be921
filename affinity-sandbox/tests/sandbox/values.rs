//! Each type of value, as it is read.

use affinity_sandbox::{
    Attendee, CellValue, Company, Direction, EntityKind, Interaction, List, Location, NewField, Person,
    Place, Sandbox, ValueType, World, WorldError,
};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

use crate::support::{get, serve};

/// A row of a company list with one column of that type.
struct Column {
    world: World,
    list: u64,
    row: u64,
    field: String,
}

fn column(value_type: ValueType) -> Column {
    let mut world = World::new();
    let company = world.add_company(Company::new("Tessel Robotics").domain("tessel.example").id(10)).unwrap();
    world
        .add_person(Person::new("Alvio").last_name("Ashbrook").email("alvio@tessel.example").id(20))
        .unwrap();
    world.add_person(Person::nameless().id(21)).unwrap();
    let list = world.add_list(List::new("Portfolio", EntityKind::Company)).unwrap();
    let field = NewField::new("Column", value_type).options(["First"]).colored_option("Second", "blue");
    let field = world.add_list_field(list, field).unwrap();
    let row = world.add_entry(list, company).unwrap();
    Column { world, list, row, field }
}

impl Column {
    fn option(&self, text: &str) -> u64 {
        self.world.option_named(&self.field, text).unwrap()
    }

    fn set(&mut self, value: CellValue) {
        self.world.set_value(Place::Entry(self.row), &self.field, value).unwrap();
    }

    async fn serve(self) -> (Sandbox, String) {
        let path = format!("/v2/lists/{}/list-entries/{}/fields/{}", self.list, self.row, self.field);
        (serve(self.world).await, path)
    }

    async fn read(mut self, value: CellValue) -> Value {
        self.set(value);
        let (sandbox, path) = self.serve().await;
        get(&sandbox, &path).await.json()["value"].clone()
    }
}

async fn read(value: CellValue) -> Value {
    column(value.value_type()).read(value).await
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn alvio() -> Value {
    json!({"id": 20, "firstName": "Alvio", "lastName": "Ashbrook",
           "primaryEmailAddress": "alvio@tessel.example", "type": "external"})
}

#[tokio::test]
async fn every_type_is_empty_as_null() {
    for &value_type in ValueType::ALL {
        let (sandbox, path) = column(value_type).serve().await;
        let value = get(&sandbox, &path).await.json()["value"].clone();
        assert_eq!(value, json!({"type": value_type.as_str(), "data": null}));
    }
}

#[tokio::test]
async fn a_multi_value_without_items_is_null() {
    let empty = [
        CellValue::CompanyMulti(vec![]),
        CellValue::DropdownMulti(vec![]),
        CellValue::FilterableTextMulti(vec![]),
        CellValue::LocationMulti(vec![]),
        CellValue::NumberMulti(vec![]),
        CellValue::PersonMulti(vec![]),
    ];
    for value in empty {
        let value_type = value.value_type();
        assert_eq!(read(value).await, json!({"type": value_type.as_str(), "data": null}));
    }
}

#[tokio::test]
async fn texts() {
    assert_eq!(read(CellValue::Text("Hm".into())).await, json!({"type": "text", "data": "Hm"}));
    let text = read(CellValue::FilterableText("Seed".into())).await;
    assert_eq!(text, json!({"type": "filterable-text", "data": "Seed"}));
    let texts = read(CellValue::FilterableTextMulti(vec!["A".into(), "B".into()])).await;
    assert_eq!(texts, json!({"type": "filterable-text-multi", "data": ["A", "B"]}));
}

#[tokio::test]
async fn numbers() {
    assert_eq!(read(CellValue::Number(2_500_000.0)).await, json!({"type": "number", "data": 2500000}));
    assert_eq!(read(CellValue::Number(-0.5)).await, json!({"type": "number", "data": -0.5}));
    let numbers = read(CellValue::NumberMulti(vec![1.0, 2.25])).await;
    assert_eq!(numbers, json!({"type": "number-multi", "data": [1, 2.25]}));
}

#[tokio::test]
async fn formulas() {
    let known = read(CellValue::FormulaNumber(Some(1.5))).await;
    assert_eq!(known, json!({"type": "formula-number", "data": {"calculatedValue": 1.5}}));
    let unknown = read(CellValue::FormulaNumber(None)).await;
    assert_eq!(unknown, json!({"type": "formula-number", "data": {"calculatedValue": null}}));
}

#[tokio::test]
async fn a_day_is_midnight_on_the_pacific_coast() {
    let day = |month, day| CellValue::Datetime(NaiveDate::from_ymd_opt(2025, month, day).unwrap());
    let winter = read(day(11, 20)).await;
    assert_eq!(winter, json!({"type": "datetime", "data": "2025-11-20T08:00:00.000Z"}));
    assert_eq!(read(day(7, 1)).await["data"], "2025-07-01T07:00:00.000Z");
    assert_eq!(read(day(3, 9)).await["data"], "2025-03-09T08:00:00.000Z");
    assert_eq!(read(day(3, 10)).await["data"], "2025-03-10T07:00:00.000Z");
    assert_eq!(read(day(11, 2)).await["data"], "2025-11-02T07:00:00.000Z");
    assert_eq!(read(day(11, 3)).await["data"], "2025-11-03T08:00:00.000Z");
}

#[tokio::test]
async fn a_day_before_there_was_a_pacific_time_is_told_in_whole_hours() {
    for text in ["0000-01-01", "1850-06-01", "1883-11-17", "1883-11-18", "1883-11-19"] {
        let day = CellValue::Datetime(text.parse().unwrap());
        assert_eq!(read(day).await["data"], format!("{text}T08:00:00.000Z"));
    }
}

#[tokio::test]
async fn dropdowns() {
    let (plain, multi) = (column(ValueType::Dropdown), column(ValueType::DropdownMulti));
    let (first, second) = (plain.option("First"), plain.option("Second"));
    let one = plain.read(CellValue::Dropdown(second)).await;
    assert_eq!(one, json!({"type": "dropdown", "data": {"dropdownOptionId": second, "text": "Second"}}));
    let both = multi.read(CellValue::DropdownMulti(vec![second, first])).await;
    let options = json!([{"dropdownOptionId": second, "text": "Second"},
                         {"dropdownOptionId": first, "text": "First"}]);
    assert_eq!(both, json!({"type": "dropdown-multi", "data": options}));
}

#[tokio::test]
async fn ranked_dropdowns() {
    for (text, rank, color) in [("First", 0, json!(null)), ("Second", 1, json!("blue"))] {
        let column = column(ValueType::RankedDropdown);
        let option = column.option(text);
        let data = json!({"dropdownOptionId": option, "text": text, "rank": rank, "color": color});
        let value = column.read(CellValue::RankedDropdown(option)).await;
        assert_eq!(value, json!({"type": "ranked-dropdown", "data": data}));
    }
}

#[tokio::test]
async fn locations_have_all_five_keys() {
    let oslo = Location { city: Some("Oslo".into()), country: Some("Norway".into()), ..Location::default() };
    let data = json!({"streetAddress": null, "city": "Oslo", "state": null, "country": "Norway",
                      "continent": null});
    assert_eq!(read(CellValue::Location(oslo.clone())).await, json!({"type": "location", "data": data}));
    let multi = read(CellValue::LocationMulti(vec![oslo])).await;
    assert_eq!(multi, json!({"type": "location-multi", "data": [data]}));
}

#[tokio::test]
async fn companies() {
    let data = json!({"id": 10, "name": "Tessel Robotics", "domain": "tessel.example"});
    assert_eq!(read(CellValue::Company(10)).await, json!({"type": "company", "data": data}));
    let multi = read(CellValue::CompanyMulti(vec![10])).await;
    assert_eq!(multi, json!({"type": "company-multi", "data": [data]}));
}

#[tokio::test]
async fn persons_can_be_nameless() {
    assert_eq!(read(CellValue::Person(20)).await, json!({"type": "person", "data": alvio()}));
    let nameless = json!({"id": 21, "firstName": null, "lastName": null, "primaryEmailAddress": null,
                          "type": "external"});
    let multi = read(CellValue::PersonMulti(vec![21, 20])).await;
    assert_eq!(multi, json!({"type": "person-multi", "data": [nameless, alvio()]}));
}

#[tokio::test]
async fn persons_and_companies_are_cut_at_100_without_a_sign() {
    let mut owners = column(ValueType::PersonMulti);
    let ids = (0..150).map(|n| owners.world.add_person(Person::new(format!("Owner {n}"))).unwrap()).collect();
    let value = owners.read(CellValue::PersonMulti(ids)).await;
    assert_eq!(value["data"].as_array().unwrap().len(), 100);
    assert_eq!(value.as_object().unwrap().len(), 2);
    let mut companies = column(ValueType::CompanyMulti);
    let ids = (0..101)
        .map(|n| companies.world.add_company(Company::new(format!("Company {n}"))).unwrap())
        .collect();
    let value = companies.read(CellValue::CompanyMulti(ids)).await;
    assert_eq!(value["data"].as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn other_multi_values_are_not_cut() {
    let numbers = read(CellValue::NumberMulti((0..150).map(f64::from).collect())).await;
    assert_eq!(numbers["data"].as_array().unwrap().len(), 150);
}

#[tokio::test]
async fn chat_messages() {
    let value = read(CellValue::Interaction(Interaction::ChatMessage {
        id: 7,
        direction: Direction::Received,
        sent_at: at("2025-02-11T09:00:00Z"),
        manual_creator: 20,
        participants: vec![20],
    }));
    let data = json!({"type": "chat-message", "id": 7, "direction": "received", "sentAt": "2025-02-11T09:00:00Z",
                      "manualCreator": alvio(), "participants": [alvio()]});
    assert_eq!(value.await, json!({"type": "interaction", "data": data}));
}

#[tokio::test]
async fn emails() {
    let value = read(CellValue::Interaction(Interaction::Email {
        id: 8,
        subject: None,
        sent_at: at("2025-02-11T09:00:00Z"),
        from: Attendee::person(20, "alvio@tessel.example"),
        to: vec![Attendee::address("nobody@else.example")],
        cc: vec![],
    }));
    let data = json!({"type": "email", "id": 8, "subject": null, "sentAt": "2025-02-11T09:00:00Z",
                      "from": {"emailAddress": "alvio@tessel.example", "person": alvio()},
                      "to": [{"emailAddress": "nobody@else.example", "person": null}], "cc": []});
    assert_eq!(value.await["data"], data);
}

#[tokio::test]
async fn meetings_and_calls() {
    let attendees = vec![Attendee { email_address: None, person: Some(20) }];
    let shown = json!([{"emailAddress": null, "person": alvio()}]);
    let meeting = read(CellValue::Interaction(Interaction::Meeting {
        id: 9,
        title: Some("Introduction".into()),
        all_day: true,
        start_time: at("2025-02-11T09:00:00Z"),
        end_time: None,
        attendees: attendees.clone(),
    }));
    let data = json!({"type": "meeting", "id": 9, "title": "Introduction", "allDay": true,
                      "startTime": "2025-02-11T09:00:00Z", "endTime": null, "attendees": shown});
    assert_eq!(meeting.await["data"], data);
    let call = Interaction::Call { id: 10, start_time: at("2025-02-11T09:00:00Z"), attendees };
    let data = json!({"type": "call", "id": 10, "startTime": "2025-02-11T09:00:00Z", "attendees": shown});
    assert_eq!(read(CellValue::Interaction(call)).await["data"], data);
}

#[test]
fn a_value_has_to_fit_its_field() {
    let mut column = column(ValueType::Number);
    let place = Place::Entry(column.row);
    let mut set =
        |value| column.world.set_value(place, &column.field, value).map_err(|error| error.to_string());
    assert!(set(CellValue::Text("8".into())).unwrap_err().ends_with("holds number values, not text"));
    assert_eq!(set(CellValue::Number(8.0)), Ok(()));
}

#[test]
fn a_value_names_only_what_is_there() {
    let mut person = column(ValueType::Person);
    assert!(person.world.set_value(Place::Entry(person.row), &person.field, CellValue::Person(99)).is_err());
    let mut dropdown = column(ValueType::Dropdown);
    let foreign = CellValue::Dropdown(99);
    assert!(dropdown.world.set_value(Place::Entry(dropdown.row), &dropdown.field, foreign).is_err());
}

#[test]
fn a_number_has_to_be_one() {
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for value in [
            CellValue::Number(number),
            CellValue::NumberMulti(vec![1.0, number]),
            CellValue::FormulaNumber(Some(number)),
        ] {
            let mut column = column(value.value_type());
            assert!(column.world.set_value(Place::Entry(column.row), &column.field, value).is_err());
        }
    }
}

#[test]
fn ids_of_interactions_have_to_fit() {
    for id in [0, 1 << 53, u64::MAX] {
        let mut column = column(ValueType::Interaction);
        let call = Interaction::Call { id, start_time: at("2025-02-11T09:00:00Z"), attendees: vec![] };
        let place = Place::Entry(column.row);
        assert!(column.world.set_value(place, &column.field, CellValue::Interaction(call)).is_err());
    }
}

#[test]
fn a_day_has_to_have_four_digits_in_its_year() {
    let mut column = column(ValueType::Datetime);
    let place = Place::Entry(column.row);
    for year in [-1, 10_000, 12_025] {
        let day = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
        assert!(column.world.set_value(place, &column.field, CellValue::Datetime(day)).is_err(), "{year}");
    }
}

#[test]
fn an_interaction_is_at_a_time_the_api_could_tell() {
    for late in ["+10000-01-01T00:00:00Z", "-0001-12-31T23:59:59Z"].map(at) {
        let meeting = |start_time, end_time| Interaction::Meeting {
            id: 1,
            title: None,
            all_day: false,
            start_time,
            end_time,
            attendees: vec![],
        };
        let interactions = [
            meeting(late, None),
            meeting(at("2025-02-11T09:00:00Z"), Some(late)),
            Interaction::Call { id: 1, start_time: late, attendees: vec![] },
            Interaction::Email {
                id: 1,
                subject: None,
                sent_at: late,
                from: Attendee::default(),
                to: vec![],
                cc: vec![],
            },
            Interaction::ChatMessage {
                id: 1,
                direction: Direction::Sent,
                sent_at: late,
                manual_creator: 20,
                participants: vec![],
            },
        ];
        for interaction in interactions {
            let mut column = column(ValueType::Interaction);
            let value = CellValue::Interaction(interaction);
            let set = column.world.set_value(Place::Entry(column.row), &column.field, value);
            assert!(matches!(set, Err(WorldError::Unsayable(_))));
        }
    }
}

#[test]
fn a_field_has_one_name() {
    let mut column = column(ValueType::Number);
    let place = Place::Entry(column.row);
    let number = column.field.strip_prefix("field-").unwrap();
    for other in [format!("field-0{number}"), format!("field-+{number}")] {
        assert!(column.world.set_value(place, &other, CellValue::Number(1.0)).is_err());
        assert!(column.world.clear_value(place, &other).is_err());
    }
}
