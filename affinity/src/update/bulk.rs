//! Updating many rows: a few at a time, each on its own.

use std::collections::HashSet;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use affinity_core::{Error, ListEntryId, ListId, Result};
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};

use super::fingerprint::Fingerprint;
use super::journal::State;
use super::updater::{OPERATION, Updater, until};
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
    ///
    /// Routes and permission: as [`update`](crate::Single::update). A row costs one call, and one more if something is
    /// appended or removed.
    ///
    /// ```no_run
    /// # async fn example(affinity: affinity::Affinity, list: affinity::ListId, won: Vec<affinity::ListEntryId>)
    /// # -> affinity::Result<()> {
    /// use affinity::update::{EntryUpdate, Journal, Outcome};
    /// use futures::StreamExt;
    ///
    /// let updates = won.into_iter().map(|entry| EntryUpdate::new(entry).set("Status", "Won").clear("Next step"));
    /// let mut reports =
    ///     affinity.lists().updates(list, updates).journal(Journal::open("won.journal")?).send()?;
    /// while let Some(report) = reports.next().await {
    ///     match report.outcome {
    ///         Outcome::Refused(error) => eprintln!("{}: not written: {error}", report.entry),
    ///         Outcome::Unknown(error) => eprintln!("{}: written or not: {error}", report.entry),
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn updates<I>(&self, list: ListId, updates: I) -> Updates
    where
        I: IntoIterator<Item = EntryUpdate>,
        I::IntoIter: Send + 'static,
    {
        self.updates_from(list, stream::iter(updates))
    }

    /// The same for a stream, such as the rows of a list and what is to become of them.
    pub fn updates_from(
        &self,
        list: ListId,
        updates: impl Stream<Item = EntryUpdate> + Send + 'static,
    ) -> Updates {
        let updater = Updater::new(&self.affinity, list);
        Updates { updater, updates: updates.boxed(), concurrency: 4, journal: None, timeout: None }
    }
}

/// Many updates: see [`Lists::updates`].
#[must_use = "nothing is written until the stream of `send` is polled"]
pub struct Updates {
    updater: Updater,
    updates: BoxStream<'static, EntryUpdate>,
    concurrency: usize,
    journal: Option<Journal>,
    timeout: Option<Duration>,
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

    /// The time for each row, waiting and repeats included.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// What would change, row by row, in the order the answers come. Nothing is written, and no journal is looked at.
    ///
    /// # Errors
    ///
    /// `is_input` for a concurrency of 0, or a list that can be none. What concerns one row is in its
    /// [`EntryPlan`].
    pub fn plans(self) -> Result<Plans> {
        self.check()?;
        let Self { updater, updates, concurrency, timeout, .. } = self;
        let plans = once_each(updates).map(move |(update, first)| {
            let updater = updater.clone();
            async move {
                let entry = update.entry;
                let plan = match first {
                    true => updater.plan(&update, until(timeout)).await,
                    false => Err(twice(entry)),
                };
                EntryPlan { entry, plan }
            }
        });
        Ok(Plans(plans.buffer_unordered(concurrency).boxed()))
    }

