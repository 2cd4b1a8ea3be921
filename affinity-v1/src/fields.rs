//! Fields: the columns of lists, and those of all persons or organizations.

use affinity_core::{Access, DropdownOptionId, Error, FieldNumber, ListId, ReadWrite, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call::{Parts, operations};
use crate::listing::listings;
use crate::tolerant::null_as_empty;
use crate::{Call, Client, EntityType, Listing};

affinity_core::open_codes! {
    /// What the values of a field are.
    pub enum ValueType {
        /// Persons.
        Person = 0,
        /// Organizations.
        Organization = 1,
        /// Options without an order. Also said of text that Affinity fills in, and then without options (observed).
        Dropdown = 2,
        /// Numbers.
        Number = 3,
        /// Calendar days.
        Date = 4,
        /// Places.
        Location = 5,
        /// Text.
        Text = 6,
        /// Options with an order and colours, such as a status.
        RankedDropdown = 7,
        /// Text that only Affinity fills in (observed).
        FilterableText = 10,
    }
}

affinity_core::open_codes! {
    /// The colour of an option (the names are not confirmed).
    pub enum DropdownColor {
        /// None chosen.
        Default = 0,
        /// Blue.
        Blue = 1,
        /// Green.
        Green = 2,
        /// Yellow.
        Yellow = 3,
        /// Orange.
        Orange = 4,
        /// Red.
        Red = 5,
        /// Purple.
        Purple = 6,
        /// Gray.
        Gray = 7,
    }
}

/// Fields.
#[derive(Clone, Debug)]
pub struct Fields<A: Access = ReadWrite> {
    client: Client<A>,
}

impl<A: Access> Client<A> {
    /// Fields: the columns of lists, and those of all persons or organizations.
    pub fn fields(&self) -> Fields<A> {
        Fields { client: self.clone() }
    }
}

impl<A: Access> Fields<A> {
    /// The fields, in one piece: all of them, global and of every list, unless narrowed. Those of Crunchbase are
    /// never there. A field made or deleted a few minutes ago can still be missing or there (observed).
    ///
    /// Route: v1 `GET /fields`.
    pub fn list(&self) -> Listing<ListFields> {
        Listing::new(&self.client, Parts::new("/fields", []))
    }
}

impl Fields {
    /// Makes a field: for all entities of the kind, with one value each, unless said otherwise. Opportunities
    /// have no such fields; theirs are [`on_list`](Call::on_list).
    ///
    /// There is no call that changes a field. [`ValueType::FilterableText`] cannot be made (observed).
    ///
    /// Route: v1 `POST /fields`.
    pub fn create(
        &self,
        name: impl Into<String>,
        entity_type: EntityType,
        value_type: ValueType,
    ) -> Call<CreateField> {
        let creatable = ValueType::KNOWN.contains(&value_type) && value_type != ValueType::FilterableText;
        Call::new(&self.client, Parts::new("/fields", []))
            .body_name(name.into())
            .body("entity_type", entity_type.code())
            .body("value_type", value_type.code())
            .refuse_if(!entity_type.is_known(), || "entity_type: not a kind that has fields".to_owned())
            .refuse_if(!creatable, || "value_type: fields of this type cannot be made".to_owned())
    }

    /// Deletes a field.
    ///
    /// Route: v1 `DELETE /fields/{field_id}`.
    ///
    /// # Errors
    ///
    /// `is_not_found`, or another refusal, for a field that is not there or that the key's owner may not delete.
    pub fn delete(&self, field: FieldNumber) -> Call<DeleteField> {
        Call::new(&self.client, Parts::new("/fields/{}", [("field_id", field.get())]))
    }
}

impl Listing<ListFields> {
    /// Only the fields of this list.
    pub fn on_list(mut self, list: ListId) -> Self {
        self.parts.set_query_id("list_id", list.get());
        self
    }

    /// Only fields with values of this type.
    pub fn value_type(self, value_type: ValueType) -> Self {
        self.query("value_type", value_type.code())
    }

    /// Only fields of this kind of entity. It is the one way to learn the kind: a field does not say it.
    pub fn entity_type(self, entity_type: EntityType) -> Self {
        self.query("entity_type", entity_type.code())
    }

    /// Names in the form `[List] Field`.
    pub fn modified_names(self) -> Self {
        self.query("with_modified_names", true)
    }

    /// Leaves out the options of dropdowns, which can be many.
    pub fn without_dropdown_options(self) -> Self {
        self.query("exclude_dropdown_options", true)
    }
}

impl Call<CreateField> {
    /// Makes it a column of this list, in place of a field of all entities.
    pub fn on_list(self, list: ListId) -> Self {
        self.body_id("list_id", list.get()).body("is_list_specific", true)
    }

    /// Lets a cell hold several values. Means something for persons, organizations, dropdowns, numbers and
    /// locations (observed).
    pub fn allows_multiple(self) -> Self {
        self.body("allows_multiple", true)
    }

    /// Wants a value in every row.
    pub fn required(self) -> Self {
        self.body("is_required", true)
    }
}

fn placed(parts: &Parts) -> Result<(), String> {
    let opportunity = parts.body.get("entity_type") == Some(&Value::from(EntityType::Opportunity.code()));
    if opportunity && !parts.body.contains_key("list_id") {
        return Err("on_list: opportunities have no fields but those of their list".to_owned());
    }
    Ok(())
}

listings! {
    /// See [`Fields::list`].
    ListFields = "v1_list_fields" -> Field, in ["fields"];
}

operations! {
    /// See [`Fields::create`].
    CreateField = POST "v1_create_field" -> Field, check placed;
    /// See [`Fields::delete`].
    DeleteField = DELETE "v1_delete_field" -> done;
}

/// A field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Field {
    /// The number, which v2 writes `field-…`.
    pub id: FieldNumber,
    /// The name. It does not identify a field: several sources can have one of the same name (observed).
    pub name: String,
    /// The list it is a column of; none for a global field. Missing too where a list or
    /// `persons().fields()` brought it.
    #[serde(default)]
    pub list_id: Option<ListId>,
    /// What its values are.
    pub value_type: ValueType,
    /// Whether a cell can hold several values.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub allows_multiple: bool,
    /// Whether changes of its values are kept; missing in the short form.
    #[serde(default)]
    pub track_changes: Option<bool>,
    /// Who fills it in, such as `affinity-data`; `none` for nobody, missing in the short form.
    #[serde(default)]
    pub enrichment_source: Option<String>,
    /// The options of a dropdown, unless they were left out.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub dropdown_options: Vec<DropdownOption>,
    /// Whether every row wants a value; normally missing.
    #[serde(default)]
    pub is_required: Option<bool>,
}

