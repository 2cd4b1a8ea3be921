//! Values one by one: each item of a cell has an id and dates of its own.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::cell::Stored;
use super::{
    Author, CellValue, Cells, EntityKind, EntityRef, Field, FieldKey, Place, Scope, World, WorldError,
    take_next,
};

/// What is kept about one item of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) id: u64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: Option<DateTime<Utc>>,
}

/// One value, and where it is.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) mark: Mark,
    pub(crate) field: Arc<str>,
    pub(crate) scope: Scope,
    pub(crate) entity: EntityRef,
    /// Its row, if it belongs to one.
    pub(crate) entry: Option<u64>,
    pub(crate) item: CellValue,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Create,
    Delete,
    Update,
}

/// What became of one value. That of a deletion is the old one.
#[derive(Clone, Debug)]
pub(crate) struct ValueChange {
    pub(crate) action: Action,
    pub(crate) held: Held,
}

/// What has cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    Entity(EntityRef),
    Entry(u64),
}

/// A cell, filled or not.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) holder: Holder,
    pub(super) entity: EntityRef,
    pub(super) field: Arc<str>,
    pub(super) scope: Scope,
    pub(super) is_multi: bool,
    pub(super) is_tracked: bool,
}

impl Slot {
    fn held(&self, mark: Mark, item: CellValue) -> Held {
        let entry = match self.holder {
            Holder::Entry(id) => Some(id),
            Holder::Entity(_) => None,
        };
        Held { mark, field: Arc::clone(&self.field), scope: self.scope, entity: self.entity, entry, item }
    }
}

impl World {
    /// The values of an entity that do not belong to a row; interactions and associations among them.
    pub(crate) fn values_of_entity(&self, entity: EntityRef) -> Vec<Held> {
        let scope = Scope::Entity(entity.kind);
        let cells = self.entity_cells(entity.kind, entity.id);
        cells.map(|cells| held_in(cells, scope, entity, None)).unwrap_or_default()
    }

    /// The values that belong to a row.
    pub(crate) fn values_of_entry(&self, entry: u64) -> Vec<Held> {
        let Some(row) = self.row(entry) else {
            return Vec::new();
        };
        let entity = EntityRef { kind: row.entry.entity.kind, id: row.entity.id() };
        held_in(&row.entry.cells, Scope::List(row.entry.list), entity, Some(entry))
    }

    /// The value of that id. All cells are looked through: values are written far less often than read, and an index
    /// would have to follow merges.
    pub(crate) fn value_of_id(&self, id: u64) -> Option<Held> {
        let is_it =
            |cells: &Cells| cells.stored().any(|(_, stored)| stored.marks.iter().any(|mark| mark.id == id));
        let entities = [
            first(&self.companies, |company| is_it(&company.cells)).map(EntityRef::company),
            first(&self.persons, |person| is_it(&person.cells)).map(EntityRef::person),
            first(&self.opportunities, |opportunity| is_it(&opportunity.cells)).map(EntityRef::opportunity),
        ];
        let held = match entities.into_iter().flatten().next() {
            Some(entity) => self.values_of_entity(entity),
            None => self.values_of_entry(first(&self.entries, |entry| is_it(&entry.cells))?),
        };
        held.into_iter().find(|held| held.mark.id == id)
    }

    /// The field of a value, unless it was deleted.
    pub(crate) fn field_of(&self, held: &Held) -> Option<&Field> {
        self.fields.get(&held.scope)?.get(&FieldKey::of(&held.field))
    }

    /// Sets or clears a cell. Tells what became of its values: items that stay keep their ids.
    pub(crate) fn write_cell(
        &mut self,
        place: Place,
        field: &str,
        value: Option<CellValue>,
        by: Author,
    ) -> Result<Vec<ValueChange>, WorldError> {
        let field = self.field_at(place, field)?;
        value.as_ref().map_or(Ok(()), |value| self.check_value(field, value))?;
        let slot = self.slot(place, field)?;
        Ok(self.fill(&slot, value, by))
    }

    /// Adds an item to a multi value, or puts the only value into a cell.
    pub(crate) fn add_item(
        &mut self,
        place: Place,
        field: &str,
        item: CellValue,
        by: Author,
    ) -> Result<Vec<ValueChange>, WorldError> {
        let found = self.field_at(place, field)?;
        let value_type = found.value_type;
        let slot = self.slot(place, found)?;
        let before = self.cells_at(slot.holder).and_then(|cells| cells.get(field));
        let mut items = match before {
            Some(stored) if slot.is_multi => stored.value.items(),
            _ => Vec::new(),
        };
        items.push(item);
        self.write_cell(place, field, CellValue::of_items(value_type, items), by)
    }

