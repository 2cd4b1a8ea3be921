//! Merging two companies, or two persons, into one.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use affinity_core::{
    Access, CallOptions, CompanyId, CompanyMergeId, CompanyMergeTaskId, Error, PersonId, PersonMergeId,
    PersonMergeTaskId, Priority, ReadOnly, Result,
};
use affinity_v2_raw::types::{CompanyMergeRequest, CompanyMergeResponse, PersonMergeRequest};
use affinity_v2_raw::{Client, Error as RawError};

use crate::collection::LARGEST_PAGE;
use crate::endpoint::{Filtered, InPath, Raw, Sealed, check_in_path, plain_collection, plain_single};
use crate::filter::{CompanyMergeFilter, CompanyMergeTaskFilter, PersonMergeFilter, PersonMergeTaskFilter};
use crate::{
    Affinity, CompanyMergeState, CompanyMergeTask, MergeStatus, PersonMergeState, PersonMergeTask, Single,
};

/// A merge that is not confirmed yet. It cannot be undone, so it takes a deliberate [`confirm`](Self::confirm).
#[derive(Clone, Debug)]
#[must_use = "nothing is merged until `confirm` and then `send` or `wait`"]
pub struct Merge<K: Mergeable> {
    affinity: Affinity,
    primary: K::Id,
    duplicate: K::Id,
}

impl<K: Mergeable> Merge<K> {
    pub(crate) fn new(affinity: &Affinity, primary: K::Id, duplicate: K::Id) -> Self {
        Self { affinity: affinity.clone(), primary, duplicate }
    }

    /// Yes, merge them. Nothing is sent yet.
    pub fn confirm(self) -> ConfirmedMerge<K> {
        ConfirmedMerge { merge: self, options: CallOptions::default() }
    }
}

/// A merge that may begin.
#[derive(Clone, Debug)]
#[must_use = "nothing is merged until `send` or `wait`"]
pub struct ConfirmedMerge<K: Mergeable> {
    merge: Merge<K>,
    options: CallOptions,
}

/// How long a merge is waited for unless the caller says so.
const PATIENCE: Duration = Duration::from_secs(300);
/// The first pause between two looks at a task, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

impl<K: Mergeable> ConfirmedMerge<K> {
    /// The time for the whole of [`send`](Self::send) or [`wait`](Self::wait). Without this, that of a call for
    /// the one, 5 minutes for the other.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.options = self.options.with_deadline(timeout);
        self
    }

    /// Whether its calls, looks at the task included, go before others or after them when not all can go at once.
    /// Without this they are [`Priority::Interactive`].
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.options = self.options.with_priority(priority);
        self
    }

    /// Begins the merge, and gives the task that carries it out on the server.
    ///
    /// # Errors
    ///
    /// The two are the same record (`is_input`), or the call failed. One whose outcome is not known
    /// (`is_outcome_unknown`) may have begun the merge, and has begun it if the answer came and does not name the
    /// task (`is_decode`): look at the merges before trying again. It is never sent twice by itself, unless it surely
    /// was not carried out.
    pub async fn send(self) -> Result<K::TaskId> {
        let options = self.options.clone();
        self.begin(options).await
    }

    /// Begins the merge, and waits until it is done: looks at the task, less and less often. Who gives up waiting
    /// by dropping this has no task in hand: [`send`](Self::send), and then wait on the task, for that.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); and, all with [`Error::task_id`]:
    ///
    /// - the server could not merge them (`is_task_failed`): the message says why;
    /// - it was not done in time (`is_timeout`): the server goes on; wait again on the task;
    /// - the task could not be looked at.
    pub async fn wait(self) -> Result<K::Task> {
        let watch = Watch::start(self.merge.affinity.read_only(), self.options.clone());
        let options = watch.options();
        let task = self.begin(options).await?;
        let done = watch.until_done::<K>(&task, FRESH).await;
        done.map_err(|error| if error.is_task_failed() { error } else { error.under_way() })
    }

    async fn begin(self, options: CallOptions) -> Result<K::TaskId> {
        let Merge { affinity, primary, duplicate } = self.merge;
        K::check(primary, duplicate).map_err(|error| error.during(K::START))?;
        let client = affinity.raw_with(options);
        let unnamed = |client: &Client| {
            let why = "the merge was begun, but the answer does not name its task; look at the merges";
            Error::decode("taskUrl", why).during(K::START).with_meta(client.meta()).under_way()
        };
        match K::start(client.clone(), primary, duplicate).await {
            Ok(url) => K::task_of(&url).ok_or_else(|| unnamed(&client)),
            Err(RawError::InvalidResponsePayload(..)) => Err(unnamed(&client)),
            Err(error) => Err(client.explain::<CompanyMergeResponse>(K::START, error).await),
        }
    }
}

