//! Merges of companies and persons, and the tasks they run in.

use std::time::Duration;

use affinity_sandbox::{
    CellValue, Company, EntityKind, List, Location, MergeIds, Method, NewEntry, NewField, NewKey, PastMerge,
    Permission, Person, Place, Sandbox, ValueType, World, WorldError,
};
use serde_json::{Value, json};

use crate::support::{Answer, error, get, get_as, post, send_as, serve, start};

const SECOND: Duration = Duration::from_secs(1);

/// Three companies and three persons, each of a kind alike.
struct Twins {
    world: World,
    companies: [u64; 3],
    persons: [u64; 3],
}

fn twins() -> Twins {
    let mut world = World::new();
    let names = ["Kept", "Twin", "Other"];
    let companies = names.map(|name| world.add_company(Company::new(name)).unwrap());
    let persons = names.map(|name| world.add_person(Person::new(name)).unwrap());
    Twins { world, companies, persons }
}

/// Time stands still.
async fn frozen(world: World) -> Sandbox {
    start(Sandbox::builder().world(world).manual_clock()).await
}

/// The collections of a kind, and how a request and a merge name the two.
struct Kind {
    merges: &'static str,
    tasks: &'static str,
    records: &'static str,
    primary: &'static str,
    duplicate: &'static str,
}

const COMPANIES: Kind = Kind {
    merges: "/v2/company-merges",
    tasks: "/v2/tasks/company-merges",
    records: "/v2/companies",
    primary: "primaryCompanyId",
    duplicate: "duplicateCompanyId",
};

const PERSONS: Kind = Kind {
    merges: "/v2/person-merges",
    tasks: "/v2/tasks/person-merges",
    records: "/v2/persons",
    primary: "primaryPersonId",
    duplicate: "duplicatePersonId",
};

impl Kind {
    async fn ask(&self, sandbox: &Sandbox, primary: u64, duplicate: u64) -> Answer {
        post(sandbox, self.merges, &json!({self.primary: primary, self.duplicate: duplicate})).await
    }

    /// Starts a merge and tells the address of its task.
    async fn start(&self, sandbox: &Sandbox, primary: u64, duplicate: u64) -> String {
        let answer = self.ask(sandbox, primary, duplicate).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
        answer.json()["taskUrl"].as_str().unwrap().to_owned()
    }

    /// The merge of a task.
    async fn merge(&self, sandbox: &Sandbox, task: &str) -> Value {
        let id = task.rsplit_once('/').unwrap().1;
        let found = get(sandbox, &format!("{}?filter=taskId={id}", self.merges)).await.json();
        assert_eq!(found["data"].as_array().unwrap().len(), 1);
        found["data"][0].clone()
    }

    /// Merges two, waits, and tells how that ended.
    async fn outcome(&self, sandbox: &Sandbox, primary: u64, duplicate: u64) -> (String, Value) {
        let task = self.start(sandbox, primary, duplicate).await;
        sandbox.advance(2 * SECOND);
        let merge = self.merge(sandbox, &task).await;
        (merge["status"].as_str().unwrap().to_owned(), merge["errorMessage"].clone())
    }
}

fn success() -> (String, Value) {
    ("success".into(), Value::Null)
}

fn failed(message: &str) -> (String, Value) {
    ("failed".into(), json!(message))
}

fn summary(status: &str) -> Value {
    let count = |counted: &str| u32::from(status == counted);
    json!({"total": 1, "inProgress": count("in-progress"), "success": count("success"),
           "failed": count("failed")})
}

