//! Merging companies and persons.

use std::sync::Arc;
use std::time::{Duration, Instant};

use affinity::filter::{CompanyMergeFilter, CompanyMergeTaskFilter, PersonMergeFilter};
use affinity::{
    Affinity, CompanyId, CompanyMergeTaskId, FieldSelection, FieldValue, MergeStatus, PersonId, Timer,
};
use affinity_sandbox::{
    CellValue, Company, EntityKind, List, Method, NewField, NewNote, Permission, Person, Place, Reply,
    Sandbox, ValueType, World,
};
use futures::TryStreamExt;
use futures::future::BoxFuture;

use crate::support::{QuickTimer, builder};

/// A clock whose waits make the sandbox's time pass.
#[derive(Debug)]
struct SharedTime {
    sandbox: Arc<Sandbox>,
    own: QuickTimer,
}

impl Timer for SharedTime {
    fn now(&self) -> Instant {
        self.own.now()
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        self.sandbox.advance(wait);
        self.own.sleep(wait)
    }
}

struct Office {
    sandbox: Arc<Sandbox>,
    affinity: Affinity,
    time: QuickTimer,
}

const S: fn(u64) -> Duration = Duration::from_secs;

async fn office(world: World) -> Office {
    let sandbox = Sandbox::builder().world(world).manual_clock().merges_take(S(20)).start().await.unwrap();
    let (sandbox, time) = (Arc::new(sandbox), QuickTimer::new());
    let timer = SharedTime { sandbox: sandbox.clone(), own: time.clone() };
    let affinity = builder(&sandbox).timer(Arc::new(timer)).build().unwrap();
    Office { sandbox, affinity, time }
}

fn two_companies() -> (World, CompanyId, CompanyId) {
    let mut world = World::new();
    let [first, second] =
        ["Tessel", "Tessel Inc"].map(|name| CompanyId::new(world.add_company(Company::new(name)).unwrap()));
    (world, first, second)
}

fn methods(sandbox: &Sandbox) -> Vec<String> {
    sandbox.requests().iter().map(|request| format!("{} {}", request.method, request.path)).collect()
}

#[tokio::test]
async fn nothing_is_sent_before_it_is_confirmed_and_sent() {
    let (world, first, second) = two_companies();
    let office = office(world).await;
    let merge = office.affinity.companies().merge(first, second);
    drop(merge.clone());
    drop(merge.confirm());
    assert!(office.sandbox.requests().is_empty());
}

#[tokio::test]
async fn waiting_ends_when_the_merge_is_done() {
    let (world, first, second) = two_companies();
    let office = office(world).await;
    let task = office.affinity.companies().merge(first, second).confirm().wait().await.unwrap();
    assert_eq!(
        (task.status, task.results_summary.total, task.results_summary.success),
        (MergeStatus::Success, 1, 1)
    );
    let calls = methods(&office.sandbox);
    assert_eq!(calls[0], "POST /v2/company-merges");
    assert!(
        calls[1..].iter().all(|call| *call == format!("GET /v2/tasks/company-merges/{}", task.id)),
        "{calls:?}"
    );
    let waits = office.time.waits();
    assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]), "{waits:?}");
    assert_eq!(waits[0], Duration::from_millis(500));
    assert!(calls.len() < 12, "20 s took {calls:?}");
    let merges = office.affinity.companies().merges().filter(CompanyMergeFilter::task_id().eq(task.id));
    let [merge] = &merges.send().await.unwrap().items[..] else { panic!("not one merge") };
    assert_eq!((merge.primary_company_id, merge.duplicate_company_id), (first, second));
    assert!(merge.completed_at.is_some() && merge.error_message.is_none());
    assert_eq!(office.affinity.companies().get_merge(merge.id).send().await.unwrap(), *merge);
}

