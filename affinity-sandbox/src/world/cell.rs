use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{
    Author, CellValue, Company, EntityKind, EntityRef, Field, Mark, Person, Row, ValueChange, World,
    WorldError,
};

/// The values of one entity or row, by field id.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cells(BTreeMap<Arc<str>, Stored>);

/// A value, with what is kept about each of its items.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) value: CellValue,
    pub(super) marks: Vec<Mark>,
}

impl Cells {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A cell, hidden or not.
    pub(crate) fn read(&self, field: &Field) -> Cell<'_> {
        self.get(&field.id).map_or(Cell::Empty, |stored| Cell::Value(&stored.value))
    }

    pub(super) fn get(&self, field: &str) -> Option<&Stored> {
        self.0.get(field)
    }

    /// A multi value without items is no value.
    pub(super) fn put(&mut self, field: Arc<str>, stored: Option<Stored>) {
        match stored.filter(|stored| !stored.value.is_empty()) {
            Some(stored) => drop(self.0.insert(field, stored)),
            None => self.clear(&field),
        }
    }

    pub(super) fn clear(&mut self, field: &str) {
        self.0.remove(field);
    }

    /// Takes an option out of the values of a dropdown.
    pub(super) fn forget_option(&mut self, field: &str, option: u64) {
        let Some(Stored { value, marks }) = self.0.remove(field) else {
            return;
        };
        let value_type = value.value_type();
        let kept = value.items().into_iter().zip(marks).filter(|(item, _)| !item.options().contains(&option));
        let (items, marks): (Vec<_>, Vec<_>) = kept.unzip();
        if let Some(value) = CellValue::of_items(value_type, items) {
            self.0.insert(field.into(), Stored { value, marks });
        }
    }

    pub(super) fn stored(&self) -> impl Iterator<Item = (&Arc<str>, &Stored)> {
        self.0.iter()
    }

    pub(super) fn values(&self) -> impl Iterator<Item = (&Arc<str>, &CellValue)> {
        self.0.iter().map(|(field, stored)| (field, &stored.value))
    }

    /// Takes over the values of all other fields than those to be kept.
    pub(super) fn gain(&mut self, mut given: Self, kept: &BTreeSet<Arc<str>>) {
        given.0.retain(|field, _| !kept.contains(field));
        self.0.append(&mut given.0);
    }
}

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

/// What becomes of a cell: another value, or none.
#[derive(Clone, Debug)]
pub(crate) struct CellUpdate {
    pub(crate) field: Arc<str>,
    pub(crate) value: Option<CellValue>,
}

/// One cell as one user sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cell<'w> {
    Empty,
    Hidden,
    Value(&'w CellValue),
}

impl<'w> Cell<'w> {
    /// What can be seen of it.
    pub(crate) fn value(self) -> Option<&'w CellValue> {
        match self {
            Self::Value(value) => Some(value),
            Self::Empty | Self::Hidden => None,
        }
    }
}

impl World {
    /// Sets a value, replacing what was there; a multi value without items clears the cell. Association columns of a
    /// row tell what belongs to its person or opportunity, and are the same on every list. In the history of the field
    /// the main user did it, when the world began.
    ///
    /// # Errors
    /// [`WorldError`] when there is no such place, the place has no such field, the value is of another type than
    /// the field, it names an unknown person, company or dropdown option, or the API has no way to say it.
    pub fn set_value(&mut self, place: Place, field: &str, value: CellValue) -> Result<(), WorldError> {
        self.write_cell(place, field, Some(value), self.founder()).map(drop)
    }

    /// Empties a cell.
    ///
    /// # Errors
    /// [`WorldError`] when there is no such place, or the place has no such field.
    pub fn clear_value(&mut self, place: Place, field: &str) -> Result<(), WorldError> {
        self.write_cell(place, field, None, self.founder()).map(drop)
    }

    /// Changes cells of a row: all of them, or none when one value does not fit. The last change of a cell counts. Tells
    /// what became of the values.
    pub(crate) fn update_cells(
        &mut self,
        entry: u64,
        updates: Vec<CellUpdate>,
        by: Author,
    ) -> Result<Vec<ValueChange>, WorldError> {
        let place = Place::Entry(entry);
        for CellUpdate { field, value } in &updates {
            let field = self.field_at(place, field)?;
            value.as_ref().map_or(Ok(()), |value| self.check_value(field, value))?;
        }
        let last: BTreeMap<Arc<str>, Option<CellValue>> =
            updates.into_iter().map(|update| (update.field, update.value)).collect();
        let mut changes = Vec::new();
        for (field, value) in last {
            changes.extend(self.write_cell(place, &field, value, by)?);
        }
        Ok(changes)
    }

    /// A cell of a row, as that user sees it.
    pub(crate) fn cell<'w>(&'w self, row: &Row<'w>, field: &Field, user: u64) -> Cell<'w> {
        if row.is_hidden_from(user) {
            return Cell::Hidden;
        }
        let cells = if field.belongs_to_rows() { &row.entry.cells } else { row.entity.cells() };
        cells.read(field)
    }

    /// A value as it reads today: merges followed, the deleted left out. `None` when nothing is left of it.
    pub(crate) fn as_of_now(&self, value: &CellValue) -> Option<CellValue> {
        let now = match value {
            CellValue::Company(id) => CellValue::Company(self.company(*id)?.id),
            CellValue::Person(id) => CellValue::Person(self.person(*id)?.id),
            CellValue::CompanyMulti(ids) => {
                CellValue::CompanyMulti(self.companies_of(ids).iter().map(|company| company.id).collect())
            }
            CellValue::PersonMulti(ids) => {
                CellValue::PersonMulti(self.persons_of(ids).iter().map(|person| person.id).collect())
            }
            other => other.clone(),
        };
        (!now.is_empty()).then_some(now)
    }

    /// The companies of these ids that are still there, merges followed, each once.
    pub(crate) fn companies_of(&self, ids: &[u64]) -> Vec<&Company> {
        let mut seen = BTreeSet::new();
        let found = ids.iter().filter_map(|id| self.company(*id));
        found.filter(|company| seen.insert(company.id)).collect()
    }

    /// The persons of these ids that are still there, merges followed, each once.
    pub(crate) fn persons_of(&self, ids: &[u64]) -> Vec<&Person> {
        let mut seen = BTreeSet::new();
        let found = ids.iter().filter_map(|id| self.person(*id));
        found.filter(|person| seen.insert(person.id)).collect()
    }

    /// Whether the value can be in that field.
    pub(crate) fn check_value(&self, field: &Field, value: &CellValue) -> Result<(), WorldError> {
        field.check(value)?;
        value.check()?;
        self.check_references(value)
    }

    pub(super) fn entity_cells_mut(&mut self, kind: EntityKind, id: u64) -> Option<&mut Cells> {
        match kind {
            EntityKind::Company => self.companies.get_mut(&id).map(|company| &mut company.cells),
            EntityKind::Person => self.persons.get_mut(&id).map(|person| &mut person.cells),
            EntityKind::Opportunity => self.opportunities.get_mut(&id).map(|found| &mut found.cells),
        }
    }

    pub(super) fn entity_at(&self, place: Place) -> Result<EntityRef, WorldError> {
        match place {
            Place::Company(id) => Ok(EntityRef::company(id)),
            Place::Person(id) => Ok(EntityRef::person(id)),
            Place::Entry(id) => {
                let entry = self.entries.get(&id).ok_or_else(|| WorldError::unknown("list entry", id))?;
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
