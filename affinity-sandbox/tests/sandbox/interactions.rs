//! Emails and meetings.

use affinity_sandbox::chrono::{DateTime, Utc};
use affinity_sandbox::{
    Attendee, Direction, EntityKind, LoggedEmail, LoggedMeeting, NewKey, Person, World, WorldError,
};
use serde_json::{Value, json};

use crate::support::{Small, error, get, get_as, serve, small};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn alvio(id: u64) -> Value {
    let person = json!({"id": id, "firstName": "Alvio", "lastName": "Ashbrook",
                        "primaryEmailAddress": "alvio@tessel.example", "type": "external"});
    json!({"emailAddress": "alvio@tessel.example", "person": person})
}

fn stranger() -> Value {
    json!({"emailAddress": "office@tessel.example", "person": null})
}

#[tokio::test]
async fn an_email_has_all_its_keys() {
    let Small { mut world, person, .. } = small();
    let from = Attendee::person(person, "alvio@tessel.example");
    let office = || Attendee::address("office@tessel.example");
    let plain = world.add_email(LoggedEmail::new(at("2025-03-01T08:00:00Z"), from.clone())).unwrap();
    let full =
        LoggedEmail::new(at("2025-03-02T08:00:00Z"), office()).subject("Terms").direction(Direction::Sent);
    let full = full.to(from).cc(office()).cc(Attendee::default());
    let full = full.created_at(at("2025-03-02T09:00:00Z")).updated_at(at("2025-03-03T09:00:00Z"));
    let full = world.add_email(full).unwrap();
    let sandbox = serve(world).await;
    let nobody = json!({"emailAddress": null, "person": null});
    let empty = json!({"data": [], "totalCount": 0});
    let expected = json!([
        {"id": plain, "sentAt": "2025-03-01T08:00:00Z", "loggingType": "automated", "direction": "received",
         "subject": null, "createdAt": "2025-03-01T08:00:00Z", "updatedAt": null, "from": alvio(person),
         "toParticipantsPreview": empty, "ccParticipantsPreview": empty},
        {"id": full, "sentAt": "2025-03-02T08:00:00Z", "loggingType": "automated", "direction": "sent",
         "subject": "Terms", "createdAt": "2025-03-02T09:00:00Z", "updatedAt": "2025-03-03T09:00:00Z",
         "from": stranger(), "toParticipantsPreview": {"data": [alvio(person)], "totalCount": 1},
         "ccParticipantsPreview": {"data": [stranger(), nobody], "totalCount": 2}},
    ]);
    assert_eq!(get(&sandbox, "/v2/emails").await.json()["data"], expected);
}

#[tokio::test]
async fn a_meeting_has_all_its_keys() {
    let Small { mut world, person, .. } = small();
    let who = Attendee::person(person, "alvio@tessel.example");
    let plain = world.add_meeting(LoggedMeeting::new(at("2025-03-01T08:00:00Z"))).unwrap();
    let full = LoggedMeeting::new(at("2025-03-02T08:00:00Z")).title("Terms").manual(true).all_day(true);
    let full = full.end_time(at("2025-03-02T09:00:00Z")).creator(who.clone()).attendee(who);
    let full = full.organizer(Attendee::address("office@tessel.example"));
    let full = full.created_at(at("2025-03-01T09:00:00Z")).updated_at(at("2025-03-03T09:00:00Z"));
    let full = world.add_meeting(full).unwrap();
    let sandbox = serve(world).await;
    let expected = json!([
        {"id": plain, "loggingType": "automated", "title": null, "startTime": "2025-03-01T08:00:00Z",
         "endTime": null, "allDay": false, "creator": null, "organizer": null,
         "createdAt": "2025-03-01T08:00:00Z", "updatedAt": null,
         "attendeesPreview": {"data": [], "totalCount": 0}},
        {"id": full, "loggingType": "manual", "title": "Terms", "startTime": "2025-03-02T08:00:00Z",
         "endTime": "2025-03-02T09:00:00Z", "allDay": true, "creator": alvio(person), "organizer": stranger(),
         "createdAt": "2025-03-01T09:00:00Z", "updatedAt": "2025-03-03T09:00:00Z",
         "attendeesPreview": {"data": [alvio(person)], "totalCount": 1}},
    ]);
    assert_eq!(get(&sandbox, "/v2/meetings").await.json()["data"], expected);
}

