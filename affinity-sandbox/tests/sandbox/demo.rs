use std::collections::BTreeSet;

use affinity_sandbox::{Permission, Sandbox, World};
use serde_json::Value;

use crate::support::{get, get_as, get_versioned};

/// All items of a collection.
async fn all(sandbox: &Sandbox, path: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(link) = next {
        let page = get(sandbox, &link).await;
        assert_eq!(page.status, 200, "{}", page.text);
        items.extend(page.json()["data"].as_array().unwrap().iter().cloned());
        next = page.link("nextUrl");
    }
    items
}

/// The fields of all rows of a list.
async fn fields(sandbox: &Sandbox, list: &str) -> Vec<Value> {
    let list = sandbox.with_world(|world| world.list_named(list)).unwrap();
    let types = "fieldTypes=enriched&fieldTypes=global&fieldTypes=list&fieldTypes=relationship-intelligence";
    let rows = all(sandbox, &format!("/v2/lists/{list}/list-entries?{types}")).await;
    let fields = rows.iter().flat_map(|row| row["entity"]["fields"].as_array().unwrap());
    fields.cloned().collect()
}

fn data(field: &Value) -> &Value {
    &field["value"]["data"]
}

#[tokio::test]
async fn the_demo_has_its_size() {
    let sandbox = Sandbox::demo().await.unwrap();
    let pipeline = sandbox.with_world(|world| world.list_named("Pipeline")).unwrap();
    assert_eq!(all(&sandbox, &format!("/v2/lists/{pipeline}/list-entries")).await.len(), 1_200);
    assert_eq!(all(&sandbox, "/v2/opportunities").await.len(), 1_200);
    assert_eq!(all(&sandbox, "/v2/companies").await.len(), 2_000);
    assert_eq!(all(&sandbox, "/v2/persons").await.len(), 3_000);
}

#[tokio::test]
async fn all_kinds_of_notes_occur() {
    let sandbox = Sandbox::demo().await.unwrap();
    let parts = "includes=personsPreview&includes=repliesCount";
    let notes = all(&sandbox, &format!("/v2/notes?{parts}")).await;
    let of = |read: fn(&Value) -> &Value| {
        notes
            .iter()
            .filter_map(|note| read(note).as_str())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
    };
    assert_eq!(of(|note| &note["type"]), ["ai-notetaker", "entities", "interaction"]);
    assert_eq!(of(|note| &note["interaction"]["type"]), ["call", "chat-message", "email", "meeting"]);
    assert_eq!(of(|note| &note["permissions"]["sharingType"]), ["custom", "private", "public"]);
    let mut replies = BTreeSet::new();
    for note in notes.iter().filter(|note| note["repliesCount"] != 0) {
        for reply in all(&sandbox, &format!("/v2/notes/{}/replies", note["id"])).await {
            replies.insert((
                reply["type"].as_str().unwrap().to_owned(),
                reply["mentions"] == serde_json::json!([]),
            ));
        }
    }
    let kinds: Vec<_> = replies.iter().map(|(kind, plain)| (kind.as_str(), *plain)).collect();
    assert_eq!(kinds, [("ai-notetaker-reply", true), ("user-reply", false), ("user-reply", true)]);
    assert!(notes.iter().any(|note| note["creator"].is_null()));
    assert!(notes.iter().any(|note| note["content"]["html"].is_null()));
    assert!(notes.iter().any(|note| note["updatedAt"].is_string()));
    assert!(notes.iter().any(|note| note["personsPreview"]["totalCount"] == 120));
}

#[tokio::test]
async fn a_company_has_more_than_a_page_of_notes() {
    let sandbox = Sandbox::demo().await.unwrap();
    let page = get(&sandbox, "/v2/companies/10001/notes?totalCount=true").await;
    assert_eq!(page.ids().len(), 20);
    assert!(page.json()["pagination"]["totalCount"].as_u64() >= Some(24));
    // The second note came with the company that was merged away.
    let attached = get(&sandbox, &format!("/v2/notes/{}/attached-companies", page.ids()[1])).await;
    assert_eq!(attached.ids(), [10_001]);
}

#[tokio::test]
async fn the_colleague_keeps_some_to_himself() {
    let sandbox = Sandbox::demo().await.unwrap();
    let colleague = sandbox.with_world(|world| world.add_key(affinity_sandbox::NewKey::of(50_002))).unwrap();
    for path in ["/v2/emails", "/v2/meetings", "/v2/companies/10002/notes"] {
        let (mine, his) = (get(&sandbox, path).await.ids(), get_as(&sandbox, &colleague, path).await.ids());
        assert!(his.iter().any(|id| !mine.contains(id)), "{path}");
    }
}

