//! Which opportunities persons and organizations have part in.

use std::collections::BTreeMap;

use crate::world::{EntityRef, World};

/// The opportunities that a user may see, by who has part in them.
#[derive(Debug, Default)]
pub(super) struct Opportunities(BTreeMap<EntityRef, Vec<u64>>);

impl Opportunities {
    pub(super) fn of(world: &World, user: u64) -> Self {
        let mut found = Self::default();
        let visible = world.opportunities.values().filter(|opportunity| {
            opportunity.managed_by(user) && world.visible_list(opportunity.list, user).is_some()
        });
        for id in visible.map(|opportunity| opportunity.id) {
            let persons = world.persons_of_opportunity(id).into_iter().map(EntityRef::person);
            let companies = world.companies_with(EntityRef::opportunity(id)).into_iter();
            for entity in persons.chain(companies.map(EntityRef::company)) {
                found.0.entry(entity).or_default().push(id);
            }
        }
        found
    }

    pub(super) fn with(&self, entity: EntityRef) -> Vec<u64> {
        self.0.get(&entity).cloned().unwrap_or_default()
    }
}
