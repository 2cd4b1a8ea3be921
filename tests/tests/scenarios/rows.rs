//! Rows as structs: which fields are asked for, what their values read as, and what does not fit.

use std::collections::{BTreeMap, HashMap, HashSet};

use affinity::{
    Affinity, AffinityRow, CompanyId, CompanyRef, Cursor, Date, DriftKind, Dropdown, DropdownOptionId,
    EntityId, Error, FieldSelection, FieldType, FieldValue, FormulaNumber, Interaction, ListEntry, ListId,
    Location, Multi, PersonId, PersonRef, RankedDropdown, Row, Schema, Shown,
};
use affinity_sandbox::{
    CellValue, Company, EnrichmentSource, EntityKind, List, Method, NewField, Person, Place, Reply, Sandbox,
    ValueType, World,
};
use affinity_tests::{TagPlace, VALUES, field, list_entry, page};
use chrono::{DateTime, NaiveDate, Utc};
use futures::{StreamExt, TryStreamExt};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::support::{builder, client, rng};

/// A list of opportunities with a column for each type of value that a column can have.
struct Sheet {
    sandbox: Sandbox,
    affinity: Affinity,
    list: ListId,
    /// The field of each value type.
    columns: BTreeMap<&'static str, String>,
}

impl Sheet {
    async fn new() -> Self {
        let mut world = World::new();
        let list = world.add_list(List::new("Deals", EntityKind::Opportunity)).unwrap();
        let mut columns = BTreeMap::from([("interaction", "last-email".to_owned())]);
        for kind in ValueType::ALL.iter().copied().filter(|kind| kind.as_str() != "interaction") {
            let has_options = kind.as_str().contains("dropdown");
            let field = NewField::new(kind.as_str(), kind);
            let field = if has_options { field.options(["Strong", "In review"]) } else { field };
            columns.insert(kind.as_str(), world.add_list_field(list, field).unwrap());
        }
        let sandbox = Sandbox::builder().world(world).start().await.unwrap();
        Self { affinity: client(&sandbox), sandbox, list: ListId::new(list), columns }
    }

    fn path(&self) -> String {
        format!("/v2/lists/{}/list-entries", self.list)
    }

    /// A cell of the column of this type, with this JSON as its data.
    fn cell(&self, kind: &str, data: &str) -> String {
        field(&self.columns[kind], kind, data, TagPlace::First)
    }

    /// The next page has rows with these cells.
    fn answer(&self, rows: &[&[String]]) {
        let rows = rows
            .iter()
            .enumerate()
            .map(|(n, cells)| list_entry(n as u64 + 1, &cells.join(","), TagPlace::First));
        self.sandbox.reply(Method::GET, self.path(), Reply::json(200, page(&rows.collect::<Vec<_>>(), None)));
    }

    /// What comes of a row with this cell.
    async fn read<T: DeserializeOwned + Send + 'static>(&self, kind: &str, data: &str) -> Result<T, Error> {
        self.answer(&[&[self.cell(kind, data)]]);
        let mut rows = self.affinity.lists().entries(self.list).rows::<T>().send().await?.into_results();
        rows.pop().unwrap()
    }

    fn asked(&self) -> usize {
        self.sandbox.requests().iter().filter(|request| request.path == self.path()).count()
    }
}

/// A schema as it is written down: fields by name, type and category.
fn schema(fields: &[(&str, &str, &str)]) -> Schema {
    let fields: Vec<_> = fields
        .iter()
        .enumerate()
        .map(|(n, (name, value_type, source))| {
            let enriched = matches!(*source, "affinity-data" | "dealroom");
            let (category, source) = if enriched { ("enriched", Some(*source)) } else { (*source, None) };
            serde_json::json!({
                "id": format!("field-{}", n + 1), "name": name, "field_type": category, "value_type": value_type,
                "enrichment_source": source, "options": null,
            })
        })
        .collect();
    let of = serde_json::json!({"list": {"id": 1, "name": "Deals"}});
    serde_json::from_value(serde_json::json!({"of": of, "entity": "opportunity", "fields": fields})).unwrap()
}

#[tokio::test]
async fn every_value_type_reads_as_what_it_is() {
    #[derive(Deserialize, Debug, PartialEq)]
    #[serde(rename_all = "kebab-case")]
    struct All {
        text: String,
        filterable_text: String,
        filterable_text_multi: Vec<String>,
        number: f64,
        number_multi: Vec<f32>,
        datetime: Date,
        location: Location,
        location_multi: Vec<Location>,
        dropdown: Dropdown,
        dropdown_multi: Vec<DropdownOptionId>,
        ranked_dropdown: RankedDropdown,
        person: PersonRef,
        person_multi: Vec<PersonId>,
        company: CompanyRef,
        company_multi: Vec<CompanyId>,
        formula_number: FormulaNumber,
        #[serde(rename = "last-email")]
        interaction: Interaction,
    }
    let sheet = Sheet::new().await;
    for tag in [TagPlace::First, TagPlace::Last] {
        let cells: Vec<_> =
            VALUES.iter().map(|(kind, data)| field(&sheet.columns[*kind], kind, data, tag)).collect();
        let row = list_entry(7, &cells.join(","), tag);
        sheet.sandbox.reply(
            Method::GET,
            sheet.path(),
            Reply::json(200, page(std::slice::from_ref(&row), None)),
        );
        let rows = sheet.affinity.lists().entries(sheet.list).rows::<All>().send().await.unwrap();
        let all = rows.into_items().unwrap().pop().unwrap();
        // The same as the row of the model has.
        let row: ListEntry = serde_json::from_str(&row).unwrap();
        let value = |kind: &str| row.cell(&sheet.columns[kind]).value().unwrap();
        assert_eq!(Some(all.text.as_str()), value("text").as_text());
        assert_eq!(Some(all.filterable_text.as_str()), value("filterable-text").as_text());
        assert_eq!(Some(all.filterable_text_multi.as_slice()), value("filterable-text-multi").as_texts());
        assert_eq!(Some(all.number), value("number").as_number());
        assert_eq!(all.number_multi, [12.5, 40.0, -3.0]);
        assert_eq!(Some(all.datetime.instant()), value("datetime").as_instant());
        assert_eq!(Some(&all.location), value("location").as_location());
        assert_eq!(Some(all.location_multi.as_slice()), value("location-multi").as_locations());
        assert_eq!((all.dropdown.dropdown_option_id.get(), all.dropdown.text.as_str()), (77, "Strong"));
        assert_eq!(all.dropdown_multi, [81, 82].map(DropdownOptionId::new));
        assert_eq!((all.ranked_dropdown.rank, all.ranked_dropdown.color.as_deref()), (2, Some("blue")));
        assert_eq!(Some(&all.person), value("person").as_person());
        assert_eq!(all.person_multi, [4021, 5530].map(PersonId::new));
        assert_eq!(Some(&all.company), value("company").as_company());
        assert_eq!(all.company_multi, [88120, 88121].map(CompanyId::new));
        assert_eq!(all.formula_number.calculated_value(), Some(3.25));
        assert_eq!(Some(&all.interaction), value("interaction").as_interaction());
    }
}

