//! One page of any collection, as it stands on the wire.

use serde::{Deserialize, Serialize};

use crate::tolerant::null_as_empty;

/// A page as it stands on the wire. Every page schema of the document reads as this one type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Paged<T> {
    /// The items. Null, which one collection declares, reads as none.
    #[serde(deserialize_with = "null_as_empty", bound(deserialize = "T: Deserialize<'de>"))]
    pub data: Vec<T>,
    /// How to go on. Null has been seen on some collections (observed), and means the end.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub pagination: Pagination,
}

/// How to go on from a page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Pagination {
    /// The page before; none on the first.
    pub prev_url: Option<String>,
    /// The next page; none on the last, whatever this one holds.
    pub next_url: Option<String>,
    /// How many items there are over all pages, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_count: Option<u64>,
}