    /// Puts another item in the place of a value, or takes it away. It is an update even if nothing is different.
    pub(crate) fn change_item(
        &mut self,
        held: &Held,
        item: Option<CellValue>,
        by: Author,
    ) -> Result<ValueChange, WorldError> {
        let unknown = || WorldError::unknown("field value", held.mark.id);
        let field = self.field_of(held).ok_or_else(unknown)?;
        let holder = held.entry.map_or(Holder::Entity(held.entity), Holder::Entry);
        let (is_multi, is_tracked) = (field.value_type.is_multi(), field.tracks_changes());
        let value_type = field.value_type;
        let stored = self.cells_at(holder).and_then(|cells| cells.get(&held.field)).ok_or_else(unknown)?;
        let nth = stored.marks.iter().position(|mark| mark.id == held.mark.id).ok_or_else(unknown)?;
        let (mut items, mut marks) = (stored.value.items(), stored.marks.clone());
        let slot = Slot {
            holder,
            entity: held.entity,
            field: Arc::clone(&held.field),
            scope: held.scope,
            is_multi,
            is_tracked,
        };
        let change = match item {
            Some(item) => {
                marks[nth].updated_at = Some(by.at);
                items[nth] = item.clone();
                ValueChange { action: Action::Update, held: slot.held(marks[nth], item) }
            }
            None => {
                let (mark, item) = (marks.remove(nth), items.remove(nth));
                ValueChange { action: Action::Delete, held: slot.held(mark, item) }
            }
        };
        let value = CellValue::of_items(value_type, items);
        if let (Some(field), Some(value)) = (self.field_of(held), &value) {
            self.check_value(field, value)?;
        }
        self.store(&slot, value, marks);
        self.remember(&slot, std::slice::from_ref(&change), by);
        Ok(change)
    }

    /// Which cell a place has for a field.
    pub(super) fn slot(&self, place: Place, field: &Field) -> Result<Slot, WorldError> {
        let given = self.entity_at(place)?;
        let id = self.survivor(given).ok_or_else(|| WorldError::unknown(given.kind.as_str(), given.id))?;
        let entity = EntityRef { kind: given.kind, id };
        let holder = match place {
            Place::Entry(entry) if field.belongs_to_rows() => Holder::Entry(entry),
            _ => Holder::Entity(entity),
        };
        Ok(Slot {
            holder,
            entity,
            field: Arc::clone(&field.id),
            scope: field.scope,
            is_multi: field.value_type.is_multi(),
            is_tracked: field.tracks_changes(),
        })
    }

    /// Replaces what is in a cell. A single value that points to something deleted is none: nobody has seen it since, so
    /// what comes after it is not an update of it.
    pub(super) fn fill(&mut self, slot: &Slot, value: Option<CellValue>, by: Author) -> Vec<ValueChange> {
        let before = self.cells_at(slot.holder).and_then(|cells| cells.get(&slot.field));
        let before =
            before.filter(|stored| slot.is_multi || self.as_of_now(&stored.value).is_some()).cloned();
        let old: Vec<(CellValue, Mark)> = before
            .map(|stored| stored.value.items().into_iter().zip(stored.marks).collect())
            .unwrap_or_default();
        let new = value.as_ref().map(CellValue::items).unwrap_or_default();
        let (marks, changes) =
            if slot.is_multi { self.mend(slot, old, new, by) } else { self.swap(slot, old, new, by) };
        self.store(slot, value, marks);
        self.remember(slot, &changes, by);
        changes
    }

    /// A single value: another one in its place is the same value, updated.
    fn swap(
        &mut self,
        slot: &Slot,
        old: Vec<(CellValue, Mark)>,
        new: Vec<CellValue>,
        by: Author,
    ) -> (Vec<Mark>, Vec<ValueChange>) {
        match (old.into_iter().next(), new.into_iter().next()) {
            (Some((before, mark)), Some(after)) if before == after => (vec![mark], Vec::new()),
            (Some((_, mark)), Some(after)) => {
                let mark = Mark { updated_at: Some(by.at), ..mark };
                (vec![mark], vec![ValueChange { action: Action::Update, held: slot.held(mark, after) }])
            }
            (Some((before, mark)), None) => {
                (Vec::new(), vec![ValueChange { action: Action::Delete, held: slot.held(mark, before) }])
            }
            (None, Some(after)) => {
                let mark = self.new_mark(by);
                (vec![mark], vec![ValueChange { action: Action::Create, held: slot.held(mark, after) }])
            }
            (None, None) => (Vec::new(), Vec::new()),
        }
    }

