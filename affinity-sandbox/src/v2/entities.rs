//! Companies, persons and opportunities on the wire, whole and compact.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::call::Call;
use super::fields::FieldBody;
use super::paging::Range;
use crate::world::{Company, List, Opportunity, Person, PersonKind};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CompanyBody<'a> {
    id: u64,
    name: &'a str,
    domain: Option<&'a str>,
    domains: &'a [String],
    is_global: bool,
    /// Not specified: empty or missing when nothing was selected; here empty.
    fields: Vec<FieldBody<'a>>,
}

impl<'a> CompanyBody<'a> {
    pub(super) fn of(company: &'a Company, fields: Vec<FieldBody<'a>>) -> Self {
        Self {
            id: company.id,
            name: &company.name,
            domain: company.domains.first().map(String::as_str),
            domains: &company.domains,
            is_global: company.is_global,
            fields,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PersonBody<'a> {
    id: u64,
    first_name: &'a str,
    last_name: Option<&'a str>,
    primary_email_address: Option<&'a str>,
    email_addresses: &'a [String],
    r#type: &'static str,
    fields: Vec<FieldBody<'a>>,
}

impl<'a> PersonBody<'a> {
    pub(super) fn of(person: &'a Person, fields: Vec<FieldBody<'a>>) -> Self {
        Self {
            id: person.id,
            first_name: person.first_name.as_deref().unwrap_or_default(),
            last_name: person.last_name.as_deref(),
            primary_email_address: person.emails.first().map(String::as_str),
            email_addresses: &person.emails,
            r#type: match person.kind {
                PersonKind::Internal => "internal",
                // The whole form knows two types only.
                PersonKind::External | PersonKind::Collaborator => "external",
            },
            fields,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OpportunityBody<'a> {
    id: u64,
    name: &'a str,
    list_id: u64,
    /// Only as the entity of a list entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<Vec<FieldBody<'a>>>,
    /// An addition, but not as the entity of a list entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    list_name: Option<&'a str>,
    /// An addition.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_restricted: Option<bool>,
    /// An addition. There is no redaction here: who sees a list sees the names on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_redacted: Option<bool>,
}

impl<'a> OpportunityBody<'a> {
    pub(super) fn alone(call: &Call<'_>, opportunity: &'a Opportunity, list: &'a List) -> Self {
        Self::new(call, opportunity, Some(&list.name), None)
    }

    pub(super) fn of_entry(
        call: &Call<'_>,
        opportunity: &'a Opportunity,
        fields: Vec<FieldBody<'a>>,
    ) -> Self {
        Self::new(call, opportunity, None, Some(fields))
    }

    fn new(
        call: &Call<'_>,
        opportunity: &'a Opportunity,
        list_name: Option<&'a str>,
        fields: Option<Vec<FieldBody<'a>>>,
    ) -> Self {
        let additions = call.settings.additions;
        Self {
            id: opportunity.id,
            name: &opportunity.name,
            list_id: opportunity.list,
            fields,
            list_name: list_name.filter(|_| additions),
            is_restricted: additions.then_some(opportunity.managers.is_some()),
            is_redacted: additions.then_some(false),
        }
    }
}

#[derive(Serialize)]
pub(super) struct CompanyData<'a> {
    id: u64,
    name: &'a str,
    domain: Option<&'a str>,
}

impl<'a> CompanyData<'a> {
    pub(super) fn of(company: &'a Company) -> Self {
        Self { id: company.id, name: &company.name, domain: company.domains.first().map(String::as_str) }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PersonData<'a> {
    id: u64,
    first_name: Option<&'a str>,
    last_name: Option<&'a str>,
    primary_email_address: Option<&'a str>,
    r#type: &'static str,
}

impl<'a> PersonData<'a> {
    pub(super) fn of(person: &'a Person) -> Self {
        Self {
            id: person.id,
            first_name: person.first_name.as_deref(),
            last_name: person.last_name.as_deref(),
            primary_email_address: person.emails.first().map(String::as_str),
            r#type: person.kind.as_str(),
        }
    }
}

/// A part of a collection: of all of it, or of the wanted ids. Unknown ids are skipped: not specified, but evident.
pub(super) fn pick<'a, T>(
    all: &'a BTreeMap<u64, T>,
    wanted: Option<&'a BTreeSet<u64>>,
    range: Range<u64>,
) -> Box<dyn DoubleEndedIterator<Item = (u64, &'a T)> + 'a> {
    match wanted {
        Some(ids) => Box::new(ids.range(range).filter_map(|id| Some((*id, all.get(id)?)))),
        None => Box::new(all.range(range).map(|(id, item)| (*id, item))),
    }
}