#[tokio::test]
async fn all_states_of_emails_and_meetings_occur() {
    let sandbox = Sandbox::demo().await.unwrap();
    let emails = all(&sandbox, "/v2/emails").await;
    let meetings = all(&sandbox, "/v2/meetings").await;
    assert_eq!((emails.len(), meetings.len()), (39, 29));
    let nullable = [
        (&emails, ["subject", "updatedAt"]),
        (&meetings, ["title", "endTime"]),
        (&meetings, ["creator", "organizer"]),
    ];
    for (items, keys) in nullable {
        for key in keys {
            let states: BTreeSet<_> = items.iter().map(|item| item[key].is_null()).collect();
            assert_eq!(states.len(), 2, "{key}");
        }
    }
    let words =
        [(&emails, "direction", ["received", "sent"]), (&meetings, "loggingType", ["automated", "manual"])];
    for (items, key, expected) in words {
        let found: BTreeSet<_> = items.iter().map(|item| item[key].as_str().unwrap()).collect();
        assert_eq!(found.into_iter().collect::<Vec<_>>(), expected);
    }
    assert!(meetings.iter().any(|meeting| meeting["allDay"] == true));
    assert!(emails.iter().any(|email| email["ccParticipantsPreview"]["totalCount"] == 120));
}

#[tokio::test]
async fn all_value_types_and_interactions_occur() {
    let sandbox = Sandbox::demo().await.unwrap();
    let mut types = BTreeSet::new();
    let mut interactions = BTreeSet::new();
    for list in ["Pipeline", "Portfolio", "Network"] {
        for field in fields(&sandbox, list).await {
            if data(&field).is_null() {
                continue;
            }
            types.insert(field["value"]["type"].as_str().unwrap().to_owned());
            if field["value"]["type"] == "interaction" {
                interactions.insert(data(&field)["type"].as_str().unwrap().to_owned());
            }
        }
    }
    assert_eq!(types.len(), 17, "{types:?}");
    assert_eq!(interactions.into_iter().collect::<Vec<_>>(), ["call", "chat-message", "email", "meeting"]);
}

#[tokio::test]
async fn all_states_of_a_cell_occur() {
    let sandbox = Sandbox::demo().await.unwrap();
    let list = sandbox.with_world(|world| world.list_named("Pipeline")).unwrap();
    let path = format!("/v2/lists/{list}/list-entries?fieldTypes=list&limit=100");
    let page = get_versioned(&sandbox, "2026-07-15", &path).await.json();
    let mut states = BTreeSet::new();
    for row in page["data"].as_array().unwrap() {
        for field in row["entity"]["fields"].as_array().unwrap() {
            states.insert((field["type"] == "hidden", data(field).is_null()));
        }
    }
    assert_eq!(states.into_iter().collect::<Vec<_>>(), [(false, false), (false, true), (true, true)]);
}

#[tokio::test]
async fn one_row_has_more_owners_than_are_told() {
    let sandbox = Sandbox::demo().await.unwrap();
    let fields = fields(&sandbox, "Pipeline").await;
    let owners =
        fields.iter().filter(|field| field["name"] == "Owners").filter_map(|field| data(field).as_array());
    assert_eq!(owners.map(Vec::len).max(), Some(100));
}

#[tokio::test]
async fn names_are_awkward_on_purpose() {
    let sandbox = Sandbox::demo().await.unwrap();
    let lists = all(&sandbox, "/v2/lists").await;
    let named = |name: &str| lists.iter().filter(|list| list["name"].as_str() == Some(name)).count();
    assert_eq!((named("Watchlist"), named("watchlist"), named("Partners only")), (1, 1, 0));
    let kinds: BTreeSet<_> = lists.iter().map(|list| list["type"].as_str().unwrap()).collect();
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["company", "opportunity", "person"]);
    let companies = get(&sandbox, "/v2/companies").await.json();
    let names = companies["data"].as_array().unwrap().iter().map(|company| company["name"].as_str().unwrap());
    assert!(names.into_iter().any(|name| !name.is_ascii()));
}

#[tokio::test]
async fn a_company_is_on_a_list_twice() {
    let sandbox = Sandbox::demo().await.unwrap();
    let list = sandbox.with_world(|world| world.list_named("Portfolio")).unwrap();
    let rows = all(&sandbox, &format!("/v2/lists/{list}/list-entries")).await;
    let entities: BTreeSet<_> = rows.iter().map(|row| row["entity"]["id"].as_u64().unwrap()).collect();
    assert_eq!((rows.len(), entities.len()), (301, 300));
}

