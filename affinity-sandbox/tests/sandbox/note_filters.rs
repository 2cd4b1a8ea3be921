//! `filter` on the notes family.

use affinity_sandbox::{NewNote, Sandbox, World};
use serde_json::Value;

use crate::support::{Answer, Small, error, get, serve, small};

/// Asks with a filter, encoded by a client's tools.
async fn filtered(sandbox: &Sandbox, path: &str, filter: &str) -> Answer {
    let mut url = reqwest::Url::parse(&format!("{}{path}", sandbox.url())).unwrap();
    url.query_pairs_mut().append_pair("filter", filter);
    get(sandbox, url.as_str()).await
}

/// Three notes of two persons on everything there is, a day apart, and three replies alike; the first of each was
/// never changed.
struct Three {
    sandbox: Sandbox,
    user: u64,
    person: u64,
    notes: [u64; 3],
    replies: [u64; 3],
    /// The paths of collections, and what they hold without a filter.
    paths: Vec<(String, [u64; 3])>,
}

async fn three() -> Three {
    let Small { mut world, company, person, opportunity, .. } = small();
    let user = world.main_user();
    let mut add = |day: u32, note: NewNote| {
        let at = |hour: u32| format!("2025-03-0{day}T{hour:02}:00:00Z").parse().unwrap();
        let note = note.created_at(at(8)).creator(Some(if day == 2 { person } else { user }));
        world.add_note(if day == 1 { note } else { note.updated_at(at(20)) }).unwrap()
    };
    let root = NewNote::entities("").company(company).person(person).opportunity(opportunity);
    let notes = [1, 2, 3].map(|day| add(day, root.clone()));
    let replies = [1, 2, 3].map(|day| add(day, NewNote::reply(notes[0], "")));
    let paths = vec![
        ("/v2/notes".to_owned(), notes),
        (format!("/v2/companies/{company}/notes"), notes),
        (format!("/v2/persons/{person}/notes"), notes),
        (format!("/v2/opportunities/{opportunity}/notes"), notes),
        (format!("/v2/notes/{}/replies", notes[0]), replies),
    ];
    Three { sandbox: serve(world).await, user, person, notes, replies, paths }
}

#[tokio::test]
async fn all_collections_filter_by_creator_and_dates() {
    let three = three().await;
    let (user, person) = (three.user, three.person);
    let rows: [(String, &[usize]); 12] = [
        (format!("creator.id={person}"), &[1]),
        (format!("creator.id = {user} | creator.id={person}"), &[0, 1, 2]),
        (format!("!creator.id={person}"), &[0, 2]),
        ("createdAt>2025-03-01T08:00:00Z".into(), &[1, 2]),
        ("createdAt>=2025-03-01T08:00:00Z & createdAt<2025-03-03T08:00:00Z".into(), &[0, 1]),
        ("createdAt<=2025-03-01T08:00:00Z".into(), &[0]),
        ("updatedAt>=2025-03-02T20:00:00Z".into(), &[1, 2]),
        ("updatedAt<2025-03-03T20:00:00Z".into(), &[1]),
        ("!(updatedAt<2025-03-03T20:00:00Z)".into(), &[0, 2]),
        (format!("creator.id={user}&(updatedAt>2025-01-01T00:00:00Z|creator.id=1)"), &[2]),
        ("creator.id=1".into(), &[]),
        ("creator.id=1 | createdAt > 2025-03-02T12:00:00Z & !creator.id=1".into(), &[2]),
    ];
    for (filter, expected) in &rows {
        for (path, items) in &three.paths {
            let expected: Vec<u64> = expected.iter().map(|n| items[*n]).collect();
            let page = filtered(&three.sandbox, path, filter).await;
            assert_eq!((page.status, page.ids()), (200, expected), "{path} {filter}");
        }
    }
}

