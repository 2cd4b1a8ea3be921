//! Schemas: what is in them, how names are looked up, and how often they are read.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use affinity::{Affinity, FieldType, ListId, ListType, Schema, SchemaField, SchemaOf, Timer, ValueType};
use affinity_sandbox::{
    EnrichmentSource, EntityKind, List, Method, NewField, Reply, Sandbox, ValueType as Kind,
};
use futures::FutureExt;
use futures::future::join_all;

use crate::support::{QuickTimer, builder, client, quick};

/// Long enough that a call which waited for it would be noticed.
const NEVER: Duration = Duration::from_secs(3600);

/// Seconds of the fake clock, which passes them at once.
async fn pass(timer: &QuickTimer, seconds: u64) {
    timer.sleep(Duration::from_secs(seconds)).await;
}

fn list_named(sandbox: &Sandbox, name: &str) -> ListId {
    ListId::new(sandbox.with_world(|world| world.list_named(name).unwrap()))
}

/// A sandbox with one list of companies that has these columns.
async fn with_columns(columns: impl IntoIterator<Item = NewField>) -> (Sandbox, ListId) {
    let sandbox = Sandbox::empty().await.unwrap();
    let list = sandbox.with_world(|world| {
        let list = world.add_list(List::new("Deals", EntityKind::Company)).unwrap();
        for column in columns {
            world.add_list_field(list, column).unwrap();
        }
        list
    });
    (sandbox, ListId::new(list))
}

fn add_column(sandbox: &Sandbox, list: ListId, name: &str) -> String {
    sandbox.with_world(|world| world.add_list_field(list.get(), NewField::new(name, Kind::Text)).unwrap())
}

/// The paths asked for since the last time, sorted: some calls are made at once.
fn asked(sandbox: &Sandbox) -> Vec<String> {
    let mut paths: Vec<_> = sandbox.requests().into_iter().map(|request| request.path).collect();
    paths.sort();
    sandbox.clear_requests();
    paths
}

fn texts(field: &SchemaField) -> Option<Vec<&str>> {
    field.options.as_ref().map(|options| options.iter().map(|option| option.text.as_str()).collect())
}

fn fields_of(list: ListId) -> String {
    format!("/v2/lists/{list}/fields")
}

/// Field metadata as v2 has it.
fn metadata(id: &str, name: &str, value_type: &str) -> String {
    format!(
        r#"{{"id":"{id}","name":"{name}","type":"list","enrichmentSource":null,"valueType":"{value_type}"}}"#
    )
}

