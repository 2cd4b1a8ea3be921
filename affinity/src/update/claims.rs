//! Which row of a run writes a cell that several rows share.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use affinity_core::ListEntryId;

use super::fingerprint::Fingerprint;

/// The cells of entities that the rows of a run write. Nobody can promise which of two rows would be the last.
pub(crate) struct Claims(Mutex<Claimed>);

struct Claimed {
    rows: HashMap<Fingerprint, ListEntryId>,
    /// What each row has claimed in this run.
    cells: HashMap<ListEntryId, Vec<Fingerprint>>,
}

impl Claims {
    /// With the cells that were written before.
    pub(crate) fn of(rows: HashMap<Fingerprint, ListEntryId>) -> Self {
        Self(Mutex::new(Claimed { rows, cells: HashMap::new() }))
    }

    /// Takes all of the cells for this row, or none: then the place of one that is another row's already, and that row.
    pub(crate) fn claim(
        &self,
        entry: ListEntryId,
        cells: &[Fingerprint],
    ) -> Result<(), (usize, ListEntryId)> {
        let mut claimed = self.claimed();
        for (place, cell) in cells.iter().enumerate() {
            if let Some(other) = claimed.rows.get(cell).filter(|other| **other != entry) {
                return Err((place, *other));
            }
        }
        let new: Vec<_> = cells.iter().filter(|cell| !claimed.rows.contains_key(*cell)).copied().collect();
        claimed.rows.extend(new.iter().map(|cell| (*cell, entry)));
        claimed.cells.insert(entry, new);
        Ok(())
    }

    /// For a row that was not written after all: the cells that others may have now. What it wrote before this run stays
    /// its own.
    pub(crate) fn release(&self, entry: ListEntryId) -> Vec<Fingerprint> {
        let mut claimed = self.claimed();
        let cells = claimed.cells.remove(&entry).unwrap_or_default();
        for cell in &cells {
            claimed.rows.remove(cell);
        }
        cells
    }

    fn claimed(&self) -> MutexGuard<'_, Claimed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