#[tokio::test]
async fn only_all_notes_filter_by_id_and_replies_are_not_among_them() {
    let three = three().await;
    let [first, _, last] = three.notes;
    let both = format!("id={last}|id={first}|id={}", three.replies[0]);
    assert_eq!(filtered(&three.sandbox, "/v2/notes", &both).await.ids(), [first, last]);
    for (path, _) in &three.paths[1..] {
        let answer = filtered(&three.sandbox, path, &both).await;
        assert_eq!(
            (answer.status, answer.errors()),
            (400, vec![error("validation", Some("filter")); 3]),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_filter_the_endpoint_does_not_take_is_refused_with_its_position() {
    let date = "a date like 2025-01-31T08:00:00Z, without quotes or fractions, is expected";
    let dates = "createdAt is filtered by > < >= <= and a single value";
    let ids = "id is filtered by = and a single value";
    let rows = [
        ("", 1, "a property, \"!\" or \"(\" is expected"),
        ("id=", 4, "a value is expected"),
        ("id=1 & content=x", 8, "there is no property content"),
        ("ID=1", 1, "there is no property ID"),
        ("id!=1", 3, ids),
        ("id>1", 3, ids),
        ("id=*", 3, ids),
        ("id=[1]", 3, ids),
        ("!(id=1 | id!=*)", 12, ids),
        ("createdAt=2025-03-01T08:00:00Z", 10, dates),
        ("id=x", 4, "a whole number is expected"),
        ("id=\"1\"", 4, "a whole number is expected"),
        ("id=2147483648", 4, "a number of 32 bits is expected"),
        ("creator.id=-2147483649", 12, "a number of 32 bits is expected"),
        ("createdAt>2025-03-01", 11, date),
        ("updatedAt<\"2025-03-01T08:00:00Z\"", 11, date),
        ("updatedAt<2025-03-01T08:00:00.000Z", 11, date),
        ("updatedAt<2025-03-01T08:00:00", 11, date),
        ("createdAt>-2025-02-03T00:00:00Z", 11, date),
        ("createdAt>+12025-02-03T00:00:00Z", 11, date),
        ("createdAt>2025-02-03T23:59:60Z", 11, date),
    ];
    let sandbox = serve(World::new()).await;
    for (filter, position, message) in rows {
        let answer = filtered(&sandbox, "/v2/notes", filter).await;
        assert_eq!(
            (answer.status, answer.errors()),
            (400, vec![error("validation", Some("filter"))]),
            "{filter}"
        );
        let told = answer.json()["errors"][0]["message"].take();
        assert_eq!(told, format!("at character {position}: {message}"), "{filter}");
    }
}

#[tokio::test]
async fn all_that_is_wrong_with_a_filter_is_told() {
    let sandbox = serve(World::new()).await;
    let answer = filtered(&sandbox, "/v2/notes", "id=x | colour=red & id=1 | createdAt=*").await;
    assert_eq!(answer.errors(), vec![error("validation", Some("filter")); 3]);
    let twice = get(&sandbox, "/v2/notes?filter=id%3D1&filter=id%3D1").await;
    assert_eq!(twice.errors(), [error("validation", Some("filter"))]);
}

#[tokio::test]
async fn links_carry_the_filter_and_are_bound_to_it() {
    let three = three().await;
    let url = format!("/v2/notes?limit=1&totalCount=true&filter=creator.id%3D{}", three.user);
    let first = get(&three.sandbox, &url).await;
    let second = get(&three.sandbox, &first.link("nextUrl").unwrap()).await;
    assert_eq!([first.ids(), second.ids()].concat(), [three.notes[0], three.notes[2]]);
    assert_eq!((second.link("nextUrl"), &second.json()["pagination"]["totalCount"]), (None, &Value::from(2)));
    let link = first.link("nextUrl").unwrap();
    let cursor = link.split("cursor=").nth(1).unwrap();
    let stolen = get(&three.sandbox, &format!("/v2/notes?limit=1&totalCount=true&cursor={cursor}")).await;
    assert_eq!(stolen.errors(), [error("validation", Some("cursor"))]);
}

#[tokio::test]
async fn a_missing_creator_is_no_creator() {
    let mut world = World::new();
    let note = world.add_note(NewNote::entities("").creator(None)).unwrap();
    let sandbox = serve(world).await;
    assert!(filtered(&sandbox, "/v2/notes", "creator.id=1").await.ids().is_empty());
    assert_eq!(filtered(&sandbox, "/v2/notes", "!creator.id=1").await.ids(), [note]);
}

#[tokio::test]
async fn what_is_attached_is_not_filtered() {
    let mut world = World::new();
    let note = world.add_note(NewNote::entities("")).unwrap();
    let sandbox = serve(world).await;
    for path in ["", "/attached-companies", "/attached-persons", "/attached-opportunities"] {
        assert_eq!(get(&sandbox, &format!("/v2/notes/{note}{path}?filter=nonsense")).await.status, 200);
    }
}
