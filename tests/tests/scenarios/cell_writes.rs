//! Writing the cells of a row: what goes out, what is refused, and that what was written is what is read.

use std::collections::BTreeMap;

use affinity::endpoints::{OneListEntry, UpdateCells};
use affinity::{
    Affinity, Cell, CompanyId, Date, DropdownOptionId, Field, FieldSelection, FieldValue, FieldValueUpdate,
    ListEntryId, ListId, Location, PersonId, Single, ValueType,
};
use affinity_sandbox::{
    CellValue, Company, EntityKind, List, Method, NewField, Permission, Person, Place, Reply, Sandbox,
    ValueType as Kind, World,
};
use chrono::{Days, NaiveDate};
use fastrand::Rng;
use futures::TryStreamExt;

use crate::support::{builder, client, quick, rng};

/// The types that can be written.
const WRITABLE: [Kind; 15] = [
    Kind::Company,
    Kind::CompanyMulti,
    Kind::Datetime,
    Kind::Dropdown,
    Kind::DropdownMulti,
    Kind::FilterableText,
    Kind::FilterableTextMulti,
    Kind::Location,
    Kind::LocationMulti,
    Kind::Number,
    Kind::NumberMulti,
    Kind::Person,
    Kind::PersonMulti,
    Kind::RankedDropdown,
    Kind::Text,
];

/// A list with a column for each type, and one row.
struct Sheet {
    sandbox: Sandbox,
    affinity: Affinity,
    list: ListId,
    entry: ListEntryId,
    columns: BTreeMap<&'static str, String>,
    persons: Vec<PersonId>,
    companies: Vec<CompanyId>,
    options: BTreeMap<&'static str, Vec<DropdownOptionId>>,
}

impl Sheet {
    async fn new() -> Self {
        let mut world = World::new();
        let persons = ["Odd", "Ada", "Bo"].map(|name| world.add_person(Person::new(name)).unwrap());
        let companies = ["Tessel", "Larkspur"].map(|name| world.add_company(Company::new(name)).unwrap());
        let list = world.add_list(List::new("Deals", EntityKind::Company)).unwrap();
        let entry = world.add_entry(list, companies[0]).unwrap();
        let (mut columns, mut options) = (BTreeMap::new(), BTreeMap::new());
        for kind in WRITABLE {
            let field = NewField::new(kind.as_str(), kind);
            let choices = ["One", "Two", "Three"];
            let has_options = matches!(kind, Kind::Dropdown | Kind::DropdownMulti | Kind::RankedDropdown);
            let field = if has_options { field.options(choices) } else { field };
            let field = world.add_list_field(list, field).unwrap();
            if has_options {
                let ids = choices.map(|text| world.option_named(&field, text).unwrap());
                options.insert(kind.as_str(), ids.map(DropdownOptionId::new).to_vec());
            }
            columns.insert(kind.as_str(), field);
        }
        let sandbox = Sandbox::builder().world(world).requests_per_minute(100_000).start().await.unwrap();
        Self {
            affinity: client(&sandbox),
            sandbox,
            list: ListId::new(list),
            entry: ListEntryId::new(entry),
            columns,
            persons: persons.map(PersonId::new).to_vec(),
            companies: companies.map(CompanyId::new).to_vec(),
            options,
        }
    }

    fn row(&self) -> Single<OneListEntry> {
        self.affinity.lists().entry(self.list, self.entry)
    }

    async fn read(&self, kind: &str) -> Field {
        self.row().cell(self.columns[kind].as_str()).send().await.unwrap()
    }

    /// The requests that were made since the last look.
    fn sent(&self) -> usize {
        let sent = self.sandbox.requests().len();
        self.sandbox.clear_requests();
        sent
    }

