use chrono::{DateTime, Utc};

use super::{World, default_instant};

/// Who changes something, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Author {
    /// A person id; `None` when nobody is known to have done it.
    pub(crate) user: Option<u64>,
    pub(crate) at: DateTime<Utc>,
}

impl World {
    /// Whoever sets up a world, at the moment everything in it was made.
    pub(crate) fn founder(&self) -> Author {
        Author { user: Some(self.main_user()).filter(|id| *id > 0), at: default_instant() }
    }
}
