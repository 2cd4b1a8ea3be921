use std::collections::BTreeMap;

use super::{PersonKind, World, WorldError};

/// How well a user of the account knows somebody outside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Strength {
    pub(crate) internal: u64,
    pub(crate) external: u64,
    pub(crate) strength: f64,
}

impl World {
    /// Sets how strong the relationship of a user with somebody else is; the API tells numbers from 0 to 1.
    ///
    /// # Errors
    /// [`WorldError`] when one of the two does not exist or is not of the kind named, or for a number that is none.
    pub fn set_strength(&mut self, internal: u64, external: u64, strength: f64) -> Result<(), WorldError> {
        let kind_of = |id: u64| self.person(id).map(|person| person.kind);
        let user = kind_of(internal).ok_or_else(|| WorldError::unknown("person", internal))?;
        let other = kind_of(external).ok_or_else(|| WorldError::unknown("person", external))?;
        if user != PersonKind::Internal || other == PersonKind::Internal {
            return Err(WorldError::WrongKind("a strength is of a user and somebody who is none"));
        }
        if !strength.is_finite() {
            return Err(WorldError::Unsayable("a strength is a finite number"));
        }
        self.strengths.insert((internal, external), strength);
        Ok(())
    }

    /// How strong the relationships with a person are, merges followed: of two that were merged, the stronger counts.
    pub(crate) fn strengths_with(&self, external: u64) -> Vec<Strength> {
        let mut strongest: BTreeMap<u64, f64> = BTreeMap::new();
        for ((internal, other), strength) in &self.strengths {
            let Some(user) = self.person(*internal).filter(|_| self.is_person(*other, external)) else {
                continue;
            };
            let known = strongest.entry(user.id).or_insert(*strength);
            *known = known.max(*strength);
        }
        strongest.into_iter().map(|(internal, strength)| Strength { internal, external, strength }).collect()
    }
}