    /// Several values: those that are there again are the same ones, the others go or come.
    fn mend(
        &mut self,
        slot: &Slot,
        mut old: Vec<(CellValue, Mark)>,
        new: Vec<CellValue>,
        by: Author,
    ) -> (Vec<Mark>, Vec<ValueChange>) {
        let (mut marks, mut changes) = (Vec::new(), Vec::new());
        for item in new {
            let mark = match old.iter().position(|(before, _)| *before == item) {
                Some(nth) => old.remove(nth).1,
                None => {
                    let mark = self.new_mark(by);
                    changes.push(ValueChange { action: Action::Create, held: slot.held(mark, item) });
                    mark
                }
            };
            marks.push(mark);
        }
        let gone = old.into_iter();
        let gone =
            gone.map(|(item, mark)| ValueChange { action: Action::Delete, held: slot.held(mark, item) });
        (marks, gone.chain(changes).collect())
    }

    fn new_mark(&mut self, by: Author) -> Mark {
        Mark { id: take_next(&mut self.ids.value), created_at: by.at, updated_at: None }
    }

    fn store(&mut self, slot: &Slot, value: Option<CellValue>, marks: Vec<Mark>) {
        if let Some(cells) = self.cells_at_mut(slot.holder) {
            cells.put(Arc::clone(&slot.field), value.map(|value| Stored { value, marks }));
        }
    }

    fn cells_at(&self, holder: Holder) -> Option<&Cells> {
        match holder {
            Holder::Entity(entity) => self.entity_cells(entity.kind, entity.id),
            Holder::Entry(id) => self.entries.get(&id).map(|entry| &entry.cells),
        }
    }

    fn cells_at_mut(&mut self, holder: Holder) -> Option<&mut Cells> {
        match holder {
            Holder::Entity(entity) => self.entity_cells_mut(entity.kind, entity.id),
            Holder::Entry(id) => self.entries.get_mut(&id).map(|entry| &mut entry.cells),
        }
    }

    /// Empties the cells of a field that is gone, without a trace.
    pub(super) fn drop_values(&mut self, scope: Scope, field: &str) {
        self.for_each_cells(scope, |cells| cells.clear(field));
    }

    /// Changes everything that may have values of a field, without a trace.
    pub(super) fn for_each_cells(&mut self, scope: Scope, mut change: impl FnMut(&mut Cells)) {
        match scope {
            Scope::Entity(EntityKind::Company) => {
                self.companies.values_mut().for_each(|company| change(&mut company.cells));
            }
            Scope::Entity(EntityKind::Person) => {
                self.persons.values_mut().for_each(|person| change(&mut person.cells));
            }
            Scope::Entity(EntityKind::Opportunity) => {
                self.opportunities.values_mut().for_each(|opportunity| change(&mut opportunity.cells));
            }
            Scope::List(list) => {
                let rows = self.entries.values_mut().filter(|entry| entry.list == list);
                rows.for_each(|entry| change(&mut entry.cells));
            }
        }
    }

    /// The rows of an entity.
    pub(crate) fn all_rows_with(&self, entity: EntityRef) -> impl Iterator<Item = super::Row<'_>> {
        self.rows_with(entity, (Bound::Unbounded, Bound::Unbounded))
    }
}

fn held_in(cells: &Cells, scope: Scope, entity: EntityRef, entry: Option<u64>) -> Vec<Held> {
    let items = cells.stored().flat_map(|(field, stored)| {
        let items = stored.value.items().into_iter().zip(&stored.marks);
        items.map(move |(item, mark)| (Arc::clone(field), item, *mark))
    });
    items.map(|(field, item, mark)| Held { mark, field, scope, entity, entry, item }).collect()
}

fn first<T>(all: &BTreeMap<u64, T>, is_it: impl Fn(&T) -> bool) -> Option<u64> {
    all.iter().find(|(_, item)| is_it(item)).map(|(id, _)| *id)
}
