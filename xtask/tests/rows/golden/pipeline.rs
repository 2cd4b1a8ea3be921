use affinity::{CompanyRef, Date, ListEntryId, Multi, PersonRef};
use serde::Deserialize;

/// A row of the list `Pipeline` (id 101).
///
/// Written by `cargo xtask rows --list 101 --sandbox`. Run that again when a field was renamed or
/// has other values, or the options of a dropdown have changed;
/// `cargo xtask rows --list 101 --sandbox --check FILE` says whether it is time.
#[derive(Debug, Clone, Deserialize)]
pub struct PipelineRow {
    /// The row.
    pub entry_id: ListEntryId,
    /// The opportunity's name.
    pub name: String,
    /// `Organizations` (companies): company-multi, source list.
    /// Never more than 100 come: `Multi::is_complete` says whether these are all.
    pub organizations: Multi<CompanyRef>,
    /// `Status` (field-4403): ranked-dropdown, source list.
    pub status: Option<PipelineRowStatus>,
    /// `Amount` (field-4404): number, source list.
    /// The unit is not told.
    pub amount: Option<f64>,
    /// `Owners` (field-4405): person-multi, source list.
    /// Never more than 100 come: `Multi::is_complete` says whether these are all.
    pub owners: Multi<PersonRef>,
    /// `Close date` (field-4406): datetime, source list.
    pub close_date: Option<Date>,
    /// `Next step` (field-4407): text, source list.
    pub next_step: Option<String>,
    /// `Expected multiple` (field-4408): formula-number, source list.
    /// The unit is not told.
    pub expected_multiple: Option<f64>,
    /// `People` (persons): person-multi, source list.
    /// Never more than 100 come: `Multi::is_complete` says whether these are all.
    pub people: Multi<PersonRef>,
}

/// An option of `Status` (field-4403).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
pub enum PipelineRowStatus {
    /// Option 70007.
    New,
    /// Option 70008.
    #[serde(rename = "In review")]
    InReview,
    /// Option 70009.
    #[serde(rename = "Due diligence")]
    DueDiligence,
    /// Option 70010.
    #[serde(rename = "Term sheet")]
    TermSheet,
    /// Option 70011.
    Won,
    /// Option 70012.
    Lost,
    /// Option 70013.
    Parked,
    /// An option that the field did not have when this was written.
    #[serde(other)]
    Other,
}