    /// Writes row by row, and reports on each in the order the answers come. Nothing is sent before the first poll.
    /// Dropping the stream stops the run where it is: rows under way may or may not be written, which with a journal the
    /// next run settles.
    ///
    /// Errors that concern every row, such as a key that is not accepted, are reported for every row: drop the stream
    /// where that is clear.
    ///
    /// # Errors
    ///
    /// `is_input` for a concurrency of 0, or a list that can be none; `is_local` for a journal of another list, or one
    /// that cannot be written. What concerns one row is in its [`UpdateReport`].
    pub fn send(self) -> Result<Reports> {
        self.check()?;
        let Self { updater, updates, concurrency, mut journal, timeout } = self;
        if let Some(journal) = &mut journal {
            journal.bind(updater.list())?;
        }
        let run = Arc::new(Run { updater, journal: journal.map(Mutex::new), timeout });
        let reports = once_each(updates).map(move |(update, first)| {
            let run = run.clone();
            async move {
                let entry = update.entry;
                let outcome = match first {
                    true => run.carry_out(update).await,
                    false => Outcome::Refused(twice(entry)),
                };
                UpdateReport { entry, outcome }
            }
        });
        Ok(Reports(reports.buffer_unordered(concurrency).boxed()))
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

/// Says of each update whether it is the first of its row.
fn once_each(
    updates: BoxStream<'static, EntryUpdate>,
) -> impl Stream<Item = (EntryUpdate, bool)> + Send + 'static {
    let mut seen = HashSet::new();
    updates.map(move |update| {
        let first = seen.insert(update.entry);
        (update, first)
    })
}

fn twice(entry: ListEntryId) -> Error {
    let why = "is there twice, and which of the two would be written last cannot be promised; put them into one update";
    Error::input(format!("updates: entry {entry} {why}")).during(OPERATION)
}

/// What the updates of one run share.
struct Run {
    updater: Updater,
    journal: Option<Mutex<Journal>>,
    timeout: Option<Duration>,
}

impl Run {
    async fn carry_out(&self, update: EntryUpdate) -> Outcome {
        let (entry, until) = (update.entry, until(self.timeout));
        let print = Fingerprint::of(&update);
        if self.with_journal(|journal| journal.is_done(entry, print)).unwrap_or(false) {
            return Outcome::AlreadyDone;
        }
        let note = |state| self.with_journal(|journal| journal.note(entry, print, state)).unwrap_or(Ok(()));
        let prepared = match self.updater.prepare(&update, until).await {
            Ok(prepared) => prepared,
            // Nothing was begun: what the journal says of an earlier run stands.
            Err(error) => return Outcome::Refused(error),
        };
        let nothing = prepared.writes.is_empty();
        if !nothing && let Err(error) = note(State::Begun) {
            return Outcome::Refused(error.during(OPERATION));
        }
        let written = self.updater.write(entry, prepared, until).await;
        let (state, outcome) = match written {
            Ok(_) if nothing => (State::Done, Outcome::Unchanged),
            Ok(_) => (State::Done, Outcome::Done),
            Err(error) if error.is_outcome_unknown() => (State::Unknown, Outcome::Unknown(error)),
            Err(error) => (State::Refused, Outcome::Refused(error)),
        };
        // Without this line the row is done again, which comes to the same.
        let _ = note(state);
        outcome
    }

    fn with_journal<T>(&self, work: impl FnOnce(&mut Journal) -> T) -> Option<T> {
        let journal = self.journal.as_ref()?;
        Some(work(&mut journal.lock().unwrap_or_else(PoisonError::into_inner)))
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
    /// It was append or remove, and the values were as they were to be.
    Unchanged,
    /// The journal says that an earlier run did the same to the row. No call was made: whether the row is still so was
    /// not looked at.
    AlreadyDone,
    /// It was surely not written, and the row is as it was. Some errors pass:
    /// [`is_retryable`](affinity_core::Error::is_retryable).
    Refused(Error),
    /// It may or may not have been written, as a whole. Doing it again comes to the same.
    Unknown(Error),
}

impl Outcome {
    /// Whether the row holds what it is to hold, as far as is known: done now, or before, or nothing to do.
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

macro_rules! streams {
    ($($(#[$about:meta])* $name:ident of $item:ty;)+) => { $(
        $(#[$about])*
        #[must_use = "nothing is sent until the stream is polled"]
        pub struct $name(BoxStream<'static, $item>);

        impl Stream for $name {
            type Item = $item;

            fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<$item>> {
                self.0.poll_next_unpin(cx)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )+ };
}

streams! {
    /// The reports of [`Updates::send`], as they come.
    Reports of UpdateReport;
    /// The plans of [`Updates::plans`], as they come.
    Plans of EntryPlan;
}
