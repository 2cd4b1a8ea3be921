//! `/v2/company-merges`, `/v2/person-merges` and the tasks they run in, which work alike.

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use serde::Serialize;
use serde_json::Value;

use super::body::{Part, Problems};
use super::call::{Answer, Call, Outcome, Request, no_such};
use super::filtering::{Filter, Property};
use super::paging::{PageRules, Paging};
use super::route::Route;
use super::values::instant;
use crate::api::Errors;
use crate::filter;
use crate::world::{Company, LARGEST_ID, Merge, MergeStatus, Permission, Person, Record, World};

/// A kind of record that is merged.
trait Merged: Record + 'static {
    /// How many merges or tasks a page holds, the newest first.
    const PAGES: PageRules;
    /// The collection of the tasks.
    const TASKS: &'static str;
    /// The members of a request, and of a merge.
    const PRIMARY: &'static str;
    const DUPLICATE: &'static str;
    fn pair(merge: &Merge) -> Pair;
}

impl Merged for Company {
    const PAGES: PageRules = PageRules { newest_first: true, ..PageRules::USUAL };
    const TASKS: &'static str = "/v2/tasks/company-merges";
    const PRIMARY: &'static str = "primaryCompanyId";
    const DUPLICATE: &'static str = "duplicateCompanyId";

    fn pair(merge: &Merge) -> Pair {
        Pair::Companies { primary_company_id: merge.primary, duplicate_company_id: merge.duplicate }
    }
}

impl Merged for Person {
    const PAGES: PageRules = PageRules { default: 25, ..Company::PAGES };
    const TASKS: &'static str = "/v2/tasks/person-merges";
    const PRIMARY: &'static str = "primaryPersonId";
    const DUPLICATE: &'static str = "duplicatePersonId";

    fn pair(merge: &Merge) -> Pair {
        Pair::Persons { primary_person_id: merge.primary, duplicate_person_id: merge.duplicate }
    }
}

pub(super) fn of_companies() -> Vec<Route> {
    routes::<Company>(
        "/v2/company-merges",
        "/v2/company-merges/{mergeId}",
        "/v2/tasks/company-merges/{taskId}",
    )
}

pub(super) fn of_persons() -> Vec<Route> {
    routes::<Person>("/v2/person-merges", "/v2/person-merges/{mergeId}", "/v2/tasks/person-merges/{taskId}")
}

fn routes<R: Merged>(merges: &'static str, one: &'static str, task: &'static str) -> Vec<Route> {
    let routes = [
        Route::pages(merges, R::PAGES, all_merges::<R>),
        Route::write(Method::POST, merges, start::<R>),
        Route::read(one, one_merge::<R>),
        Route::pages(R::TASKS, R::PAGES, all_tasks::<R>),
        Route::read(task, one_task::<R>),
    ];
    routes.map(|route| route.needs(Permission::ManageDuplicates)).into()
}

const STATUS: Property<Merge> = Property::one_of("status", MergeStatus::WORDS, |_, merge| {
    filter::Value::Text(merge.status().as_str().into())
});
const TASK: Property<Merge> = Property::uuid("taskId", |_, merge| filter::Value::Text(merge.task.clone()));

const MERGES_BY: &[Property<Merge>] = &[STATUS, TASK];
/// A task is as its only merge is.
const TASKS_BY: &[Property<Merge>] = &[STATUS];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MergeBody<'a> {
    id: u64,
    status: &'static str,
    task_id: &'a str,
    started_at: String,
    #[serde(flatten)]
    pair: Pair,
    completed_at: Option<String>,
    error_message: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum Pair {
    Companies { primary_company_id: u64, duplicate_company_id: u64 },
    Persons { primary_person_id: u64, duplicate_person_id: u64 },
}

