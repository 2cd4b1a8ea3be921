//! Field values: the contents of cells.

use affinity_core::{
    Access, CompanyId, FieldNumber, FieldValueId, ListEntryId, OpportunityId, PersonId, ReadWrite, Result,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call::{Parts, operations};
use crate::listing::listings;
use crate::{Call, Client, EntityRef, EntityType, Field, Listing, NewValue, TypedValue, ValueType, instant};

/// Whose values are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldValueTarget {
    /// Those of a person.
    Person(PersonId),
    /// Those of an organization.
    Organization(CompanyId),
    /// Those of an opportunity.
    Opportunity(OpportunityId),
    /// Those of one row.
    ListEntry(ListEntryId),
}

impl FieldValueTarget {
    pub(crate) const NAMES: [&str; 4] = ["person_id", "organization_id", "opportunity_id", "list_entry_id"];

    pub(crate) fn parameter(self) -> (&'static str, u64) {
        let [person, organization, opportunity, entry] = Self::NAMES;
        match self {
            Self::Person(id) => (person, id.get()),
            Self::Organization(id) => (organization, id.get()),
            Self::Opportunity(id) => (opportunity, id.get()),
            Self::ListEntry(id) => (entry, id.get()),
        }
    }
}

impl From<EntityRef> for FieldValueTarget {
    fn from(entity: EntityRef) -> Self {
        match entity {
            EntityRef::Person(id) => Self::Person(id),
            EntityRef::Organization(id) => Self::Organization(id),
            EntityRef::Opportunity(id) => Self::Opportunity(id),
        }
    }
}

impl From<PersonId> for FieldValueTarget {
    fn from(id: PersonId) -> Self {
        Self::Person(id)
    }
}

impl From<CompanyId> for FieldValueTarget {
    fn from(id: CompanyId) -> Self {
        Self::Organization(id)
    }
}

impl From<OpportunityId> for FieldValueTarget {
    fn from(id: OpportunityId) -> Self {
        Self::Opportunity(id)
    }
}

impl From<ListEntryId> for FieldValueTarget {
    fn from(id: ListEntryId) -> Self {
        Self::ListEntry(id)
    }
}

/// Field values: the contents of cells.
///
/// A cell with several values has several of them, each with an id of its own. An empty cell has none.
///
/// ```no_run
/// use affinity_core::{CompanyId, ListEntryId, ListId, Result};
/// use affinity_v1::{Client, NewValue};
///
/// async fn set_stage(client: Client, list: ListId, company: CompanyId, row: ListEntryId) -> Result<()> {
///     let fields = client.fields().list().on_list(list).send().await?.into_items()?;
///     let Some(stage) = fields.iter().find(|field| field.name == "Stage") else { return Ok(()) };
///     let value = NewValue::option(stage, "In review")?; // an error if there is no such option
///     let values = client.field_values();
///     let of_row = values.list(row).send().await?.into_items()?;
///     match of_row.iter().find(|value| value.field_id == stage.id) {
///         Some(old) => values.update_in(stage, old.id, value).send().await?,
///         None => values.create_in(stage, company, value).list_entry(row).send().await?,
///     };
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct FieldValues<A: Access = ReadWrite> {
    client: Client<A>,
}

impl<A: Access> Client<A> {
    /// Field values: the contents of cells.
    pub fn field_values(&self) -> FieldValues<A> {
        FieldValues { client: self.clone() }
    }
}

impl<A: Access> FieldValues<A> {
    /// The values of a row, or of an entity with all of its rows, in one piece.
    ///
    /// Smart fields, such as the last email, are not there: see `interaction_dates` of persons and organizations.
    /// Values of deleted fields can be there (observed).
    ///
    /// Route: v1 `GET /field-values`.
    pub fn list(&self, target: impl Into<FieldValueTarget>) -> Listing<ListFieldValues> {
        let (name, id) = target.into().parameter();
        let mut parts = Parts::new("/field-values", []);
        parts.set_query_id(name, id);
        Listing::new(&self.client, parts)
    }
}

impl FieldValues {
    /// Adds a value to a cell of this field, which must take such values: see [`NewValue::check_for`]. The cell of a
    /// column needs its [`list_entry`](Call::list_entry); that of a global field must have none.
    ///
    /// This is for empty cells, and for one more value in a field that holds several: what happens to a cell
    /// that holds one already is not documented, and [`update_in`](Self::update_in) changes it safely.
    ///
    /// Route: v1 `POST /field-values`.
    ///
    /// # Errors
    ///
    /// `is_input` if the field does not take the value, such as text that is no option of a dropdown; as
    /// [`create`](Self::create).
    pub fn create_in(
        &self,
        field: &Field,
        entity: impl Into<EntityRef>,
        value: impl Into<NewValue>,
    ) -> Call<CreateFieldValue> {
        let value = value.into();
        let misfit = value.misfit(field);
        self.create(field.id, entity, value).refuse_misfit(misfit)
    }

    /// Puts a value in place of another of this field, which must take such values: see [`NewValue::check_for`].
    /// In a field with several, the others stay. Whether the value with this id is one of the field's is not
    /// checked.
    ///
    /// Doing it twice comes to the same, so the call is repeated when its outcome is not known;
    /// `with_idempotency(false)` switches that off.
    ///
    /// Route: v1 `PUT /field-values/{field_value_id}`.
    ///
    /// # Errors
    ///
    /// `is_input` if the field does not take the value.
    pub fn update_in(
        &self,
        field: &Field,
        id: FieldValueId,
        value: impl Into<NewValue>,
    ) -> Call<UpdateFieldValue> {
        let value = value.into();
        let misfit = value.misfit(field);
        self.update(id, value).refuse_misfit(misfit)
    }

