//! The key and people's data stay where they belong.

use affinity::Affinity;
use affinity::filter::{Filter, NoteFilter};
use affinity_sandbox::{Reply, Sandbox};

use crate::support::{answering, builder, client};
use crate::traces::listen;

const KEY: &str = "sesame-4711-open";

#[tokio::test]
async fn the_key_is_in_no_debug_output() {
    let sandbox = Sandbox::empty().await.unwrap();
    let affinity = builder(&sandbox).api_key(KEY).build().unwrap();
    let error = affinity.whoami().send().await.unwrap_err();
    let printed = format!(
        "{affinity:?} {:?} {:?} {:?} {:?} {:?} {error:?} {error:#?} {error}",
        affinity.raw(),
        affinity.companies().list(),
        affinity.request(affinity::Method::POST, "/v2/notes").query("filter", "sesame").json(&"sesame"),
        affinity.lists().list().stream(),
        Affinity::builder().api_key(KEY),
    );
    assert!(!printed.contains("sesame"), "{printed}");
}

fn planted_filter() -> Filter<NoteFilter> {
    Filter::property("subject").contains("Planted")
}

#[tokio::test]
async fn what_is_looked_for_or_written_is_in_no_debug_output() {
    let sandbox = Sandbox::empty().await.unwrap();
    let affinity = client(&sandbox);
    let notes = affinity.notes().list().filter(planted_filter());
    let row = affinity.lists().entry(1.into(), 2.into());
    let set = row.set_cell("field-1", "Planted");
    let update = row.update_cells().set("field-1", "Planted").set("field-1", "Planted");
    let printed = format!("{notes:?} {:?} {set:?} {set:#?} {update:?}", notes.clone().stream());
    assert!(!printed.contains("Planted") && printed.contains("field-1"), "{printed}");
    let refused = [update.send().await.unwrap_err(), notes.send().await.unwrap_err()];
    assert!(!format!("{refused:?} {} {}", refused[0], refused[1]).contains("Planted"), "{refused:?}");
}

#[tokio::test]
async fn a_misfit_does_not_quote_what_it_found() {
    for value in [r#""ines@quillfern.example, expected""#, r#"["ines"]"#, r#"{"ines":1}"#, "4711", "4711.5"] {
        let company = format!(r#"{{"id":1,"name":"Tessel","domain":null,"domains":[],"isGlobal":{value}}}"#);
        let sandbox = answering("/v2/companies/1", [Reply::json(200, company)]).await;
        let error = client(&sandbox).companies().get(1.into()).send().await.unwrap_err();
        let printed = format!("{error} {error:?}");
        assert!(!printed.contains("ines") && !printed.contains("4711"), "{printed}");
        assert_eq!(error.path(), Some("isGlobal"));
        assert!(printed.contains("expected a boolean"), "{printed}");
    }
}

#[tokio::test]
async fn a_malformed_date_is_not_quoted() {
    let row = r#"{"id":1,"type":"company","listId":64,"createdAt":"on Ines's birthday","creatorId":null,"entity":{}}"#;
    let sandbox = answering(
        "/v2/lists/64/list-entries",
        [Reply::json(200, affinity_tests::page(&[row.to_owned()], None))],
    )
    .await;
    let page = client(&sandbox).lists().entries(64.into()).send().await.unwrap();
    let error = &page.failures[0].error;
    assert_eq!(error.path(), Some("data[0].createdAt"));
    assert!(!format!("{error} {error:?}").contains("Ines"), "{error}");
}

#[tokio::test]
async fn plain_http_is_refused_but_to_this_machine() {
    for url in ["http://crm.example", "http://127.0.0.1@crm.example", "http://192.168.0.1"] {
        let error = Affinity::builder().api_key(KEY).base_url(url).build().unwrap_err();
        assert!(error.is_input() && error.to_string().starts_with("base_url: "), "{error}");
    }
}

#[tokio::test]
async fn the_key_goes_as_a_bearer_and_to_no_other_origin() {
    let sandbox = Sandbox::empty().await.unwrap();
    assert!(client(&sandbox).whoami().send().await.is_ok());
    let transport = affinity_core::Transport::builder().api_key(KEY).base_url(sandbox.url()).build().unwrap();
    let elsewhere = Sandbox::empty().await.unwrap();
    let request = transport.http().get(format!("{}/v2/auth/whoami", elsewhere.url())).build().unwrap();
    let error = transport.send(request, "whoami", &affinity_core::CallOptions::default()).await.unwrap_err();
    assert!(error.is_input() && error.to_string().contains("another origin"), "{error}");
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn traces_hold_the_operation_and_neither_key_nor_data() {
    let traces = listen();
    let person = r#"{"id":1,"firstName":"Planted","lastName":null,"primaryEmailAddress":null,"emailAddresses":[],"type":"internal"}"#;
    let sandbox = answering("/v2/persons/1", [Reply::json(200, person)]).await;
    client(&sandbox).persons().get(1.into()).send().await.unwrap();
    let affinity = builder(&sandbox).api_key(KEY).build().unwrap();
    affinity.persons().get(1.into()).send().await.unwrap_err();
    affinity.notes().list().filter(planted_filter()).send().await.unwrap_err();
    affinity.lists().entry(1.into(), 2.into()).set_cell("field-1", "Planted").send().await.unwrap_err();
    let traced = traces.text();
    assert!(
        traced.contains("get_person") && traced.contains("status=200") && traced.contains("status=401"),
        "{traced}"
    );
    assert!(
        !traced.contains("sesame") && !traced.contains("Planted") && !traced.contains("Bearer"),
        "{traced}"
    );
}

#[test]
fn a_client_without_a_key_is_not_made() {
    assert_eq!(Affinity::builder().build().unwrap_err().to_string(), "api_key: none was given");
}
