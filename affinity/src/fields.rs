//! Which field values come with an entity or a row.

use std::str::FromStr;

use affinity_core::{Error, FieldId, Result, Scope};

use crate::FieldType;

/// Which field values come with an entity or a row. The API sends none unless asked, and asking for more
/// makes a call slower.
///
/// ```
/// use affinity::{FieldSelection, FieldType};
///
/// let by_category = FieldSelection::types([FieldType::Enriched, FieldType::Global]);
/// let by_id = FieldSelection::ids(["field-4409", "affinity-data-location"]);
/// ```
///
/// A selection can be built once, from the field metadata of a list, say, and used for many calls. What an
/// endpoint does not accept is refused before anything is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSelection(Kind);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    None,
    All,
    Ids(Vec<FieldId>),
    Types(Vec<FieldType>),
}

impl FieldSelection {
    /// No field values. What an endpoint gives when nothing else is chosen.
    pub fn none() -> Self {
        Self(Kind::None)
    }

    /// Every category that the endpoint has: the most costly choice.
    pub fn all() -> Self {
        Self(Kind::All)
    }

    /// These fields. Ids come from the field metadata of a list, or of companies or persons.
    pub fn ids<I>(ids: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<FieldId>,
    {
        Self(Kind::Ids(ids.into_iter().map(Into::into).collect()))
    }

    /// All fields of these categories. [`FieldType::List`] stands for the columns of a list: only list entries
    /// have them.
    pub fn types(types: impl IntoIterator<Item = FieldType>) -> Self {
        Self(Kind::Types(types.into_iter().collect()))
    }
}

/// The categories an entity has outside of a list.
pub(crate) const OF_ENTITIES: &[FieldType] =
    &[FieldType::Enriched, FieldType::Global, FieldType::RelationshipIntelligence];

/// The categories a row of a list has.
pub(crate) const OF_LIST_ENTRIES: &[FieldType] =
    &[FieldType::Enriched, FieldType::Global, FieldType::List, FieldType::RelationshipIntelligence];

impl FieldSelection {
    /// Refuses what an endpoint with these categories does not accept.
    pub(crate) fn check(&self, accepted: &[FieldType]) -> Result<()> {
        let refuse = |why: String| Err(Error::input(format!("fields: {why}")));
        match &self.0 {
            Kind::Ids(ids) if ids.is_empty() => {
                refuse("a selection of no ids; use FieldSelection::none() if that is meant".to_owned())
            }
            Kind::Types(types) if types.is_empty() => {
                refuse("a selection of no types; use FieldSelection::none() if that is meant".to_owned())
            }
            Kind::Ids(ids) if ids.iter().any(|id| id.as_str().trim().is_empty()) => {
                refuse("an empty field id".to_owned())
            }
            Kind::Types(types) => match types.iter().find(|category| !accepted.contains(category)) {
                Some(category) => refuse(format!(
                    "{category} is not offered here; choose from {}",
                    accepted.iter().map(FieldType::as_str).collect::<Vec<_>>().join(", ")
                )),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// The ids to ask for, if any.
    pub(crate) fn field_ids(&self) -> Option<Vec<FieldId>> {
        match &self.0 {
            Kind::Ids(ids) => Some(ids.clone()),
            _ => None,
        }
    }

    /// The categories to ask for, if any.
    pub(crate) fn field_types(&self, accepted: &[FieldType]) -> Option<Vec<FieldType>> {
        match &self.0 {
            Kind::Types(types) => Some(types.clone()),
            Kind::All => Some(accepted.to_vec()),
            _ => None,
        }
    }

    /// What was asked for, whatever the order it was asked in.
    pub(crate) fn scope(&self, scope: Scope, accepted: &[FieldType]) -> Scope {
        let sorted = |mut names: Vec<String>| {
            names.sort_unstable();
            names.dedup();
            names
        };
        let ids = self.field_ids().unwrap_or_default().iter().map(ToString::to_string).collect();
        let types = self.field_types(accepted).unwrap_or_default().iter().map(ToString::to_string).collect();
        let scope = sorted(ids).iter().fold(scope, |scope, id| scope.with("fieldIds", id));
        sorted(types).iter().fold(scope, |scope, category| scope.with("fieldTypes", category))
    }
}

/// The categories to ask for, in the enum of the endpoint, which is [`FieldType`] or a part of it.
pub(crate) fn types_of<T: FromStr>(fields: &FieldSelection, accepted: &[FieldType]) -> Option<Vec<T>> {
    fields.field_types(accepted)?.iter().map(|category| category.as_str().parse().ok()).collect()
}
