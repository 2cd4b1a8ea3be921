//! What comes to the URL of a webhook.

use affinity::v1::{
    Deduplicator, WebhookBody, WebhookBodyLimit, WebhookEvent, WebhookEventName, WebhookRejection,
};
use axum::body::Body;
use axum::extract::FromRequest;
use axum::http::Request;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};
use tokio::runtime::Builder;

use super::json::{change, changed, deep, json, text};
use super::{MANY, assert_fit_for_a_log, check};

const SECRET: &str = "ines@northwind.example";

const ORGANIZATION: &str = r#"{
    "id": 640118, "name": "ines@northwind.example", "domain": null, "domains": ["tessel.example"],
    "crunchbase_uuid": null, "global": false
}"#;

const PERSON: &str = r#"{
    "id": 310552, "type": 0, "first_name": "Juno", "last_name": null, "primary_email": "ines@northwind.example",
    "emails": ["ines@northwind.example"], "organization_ids": [640118]
}"#;

const FIELD: &str = r#"{
    "id": 80231, "name": "Stage", "list_id": 5120, "value_type": 7, "allows_multiple": false, "track_changes": true,
    "dropdown_options": [{"id": 3311, "text": "ines@northwind.example", "rank": 1, "color": 3}]
}"#;

/// Bodies of events in the documented or observed form; in capitals, what stands in several.
const DOCUMENTED: &[(&str, &str)] = &[
    ("person.created", "PERSON"),
    ("organization.created", "ORGANIZATION"),
    ("field.created", "FIELD"),
    (
        "field_value.updated",
        r#"{
            "id": 3204417731, "field_id": 80231, "list_entry_id": 771203, "entity_type": 1, "value_type": 6,
            "entity_id": 640118, "field": FIELD,
            "value": {"id": 3311, "text": "ines@northwind.example", "rank": 1, "color": 3}
        }"#,
    ),
    (
        "organization.merged",
        r#"{
            "changer": PERSON, "removed_company": ORGANIZATION, "company": ORGANIZATION,
            "merged_at": "2024-03-09T13:45:16.000-08:00"
        }"#,
    ),
    (
        "list_entry.created",
        r#"{
            "id": 771203, "list_id": 5120, "creator_id": 90412, "entity_id": 640118, "entity_type": 1,
            "created_at": "2016-09-23 08:15:40 -0700", "entity": ORGANIZATION
        }"#,
    ),
    (
        "note.deleted",
        r#"{
            "id": 551207, "creator_id": 90412, "is_meeting": false, "content": "ines@northwind.example", "type": 0,
            "created_at": "2024-03-07T10:55:12Z"
        }"#,
    ),
    ("list.updated", r#"{"id": 5120, "type": 1, "name": "ines@northwind.example"}"#),
    ("opportunity.created", r#"{"id": 7741, "name": "ines@northwind.example"}"#),
    (
        "file.created",
        r#"{
            "id": 1, "name": "ines@northwind.example", "size": 3, "uploader_id": 90412,
            "created_at": "2024-03-07T18:41:09.254Z"
        }"#,
    ),
    (
        "reminder.created",
        r#"{
            "id": 1, "type": 0, "status": 1, "created_at": "2024-03-07T18:41:09.254Z", "due_date": null,
            "content": "ines@northwind.example"
        }"#,
    ),
];