async fn goes_its_way(kind: &Kind, world: World, primary: u64, duplicate: u64) {
    let sandbox = frozen(world).await;
    let task = kind.start(&sandbox, primary, duplicate).await;
    assert!(task.starts_with(&format!("{}{}/", sandbox.url(), kind.tasks)), "{task}");
    let task_id = task.rsplit_once('/').unwrap().1;
    let merge = kind.merge(&sandbox, &task).await;
    let id = merge["id"].as_u64().unwrap();
    let state = |status: &str, completed_at: Value| {
        json!({"id": id, "status": status, "taskId": task_id, "startedAt": "2026-01-15T12:00:00Z",
               kind.primary: primary, kind.duplicate: duplicate, "completedAt": completed_at,
               "errorMessage": null})
    };
    let duplicate = format!("{}/{duplicate}", kind.records);
    for (wait, status, completed_at, readable) in [
        (Duration::ZERO, "in-progress", json!(null), 200),
        (Duration::from_millis(1_999), "in-progress", json!(null), 200),
        (Duration::from_millis(1), "success", json!("2026-01-15T12:00:02Z"), 422),
        (60 * SECOND, "success", json!("2026-01-15T12:00:02Z"), 422),
    ] {
        sandbox.advance(wait);
        assert_eq!(get(&sandbox, &duplicate).await.status, readable);
        let expected = json!({"id": task_id, "status": status, "resultsSummary": summary(status)});
        assert_eq!(get(&sandbox, &task).await.json(), expected);
        assert_eq!(get(&sandbox, kind.tasks).await.json()["data"], json!([expected]));
        let expected = state(status, completed_at);
        assert_eq!(get(&sandbox, &format!("{}/{id}", kind.merges)).await.json(), expected);
        assert_eq!(get(&sandbox, kind.merges).await.json()["data"], json!([expected]));
    }
}

#[tokio::test]
async fn a_merge_of_companies_goes_its_way() {
    let Twins { world, companies: [kept, twin, _], .. } = twins();
    goes_its_way(&COMPANIES, world, kept, twin).await;
}

#[tokio::test]
async fn a_merge_of_persons_goes_its_way() {
    let Twins { world, persons: [kept, twin, _], .. } = twins();
    goes_its_way(&PERSONS, world, kept, twin).await;
}

#[tokio::test]
async fn the_task_url_is_of_the_public_host() {
    let Twins { world, companies: [kept, twin, _], .. } = twins();
    let sandbox = start(Sandbox::builder().world(world).public_url("https://api.crm.example/")).await;
    let task = COMPANIES.start(&sandbox, kept, twin).await;
    assert!(task.starts_with("https://api.crm.example/v2/tasks/company-merges/"), "{task}");
}

#[tokio::test]
async fn a_request_has_two_ids_and_nothing_else() {
    let Twins { world, companies: [kept, twin, _], .. } = twins();
    let sandbox = serve(world).await;
    let (primary, duplicate) = ("primaryCompanyId", "duplicateCompanyId");
    for (body, params) in [
        (json!({}), vec![primary, duplicate]),
        (json!({primary: kept}), vec![duplicate]),
        (json!({primary: kept, duplicate: kept}), vec![duplicate]),
        (json!({primary: kept.to_string(), duplicate: 0}), vec![primary, duplicate]),
        (json!({primary: kept, duplicate: null}), vec![duplicate]),
        (json!({primary: kept, duplicate: twin, "dryRun": true}), vec!["dryRun"]),
        (json!({"primaryPersonId": kept, duplicate: twin}), vec![primary, "primaryPersonId"]),
        (json!([kept, twin]), vec!["body"]),
    ] {
        let answer = post(&sandbox, COMPANIES.merges, &body).await;
        let expected: Vec<_> = params.into_iter().map(|param| error("validation", Some(param))).collect();
        assert_eq!((answer.status, answer.errors()), (400, expected), "{body}");
    }
    assert!(get(&sandbox, COMPANIES.merges).await.ids().is_empty());
}

#[tokio::test]
async fn what_cannot_be_merged_fails_on_the_way() {
    let Twins { mut world, companies: [kept, twin, other], .. } = twins();
    let gone = world.add_company(Company::new("Gone")).unwrap();
    world.mark_deleted(EntityKind::Company, gone).unwrap();
    world.mark_merged(EntityKind::Company, twin, kept).unwrap();
    let sandbox = frozen(world).await;
    for (primary, duplicate, message) in [
        (4711, other, "there is no company 4711".to_owned()),
        (other, 4711, "there is no company 4711".to_owned()),
        (gone, other, format!("there is no company {gone}")),
        (other, gone, format!("there is no company {gone}")),
        (twin, other, format!("company {twin} has been merged into {kept} before")),
        (other, twin, format!("company {twin} has been merged into {kept} before")),
    ] {
        assert_eq!(COMPANIES.outcome(&sandbox, primary, duplicate).await, failed(&message));
    }
    assert_eq!(get(&sandbox, &format!("/v2/companies/{other}")).await.status, 200);
}

