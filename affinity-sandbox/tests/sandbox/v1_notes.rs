//! Notes of API v1, over the notes of v2.

use affinity_sandbox::{Attendee, InteractionKind, LoggedEmail, LoggedMeeting, Method, NewNote};
use serde_json::json;

use crate::support::{get, get_as, post, send_as};
use crate::v1_tools::{at_noon, delete, ids, message, office, problems, put};

#[tokio::test]
async fn a_note_is_written_read_and_deleted() {
    let office = office();
    let (user, small) = (office.user, office.small);
    let sandbox = at_noon(small.world).await;
    let body = json!({
        "content": "Owner of line_item_2\nis new", "person_ids": [small.person], "organization_ids": [small.company],
        "opportunity_ids": [small.opportunity]
    });
    let made = post(&sandbox, "/notes", &body).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let id = made.json()["id"].as_u64().unwrap();
    let expected = json!({
        "id": id, "creator_id": user, "person_ids": [small.person], "associated_person_ids": [small.person],
        "interaction_person_ids": [], "interaction_id": null, "interaction_type": null, "is_meeting": false,
        "mentioned_person_ids": [], "organization_ids": [small.company], "opportunity_ids": [small.opportunity],
        "parent_id": null, "content": "Owner of line\\_item\\_2\nis new", "type": 0,
        "created_at": "2026-01-15T04:00:00.000-08:00", "updated_at": null
    });
    assert_eq!(made.json(), expected);
    assert_eq!(get(&sandbox, &format!("/notes/{id}")).await.json(), expected);
    let in_v2 = get(&sandbox, &format!("/v2/notes/{id}")).await.json();
    assert_eq!(in_v2["content"]["html"], "<p>Owner of line_item_2<br>is new</p>");
    let changed = put(&sandbox, &format!("/notes/{id}"), &json!({"content": "Short"})).await.json();
    assert_eq!((&changed["content"], &changed["type"]), (&json!("Short"), &json!(0)));
    assert_eq!(changed["updated_at"], "2026-01-15T04:00:00.000-08:00");
    assert_eq!(delete(&sandbox, &format!("/notes/{id}")).await.json(), json!({"success": true}));
    assert_eq!(get(&sandbox, &format!("/v2/notes/{id}")).await.status, 404);
}

#[tokio::test]
async fn html_is_read_in_a_form_like_markdown() {
    let office = office();
    let sandbox = at_noon(office.small.world).await;
    let html = "<p><strong>bold</strong><br>and a_b</p>";
    let body = json!({"content": html, "type": 2, "person_ids": [office.small.person]});
    let made = post(&sandbox, "/notes", &body).await.json();
    assert_eq!((&made["content"], &made["type"]), (&json!("**bold**  \nand a\\_b"), &json!(2)));
    let in_v2 = get(&sandbox, &format!("/v2/notes/{}", made["id"])).await.json();
    assert_eq!(in_v2["content"]["html"], html);
    for code in [1, 3, 7] {
        let body = json!({"content": "x", "type": code, "person_ids": [office.small.person]});
        assert_eq!(problems(&post(&sandbox, "/notes", &body).await), (422, vec!["type".into()]), "{code}");
    }
}

#[tokio::test]
async fn a_note_has_to_be_about_something() {
    let office = office();
    let (person, colleague) = (office.small.person, office.colleague);
    let sandbox = at_noon(office.small.world).await;
    let alone = post(&sandbox, "/notes", &json!({"content": "x"})).await;
    assert_eq!(problems(&alone), (422, vec!["person_ids".into()]));
    let empty = post(&sandbox, "/notes", &json!({"person_ids": [person]})).await;
    assert_eq!(problems(&empty), (422, vec!["content".into()]));
    let unknown = post(&sandbox, "/notes", &json!({"content": "x", "organization_ids": [1]})).await;
    assert_eq!(message(&unknown), "Field organization_ids: expected 1 to be a valid id");
    let late = json!({"content": "x", "person_ids": [person], "created_at": "2026-01-15T12:00:01Z"});
    assert_eq!(problems(&post(&sandbox, "/notes", &late).await), (422, vec!["created_at".into()]));
    let early = json!({
        "content": "x", "person_ids": [person], "created_at": "2020-02-03T12:00:00Z", "creator_id": colleague
    });
    let made = post(&sandbox, "/notes", &early).await.json();
    assert_eq!(made["created_at"], "2020-02-03T04:00:00.000-08:00");
    assert_eq!(made["creator_id"], colleague);
    let outsider = json!({"content": "x", "person_ids": [person], "creator_id": person});
    assert_eq!(problems(&post(&sandbox, "/notes", &outsider).await), (422, vec!["creator_id".into()]));
}

