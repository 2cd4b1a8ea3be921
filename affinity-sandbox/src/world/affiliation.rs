//! Who belongs to what: the companies of a person, the persons of a company, and both of an opportunity.
//!
//! They are kept in the cells of the person or opportunity that the association columns of lists read. So what API v1
//! writes is what those columns say, on every list alike.

use std::collections::{BTreeMap, BTreeSet};

use super::association::{COMPANIES, EMPLOYER, PERSONS};
use super::held::{Holder, Slot};
use super::{Author, CellValue, Cells, EntityKind, EntityRef, Person, Presence, Scope, World};

impl World {
    /// The companies of a person or opportunity that are still there.
    pub(crate) fn companies_with(&self, entity: EntityRef) -> Vec<u64> {
        match self.entity_cells(entity.kind, entity.id).and_then(|cells| cells.get(COMPANIES)) {
            Some(stored) => match &stored.value {
                CellValue::CompanyMulti(ids) => {
                    self.companies_of(ids).iter().map(|company| company.id).collect()
                }
                _ => Vec::new(),
            },
            None => Vec::new(),
        }
    }

    /// The persons of an opportunity that are still there.
    pub(crate) fn persons_of_opportunity(&self, id: u64) -> Vec<u64> {
        match self.opportunities.get(&id).and_then(|found| found.cells.get(PERSONS)) {
            Some(stored) => match &stored.value {
                CellValue::PersonMulti(ids) => self.persons_of(ids).iter().map(|person| person.id).collect(),
                _ => Vec::new(),
            },
            None => Vec::new(),
        }
    }

    /// The persons of one company.
    pub(crate) fn members_of(&self, company: u64) -> Vec<u64> {
        let persons = self.people().map(|person| person.id);
        persons.filter(|id| self.companies_with(EntityRef::person(*id)).contains(&company)).collect()
    }

    /// Where a person works, by the enriched data.
    pub(crate) fn employers_of(&self, person: u64) -> Vec<u64> {
        let cells = self.entity_cells(EntityKind::Person, person);
        match cells.and_then(|cells| cells.get(EMPLOYER)).map(|stored| &stored.value) {
            Some(CellValue::Company(id)) => self.company(*id).map(|company| company.id).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// The persons of all companies that have some, those included who work there by the enriched data.
    pub(crate) fn staff(&self) -> BTreeMap<u64, BTreeSet<u64>> {
        let mut staff: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
        for person in self.people() {
            let companies = self.companies_with(EntityRef::person(person.id));
            for company in companies.into_iter().chain(self.employers_of(person.id)) {
                staff.entry(company).or_default().insert(person.id);
            }
        }
        staff
    }

    /// Empties all cells of an entity, for good.
    pub(crate) fn clear_cells(&mut self, entity: EntityRef, by: Author) {
        let values = self.values_of_entity(entity);
        self.remember_gone(&values, by);
        if let Some(cells) = self.entity_cells_mut(entity.kind, entity.id) {
            *cells = Cells::new();
        }
    }

    /// Replaces the companies of a person or opportunity.
    pub(crate) fn set_companies(&mut self, entity: EntityRef, ids: Vec<u64>, by: Author) {
        self.set_association(entity, COMPANIES, CellValue::CompanyMulti(ids), by);
    }

    /// Replaces the persons of an opportunity.
    pub(crate) fn set_persons(&mut self, opportunity: u64, ids: Vec<u64>, by: Author) {
        self.set_association(EntityRef::opportunity(opportunity), PERSONS, CellValue::PersonMulti(ids), by);
    }

    /// Replaces the persons of a company.
    pub(crate) fn set_members(&mut self, company: u64, ids: &[u64], by: Author) {
        for person in self.members_of(company).into_iter().filter(|id| !ids.contains(id)) {
            let entity = EntityRef::person(person);
            let others = self.companies_with(entity).into_iter().filter(|id| *id != company).collect();
            self.set_companies(entity, others, by);
        }
        for person in ids {
            self.add_member(company, *person, by);
        }
    }

    /// Makes a person one of a company's.
    pub(crate) fn add_member(&mut self, company: u64, person: u64, by: Author) {
        let entity = EntityRef::person(person);
        let mut companies = self.companies_with(entity);
        if !companies.contains(&company) {
            companies.push(company);
            self.set_companies(entity, companies, by);
        }
    }

    /// The companies with a domain of one of these addresses: persons are theirs without anybody saying so.
    pub(crate) fn companies_by_address(&self, emails: &[String]) -> Vec<u64> {
        let found = self.companies.values().filter(|company| company.presence == Presence::Here);
        let found = found.filter(|company| emails.iter().any(|email| is_at(email, &company.domains)));
        found.map(|company| company.id).collect()
    }

    /// The persons with an address at one of these domains.
    pub(crate) fn persons_by_domain(&self, domains: &[String]) -> Vec<u64> {
        let found = self.people().filter(|person| person.emails.iter().any(|email| is_at(email, domains)));
        found.map(|person| person.id).collect()
    }

    fn people(&self) -> impl Iterator<Item = &Person> {
        self.persons.values().filter(|person| person.presence == Presence::Here)
    }

    fn set_association(&mut self, entity: EntityRef, column: &str, value: CellValue, by: Author) {
        let slot = Slot {
            holder: Holder::Entity(entity),
            entity,
            field: column.into(),
            scope: Scope::Entity(entity.kind),
            is_multi: true,
            is_tracked: false,
        };
        self.fill(&slot, Some(value), by);
    }

    pub(super) fn entity_cells(&self, kind: EntityKind, id: u64) -> Option<&Cells> {
        match kind {
            EntityKind::Company => self.companies.get(&id).map(|company| &company.cells),
            EntityKind::Person => self.persons.get(&id).map(|person| &person.cells),
            EntityKind::Opportunity => self.opportunities.get(&id).map(|found| &found.cells),
        }
    }
}

fn is_at(email: &str, domains: &[String]) -> bool {
    let host = email.rsplit_once('@').map(|(_, host)| host);
    host.is_some_and(|host| domains.iter().any(|domain| domain.eq_ignore_ascii_case(host)))
}
