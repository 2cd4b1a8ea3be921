//! What fields there are, by name.

mod cache;
mod fetch;

use std::fmt;

use affinity_core::{DropdownOptionId, Error, FieldId, ListId, Result};
use serde::{Deserialize, Serialize};

use crate::names::{fold, near, some_of};
use crate::{EnrichmentSource, FieldType, ListType, ValueType};

pub(crate) use cache::{LIFETIME, Missed, SchemaKey, Schemas};

/// The fields of a list, or of all companies or persons, as they were when they were read: names, value types, and
/// the options of dropdowns.
///
/// It comes from [`Lists::schema`](crate::resources::Lists::schema),
/// [`Companies::schema`](crate::resources::Companies::schema) and
/// [`Persons::schema`](crate::resources::Persons::schema). A field that is not in it may have been made since:
/// [`Lists::field`](crate::resources::Lists::field) and its like look again then.
///
/// It can be written down and read back with serde, to check a program against it where there is no network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Schema {
    /// Whose fields these are.
    pub of: SchemaOf,
    /// What stands in the rows.
    pub entity: ListType,
    /// The fields, in the server's order.
    pub fields: Vec<SchemaField>,
}

/// Whose fields a [`Schema`] has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SchemaOf {
    /// Those of the rows of a list: its columns, and what the entities on it have.
    List {
        /// The list.
        id: ListId,
        /// Its name.
        name: String,
    },
    /// Those that all companies have.
    Companies,
    /// Those that all persons have.
    Persons,
}

impl fmt::Display for SchemaOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List { id, name } => write!(f, "the list {name:?} ({id})"),
            Self::Companies => f.write_str("companies"),
            Self::Persons => f.write_str("persons"),
        }
    }
}

/// A field of a [`Schema`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SchemaField {
    /// The id. It stays when the field is renamed.
    pub id: FieldId,
    /// The name. Several fields can have the same.
    pub name: String,
    /// The category: a column of the list, of all entities of the kind, or filled in by Affinity.
    pub field_type: FieldType,
    /// Who fills it in, for an enriched field.
    pub enrichment_source: Option<EnrichmentSource>,
    /// What its values are.
    pub value_type: ValueType,
    /// The options of a dropdown, in the server's order. They come from v1, since v2 does not tell them. Empty is a
    /// dropdown that v1 shows without options.
    ///
    /// `None` for other fields, and for a dropdown whose options are not known: v1 does not show it, as for minutes
    /// after it was made (observed); v1 refuses the key; or it is an enriched one, which v1 knows by another id.
    pub options: Option<Vec<SchemaOption>>,
}

/// An option of a dropdown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SchemaOption {
    /// The id.
    pub id: DropdownOptionId,
    /// The text. Several options can have the same.
    pub text: String,
    /// Its place among the others, if they have an order.
    pub rank: Option<i64>,
}

impl Schema {
    /// The field that is meant by an id (`field-4409`), a name (`Status`), or a source and a name
    /// (`dealroom:Location`). Sources are the categories (`list`, `global`, `enriched`, `relationship-intelligence`)
    /// and those who enrich (`affinity-data`, `dealroom`).
    ///
    /// Of a name, neither case counts nor the white space around it; where none is met so, an underscore is the same
    /// as a space. An id is written as it is. What is an id goes before a name, and a whole name before a source with
    /// a name.
    ///
    /// # Errors
    ///
    /// No field is meant, or several (`is_input`): the message has names that are near, or the candidates.
    pub fn field(&self, key: &str) -> Result<&SchemaField> {
        self.find(key).map_err(|unfound| Error::input(unfound.explain(self, key)))
    }

    /// The field with this id.
    pub fn field_by_id(&self, id: &FieldId) -> Option<&SchemaField> {
        self.fields.iter().find(|field| field.id == *id)
    }

    /// The same as [`field`](Self::field), or which way it was not found.
    pub(crate) fn find(&self, key: &str) -> Result<&SchemaField, Unfound<'_>> {
        if let Some(field) = self.fields.iter().find(|field| field.id == key.trim()) {
            return Ok(field);
        }
        let as_written: fn(&str) -> String = fold;
        [as_written, without_underscores]
            .into_iter()
            .find_map(|form| one_of(self.named(key, form)))
            .unwrap_or(Err(Unfound::Unknown))
    }

    /// The fields that have this name, when names are compared in that form; or else this source and name.
    fn named(&self, key: &str, form: fn(&str) -> String) -> Vec<&SchemaField> {
        // A name can have a colon in it.
        let wanted = form(key);
        let whole: Vec<_> = self.fields.iter().filter(|field| form(&field.name) == wanted).collect();
        let Some((source, name)) = key.split_once(':').filter(|_| whole.is_empty()) else { return whole };
        let (source, name) = (fold(source), form(name));
        self.fields.iter().filter(|field| field.is_from(&source) && form(&field.name) == name).collect()
    }
}

/// The form of a name where an underscore is the same as a space.
fn without_underscores(name: &str) -> String {
    fold(&name.replace('_', " "))
}

