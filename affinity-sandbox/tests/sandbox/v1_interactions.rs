//! Interactions of API v1.

use affinity_sandbox::{
    Attendee, Direction, InteractionKind, LoggedCall, LoggedChatMessage, LoggedEmail, LoggedMeeting, NewNote,
};
use serde_json::{Value, json};

use crate::support::{get, post};
use crate::v1_tools::{Office, at_noon, delete, ids, message, office, problems, put};

const JANUARY: &str = "start_time=2025-01-01T00:00:00Z&end_time=2025-02-01T00:00:00Z";

fn instant(text: &str) -> affinity_sandbox::chrono::DateTime<affinity_sandbox::chrono::Utc> {
    text.parse().unwrap()
}

/// One of each kind, with the user and the person of the small world.
fn logged() -> Office {
    let mut office = office();
    let (user, person) = (office.user, office.small.person);
    let [ines, alvio] = [
        Attendee::person(user, "ines@quillfern-seed.example"),
        Attendee::person(person, "alvio@tessel.example"),
    ];
    let world = &mut office.small.world;
    let meeting = LoggedMeeting::new(instant("2025-01-10T18:00:00Z")).id(7).title("Kick-off");
    world.add_meeting(meeting.attendee(ines.clone()).attendee(alvio.clone())).unwrap();
    let call = LoggedCall::new(instant("2025-01-11T18:00:00Z")).id(7);
    world.add_call(call.attendee(ines.clone()).attendee(alvio.clone())).unwrap();
    let message = LoggedChatMessage::new(instant("2025-01-12T18:00:00Z"), Direction::Received).id(7);
    world.add_chat_message(message.participant(person).participant(user)).unwrap();
    let email = LoggedEmail::new(instant("2025-01-13T18:00:00Z"), ines).id(7).direction(Direction::Sent);
    world.add_email(email.subject("Deck follow-up").to(alvio)).unwrap();
    office
}

fn brief(id: u64, kind: u64, first: &str, last: &str, email: &str) -> Value {
    json!({
        "id": id, "type": kind, "first_name": first, "last_name": last, "primary_email": email, "emails": [email]
    })
}

#[tokio::test]
async fn each_kind_has_its_own_form() {
    let office = logged();
    let (user, person) = (office.user, office.small.person);
    let ines = brief(user, 1, "Ines", "Falk", "ines@quillfern-seed.example");
    let alvio = brief(person, 0, "Alvio", "Ashbrook", "alvio@tessel.example");
    let sandbox = at_noon(office.small.world).await;
    let asked = |kind: u64| format!("/interactions?type={kind}&person_id={person}&{JANUARY}");
    let meetings = get(&sandbox, &asked(0)).await.json();
    let expected = json!({
        "id": 7, "type": 0, "date": "2025-01-10T10:00:00.000-08:00", "logging_type": 0,
        "persons": [&ines, &alvio], "manual_creator_id": null, "notes": [],
        "attendees": ["ines@quillfern-seed.example", "alvio@tessel.example"],
        "start_time": "2025-01-10T10:00:00.000-08:00", "end_time": null, "updated_at": null, "title": "Kick-off"
    });
    assert_eq!(meetings, json!({"events": [expected], "next_page_token": null}));
    let call = &get(&sandbox, &asked(1)).await.json()["events"][0];
    assert_eq!((&call["type"], &call["manual_creator_id"]), (&json!(1), &json!(user)));
    let messages = get(&sandbox, &asked(2)).await.json();
    let expected = json!({
        "id": 7, "type": 2, "date": "2025-01-12T10:00:00.000-08:00", "logging_type": 1, "direction": 1,
        "persons": [&alvio, &ines], "manual_creator_id": user, "notes": []
    });
    assert_eq!(messages["chat_messages"], json!([expected]));
    let emails = get(&sandbox, &asked(3)).await.json();
    let expected = json!({
        "id": 7, "type": 3, "date": "2025-01-13T10:00:00.000-08:00", "logging_type": 0, "direction": 0,
        "subject": "Deck follow-up", "from": &ines, "to": [&alvio], "cc": []
    });
    assert_eq!(emails["emails"], json!([expected]));
}

