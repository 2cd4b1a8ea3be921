//! Updating many rows: a few at a time, each on its own.

use std::collections::HashSet;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use affinity_core::{Error, ListEntryId, ListId, Priority, Result};
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt, future};

use super::claims::Claims;
use super::fingerprint::Fingerprint;
use super::journal::State;
use super::updater::{InRun, OPERATION, Updater, until};
use super::{EntryUpdate, Journal, Plan};
use crate::endpoint::check_in_path;
use crate::resources::Lists;

impl Lists {
    /// Updates many rows of a list, a few at a time. Each row is an update of its own, as with
    /// [`update`](crate::Single::update): written as a whole or not at all, and no refusal stops the others.
    ///
    /// What is given is taken as it is needed, never more than are under way at once, so it can be a long iterator; a
    /// stream goes to [`updates_from`](Self::updates_from). Kept in memory are a number for each row seen, what the
    /// journal says of rows, and up to 10,000 addresses and domains that were looked up: each of those is looked up once.
    /// Names go by the schema as it is when the run begins, which is read anew, once; again only if something is not in
    /// it, or the server refuses what it says is right.
    ///
    /// An entity can be in several rows, and a field that is not the list's own (a global or enriched one, say) is one
    /// cell in all of them. What one row of the run has written there, no other may, nor in a later start with the same
    /// journal: the second is refused, and names the first. For that, a row with such a field costs one call more.
    ///
    /// When the key is not accepted any more (401), or the calls of the month are spent
    /// ([`is_quota_exhausted`](affinity_core::Error::is_quota_exhausted)), all rows that are left are refused with that
    /// error, without a call.
    ///
    /// Routes and permission: as [`update`](crate::Single::update). A row costs one call; one more if something is
    /// appended or removed, or with [`if_unchanged`](Updates::if_unchanged); and one more, v2 `GET
    /// /v2/lists/{listId}/list-entries/{listEntryId}`, if it has a field that is not the list's own.
    ///
    /// ```no_run
    /// # async fn example(affinity: affinity::Affinity, list: affinity::ListId, won: Vec<affinity::ListEntryId>)
    /// # -> affinity::Result<()> {
    /// use affinity::update::{EntryUpdate, Journal, Outcome};
    /// use futures::TryStreamExt;
    ///
    /// let updates = won.into_iter().map(|entry| EntryUpdate::new(entry).set("Status", "Won").clear("Next step"));
    /// let mut reports =
    ///     affinity.lists().updates(list, updates).journal(Journal::open("won.journal")?).send()?;
    /// while let Some(report) = reports.try_next().await? {
    ///     match report.outcome {
    ///         Outcome::Refused(error) => eprintln!("{}: not written: {error}", report.entry),
    ///         Outcome::Unknown(error) => eprintln!("{}: written or not: {error}", report.entry),
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// The updates are made one by one as they are needed, so what they are made from goes along: `into_iter()` where
    /// `iter()` would borrow, or a `collect()` into a list.
    pub fn updates<I>(&self, list: ListId, updates: I) -> Updates
    where
        I: IntoIterator<Item = EntryUpdate>,
        I::IntoIter: Send + 'static,
    {
        self.updates_from(list, stream::iter(updates))
    }

    /// The same for a stream.
    pub fn updates_from(
        &self,
        list: ListId,
        updates: impl Stream<Item = EntryUpdate> + Send + 'static,
    ) -> Updates {
        self.try_updates_from(list, updates.map(Ok))
    }

    /// The same for a stream that can fail, such as the rows of a list and what is to become of them. An error in it ends
    /// the run: what is under way is carried out and reported, the error comes last, and nothing after it is taken.
    ///
    /// ```no_run
    /// # async fn example(affinity: affinity::Affinity, list: affinity::ListId) -> affinity::Result<()> {
    /// use affinity::update::EntryUpdate;
    /// use futures::TryStreamExt;
    ///
    /// let rows = affinity.lists().entries(list).stream();
    /// let updates = rows.map_ok(|row| EntryUpdate::new(row.id).clear("Next step"));
    /// let mut reports = affinity.lists().try_updates_from(list, updates).send()?;
    /// while let Some(report) = reports.try_next().await? {
    ///     if let Some(error) = report.outcome.error() {
    ///         eprintln!("{}: {error}", report.entry);
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn try_updates_from(
        &self,
        list: ListId,
        updates: impl Stream<Item = Result<EntryUpdate>> + Send + 'static,
    ) -> Updates {
        Updates {
            updater: Updater::for_run(&self.affinity, list, Priority::Bulk),
            updates: updates.boxed(),
            concurrency: 4,
            journal: None,
            timeout: None,
            if_unchanged: false,
        }
    }
}