    /// A value of this type, any that can be built.
    fn any(&self, kind: &str, rng: &mut Rng) -> FieldValueUpdate {
        let text = |rng: &mut Rng| -> String { (0..rng.usize(0..9)).map(|_| rng.char(..)).collect() };
        let pick = |count: usize, rng: &mut Rng| -> Vec<usize> {
            let mut picked: Vec<_> = (0..count).collect();
            rng.shuffle(&mut picked);
            picked.truncate(rng.usize(0..=count));
            picked
        };
        let maybe = rng.u8(..) > 40;
        let options = |kind: &str, rng: &mut Rng| self.options[kind][rng.usize(..3)];
        match kind {
            "company" => FieldValueUpdate::Company(maybe.then(|| self.companies[rng.usize(..2)])),
            "company-multi" => {
                pick(2, rng).into_iter().map(|index| self.companies[index]).collect::<Vec<_>>().into()
            }
            "datetime" => FieldValueUpdate::DateTime(maybe.then(|| any_day(rng).into())),
            "dropdown" => FieldValueUpdate::Dropdown(maybe.then(|| options(kind, rng))),
            "dropdown-multi" => {
                let picked = pick(3, rng).into_iter().map(|index| self.options[kind][index]);
                FieldValueUpdate::DropdownMulti(picked.collect())
            }
            "filterable-text" => FieldValueUpdate::FilterableText(maybe.then(|| text(rng))),
            "filterable-text-multi" => {
                FieldValueUpdate::FilterableTextMulti((0..rng.usize(0..4)).map(|_| text(rng)).collect())
            }
            "location" => FieldValueUpdate::Location(maybe.then(|| any_place(rng))),
            "location-multi" => {
                FieldValueUpdate::LocationMulti((0..rng.usize(0..3)).map(|_| any_place(rng)).collect())
            }
            "number" => FieldValueUpdate::Number(maybe.then(|| any_number(rng))),
            "number-multi" => {
                FieldValueUpdate::NumberMulti((0..rng.usize(0..100)).map(|_| any_number(rng)).collect())
            }
            "person" => FieldValueUpdate::Person(maybe.then(|| self.persons[rng.usize(..3)])),
            "person-multi" => {
                pick(3, rng).into_iter().map(|index| self.persons[index]).collect::<Vec<_>>().into()
            }
            "ranked-dropdown" => FieldValueUpdate::RankedDropdown(maybe.then(|| options(kind, rng))),
            _ => FieldValueUpdate::Text(maybe.then(|| text(rng))),
        }
    }
}

fn any_day(rng: &mut Rng) -> NaiveDate {
    let first = NaiveDate::from_ymd_opt(1, 1, 1).unwrap();
    first.checked_add_days(Days::new(rng.u64(0..3_000_000))).unwrap()
}

fn any_place(rng: &mut Rng) -> Location {
    let part = |rng: &mut Rng| rng.bool().then(|| rng.alphabetic().to_string());
    let (street_address, city, state) = (part(rng), part(rng), part(rng));
    Location { street_address, city, state, country: part(rng), continent: part(rng) }
}

/// Any bits that are a number.
fn any_number(rng: &mut Rng) -> f64 {
    std::iter::repeat_with(|| f64::from_bits(rng.u64(..))).find(|number| number.is_finite()).unwrap()
}

#[tokio::test]
async fn any_value_that_can_be_built_is_stored_and_read_equal() {
    let mut rng = rng("any_value_that_can_be_built_is_stored_and_read_equal");
    let sheet = Sheet::new().await;
    for round in 0..40 {
        let written: Vec<_> =
            sheet.columns.iter().map(|(kind, field)| (field, sheet.any(kind, &mut rng))).collect();
        let one_by_one = round % 4 == 0;
        if one_by_one {
            for (field, value) in &written {
                sheet.row().set_cell(field.as_str(), value.clone()).send().await.unwrap();
            }
        } else {
            let update = written.iter().fold(sheet.row().update_cells(), |update, (field, value)| {
                update.set(field.as_str(), value.clone())
            });
            update.send().await.unwrap();
        }
        let read: Vec<_> = sheet.row().cells().page_size(7).stream().try_collect().await.unwrap();
        for (field, value) in written {
            let cell = read.iter().find(|cell| cell.id == field.as_str()).unwrap();
            assert!(value.is_shown_by(&cell.value), "{value:?} was written, {:?} is read", cell.value);
            assert_eq!(FieldValueUpdate::try_from(&cell.value), Ok(value));
        }
    }
}

#[tokio::test]
async fn what_was_read_can_be_written_back_for_every_writable_type() {
    let mut rng = rng("what_was_read_can_be_written_back_for_every_writable_type");
    let sheet = Sheet::new().await;
    for kind in WRITABLE.map(Kind::as_str) {
        let field = sheet.columns[kind].as_str();
        let value = std::iter::repeat_with(|| sheet.any(kind, &mut rng));
        let value = value.into_iter().find(|value| *value != cleared(kind)).unwrap();
        sheet.row().set_cell(field, value).send().await.unwrap();
        let read = sheet.read(kind).await;
        sheet.row().update_cells().clear(field, kind.parse().unwrap()).send().await.unwrap();
        assert_eq!(sheet.read(kind).await.cell(), Cell::Empty, "{kind}");
        sheet.row().update_cells().copy(&read).send().await.unwrap();
        assert_eq!(sheet.read(kind).await, read, "{kind}");
    }
}

