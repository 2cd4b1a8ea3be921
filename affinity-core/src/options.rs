//! What a caller may choose for one call.

use std::time::Duration;

/// Options of one call. The transport's settings hold where nothing is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallOptions {
    pub(crate) deadline: Option<Duration>,
    pub(crate) idempotent: Option<bool>,
}

impl CallOptions {
    /// The time for the whole call: waiting for a place, every attempt, and the pauses between them.
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// The time for the whole call, if one was chosen.
    pub fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    /// Says whether the call may be sent again when it is not known if the server carried it out. Without
    /// this, only reads are.
    pub fn with_idempotency(mut self, idempotent: bool) -> Self {
        self.idempotent = Some(idempotent);
        self
    }
}