#[tokio::test]
async fn every_value_type_reads_as_a_field_value_and_as_any_value() {
    #[derive(Deserialize, Debug)]
    #[serde(rename_all = "kebab-case")]
    struct Whole {
        #[serde(flatten)]
        _not: (),
    }
    assert_eq!(Whole::check(&schema(&[]))[0].kind(), DriftKind::NoStruct);

    macro_rules! one_by_one {
        ($($name:ident = $kind:literal),+ $(,)?) => { $( {
            #[derive(Deserialize, Debug)]
            struct Whole { #[serde(rename = $kind)] value: FieldValue }
            #[derive(Deserialize, Debug)]
            struct Any { #[serde(rename = $kind)] value: Value }
            let kind = if $kind == "last-email" { "interaction" } else { $kind };
            let sheet = Sheet::new().await;
            let (_, data) = VALUES.iter().find(|(known, _)| *known == kind).unwrap();
            let read: Whole = sheet.read(kind, data).await.unwrap();
            assert_eq!(read.value.kind(), kind);
            assert_eq!(serde_json::to_value(&read.value).unwrap()["data"], serde_json::from_str::<Value>(data).unwrap());
            let empty: Whole = sheet.read(kind, "null").await.unwrap();
            assert!(empty.value.is_empty() && empty.value.kind() == kind);
            let any: Any = sheet.read(kind, data).await.unwrap();
            let expected: Value = serde_json::from_str(data).unwrap();
            let expected = match kind {
                "dropdown" | "ranked-dropdown" => expected["text"].clone(),
                "dropdown-multi" => expected.as_array().unwrap().iter().map(|it| it["text"].clone()).collect(),
                "datetime" => "2025-11-20".into(),
                "formula-number" => expected["calculatedValue"].clone(),
                _ => expected,
            };
            assert_eq!(any.value, expected, "{kind}");
        } )+ };
    }
    one_by_one! {
        a = "text", b = "filterable-text", c = "filterable-text-multi", d = "number", e = "number-multi", f = "datetime",
        g = "location", h = "location-multi", i = "dropdown", j = "dropdown-multi", k = "ranked-dropdown", l = "person",
        m = "person-multi", n = "company", o = "company-multi", p = "formula-number", q = "last-email",
    }
}

#[tokio::test]
async fn the_struct_says_what_is_asked_for() {
    #[derive(Deserialize, Debug)]
    struct Deal {
        #[allow(dead_code)]
        name: String,
        #[serde(rename = " STATUS ")]
        #[allow(dead_code)]
        status: Option<String>,
        #[allow(dead_code)]
        close_date: Option<NaiveDate>,
        #[serde(skip)]
        #[allow(dead_code)]
        mine: u8,
    }
    #[derive(Deserialize, Debug)]
    struct NoFields {
        #[allow(dead_code)]
        name: String,
    }
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox);
    let list = affinity.lists().find("Pipeline").await.unwrap().id;
    let page = affinity.lists().entries(list).rows::<Deal>().page_size(3).send().await.unwrap();
    assert_eq!(page.into_items().unwrap().len(), 3);
    let last = sandbox.requests().pop().unwrap();
    let (status, close) =
        sandbox.with_world(|world| (world.field_named(101, "Status"), world.field_named(101, "Close date")));
    assert_eq!(last.path, "/v2/lists/101/list-entries");
    assert_eq!(
        last.query,
        [
            ("fieldIds".to_owned(), status.unwrap()),
            ("fieldIds".to_owned(), close.unwrap()),
            ("limit".to_owned(), "3".to_owned())
        ]
    );
    let page = affinity.lists().entries(list).rows::<NoFields>().send().await.unwrap();
    assert_eq!(page.items.len(), 100);
    assert_eq!(sandbox.requests().pop().unwrap().query, []);
}

#[tokio::test]
async fn all_rows_of_a_list_are_those_of_the_model() {
    #[derive(Deserialize, Debug)]
    struct Deal {
        name: String,
        entry_id: u64,
        status: Option<String>,
        amount: Option<f64>,
        owners: Multi<PersonRef>,
        #[serde(rename = "Close date")]
        close: Option<NaiveDate>,
        #[serde(rename = "Expected multiple")]
        multiple: Option<f64>,
        last_email: Option<DateTime<Utc>>,
    }
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox);
    let list = affinity.lists().find("Pipeline").await.unwrap().id;
    let schema = affinity.lists().schema(list).await.unwrap();
    let id = |name: &str| schema.field(name).unwrap().id.clone();
    let ids = ["Status", "Amount", "Owners", "Close date", "Expected multiple"].map(id);
    let all = FieldSelection::ids(ids.iter().cloned().chain([id("last-email")]));
    let models: Vec<_> = affinity.lists().entries(list).fields(all).stream().try_collect().await.unwrap();
    let deals: Vec<Deal> =
        affinity.lists().entries(list).rows::<Deal>().prefetch(true).stream().try_collect().await.unwrap();
    assert_eq!((deals.len(), models.len()), (1200, 1200));
    for (deal, model) in deals.iter().zip(&models) {
        let value = |field: &affinity::FieldId| model.cell(field).value();
        assert_eq!((deal.entry_id, &deal.name), (model.id.get(), &model.name()));
        assert_eq!(deal.status.as_deref(), value(&ids[0]).and_then(|it| it.as_option()).map(|it| it.text));
        assert_eq!(deal.amount, value(&ids[1]).and_then(FieldValue::as_number));
        let owners = value(&ids[2]).and_then(FieldValue::as_persons).unwrap_or_default();
        assert_eq!(deal.owners.items, owners);
        assert_eq!(deal.close, value(&ids[3]).and_then(FieldValue::as_date));
        assert_eq!(deal.multiple, value(&ids[4]).and_then(FieldValue::as_number));
        let email = value(&id("last-email")).and_then(FieldValue::as_interaction);
        let sent = email.map(|it| match it {
            Interaction::Email(email) => email.sent_at,
            other => panic!("{other:?}"),
        });
        assert_eq!(deal.last_email, sent);
    }
    assert!(
        deals.iter().any(|deal| deal.amount.is_none())
            && deals.iter().any(|deal| deal.owners.items.is_empty())
    );
}

#[tokio::test]
async fn reserved_names_are_what_a_row_has_itself() {
    #[derive(Deserialize, Debug)]
    struct OfList {
        entry_id: affinity::ListEntryId,
        list_id: ListId,
        entity_id: CompanyId,
        entity_type: String,
        created_at: DateTime<Utc>,
        creator_id: Option<PersonId>,
        name: String,
        domain: Option<String>,
        domains: Vec<String>,
        is_global: bool,
        // A column of the same name, and one that is only named so here.
        #[serde(rename = "list:Name")]
        column: Option<String>,
        email: Option<String>,
    }
    let mut world = World::new();
    let list = world.add_list(List::new("Firms", EntityKind::Company)).unwrap();
    let company = world.add_company(Company::new("Tessel").domain("tessel.example")).unwrap();
    let entry = world.add_entry(list, company).unwrap();
    for (name, value) in [("Name", "Nick"), ("email", "none")] {
        let field = world.add_list_field(list, NewField::new(name, ValueType::Text)).unwrap();
        world.set_value(Place::Entry(entry), &field, CellValue::Text(value.to_owned())).unwrap();
    }
    let sandbox = Sandbox::builder().world(world).start().await.unwrap();
    let affinity = client(&sandbox);
    let rows = affinity.lists().entries(list.into()).rows::<OfList>().with_ids().send().await.unwrap();
    let row: Row<OfList> = rows.into_items().unwrap().pop().unwrap();
    let model = affinity.lists().entries(list.into()).send().await.unwrap().items.pop().unwrap();
    assert_eq!((row.ids.entry.get(), row.ids.entity), (entry, EntityId::Company(company.into())));
    assert_eq!((row.entry_id.get(), row.list_id.get(), row.entity_id.get()), (entry, list, company));
    assert_eq!((row.entity_type.as_str(), row.name.as_str()), ("company", "Tessel"));
    assert_eq!((row.created_at, row.creator_id), (model.created_at, model.creator_id));
    assert_eq!(
        (row.domain.as_deref(), row.domains.as_slice()),
        (Some("tessel.example"), &["tessel.example".to_owned()][..])
    );
    assert!(!row.is_global);
    assert_eq!((row.column.as_deref(), row.email.as_deref()), (Some("Nick"), Some("none")));
    let schema = affinity.lists().schema(list.into()).await.unwrap();
    let drift = OfList::check(&schema);
    assert_eq!(drift.len(), 1, "{drift:?}");
    assert_eq!(
        drift[0].to_string(),
        "name: this is what the row has itself, not its field \"Name\"; for the field, rename it to \"list:Name\""
    );
    assert!(drift[0].kind() == DriftKind::Shadowed && !drift[0].is_breaking());
}

#[tokio::test]
async fn companies_and_persons_are_read_as_rows() {
    #[derive(Deserialize, Debug, PartialEq)]
    struct Firm {
        entity_id: CompanyId,
        name: String,
        domain: Option<String>,
        #[serde(rename = "dealroom:Location")]
        place: Option<Location>,
    }
    #[derive(Deserialize, Debug, PartialEq)]
    struct Human {
        name: String,
        first_name: String,
        last_name: Option<String>,
        email: Option<String>,
        emails: Vec<String>,
        person_type: String,
    }
    let mut world = World::new();
    let place = NewField::new("Location", ValueType::Location);
    world
        .add_enriched_field(EntityKind::Company, "dealroom-location", EnrichmentSource::Dealroom, place)
        .unwrap();
    let firms = ["Tessel", "Larkspur"].map(|name| {
        let domain = format!("{}.example", name.to_lowercase());
        world.add_company(Company::new(name).domain(domain)).unwrap()
    });
    let here = affinity_sandbox::Location { city: Some("Elver".to_owned()), ..Default::default() };
    world.set_value(Place::Company(firms[1]), "dealroom-location", CellValue::Location(here)).unwrap();
    world.add_person(Person::new("Odd").last_name("Vik").email("odd@vik.example")).unwrap();
    world.add_person(Person::new("Ada")).unwrap();
    let sandbox = Sandbox::builder().world(world).start().await.unwrap();
    let affinity = client(&sandbox);
    let rows: Vec<Row<Firm, CompanyId>> =
        affinity.companies().list().rows::<Firm>().with_ids().stream().try_collect().await.unwrap();
    let names: Vec<_> =
        rows.iter().map(|row| (row.ids.get(), row.name.as_str(), row.entity_id.get())).collect();
    assert_eq!(names, [(firms[0], "Tessel", firms[0]), (firms[1], "Larkspur", firms[1])]);
    let one: Firm = affinity.companies().get(firms[1].into()).row().await.unwrap();
    assert_eq!((one.name.as_str(), one.domain.as_deref()), ("Larkspur", Some("larkspur.example")));
    let city = |firm: &Firm| firm.place.as_ref().and_then(|place| place.city.clone());
    assert_eq!((city(&rows[0]), city(&one).as_deref()), (None, Some("Elver")));
    // The same label comes from two sources.
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Unsure {
        location: Option<Location>,
    }
    let error = affinity.companies().list().rows::<Unsure>().send().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "list_companies: rows: location: 2 fields of companies are named \"location\"; choose one: \
         affinity-data:Location, dealroom:Location"
    );
    let humans: Vec<Human> = affinity.persons().list().rows().stream().try_collect().await.unwrap();
    let odd = humans.iter().find(|human| human.first_name == "Odd").unwrap();
    assert_eq!((odd.name.as_str(), odd.last_name.as_deref()), ("Odd Vik", Some("Vik")));
    assert_eq!((odd.email.as_deref(), odd.emails.len()), (Some("odd@vik.example"), 1));
    assert_eq!(odd.person_type, "external");
    assert!(humans.iter().any(|human| human.name == "Ada" && human.email.is_none()));
}