fn cleared(kind: &str) -> FieldValueUpdate {
    FieldValueUpdate::clear(&kind.parse::<ValueType>().unwrap()).unwrap()
}

#[tokio::test]
async fn a_date_goes_out_as_noon_utc_and_compares_by_day() {
    let sheet = Sheet::new().await;
    let column = sheet.columns["datetime"].as_str();
    for (year, month, day) in
        [(2025, 11, 20), (2025, 7, 1), (2024, 2, 29), (2025, 3, 9), (2025, 11, 2), (1, 1, 1)]
    {
        let date = Date::ymd(year, month, day).unwrap();
        sheet.sandbox.clear_requests();
        sheet.row().set_cell(column, date).send().await.unwrap();
        let body = String::from_utf8(sheet.sandbox.requests()[0].body.to_vec()).unwrap();
        assert!(body.contains(&format!("{year:04}-{month:02}-{day:02}T12:00:00Z")), "{body}");
        let FieldValue::DateTime(Some(read)) = sheet.read("datetime").await.value else { panic!("no date") };
        assert_eq!(read, date);
        assert_ne!(read.instant(), date.instant(), "the server keeps midnight Pacific, not noon");
        assert_eq!(read.day(), NaiveDate::from_ymd_opt(year, month, day).unwrap());
    }
    // Written back as it was read, it stays the same day.
    let read = sheet.read("datetime").await;
    sheet.row().update_cells().copy(&read).send().await.unwrap();
    assert_eq!(sheet.read("datetime").await, read);
}