fn one_of(mut found: Vec<&SchemaField>) -> Option<Result<&SchemaField, Unfound<'_>>> {
    match found.len() {
        0 => None,
        1 => found.pop().map(Ok),
        _ => Some(Err(Unfound::Ambiguous(found))),
    }
}

/// Why a name led to no field.
#[derive(Debug)]
pub(crate) enum Unfound<'a> {
    /// None has it, as far as this schema knows.
    Unknown,
    /// Several have it.
    Ambiguous(Vec<&'a SchemaField>),
}

impl Unfound<'_> {
    pub(crate) fn explain(&self, schema: &Schema, key: &str) -> String {
        let of = &schema.of;
        match self {
            Self::Ambiguous(candidates) => {
                let count = candidates.len();
                let all = some_of(candidates.iter().map(|field| field.unique_key(schema)));
                format!("{count} fields of {of} are named {key:?}; choose one: {all}")
            }
            Self::Unknown => {
                let names = schema.fields.iter().map(|field| field.name.as_str());
                match near(key.split_once(':').map_or(key, |(_, name)| name), names.clone()).as_slice() {
                    [] => {
                        let all = some_of(names.map(|name| format!("{name:?}")));
                        format!("{of} has no field {key:?}; it has {all}")
                    }
                    alike => {
                        let alike: Vec<_> = alike.iter().map(|name| format!("{name:?}")).collect();
                        format!("{of} has no field {key:?}; is it {}?", alike.join(" or "))
                    }
                }
            }
        }
    }
}

impl SchemaField {
    /// Where its values come from, in one word: who enriches it, or else the category.
    pub fn source(&self) -> &str {
        self.enrichment_source.as_ref().map_or(self.field_type.as_str(), EnrichmentSource::as_str)
    }

    fn is_from(&self, folded: &str) -> bool {
        [self.field_type.as_str(), self.source()].iter().any(|source| fold(source) == folded)
    }

    /// The shortest key that means this field and no other: the name, the name with its source, or the id.
    /// As the name of a struct's field, a reserved name (see [`rows`](crate::Collection::rows)) means the row itself.
    pub fn unique_key(&self, schema: &Schema) -> String {
        let with_source = format!("{}:{}", self.source(), self.name.trim());
        let means_this = |key: &str| schema.find(key).is_ok_and(|found| found.id == self.id);
        match [self.name.trim(), &with_source].into_iter().find(|key| means_this(key)) {
            Some(key) => key.to_owned(),
            None => self.id.as_str().to_owned(),
        }
    }

    /// The option with exactly this text.
    ///
    /// # Errors
    ///
    /// None has it, or several have, or the options are not known (`is_input`); the message has texts that are
    /// near, or the candidates.
    pub fn option(&self, text: &str) -> Result<&SchemaOption> {
        self.find_option(text).map_err(|no_option| Error::input(no_option.explain(self, text)))
    }

    /// The same, or which way it was not found.
    pub(crate) fn find_option(&self, text: &str) -> Result<&SchemaOption, NoOption<'_>> {
        let options = self.options.as_deref().ok_or(NoOption::NotKnown)?;
        let mut found: Vec<_> = options.iter().filter(|option| option.text == text).collect();
        match (found.len(), found.pop()) {
            (1, Some(option)) => Ok(option),
            (_, Some(last)) => {
                found.push(last);
                Err(NoOption::Ambiguous(found))
            }
            (_, None) => Err(NoOption::Unknown),
        }
    }

    /// Whether it is a dropdown.
    pub fn is_dropdown(&self) -> bool {
        matches!(self.value_type, ValueType::Dropdown | ValueType::DropdownMulti | ValueType::RankedDropdown)
    }
}

/// Why a text led to no option.
#[derive(Debug)]
pub(crate) enum NoOption<'a> {
    /// The options could not be had.
    NotKnown,
    /// None has the text, as far as this schema knows.
    Unknown,
    /// Several have it.
    Ambiguous(Vec<&'a SchemaOption>),
}

impl NoOption<'_> {
    pub(crate) fn explain(&self, field: &SchemaField, text: &str) -> String {
        let name = &field.name;
        let quoted = |option: &SchemaOption| format!("{:?}", option.text);
        match self {
            Self::NotKnown if !field.is_dropdown() => {
                format!("{name:?} has no options: it is {}", field.value_type)
            }
            Self::NotKnown => format!(
                "the options of {name:?} are not known: v1, where they come from, does not show the field, as happens \
                 for minutes after it was made, or refuses the key; try later, or name the option by its id"
            ),
            Self::Ambiguous(found) => {
                let ids = some_of(found.iter().map(|option| option.id.to_string()));
                format!("{} options of {name:?} have this text; choose one by its id: {ids}", found.len())
            }
            Self::Unknown => {
                let options = field.options.as_deref().unwrap_or_default();
                match near(text, options.iter().map(|option| option.text.as_str())).as_slice() {
                    [] => format!(
                        "{name:?} has no option {text:?}; it has {}",
                        some_of(options.iter().map(quoted))
                    ),
                    alike => {
                        let alike: Vec<_> = alike.iter().map(|text| format!("{text:?}")).collect();
                        format!("{name:?} has no option {text:?}; is it {}?", alike.join(" or "))
                    }
                }
            }
        }
    }
}
