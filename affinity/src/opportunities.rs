//! Opportunities.

use affinity_core::{Access, CompanyId, ListId, OpportunityId, PersonId, ReadWrite, Result, Scope};
use affinity_v1 as v1;
use affinity_v2_raw::{Client, Paged};

use crate::collection::LARGEST_PAGE;
use crate::endpoint::{
    Ask, CollectionEndpoint, Counted, Filtered, IdsEndpoint, Raw, Sealed, check_in_path, plain_collection,
    plain_single,
};
use crate::filter::NoteOfFilter;
use crate::{Affinity, ByIds, Collection, Note, Opportunity, Single};

/// Opportunities. Each belongs to one list; its field values are those of its entry in that list, so read them
/// with [`Lists::entries`](crate::resources::Lists::entries).
#[derive(Clone, Debug)]
pub struct Opportunities<A: Access = ReadWrite> {
    affinity: Affinity<A>,
}

impl<A: Access> Opportunities<A> {
    pub(crate) fn new(affinity: &Affinity<A>) -> Self {
        Self { affinity: affinity.clone() }
    }

    /// All opportunities that the key's user may see.
    ///
    /// Route: v2 `GET /v2/opportunities`. Permission: "Export data from Lists".
    pub fn list(&self) -> Collection<AllOpportunities, A> {
        Collection::new(&self.affinity, AllOpportunities { ids: None })
    }

    /// One opportunity.
    ///
    /// Route: v2 `GET /v2/opportunities/{opportunityId}`. Permission: "Export data from Lists", which later
    /// versions do not ask for.
    pub fn get(&self, opportunity: OpportunityId) -> Single<OneOpportunity, A> {
        Single::new(&self.affinity, OneOpportunity { opportunity })
    }

    /// Opportunities by their ids: any number, in the order given, with those missing named.
    ///
    /// Route: v2 `GET /v2/opportunities`, 100 ids a call. Permission: "Export data from Lists". The document
    /// declares a 404 here, and does not say when: unknown ids are taken to be left out, as with companies.
    pub fn by_ids(&self, ids: impl IntoIterator<Item = OpportunityId>) -> ByIds<AllOpportunities> {
        ByIds::new(self.list(), ids)
    }

    /// The notes on an opportunity: those attached to it, and those attached to its persons.
    ///
    /// Route: v2 `GET /v2/opportunities/{opportunityId}/notes` (beta). No permission beyond the key; 403 has been
    /// seen all the same (observed).
    pub fn notes(&self, opportunity: OpportunityId) -> Collection<OpportunityNotes, A> {
        Collection::new(&self.affinity, OpportunityNotes { opportunity })
    }

    /// Opportunities whose name has this in it.
    ///
    /// Route: v1 `GET /opportunities`.
    pub fn search(&self, term: impl Into<String>) -> v1::Listing<v1::ListOpportunities> {
        self.affinity.v1().opportunities().list().term(term)
    }
}

impl Opportunities {
    /// Creates an opportunity, with its row in this list. Not repeated by itself when its outcome is not known.
    ///
    /// Route: v1 `POST /opportunities`.
    pub fn create(&self, name: impl Into<String>, list: ListId) -> v1::Call<v1::CreateOpportunity> {
        self.affinity.v1().opportunities().create(name, list)
    }

    /// Changes an opportunity. What is not set stays as it is; lists are replaced whole. It stays on its list.
    ///
    /// Doing it twice comes to the same, so the call is repeated when its outcome is not known;
    /// `with_idempotency(false)` switches that off.
    ///
    /// Route: v1 `PUT /opportunities/{opportunity_id}`.
    pub fn update(&self, opportunity: OpportunityId) -> v1::Call<v1::UpdateOpportunity> {
        self.affinity.v1().opportunities().update(opportunity)
    }

    /// Deletes an opportunity, with its row and all its field values. This cannot be undone.
    ///
    /// Route: v1 `DELETE /opportunities/{opportunity_id}`.
    pub fn delete(&self, opportunity: OpportunityId) -> v1::Call<v1::DeleteOpportunity> {
        self.affinity.v1().opportunities().delete(opportunity)
    }

    /// Adds persons to those of an opportunity. Two calls, since a write replaces the whole list: it reads, and
    /// writes what it read with the new ones; who else writes in between is overwritten.
    ///
    /// Route: v1 `GET` and `PUT /opportunities/{opportunity_id}`.
    ///
    /// # Errors
    ///
    /// What either call can end with. Nothing is lost if the second fails.
    pub fn append_persons(
        &self,
        opportunity: OpportunityId,
        persons: impl IntoIterator<Item = PersonId>,
    ) -> v1::Append<v1::Opportunity> {
        self.affinity.v1().opportunities().append_persons(opportunity, persons)
    }

    /// Adds companies to those of an opportunity; as [`append_persons`](Self::append_persons).
    ///
    /// Route: v1 `GET` and `PUT /opportunities/{opportunity_id}`.
    ///
    /// # Errors
    ///
    /// What either call can end with. Nothing is lost if the second fails.
    pub fn append_companies(
        &self,
        opportunity: OpportunityId,
        companies: impl IntoIterator<Item = CompanyId>,
    ) -> v1::Append<v1::Opportunity> {
        self.affinity.v1().opportunities().append_organizations(opportunity, companies)
    }
}

/// See [`Opportunities::list`].
#[derive(Clone, Debug)]
pub struct AllOpportunities {
    ids: Option<Vec<OpportunityId>>,
}

impl Sealed for AllOpportunities {}

impl CollectionEndpoint for AllOpportunities {
    type Item = Opportunity;
    const OPERATION: &'static str = "list_opportunities";

    fn scope(&self, scope: Scope) -> Scope {
        self.ids.iter().flatten().fold(scope, |scope, id| scope.with("ids", id))
    }

    async fn page(self, client: Client, ask: Ask) -> Raw<Paged<Opportunity>> {
        client.list_opportunities(ask.cursor(), self.ids.as_ref(), ask.limit()).await
    }
}

impl IdsEndpoint for AllOpportunities {
    type Id = OpportunityId;

    fn with_ids(self, ids: Vec<OpportunityId>) -> Self {
        Self { ids: Some(ids) }
    }

    fn id(item: &Opportunity) -> OpportunityId {
        item.id
    }

    fn check_id(id: &OpportunityId) -> Result<()> {
        check_in_path("ids", id)
    }
}

plain_single! {
    /// See [`Opportunities::get`].
    OneOpportunity { opportunity: OpportunityId as "opportunityId" } get_opportunity -> Opportunity
}

plain_collection! {
    /// See [`Opportunities::notes`].
    OpportunityNotes { opportunity: OpportunityId as "opportunityId" }
    list_opportunity_notes(cursor, filter, limit, total) -> Note, limit LARGEST_PAGE
}

impl Filtered for OpportunityNotes {
    type Properties = NoteOfFilter;
}

impl Counted for OpportunityNotes {}
