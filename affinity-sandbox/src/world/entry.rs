use std::ops::Bound;

use chrono::{DateTime, Utc};

use super::{
    Author, Cells, Company, Opportunity, Person, World, WorldError, check_instant, default_instant, take_next,
};

/// What a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityKind {
    /// Companies.
    Company,
    /// Persons.
    Person,
    /// Opportunities.
    Opportunity,
}

impl EntityKind {
    /// The word of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::Person => "person",
            Self::Opportunity => "opportunity",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EntityRef {
    pub(crate) kind: EntityKind,
    pub(crate) id: u64,
}

impl EntityRef {
    pub(crate) fn company(id: u64) -> Self {
        Self { kind: EntityKind::Company, id }
    }

    pub(crate) fn person(id: u64) -> Self {
        Self { kind: EntityKind::Person, id }
    }

    pub(crate) fn opportunity(id: u64) -> Self {
        Self { kind: EntityKind::Opportunity, id }
    }
}

/// A row to be added to a list; a plain company or person id will do where the rest does not matter.
#[derive(Clone, Debug)]
#[must_use = "a row exists once it is added to a list"]
pub struct NewEntry {
    pub(crate) entity: u64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) creator: Creator,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Creator {
    MainUser,
    Unknown,
    Person(u64),
}

impl Creator {
    pub(crate) fn person(self, main_user: u64) -> Option<u64> {
        match self {
            Self::MainUser => Some(main_user),
            Self::Unknown => None,
            Self::Person(id) => Some(id),
        }
    }
}

impl NewEntry {
    /// A row for that company or person, created by the main user.
    pub fn of(entity: u64) -> Self {
        Self { entity, created_at: default_instant(), creator: Creator::MainUser }
    }

    /// Sets when the row was added to the list.
    pub fn created_at(mut self, at: DateTime<Utc>) -> Self {
        self.created_at = at;
        self
    }

    /// Sets the person that added the row; `None` when it is not known.
    pub fn creator(mut self, person: Option<u64>) -> Self {
        self.creator = person.map_or(Creator::Unknown, Creator::Person);
        self
    }
}

impl From<u64> for NewEntry {
    fn from(entity: u64) -> Self {
        Self::of(entity)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) id: u64,
    pub(crate) list: u64,
    pub(crate) entity: EntityRef,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) creator: Option<u64>,
    /// Values of the list's own fields; the others live with the entity.
    pub(crate) cells: Cells,
}

/// A row with its entity.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'w> {
    pub(crate) entry: &'w Entry,
    pub(crate) entity: Entity<'w>,
}

impl Row<'_> {
    /// Whether that user sees none of its cells.
    pub(crate) fn is_hidden_from(&self, user: u64) -> bool {
        matches!(self.entity, Entity::Opportunity(opportunity) if !opportunity.managed_by(user))
    }
}

