//! Carrying out an update: find out everything, read what must be read, and only then write.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use affinity_core::{Error, FieldId, ListEntryId, ListId, Priority, Result, StatusCode, Transport};
use futures::TryStreamExt;
use futures::future::BoxFuture;

use super::claims::Claims;
use super::entry_update::Verb;
use super::fingerprint::Fingerprint;
use super::lookup::Lookups;
use super::plan::{Found, Plan};
use super::resolve::{Resolution, Resolved, resolve};
use super::{EntryUpdate, Updated};
use crate::endpoint::{SingleEndpoint, check_in_path};
use crate::schema::SchemaKey;
use crate::{Affinity, Entity, Field, FieldSelection, FieldValueUpdate, endpoints};

/// What errors of an update are named after: the call it comes to.
pub(crate) const OPERATION: &str = <endpoints::UpdateCells as SingleEndpoint>::OPERATION;

/// Updates rows of one list. Clones share what they looked up: it is for one call of the user's, and never kept.
#[derive(Clone)]
pub(crate) struct Updater {
    affinity: Affinity,
    list: ListId,
    priority: Priority,
    lookups: Arc<Lookups>,
    /// For a run: how many schemas were read before it. It goes by none of those.
    since: Option<Arc<OnceLock<u64>>>,
}

/// What the run says about one of its updates.
#[derive(Clone, Copy)]
pub(crate) struct InRun<'r> {
    pub(crate) claims: &'r Claims,
    /// The cells are to be as they were when the plan was made.
    pub(crate) if_unchanged: bool,
}

/// All that is left is to write it.
#[derive(Default)]
pub(crate) struct Prepared {
    pub(crate) writes: Vec<(FieldId, FieldValueUpdate)>,
    /// They hold already what they were to hold.
    pub(crate) unchanged: Vec<FieldId>,
    /// The cells among them that other rows share, if it is for a run.
    pub(crate) shared: Vec<Fingerprint>,
    /// That nothing is to be written rests on a cell that may only have looked empty.
    pub(crate) is_doubtful: bool,
}

impl Updater {
    pub(crate) fn new(affinity: &Affinity, list: ListId, priority: Priority) -> Self {
        let lookups = Arc::new(Lookups::new(affinity, priority));
        Self { affinity: affinity.clone(), list, priority, lookups, since: None }
    }

    pub(crate) fn for_run(affinity: &Affinity, list: ListId, priority: Priority) -> Self {
        Self { since: Some(Arc::default()), ..Self::new(affinity, list, priority) }
    }

    /// The same, with nothing looked up yet.
    pub(crate) fn with_priority(self, priority: Priority) -> Self {
        let lookups = Arc::new(Lookups::new(&self.affinity, priority));
        Self { priority, lookups, ..self }
    }

    pub(crate) fn list(&self) -> ListId {
        self.list
    }

