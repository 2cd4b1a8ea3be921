//! The endpoints whose rows can be read into structs.

use affinity_core::{CompanyId, Error, PersonId, Result, Scope};

use super::EntryIds;
use super::page::Ids;
use crate::FieldSelection;
use crate::companies::{AllCompanies, OneCompany};
use crate::endpoint::{CollectionEndpoint, ReadEndpoint};
use crate::list_entries::{ListEntries, OneListEntry};
use crate::lists::SavedViewEntries;
use crate::persons::{AllPersons, OnePerson};
use crate::schema::SchemaKey;

/// What has a schema. Private, so that nobody else can be a source of rows.
pub trait Schemed {
    #[doc(hidden)]
    fn schema(&self) -> SchemaKey;

    /// The path, without the base URL.
    #[doc(hidden)]
    fn path(&self) -> String;

    /// The fields that were chosen by hand.
    #[doc(hidden)]
    fn selection(&self) -> Option<&FieldSelection>;

    /// Refuses a selection, which would not be used.
    #[doc(hidden)]
    fn check_selection(&self) -> Result<()> {
        match self.selection() {
            Some(fields) if *fields != FieldSelection::none() => Err(Error::input(
                "fields: rows are of the fields that the struct names; leave the selection out",
            )),
            _ => Ok(()),
        }
    }
}

/// A collection whose rows can be read into structs. Not for implementing elsewhere.
pub trait RowSource: CollectionEndpoint + Schemed {
    /// The ids of a row.
    type Ids: Send + 'static;
    /// Whether a row has an entity in it, or is one.
    #[doc(hidden)]
    const NESTED: bool;
    /// Whether fields can be chosen.
    #[doc(hidden)]
    const SELECTS: bool = true;

    #[doc(hidden)]
    fn ids(ids: Ids) -> Self::Ids;

    /// What is asked for beside fields, cursor and page size.
    #[doc(hidden)]
    fn query(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// What names the collection, whatever fields are asked for.
    #[doc(hidden)]
    fn identity(&self, scope: Scope) -> Scope {
        let scope = scope.with("path", self.path());
        self.query().into_iter().fold(scope, |scope, (name, value)| scope.with(name, value))
    }
}

/// A call for one row or entity that can be read into a struct. Not for implementing elsewhere.
pub trait SingleRowSource: ReadEndpoint + Schemed {
    #[doc(hidden)]
    const NESTED: bool;
}

fn entry_ids(ids: Ids) -> EntryIds {
    EntryIds { entry: ids.item.into(), entity: ids.kind.id(ids.entity) }
}

impl Schemed for ListEntries {
    fn schema(&self) -> SchemaKey {
        SchemaKey::List(self.list)
    }

    fn path(&self) -> String {
        format!("/v2/lists/{}/list-entries", self.list)
    }

    fn selection(&self) -> Option<&FieldSelection> {
        Some(&self.fields)
    }
}

impl RowSource for ListEntries {
    type Ids = EntryIds;
    const NESTED: bool = true;

    fn ids(ids: Ids) -> EntryIds {
        entry_ids(ids)
    }
}

impl Schemed for SavedViewEntries {
    fn schema(&self) -> SchemaKey {
        SchemaKey::List(self.list)
    }

    fn path(&self) -> String {
        format!("/v2/lists/{}/saved-views/{}/list-entries", self.list, self.view)
    }

    fn selection(&self) -> Option<&FieldSelection> {
        None
    }
}

impl RowSource for SavedViewEntries {
    type Ids = EntryIds;
    const NESTED: bool = true;
    const SELECTS: bool = false;

    fn ids(ids: Ids) -> EntryIds {
        entry_ids(ids)
    }
}

impl Schemed for AllCompanies {
    fn schema(&self) -> SchemaKey {
        SchemaKey::Companies
    }

    fn path(&self) -> String {
        "/v2/companies".to_owned()
    }

    fn selection(&self) -> Option<&FieldSelection> {
        Some(&self.fields)
    }
}

impl RowSource for AllCompanies {
    type Ids = CompanyId;
    const NESTED: bool = false;

    fn ids(ids: Ids) -> CompanyId {
        ids.entity.into()
    }

    fn query(&self) -> Vec<(&'static str, String)> {
        self.ids.iter().flatten().map(|id| ("ids", id.to_string())).collect()
    }
}

impl Schemed for AllPersons {
    fn schema(&self) -> SchemaKey {
        SchemaKey::Persons
    }

    fn path(&self) -> String {
        "/v2/persons".to_owned()
    }

    fn selection(&self) -> Option<&FieldSelection> {
        Some(&self.fields)
    }
}

impl RowSource for AllPersons {
    type Ids = PersonId;
    const NESTED: bool = false;

    fn ids(ids: Ids) -> PersonId {
        ids.entity.into()
    }

    fn query(&self) -> Vec<(&'static str, String)> {
        self.ids.iter().flatten().map(|id| ("ids", id.to_string())).collect()
    }
}

impl Schemed for OneListEntry {
    fn schema(&self) -> SchemaKey {
        SchemaKey::List(self.list)
    }

    fn path(&self) -> String {
        format!("/v2/lists/{}/list-entries/{}", self.list, self.entry)
    }

    fn selection(&self) -> Option<&FieldSelection> {
        Some(&self.fields)
    }
}

impl SingleRowSource for OneListEntry {
    const NESTED: bool = true;
}

impl Schemed for OneCompany {
    fn schema(&self) -> SchemaKey {
        SchemaKey::Companies
    }

    fn path(&self) -> String {
        format!("/v2/companies/{}", self.company)
    }

    fn selection(&self) -> Option<&FieldSelection> {
        Some(&self.fields)
    }
}

impl SingleRowSource for OneCompany {
    const NESTED: bool = false;
}

impl Schemed for OnePerson {
    fn schema(&self) -> SchemaKey {
        SchemaKey::Persons
    }

    fn path(&self) -> String {
        format!("/v2/persons/{}", self.person)
    }

    fn selection(&self) -> Option<&FieldSelection> {
        Some(&self.fields)
    }
}

impl SingleRowSource for OnePerson {
    const NESTED: bool = false;
}
