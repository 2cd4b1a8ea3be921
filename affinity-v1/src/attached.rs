//! What notes, files, reminders and interactions belong to.

use affinity_core::PersonId;

use crate::call::Parts;
use crate::{EntityRef, ListOperation, Listing};

impl EntityRef {
    /// The parameter that takes one id of this kind.
    pub(crate) fn id_parameter(self) -> &'static str {
        match self {
            Self::Person(_) => "person_id",
            Self::Organization(_) => "organization_id",
            Self::Opportunity(_) => "opportunity_id",
        }
    }

    /// The parameter that takes several.
    pub(crate) fn ids_parameter(self) -> &'static str {
        match self {
            Self::Person(_) => "person_ids",
            Self::Organization(_) => "organization_ids",
            Self::Opportunity(_) => "opportunity_ids",
        }
    }
}

impl Parts {
    /// The entity that the body is about.
    pub(crate) fn about(mut self, entity: EntityRef) -> Self {
        self.check_id(entity.id_parameter(), entity.number());
        self.body.insert(entity.id_parameter().to_owned(), entity.number().into());
        self
    }

    /// One more of those that the body is about.
    pub(crate) fn also_about(&mut self, entity: EntityRef) {
        self.check_id(entity.ids_parameter(), entity.number());
        let ids = self.body.entry(entity.ids_parameter()).or_insert_with(|| Vec::<u64>::new().into());
        if let Some(ids) = ids.as_array_mut() {
            let id = entity.number().into();
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
    }
}

impl<O: ListOperation> Listing<O> {
    /// Puts an id into the query, in place of what was there under that name.
    pub(crate) fn query_id(mut self, name: &'static str, id: u64) -> Self {
        self.parts.set_query_id(name, id);
        self
    }
}

/// The ids without those that stand there already.
pub(crate) fn distinct(persons: impl IntoIterator<Item = PersonId>) -> Vec<u64> {
    let mut ids = Vec::new();
    for id in persons.into_iter().map(PersonId::get) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}
