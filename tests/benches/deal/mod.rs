//! The struct that rows are read into, and the schema of their list.

use affinity::{Date, PersonRef, Schema};
use affinity_tests::large_schema;
use serde::Deserialize;

/// How many values a row has.
pub(crate) const ROW_VALUES: usize = 30;
/// How many rows a page has.
pub(crate) const ROWS: usize = 100;

/// Five of thirty.
#[derive(Deserialize)]
#[allow(dead_code, reason = "reading it is what is measured")]
pub(crate) struct Deal {
    #[serde(rename = "Column 1")]
    thesis: Option<String>,
    #[serde(rename = "Column 4")]
    amount: Option<f64>,
    #[serde(rename = "Column 6")]
    close: Option<Date>,
    #[serde(rename = "Column 11")]
    status: Option<String>,
    #[serde(rename = "Column 13")]
    owners: Vec<PersonRef>,
}

pub(crate) fn schema() -> Schema {
    serde_json::from_str(&large_schema(ROW_VALUES)).unwrap()
}
