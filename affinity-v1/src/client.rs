//! The client.

use std::sync::Arc;

use affinity_core::Transport;

use crate::Persons;
use crate::{EntityFiles, Interactions, Notes, RelationshipStrengths, Reminders, Webhooks};

/// A client of v1. Cloning it is cheap; clones share the transport, and so key, pacing and quota.
#[derive(Clone, Debug)]
pub struct Client {
    transport: Arc<Transport>,
}

impl Client {
    /// A client whose calls go through `transport`.
    pub fn over(transport: Arc<Transport>) -> Self {
        Self { transport }
    }

    pub(crate) fn transport(&self) -> &Arc<Transport> {
        &self.transport
    }

    /// Persons, users of the account included.
    pub fn persons(&self) -> Persons {
        Persons::new(self)
    }

    /// Meetings, calls, chat messages and emails.
    pub fn interactions(&self) -> Interactions {
        Interactions::new(self)
    }

    /// How well users of the account know other people.
    pub fn relationship_strengths(&self) -> RelationshipStrengths {
        RelationshipStrengths::new(self)
    }

    /// Notes.
    pub fn notes(&self) -> Notes {
        Notes::new(self)
    }

    /// Files of persons, companies and opportunities.
    pub fn entity_files(&self) -> EntityFiles {
        EntityFiles::new(self)
    }

    /// Reminders.
    pub fn reminders(&self) -> Reminders {
        Reminders::new(self)
    }

    /// Subscriptions to webhooks.
    pub fn webhooks(&self) -> Webhooks {
        Webhooks::new(self)
    }
}
