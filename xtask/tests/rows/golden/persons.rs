use affinity::PersonId;
use serde::Deserialize;

/// A person.
///
/// Written by `cargo xtask rows --persons --sandbox`. Run that again when a field was renamed or
/// has other values, or the options of a dropdown have changed;
/// `cargo xtask rows --persons --sandbox --check FILE` says whether it is time.
#[derive(Debug, Clone, Deserialize)]
pub struct PersonRow {
    /// The person.
    pub entity_id: PersonId,
    /// The person's full name, if there is any.
    pub name: Option<String>,
    /// `Topics` (field-4402): dropdown-multi, source global.
    /// A row with 100 or more is an error, since some may be missing; `Multi` takes it.
    pub topics: Vec<PersonRowTopics>,
}

/// An option of `Topics` (field-4402).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
pub enum PersonRowTopics {
    /// Option 70004.
    Climate,
    /// Option 70005.
    Tools,
    /// Option 70006.
    Care,
    /// An option that the field did not have when this was written.
    #[serde(other)]
    Other,
}
