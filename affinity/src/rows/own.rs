//! What a row has by itself, beside the values of fields: the reserved names.

use super::shape::Shape;
use crate::ListType;
use crate::schema::SchemaOf;

/// What a row has by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Own {
    EntryId,
    ListId,
    CreatedAt,
    CreatorId,
    EntityType,
    EntityId,
    Name,
    Domain,
    Domains,
    IsGlobal,
    FirstName,
    LastName,
    Email,
    Emails,
    PersonType,
}

/// Of which rows it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    All,
    Lists,
    Companies,
    Persons,
}

impl Own {
    pub(crate) const COUNT: usize = ALL.len();

    /// What this name means in rows of this kind.
    pub(crate) fn named(name: &str, of: &SchemaOf, entity: &ListType) -> Option<Self> {
        let (own, ..) = ALL.iter().find(|(_, known, its)| *known == name && its.is_of(of, entity))?;
        Some(*own)
    }

    /// The names that mean something in rows of this kind.
    pub(crate) fn names<'a>(
        of: &'a SchemaOf,
        entity: &'a ListType,
    ) -> impl Iterator<Item = &'static str> + use<'a> {
        ALL.iter().filter(|(_, _, its)| its.is_of(of, entity)).map(|(_, name, _)| *name)
    }

    /// Whether it means something in rows of another kind.
    pub(crate) fn is_name(name: &str) -> bool {
        ALL.iter().any(|(_, known, _)| *known == name)
    }

    /// What it is, in words.
    pub(crate) fn what(self) -> &'static str {
        match self {
            Self::EntryId | Self::ListId | Self::CreatorId | Self::EntityId => "an id",
            Self::CreatedAt => "an instant",
            Self::IsGlobal => "yes or no",
            Self::Domains | Self::Emails => "a list of texts",
            _ => "text",
        }
    }

    /// Whether it can be read as a type of this shape.
    pub(crate) fn reads_as(self, shape: &Shape) -> bool {
        match shape {
            Shape::Anything => true,
            Shape::Option(inner) => self.reads_as(inner),
            Shape::Sequence(item) if matches!(self, Self::Domains | Self::Emails) => {
                matches!(**item, Shape::Text { .. })
            }
            Shape::Text { instant, .. } => match self {
                Self::CreatedAt => *instant,
                _ => self.what() == "text",
            },
            Shape::Enum { .. } => self.what() == "text",
            Shape::Integer(_) => self.what() == "an id",
            Shape::Bool => self == Self::IsGlobal,
            _ => false,
        }
    }
}

impl Of {
    fn is_of(self, of: &SchemaOf, entity: &ListType) -> bool {
        match self {
            Self::All => true,
            Self::Lists => matches!(of, SchemaOf::List { .. }),
            // A kind that is not known may have anything.
            Self::Companies => !matches!(entity, ListType::Person | ListType::Opportunity),
            Self::Persons => !matches!(entity, ListType::Company | ListType::Opportunity),
        }
    }
}

const ALL: [(Own, &str, Of); 15] = [
    (Own::EntryId, "entry_id", Of::Lists),
    (Own::ListId, "list_id", Of::Lists),
    (Own::CreatedAt, "created_at", Of::Lists),
    (Own::CreatorId, "creator_id", Of::Lists),
    (Own::EntityType, "entity_type", Of::Lists),
    (Own::EntityId, "entity_id", Of::All),
    (Own::Name, "name", Of::All),
    (Own::Domain, "domain", Of::Companies),
    (Own::Domains, "domains", Of::Companies),
    (Own::IsGlobal, "is_global", Of::Companies),
    (Own::FirstName, "first_name", Of::Persons),
    (Own::LastName, "last_name", Of::Persons),
    (Own::Email, "email", Of::Persons),
    (Own::Emails, "emails", Of::Persons),
    (Own::PersonType, "person_type", Of::Persons),
];
