//! Notes: what they look like, who sees them, and where they are found.

use affinity_sandbox::{
    Attendee, CellValue, Company, EntityKind, InteractionKind, List, LoggedEmail, LoggedMeeting, NewKey,
    NewNote, Person, Place, World, WorldError,
};
use serde_json::{Value, json};

use crate::support::{Small, error, get, get_as, serve, small};

const MADE: &str = "2025-01-06T08:00:00Z";

fn at(text: &str) -> affinity_sandbox::chrono::DateTime<affinity_sandbox::chrono::Utc> {
    text.parse().unwrap()
}

fn add(world: &mut World, note: NewNote) -> u64 {
    world.add_note(note).unwrap()
}

fn ines(world: &World) -> Value {
    json!({"id": world.main_user(), "firstName": "Ines", "lastName": "Falk",
           "primaryEmailAddress": "ines@quillfern-seed.example", "type": "internal"})
}

/// A second user, with a key.
fn colleague(world: &mut World) -> (u64, String) {
    let user = world.add_user("Teodor", "Kvist", "teodor@quillfern-seed.example");
    (user, world.add_key(NewKey::of(user)).unwrap())
}

fn meeting_with(world: &mut World, person: u64) -> u64 {
    let start = LoggedMeeting::new(at("2025-02-01T09:00:00Z"));
    world.add_meeting(start.attendee(Attendee::person(person, "alvio@tessel.example"))).unwrap()
}

#[tokio::test]
async fn each_kind_has_its_own_keys() {
    let Small { mut world, person, .. } = small();
    let meeting = meeting_with(&mut world, person);
    let root = add(&mut world, NewNote::entities("<p>Hello</p>"));
    let rows = [
        (root, json!({"type": "entities"})),
        (
            add(&mut world, NewNote::interaction(InteractionKind::Call, 5, "<p>Hello</p>")),
            json!({"type": "interaction", "interaction": {"id": 5, "type": "call"}}),
        ),
        (
            add(&mut world, NewNote::interaction(InteractionKind::ChatMessage, 6, "<p>Hello</p>")),
            json!({"type": "interaction", "interaction": {"id": 6, "type": "chat-message"}}),
        ),
        (
            add(&mut world, NewNote::interaction(InteractionKind::Meeting, meeting, "<p>Hello</p>")),
            json!({"type": "interaction", "interaction": {"id": meeting, "type": "meeting"}}),
        ),
        (add(&mut world, NewNote::ai_notetaker(None, "<p>Hello</p>")), json!({"type": "ai-notetaker"})),
        (
            add(&mut world, NewNote::ai_notetaker(Some(meeting), "<p>Hello</p>")),
            json!({"type": "ai-notetaker", "interaction": {"id": meeting, "type": "meeting"}}),
        ),
        (
            add(&mut world, NewNote::reply(root, "<p>Hello</p>")),
            json!({"type": "user-reply", "parent": {"id": root}}),
        ),
        (
            add(&mut world, NewNote::ai_notetaker_reply(root, None, "<p>Hello</p>")),
            json!({"type": "ai-notetaker-reply", "parent": {"id": root}}),
        ),
        (
            add(&mut world, NewNote::ai_notetaker_reply(root, Some(meeting), "<p>Hello</p>")),
            json!({"type": "ai-notetaker-reply", "parent": {"id": root},
                   "interaction": {"id": meeting, "type": "meeting"}}),
        ),
    ];
    let common = json!({"content": {"html": "<p>Hello</p>"}, "creator": ines(&world), "mentions": [],
                        "createdAt": MADE, "updatedAt": null});
    let sandbox = serve(world).await;
    for (id, own) in rows {
        let mut expected = common.clone();
        expected["id"] = json!(id);
        expected.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        assert_eq!(get(&sandbox, &format!("/v2/notes/{id}")).await.json(), expected);
    }
}

#[tokio::test]
async fn text_and_creator_can_be_missing_and_a_note_can_have_changed() {
    let mut world = World::new();
    let note = NewNote::entities("").without_html().creator(None);
    let note = note.created_at(at("2025-01-01T00:00:00Z")).updated_at(at("2025-01-02T00:00:00Z"));
    let id = add(&mut world, note);
    let sandbox = serve(world).await;
    let note = get(&sandbox, &format!("/v2/notes/{id}")).await.json();
    assert_eq!((&note["content"], &note["creator"]), (&json!({"html": null}), &Value::Null));
    assert_eq!(
        (&note["createdAt"], &note["updatedAt"]),
        (&json!("2025-01-01T00:00:00Z"), &json!("2025-01-02T00:00:00Z"))
    );
}