impl Field {
    /// The option with exactly this text.
    ///
    /// # Errors
    ///
    /// `is_input`: none has it, or several do, or the options are not here.
    pub fn option(&self, text: &str) -> Result<&DropdownOption> {
        self.find(text).map_err(Error::input)
    }

    /// The same, or why there is none.
    pub(crate) fn find(&self, text: &str) -> Result<&DropdownOption, String> {
        let mut matches = self.dropdown_options.iter().filter(|option| option.text == text);
        match (matches.next(), matches.next()) {
            (Some(option), None) => Ok(option),
            (Some(_), Some(_)) => Err(self.no_option("several options have this text")),
            (None, _) if self.dropdown_options.is_empty() => Err(self.no_option("it has no options here")),
            (None, _) => Err(self.no_option("no option has this text")),
        }
    }

    /// Refuses to read a value of another field.
    pub(crate) fn check_is(&self, field: FieldNumber) -> Result<()> {
        if self.id == field {
            return Ok(());
        }
        Err(Error::input(format!("the value is one of field {field}, not of {} ({})", self.id, self.name)))
    }

    fn no_option(&self, why: &str) -> String {
        format!("field {} ({}): {why}", self.id, self.name)
    }
}

/// An option of a dropdown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DropdownOption {
    /// The id.
    pub id: DropdownOptionId,
    /// The text.
    pub text: String,
    /// Its place among the others.
    #[serde(default)]
    pub rank: Option<i64>,
    /// Its colour.
    #[serde(default)]
    pub color: Option<DropdownColor>,
}