#[tokio::test]
async fn type_window_and_entity_are_required() {
    let office = logged();
    let (user, person) = (office.user, office.small.person);
    let sandbox = at_noon(office.small.world).await;
    let missing = get(&sandbox, "/interactions").await;
    assert_eq!(
        problems(&missing),
        (422, ["type", "start_time", "end_time", "person_id"].map(String::from).into())
    );
    let two =
        format!("/interactions?type=0&{JANUARY}&person_id={person}&organization_id={}", office.small.company);
    assert_eq!(problems(&get(&sandbox, &two).await), (422, vec!["person_id".into()]));
    let internal = get(&sandbox, &format!("/interactions?type=0&{JANUARY}&person_id={user}")).await;
    assert!(message(&internal).contains("external or collaborator"));
    let nobody = get(&sandbox, &format!("/interactions?type=0&{JANUARY}&person_id=99")).await;
    assert_eq!(message(&nobody), "Field person_id: expected 99 to be a valid id");
    for window in [
        "start_time=2025-01-01T00:00:00Z&end_time=2026-01-01T00:00:01Z",
        "start_time=2025-02-01T00:00:00Z&end_time=2025-01-01T00:00:00Z",
    ] {
        let answer = get(&sandbox, &format!("/interactions?type=0&person_id={person}&{window}")).await;
        assert_eq!(problems(&answer), (422, vec!["end_time".into()]), "{window}");
    }
}

#[tokio::test]
async fn the_end_of_the_window_is_not_in_it() {
    let office = logged();
    let path = format!("/interactions?type=0&person_id={}", office.small.person);
    let sandbox = at_noon(office.small.world).await;
    let window = |from: &str, to: &str| format!("{path}&start_time={from}&end_time={to}");
    let before = window("2025-01-01T00:00:00Z", "2025-01-10T18:00:00Z");
    let after = window("2025-01-10T18:00:00Z", "2026-01-10T18:00:00Z");
    assert!(ids(&get(&sandbox, &before).await, "events").is_empty());
    assert_eq!(ids(&get(&sandbox, &after).await, "events"), [7]);
}

#[tokio::test]
async fn interactions_are_narrowed() {
    let office = logged();
    let (person, colleague) = (office.small.person, office.colleague);
    let sandbox = at_noon(office.small.world).await;
    for (kind, filter, name, expected) in [
        (0, "logging_type=1".to_owned(), "events", vec![]),
        (1, "logging_type=1".to_owned(), "events", vec![7]),
        (2, "direction=0".to_owned(), "chat_messages", vec![]),
        (2, "direction=1".to_owned(), "chat_messages", vec![7]),
        (3, "direction=0".to_owned(), "emails", vec![7]),
        (3, format!("internal_person_id={}", office.user), "emails", vec![7]),
        (3, format!("internal_person_id={colleague}"), "emails", vec![]),
    ] {
        let path = format!("/interactions?type={kind}&person_id={person}&{JANUARY}&{filter}");
        assert_eq!(ids(&get(&sandbox, &path).await, name), expected, "{kind} {filter}");
    }
}

#[tokio::test]
async fn a_hundred_come_at_once() {
    let mut office = office();
    let person = office.small.person;
    for n in 1..=101 {
        let call = LoggedCall::new(instant("2025-01-11T18:00:00Z")).id(n);
        office.small.world.add_call(call.attendee(Attendee::person(person, "x@tessel.example"))).unwrap();
    }
    let sandbox = at_noon(office.small.world).await;
    let path = format!("/interactions?type=1&person_id={person}&{JANUARY}");
    let first = get(&sandbox, &path).await;
    assert_eq!(ids(&first, "events").len(), 100);
    let token = first.json()["next_page_token"].as_str().unwrap().to_owned();
    let second = get(&sandbox, &format!("{path}&page_token={token}")).await;
    assert_eq!(ids(&second, "events"), [101]);
    let other = get(&sandbox, &format!("{path}&direction=0&page_token={token}")).await;
    assert_eq!(other.status, 422);
    assert_eq!(
        problems(&get(&sandbox, &format!("{path}&page_size=101")).await),
        (422, vec!["page_size".into()])
    );
}

#[tokio::test]
async fn a_meeting_is_logged_with_a_note() {
    let office = office();
    let (user, person) = (office.user, office.small.person);
    let sandbox = at_noon(office.small.world).await;
    let body = json!({
        "type": 0, "person_ids": [user, person], "content": "Talked about a_b", "date": "2026-01-14T17:00:00Z"
    });
    let made = post(&sandbox, "/interactions", &body).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let made = made.json();
    assert_eq!((&made["title"], &made["manual_creator_id"]), (&json!("Manually logged event"), &json!(user)));
    assert_eq!(made["logging_type"], 1);
    assert!(made.get("content").is_none());
    let note = get(&sandbox, &format!("/notes/{}", made["notes"][0])).await.json();
    assert_eq!(note["content"], "Talked about a\\_b");
    assert_eq!(note["interaction_person_ids"], json!([user, person]));
    assert_eq!((&note["interaction_id"], &note["interaction_type"]), (&made["id"], &json!(0)));
    assert_eq!((&note["is_meeting"], &note["associated_person_ids"]), (&json!(true), &json!([])));
    // The same in v2.
    let meetings = get(&sandbox, "/v2/meetings").await.json();
    assert_eq!(meetings["data"][0]["id"], made["id"]);
    assert_eq!(meetings["data"][0]["loggingType"], "manual");
}