#[tokio::test]
async fn mentions_follow_merges_and_vanish_with_the_person() {
    let Small { mut world, person, .. } = small();
    let [twin, gone] = ["Twin", "Gone"].map(|name| world.add_person(Person::new(name)).unwrap());
    let id = add(&mut world, NewNote::entities("<p></p>").mention(7, twin).mention(8, gone));
    world.mark_merged(EntityKind::Person, twin, person).unwrap();
    world.mark_deleted(EntityKind::Person, gone).unwrap();
    let sandbox = serve(world).await;
    let expected = json!([{"id": 7, "type": "person", "person":
        {"id": person, "firstName": "Alvio", "lastName": "Ashbrook",
         "primaryEmailAddress": "alvio@tessel.example", "type": "external"}}]);
    assert_eq!(get(&sandbox, &format!("/v2/notes/{id}")).await.json()["mentions"], expected);
}

#[tokio::test]
async fn a_note_tells_how_it_is_shared_if_that_is_known() {
    let mut world = World::new();
    let (other, _) = colleague(&mut world);
    let user = world.main_user();
    let rows = [
        (add(&mut world, NewNote::entities("")), None),
        (add(&mut world, NewNote::entities("").public(user)), Some("public")),
        (add(&mut world, NewNote::entities("").private(user)), Some("private")),
        (add(&mut world, NewNote::entities("").shared_with(user, [other])), Some("custom")),
    ];
    let owner = ines(&world);
    let sandbox = serve(world).await;
    for (id, sharing) in rows {
        let note = get(&sandbox, &format!("/v2/notes/{id}")).await.json();
        let expected = sharing.map(|sharing| json!({"sharingType": sharing, "owner": owner}));
        assert_eq!(note.get("permissions"), expected.as_ref());
    }
}

#[tokio::test]
async fn a_note_that_is_not_shared_is_not_there() {
    let Small { mut world, company, .. } = small();
    let (other, key) = colleague(&mut world);
    let guest = world.add_user("Runa", "Vik", "runa@quillfern-seed.example");
    let guest_key = world.add_key(NewKey::of(guest)).unwrap();
    let user = world.main_user();
    let note = || NewNote::entities("").company(company);
    let private = add(&mut world, note().private(user));
    let custom = add(&mut world, note().shared_with(user, [other]));
    let lent = add(&mut world, note().creator(Some(guest)).private(user));
    let public = add(&mut world, note().public(user));
    let reply = add(&mut world, NewNote::reply(private, ""));
    let sandbox = serve(world).await;
    let main = sandbox.api_key().to_owned();
    for path in ["/v2/notes".to_owned(), format!("/v2/companies/{company}/notes")] {
        assert_eq!(get_as(&sandbox, &main, &path).await.ids(), [private, custom, lent, public], "{path}");
        assert_eq!(get_as(&sandbox, &key, &path).await.ids(), [custom, public], "{path}");
        assert_eq!(get_as(&sandbox, &guest_key, &path).await.ids(), [lent, public], "{path}");
    }
    for path in ["", "/replies", "/attached-companies", "/attached-persons", "/attached-opportunities"] {
        let answer = get_as(&sandbox, &key, &format!("/v2/notes/{private}{path}")).await;
        assert_eq!((answer.status, answer.errors()), (404, vec![error("not-found", None)]), "{path}");
    }
    assert_eq!(get_as(&sandbox, &key, &format!("/v2/notes/{reply}")).await.status, 404);
    assert_eq!(get_as(&sandbox, &main, &format!("/v2/notes/{reply}")).await.status, 200);
}

