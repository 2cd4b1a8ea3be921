//! What the generator does, held fast: each of these broke a client once.

use affinity::{FieldId, NoteId};
use affinity_sandbox::{Reply, Sandbox};
use affinity_v2_raw::tagged::{Mention, Note, NoteInteraction};
use affinity_v2_raw::{Error, enums, types};
use serde_json::{Value, from_str, to_value};

use crate::support::{answering, client};

#[tokio::test]
async fn query_arrays_repeat_their_key_and_empty_ones_send_nothing() {
    let sandbox = Sandbox::empty().await.unwrap();
    let raw = client(&sandbox).raw();
    let fields = vec![FieldId::new("field-1"), FieldId::new("a&b=c")];
    let _ =
        raw.list_companies(None, Some(&fields), Some(&vec![]), Some(&vec![3.into(), 4.into()]), None).await;
    let query = sandbox.requests().pop().unwrap().query;
    let pairs: Vec<_> = query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(pairs, [("fieldIds", "field-1"), ("fieldIds", "a&b=c"), ("ids", "3"), ("ids", "4")]);
}

#[tokio::test]
async fn enums_work_as_query_values() {
    let sandbox = answering("/v2/notes/5", [Reply::json(404, "{}")]).await;
    let includes = vec![enums::NoteInclude::RepliesCount, "brand-new".parse().unwrap()];
    let _ = client(&sandbox).raw().get_note(&NoteId::new(5), Some(&includes)).await;
    let query = sandbox.requests().pop().unwrap().query;
    assert_eq!(
        query.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>(),
        ["repliesCount", "brand-new"]
    );
}

#[tokio::test]
async fn a_path_segment_is_encoded() {
    let sandbox = Sandbox::empty().await.unwrap();
    let field = FieldId::new("a/../b ?");
    let _ = client(&sandbox).raw().get_list_entry_field(&1.into(), &2.into(), &field).await;
    assert_eq!(sandbox.requests().pop().unwrap().path, "/v2/lists/1/list-entries/2/fields/a%2F..%2Fb%20%3F");
}

#[tokio::test]
async fn the_generator_s_own_version_header_is_not_sent() {
    let sandbox = Sandbox::empty().await.unwrap();
    client(&sandbox).raw().whoami().await.unwrap();
    assert!(!sandbox.requests()[0].headers.contains_key("api-version"));
}

#[tokio::test]
async fn every_status_but_success_arrives_whole() {
    let sandbox = answering("/v2/auth/whoami", [Reply::bytes(502, "<html>").content_type("text/html")]).await;
    let affinity = crate::support::builder(&sandbox).attempts(1).build().unwrap();
    match affinity.raw().whoami().await.unwrap_err() {
        Error::UnexpectedResponse(response) => {
            assert_eq!(response.status().as_u16(), 502);
            assert_eq!(response.headers()["content-type"], "text/html");
            assert_eq!(response.text().await.unwrap(), "<html>");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn futures_of_generated_calls_can_be_spawned() {
    let sandbox = Sandbox::empty().await.unwrap();
    let raw = client(&sandbox).raw();
    tokio::spawn(async move { raw.whoami().await.map(|_| ()).map_err(|_| ()) }).await.unwrap().unwrap();
}

#[test]
fn an_operation_is_a_few_words_and_the_client_small() {
    assert!(size_of::<affinity_v2_raw::Client>() < 200);
    assert!(size_of::<affinity::FieldValue>() <= 80, "{}", size_of::<affinity::FieldValue>());
}

fn person() -> &'static str {
    r#"{"id":4021,"firstName":"Ines","lastName":null,"primaryEmailAddress":"ines@quillfern.example","type":"internal"}"#
}

fn note(kind: &str, extra: &str) -> String {
    format!(
        r#"{{"id":9001,"type":"{kind}","content":{{"html":"<p>Agreed.</p>"}},"creator":{},"mentions":[{{"id":1,"type":"person","person":{}}}],"createdAt":"2025-02-11T09:00:00Z","updatedAt":null{extra}}}"#,
        person(),
        person()
    )
}

#[test]
fn unknown_kinds_are_kept_at_every_depth() {
    let text = note("interaction", r#","interaction":{"id":1,"type":"hologram","extra":[1.50]}"#);
    let Note::Interaction(read) = from_str(&text).unwrap() else { panic!("known outside") };
    let NoteInteraction::Unknown(unknown) = &read.interaction else { panic!("unknown inside") };
    assert_eq!(unknown.json(), r#"{"id":1,"type":"hologram","extra":[1.50]}"#);

    let text = note("poem", r#","verses":3"#);
    let Note::Unknown(unknown) = from_str(&text).unwrap() else { panic!("unknown") };
    assert_eq!((unknown.tag(), unknown.json()), ("poem", text.as_str()));
}

#[test]
fn a_union_of_one_member_stays_open() {
    let Mention::Unknown(unknown) = from_str(r#"{"id":1,"type":"company"}"#).unwrap() else {
        panic!("unknown")
    };
    assert_eq!(unknown.tag(), "company");
}

#[test]
fn a_known_kind_that_does_not_fit_is_an_error() {
    let error = from_str::<Note>(&note("user-reply", "")).unwrap_err();
    assert!(error.to_string().contains("parent"), "{error}");
}

#[test]
fn every_property_of_a_person_fills() {
    let text = r#"{"id":5530,"firstName":"Odd","lastName":"Vik","primaryEmailAddress":"odd@vik.example","emailAddresses":["odd@vik.example"],"type":"external"}"#;
    let read: types::Person = from_str(text).unwrap();
    assert_eq!((read.first_name.as_str(), read.last_name.as_deref()), ("Odd", Some("Vik")));
    assert_eq!(read.primary_email_address.as_deref(), Some("odd@vik.example"));
    assert_eq!(to_value(&read).unwrap(), from_str::<Value>(text).unwrap());
}