#[tokio::test]
async fn replies_go_with_their_note() {
    let office = office();
    let sandbox = at_noon(office.small.world).await;
    let note =
        post(&sandbox, "/notes", &json!({"content": "A", "person_ids": [office.small.person]})).await.json();
    let body = json!({"content": "B", "parent_id": note["id"], "person_ids": [office.small.person]});
    let reply = post(&sandbox, "/notes", &body).await.json();
    assert_eq!((&reply["parent_id"], &reply["person_ids"]), (&note["id"], &json!([])));
    let again = json!({"content": "C", "parent_id": reply["id"]});
    assert_eq!(problems(&post(&sandbox, "/notes", &again).await), (422, vec!["parent_id".into()]));
    let all = get(&sandbox, "/notes").await;
    assert_eq!(ids(&all, "notes").len(), 2);
    delete(&sandbox, &format!("/notes/{}", note["id"])).await;
    assert_eq!(get(&sandbox, &format!("/notes/{}", reply["id"])).await.status, 404);
}

#[tokio::test]
async fn only_the_creator_deletes() {
    let office = office();
    let sandbox = at_noon(office.small.world).await;
    let body = json!({"content": "A", "organization_ids": [office.small.company]});
    let note = post(&sandbox, "/notes", &body).await.json();
    let path = format!("/notes/{}", note["id"]);
    let refused = send_as(&sandbox, &office.colleagues_key, Method::DELETE, &path, "").await;
    assert_eq!(refused.status, 403);
    assert_eq!(get_as(&sandbox, &office.colleagues_key, &path).await.status, 200);
}

#[tokio::test]
async fn mentions_and_emails_keep_their_text() {
    let mut office = office();
    let (person, world) = (office.small.person, &mut office.small.world);
    let mentioning = world.add_note(NewNote::entities("<p>@</p>").person(person).mention(3, person)).unwrap();
    let email =
        world.add_email(LoggedEmail::new("2025-01-13T18:00:00Z".parse().unwrap(), Attendee::default()));
    let on_email = NewNote::interaction(InteractionKind::Email, email.unwrap(), "<p>Hi</p>");
    let on_email = world.add_note(on_email).unwrap();
    let summary = world.add_note(NewNote::ai_notetaker(None, "<p>Sum</p>").person(person)).unwrap();
    let sandbox = at_noon(office.small.world).await;
    for (id, form) in [(mentioning, 2), (on_email, 1)] {
        let path = format!("/notes/{id}");
        assert_eq!(get(&sandbox, &path).await.json()["type"], form);
        assert_eq!(put(&sandbox, &path, &json!({"content": "New"})).await.status, 422);
    }
    let note = get(&sandbox, &format!("/notes/{mentioning}")).await.json();
    assert_eq!(note["mentioned_person_ids"], json!([person]));
    assert_eq!(get(&sandbox, &format!("/notes/{summary}")).await.json()["type"], 3);
}

#[tokio::test]
async fn notes_are_narrowed() {
    let mut office = office();
    let (person, world) = (office.small.person, &mut office.small.world);
    let meeting = LoggedMeeting::new("2025-01-13T18:00:00Z".parse().unwrap());
    let meeting = world.add_meeting(meeting.attendee(Attendee::person(person, "a@tessel.example"))).unwrap();
    let direct = world.add_note(NewNote::entities("").person(person)).unwrap();
    let attended =
        NewNote::interaction(InteractionKind::Meeting, meeting, "").creator(Some(office.colleague));
    let attended = world.add_note(attended).unwrap();
    let company = world.add_note(NewNote::entities("").company(office.small.company)).unwrap();
    let deal = world.add_note(NewNote::entities("").opportunity(office.small.opportunity)).unwrap();
    world.add_note(NewNote::entities("").private(office.colleague).creator(Some(office.colleague))).unwrap();
    let sandbox = at_noon(office.small.world).await;
    for (filter, expected) in [
        (String::new(), vec![direct, attended, company, deal]),
        (format!("?person_id={person}"), vec![direct, attended]),
        (format!("?organization_id={}", office.small.company), vec![company]),
        (format!("?opportunity_id={}", office.small.opportunity), vec![deal]),
        (format!("?creator_id={}", office.colleague), vec![attended]),
        (format!("?person_id={person}&creator_id={}", office.user), vec![direct]),
    ] {
        assert_eq!(ids(&get(&sandbox, &format!("/notes{filter}")).await, "notes"), expected, "{filter}");
    }
    let page = get(&sandbox, "/notes?page_size=3").await.json();
    assert!(page["next_page_token"].is_string());
}