#[tokio::test]
async fn a_saved_view_gives_its_columns_and_no_others() {
    #[derive(Deserialize, Debug)]
    struct Won {
        status: Option<String>,
        amount: Option<f64>,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct More {
        status: Option<String>,
        #[serde(rename = "Next step")]
        next: Option<String>,
        #[serde(rename = "Close date")]
        close: Option<Date>,
    }
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox);
    let list = affinity.lists().find("Pipeline").await.unwrap().id;
    let views = affinity.lists().saved_views(list).send().await.unwrap().into_items().unwrap();
    let view = views.iter().find(|view| view.name == "Won").unwrap().id;
    let call = || affinity.lists().saved_view_entries(list, view);
    let won: Vec<Won> = call().rows().stream().try_collect().await.unwrap();
    let models: Vec<_> = call().stream().try_collect().await.unwrap();
    assert!(won.len() > 100 && won.len() == models.len());
    assert!(won.iter().all(|won| won.status.as_deref() == Some("Won")));
    assert!(won.iter().any(|won| won.amount.is_some()));
    assert_eq!(
        sandbox.requests().iter().rfind(|it| it.path.ends_with("list-entries")).unwrap().param("fieldIds"),
        None
    );
    let error = call().rows::<More>().stream().next().await.unwrap().err().unwrap();
    assert_eq!(
        error.to_string(),
        "list_saved_view_list_entries: rows: the saved view does not show \"Next step\", \"Close date\"; add that to \
         the view, or read the rows of the list"
    );
}

#[tokio::test]
async fn what_does_not_match_is_told_at_once_and_before_the_first_page() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Wrong {
        name: f64,
        number: String,
        text: Option<f64>,
        datetime: Vec<bool>,
        rank_dropdown: String,
        domain: Option<String>,
    }
    let sheet = Sheet::new().await;
    let error = sheet.affinity.lists().entries(sheet.list).rows::<Wrong>().send().await.unwrap_err();
    assert!(error.is_input() && !error.is_retryable());
    assert_eq!(
        error.to_string(),
        "list_list_entries: rows: name: the row's own name is text, which does not read as f64; number: \"number\" is \
         number, which does not read as String; it reads as f64 or a whole number; text: \"text\" is text, which does \
         not read as Option<f64>; it reads as String, an enum of texts; datetime: \"datetime\" is datetime, which does \
         not read as Vec<bool>; it reads as Date, a day such as NaiveDate, or String; rank_dropdown: the list \"Deals\" \
         (101) has no field \"rank_dropdown\"; is it \"ranked-dropdown\" or \"dropdown\"?; domain: the list \"Deals\" \
         (101) has no field \"domain\", and its rows have no such thing themselves; they have entry_id, list_id, \
         created_at, creator_id, entity_type, entity_id, name"
    );
    assert_eq!(sheet.asked(), 0);
}

