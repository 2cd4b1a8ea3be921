//! Lists: what they are, their fields, their saved views and their entries.

use affinity_core::{Error, ListEntryId, ListId, Result, SavedViewId};
use affinity_v1 as v1;

use crate::endpoint::{plain_collection, plain_single};
use crate::list_entries::{ListEntries, OneListEntry};
use crate::{
    Affinity, Collection, FieldMetadata, FieldSelection, ListEntry, ListWithType, SavedView, Single,
};

/// Lists, their fields, saved views and entries.
#[derive(Clone, Debug)]
pub struct Lists {
    affinity: Affinity,
}

impl Lists {
    pub(crate) fn new(affinity: &Affinity) -> Self {
        Self { affinity: affinity.clone() }
    }

    /// The lists that the key's user may see.
    ///
    /// Route: v2 `GET /v2/lists`. No permission beyond the key.
    pub fn list(&self) -> Collection<AllLists> {
        Collection::new(&self.affinity, AllLists {})
    }

    /// One list.
    ///
    /// Route: v2 `GET /v2/lists/{listId}`. No permission beyond the key.
    pub fn get(&self, list: ListId) -> Single<OneList> {
        Single::new(&self.affinity, OneList { list })
    }

    /// The list with this name; case and white space around it do not count. Reads all lists to make sure
    /// that there is only one.
    ///
    /// Route: v2 `GET /v2/lists`. No permission beyond the key.
    ///
    /// # Errors
    ///
    /// No list, or more than one, has the name (`is_input`; the message gives the ids to choose from), or a
    /// call failed.
    pub async fn find(&self, name: &str) -> Result<ListWithType> {
        let wanted = fold(name);
        let (lists, failures) = self.list().stream().partition().await?;
        let mut found: Vec<_> = lists.iter().filter(|list| fold(&list.name) == wanted).collect();
        match (found.len(), found.pop(), failures.into_iter().next()) {
            (1, Some(list), _) => Ok(list.clone()),
            (count, Some(last), _) => {
                let all = some_of(
                    found.into_iter().chain([last]).map(|list| format!("{} ({:?})", list.id, list.name)),
                );
                Err(Error::input(format!("{count} lists are named {name:?}; choose one by its id: {all}")))
            }
            // It may be the one that cannot be read.
            (_, None, Some(failure)) => Err(failure),
            (_, None, None) => {
                let all = some_of(lists.iter().map(|list| list.name.clone()));
                Err(Error::input(format!("no list is named {name:?}; the key's user sees: {all}")))
            }
        }
    }

    /// The fields of a list: its columns, and those of the entities on it. Names are not unique: key by id.
    ///
    /// Route: v2 `GET /v2/lists/{listId}/fields`. No permission beyond the key.
    pub fn fields(&self, list: ListId) -> Collection<ListFields> {
        Collection::new(&self.affinity, ListFields { list })
    }

    /// The saved views of a list: what they are called, not what is in them.
    ///
    /// Route: v2 `GET /v2/lists/{listId}/saved-views`. No permission beyond the key.
    pub fn saved_views(&self, list: ListId) -> Collection<SavedViews> {
        Collection::new(&self.affinity, SavedViews { list })
    }

    /// One saved view of a list.
    ///
    /// Route: v2 `GET /v2/lists/{listId}/saved-views/{viewId}`. No permission beyond the key.
    pub fn saved_view(&self, list: ListId, view: SavedViewId) -> Single<OneSavedView> {
        Single::new(&self.affinity, OneSavedView { list, view })
    }

    /// The rows of a saved view: its filter and its columns, not its order. Only views of the type `sheet`
    /// can be read.
    ///
    /// Route: v2 `GET /v2/lists/{listId}/saved-views/{viewId}/list-entries`. Permission: "Export data from
    /// Lists".
    pub fn saved_view_entries(&self, list: ListId, view: SavedViewId) -> Collection<SavedViewEntries> {
        Collection::new(&self.affinity, SavedViewEntries { list, view })
    }

    /// The rows of a list. An entity can be in several of them.
    ///
    /// Route: v2 `GET /v2/lists/{listId}/list-entries`. Permission: "Export data from Lists".
    ///
    /// ```no_run
    /// # async fn example(affinity: affinity::Affinity, list: affinity::ListId) -> affinity::Result<()> {
    /// use affinity::{FieldSelection, FieldType, FieldValue};
    /// use futures::TryStreamExt;
    ///
    /// let mut rows = affinity.lists().entries(list).fields(FieldSelection::types([FieldType::List])).stream();
    /// while let Some(row) = rows.try_next().await? {
    ///     let amount = row.cell("field-4410").value().and_then(FieldValue::as_number);
    ///     println!("{} {amount:?}", row.id);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn entries(&self, list: ListId) -> Collection<ListEntries> {
        Collection::new(&self.affinity, ListEntries { list, fields: FieldSelection::none() })
    }

    /// One row of a list.
    ///
    /// Route: v2 `GET /v2/lists/{listId}/list-entries/{listEntryId}`. Permission: "Export data from Lists",
    /// which later versions do not ask for.
    pub fn entry(&self, list: ListId, entry: ListEntryId) -> Single<OneListEntry> {
        Single::new(&self.affinity, OneListEntry { list, entry, fields: FieldSelection::none() })
    }

    /// Makes a list. It stays: the API has no call that changes or deletes one.
    ///
    /// Route: v1 `POST /lists`.
    pub fn create(
        &self,
        name: impl Into<String>,
        holds: v1::EntityType,
        visibility: v1::Visibility,
    ) -> v1::Call<v1::CreateList> {
        self.affinity.v1().lists().create(name, holds, visibility)
    }
}

fn fold(name: &str) -> String {
    name.trim().to_lowercase()
}

/// A few of many, for a message.
fn some_of(names: impl Iterator<Item = String>) -> String {
    const MOST: usize = 8;
    let mut names: Vec<_> = names.collect();
    if names.is_empty() {
        return "none".to_owned();
    }
    let more = names.len().saturating_sub(MOST);
    names.truncate(MOST);
    let few = names.join(", ");
    if more > 0 { format!("{few}, and {more} more") } else { few }
}

plain_collection! {
    /// See [`Lists::list`].
    AllLists {} list_lists(cursor, limit) -> ListWithType
}

plain_single! {
    /// See [`Lists::get`].
    OneList { list: ListId as "listId" } get_list -> ListWithType
}

plain_collection! {
    /// See [`Lists::fields`].
    ListFields { list: ListId as "listId" } list_list_fields(cursor, limit) -> FieldMetadata
}

plain_collection! {
    /// See [`Lists::saved_views`].
    SavedViews { list: ListId as "listId" } list_saved_views(cursor, limit) -> SavedView
}

plain_single! {
    /// See [`Lists::saved_view`].
    OneSavedView { list: ListId as "listId", view: SavedViewId as "viewId" } get_saved_view -> SavedView
}

plain_collection! {
    /// See [`Lists::saved_view_entries`].
    SavedViewEntries { list: ListId as "listId", view: SavedViewId as "viewId" }
    list_saved_view_list_entries(cursor, limit) -> ListEntry
}