#[tokio::test]
async fn participants_are_cut_and_follow_merges() {
    let Small { mut world, person, .. } = small();
    let twin = world.add_person(Person::new("Twin")).unwrap();
    let guest = Attendee::person(twin, "alvio@tessel.example");
    let meeting = (0..120)
        .fold(LoggedMeeting::new(at("2025-03-01T08:00:00Z")), |meeting, _| meeting.attendee(guest.clone()));
    world.add_meeting(meeting).unwrap();
    world.mark_merged(EntityKind::Person, twin, person).unwrap();
    let sandbox = serve(world).await;
    let preview = get(&sandbox, "/v2/meetings").await.json()["data"][0]["attendeesPreview"].take();
    assert_eq!((preview["data"].as_array().unwrap().len(), &preview["totalCount"]), (100, &json!(120)));
    assert_eq!(preview["data"][99], alvio(person));
    sandbox.with_world(|world| world.mark_deleted(EntityKind::Person, person)).unwrap();
    let preview = get(&sandbox, "/v2/meetings").await.json()["data"][0]["attendeesPreview"].take();
    assert_eq!(preview["data"][99], json!({"emailAddress": "alvio@tessel.example", "person": null}));
}

#[tokio::test]
async fn only_what_the_caller_may_see_comes() {
    let mut world = World::new();
    let colleague = world.add_user("Teodor", "Kvist", "teodor@quillfern-seed.example");
    let key = world.add_key(NewKey::of(colleague)).unwrap();
    let email = || LoggedEmail::new(at("2025-03-01T08:00:00Z"), Attendee::address("office@tessel.example"));
    let meeting = || LoggedMeeting::new(at("2025-03-01T08:00:00Z"));
    let emails = [email(), email().visible_to([colleague])].map(|email| world.add_email(email).unwrap());
    let meetings =
        [meeting(), meeting().visible_to([colleague])].map(|meeting| world.add_meeting(meeting).unwrap());
    let sandbox = serve(world).await;
    for (path, all) in [("/v2/emails", emails), ("/v2/meetings", meetings)] {
        assert_eq!(get(&sandbox, path).await.ids(), all[..1]);
        assert_eq!(get_as(&sandbox, &key, path).await.ids(), all);
    }
}

/// Three of each, a day apart; the first was never changed.
async fn three() -> (affinity_sandbox::Sandbox, [[u64; 3]; 2]) {
    let mut world = World::new();
    let day = |day: u32, hour: u32| at(&format!("2025-03-0{day}T{hour:02}:00:00Z"));
    let emails = [1, 2, 3].map(|n| {
        let email = LoggedEmail::new(day(n, 8), Attendee::default()).created_at(day(n, 12));
        world.add_email(if n == 1 { email } else { email.updated_at(day(n, 20)) }).unwrap()
    });
    let meetings = [1, 2, 3].map(|n| {
        let meeting = LoggedMeeting::new(day(n, 8)).created_at(day(n, 12));
        world.add_meeting(if n == 1 { meeting } else { meeting.updated_at(day(n, 20)) }).unwrap()
    });
    (serve(world).await, [emails, meetings])
}

#[tokio::test]
async fn both_filter_by_id_and_their_dates() {
    let (sandbox, ids) = three().await;
    for ((path, own), all) in [("/v2/emails", "sentAt"), ("/v2/meetings", "startTime")].into_iter().zip(ids) {
        let rows: [(String, &[u64]); 6] = [
            (format!("id%3D{}", all[1]), &all[1..2]),
            (format!("!id%3D{}", all[0]), &all[1..]),
            (format!("{own}>2025-03-01T08:00:00Z%26{own}<2025-03-03T08:00:00Z"), &all[1..2]),
            ("createdAt<%3D2025-03-02T12:00:00Z".into(), &all[..2]),
            ("updatedAt>%3D2025-01-01T00:00:00Z".into(), &all[1..]),
            ("id%3D9007199254740991".into(), &[]),
        ];
        for (filter, expected) in rows {
            let page = get(&sandbox, &format!("{path}?filter={filter}")).await;
            assert_eq!((page.status, page.ids()), (200, expected.to_vec()), "{path} {filter}");
        }
    }
}