/// Many updates: see [`Lists::updates`].
#[must_use = "nothing is written until the stream of `send` is polled"]
pub struct Updates {
    updater: Updater,
    updates: BoxStream<'static, Result<EntryUpdate>>,
    concurrency: usize,
    journal: Option<Journal>,
    timeout: Option<Duration>,
    if_unchanged: bool,
}

impl fmt::Debug for Updates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Updates");
        debug.field("list", &self.updater.list()).field("concurrency", &self.concurrency);
        debug.field("journal", &self.journal).finish_non_exhaustive()
    }
}

impl Updates {
    /// How many rows are under way at once, at least 1. Without this, 4. The client has a limit of its own on calls:
    /// [`concurrency`](crate::AffinityBuilder::concurrency).
    pub fn concurrency(mut self, rows: usize) -> Self {
        self.concurrency = rows;
        self
    }

    /// Notes in this journal what is done, and leaves out what it says is done.
    pub fn journal(mut self, journal: Journal) -> Self {
        self.journal = Some(journal);
        self
    }

    /// For updates that were made from [plans](Plan): reads the cells of a row again right before it is written, and
    /// refuses it if one is not as it was when the plan was made, as
    /// [`ApplyPlan::if_unchanged`](super::ApplyPlan::if_unchanged) does. Updates that were made otherwise are refused. Has
    /// no part in [`plans`](Self::plans).
    pub fn if_unchanged(mut self) -> Self {
        self.if_unchanged = true;
        self
    }

    /// The time for each row, waiting and repeats included.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Whether the calls go before others or after them when not all can go at once. Without this they are
    /// [`Priority::Bulk`].
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.updater = self.updater.with_priority(priority);
        self
    }

    /// What would change, row by row, in the order the answers come. Nothing is written, and no journal is looked at. Of
    /// two rows that would write one cell of an entity, the second has no plan, as it would not be written.
    ///
    /// # Errors
    ///
    /// `is_input` for a concurrency of 0, or a list that can be none. What concerns one row is in its
    /// [`EntryPlan`].
    pub fn plans(self) -> Result<Plans> {
        self.check()?;
        let Self { updater, updates, concurrency, timeout, .. } = self;
        let run = Arc::new(Run::new(updater, None, timeout, false));
        let plan = move |update: EntryUpdate, first: bool| {
            let run = run.clone();
            async move {
                let entry = update.entry;
                let plan = if first { run.plan(update).await } else { Err(twice(entry)) };
                EntryPlan { entry, plan }
            }
        };
        Ok(Plans(Paced::new(each(updates, concurrency, plan))))
    }

    /// Writes row by row, and reports on each in the order the answers come. Nothing is sent before the first poll.
    /// Dropping the stream stops the run where it is: rows under way may or may not be written, which with a journal the
    /// next run settles.
    ///
    /// The stream itself fails only if what it was [given](Lists::try_updates_from) does.
    ///
    /// # Errors
    ///
    /// `is_input` for a concurrency of 0, or a list that can be none; `is_local` for a journal of another list, or one
    /// that cannot be written. What concerns one row is in its [`UpdateReport`].
    pub fn send(self) -> Result<Reports> {
        self.check()?;
        let Self { updater, updates, concurrency, mut journal, timeout, if_unchanged } = self;
        if let Some(journal) = &mut journal {
            journal.bind(updater.list())?;
        }
        let run = Arc::new(Run::new(updater, journal, timeout, if_unchanged));
        let shared = run.clone();
        let carry_out = move |update: EntryUpdate, first: bool| {
            let run = shared.clone();
            async move {
                let entry = update.entry;
                let outcome =
                    if first { run.carry_out(update).await } else { Outcome::Refused(twice(entry)) };
                UpdateReport { entry, outcome }
            }
        };
        Ok(Reports { stream: Paced::new(each(updates, concurrency, carry_out)), run })
    }

    fn check(&self) -> Result<()> {
        check_in_path("listId", &self.updater.list()).map_err(|error| error.during(OPERATION))?;
        match self.concurrency {
            0 => {
                Err(Error::input("concurrency: 0 rows at once come to nothing; at least 1").during(OPERATION))
            }
            _ => Ok(()),
        }
    }
}

