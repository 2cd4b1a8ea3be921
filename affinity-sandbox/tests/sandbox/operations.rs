//! Every operation, in one table: what it asks for, and how it is paged.

use std::collections::BTreeSet;

use affinity_sandbox::{
    Attendee, CellValue, Company, EntityKind, List, LoggedEmail, LoggedMeeting, Method, NewField, NewKey,
    NewNote, Operation, PastMerge, Permission, Person, Place, Sandbox, SavedView, ValueType, ViewKind, World,
};
use serde_json::Value;

use crate::support::{error, get, get_as, send, send_as, serve};

use Permission::{ExportCompanies, ExportLists, ExportPersons, ManageDuplicates};

type Row = (&'static str, Option<Permission>, Option<usize>);

const NOT_PAGED: Option<usize> = None;
const BY_100: Option<usize> = Some(100);
const BY_25: Option<usize> = Some(25);
const BY_20: Option<usize> = Some(20);

/// The reads: path, permission, default limit.
const OPERATIONS: &[Row] = &[
    ("/v2/auth/whoami", None, NOT_PAGED),
    ("/v2/companies", Some(ExportCompanies), BY_100),
    ("/v2/companies/fields", None, BY_100),
    ("/v2/companies/{companyId}", Some(ExportCompanies), NOT_PAGED),
    ("/v2/companies/{companyId}/list-entries", Some(ExportLists), BY_100),
    ("/v2/companies/{companyId}/lists", None, BY_100),
    ("/v2/companies/{companyId}/notes", None, BY_20),
    ("/v2/company-merges", Some(ManageDuplicates), BY_100),
    ("/v2/company-merges/{mergeId}", Some(ManageDuplicates), NOT_PAGED),
    ("/v2/emails", None, BY_100),
    ("/v2/lists", None, BY_100),
    ("/v2/lists/{listId}", None, NOT_PAGED),
    ("/v2/lists/{listId}/fields", None, BY_100),
    ("/v2/lists/{listId}/list-entries", Some(ExportLists), BY_100),
    ("/v2/lists/{listId}/list-entries/{listEntryId}", Some(ExportLists), NOT_PAGED),
    ("/v2/lists/{listId}/list-entries/{listEntryId}/fields", Some(ExportLists), BY_20),
    ("/v2/lists/{listId}/list-entries/{listEntryId}/fields/{fieldId}", Some(ExportLists), NOT_PAGED),
    ("/v2/lists/{listId}/saved-views", None, BY_100),
    ("/v2/lists/{listId}/saved-views/{viewId}", None, NOT_PAGED),
    ("/v2/lists/{listId}/saved-views/{viewId}/list-entries", Some(ExportLists), BY_100),
    ("/v2/meetings", None, BY_100),
    ("/v2/notes", None, BY_20),
    ("/v2/notes/{noteId}", None, NOT_PAGED),
    ("/v2/notes/{noteId}/attached-companies", None, BY_20),
    ("/v2/notes/{noteId}/attached-opportunities", None, BY_20),
    ("/v2/notes/{noteId}/attached-persons", None, BY_20),
    ("/v2/notes/{noteId}/replies", None, BY_20),
    ("/v2/opportunities", Some(ExportLists), BY_100),
    ("/v2/opportunities/{opportunityId}", Some(ExportLists), NOT_PAGED),
    ("/v2/opportunities/{opportunityId}/notes", None, BY_20),
    ("/v2/person-merges", Some(ManageDuplicates), BY_25),
    ("/v2/person-merges/{mergeId}", Some(ManageDuplicates), NOT_PAGED),
    ("/v2/persons", Some(ExportPersons), BY_100),
    ("/v2/persons/fields", None, BY_100),
    ("/v2/persons/{personId}", Some(ExportPersons), NOT_PAGED),
    ("/v2/persons/{personId}/list-entries", Some(ExportLists), BY_100),
    ("/v2/persons/{personId}/lists", None, BY_100),
    ("/v2/persons/{personId}/notes", None, BY_20),
    ("/v2/tasks/company-merges", Some(ManageDuplicates), BY_100),
    ("/v2/tasks/company-merges/{taskId}", Some(ManageDuplicates), NOT_PAGED),
    ("/v2/tasks/person-merges", Some(ManageDuplicates), BY_25),
    ("/v2/tasks/person-merges/{taskId}", Some(ManageDuplicates), NOT_PAGED),
];

type Write = (Method, &'static str, Permission, &'static str, u16);

/// The writes: method, path, permission, a body that changes nothing that is read elsewhere, the status it gets.
const WRITES: &[Write] = &[
    (
        Method::POST,
        "/v2/company-merges",
        ManageDuplicates,
        r#"{"primaryCompanyId": 1, "duplicateCompanyId": 2}"#,
        202,
    ),
    (
        Method::PATCH,
        "/v2/lists/{listId}/list-entries/{listEntryId}/fields",
        ExportLists,
        r#"{"operation": "update-fields", "updates": []}"#,
        200,
    ),
    (
        Method::POST,
        "/v2/lists/{listId}/list-entries/{listEntryId}/fields/{fieldId}",
        ExportLists,
        r#"{"value": {"type": "number", "data": 1}}"#,
        204,
    ),
    (
        Method::POST,
        "/v2/person-merges",
        ManageDuplicates,
        r#"{"primaryPersonId": 1, "duplicatePersonId": 2}"#,
        202,
    ),
];

/// More than a hundred of everything, and the ids that stand for the parameters of the paths.
struct Plenty {
    world: World,
    ids: Vec<(&'static str, String)>,
}

const MANY: usize = 101;

fn plenty() -> Plenty {
    let mut world = World::new();
    let company = world.add_company(Company::new("Tessel Robotics")).unwrap();
    let person = world.add_person(Person::new("Alvio")).unwrap();
    let companies = world.add_list(List::new("Companies", EntityKind::Company)).unwrap();
    let persons = world.add_list(List::new("Persons", EntityKind::Person)).unwrap();
    let deals = world.add_list(List::new("Deals", EntityKind::Opportunity)).unwrap();
    let mut deal = None;
    let mut note = NewNote::entities("").company(company).person(person);
    for n in 0..MANY {
        let name = format!("Number {n}");
        for (kind, id) in [(EntityKind::Company, company), (EntityKind::Person, person)] {
            world.add_global_field(kind, NewField::new(&name, ValueType::Text)).unwrap();
            let list = world.add_list(List::new(&name, kind)).unwrap();
            world.add_entry(list, id).unwrap();
        }
        let other = world.add_company(Company::new(&name)).unwrap();
        let somebody = world.add_person(Person::new(&name)).unwrap();
        world.add_entry(persons, person).unwrap();
        let made = world.add_opportunity(deals, &name).unwrap();
        note = note.company(other).person(somebody).opportunity(made.opportunity);
        deal = Some(made);
    }
    let notes: Vec<_> = (0..MANY).map(|_| world.add_note(note.clone()).unwrap()).collect();
    let now = "2025-03-01T08:00:00Z".parse().unwrap();
    for _ in 0..MANY {
        world.add_note(NewNote::reply(notes[0], "")).unwrap();
        world.add_email(LoggedEmail::new(now, Attendee::default())).unwrap();
        world.add_meeting(LoggedMeeting::new(now)).unwrap();
    }
    let rows: Vec<_> = (0..MANY).map(|_| world.add_entry(companies, company).unwrap()).collect();
    let field = world.add_list_field(companies, NewField::new("Score", ValueType::Number)).unwrap();
    world.set_value(Place::Entry(rows[0]), &field, CellValue::Number(1.0)).unwrap();
    let views: Vec<_> = (0..MANY)
        .map(|n| world.add_view(companies, SavedView::new(format!("{n}"), ViewKind::Sheet)).unwrap())
        .collect();
    let [of_companies, of_persons] =
        [PastMerge::of_companies(1, 2), PastMerge::of_persons(1, 2)].map(|merge| {
            let merges =
                (0..MANY).map(|_| world.add_merge(merge.clone().failed("neither is there")).unwrap());
            merges.last().unwrap()
        });
    let ids = vec![
        // Merges and tasks come in two kinds.
        ("company-merges/{mergeId}", format!("company-merges/{}", of_companies.merge)),
        ("company-merges/{taskId}", format!("company-merges/{}", of_companies.task)),
        ("person-merges/{mergeId}", format!("person-merges/{}", of_persons.merge)),
        ("person-merges/{taskId}", format!("person-merges/{}", of_persons.task)),
        ("{companyId}", company.to_string()),
        ("{personId}", person.to_string()),
        ("{opportunityId}", deal.unwrap().opportunity.to_string()),
        ("{listId}", companies.to_string()),
        ("{listEntryId}", rows[0].to_string()),
        ("{fieldId}", field),
        ("{viewId}", views[0].to_string()),
        ("{noteId}", notes[0].to_string()),
    ];
    Plenty { world, ids }
}

impl Plenty {
    fn path(&self, operation: &str) -> String {
        self.ids.iter().fold(operation.to_owned(), |path, (name, id)| path.replace(name, id))
    }

    fn writes(&self) -> Vec<(String, &'static Write)> {
        WRITES.iter().map(|write| (self.path(write.1), write)).collect()
    }

    async fn serve(self) -> (Sandbox, Vec<(String, Row)>) {
        let paths = OPERATIONS.iter().map(|row| (self.path(row.0), *row)).collect();
        (serve(self.world).await, paths)
    }
}

fn count(page: &Value) -> usize {
    page["data"].as_array().unwrap().len()
}

#[test]
fn the_table_is_what_is_served() {
    let served: BTreeSet<_> = Sandbox::operations()
        .into_iter()
        .map(|operation| {
            let Operation { method, path, permission, default_limit, .. } = operation;
            (method.to_string(), path, permission, default_limit)
        })
        .collect();
    let reads =
        OPERATIONS.iter().map(|(path, permission, limit)| ("GET".to_owned(), *path, *permission, *limit));
    let writes = WRITES
        .iter()
        .map(|(method, path, permission, ..)| (method.to_string(), *path, Some(*permission), NOT_PAGED));
    assert_eq!(served, reads.chain(writes).collect());
    assert_eq!(Sandbox::operations().len(), OPERATIONS.len() + WRITES.len());
}

#[tokio::test]
async fn each_asks_for_its_permission_and_no_other() {
    let mut plenty = plenty();
    let user = plenty.world.main_user();
    let mut key = |permissions: Vec<Permission>| {
        plenty.world.add_key(NewKey::of(user).permissions(permissions)).unwrap()
    };
    let powerless = key(vec![]);
    let keys: Vec<_> =
        Permission::ALL.iter().map(|permission| (*permission, key(vec![*permission]))).collect();
    let (sandbox, paths) = plenty.serve().await;
    for (path, (_, needed, _)) in paths {
        let answer = get_as(&sandbox, &powerless, &path).await;
        if needed.is_some() {
            assert_eq!((answer.status, answer.errors()), (403, vec![error("authorization", None)]), "{path}");
        } else {
            assert_eq!(answer.status, 200, "{path}");
        }
        for (permission, key) in &keys {
            let status = get_as(&sandbox, key, &path).await.status;
            let enough = needed.is_none_or(|needed| needed == *permission);
            assert_eq!(status, if enough { 200 } else { 403 }, "{path} {permission:?}");
        }
    }
}

#[tokio::test]
async fn each_write_asks_for_its_permission_and_no_other() {
    let mut plenty = plenty();
    let (user, writes) = (plenty.world.main_user(), plenty.writes());
    let keys: Vec<_> = Permission::ALL
        .iter()
        .map(|permission| {
            (*permission, plenty.world.add_key(NewKey::of(user).permissions([*permission])).unwrap())
        })
        .collect();
    let (sandbox, _) = plenty.serve().await;
    for (path, (method, _, needed, body, status)) in writes {
        let lacking = sandbox.api_key_without(*needed);
        let answer = send_as(&sandbox, &lacking, method.clone(), &path, body).await;
        assert_eq!((answer.status, answer.errors()), (403, vec![error("authorization", None)]), "{path}");
        for (permission, key) in &keys {
            let expected = if needed == permission { *status } else { 403 };
            let answer = send_as(&sandbox, key, method.clone(), &path, body).await;
            assert_eq!(answer.status, expected, "{path} {permission:?}");
        }
    }
}

#[tokio::test]
async fn each_write_wants_a_key_and_tells_the_limits() {
    let plenty = plenty();
    let writes = plenty.writes();
    let (sandbox, _) = plenty.serve().await;
    for (path, (method, _, _, body, status)) in writes {
        let stranger = send_as(&sandbox, "no key", method.clone(), &path, body).await;
        assert_eq!(
            (stranger.status, stranger.errors()),
            (401, vec![error("authentication", None)]),
            "{path}"
        );
        let answer = send_as(&sandbox, sandbox.api_key(), method.clone(), &path, body).await;
        assert_eq!(answer.status, *status, "{path}");
        for header in ["x-ratelimit-limit-user-remaining", "x-affinity-api-version", "x-request-id"] {
            assert!(answer.header(header).is_some(), "{path} {header}");
        }
    }
}

#[tokio::test]
async fn each_wants_a_key_and_tells_the_limits() {
    let (sandbox, paths) = plenty().serve().await;
    for (path, _) in paths {
        let stranger = send(reqwest::Client::new().get(format!("{}{path}", sandbox.url()))).await;
        assert_eq!(
            (stranger.status, stranger.errors()),
            (401, vec![error("authentication", None)]),
            "{path}"
        );
        let answer = get(&sandbox, &path).await;
        for header in ["x-ratelimit-limit-user-remaining", "x-affinity-api-version", "x-request-id"] {
            assert!(answer.header(header).is_some(), "{path} {header}");
        }
    }
}

#[tokio::test]
async fn each_pages_by_its_own_default() {
    let (sandbox, paths) = plenty().serve().await;
    for (path, (_, _, default)) in paths {
        let Some(default) = default else {
            assert_eq!(get(&sandbox, &format!("{path}?limit=0&cursor=x")).await.status, 200, "{path}");
            continue;
        };
        let first = get(&sandbox, &path).await;
        assert_eq!(count(&first.json()), default, "{path}");
        let link = first.link("nextUrl").unwrap();
        let second = get(&sandbox, &link).await;
        assert_eq!(second.status, 200, "{path}");
        assert!(count(&second.json()) > 0 && second.link("prevUrl").is_some(), "{path}");
        assert_ne!(first.json()["data"][0], second.json()["data"][0], "{path}");
        // Only the notes family has pages of nothing.
        let none = get(&sandbox, &format!("{path}?limit=0")).await.status;
        assert_eq!(none, if path.contains("notes") { 200 } else { 400 }, "{path}");
        for limit in ["-1", "101"] {
            let refused = get(&sandbox, &format!("{path}?limit={limit}")).await;
            assert_eq!(refused.errors(), [error("validation", Some("limit"))], "{path}");
        }
        assert_eq!(count(&get(&sandbox, &format!("{path}?limit=1")).await.json()), 1, "{path}");
    }
}
