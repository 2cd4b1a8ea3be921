//! What comes to the URL of a webhook.

use std::time::Duration;

use affinity_core::{CompanyId, EntityFileId, NoteId, OpportunityId, PersonId};
use affinity_v1::{Deduplicator, ValueType, WebhookBody, WebhookEvent, WebhookEventName};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const VALUE: &str = r#"{
    "type": "field_value.updated",
    "body": {
        "id": 3204417731, "field_id": 80231, "list_entry_id": 771203, "entity_type": 1, "value_type": 6, "entity_id": 640118,
        "value": {"id": 3311, "text": "In review", "rank": 1, "color": 3},
        "field": {"id": 80231, "name": "Stage", "list_id": 5120, "value_type": 7, "allows_multiple": false, "track_changes": true, "dropdown_options": []}
    },
    "sent_at": 1709914812
}"#;

const MERGED: &str = r#"{
    "type": "organization.merged",
    "body": {
        "changer": {"id": 90412, "type": 1, "first_name": "Mirelle", "last_name": "Okonda", "primary_email": "mirelle@harborpeak.example", "emails": []},
        "removed_company": {"id": 640119, "name": "Tessel", "domain": "tessel.example", "domains": ["tessel.example"], "crunchbase_uuid": null, "global": true},
        "company": {"id": 640118, "name": "Tessel Robotics", "domain": "tessel.example", "domains": ["tessel.example"], "crunchbase_uuid": null, "global": false},
        "merged_at": "2024-03-09T13:45:16.000-08:00"
    },
    "sent_at": 1710020717
}"#;

fn delivery(name: &str, body: &Value) -> String {
    json!({"type": name, "body": body, "sent_at": 1_709_914_812}).to_string()
}

fn event(name: &str, body: &Value) -> WebhookEvent {
    let event = WebhookEvent::parse(delivery(name, body)).unwrap();
    assert_eq!(event.misfit(), None, "{name}");
    event
}

#[test]
fn a_value_is_read_by_its_field() {
    let event = WebhookEvent::parse(VALUE).unwrap();
    assert_eq!(event.name, WebhookEventName::FieldValueUpdated);
    assert_eq!(event.sent_at.unwrap().timestamp(), 1_709_914_812);
    assert_eq!(event.id(), Some(3_204_417_731));
    let WebhookBody::FieldValue(body) = &event.body else { panic!("{event:?}") };
    let field = body.field.as_ref().unwrap();
    assert_eq!((body.value.value_type, field.value_type), (Some(ValueType::Text), ValueType::RankedDropdown));
    assert_eq!(body.value.read(field).unwrap().as_text(), Some("In review"));
}

#[test]
fn a_merge_has_both_organizations() {
    let event = WebhookEvent::parse(MERGED).unwrap();
    let WebhookBody::OrganizationsMerged(body) = &event.body else { panic!("{event:?}") };
    assert_eq!((body.removed.id, body.survivor.id), (CompanyId::new(640_119), CompanyId::new(640_118)));
    assert_eq!(body.changer.as_ref().map(|person| person.id), Some(PersonId::new(90_412)));
    assert_eq!(body.merged_at.unwrap().to_rfc3339(), "2024-03-09T21:45:16+00:00");
}

#[test]
fn a_row_has_its_entity() {
    let body = json!({
        "id": 771203, "list_id": 5120, "creator_id": 90412, "entity_id": 640118, "entity_type": 1,
        "created_at": "2016-09-23 08:15:40 -0700",
        "entity": {"id": 640118, "name": "Tessel Robotics", "domain": null, "domains": [], "crunchbase_uuid": null, "global": false}
    });
    let event = event("list_entry.created", &body);
    let WebhookBody::ListEntry(entry) = &event.body else { panic!("{event:?}") };
    assert_eq!(entry.entity_ref(), Some(CompanyId::new(640_118).into()));
}

#[test]
fn a_person_and_an_organization_are_read() {
    let body = json!({
        "id": 310552, "type": 0, "first_name": "Juno", "last_name": null, "primary_email": "juno@tessel.example",
        "emails": [], "organization_ids": [640118]
    });
    let WebhookBody::Person(person) = event("person.created", &body).body else { panic!("no person") };
    assert_eq!(person.primary_email.as_deref(), Some("juno@tessel.example"));
    let body = json!({"id": 640118, "name": "Tessel", "domain": null, "domains": null, "crunchbase_uuid": null, "global": false});
    let WebhookBody::Organization(organization) = event("organization.created", &body).body else {
        panic!("no organization")
    };
    assert_eq!(organization.name.as_deref(), Some("Tessel"));
}