#[tokio::test]
async fn pauses_grow_to_ten_seconds_and_no_longer() {
    let (world, first, second) = two_companies();
    let office = office(world).await;
    office.sandbox.merges_take(S(120));
    office.affinity.companies().merge(first, second).confirm().wait().await.unwrap();
    assert_eq!(office.time.waits().into_iter().max(), Some(S(10)));
}

#[tokio::test]
async fn a_failure_comes_with_its_message() {
    let (world, first, second) = two_companies();
    let office = office(world).await;
    office.sandbox.fail_next_merge("the duplicate is locked");
    let error = office.affinity.companies().merge(first, second).confirm().wait().await.unwrap_err();
    assert!(error.is_task_failed() && !error.is_retryable() && !error.is_outcome_unknown());
    assert_eq!(error.messages().collect::<Vec<_>>(), ["the duplicate is locked"]);
    let task = CompanyMergeTaskId::new(error.task_id().unwrap());
    let says =
        format!("start_company_merge: the server could not do it: the duplicate is locked (task {task})");
    assert_eq!(error.to_string(), says);
    let status = office.affinity.companies().merge_task(task).send().await.unwrap().status;
    assert_eq!(status, MergeStatus::Failed);
}

#[tokio::test]
async fn a_failure_without_a_readable_reason_is_a_failure() {
    let (world, first, second) = two_companies();
    let office = office(world).await;
    office.sandbox.fail_next_merge("the duplicate is locked");
    office.sandbox.reply(Method::GET, "/v2/company-merges", Reply::empty(500));
    let error = office.affinity.companies().merge(first, second).confirm().wait().await.unwrap_err();
    assert!(error.is_task_failed() && error.to_string().contains("its reason could not be read"), "{error}");
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn at_the_deadline_the_task_is_in_hand() {
    let (world, first, second) = two_companies();
    let office = office(world).await;
    let merge = office.affinity.companies().merge(first, second).confirm().with_timeout(S(5));
    let error = merge.wait().await.unwrap_err();
    assert!(error.is_timeout() && error.is_outcome_unknown() && !error.is_retryable(), "{error}");
    let waited: Duration = office.time.waits().iter().sum();
    assert!(waited > S(4) && waited <= S(5), "{waited:?}");
    let task = CompanyMergeTaskId::new(error.task_id().unwrap());
    let done = office.affinity.companies().merge_task(task).wait().await.unwrap();
    assert_eq!(done.status, MergeStatus::Success);
}

#[tokio::test]
async fn a_look_that_fails_for_a_while_does_not_end_the_wait() {
    let (world, first, second) = two_companies();
    let office = office(world).await;
    let task = office.affinity.companies().merge(first, second).confirm().send().await.unwrap();
    let path = format!("/v2/tasks/company-merges/{task}");
    for status in [503, 503, 503, 503, 503, 500, 500, 502, 502] {
        office.sandbox.reply(Method::GET, path.as_str(), Reply::empty(status));
    }
    assert!(office.affinity.companies().merge_task(task).wait().await.is_ok());
    assert_eq!(office.sandbox.pending_replies(), 0);
}

#[tokio::test]
async fn a_look_that_is_refused_ends_the_wait_with_the_task_in_hand() {
    let (world, first, second) = two_companies();
    let office = office(world).await;
    let task = office.affinity.companies().merge(first, second).confirm().send().await.unwrap();
    let refusal = r#"{"errors":[{"code":"authorization","message":"no"}]}"#;
    office.sandbox.reply(Method::GET, format!("/v2/tasks/company-merges/{task}"), Reply::json(403, refusal));
    let error = office.affinity.companies().merge_task(task.clone()).wait().await.unwrap_err();
    assert!(error.is_forbidden() && !error.is_outcome_unknown(), "looking only reads: {error}");
    assert_eq!(error.task_id(), Some(task.as_str()));
}

#[tokio::test]
async fn a_reason_is_that_of_the_task_even_if_the_server_ignores_the_filter() {
    let (world, first, second) = two_companies();
    let office = office(world).await;
    office.sandbox.fail_next_merge("the duplicate is locked");
    let of_another = r#"{"data":[{"id":1,"status":"failed","taskId":"0f3c2d10-58ab-4c6e-9d21-0c4b6a1e8f35","startedAt":"2025-03-01T10:00:00Z","primaryCompanyId":1,"duplicateCompanyId":2,"completedAt":null,"errorMessage":"another"}],"pagination":{"nextUrl":null}}"#;
    office.sandbox.reply(Method::GET, "/v2/company-merges", Reply::json(200, of_another));
    let error = office.affinity.companies().merge(first, second).confirm().wait().await.unwrap_err();
    assert!(error.is_task_failed() && error.to_string().contains("it does not say why"), "{error}");
}

#[tokio::test]
async fn a_status_without_a_name_is_named_at_the_deadline() {
    let (world, first, second) = two_companies();
    let office = office(world).await;
    let task = office.affinity.companies().merge(first, second).confirm().send().await.unwrap();
    let state = format!(
        r#"{{"id":"{task}","status":"paused","resultsSummary":{{"total":1,"inProgress":0,"success":0,"failed":0}}}}"#
    );
    for _ in 0..40 {
        office.sandbox.reply(
            Method::GET,
            format!("/v2/tasks/company-merges/{task}"),
            Reply::json(200, state.as_str()),
        );
    }
    let error = office.affinity.companies().merge_task(task).with_timeout(S(9)).wait().await.unwrap_err();
    assert!(error.is_timeout() && error.to_string().contains("\"paused\""), "{error}");
}

#[tokio::test]
async fn a_task_that_stays_away_is_an_error_that_says_so() {
    let (world, first, second) = two_companies();
    let office = office(world).await;
    let url = "https://api.example/v2/tasks/company-merges/0f3c2d10-58ab-4c6e-9d21-0c4b6a1e8f35";
    let begun = Reply::json(200, format!(r#"{{"taskUrl":"{url}"}}"#));
    office.sandbox.reply(Method::POST, "/v2/company-merges", begun);
    let error = office.affinity.companies().merge(first, second).confirm().wait().await.unwrap_err();
    assert!(error.is_not_found() && error.is_outcome_unknown() && error.task_id().is_some(), "{error}");
    assert!(office.time.waits().iter().sum::<Duration>() < S(10), "{:?}", office.time.waits());
}

#[tokio::test]
async fn any_success_begins_a_merge() {
    let (world, first, second) = two_companies();
    let office = office(world).await;
    let url = r#"{"taskUrl":"/v2/tasks/company-merges/0f3c2d10-58ab-4c6e-9d21-0c4b6a1e8f35"}"#;
    for status in [200, 201, 202] {
        office.sandbox.reply(Method::POST, "/v2/company-merges", Reply::json(status, url));
        let task = office.affinity.companies().merge(first, second).confirm().send().await.unwrap();
        assert_eq!(task.as_str(), "0f3c2d10-58ab-4c6e-9d21-0c4b6a1e8f35");
    }
}

#[tokio::test]
async fn a_task_that_cannot_be_read_yet_is_waited_for_but_not_one_that_never_was() {
    let (world, first, second) = two_companies();
    let office = office(world).await;
    let missing = || Reply::json(404, r#"{"errors":[{"code":"not-found","message":"no such task"}]}"#);
    let url = "https://api.example/v2/tasks/company-merges/0f3c2d10-58ab-4c6e-9d21-0c4b6a1e8f35";
    let begun = Reply::json(202, format!(r#"{{"taskUrl":"{url}"}}"#));
    office.sandbox.reply(Method::POST, "/v2/company-merges", begun);
    let path = "/v2/tasks/company-merges/0f3c2d10-58ab-4c6e-9d21-0c4b6a1e8f35";
    let task = r#"{"id":"0f3c2d10-58ab-4c6e-9d21-0c4b6a1e8f35","status":"success","resultsSummary":{"total":1,"inProgress":0,"success":1,"failed":0}}"#;
    for reply in [missing(), missing(), Reply::json(200, task)] {
        office.sandbox.reply(Method::GET, path, reply);
    }
    office.affinity.companies().merge(first, second).confirm().wait().await.unwrap();
    assert_eq!(office.sandbox.pending_replies(), 0);
    let stranger = CompanyMergeTaskId::new("1f3c2d10-58ab-4c6e-9d21-0c4b6a1e8f35");
    let error = office.affinity.companies().merge_task(stranger).wait().await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
}

#[tokio::test]
async fn a_start_is_not_repeated_and_says_when_its_outcome_is_unknown() {
    let (world, first, second) = two_companies();
    let office = office(world).await;
    office.sandbox.reply(Method::POST, "/v2/company-merges", Reply::empty(202).close_connection());
    let error = office.affinity.companies().merge(first, second).confirm().wait().await.unwrap_err();
    assert!(error.is_outcome_unknown() && !error.is_retryable(), "{error}");
    assert_eq!(office.sandbox.requests().len(), 1);
}

#[tokio::test]
async fn a_start_whose_answer_names_no_task_says_that_it_was_begun() {
    let (world, first, second) = two_companies();
    let office = office(world).await;
    let elsewhere = r#"{"taskUrl":"https://api.example/v2/tasks/company-merges/a/b"}"#;
    let nothing = r#"{"taskUrl":"https://api.example/v2/tasks/company-merges/"}"#;
    let climbing = r#"{"taskUrl":"https://api.example/v2/tasks/company-merges/.."}"#;
    // What stands for a slash in a URL.
    let winding = r#"{"taskUrl":"https://api.example/v2/tasks/company-merges/..\\..\\persons"}"#;
    for answer in ["{}", elsewhere, nothing, climbing, winding, r#"{"taskUrl":null}"#] {
        office.sandbox.reply(Method::POST, "/v2/company-merges", Reply::json(202, answer));
        let error = office.affinity.companies().merge(first, second).confirm().send().await.unwrap_err();
        assert!(error.is_decode() && error.to_string().contains("the merge was begun"), "{answer}: {error}");
        assert!(error.is_outcome_unknown() && !error.is_retryable(), "{error}");
    }
}

#[tokio::test]
async fn what_cannot_be_right_is_refused_before_anything_is_sent() {
    let (world, first, _) = two_companies();
    let office = office(world).await;
    let error = office.affinity.companies().merge(first, first).confirm().wait().await.unwrap_err();
    assert!(error.is_input() && error.to_string().contains("both the survivor and the duplicate"), "{error}");
    let error = office.affinity.persons().merge(PersonId::new(0), PersonId::new(1)).confirm().send().await;
    assert!(error.unwrap_err().is_input());
    let empty = CompanyMergeTaskId::new("");
    assert!(office.affinity.companies().merge_task(empty).wait().await.unwrap_err().is_input());
    assert!(office.sandbox.requests().is_empty());
}

#[tokio::test]
async fn a_merged_company_gives_both_ids_and_its_rows_notes_and_cells_are_the_survivors() {
    let (mut world, first, second) = two_companies();
    let list = world.add_list(List::new("Deals", EntityKind::Company)).unwrap();
    let row = world.add_entry(list, second.get()).unwrap();
    let partner = world.add_list_field(list, NewField::new("Partner", ValueType::Company)).unwrap();
    let other = world.add_entry(list, first.get()).unwrap();
    world.set_value(Place::Entry(other), &partner, CellValue::Company(second.get())).unwrap();
    let note = world.add_note(NewNote::entities("<p>Pricing agreed.</p>").company(second.get())).unwrap();
    let office = office(world).await;
    office.affinity.companies().merge(first, second).confirm().wait().await.unwrap();

    let companies = office.affinity.companies();
    let error = companies.get(second).send().await.unwrap_err();
    let merged = error.merged_away().unwrap();
    assert_eq!((merged.id, merged.into), (second.get(), first.get()));
    let entries = companies.list_entries(first).send().await.unwrap().into_items().unwrap();
    assert!(entries.iter().any(|entry| entry.id.get() == row));
    let partner = affinity::FieldId::from(partner);
    let cell = office.affinity.lists().entry(list.into(), other.into()).cell(partner).send().await.unwrap();
    assert!(matches!(&cell.value, FieldValue::Company(Some(company)) if company.id == first));
    let notes: Vec<_> = companies.notes(first).stream().try_collect().await.unwrap();
    assert_eq!(notes[0].id().unwrap().get(), note);
    let attached = office.affinity.notes().companies(note.into()).send().await.unwrap();
    assert_eq!(attached.items[0].id, first);
}

#[tokio::test]
async fn persons_are_merged_in_the_same_way() {
    let mut world = World::new();
    let [first, second] =
        ["Odd", "Odd V."].map(|name| PersonId::new(world.add_person(Person::new(name)).unwrap()));
    let office = office(world).await;
    let persons = office.affinity.persons();
    let task = persons.merge(first, second).confirm().send().await.unwrap();
    let going_on = persons.merge_task(task.clone()).send().await.unwrap();
    assert_eq!((going_on.status, going_on.results_summary.in_progress), (MergeStatus::InProgress, 1));
    persons.merge_task(task.clone()).with_timeout(S(60)).wait().await.unwrap();
    let merges = persons.merges().filter(PersonMergeFilter::task_id().eq(task)).send().await.unwrap();
    let merge = &merges.items[0];
    assert_eq!((&merge.status, merge.primary_person_id), (&MergeStatus::Success, first));
    let error = persons.get(second).fields(FieldSelection::none()).send().await.unwrap_err();
    assert_eq!(error.merged_away().map(|merged| merged.into), Some(first.get()));
    office.sandbox.fail_next_merge("no");
    let error = persons.merge(second, first).confirm().wait().await.unwrap_err();
    assert!(error.is_task_failed(), "{error}");
}

#[tokio::test]
async fn merges_and_tasks_are_listed_the_newest_first_and_by_status() {
    let sandbox = Sandbox::demo().await.unwrap();
    let companies = builder(&sandbox).build().unwrap().companies();
    let all: Vec<_> = companies.merges().page_size(2).stream().try_collect().await.unwrap();
    assert!(all.len() > 2 && all.windows(2).all(|pair| pair[0].started_at >= pair[1].started_at));
    for status in [MergeStatus::Success, MergeStatus::Failed] {
        let merges =
            companies.merges().filter(CompanyMergeFilter::status().eq(status.clone())).send().await.unwrap();
        assert!(!merges.items.is_empty() && merges.items.iter().all(|merge| merge.status == status));
        let tasks = companies.merge_tasks().filter(CompanyMergeTaskFilter::status().eq(status.clone()));
        let tasks = tasks.send().await.unwrap();
        assert_eq!(tasks.items.len(), merges.items.len());
    }
    let failed = all.iter().find(|merge| merge.status == MergeStatus::Failed).unwrap();
    assert!(failed.error_message.is_some());
}

#[tokio::test]
async fn merging_needs_its_permission() {
    let sandbox = Sandbox::demo().await.unwrap();
    let key = sandbox.api_key_without(Permission::ManageDuplicates);
    let affinity = builder(&sandbox).api_key(key).build().unwrap();
    let error = affinity.companies().merge(1.into(), 2.into()).confirm().wait().await.unwrap_err();
    assert!(error.is_forbidden() && error.task_id().is_none() && !error.is_outcome_unknown(), "{error}");
    assert!(affinity.companies().merges().send().await.unwrap_err().is_forbidden());
    assert!(affinity.persons().merge_tasks().send().await.unwrap_err().is_forbidden());
}
