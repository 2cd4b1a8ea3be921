//! Updating a row in words: what they become on the wire, what is refused and how, and what a plan shows.

use std::time::Duration;

use affinity::endpoints::OneListEntry;
use affinity::update::{CellState, FieldKey, Plan, RowUpdate, SetValue};
use affinity::{
    Affinity, CompanyId, Date, DropdownOptionId, Field, FieldId, FieldSelection, FieldType, FieldValueUpdate,
    ListEntryId, ListId, Location, PersonId, Single,
};
use affinity_sandbox::{
    CellValue, Company, EntityKind, List, Method, NewField, Permission, Person, Place, Reply, Sandbox,
    ValueType as Kind, World,
};
use chrono::NaiveDate;
use futures::TryStreamExt;

use crate::support::{builder, client, quick};

/// A list of deals with a column of every kind, and one row.
struct Desk {
    sandbox: Sandbox,
    affinity: Affinity,
    list: ListId,
    entry: ListEntryId,
    ada: u64,
    bo: u64,
    tessel: u64,
}

const COLUMNS: [(&str, Kind); 13] = [
    ("Amount", Kind::Number),
    ("Owners", Kind::PersonMulti),
    ("Lead", Kind::Person),
    ("Partner", Kind::Company),
    ("Rivals", Kind::CompanyMulti),
    ("Close date", Kind::Datetime),
    ("Next step", Kind::Text),
    ("Place", Kind::Location),
    ("Places", Kind::LocationMulti),
    ("Sums", Kind::NumberMulti),
    ("Words", Kind::FilterableTextMulti),
    ("Word", Kind::FilterableText),
    ("Multiple", Kind::FormulaNumber),
];

impl Desk {
    async fn new() -> Self {
        let mut world = World::new();
        let mut person = |name: &str, email: &str| world.add_person(Person::new(name).email(email)).unwrap();
        let (ada, bo) = (person("Ada", "ada@quillfern.example"), person("Bo", "bo@quillfern.example"));
        // Whom a search for the others brings as well.
        person("Ada", "xada@quillfern.example.example");
        let tessel = world.add_company(Company::new("Tessel").domain("old.example").domain("tessel.example"));
        let tessel = tessel.unwrap();
        world.add_company(Company::new("Not Tessel").domain("not-tessel.example")).unwrap();
        let list = world.add_list(List::new("Deals", EntityKind::Company)).unwrap();
        let entry = world.add_entry(list, tessel).unwrap();
        for (name, kind) in COLUMNS {
            world.add_list_field(list, NewField::new(name, kind)).unwrap();
        }
        for (name, kind, options) in [
            ("Status", Kind::RankedDropdown, ["New", "Won", "Lost"]),
            ("Tags", Kind::DropdownMulti, ["Climate", "Ports", "Robots"]),
            ("Fit", Kind::Dropdown, ["Strong", "Twice", "Twice"]),
        ] {
            world.add_list_field(list, NewField::new(name, kind).options(options)).unwrap();
        }
        let sandbox = Sandbox::builder().world(world).requests_per_minute(100_000).start().await.unwrap();
        let (list, entry) = (ListId::new(list), ListEntryId::new(entry));
        Self { affinity: client(&sandbox), sandbox, list, entry, ada, bo, tessel }
    }

    fn row(&self) -> Single<OneListEntry> {
        self.affinity.lists().entry(self.list, self.entry)
    }

    fn update(&self) -> RowUpdate {
        self.row().update()
    }

    fn id(&self, name: &str) -> String {
        self.sandbox.with_world(|world| world.field_named(self.list.get(), name)).unwrap()
    }

    fn option(&self, field: &str, text: &str) -> u64 {
        let field = self.id(field);
        self.sandbox.with_world(|world| world.option_named(&field, text)).unwrap()
    }

    fn put(&self, name: &str, value: CellValue) {
        let field = self.id(name);
        let place = Place::Entry(self.entry.get());
        self.sandbox.with_world(|world| world.set_value(place, &field, value)).unwrap();
    }

    /// As many owners as that.
    fn put_owners(&self, count: usize) -> Vec<u64> {
        let owners: Vec<u64> = self.sandbox.with_world(|world| {
            (0..count).map(|n| world.add_person(Person::new(format!("Owner {n}"))).unwrap()).collect()
        });
        self.put("Owners", CellValue::PersonMulti(owners.clone()));
        owners
    }

    /// Read without the cache of a client that is under test.
    async fn read(&self, name: &str) -> Field {
        let row = client(&self.sandbox).lists().entry(self.list, self.entry);
        row.cell(self.id(name).as_str()).send().await.unwrap()
    }

    async fn text(&self, name: &str) -> String {
        self.read(name).await.value.to_text()
    }

    /// The bodies of the writes since the last look.
    fn written(&self) -> Vec<String> {
        let requests = self.sandbox.requests();
        self.sandbox.clear_requests();
        assert!(requests.iter().all(|it| [Method::GET, Method::PATCH].contains(&it.method)));
        let writes = requests.iter().filter(|request| request.method == Method::PATCH);
        writes.map(|write| String::from_utf8(write.body.to_vec()).unwrap()).collect()
    }

    fn cells_path(&self) -> String {
        format!("/v2/lists/{}/list-entries/{}/fields", self.list, self.entry)
    }

    /// Refused before anything is written, by a message with this in it and none of what is private.
    async fn refuses(&self, update: RowUpdate, says: &str) {
        let printed = format!("{update:?}");
        for error in [update.clone().send().await.unwrap_err(), update.plan().await.unwrap_err()] {
            let text = format!("{error} {error:?} {printed}");
            assert!(error.is_input() && text.contains(says), "{text}\nshould say: {says}");
            assert_eq!(error.operation(), Some("update_list_entry_fields"));
            assert!(!error.is_outcome_unknown() && !error.is_retryable());
            for private in ["quillfern", "Secret", "tessel.example", "13579"] {
                // A remedy may name a domain of its own.
                let text = text.replace("such as tessel.example", "");
                assert!(!text.contains(private), "{text}");
            }
        }
        assert_eq!(self.written(), Vec::<String>::new());
    }
}

