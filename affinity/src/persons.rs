//! Persons.

use std::sync::Arc;

use affinity_core::{
    Access, CompanyId, PersonId, PersonMergeId, PersonMergeTaskId, ReadOnly, ReadWrite, Result, Scope,
};
use affinity_v1 as v1;
use affinity_v2_raw::{Client, Paged};

use crate::collection::LARGEST_PAGE;
use crate::endpoint::{
    Ask, CollectionEndpoint, Counted, Filtered, IdsEndpoint, Raw, ReadEndpoint, Sealed, SingleEndpoint,
    check_in_path, plain_collection,
};
use crate::fields::{OF_ENTITIES, types_of};
use crate::filter::NoteOfFilter;
use crate::merges::{Merge, OfPersons, OnePersonMerge, OnePersonMergeTask, PersonMergeTasks, PersonMerges};
use crate::schema::SchemaKey;
use crate::{
    Affinity, ByIds, Collection, EntityListEntry, FieldMetadata, FieldSelection, List, Note, Person, Schema,
    SchemaField, Single,
};

/// Persons, users of the account included.
#[derive(Clone, Debug)]
pub struct Persons<A: Access = ReadWrite> {
    affinity: Affinity<A>,
}

impl<A: Access> Persons<A> {
    pub(crate) fn new(affinity: &Affinity<A>) -> Self {
        Self { affinity: affinity.clone() }
    }

    /// All persons that the key's user may see.
    ///
    /// Route: v2 `GET /v2/persons`. Permission: "Export All People directory".
    pub fn list(&self) -> Collection<AllPersons, A> {
        Collection::new(&self.affinity, AllPersons { ids: None, fields: FieldSelection::none() })
    }

    /// One person.
    ///
    /// Route: v2 `GET /v2/persons/{personId}`. Permission: "Export All People directory", which later
    /// versions do not ask for. A person that was merged into another is an error with both
    /// ids: [`Error::merged_away`](crate::Error::merged_away).
    pub fn get(&self, person: PersonId) -> Single<OnePerson, A> {
        Single::new(&self.affinity, OnePerson { person, fields: FieldSelection::none() })
    }

    /// Persons by their ids: any number, in the order given, with those missing named.
    ///
    /// Route: v2 `GET /v2/persons`, 100 ids a call. Permission: "Export All People directory".
    pub fn by_ids(&self, ids: impl IntoIterator<Item = PersonId>) -> ByIds<AllPersons> {
        ByIds::new(self.list(), ids)
    }

    /// The fields that persons have outside of lists. Names are not unique: key by id.
    ///
    /// Route: v2 `GET /v2/persons/fields`. No permission beyond the key.
    pub fn fields(&self) -> Collection<PersonFields, A> {
        Collection::new(&self.affinity, PersonFields {})
    }

    /// The fields that persons have outside of lists, with the options of dropdowns: what [`Lists::schema`] is for a
    /// list, and kept like that.
    ///
    /// Routes: v2 `GET /v2/persons/fields`; where there are dropdowns, v1 `GET /persons/fields`. No permission beyond
    /// the key. One call for each hundred fields, and one for options.
    ///
    /// # Errors
    ///
    /// A call failed, or an answer cannot be read. A key that v1 refuses gets the fields without options.
    ///
    /// [`Lists::schema`]: crate::resources::Lists::schema
    pub async fn schema(&self) -> Result<Arc<Schema>> {
        self.affinity.schema(SchemaKey::Persons).await
    }

    /// The field that is meant by an id, a name, or a source and a name, as in [`Schema::field`]; if there is none, the
    /// schema is read again, since the field may be new. Otherwise as [`schema`](Self::schema).
    ///
    /// # Errors
    ///
    /// No field is meant, or several (`is_input`); or as [`schema`](Self::schema).
    pub async fn field(&self, key: &str) -> Result<SchemaField> {
        self.affinity.field_in(SchemaKey::Persons, key).await
    }

    /// The lists a person is on. They come without the kind of list.
    ///
    /// Route: v2 `GET /v2/persons/{personId}/lists`. No permission beyond the key.
    pub fn lists(&self, person: PersonId) -> Collection<PersonLists, A> {
        Collection::new(&self.affinity, PersonLists { person })
    }

    /// The notes on a person: those attached to them, those on meetings they attended, and those that
    /// mention them.
    ///
    /// Route: v2 `GET /v2/persons/{personId}/notes` (beta). No permission beyond the key.
    pub fn notes(&self, person: PersonId) -> Collection<PersonNotes, A> {
        Collection::new(&self.affinity, PersonNotes { person })
    }

