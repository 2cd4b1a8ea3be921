//! Organizations, which the product and v2 call companies.

use affinity_core::{Access, CompanyId, OpportunityId, PersonId, ReadWrite};
use serde::{Deserialize, Serialize};

use crate::append::{Append, Next, known, merged};
use crate::call::{Parts, operations, something};
use crate::interaction_dates::narrow;
use crate::listing::listings;
use crate::tolerant::null_as_empty;
use crate::{
    Call, Client, Field, InteractionDate, InteractionDates, InteractionPoints, ListEntry, Listing, Operation,
    Period,
};

/// Organizations, which the product and v2 call companies. Their ids are [`CompanyId`]s, the same in both.
#[derive(Clone, Debug)]
pub struct Organizations<A: Access = ReadWrite> {
    client: Client<A>,
}

impl<A: Access> Client<A> {
    /// Organizations, which the product and v2 call companies.
    pub fn organizations(&self) -> Organizations<A> {
        Organizations { client: self.clone() }
    }
}

impl<A: Access> Organizations<A> {
    /// The organizations of the account, page by page. They come without persons and list entries.
    ///
    /// With nothing but a [`term`](Listing::term), those of Affinity's shared directory are searched too:
    /// see [`global`](Organization::global).
    ///
    /// Route: v1 `GET /organizations`.
    pub fn list(&self) -> Listing<ListOrganizations> {
        Listing::new(&self.client, Parts::new("/organizations", []))
    }

    /// One organization, with persons and list entries.
    ///
    /// Route: v1 `GET /organizations/{organization_id}`.
    ///
    /// # Errors
    ///
    /// `is_not_found`; `is_merged_away` for one that was merged into another (observed).
    pub fn get(&self, organization: CompanyId) -> Call<GetOrganization> {
        Call::new(&self.client, one(organization))
    }

    /// The fields of all organizations, in one piece and in short form.
    ///
    /// Route: v1 `GET /organizations/fields`.
    pub fn fields(&self) -> Listing<ListOrganizationFields> {
        Listing::new(&self.client, Parts::new("/organizations/fields", []))
    }
}

impl Organizations {
    /// Creates an organization, even if there is one just like it (observed): search first, by domain and then by
    /// name.
    ///
    /// Route: v1 `POST /organizations`.
    pub fn create(&self, name: impl Into<String>) -> Call<CreateOrganization> {
        Call::new(&self.client, Parts::new("/organizations", [])).body_name(name.into())
    }

    /// Changes an organization. What is not set stays as it is.
    ///
    /// Doing it twice comes to the same, so the call is repeated when its outcome is not known;
    /// `with_idempotency(false)` switches that off.
    ///
    /// Route: v1 `PUT /organizations/{organization_id}`.
    ///
    /// # Errors
    ///
    /// `is_input` if nothing is set; a refusal for name or domain of one of Affinity's shared directory.
    pub fn update(&self, organization: CompanyId) -> Call<UpdateOrganization> {
        Call::new(&self.client, one(organization))
    }

    /// Adds persons to those of an organization.
    ///
    /// These are two calls: the organization is read, and then written with old and new persons together. If the
    /// second fails, nothing is lost; but what others add between the two is overwritten. If none is new,
    /// only the first call is made.
    ///
    /// Routes: v1 `GET` and `PUT /organizations/{organization_id}`.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get) and [`update`](Self::update); `is_decode`, with nothing changed, if the answer does
    /// not say which persons there are.
    pub fn append_persons(
        &self,
        organization: CompanyId,
        persons: impl IntoIterator<Item = PersonId>,
    ) -> Append<Organization> {
        let added: Vec<_> = persons.into_iter().collect();
        let write = self.update(organization).replace_persons(added.iter().copied());
        Append::new(self.get(organization), write, move |found, write| {
            let there = known::<GetOrganization, _>("person_ids", found.person_ids.as_deref())?;
            Ok(match merged(there, added) {
                Some(all) => Next::Write(write.replace_persons(all)),
                None => Next::Done(found),
            })
        })
    }

    /// Deletes an organization, and all of its field values. This cannot be undone.
    ///
    /// Route: v1 `DELETE /organizations/{organization_id}`.
    ///
    /// # Errors
    ///
    /// A refusal for one of Affinity's shared directory.
    pub fn delete(&self, organization: CompanyId) -> Call<DeleteOrganization> {
        Call::new(&self.client, one(organization))
    }
}

fn one(organization: CompanyId) -> Parts {
    Parts::new("/organizations/{}", [("organization_id", organization.get())])
}

/// Whether the service can take it (observed): a host name by itself, of two labels or more. No address.
fn is_bare(domain: &str) -> bool {
    let top = domain.rsplit_once('.').map(|(_, top)| top);
    let named = top.is_some_and(|top| !top.bytes().all(|byte| byte.is_ascii_digit()));
    named && domain.chars().count() <= 253 && domain.split('.').all(is_label)
}

