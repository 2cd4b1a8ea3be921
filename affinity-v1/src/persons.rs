//! Persons.

use affinity_core::{
    Access, CompanyId, Error, Method, OpportunityId, PersonId, ReadOnly, ReadWrite, Result, decode,
};
use serde::{Deserialize, Serialize};

use crate::append::{Append, Next, known, merged};
use crate::call::{Parts, Sealed, operations, something, texts};
use crate::interaction_dates::narrow;
use crate::listing::listings;
use crate::tolerant::null_as_empty;
use crate::{
    Call, Client, Field, FieldValue, InteractionDate, InteractionDates, InteractionPoints, ListEntry,
    Listing, Operation, Period,
};

affinity_core::open_codes! {
    /// Who a person is to the account.
    pub enum PersonKind {
        /// Somebody else.
        External = 0,
        /// A user of the account.
        Internal = 1,
        /// A collaborator (observed).
        Collaborator = 2,
    }
}

/// Persons, users of the account included.
#[derive(Clone, Debug)]
pub struct Persons<A: Access = ReadWrite> {
    client: Client<A>,
}

impl<A: Access> Persons<A> {
    pub(crate) fn new(client: &Client<A>) -> Self {
        Self { client: client.clone() }
    }

    /// The persons of the account, page by page. They come without organizations and list entries.
    ///
    /// Route: v1 `GET /persons`.
    pub fn list(&self) -> Listing<ListPersons> {
        Listing::new(&self.client, Parts::new("/persons", []))
    }

    /// One person, with organizations and list entries.
    ///
    /// Route: v1 `GET /persons/{person_id}`.
    ///
    /// # Errors
    ///
    /// `is_not_found`; `is_merged_away` for one that was merged into another (observed).
    pub fn get(&self, person: PersonId) -> Call<GetPerson> {
        Call::new(&self.client, one(person))
    }

    /// The fields of all persons, in one piece and in short form.
    ///
    /// Route: v1 `GET /persons/fields`.
    pub fn fields(&self) -> Listing<ListPersonFields> {
        Listing::new(&self.client, Parts::new("/persons/fields", []))
    }
}

impl Persons {
    /// Creates a person. `emails` can be empty. What Affinity finds out by itself, such as the job title, cannot
    /// be set here (observed), but afterwards as a field value.
    ///
    /// Route: v1 `POST /persons`.
    ///
    /// # Errors
    ///
    /// A refusal, 422 it seems, if one of the addresses belongs to somebody already.
    pub fn create<T: Into<String>>(
        &self,
        first_name: impl Into<String>,
        last_name: impl Into<String>,
        emails: impl IntoIterator<Item = T>,
    ) -> Call<CreatePerson> {
        Call::new(&self.client, Parts::new("/persons", []))
            .body("first_name", first_name.into())
            .body("last_name", last_name.into())
            .emails(emails)
    }

    /// Changes a person. What is not set stays as it is.
    ///
    /// Doing it twice comes to the same, so the call is repeated when its outcome is not known;
    /// `with_idempotency(false)` switches that off.
    ///
    /// Route: v1 `PUT /persons/{person_id}`.
    ///
    /// # Errors
    ///
    /// `is_input` if nothing is set; as [`create`](Self::create) for addresses.
    pub fn update(&self, person: PersonId) -> Call<UpdatePerson> {
        Call::new(&self.client, one(person))
    }

    /// Adds addresses to those a person has.
    ///
    /// These are two calls: the person is read, and then written with old and new addresses together. If the
    /// second fails, nothing is lost; but what others add between the two is overwritten. Addresses that are
    /// there already, whatever their case, are left out, and if none is new, only the first call is made. The
    /// main address is kept even where the list lacks it, and blank ones are dropped.
    ///
    /// Routes: v1 `GET` and `PUT /persons/{person_id}`.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get) and [`update`](Self::update); `is_decode`, with nothing changed, if the answer does
    /// not say which addresses there are, or says none beside a main one (observed in webhooks).
    pub fn append_emails<T: Into<String>>(
        &self,
        person: PersonId,
        emails: impl IntoIterator<Item = T>,
    ) -> Append<Person> {
        let added: Vec<String> = emails.into_iter().map(Into::into).collect();
        let read = Call::<GetPersonEmails>::new(&self.client, one(person));
        let write = self.update(person).replace_emails(added.clone());
        Append::new(read, write, move |(found, emails), write| {
            let there = stored(known::<GetPerson, _>("emails", emails)?, found.primary_email.as_deref())?;
            if added.iter().all(|email| has(&found.emails, email)) {
                return Ok(Next::Done(found));
            }
            Ok(Next::Write(write.replace_emails(added.into_iter().fold(there, with))))
        })
    }