#[tokio::test]
async fn a_failed_merge_says_so_in_task_and_merge() {
    let Twins { world, companies: [kept, ..], .. } = twins();
    let sandbox = frozen(world).await;
    let task = COMPANIES.start(&sandbox, kept, 4711).await;
    sandbox.advance(2 * SECOND);
    let found = get(&sandbox, &task).await.json();
    assert_eq!((&found["status"], &found["resultsSummary"]), (&json!("failed"), &summary("failed")));
    let merge = COMPANIES.merge(&sandbox, &task).await;
    assert_eq!(merge["completedAt"], "2026-01-15T12:00:02Z");
    assert_eq!(merge["errorMessage"], "there is no company 4711");
}

#[tokio::test]
async fn of_two_merges_of_one_duplicate_the_second_fails() {
    let Twins { world, persons: [kept, twin, other], .. } = twins();
    let sandbox = frozen(world).await;
    let first = PERSONS.start(&sandbox, kept, twin).await;
    sandbox.advance(SECOND);
    let second = PERSONS.start(&sandbox, other, twin).await;
    sandbox.advance(60 * SECOND);
    let statuses = [PERSONS.merge(&sandbox, &first).await, PERSONS.merge(&sandbox, &second).await];
    let statuses = statuses.map(|merge| merge["status"].clone());
    assert_eq!(statuses, [json!("success"), json!("failed")]);
}

#[tokio::test]
async fn of_two_merges_that_cross_the_second_fails() {
    let Twins { world, companies: [kept, twin, _], .. } = twins();
    let sandbox = frozen(world).await;
    let first = COMPANIES.start(&sandbox, kept, twin).await;
    let second = COMPANIES.start(&sandbox, twin, kept).await;
    sandbox.advance(2 * SECOND);
    assert_eq!(COMPANIES.merge(&sandbox, &first).await["status"], "success");
    let second = COMPANIES.merge(&sandbox, &second).await;
    let reason = format!("company {twin} has been merged into {kept} before");
    assert_eq!((&second["status"], &second["errorMessage"]), (&json!("failed"), &json!(reason)));
    for (company, status) in [(kept, 200), (twin, 422)] {
        assert_eq!(get(&sandbox, &format!("/v2/companies/{company}")).await.status, status);
    }
}

#[tokio::test]
async fn a_pair_is_merged_once() {
    let Twins { world, persons: [kept, twin, _], .. } = twins();
    let sandbox = frozen(world).await;
    assert_eq!(PERSONS.outcome(&sandbox, kept, twin).await, success());
    let again = failed(&format!("person {twin} has been merged into {kept} before"));
    assert_eq!(PERSONS.outcome(&sandbox, kept, twin).await, again);
}

#[tokio::test]
async fn a_chain_ends_at_the_last_survivor() {
    let Twins { mut world, companies: [kept, twin, other], .. } = twins();
    let list = world.add_list(List::new("Portfolio", EntityKind::Company)).unwrap();
    let row = world.add_entry(list, other).unwrap();
    let sandbox = frozen(world).await;
    assert_eq!(COMPANIES.outcome(&sandbox, twin, other).await, success());
    assert_eq!(COMPANIES.outcome(&sandbox, kept, twin).await, success());
    assert_eq!(get(&sandbox, &format!("/v2/companies/{kept}/list-entries")).await.ids(), [row]);
    assert_eq!(get(&sandbox, &format!("/v2/companies/{other}")).await.status, 422);
}

#[tokio::test]
async fn the_next_merges_can_be_made_to_fail() {
    let Twins { world, companies: [kept, twin, _], persons: [person, double, _] } = twins();
    let sandbox = frozen(world).await;
    sandbox.fail_next_merge("a first reason");
    sandbox.fail_next_merge("a second reason");
    assert_eq!(COMPANIES.outcome(&sandbox, kept, twin).await, failed("a first reason"));
    assert_eq!(PERSONS.outcome(&sandbox, person, double).await, failed("a second reason"));
    assert_eq!(get(&sandbox, &format!("/v2/companies/{twin}")).await.status, 200);
    assert_eq!(COMPANIES.outcome(&sandbox, kept, twin).await, success());
}