/// The body of a write, from what stands between the brackets.
fn body(updates: &[String]) -> String {
    format!(r#"{{"operation":"update-fields","updates":[{}]}}"#, updates.join(","))
}

fn cell(id: &str, value_type: &str, data: impl std::fmt::Display) -> String {
    format!(r#"{{"id":"{id}","value":{{"type":"{value_type}","data":{data}}}}}"#)
}

fn same_json(one: &str, other: &str) {
    let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    assert_eq!(parse(one), parse(other));
}

#[tokio::test]
async fn words_become_ids_and_go_out_in_one_call() {
    let desk = Desk::new().await;
    let update = desk
        .update()
        .set("Status", "Won")
        .set("amount", 2_500_000)
        .set("Owners", ["ada@quillfern.example", "BO@Quillfern.example"])
        .set("list:Lead", " bo@quillfern.example ")
        .set("Partner", "Tessel.example")
        .set("Close_date", "2026-03-31")
        .set("Tags", vec!["Robots".to_owned(), "Climate".to_owned()])
        .set("Fit", "Strong")
        .clear("Next step");
    let updated = update.send().await.unwrap();
    let names = ["Status", "Amount", "Owners", "Lead", "Partner", "Close date", "Tags", "Fit", "Next step"];
    let ids = names.map(|name| desk.id(name));
    assert_eq!(updated.written, ids.clone().map(FieldId::new));
    assert_eq!((updated.list, updated.entry, updated.is_unchanged()), (desk.list, desk.entry, false));
    let [status, amount, owners, lead, partner, close, tags, fit, next] = &ids;
    let (ada, bo, tessel) = (desk.ada, desk.bo, desk.tessel);
    let option = |field: &str, text: &str| format!(r#"{{"dropdownOptionId":{}}}"#, desk.option(field, text));
    let expected = body(&[
        cell(status, "ranked-dropdown", option("Status", "Won")),
        cell(amount, "number", 2_500_000),
        cell(owners, "person-multi", format!(r#"[{{"id":{ada}}},{{"id":{bo}}}]"#)),
        cell(lead, "person", format!(r#"{{"id":{bo}}}"#)),
        cell(partner, "company", format!(r#"{{"id":{tessel}}}"#)),
        cell(close, "datetime", r#""2026-03-31T12:00:00Z""#),
        cell(tags, "dropdown-multi", format!("[{},{}]", option("Tags", "Robots"), option("Tags", "Climate"))),
        cell(fit, "dropdown", option("Fit", "Strong")),
        cell(next, "text", "null"),
    ]);
    let written = desk.written();
    assert_eq!(written.len(), 1);
    same_json(&written[0], &expected);
    assert_eq!(desk.text("Status").await, "Won");
    assert_eq!(desk.read("Owners").await.value.as_persons().map(<[_]>::len), Some(2));
}

#[tokio::test]
async fn each_value_type_takes_what_it_is_said_to() {
    let desk = Desk::new().await;
    let place = Location { city: Some("Umber".into()), ..Location::default() };
    let there = r#"{"streetAddress":null,"city":"Umber","state":null,"country":null,"continent":null}"#;
    let day = NaiveDate::from_ymd_opt(2026, 3, 31).unwrap();
    let noon = r#""2026-03-31T12:00:00Z""#;
    let (ada, tessel) = (desk.ada, desk.tessel);
    let won = DropdownOptionId::new(desk.option("Status", "Won"));
    let ports = DropdownOptionId::new(desk.option("Tags", "Ports"));
    let person = format!(r#"{{"id":{ada}}}"#);
    let company = format!(r#"{{"id":{tessel}}}"#);
    let chosen = |id: DropdownOptionId| format!(r#"{{"dropdownOptionId":{id}}}"#);
    let list = |item: &str| format!("[{item}]");
    let typed = FieldValueUpdate::from([PersonId::new(ada)]);
    let cases: Vec<(&str, SetValue, &str, String)> = vec![
        ("Amount", 1_i32.into(), "number", "1".into()),
        ("Amount", 1_u32.into(), "number", "1".into()),
        ("Amount", (1 - (1_i64 << 53)).into(), "number", "-9007199254740991".into()),
        ("Amount", ((1_u64 << 53) - 1).into(), "number", "9007199254740991".into()),
        ("Amount", 0.5.into(), "number", "0.5".into()),
        ("Amount", Some(7).into(), "number", "7".into()),
        ("Amount", None::<i32>.into(), "number", "null".into()),
        ("Amount", [3].into(), "number", "3".into()),
        ("Sums", 3.into(), "number-multi", "[3]".into()),
        ("Sums", [1.5, 2.0].into(), "number-multi", "[1.5,2]".into()),
        ("Sums", Vec::<f64>::new().into(), "number-multi", "null".into()),
        ("Close date", day.into(), "datetime", noon.into()),
        ("Close date", Date::from(day).into(), "datetime", noon.into()),
        ("Next step", String::from("Call").into(), "text", r#""Call""#.into()),
        ("Word", "Seed".into(), "filterable-text", r#""Seed""#.into()),
        ("Words", "Seed".into(), "filterable-text-multi", r#"["Seed"]"#.into()),
        ("Words", (&["Seed", "Tea"][..]).into(), "filterable-text-multi", r#"["Seed","Tea"]"#.into()),
        ("Place", place.clone().into(), "location", there.into()),
        ("Places", vec![place].into(), "location-multi", list(there)),
        ("Lead", PersonId::new(ada).into(), "person", person.clone()),
        ("Lead", ["ada@quillfern.example"].into(), "person", person.clone()),
        ("Owners", "ada@quillfern.example".into(), "person-multi", list(&person)),
        // However a person is named, once is enough.
        (
            "Owners",
            vec![SetValue::from("ada@quillfern.example"), PersonId::new(ada).into()].into(),
            "person-multi",
            list(&person),
        ),
        ("Owners", typed.into(), "person-multi", list(&person)),
        ("Partner", CompanyId::new(tessel).into(), "company", company.clone()),
        ("Rivals", [CompanyId::new(tessel)].into(), "company-multi", list(&company)),
        ("Rivals", "old.example".into(), "company-multi", list(&company)),
        ("Status", won.into(), "ranked-dropdown", chosen(won)),
        ("Tags", [ports].into(), "dropdown-multi", list(&chosen(ports))),
        ("Tags", [ports, ports].into(), "dropdown-multi", list(&chosen(ports))),
    ];
    for (name, value, value_type, data) in cases {
        desk.update().set(name, value.clone()).send().await.unwrap();
        let written = desk.written();
        let expected = body(&[cell(&desk.id(name), value_type, data)]);
        assert_eq!(written.len(), 1);
        same_json(&written[0], &expected);
    }
}

#[tokio::test]
async fn what_cannot_be_right_is_refused_with_the_field_and_the_remedy() {
    let desk = Desk::new().await;
    let at = |name: &str| format!("{name:?} ({}): ", desk.id(name));
    let set = |name: &str, value: SetValue| desk.update().set(name, value);
    let many = (0..101).fold(desk.update(), |update, n| update.set(format!("field-{n}"), 1));
    let owners = (1..=101).map(PersonId::new).collect::<Vec<_>>();
    let nested = SetValue::from(vec![SetValue::from(["Secret"])]);
    let cases: Vec<(RowUpdate, String)> = vec![
        (desk.update(), "update: no cell to write; say which with set, clear, append or remove".into()),
        (many, "update: 101 cells are more than the 100 that one call takes; make several".into()),
        (
            desk.update().set("Amount", 1).clear("Amount"),
            r#"update: "Amount" is there twice; name it once"#.into(),
        ),
        (
            desk.update().set("Amount", 1).append("list: amount", 2),
            format!(
                r#"update: "Amount" and "list: amount" are the same field, "Amount" ({}); name it once"#,
                desk.id("Amount")
            ),
        ),
        (
            desk.update().set("Amount", 1).set(FieldId::new(desk.id("Amount")), 2),
            format!(r#"update: "Amount" and {0} are the same field, "Amount" ({0})"#, desk.id("Amount")),
        ),
        (set("Amout", 1.into()), r#"has no field "Amout"; is it "Amount"?"#.into()),
        (desk.update().set(FieldId::from("Amount"), 1), r#"has no field "Amount""#.into()),
        (
            set("Amount", "13579".into()),
            at("Amount") + "it is number, and text was given; parse it to a number first",
        ),
        (
            set("Amount", PersonId::new(13_579).into()),
            at("Amount") + "it is number, and the id of a person was given; give a number",
        ),
        (
            set("Amount", ((1_i64 << 53) + 1).into()),
            at("Amount") + "a whole number beyond 2^53 does not arrive exactly",
        ),
        (
            set("Sums", vec![1, i64::MAX].into()),
            format!("{:?} ({}), item 2 of 2: a whole number beyond 2^53", "Sums", desk.id("Sums")),
        ),
        (set("Amount", f64::NAN.into()), at("Amount") + "a number that is not finite"),
        (
            set("Amount", [1, 2].into()),
            at("Amount") + "it is number, which holds one value, and a list of 2 was given",
        ),
        (
            set("Amount", Vec::<i32>::new().into()),
            at("Amount") + "it is number, which holds one value, and a list of 0 was given; clear empties it",
        ),
        (set("Words", nested), at("Words") + "an item of a list is one value, with nothing in it but that"),
        (set("Next step", 13_579.into()), at("Next step") + "it is text, and a number was given; give text"),
        (set("Close date", "Secret".into()), at("Close date") + "the text is no day; give one as 2026-03-31"),
        (
            set("Close date", 5.into()),
            at("Close date") + "it is datetime, and a number was given; give a Date, a NaiveDate",
        ),
        (
            set("Close date", NaiveDate::MAX.into()),
            at("Close date") + "a date in the year 262142 cannot be written",
        ),
        (set("Place", "Secret".into()), at("Place") + "it is location, and text was given; give a Location"),
        (
            set("Lead", "Secret".into()),
            at("Lead") + "the text is no email address; give that of the person, or a PersonId",
        ),
        (
            set("Lead", CompanyId::new(13_579).into()),
            at("Lead") + "it is person, and the id of a company was given; give an email address",
        ),
        (
            set("Lead", "nobody@quillfern.example".into()),
            at("Lead") + "no person has this email address; create the person first",
        ),
        (
            set("Owners", ["ada@quillfern.example", "nobody@quillfern.example"].into()),
            format!("{:?} ({}), item 2 of 2: no person has this email address", "Owners", desk.id("Owners")),
        ),
        (set("Owners", owners.into()), at("Owners") + "101 values are more than the 100 that a person-multi"),
        (set("Owners", [PersonId::new(0)].into()), at("Owners") + "0 is outside the range of ids"),
        (
            set("Partner", "Secret Inc".into()),
            at("Partner") + "the text is no bare domain; give one such as tessel.example",
        ),
        (set("Partner", "https://tessel.example".into()), at("Partner") + "the text is no bare domain"),
        (
            set("Partner", "nowhere.example".into()),
            at("Partner") + "no company has this domain; create the company first",
        ),
        (set("Status", "won".into()), r#""Status" has no option "won"; is it "Won"?"#.into()),
        (
            set("Status", "Parked".into()),
            r#""Status" has no option "Parked"; it has "New", "Won", "Lost""#.into(),
        ),
        (set("Fit", "Twice".into()), r#"2 options of "Fit" have this text; choose one by its id: "#.into()),
        (
            set("Fit", 1.into()),
            at("Fit") + "it is dropdown, and a number was given; give the text of an option",
        ),
        (
            set("Next step", FieldValueUpdate::Number(Some(13_579.0)).into()),
            at("Next step") + "it is text, and a value of the type number was given; give text",
        ),
        (set("Multiple", 1.into()), at("Multiple") + "values of the type formula-number cannot be written"),
        (
            desk.update().clear("Multiple"),
            at("Multiple") + "values of the type formula-number cannot be written",
        ),
        (set("Last Email", "Secret".into()), "values of the type interaction cannot be written".into()),
        (
            desk.update().append("Amount", 1),
            at("Amount") + "append is for fields with several values, and it is number; use set",
        ),
        (
            desk.update().remove("Status", "Won"),
            at("Status") + "remove is for fields with several values, and it is ranked-dropdown; use set",
        ),
    ];
    for (update, says) in cases {
        desk.refuses(update, &says).await;
    }
    for (list, entry) in [(0, 1), (1, 0)] {
        let row = desk.affinity.lists().entry(list.into(), entry.into());
        desk.refuses(row.update().set("Amount", 1), "outside the range of ids").await;
    }
}

#[tokio::test]
async fn nothing_is_written_unless_everything_was_found() {
    let desk = Desk::new().await;
    let update = desk.update().set("Amount", 5).set("Lead", "nobody@quillfern.example");
    assert!(update.send().await.unwrap_err().is_input());
    let update = desk.update().set("Amount", 5).append("Owners", PersonId::new(desk.ada));
    desk.put_owners(150);
    assert!(update.send().await.unwrap_err().is_input());
    assert_eq!(desk.written(), Vec::<String>::new());
}

#[tokio::test]
async fn two_fields_of_one_name_are_told_apart_or_refused() {
    let desk = Desk::new().await;
    let (list, entry) = (desk.list.get(), desk.entry.get());
    let (second, global) = desk.sandbox.with_world(|world| {
        let second = world.add_list_field(list, NewField::new("Next step", Kind::Text)).unwrap();
        let global = NewField::new("Amount", Kind::Number);
        (second, world.add_global_field(EntityKind::Company, global).unwrap())
    });
    let (first, amount) = (desk.id("Next step"), desk.id("Amount"));
    // Ids in their order: the list's column came before the global field.
    assert_ne!((&first, &amount), (&second, &global));
    let says = format!(
        r#"2 fields of the list "Deals" ({list}) are named "next step"; choose one: {first}, {second}"#
    );
    desk.refuses(desk.update().set("next step", "Secret"), &says).await;
    desk.refuses(desk.update().set("Amount", 1), "choose one: list:Amount, global:Amount").await;
    desk.update().set(second.as_str(), "Call").set("global:Amount", 3).send().await.unwrap();
    same_json(&desk.written()[0], &body(&[cell(&second, "text", r#""Call""#), cell(&global, "number", 3)]));
    let row = client(&desk.sandbox).lists().entry(list.into(), entry.into());
    assert_eq!(row.cell(global.as_str()).send().await.unwrap().value.as_number(), Some(3.0));
    assert!(row.cell(first.as_str()).send().await.unwrap().value.is_empty());
}

/// The fields of the list as the server once had them.
fn fields(fields: &[(&str, &str, &str)]) -> Reply {
    let field = |(id, name, value_type): &(&str, &str, &str)| {
        format!(
            r#"{{"id":"{id}","name":"{name}","type":"list","enrichmentSource":null,"valueType":"{value_type}"}}"#
        )
    };
    Reply::json(200, affinity_tests::page(&fields.iter().map(field).collect::<Vec<_>>(), None))
}

#[tokio::test]
async fn a_renamed_field_is_found_by_its_new_name() {
    let desk = Desk::new().await;
    let (amount, path) = (desk.id("Amount"), format!("/v2/lists/{}/fields", desk.list));
    desk.sandbox.reply(Method::GET, path, fields(&[(&amount, "Volume", "number")]));
    desk.update().set("Volume", 1).send().await.unwrap();
    // By now it is called Amount, which the client has yet to learn.
    desk.update().set("Amount", 2).send().await.unwrap();
    assert_eq!(desk.written().len(), 2);
    assert_eq!(desk.text("Amount").await, "2");
    let says = format!(r#"the list "Deals" ({}) has no field "Volume""#, desk.list);
    desk.refuses(desk.update().set("Volume", 3), &says).await;
    // The id stays.
    desk.update().set(FieldId::new(amount), 4).send().await.unwrap();
    assert_eq!(desk.text("Amount").await, "4");
}

#[tokio::test]
async fn a_field_whose_value_type_changed_is_refused_by_the_server_and_nothing_is_written() {
    let desk = Desk::new().await;
    let (step, amount) = (desk.id("Next step"), desk.id("Amount"));
    let path = format!("/v2/lists/{}/fields", desk.list);
    let once = fields(&[(&amount, "Amount", "number"), (&step, "Next step", "number")]);
    desk.sandbox.reply(Method::GET, path, once);
    let error = desk.update().set("Amount", 7).set("Next step", 8).send().await.unwrap_err();
    assert_eq!((error.status().map(|it| it.as_u16()), error.code()), (Some(400), Some("validation")));
    assert_eq!(error.param(), Some("updates[1].value.type"));
    assert!(error.to_string().contains(&format!("the values of {step} are text")), "{error}");
    assert!(!error.is_outcome_unknown());
    assert_eq!(desk.text("Amount").await, "");
    // A value that only fits the new type makes the client look again.
    desk.update().set("Next step", "Call").send().await.unwrap();
    assert_eq!(desk.text("Next step").await, "Call");
}

#[tokio::test]
async fn what_the_server_refuses_makes_the_client_look_again() {
    let desk = Desk::new().await;
    let (affinity, timer) = crate::support::quick(&desk.sandbox);
    let (step, amount) = (desk.id("Next step"), desk.id("Amount"));
    let path = format!("/v2/lists/{}/fields", desk.list);
    let old = fields(&[(&amount, "Amount", "number"), (&step, "Next step", "number")]);
    desk.sandbox.reply(Method::GET, path.as_str(), old);
    let reads = || desk.sandbox.requests().iter().filter(|request| request.path == path).count();
    let write = || affinity.lists().entry(desk.list, desk.entry).update().set("Next step", 8).send();
    assert_eq!(write().await.unwrap_err().code(), Some("validation"));
    // Not for each of many refusals in a row.
    assert_eq!((write().await.unwrap_err().code(), reads()), (Some("validation"), 1));
    affinity_core::Timer::sleep(&timer, std::time::Duration::from_secs(6)).await;
    assert_eq!((write().await.unwrap_err().code(), reads()), (Some("validation"), 1));
    let refused = write().await.unwrap_err().to_string();
    assert!(refused.contains("is text") && reads() == 2, "{refused}");
}

#[tokio::test]
async fn a_plan_for_a_field_of_another_type_by_now_is_refused_by_the_server() {
    let desk = Desk::new().await;
    let plan = desk.update().set("Amount", 7).set("Next step", "Call").plan().await.unwrap();
    let (number, text) = (desk.id("Amount"), desk.id("Next step"));
    let json = serde_json::to_string(&plan).unwrap();
    let swapped = json.replace(&number, "*").replace(&text, &number).replace('*', &text);
    let plan: Plan = serde_json::from_str(&swapped).unwrap();
    let error = desk.affinity.lists().apply(plan).send().await.unwrap_err();
    assert_eq!(error.status().map(|it| it.as_u16()), Some(400));
    assert_eq!(desk.text("Amount").await + &desk.text("Next step").await, "");
}

#[tokio::test]
async fn options_that_are_gone_or_new_are_what_the_server_has() {
    let desk = Desk::new().await;
    desk.update().set("Status", "Won").send().await.unwrap();
    let (status, lost) = (desk.id("Status"), desk.option("Status", "Lost"));
    desk.sandbox.with_world(|world| world.remove_option(&status, lost)).unwrap();
    let parked = desk.sandbox.with_world(|world| world.add_option(&status, "Parked")).unwrap();
    desk.sandbox.clear_requests();
    // The client still knows the option: the server refuses, whole, and nothing is written.
    let error = desk.update().set("Amount", 7).set("Status", "Lost").send().await.unwrap_err();
    assert_eq!(error.status().map(|it| it.as_u16()), Some(400));
    assert!(error.to_string().contains(&format!("{status} has no option {lost}")), "{error}");
    assert_eq!((desk.text("Amount").await.as_str(), desk.text("Status").await.as_str()), ("", "Won"));
    desk.sandbox.clear_requests();
    // One it does not know makes it look again.
    desk.update().set("Status", "Parked").send().await.unwrap();
    assert!(desk.written()[0].contains(&format!(r#"{{"dropdownOptionId":{parked}}}"#)));
    desk.refuses(
        desk.update().set("Status", "Lost"),
        r#""Status" has no option "Lost"; it has "New", "Won", "Parked""#,
    )
    .await;
    // Nothing ever made one.
    let texts = ["New", "Won", "Parked"].map(|text| desk.option("Status", text));
    assert!(texts.iter().all(|id| *id <= parked));
    let made = desk.sandbox.with_world(|world| world.option_named(&status, "Lost"));
    assert_eq!(made, None);
}

#[tokio::test]
async fn options_that_the_api_does_not_tell_yet_are_refused_by_text_and_taken_by_id() {
    let desk = Desk::new().await;
    for _ in 0..4 {
        desk.sandbox.reply(Method::GET, "/fields", Reply::json(200, "[]"));
    }
    let won = DropdownOptionId::new(desk.option("Status", "Won"));
    let error = desk.update().set("Status", "Won").send().await.unwrap_err();
    assert!(
        error.is_input() && error.to_string().contains(r#"the options of "Status" are not known: v1"#),
        "{error}"
    );
    desk.update().set("Status", won).send().await.unwrap();
    assert_eq!(desk.text("Status").await, "Won");
}

/// A page of persons as v1 has it: ids and addresses.
fn persons(persons: &[(u64, &str)], next: Option<&str>) -> Reply {
    let person = |(id, email): &(u64, &str)| {
        format!(
            r#"{{"id":{id},"type":0,"first_name":null,"last_name":null,"primary_email":null,"emails":["{email}"]}}"#
        )
    };
    let persons: Vec<_> = persons.iter().map(person).collect();
    let next = next.map_or("null".to_owned(), |token| format!("{token:?}"));
    Reply::json(200, format!(r#"{{"persons":[{}],"next_page_token":{next}}}"#, persons.join(",")))
}

#[tokio::test]
async fn a_person_is_looked_for_on_every_page_and_compared_exactly() {
    let desk = Desk::new().await;
    let others = [(901, "xada@quillfern.example"), (902, "ada@quillfern.example.example")];
    desk.sandbox.reply(Method::GET, "/persons", persons(&others, Some("p2")));
    desk.sandbox.reply(Method::GET, "/persons", persons(&[], Some("p3")));
    desk.sandbox.reply(Method::GET, "/persons", persons(&[(desk.ada, "Ada@Quillfern.Example")], None));
    desk.update().set("Lead", "ada@quillfern.example").send().await.unwrap();
    let searches: Vec<_> =
        desk.sandbox.requests().into_iter().filter(|request| request.path == "/persons").collect();
    let tokens: Vec<_> = searches.iter().map(|request| request.param("page_token")).collect();
    assert_eq!(tokens, [None, Some("p2"), Some("p3")]);
    assert!(searches.iter().all(|request| request.param("term") == Some("ada@quillfern.example")));
    assert!(desk.written()[0].contains(&format!(r#"{{"id":{}}}"#, desk.ada)));
}

#[tokio::test]
async fn an_address_of_several_persons_is_refused_with_their_ids() {
    let desk = Desk::new().await;
    let twice = [(desk.ada, "ada@quillfern.example"), (902, "ADA@quillfern.example")];
    for _ in 0..2 {
        desk.sandbox.reply(Method::GET, "/persons", persons(&twice, None));
    }
    let says = format!("2 persons have this email address; choose one by its PersonId: {}, 902", desk.ada);
    desk.refuses(desk.update().set("Lead", "ada@quillfern.example"), &says).await;
}

#[tokio::test]
async fn a_person_that_cannot_be_read_may_be_the_one() {
    let desk = Desk::new().await;
    let page = r#"{"persons":[{"id":901,"type":0,"emails":7}],"next_page_token":null}"#;
    desk.sandbox.reply(Method::GET, "/persons", Reply::json(200, page));
    let error = desk.update().set("Lead", "cleo@quillfern.example").send().await.unwrap_err();
    assert_eq!((error.is_item(), error.item_id()), (true, Some(901)));
    assert_eq!(desk.written(), Vec::<String>::new());
}

#[tokio::test]
async fn a_search_that_fails_fails_the_update_before_it_writes() {
    let desk = Desk::new().await;
    desk.sandbox.reply(Method::GET, "/persons", Reply::json(403, r#"{"message":"No."}"#));
    let error = desk.update().set("Lead", "ada@quillfern.example").send().await.unwrap_err();
    assert!(error.is_forbidden() && error.operation() == Some("v1_list_persons"), "{error}");
    assert_eq!(desk.written(), Vec::<String>::new());
}

#[tokio::test]
async fn a_domain_is_that_of_one_company_wherever_it_is_kept() {
    let desk = Desk::new().await;
    let (global, own, also) = desk.sandbox.with_world(|world| {
        let mut add = |name: &str, domain: &str, global| {
            world.add_company(Company::new(name).domain(domain).global(global)).unwrap()
        };
        (
            add("Larkspur", "larkspur.example", true),
            add("Umber", "umber.example", false),
            add("Umber", "umber.example", true),
        )
    });
    // One of the shared directory is a company like any other.
    desk.update().set("Partner", "larkspur.example").send().await.unwrap();
    assert!(desk.written()[0].contains(&format!(r#"{{"id":{global}}}"#)));
    let says = format!(
        "2 companies have this domain; choose one by its CompanyId: {own}, {also} (of the shared directory)"
    );
    desk.refuses(desk.update().set("Partner", "umber.example"), &says).await;
}

#[tokio::test]
async fn a_domain_is_looked_for_on_every_page() {
    let desk = Desk::new().await;
    let organization = |id: u64, domains: &str, next: &str| {
        let json = format!(r#"{{"id":{id},"name":"A","domain":null,"domains":[{domains}],"global":false}}"#);
        Reply::json(200, format!(r#"{{"organizations":[{json}],"next_page_token":{next}}}"#))
    };
    let first = organization(901, r#""old.example.example""#, r#""p2""#);
    desk.sandbox.reply(Method::GET, "/organizations", first);
    let last = organization(desk.tessel, r#""x.example","OLD.example""#, "null");
    desk.sandbox.reply(Method::GET, "/organizations", last);
    desk.update().set("Partner", "old.example").send().await.unwrap();
    assert!(desk.written()[0].contains(&format!(r#"{{"id":{}}}"#, desk.tessel)));
    assert_eq!(desk.sandbox.pending_replies(), 0);
}

#[tokio::test]
async fn what_is_wanted_twice_in_an_update_is_looked_for_once() {
    let desk = Desk::new().await;
    let both = ["ada@quillfern.example", "ADA@quillfern.example"];
    desk.update().set("Lead", both[0]).set("Owners", both).send().await.unwrap();
    assert_eq!(desk.sandbox.requests().iter().filter(|request| request.path == "/persons").count(), 1);
}

#[tokio::test]
async fn append_and_remove_write_what_was_there_with_the_change() {
    let desk = Desk::new().await;
    let (ada, bo) = (desk.ada, desk.bo);
    desk.put("Owners", CellValue::PersonMulti(vec![ada]));
    let ports = desk.option("Tags", "Ports");
    desk.put("Tags", CellValue::DropdownMulti(vec![desk.option("Tags", "Climate"), ports]));
    let update = desk
        .update()
        .set("Amount", 1)
        .append("Owners", ["bo@quillfern.example", "ada@quillfern.example"])
        .remove("Tags", ["Climate", "Robots"]);
    let updated = update.send().await.unwrap();
    assert_eq!((updated.written.len(), updated.unchanged.len()), (3, 0));
    let reads = desk.sandbox.requests().into_iter().filter(|it| it.path == desk.cells_path());
    let reads: Vec<_> = reads.filter(|it| it.method == Method::GET).collect();
    assert_eq!(reads.len(), 1, "one read for both");
    // What is only set is not read.
    assert_eq!(reads[0].params("ids").collect::<Vec<_>>(), [desk.id("Owners"), desk.id("Tags")]);
    let expected = body(&[
        cell(&desk.id("Amount"), "number", 1),
        cell(&desk.id("Owners"), "person-multi", format!(r#"[{{"id":{ada}}},{{"id":{bo}}}]"#)),
        cell(&desk.id("Tags"), "dropdown-multi", format!(r#"[{{"dropdownOptionId":{ports}}}]"#)),
    ]);
    same_json(&desk.written()[0], &expected);
    // The last one goes as null.
    desk.update().remove("Tags", "Ports").send().await.unwrap();
    same_json(&desk.written()[0], &body(&[cell(&desk.id("Tags"), "dropdown-multi", "null")]));
}

#[tokio::test]
async fn append_and_remove_work_for_every_type_that_holds_several() {
    let desk = Desk::new().await;
    let umber = Location { city: Some("Umber".into()), ..Location::default() };
    let elver = Location { city: Some("Elver".into()), ..Location::default() };
    let cases: [(&str, SetValue, SetValue, &str); 6] = [
        ("Sums", [1, 2].into(), [2, 3].into(), "1; 2; 3"),
        ("Words", ["a", "b"].into(), ["b", "c"].into(), "a; b; c"),
        ("Places", [umber.clone()].into(), vec![umber, elver].into(), "Umber; Elver"),
        (
            "Rivals",
            "tessel.example".into(),
            ["old.example", "not-tessel.example"].into(),
            "Tessel; Not Tessel",
        ),
        ("Tags", "Ports".into(), ["Ports", "Robots"].into(), "Ports; Robots"),
        ("Owners", "ada@quillfern.example".into(), PersonId::new(desk.bo).into(), "Ada; Bo"),
    ];
    for (name, first, more, all) in cases {
        desk.update().append(name, first.clone()).send().await.unwrap();
        desk.update().append(name, more.clone()).send().await.unwrap();
        assert_eq!(desk.text(name).await, all, "{name}");
        desk.written();
        let updated = desk.update().append(name, first.clone()).append_nothing(name).send().await.unwrap();
        assert!(updated.is_unchanged() && desk.written().is_empty(), "{name}");
        desk.update().remove(name, more).send().await.unwrap();
        desk.update().remove(name, first).send().await.unwrap();
        assert_eq!(desk.text(name).await, "", "{name}");
    }
}

/// Reads better than a second update.
trait AppendNothing {
    fn append_nothing(self, name: &str) -> Self;
}

impl AppendNothing for RowUpdate {
    fn append_nothing(self, name: &str) -> Self {
        // Another field: the same one twice is refused.
        let other = if name == "Sums" { "Words" } else { "Sums" };
        self.remove(other, Vec::<&str>::new())
    }
}

#[tokio::test]
async fn what_changes_nothing_makes_no_write() {
    let desk = Desk::new().await;
    desk.put("Owners", CellValue::PersonMulti(vec![desk.ada]));
    let update = desk.update().append("Owners", "ada@quillfern.example").remove("Tags", "Ports");
    let updated = update.send().await.unwrap();
    assert_eq!(updated.unchanged, [desk.id("Owners"), desk.id("Tags")].map(FieldId::new));
    assert!(updated.is_unchanged() && desk.written().is_empty());
    // Beside one that does, it is left out.
    let updated =
        desk.update().append("Owners", "ada@quillfern.example").set("Amount", 1).send().await.unwrap();
    assert_eq!((updated.written.len(), updated.unchanged.len()), (1, 1));
    same_json(&desk.written()[0], &body(&[cell(&desk.id("Amount"), "number", 1)]));
}

#[tokio::test]
async fn a_value_that_was_cut_is_not_merged() {
    let desk = Desk::new().await;
    let at = format!("\"Owners\" ({}): ", desk.id("Owners"));
    let cut = "the person-multi value may have been cut at 100 by the server, and writing it back would lose the rest";
    let someone = PersonId::new(desk.ada);
    for count in [150, 100] {
        desk.put_owners(count);
        desk.refuses(desk.update().append("Owners", someone), &format!("{at}append: {cut}")).await;
        desk.refuses(desk.update().remove("Owners", someone), &format!("{at}remove: {cut}")).await;
    }
    desk.put_owners(99);
    let two = [someone, PersonId::new(desk.bo)];
    desk.refuses(
        desk.update().append("Owners", two),
        &format!("{at}append: 101 values are more than the 100"),
    )
    .await;
    desk.update().append("Owners", someone).send().await.unwrap();
    assert_eq!(desk.read("Owners").await.value.as_persons().map(<[_]>::len), Some(100));
    // What is set whole is nobody's loss that did not ask for it.
    desk.put_owners(150);
    desk.update().set("Owners", someone).send().await.unwrap();
    assert_eq!(desk.read("Owners").await.value.as_persons().map(<[_]>::len), Some(1));
}

#[tokio::test]
async fn a_version_that_says_how_many_there_are_lets_a_full_list_be_merged() {
    let desk = Desk::new().await;
    let person = |id: u64| {
        format!(
            r#"{{"id":{id},"firstName":null,"lastName":null,"primaryEmailAddress":null,"type":"internal"}}"#
        )
    };
    let all: Vec<_> = (1..=100).map(person).collect();
    let reply = |total: u64| {
        let owners = format!(
            r#"{{"id":"{}","name":"Owners","type":"list","enrichmentSource":null,"value":{{"type":"person-multi","data":[{}],"totalCount":{total}}}}}"#,
            desk.id("Owners"),
            all.join(",")
        );
        desk.sandbox.reply(
            Method::GET,
            desk.cells_path(),
            Reply::json(200, affinity_tests::page(&[owners], None)),
        );
    };
    reply(100);
    let updated = desk.update().append("Owners", PersonId::new(7)).send().await.unwrap();
    assert!(updated.is_unchanged() && desk.written().is_empty());
    reply(101);
    assert!(desk.update().append("Owners", PersonId::new(7)).send().await.unwrap_err().is_input());
}

/// A cell that says it is hidden, as from 2026-07-15 on.
fn hide(desk: &Desk, name: &str, value_type: &str) {
    let cell = format!(
        r#"{{"id":"{}","name":"{name}","type":"hidden","enrichmentSource":null,"value":{{"type":"{value_type}","data":null}}}}"#,
        desk.id(name)
    );
    desk.sandbox.reply(Method::GET, desk.cells_path(), Reply::json(200, affinity_tests::page(&[cell], None)));
}

#[tokio::test]
async fn a_hidden_value_is_not_taken_for_none() {
    let desk = Desk::new().await;
    let at = format!("\"Owners\" ({}): append: the cell that was read is hidden", desk.id("Owners"));
    hide(&desk, "Owners", "person-multi");
    hide(&desk, "Owners", "person-multi");
    desk.refuses(desk.update().append("Owners", PersonId::new(desk.ada)), &at).await;
    // To clear a hidden cell is a change, as far as can be known.
    hide(&desk, "Amount", "number");
    let plan = desk.update().clear("Amount").plan().await.unwrap();
    assert_eq!(plan.changes[0].old, CellState::Hidden);
    assert!(plan.to_string().ends_with("): (hidden) → (empty)\n  1 call"), "{plan}");
    hide(&desk, "Amount", "number");
    let error = desk.affinity.lists().apply(plan.clone()).if_unchanged().send().await.unwrap_err();
    let says = format!(
        "cannot be known whether it changed: \"Amount\" ({}); leave if_unchanged out",
        desk.id("Amount")
    );
    assert!(error.is_input() && error.to_string().contains(&says), "{error}");
    assert!(desk.written().is_empty());
    desk.affinity.lists().apply(plan).send().await.unwrap();
    assert_eq!(desk.written().len(), 1);
}

#[tokio::test]
async fn a_cell_that_does_not_come_is_not_taken_for_an_empty_one() {
    let desk = Desk::new().await;
    let nothing = || Reply::json(200, affinity_tests::page(&[], None));
    desk.sandbox.reply(Method::GET, desk.cells_path(), nothing());
    desk.sandbox.reply(Method::GET, desk.cells_path(), nothing());
    let says = format!("\"Tags\" ({}): append: the row has no such cell to read", desk.id("Tags"));
    desk.refuses(desk.update().append("Tags", "Ports"), &says).await;
    desk.sandbox.reply(Method::GET, desk.cells_path(), nothing());
    let plan = desk.update().set("Amount", 1).plan().await.unwrap();
    assert_eq!(plan.changes[0].old, CellState::NotThere);
    assert!(plan.to_string().ends_with("): (not there) → 1\n  1 call"), "{plan}");
}

#[tokio::test]
async fn a_plan_shows_what_would_change_and_changes_nothing() {
    let desk = Desk::new().await;
    desk.put("Status", CellValue::RankedDropdown(desk.option("Status", "New")));
    desk.put("Amount", CellValue::Number(5.0));
    desk.put("Owners", CellValue::PersonMulti(vec![desk.ada]));
    desk.put("Next step", CellValue::Text("Call\nagain".into()));
    desk.put("Sums", CellValue::NumberMulti(vec![1.0, 2.0]));
    let update = desk
        .update()
        .set("Status", "Won")
        .set("Amount", 5)
        .append("Owners", ["bo@quillfern.example"])
        .set("Rivals", vec![SetValue::from("tessel.example"), CompanyId::new(77).into()])
        .set("Close date", "2026-03-31")
        .clear("Next step")
        .clear("Fit")
        .set("Sums", [2, 1])
        .append("Tags", "Ports");
    let plan = update.plan().await.unwrap();
    let id = |name: &str| desk.id(name);
    let expected = format!(
        "list {}, entry {}: 6 changes\n  \
         Status ({}): New → Won\n  \
         Owners ({}): Ada → Ada; bo@quillfern.example\n  \
         Rivals ({}): (empty) → tessel.example; company 77\n  \
         Close date ({}): (empty) → 2026-03-31\n  \
         Next step ({}): \"Call\\nagain\" → (empty)\n  \
         Tags ({}): (empty) → Ports\n  \
         Amount ({}): stays 5\n  \
         Fit ({}): stays (empty)\n  \
         Sums ({}): stays 1; 2\n  \
         1 call",
        desk.list,
        desk.entry,
        id("Status"),
        id("Owners"),
        id("Rivals"),
        id("Close date"),
        id("Next step"),
        id("Tags"),
        id("Amount"),
        id("Fit"),
        id("Sums")
    );
    assert_eq!(plan.to_string(), expected);
    assert_eq!((plan.calls(), plan.is_unchanged()), (1, false));
    assert_eq!(
        plan.changes[0].new,
        FieldValueUpdate::RankedDropdown(Some(desk.option("Status", "Won").into()))
    );
    let printed = format!("{plan:?} {:?}", desk.affinity.lists().apply(plan.clone()));
    for value in ["ada", "Ada", "bo@", "Won", "New", "Call", "2026"] {
        assert!(!printed.contains(value), "{printed}");
    }
    assert!(printed.contains(&id("Status")) && printed.contains("Next step"), "{printed}");
    let read = |request: &affinity_sandbox::RecordedRequest| request.path == desk.cells_path();
    assert_eq!(desk.sandbox.requests().iter().filter(|request| read(request)).count(), 1);
    assert!(desk.written().is_empty());
}

#[tokio::test]
async fn a_plan_can_be_stored_and_applied_later() {
    let desk = Desk::new().await;
    desk.put("Owners", CellValue::PersonMulti(vec![desk.ada]));
    desk.put("Close date", CellValue::Datetime(NaiveDate::from_ymd_opt(2025, 7, 1).unwrap()));
    let place = Location { city: Some("Umber".into()), ..Location::default() };
    let update = desk
        .update()
        .set("Status", "Won")
        .set("Amount", 0.5)
        .set("Close date", "2026-03-31")
        .set("Place", place)
        .append("Owners", "bo@quillfern.example");
    let plan = update.plan().await.unwrap();
    let text = serde_json::to_string(&plan).unwrap();
    let stored: Plan = serde_json::from_str(&text).unwrap();
    assert_eq!(stored, plan);
    assert_eq!(stored.to_string(), plan.to_string());
    // Also as a part of something else.
    let value = serde_json::to_value(&plan).unwrap();
    assert_eq!(serde_json::from_value::<Plan>(value).unwrap(), plan);
    desk.written();
    let updated = desk.affinity.lists().apply(stored).if_unchanged().send().await.unwrap();
    assert_eq!(updated.written.len(), 5);
    // Names were resolved before: a look at the cells, and the write.
    assert_eq!(desk.sandbox.requests().len(), 2);
    assert_eq!(desk.written().len(), 1);
    assert_eq!(desk.text("Owners").await, "Ada; Bo");
    let again = desk.update().set("Status", "Won").set("Amount", 0.5).set("Close date", "2026-03-31");
    assert!(again.plan().await.unwrap().is_unchanged());
}

#[tokio::test]
async fn a_plan_in_the_form_of_this_release_is_read_by_later_ones() {
    let text = r#"{"list":7,"entry":9,"changes":[
        {"field":"field-1","name":"Status","old":{"value":{"type":"ranked-dropdown","data":
            {"dropdownOptionId":1,"text":"New","rank":0,"color":null}}},
         "new":{"type":"ranked-dropdown","data":{"dropdownOptionId":2}},"labels":[[2,"Won"]]},
        {"field":"field-2","name":"A","old":"empty","new":{"type":"number","data":1}},
        {"field":"field-3","name":"B","old":"hidden","new":{"type":"text","data":null}},
        {"field":"field-4","name":"C","old":"not-there","new":{"type":"person-multi","data":[{"id":5}]}}],
        "kept":[{"field":"field-5","name":"D","value":"empty"}]}"#;
    let plan: Plan = serde_json::from_str(text).unwrap();
    assert_eq!(
        plan.to_string(),
        "list 7, entry 9: 4 changes\n  Status (field-1): New → Won\n  A (field-2): (empty) → 1\n  \
         B (field-3): (hidden) → (empty)\n  C (field-4): (not there) → person 5\n  D (field-5): stays (empty)\n  1 call"
    );
    same_json(&serde_json::to_string(&plan).unwrap(), text);
}

#[tokio::test]
async fn if_unchanged_writes_nothing_when_a_cell_moved() {
    let desk = Desk::new().await;
    desk.put("Amount", CellValue::Number(1.0));
    desk.put("Owners", CellValue::PersonMulti(vec![desk.ada, desk.bo]));
    let plan = desk.update().set("Amount", 2).clear("Owners").set("Next step", "Call").plan().await.unwrap();
    let apply = || desk.affinity.lists().apply(plan.clone()).if_unchanged();
    // Other cells do not count, nor does the order of several values.
    desk.put("Place", CellValue::Location(affinity_sandbox::Location::default()));
    desk.put("Owners", CellValue::PersonMulti(vec![desk.bo, desk.ada]));
    desk.put("Amount", CellValue::Number(3.0));
    desk.put("Next step", CellValue::Text("Secret".into()));
    let error = apply().send().await.unwrap_err();
    let says = format!(
        "update_list_entry_fields: if_unchanged: changed since the plan was made: \"Amount\" ({}), \"Next step\" ({}); \
         plan again",
        desk.id("Amount"),
        desk.id("Next step")
    );
    assert_eq!(error.to_string(), says);
    assert!(error.is_input() && desk.written().is_empty());
    desk.put("Amount", CellValue::Number(1.0));
    let (step, place) = (desk.id("Next step"), Place::Entry(desk.entry.get()));
    desk.sandbox.with_world(|world| world.clear_value(place, &step)).unwrap();
    apply().send().await.unwrap();
    assert_eq!(desk.text("Amount").await, "2");
    // Written since: what the plan writes is as good as what was there.
    assert!(apply().send().await.unwrap().is_unchanged());
    desk.affinity.lists().apply(plan.clone()).send().await.unwrap();
}

#[tokio::test]
async fn if_unchanged_refuses_what_it_cannot_know() {
    let desk = Desk::new().await;
    desk.put_owners(150);
    let plan = desk.update().set("Owners", "ada@quillfern.example").plan().await.unwrap();
    assert!(
        plan.to_string().contains(" (and perhaps more, which the server cut) → ada@quillfern.example"),
        "{plan}"
    );
    let error = desk.affinity.lists().apply(plan).if_unchanged().send().await.unwrap_err();
    assert!(error.is_input() && error.to_string().contains("hidden, or cut at 100 by the server"), "{error}");
    // The first hundred alone are not what is there.
    let hundred: Vec<_> =
        desk.read("Owners").await.value.as_persons().unwrap().iter().map(|it| it.id).collect();
    assert_eq!(hundred.len(), 100);
    assert_eq!(desk.update().set("Owners", hundred).plan().await.unwrap().changes.len(), 1);
    // Cut by now, and not before.
    desk.put_owners(3);
    let plan = desk.update().clear("Owners").plan().await.unwrap();
    desk.put_owners(150);
    assert!(desk.affinity.lists().apply(plan).if_unchanged().send().await.unwrap_err().is_input());
    assert!(desk.written().is_empty());
}

#[tokio::test]
async fn a_plan_without_changes_makes_no_call() {
    let desk = Desk::new().await;
    desk.put("Amount", CellValue::Number(5.0));
    let plan = desk.update().set("Amount", 5).clear("Fit").remove("Tags", "Ports").plan().await.unwrap();
    assert_eq!((plan.calls(), plan.is_unchanged()), (0, true));
    let says = format!("list {}, entry {}: nothing to change\n  Amount (", desk.list, desk.entry);
    assert!(plan.to_string().starts_with(&says) && plan.to_string().ends_with("\n  no call"), "{plan}");
    desk.sandbox.clear_requests();
    let updated = desk.affinity.lists().apply(plan).if_unchanged().send().await.unwrap();
    assert!(updated.is_unchanged() && desk.sandbox.requests().is_empty());
}

#[tokio::test]
async fn a_row_that_is_gone_is_not_found() {
    let desk = Desk::new().await;
    let plan = desk.update().set("Amount", 5).plan().await.unwrap();
    desk.sandbox.with_world(|world| world.remove_entry(desk.entry.get())).unwrap();
    assert!(desk.affinity.lists().apply(plan.clone()).send().await.unwrap_err().is_not_found());
    assert!(desk.affinity.lists().apply(plan).if_unchanged().send().await.unwrap_err().is_not_found());
    assert!(desk.update().set("Amount", 1).send().await.unwrap_err().is_not_found());
    assert!(desk.update().append("Tags", "Ports").send().await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn an_update_whose_outcome_is_not_known_is_repeated() {
    let desk = Desk::new().await;
    let (affinity, _) = quick(&desk.sandbox);
    desk.sandbox.reply(Method::PATCH, desk.cells_path(), Reply::empty(200).close_connection());
    affinity.lists().entry(desk.list, desk.entry).update().set("Amount", 5).send().await.unwrap();
    assert_eq!(desk.written().len(), 2);
    let once = builder(&desk.sandbox).attempts(1).build().unwrap();
    desk.sandbox.reply(Method::PATCH, desk.cells_path(), Reply::empty(200).close_connection());
    let error = once.lists().entry(desk.list, desk.entry).update().set("Amount", 5).send().await.unwrap_err();
    assert!(error.is_outcome_unknown() && error.is_retryable(), "{error}");
}

#[tokio::test]
async fn the_time_is_for_all_of_it() {
    let desk = Desk::new().await;
    let slow = || Reply::json(200, "[]").delay(Duration::from_secs(30));
    // While something is found out, nothing can have been written.
    desk.sandbox.reply(Method::GET, "/persons", slow());
    let update = desk.update().set("Lead", "ada@quillfern.example").with_timeout(Duration::from_millis(300));
    let error = update.send().await.unwrap_err();
    assert!(error.is_timeout() && !error.is_outcome_unknown(), "{error}");
    assert_eq!(error.operation(), Some("update_list_entry_fields"));
    desk.sandbox.reply(Method::GET, desk.cells_path(), slow());
    let update = desk.update().append("Tags", "Ports").with_timeout(Duration::from_millis(300));
    let error = update.send().await.unwrap_err();
    assert!(error.is_timeout() && !error.is_outcome_unknown(), "{error}");
    assert!(desk.written().is_empty());
    // Afterwards, something may have been.
    desk.sandbox.reply(Method::PATCH, desk.cells_path(), slow());
    let row = desk.row().with_timeout(Duration::from_millis(300));
    let error = row.update().set("Amount", 1).send().await.unwrap_err();
    assert!(error.is_timeout() && error.is_outcome_unknown(), "{error}");
}

#[tokio::test]
async fn it_can_be_kept_cloned_and_spawned() {
    let desk = Desk::new().await;
    let update = desk.update().set("Amount", 5).set(FieldKey::from("Next step"), "Call");
    let spawned = tokio::spawn(update.clone().send()).await.unwrap().unwrap();
    assert_eq!(spawned, update.send().await.unwrap());
    let plan = tokio::spawn(desk.update().set("Amount", 6).plan()).await.unwrap().unwrap();
    tokio::spawn(desk.affinity.lists().apply(plan).if_unchanged().send()).await.unwrap().unwrap();
}

#[tokio::test]
async fn no_call_is_made_before_it_is_sent() {
    let desk = Desk::new().await;
    drop(desk.update().set("Amount", 5));
    assert!(desk.sandbox.requests().is_empty());
}

#[tokio::test]
async fn the_permission_is_that_for_lists() {
    let desk = Desk::new().await;
    let key = desk.sandbox.api_key_without(Permission::ExportLists);
    let affinity = builder(&desk.sandbox).api_key(key).build().unwrap();
    let update = || affinity.lists().entry(desk.list, desk.entry).update();
    assert!(update().set("Amount", 1).send().await.unwrap_err().is_forbidden());
    assert!(update().append("Tags", "Ports").send().await.unwrap_err().is_forbidden());
}

#[tokio::test]
async fn a_cell_of_the_company_in_the_row_is_written_by_its_name_too() {
    let desk = Desk::new().await;
    desk.update()
        .set("affinity-data:Industry", ["Cold chain"])
        .append("Investors", "Umber")
        .send()
        .await
        .unwrap();
    let cells = client(&desk.sandbox).companies().get(CompanyId::new(desk.tessel));
    let company = cells.fields(FieldSelection::types([FieldType::Enriched])).send().await.unwrap();
    let text = |id: &str| company.cell(id).value().map(affinity::FieldValue::to_text);
    assert_eq!(text("affinity-data-industry").as_deref(), Some("Cold chain"));
    assert_eq!(text("affinity-data-investors").as_deref(), Some("Umber"));
}

#[tokio::test]
async fn all_pages_of_the_cells_are_read() {
    let desk = Desk::new().await;
    let owners = |id: &str, name: &str, value_type: &str| {
        format!(
            r#"{{"id":"{id}","name":"{name}","type":"list","enrichmentSource":null,"value":{{"type":"{value_type}","data":null}}}}"#
        )
    };
    let first = [owners(&desk.id("Tags"), "Tags", "dropdown-multi")];
    let last = [owners(&desk.id("Owners"), "Owners", "person-multi")];
    let page = |items: &[String], next| Reply::json(200, affinity_tests::page(items, next));
    desk.sandbox.reply(Method::GET, desk.cells_path(), page(&first, Some("https://x.example/?cursor=p2")));
    desk.sandbox.reply(Method::GET, desk.cells_path(), page(&last, None));
    let update = desk.update().append("Tags", "Ports").append("Owners", PersonId::new(desk.ada));
    assert_eq!(update.send().await.unwrap().written.len(), 2);
    let cells: Vec<_> = desk.row().cells().stream().try_collect().await.unwrap();
    assert!(cells.iter().any(|cell| cell.value.to_text() == "Ports"));
}

#[tokio::test]
async fn a_plan_keeps_what_is_already_as_wanted_and_if_unchanged_looks_at_it_too() {
    let desk = Desk::new().await;
    desk.put("Amount", CellValue::Number(5.0));
    let plan = desk.update().set("Amount", 5).set("Next step", "Call").plan().await.unwrap();
    desk.put("Amount", CellValue::Number(6.0));
    desk.written();
    let error = desk.affinity.lists().apply(plan.clone()).if_unchanged().send().await.unwrap_err();
    assert!(error.to_string().contains(&format!("\"Amount\" ({})", desk.id("Amount"))), "{error}");
    assert!(desk.written().is_empty());
    desk.put("Amount", CellValue::Number(5.0));
    desk.affinity.lists().apply(plan).if_unchanged().send().await.unwrap();
    same_json(&desk.written()[0], &body(&[cell(&desk.id("Next step"), "text", r#""Call""#)]));
}

#[tokio::test]
async fn a_plan_that_was_applied_can_be_applied_again() {
    let desk = Desk::new().await;
    let plan = desk.update().set("Amount", 5).set("Next step", "Call").plan().await.unwrap();
    let apply = || desk.affinity.lists().apply(plan.clone()).if_unchanged().send();
    assert_eq!(apply().await.unwrap().written.len(), 2);
    desk.written();
    let again = apply().await.unwrap();
    assert!(again.is_unchanged() && again.unchanged.len() == 2);
    assert!(desk.written().is_empty());
    let (step, place) = (desk.id("Next step"), Place::Entry(desk.entry.get()));
    desk.sandbox.with_world(|world| world.clear_value(place, &step)).unwrap();
    assert_eq!(apply().await.unwrap().written, [FieldId::new(step)]);
}

#[tokio::test]
async fn a_clone_looks_up_anew() {
    let desk = Desk::new().await;
    let update = desk.update().set("Lead", "ada@quillfern.example");
    desk.sandbox.reply(Method::GET, "/persons", persons(&[(902, "ada@quillfern.example")], None));
    drop(update.clone().plan().await.unwrap());
    update.send().await.unwrap();
    assert!(desk.written()[0].contains(&format!(r#"{{"id":{}}}"#, desk.ada)));
}

#[tokio::test]
async fn a_plan_shows_what_it_writes_whatever_else_was_changed_in_it() {
    let desk = Desk::new().await;
    let (won, lost) = (desk.option("Status", "Won"), desk.option("Status", "Lost"));
    let plan = desk.update().set("Status", "Won").plan().await.unwrap();
    let text = serde_json::to_string(&plan.changes[0].new).unwrap();
    let other = text.replace(&won.to_string(), &lost.to_string());
    let json = serde_json::to_string(&plan).unwrap().replace(&text, &other);
    let plan: Plan = serde_json::from_str(&json).unwrap();
    assert!(!plan.to_string().contains("Won"), "{plan}");
    assert!(plan.to_string().contains(&format!("→ option {lost}")), "{plan}");
}

#[tokio::test]
async fn nothing_that_a_plan_shows_steers_a_terminal_or_hides() {
    let desk = Desk::new().await;
    desk.put("Next step", CellValue::Text("a\u{2028}b\u{202e}c".into()));
    let plan = desk.update().set("Next step", "x\u{1b}[2J\u{2066}y").plan().await.unwrap();
    let shown = plan.to_string();
    assert!(!shown.contains(['\u{2028}', '\u{202e}', '\u{1b}', '\u{2066}']), "{shown:?}");
    let plan = desk.update().set("Next step", "(empty)").plan().await.unwrap();
    assert!(plan.to_string().contains(r#"→ "(empty)""#), "{plan}");
    let json = serde_json::to_string(&plan).unwrap().replace("Next step", "Next\\u001b\\nstep");
    let plan: Plan = serde_json::from_str(&json).unwrap();
    assert!(!plan.to_string().contains("\u{1b}"), "{plan}");
    let plan = desk.update().set("Next step", "").plan().await.unwrap();
    assert!(plan.to_string().contains(r#"→ """#), "{plan}");
}

#[tokio::test]
async fn labels_that_repeat_come_with_their_ids() {
    let desk = Desk::new().await;
    let twice = desk.sandbox.with_world(|world| {
        ["one", "two"].map(|user| {
            let person = Person::new("Ines").email(format!("{user}@quillfern.example"));
            world.add_person(person).unwrap()
        })
    });
    let [one, two] = twice;
    desk.put("Owners", CellValue::PersonMulti(vec![one, two]));
    let plan = desk.update().remove("Owners", PersonId::new(one)).plan().await.unwrap();
    let shown = format!(": Ines (person {one}); Ines (person {two}) → Ines (person {two})");
    assert!(plan.to_string().contains(&shown), "{plan}");
}

#[tokio::test]
async fn a_plan_shows_what_it_costs() {
    let desk = Desk::new().await;
    let plan = desk.update().set("Amount", 5).plan().await.unwrap();
    assert!(plan.to_string().ends_with("\n  1 call"), "{plan}");
    let plan = desk.update().clear("Amount").plan().await.unwrap();
    assert!(plan.to_string().ends_with("\n  no call"), "{plan}");
}

#[tokio::test]
async fn a_field_of_another_type_in_the_row_makes_the_client_look_again() {
    let desk = Desk::new().await;
    let (affinity, timer) = quick(&desk.sandbox);
    let row = || affinity.lists().entry(desk.list, desk.entry).update();
    let (words, path) = (desk.id("Words"), format!("/v2/lists/{}/fields", desk.list));
    let old = || fields(&[(&words, "Words", "number-multi")]);
    desk.sandbox.reply(Method::GET, path.as_str(), old());
    drop(row().set("Words", 1).plan().await);
    affinity_core::Timer::sleep(&timer, Duration::from_secs(6)).await;
    // A plan to set it compares the types too.
    let error = row().set("Words", 1).plan().await.unwrap_err();
    assert!(error.to_string().contains("was number-multi and is filterable-text-multi now"), "{error}");
    let error = row().append("Words", 1).send().await.unwrap_err();
    assert!(error.to_string().contains("it is filterable-text-multi"), "{error}");
    // So does a read that the server refuses.
    desk.sandbox.clear_requests();
    affinity_core::Timer::sleep(&timer, Duration::from_secs(6)).await;
    desk.sandbox.reply(Method::GET, desk.cells_path(), Reply::empty(400));
    assert!(row().append("Words", "x").send().await.is_err());
    row().append("Words", "x").send().await.unwrap();
    assert_eq!(desk.sandbox.requests().iter().filter(|request| request.path == path).count(), 1);
}

#[tokio::test]
async fn an_option_that_the_field_has_not_is_refused_and_an_address_not_repeated() {
    let desk = Desk::new().await;
    desk.update().set("Status", "New").send().await.unwrap();
    desk.written();
    let ports = DropdownOptionId::new(desk.option("Tags", "Ports"));
    let new = desk.option("Status", "New");
    let says =
        format!("\"Status\" ({}): it has no option {ports}; it has {new} (\"New\")", desk.id("Status"));
    desk.refuses(desk.update().set("Status", ports), &says).await;
    let error = desk.update().set("Status", "ada@quillfern.example").send().await.unwrap_err();
    let text = error.to_string();
    assert!(!text.contains("quillfern") && text.contains(r#""New""#), "{text}");
}

#[tokio::test]
async fn the_futures_are_small_enough_to_be_kept_by_the_thousand() {
    let desk = Desk::new().await;
    let (send, plan) = (desk.update().set("Amount", 5).send(), desk.update().set("Amount", 5).plan());
    let applied = desk.affinity.lists().apply(desk.update().set("Amount", 5).plan().await.unwrap()).send();
    let sizes = [size_of_val(&send), size_of_val(&plan), size_of_val(&applied)];
    assert!(sizes.iter().all(|size| *size <= 1024), "{sizes:?}");
}