    /// The rows a person has, over all lists, each with all its field values.
    ///
    /// Route: v2 `GET /v2/persons/{personId}/list-entries`. Permission: "Export data from Lists", which later
    /// versions do not ask for.
    pub fn list_entries(&self, person: PersonId) -> Collection<PersonListEntries, A> {
        Collection::new(&self.affinity, PersonListEntries { person })
    }

    /// The merges of persons, the newest first.
    ///
    /// Route: v2 `GET /v2/person-merges` (beta). Permission: "Manage duplicates", and the role of an
    /// organization admin.
    pub fn merges(&self) -> Collection<PersonMerges, A> {
        Collection::new(&self.affinity, PersonMerges {})
    }

    /// One merge.
    ///
    /// Route: v2 `GET /v2/person-merges/{mergeId}` (beta). Permission: "Manage duplicates", and the role of an
    /// organization admin.
    pub fn get_merge(&self, merge: PersonMergeId) -> Single<OnePersonMerge, A> {
        Single::new(&self.affinity, OnePersonMerge { merge })
    }

    /// The tasks that merge persons, the newest first.
    ///
    /// Route: v2 `GET /v2/tasks/person-merges` (beta). Permission: "Manage duplicates", and the role of an
    /// organization admin.
    pub fn merge_tasks(&self) -> Collection<PersonMergeTasks, A> {
        Collection::new(&self.affinity, PersonMergeTasks {})
    }

    /// A task that merges persons: how far it is, or with [`wait`](Single::wait) until it is done.
    ///
    /// Route: v2 `GET /v2/tasks/person-merges/{taskId}` (beta). Permission: "Manage duplicates", and the role of an
    /// organization admin.
    pub fn merge_task(&self, task: PersonMergeTaskId) -> Single<OnePersonMergeTask, A> {
        Single::new(&self.affinity, OnePersonMergeTask { task })
    }

    /// Persons whose name or an address has this in it, as the product finds them. The search is fuzzy: look at what
    /// came before taking it for the person you mean.
    ///
    /// Route: v1 `GET /persons`.
    pub fn search(&self, term: impl Into<String>) -> v1::Listing<v1::ListPersons> {
        self.affinity.v1().persons().list().term(term)
    }
}

impl Persons {
    /// Merges a duplicate into another person, which survives and gets all its data; the duplicate is deleted. This
    /// cannot be undone, so nothing happens before [`confirm`](Merge::confirm). The server does it in the
    /// background.
    ///
    /// Route: v2 `POST /v2/person-merges` (beta). Permission: "Manage duplicates", and the role of an
    /// organization admin.
    pub fn merge(&self, survivor: PersonId, duplicate: PersonId) -> Merge<OfPersons> {
        Merge::new(&self.affinity, survivor, duplicate)
    }

    /// Creates a person. Fails if one of the addresses is somebody's already. Not repeated by itself when its outcome
    /// is not known.
    ///
    /// Route: v1 `POST /persons`.
    pub fn create<T: Into<String>>(
        &self,
        first_name: impl Into<String>,
        last_name: impl Into<String>,
        emails: impl IntoIterator<Item = T>,
    ) -> v1::Call<v1::CreatePerson> {
        self.affinity.v1().persons().create(first_name, last_name, emails)
    }

    /// Changes a person. What is not set stays as it is; lists are replaced whole.
    ///
    /// Doing it twice comes to the same, so the call is repeated when its outcome is not known;
    /// `with_idempotency(false)` switches that off.
    ///
    /// Route: v1 `PUT /persons/{person_id}`.
    pub fn update(&self, person: PersonId) -> v1::Call<v1::UpdatePerson> {
        self.affinity.v1().persons().update(person)
    }

    /// Deletes a person with all their field values. This cannot be undone.
    ///
    /// Route: v1 `DELETE /persons/{person_id}`.
    pub fn delete(&self, person: PersonId) -> v1::Call<v1::DeletePerson> {
        self.affinity.v1().persons().delete(person)
    }

    /// Adds addresses to those of a person. Two calls, since a write replaces the whole list: it reads, and writes
    /// what it read with the new ones; who else writes in between is overwritten.
    ///
    /// Route: v1 `GET` and `PUT /persons/{person_id}`.
    ///
    /// # Errors
    ///
    /// What either call can end with. Nothing is lost if the second fails.
    pub fn append_emails<T: Into<String>>(
        &self,
        person: PersonId,
        emails: impl IntoIterator<Item = T>,
    ) -> v1::Append<v1::Person> {
        self.affinity.v1().persons().append_emails(person, emails)
    }