/// Polls it until the server has seen a request, and leaves it there.
async fn begin<F: Future<Output: std::fmt::Debug>>(sandbox: &Sandbox, mut reading: Pin<&mut F>) {
    while sandbox.requests().is_empty() {
        let early = (&mut reading).now_or_never();
        assert!(early.is_none(), "it ended at once: {early:?}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_list_has_its_columns_and_what_its_entities_have() {
    let sandbox = Sandbox::demo().await.unwrap();
    let list = list_named(&sandbox, "Pipeline");
    let affinity = client(&sandbox);
    let schema = affinity.lists().schema(list).await.unwrap();
    assert_eq!(schema.of, SchemaOf::List { id: list, name: "Pipeline".to_owned() });
    assert_eq!(
        (&schema.of.to_string(), &schema.entity),
        (&format!("the list \"Pipeline\" ({list})"), &ListType::Opportunity)
    );
    let read = |name: &str| {
        let field = schema.field(name).unwrap();
        (field.field_type.clone(), field.value_type.clone(), field.source())
    };
    assert_eq!(read("Amount"), (FieldType::List, ValueType::Number, "list"));
    assert_eq!(read("People"), (FieldType::List, ValueType::PersonMulti, "list"));
    let derived = FieldType::RelationshipIntelligence;
    assert_eq!(read("Last Email"), (derived, ValueType::Interaction, "relationship-intelligence"));

    let status = schema.field("Status").unwrap();
    let won = sandbox.with_world(|world| world.option_named(status.id.as_str(), "Won").unwrap());
    assert_eq!(status.option("Won").unwrap().id.get(), won);
    assert_eq!(
        texts(status).unwrap(),
        ["New", "In review", "Due diligence", "Term sheet", "Won", "Lost", "Parked"]
    );
    assert_eq!(status.option("Lost").unwrap().rank, Some(5));
    assert!(schema.fields.iter().all(|field| field.options.is_some() == (field.id == status.id)));
    // Opportunities have no dropdowns of their own, so nobody asks for them.
    let list_path = format!("/v2/lists/{list}");
    assert_eq!(asked(&sandbox), ["/fields".to_owned(), list_path, fields_of(list)]);
}

#[tokio::test]
async fn every_value_type_and_source_comes_as_it_is() {
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox);
    let (mut value_types, mut sources) = (BTreeSet::new(), BTreeSet::new());
    for name in ["Pipeline", "Portfolio", "Network"] {
        let schema = affinity.lists().schema(list_named(&sandbox, name)).await.unwrap();
        for field in &schema.fields {
            value_types.insert(field.value_type.to_string());
            sources.insert(field.source().to_owned());
            assert_eq!(field.enrichment_source.is_some(), field.field_type == FieldType::Enriched);
            assert_eq!(schema.field_by_id(&field.id), Some(field));
        }
    }
    let documented: BTreeSet<_> =
        affinity_tests::VALUES.iter().map(|(value_type, _)| (*value_type).to_owned()).collect();
    assert_eq!(value_types, documented);
    assert_eq!(
        sources.iter().map(String::as_str).collect::<Vec<_>>(),
        ["affinity-data", "global", "list", "relationship-intelligence"]
    );
}

#[tokio::test]
async fn the_options_of_columns_and_of_all_companies_come_from_two_calls() {
    let sandbox = Sandbox::demo().await.unwrap();
    let list = list_named(&sandbox, "Portfolio");
    let (path, fields) = (format!("/v2/lists/{list}"), fields_of(list));
    let schema = client(&sandbox).lists().schema(list).await.unwrap();
    assert_eq!(schema.entity, ListType::Company);
    assert_eq!(texts(schema.field("Thesis fit").unwrap()).unwrap(), ["Strong", "Fair", "Weak"]);
    // No column of it is a dropdown.
    assert_eq!(asked(&sandbox), ["/organizations/fields", path.as_str(), &fields]);

    let tier = NewField::new("Tier", Kind::DropdownMulti).options(["A", "B"]);
    sandbox.with_world(|world| world.add_list_field(list.get(), tier).unwrap());
    let schema = client(&sandbox).lists().schema(list).await.unwrap();
    assert_eq!(texts(schema.field("Tier").unwrap()).unwrap(), ["A", "B"]);
    assert_eq!(texts(schema.field("Thesis fit").unwrap()).unwrap(), ["Strong", "Fair", "Weak"]);
    let columns = sandbox.requests().into_iter().find(|request| request.path == "/fields").unwrap();
    assert_eq!(columns.param("list_id"), Some(list.to_string().as_str()));
    assert_eq!(asked(&sandbox), ["/fields", "/organizations/fields", path.as_str(), &fields]);
}

#[tokio::test]
async fn a_list_of_persons_has_the_options_of_persons() {
    let sandbox = Sandbox::demo().await.unwrap();
    let list = list_named(&sandbox, "Network");
    let schema = client(&sandbox).lists().schema(list).await.unwrap();
    assert_eq!(schema.entity, ListType::Person);
    let dropdowns: Vec<_> = schema.fields.iter().filter(|field| field.is_dropdown()).collect();
    assert!(!dropdowns.is_empty() && dropdowns.iter().all(|field| !texts(field).unwrap().is_empty()));
    assert_eq!(asked(&sandbox)[0], "/persons/fields");
}

#[tokio::test]
async fn companies_and_persons_have_schemas_of_their_own() {
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox);
    let companies = affinity.companies().schema().await.unwrap();
    assert_eq!((&companies.of, &companies.entity), (&SchemaOf::Companies, &ListType::Company));
    assert_eq!(texts(companies.field("thesis fit").unwrap()).unwrap(), ["Strong", "Fair", "Weak"]);
    assert_eq!(asked(&sandbox), ["/organizations/fields", "/v2/companies/fields"]);
    let persons = affinity.persons().schema().await.unwrap();
    assert_eq!((&persons.of, &persons.entity), (&SchemaOf::Persons, &ListType::Person));
    assert!(persons.fields.iter().any(|field| texts(field).is_some_and(|texts| !texts.is_empty())));
    assert_eq!(asked(&sandbox), ["/persons/fields", "/v2/persons/fields"]);

    let industry = affinity.companies().field("Industry").await.unwrap();
    assert_eq!((industry.id.as_str(), industry.source()), ("affinity-data-industry", "affinity-data"));
    assert_eq!(affinity.persons().field("Job titles").await.unwrap().id.as_str(), "affinity-data-job-titles");
    assert!(asked(&sandbox).is_empty());
}