#[tokio::test]
async fn merges_take_as_long_as_is_said() {
    let Twins { world, companies: [kept, twin, other], persons: [person, double, _] } = twins();
    let builder = Sandbox::builder().world(world).manual_clock().merges_take(10 * SECOND);
    let sandbox = start(builder).await;
    let status = async |task: &str| get(&sandbox, task).await.json()["status"].clone();
    let long = COMPANIES.start(&sandbox, kept, twin).await;
    sandbox.merges_take(Duration::ZERO);
    let short = COMPANIES.start(&sandbox, kept, other).await;
    assert_eq!((status(&long).await, status(&short).await), (json!("in-progress"), json!("success")));
    sandbox.merges_take(Duration::MAX);
    let endless = PERSONS.start(&sandbox, person, double).await;
    sandbox.advance(10 * SECOND);
    assert_eq!(status(&long).await, "success");
    sandbox.advance(1_000_000 * SECOND);
    assert_eq!(status(&endless).await, "in-progress");
}

#[tokio::test]
async fn time_moves_on_to_the_end_of_the_calendar_and_no_further() {
    let far = [
        vec![Duration::MAX, SECOND],
        vec![Duration::from_secs(1_000_000_000_000)],
        vec![Duration::from_secs(10_000_000_000_000)],
        vec![Duration::from_secs(10_000_000_000_000_000)],
    ];
    for (n, steps) in far.into_iter().enumerate() {
        for manual in [false, true] {
            let Twins { world, companies: [kept, twin, other], .. } = twins();
            let builder = Sandbox::builder().world(world).requests_per_month(Some(900));
            let sandbox = start(if manual { builder.manual_clock() } else { builder }).await;
            let task = COMPANIES.start(&sandbox, kept, twin).await;
            steps.iter().for_each(|step| sandbox.advance(*step));
            assert_eq!(get(&sandbox, &task).await.json()["status"], "success", "{n} {manual}");
            let last = COMPANIES.start(&sandbox, kept, other).await;
            let last = COMPANIES.merge(&sandbox, &last).await;
            assert_eq!(last["startedAt"], "9999-12-31T23:59:59Z", "{n} {manual}");
        }
    }
}

#[tokio::test]
async fn with_the_time_of_the_system_a_merge_ends_as_well() {
    let Twins { world, companies: [kept, twin, _], .. } = twins();
    let sandbox = start(Sandbox::builder().world(world).merges_take(Duration::ZERO)).await;
    let task = COMPANIES.start(&sandbox, kept, twin).await;
    assert_eq!(get(&sandbox, &task).await.json()["status"], "success");
}

#[tokio::test]
async fn a_test_that_looks_at_the_world_sees_the_merge_done() {
    let Twins { world, companies: [kept, twin, other], .. } = twins();
    let sandbox = frozen(world).await;
    COMPANIES.start(&sandbox, kept, twin).await;
    sandbox.advance(2 * SECOND);
    assert_eq!(sandbox.with_world(|world| world.company_ids().collect::<Vec<_>>()), [kept, other]);
}

#[tokio::test]
async fn the_survivor_of_companies_receives_what_it_lacked() {
    let mut world = World::new();
    let kept = Company::new("Tessel Robotics").domain("tessel.example").domain("robots.example");
    let kept = world.add_company(kept).unwrap();
    let twin = Company::new("Tessel").domain("Robots.example").domain("tessel-labs.example").global(true);
    let twin = world.add_company(twin).unwrap();
    let [note, town] =
        [("Note", ValueType::Text), ("Town", ValueType::Location)].map(|(name, value_type)| {
            world.add_global_field(EntityKind::Company, NewField::new(name, value_type)).unwrap()
        });
    let oslo = Location { city: Some("Oslo".into()), ..Location::default() };
    for (company, field, value) in [
        (kept, &note, CellValue::Text("Ours".into())),
        (twin, &note, CellValue::Text("Theirs".into())),
        (twin, &town, CellValue::Location(oslo)),
    ] {
        world.set_value(Place::Company(company), field, value).unwrap();
    }
    let sandbox = frozen(world).await;
    assert_eq!(COMPANIES.outcome(&sandbox, kept, twin).await, success());
    let company = get(&sandbox, &format!("/v2/companies/{kept}?fieldTypes=global")).await.json();
    assert_eq!((&company["name"], &company["isGlobal"]), (&json!("Tessel Robotics"), &json!(false)));
    assert_eq!(company["domain"], "tessel.example");
    assert_eq!(company["domains"], json!(["tessel.example", "robots.example", "tessel-labs.example"]));
    let data = |n: usize| company["fields"][n]["value"]["data"].clone();
    assert_eq!((data(0), data(1)["city"].clone()), (json!("Ours"), json!("Oslo")));
}

