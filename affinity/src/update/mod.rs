//! Writing rows in the words of the people who keep them: names of fields, texts of options, addresses of persons,
//! domains of companies.
//!
//! One row, [`Single::update`]:
//!
//! ```no_run
//! # async fn example(affinity: affinity::Affinity, list: affinity::ListId, entry: affinity::ListEntryId)
//! # -> affinity::Result<()> {
//! affinity
//!     .lists()
//!     .entry(list, entry)
//!     .update()
//!     .set("Status", "Won")
//!     .set("Amount", 2_500_000)
//!     .append("Owners", "ines@quillfern.example")
//!     .clear("Next step")
//!     .send()
//!     .await?;
//! # Ok(()) }
//! ```
//!
//! [`plan`](RowUpdate::plan) in place of `send` shows what would change; [`Lists::apply`](crate::resources::Lists::apply)
//! carries it out later. Many rows: [`Lists::updates`](crate::resources::Lists::updates), which with a [`Journal`] can be
//! stopped at any moment and run again.

mod bulk;
mod claims;
mod entry_update;
mod fingerprint;
mod journal;
mod lookup;
mod merge;
mod plan;
mod resolve;
mod updater;
mod value;

use std::fmt;
use std::time::Duration;

use affinity_core::{FieldId, ListEntryId, ListId, Priority, Result};

use crate::list_entries::OneListEntry;
use crate::{Affinity, Single};
use updater::{Updater, until};

pub use bulk::{EntryPlan, Outcome, Plans, Reports, UpdateReport, Updates};
pub use entry_update::{EntryUpdate, FieldKey};
pub use journal::Journal;
pub use plan::{ApplyPlan, CellState, Change, Kept, Plan};
pub use value::SetValue;

impl Single<OneListEntry> {
    /// Changes cells of this row, by the names of fields and the texts of options: all of them, or, if one is refused,
    /// none. Everything is found out before anything is written: what a name, a text, an address or a domain stands for
    /// is found exactly, or the update is refused with the candidates.
    ///
    /// Routes: v2 `PATCH /v2/lists/{listId}/list-entries/{listEntryId}/fields` for the write; before it the list's schema,
    /// unless that is known; v1 `GET /persons` and `GET /organizations` for addresses and domains (a call for every 500
    /// that the search brings: it is fuzzy, and all of it is compared), anew for each `send` and `plan`; for append and
    /// remove v2 `GET /v2/lists/{listId}/list-entries/{listEntryId}/fields`. Permission: "Export data from Lists", and the
    /// right to edit the list in the product.
    ///
    /// Names go by the schema that the client keeps, for ten minutes unless it was told otherwise: of two fields that
    /// swapped their names meanwhile, the wrong one would be written, and likewise options. What is missing, or refused,
    /// makes it look again; [`forget_schemas`](crate::Affinity::forget_schemas) before the update closes that window, as
    /// do ids in place of names.
    ///
    /// [`update_cells`](Single::update_cells) does the same for ids and typed values, and makes no call but the write.
    pub fn update(&self) -> RowUpdate {
        let OneListEntry { list, entry, .. } = self.endpoint;
        let (affinity, update) = (self.affinity.clone(), EntryUpdate::new(entry));
        let (timeout, priority) = (self.options.deadline(), self.options.priority().unwrap_or_default());
        RowUpdate { affinity, list, update, timeout, priority }
    }
}

/// What to change in one row: see [`Single::update`].
#[derive(Clone)]
#[must_use = "nothing is written until `send`"]
pub struct RowUpdate {
    affinity: Affinity,
    list: ListId,
    update: EntryUpdate,
    timeout: Option<Duration>,
    priority: Priority,
}

/// Without the values, which can be people's data.
impl fmt::Debug for RowUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("RowUpdate");
        debug.field("list", &self.list).field("update", &self.update).finish_non_exhaustive()
    }
}