    /// Adds organizations to those a person belongs to; as [`append_emails`](Self::append_emails), in two calls.
    ///
    /// Routes: v1 `GET` and `PUT /persons/{person_id}`.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get) and [`update`](Self::update); `is_decode`, with nothing changed, if the answer does
    /// not say which organizations there are.
    pub fn append_organizations(
        &self,
        person: PersonId,
        organizations: impl IntoIterator<Item = CompanyId>,
    ) -> Append<Person> {
        let added: Vec<_> = organizations.into_iter().collect();
        let write = self.update(person).replace_organizations(added.iter().copied());
        Append::new(self.get(person), write, move |found, write| {
            let there = known::<GetPerson, _>("organization_ids", found.organization_ids.as_deref())?;
            Ok(match merged(there, added) {
                Some(all) => Next::Write(write.replace_organizations(all)),
                None => Next::Done(found),
            })
        })
    }

    /// Deletes a person, and all of their field values. This cannot be undone.
    ///
    /// Route: v1 `DELETE /persons/{person_id}`.
    pub fn delete(&self, person: PersonId) -> Call<DeletePerson> {
        Call::new(&self.client, one(person))
    }
}

fn one(person: PersonId) -> Parts {
    Parts::new("/persons/{}", [("person_id", person.get())])
}

/// The addresses that a write has to keep.
fn stored(emails: Vec<String>, primary: Option<&str>) -> Result<Vec<String>> {
    let mut emails: Vec<_> = emails.into_iter().filter(|email| !email.trim().is_empty()).collect();
    let Some(primary) = primary.filter(|email| !email.trim().is_empty()) else { return Ok(emails) };
    if emails.is_empty() {
        let why = "empty beside a primary_email, so it does not say which addresses there are";
        return Err(Error::decode("emails", why).during(GetPerson::NAME));
    }
    if !has(&emails, primary) {
        emails.insert(0, primary.to_owned());
    }
    Ok(emails)
}

fn has(emails: &[String], email: &str) -> bool {
    emails.iter().any(|other| other.eq_ignore_ascii_case(email))
}

fn with(mut emails: Vec<String>, email: String) -> Vec<String> {
    if !has(&emails, &email) {
        emails.push(email);
    }
    emails
}

/// As [`GetPerson`], but it tells a list without addresses from no list.
enum GetPersonEmails {}

impl Sealed for GetPersonEmails {}

impl Operation for GetPersonEmails {
    type Output = (Person, Option<Vec<String>>);
    const NAME: &'static str = GetPerson::NAME;
    const METHOD: Method = GetPerson::METHOD;
    type Needs = ReadOnly;

    fn read(body: &[u8]) -> Result<Self::Output> {
        #[derive(Deserialize)]
        struct Emails {
            emails: Option<Vec<String>>,
        }
        let person = GetPerson::read(body)?;
        decode::value(body).map(|Emails { emails }| (person, emails))
    }
}

impl Listing<ListPersons> {
    /// Only those with this text in an address, the first or the last name. The search is fuzzy, and in no stated
    /// order (observed): compare what comes, on all pages.
    pub fn term(self, term: impl Into<String>) -> Self {
        self.query("term", term.into())
    }

    /// With [`interaction_dates`](Person::interaction_dates), and **without the persons that have no
    /// interactions**.
    pub fn interaction_dates(self) -> Self {
        self.query("with_interaction_dates", true)
    }

    /// The same, and with the users who took part.
    pub fn interaction_persons(self) -> Self {
        self.interaction_dates().query("with_interaction_persons", true)
    }

    /// With [`opportunity_ids`](Person::opportunity_ids).
    pub fn opportunities(self) -> Self {
        self.query("with_opportunities", true)
    }

    /// With [`current_organization_ids`](Person::current_organization_ids).
    pub fn current_organizations(self) -> Self {
        self.query("with_current_organizations", true)
    }

    /// Only those whose date of this kind falls into the period. Each kind can be set once.
    pub fn interacted(mut self, date: InteractionDate, period: Period) -> Self {
        narrow(&mut self.parts, date, period);
        self
    }
}

impl Call<GetPerson> {
    /// With [`interaction_dates`](Person::interaction_dates).
    pub fn interaction_dates(self) -> Self {
        self.query("with_interaction_dates", true)
    }

