//! A row of a list, with the company, person or opportunity in it.

use std::fmt;

use affinity_core::decode::kept;
use affinity_core::{ListEntryId, ListId, PersonId};
use chrono::{DateTime, Utc};
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::types::{Company, OpportunityWithFields, Person};

/// A row of a list, with the company, person or opportunity in it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ListEntryWithEntity {
    /// The row. An entity can be in several rows of one list.
    pub id: ListEntryId,
    /// The list.
    pub list_id: ListId,
    /// When the row was added, in UTC.
    pub created_at: DateTime<Utc>,
    /// The person who added it; `None` if that is not known.
    pub creator_id: Option<PersonId>,
    /// What stands in the row, with the cells that were asked for.
    pub entity: Entity,
}

/// What stands in a row.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Entity {
    /// A company.
    Company(Company),
    /// An opportunity.
    Opportunity(OpportunityWithFields),
    /// A person.
    Person(Person),
    /// A kind that the document does not have.
    Unknown(UnknownEntity),
}

/// A kind of entity that the document does not have, with its JSON as it came.
#[derive(Clone)]
pub struct UnknownEntity {
    kind: String,
    json: Box<RawValue>,
}

impl UnknownEntity {
    /// What the row says it is.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The entity's JSON, as it came.
    pub fn json(&self) -> &str {
        self.json.get()
    }
}

impl PartialEq for UnknownEntity {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.json.get() == other.json.get()
    }
}

impl fmt::Debug for UnknownEntity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnknownEntity").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Entity {
    /// The kind as it stands on the wire.
    pub fn kind(&self) -> &str {
        match self {
            Self::Company(_) => "company",
            Self::Opportunity(_) => "opportunity",
            Self::Person(_) => "person",
            Self::Unknown(unknown) => &unknown.kind,
        }
    }

    fn from_map<'de, A: MapAccess<'de>>(kind: &str, map: &mut A) -> Result<Self, A::Error> {
        Ok(match kind {
            "company" => Self::Company(map.next_value()?),
            "opportunity" => Self::Opportunity(map.next_value()?),
            "person" => Self::Person(map.next_value()?),
            _ => Self::unknown(kind, map.next_value()?),
        })
    }

    fn from_kept<E: Error>(kind: &str, json: Box<RawValue>) -> Result<Self, E> {
        Ok(match kind {
            "company" => Self::Company(kept(&json, "entity")?),
            "opportunity" => Self::Opportunity(kept(&json, "entity")?),
            "person" => Self::Person(kept(&json, "entity")?),
            _ => Self::unknown(kind, json),
        })
    }

    fn unknown(kind: &str, json: Box<RawValue>) -> Self {
        Self::Unknown(UnknownEntity { kind: kind.to_owned(), json })
    }
}

impl Serialize for Entity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Company(company) => company.serialize(serializer),
            Self::Opportunity(opportunity) => opportunity.serialize(serializer),
            Self::Person(person) => person.serialize(serializer),
            Self::Unknown(unknown) => unknown.json.serialize(serializer),
        }
    }
}

impl Serialize for ListEntryWithEntity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_struct("ListEntryWithEntity", 6)?;
        row.serialize_field("id", &self.id)?;
        row.serialize_field("type", self.entity.kind())?;
        row.serialize_field("listId", &self.list_id)?;
        row.serialize_field("createdAt", &self.created_at)?;
        row.serialize_field("creatorId", &self.creator_id)?;
        row.serialize_field("entity", &self.entity)?;
        row.end()
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Key {
    Id,
    Type,
    ListId,
    CreatedAt,
    CreatorId,
    Entity,
    #[serde(other)]
    Other,
}

impl<'de> Deserialize<'de> for ListEntryWithEntity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Row)
    }
}

struct Row;

impl<'de> Visitor<'de> for Row {
    type Value = ListEntryWithEntity;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list entry")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut id, mut kind, mut list_id, mut created_at, mut creator_id) =
            (None, None::<String>, None, None, None);
        let (mut entity, mut early) = (None, None::<Box<RawValue>>);
        while let Some(key) = map.next_key()? {
            match key {
                Key::Id => id = Some(map.next_value()?),
                Key::Type => kind = Some(map.next_value()?),
                Key::ListId => list_id = Some(map.next_value()?),
                Key::CreatedAt => created_at = Some(map.next_value()?),
                Key::CreatorId => creator_id = map.next_value()?,
                Key::Entity => match &kind {
                    Some(kind) => entity = Some(Entity::from_map(kind, &mut map)?),
                    // The kind follows: the entity is kept as text until it is known.
                    None => early = Some(map.next_value()?),
                },
                Key::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let missing = A::Error::missing_field;
        let kind = kind.ok_or_else(|| missing("type"))?;
        let entity = match (entity, early) {
            (Some(entity), _) => entity,
            (None, Some(json)) => Entity::from_kept(&kind, json)?,
            (None, None) => return Err(missing("entity")),
        };
        Ok(ListEntryWithEntity {
            id: id.ok_or_else(|| missing("id"))?,
            list_id: list_id.ok_or_else(|| missing("listId"))?,
            created_at: created_at.ok_or_else(|| missing("createdAt"))?,
            creator_id,
            entity,
        })
    }
}