impl RowUpdate {
    /// Writes this into a cell, in place of what is in it. What can be given is said at [`SetValue`].
    pub fn set(self, field: impl Into<FieldKey>, value: impl Into<SetValue>) -> Self {
        self.with(|update| update.set(field, value))
    }

    /// Empties a cell.
    pub fn clear(self, field: impl Into<FieldKey>) -> Self {
        self.with(|update| update.clear(field))
    }

    /// Adds to the values of a cell that holds several. What is there already is not added again.
    ///
    /// The API replaces whole lists only, so the cell is read, and what is written is what was there and the new
    /// values. A cell whose value is said to be hidden, or may have been cut (the server gives the first 100, so 100 or
    /// more), is refused: the rest would be lost. A change by somebody else between the two calls is overwritten.
    ///
    /// Before version 2026-07-15 the server does not say that a value is hidden: it looks empty, and nothing can tell it
    /// from an empty one. What stands in the way of losing it is that the server refuses to write cells that it does not
    /// show (403; seen in later versions only, and not confirmed for earlier ones).
    pub fn append(self, field: impl Into<FieldKey>, values: impl Into<SetValue>) -> Self {
        self.with(|update| update.append(field, values))
    }

    /// Takes from the values of a cell that holds several. What is not there is no error; before version 2026-07-15 that
    /// is also what a hidden value looks like. Otherwise as [`append`](Self::append).
    pub fn remove(self, field: impl Into<FieldKey>, values: impl Into<SetValue>) -> Self {
        self.with(|update| update.remove(field, values))
    }

    fn with(mut self, change: impl FnOnce(EntryUpdate) -> EntryUpdate) -> Self {
        self.update = change(self.update);
        self
    }

    /// The time for all of it: finding out, reading and writing, waiting and repeats included.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Whether its calls go before others or after them when not all can go at once. Without this they are
    /// [`Priority::Interactive`].
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// Writes, in one call, all or nothing. Makes no write if append and remove turn out to change nothing and nothing
    /// else is asked for.
    ///
    /// # Errors
    ///
    /// `is_input`, with nothing written; the message names the field and what to do:
    ///
    /// - no field has the name, or several have it; the same field twice, whatever it was called; none at all, or more
    ///   than 100;
    /// - the value is not one for the value type of the field, or fields of the type cannot be written;
    /// - no option has exactly the text, or several have it. No option is ever created;
    /// - nobody has the address or domain, or several have it;
    /// - append or remove, and the value is hidden or may have been cut, or the list becomes longer than 100.
    ///
    /// 400 if the server refuses a value, because the field's type has changed, say: nothing is written then either.
    /// `is_outcome_unknown`: send it again, which comes to the same.
    pub async fn send(self) -> Result<Updated> {
        let Self { affinity, list, update, timeout, priority } = self;
        let (updater, until) = (Updater::new(&affinity, list, priority), until(timeout));
        let prepared = updater.prepare(&update, None, until).await?;
        updater.write(update.entry, prepared, until).await
    }

    /// What [`send`](Self::send) would change. Reads the cells, and writes nothing. Before version 2026-07-15 a hidden
    /// cell is shown as an empty one: see [`append`](Self::append).
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send), but for those of the write.
    pub async fn plan(self) -> Result<Plan> {
        let Self { affinity, list, update, timeout, priority } = self;
        Updater::new(&affinity, list, priority).plan(&update, None, until(timeout)).await
    }
}

/// What an update wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Updated {
    /// The list.
    pub list: ListId,
    /// The row.
    pub entry: ListEntryId,
    /// The fields whose cells were written.
    pub written: Vec<FieldId>,
    /// The fields that were not written since their cells were already as they were to be: of append and remove, and of
    /// a plan with [`if_unchanged`](ApplyPlan::if_unchanged).
    pub unchanged: Vec<FieldId>,
}

impl Updated {
    /// Whether there was nothing to write.
    pub fn is_unchanged(&self) -> bool {
        self.written.is_empty()
    }
}
