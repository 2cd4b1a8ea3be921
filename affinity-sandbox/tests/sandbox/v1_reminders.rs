//! Reminders.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{get, post};
use crate::v1_tools::{at_noon, delete, ids, office, problems, put};

const DAY: Duration = Duration::from_secs(86_400);

#[tokio::test]
async fn a_reminder_becomes_overdue_and_is_completed() {
    let office = office();
    let (user, company) = (office.user, office.small.company);
    let sandbox = at_noon(office.small.world).await;
    let body = json!({
        "owner_id": user, "type": 0, "content": "Check in", "due_date": "2026-01-20", "organization_id": company
    });
    let made = post(&sandbox, "/reminders", &body).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let made = made.json();
    let ines = json!({
        "id": user, "type": 1, "first_name": "Ines", "last_name": "Falk",
        "primary_email": "ines@quillfern-seed.example", "emails": ["ines@quillfern-seed.example"]
    });
    let expected = json!({
        "id": made["id"], "type": 0, "created_at": "2026-01-15T04:00:00.000-08:00", "completed_at": null,
        "content": "Check in", "due_date": "2026-01-20T00:00:00.000-08:00", "reset_type": null,
        "reminder_days": null, "status": 1, "creator": &ines, "owner": &ines, "completer": null, "person": null,
        "organization": {
            "id": company, "name": "Tessel Robotics", "domain": "tessel.example", "domains": ["tessel.example"],
            "crunchbase_uuid": null, "global": false
        },
        "opportunity": null
    });
    assert_eq!(made, expected);
    let path = format!("/reminders/{}", made["id"]);
    sandbox.advance(DAY * 10);
    assert_eq!(get(&sandbox, &path).await.json()["status"], 2);
    for is_completed in [json!(1), json!(true)] {
        let body = json!({"type": 0, "due_date": "2026-01-20", "is_completed": is_completed});
        let done = put(&sandbox, &path, &body).await.json();
        assert_eq!((&done["status"], &done["completer"]["id"]), (&json!(0), &json!(user)));
        assert_eq!(done["completed_at"], "2026-01-25T04:00:00.000-08:00");
    }
    assert_eq!(delete(&sandbox, &path).await.json(), json!({"success": true}));
    assert_eq!(get(&sandbox, &path).await.status, 404);
}

