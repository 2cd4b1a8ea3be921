//! The beginning of a collection, inside of something else.

use serde::Serialize;

/// More than these are only counted.
const LARGEST: usize = 100;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Preview<T> {
    data: Vec<T>,
    total_count: usize,
}

impl<T> Preview<T> {
    pub(super) fn of<R>(items: impl ExactSizeIterator<Item = R>, render: impl Fn(R) -> T) -> Self {
        let total_count = items.len();
        Self { data: items.take(LARGEST).map(render).collect(), total_count }
    }
}