impl<'a> MergeBody<'a> {
    fn of<R: Merged>(merge: &'a Merge) -> Self {
        Self {
            id: merge.id,
            status: merge.status().as_str(),
            task_id: &merge.task,
            started_at: instant(merge.started_at),
            pair: R::pair(merge),
            completed_at: merge.completed_at().map(instant),
            error_message: merge.error_message(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TaskBody<'a> {
    id: &'a str,
    status: &'static str,
    results_summary: Summary,
}

/// Each merge has a task of its own.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    total: u32,
    in_progress: u32,
    success: u32,
    failed: u32,
}

impl<'a> TaskBody<'a> {
    fn of(merge: &'a Merge) -> Self {
        let status = merge.status();
        let count = |counted| u32::from(status == counted);
        let results_summary = Summary {
            total: 1,
            in_progress: count(MergeStatus::InProgress),
            success: count(MergeStatus::Success),
            failed: count(MergeStatus::Failed),
        };
        Self { id: &merge.task, status: status.as_str(), results_summary }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Started {
    task_url: String,
}

/// Starts a merge. That the two can be merged is not looked at yet: what is wrong with them is the task's to tell.
fn start<R: Merged>(world: &mut World, request: &Request<'_>) -> Outcome {
    let (primary, duplicate) = pair_in::<R>(&request.json()?)?;
    let ids = world.start_merge(R::KIND, primary, duplicate, request.author());
    let task_url = format!("{}{}/{}", request.settings.public_url, R::TASKS, ids.task);
    Answer::with(StatusCode::ACCEPTED, &Started { task_url })
}

fn pair_in<R: Merged>(body: &Value) -> Result<(u64, u64), Errors> {
    let mut problems = Problems::default();
    let [primary, duplicate] = problems.closed(&Part::whole(body), [R::PRIMARY, R::DUPLICATE]);
    let primary = primary.and_then(|part| problems.id(&part));
    let place = duplicate.clone();
    let duplicate = duplicate.and_then(|part| problems.id(&part));
    if let (Some(place), true) = (place, primary.is_some() && primary == duplicate) {
        // Not specified: whether that is found out at once; here it is, since the body shows it.
        problems.reject(&place, format!("{} and {} are the same", R::PRIMARY, R::DUPLICATE));
    }
    problems.done()?;
    // Without problems both are there.
    primary.zip(duplicate).ok_or_else(|| Errors::server("the ids could not be read"))
}

fn all_merges<R: Merged>(call: &Call<'_>, rules: PageRules) -> Outcome {
    let mut params = call.params();
    let filter = params.filter(MERGES_BY);
    let paging = params.paging(rules)?;
    page::<R, _>(call, &paging, &filter, MergeBody::of::<R>)
}

fn all_tasks<R: Merged>(call: &Call<'_>, rules: PageRules) -> Outcome {
    let mut params = call.params();
    let filter = params.filter(TASKS_BY);
    let paging = params.paging(rules)?;
    page::<R, _>(call, &paging, &filter, TaskBody::of)
}

/// When a merge was started, to the microsecond, and its id: what the collections are ordered by.
type Age = (i64, u64);

fn page<'a, R: Merged, T: Serialize>(
    call: &Call<'a>,
    paging: &Paging<Age>,
    filter: &Filter<Merge>,
    render: impl Fn(&'a Merge) -> T,
) -> Outcome {
    let found = call.world.merges_of(R::KIND).filter(|merge| filter.admits(call.world, merge));
    let by_age: BTreeMap<Age, &Merge> =
        found.map(|merge| ((merge.started_at.timestamp_micros(), merge.id), merge)).collect();
    paging.answer(|range| by_age.range(range).map(|(age, merge)| (*age, *merge)), render)
}

fn one_merge<R: Merged>(call: &Call<'_>) -> Outcome {
    let id = call.params().id_up_to(LARGEST_ID, "mergeId")?;
    let merge = call.world.merges_of(R::KIND).find(|merge| merge.id == id);
    Answer::ok(&MergeBody::of::<R>(merge.ok_or_else(|| no_such("merge", id))?))
}

fn one_task<R: Merged>(call: &Call<'_>) -> Outcome {
    let id = call.params().uuid("taskId")?;
    let merge = call.world.merges_of(R::KIND).find(|merge| merge.task == id);
    Answer::ok(&TaskBody::of(merge.ok_or_else(|| no_such("task", id))?))
}