/// Letters of any script, as the product shows them, digits, and hyphens inside.
fn is_label(label: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '-';
    (1..=63).contains(&label.chars().count())
        && label.chars().all(inside)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

impl Listing<ListOrganizations> {
    /// Only those with this text in the name or a domain. The search is fuzzy, and in no stated order (observed):
    /// compare what comes, on all pages.
    pub fn term(self, term: impl Into<String>) -> Self {
        self.query("term", term.into())
    }

    /// With [`interaction_dates`](Organization::interaction_dates), and **without the organizations that have no
    /// interactions**.
    pub fn interaction_dates(self) -> Self {
        self.query("with_interaction_dates", true)
    }

    /// The same, and with the users who took part.
    pub fn interaction_persons(self) -> Self {
        self.interaction_dates().query("with_interaction_persons", true)
    }

    /// With [`opportunity_ids`](Organization::opportunity_ids).
    pub fn opportunities(self) -> Self {
        self.query("with_opportunities", true)
    }

    /// Only those whose date of this kind falls into the period. Each kind can be set once.
    pub fn interacted(mut self, date: InteractionDate, period: Period) -> Self {
        narrow(&mut self.parts, date, period);
        self
    }
}

impl Call<GetOrganization> {
    /// With [`interaction_dates`](Organization::interaction_dates).
    pub fn interaction_dates(self) -> Self {
        self.query("with_interaction_dates", true)
    }

    /// The same, and with the users who took part.
    pub fn interaction_persons(self) -> Self {
        self.interaction_dates().query("with_interaction_persons", true)
    }

    /// With [`opportunity_ids`](Organization::opportunity_ids).
    pub fn opportunities(self) -> Self {
        self.query("with_opportunities", true)
    }
}

impl<O: Operation> Call<O> {
    fn bare_domain(self, domain: String) -> Self {
        let wrong = !is_bare(&domain);
        let why =
            || "domain: give it bare, such as tessel.example: letters, digits, hyphens and dots".to_owned();
        self.body("domain", domain).refuse_if(wrong, why)
    }
}

impl Call<CreateOrganization> {
    /// The domain of the main website, bare: no scheme, no path, no spaces, no underscore. Persons with addresses
    /// there are linked by themselves.
    pub fn domain(self, domain: impl Into<String>) -> Self {
        self.bare_domain(domain.into())
    }

    /// The persons who belong to it.
    pub fn persons(self, persons: impl IntoIterator<Item = PersonId>) -> Self {
        self.body_some_ids("person_ids", persons.into_iter().map(PersonId::get))
    }
}

impl Call<UpdateOrganization> {
    /// The name.
    pub fn name(self, name: impl Into<String>) -> Self {
        self.body_name(name.into())
    }

    /// The domain of the main website, bare, as at [`Organizations::create`]. The other domains cannot be set.
    pub fn domain(self, domain: impl Into<String>) -> Self {
        self.bare_domain(domain.into())
    }

    /// The persons, in place of all that are there. To add some, see [`Organizations::append_persons`].
    pub fn replace_persons(self, persons: impl IntoIterator<Item = PersonId>) -> Self {
        self.body_ids("person_ids", persons.into_iter().map(PersonId::get))
    }
}

listings! {
    /// See [`Organizations::list`].
    ListOrganizations = "v1_list_organizations" -> Organization, in ["organizations"], pages of 500;
    /// See [`Organizations::fields`].
    ListOrganizationFields = "v1_list_organization_fields" -> Field, in ["fields"];
}

operations! {
    /// See [`Organizations::get`].
    GetOrganization = GET "v1_get_organization" -> Organization;
    /// See [`Organizations::create`].
    CreateOrganization = POST "v1_create_organization" -> Organization;
    /// See [`Organizations::update`].
    UpdateOrganization = PUT "v1_update_organization" -> Organization, sets, check something;
    /// See [`Organizations::delete`].
    DeleteOrganization = DELETE "v1_delete_organization" -> done;
}

/// An organization, which the product and v2 call a company.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Organization {
    /// The id, the same as the company's in v2.
    pub id: CompanyId,
    /// The name.
    #[serde(default)]
    pub name: Option<String>,
    /// The domain of the main website.
    #[serde(default)]
    pub domain: Option<String>,
    /// All domains. Persons with addresses there are linked by themselves.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub domains: Vec<String>,
    /// What Crunchbase knows it by; no longer given here.
    #[serde(default)]
    pub crunchbase_uuid: Option<String>,
    /// Whether it is of Affinity's shared directory, and not the account's own: then name and domain cannot be
    /// changed, and it cannot be deleted.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub global: bool,
    /// The persons; missing where organizations are listed.
    #[serde(default)]
    pub person_ids: Option<Vec<PersonId>>,
    /// The opportunities, if they were asked for.
    #[serde(default)]
    pub opportunity_ids: Option<Vec<OpportunityId>>,
    /// The rows it stands in, without [`entity`](ListEntry::entity); only where one organization was asked for.
    #[serde(default)]
    pub list_entries: Option<Vec<ListEntry>>,
    /// When there was contact, if it was asked for.
    #[serde(default)]
    pub interaction_dates: Option<InteractionDates>,
    /// The same, and the users who took part if they were asked for.
    #[serde(default)]
    pub interactions: Option<InteractionPoints>,
}