/// Works on each update, and says whether it is the first of its row. An error among them ends it: it comes when what
/// is under way is done.
fn each<T, F>(
    updates: BoxStream<'static, Result<EntryUpdate>>,
    concurrency: usize,
    work: impl Fn(EntryUpdate, bool) -> F + Send + 'static,
) -> BoxStream<'static, Result<T>>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let failed: Arc<Mutex<Option<Error>>> = Arc::default();
    let (slot, mut seen) = (failed.clone(), HashSet::new());
    let sound = updates.scan((), move |(), update| {
        let update = update.map_err(|error| *locked(&slot) = Some(error)).ok();
        future::ready(update)
    });
    let work = sound.map(move |update| {
        let first = seen.insert(update.entry);
        work(update, first)
    });
    let end = stream::once(async move { locked(&failed).take() });
    let end = end.filter_map(|error| future::ready(error.map(Err)));
    work.buffer_unordered(concurrency).map(Ok).chain(end).fuse().boxed()
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn twice(entry: ListEntryId) -> Error {
    let why = "is there twice, and which of the two would be written last cannot be promised; put them into one update";
    Error::input(format!("updates: entry {entry} {why}")).during(OPERATION)
}

/// What the updates of one run share.
struct Run {
    updater: Updater,
    journal: Mutex<Option<Journal>>,
    timeout: Option<Duration>,
    if_unchanged: bool,
    claims: Claims,
    /// Why no row can be written any more.
    stopped: OnceLock<Error>,
}

impl Run {
    fn new(
        updater: Updater,
        journal: Option<Journal>,
        timeout: Option<Duration>,
        if_unchanged: bool,
    ) -> Self {
        let claims = Claims::of(journal.as_ref().map(Journal::cells).unwrap_or_default());
        let journal = Mutex::new(journal);
        Self { updater, journal, timeout, if_unchanged, claims, stopped: OnceLock::new() }
    }

    async fn plan(&self, update: EntryUpdate) -> Result<Plan> {
        if let Some(error) = self.stopped.get() {
            return Err(error.clone());
        }
        let run = InRun { claims: &self.claims, if_unchanged: false };
        let plan = self.updater.plan(&update, Some(run), until(self.timeout)).await;
        if let Err(error) = &plan {
            self.claims.release(update.entry);
            self.stop_if_all_fail(error);
        }
        plan
    }

    async fn carry_out(&self, update: EntryUpdate) -> Outcome {
        let print = Fingerprint::of(&update);
        if self.with_journal(|journal| journal.is_done(update.entry, print)).unwrap_or(false) {
            return Outcome::AlreadyDone;
        }
        if let Some(error) = self.stopped.get() {
            return Outcome::Refused(error.clone());
        }
        let outcome = self.try_out(&update, print).await;
        if let Some(error) = outcome.error() {
            self.stop_if_all_fail(error);
        }
        outcome
    }

    async fn try_out(&self, update: &EntryUpdate, print: Fingerprint) -> Outcome {
        let (entry, until) = (update.entry, until(self.timeout));
        // A row that was begun in an earlier run may have been written by that.
        let earlier = self.with_journal(|journal| journal.is_unsettled(entry, print)).unwrap_or(false);
        let release = || if earlier { Vec::new() } else { self.claims.release(entry) };
        let run = InRun { claims: &self.claims, if_unchanged: self.if_unchanged };
        let mut prepared = match self.updater.prepare(update, Some(run), until).await {
            Ok(prepared) => prepared,
            // Nothing was begun: what the journal says of an earlier run stands.
            Err(error) => {
                release();
                return Outcome::Refused(error);
            }
        };
        let (nothing, cells) = (prepared.writes.is_empty(), std::mem::take(&mut prepared.shared));
        let is_doubtful = prepared.is_doubtful;
        let note_with = |state, cells: &[Fingerprint]| {
            self.with_journal(|journal| journal.note(entry, print, state, cells)).unwrap_or(Ok(()))
        };
        let note = |state| note_with(state, &cells);
        if !nothing && let Err(error) = note(State::Begun) {
            release();
            return Outcome::Refused(error.during(OPERATION));
        }
        let written = self.updater.write(entry, prepared, until).await;
        // Without its line the row is done again, which comes to the same.
        match written {
            Ok(_) if nothing => {
                if !is_doubtful {
                    let _ = note(State::Done);
                }
                Outcome::Unchanged
            }
            Ok(_) => {
                let _ = note(State::Done);
                Outcome::Done
            }
            // Of one that was carried out nobody can say that it was not written.
            Err(error) if error.is_outcome_unknown() || error.is_carried_out() => {
                let _ = note(State::Unknown);
                Outcome::Unknown(error)
            }
            Err(error) => {
                let freed = release();
                let _ = if earlier { note(State::Unknown) } else { note_with(State::Refused, &freed) };
                Outcome::Refused(error)
            }
        }
    }

