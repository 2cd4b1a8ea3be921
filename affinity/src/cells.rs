//! The cells of one row: reading and writing them.

use std::collections::HashSet;
use std::fmt;
use std::future::Future;

use affinity_core::{Access, Allows, Error, FieldId, ListEntryId, ListId, ReadWrite, Result, Scope};
use affinity_v2_raw::enums::ListFieldType;
use affinity_v2_raw::types::{
    BatchFieldUpdate, FieldUpdate, ListEntryBatchOperationUpdateFields,
    ListEntryBatchOperationUpdateFieldsOperation,
};
use affinity_v2_raw::{Client, Error as RawError, Paged, ResponseValue, tagged};

use crate::collection::LARGEST_PAGE;
use crate::endpoint::{Ask, CollectionEndpoint, Raw, Sealed, SingleEndpoint, check_in_path, plain_single};
use crate::fields::{OF_LIST_ENTRIES, types_of};
use crate::list_entries::OneListEntry;
use crate::{Collection, Field, FieldSelection, FieldValueUpdate, NotWritable, Single, ValueType};

impl<A: Access> Single<OneListEntry, A> {
    /// The cells of this row: all of them, or with [`fields`](Collection::fields) some.
    ///
    /// Route: v2 `GET /v2/lists/{listId}/list-entries/{listEntryId}/fields`. Permission: "Export data from
    /// Lists", which later versions do not ask for.
    ///
    /// ```no_run
    /// # async fn example(affinity: affinity::Affinity, list: affinity::ListId, entry: affinity::ListEntryId)
    /// # -> affinity::Result<()> {
    /// use affinity::{FieldSelection, FieldType};
    ///
    /// let columns = FieldSelection::types([FieldType::List]);
    /// for cell in affinity.lists().entry(list, entry).cells().fields(columns).send().await?.into_items()? {
    ///     println!("{}: {}", cell.name, cell.value.to_text());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn cells(&self) -> Collection<EntryCells, A> {
        let OneListEntry { list, entry, ref fields } = self.endpoint;
        let chosen = *fields != FieldSelection::none();
        let fields = if chosen { fields.clone() } else { FieldSelection::all() };
        Collection::new(&self.affinity, EntryCells { list, entry, fields }).with_options(self.options.clone())
    }

    /// One cell of this row.
    ///
    /// Route: v2 `GET /v2/lists/{listId}/list-entries/{listEntryId}/fields/{fieldId}`. Permission: "Export data
    /// from Lists", which later versions do not ask for.
    pub fn cell(&self, field: impl Into<FieldId>) -> Single<EntryCell, A> {
        let OneListEntry { list, entry, .. } = self.endpoint;
        self.about(EntryCell { list, entry, field: field.into() })
    }

    /// Another call about this row, with the same options.
    fn about<E: SingleEndpoint>(&self, endpoint: E) -> Single<E, A>
    where
        A: Allows<E::Needs>,
    {
        Single::new(&self.affinity, endpoint).with_options(self.options.clone())
    }
}

impl Single<OneListEntry> {
    /// Writes one cell of this row, replacing what was in it.
    ///
    /// Route: v2 `POST /v2/lists/{listId}/list-entries/{listEntryId}/fields/{fieldId}`. Permission: "Export data
    /// from Lists", and the right to edit the list in the product. Setting a value twice comes to the same, so
    /// the call is repeated when its outcome is not known.
    ///
    /// # Errors
    ///
    /// Beside what any call can end with: a value that cannot be written (`is_input`), before anything is sent.
    pub fn set_cell(&self, field: impl Into<FieldId>, value: impl Into<FieldValueUpdate>) -> Single<SetCell> {
        let OneListEntry { list, entry, .. } = self.endpoint;
        self.about(SetCell { list, entry, field: field.into(), value: value.into() })
    }

