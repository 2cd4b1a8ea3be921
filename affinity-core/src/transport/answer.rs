//! An answer, read to its end.

use std::fmt;

use http::{HeaderMap, StatusCode};

use crate::Meta;

/// A whole answer, success or not.
#[derive(Clone)]
#[non_exhaustive]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, read to its end.
    pub body: Vec<u8>,
    /// Attempts, quota and request id.
    pub meta: Meta,
}

impl Answer {
    /// An answer of these parts.
    pub fn new(status: StatusCode, headers: HeaderMap, body: Vec<u8>, meta: Meta) -> Self {
        Self { status, headers, body, meta }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.body.len();
        f.debug_struct("Answer").field("status", &self.status).field("bytes", &bytes).finish_non_exhaustive()
    }
}