#[test]
fn the_unconfirmed_bodies_are_read_like_answers() {
    let note = json!({"id": 551207, "creator_id": 90412, "is_meeting": false, "content": "Hi", "type": 0, "created_at": "2024-03-07T10:55:12Z"});
    assert!(
        matches!(event("note.deleted", &note).body, WebhookBody::Note(note) if note.id == NoteId::new(551_207))
    );
    let list = json!({"id": 5120, "type": 1, "name": "Robotics"});
    assert!(matches!(event("list.updated", &list).body, WebhookBody::List(list) if list.name == "Robotics"));
    let field = json!({"id": 80231, "name": "Stage", "value_type": 7, "allows_multiple": false});
    assert!(
        matches!(event("field.created", &field).body, WebhookBody::Field(field) if field.name == "Stage")
    );
    let opportunity = json!({"id": 7741, "name": "Seed"});
    let id = OpportunityId::new(7741);
    assert!(
        matches!(event("opportunity.created", &opportunity).body, WebhookBody::Opportunity(it) if it.id == id)
    );
    let file = json!({"id": 1, "name": "a.txt", "size": 3, "uploader_id": 90412, "created_at": "2024-03-07T18:41:09.254Z"});
    assert!(
        matches!(event("file.created", &file).body, WebhookBody::File(it) if it.id == EntityFileId::new(1))
    );
    let reminder =
        json!({"id": 1, "type": 0, "status": 1, "created_at": "2024-03-07T18:41:09.254Z", "due_date": null});
    assert!(matches!(event("reminder.created", &reminder).body, WebhookBody::Reminder(_)));
}

#[test]
fn a_body_of_another_form_is_kept() {
    for name in WebhookEventName::KNOWN {
        for body in [json!(null), json!([1]), json!({"id": "x"}), json!({"deleted": true})] {
            let event = WebhookEvent::parse(delivery(name.as_str(), &body)).unwrap();
            assert_eq!((&event.name, &event.body), (name, &WebhookBody::Raw), "{name} {body}");
            assert_eq!(event.body_as::<Value>().unwrap(), body);
            let untyped = *name == WebhookEventName::SmartInteractionValueUpdated;
            assert_eq!(event.misfit().is_none(), untyped, "{name}");
        }
    }
}

#[test]
fn a_misfit_says_where_and_not_what() {
    let event = WebhookEvent::parse(delivery("list.created", &json!({"id": "sesame"}))).unwrap();
    let misfit = event.misfit().unwrap();
    assert!(misfit.contains("at id") && !misfit.contains("sesame"), "{misfit}");
}

#[test]
fn an_unknown_event_is_kept() {
    let event = event("planet.aligned", &json!({"id": 7, "planets": ["Mars"]}));
    assert_eq!((event.name.as_str(), event.id()), ("planet.aligned", Some(7)));
    assert_eq!(event.body, WebhookBody::Raw);
}

#[test]
fn an_event_survives_being_stored() {
    let ugly = r#" {"sent_at": 1709914812.0,  "type": "x", "body": {"b": 1.50, "a": 1e2, "n": 12345678901234567890123}}
"#;
    for text in [VALUE, MERGED, ugly] {
        let event = WebhookEvent::parse(text).unwrap();
        assert_eq!(event.raw(), text.trim());
        assert_eq!(WebhookEvent::parse(event.raw()).unwrap(), event);
        let stored = serde_json::to_string(&event).unwrap();
        assert_eq!(stored, text.trim());
        let back: WebhookEvent = serde_json::from_str(&stored).unwrap();
        assert_eq!(back, event);
        let mut seen = Deduplicator::default();
        assert!(seen.is_new(&event) && !seen.is_new(&back));
    }
}

#[test]
fn an_event_survives_being_stored_within_something() {
    #[derive(Serialize, Deserialize)]
    struct Job {
        event: WebhookEvent,
        tries: u32,
    }
    let event = WebhookEvent::parse(VALUE).unwrap();
    for write in [serde_json::to_string, serde_json::to_string_pretty] {
        let stored = write(&Job { event: event.clone(), tries: 1 }).unwrap();
        let back: Job = serde_json::from_str(&stored).unwrap();
        assert_eq!((back.event, back.tries), (event.clone(), 1));
    }
}

