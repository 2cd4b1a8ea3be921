//! Carrying out an update: find out everything, read what must be read, and only then write.

use std::sync::Arc;
use std::time::{Duration, Instant};

use affinity_core::{FieldId, ListEntryId, ListId, Result, StatusCode, Transport};
use futures::TryStreamExt;

use super::entry_update::Verb;
use super::lookup::Lookups;
use super::plan::{Change, Plan};
use super::resolve::{Resolved, resolve};
use super::{EntryUpdate, Updated};
use crate::endpoint::{SingleEndpoint, check_in_path};
use crate::schema::SchemaKey;
use crate::{Affinity, Field, FieldSelection, FieldValueUpdate, endpoints};

/// What errors of an update are named after: the call it comes to.
pub(crate) const OPERATION: &str = <endpoints::UpdateCells as SingleEndpoint>::OPERATION;

/// Updates rows of one list. Clones share what they looked up.
#[derive(Clone)]
pub(crate) struct Updater {
    affinity: Affinity,
    list: ListId,
    lookups: Arc<Lookups>,
}

/// All that is left is to write it.
pub(crate) struct Prepared {
    pub(crate) writes: Vec<(FieldId, FieldValueUpdate)>,
    /// They hold already what they were to hold.
    pub(crate) unchanged: Vec<FieldId>,
}

impl Updater {
    pub(crate) fn new(affinity: &Affinity, list: ListId) -> Self {
        Self { affinity: affinity.clone(), list, lookups: Arc::new(Lookups::new(affinity)) }
    }

    pub(crate) fn list(&self) -> ListId {
        self.list
    }

    /// Resolves and merges. Nothing is written.
    pub(crate) async fn prepare(&self, update: &EntryUpdate, until: Option<Instant>) -> Result<Prepared> {
        let work = async {
            let resolved = self.resolve(update).await?;
            // What is set is written without a look at what it replaces.
            let merges = |it: &&Resolved| it.verb != Verb::Set;
            let wanted: Vec<_> = resolved.iter().filter(merges).map(|it| it.field.clone()).collect();
            let cells = self.read(update.entry, wanted, until).await?;
            let mut prepared = Prepared { writes: Vec::new(), unchanged: Vec::new() };
            for one in resolved {
                let value = match one.verb {
                    Verb::Set => Some(one.value),
                    Verb::Append | Verb::Remove => one.merged(find(&cells, &one.field))?,
                };
                match value {
                    Some(value) => prepared.writes.push((one.field, value)),
                    None => prepared.unchanged.push(one.field),
                }
            }
            Ok(prepared)
        };
        in_time(until, work).await
    }

    /// Resolves, merges and compares with what is there. Nothing is written.
    pub(crate) async fn plan(&self, update: &EntryUpdate, until: Option<Instant>) -> Result<Plan> {
        let work = async {
            let resolved = self.resolve(update).await?;
            let wanted = resolved.iter().map(|one| one.field.clone()).collect();
            let cells = self.read(update.entry, wanted, until).await?;
            let changes = resolved.into_iter().map(|one| {
                let cell = find(&cells, &one.field);
                Change::of(one, cell)
            });
            let changes: Vec<Option<Change>> = changes.collect::<Result<_>>()?;
            Ok(Plan {
                list: self.list,
                entry: update.entry,
                changes: changes.into_iter().flatten().collect(),
            })
        };
        in_time(until, work).await
    }

    async fn resolve(&self, update: &EntryUpdate) -> Result<Vec<Resolved>> {
        check_in_path("listId", &self.list)?;
        check_in_path("listEntryId", &update.entry)?;
        resolve(&self.affinity, self.list, update, &self.lookups).await
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
        let cells = match left(until) {
            Some(left) => cells.with_timeout(left),
            None => cells,
        };
        cells.stream().try_collect().await
    }

    /// Writes in one call, all or nothing. Makes none if there is nothing to write.
    pub(crate) async fn write(
        &self,
        entry: ListEntryId,
        prepared: Prepared,
        until: Option<Instant>,
    ) -> Result<Updated> {
        let Prepared { writes, unchanged } = prepared;
        let written: Vec<FieldId> = writes.iter().map(|(field, _)| field.clone()).collect();
        if !writes.is_empty() {
            let update = self.affinity.lists().entry(self.list, entry).update_cells();
            let update = writes.into_iter().fold(update, |update, (field, value)| update.set(field, value));
            let update = match left(until) {
                Some(left) => update.with_timeout(left),
                None => update,
            };
            let sent = update.send().await;
            if sent.as_ref().is_err_and(|error| error.status() == Some(StatusCode::BAD_REQUEST)) {
                self.affinity.doubt_schema(SchemaKey::List(self.list));
            }
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
pub(crate) async fn in_time<T>(
    until: Option<Instant>,
    work: impl Future<Output = Result<T>> + Send,
) -> Result<T> {
    // The state of several calls is large, and callers keep it in theirs.
    let done = Transport::in_time(until, Box::pin(work)).await;
    done.and_then(|result| result).map_err(|error| error.during(OPERATION))
}

pub(crate) fn find<'c>(cells: &'c [Field], field: &FieldId) -> Option<&'c Field> {
    cells.iter().find(|cell| cell.id == *field)
}