/// How long what was just written may not be there to be read: half a second was observed, "longer under load".
const FRESH: Duration = Duration::from_secs(5);

/// Looking at a task until it is done, or the time is up.
struct Watch {
    affinity: Affinity<ReadOnly>,
    deadline: std::time::Instant,
    /// Of each look.
    options: CallOptions,
}

impl Watch {
    fn start(affinity: Affinity<ReadOnly>, options: CallOptions) -> Self {
        let patience = options.deadline().unwrap_or(PATIENCE);
        let now = affinity.timer().now();
        // Too far away for the clock is as good as the longest wait there is.
        let deadline = now.checked_add(patience).unwrap_or(now + Duration::from_secs(365 * 24 * 3600));
        Self { affinity, deadline, options }
    }

    fn options(&self) -> CallOptions {
        self.options.clone().with_deadline(self.left())
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(self.affinity.timer().now())
    }

    /// For the time of `fresh`, a task that is not there counts as not there yet.
    async fn until_done<K: Mergeable>(&self, id: &K::TaskId, fresh: Duration) -> Result<K::Task> {
        let (start, mut pause) = (self.affinity.timer().now(), FIRST_PAUSE);
        loop {
            let not_done = match self.look::<K>(id).await {
                Ok(task) => match K::status(&task) {
                    MergeStatus::Success => return Ok(task),
                    MergeStatus::Failed => return Err(self.failure::<K>(id).await),
                    MergeStatus::Unknown(status) => Error::task_unfinished(Some(status.as_str().to_owned())),
                    _ => Error::task_unfinished(None),
                },
                // The time of this look was what was left.
                Err(error) if error.is_timeout() && self.left().is_zero() => Error::task_unfinished(None),
                Err(error) => {
                    let age = self.affinity.timer().now().saturating_duration_since(start);
                    if !(passes(&error) || error.is_not_found() && age < fresh) {
                        return Err(error.of_task(id));
                    }
                    error
                }
            };
            let left = self.left();
            if left <= FIRST_PAUSE {
                return Err(not_done.during(K::LOOK).of_task(id));
            }
            // So that the last look is not long before the end.
            self.affinity.timer().sleep(pause.min((left / 2).max(FIRST_PAUSE))).await;
            pause = pause.mul_f64(1.5).min(LONGEST_PAUSE);
        }
    }

    async fn look<K: Mergeable>(&self, id: &K::TaskId) -> Result<K::Task> {
        let client = self.affinity.raw_with(self.options());
        match K::look(client.clone(), id).await {
            Ok(answer) => Ok(answer.into_inner()),
            Err(error) => Err(client.explain::<K::Task>(K::LOOK, error).await),
        }
    }

    /// The reason is with the merge, not with its task.
    async fn failure<K: Mergeable>(&self, id: &K::TaskId) -> Error {
        let reason = K::reason(&self.affinity, id.clone(), self.options()).await;
        Error::task_failed(reason).during(K::START).of_task(id)
    }
}

/// Whether the next look can go better.
fn passes(error: &Error) -> bool {
    error.is_retryable() || error.status().is_some_and(|status| status.is_server_error())
}