#[tokio::test]
async fn both_sides_have_to_be_there() {
    let office = office();
    let (user, person) = (office.user, office.small.person);
    let sandbox = at_noon(office.small.world).await;
    for persons in [vec![user], vec![person], vec![]] {
        let body = json!({"type": 1, "person_ids": persons, "content": "x", "date": "2026-01-14T17:00:00Z"});
        let answer = post(&sandbox, "/interactions", &body).await;
        assert_eq!(problems(&answer), (422, vec!["person_ids".into()]), "{persons:?}");
    }
    let email = json!({"type": 3, "person_ids": [user, person], "content": "x", "date": "2026-01-14"});
    assert_eq!(problems(&post(&sandbox, "/interactions", &email).await), (422, vec!["type".into()]));
    let empty = problems(&post(&sandbox, "/interactions", &json!({})).await);
    assert_eq!(empty, (422, ["type", "person_ids", "content", "date"].map(String::from).into()));
}

#[tokio::test]
async fn a_chat_message_is_changed_and_deleted() {
    let office = office();
    let (user, person) = (office.user, office.small.person);
    let sandbox = at_noon(office.small.world).await;
    let body = json!({
        "type": 2, "person_ids": [user, person], "content": "Hello", "date": "2026-01-14", "direction": 1
    });
    let made = post(&sandbox, "/interactions", &body).await.json();
    assert_eq!(made["direction"], 1);
    let path = format!("/interactions/{}", made["id"]);
    let body = json!({"type": 2, "content": "Hello again", "date": "2026-01-13T20:00:00Z"});
    let changed = put(&sandbox, &path, &body).await.json();
    assert_eq!(changed["date"], "2026-01-13T12:00:00.000-08:00");
    assert_eq!(changed["persons"].as_array().unwrap().len(), 2);
    let note = format!("/notes/{}", made["notes"][0]);
    assert_eq!(get(&sandbox, &note).await.json()["content"], "Hello again");
    assert_eq!(get(&sandbox, &format!("{path}?type=0")).await.status, 404);
    assert_eq!(problems(&delete(&sandbox, &path).await), (422, vec!["type".into()]));
    assert_eq!(delete(&sandbox, &format!("{path}?type=2")).await.json(), json!({"success": true}));
    assert_eq!(get(&sandbox, &format!("{path}?type=2")).await.status, 404);
    assert_eq!(get(&sandbox, &note).await.status, 404);
}

#[tokio::test]
async fn what_was_synchronized_stays() {
    let office = logged();
    let mut world = office.small.world;
    world
        .add_note(NewNote::interaction(InteractionKind::Call, 7, "<p>Hi</p>").mention(1, office.stranger))
        .unwrap();
    let sandbox = at_noon(world).await;
    assert_eq!(put(&sandbox, "/interactions/7", &json!({"type": 0, "date": "2025-01-01"})).await.status, 422);
    assert_eq!(delete(&sandbox, "/interactions/7?type=3").await.status, 422);
    // A text with a mention stays as well.
    assert_eq!(put(&sandbox, "/interactions/7", &json!({"type": 1, "content": "New"})).await.status, 422);
    assert_eq!(put(&sandbox, "/interactions/7", &json!({"type": 1, "date": "2025-01-01"})).await.status, 200);
}

#[tokio::test]
async fn an_opportunity_has_the_interactions_of_its_persons() {
    let office = logged();
    let (world, person) = (office.small.world, office.small.person);
    let sandbox = at_noon(world).await;
    let path = format!("/interactions?type=0&opportunity_id={}&{JANUARY}", office.small.opportunity);
    assert!(ids(&get(&sandbox, &path).await, "events").is_empty());
    sandbox.with_world(|world| {
        let place = affinity_sandbox::Place::Entry(office.small.deal_row);
        let persons = affinity_sandbox::CellValue::PersonMulti(vec![person]);
        world.set_value(place, "persons", persons).unwrap();
    });
    assert_eq!(ids(&get(&sandbox, &path).await, "events"), [7]);
}

#[tokio::test]
async fn an_organization_has_the_interactions_of_its_persons() {
    let office = logged();
    let sandbox = at_noon(office.small.world).await;
    let company = office.small.company;
    let path = format!("/interactions?type=3&organization_id={company}&{JANUARY}");
    assert!(ids(&get(&sandbox, &path).await, "emails").is_empty());
    let body = json!({"organization_ids": [company]});
    let changed = put(&sandbox, &format!("/persons/{}", office.small.person), &body).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!(ids(&get(&sandbox, &path).await, "emails"), [7]);
}
