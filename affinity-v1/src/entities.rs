//! What lists hold, files hang on and values describe: persons, organizations and opportunities; and the short
//! forms in which they stand inside other things.

use affinity_core::{CompanyId, OpportunityId, PersonId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::PersonKind;
use crate::tolerant::null_as_empty;

affinity_core::open_codes! {
    /// A kind of entity: what a list holds, and what a field describes.
    pub enum EntityType {
        /// Persons.
        Person = 0,
        /// Organizations, which the product and v2 call companies.
        Organization = 1,
        /// Opportunities.
        Opportunity = 8,
    }
}

impl EntityType {
    pub(crate) fn is_known(self) -> bool {
        Self::KNOWN.contains(&self)
    }
}

/// One entity, by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntityRef {
    /// A person.
    Person(PersonId),
    /// An organization; v2 and this crate's ids say company.
    Organization(CompanyId),
    /// An opportunity.
    Opportunity(OpportunityId),
}

impl EntityRef {
    /// The entity of this kind with this number; `None` for a kind without a name.
    pub fn new(kind: EntityType, number: u64) -> Option<Self> {
        match kind {
            EntityType::Person => Some(Self::Person(PersonId::new(number))),
            EntityType::Organization => Some(Self::Organization(CompanyId::new(number))),
            EntityType::Opportunity => Some(Self::Opportunity(OpportunityId::new(number))),
            EntityType::Unknown(_) => None,
        }
    }

    /// The kind.
    pub fn entity_type(self) -> EntityType {
        match self {
            Self::Person(_) => EntityType::Person,
            Self::Organization(_) => EntityType::Organization,
            Self::Opportunity(_) => EntityType::Opportunity,
        }
    }

    /// The number alone, which is unique only with the kind.
    pub fn number(self) -> u64 {
        match self {
            Self::Person(id) => id.get(),
            Self::Organization(id) => id.get(),
            Self::Opportunity(id) => id.get(),
        }
    }
}

impl From<PersonId> for EntityRef {
    fn from(id: PersonId) -> Self {
        Self::Person(id)
    }
}

impl From<CompanyId> for EntityRef {
    fn from(id: CompanyId) -> Self {
        Self::Organization(id)
    }
}

impl From<OpportunityId> for EntityRef {
    fn from(id: OpportunityId) -> Self {
        Self::Opportunity(id)
    }
}

/// An entity in its short form, as it stands in a list entry.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Entity {
    /// A person.
    Person(PersonSummary),
    /// An organization.
    Organization(OrganizationSummary),
    /// An opportunity.
    Opportunity(OpportunitySummary),
    /// Something else, as it came.
    Unknown(Value),
}

impl Entity {
    /// The kind that the shape speaks for, else the kind that is stated: the service has been seen to state a
    /// wrong one.
    pub(crate) fn kind(value: &Value, stated: Option<EntityType>) -> Option<EntityType> {
        let has = |keys: &[&str]| keys.iter().any(|key| value.get(key).is_some());
        match stated {
            Some(EntityType::Unknown(_)) => None,
            _ if has(&["first_name", "last_name", "primary_email", "emails"]) => Some(EntityType::Person),
            _ if has(&["domain", "domains", "global"]) => Some(EntityType::Organization),
            Some(EntityType::Person) | None if has(&["name"]) => Some(EntityType::Opportunity),
            stated => stated,
        }
    }

    /// The entity itself; `None` for something unknown.
    pub fn id(&self) -> Option<EntityRef> {
        match self {
            Self::Person(person) => Some(person.id.into()),
            Self::Organization(organization) => Some(organization.id.into()),
            Self::Opportunity(opportunity) => Some(opportunity.id.into()),
            Self::Unknown(_) => None,
        }
    }
}

/// A person, in short: as the one who made or changed something, as a participant, or in a list entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PersonSummary {
    /// The id.
    pub id: PersonId,
    /// Who they are to the account.
    #[serde(default, rename = "type")]
    pub kind: Option<PersonKind>,
    /// The first name.
    #[serde(default)]
    pub first_name: Option<String>,
    /// The last name.
    #[serde(default)]
    pub last_name: Option<String>,
    /// The address that Affinity holds to be the main one.
    #[serde(default)]
    pub primary_email: Option<String>,
    /// All addresses. Can be empty even with a primary one (observed).
    #[serde(default, deserialize_with = "null_as_empty")]
    pub emails: Vec<String>,
}

/// An organization, in short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OrganizationSummary {
    /// The id, the same as the company's in v2.
    pub id: CompanyId,
    /// The name.
    #[serde(default)]
    pub name: Option<String>,
    /// The domain of the main website.
    #[serde(default)]
    pub domain: Option<String>,
    /// All domains.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub domains: Vec<String>,
    /// What Crunchbase knows it by.
    #[serde(default)]
    pub crunchbase_uuid: Option<String>,
    /// Whether it is of Affinity's shared directory, and not the account's own.
    #[serde(default)]
    pub global: Option<bool>,
}

/// An opportunity, in short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OpportunitySummary {
    /// The id.
    pub id: OpportunityId,
    /// The name.
    #[serde(default)]
    pub name: Option<String>,
}
