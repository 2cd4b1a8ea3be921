//! Reading a schema: the fields from v2, the options of dropdowns from v1.

use std::collections::HashMap;

use affinity_core::{Error, FieldNumber, ListId, Page, Priority, ReadOnly, Result};
use affinity_v1 as v1;
use futures::TryStreamExt;
use futures::future::try_join;

use super::{SchemaField, SchemaKey, SchemaOf, SchemaOption};
use crate::endpoint::CollectionEndpoint;
use crate::{Affinity, Collection, FieldMetadata, FieldType, ListType, Schema};

pub(super) async fn fetch(affinity: &Affinity<ReadOnly>, key: SchemaKey) -> Result<Schema> {
    let mut schema = fields(affinity, key).await?;
    options(affinity, key, &mut schema).await?;
    Ok(schema)
}

/// The fields, without options.
async fn fields(affinity: &Affinity<ReadOnly>, key: SchemaKey) -> Result<Schema> {
    let (of, entity, fields) = match key {
        SchemaKey::Companies => {
            (SchemaOf::Companies, ListType::Company, all(affinity.companies().fields()).await?)
        }
        SchemaKey::Persons => (SchemaOf::Persons, ListType::Person, all(affinity.persons().fields()).await?),
        SchemaKey::List(id) => {
            let lists = affinity.lists();
            let (list, fields) = try_join(lists.get(id).send(), all(lists.fields(id))).await?;
            (SchemaOf::List { id, name: list.name }, list.type_, fields)
        }
    };
    Ok(Schema { of, entity, fields: fields.into_iter().map(SchemaField::from).collect() })
}

impl From<FieldMetadata> for SchemaField {
    fn from(field: FieldMetadata) -> Self {
        let FieldMetadata { id, name, type_: field_type, enrichment_source, value_type, .. } = field;
        Self { id, name, field_type, enrichment_source, value_type, options: None }
    }
}

/// A schema that lacks a field would be wrong, so one that cannot be read fails all.
async fn all<E: CollectionEndpoint<Item = FieldMetadata>>(
    fields: Collection<E, ReadOnly>,
) -> Result<Vec<FieldMetadata>> {
    // Somebody waits for it.
    fields.with_priority(Priority::Interactive).stream().try_collect().await.map_err(Error::of_all)
}

/// Adds the options, with the calls of v1 that are needed for the dropdowns there are.
async fn options(affinity: &Affinity<ReadOnly>, key: SchemaKey, schema: &mut Schema) -> Result<()> {
    let has_dropdown = |is_column: bool| {
        schema.fields.iter().any(|field| {
            field.number_of_dropdown().is_some() && (field.field_type == FieldType::List) == is_column
        })
    };
    let column_list = match key {
        SchemaKey::List(id) if has_dropdown(true) => Some(id),
        _ => None,
    };
    let entity = Some(&schema.entity).filter(|_| has_dropdown(false));
    let v1 = affinity.v1();
    let (columns, globals) = try_join(of_columns(&v1, column_list), of_entities(&v1, entity)).await?;
    let failure = columns.failures.into_iter().chain(globals.failures).next();
    let mut known: HashMap<FieldNumber, v1::Field> =
        columns.items.into_iter().chain(globals.items).map(|field| (field.id, field)).collect();
    for field in &mut schema.fields {
        let shown = field.number_of_dropdown().and_then(|number| known.remove(&number));
        field.options =
            shown.map(|shown| shown.dropdown_options.into_iter().map(SchemaOption::from).collect());
    }
    let unknown =
        schema.fields.iter().any(|field| field.number_of_dropdown().is_some() && field.options.is_none());
    match failure {
        // It may be the one that cannot be read.
        Some(failure) if unknown => Err(failure.error.of_all()),
        _ => Ok(()),
    }
}

async fn of_columns(v1: &v1::Client<ReadOnly>, list: Option<ListId>) -> Result<Page<v1::Field>> {
    match list {
        Some(list) => unless_refused(v1.fields().list().on_list(list).send().await),
        None => Ok(nothing()),
    }
}

async fn of_entities(v1: &v1::Client<ReadOnly>, entity: Option<&ListType>) -> Result<Page<v1::Field>> {
    match entity {
        Some(ListType::Company) => unless_refused(v1.organizations().fields().send().await),
        Some(ListType::Person) => unless_refused(v1.persons().fields().send().await),
        _ => Ok(nothing()),
    }
}

/// Rows can be read without knowing the options, so a key that may not see them still gets the fields.
fn unless_refused(answer: Result<Page<v1::Field>>) -> Result<Page<v1::Field>> {
    match answer {
        Err(error) if error.is_forbidden() => Ok(nothing()),
        answer => answer,
    }
}

fn nothing() -> Page<v1::Field> {
    Page::new(Vec::new(), None, None)
}

impl SchemaField {
    /// The number that v1 knows a dropdown by. Those that others fill in have none here.
    fn number_of_dropdown(&self) -> Option<FieldNumber> {
        self.id.number().filter(|_| self.is_dropdown())
    }
}

impl From<v1::DropdownOption> for SchemaOption {
    fn from(option: v1::DropdownOption) -> Self {
        Self { id: option.id, text: option.text, rank: option.rank }
    }
}
