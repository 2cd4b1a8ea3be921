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

    /// Where it stands in a row, and whether that is in the entity.
    pub(crate) fn place(self) -> (&'static str, bool) {
        match self {
            Self::EntryId => ("id", false),
            Self::ListId => ("listId", false),
            Self::CreatedAt => ("createdAt", false),
            Self::CreatorId => ("creatorId", false),
            Self::EntityType => ("type", false),
            Self::EntityId => ("id", true),
            Self::Name => ("name", true),
            Self::Domain => ("domain", true),
            Self::Domains => ("domains", true),
            Self::IsGlobal => ("isGlobal", true),
            Self::FirstName => ("firstName", true),
            Self::LastName => ("lastName", true),
            Self::Email => ("primaryEmailAddress", true),
            Self::Emails => ("emailAddresses", true),
            Self::PersonType => ("type", true),
        }
    }

    /// The name that this one was probably to be: `entryId` is `entry_id`.
    pub(crate) fn near(name: &str, of: &SchemaOf, entity: &ListType) -> Option<&'static str> {
        let bare = |name: &str| name.replace('_', "").to_lowercase();
        Self::names(of, entity).find(|own| bare(own) == bare(name))
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

    /// Whether it can be read as a type of this shape, in rows of this kind.
    pub(crate) fn reads_as(self, shape: &Shape, of: &SchemaOf, entity: &ListType) -> bool {
        match shape {
            Shape::Anything => true,
            Shape::Option(inner) | Shape::Shown(inner) => self.reads_as(inner, of, entity),
            Shape::Sequence(item) | Shape::Multi(item) if matches!(self, Self::Domains | Self::Emails) => {
                matches!(**item, Shape::Text { .. })
            }
            Shape::Text { instant, .. } => match self {
                Self::CreatedAt => *instant,
                _ => self.what() == "text" && !shape.is_date(),
            },
            Shape::Id(name) => match self {
                Self::EntryId => *name == "ListEntryId",
                Self::ListId => *name == "ListId",
                Self::CreatorId => *name == "PersonId",
                Self::EntityId => match (of, entity) {
                    (SchemaOf::Companies, _) | (SchemaOf::List { .. }, ListType::Company) => {
                        *name == "CompanyId"
                    }
                    (SchemaOf::Persons, _) | (SchemaOf::List { .. }, ListType::Person) => *name == "PersonId",
                    (SchemaOf::List { .. }, ListType::Opportunity) => *name == "OpportunityId",
                    _ => false,
                },
                _ => false,
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