#[tokio::test]
async fn the_survivor_of_persons_receives_what_it_lacked() {
    let mut world = World::new();
    let kept = world.add_person(Person::nameless().last_name("Ash").email("a@ash.example")).unwrap();
    let twin = Person::new("Alvio").last_name("Ashbrook").email("alvio@ash.example").email("A@ash.example");
    let twin = world.add_person(twin).unwrap();
    let list = world.add_list(List::new("Portfolio", EntityKind::Company).creator(twin).owner(twin)).unwrap();
    let company = world.add_company(Company::new("Tessel Robotics")).unwrap();
    world.add_entry(list, NewEntry::of(company).creator(Some(twin))).unwrap();
    let sandbox = frozen(world).await;
    assert_eq!(PERSONS.outcome(&sandbox, kept, twin).await, success());
    let person = get(&sandbox, &format!("/v2/persons/{kept}")).await.json();
    assert_eq!((&person["firstName"], &person["lastName"]), (&json!("Alvio"), &json!("Ash")));
    assert_eq!(person["emailAddresses"], json!(["a@ash.example", "alvio@ash.example"]));
    let lists = get(&sandbox, "/v2/lists").await.json();
    assert_eq!((&lists["data"][0]["ownerId"], &lists["data"][0]["creatorId"]), (&json!(kept), &json!(kept)));
    let rows = get(&sandbox, &format!("/v2/lists/{list}/list-entries")).await.json();
    assert_eq!(rows["data"][0]["creatorId"], kept);
}

#[tokio::test]
async fn who_was_merged_with_a_user_goes_on_as_that_user() {
    let Twins { mut world, persons: [kept, ..], .. } = twins();
    let user = world.main_user();
    let private = List::new("Private", EntityKind::Company).private();
    let private = world.add_list(private).unwrap();
    let sandbox = frozen(world).await;
    assert_eq!(PERSONS.outcome(&sandbox, kept, user).await, success());
    assert_eq!(get(&sandbox, "/v2/auth/whoami").await.json()["user"]["id"], kept);
    assert_eq!(get(&sandbox, "/v2/lists").await.ids(), [private]);
    assert_eq!(get(&sandbox, &format!("/v2/persons/{kept}")).await.json()["type"], "internal");
    let powerless = sandbox.api_key_without(Permission::ExportLists);
    assert_eq!(get_as(&sandbox, &powerless, "/v2/auth/whoami").await.json()["user"]["id"], kept);
}

#[tokio::test]
async fn who_was_merged_with_a_user_keeps_what_was_shared_with_that_user() {
    let Twins { mut world, persons: [kept, ..], .. } = twins();
    let colleague = world.add_user("Teodor", "Kvist", "teodor@quillfern-seed.example");
    let key = world.add_key(NewKey::of(colleague)).unwrap();
    let shared = List::new("Shared", EntityKind::Opportunity).private().shared_with(colleague);
    let shared = world.add_list(shared).unwrap();
    let amount = world.add_list_field(shared, NewField::new("Amount", ValueType::Number)).unwrap();
    let deal = world.add_opportunity(shared, "Tessel, Seed").unwrap();
    world.set_value(Place::Entry(deal.entry), &amount, CellValue::Number(5.0)).unwrap();
    world.restrict_opportunity(deal.opportunity, [colleague]).unwrap();
    let sandbox = frozen(world).await;
    assert_eq!(PERSONS.outcome(&sandbox, kept, colleague).await, success());
    assert_eq!(get_as(&sandbox, &key, "/v2/lists").await.ids(), [shared]);
    let field = format!("/v2/lists/{shared}/list-entries/{}/fields/{amount}", deal.entry);
    assert_eq!(get_as(&sandbox, &key, &field).await.json()["value"]["data"], 5);
}

