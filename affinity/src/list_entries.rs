//! The rows of a list.

use affinity_core::{Access, ListEntryId, ListId, ReadOnly, Result, Scope};
use affinity_v1 as v1;
use affinity_v2_raw::{Client, Paged};

use crate::endpoint::{Ask, CollectionEndpoint, Raw, ReadEndpoint, Sealed, SingleEndpoint, check_in_path};
use crate::fields::{OF_LIST_ENTRIES, types_of};
use crate::{Collection, FieldSelection, ListEntry, Single};

/// See [`Lists::entries`](crate::resources::Lists::entries).
#[derive(Clone, Debug)]
pub struct ListEntries {
    pub(crate) list: ListId,
    pub(crate) fields: FieldSelection,
}

impl<A: Access> Collection<ListEntries, A> {
    /// Which field values come with each row: by ids, or of any category. Without this, none.
    pub fn fields(mut self, fields: FieldSelection) -> Self {
        self.endpoint.fields = fields;
        self
    }
}

impl Collection<ListEntries> {
    /// Puts a company or person on the list. It can be there several times: look first, with the rows of the
    /// company or person. Not repeated by itself when its outcome is not known. An opportunity is put there by
    /// creating it.
    ///
    /// Route: v1 `POST /lists/{list_id}/list-entries`.
    ///
    /// # Errors
    ///
    /// 422 with [`param`](affinity_core::Error::param) `entity_id`: the list holds another kind (observed).
    pub fn add(&self, member: impl Into<v1::ListMember>) -> v1::Call<v1::AddListEntry> {
        self.affinity.v1().list_entries().add(self.endpoint.list, member)
    }

    /// Takes a row off the list, and deletes the values in it. The company or person stays; **an opportunity is
    /// deleted with its row**. This cannot be undone.
    ///
    /// Route: v1 `DELETE /lists/{list_id}/list-entries/{list_entry_id}`.
    pub fn remove(&self, entry: ListEntryId) -> v1::Call<v1::RemoveListEntry> {
        self.affinity.v1().list_entries().remove(self.endpoint.list, entry)
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

impl<A: Access> Single<OneListEntry, A> {
    /// Which field values come with the row: by ids, or of any category. Without this, none.
    pub fn fields(mut self, fields: FieldSelection) -> Self {
        self.endpoint.fields = fields;
        self
    }
}

impl Sealed for OneListEntry {}

impl SingleEndpoint for OneListEntry {
    type Output = ListEntry;
    type Needs = ReadOnly;
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

impl ReadEndpoint for OneListEntry {}
