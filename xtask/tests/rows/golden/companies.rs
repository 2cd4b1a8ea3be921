use affinity::{CompanyId, Date, Interaction, Location, PersonRef};
use serde::Deserialize;

/// A company.
///
/// Written by `cargo xtask rows --companies --sandbox --all`. Run that again when a field was
/// renamed or has other values, or the options of a dropdown have changed;
/// `cargo xtask rows --companies --sandbox --check FILE` says whether it is time.
#[derive(Debug, Clone, Deserialize)]
pub struct CompanyRow {
    /// The company.
    pub entity_id: CompanyId,
    /// The company's name.
    pub name: String,
    /// `Description` (affinity-data-description): text, source affinity-data.
    pub description: Option<String>,
    /// `Industry` (affinity-data-industry): filterable-text-multi, source affinity-data.
    /// A row with 100 or more is an error, since some may be missing; `Multi` takes it.
    pub industry: Vec<String>,
    /// `Investment Stage` (affinity-data-investment-stage): filterable-text, source affinity-data.
    pub investment_stage: Option<String>,
    /// `Investors` (affinity-data-investors): filterable-text-multi, source affinity-data.
    /// A row with 100 or more is an error, since some may be missing; `Multi` takes it.
    pub investors: Vec<String>,
    /// `Last Funding Amount (USD)` (affinity-data-last-funding-amount): number, source
    /// affinity-data.
    /// The unit is not told.
    #[serde(rename = "Last Funding Amount (USD)")]
    pub last_funding_amount_usd: Option<f64>,
    /// `Last Funding Date` (affinity-data-last-funding-date): datetime, source affinity-data.
    pub last_funding_date: Option<Date>,
    /// `LinkedIn URL` (affinity-data-linkedin-url): text, source affinity-data.
    #[serde(rename = "LinkedIn URL")]
    pub linked_in_url: Option<String>,
    /// `Location` (affinity-data-location): location, source affinity-data.
    pub location: Option<Location>,
    /// `Number of Employees` (affinity-data-number-of-employees): number, source affinity-data.
    /// The unit is not told.
    pub number_of_employees: Option<f64>,
    /// `Total Funding Amount (USD)` (affinity-data-total-funding-amount): number, source
    /// affinity-data.
    /// The unit is not told.
    #[serde(rename = "Total Funding Amount (USD)")]
    pub total_funding_amount_usd: Option<f64>,
    /// `Year Founded` (affinity-data-year-founded): number, source affinity-data.
    /// The unit is not told.
    pub year_founded: Option<f64>,
    /// `Thesis fit` (field-4401): dropdown, source global.
    pub thesis_fit: Option<CompanyRowThesisFit>,
    /// `First Chat Message` (first-chat-message): interaction, source relationship-intelligence.
    pub first_chat_message: Option<Interaction>,
    /// `First Email` (first-email): interaction, source relationship-intelligence.
    pub first_email: Option<Interaction>,
    /// `First Event` (first-event): interaction, source relationship-intelligence.
    pub first_event: Option<Interaction>,
    /// `Last Chat Message` (last-chat-message): interaction, source relationship-intelligence.
    pub last_chat_message: Option<Interaction>,
    /// `Last Contact` (last-contact): interaction, source relationship-intelligence.
    pub last_contact: Option<Interaction>,
    /// `Last Email` (last-email): interaction, source relationship-intelligence.
    pub last_email: Option<Interaction>,
    /// `Last Event` (last-event): interaction, source relationship-intelligence.
    pub last_event: Option<Interaction>,
    /// `Next Event` (next-event): interaction, source relationship-intelligence.
    pub next_event: Option<Interaction>,
    /// `Source of Introduction` (source-of-introduction): person, source relationship-intelligence.
    pub source_of_introduction: Option<PersonRef>,
}

/// An option of `Thesis fit` (field-4401).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
pub enum CompanyRowThesisFit {
    /// Option 70001.
    Strong,
    /// Option 70002.
    Fair,
    /// Option 70003.
    Weak,
    /// An option that the field did not have when this was written.
    #[serde(other)]
    Other,
}
