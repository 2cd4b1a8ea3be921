//! What a caller may choose for one call.

use std::time::Duration;

/// Options of one call. The transport's settings hold where nothing is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallOptions {
    pub(crate) deadline: Option<Duration>,
    pub(crate) idempotent: Option<bool>,
    /// Whether one attempt may take all the time there is.
    pub(crate) whole_deadline: bool,
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

    /// Lets one attempt take all the time of the deadline, as sending a large file does.
    pub fn with_one_long_attempt(mut self) -> Self {
        self.whole_deadline = true;
        self
    }

    /// Says whether the call may be sent again when it is not known if the server carried it out. Without
    /// this, only reads are.
    pub fn with_idempotency(mut self, idempotent: bool) -> Self {
        self.idempotent = Some(idempotent);
        self
    }

    /// The same, where nothing was said yet.
    pub fn or_idempotency(mut self, idempotent: bool) -> Self {
        self.idempotent.get_or_insert(idempotent);
        self
    }
}