#[tokio::test]
async fn a_user_sees_what_a_twin_was_let_to_see() {
    let mut world = World::new();
    let (other, key) = colleague(&mut world);
    let twin = world.add_person(Person::new("Teo")).unwrap();
    let private = add(&mut world, NewNote::entities("").creator(None).private(twin));
    let owner = world.main_user();
    let custom = add(&mut world, NewNote::entities("").shared_with(owner, [twin]));
    let email = LoggedEmail::new(at(MADE), Attendee::default()).visible_to([twin]);
    let email = world.add_email(email).unwrap();
    world.mark_merged(EntityKind::Person, twin, other).unwrap();
    let sandbox = serve(world).await;
    assert_eq!(get_as(&sandbox, &key, "/v2/notes").await.ids(), [private, custom]);
    assert_eq!(get_as(&sandbox, &key, "/v2/emails").await.ids(), [email]);
}

#[tokio::test]
async fn replies_are_found_below_their_note_only() {
    let Small { mut world, company, .. } = small();
    let [first, second] = [(); 2].map(|()| add(&mut world, NewNote::entities("").company(company)));
    let a = add(&mut world, NewNote::reply(first, "<p>a</p>"));
    let b = add(&mut world, NewNote::reply(second, "<p>b</p>"));
    let c = add(&mut world, NewNote::ai_notetaker_reply(first, None, "<p>c</p>"));
    let sandbox = serve(world).await;
    assert_eq!(get(&sandbox, "/v2/notes").await.ids(), [first, second]);
    assert_eq!(get(&sandbox, &format!("/v2/companies/{company}/notes")).await.ids(), [first, second]);
    let page = get(&sandbox, &format!("/v2/notes/{first}/replies")).await;
    assert_eq!(page.ids(), [a, c]);
    assert_eq!(page.json()["data"][0], get(&sandbox, &format!("/v2/notes/{a}")).await.json());
    assert_eq!(get(&sandbox, &format!("/v2/notes/{second}/replies")).await.ids(), [b]);
    assert!(get(&sandbox, &format!("/v2/notes/{b}/replies")).await.ids().is_empty());
}

#[tokio::test]
async fn a_company_has_its_notes_and_those_of_its_persons() {
    let Small { mut world, company, person, .. } = small();
    let [listed, stranger] = ["Listed", "Stranger"].map(|name| world.add_person(Person::new(name)).unwrap());
    let employer = CellValue::Company(company);
    world.set_value(Place::Person(person), "affinity-data-current-organization", employer).unwrap();
    let network = world.add_list(List::new("Network", EntityKind::Person)).unwrap();
    let row = world.add_entry(network, listed).unwrap();
    world.set_value(Place::Entry(row), "companies", CellValue::CompanyMulti(vec![company])).unwrap();
    let own = add(&mut world, NewNote::entities("").company(company));
    let of_employee = add(&mut world, NewNote::entities("").person(person));
    let of_listed = add(&mut world, NewNote::entities("").person(listed).company(company));
    add(&mut world, NewNote::entities("").person(stranger));
    add(&mut world, NewNote::entities("").mention(1, person));
    let sandbox = serve(world).await;
    let page = get(&sandbox, &format!("/v2/companies/{company}/notes?totalCount=true")).await;
    assert_eq!(page.ids(), [own, of_employee, of_listed]);
    assert_eq!(page.json()["pagination"]["totalCount"], 3);
}

#[tokio::test]
async fn a_person_has_notes_mentions_and_the_notes_on_meetings_attended() {
    let Small { mut world, company, person, .. } = small();
    let other = world.add_person(Person::new("Other")).unwrap();
    let [mine, theirs] = [person, other].map(|person| meeting_with(&mut world, person));
    let email = LoggedEmail::new(at(MADE), Attendee::person(person, "alvio@tessel.example"));
    let email = world.add_email(email.id(mine)).unwrap();
    let expected = [
        NewNote::entities("").person(person),
        NewNote::interaction(InteractionKind::Meeting, mine, ""),
        NewNote::ai_notetaker(Some(mine), ""),
        NewNote::entities("").company(company).mention(1, person),
    ]
    .map(|note| add(&mut world, note));
    let silent = add(&mut world, NewNote::entities("").company(company));
    add(&mut world, NewNote::reply(silent, "").mention(1, person));
    add(&mut world, NewNote::interaction(InteractionKind::Meeting, theirs, ""));
    add(&mut world, NewNote::interaction(InteractionKind::Email, email, ""));
    let sandbox = serve(world).await;
    assert_eq!(get(&sandbox, &format!("/v2/persons/{person}/notes")).await.ids(), expected);
}

