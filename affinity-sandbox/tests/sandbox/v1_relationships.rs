//! Relationship strengths.

use affinity_sandbox::Sandbox;
use serde_json::json;

use crate::support::get;
use crate::v1_tools::{at_noon, message, office, problems};

#[tokio::test]
async fn strengths_are_told_by_the_outsider() {
    let mut office = office();
    let (user, colleague, person) = (office.user, office.colleague, office.small.person);
    office.small.world.set_strength(user, person, 0.62).unwrap();
    office.small.world.set_strength(colleague, person, 0.1).unwrap();
    office.small.world.set_strength(user, office.stranger, 1.0).unwrap();
    let sandbox = at_noon(office.small.world).await;
    let path = format!("/relationships-strengths?external_id={person}");
    let (first, second) = (
        json!({"internal_id": user, "external_id": person, "strength": 0.62}),
        json!({"internal_id": colleague, "external_id": person, "strength": 0.1}),
    );
    assert_eq!(get(&sandbox, &path).await.json(), json!([first, second]));
    assert_eq!(get(&sandbox, &format!("{path}&internal_id={colleague}")).await.json(), json!([second]));
    assert_eq!(problems(&get(&sandbox, "/relationships-strengths").await), (422, vec!["external_id".into()]));
    let nobody = get(&sandbox, "/relationships-strengths?external_id=99").await;
    assert_eq!(message(&nobody), "Field external_id: expected 99 to be a valid id");
    // The path has both words in the plural.
    assert_eq!(get(&sandbox, "/relationship-strengths").await.status, 404);
}

#[tokio::test]
async fn a_strength_is_of_a_user_and_somebody_else() {
    let mut office = office();
    let world = &mut office.small.world;
    assert!(world.set_strength(office.user, office.colleague, 0.5).is_err());
    assert!(world.set_strength(office.stranger, office.small.person, 0.5).is_err());
    assert!(world.set_strength(office.user, office.stranger, f64::NAN).is_err());
}

#[tokio::test]
async fn the_demo_has_some_of_everything() {
    let sandbox = Sandbox::demo().await.unwrap();
    let strengths = get(&sandbox, "/relationships-strengths?external_id=50003").await.json();
    assert_eq!(strengths.as_array().unwrap().len(), 2);
    let files = get(&sandbox, "/entity-files").await.json();
    assert_eq!(files["entity_files"].as_array().unwrap().len(), 3);
    let reminders = get(&sandbox, "/reminders").await.json();
    let statuses: Vec<_> = reminders["reminders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reminder| reminder["status"].clone())
        .collect();
    assert_eq!(statuses, [0, 2, 1, 1, 1].map(|status| json!(status)));
    let window = "start_time=2024-06-01T00:00:00Z&end_time=2025-06-01T00:00:00Z&person_id=50003";
    for (kind, name) in [(1, "events"), (2, "chat_messages")] {
        let page = get(&sandbox, &format!("/interactions?type={kind}&{window}")).await.json();
        assert!(!page[name].as_array().unwrap().is_empty(), "{name}");
    }
    // What the notes on a call and a chat message are about is there.
    for (kind, id) in [(1, 4_000_001), (2, 1_000_001)] {
        let found = get(&sandbox, &format!("/interactions/{id}?type={kind}")).await.json();
        assert_eq!(found["notes"].as_array().unwrap().len(), 1);
    }
}
