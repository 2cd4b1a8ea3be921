//! Persons, organizations and opportunities in short, as they stand within other things and in events.

use serde::Serialize;

use super::codes;
use crate::world::{Company, Opportunity, Person};

/// A person in short.
#[derive(Serialize)]
pub(super) struct PersonBrief<'a> {
    id: u64,
    r#type: u64,
    first_name: Option<&'a str>,
    last_name: Option<&'a str>,
    primary_email: Option<&'a str>,
    emails: &'a [String],
}

impl<'a> PersonBrief<'a> {
    pub(super) fn of(person: &'a Person) -> Self {
        Self {
            id: person.id,
            r#type: codes::of_person(person.kind),
            first_name: person.first_name.as_deref(),
            last_name: person.last_name.as_deref(),
            primary_email: person.emails.first().map(String::as_str),
            emails: &person.emails,
        }
    }
}

/// An organization in short.
#[derive(Serialize)]
pub(super) struct OrganizationBrief<'a> {
    id: u64,
    name: &'a str,
    domain: Option<&'a str>,
    domains: &'a [String],
    crunchbase_uuid: Option<&'a str>,
    global: bool,
}

impl<'a> OrganizationBrief<'a> {
    pub(super) fn of(company: &'a Company) -> Self {
        Self {
            id: company.id,
            name: &company.name,
            domain: company.domains.first().map(String::as_str),
            domains: &company.domains,
            crunchbase_uuid: None,
            global: company.is_global,
        }
    }
}

/// An opportunity in short.
#[derive(Serialize)]
pub(super) struct OpportunityBrief<'a> {
    id: u64,
    name: &'a str,
}

impl<'a> OpportunityBrief<'a> {
    pub(super) fn of(opportunity: &'a Opportunity) -> Self {
        Self { id: opportunity.id, name: &opportunity.name }
    }
}