    /// Resolves and merges. Nothing is written.
    pub(crate) async fn prepare(
        &self,
        update: &EntryUpdate,
        run: Option<InRun<'_>>,
        until: Option<Instant>,
    ) -> Result<Prepared> {
        // The state of several calls is large, and callers keep it in theirs.
        let work: BoxFuture<'_, _> = Box::pin(async {
            let if_unchanged = run.is_some_and(|run| run.if_unchanged);
            self.check_planned(update, if_unchanged)?;
            let plan = update.planned.as_deref();
            if update.operations.is_empty() && plan.is_some() {
                // It would be no different the next time, and costs nothing.
                return Ok(Prepared { is_doubtful: true, ..Prepared::default() });
            }
            let Resolution { operations, of_opportunities } = self.resolve(update).await?;
            let shared = self.claim(update.entry, &operations, run, until).await?;
            // What is set is written without a look at what it replaces.
            let merges = operations.iter().filter(|it| it.verb != Verb::Set).map(|it| &it.field);
            let guard = plan.filter(|_| if_unchanged);
            let mut wanted: Vec<FieldId> =
                merges.chain(guard.iter().flat_map(|it| it.fields())).cloned().collect();
            let mut seen = HashSet::new();
            wanted.retain(|field| seen.insert(field.clone()));
            let cells = self.read(update.entry, wanted, until).await?;
            self.check_kinds(&operations, &cells)?;
            let applied = guard.map_or(Ok(Vec::new()), |plan| plan.check_unchanged(&cells))?;
            let mut prepared = Prepared { shared, ..Prepared::default() };
            let mut seems_empty = false;
            for one in operations {
                let cell = find(&cells, &one.field);
                let value = match one.verb {
                    Verb::Set => Some(one.value).filter(|_| !applied.contains(&one.field)),
                    Verb::Append | Verb::Remove => one.merged(cell)?,
                };
                match value {
                    Some(value) => prepared.writes.push((one.field, value)),
                    None => {
                        seems_empty |= cell.is_some_and(|cell| cell.value.is_empty());
                        prepared.unchanged.push(one.field);
                    }
                }
            }
            prepared.is_doubtful = of_opportunities && seems_empty && prepared.writes.is_empty();
            Ok(prepared)
        });
        in_time(until, work).await
    }

    /// Resolves, merges and compares with what is there. Nothing is written.
    pub(crate) async fn plan(
        &self,
        update: &EntryUpdate,
        run: Option<InRun<'_>>,
        until: Option<Instant>,
    ) -> Result<Plan> {
        let work: BoxFuture<'_, _> = Box::pin(async {
            self.check_planned(update, false)?;
            if let Some(plan) = update.planned.as_deref().filter(|_| update.operations.is_empty()) {
                return Ok(plan.clone());
            }
            let Resolution { operations, .. } = self.resolve(update).await?;
            self.claim(update.entry, &operations, run, until).await?;
            let wanted = operations.iter().map(|one| one.field.clone()).collect();
            let cells = self.read(update.entry, wanted, until).await?;
            self.check_kinds(&operations, &cells)?;
            let mut plan =
                Plan { list: self.list, entry: update.entry, changes: Vec::new(), kept: Vec::new() };
            for one in operations {
                let cell = find(&cells, &one.field);
                match Found::of(one, cell)? {
                    Found::Change(change) => plan.changes.push(change),
                    Found::Kept(kept) => plan.kept.push(kept),
                }
            }
            Ok(plan)
        });
        in_time(until, work).await
    }

    /// A plan is for its list, and only a plan says how the cells were.
    fn check_planned(&self, update: &EntryUpdate, if_unchanged: bool) -> Result<()> {
        let (entry, list) = (update.entry, self.list);
        match &update.planned {
            Some(plan) if plan.list != list => Err(Error::input(format!(
                "updates: the plan for entry {entry} is of list {}, and this run of {list}",
                plan.list
            ))),
            None if if_unchanged => Err(Error::input(format!(
                "if_unchanged: the update of entry {entry} was not made from a plan, so that it is not known how the \
                 cells were; plan it first, or leave if_unchanged out"
            ))),
            _ => Ok(()),
        }
    }

    async fn resolve(&self, update: &EntryUpdate) -> Result<Resolution> {
        check_in_path("listId", &self.list)?;
        check_in_path("listEntryId", &update.entry)?;
        let since = self.since.as_ref().map(|since| *since.get_or_init(|| self.affinity.schema_reads()));
        resolve(&self.affinity, self.list, update, &self.lookups, since).await
    }

    /// Makes sure that no other row of the run writes a cell of the entity in this one. What is the list's own, each row
    /// has for itself, and nothing is asked for.
    async fn claim(
        &self,
        entry: ListEntryId,
        operations: &[Resolved],
        run: Option<InRun<'_>>,
        until: Option<Instant>,
    ) -> Result<Vec<Fingerprint>> {
        let Some(run) = run else { return Ok(Vec::new()) };
        let shared: Vec<&Resolved> = operations.iter().filter(|one| one.shared).collect();
        if shared.is_empty() {
            return Ok(Vec::new());
        }
        let row = self.affinity.lists().entry(self.list, entry).with_priority(self.priority);
        let row = match left(until) {
            Some(left) => row.with_timeout(left),
            None => row,
        };
        let row = row.send().await?;
        let id = match &row.entity {
            Entity::Company(company) => company.id.get(),
            Entity::Opportunity(opportunity) => opportunity.id.get(),
            Entity::Person(person) => person.id.get(),
            // Whether it is in other rows too cannot be known.
            _ => return Ok(Vec::new()),
        };
        let cell = |one: &&Resolved| Fingerprint::of_cell(row.entity.kind(), id, &one.field);
        let cells: Vec<Fingerprint> = shared.iter().map(cell).collect();
        let Err((place, other)) = run.claims.claim(entry, &cells) else { return Ok(cells) };
        let field = shared.get(place).map(|one| one.place()).unwrap_or_default();
        let kind = row.entity.kind();
        Err(Error::input(format!(
            "updates: {field} of entry {entry} is the same cell in row {other}, since {kind} {id} is in both; write it \
             in one of the two"
        )))
    }

    fn check_kinds(&self, operations: &[Resolved], cells: &[Field]) -> Result<()> {
        let checked = operations.iter().try_for_each(|one| one.check_kind(find(cells, &one.field)));
        checked.inspect_err(|_| self.doubt())
    }

    /// For when the schema does not seem to be what the server has.
    fn doubt(&self) {
        self.affinity.doubt_schema(SchemaKey::List(self.list));
    }

    fn doubt_if_refused<T>(&self, answer: &Result<T>) {
        if answer.as_ref().is_err_and(|error| error.status() == Some(StatusCode::BAD_REQUEST)) {
            self.doubt();
        }
    }

    /// These cells of a row, as they are now.
    pub(crate) async fn read(
        &self,
        entry: ListEntryId,
        fields: Vec<FieldId>,
        until: Option<Instant>,
    ) -> Result<Vec<Field>> {
        if fields.is_empty() {
            return Ok(Vec::new());
        }
        let cells = self.affinity.lists().entry(self.list, entry).cells().fields(FieldSelection::ids(fields));
        let cells = cells.with_priority(self.priority);
        let cells = match left(until) {
            Some(left) => cells.with_timeout(left),
            None => cells,
        };
        let cells = cells.stream().try_collect().await;
        self.doubt_if_refused(&cells);
        cells
    }

    /// Writes in one call, all or nothing. Makes none if there is nothing to write.
    pub(crate) async fn write(
        &self,
        entry: ListEntryId,
        prepared: Prepared,
        until: Option<Instant>,
    ) -> Result<Updated> {
        let Prepared { writes, unchanged, .. } = prepared;
        let written: Vec<FieldId> = writes.iter().map(|(field, _)| field.clone()).collect();
        if !writes.is_empty() {
            let row = self.affinity.lists().entry(self.list, entry);
            let update = row.update_cells().with_priority(self.priority);
            let update = writes.into_iter().fold(update, |update, (field, value)| update.set(field, value));
            let update = match left(until) {
                Some(left) => update.with_timeout(left),
                None => update,
            };
            // The state of a call is large, and callers keep it in theirs.
            let sent = Box::pin(update.send()).await;
            self.doubt_if_refused(&sent);
            sent?;
        }
        Ok(Updated { list: self.list, entry, written, unchanged })
    }
}

/// When the time is up that begins now.
pub(crate) fn until(timeout: Option<Duration>) -> Option<Instant> {
    // Too far away for the clock is as good as no end.
    timeout.and_then(|timeout| Instant::now().checked_add(timeout))
}

fn left(until: Option<Instant>) -> Option<Duration> {
    until.map(|until| until.saturating_duration_since(Instant::now()))
}

/// What only reads can be given up at any moment. A write is given its time instead, so that it can say whether it may
/// have been carried out.
pub(crate) async fn in_time<T>(until: Option<Instant>, work: BoxFuture<'_, Result<T>>) -> Result<T> {
    let done = Transport::in_time(until, work).await;
    done.and_then(|result| result).map_err(|error| error.during(OPERATION))
}

pub(crate) fn find<'c>(cells: &'c [Field], field: &FieldId) -> Option<&'c Field> {
    cells.iter().find(|cell| cell.id == *field)
}