#[tokio::test]
async fn without_dropdowns_v1_is_not_asked() {
    let (sandbox, list) = with_columns([NewField::new("Amount", Kind::Number)]).await;
    client(&sandbox).lists().schema(list).await.unwrap();
    client(&sandbox).companies().schema().await.unwrap();
    assert_eq!(
        asked(&sandbox),
        ["/v2/companies/fields".to_owned(), format!("/v2/lists/{list}"), fields_of(list)]
    );
}

#[tokio::test]
async fn options_that_v1_does_not_show_are_not_known_and_those_it_shows_as_none_are_none() {
    let columns = ["Stage", "Tier"].map(|name| NewField::new(name, Kind::Dropdown).options(["A"]));
    let (sandbox, list) = with_columns(columns).await;
    let affinity = client(&sandbox);
    let stage = sandbox.with_world(|world| world.field_named(list.get(), "Stage").unwrap());
    let number = stage.strip_prefix("field-").unwrap();
    let stale = format!(
        r#"[{{"id":{number},"name":"Stage","list_id":{list},"value_type":2,"allows_multiple":false,"dropdown_options":[]}}]"#
    );
    sandbox.reply(Method::GET, "/fields", Reply::json(200, stale));
    let schema = affinity.lists().schema(list).await.unwrap();
    assert_eq!(texts(schema.field("Stage").unwrap()), Some(vec![]));
    let tier = schema.field("Tier").unwrap();
    assert_eq!((tier.is_dropdown(), &tier.options), (true, &None));
    let error = tier.option("A").unwrap_err();
    assert!(
        error.is_input() && error.to_string().contains("the options of \"Tier\" are not known"),
        "{error}"
    );
}

