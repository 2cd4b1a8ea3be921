//! Opportunities.

use affinity_core::{Access, CompanyId, ListId, OpportunityId, PersonId, ReadWrite};
use serde::{Deserialize, Serialize};

use crate::append::{Append, Next, known, merged};
use crate::call::{Parts, operations, something};
use crate::listing::listings;
use crate::tolerant::null_as_empty;
use crate::{Call, Client, ListEntry, Listing};

/// Opportunities. Each stands on one list, in one row, and is gone when that row, that list or it is deleted.
#[derive(Clone, Debug)]
pub struct Opportunities<A: Access = ReadWrite> {
    client: Client<A>,
}

impl<A: Access> Client<A> {
    /// Opportunities.
    pub fn opportunities(&self) -> Opportunities<A> {
        Opportunities { client: self.clone() }
    }
}

impl<A: Access> Opportunities<A> {
    /// The opportunities on lists that the key's owner sees, page by page.
    ///
    /// Route: v1 `GET /opportunities`.
    pub fn list(&self) -> Listing<ListOpportunities> {
        Listing::new(&self.client, Parts::new("/opportunities", []))
    }

    /// One opportunity.
    ///
    /// Route: v1 `GET /opportunities/{opportunity_id}`.
    pub fn get(&self, opportunity: OpportunityId) -> Call<GetOpportunity> {
        Call::new(&self.client, one(opportunity))
    }
}

impl Opportunities {
    /// Creates an opportunity, and its row on a list of opportunities. It cannot move to another list later.
    ///
    /// Route: v1 `POST /opportunities`.
    pub fn create(&self, name: impl Into<String>, list: ListId) -> Call<CreateOpportunity> {
        Call::new(&self.client, Parts::new("/opportunities", []))
            .body_name(name.into())
            .body_id("list_id", list.get())
    }

    /// Changes an opportunity. What is not set stays as it is.
    ///
    /// Doing it twice comes to the same, so the call is repeated when its outcome is not known;
    /// `with_idempotency(false)` switches that off.
    ///
    /// Route: v1 `PUT /opportunities/{opportunity_id}`.
    ///
    /// # Errors
    ///
    /// `is_input` if nothing is set.
    pub fn update(&self, opportunity: OpportunityId) -> Call<UpdateOpportunity> {
        Call::new(&self.client, one(opportunity))
    }

    /// Adds persons to those of an opportunity.
    ///
    /// These are two calls: the opportunity is read, and then written with old and new persons together. If the
    /// second fails, nothing is lost; but what others add between the two is overwritten. If none is new,
    /// only the first call is made.
    ///
    /// Routes: v1 `GET` and `PUT /opportunities/{opportunity_id}`.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get) and [`update`](Self::update); `is_decode`, with nothing changed, if the answer does
    /// not say which persons there are.
    pub fn append_persons(
        &self,
        opportunity: OpportunityId,
        persons: impl IntoIterator<Item = PersonId>,
    ) -> Append<Opportunity> {
        let added: Vec<_> = persons.into_iter().collect();
        let write = self.update(opportunity).replace_persons(added.iter().copied());
        Append::new(self.get(opportunity), write, move |found, write| {
            let there = known::<GetOpportunity, _>("person_ids", found.person_ids.as_deref())?;
            Ok(match merged(there, added) {
                Some(all) => Next::Write(write.replace_persons(all)),
                None => Next::Done(found),
            })
        })
    }

    /// Adds organizations to those of an opportunity; as [`append_persons`](Self::append_persons), in two calls.
    ///
    /// Routes: v1 `GET` and `PUT /opportunities/{opportunity_id}`.
    ///
    /// # Errors
    ///
    /// As [`append_persons`](Self::append_persons).
    pub fn append_organizations(
        &self,
        opportunity: OpportunityId,
        organizations: impl IntoIterator<Item = CompanyId>,
    ) -> Append<Opportunity> {
        let added: Vec<_> = organizations.into_iter().collect();
        let write = self.update(opportunity).replace_organizations(added.iter().copied());
        Append::new(self.get(opportunity), write, move |found, write| {
            let there = known::<GetOpportunity, _>("organization_ids", found.organization_ids.as_deref())?;
            Ok(match merged(there, added) {
                Some(all) => Next::Write(write.replace_organizations(all)),
                None => Next::Done(found),
            })
        })
    }

    /// Deletes an opportunity, its row and its field values. This cannot be undone.
    ///
    /// Route: v1 `DELETE /opportunities/{opportunity_id}`.
    pub fn delete(&self, opportunity: OpportunityId) -> Call<DeleteOpportunity> {
        Call::new(&self.client, one(opportunity))
    }
}

fn one(opportunity: OpportunityId) -> Parts {
    Parts::new("/opportunities/{}", [("opportunity_id", opportunity.get())])
}

impl Listing<ListOpportunities> {
    /// Only those with this text in the name.
    pub fn term(self, term: impl Into<String>) -> Self {
        self.query("term", term.into())
    }
}

impl Call<CreateOpportunity> {
    /// The persons who have to do with it.
    pub fn persons(self, persons: impl IntoIterator<Item = PersonId>) -> Self {
        self.body_some_ids("person_ids", persons.into_iter().map(PersonId::get))
    }

    /// The organizations that have to do with it.
    pub fn organizations(self, organizations: impl IntoIterator<Item = CompanyId>) -> Self {
        self.body_some_ids("organization_ids", organizations.into_iter().map(CompanyId::get))
    }
}

impl Call<UpdateOpportunity> {
    /// The name.
    pub fn name(self, name: impl Into<String>) -> Self {
        self.body_name(name.into())
    }

    /// The persons, in place of all that are there. To add some, see [`Opportunities::append_persons`].
    pub fn replace_persons(self, persons: impl IntoIterator<Item = PersonId>) -> Self {
        self.body_ids("person_ids", persons.into_iter().map(PersonId::get))
    }

    /// The organizations, in place of all that are there. To add some, see
    /// [`Opportunities::append_organizations`].
    pub fn replace_organizations(self, organizations: impl IntoIterator<Item = CompanyId>) -> Self {
        self.body_ids("organization_ids", organizations.into_iter().map(CompanyId::get))
    }
}

listings! {
    /// See [`Opportunities::list`].
    ListOpportunities = "v1_list_opportunities" -> Opportunity, in ["opportunities"], pages of 500;
}

operations! {
    /// See [`Opportunities::get`].
    GetOpportunity = GET "v1_get_opportunity" -> Opportunity;
    /// See [`Opportunities::create`].
    CreateOpportunity = POST "v1_create_opportunity" -> Opportunity;
    /// See [`Opportunities::update`].
    UpdateOpportunity = PUT "v1_update_opportunity" -> Opportunity, sets, check something;
    /// See [`Opportunities::delete`].
    DeleteOpportunity = DELETE "v1_delete_opportunity" -> done;
}

/// An opportunity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Opportunity {
    /// The id, the same in v2.
    pub id: OpportunityId,
    /// The name.
    #[serde(default)]
    pub name: Option<String>,
    /// The persons; can be missing from the answer to its creation.
    #[serde(default)]
    pub person_ids: Option<Vec<PersonId>>,
    /// The organizations; can be missing from the answer to its creation.
    #[serde(default)]
    pub organization_ids: Option<Vec<CompanyId>>,
    /// Its one row; none for somebody who does not see the list.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub list_entries: Vec<ListEntry>,
}

impl Opportunity {
    /// Its one row, which values of its list's fields are written to; none for somebody who does not see the
    /// list.
    pub fn list_entry(&self) -> Option<&ListEntry> {
        self.list_entries.first()
    }
}
