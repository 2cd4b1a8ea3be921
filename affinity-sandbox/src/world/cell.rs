use std::collections::BTreeMap;
use std::sync::Arc;

use super::{CellValue, EntityKind, EntityRef, Entry, Field, Scope, World, WorldError};

/// The values of one entity or row, by field id.
pub(crate) type Cells = BTreeMap<Arc<str>, CellValue>;

/// Where a value is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// A company; takes its global, enriched and relationship fields.
    Company(u64),
    /// A person; takes the global, enriched and relationship fields.
    Person(u64),
    /// A row of a list; takes the list's fields, and those of the row's entity.
    Entry(u64),
}

/// One cell as one user sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cell<'w> {
    Empty,
    Hidden,
    Value(&'w CellValue),
}

impl<'w> Cell<'w> {
    pub(crate) fn value(self) -> Option<&'w CellValue> {
        match self {
            Self::Value(value) => Some(value),
            Self::Empty | Self::Hidden => None,
        }
    }
}

impl World {
    /// Sets a value, replacing what was there.
    ///
    /// # Errors
    /// [`WorldError`] when there is no such place, the place has no such field, the value is of another type than
    /// the field, or it names an unknown person, company or dropdown option.
    pub fn set_value(&mut self, place: Place, field: &str, value: CellValue) -> Result<(), WorldError> {
        let field = self.field_at(place, field)?;
        field.check(&value)?;
        self.check_references(&value)?;
        let (id, scope) = (Arc::clone(&field.id), field.scope);
        self.cells_mut(place, scope)?.insert(id, value);
        Ok(())
    }

    /// Empties a cell.
    ///
    /// # Errors
    /// [`WorldError`] when there is no such place, or the place has no such field.
    pub fn clear_value(&mut self, place: Place, field: &str) -> Result<(), WorldError> {
        let scope = self.field_at(place, field)?.scope;
        self.cells_mut(place, scope)?.remove(field);
        Ok(())
    }

    /// A cell of a row, as that user sees it.
    pub(crate) fn cell(&self, entry: &Entry, field: &Field, user: u64) -> Cell<'_> {
        if self.is_hidden(entry, field, user) {
            return Cell::Hidden;
        }
        let Some(entry) = self.entries.get(&entry.id) else {
            return Cell::Empty;
        };
        let cells = match field.scope {
            Scope::List(_) => Some(&entry.cells),
            _ => self.cells_of(entry.entity),
        };
        cells.map_or(Cell::Empty, |cells| read_cell(cells, field))
    }

    fn is_hidden(&self, entry: &Entry, field: &Field, user: u64) -> bool {
        if entry.entity.kind != EntityKind::Opportunity {
            return false;
        }
        let managers = self
            .opportunities
            .get(&entry.entity.id)
            .and_then(|found| found.managers.as_ref());
        managers.is_some_and(|managers| !managers.contains(&user)) || entry.hidden.contains(&field.id)
    }

    fn cells_of(&self, entity: EntityRef) -> Option<&Cells> {
        match entity.kind {
            EntityKind::Company => self.company(entity.id).map(|company| &company.cells),
            EntityKind::Person => self.person(entity.id).map(|person| &person.cells),
            EntityKind::Opportunity => self.opportunities.get(&entity.id).map(|found| &found.cells),
        }
    }

    fn cells_mut(&mut self, place: Place, scope: Scope) -> Result<&mut Cells, WorldError> {
        if let (Place::Entry(id), Scope::List(_)) = (place, scope) {
            let entry = self.entries.get_mut(&id);
            return entry
                .map(|entry| &mut entry.cells)
                .ok_or_else(|| WorldError::unknown("list entry", id));
        }
        let entity = self.entity_at(place)?;
        let found = self.survivor(entity).and_then(|id| match entity.kind {
            EntityKind::Company => self.companies.get_mut(&id).map(|company| &mut company.cells),
            EntityKind::Person => self.persons.get_mut(&id).map(|person| &mut person.cells),
            EntityKind::Opportunity => self.opportunities.get_mut(&id).map(|found| &mut found.cells),
        });
        found.ok_or_else(|| WorldError::unknown(entity.kind.as_str(), entity.id))
    }

    fn entity_at(&self, place: Place) -> Result<EntityRef, WorldError> {
        match place {
            Place::Company(id) => Ok(EntityRef {
                kind: EntityKind::Company,
                id,
            }),
            Place::Person(id) => Ok(EntityRef {
                kind: EntityKind::Person,
                id,
            }),
            Place::Entry(id) => {
                let entry = self
                    .entries
                    .get(&id)
                    .ok_or_else(|| WorldError::unknown("list entry", id))?;
                Ok(entry.entity)
            }
        }
    }

    fn check_references(&self, value: &CellValue) -> Result<(), WorldError> {
        let (persons, companies) = value.references();
        if let Some(id) = persons.into_iter().find(|id| !self.persons.contains_key(id)) {
            return Err(WorldError::unknown("person", id));
        }
        match companies.into_iter().find(|id| !self.companies.contains_key(id)) {
            Some(id) => Err(WorldError::unknown("company", id)),
            None => Ok(()),
        }
    }
}

/// A cell of an entity or row, hidden or not.
pub(crate) fn read_cell<'w>(cells: &'w Cells, field: &Field) -> Cell<'w> {
    cells.get(&field.id).map_or(Cell::Empty, Cell::Value)
}