    /// The same, and with the users who took part.
    pub fn interaction_persons(self) -> Self {
        self.interaction_dates().query("with_interaction_persons", true)
    }

    /// With [`opportunity_ids`](Person::opportunity_ids).
    pub fn opportunities(self) -> Self {
        self.query("with_opportunities", true)
    }

    /// With [`current_organization_ids`](Person::current_organization_ids).
    pub fn current_organizations(self) -> Self {
        self.query("with_current_organizations", true)
    }
}

impl<O: Operation> Call<O> {
    fn emails<T: Into<String>>(self, emails: impl IntoIterator<Item = T>) -> Self {
        let emails: Vec<String> = emails.into_iter().map(Into::into).collect();
        let blank = emails.iter().any(|email| email.trim().is_empty());
        self.body("emails", texts(emails)).refuse_if(blank, || "emails: one of them is blank".to_owned())
    }
}

impl Call<CreatePerson> {
    /// The organizations the person belongs to.
    pub fn organizations(self, organizations: impl IntoIterator<Item = CompanyId>) -> Self {
        self.body_some_ids("organization_ids", organizations.into_iter().map(CompanyId::get))
    }
}

impl Call<UpdatePerson> {
    /// The first name.
    pub fn first_name(self, name: impl Into<String>) -> Self {
        self.body("first_name", name.into())
    }

    /// The last name.
    pub fn last_name(self, name: impl Into<String>) -> Self {
        self.body("last_name", name.into())
    }

    /// The addresses, in place of all that are there. To add some, see [`Persons::append_emails`].
    pub fn replace_emails<T: Into<String>>(self, emails: impl IntoIterator<Item = T>) -> Self {
        self.emails(emails)
    }

    /// The organizations, in place of all that are there. To add some, see [`Persons::append_organizations`].
    pub fn replace_organizations(self, organizations: impl IntoIterator<Item = CompanyId>) -> Self {
        self.body_ids("organization_ids", organizations.into_iter().map(CompanyId::get))
    }
}

listings! {
    /// See [`Persons::list`].
    ListPersons = "v1_list_persons" -> Person, in ["persons"], pages of 500;
    /// See [`Persons::fields`].
    ListPersonFields = "v1_list_person_fields" -> Field, in ["fields"];
}

operations! {
    /// See [`Persons::get`].
    GetPerson = GET "v1_get_person" -> Person;
    /// See [`Persons::create`].
    CreatePerson = POST "v1_create_person" -> Person;
    /// See [`Persons::update`].
    UpdatePerson = PUT "v1_update_person" -> Person, sets, check something;
    /// See [`Persons::delete`].
    DeletePerson = DELETE "v1_delete_person" -> done;
}

/// A person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Person {
    /// The id, the same in v2.
    pub id: PersonId,
    /// Who they are to the account.
    #[serde(rename = "type")]
    pub kind: PersonKind,
    /// The first name; can be null (observed).
    #[serde(default)]
    pub first_name: Option<String>,
    /// The last name; can be null (observed).
    #[serde(default)]
    pub last_name: Option<String>,
    /// The address that Affinity holds to be the main one; can be null (observed). It cannot be set.
    #[serde(default)]
    pub primary_email: Option<String>,
    /// All addresses.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub emails: Vec<String>,
    /// Telephone numbers; no longer given.
    #[serde(default)]
    pub phone_numbers: Option<Vec<String>>,
    /// The organizations; missing where persons are listed.
    #[serde(default)]
    pub organization_ids: Option<Vec<CompanyId>>,
    /// The opportunities, if they were asked for.
    #[serde(default)]
    pub opportunity_ids: Option<Vec<OpportunityId>>,
    /// The organizations where they are now, as Affinity's data have it, if they were asked for.
    #[serde(default)]
    pub current_organization_ids: Option<Vec<CompanyId>>,
    /// The rows they stand in, without [`entity`](ListEntry::entity); only where one person was asked for.
    #[serde(default)]
    pub list_entries: Option<Vec<ListEntry>>,
    /// When there was contact, if it was asked for.
    #[serde(default)]
    pub interaction_dates: Option<InteractionDates>,
    /// The same, and the users who took part if they were asked for.
    #[serde(default)]
    pub interactions: Option<InteractionPoints>,
    /// Field values, which can come with one person (observed).
    #[serde(default)]
    pub field_values: Option<Vec<FieldValue>>,
}
