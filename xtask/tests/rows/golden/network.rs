use affinity::{CompanyRef, ListEntryId, Multi};
use serde::Deserialize;

/// A row of the list `Network` (id 103).
///
/// Written by `cargo xtask rows --list 103 --sandbox --fields field-4412,companies`. Run that again
/// when a field was renamed or has other values, or the options of a dropdown have changed;
/// `cargo xtask rows --list 103 --sandbox --check FILE` says whether it is time.
#[derive(Debug, Clone, Deserialize)]
pub struct NetworkRow {
    /// The row.
    pub entry_id: ListEntryId,
    /// The person's full name, if there is any.
    pub name: Option<String>,
    /// `Strength` (field-4412): number, source list.
    /// The unit is not told.
    pub strength: Option<f64>,
    /// `Organizations` (companies): company-multi, source list.
    /// Never more than 100 come: `Multi::is_complete` says whether these are all.
    pub organizations: Multi<CompanyRef>,
}
