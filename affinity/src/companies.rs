//! Companies.

use std::sync::Arc;

use affinity_core::{
    Access, CompanyId, CompanyMergeId, CompanyMergeTaskId, PersonId, ReadOnly, ReadWrite, Result, Scope,
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
use crate::merges::{
    CompanyMergeTasks, CompanyMerges, Merge, OfCompanies, OneCompanyMerge, OneCompanyMergeTask,
};
use crate::schema::SchemaKey;
use crate::{
    Affinity, ByIds, Collection, Company, EntityListEntry, FieldMetadata, FieldSelection, List, Note, Schema,
    SchemaField, Single,
};

/// Companies. (The older API calls them organizations.)
#[derive(Clone, Debug)]
pub struct Companies<A: Access = ReadWrite> {
    affinity: Affinity<A>,
}

impl<A: Access> Companies<A> {
    pub(crate) fn new(affinity: &Affinity<A>) -> Self {
        Self { affinity: affinity.clone() }
    }

    /// All companies, those of Affinity's own directory included: that is some twelve million rows (observed),
    /// so most programs want a list, or [`by_ids`](Self::by_ids).
    ///
    /// Route: v2 `GET /v2/companies`. Permission: "Export All Organizations directory".
    pub fn list(&self) -> Collection<AllCompanies, A> {
        Collection::new(&self.affinity, AllCompanies { ids: None, fields: FieldSelection::none() })
    }

    /// One company.
    ///
    /// Route: v2 `GET /v2/companies/{companyId}`. Permission: "Export All Organizations directory", which later
    /// versions do not ask for. A company that was merged into another is an error with both
    /// ids: [`Error::merged_away`](crate::Error::merged_away).
    pub fn get(&self, company: CompanyId) -> Single<OneCompany, A> {
        Single::new(&self.affinity, OneCompany { company, fields: FieldSelection::none() })
    }

    /// Companies by their ids: any number, in the order given, with those missing named.
    ///
    /// Route: v2 `GET /v2/companies`, 100 ids a call. Permission: "Export All Organizations directory".
    pub fn by_ids(&self, ids: impl IntoIterator<Item = CompanyId>) -> ByIds<AllCompanies> {
        ByIds::new(self.list(), ids)
    }

    /// The fields that companies have outside of lists. Names are not unique: key by id.
    ///
    /// Route: v2 `GET /v2/companies/fields`. No permission beyond the key.
    pub fn fields(&self) -> Collection<CompanyFields, A> {
        Collection::new(&self.affinity, CompanyFields {})
    }

    /// The fields that companies have outside of lists, with the options of dropdowns: what [`Lists::schema`] is for a
    /// list, and kept like that.
    ///
    /// Routes: v2 `GET /v2/companies/fields`; where there are dropdowns, v1 `GET /organizations/fields`. No permission beyond
    /// the key. One call for each hundred fields, and one for options.
    ///
    /// # Errors
    ///
    /// A call failed, or an answer cannot be read. A key that v1 refuses gets the fields without options.
    ///
    /// [`Lists::schema`]: crate::resources::Lists::schema
    pub async fn schema(&self) -> Result<Arc<Schema>> {
        self.affinity.schema(SchemaKey::Companies).await
    }

    /// The field that is meant by an id, a name, or a source and a name, as in [`Schema::field`]; if there is none, the
    /// schema is read again, since the field may be new. Otherwise as [`schema`](Self::schema).
    ///
    /// # Errors
    ///
    /// No field is meant, or several (`is_input`); or as [`schema`](Self::schema).
    pub async fn field(&self, key: &str) -> Result<SchemaField> {
        self.affinity.field_in(SchemaKey::Companies, key).await
    }

    /// The lists a company is on. They come without the kind of list.
    ///
    /// Route: v2 `GET /v2/companies/{companyId}/lists`. No permission beyond the key.
    pub fn lists(&self, company: CompanyId) -> Collection<CompanyLists, A> {
        Collection::new(&self.affinity, CompanyLists { company })
    }

    /// The notes on a company: those attached to it, and those attached to persons of the company.
    ///
    /// Route: v2 `GET /v2/companies/{companyId}/notes` (beta). No permission beyond the key.
    pub fn notes(&self, company: CompanyId) -> Collection<CompanyNotes, A> {
        Collection::new(&self.affinity, CompanyNotes { company })
    }

    /// The rows a company has, over all lists, each with all its field values.
    ///
    /// Route: v2 `GET /v2/companies/{companyId}/list-entries`. Permission: "Export data from Lists", which later
    /// versions do not ask for.
    pub fn list_entries(&self, company: CompanyId) -> Collection<CompanyListEntries, A> {
        Collection::new(&self.affinity, CompanyListEntries { company })
    }

    /// The merges of companies, the newest first.
    ///
    /// Route: v2 `GET /v2/company-merges` (beta). Permission: "Manage duplicates", and the role of an
    /// organization admin.
    pub fn merges(&self) -> Collection<CompanyMerges, A> {
        Collection::new(&self.affinity, CompanyMerges {})
    }

    /// One merge.
    ///
    /// Route: v2 `GET /v2/company-merges/{mergeId}` (beta). Permission: "Manage duplicates", and the role of an
    /// organization admin.
    pub fn get_merge(&self, merge: CompanyMergeId) -> Single<OneCompanyMerge, A> {
        Single::new(&self.affinity, OneCompanyMerge { merge })
    }

    /// The tasks that merge companies, the newest first.
    ///
    /// Route: v2 `GET /v2/tasks/company-merges` (beta). Permission: "Manage duplicates", and the role of an
    /// organization admin.
    pub fn merge_tasks(&self) -> Collection<CompanyMergeTasks, A> {
        Collection::new(&self.affinity, CompanyMergeTasks {})
    }

    /// A task that merges companies: how far it is, or with [`wait`](Single::wait) until it is done.
    ///
    /// Route: v2 `GET /v2/tasks/company-merges/{taskId}` (beta). Permission: "Manage duplicates", and the role of an
    /// organization admin.
    pub fn merge_task(&self, task: CompanyMergeTaskId) -> Single<OneCompanyMergeTask, A> {
        Single::new(&self.affinity, OneCompanyMergeTask { task })
    }

    /// Companies whose name or a domain has this in it, as the product finds them; those of Affinity's own directory
    /// are among them. The search is fuzzy: look at what came before taking it for the company you mean.
    ///
    /// Route: v1 `GET /organizations`.
    pub fn search(&self, term: impl Into<String>) -> v1::Listing<v1::ListOrganizations> {
        self.affinity.v1().organizations().list().term(term)
    }
}

impl Companies {
    /// Merges a duplicate into another company, which survives and gets all its data; the duplicate is deleted. This
    /// cannot be undone, so nothing happens before [`confirm`](Merge::confirm). The server does it in the
    /// background.
    ///
    /// Route: v2 `POST /v2/company-merges` (beta). Permission: "Manage duplicates", and the role of an
    /// organization admin.
    ///
    /// ```no_run
    /// # async fn example(affinity: affinity::Affinity, survivor: affinity::CompanyId, duplicate: affinity::CompanyId)
    /// # -> affinity::Result<()> {
    /// match affinity.companies().merge(survivor, duplicate).confirm().wait().await {
    ///     Ok(_) => println!("{duplicate} is part of {survivor} now"),
    ///     Err(error) if error.is_task_failed() => println!("not merged: {error}"),
    ///     // Not done in time, say: the server goes on, and the task is in the error.
    ///     Err(error) => println!("look at the task {:?}: {error}", error.task_id()),
    /// }
    /// # Ok(()) }
    /// ```
    pub fn merge(&self, survivor: CompanyId, duplicate: CompanyId) -> Merge<OfCompanies> {
        Merge::new(&self.affinity, survivor, duplicate)
    }

    /// Creates a company. It is a new one even if there is one like it (observed): look first, with
    /// [`search`](Self::search). Not repeated by itself when its outcome is not known.
    ///
    /// Route: v1 `POST /organizations`. What comes back is v1's form of it, an organization.
    ///
    /// ```no_run
    /// # async fn example(affinity: affinity::Affinity) -> affinity::Result<()> {
    /// let company = affinity.companies().create("Tessel Robotics").domain("tessel.example").send().await?;
    /// // v2 can lag behind what v1 wrote, by half a second or so.
    /// let company = affinity.companies().get(company.id).read_your_write(|_| true).await?;
    /// # Ok(()) }
    /// ```
    pub fn create(&self, name: impl Into<String>) -> v1::Call<v1::CreateOrganization> {
        self.affinity.v1().organizations().create(name)
    }

    /// Changes a company. What is not set stays as it is; lists are replaced whole. Name and domain of a company of
    /// Affinity's own directory cannot be changed.
    ///
    /// Doing it twice comes to the same, so the call is repeated when its outcome is not known;
    /// `with_idempotency(false)` switches that off.
    ///
    /// Route: v1 `PUT /organizations/{organization_id}`.
    pub fn update(&self, company: CompanyId) -> v1::Call<v1::UpdateOrganization> {
        self.affinity.v1().organizations().update(company)
    }

    /// Deletes a company with all its field values. This cannot be undone. One of Affinity's own directory cannot
    /// be deleted.
    ///
    /// Route: v1 `DELETE /organizations/{organization_id}`.
    pub fn delete(&self, company: CompanyId) -> v1::Call<v1::DeleteOrganization> {
        self.affinity.v1().organizations().delete(company)
    }

    /// Adds persons to those of a company. Two calls, since a write replaces the whole list: it reads, and writes
    /// what it read with the new ones; who else writes in between is overwritten.
    ///
    /// Route: v1 `GET` and `PUT /organizations/{organization_id}`.
    ///
    /// # Errors
    ///
    /// What either call can end with. Nothing is lost if the second fails.
    pub fn append_persons(
        &self,
        company: CompanyId,
        persons: impl IntoIterator<Item = PersonId>,
    ) -> v1::Append<v1::Organization> {
        self.affinity.v1().organizations().append_persons(company, persons)
    }
}

/// See [`Companies::list`].
#[derive(Clone, Debug)]
pub struct AllCompanies {
    pub(crate) ids: Option<Vec<CompanyId>>,
    pub(crate) fields: FieldSelection,
}

impl<A: Access> Collection<AllCompanies, A> {
    /// Which field values come with each company: by ids, or of the categories enriched, global and
    /// relationship-intelligence. Without this, none.
    pub fn fields(mut self, fields: FieldSelection) -> Self {
        self.endpoint.fields = fields;
        self
    }
}

impl ByIds<AllCompanies> {
    /// Which field values come with each company; as for the whole collection.
    pub fn fields(mut self, fields: FieldSelection) -> Self {
        self.collection = self.collection.fields(fields);
        self
    }
}

impl Sealed for AllCompanies {}

impl CollectionEndpoint for AllCompanies {
    type Item = Company;
    const OPERATION: &'static str = "list_companies";

    fn check(&self) -> Result<()> {
        self.fields.check(OF_ENTITIES)
    }

    fn scope(&self, scope: Scope) -> Scope {
        let scope = self.ids.iter().flatten().fold(scope, |scope, id| scope.with("ids", id));
        self.fields.scope(scope, OF_ENTITIES)
    }

    async fn page(self, client: Client, ask: Ask) -> Raw<Paged<Company>> {
        let (field_ids, types) = (self.fields.field_ids(), types_of(&self.fields, OF_ENTITIES));
        let ids = self.ids.as_ref();
        client.list_companies(ask.cursor(), field_ids.as_ref(), types.as_ref(), ids, ask.limit()).await
    }
}

impl IdsEndpoint for AllCompanies {
    type Id = CompanyId;

    fn with_ids(self, ids: Vec<CompanyId>) -> Self {
        Self { ids: Some(ids), ..self }
    }

    fn id(item: &Company) -> CompanyId {
        item.id
    }

    fn check_id(id: &CompanyId) -> Result<()> {
        check_in_path("ids", id)
    }
}

/// See [`Companies::get`].
#[derive(Clone, Debug)]
pub struct OneCompany {
    pub(crate) company: CompanyId,
    pub(crate) fields: FieldSelection,
}

impl<A: Access> Single<OneCompany, A> {
    /// Which field values come with the company: by ids, or of the categories enriched, global and
    /// relationship-intelligence. Without this, none.
    pub fn fields(mut self, fields: FieldSelection) -> Self {
        self.endpoint.fields = fields;
        self
    }
}

impl Sealed for OneCompany {}

impl SingleEndpoint for OneCompany {
    type Output = Company;
    type Needs = ReadOnly;
    const OPERATION: &'static str = "get_company";

    fn check(&self) -> Result<()> {
        check_in_path("companyId", &self.company)?;
        self.fields.check(OF_ENTITIES)
    }

    async fn call(self, client: Client) -> Raw<Company> {
        let (field_ids, types) = (self.fields.field_ids(), types_of(&self.fields, OF_ENTITIES));
        client.get_company(&self.company, field_ids.as_ref(), types.as_ref()).await
    }
}

impl ReadEndpoint for OneCompany {}

plain_collection! {
    /// See [`Companies::fields`].
    CompanyFields {} list_company_fields(cursor, limit) -> FieldMetadata
}

plain_collection! {
    /// See [`Companies::lists`].
    CompanyLists { company: CompanyId as "companyId" } list_company_lists(cursor, limit) -> List
}

plain_collection! {
    /// See [`Companies::list_entries`].
    CompanyListEntries { company: CompanyId as "companyId" } list_company_list_entries(cursor, limit) -> EntityListEntry
}

plain_collection! {
    /// See [`Companies::notes`].
    CompanyNotes { company: CompanyId as "companyId" }
    list_company_notes(cursor, filter, limit, total) -> Note, limit LARGEST_PAGE
}

impl Filtered for CompanyNotes {
    type Properties = NoteOfFilter;
}

impl Counted for CompanyNotes {}
