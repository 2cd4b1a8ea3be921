use std::collections::BTreeSet;

use super::{Author, Cells, EntityKind, EntityRef, List, NewEntry, World, WorldError, take_next};

#[derive(Clone, Debug)]
pub(crate) struct Opportunity {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) list: u64,
    /// Who can manage it; everybody when `None`.
    pub(crate) managers: Option<BTreeSet<u64>>,
    pub(crate) cells: Cells,
}

impl Opportunity {
    pub(crate) fn managed_by(&self, user: u64) -> bool {
        self.managers.as_ref().is_none_or(|managers| managers.contains(&user))
    }
}

/// The two ids of a new opportunity: its own and that of its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpportunityRow {
    /// The opportunity.
    pub opportunity: u64,
    /// Its row on the list.
    pub entry: u64,
}

impl World {
    /// Adds an opportunity to a list, as one row.
    ///
    /// # Errors
    /// [`WorldError`] when there is no such list or the list holds something else.
    pub fn add_opportunity(
        &mut self,
        list: u64,
        name: impl Into<String>,
    ) -> Result<OpportunityRow, WorldError> {
        self.make_opportunity(list, name.into(), self.founder())
    }

    /// As [`World::add_opportunity`], by somebody and now.
    pub(crate) fn make_opportunity(
        &mut self,
        list: u64,
        name: String,
        by: Author,
    ) -> Result<OpportunityRow, WorldError> {
        let kind = self.lists.get(&list).ok_or_else(|| WorldError::unknown("list", list))?.kind;
        if kind != EntityKind::Opportunity {
            return Err(WorldError::WrongKind("only an opportunity list holds opportunities"));
        }
        let id = take_next(&mut self.ids.opportunity);
        let opportunity = Opportunity { id, name, list, managers: None, cells: Cells::new() };
        self.opportunities.insert(id, opportunity);
        let row = NewEntry::of(id).created_at(by.at).creator(by.user);
        let entry = self.insert_entry(list, EntityRef::opportunity(id), &row);
        Ok(OpportunityRow { opportunity: id, entry })
    }

    /// Lets only these users manage an opportunity; to everybody else all its cells are hidden.
    ///
    /// # Errors
    /// [`WorldError::Unknown`] when there is no such opportunity or person.
    pub fn restrict_opportunity(
        &mut self,
        opportunity: u64,
        managers: impl IntoIterator<Item = u64>,
    ) -> Result<(), WorldError> {
        let managers: BTreeSet<u64> = managers.into_iter().collect();
        for person in &managers {
            self.check_person(*person)?;
        }
        let found = self.opportunities.get_mut(&opportunity);
        let found = found.ok_or_else(|| WorldError::unknown("opportunity", opportunity))?;
        found.managers = Some(managers);
        Ok(())
    }

    /// An opportunity with its list, if that user may see the list.
    pub(crate) fn visible_opportunity(&self, id: u64, user: u64) -> Option<(&List, &Opportunity)> {
        let opportunity = self.opportunities.get(&id)?;
        Some((self.visible_list(opportunity.list, user)?, opportunity))
    }
}
