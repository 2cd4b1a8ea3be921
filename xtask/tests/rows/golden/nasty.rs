use affinity::{CompanyRef, Date, Interaction, ListEntryId, Location, Multi, PersonRef};
use serde::Deserialize;

/// A row of the list `` 🚀 */ `x` `` (id 101).
///
/// Written by `cargo xtask rows --list 101`. Run that again when a field was renamed or has other
/// values, or the options of a dropdown have changed; `cargo xtask rows --list 101 --check FILE`
/// says whether it is time.
#[derive(Debug, Clone, Deserialize)]
pub struct XRow {
    /// The row.
    pub entry_id: ListEntryId,
    /// The opportunity's name.
    pub name: String,
    /// `Organizations` (companies): company-multi, source list.
    /// Never more than 100 come: `Multi::is_complete` says whether these are all.
    pub organizations: Multi<CompanyRef>,
    /// `name` (field-4401): text, source list.
    #[serde(rename = "list:name")]
    pub list_name: Option<String>,
    /// `Created at` (field-4402): datetime, source list.
    #[serde(rename = "Created at")]
    pub list_created_at: Option<Date>,
    /// `self` (field-4403): number, source list.
    /// The unit is not told.
    pub self_: Option<f64>,
    /// `fn` (field-4404): number, source list.
    /// The unit is not told.
    pub r#fn: Option<f64>,
    /// `Amount` (field-4405): number, source list.
    /// The unit is not told.
    #[serde(rename = "field-4405")]
    pub amount: Option<f64>,
    /// `amount` (field-4406): formula-number, source list.
    /// The unit is not told.
    #[serde(rename = "field-4406")]
    pub list_amount: Option<f64>,
    /// `2024 revenue` (field-4407): number, source list.
    /// The unit is not told.
    #[serde(rename = "2024 revenue")]
    pub field_2024_revenue: Option<f64>,
    /// `状態` (field-4408): text, source list.
    #[serde(rename = "状態")]
    pub field_4408: Option<String>,
    /// `Größe` (field-4409): text, source list.
    #[serde(rename = "Größe")]
    pub groesse: Option<String>,
    /// `🚀` (field-4410): location, source list.
    #[serde(rename = "🚀")]
    pub field_4410: Option<Location>,
    /// `` [link](https://x.example) <b> `code` `` (field-4411): filterable-text, source list.
    #[serde(rename = "[link](https://x.example) <b> `code`")]
    pub link_https_x_example_b_code: Option<String>,
    /// `Turned around` (field-4412): interaction, source list.
    #[serde(rename = "Turned \u{202e}around")]
    pub turned_around: Option<Interaction>,
    /// `line break */ "quoted" \` (field-4413): person-multi, source list.
    /// Never more than 100 come: `Multi::is_complete` says whether these are all.
    #[serde(rename = "line\nbreak */ \"quoted\" \\")]
    pub line_break_quoted: Multi<PersonRef>,
    /// `type` (field-4414): dropdown, source list.
    #[serde(rename = "field-4414")]
    pub r#type: Option<XRowType>,
    /// `Type` (field-4415): dropdown-multi, source list.
    /// A row with 100 or more is an error, since some may be missing; `Multi` takes it.
    #[serde(rename = "field-4415")]
    pub list_type: Vec<XRowListType>,
    /// `People` (persons): person-multi, source list.
    /// Never more than 100 come: `Multi::is_complete` says whether these are all.
    pub people: Multi<PersonRef>,
}

/// An option of `type` (field-4414).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
pub enum XRowType {
    /// Option 70001.
    #[serde(rename = "Self")]
    Self_,
    /// Option 70002.
    Other,
    /// Option 70003.
    #[serde(rename = "1. First")]
    Option1First,
    /// Option 70004.
    #[serde(rename = "1 First")]
    Option1First2,
    /// Option 70005.
    #[serde(rename = "状態")]
    Option70005,
    /// Option 70006.
    #[serde(rename = "")]
    Option70006,
    /// Option 70007.
    #[serde(rename = "In\nlines")]
    InLines,
    /// Option 70008.
    #[serde(rename = "self")]
    Self2,
    /// Options 70009 and 70010, which have the same text.
    Same,
    /// An option that the field did not have when this was written.
    #[serde(other)]
    OtherOption,
}

/// An option of `Type` (field-4415).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
pub enum XRowListType {
    /// Option 70011.
    #[serde(rename = "one")]
    One,
    /// Option 70012.
    #[serde(rename = "two")]
    Two,
    /// An option that the field did not have when this was written.
    #[serde(other)]
    Other,
}