#[tokio::test]
async fn a_value_in_which_nobody_is_left_counts_as_lacking() {
    let Twins { mut world, companies: [kept, twin, _], persons: [gone, person, _] } = twins();
    let partner = NewField::new("Partner", ValueType::Person);
    let partner = world.add_global_field(EntityKind::Company, partner).unwrap();
    world.set_value(Place::Company(kept), &partner, CellValue::Person(gone)).unwrap();
    world.set_value(Place::Company(twin), &partner, CellValue::Person(person)).unwrap();
    world.mark_deleted(EntityKind::Person, gone).unwrap();
    let sandbox = frozen(world).await;
    assert_eq!(COMPANIES.outcome(&sandbox, kept, twin).await, success());
    let company = get(&sandbox, &format!("/v2/companies/{kept}?fieldIds={partner}")).await.json();
    assert_eq!(company["fields"][0]["value"]["data"]["id"], person);
}

#[tokio::test]
async fn rows_and_mentions_name_the_survivor() {
    let Twins { mut world, companies: [kept, twin, other], .. } = twins();
    let list = world.add_list(List::new("Portfolio", EntityKind::Company)).unwrap();
    let score = world.add_list_field(list, NewField::new("Score", ValueType::Number)).unwrap();
    let rows = [kept, twin].map(|company| world.add_entry(list, company).unwrap());
    world.set_value(Place::Entry(rows[1]), &score, CellValue::Number(7.0)).unwrap();
    let deals = world.add_list(List::new("Deals", EntityKind::Opportunity)).unwrap();
    let deal = world.add_opportunity(deals, "Tessel, Seed").unwrap().entry;
    world
        .set_value(Place::Entry(deal), "companies", CellValue::CompanyMulti(vec![twin, other, kept]))
        .unwrap();
    let sandbox = frozen(world).await;
    assert_eq!(COMPANIES.outcome(&sandbox, kept, twin).await, success());
    assert_eq!(get(&sandbox, &format!("/v2/companies/{kept}/list-entries")).await.ids(), rows);
    let moved =
        get(&sandbox, &format!("/v2/lists/{list}/list-entries/{}?fieldIds={score}", rows[1])).await.json();
    assert_eq!(
        (&moved["entity"]["id"], &moved["entity"]["fields"][0]["value"]["data"]),
        (&json!(kept), &json!(7))
    );
    let named =
        get(&sandbox, &format!("/v2/lists/{deals}/list-entries/{deal}/fields/companies")).await.json();
    let named: Vec<_> =
        named["value"]["data"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
    assert_eq!(named, [kept, other]);
}

/// A world with a merge of each minute from noon of 2025-03-01 on.
fn history(merges: impl Fn(i64) -> PastMerge, count: i64) -> (World, Vec<MergeIds>) {
    let mut world = World::new();
    let ids = (0..count).map(|n| {
        let at = format!("2025-03-01T12:{n:02}:00Z").parse().unwrap();
        world.add_merge(merges(n).started_at(at)).unwrap()
    });
    let ids = ids.collect();
    (world, ids)
}

#[tokio::test]
async fn past_merges_are_read_as_they_were() {
    let Twins { mut world, companies: [kept, twin, other], .. } = twins();
    let at = "2025-03-01T12:00:00Z".parse().unwrap();
    let done = PastMerge::of_companies(kept, twin).started_at(at).took(90 * SECOND);
    let done = world.add_merge(done).unwrap();
    let failure = PastMerge::of_companies(other, 4711).failed("it was not there");
    let failure = world.add_merge(failure).unwrap();
    let sandbox = frozen(world).await;
    let merge = get(&sandbox, &format!("{}/{}", COMPANIES.merges, done.merge)).await.json();
    let expected = json!({"id": done.merge, "status": "success", "taskId": done.task,
        "startedAt": "2025-03-01T12:00:00Z", "primaryCompanyId": kept, "duplicateCompanyId": twin,
        "completedAt": "2025-03-01T12:01:30Z", "errorMessage": null});
    assert_eq!(merge, expected);
    let merge = get(&sandbox, &format!("{}/{}", COMPANIES.merges, failure.merge)).await.json();
    assert_eq!((&merge["status"], &merge["errorMessage"]), (&json!("failed"), &json!("it was not there")));
    let task = get(&sandbox, &format!("{}/{}", COMPANIES.tasks, failure.task)).await.json();
    assert_eq!(task["resultsSummary"], summary("failed"));
    assert_eq!(get(&sandbox, &format!("/v2/companies/{twin}")).await.status, 422);
}

#[test]
fn a_past_merge_that_succeeded_has_to_be_possible() {
    let Twins { mut world, companies: [kept, twin, _], persons: [person, ..] } = twins();
    world.add_merge(PastMerge::of_companies(kept, twin)).unwrap();
    for merge in [
        PastMerge::of_companies(kept, twin),
        PastMerge::of_companies(kept, kept),
        PastMerge::of_companies(kept, 4711),
        PastMerge::of_persons(0, person).failed("no id"),
    ] {
        assert!(world.add_merge(merge.clone()).is_err(), "{merge:?}");
    }
}

#[test]
fn a_past_merge_is_of_times_the_api_could_tell() {
    let Twins { mut world, companies: [kept, twin, _], .. } = twins();
    let last = "9999-12-31T23:59:59Z".parse().unwrap();
    let merge = PastMerge::of_companies(kept, twin);
    let refused = [
        merge.clone().started_at(last),
        merge.clone().took(Duration::MAX),
        merge.failed("late").started_at(last),
    ];
    for merge in refused {
        assert!(matches!(world.add_merge(merge), Err(WorldError::Unsayable(_))));
    }
    assert_eq!(world.company_ids().count(), 3);
    world.add_merge(PastMerge::of_companies(kept, twin).started_at(last).took(Duration::ZERO)).unwrap();
}

#[tokio::test]
async fn the_newest_comes_first() {
    let (mut world, mut ids) = history(|n| PastMerge::of_persons(1, 2).failed(n.to_string()), 5);
    let oldest =
        PastMerge::of_persons(1, 2).failed("added last").started_at("2024-01-01T00:00:00Z".parse().unwrap());
    ids.insert(0, world.add_merge(oldest).unwrap());
    let sandbox = frozen(world).await;
    PERSONS.start(&sandbox, 1, 2).await;
    let mut expected: Vec<_> = ids.iter().rev().map(|ids| ids.merge).collect();
    let mut seen = Vec::new();
    let mut next = Some(format!("{}?limit=3", PERSONS.merges));
    while let Some(link) = next {
        let page = get(&sandbox, &link).await;
        seen.extend(page.ids());
        next = page.link("nextUrl");
    }
    expected.insert(0, seen[0]);
    assert_eq!(seen, expected);
    let tasks = get(&sandbox, &format!("{}?limit=100", PERSONS.tasks)).await.json();
    let tasks: Vec<_> =
        tasks["data"].as_array().unwrap().iter().skip(1).map(|task| task["id"].clone()).collect();
    assert_eq!(tasks, ids.iter().rev().map(|ids| json!(ids.task)).collect::<Vec<_>>());
}

#[tokio::test]
async fn merges_are_filtered_by_status_and_task() {
    let Twins { mut world, companies: [kept, twin, other], .. } = twins();
    let done = world.add_merge(PastMerge::of_companies(kept, twin)).unwrap();
    let failure = world.add_merge(PastMerge::of_companies(kept, 4711).failed("it was not there")).unwrap();
    let sandbox = frozen(world).await;
    COMPANIES.start(&sandbox, kept, other).await;
    let running = get(&sandbox, COMPANIES.merges).await.ids()[0];
    let found =
        async |filter: &str| get(&sandbox, &format!("{}?filter={filter}", COMPANIES.merges)).await.ids();
    assert_eq!(found("status=in-progress").await, [running]);
    assert_eq!(found("status=success").await, [done.merge]);
    assert_eq!(found("status=failed").await, [failure.merge]);
    assert_eq!(found("status=failed%7Cstatus=success").await, [failure.merge, done.merge]);
    assert_eq!(found("!status=failed").await, [running, done.merge]);
    assert_eq!(found(&format!("taskId={}", failure.task)).await, [failure.merge]);
    assert!(found(&format!("taskId={}%26status=success", failure.task)).await.is_empty());
    for filter in ["status=done", "taskId=5", "id=1", "status=%5Bfailed%5D", "status=~fail", "status="] {
        let refused = get(&sandbox, &format!("{}?filter={filter}", COMPANIES.merges)).await;
        assert_eq!(
            (refused.status, refused.errors()),
            (400, vec![error("validation", Some("filter"))]),
            "{filter}"
        );
    }
}

#[tokio::test]
async fn a_link_leads_on_when_its_merges_are_over() {
    let Twins { world, companies: [kept, twin, other], .. } = twins();
    let sandbox = frozen(world).await;
    for duplicate in [twin, other] {
        COMPANIES.start(&sandbox, kept, duplicate).await;
    }
    let all = get(&sandbox, &format!("{}?limit=1", COMPANIES.merges)).await;
    let running = get(&sandbox, &format!("{}?limit=1&filter=status=in-progress", COMPANIES.merges)).await;
    sandbox.advance(2 * SECOND);
    let next = get(&sandbox, &all.link("nextUrl").unwrap()).await;
    assert_eq!((next.ids(), next.link("nextUrl")), (vec![all.ids()[0] - 1], None));
    assert_eq!(next.json()["data"][0]["status"], "success");
    let expected = json!({"data": [], "pagination": {"prevUrl": null, "nextUrl": null}});
    assert_eq!(get(&sandbox, &running.link("nextUrl").unwrap()).await.json(), expected);
}

#[tokio::test]
async fn tasks_are_filtered_by_status_only() {
    let (world, ids) = history(|_| PastMerge::of_persons(1, 2).failed("it was not there"), 2);
    let sandbox = frozen(world).await;
    PERSONS.start(&sandbox, 1, 2).await;
    let count = async |filter: &str| {
        let page = get(&sandbox, &format!("{}?filter={filter}", PERSONS.tasks)).await.json();
        page["data"].as_array().unwrap().len()
    };
    let counts =
        [count("status=in-progress").await, count("status=success").await, count("status=failed").await];
    assert_eq!(counts, [1, 0, 2]);
    let refused = get(&sandbox, &format!("{}?filter=taskId={}", PERSONS.tasks, ids[0].task)).await;
    assert_eq!(refused.errors(), [error("validation", Some("filter"))]);
}

#[tokio::test]
async fn each_kind_has_its_own() {
    let Twins { mut world, companies: [kept, twin, _], .. } = twins();
    let ids = world.add_merge(PastMerge::of_companies(kept, twin)).unwrap();
    let sandbox = serve(world).await;
    for path in [
        format!("{}/{}", PERSONS.merges, ids.merge),
        format!("{}/{}", PERSONS.tasks, ids.task),
        format!("{}/4711", COMPANIES.merges),
        format!("{}/9007199254740991", COMPANIES.merges),
        format!("{}/00000000-0000-4000-8000-000000000000", COMPANIES.tasks),
    ] {
        let answer = get(&sandbox, &path).await;
        assert_eq!((answer.status, answer.errors()), (404, vec![error("not-found", None)]), "{path}");
    }
    assert!(get(&sandbox, PERSONS.merges).await.ids().is_empty());
    for (path, param) in [
        (format!("{}/x", COMPANIES.merges), "mergeId"),
        (format!("{}/9007199254740992", COMPANIES.merges), "mergeId"),
        (format!("{}/9007199254740992", PERSONS.merges), "mergeId"),
        (format!("{}/{}", COMPANIES.tasks, ids.merge), "taskId"),
    ] {
        let answer = get(&sandbox, &path).await;
        assert_eq!((answer.status, answer.errors()), (400, vec![error("validation", Some(param))]), "{path}");
    }
}

#[tokio::test]
async fn nothing_is_merged_without_the_permission() {
    let Twins { world, companies: [kept, twin, _], .. } = twins();
    let sandbox = serve(world).await;
    let key = sandbox.api_key_without(Permission::ManageDuplicates);
    let body = json!({"primaryCompanyId": kept, "duplicateCompanyId": twin}).to_string();
    let answer = send_as(&sandbox, &key, Method::POST, COMPANIES.merges, &body).await;
    assert_eq!((answer.status, answer.errors()), (403, vec![error("authorization", None)]));
    assert!(get(&sandbox, COMPANIES.merges).await.ids().is_empty());
}

#[tokio::test]
async fn the_demo_has_a_history() {
    let sandbox = Sandbox::demo().await.unwrap();
    for kind in [COMPANIES, PERSONS] {
        for status in ["success", "failed"] {
            let found = get(&sandbox, &format!("{}?filter=status={status}", kind.merges)).await.json();
            let found = found["data"].as_array().unwrap().clone();
            assert!(!found.is_empty(), "{} {status}", kind.merges);
            for merge in found {
                let duplicate = get(&sandbox, &format!("{}/{}", kind.records, merge[kind.duplicate])).await;
                assert!(status == "failed" || duplicate.status == 422, "{merge}");
            }
        }
    }
}
