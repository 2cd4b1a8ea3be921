//! Interaction dates of persons and organizations.

use affinity_sandbox::{
    Attendee, CellValue, Direction, Interaction, LoggedEmail, LoggedMeeting, Person, Place, Sandbox, World,
};
use serde_json::{Value, json};

use crate::support::start;
use crate::v1_support::{ids, read};

/// Somebody with two e-mails, a meeting that was and one to come, and a chat message; the time stands at noon of
/// 2026-01-15.
async fn contacts() -> (Sandbox, u64, u64) {
    let mut world = World::new();
    let company = world.add_company(affinity_sandbox::Company::new("Tessel Robotics")).unwrap();
    let person = world.add_person(Person::new("Alvio").email("alvio@tessel.example")).unwrap();
    world.add_person(Person::new("Unknown")).unwrap();
    let user = || Attendee::person(50_001, "ines@quillfern-seed.example");
    let other = || Attendee::person(person, "alvio@tessel.example");
    let at = |text: &str| text.parse().unwrap();
    world.add_email(LoggedEmail::new(at("2025-03-01T08:00:00Z"), other()).to(user())).unwrap();
    world.add_email(LoggedEmail::new(at("2025-07-01T08:00:00Z"), user()).to(other())).unwrap();
    for day in ["2025-05-01T08:00:00Z", "2026-02-01T17:00:00Z"] {
        world.add_meeting(LoggedMeeting::new(at(day)).attendee(user()).attendee(other())).unwrap();
    }
    let chat = Interaction::ChatMessage {
        id: 1,
        direction: Direction::Sent,
        sent_at: at("2025-08-01T08:00:00Z"),
        manual_creator: 50_001,
        participants: vec![person],
    };
    let place = Place::Person(person);
    world.set_value(place, "last-chat-message", CellValue::Interaction(chat)).unwrap();
    world.set_value(place, "affinity-data-current-organization", CellValue::Company(company)).unwrap();
    (start(Sandbox::builder().world(world).manual_clock()).await, person, company)
}

fn dates() -> Value {
    json!({
        "first_email_date": "2025-03-01T00:00:00.000-08:00", "last_email_date": "2025-07-01T01:00:00.000-07:00",
        "first_event_date": "2025-05-01T01:00:00.000-07:00", "last_event_date": "2025-05-01T01:00:00.000-07:00",
        "next_event_date": "2026-02-01T09:00:00.000-08:00",
        "last_chat_message_date": "2025-08-01T01:00:00.000-07:00",
        "last_interaction_date": "2025-08-01T01:00:00.000-07:00"
    })
}

#[tokio::test]
async fn dates_come_on_request() {
    let (sandbox, person, company) = contacts().await;
    for path in [format!("/persons/{person}"), format!("/organizations/{company}")] {
        assert_eq!(read(&sandbox, &path).await.get("interaction_dates"), None, "{path}");
        let with = read(&sandbox, &format!("{path}?with_interaction_dates=true")).await;
        assert_eq!(with["interaction_dates"], dates(), "{path}");
        assert_eq!(with["interactions"]["first_email"], json!({"date": "2025-03-01T00:00:00.000-08:00"}));
        let flags = "with_interaction_dates=true&with_interaction_persons=true";
        let with = read(&sandbox, &format!("{path}?{flags}")).await;
        assert_eq!(
            with["interactions"]["next_event"],
            json!({"date": "2026-02-01T09:00:00.000-08:00", "person_ids": [50001]})
        );
        let alone = read(&sandbox, &format!("{path}?with_interaction_persons=true")).await;
        assert_eq!(alone.get("interactions"), None, "{path}");
    }
}

#[tokio::test]
async fn who_was_never_in_touch_has_no_dates() {
    let (sandbox, person, _) = contacts().await;
    let stranger = read(&sandbox, &format!("/persons/{}?with_interaction_dates=true", person + 1)).await;
    let dates = stranger["interaction_dates"].as_object().unwrap();
    assert!(dates.len() == 7 && dates.values().all(Value::is_null));
    assert!(stranger["interactions"]["last_email"].is_null());
}

#[tokio::test]
async fn dates_on_a_list_drop_those_without() {
    let (sandbox, person, company) = contacts().await;
    let persons = read(&sandbox, "/persons?with_interaction_dates=true").await;
    assert_eq!(ids(&persons["persons"]), [50_001, person]);
    assert_eq!(persons["persons"][1]["interaction_dates"], dates());
    let organizations = read(&sandbox, "/organizations?with_interaction_dates=true").await;
    assert_eq!(ids(&organizations["organizations"]), [company]);
}

#[tokio::test]
async fn bounds_pick_by_date() {
    let (sandbox, person, company) = contacts().await;
    for (query, found) in [
        ("min_last_email_date=2025-07-01T08:00:00Z", true),
        ("min_last_email_date=2025-07-01T08:00:01Z", false),
        ("max_first_email_date=2025-03-01", true),
        ("max_first_email_date=2025-02-28T23:00:00", false),
        ("min_next_event_date=2026-01-01&max_next_event_date=2026-03-01", true),
        ("min_first_event_date=2025-05-02", false),
        ("max_last_event_date=2025-05-01T01%3A00%3A00-07%3A00", true),
        ("min_last_interaction_date=2025-08-01T00:00:00.000-08:00", true),
        ("min_last_chat_message_date=2030-01-01", true),
    ] {
        let persons = ids(&read(&sandbox, &format!("/persons?{query}")).await["persons"]);
        assert_eq!(persons.contains(&person), found, "{query}");
        let organizations = ids(&read(&sandbox, &format!("/organizations?{query}")).await["organizations"]);
        assert_eq!(organizations.contains(&company), found, "{query}");
    }
}