/// What can be merged: [`OfCompanies`] or [`OfPersons`]. Not for implementing elsewhere.
pub trait Mergeable: Sealed + Clone + fmt::Debug + Send + Sync + 'static {
    /// The id of a record.
    type Id: Copy + fmt::Debug + Send + Sync + 'static;
    /// The id of a task.
    type TaskId: Clone + fmt::Debug + fmt::Display + Send + Sync + 'static;
    /// How far the server is.
    type Task: serde::de::DeserializeOwned + Send + 'static;
    #[doc(hidden)]
    const START: &'static str;
    #[doc(hidden)]
    const LOOK: &'static str;

    #[doc(hidden)]
    fn check(primary: Self::Id, duplicate: Self::Id) -> Result<()>;
    #[doc(hidden)]
    fn start(
        client: Client,
        primary: Self::Id,
        duplicate: Self::Id,
    ) -> impl Future<Output = Result<String, RawError<()>>> + Send;
    #[doc(hidden)]
    fn task_of(url: &str) -> Option<Self::TaskId>;
    #[doc(hidden)]
    fn look(client: Client, id: &Self::TaskId) -> impl Future<Output = Raw<Self::Task>> + Send;
    #[doc(hidden)]
    fn status(task: &Self::Task) -> &MergeStatus;
    #[doc(hidden)]
    fn reason(
        affinity: &Affinity<ReadOnly>,
        id: Self::TaskId,
        options: CallOptions,
    ) -> impl Future<Output = Result<Option<String>>> + Send;
}

/// Merges of companies.
#[derive(Clone, Copy, Debug)]
pub enum OfCompanies {}

/// Merges of persons.
#[derive(Clone, Copy, Debug)]
pub enum OfPersons {}

macro_rules! mergeable {
    ($of:ty: $id:ty, $task_id:ty, $task:ty; $resource:ident, $start:ident, $look:ident, $segment:literal;
     $request:ident { $primary:ident, $duplicate:ident }; $filter:ty) => {
        impl Sealed for $of {}

        impl Mergeable for $of {
            type Id = $id;
            type TaskId = $task_id;
            type Task = $task;
            const START: &'static str = stringify!($start);
            const LOOK: &'static str = stringify!($look);

            fn check(primary: $id, duplicate: $id) -> Result<()> {
                check_in_path("primary", &primary)?;
                check_in_path("duplicate", &duplicate)?;
                if primary != duplicate {
                    return Ok(());
                }
                Err(Error::input(format!("merge: {primary} is both the survivor and the duplicate")))
            }

            async fn start(client: Client, $primary: $id, $duplicate: $id) -> Result<String, RawError<()>> {
                let body = $request { $primary, $duplicate };
                client.$start(&body).await.map(|answer| answer.into_inner().task_url)
            }

            fn task_of(url: &str) -> Option<$task_id> {
                let id = last_segment(url, $segment).map(<$task_id>::new);
                id.filter(|id| id.misfit().is_none())
            }

            async fn look(client: Client, id: &$task_id) -> Raw<$task> {
                client.$look(id).await
            }

            fn status(task: &$task) -> &MergeStatus {
                &task.status
            }

            async fn reason(
                affinity: &Affinity<ReadOnly>,
                id: $task_id,
                options: CallOptions,
            ) -> Result<Option<String>> {
                let merges = affinity.$resource().merges().filter(<$filter>::task_id().eq(id.clone()));
                let merges = merges.with_options(options).send().await?.into_items()?;
                // A filter that the server does not know is one it ignores.
                let of_task = merges.into_iter().filter(|merge| merge.task_id == id);
                Ok(of_task.filter_map(|merge| merge.error_message).next())
            }
        }
    };
}

mergeable!(OfCompanies: CompanyId, CompanyMergeTaskId, CompanyMergeTask;
    companies, start_company_merge, get_company_merge_task, "/tasks/company-merges/";
    CompanyMergeRequest { primary_company_id, duplicate_company_id }; CompanyMergeFilter);