#[test]
fn an_array_is_no_event() {
    let error = WebhookEvent::parse(r#"["list.created", {}, 1]"#).unwrap_err();
    assert!(error.is_decode() && error.to_string().contains("expected an object"), "{error}");
    let event = WebhookEvent::parse(delivery("planet.aligned", &json!([7]))).unwrap();
    assert_eq!(event.id(), None);
}

#[test]
fn the_seconds_come_in_several_forms() {
    for seconds in ["1709914812", r#""1709914812""#, "1709914812.0", r#"" 1709914812.0""#, "1.709914812e9"] {
        let event = WebhookEvent::parse(format!(r#"{{"type": "x", "body": {{}}, "sent_at": {seconds}}}"#));
        let event = event.unwrap();
        assert_eq!(event.sent_at.unwrap().timestamp(), 1_709_914_812, "{seconds}");
        assert_eq!(event.misfit(), None);
    }
}

#[test]
fn an_event_is_not_lost_for_the_time_it_was_sent_at() {
    let list = r#"{"id": 5120, "type": 1, "name": "Robotics"}"#;
    let bad = [
        "1.5",
        r#""2024-03-08T16:20:12Z""#,
        r#""sesame""#,
        "null",
        "1e300",
        "9223372036854775807",
        "{}",
        "[1]",
    ];
    let some =
        bad.map(|sent_at| format!(r#"{{"type": "list.created", "body": {list}, "sent_at": {sent_at}}}"#));
    let none = format!(r#"{{"type": "list.created", "body": {list}}}"#);
    for text in some.into_iter().chain([none]) {
        let event = WebhookEvent::parse(&text).unwrap();
        assert!(event.sent_at.is_none() && matches!(event.body, WebhookBody::List(_)), "{text}");
        let misfit = event.misfit().unwrap();
        assert!(misfit.contains("at sent_at") && !misfit.contains("sesame"), "{misfit}");
    }
    let both = WebhookEvent::parse(r#"{"type": "list.created", "body": {"id": "x"}}"#).unwrap();
    let misfit = both.misfit().unwrap();
    assert!(
        misfit.contains("at id: ") && misfit.contains("; ") && misfit.contains("at sent_at: "),
        "{misfit}"
    );
}

#[test]
fn what_is_no_delivery_is_an_error_without_the_text() {
    for text in [
        "",
        "sesame",
        "[]",
        "{}",
        r#"{"type": ["sesame"]}"#,
        r#"{"type": 7, "sent_at": 1}"#,
        r#"{"body": {}}"#,
    ] {
        let error = WebhookEvent::parse(text).unwrap_err();
        assert!(error.is_decode() && !error.to_string().contains("sesame"), "{text}: {error}");
    }
}

#[test]
fn people_are_not_printed() {
    let event = WebhookEvent::parse(MERGED).unwrap();
    assert!(!format!("{event:?}").contains("Mirelle"));
}

#[test]
fn no_bytes_make_it_panic() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let known = WebhookEventName::KNOWN;
    for _ in 0..3000 {
        let length = random.usize(..60);
        let noise: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(length).collect();
        drop(WebhookEvent::parse(&noise));
        let mut broken = if random.bool() { VALUE } else { MERGED }.as_bytes().to_vec();
        for _ in 0..random.usize(1..4) {
            let at = random.usize(..broken.len());
            broken[at] = random.u8(..);
        }
        broken.truncate(broken.len() - random.usize(..2) * random.usize(..broken.len()));
        if let Ok(event) = WebhookEvent::parse(&broken) {
            let _ = (event.id(), event.body_as::<Value>(), format!("{event:?}"));
        }
        let name = known[random.usize(..known.len())].as_str();
        let body = some_json(&mut random, 3);
        let event = WebhookEvent::parse(delivery(name, &body)).unwrap();
        assert_eq!(event.body_as::<Value>().unwrap(), body);
    }
}

fn some_json(random: &mut fastrand::Rng, depth: u32) -> Value {
    const KEYS: [&str; 12] = [
        "id",
        "type",
        "name",
        "list_id",
        "entity",
        "entity_id",
        "value",
        "field",
        "created_at",
        "status",
        "company",
        "emails",
    ];
    match random.u32(..if depth == 0 { 4 } else { 6 }) {
        0 => Value::Null,
        1 => json!(random.i64(-2..9)),
        2 => json!("2024-03-07T10:55:12Z"),
        3 => json!(random.bool()),
        4 => (0..random.usize(..3)).map(|_| some_json(random, depth - 1)).collect(),
        _ => {
            let pairs = (0..random.usize(..8)).map(|_| KEYS[random.usize(..KEYS.len())].to_owned());
            pairs.collect::<Vec<_>>().into_iter().map(|key| (key, some_json(random, depth - 1))).collect()
        }
    }
}

#[test]
fn deep_nesting_is_kept_or_refused() {
    let body = "[".repeat(100_000) + &"]".repeat(100_000);
    for name in ["x", "list.created"] {
        let parsed = WebhookEvent::parse(format!(r#"{{"type": "{name}", "body": {body}, "sent_at": 1}}"#));
        assert!(parsed.is_ok_and(|event| event.body == WebhookBody::Raw), "{name}");
    }
}

#[test]
fn a_repeated_delivery_is_told() {
    let mut seen = Deduplicator::default();
    let (one, other) = (WebhookEvent::parse(VALUE).unwrap(), WebhookEvent::parse(MERGED).unwrap());
    assert!(seen.is_empty() && seen.is_new(&one) && seen.is_new(&other));
    assert!(!seen.is_new(&one) && !seen.is_new(&other));
    assert_eq!(seen.len(), 2);
    seen.forget(&one);
    assert!(seen.is_new(&one) && !seen.is_new(&one));
}

#[test]
fn a_delivery_sent_later_is_another_unless_that_is_ignored() {
    let later = WebhookEvent::parse(VALUE.replace("1709914812", "1709914899")).unwrap();
    let first = WebhookEvent::parse(VALUE).unwrap();
    let mut seen = Deduplicator::new(9, Duration::from_secs(60));
    assert!(seen.is_new(&first) && seen.is_new(&later));
    let mut seen = Deduplicator::new(9, Duration::from_secs(60)).ignoring_sent_at();
    assert!(seen.is_new(&first) && !seen.is_new(&later));
}