#[tokio::test]
async fn what_cannot_be_written_is_refused_before_anything_is_sent() {
    let sheet = Sheet::new().await;
    let update = || sheet.row().update_cells();
    let ids = |count: u64| (1..=count).map(PersonId::new).collect::<Vec<_>>();
    let formula: Field = field(r#"{"type":"formula-number","data":{"calculatedValue":1}}"#, "list");
    let call = r#"{"type":"interaction","data":{"type":"call","id":1,"startTime":"2025-01-01T00:00:00Z","attendees":[]}}"#;
    let hidden: Field = field(r#"{"type":"text","data":null}"#, "hidden");
    let person = r#"{"id":1,"firstName":null,"lastName":null,"primaryEmailAddress":null,"type":"internal"}"#;
    let cut = format!(r#"{{"type":"person-multi","data":[{}]}}"#, vec![person; 100].join(","));
    let many = (0..101).fold(update(), |update, n| update.set(format!("field-{n}"), 1.0));
    let cases: Vec<(Single<UpdateCells>, &str)> = vec![
        (update(), "no cell to write"),
        (many, "101 cells are more than the 100"),
        (update().set("field-1", 1.0).set("field-2", 1.0).set("field-1", 2.0), "field-1 is there twice"),
        (update().clear("field-7", ValueType::FormulaNumber), "field-7: values of the type formula-number"),
        (update().clear("field-7", "hologram".parse().unwrap()), "field-7: values of the type hologram"),
        (update().copy(&formula), "field-9: values of the type formula-number cannot be written"),
        (update().copy(&field(call, "relationship-intelligence")), "field-9: values of the type interaction"),
        (update().copy(&hidden), "field-9: the cell that was read is hidden"),
        (update().copy(&field(&cut, "list")), "field-9: the person-multi value may have been cut at 100"),
        (update().set("field-3", ids(101)), "field-3: 101 values are more than the 100 that a person-multi"),
        (update().set("field-3", f64::NAN), "field-3: a number that is not finite"),
        (
            update().set("field-3", [PersonId::new(1), PersonId::new(0)]),
            "field-3: 0 is outside the range of ids",
        ),
        (
            update().set("field-3", FieldValueUpdate::Dropdown(Some(u64::MAX.into()))),
            "field-3: 18446744073709551615 is outside the range of ids",
        ),
        (
            update().set("field-3", FieldValueUpdate::NumberMulti(vec![1.0, f64::INFINITY])),
            "field-3: a number",
        ),
        (update().set("field-3", NaiveDate::MAX), "field-3: a date in the year 262142"),
        (update().set(" ", 1.0), "\" \" is empty"),
    ];
    for (call, says) in cases {
        let error = call.send().await.unwrap_err();
        assert!(error.is_input() && error.to_string().contains(says), "{error}");
        assert_eq!(error.operation(), Some("update_list_entry_fields"));
        assert!(!error.is_outcome_unknown() && !error.is_retryable());
    }
    let error = sheet.row().set_cell("field-3", f64::NAN).send().await.unwrap_err();
    assert!(
        error.is_input() && error.to_string().contains("field-3: a number that is not finite"),
        "{error}"
    );
    for id in ["", ".", ".."] {
        assert!(sheet.row().set_cell(id, 1.0).send().await.unwrap_err().is_input());
        assert!(sheet.row().cell(id).send().await.unwrap_err().is_input());
    }
    let error = sheet.row().cells().fields(FieldSelection::none()).send().await.unwrap_err();
    assert!(error.is_input() && error.to_string().contains("FieldSelection::all()"), "{error}");
    assert_eq!(sheet.sent(), 0);
}

fn field(value: &str, category: &str) -> Field {
    let text = format!(
        r#"{{"id":"field-9","name":"Column","type":"{category}","enrichmentSource":null,"value":{value}}}"#
    );
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn a_dropdown_with_several_takes_more_than_a_hundred() {
    let sheet = Sheet::new().await;
    let options: Vec<_> = sheet.options["dropdown-multi"].iter().copied().cycle().take(101).collect();
    let column = sheet.columns["dropdown-multi"].as_str();
    sheet.row().set_cell(column, FieldValueUpdate::DropdownMulti(options)).send().await.unwrap();
}

#[tokio::test]
async fn one_refused_value_leaves_every_cell_as_it_was() {
    let sheet = Sheet::new().await;
    let (number, text) = (sheet.columns["number"].as_str(), sheet.columns["text"].as_str());
    sheet.row().update_cells().set(number, 1.0).set(text, "before").send().await.unwrap();
    let error = sheet.row().update_cells().set(number, 2.0).set(text, 3.0).send().await.unwrap_err();
    assert_eq!(
        (error.status().map(|it| it.as_u16()), error.param()),
        (Some(400), Some("updates[1].value.type"))
    );
    assert_eq!(sheet.read("number").await.value.as_number(), Some(1.0));
    assert_eq!(sheet.read("text").await.value.as_text(), Some("before"));
}

#[tokio::test]
async fn a_write_that_sets_is_repeated_when_its_outcome_is_not_known() {
    let sheet = Sheet::new().await;
    let (affinity, _) = quick(&sheet.sandbox);
    let column = sheet.columns["number"].as_str();
    let path = format!("/v2/lists/{}/list-entries/{}/fields/{column}", sheet.list, sheet.entry);
    sheet.sandbox.reply(Method::POST, path, Reply::empty(204).close_connection());
    affinity.lists().entry(sheet.list, sheet.entry).set_cell(column, 5.0).send().await.unwrap();
    assert_eq!(sheet.sent(), 2);
    assert_eq!(sheet.read("number").await.value.as_number(), Some(5.0));
}

#[tokio::test]
async fn a_write_whose_outcome_stays_unknown_says_so() {
    let sheet = Sheet::new().await;
    let affinity = builder(&sheet.sandbox).attempts(1).build().unwrap();
    let path = format!("/v2/lists/{}/list-entries/{}/fields", sheet.list, sheet.entry);
    sheet.sandbox.reply(Method::PATCH, path, Reply::empty(200).close_connection());
    let row = affinity.lists().entry(sheet.list, sheet.entry);
    let error = row.update_cells().set(sheet.columns["number"].as_str(), 5.0).send().await.unwrap_err();
    assert!(error.is_outcome_unknown() && error.is_retryable(), "{error}");
}

#[tokio::test]
async fn a_success_with_a_body_of_another_form_is_a_success() {
    let sheet = Sheet::new().await;
    let path = format!("/v2/lists/{}/list-entries/{}/fields", sheet.list, sheet.entry);
    for body in ["{}", "[]", "", "null"] {
        sheet.sandbox.reply(Method::PATCH, path.as_str(), Reply::json(200, body));
        sheet.row().update_cells().set("field-1", 5).send().await.unwrap();
    }
}

#[tokio::test]
async fn any_success_is_one() {
    let sheet = Sheet::new().await;
    let path = format!("/v2/lists/{}/list-entries/{}/fields", sheet.list, sheet.entry);
    for status in [200, 201, 202, 204] {
        sheet.sandbox.reply(Method::PATCH, path.as_str(), Reply::empty(status));
        sheet.sandbox.reply(Method::POST, format!("{path}/field-1"), Reply::empty(status));
        sheet.row().update_cells().set("field-1", 5).send().await.unwrap();
        sheet.row().set_cell("field-1", 5).send().await.unwrap();
    }
    assert_eq!(sheet.sandbox.pending_replies(), 0);
}

#[tokio::test]
async fn what_was_chosen_for_the_row_holds_for_its_cells() {
    let sheet = Sheet::new().await;
    let number = sheet.columns["number"].as_str();
    let chosen = sheet.row().fields(FieldSelection::ids([number])).cells().send().await.unwrap();
    assert_eq!(chosen.items.len(), 1);
    sheet.sandbox.clear_requests();
    let row = sheet.row().with_timeout(std::time::Duration::ZERO);
    assert!(row.cells().send().await.unwrap_err().is_timeout());
    assert!(row.cell(number).send().await.unwrap_err().is_timeout());
    assert!(row.set_cell(number, 1).send().await.unwrap_err().is_timeout());
    assert!(row.update_cells().set(number, 1).send().await.unwrap_err().is_timeout());
    assert_eq!(sheet.sent(), 0);
}

#[test]
fn the_order_of_several_values_does_not_count_when_looking_whether_they_are_there() {
    let person = |id: u64| {
        format!(
            r#"{{"id":{id},"firstName":null,"lastName":null,"primaryEmailAddress":null,"type":"internal"}}"#
        )
    };
    let read = |ids: &[u64]| -> FieldValue {
        let persons: Vec<_> = ids.iter().map(|id| person(*id)).collect();
        serde_json::from_str(&format!(r#"{{"type":"person-multi","data":[{}]}}"#, persons.join(","))).unwrap()
    };
    let written = FieldValueUpdate::from([1, 2, 2].map(PersonId::new));
    assert!(written.is_shown_by(&read(&[2, 1, 2])));
    for other in [&[1, 2][..], &[1, 1, 2], &[1, 2, 2, 3]] {
        assert!(!written.is_shown_by(&read(other)), "{other:?}");
    }
}

#[tokio::test]
async fn writing_needs_the_permission_for_lists() {
    let sheet = Sheet::new().await;
    let key = sheet.sandbox.api_key_without(Permission::ExportLists);
    let affinity = builder(&sheet.sandbox).api_key(key).build().unwrap();
    let row = affinity.lists().entry(sheet.list, sheet.entry);
    assert!(row.set_cell("field-1", 1.0).send().await.unwrap_err().is_forbidden());
    assert!(row.update_cells().set("field-1", 1.0).send().await.unwrap_err().is_forbidden());
    assert!(row.cells().send().await.unwrap_err().is_forbidden());
    assert!(row.cell("field-1").send().await.unwrap_err().is_forbidden());
}

#[tokio::test]
async fn cells_can_be_chosen_by_id_and_by_category() {
    let sheet = Sheet::new().await;
    let (number, text) = (sheet.columns["number"].as_str(), sheet.columns["text"].as_str());
    let ids = |fields: Vec<Field>| fields.into_iter().map(|field| field.id.to_string()).collect::<Vec<_>>();
    let chosen = sheet.row().cells().fields(FieldSelection::ids([number, text])).send().await.unwrap();
    let mut chosen = ids(chosen.into_items().unwrap());
    chosen.sort_unstable();
    let mut expected = [number, text];
    expected.sort_unstable();
    assert_eq!(chosen, expected);
    let own = FieldSelection::types([affinity::FieldType::List]);
    let columns = ids(sheet.row().cells().fields(own).send().await.unwrap().into_items().unwrap());
    assert_eq!(columns.len(), WRITABLE.len());
    let all = ids(sheet.row().cells().send().await.unwrap().into_items().unwrap());
    assert!(all.len() > columns.len() && columns.iter().all(|column| all.contains(column)));
}

#[tokio::test]
async fn a_cell_that_was_cut_is_not_written_back() {
    let sheet = Sheet::new().await;
    let column = sheet.columns["person-multi"].as_str();
    sheet.sandbox.with_world(|world| {
        let many = (0..150).map(|n| world.add_person(Person::new(format!("Person {n}"))).unwrap()).collect();
        world.set_value(Place::Entry(sheet.entry.get()), column, CellValue::PersonMulti(many)).unwrap();
    });
    let read = sheet.read("person-multi").await;
    assert_eq!(read.value.as_persons().map(<[_]>::len), Some(100));
    let error = sheet.row().update_cells().copy(&read).send().await.unwrap_err();
    assert!(error.is_input() && error.to_string().contains("cut at 100"), "{error}");
}