    /// Adds a value to a cell, unchecked: for a field known by its number alone. The cell of a column needs its
    /// [`list_entry`](Call::list_entry); that of a global field must have none.
    ///
    /// What type the field has and which options cannot be looked at here. **Text that goes into a dropdown, and is
    /// none of its options, silently becomes a new one** (observed): [`create_in`](Self::create_in) refuses that.
    ///
    /// This is for empty cells, and for one more value in a field that holds several: what happens to a cell
    /// that holds one already is not documented, and [`update`](Self::update) changes it safely.
    ///
    /// Route: v1 `POST /field-values`.
    ///
    /// # Errors
    ///
    /// 422 where the field is a column and no `list_entry` was given (observed), or the value has not the form
    /// that the field wants.
    pub fn create(
        &self,
        field: FieldNumber,
        entity: impl Into<EntityRef>,
        value: impl Into<NewValue>,
    ) -> Call<CreateFieldValue> {
        Call::new(&self.client, Parts::new("/field-values", []))
            .body_id("field_id", field.get())
            .body_id("entity_id", entity.into().number())
            .typed_value(&value.into())
    }

    /// Puts a value in place of another, unchecked, as [`create`](Self::create): [`update_in`](Self::update_in)
    /// refuses what the field does not take. In a field with several, the others stay.
    ///
    /// Doing it twice comes to the same, so the call is repeated when its outcome is not known;
    /// `with_idempotency(false)` switches that off.
    ///
    /// Route: v1 `PUT /field-values/{field_value_id}`.
    pub fn update(&self, id: FieldValueId, value: impl Into<NewValue>) -> Call<UpdateFieldValue> {
        let parts = Parts::new("/field-values/{}", [("field_value_id", id.get())]);
        Call::new(&self.client, parts).typed_value(&value.into())
    }

    /// Deletes a value. So a cell is cleared.
    ///
    /// Route: v1 `DELETE /field-values/{field_value_id}`.
    pub fn delete(&self, id: FieldValueId) -> Call<DeleteFieldValue> {
        Call::new(&self.client, Parts::new("/field-values/{}", [("field_value_id", id.get())]))
    }
}

impl Call<CreateFieldValue> {
    /// The row, if and only if the field is a column of a list. The row of an opportunity is the one in
    /// its `list_entries`.
    pub fn list_entry(self, entry: ListEntryId) -> Self {
        self.body_id("list_entry_id", entry.get())
    }
}

impl<O: crate::Operation> Call<O> {
    /// Writes a value into the body.
    fn typed_value(self, value: &NewValue) -> Self {
        match value.written() {
            Ok(value) => self.body("value", value),
            Err(why) => self.refuse_if(true, || why),
        }
    }

    fn refuse_misfit(mut self, misfit: Option<String>) -> Self {
        misfit.into_iter().for_each(|why| self.parts.refuse(why));
        self
    }
}

listings! {
    /// See [`FieldValues::list`].
    ListFieldValues = "v1_list_field_values" -> FieldValue, in ["field_values"];
}

operations! {
    /// See [`FieldValues::create`].
    CreateFieldValue = POST "v1_create_field_value" -> FieldValue;
    /// See [`FieldValues::update`].
    UpdateFieldValue = PUT "v1_update_field_value" -> FieldValue, sets;
    /// See [`FieldValues::delete`].
    DeleteFieldValue = DELETE "v1_delete_field_value" -> done;
}

/// A value of a field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FieldValue {
    /// The id of the value.
    pub id: FieldValueId,
    /// The field.
    pub field_id: FieldNumber,
    /// The number of the entity; missing in the values inside a person (observed).
    #[serde(default)]
    pub entity_id: Option<u64>,
    /// The row; none for a global field.
    #[serde(default)]
    pub list_entry_id: Option<ListEntryId>,
    /// The kind of entity; mostly missing.
    #[serde(default)]
    pub entity_type: Option<EntityType>,
    /// What kind of value it is; mostly missing, and where it differs from the field's, the field is right.
    #[serde(default)]
    pub value_type: Option<ValueType>,
    /// The value, as it came. See [`read_as`](Self::read_as). Null for fields of Crunchbase.
    #[serde(default)]
    pub value: Value,
    /// When it was made.
    #[serde(default, deserialize_with = "instant::optional")]
    pub created_at: Option<DateTime<Utc>>,
    /// When it was last changed; none until then.
    #[serde(default, deserialize_with = "instant::optional")]
    pub updated_at: Option<DateTime<Utc>>,
}

impl FieldValue {
    /// The value, read as one of this type, which is the type of its field.
    ///
    /// # Errors
    ///
    /// `is_decode`: the value is of another form.
    pub fn read_as(&self, value_type: ValueType) -> Result<TypedValue> {
        TypedValue::read(&self.value, value_type)
    }

    /// The value, read by its field.
    ///
    /// # Errors
    ///
    /// `is_input`: it is the value of another field. `is_decode`: it is of another form.
    pub fn read(&self, field: &Field) -> Result<TypedValue> {
        field.check_is(self.field_id)?;
        self.read_as(field.value_type)
    }
}