#[tokio::test]
async fn what_is_required_depends_on_the_type() {
    let office = office();
    let (user, person, company) = (office.user, office.small.person, office.small.company);
    let sandbox = at_noon(office.small.world).await;
    let refused = [
        (json!({}), vec!["owner_id", "person_id", "type", "due_date"]),
        (json!({"owner_id": user, "type": 0, "person_id": person}), vec!["due_date"]),
        (json!({"owner_id": user, "type": 1, "person_id": person}), vec!["reset_type", "reminder_days"]),
        (json!({"owner_id": user, "type": 0, "due_date": "2026-02-01"}), vec!["person_id"]),
        (
            json!({"owner_id": user, "type": 0, "due_date": "2026-02-01", "person_id": person,
                   "organization_id": company}),
            vec!["person_id"],
        ),
        (
            json!({"owner_id": person, "type": 0, "due_date": "2026-02-01", "person_id": person}),
            vec!["owner_id"],
        ),
        (
            json!({"owner_id": user, "type": 1, "reset_type": 0, "reminder_days": 3651, "person_id": person}),
            vec!["reminder_days"],
        ),
    ];
    for (body, params) in refused {
        assert_eq!(problems(&post(&sandbox, "/reminders", &body).await), (422, strings(&params)), "{body}");
    }
    let body =
        json!({"owner_id": user, "type": 0, "due_date": "2026-02-01", "person_id": person, "content": "A"});
    let made = post(&sandbox, "/reminders", &body).await.json();
    let path = format!("/reminders/{}", made["id"]);
    for (body, params) in [
        (json!({"content": "B"}), vec!["due_date"]),
        (json!({"type": 1}), vec!["reset_type", "reminder_days"]),
    ] {
        assert_eq!(problems(&put(&sandbox, &path, &body).await), (422, strings(&params)), "{body}");
    }
    let kept = put(&sandbox, &path, &json!({"due_date": "2026-02-02T10:00:00Z", "content": ""})).await.json();
    assert_eq!((&kept["content"], &kept["due_date"]), (&json!("A"), &json!("2026-02-02T02:00:00.000-08:00")));
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn recurring(user: u64, person: u64, reset: u64) -> Value {
    json!({"owner_id": user, "type": 1, "reset_type": reset, "reminder_days": 30, "person_id": person})
}

#[tokio::test]
async fn a_recurring_reminder_moves_on() {
    let office = office();
    let (user, person) = (office.user, office.small.person);
    let sandbox = at_noon(office.small.world).await;
    let made = post(&sandbox, "/reminders", &recurring(user, person, 0)).await.json();
    assert_eq!(made["due_date"], "2026-02-14T00:00:00.000-08:00");
    let path = format!("/reminders/{}", made["id"]);
    sandbox.advance(DAY * 40);
    assert_eq!(get(&sandbox, &path).await.json()["status"], 2);
    let done = json!({"type": 1, "reset_type": 0, "reminder_days": 30, "is_completed": true});
    let done = put(&sandbox, &path, &done).await.json();
    assert_eq!((&done["status"], &done["completed_at"]), (&json!(1), &Value::Null));
    assert_eq!(done["due_date"], "2026-03-26T00:00:00.000-07:00");
}

#[tokio::test]
async fn a_meeting_resets_the_reminders_that_wait_for_one() {
    let office = office();
    let (user, person, stranger) = (office.user, office.small.person, office.stranger);
    let sandbox = at_noon(office.small.world).await;
    let mut made = Vec::new();
    for (person, reset) in [(person, 0), (person, 1), (person, 2), (stranger, 2)] {
        made.push(post(&sandbox, "/reminders", &recurring(user, person, reset)).await.json()["id"].clone());
    }
    sandbox.advance(DAY * 5);
    let meeting = json!({"type": 0, "person_ids": [user, person], "content": "x", "date": "2026-01-20"});
    assert_eq!(post(&sandbox, "/interactions", &meeting).await.status, 200);
    let mut due = Vec::new();
    for id in made {
        due.push(get(&sandbox, &format!("/reminders/{id}")).await.json()["due_date"].clone());
    }
    let (before, after) = ("2026-02-14T00:00:00.000-08:00", "2026-02-19T00:00:00.000-08:00");
    assert_eq!(due, [after, before, after, before]);
}

#[tokio::test]
async fn reminders_are_narrowed() {
    let office = office();
    let (user, colleague, person) = (office.user, office.colleague, office.small.person);
    let opportunity = office.small.opportunity;
    let sandbox = at_noon(office.small.world).await;
    let once =
        json!({"owner_id": colleague, "type": 0, "due_date": "2026-01-10", "opportunity_id": opportunity});
    let done = json!({
        "owner_id": user, "type": 0, "due_date": "2026-01-12", "person_id": person, "is_completed": 1
    });
    let again = recurring(user, person, 1);
    let mut made = Vec::new();
    for body in [once, done, again] {
        made.push(post(&sandbox, "/reminders", &body).await.json()["id"].as_u64().unwrap());
    }
    for (filter, expected) in [
        (String::new(), vec![0, 1, 2]),
        (format!("person_id={person}"), vec![1, 2]),
        (format!("opportunity_id={opportunity}"), vec![0]),
        (format!("owner_id={colleague}"), vec![0]),
        (format!("creator_id={user}"), vec![0, 1, 2]),
        (format!("completer_id={user}"), vec![1]),
        ("type=0".into(), vec![0, 1]),
        ("type=1&reset_type=1".into(), vec![2]),
        ("type=1&reset_type=2".into(), vec![]),
        ("status=0".into(), vec![1]),
        ("status=1".into(), vec![2]),
        ("status=2".into(), vec![0]),
        ("due_before=2026-01-11".into(), vec![0]),
        ("due_after=2026-01-11&due_before=2026-01-13".into(), vec![1]),
    ] {
        let expected: Vec<u64> = expected.into_iter().map(|n: usize| made[n]).collect();
        assert_eq!(
            ids(&get(&sandbox, &format!("/reminders?{filter}")).await, "reminders"),
            expected,
            "{filter}"
        );
    }
    assert_eq!(problems(&get(&sandbox, "/reminders?type=1").await), (422, strings(&["reset_type"])));
}