#[tokio::test]
async fn who_attended_a_hidden_meeting_is_not_told() {
    let Small { mut world, person, .. } = small();
    let (other, key) = colleague(&mut world);
    let meeting = LoggedMeeting::new(at(MADE)).attendee(Attendee::person(person, "alvio@tessel.example"));
    let meeting = world.add_meeting(meeting.visible_to([other])).unwrap();
    let note = |note: NewNote| note.creator(None);
    let about = add(&mut world, note(NewNote::interaction(InteractionKind::Meeting, meeting, "")));
    let summary = add(&mut world, note(NewNote::ai_notetaker(Some(meeting), "")));
    let sandbox = serve(world).await;
    let path = format!("/v2/persons/{person}/notes");
    assert!(get(&sandbox, &path).await.ids().is_empty());
    assert_eq!(get_as(&sandbox, &key, &path).await.ids(), [about, summary]);
}

#[tokio::test]
async fn a_list_that_is_hidden_adds_no_persons_to_a_company() {
    let Small { mut world, company, person, .. } = small();
    let (other, key) = colleague(&mut world);
    let private = List::new("Private", EntityKind::Person).private().owner(other);
    let private = world.add_list(private).unwrap();
    let row = world.add_entry(private, person).unwrap();
    world.set_value(Place::Entry(row), "companies", CellValue::CompanyMulti(vec![company])).unwrap();
    let note = add(&mut world, NewNote::entities("").person(person));
    let sandbox = serve(world).await;
    let path = format!("/v2/companies/{company}/notes");
    assert!(get(&sandbox, &path).await.ids().is_empty());
    assert_eq!(get_as(&sandbox, &key, &path).await.ids(), [note]);
}

#[tokio::test]
async fn an_opportunity_has_its_notes_and_those_of_its_persons() {
    let Small { mut world, person, opportunity, deal_row, .. } = small();
    world.set_value(Place::Entry(deal_row), "persons", CellValue::PersonMulti(vec![person])).unwrap();
    let own = add(&mut world, NewNote::entities("").opportunity(opportunity));
    let of_person = add(&mut world, NewNote::entities("").person(person));
    add(&mut world, NewNote::entities(""));
    let path = format!("/v2/opportunities/{opportunity}/notes");
    let sandbox = serve(world).await;
    assert_eq!(get(&sandbox, &path).await.ids(), [own, of_person]);
    sandbox.with_world(|world| {
        let (other, _) = colleague(world);
        world.restrict_opportunity(opportunity, [other]).unwrap();
    });
    assert_eq!(get(&sandbox, &path).await.ids(), [own]);
}

