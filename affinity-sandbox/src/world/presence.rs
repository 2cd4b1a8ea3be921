use std::collections::BTreeMap;

use super::{Cells, Company, EntityKind, EntityRef, Person, World, WorldError};

/// Whether a company or person still exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Presence {
    #[default]
    Here,
    Deleted,
    MergedInto(u64),
}

/// What companies and persons have in common.
pub(crate) trait Record: Sized {
    const KIND: EntityKind;
    fn all(world: &World) -> &BTreeMap<u64, Self>;
    fn presence(&self) -> Presence;
    fn cells(&self) -> &Cells;
}

impl Record for Company {
    const KIND: EntityKind = EntityKind::Company;

    fn all(world: &World) -> &BTreeMap<u64, Self> {
        &world.companies
    }

    fn presence(&self) -> Presence {
        self.presence
    }

    fn cells(&self) -> &Cells {
        &self.cells
    }
}

impl Record for Person {
    const KIND: EntityKind = EntityKind::Person;

    fn all(world: &World) -> &BTreeMap<u64, Self> {
        &world.persons
    }

    fn presence(&self) -> Presence {
        self.presence
    }

    fn cells(&self) -> &Cells {
        &self.cells
    }
}

impl World {
    /// Deletes a company or person: reads of it answer 404, its rows and every mention of it vanish.
    ///
    /// # Errors
    /// [`WorldError`] when there is no such company or person, or for an opportunity.
    pub fn mark_deleted(&mut self, kind: EntityKind, id: u64) -> Result<(), WorldError> {
        *self.presence_mut(kind, id)? = Presence::Deleted;
        Ok(())
    }

    /// Merges a duplicate into a survivor, or into what that was merged into: reads of the duplicate answer 422, and
    /// what it had passes on. The survivor keeps its own values and gains those it lacked; rows, domains and addresses
    /// it gets all. What leaves a trace in the history of merges is [`World::add_merge`].
    ///
    /// # Errors
    /// [`WorldError`] when the duplicate was merged or deleted before, no survivor is left, the two are the same, or
    /// for opportunities.
    pub fn mark_merged(&mut self, kind: EntityKind, duplicate: u64, survivor: u64) -> Result<(), WorldError> {
        let into = self.survivor(EntityRef { kind, id: survivor }).filter(|end| *end != duplicate);
        let survivor = into.ok_or_else(|| WorldError::unknown("survivor", survivor))?;
        let presence = self.presence_mut(kind, duplicate)?;
        if *presence != Presence::Here {
            return Err(WorldError::unknown(kind.as_str(), duplicate));
        }
        *presence = Presence::MergedInto(survivor);
        self.unite(kind, duplicate, survivor);
        Ok(())
    }

    /// Follows merges to the record that is left, if one is.
    pub(crate) fn survivor(&self, entity: EntityRef) -> Option<u64> {
        let mut id = entity.id;
        loop {
            match self.presence(EntityRef { kind: entity.kind, id })? {
                Presence::Here => return Some(id),
                Presence::Deleted => return None,
                Presence::MergedInto(next) => id = next,
            }
        }
    }

    pub(crate) fn presence(&self, entity: EntityRef) -> Option<Presence> {
        match entity.kind {
            EntityKind::Company => self.companies.get(&entity.id).map(|company| company.presence),
            EntityKind::Person => self.persons.get(&entity.id).map(|person| person.presence),
            EntityKind::Opportunity => self.opportunities.get(&entity.id).map(|_| Presence::Here),
        }
    }

    fn presence_mut(&mut self, kind: EntityKind, id: u64) -> Result<&mut Presence, WorldError> {
        match kind {
            EntityKind::Company => self.companies.get_mut(&id).map(|company| &mut company.presence),
            EntityKind::Person => self.persons.get_mut(&id).map(|person| &mut person.presence),
            EntityKind::Opportunity => {
                return Err(WorldError::WrongKind("only companies and persons are merged or deleted"));
            }
        }
        .ok_or_else(|| WorldError::unknown(kind.as_str(), id))
    }
}
