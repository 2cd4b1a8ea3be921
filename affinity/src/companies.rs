//! Companies.

use affinity_core::{CompanyId, Result, Scope};
use affinity_v2_raw::{Client, Paged};

use crate::endpoint::{CollectionEndpoint, IdsEndpoint, Raw, Sealed, SingleEndpoint, plain_collection};
use crate::fields::{OF_ENTITIES, types_of};
use crate::{
    Affinity, ByIds, Collection, Company, EntityListEntry, FieldMetadata, FieldSelection, List, Single,
};

/// Companies. (The older API calls them organizations.)
#[derive(Clone, Debug)]
pub struct Companies {
    affinity: Affinity,
}

impl Companies {
    pub(crate) fn new(affinity: &Affinity) -> Self {
        Self { affinity: affinity.clone() }
    }

    /// All companies, those of Affinity's own directory included: that is some twelve million rows (observed),
    /// so most programs want a list, or [`by_ids`](Self::by_ids).
    ///
    /// Route: v2 `GET /v2/companies`. Permission: "Export All Organizations directory".
    pub fn list(&self) -> Collection<AllCompanies> {
        Collection::new(&self.affinity, AllCompanies { ids: None, fields: FieldSelection::none() })
    }

    /// One company.
    ///
    /// Route: v2 `GET /v2/companies/{companyId}`. Permission: "Export All Organizations directory", which later
    /// versions do not ask for. A company that was merged into another answers 422.
    pub fn get(&self, company: CompanyId) -> Single<OneCompany> {
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
    pub fn fields(&self) -> Collection<CompanyFields> {
        Collection::new(&self.affinity, CompanyFields {})
    }

    /// The lists a company is on. They come without the kind of list.
    ///
    /// Route: v2 `GET /v2/companies/{companyId}/lists`. No permission beyond the key.
    pub fn lists(&self, company: CompanyId) -> Collection<CompanyLists> {
        Collection::new(&self.affinity, CompanyLists { company })
    }

    /// The rows a company has, over all lists, each with all its field values.
    ///
    /// Route: v2 `GET /v2/companies/{companyId}/list-entries`. Permission: "Export data from Lists", which later
    /// versions do not ask for.
    pub fn list_entries(&self, company: CompanyId) -> Collection<CompanyListEntries> {
        Collection::new(&self.affinity, CompanyListEntries { company })
    }
}

/// See [`Companies::list`].
#[derive(Clone, Debug)]
pub struct AllCompanies {
    ids: Option<Vec<CompanyId>>,
    fields: FieldSelection,
}

impl Collection<AllCompanies> {
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

    async fn page(self, client: Client, cursor: Option<String>, limit: Option<u32>) -> Raw<Paged<Company>> {
        let (field_ids, types) = (self.fields.field_ids(), types_of(&self.fields, OF_ENTITIES));
        let ids = self.ids.as_ref();
        client.list_companies(cursor.as_deref(), field_ids.as_ref(), types.as_ref(), ids, limit).await
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
}

/// See [`Companies::get`].
#[derive(Clone, Debug)]
pub struct OneCompany {
    company: CompanyId,
    fields: FieldSelection,
}

impl Single<OneCompany> {
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
    const OPERATION: &'static str = "get_company";

    fn check(&self) -> Result<()> {
        self.fields.check(OF_ENTITIES)
    }

    async fn call(self, client: Client) -> Raw<Company> {
        let (field_ids, types) = (self.fields.field_ids(), types_of(&self.fields, OF_ENTITIES));
        client.get_company(&self.company, field_ids.as_ref(), types.as_ref()).await
    }
}

plain_collection! {
    /// See [`Companies::fields`].
    CompanyFields {} list_company_fields -> FieldMetadata
}

plain_collection! {
    /// See [`Companies::lists`].
    CompanyLists { company: CompanyId as "companyId" } list_company_lists -> List
}

plain_collection! {
    /// See [`Companies::list_entries`].
    CompanyListEntries { company: CompanyId as "companyId" } list_company_list_entries -> EntityListEntry
}