    /// Adds companies to those of a person; as [`append_emails`](Self::append_emails).
    ///
    /// Route: v1 `GET` and `PUT /persons/{person_id}`.
    ///
    /// # Errors
    ///
    /// What either call can end with. Nothing is lost if the second fails.
    pub fn append_companies(
        &self,
        person: PersonId,
        companies: impl IntoIterator<Item = CompanyId>,
    ) -> v1::Append<v1::Person> {
        self.affinity.v1().persons().append_organizations(person, companies)
    }
}

/// See [`Persons::list`].
#[derive(Clone, Debug)]
pub struct AllPersons {
    pub(crate) ids: Option<Vec<PersonId>>,
    pub(crate) fields: FieldSelection,
}

impl<A: Access> Collection<AllPersons, A> {
    /// Which field values come with each person: by ids, or of the categories enriched, global and
    /// relationship-intelligence. Without this, none.
    pub fn fields(mut self, fields: FieldSelection) -> Self {
        self.endpoint.fields = fields;
        self
    }
}

impl ByIds<AllPersons> {
    /// Which field values come with each person; as for the whole collection.
    pub fn fields(mut self, fields: FieldSelection) -> Self {
        self.collection = self.collection.fields(fields);
        self
    }
}

impl Sealed for AllPersons {}

impl CollectionEndpoint for AllPersons {
    type Item = Person;
    const OPERATION: &'static str = "list_persons";

    fn check(&self) -> Result<()> {
        self.fields.check(OF_ENTITIES)
    }

    fn scope(&self, scope: Scope) -> Scope {
        let scope = self.ids.iter().flatten().fold(scope, |scope, id| scope.with("ids", id));
        self.fields.scope(scope, OF_ENTITIES)
    }

    async fn page(self, client: Client, ask: Ask) -> Raw<Paged<Person>> {
        let (field_ids, types) = (self.fields.field_ids(), types_of(&self.fields, OF_ENTITIES));
        let ids = self.ids.as_ref();
        client.list_persons(ask.cursor(), field_ids.as_ref(), types.as_ref(), ids, ask.limit()).await
    }
}

impl IdsEndpoint for AllPersons {
    type Id = PersonId;

    fn with_ids(self, ids: Vec<PersonId>) -> Self {
        Self { ids: Some(ids), ..self }
    }

    fn id(item: &Person) -> PersonId {
        item.id
    }

    fn check_id(id: &PersonId) -> Result<()> {
        check_in_path("ids", id)
    }
}

/// See [`Persons::get`].
#[derive(Clone, Debug)]
pub struct OnePerson {
    pub(crate) person: PersonId,
    pub(crate) fields: FieldSelection,
}

impl<A: Access> Single<OnePerson, A> {
    /// Which field values come with the person: by ids, or of the categories enriched, global and
    /// relationship-intelligence. Without this, none.
    pub fn fields(mut self, fields: FieldSelection) -> Self {
        self.endpoint.fields = fields;
        self
    }
}

impl Sealed for OnePerson {}

impl SingleEndpoint for OnePerson {
    type Output = Person;
    type Needs = ReadOnly;
    const OPERATION: &'static str = "get_person";

    fn check(&self) -> Result<()> {
        check_in_path("personId", &self.person)?;
        self.fields.check(OF_ENTITIES)
    }

    async fn call(self, client: Client) -> Raw<Person> {
        let (field_ids, types) = (self.fields.field_ids(), types_of(&self.fields, OF_ENTITIES));
        client.get_person(&self.person, field_ids.as_ref(), types.as_ref()).await
    }
}

impl ReadEndpoint for OnePerson {}

plain_collection! {
    /// See [`Persons::fields`].
    PersonFields {} list_person_fields(cursor, limit) -> FieldMetadata
}

plain_collection! {
    /// See [`Persons::lists`].
    PersonLists { person: PersonId as "personId" } list_person_lists(cursor, limit) -> List
}

plain_collection! {
    /// See [`Persons::list_entries`].
    PersonListEntries { person: PersonId as "personId" } list_person_list_entries(cursor, limit) -> EntityListEntry
}

plain_collection! {
    /// See [`Persons::notes`].
    PersonNotes { person: PersonId as "personId" }
    list_person_notes(cursor, filter, limit, total) -> Note, limit LARGEST_PAGE
}

impl Filtered for PersonNotes {
    type Properties = NoteOfFilter;
}

impl Counted for PersonNotes {}