#[tokio::test]
async fn what_the_caller_may_not_see_is_404_and_what_was_merged_422() {
    let Small { mut world, company, person, .. } = small();
    let (other, _) = colleague(&mut world);
    let hidden = world.add_list(List::new("Hidden", EntityKind::Opportunity).private().owner(other)).unwrap();
    let deal = world.add_opportunity(hidden, "Hidden").unwrap().opportunity;
    let survivor = world.add_company(Company::new("Tessel Group")).unwrap();
    world.mark_merged(EntityKind::Company, company, survivor).unwrap();
    world.mark_deleted(EntityKind::Person, person).unwrap();
    let sandbox = serve(world).await;
    let rows = [
        (format!("/v2/opportunities/{deal}/notes"), 404),
        ("/v2/opportunities/4711/notes".to_owned(), 404),
        (format!("/v2/companies/{company}/notes"), 422),
        (format!("/v2/persons/{person}/notes"), 404),
        ("/v2/notes/4711".to_owned(), 404),
        ("/v2/notes/4711/replies".to_owned(), 404),
    ];
    for (path, status) in rows {
        assert_eq!(get(&sandbox, &path).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn what_is_attached_comes_in_its_compact_form() {
    let Small { mut world, company, person, opportunity, deals, .. } = small();
    let note = NewNote::entities("").company(company).person(person).opportunity(opportunity);
    let id = add(&mut world, note);
    let sandbox = serve(world).await;
    let rows = [
        ("companies", json!({"id": company, "name": "Tessel Robotics", "domain": "tessel.example"})),
        (
            "persons",
            json!({"id": person, "firstName": "Alvio", "lastName": "Ashbrook",
                   "primaryEmailAddress": "alvio@tessel.example", "type": "external"}),
        ),
        ("opportunities", json!({"id": opportunity, "name": "Tessel, Seed", "listId": deals})),
    ];
    for (kind, item) in rows {
        let page = get(&sandbox, &format!("/v2/notes/{id}/attached-{kind}?totalCount=true")).await.json();
        let pagination = json!({"prevUrl": null, "nextUrl": null, "totalCount": 1});
        assert_eq!(page, json!({"data": [item], "pagination": pagination}));
    }
}

#[tokio::test]
async fn an_opportunity_on_a_hidden_list_is_not_among_the_attached() {
    let Small { mut world, opportunity, .. } = small();
    let (other, _) = colleague(&mut world);
    let hidden = world.add_list(List::new("Hidden", EntityKind::Opportunity).private().owner(other)).unwrap();
    let deal = world.add_opportunity(hidden, "Hidden").unwrap().opportunity;
    let id = add(&mut world, NewNote::entities("").opportunity(deal).opportunity(opportunity));
    let sandbox = serve(world).await;
    let path = format!("/v2/notes/{id}/attached-opportunities");
    assert_eq!(get(&sandbox, &path).await.ids(), [opportunity]);
    let note = get(&sandbox, &format!("/v2/notes/{id}?includes=opportunitiesPreview")).await.json();
    assert_eq!(note["opportunitiesPreview"]["totalCount"], 1);
}

#[tokio::test]
async fn a_merge_carries_notes_to_the_survivor() {
    let Small { mut world, company, person, .. } = small();
    let survivor = world.add_company(Company::new("Tessel Group")).unwrap();
    let twin = world.add_person(Person::new("Alvio A.")).unwrap();
    let both = NewNote::entities("").company(company).company(survivor).person(person).creator(Some(person));
    let both = add(&mut world, both);
    let meeting = meeting_with(&mut world, person);
    let on_meeting = add(&mut world, NewNote::interaction(InteractionKind::Meeting, meeting, ""));
    world.mark_merged(EntityKind::Company, company, survivor).unwrap();
    world.mark_merged(EntityKind::Person, person, twin).unwrap();
    let sandbox = serve(world).await;
    assert_eq!(get(&sandbox, &format!("/v2/companies/{survivor}/notes")).await.ids(), [both]);
    assert_eq!(get(&sandbox, &format!("/v2/persons/{twin}/notes")).await.ids(), [both, on_meeting]);
    assert_eq!(get(&sandbox, &format!("/v2/notes/{both}/attached-companies")).await.ids(), [survivor]);
    assert_eq!(get(&sandbox, &format!("/v2/notes/{both}/attached-persons")).await.ids(), [twin]);
    assert_eq!(get(&sandbox, &format!("/v2/notes?filter=creator.id%3D{twin}")).await.ids(), [both]);
}

#[tokio::test]
async fn parts_are_included_on_demand() {
    let Small { mut world, company, person, opportunity, deals, .. } = small();
    let id = add(&mut world, NewNote::entities("").company(company).opportunity(opportunity));
    let reply = add(&mut world, NewNote::reply(id, "").mention(1, person));
    let sandbox = serve(world).await;
    let parts = [
        (
            "companiesPreview",
            json!({"data": [{"id": company, "name": "Tessel Robotics", "domain": "tessel.example"}],
                   "totalCount": 1}),
        ),
        ("personsPreview", json!({"data": [], "totalCount": 0})),
        (
            "opportunitiesPreview",
            json!({"data": [{"id": opportunity, "name": "Tessel, Seed", "listId": deals}], "totalCount": 1}),
        ),
        ("repliesCount", json!(1)),
    ];
    let bare = get(&sandbox, &format!("/v2/notes/{id}")).await.json();
    let mut full = bare.clone();
    for (name, value) in &parts {
        assert_eq!(bare.get(name), None);
        let mut one = bare.clone();
        one[name] = value.clone();
        full[name] = value.clone();
        assert_eq!(get(&sandbox, &format!("/v2/notes/{id}?includes={name}")).await.json(), one);
    }
    let all = "includes=repliesCount&includes=personsPreview&includes=companiesPreview&includes=opportunitiesPreview";
    assert_eq!(get(&sandbox, &format!("/v2/notes?{all}")).await.json()["data"][0], full);
    let plain = get(&sandbox, &format!("/v2/notes/{reply}")).await.json();
    assert_eq!(get(&sandbox, &format!("/v2/notes/{reply}?{all}")).await.json(), plain);
    let elsewhere = get(&sandbox, &format!("/v2/companies/{company}/notes?includes=nonsense")).await;
    assert_eq!(elsewhere.json()["data"][0], bare);
}

#[tokio::test]
async fn a_preview_shows_a_hundred_and_counts_all() {
    let mut world = World::new();
    let mut note = NewNote::entities("");
    for n in 0..101 {
        note = note.person(world.add_person(Person::new(format!("Guest {n}"))).unwrap());
    }
    let id = add(&mut world, note);
    let sandbox = serve(world).await;
    let preview = get(&sandbox, &format!("/v2/notes/{id}?includes=personsPreview")).await.json();
    let preview = &preview["personsPreview"];
    assert_eq!((preview["data"].as_array().unwrap().len(), &preview["totalCount"]), (100, &json!(101)));
}

#[tokio::test]
async fn includes_are_known_and_different() {
    let mut world = World::new();
    let id = add(&mut world, NewNote::entities(""));
    let sandbox = serve(world).await;
    for path in ["/v2/notes".to_owned(), format!("/v2/notes/{id}")] {
        for value in ["nonsense", "", "repliesCount,personsPreview", "repliesCount&includes=repliesCount"] {
            let answer = get(&sandbox, &format!("{path}?includes={value}")).await;
            assert_eq!(
                (answer.status, answer.errors()),
                (400, vec![error("validation", Some("includes"))]),
                "{value}"
            );
        }
    }
}

#[tokio::test]
async fn a_limit_of_none_tells_the_total() {
    let mut world = World::new();
    let made = [(); 3].map(|()| add(&mut world, NewNote::entities("")));
    let sandbox = serve(world).await;
    let expected = json!({"data": [], "pagination": {"prevUrl": null, "nextUrl": null, "totalCount": 3}});
    assert_eq!(get(&sandbox, "/v2/notes?limit=0&totalCount=true").await.json(), expected);
    assert_eq!(get(&sandbox, "/v2/notes").await.ids(), made);
    let page = get(&sandbox, "/v2/notes?limit=2").await.json();
    assert_eq!(page["pagination"].get("totalCount"), None);
}

#[tokio::test]
async fn note_ids_have_32_bits() {
    let mut world = World::new();
    let last = add(&mut world, NewNote::entities("").id(2_147_483_647));
    let sandbox = serve(world).await;
    assert_eq!(get(&sandbox, &format!("/v2/notes/{last}")).await.status, 200);
    for path in ["", "/replies", "/attached-persons"] {
        let answer = get(&sandbox, &format!("/v2/notes/2147483648{path}")).await;
        assert_eq!((answer.status, answer.errors()), (400, vec![error("validation", Some("noteId"))]));
    }
}

#[tokio::test]
async fn path_and_query_are_told_together() {
    let sandbox = serve(World::new()).await;
    let rows = [
        (
            "/v2/notes?filter=x&includes=x&totalCount=x&limit=x",
            vec!["filter", "includes", "totalCount", "limit"],
        ),
        ("/v2/notes/x?includes=x", vec!["noteId", "includes"]),
        ("/v2/notes/x/replies?filter=x&limit=101", vec!["noteId", "filter", "limit"]),
        ("/v2/notes/x/attached-companies?totalCount=x", vec!["noteId", "totalCount"]),
        ("/v2/companies/x/notes?filter=x", vec!["companyId", "filter"]),
        ("/v2/persons/x/notes?filter=x", vec!["personId", "filter"]),
        ("/v2/opportunities/x/notes?filter=x", vec!["opportunityId", "filter"]),
    ];
    for (path, params) in rows {
        let answer = get(&sandbox, path).await;
        let expected: Vec<_> = params.into_iter().map(|param| error("validation", Some(param))).collect();
        assert_eq!((answer.status, answer.errors()), (400, expected), "{path}");
    }
}

#[tokio::test]
async fn a_note_can_be_changed_and_taken_away_while_it_is_read() {
    let mut world = World::new();
    let [first, second] = [(); 2].map(|()| add(&mut world, NewNote::entities("")));
    let [a, b] = [(); 2].map(|()| add(&mut world, NewNote::reply(first, "")));
    let sandbox = serve(world).await;
    sandbox.with_world(|world| world.edit_note(a, "<p>New</p>", at("2025-05-01T00:00:00Z"))).unwrap();
    let changed = get(&sandbox, &format!("/v2/notes/{a}")).await.json();
    assert_eq!(
        (&changed["content"]["html"], &changed["updatedAt"]),
        (&json!("<p>New</p>"), &json!("2025-05-01T00:00:00Z"))
    );
    sandbox.with_world(|world| world.remove_note(a)).unwrap();
    assert_eq!(get(&sandbox, &format!("/v2/notes/{first}/replies")).await.ids(), [b]);
    sandbox.with_world(|world| world.remove_note(first)).unwrap();
    assert_eq!(get(&sandbox, "/v2/notes").await.ids(), [second]);
    assert_eq!(get(&sandbox, &format!("/v2/notes/{b}")).await.status, 404);
    assert!(sandbox.with_world(|world| world.remove_note(a)).is_err());
    assert!(sandbox.with_world(|world| world.edit_note(b, "", at(MADE))).is_err());
}

#[test]
fn a_note_is_about_things_that_exist() {
    let Small { mut world, company, person, .. } = small();
    world.mark_deleted(EntityKind::Person, person).unwrap();
    let rows = [
        (NewNote::entities("").company(4), "company"),
        (NewNote::entities("").person(person), "person"),
        (NewNote::entities("").opportunity(4), "opportunity"),
        (NewNote::entities("").mention(1, 4), "person"),
        (NewNote::entities("").creator(Some(4)), "person"),
        (NewNote::entities("").private(4), "person"),
        (NewNote::entities("").shared_with(world.main_user(), [4]), "person"),
        (NewNote::interaction(InteractionKind::Meeting, 4, ""), "meeting"),
        (NewNote::interaction(InteractionKind::Email, 4, ""), "email"),
        (NewNote::ai_notetaker(Some(4), ""), "meeting"),
        (NewNote::reply(4, ""), "note"),
    ];
    for (note, what) in rows {
        let refused = world.add_note(note.company(company)).unwrap_err();
        assert!(matches!(refused, WorldError::Unknown { what: found, .. } if found == what), "{refused}");
    }
    assert_eq!(world.note_ids().count(), 0);
}

#[test]
fn a_note_is_of_times_the_api_could_tell() {
    let mut world = World::new();
    let note = add(&mut world, NewNote::entities("").updated_at(at("0000-01-01T00:00:00Z")));
    for wrong in ["+10000-01-01T00:00:00Z", "-0001-12-31T23:59:59Z"].map(at) {
        let refused = [
            world.add_note(NewNote::entities("").created_at(wrong)).map(drop),
            world.add_note(NewNote::entities("").updated_at(wrong)).map(drop),
            world.edit_note(note, "", wrong),
        ];
        assert!(refused.iter().all(|result| matches!(result, Err(WorldError::Unsayable(_)))));
    }
    assert_eq!(world.note_ids().collect::<Vec<_>>(), [note]);
}

#[test]
fn a_note_is_one_the_api_could_tell() {
    let Small { mut world, company, person, opportunity, .. } = small();
    let user = world.main_user();
    let root = add(&mut world, NewNote::entities("").id(9));
    let reply = add(&mut world, NewNote::reply(root, ""));
    let crowd = (1..=101).fold(NewNote::entities(""), |note, n| note.mention(n, person));
    let refused = [
        NewNote::reply(reply, ""),
        NewNote::ai_notetaker_reply(reply, None, ""),
        NewNote::reply(root, "").company(company),
        NewNote::reply(root, "").person(person),
        NewNote::reply(root, "").opportunity(opportunity),
        NewNote::reply(root, "").private(user),
        NewNote::entities("").id(root),
        NewNote::entities("").id(1 << 31),
        NewNote::entities("").mention(1, person).mention(1, user),
        NewNote::entities("").mention(0, person),
        NewNote::interaction(InteractionKind::Call, 0, ""),
        crowd,
    ];
    for note in refused {
        assert!(world.add_note(note).is_err());
    }
    assert_eq!(world.note_ids().collect::<Vec<_>>(), [root]);
}