    /// Writes up to 100 cells of this row at once: all of them, or, if one is refused, none (observed).
    ///
    /// Route: v2 `PATCH /v2/lists/{listId}/list-entries/{listEntryId}/fields`. Permission: "Export data from
    /// Lists", and the right to edit the list in the product. Setting values twice comes to the same, so the call
    /// is repeated when its outcome is not known.
    ///
    /// ```no_run
    /// # async fn example(affinity: affinity::Affinity, list: affinity::ListId, entry: affinity::ListEntryId)
    /// # -> affinity::Result<()> {
    /// use affinity::{Date, FieldValueUpdate, PersonId, ValueType};
    ///
    /// affinity
    ///     .lists()
    ///     .entry(list, entry)
    ///     .update_cells()
    ///     .set("field-4409", FieldValueUpdate::RankedDropdown(Some(412.into())))
    ///     .set("field-4410", 2_500_000)
    ///     .set("field-4411", [PersonId::new(4021), PersonId::new(5530)])
    ///     .set("field-4413", Date::ymd(2026, 3, 31).unwrap())
    ///     .clear("field-4412", ValueType::Text)
    ///     .send()
    ///     .await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Beside what any call can end with, and before anything is sent (`is_input`): no cell, more than 100, the
    /// same field twice (the API would take the last silently), a value that cannot be written. The message
    /// names the field.
    pub fn update_cells(&self) -> Single<UpdateCells> {
        let OneListEntry { list, entry, .. } = self.endpoint;
        self.about(UpdateCells { list, entry, updates: Vec::new() })
    }
}

/// See [`Single::cells`].
#[derive(Clone, Debug)]
pub struct EntryCells {
    list: ListId,
    entry: ListEntryId,
    fields: FieldSelection,
}

impl<A: Access> Collection<EntryCells, A> {
    /// Which cells: by ids, or of any category. Without this, all.
    pub fn fields(mut self, fields: FieldSelection) -> Self {
        self.endpoint.fields = fields;
        self
    }
}

impl Sealed for EntryCells {}

impl CollectionEndpoint for EntryCells {
    type Item = Field;
    const OPERATION: &'static str = "list_list_entry_fields";
    const LIMIT: Option<u32> = Some(LARGEST_PAGE);

    fn check(&self) -> Result<()> {
        check_in_path("listId", &self.list)?;
        check_in_path("listEntryId", &self.entry)?;
        if self.fields == FieldSelection::none() {
            let why = "fields: cells without a selection are all cells; FieldSelection::all() says so";
            return Err(Error::input(why));
        }
        self.fields.check(OF_LIST_ENTRIES)
    }

    fn scope(&self, scope: Scope) -> Scope {
        let scope = scope.with("listId", self.list).with("listEntryId", self.entry);
        self.fields.scope(scope, OF_LIST_ENTRIES)
    }

    async fn page(self, client: Client, ask: Ask) -> Raw<Paged<Field>> {
        let ids = self.fields.field_ids();
        // All is what the endpoint gives by itself, categories without a name here included.
        let everything = self.fields == FieldSelection::all();
        let types: Option<Vec<ListFieldType>> =
            if everything { None } else { types_of(&self.fields, OF_LIST_ENTRIES) };
        let (list, entry) = (&self.list, &self.entry);
        client
            .list_list_entry_fields(list, entry, ask.cursor(), ids.as_ref(), ask.limit(), types.as_ref())
            .await
    }
}

plain_single! {
    /// See [`Single::cell`].
    EntryCell { list: ListId as "listId", entry: ListEntryId as "listEntryId", field: FieldId as "fieldId" }
    get_list_entry_field -> Field
}

/// See [`Single::set_cell`].
#[derive(Clone)]
pub struct SetCell {
    list: ListId,
    entry: ListEntryId,
    field: FieldId,
    value: FieldValueUpdate,
}

/// Without the value, which can be people's data.
impl fmt::Debug for SetCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { list, entry, field, value } = self;
        let mut debug = f.debug_struct("SetCell");
        debug.field("list", list).field("entry", entry).field("field", field);
        debug.field("value_type", &value.kind()).finish_non_exhaustive()
    }
}

impl Sealed for SetCell {}

impl SingleEndpoint for SetCell {
    type Output = ();
    type Needs = ReadWrite;
    const OPERATION: &'static str = "update_list_entry_field";
    const SETS: bool = true;

    fn check(&self) -> Result<()> {
        check_in_path("listId", &self.list)?;
        check_in_path("listEntryId", &self.entry)?;
        check_in_path("fieldId", &self.field)?;
        self.value.check().map_err(|why| refused(&self.field, &why))
    }