#[tokio::test]
async fn a_key_that_v1_refuses_still_gets_the_fields() {
    let sandbox = Sandbox::demo().await.unwrap();
    let list = list_named(&sandbox, "Portfolio");
    let tier = NewField::new("Tier", Kind::Dropdown).options(["A", "B"]);
    sandbox.with_world(|world| world.add_list_field(list.get(), tier).unwrap());
    sandbox.reply(Method::GET, "/organizations/fields", Reply::json(403, r#"{"message":"Not allowed"}"#));
    let schema = client(&sandbox).lists().schema(list).await.unwrap();
    assert_eq!(schema.field("Thesis fit").unwrap().options, None);
    assert_eq!(texts(schema.field("Tier").unwrap()).unwrap(), ["A", "B"], "the other call was not refused");
    assert_eq!(sandbox.pending_replies(), 0);
}

#[tokio::test]
async fn any_other_error_of_v1_is_one_of_the_schema() {
    let sandbox = Sandbox::demo().await.unwrap();
    sandbox.reply(Method::GET, "/fields", Reply::empty(500));
    let error = client(&sandbox).lists().schema(list_named(&sandbox, "Pipeline")).await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 500);
    assert!(error.to_string().starts_with("v1_list_fields: 500"), "{error}");
}

#[tokio::test]
async fn a_field_that_cannot_be_read_fails_the_whole() {
    let (sandbox, list) = with_columns([]).await;
    let bad = r#"{"id":"field-2","name":null,"type":"list","enrichmentSource":null,"valueType":"text"}"#;
    let page = [metadata("field-1", "Amount", "number"), bad.to_owned()];
    sandbox.reply(Method::GET, fields_of(list), Reply::json(200, affinity_tests::page(&page, None)));
    let error = client(&sandbox).lists().schema(list).await.unwrap_err();
    assert!(error.is_decode() && error.path() == Some("data[1].name"), "{error}");
    // Who leaves out rows that cannot be read does not take it for one of them, nor for a place to go on from.
    assert!(!error.is_item() && error.cursor().is_none());
}

#[tokio::test]
async fn a_field_that_v1_garbles_matters_if_it_may_be_one_that_is_needed() {
    let (sandbox, list) = with_columns([NewField::new("Stage", Kind::Dropdown).options(["A"])]).await;
    let stage = sandbox.with_world(|world| world.field_named(list.get(), "Stage").unwrap());
    let number = stage.strip_prefix("field-").unwrap();
    let garbled = r#"{"id":"?","name":"Other","value_type":6}"#;
    let good = format!(
        r#"{{"id":{number},"name":"Stage","value_type":2,"dropdown_options":[{{"id":9,"text":"A"}}]}}"#
    );
    sandbox.reply(Method::GET, "/fields", Reply::json(200, format!("[{garbled}]")));
    sandbox.reply(Method::GET, "/fields", Reply::json(200, format!("[{garbled},{good}]")));
    let affinity = client(&sandbox);
    let error = affinity.lists().schema(list).await.unwrap_err();
    assert!(error.is_decode() && !error.is_item(), "{error:?}");
    let schema = affinity.lists().schema(list).await.unwrap();
    assert_eq!(schema.field("Stage").unwrap().option("A").unwrap().id.get(), 9);
}

#[tokio::test]
async fn fields_come_from_all_pages() {
    let (sandbox, list) =
        with_columns((0..300).map(|n| NewField::new(format!("Column {n}"), Kind::Number))).await;
    let schema = client(&sandbox).lists().schema(list).await.unwrap();
    let columns: BTreeSet<_> =
        schema.fields.iter().filter(|field| field.field_type == FieldType::List).collect_ids();
    assert_eq!(columns.len(), 300);
    assert!(schema.field("column 299").is_ok());
    let pages = asked(&sandbox).into_iter().filter(|path| *path == fields_of(list)).count();
    assert_eq!(pages, schema.fields.len().div_ceil(100));
}

trait Ids {
    fn collect_ids(self) -> BTreeSet<String>;
}

impl<'a, I: Iterator<Item = &'a SchemaField>> Ids for I {
    fn collect_ids(self) -> BTreeSet<String> {
        self.map(|field| field.id.to_string()).collect()
    }
}

#[tokio::test]
async fn a_list_that_is_not_there_has_no_schema() {
    let sandbox = Sandbox::demo().await.unwrap();
    let lists = client(&sandbox).lists();
    assert!(lists.schema(ListId::new(999_999)).await.unwrap_err().is_not_found());
    sandbox.clear_requests();
    assert!(lists.schema(ListId::new(0)).await.unwrap_err().is_input());
    assert!(asked(&sandbox).is_empty());
}

#[tokio::test]
async fn fifty_callers_share_one_read() {
    let sandbox = Sandbox::demo().await.unwrap();
    let list = list_named(&sandbox, "Pipeline");
    let affinity = client(&sandbox);
    let callers = (0..50).map(|_| {
        let affinity = affinity.clone();
        tokio::spawn(async move { affinity.lists().schema(list).await.unwrap() })
    });
    let schemas: Vec<_> = join_all(callers).await.into_iter().map(Result::unwrap).collect();
    assert!(schemas.iter().all(|schema| Arc::ptr_eq(schema, &schemas[0])));
    assert_eq!(asked(&sandbox).len(), 3);
}

#[tokio::test]
async fn a_caller_that_gives_up_does_not_end_the_read_of_others() {
    let sandbox = Sandbox::demo().await.unwrap();
    let list = list_named(&sandbox, "Pipeline");
    let lists = client(&sandbox).lists();
    let mut first = Box::pin(lists.schema(list));
    begin(&sandbox, first.as_mut()).await;
    let mut second = Box::pin(lists.schema(list));
    assert!((&mut second).now_or_never().is_none());
    drop(first);
    assert!(second.await.unwrap().field("Status").is_ok());
    assert_eq!(asked(&sandbox).len(), 3, "the requests of the first were used");
}

#[tokio::test]
async fn a_read_that_nobody_waits_for_is_given_up() {
    let (sandbox, list) = with_columns([NewField::new("Amount", Kind::Number)]).await;
    sandbox.reply(Method::GET, fields_of(list), Reply::empty(500).delay(NEVER));
    let lists = builder(&sandbox).attempts(1).build().unwrap().lists();
    let mut first = Box::pin(lists.schema(list));
    while sandbox.pending_replies() > 0 {
        assert!((&mut first).now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    drop(first);
    assert!(lists.schema(list).await.unwrap().field("Amount").is_ok());
}

#[tokio::test]
async fn a_caller_that_holds_still_holds_nobody_up() {
    let (sandbox, list) = with_columns([NewField::new("Amount", Kind::Number)]).await;
    sandbox.reply(Method::GET, fields_of(list), Reply::empty(500).delay(NEVER));
    let timer = QuickTimer::new();
    let affinity = builder(&sandbox).timer(Arc::new(timer.clone())).attempts(1).build().unwrap();
    let lists = affinity.lists();
    let mut still = Box::pin(lists.schema(list));
    while sandbox.pending_replies() > 0 {
        assert!((&mut still).now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    pass(&timer, 60).await;
    assert!(lists.schema(list).await.unwrap().field("Amount").is_ok());
    drop(still);
}

#[tokio::test]
async fn an_error_goes_to_all_who_wait_and_is_not_kept() {
    let sandbox = Sandbox::demo().await.unwrap();
    sandbox.reply(Method::GET, "/v2/companies/fields", Reply::json(500, r#"{"message":"Out of order"}"#));
    let affinity = client(&sandbox);
    let companies = affinity.companies();
    let ends = join_all((0..50).map(|_| companies.schema())).await;
    for end in ends {
        let error = end.unwrap_err();
        assert!(error.to_string().starts_with("list_company_fields: 500"), "{error}");
    }
    assert_eq!(asked(&sandbox), ["/v2/companies/fields"]);
    assert!(companies.schema().await.unwrap().field("Thesis fit").is_ok());
}

#[tokio::test]
async fn a_schema_is_kept_for_its_lifetime() {
    let (sandbox, list) = with_columns([]).await;
    let timer = QuickTimer::new();
    let lifetime = Duration::from_secs(60);
    let made = builder(&sandbox).timer(Arc::new(timer.clone())).schema_lifetime(lifetime).build();
    let affinity = made.unwrap();
    let first = affinity.lists().schema(list).await.unwrap();
    pass(&timer, 59).await;
    assert!(Arc::ptr_eq(&first, &affinity.clone().lists().schema(list).await.unwrap()), "clones share");
    add_column(&sandbox, list, "Made since");
    pass(&timer, 1).await;
    assert!(affinity.lists().schema(list).await.unwrap().field("Made since").is_ok());
    assert_eq!(asked(&sandbox).len(), 4);
}

#[tokio::test]
async fn without_a_lifetime_said_it_is_ten_minutes() {
    let (sandbox, list) = with_columns([]).await;
    let (affinity, timer) = quick(&sandbox);
    for (seconds, calls) in [(0, 2), (599, 0), (1, 2)] {
        pass(&timer, seconds).await;
        affinity.lists().schema(list).await.unwrap();
        assert_eq!(asked(&sandbox).len(), calls, "after {seconds} s more");
    }
}

#[tokio::test]
async fn with_a_lifetime_of_zero_callers_at_the_same_time_still_share() {
    let (sandbox, list) = with_columns([]).await;
    let affinity = builder(&sandbox).schema_lifetime(Duration::ZERO).build().unwrap();
    let lists = affinity.lists();
    join_all((0..20).map(|_| lists.schema(list))).await;
    assert_eq!(asked(&sandbox).len(), 2);
    lists.schema(list).await.unwrap();
    assert_eq!(asked(&sandbox).len(), 2);
    // What was read for this very question is not read again.
    assert!(lists.field(list, "Nothing such").await.unwrap_err().is_input());
    assert_eq!(asked(&sandbox).len(), 2);
}

#[tokio::test]
async fn forgetting_forgets_what_is_under_way_too() {
    let (sandbox, list) = with_columns([]).await;
    let affinity = client(&sandbox);
    let lists = affinity.lists();
    let mut reading = Box::pin(lists.schema(list));
    begin(&sandbox, reading.as_mut()).await;
    affinity.clone().forget_schemas();
    reading.await.unwrap();
    asked(&sandbox);
    lists.schema(list).await.unwrap();
    assert_eq!(asked(&sandbox).len(), 2, "what began before was not kept");
    lists.schema(list).await.unwrap();
    assert!(asked(&sandbox).is_empty());
    affinity.forget_schemas();
    lists.schema(list).await.unwrap();
    assert_eq!(asked(&sandbox).len(), 2);
}

#[tokio::test]
async fn a_field_made_meanwhile_is_found() {
    let (sandbox, list) = with_columns([]).await;
    let lists = client(&sandbox).lists();
    lists.schema(list).await.unwrap();
    let id = add_column(&sandbox, list, "Score");
    assert_eq!(lists.field(list, "score").await.unwrap().id.as_str(), id);
    assert_eq!(asked(&sandbox).len(), 4);
    // The newer one is kept.
    assert!(lists.schema(list).await.unwrap().field("Score").is_ok());
    assert!(asked(&sandbox).is_empty());
}

#[tokio::test]
async fn an_option_of_a_field_made_meanwhile_comes_with_it() {
    let sandbox = Sandbox::demo().await.unwrap();
    let companies = client(&sandbox).companies();
    companies.schema().await.unwrap();
    let tier = NewField::new("Tier", Kind::Dropdown).options(["A"]);
    sandbox.with_world(|world| world.add_global_field(EntityKind::Company, tier).unwrap());
    assert_eq!(texts(&companies.field("Tier").await.unwrap()).unwrap(), ["A"]);
}

#[tokio::test]
async fn names_that_are_not_there_do_not_make_a_storm_of_reads() {
    let (sandbox, list) = with_columns([]).await;
    let (affinity, timer) = quick(&sandbox);
    let lists = affinity.lists();
    let miss = async |n: u32| {
        assert!(lists.field(list, &format!("Nothing {n}")).await.unwrap_err().is_input());
    };
    miss(0).await;
    assert_eq!(asked(&sandbox).len(), 2, "what was read for this very question is not read again");
    join_all((0..50).map(miss)).await;
    for n in 0..50 {
        miss(n).await;
    }
    assert_eq!(asked(&sandbox).len(), 2, "one more read for all of them");
    pass(&timer, 5).await;
    let id = add_column(&sandbox, list, "Nothing 7");
    assert_eq!(lists.field(list, "Nothing 7").await.unwrap().id.as_str(), id);
    assert_eq!(asked(&sandbox).len(), 2);
}

#[tokio::test]
async fn if_looking_again_fails_that_is_the_error() {
    let (sandbox, list) = with_columns([]).await;
    let lists = client(&sandbox).lists();
    lists.schema(list).await.unwrap();
    let id = add_column(&sandbox, list, "Score");
    sandbox.reply(Method::GET, fields_of(list), Reply::empty(500));
    let error = lists.field(list, "Score").await.unwrap_err();
    assert!(error.to_string().starts_with("list_list_fields: 500") && !error.is_input(), "{error}");
    // What was known stands, and what was not is looked for again.
    asked(&sandbox);
    assert!(lists.schema(list).await.unwrap().field("Location").is_ok());
    assert!(asked(&sandbox).is_empty());
    assert_eq!(lists.field(list, "Score").await.unwrap().id.as_str(), id);
}

#[tokio::test]
async fn an_ambiguous_name_is_not_looked_for_again() {
    let (sandbox, list) = with_columns(["Stage", "Stage"].map(|name| NewField::new(name, Kind::Text))).await;
    let lists = client(&sandbox).lists();
    lists.schema(list).await.unwrap();
    asked(&sandbox);
    assert!(lists.field(list, "Stage").await.unwrap_err().to_string().contains("2 fields of"));
    assert!(asked(&sandbox).is_empty());
}

#[tokio::test]
async fn only_the_latest_schemas_are_kept() {
    let sandbox = Sandbox::empty().await.unwrap();
    let lists: Vec<_> = sandbox.with_world(|world| {
        let list = |n| world.add_list(List::new(format!("List {n}"), EntityKind::Opportunity)).unwrap();
        (0..257).map(list).map(ListId::new).collect()
    });
    let affinity = client(&sandbox);
    for list in &lists {
        affinity.lists().schema(*list).await.unwrap();
    }
    asked(&sandbox);
    affinity.lists().schema(lists[1]).await.unwrap();
    affinity.lists().schema(lists[256]).await.unwrap();
    assert!(asked(&sandbox).is_empty());
    affinity.lists().schema(lists[0]).await.unwrap();
    assert_eq!(asked(&sandbox).len(), 2);
}

/// A list with columns of these names, one label from two sources, and its schema.
async fn with_names(names: &[&str]) -> (Sandbox, Arc<Schema>) {
    let (sandbox, list) = with_columns(names.iter().map(|name| NewField::new(*name, Kind::Text))).await;
    sandbox.with_world(|world| {
        let location = NewField::new("Location", Kind::Location);
        let (id, source) = ("dealroom-location", EnrichmentSource::Dealroom);
        world.add_enriched_field(EntityKind::Company, id, source, location).unwrap();
    });
    let schema = client(&sandbox).lists().schema(list).await.unwrap();
    (sandbox, schema)
}

#[tokio::test]
async fn a_label_of_two_sources_is_told_apart_by_the_source() {
    let (_sandbox, schema) = with_names(&[]).await;
    let id = |key: &str| schema.field(key).unwrap().id.to_string();
    assert_eq!(id("dealroom:Location"), "dealroom-location");
    assert_eq!(id(" Affinity-Data : location "), "affinity-data-location");
    assert_eq!(id("dealroom-location"), "dealroom-location", "by its id");
    let error = schema.field("Location").unwrap_err();
    assert!(error.is_input());
    assert_eq!(
        error.to_string(),
        format!(
            "2 fields of {} are named \"Location\"; choose one: affinity-data:Location, dealroom:Location",
            schema.of
        )
    );
    assert!(schema.field("enriched:Location").unwrap_err().to_string().contains("2 fields of"));
    assert!(schema.field("global:Location").is_err());
}

#[tokio::test]
async fn fields_of_one_name_and_source_are_told_apart_by_the_id() {
    let (_sandbox, schema) = with_names(&["Stage", "stage ", "Other"]).await;
    let stages: Vec<_> =
        schema.fields.iter().filter(|field| field.name.to_lowercase().trim() == "stage").collect();
    let error = schema.field("list:Stage").unwrap_err().to_string();
    assert!(error.ends_with(&format!("choose one: {}, {}", stages[0].id, stages[1].id)), "{error}");
    assert_eq!(stages[0].unique_key(&schema), stages[0].id.as_str());
    assert_eq!(schema.field("other").unwrap().unique_key(&schema), "Other");
    for field in &schema.fields {
        assert_eq!(schema.field(&field.unique_key(&schema)).unwrap().id, field.id);
    }
}

#[tokio::test]
async fn names_are_met_as_people_write_them() {
    let names = ["  Fund Size: USD ", "list:Stage", "Stage", "next_Step now", "a_b", "A b", "Größe"];
    let (_sandbox, schema) = with_names(&names).await;
    let name =
        |key: &str| schema.field(key).map(|field| field.name.as_str()).map_err(|error| error.to_string());
    assert_eq!(name("fund size: usd").unwrap(), "  Fund Size: USD ");
    assert_eq!(name("LIST: fund size: usd").unwrap(), "  Fund Size: USD ");
    assert_eq!(name("fund_size:_usd").unwrap(), "  Fund Size: USD ");
    assert_eq!(name("list:Stage").unwrap(), "list:Stage", "a whole name goes first");
    assert_eq!(name("stage").unwrap(), "Stage");
    assert_eq!(name("next_step_now").unwrap(), "next_Step now");
    assert_eq!(name("next step now").unwrap(), "next_Step now");
    assert_eq!(name("A_B").unwrap(), "a_b", "as it is written goes first");
    assert_eq!(name("a b").unwrap(), "A b");
    assert!(name("GRÖSSE").is_err());
    assert_eq!(name("GRÖßE").unwrap(), "Größe");
    assert!(name("").unwrap_err().contains("has no field \"\""));
    assert!(name(":").is_err());
}

#[tokio::test]
async fn an_unknown_name_suggests_those_that_are_near() {
    let (_sandbox, schema) = with_names(&["Status", "Close date"]).await;
    let of = &schema.of;
    let error = |key: &str| schema.field(key).unwrap_err().to_string();
    assert_eq!(error("Statsu"), format!("{of} has no field \"Statsu\"; is it \"Status\"?"));
    assert_eq!(
        error("list:Close dat"),
        format!("{of} has no field \"list:Close dat\"; is it \"Close date\"?")
    );
    // One label from two sources is one suggestion.
    assert_eq!(error("Locatoin"), format!("{of} has no field \"Locatoin\"; is it \"Location\"?"));
    let nothing = error("Zzzz");
    assert!(nothing.contains("; it has \"") && nothing.contains(" more"), "{nothing}");
}

#[tokio::test]
async fn an_unknown_option_suggests_and_a_double_one_lists_ids() {
    let tier = NewField::new("Tier", Kind::Dropdown).options(["Strong", "Twin", "Twin"]);
    let (sandbox, list) = with_columns([tier, NewField::new("Amount", Kind::Number)]).await;
    let schema = client(&sandbox).lists().schema(list).await.unwrap();
    let tier = schema.field("Tier").unwrap();
    assert_eq!(
        tier.option("Stronk").unwrap_err().to_string(),
        "\"Tier\" has no option \"Stronk\"; is it \"Strong\"?"
    );
    let twins: Vec<_> =
        tier.options.as_ref().unwrap()[1..].iter().map(|option| option.id.to_string()).collect();
    assert_eq!(
        tier.option("Twin").unwrap_err().to_string(),
        format!("2 options of \"Tier\" have this text; choose one by its id: {}", twins.join(", "))
    );
    let error = schema.field("Amount").unwrap().option("Strong").unwrap_err();
    assert_eq!(error.to_string(), "\"Amount\" has no options: it is number");
}

#[tokio::test]
async fn a_field_that_was_renamed_is_found_by_its_id_and_by_its_new_name() {
    let (sandbox, list) = with_columns([NewField::new("Stage", Kind::Text)]).await;
    let id = sandbox.with_world(|world| world.field_named(list.get(), "Stage").unwrap());
    let lists = client(&sandbox).lists();
    lists.schema(list).await.unwrap();
    asked(&sandbox);
    let renamed = affinity_tests::page(&[metadata(&id, "Phase", "text")], None);
    sandbox.reply(Method::GET, fields_of(list), Reply::json(200, renamed));
    assert_eq!(lists.field(list, &id).await.unwrap().name, "Stage");
    assert!(asked(&sandbox).is_empty(), "an id does not change, so there is nothing to look for");
    assert_eq!(lists.field(list, "Phase").await.unwrap().id.as_str(), id);
    assert_eq!(lists.field(list, &id).await.unwrap().name, "Phase");
}

#[tokio::test]
async fn a_schema_can_be_written_down_and_read_back() {
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox);
    let list = affinity.lists().schema(list_named(&sandbox, "Pipeline")).await.unwrap();
    let companies = affinity.companies().schema().await.unwrap();
    let persons = affinity.persons().schema().await.unwrap();
    for schema in [list, companies, persons] {
        let text = serde_json::to_string(&*schema).unwrap();
        assert_eq!(serde_json::from_str::<Schema>(&text).unwrap(), *schema);
    }
}

#[tokio::test]
async fn what_a_later_version_calls_new_is_kept() {
    let (sandbox, list) = with_columns([]).await;
    let field = r#"{"id":"field-7","name":"Score","type":"Modelled","enrichmentSource":"Oracle","valueType":"rating"}"#;
    let page = affinity_tests::page(&[field.to_owned()], None);
    sandbox.reply(Method::GET, fields_of(list), Reply::json(200, page));
    let schema = client(&sandbox).lists().schema(list).await.unwrap();
    let field = schema.field("oracle:score").unwrap();
    assert_eq!((field.value_type.as_str(), field.source()), ("rating", "Oracle"));
    assert!(!field.is_dropdown() && schema.field("modelled:Score").is_ok());
    let text = serde_json::to_string(&*schema).unwrap();
    assert_eq!(serde_json::from_str::<Schema>(&text).unwrap(), *schema);
}

/// A schema can be read on any task.
#[test]
fn its_future_can_be_spawned() {
    fn check<T: Send>(_: impl Fn(Affinity) -> T) {}
    check(|affinity| async move { affinity.lists().schema(ListId::new(1)).await.is_ok() });
    check(|affinity| async move { affinity.companies().field("x").await.is_ok() });
}
