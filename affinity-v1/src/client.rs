//! The client.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use affinity_core::{Access, ReadOnly, ReadWrite, Transport};

use crate::Persons;
use crate::{EntityFiles, Interactions, Notes, RelationshipStrengths, Reminders, Webhooks};

/// A client of v1. Cloning it is cheap; clones share the transport, and so key, pacing and quota.
///
/// What it may do is part of its type, and of what it lends: a `Client<ReadOnly>` and its resources have no methods
/// that write.
#[derive(Clone)]
pub struct Client<A: Access = ReadWrite> {
    transport: Arc<Transport>,
    access: PhantomData<A>,
}

impl Client {
    /// A client whose calls go through `transport`.
    pub fn over(transport: Arc<Transport>) -> Self {
        Self::with_access(transport)
    }
}

impl<A: Access> Client<A> {
    /// The same, with the access that the type says: `Client::<ReadOnly>::with_access(transport)`.
    pub fn with_access(transport: Arc<Transport>) -> Self {
        Self { transport, access: PhantomData }
    }

    /// A client that reads, and has no methods that write. It shares key, pacing and quota. There is no way back.
    ///
    /// ```
    /// # fn example(client: affinity_v1::Client) {
    /// let client = client.read_only();
    /// let call = client.notes().get(affinity_core::NoteId::new(22984));
    /// # let _ = call; }
    /// ```
    ///
    /// Writing does not compile:
    ///
    /// ```compile_fail,E0599
    /// # fn example(client: affinity_v1::Client) {
    /// let client = client.read_only();
    /// let call = client.notes().create(affinity_core::CompanyId::new(4711), "Pricing agreed.");
    /// # let _ = call; }
    /// ```
    ///
    /// ```compile_fail,E0599
    /// # fn example(client: affinity_v1::Client) {
    /// let files = client.read_only().entity_files();
    /// let call = files.upload(affinity_core::CompanyId::new(4711), affinity_v1::Upload::path("deck.pdf"));
    /// # let _ = call; }
    /// ```
    pub fn read_only(&self) -> Client<ReadOnly> {
        Client::with_access(self.transport.clone())
    }

    pub(crate) fn transport(&self) -> &Arc<Transport> {
        &self.transport
    }

    /// Persons, users of the account included.
    pub fn persons(&self) -> Persons<A> {
        Persons::new(self)
    }

    /// Meetings, calls, chat messages and emails.
    pub fn interactions(&self) -> Interactions<A> {
        Interactions::new(self)
    }

    /// How well users of the account know other people.
    pub fn relationship_strengths(&self) -> RelationshipStrengths<A> {
        RelationshipStrengths::new(self)
    }

    /// Notes.
    pub fn notes(&self) -> Notes<A> {
        Notes::new(self)
    }

    /// Files of persons, companies and opportunities.
    pub fn entity_files(&self) -> EntityFiles<A> {
        EntityFiles::new(self)
    }

    /// Reminders.
    pub fn reminders(&self) -> Reminders<A> {
        Reminders::new(self)
    }

    /// Subscriptions to webhooks.
    pub fn webhooks(&self) -> Webhooks<A> {
        Webhooks::new(self)
    }
}

impl<A: Access> fmt::Debug for Client<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if A::WRITES { "Client" } else { "ReadOnlyClient" };
        f.debug_struct(name).field("transport", &self.transport).finish()
    }
}
