use std::collections::BTreeSet;

use super::{Cells, EntityKind, EntityRef, NewEntry, World, WorldError, claim};

#[derive(Clone, Debug)]
pub(crate) struct Opportunity {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) list: u64,
    /// Who can manage it; everybody when `None`.
    pub(crate) managers: Option<BTreeSet<u64>>,
    pub(crate) cells: Cells,
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
        let kind = self
            .lists
            .get(&list)
            .ok_or_else(|| WorldError::unknown("list", list))?
            .kind;
        if kind != EntityKind::Opportunity {
            return Err(WorldError::WrongKind(
                "only an opportunity list holds opportunities",
            ));
        }
        let id = claim(&mut self.ids.opportunity, 0);
        let opportunity = Opportunity {
            id,
            name: name.into(),
            list,
            managers: None,
            cells: Cells::new(),
        };
        self.opportunities.insert(id, opportunity);
        let entry = self.insert_entry(list, EntityRef { kind, id }, &NewEntry::of(id));
        Ok(OpportunityRow {
            opportunity: id,
            entry,
        })
    }

    /// Lets only these users manage an opportunity; to everybody else all its cells are hidden.
    ///
    /// # Errors
    /// [`WorldError::Unknown`] when there is no such opportunity.
    pub fn restrict_opportunity(
        &mut self,
        opportunity: u64,
        managers: impl IntoIterator<Item = u64>,
    ) -> Result<(), WorldError> {
        let found = self.opportunities.get_mut(&opportunity);
        let found = found.ok_or_else(|| WorldError::unknown("opportunity", opportunity))?;
        found.managers = Some(managers.into_iter().collect());
        Ok(())
    }

    /// Hides one cell of an opportunity's row from everybody.
    ///
    /// # Errors
    /// [`WorldError`] when there is no such row or field, or the row is not an opportunity's.
    pub fn hide_cell(&mut self, entry: u64, field: &str) -> Result<(), WorldError> {
        let id = self.field_at(super::Place::Entry(entry), field)?.id.clone();
        let row = self
            .entries
            .get_mut(&entry)
            .ok_or_else(|| WorldError::unknown("list entry", entry))?;
        if row.entity.kind != EntityKind::Opportunity {
            return Err(WorldError::WrongKind("only cells of opportunities can be hidden"));
        }
        row.hidden.insert(id);
        Ok(())
    }
}