/// What a row is about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Entity<'w> {
    Company(&'w Company),
    Person(&'w Person),
    Opportunity(&'w Opportunity),
}

impl<'w> Entity<'w> {
    pub(crate) fn id(self) -> u64 {
        match self {
            Self::Company(company) => company.id,
            Self::Person(person) => person.id,
            Self::Opportunity(opportunity) => opportunity.id,
        }
    }

    pub(crate) fn cells(self) -> &'w Cells {
        match self {
            Self::Company(company) => &company.cells,
            Self::Person(person) => &person.cells,
            Self::Opportunity(opportunity) => &opportunity.cells,
        }
    }
}

/// A range of entry or entity ids.
type IdRange = (Bound<u64>, Bound<u64>);

impl World {
    /// Puts a company or person on a list, once more if it is there already. Tells the row's id.
    ///
    /// # Errors
    /// [`WorldError`] when there is no such list, entity or creator, when the year it was added in does not have four
    /// digits, or for an opportunity list (see [`World::add_opportunity`]).
    pub fn add_entry(&mut self, list: u64, entry: impl Into<NewEntry>) -> Result<u64, WorldError> {
        let entry = entry.into();
        let kind = self.lists.get(&list).ok_or_else(|| WorldError::unknown("list", list))?.kind;
        if kind == EntityKind::Opportunity {
            return Err(WorldError::WrongKind("rows of an opportunity list are made by add_opportunity"));
        }
        let id = self.survivor(EntityRef { kind, id: entry.entity });
        let id = id.ok_or_else(|| WorldError::unknown(kind.as_str(), entry.entity))?;
        if let Creator::Person(creator) = entry.creator {
            self.check_person(creator)?;
        }
        check_instant(entry.created_at)?;
        Ok(self.insert_entry(list, EntityRef { kind, id }, &entry))
    }

    /// Takes a row off its list. Of an opportunity, the opportunity goes as well. In the history of the fields the
    /// main user deleted their values, when the world began.
    ///
    /// # Errors
    /// [`WorldError::Unknown`] when there is no such row.
    pub fn remove_entry(&mut self, entry: u64) -> Result<(), WorldError> {
        self.take_entry(entry, self.founder())
    }

    /// As [`World::remove_entry`], by somebody and now.
    pub(crate) fn take_entry(&mut self, entry: u64, by: Author) -> Result<(), WorldError> {
        let values = self.values_of_entry(entry);
        let row = self.entries.remove(&entry).ok_or_else(|| WorldError::unknown("list entry", entry))?;
        if let Some(rows) = self.rows_of_list.get_mut(&row.list) {
            rows.remove(&entry);
        }
        if let Some(rows) = self.rows_of_entity.get_mut(&row.entity) {
            rows.remove(&entry);
        }
        self.remember_gone(&values, by);
        if row.entity.kind == EntityKind::Opportunity {
            self.drop_opportunity(row.entity.id, by);
        }
        Ok(())
    }

    fn drop_opportunity(&mut self, id: u64, by: Author) {
        self.clear_cells(EntityRef::opportunity(id), by);
        let managers = self.opportunities.remove(&id).and_then(|gone| gone.managers);
        self.past_managers.extend(managers.map(|managers| (id, managers)));
    }

    /// The ids of a list's rows, in order.
    pub fn entry_ids(&self, list: u64) -> impl Iterator<Item = u64> + '_ {
        self.rows(list, (Bound::Unbounded, Bound::Unbounded)).map(|row| row.entry.id)
    }

    /// The rows of a list whose entity still exists, in the order of their ids.
    pub(crate) fn rows(&self, list: u64, range: IdRange) -> impl DoubleEndedIterator<Item = Row<'_>> {
        let rows = self.rows_of_list.get(&list).into_iter().flat_map(move |rows| rows.range(range));
        rows.filter_map(|id| self.row(*id))
    }

    /// The rows of an entity, on whatever list, in the order of their ids.
    pub(crate) fn rows_with(
        &self,
        entity: EntityRef,
        range: IdRange,
    ) -> impl DoubleEndedIterator<Item = Row<'_>> {
        let rows = self.rows_of_entity.get(&entity).into_iter().flat_map(move |rows| rows.range(range));
        rows.filter_map(|id| self.row(*id))
    }

    /// A row whose entity still exists.
    pub(crate) fn row(&self, id: u64) -> Option<Row<'_>> {
        let entry = self.entries.get(&id)?;
        Some(Row { entry, entity: self.entity(entry.entity)? })
    }

    /// A company or person that is still there, merges followed, or an opportunity.
    pub(super) fn entity(&self, entity: EntityRef) -> Option<Entity<'_>> {
        match entity.kind {
            EntityKind::Company => self.company(entity.id).map(Entity::Company),
            EntityKind::Person => self.person(entity.id).map(Entity::Person),
            EntityKind::Opportunity => self.opportunities.get(&entity.id).map(Entity::Opportunity),
        }
    }

    pub(super) fn insert_entry(&mut self, list: u64, entity: EntityRef, entry: &NewEntry) -> u64 {
        let id = take_next(&mut self.ids.entry);
        let creator = entry.creator.person(self.main_user());
        let row = Entry { id, list, entity, created_at: entry.created_at, creator, cells: Cells::new() };
        self.rows_of_list.entry(list).or_default().insert(id);
        self.rows_of_entity.entry(entity).or_default().insert(id);
        self.entries.insert(id, row);
        id
    }
}