    async fn call(self, client: Client) -> Raw<()> {
        let body = FieldUpdate { value: Some(self.value) };
        done(client.update_list_entry_field(&self.list, &self.entry, &self.field, &body)).await
    }
}

/// See [`Single::update_cells`].
#[derive(Clone)]
pub struct UpdateCells {
    list: ListId,
    entry: ListEntryId,
    updates: Vec<(FieldId, Result<FieldValueUpdate, NotWritable>)>,
}

/// Without the values, which can be people's data.
impl fmt::Debug for UpdateCells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields: Vec<_> = self.updates.iter().map(|(field, _)| field).collect();
        let mut debug = f.debug_struct("UpdateCells");
        debug.field("list", &self.list).field("entry", &self.entry).field("fields", &fields);
        debug.finish_non_exhaustive()
    }
}

/// How many cells one call takes.
const MOST: usize = 100;

impl Single<UpdateCells> {
    /// Writes this into a cell, replacing what was in it.
    pub fn set(self, field: impl Into<FieldId>, value: impl Into<FieldValueUpdate>) -> Self {
        self.with(field.into(), Ok(value.into()))
    }

    /// Empties a cell. The API wants to be told the field's value type for that too.
    pub fn clear(self, field: impl Into<FieldId>, value_type: ValueType) -> Self {
        self.with(field.into(), FieldValueUpdate::clear(&value_type))
    }

    /// Writes what another cell of the same field held when it was read, or this one at an earlier time. A cell
    /// that says it is hidden, or may have been cut by the server, is refused: what is not known cannot be written.
    /// Before version 2026-07-15 a hidden cell does not say so and looks empty: its copy is an empty cell.
    pub fn copy(self, cell: &Field) -> Self {
        self.with(cell.id.clone(), FieldValueUpdate::try_from(cell))
    }

    fn with(mut self, field: FieldId, value: Result<FieldValueUpdate, NotWritable>) -> Self {
        self.endpoint.updates.push((field, value));
        self
    }
}

impl Sealed for UpdateCells {}

impl SingleEndpoint for UpdateCells {
    type Output = ();
    type Needs = ReadWrite;
    const OPERATION: &'static str = "update_list_entry_fields";
    const SETS: bool = true;

    fn check(&self) -> Result<()> {
        check_in_path("listId", &self.list)?;
        check_in_path("listEntryId", &self.entry)?;
        let count = self.updates.len();
        if count == 0 {
            return Err(Error::input("update: no cell to write; say which with set, clear or copy"));
        }
        if count > MOST {
            let why =
                format!("update: {count} cells are more than the {MOST} that one call takes; make several");
            return Err(Error::input(why));
        }
        let mut seen = HashSet::new();
        for (field, value) in &self.updates {
            check_in_path("update", field)?;
            if !seen.insert(field) {
                let why = format!("update: {field} is there twice, and only one value can be in it");
                return Err(Error::input(why));
            }
            let checked = value.as_ref().map_err(Clone::clone).and_then(FieldValueUpdate::check);
            checked.map_err(|why| refused(field, &why))?;
        }
        Ok(())
    }

    async fn call(self, client: Client) -> Raw<()> {
        let updates = self.updates.into_iter().filter_map(|(id, value)| {
            let value = Some(value.ok()?);
            Some(BatchFieldUpdate { id, value })
        });
        let body =
            tagged::ListEntryBatchOperationRequest::UpdateFields(ListEntryBatchOperationUpdateFields {
                operation: ListEntryBatchOperationUpdateFieldsOperation::UpdateFields,
                updates: updates.collect(),
            });
        done(client.update_list_entry_fields(&self.list, &self.entry, &body)).await
    }
}

fn refused(field: &FieldId, why: &NotWritable) -> Error {
    Error::input(format!("{field}: {why}"))
}

/// A success says all there is to say: what is in its body does not matter, as long as it is JSON, or nothing.
async fn done<T>(call: impl Future<Output = Raw<T>>) -> Raw<()> {
    match call.await {
        Ok(answer) => {
            let (status, headers) = (answer.status(), answer.headers().clone());
            Ok(ResponseValue::new((), status, headers))
        }
        Err(RawError::InvalidResponsePayload(..)) => {
            Ok(ResponseValue::new((), affinity_core::StatusCode::OK, Default::default()))
        }
        Err(error) => Err(error),
    }
}
