//! What a caller may choose for one call.

use std::time::Duration;

use crate::{Cursor, Priority, TenantId};

/// Options of one call. The transport's settings hold where nothing is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallOptions {
    pub(crate) deadline: Option<Duration>,
    pub(crate) idempotent: Option<bool>,
    /// Whether one attempt may take all the time there is.
    pub(crate) whole_deadline: bool,
    pub(crate) priority: Option<Priority>,
    /// Whether the call leaves the account's month as it is.
    pub(crate) free: bool,
    /// The workspace that the key must belong to.
    pub(crate) workspace: Option<TenantId>,
    /// Whether nothing but a read may be sent.
    pub(crate) reads_only: bool,
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

    /// Whether the call goes before others or after them, when not all can go at once. Without this it is
    /// [`Priority::Interactive`].
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.priority = Some(priority);
        self
    }

    /// The priority, if one was chosen.
    pub fn priority(&self) -> Option<Priority> {
        self.priority
    }

    /// The same, where nothing was said yet.
    pub fn or_priority(mut self, priority: Priority) -> Self {
        self.priority.get_or_insert(priority);
        self
    }

    /// Says that the call does not count against the account's month, so that it may go even when the rest of the
    /// month is kept.
    pub fn with_free_of_month(mut self) -> Self {
        self.free = true;
        self
    }

    /// The call goes out only in the workspace that the cursor comes from. One that does not say where it comes from is
    /// taken as it is.
    #[doc(hidden)]
    pub fn at_cursor(mut self, cursor: &Cursor) -> Self {
        self.workspace = cursor.workspace();
        self
    }

    /// Has [`Call::send`](crate::Call::send) refuse what does not only read.
    pub fn with_reads_only(mut self) -> Self {
        self.reads_only = true;
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