#[test]
fn which_types_the_values_read_as() {
    use DriftKind::WrongType;
    macro_rules! reads {
        ($kind:literal as $($type:ty),+ ; not $($other:ty),+) => { {
            let schema = schema(&[("X", $kind, "list")]);
            $( {
                #[derive(Deserialize, Debug)]
                #[allow(dead_code)]
                struct It { x: $type }
                assert_eq!(It::check(&schema), [], "{} as {}", $kind, stringify!($type));
                #[derive(Deserialize, Debug)]
                #[allow(dead_code)]
                struct Maybe { x: Option<$type> }
                assert_eq!(Maybe::check(&schema), [], "{} as {}", $kind, stringify!($type));
                #[derive(Deserialize, Debug)]
                #[allow(dead_code)]
                struct Maybe2 { x: Shown<$type> }
                assert_eq!(Maybe2::check(&schema), [], "{} as {}", $kind, stringify!($type));
            } )+
            $( {
                #[derive(Deserialize, Debug)]
                #[allow(dead_code)]
                struct It { x: $other }
                let drift = It::check(&schema);
                assert_eq!(drift.first().map(|it| it.kind()), Some(WrongType), "{} as {}", $kind, stringify!($other));
                let message = drift[0].to_string();
                assert!(message.starts_with(concat!("x: \"X\" is ", $kind, ", which does not read as ")), "{message}");
            } )+
        } };
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    enum Stage {
        Won,
        Lost,
    }
    #[derive(Deserialize, Debug)]
    #[serde(rename_all = "camelCase")]
    #[allow(dead_code)]
    struct Owner {
        id: PersonId,
        first_name: Option<String>,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct City {
        city: Option<String>,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Money(f64);
    type Map = HashMap<String, Value>;
    reads!("text" as String, Box<str>, Stage, char, FieldValue, Value; not f64, bool, u8, Date, PersonRef, Vec<u8>, Map, ());
    reads!("filterable-text" as String, Stage, Vec<String>; not f64, bool, Vec<f64>);
    reads!("filterable-text-multi" as Vec<String>, HashSet<String>, Multi<String>, FieldValue; not String, Vec<f64>, Date);
    reads!("number" as f64, f32, i64, u8, Money, Value, Vec<f64>; not PersonId, String, bool, Stage, Date, Dropdown);
    reads!("number-multi" as Vec<f64>, Vec<i32>, Multi<f64>; not f64, Vec<String>);
    reads!("formula-number" as f64, u64, FormulaNumber, Map; not String, bool, Location);
    reads!("datetime" as Date, NaiveDate, DateTime<Utc>, String; not f64, Stage, bool, Location);
    reads!("dropdown" as String, Stage, Dropdown, DropdownOptionId, Vec<String>; not f64, bool, RankedDropdown, PersonRef);
    reads!("ranked-dropdown" as String, Stage, Dropdown, RankedDropdown, DropdownOptionId; not f64, u64, PersonId, bool, Location, Date);
    reads!("dropdown-multi" as Vec<String>, Vec<Stage>, Multi<Dropdown>, HashSet<DropdownOptionId>; not String, Vec<u64>, Stage, Vec<f64>);
    reads!("person" as PersonRef, PersonId, Owner, Map, u64; not String, CompanyRef, CompanyId, f64, Dropdown, City);
    reads!("person-multi" as Vec<PersonRef>, Vec<PersonId>, Multi<Owner>; not PersonRef, Vec<String>, Vec<CompanyRef>);
    reads!("company" as CompanyRef, CompanyId; not PersonRef, PersonId, String, Owner);
    reads!("company-multi" as Vec<CompanyRef>, Multi<CompanyId>; not CompanyRef, Vec<String>);
    reads!("location" as Location, City, Map; not String, u64, PersonRef);
    reads!("location-multi" as Vec<Location>, Vec<City>; not Location, Vec<String>);
    reads!("interaction" as Interaction, DateTime<Utc>, String, Map; not NaiveDate, f64, Location, bool);
    reads!("status-dropdown" as FieldValue; not String, f64, Vec<String>, Value);
}

#[tokio::test]
async fn an_option_that_the_enum_lacks_is_the_error_of_its_row() {
    #[derive(Deserialize, Debug, PartialEq)]
    enum Rating {
        Strong,
    }
    #[derive(Deserialize, Debug, PartialEq)]
    enum Open {
        Strong,
        #[serde(other)]
        Another,
    }
    #[derive(Deserialize, Debug, PartialEq)]
    struct Closed {
        dropdown: Option<Rating>,
    }
    #[derive(Deserialize, Debug, PartialEq)]
    struct Opened {
        dropdown: Option<Open>,
    }
    let sheet = Sheet::new().await;
    let cell = |id: u64, text: &str| {
        [sheet.cell("dropdown", &format!(r#"{{"dropdownOptionId":{id},"text":"{text}"}}"#))]
    };
    let (strong, weak) = (cell(77, "Strong"), cell(78, "Weak"));
    sheet.answer(&[&strong, &weak, &strong]);
    let rows = sheet.affinity.lists().entries(sheet.list).rows::<Closed>().stream();
    let rows: Vec<_> = rows.collect().await;
    assert!(rows[0].is_ok() && rows[2].is_ok() && rows.len() == 3);
    let error = rows[1].as_ref().unwrap_err();
    assert!(error.is_item());
    assert_eq!(error.item_id(), Some(2));
    assert_eq!(error.field().map(|id| id.as_str()), Some(sheet.columns["dropdown"].as_str()));
    assert_eq!(error.path(), Some("data[1].entity.fields[0].value.data"));
    let printed = format!("{error} {error:?}");
    assert!(
        printed.contains("Rating has no variant for the option 78; add it, or a unit variant with"),
        "{printed}"
    );
    assert!(!printed.contains("Weak"), "{printed}");
    assert!(String::from_utf8_lossy(error.body().unwrap()).contains("Weak"));

    sheet.answer(&[&strong, &weak]);
    let rows: Vec<Opened> =
        sheet.affinity.lists().entries(sheet.list).rows().stream().try_collect().await.unwrap();
    assert_eq!(
        rows.into_iter().map(|row| row.dropdown.unwrap()).collect::<Vec<_>>(),
        [Open::Strong, Open::Another]
    );

    let schema = sheet.affinity.lists().schema(sheet.list).await.unwrap();
    let drift = Closed::check(&schema);
    assert_eq!(drift.len(), 1);
    assert!(drift[0].kind() == DriftKind::MissingVariant && !drift[0].is_breaking());
    assert_eq!(
        drift[0].to_string(),
        "dropdown: the enum lacks 1 options of \"dropdown\": \"In review\"; rows with them are errors, unless a unit \
         variant has #[serde(other)]"
    );
    assert_eq!(Opened::check(&schema), []);
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    enum Stale {
        Strong,
        #[serde(rename = "In review")]
        InReview,
        Gone,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct WithStale {
        dropdown: Stale,
    }
    assert_eq!(
        WithStale::check(&schema)[0].to_string(),
        "dropdown: \"dropdown\" has no such option: \"Gone\""
    );
}

#[tokio::test]
async fn an_empty_cell_is_none_or_the_default_or_an_error() {
    #[derive(Deserialize, Debug)]
    struct Forgiving {
        number: Option<f64>,
        #[serde(default)]
        text: String,
        #[serde(rename = "person-multi")]
        persons: Vec<PersonId>,
        #[serde(rename = "company-multi")]
        companies: Multi<CompanyId>,
        #[serde(rename = "formula-number")]
        formula: Option<f64>,
        datetime: Shown<Date>,
        dropdown: Option<Vec<String>>,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Strict {
        number: f64,
    }
    let sheet = Sheet::new().await;
    let kinds = ["number", "text", "person-multi", "company-multi", "datetime", "dropdown"];
    let mut cells: Vec<_> = kinds.iter().map(|kind| sheet.cell(kind, "null")).collect();
    cells.push(sheet.cell("formula-number", r#"{"calculatedValue":null}"#));
    // Nothing there, and not there at all.
    sheet.answer(&[&cells, &[]]);
    let rows = sheet.affinity.lists().entries(sheet.list).rows::<Forgiving>().send().await.unwrap();
    for row in rows.into_items().unwrap() {
        assert_eq!((row.number, row.text.as_str(), row.formula, row.dropdown), (None, "", None, None));
        assert!(row.persons.is_empty() && row.companies.items.is_empty() && row.datetime == Shown::Empty);
        assert_eq!(row.companies.is_complete(), Some(true));
    }
    let error = sheet.read::<Strict>("number", "null").await.unwrap_err();
    assert!(error.is_item());
    assert_eq!(
        error.to_string(),
        format!(
            "list_list_entries: the answer does not fit at data[0].entity.fields[0].value.data (id 1): \"number\" ({}): \
             there is no value; make it an Option, or give it #[serde(default)]",
            sheet.columns["number"]
        )
    );
}

#[tokio::test]
async fn a_hidden_cell_is_not_taken_for_an_empty_one() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Blind {
        amount: Option<f64>,
    }
    #[derive(Deserialize, Debug)]
    struct Seeing {
        amount: Shown<f64>,
        status: Shown<FieldValue>,
    }
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = builder(&sandbox).api_version("2026-07-15").build().unwrap();
    let list = affinity.lists().find("Pipeline").await.unwrap().id;
    let rows: Vec<_> = affinity.lists().entries(list).rows::<Blind>().stream().collect().await;
    let errors: Vec<_> = rows.iter().filter_map(|row| row.as_ref().err()).collect();
    assert_eq!((rows.len(), errors.len()), (1200, 6));
    assert!(errors[0].is_item());
    let message = errors[0].to_string();
    assert!(
        message.ends_with("the cell is hidden from the key's user; a field of the type Shown takes that"),
        "{message}"
    );
    let rows: Vec<Seeing> = affinity.lists().entries(list).rows().stream().try_collect().await.unwrap();
    let hidden = rows.iter().filter(|row| row.amount.is_hidden() && row.status.is_hidden()).count();
    let (shown, empty) = (
        rows.iter().filter(|row| row.amount.as_ref().value().is_some()).count(),
        rows.iter().filter(|row| row.amount == Shown::Empty).count(),
    );
    assert_eq!(hidden, 6);
    assert!(shown > 800 && empty > 50 && hidden + shown + empty == 1200, "{shown} {empty}");
}

#[tokio::test]
async fn a_list_that_may_be_cut_is_not_taken_for_a_whole_one() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Whole {
        owners: Vec<PersonId>,
    }
    #[derive(Deserialize, Debug)]
    struct Cut {
        owners: Multi<PersonId>,
    }
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox);
    let list = affinity.lists().find("Pipeline").await.unwrap().id;
    let rows: Vec<_> = affinity.lists().entries(list).rows::<Whole>().stream().collect().await;
    let errors: Vec<_> = rows.iter().filter_map(|row| row.as_ref().err()).collect();
    assert_eq!((rows.len(), errors.len()), (1200, 1));
    let message = errors[0].to_string();
    let said = "100 values came, and there may be more: the server sends no more than 100; a field of the type Multi";
    assert!(errors[0].is_item() && message.contains(said), "{message}");
    let rows: Vec<Cut> = affinity.lists().entries(list).rows().stream().try_collect().await.unwrap();
    let cut: Vec<_> = rows.iter().filter(|row| row.owners.is_complete() != Some(true)).collect();
    assert_eq!((cut.len(), cut[0].owners.items.len(), cut[0].owners.total), (1, 100, None));
}

#[tokio::test]
async fn later_versions_say_how_many_values_there_are() {
    #[derive(Deserialize, Debug)]
    struct It {
        #[serde(rename = "number-multi")]
        numbers: Multi<f64>,
    }
    #[derive(Deserialize, Debug)]
    struct Whole {
        #[serde(rename = "number-multi")]
        numbers: Vec<f64>,
    }
    let sheet = Sheet::new().await;
    let cell = |numbers: &str, total: u64| {
        let cell = sheet.cell("number-multi", numbers);
        [cell.replace(r#""value":{"#, &format!(r#""value":{{"totalCount":{total},"#))]
    };
    let hundred = format!("[{}]", vec!["1"; 100].join(","));
    let (few, all, cut) = (cell("[1,2]", 3), cell(&hundred, 100), cell(&hundred, 130));
    sheet.answer(&[&few, &all, &cut]);
    let rows =
        sheet.affinity.lists().entries(sheet.list).rows::<It>().send().await.unwrap().into_items().unwrap();
    let complete: Vec<_> = rows.iter().map(|row| (row.numbers.is_complete(), row.numbers.total)).collect();
    assert_eq!(complete, [(Some(false), Some(3)), (Some(true), Some(100)), (Some(false), Some(130))]);
    sheet.answer(&[&few, &all, &cut]);
    let rows = sheet.affinity.lists().entries(sheet.list).rows::<Whole>().send().await.unwrap();
    let came: Vec<_> =
        rows.into_results().into_iter().map(|row| row.map(|row| row.numbers.len()).ok()).collect();
    assert_eq!(came, [None, Some(100), None]);
}

#[tokio::test]
async fn whole_numbers_are_read_from_any_form_of_them() {
    #[derive(Deserialize, Debug)]
    struct Signed {
        number: i64,
    }
    #[derive(Deserialize, Debug)]
    struct Small {
        number: u8,
    }
    let sheet = Sheet::new().await;
    for (json, expected) in
        [("5", 5), ("-5", -5), ("5.0", 5), ("5e3", 5000), ("-0.0", 0), ("9007199254740993", 9007199254740993)]
    {
        assert_eq!(sheet.read::<Signed>("number", json).await.unwrap().number, expected, "{json}");
    }
    for json in ["2.5", "1e300", "99999999999999999999"] {
        let error = sheet.read::<Signed>("number", json).await.err().unwrap();
        assert!(error.is_item() && !error.to_string().contains(json), "{json}: {error}");
    }
    assert_eq!(sheet.read::<Small>("number", "255.0").await.unwrap().number, 255);
    for json in ["256", "-1", "256.0"] {
        assert!(sheet.read::<Small>("number", json).await.err().unwrap().is_item(), "{json}");
    }
}

#[tokio::test]
async fn a_day_is_the_same_as_whatever_type_it_is_read() {
    #[derive(Deserialize, Debug)]
    struct Days {
        #[serde(rename = "datetime")]
        ours: Date,
    }
    #[derive(Deserialize, Debug)]
    struct Naive {
        datetime: NaiveDate,
    }
    #[derive(Deserialize, Debug)]
    struct Text {
        datetime: String,
    }
    #[derive(Deserialize, Debug)]
    struct Instant {
        datetime: DateTime<Utc>,
    }
    #[derive(Deserialize, Debug)]
    struct OfTime {
        datetime: time::Date,
    }
    let sheet = Sheet::new().await;
    // Midnight in US Pacific time, in winter and in summer; and a value from before times were dropped.
    for (json, day) in [
        (r#""2025-11-20T08:00:00.000Z""#, "2025-11-20"),
        (r#""2025-07-01T07:00:00.000Z""#, "2025-07-01"),
        (r#""2025-07-01T06:59:59Z""#, "2025-06-30"),
    ] {
        assert_eq!(sheet.read::<Days>("datetime", json).await.unwrap().ours.to_string(), day);
        assert_eq!(sheet.read::<Naive>("datetime", json).await.unwrap().datetime.to_string(), day);
        assert_eq!(sheet.read::<Text>("datetime", json).await.unwrap().datetime, day);
        assert_eq!(sheet.read::<OfTime>("datetime", json).await.unwrap().datetime.to_string(), day);
        let instant: DateTime<Utc> = json.trim_matches('"').parse().unwrap();
        assert_eq!(sheet.read::<Instant>("datetime", json).await.unwrap().datetime, instant);
    }
    let error = sheet.read::<Naive>("datetime", r#""20th of November""#).await.err().unwrap();
    assert!(error.is_item() && !error.to_string().contains("20th"), "{error}");
}

#[tokio::test]
async fn a_value_type_that_changed_is_the_error_of_its_row() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct It {
        number: Option<f64>,
    }
    let sheet = Sheet::new().await;
    let changed = field(&sheet.columns["number"], "text", r#""12""#, TagPlace::First);
    sheet.answer(&[&[changed], &[sheet.cell("number", "1")]]);
    let rows: Vec<_> = sheet.affinity.lists().entries(sheet.list).rows::<It>().stream().collect().await;
    assert!(rows[1].is_ok());
    let error = rows[0].as_ref().unwrap_err().to_string();
    assert!(
        error.ends_with("it was number when the schema was read, and is text here; ask for the rows anew"),
        "{error}"
    );
}

#[tokio::test]
async fn links_of_a_text_list_are_read_as_what_they_are() {
    #[derive(Deserialize, Debug)]
    struct It {
        #[serde(rename = "filterable-text-multi")]
        links: Vec<String>,
    }
    let sheet = Sheet::new().await;
    let json = r#"[{"link":"https://tessel.example/in","text":"Tessel"},{"link":null,"text":"x"},"plain"]"#;
    let it: It = sheet.read("filterable-text-multi", json).await.unwrap();
    assert_eq!(it.links, ["https://tessel.example/in", "x", "plain"]);
}

#[tokio::test]
async fn the_error_of_a_row_names_the_place_inside_a_value() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct It {
        #[serde(rename = "person-multi")]
        persons: Vec<PersonRef>,
        text: Option<String>,
    }
    let sheet = Sheet::new().await;
    let json = r#"[{"id":1,"firstName":null,"lastName":null,"primaryEmailAddress":null,"type":"internal"},
        {"id":2,"firstName":{"secret":"Ines"},"lastName":null,"primaryEmailAddress":null,"type":"internal"}]"#;
    sheet.answer(&[&[sheet.cell("text", r#""Ines""#), sheet.cell("person-multi", json)]]);
    let rows = sheet.affinity.lists().entries(sheet.list).rows::<It>().send().await.unwrap();
    let error = &rows.failures[0].error;
    assert_eq!(error.path(), Some("data[0].entity.fields[1].value.data[1].firstName"));
    assert!(!format!("{error} {error:?}").contains("Ines"), "{error:?}");
}

#[tokio::test]
async fn names_are_found_by_alias_until_both_are_there() {
    #[derive(Deserialize, Debug)]
    struct Renamed {
        #[serde(rename = "Stage", alias = "Phase")]
        stage: Option<String>,
        #[serde(alias = "Volume")]
        amount: f64,
    }
    let sheet = Sheet::new().await;
    let list = sheet.list.get();
    let add = |name: &str, kind| {
        sheet.sandbox.with_world(|world| world.add_list_field(list, NewField::new(name, kind)).unwrap())
    };
    let (phase, amount) = (add("Phase", ValueType::Text), add("Amount", ValueType::Number));
    let cells = [
        field(&phase, "text", r#""Early""#, TagPlace::First),
        field(&amount, "number", "5", TagPlace::First),
    ];
    sheet.answer(&[&cells]);
    let call = || sheet.affinity.lists().entries(sheet.list).rows::<Renamed>().send();
    let row = call().await.unwrap().into_items().unwrap().pop().unwrap();
    assert_eq!((row.stage.as_deref(), row.amount), (Some("Early"), 5.0));
    add("Stage", ValueType::Text);
    sheet.affinity.forget_schemas();
    let error = call().await.unwrap_err().to_string();
    assert!(
        error.contains("one field of the struct by its aliases, and \"Phase\" and \"Stage\" are both there"),
        "{error}"
    );
}

#[tokio::test]
async fn fields_named_alike_are_told_apart_by_source_or_id() {
    let unsure = schema(&[
        ("Location", "text", "affinity-data"),
        ("location ", "text", "dealroom"),
        ("A:B", "text", "list"),
    ]);
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct By {
        #[serde(rename = "affinity-data:location")]
        ours: String,
        #[serde(rename = "field-2")]
        theirs: String,
        #[serde(rename = "a:b")]
        colon: String,
    }
    assert_eq!(By::check(&unsure), []);
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Unsure {
        #[serde(rename = "enriched:Location")]
        which: String,
    }
    let drift = Unsure::check(&unsure);
    assert_eq!(drift[0].kind(), DriftKind::AmbiguousField);
    assert_eq!(
        drift[0].to_string(),
        "enriched:Location: 2 fields of the list \"Deals\" (1) are named \"enriched:Location\"; choose one: \
         affinity-data:Location, dealroom:location"
    );
}

#[tokio::test]
async fn resuming_goes_on_with_the_same_fields_only() {
    #[derive(Deserialize, Debug)]
    struct Deal {
        name: String,
        #[allow(dead_code)]
        status: Option<String>,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Other {
        amount: Option<f64>,
    }
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox);
    let list = affinity.lists().find("Pipeline").await.unwrap().id;
    let rows = || affinity.lists().entries(list).rows::<Deal>().page_size(50);
    let all: Vec<Deal> = rows().stream().try_collect().await.unwrap();
    let mut stream = rows().stream();
    for _ in 0..120 {
        stream.next().await.unwrap().unwrap();
    }
    let cursor = stream.cursor().unwrap().to_string();
    drop(stream);
    // As after a restart.
    let affinity = client(&sandbox);
    let cursor: Cursor = cursor.parse().unwrap();
    let rows = || affinity.lists().entries(list).rows::<Deal>();
    let rest: Vec<Deal> =
        rows().page_size(50).resume_from(cursor.clone()).stream().try_collect().await.unwrap();
    assert_eq!(rest.len(), 1100);
    assert!(rest.iter().zip(&all[100..]).all(|(one, other)| one.name == other.name));
    let before = sandbox.requests().len();
    let other = affinity.lists().entries(list).rows::<Other>().page_size(50).resume_from(cursor.clone());
    let error = other.send().await.unwrap_err();
    assert!(error.is_input() && error.to_string().contains("with other parameters"), "{error}");
    assert!(rows().page_size(60).resume_from(cursor.clone()).send().await.unwrap_err().is_input());
    let watchlist =
        affinity.lists().entries(103.into()).rows::<Deal>().resume_from(cursor.clone()).stream().next().await;
    assert!(watchlist.unwrap().err().unwrap().is_input());
    let models = affinity.lists().entries(list).resume_from(cursor).send().await;
    assert!(models.unwrap_err().is_input());
    let asked = sandbox.requests().split_off(before);
    assert!(asked.iter().all(|request| !request.path.ends_with("list-entries")), "{asked:?}");
}

#[tokio::test]
async fn an_error_in_the_middle_says_where_to_go_on() {
    #[derive(Deserialize, Debug)]
    struct Deal {
        name: String,
    }
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox);
    let list = affinity.lists().find("Pipeline").await.unwrap().id;
    let path = format!("/v2/lists/{list}/list-entries");
    let rows = || affinity.lists().entries(list).rows::<Deal>();
    let all: Vec<Deal> = rows().stream().try_collect().await.unwrap();
    let mut stream = rows().stream();
    let mut names: Vec<String> = Vec::new();
    let broken = ["<html>", "", r#"{"data":[{"id":1"#, r#"{"data":7}"#, "\u{0}", r#"{"pagination":null}"#];
    let mut broken = broken.iter();
    loop {
        match stream.next().await {
            Some(Ok(deal)) => names.push(deal.name),
            None => break,
            Some(Err(error)) => {
                assert!(error.is_decode() && !error.is_item(), "{error}");
                assert!(stream.next().await.is_none());
                stream = rows().resume_from(error.cursor().unwrap().clone()).stream();
            }
        }
        if names.len().is_multiple_of(200)
            && let Some(body) = broken.next()
        {
            sandbox.reply(Method::GET, path.as_str(), Reply::json(200, *body));
        }
    }
    assert!(broken.next().is_none());
    assert!(names.iter().eq(all.iter().map(|deal| &deal.name)));
}

#[tokio::test]
async fn one_row_is_read_as_a_struct() {
    #[derive(Deserialize, Debug)]
    struct Deal {
        name: String,
        entry_id: u64,
        status: Option<String>,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Strict {
        number: f64,
    }
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox);
    let list = affinity.lists().find("Pipeline").await.unwrap().id;
    let entry = affinity.lists().entries(list).page_size(1).send().await.unwrap().items[0].id;
    let deal: Deal = affinity.lists().entry(list, entry).row().await.unwrap();
    assert!(deal.entry_id == entry.get() && !deal.name.is_empty() && deal.status.is_some());
    assert!(affinity.lists().entry(list, 1.into()).row::<Deal>().await.unwrap_err().is_not_found());

    let sheet = Sheet::new().await;
    let row = list_entry(5, &sheet.cell("number", "null"), TagPlace::First);
    sheet.sandbox.reply(Method::GET, format!("{}/5", sheet.path()), Reply::json(200, row));
    let error = sheet.affinity.lists().entry(sheet.list, 5.into()).row::<Strict>().await.unwrap_err();
    assert!(error.is_decode() && !error.is_item());
    assert_eq!(error.path(), Some("entity.fields[0].value.data"));
    assert_eq!(error.operation(), Some("get_list_entry"));
}

#[tokio::test]
async fn a_selection_by_hand_and_a_struct_do_not_go_together() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Deal {
        name: String,
    }
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox);
    let all = || FieldSelection::types([FieldType::List]);
    let error = affinity.lists().entries(101.into()).fields(all()).rows::<Deal>().send().await.unwrap_err();
    assert!(error.is_input() && error.to_string().contains("leave the selection out"), "{error}");
    let error = affinity.lists().entry(101.into(), 1.into()).fields(all()).row::<Deal>().await.unwrap_err();
    assert!(error.is_input(), "{error}");
    assert!(
        affinity
            .lists()
            .entries(101.into())
            .rows::<Deal>()
            .page_size(101)
            .send()
            .await
            .unwrap_err()
            .is_input()
    );
    assert!(sandbox.requests().is_empty());
}

#[test]
fn what_is_no_struct_with_names_is_refused() {
    #[derive(Deserialize, Debug)]
    struct Tuple(#[allow(dead_code)] String, #[allow(dead_code)] f64);
    #[derive(Deserialize, Debug)]
    struct Wrapped(#[allow(dead_code)] Inner);
    #[derive(Deserialize, Debug)]
    struct Inner {
        #[allow(dead_code)]
        name: String,
    }
    #[derive(Deserialize, Debug)]
    struct Flat {
        #[serde(flatten)]
        #[allow(dead_code)]
        rest: Inner,
    }
    let none = schema(&[]);
    for drift in [
        Tuple::check(&none),
        String::check(&none),
        Value::check(&none),
        <(u8, u8)>::check(&none),
        HashMap::<String, Value>::check(&none),
        Flat::check(&none),
        Option::<Inner>::check(&none),
    ] {
        assert_eq!((drift.len(), drift[0].kind(), drift[0].name()), (1, DriftKind::NoStruct, ""));
        assert!(drift[0].is_breaking());
    }
    assert!(Flat::check(&none)[0].to_string().contains("flatten"));
    assert_eq!(Wrapped::check(&none), []);
}

#[tokio::test]
async fn a_field_made_after_the_schema_was_read_is_found() {
    #[derive(Deserialize, Debug)]
    struct It {
        fresh: Option<String>,
    }
    let sheet = Sheet::new().await;
    sheet.affinity.lists().schema(sheet.list).await.unwrap();
    let list = sheet.list.get();
    let id = sheet
        .sandbox
        .with_world(|world| world.add_list_field(list, NewField::new("Fresh", ValueType::Text)).unwrap());
    // The schema is not read anew within seconds, so the clock moves on.
    let (affinity, timer) = crate::support::quick(&sheet.sandbox);
    affinity.lists().schema(sheet.list).await.unwrap();
    let _ = timer;
    sheet.answer(&[&[field(&id, "text", r#""x""#, TagPlace::First)]]);
    let rows = affinity.lists().entries(sheet.list).rows::<It>().send().await.unwrap().into_items().unwrap();
    assert_eq!(rows[0].fresh.as_deref(), Some("x"));
}

#[tokio::test]
async fn random_structures_of_json_never_stop_the_stream_or_lose_a_row() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct It {
        name: String,
        number: Option<f64>,
        #[serde(rename = "person-multi")]
        persons: Multi<PersonRef>,
        dropdown: Option<String>,
        datetime: Option<NaiveDate>,
    }
    let mut rng = rng("random_structures_of_json_never_stop_the_stream_or_lose_a_row");
    let sheet = Sheet::new().await;
    let mut bad_rows = 0;
    for _ in 0..60 {
        let count = rng.usize(1..20);
        let rows: Vec<String> = (0..count)
            .map(|n| {
                let kinds = ["number", "person-multi", "dropdown", "datetime"];
                let cells: Vec<_> = kinds
                    .iter()
                    .map(|kind| {
                        let (_, data) = VALUES.iter().find(|(known, _)| known == kind).unwrap();
                        match rng.u8(..12) {
                            0 => sheet.cell(kind, "null"),
                            1 => sheet.cell(
                                kind,
                                ["{}", "[]", "[null]", "true", r#""""#, "-1e9", r#"{"a":[1]}"#]
                                    [rng.usize(..7)],
                            ),
                            2 => field(&sheet.columns[*kind], kind, data, TagPlace::Last),
                            3 => sheet
                                .cell(kind, data)
                                .replace(r#""value":{"#, r#""new":[{"x":1}],"value":{"later":{},"#),
                            _ => sheet.cell(kind, data),
                        }
                    })
                    .collect();
                let tag = if rng.bool() { TagPlace::First } else { TagPlace::Last };
                list_entry(n as u64 + 1, &cells.join(","), tag)
            })
            .collect();
        sheet.sandbox.reply(Method::GET, sheet.path(), Reply::json(200, page(&rows, None)));
        let call = sheet.affinity.lists().entries(sheet.list).rows::<It>().with_ids().send();
        let results = call.await.unwrap().into_results();
        assert_eq!(results.len(), count);
        for (n, row) in results.into_iter().enumerate() {
            match row {
                Ok(row) => assert_eq!(row.ids.entry.get(), n as u64 + 1),
                Err(error) => {
                    assert_eq!(error.item_id(), Some(n as u64 + 1), "{error}");
                    bad_rows += 1;
                }
            }
        }
    }
    assert!(bad_rows > 0);
}

#[tokio::test]
async fn companies_by_their_ids_are_read_as_rows() {
    #[derive(Deserialize, Debug)]
    struct Firm {
        name: String,
        #[serde(rename = "affinity-data-location")]
        place: Option<Location>,
    }
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox);
    let mut ids: Vec<u64> = sandbox.with_world(|world| world.company_ids().take(250).collect());
    ids.reverse();
    ids.insert(120, 999_999);
    let ids: Vec<_> = ids.into_iter().map(CompanyId::new).collect();
    let found = affinity.companies().by_ids(ids.clone()).rows::<Firm>().send().await.unwrap();
    assert_eq!(found.missing, [CompanyId::new(999_999)]);
    assert_eq!((found.items.len(), found.failures.len()), (250, 0));
    let there = ids.iter().filter(|id| id.get() != 999_999);
    assert!(found.items.iter().map(|row| &row.ids).eq(there));
    assert!(
        found.items.iter().all(|row| !row.name.is_empty())
            && found.items.iter().any(|row| row.place.is_some())
    );
    let requests = sandbox.requests();
    let pages: Vec<_> = requests.iter().filter(|request| request.path == "/v2/companies").collect();
    assert_eq!(pages.iter().map(|page| page.params("ids").count()).sum::<usize>(), 251);
    assert!(pages.iter().all(|page| page.params("fieldIds").eq(["affinity-data-location"])));
    assert_eq!(requests.iter().filter(|request| request.path == "/v2/companies/fields").count(), 1);
    let none = affinity.companies().by_ids([CompanyId::new(0)]).rows::<Firm>().send().await;
    assert!(none.unwrap_err().is_input());
    let humans = affinity.persons().by_ids([50_003, 1].map(PersonId::new)).rows::<Human>();
    #[derive(Deserialize, Debug)]
    struct Human {
        email: Option<String>,
    }
    let rows: Vec<_> = humans.stream().try_collect().await.unwrap();
    assert!(rows.len() == 1 && rows[0].ids.get() == 50_003 && rows[0].email.is_some());
}

#[tokio::test]
async fn an_id_is_not_read_as_one_of_another_kind() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Wrong {
        entity_id: PersonId,
        entry_id: ListId,
        creator_id: Option<CompanyId>,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Right {
        entity_id: affinity::OpportunityId,
        entry_id: affinity::ListEntryId,
        creator_id: Option<PersonId>,
    }
    let deals = schema(&[]);
    let names: Vec<_> = Wrong::check(&deals).iter().map(|drift| drift.to_string()).collect();
    assert_eq!(
        names,
        [
            "entity_id: the row's own entity_id is an id, which does not read as PersonId",
            "entry_id: the row's own entry_id is an id, which does not read as ListId",
            "creator_id: the row's own creator_id is an id, which does not read as Option<CompanyId>",
        ]
    );
    assert_eq!(Right::check(&deals), []);
}

#[test]
fn aliases_are_names_of_one_field_whatever_its_type() {
    macro_rules! aliased {
        ($($kind:literal as $type:ty),+ $(,)?) => { $( {
            #[derive(Deserialize, Debug)]
            #[allow(dead_code)]
            struct It {
                #[serde(rename = "Firm", alias = "Account")]
                x: $type,
                #[serde(rename = "Other")]
                other: $type,
            }
            let is = schema(&[("Account", $kind, "list"), ("Other", $kind, "list")]);
            assert_eq!(It::check(&is), [], "{}", $kind);
        } )+ };
    }
    aliased! {
        "company" as CompanyRef, "location" as Location, "dropdown" as Dropdown, "text" as FieldValue, "text" as char,
        "interaction" as Interaction, "person" as HashMap<String, Value>, "datetime" as NaiveDate, "number" as Value,
    }
    // The same field by name, by other letters and by id.
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Pinned {
        #[serde(rename = "Status", alias = "status", alias = "field-1")]
        x: Option<String>,
    }
    assert_eq!(Pinned::check(&schema(&[("Status", "text", "list")])), []);
    // Names that a hand-written struct tells apart by their text are different fields.
    struct ByHand;
    impl<'de> Deserialize<'de> for ByHand {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Keys;
            impl<'de> serde::de::Visitor<'de> for Keys {
                type Value = ByHand;
                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("a row")
                }
                fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<ByHand, A::Error> {
                    while let Some(_key) = map.next_key::<String>()? {
                        map.next_value::<f64>()?;
                    }
                    Ok(ByHand)
                }
            }
            deserializer.deserialize_struct("ByHand", &["One", "Two"], Keys)
        }
    }
    let drift = ByHand::check(&schema(&[("One", "number", "list")]));
    assert_eq!(drift.iter().map(|drift| drift.name()).collect::<Vec<_>>(), ["Two"]);
}

#[tokio::test]
async fn a_value_that_is_missed_is_named_by_any_of_its_names() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct It {
        #[serde(rename = "Stage", alias = "number")]
        stage: f64,
    }
    let sheet = Sheet::new().await;
    let error = sheet.read::<It>("number", "null").await.unwrap_err();
    assert_eq!(error.field().map(|id| id.as_str()), Some(sheet.columns["number"].as_str()));
    assert!(error.to_string().contains("there is no value; make it an Option"), "{error}");
}

#[tokio::test]
async fn every_error_of_a_row_names_field_and_place() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct It {
        number: Option<f64>,
        #[serde(rename = "ranked-dropdown")]
        ranked: Option<Shown<String>>,
    }
    let sheet = Sheet::new().await;
    let number = |value: &str| {
        let id = &sheet.columns["number"];
        [
            sheet.cell("text", "null"),
            format!(r#"{{"id":"{id}","name":"x","type":"list","enrichmentSource":null{value}}}"#),
        ]
    };
    let hidden = |kind: &str| sheet.cell(kind, "null").replace(r#""type":"list""#, r#""type":"hidden""#);
    for (cells, path, says) in [
        (number(r#","value":null"#), "fields[1].value", "no value of the documented form"),
        (number(""), "fields[1].value", "no value of the documented form"),
        (number(r#","value":{"data":1}"#), "fields[1].value", "no value of the documented form"),
        (number(r#","value":{"type":null,"data":1}"#), "fields[1].value", "no value of the documented form"),
        (number(r#","value":{"type":"text","data":"1"}"#), "fields[1].value.data", "it was number"),
        ([sheet.cell("text", "null"), hidden("number")], "fields[1].value.data", "the cell is hidden"),
        // An `Option` around it would take hidden for empty.
        (
            [sheet.cell("text", "null"), hidden("ranked-dropdown")],
            "fields[1].value.data",
            "the cell is hidden",
        ),
    ] {
        sheet.answer(&[&[], &cells, &[]]);
        let rows = sheet.affinity.lists().entries(sheet.list).rows::<It>().send().await.unwrap();
        assert_eq!((rows.items.len(), rows.failures.len(), rows.failures[0].index), (2, 1, 1), "{cells:?}");
        let error = &rows.failures[0].error;
        assert_eq!(error.path(), Some(format!("data[1].entity.{path}").as_str()), "{cells:?}");
        assert!(error.field().is_some() && error.item_id() == Some(2), "{error:?}");
        assert!(error.to_string().contains(says), "{error}");
    }
    // What a field that is not wanted looks like does not matter, wherever its id stands.
    for cell in [r#"{"type":null,"value":7,"id":"other"}"#, r#"{"id":"other","type":null,"value":7}"#] {
        sheet.answer(&[&[cell.to_owned()]]);
        let rows = sheet.affinity.lists().entries(sheet.list).rows::<It>().send().await.unwrap();
        assert_eq!((rows.items.len(), rows.failures.len()), (1, 0), "{cell}");
    }
}

#[tokio::test]
async fn the_place_of_what_a_row_has_itself_is_that_in_the_json() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct It {
        creator_id: PersonId,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Firm {
        domain: String,
    }
    let sheet = Sheet::new().await;
    let row = list_entry(1, "", TagPlace::First).replace(r#""creatorId":4021"#, r#""creatorId":null"#);
    sheet.sandbox.reply(Method::GET, sheet.path(), Reply::json(200, page(&[row], None)));
    let rows = sheet.affinity.lists().entries(sheet.list).rows::<It>().send().await.unwrap();
    assert_eq!(rows.failures[0].error.path(), Some("data[0].creatorId"));
    let company = sheet.sandbox.with_world(|world| world.add_company(Company::new("Tessel")).unwrap());
    let error = sheet.affinity.companies().get(company.into()).row::<Firm>().await.unwrap_err();
    assert_eq!(error.path(), Some("domain"));
}

#[tokio::test]
async fn a_default_does_for_types_that_take_whatever_comes() {
    #[derive(Debug, Default, PartialEq)]
    struct Money(f64);
    impl<'de> Deserialize<'de> for Money {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Number;
            impl serde::de::Visitor<'_> for Number {
                type Value = Money;
                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("money")
                }
                fn visit_f64<E>(self, number: f64) -> Result<Money, E> {
                    Ok(Money(number))
                }
            }
            deserializer.deserialize_any(Number)
        }
    }
    #[derive(Deserialize, Debug)]
    struct Lenient {
        #[serde(default)]
        number: Money,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Strict {
        number: Money,
    }
    let sheet = Sheet::new().await;
    assert_eq!(sheet.read::<Lenient>("number", "null").await.unwrap().number, Money(0.0));
    assert_eq!(sheet.read::<Lenient>("number", "2.5").await.unwrap().number, Money(2.5));
    let error = sheet.read::<Strict>("number", "null").await.unwrap_err().to_string();
    assert!(error.contains("there is no value; make it an Option"), "{error}");
}

#[tokio::test]
async fn what_is_missing_inside_a_value_is_not_a_missing_value() {
    #[derive(Deserialize, Debug)]
    #[serde(rename_all = "camelCase")]
    #[allow(dead_code)]
    struct Owner {
        id: PersonId,
        first_name: String,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct It {
        #[serde(rename = "person-multi")]
        persons: Vec<Owner>,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Pair {
        #[serde(rename = "number-multi")]
        numbers: (f64, f64),
    }
    let sheet = Sheet::new().await;
    let error = sheet.read::<It>("person-multi", r#"[{"id":1,"firstName":"B"},{"id":2}]"#).await.unwrap_err();
    assert_eq!(error.path(), Some("data[0].entity.fields[0].value.data[1]"));
    assert!(error.to_string().ends_with("missing field `firstName`"), "{error}");
    let error = sheet.read::<Pair>("number-multi", "[1,2,3]").await.unwrap_err().to_string();
    assert!(error.ends_with("the value is of another length or range than the type takes"), "{error}");
}

#[tokio::test]
async fn a_schema_that_the_rows_do_not_agree_with_is_read_anew() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct It {
        number: Option<f64>,
    }
    let sheet = Sheet::new().await;
    let (affinity, timer) = crate::support::quick(&sheet.sandbox);
    let rows = || affinity.lists().entries(sheet.list).rows::<It>().send();
    let reads = || {
        let path = format!("/v2/lists/{}/fields", sheet.list);
        sheet.sandbox.requests().iter().filter(|request| request.path == path).count()
    };
    let changed = || field(&sheet.columns["number"], "text", r#""12""#, TagPlace::First);
    sheet.answer(&[&[changed()]]);
    assert_eq!((rows().await.unwrap().failures.len(), reads()), (1, 1));
    affinity_core::Timer::sleep(&timer, std::time::Duration::from_secs(6)).await;
    sheet.answer(&[&[changed()]]);
    assert_eq!((rows().await.unwrap().failures.len(), reads()), (1, 1));
    sheet.answer(&[&[changed()]]);
    assert_eq!((rows().await.unwrap().failures.len(), reads()), (1, 2));
    // So is one of which a field is refused.
    affinity_core::Timer::sleep(&timer, std::time::Duration::from_secs(6)).await;
    let refused = r#"{"errors":[{"code":"validation","message":"No such field.","param":"fieldIds"}]}"#;
    sheet.sandbox.reply(Method::GET, sheet.path(), Reply::json(400, refused));
    assert_eq!((rows().await.unwrap_err().param(), reads()), (Some("fieldIds"), 2));
    assert_eq!((rows().await.unwrap().items.len(), reads()), (0, 3));
}

#[tokio::test]
async fn a_saved_view_that_loses_a_column_is_noticed_on_any_page() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct It {
        number: Option<f64>,
    }
    let sheet = Sheet::new().await;
    let path = format!("/v2/lists/{}/saved-views/5/list-entries", sheet.list);
    let (with, without) = (sheet.cell("number", "1"), sheet.cell("text", "null"));
    let first = page(&[list_entry(1, &with, TagPlace::First)], Some("/v2/x?cursor=p2"));
    sheet.sandbox.reply(Method::GET, path.as_str(), Reply::json(200, first));
    sheet.sandbox.reply(
        Method::GET,
        path,
        Reply::json(200, page(&[list_entry(2, &without, TagPlace::First)], None)),
    );
    let mut rows = sheet.affinity.lists().saved_view_entries(sheet.list, 5.into()).rows::<It>().stream();
    assert!(rows.next().await.unwrap().is_ok());
    let error = rows.next().await.unwrap().unwrap_err();
    assert!(error.is_input() && error.cursor().and_then(Cursor::token) == Some("p2"), "{error}");
}

#[test]
fn drift_says_what_to_do() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Snake {
        id: PersonId,
        first_name: Option<String>,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Owners {
        owners: Vec<Snake>,
    }
    let is = schema(&[("Owners", "person-multi", "list"), ("Status", "dropdown", "list")]);
    assert_eq!(
        Owners::check(&is)[0].to_string(),
        "owners: \"Owners\" is person-multi, which does not read as Vec<Snake>; it reads as Vec<PersonRef> or \
         Vec<PersonId>, which have id, firstName, lastName, primaryEmailAddress, type, not \"first_name\""
    );
    #[derive(Deserialize, Debug)]
    #[serde(rename_all = "camelCase")]
    #[allow(dead_code)]
    struct Camel {
        entry_id: affinity::ListEntryId,
    }
    let drift = Camel::check(&is)[0].to_string();
    assert!(
        drift.ends_with("what a row has itself is \"entry_id\": #[serde(rename = \"entry_id\")]"),
        "{drift}"
    );
    // A text type with rules of its own is not a date.
    #[derive(Debug)]
    #[allow(dead_code)]
    struct Short(String);
    impl TryFrom<String> for Short {
        type Error = &'static str;
        fn try_from(text: String) -> Result<Self, Self::Error> {
            if text.len() <= 20 { Ok(Self(text)) } else { Err("too long") }
        }
    }
    impl<'de> Deserialize<'de> for Short {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            String::deserialize(deserializer)?.try_into().map_err(serde::de::Error::custom)
        }
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct WithShort {
        status: Short,
    }
    assert_eq!(WithShort::check(&is), []);
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Dated {
        name: NaiveDate,
    }
    assert_eq!(Dated::check(&is)[0].kind(), DriftKind::WrongType);
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct AllShown {
        name: Shown<String>,
        status: Shown<String>,
    }
    assert_eq!(AllShown::check(&is), []);
}

#[tokio::test]
async fn a_renamed_option_is_read_by_alias_and_is_no_drift() {
    #[derive(Deserialize, Debug, PartialEq)]
    #[allow(dead_code)]
    enum Rating {
        Strong,
        #[serde(rename = "In review", alias = "Reviewing")]
        Review,
    }
    #[derive(Deserialize, Debug, PartialEq)]
    struct It {
        dropdown: Rating,
    }
    #[derive(Deserialize, Debug, PartialEq)]
    enum Open {
        Strong,
        Gone,
        #[serde(other)]
        Rest,
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct Opened {
        dropdown: Vec<Open>,
    }
    let sheet = Sheet::new().await;
    let schema = sheet.affinity.lists().schema(sheet.list).await.unwrap();
    assert_eq!(It::check(&schema), []);
    for text in ["In review", "Reviewing"] {
        let json = format!(r#"{{"dropdownOptionId":1,"text":"{text}"}}"#);
        assert_eq!(sheet.read::<It>("dropdown", &json).await.unwrap().dropdown, Rating::Review);
    }
    let drift: Vec<_> = Opened::check(&schema).iter().map(ToString::to_string).collect();
    assert_eq!(drift, [r#"dropdown: "dropdown" has no such option: "Gone""#]);
}

#[tokio::test]
async fn an_interaction_that_does_not_say_when_it_was_is_not_none() {
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct It {
        #[serde(rename = "last-email")]
        last: Option<DateTime<Utc>>,
    }
    let sheet = Sheet::new().await;
    let error = sheet.read::<It>("interaction", r#"{"type":"new","id":1}"#).await.unwrap_err().to_string();
    assert!(error.ends_with("the interaction does not say when it was"), "{error}");
    assert_eq!(sheet.read::<It>("interaction", "null").await.unwrap().last, None);
}

#[tokio::test]
async fn the_words_of_a_type_that_refuses_a_value_are_not_shown() {
    #[derive(Debug)]
    struct Picky;
    impl<'de> Deserialize<'de> for Picky {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = String::deserialize(deserializer)?;
            Err(serde::de::Error::custom(format!("not {text}")))
        }
    }
    #[derive(Deserialize, Debug)]
    #[allow(dead_code)]
    struct It {
        text: Picky,
    }
    let sheet = Sheet::new().await;
    let error = sheet.read::<It>("text", r#""Ines Falk""#).await.unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("the type does not take the value; why is not shown, since that may quote it")
    );
    assert!(!format!("{error} {error:?}").contains("Ines"), "{error:?}");
}
