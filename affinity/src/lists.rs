//! Lists: what they are, their fields, their saved views and their entries.

use std::sync::Arc;

use affinity_core::{Access, Error, ListEntryId, ListId, Priority, ReadWrite, Result, SavedViewId};
use affinity_v1 as v1;

use crate::endpoint::{plain_collection, plain_single};
use crate::list_entries::{ListEntries, OneListEntry};
use crate::names::{fold, some_of};
use crate::schema::SchemaKey;
use crate::{
    Affinity, Collection, FieldMetadata, FieldSelection, ListEntry, ListWithType, SavedView, Schema,
    SchemaField, Single,
};

/// Lists, their fields, saved views and entries.
#[derive(Clone, Debug)]
pub struct Lists<A: Access = ReadWrite> {
    pub(crate) affinity: Affinity<A>,
}

impl<A: Access> Lists<A> {
    pub(crate) fn new(affinity: &Affinity<A>) -> Self {
        Self { affinity: affinity.clone() }
    }

    /// The lists that the key's user may see.
    ///
    /// Route: v2 `GET /v2/lists`. No permission beyond the key.
    pub fn list(&self) -> Collection<AllLists, A> {
        Collection::new(&self.affinity, AllLists {})
    }

    /// One list.
    ///
    /// Route: v2 `GET /v2/lists/{listId}`. No permission beyond the key.
    pub fn get(&self, list: ListId) -> Single<OneList, A> {
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
        let all = self.list().with_priority(Priority::Interactive);
        let (lists, failures) = all.stream().partition().await?;
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
    pub fn fields(&self, list: ListId) -> Collection<ListFields, A> {
        Collection::new(&self.affinity, ListFields { list })
    }

    /// The fields of a list with the options of its dropdowns, to look up by name.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = affinity_sandbox::Sandbox::demo().await?;
    /// # let affinity = affinity::Affinity::builder().base_url(sandbox.url()).api_key(sandbox.api_key()).build()?;
    /// let list = affinity.lists().find("Pipeline").await?;
    /// let schema = affinity.lists().schema(list.id).await?;
    /// for field in &schema.fields {
    ///     println!("{} {:?}: {}, from {}", field.id, field.name, field.value_type, field.source());
    /// }
    /// let status = schema.field("status")?;
    /// println!("{}", status.option("Won")?.id);
    ///
    /// let error = schema.field("Stattus").unwrap_err();
    /// assert!(error.to_string().ends_with(r#"has no field "Stattus"; is it "Status"?"#));
    /// # Ok(()) }
    /// ```
    ///
    /// The client and its clones keep it for ten minutes, or as long as
    /// [`schema_lifetime`](crate::AffinityBuilder::schema_lifetime) says, or until
    /// [`forget_schemas`](Affinity::forget_schemas); they keep some hundreds, the latest. Callers at the same time share
    /// one read of it, which has the deadline of the client and goes on while one of them waits. An error is not kept.
    ///
    /// Routes: v2 `GET /v2/lists/{listId}` and `GET /v2/lists/{listId}/fields`; where there are dropdowns, v1 `GET
    /// /fields`, `GET /organizations/fields` and `GET /persons/fields`. No permission beyond the key. Two calls, one more
    /// for each further hundred fields, one for the options of columns, and one for those of the entities' own fields.
    ///
    /// # Errors
    ///
    /// No such list (`is_not_found`), a call failed, or an answer cannot be read. A key that v1 refuses gets the fields
    /// without options.
    pub async fn schema(&self, list: ListId) -> Result<Arc<Schema>> {
        self.affinity.schema(SchemaKey::List(list)).await
    }

    /// The field of a list that is meant by an id, a name, or a source and a name, as in [`Schema::field`]; if there is
    /// none, the schema is read again, since the field may be new. Otherwise as [`schema`](Self::schema).
    ///
    /// What a read for a missing field brings stands for five seconds: a field made in that time is found after
    /// [`forget_schemas`](Affinity::forget_schemas).
    ///
    /// # Errors
    ///
    /// No field is meant, or several (`is_input`; the message has names that are near, or the candidates); or as
    /// [`schema`](Self::schema). If the second read fails the error is that, since the field may well be there.
    pub async fn field(&self, list: ListId, key: &str) -> Result<SchemaField> {
        self.affinity.field_in(SchemaKey::List(list), key).await
    }

    /// The saved views of a list: what they are called, not what is in them.
    ///
    /// Route: v2 `GET /v2/lists/{listId}/saved-views`. No permission beyond the key.
    pub fn saved_views(&self, list: ListId) -> Collection<SavedViews, A> {
        Collection::new(&self.affinity, SavedViews { list })
    }

    /// One saved view of a list.
    ///
    /// Route: v2 `GET /v2/lists/{listId}/saved-views/{viewId}`. No permission beyond the key.
    pub fn saved_view(&self, list: ListId, view: SavedViewId) -> Single<OneSavedView, A> {
        Single::new(&self.affinity, OneSavedView { list, view })
    }

    /// The rows of a saved view: its filter and its columns, not its order. Only views of the type `sheet`
    /// can be read.
    ///
    /// Route: v2 `GET /v2/lists/{listId}/saved-views/{viewId}/list-entries`. Permission: "Export data from
    /// Lists".
    pub fn saved_view_entries(&self, list: ListId, view: SavedViewId) -> Collection<SavedViewEntries, A> {
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
    pub fn entries(&self, list: ListId) -> Collection<ListEntries, A> {
        Collection::new(&self.affinity, ListEntries { list, fields: FieldSelection::none() })
    }

    /// One row of a list.
    ///
    /// Route: v2 `GET /v2/lists/{listId}/list-entries/{listEntryId}`. Permission: "Export data from Lists",
    /// which later versions do not ask for.
    pub fn entry(&self, list: ListId, entry: ListEntryId) -> Single<OneListEntry, A> {
        Single::new(&self.affinity, OneListEntry { list, entry, fields: FieldSelection::none() })
    }
}

impl Lists {
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
