//! The rows of a list.

use affinity_core::{ListEntryId, ListId, Result, Scope};
use affinity_v2_raw::{Client, Paged};

use crate::endpoint::{Ask, CollectionEndpoint, Raw, Sealed, SingleEndpoint, check_in_path};
use crate::fields::{OF_LIST_ENTRIES, types_of};
use crate::{Collection, FieldSelection, ListEntry, Single};

/// See [`Lists::entries`](crate::resources::Lists::entries).
#[derive(Clone, Debug)]
pub struct ListEntries {
    pub(crate) list: ListId,
    pub(crate) fields: FieldSelection,
}

impl Collection<ListEntries> {
    /// Which field values come with each row: by ids, or of any category. Without this, none.
    pub fn fields(mut self, fields: FieldSelection) -> Self {
        self.endpoint.fields = fields;
        self
    }
}

impl Sealed for ListEntries {}

impl CollectionEndpoint for ListEntries {
    type Item = ListEntry;
    const OPERATION: &'static str = "list_list_entries";

    fn check(&self) -> Result<()> {
        check_in_path("listId", &self.list)?;
        self.fields.check(OF_LIST_ENTRIES)
    }

    fn scope(&self, scope: Scope) -> Scope {
        self.fields.scope(scope.with("listId", self.list), OF_LIST_ENTRIES)
    }

    async fn page(self, client: Client, ask: Ask) -> Raw<Paged<ListEntry>> {
        let (ids, types) = (self.fields.field_ids(), types_of(&self.fields, OF_LIST_ENTRIES));
        client.list_list_entries(&self.list, ask.cursor(), ids.as_ref(), types.as_ref(), ask.limit()).await
    }
}

/// See [`Lists::entry`](crate::resources::Lists::entry).
#[derive(Clone, Debug)]
pub struct OneListEntry {
    pub(crate) list: ListId,
    pub(crate) entry: ListEntryId,
    pub(crate) fields: FieldSelection,
}

impl Single<OneListEntry> {
    /// Which field values come with the row: by ids, or of any category. Without this, none.
    pub fn fields(mut self, fields: FieldSelection) -> Self {
        self.endpoint.fields = fields;
        self
    }
}

impl Sealed for OneListEntry {}

impl SingleEndpoint for OneListEntry {
    type Output = ListEntry;
    const OPERATION: &'static str = "get_list_entry";

    fn check(&self) -> Result<()> {
        check_in_path("listId", &self.list)?;
        check_in_path("listEntryId", &self.entry)?;
        self.fields.check(OF_LIST_ENTRIES)
    }

    async fn call(self, client: Client) -> Raw<ListEntry> {
        let (ids, types) = (self.fields.field_ids(), types_of(&self.fields, OF_LIST_ENTRIES));
        client.get_list_entry(&self.list, &self.entry, ids.as_ref(), types.as_ref()).await
    }
}
