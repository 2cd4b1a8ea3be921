//! Which notes belong to what.

use std::collections::BTreeSet;
use std::ops::Bound;

use super::{CellValue, EntityKind, EntityRef, InteractionKind, Note, Row, World};

/// The column that tells the companies of a person's row.
pub(super) const COMPANIES: &str = "companies";
/// The column that tells the persons of an opportunity.
pub(super) const PERSONS: &str = "persons";
/// The field that tells where a person works.
pub(super) const EMPLOYER: &str = "affinity-data-current-organization";

impl World {
    /// Whose notes are shown with an entity's own: the persons of a company or opportunity. A person is alone.
    ///
    /// Not specified: who the persons of a company are. Here they are those who work there by their enriched data, and
    /// those with a row that names the company.
    pub(crate) fn persons_with(&self, entity: EntityRef, user: u64) -> BTreeSet<u64> {
        match entity.kind {
            EntityKind::Company => {
                self.employees(entity.id).chain(self.associates(entity.id, user)).collect()
            }
            EntityKind::Opportunity => {
                let rows = self.rows_with(entity, (Bound::Unbounded, Bound::Unbounded));
                rows.flat_map(|row| self.persons_in(&row, user)).collect()
            }
            EntityKind::Person => BTreeSet::new(),
        }
    }

    /// Whether a note is attached to one of these persons.
    pub(crate) fn is_on_one_of(&self, note: &Note, persons: &BTreeSet<u64>) -> bool {
        self.persons_of(&note.persons).iter().any(|person| persons.contains(&person.id))
    }

    /// Whether a note is attached to a company, person or opportunity.
    pub(crate) fn is_on(&self, note: &Note, entity: EntityRef) -> bool {
        match entity.kind {
            EntityKind::Company => note.companies.iter().any(|id| self.is_company(*id, entity.id)),
            EntityKind::Person => note.persons.iter().any(|id| self.is_person(*id, entity.id)),
            EntityKind::Opportunity => note.opportunities.contains(&entity.id),
        }
    }

    /// Whether a note mentions a person, or is on a meeting that the person attended, as far as that user may know.
    pub(crate) fn involves(&self, note: &Note, person: u64, user: u64) -> bool {
        let attended = match note.kind.interaction() {
            Some((InteractionKind::Meeting, meeting)) => self.attended(person, meeting, user),
            _ => false,
        };
        attended || note.mentions.iter().any(|mention| self.is_person(mention.person, person))
    }

    fn employees(&self, company: u64) -> impl Iterator<Item = u64> {
        let works_there =
            move |value: &CellValue| matches!(value, CellValue::Company(id) if self.is_company(*id, company));
        let field = self.fields_of_kind(EntityKind::Person).into_iter().find(|field| *field.id == *EMPLOYER);
        let persons = self.persons.values().filter(move |person| {
            field.and_then(|field| person.cells.read(field).value()).is_some_and(works_there)
        });
        persons.filter_map(|person| self.person(person.id)).map(|person| person.id)
    }

    /// The persons on person lists whose row names a company.
    fn associates(&self, company: u64, user: u64) -> impl Iterator<Item = u64> {
        let lists =
            self.lists.values().filter(move |list| list.kind == EntityKind::Person && list.visible_to(user));
        let rows = lists.flat_map(|list| self.rows(list.id, (Bound::Unbounded, Bound::Unbounded)));
        let named = rows.filter(move |row| match self.association(row, COMPANIES, user) {
            Some(CellValue::CompanyMulti(ids)) => ids.iter().any(|id| self.is_company(*id, company)),
            _ => false,
        });
        named.filter_map(|row| self.survivor(row.entry.entity))
    }

    fn persons_in(&self, row: &Row<'_>, user: u64) -> Vec<u64> {
        match self.association(row, PERSONS, user) {
            Some(CellValue::PersonMulti(ids)) => {
                self.persons_of(ids).iter().map(|person| person.id).collect()
            }
            _ => Vec::new(),
        }
    }

    fn association<'w>(&'w self, row: &Row<'w>, field: &str, user: u64) -> Option<&'w CellValue> {
        let field = self.field_at(super::Place::Entry(row.entry.id), field).ok()?;
        self.cell(row, field, user).value()
    }

    fn is_company(&self, id: u64, company: u64) -> bool {
        self.company(id).is_some_and(|found| found.id == company)
    }
}
