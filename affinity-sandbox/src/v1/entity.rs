//! The person, organization or opportunity that something is about.

use super::params::Params;
use crate::world::{Company, EntityKind, EntityRef, Person, World};

/// The parameters that name one.
const NAMES: [&str; 3] = ["person_id", "organization_id", "opportunity_id"];

impl Params<'_> {
    /// All that are named. Not specified: what several mean; here all of them have to hold.
    pub(super) fn entities(&mut self, world: &World) -> Vec<EntityRef> {
        let person = self.known::<Person>(world, "person_id").map(EntityRef::person);
        let company = self.known::<Company>(world, "organization_id").map(EntityRef::company);
        let opportunity = self.known_opportunity(world, "opportunity_id").map(EntityRef::opportunity);
        [person, company, opportunity].into_iter().flatten().collect()
    }

    /// The one that is named; naming none or several is wrong.
    pub(super) fn entity(&mut self, world: &World) -> Option<EntityRef> {
        let given = NAMES.iter().filter(|name| self.is_given(name)).count();
        let entities = self.entities(world);
        if given != 1 {
            self.reject("person_id", format!("exactly one of {} is required", NAMES.join(", ")));
        }
        entities.into_iter().next()
    }

    pub(super) fn known_opportunity(&mut self, world: &World, name: &'static str) -> Option<u64> {
        let id = self.id(name)?;
        if world.visible_opportunity(id, self.request.caller.user).is_none() {
            self.reject_id(name, id);
            return None;
        }
        Some(id)
    }

    /// As [`Params::ids`], of opportunities the caller may see.
    pub(super) fn known_opportunities(&mut self, world: &World, name: &'static str) -> Option<Vec<u64>> {
        let ids = self.ids(name)?;
        let unknown = |id: &&u64| world.visible_opportunity(**id, self.request.caller.user).is_none();
        if let Some(id) = ids.iter().find(unknown).copied() {
            self.reject_id(name, id);
        }
        Some(ids)
    }

    /// The id of a user of the account.
    pub(super) fn user(&mut self, world: &World, name: &'static str) -> Option<u64> {
        let id = self.known::<Person>(world, name)?;
        if !world.is_user(id) {
            self.reject(name, "an internal person is expected");
        }
        Some(id)
    }
}

/// The ids of the three keys of which one says what something is about.
pub(super) fn ids_of(about: EntityRef) -> [Option<u64>; 3] {
    let is = |kind: EntityKind| (about.kind == kind).then_some(about.id);
    [is(EntityKind::Person), is(EntityKind::Company), is(EntityKind::Opportunity)]
}