    /// What is wrong with the key or the account is wrong for every row, and asking for each would cost a call.
    fn stop_if_all_fail(&self, error: &Error) {
        // A key that v1 refuses is good for rows without addresses.
        let of_v1 = error.operation().is_some_and(|operation| operation.starts_with("v1_"));
        let of_all = error.is_quota_exhausted() || error.is_wrong_workspace();
        if of_all || error.is_unauthorized() && !of_v1 {
            // Only the first counts.
            let _ = self.stopped.set(error.clone());
        }
    }

    fn with_journal<T>(&self, work: impl FnOnce(&mut Journal) -> T) -> Option<T> {
        locked(&self.journal).as_mut().map(work)
    }
}

/// What became of one row.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UpdateReport {
    /// The row.
    pub entry: ListEntryId,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of the update of one row.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// It was written.
    Done,
    /// There was nothing to write: append and remove found the values as they were to be, or a plan changes nothing, or
    /// was applied before. On a list of opportunities, where a cell that looks empty may be hidden, a journal does not
    /// note append and remove on such a cell as done: the next run looks again.
    Unchanged,
    /// The journal says that an earlier run did the same to the row. No call was made, and none ever will be with this
    /// journal: whether the row is still so was not looked at.
    AlreadyDone,
    /// What this run would have written was surely not written. If an earlier run began the same and did not learn the
    /// outcome, that one may have written it: the journal keeps such a row
    /// [unsettled](super::Journal::unsettled). Some errors pass:
    /// [`is_retryable`](affinity_core::Error::is_retryable).
    Refused(Error),
    /// It may or may not have been written, as a whole. Doing it again comes to the same.
    Unknown(Error),
}

impl Outcome {
    /// Whether nothing is left to do: it was written now, or by an earlier run, or was so already. What others did to the
    /// row since, nobody looked at.
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Done | Self::Unchanged | Self::AlreadyDone)
    }

    /// The error of a row that was refused or whose outcome is unknown.
    pub fn error(&self) -> Option<&Error> {
        match self {
            Self::Refused(error) | Self::Unknown(error) => Some(error),
            _ => None,
        }
    }
}

/// What an update would change in one row, or why it cannot be made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EntryPlan {
    /// The row.
    pub entry: ListEntryId,
    /// What would change.
    pub plan: Result<Plan>,
}

/// The reports of [`Updates::send`], as they come. When they have come to their end, the journal's file is free for
/// others.
#[must_use = "nothing is sent until the stream is polled"]
pub struct Reports {
    stream: Paced<UpdateReport>,
    run: Arc<Run>,
}

impl Reports {
    /// The journal of the run, if it has one: to see what is [done](Journal::done) and
    /// [unsettled](Journal::unsettled), or for the next run. Before the end of the stream this stops the run, as dropping
    /// it does.
    pub fn into_journal(self) -> Option<Journal> {
        let Self { stream, run } = self;
        drop(stream);
        locked(&run.journal).take()
    }
}

impl Stream for Reports {
    type Item = Result<UpdateReport>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = self.stream.poll_next_unpin(cx);
        if let Poll::Ready(None) = polled {
            self.run.with_journal(Journal::release);
        }
        polled
    }
}

impl fmt::Debug for Reports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reports").finish_non_exhaustive()
    }
}

/// The plans of [`Updates::plans`], as they come.
#[must_use = "nothing is sent until the stream is polled"]
pub struct Plans(Paced<EntryPlan>);

impl Stream for Plans {
    type Item = Result<EntryPlan>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(cx)
    }
}

impl fmt::Debug for Plans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plans").finish_non_exhaustive()
    }
}

/// Lets others work now and then: rows that are done already are ready at once, and there can be many.
struct Paced<T> {
    stream: BoxStream<'static, Result<T>>,
    in_a_row: u8,
}

/// How many items may come at once.
const AT_ONCE: u8 = 128;

impl<T> Paced<T> {
    fn new(stream: BoxStream<'static, Result<T>>) -> Self {
        Self { stream, in_a_row: 0 }
    }
}

impl<T> Stream for Paced<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.in_a_row >= AT_ONCE {
            self.in_a_row = 0;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let polled = self.stream.poll_next_unpin(cx);
        self.in_a_row = if polled.is_ready() { self.in_a_row + 1 } else { 0 };
        polled
    }
}