mergeable!(OfPersons: PersonId, PersonMergeTaskId, PersonMergeTask;
    persons, start_person_merge, get_person_merge_task, "/tasks/person-merges/";
    PersonMergeRequest { primary_person_id, duplicate_person_id }; PersonMergeFilter);

/// The id at the end of a task's URL. Only that is used: a URL from an answer decides neither host nor path of a
/// call.
fn last_segment<'a>(url: &'a str, before: &str) -> Option<&'a str> {
    let path = url.split(['?', '#']).next()?;
    let id = path.rsplit_once(before)?.1.trim_end_matches('/');
    (!id.contains('/')).then_some(id)
}

plain_collection! {
    /// See [`Companies::merges`](crate::resources::Companies::merges).
    CompanyMerges {} list_company_merges(cursor, filter, limit) -> CompanyMergeState
}

impl Filtered for CompanyMerges {
    type Properties = CompanyMergeFilter;
}

plain_single! {
    /// See [`Companies::get_merge`](crate::resources::Companies::get_merge).
    OneCompanyMerge { merge: CompanyMergeId as "mergeId" } get_company_merge -> CompanyMergeState
}

plain_collection! {
    /// See [`Companies::merge_tasks`](crate::resources::Companies::merge_tasks).
    CompanyMergeTasks {} list_company_merge_tasks(cursor, filter, limit) -> CompanyMergeTask
}

impl Filtered for CompanyMergeTasks {
    type Properties = CompanyMergeTaskFilter;
}

plain_single! {
    /// See [`Companies::merge_task`](crate::resources::Companies::merge_task).
    OneCompanyMergeTask { task: CompanyMergeTaskId as "taskId" } get_company_merge_task -> CompanyMergeTask
}

plain_collection! {
    /// See [`Persons::merges`](crate::resources::Persons::merges).
    PersonMerges {} list_person_merges(cursor, filter, limit) -> PersonMergeState, limit LARGEST_PAGE
}

impl Filtered for PersonMerges {
    type Properties = PersonMergeFilter;
}

plain_single! {
    /// See [`Persons::get_merge`](crate::resources::Persons::get_merge).
    OnePersonMerge { merge: PersonMergeId as "mergeId" } get_person_merge -> PersonMergeState
}

plain_collection! {
    /// See [`Persons::merge_tasks`](crate::resources::Persons::merge_tasks).
    PersonMergeTasks {} list_person_merge_tasks(cursor, filter, limit) -> PersonMergeTask, limit LARGEST_PAGE
}

impl Filtered for PersonMergeTasks {
    type Properties = PersonMergeTaskFilter;
}

plain_single! {
    /// See [`Persons::merge_task`](crate::resources::Persons::merge_task).
    OnePersonMergeTask { task: PersonMergeTaskId as "taskId" } get_person_merge_task -> PersonMergeTask
}

macro_rules! waiting {
    ($endpoint:ty, $of:ty, $task:ty) => {
        impl<A: Access> Single<$endpoint, A> {
            /// Waits until the task is done: looks at it, less and less often, for 5 minutes or the time of
            /// [`with_timeout`](Single::with_timeout).
            ///
            /// # Errors
            ///
            /// As [`ConfirmedMerge::wait`]; a task that does not exist is an error at once.
            pub async fn wait(self) -> Result<$task> {
                check_in_path("taskId", &self.endpoint.task).map_err(|error| error.during(<$of>::LOOK))?;
                let watch = Watch::start(self.affinity.read_only(), self.options);
                watch.until_done::<$of>(&self.endpoint.task, Duration::ZERO).await
            }
        }
    };
}

waiting!(OneCompanyMergeTask, OfCompanies, CompanyMergeTask);
waiting!(OnePersonMergeTask, OfPersons, PersonMergeTask);