fn documented((name, body): (&'static str, &str)) -> (&'static str, Value) {
    let body = body.replace("PERSON", PERSON).replace("ORGANIZATION", ORGANIZATION).replace("FIELD", FIELD);
    (name, serde_json::from_str(&body).unwrap())
}

/// What holds for every event that could be read.
fn assert_kept(event: &WebhookEvent, bytes: &[u8]) {
    assert_eq!(event.raw().as_bytes(), bytes.trim_ascii());
    assert_eq!(WebhookEvent::parse(event.raw()).unwrap(), *event);
    let stored = serde_json::to_string(event).unwrap();
    assert_eq!(serde_json::from_str::<WebhookEvent>(&stored).unwrap(), *event);
    assert!(event.misfit().is_none_or(|misfit| !misfit.contains(char::is_control) && misfit.len() < 2000));
    let _ = (event.id(), event.body_as::<Value>().is_ok());
    let mut seen = Deduplicator::default().ignoring_sent_at();
    assert!(seen.is_new(event) && !seen.is_new(event));
}

fn assert_told(error: &affinity::Error) {
    assert!(error.is_decode() && error.operation() == Some("parse_webhook_event"), "{error}");
    assert_fit_for_a_log(error);
    assert!(!format!("{error} {error:?}").contains(SECRET), "{error}");
}

fn delivery() -> impl Strategy<Value = Vec<u8>> {
    let envelope = |body: Value, name: Value| json!({"type": name, "body": body, "sent_at": 1_709_914_812});
    prop_oneof![
        vec(any::<u8>(), 0..300),
        json("type body sent_at id").prop_map(|json| json.to_string().into_bytes()),
        deep().prop_map(String::into_bytes),
        deep()
            .prop_map(|deep| format!(r#"{{"type":"note.created","body":{deep},"sent_at":1}}"#).into_bytes()),
        deep().prop_map(|deep| format!(
            r#"{{"type":"field_value.created","body":{{"value":{deep}}},"sent_at":1}}"#
        )
        .into_bytes()),
        (text(), "[a-z{}\\[\\]]{0,3}")
            .prop_map(|(key, end)| format!("{{{}:{end}", Value::from(key)).into_bytes()),
        (json("id name value emails"), any::<Index>(), text()).prop_map(move |(body, which, name)| {
            let names: Vec<_> =
                WebhookEventName::KNOWN.iter().map(|name| name.as_str().to_owned()).chain([name]).collect();
            envelope(body, which.get(&names).as_str().into()).to_string().into_bytes()
        }),
        (vec(any::<u8>(), 0..4), vec(any::<u8>(), 0..4)).prop_map(move |(before, after)| {
            [before, envelope(Value::Null, "x".into()).to_string().into_bytes(), after].concat()
        }),
    ]
}

#[test]
fn any_bytes_are_an_event_or_told_without_quoting_them() {
    check("deliveries", 2 * MANY, &delivery(), |bytes| match WebhookEvent::parse(&bytes) {
        Ok(event) => assert_kept(&event, &bytes),
        Err(error) => assert_told(&error),
    });
}

#[test]
fn a_documented_event_with_something_wrong_is_kept_whole() {
    let which = select(DOCUMENTED).prop_map(documented);
    check(
        "changed events",
        2 * MANY,
        &(which, vec((any::<Index>(), change()), 0..3)),
        |((name, body), changes)| {
            let whole = changes.is_empty();
            let body = changes.iter().fold(body, |body, (which, change)| changed(body, *which, change));
            let text = json!({"type": name, "body": body, "sent_at": 1_709_914_812}).to_string();
            let event = WebhookEvent::parse(&text).unwrap();
            assert_kept(&event, text.as_bytes());
            assert_eq!((event.name.as_str(), event.sent_at.unwrap().timestamp()), (name, 1_709_914_812));
            assert_eq!(event.body == WebhookBody::Raw, event.misfit().is_some());
            assert!(!whole || event.misfit().is_none(), "{:?}", event.misfit());
            assert!(event.misfit().is_none_or(|misfit| !misfit.contains(SECRET)), "{:?}", event.misfit());
            assert_eq!(event.body_as::<Value>().ok(), serde_json::from_str(&body.to_string()).ok());
        },
    );
}

#[test]
fn an_event_without_a_name_here_is_kept_with_its_name_and_body() {
    check("unknown events", MANY, &(text(), json("id a b")), |(name, body)| {
        let known = WebhookEventName::KNOWN.iter().any(|known| known.as_str() == name);
        let text = json!({"sent_at": "7", "body": body, "type": name}).to_string();
        let event = WebhookEvent::parse(text).unwrap();
        assert_eq!(event.name.as_str(), name);
        assert!(known || event.body == WebhookBody::Raw && event.misfit().is_none());
        assert_eq!(event.body_as::<Value>().unwrap(), body);
        assert_eq!(event.id(), body.get("id").and_then(Value::as_u64));
    });
}

#[test]
fn the_extractor_takes_no_more_bytes_than_it_may() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let known = || Just(br#"{"type":"x","body":null,"sent_at":1}"#.to_vec());
    let bytes = prop_oneof![delivery(), known(), (0..9000_usize).prop_map(|length| vec![b' '; length])];
    let announced = prop::option::of(prop_oneof![any::<u64>().prop_map(|it| it.to_string()), "[ -~]{0,8}"]);
    let request = (
        bytes,
        0..4000_usize,
        announced,
        1..700_usize,
        prop_oneof![4 => Just("application/json".to_owned()), 1 => "[ -~]{0,20}"],
    );
    check("requests", MANY, &request, |(bytes, limit, announced, piece, kind)| {
        let taken = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let count = taken.clone();
        let pieces: Vec<_> = bytes.chunks(piece).map(<[u8]>::to_vec).collect();
        let pieces = futures::stream::iter(pieces.into_iter().map(move |piece| {
            count.fetch_add(piece.len(), std::sync::atomic::Ordering::Relaxed);
            Ok::<_, std::io::Error>(piece)
        }));
        let mut request =
            Request::post("/").header("content-type", kind.as_str()).extension(WebhookBodyLimit(limit));
        if let Some(announced) = &announced {
            request = request.header("content-length", announced.as_str());
        }
        let request = request.body(Body::from_stream(pieces)).unwrap();
        let came = runtime.block_on(WebhookEvent::from_request(request, &()));
        assert!(taken.load(std::sync::atomic::Ordering::Relaxed) <= limit + piece);
        match came {
            Ok(event) => {
                assert!(bytes.len() <= limit);
                assert_kept(&event, &bytes);
            }
            Err(WebhookRejection::NoEvent(error)) => {
                assert!(bytes.len() <= limit);
                assert_told(&error);
            }
            Err(WebhookRejection::TooLarge) => {
                let said = announced.and_then(|it| it.parse::<u64>().ok()).unwrap_or_default();
                assert!(bytes.len() > limit || said > limit as u64);
            }
            Err(WebhookRejection::ContentType) => assert!(!kind.starts_with("application/json")),
            Err(other) => panic!("{other:?}"),
        }
    });
}