#[tokio::test]
async fn there_are_views_of_all_kinds() {
    let sandbox = Sandbox::demo().await.unwrap();
    let list = sandbox.with_world(|world| world.list_named("Pipeline")).unwrap();
    let views = all(&sandbox, &format!("/v2/lists/{list}/saved-views")).await;
    let mut rows = Vec::new();
    for view in views.iter().filter(|view| view["type"] == "sheet") {
        let path = format!("/v2/lists/{list}/saved-views/{}/list-entries", view["id"]);
        rows.push(all(&sandbox, &path).await.len());
    }
    assert_eq!(rows[0], 1_200);
    assert!(rows[1..].iter().all(|rows| (1..1_200).contains(rows)), "{rows:?}");
    let kinds: BTreeSet<_> = views.iter().map(|view| view["type"].as_str().unwrap()).collect();
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["board", "dashboard", "sheet"]);
}

/// FNV-1a, which is the same on every machine.
fn digest(texts: impl Iterator<Item = String>) -> u64 {
    texts.fold(0xcbf2_9ce4_8422_2325, |state, text| {
        text.bytes().fold(state, |state, byte| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    })
}

/// The text of a value with its keys in order, whichever way maps are kept.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> =
                members.iter().map(|(key, value)| format!("{key}:{}", canonical(value))).collect();
            members.sort_unstable();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

/// If this fails after a change of the demo that is meant, put the new number here.
#[tokio::test]
async fn it_is_the_same_each_time() {
    let sandbox = Sandbox::demo().await.unwrap();
    assert_eq!(sandbox.api_key(), Sandbox::demo().await.unwrap().api_key());
    let mut items = Vec::new();
    let types = "fieldTypes=global&fieldTypes";
    let companies = format!("/v2/companies?{types}=enriched");
    let persons = format!("/v2/persons?{types}=relationship-intelligence");
    for path in [companies.as_str(), &persons, "/v2/lists"] {
        items.extend(all(&sandbox, path).await);
    }
    for list in ["Pipeline", "Portfolio", "Network", "Watchlist", "watchlist"] {
        let list = sandbox.with_world(|world| world.list_named(list)).unwrap();
        let rows = format!("/v2/lists/{list}/list-entries?fieldTypes=list");
        items.extend(all(&sandbox, &rows).await);
        items.extend(all(&sandbox, &format!("/v2/lists/{list}/fields")).await);
        items.extend(all(&sandbox, &format!("/v2/lists/{list}/saved-views")).await);
    }
    assert_eq!(digest(items.iter().step_by(5).map(canonical)), 10_289_462_669_043_077_360);
}

#[tokio::test]
async fn there_is_a_key_without_each_permission() {
    let sandbox = Sandbox::demo().await.unwrap();
    let guarded = [
        (Permission::ExportCompanies, "/v2/companies?limit=1"),
        (Permission::ExportPersons, "/v2/persons?limit=1"),
        (Permission::ExportLists, "/v2/opportunities?limit=1"),
        (Permission::ManageDuplicates, "/v2/person-merges?limit=1"),
    ];
    for &permission in Permission::ALL {
        let key = sandbox.api_key_without(permission);
        assert_eq!(key, sandbox.api_key_without(permission));
        for (needed, path) in guarded {
            let expected = if needed == permission { 403 } else { 200 };
            assert_eq!(get_as(&sandbox, &key, path).await.status, expected, "{permission:?} {path}");
        }
    }
}

#[test]
fn a_copy_is_a_world_of_its_own() {
    let world = World::demo();
    let mut copy = world.clone();
    copy.add_company(affinity_sandbox::Company::new("Only here")).unwrap();
    assert_eq!(world.company_ids().count() + 1, copy.company_ids().count());
}

#[tokio::test]
async fn mail_goes_to_an_address_of_the_person() {
    let sandbox = Sandbox::demo().await.unwrap();
    let persons: std::collections::HashMap<_, _> = all(&sandbox, "/v2/persons?fieldIds=last-email")
        .await
        .into_iter()
        .map(|person| (person["id"].as_u64().unwrap(), person))
        .collect();
    let mails = fields(&sandbox, "Pipeline").await.into_iter().filter(|field| field["id"] == "last-email");
    let mails = mails.chain(persons.values().map(|person| person["fields"][0].clone()));
    let mut seen = 0;
    for mail in mails.filter(|field| !data(field).is_null()) {
        let to = &data(&mail)["to"][0];
        let Some(id) = to["person"]["id"].as_u64() else { continue };
        let addresses = persons[&id]["emailAddresses"].as_array().unwrap();
        assert_eq!(to["emailAddress"].is_null(), addresses.is_empty(), "{to}");
        assert!(addresses.is_empty() || addresses.contains(&to["emailAddress"]), "{to} {addresses:?}");
        seen += 1;
    }
    assert!(seen > 1_200);
}
