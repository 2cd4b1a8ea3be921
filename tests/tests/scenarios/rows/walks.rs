//! What is asked for, page by page, by ids, and one row.

use super::*;

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