#[tokio::test]
async fn each_has_its_own_properties_only() {
    let (sandbox, _) = three().await;
    let rows = [
        "/v2/emails?filter=startTime>2025-03-01T08:00:00Z",
        "/v2/meetings?filter=sentAt>2025-03-01T08:00:00Z",
        "/v2/emails?filter=subject%3Dx",
        "/v2/meetings?filter=endTime>2025-03-01T08:00:00Z",
        "/v2/emails?filter=sentAt%3D2025-03-01T08:00:00Z",
    ];
    for path in rows {
        let answer = get(&sandbox, path).await;
        assert_eq!(
            (answer.status, answer.errors()),
            (400, vec![error("validation", Some("filter"))]),
            "{path}"
        );
    }
}

#[tokio::test]
async fn no_total_can_be_asked_for() {
    let (sandbox, _) = three().await;
    for path in ["/v2/emails", "/v2/meetings"] {
        let page = get(&sandbox, &format!("{path}?totalCount=true")).await.json();
        assert_eq!(page["pagination"], json!({"prevUrl": null, "nextUrl": null}));
    }
}

#[test]
fn they_are_of_times_the_api_could_tell() {
    let mut world = World::new();
    let when = at("9999-12-31T23:59:59Z");
    for wrong in ["+10000-01-01T00:00:00Z", "-0001-12-31T23:59:59Z"].map(at) {
        let (email, meeting) = (LoggedEmail::new(when, Attendee::default()), LoggedMeeting::new(when));
        let refused = [
            world.add_email(LoggedEmail::new(wrong, Attendee::default()).created_at(when)),
            world.add_email(email.clone().created_at(wrong)),
            world.add_email(email.updated_at(wrong)),
            world.add_meeting(LoggedMeeting::new(wrong).created_at(when)),
            world.add_meeting(meeting.clone().end_time(wrong)),
            world.add_meeting(meeting.clone().created_at(wrong)),
            world.add_meeting(meeting.updated_at(wrong)),
        ];
        for result in refused {
            assert!(matches!(result, Err(WorldError::Unsayable(_))), "{result:?}");
        }
    }
    world.add_email(LoggedEmail::new(when, Attendee::default())).unwrap();
    world.add_meeting(LoggedMeeting::new(when)).unwrap();
}

#[test]
fn they_are_of_people_that_exist_and_have_ids_of_their_own() {
    let mut world = World::new();
    let when = at("2025-03-01T08:00:00Z");
    let somebody = || Attendee::person(4, "office@tessel.example");
    let email = || LoggedEmail::new(when, Attendee::default());
    let meeting = || LoggedMeeting::new(when);
    let emails = [
        LoggedEmail::new(when, somebody()),
        email().to(somebody()),
        email().cc(somebody()),
        email().visible_to([4]),
    ];
    for email in emails {
        assert!(matches!(world.add_email(email), Err(WorldError::Unknown { what: "person", .. })));
    }
    let meetings = [
        meeting().attendee(somebody()),
        meeting().creator(somebody()),
        meeting().organizer(somebody()),
        meeting().visible_to([4]),
    ];
    for meeting in meetings {
        assert!(matches!(world.add_meeting(meeting), Err(WorldError::Unknown { what: "person", .. })));
    }
    world.add_email(email().id(5)).unwrap();
    world.add_meeting(meeting().id(5)).unwrap();
    assert!(matches!(world.add_email(email().id(5)), Err(WorldError::Taken { what: "email", id: 5 })));
    assert!(matches!(world.add_meeting(meeting().id(5)), Err(WorldError::Taken { what: "meeting", id: 5 })));
}
