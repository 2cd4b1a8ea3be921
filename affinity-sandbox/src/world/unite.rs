//! What passes from a duplicate to its survivor. Not specified beyond that the survivor receives all data; here it
//! keeps its own and gains what it lacked.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{EntityKind, EntityRef, PersonKind, World};

impl World {
    /// Passes on what the duplicate has. Mentions of it in cells are followed when they are read.
    pub(super) fn unite(&mut self, kind: EntityKind, duplicate: u64, survivor: u64) {
        self.pass_rows(kind, duplicate, survivor);
        self.pass_cells(kind, duplicate, survivor);
        self.pass_history(EntityRef { kind, id: duplicate }, survivor);
        match kind {
            EntityKind::Company => self.pass_domains(duplicate, survivor),
            EntityKind::Person => {
                self.pass_names_and_addresses(duplicate, survivor);
                self.pass_roles(duplicate, survivor);
            }
            EntityKind::Opportunity => {}
        }
    }

    /// Rows keep their ids and their own values, also where the survivor is on the list already.
    fn pass_rows(&mut self, kind: EntityKind, duplicate: u64, survivor: u64) {
        let rows = self.rows_of_entity.remove(&EntityRef { kind, id: duplicate }).unwrap_or_default();
        for row in &rows {
            if let Some(entry) = self.entries.get_mut(row) {
                entry.entity.id = survivor;
            }
        }
        self.rows_of_entity.entry(EntityRef { kind, id: survivor }).or_default().extend(rows);
    }

    fn pass_cells(&mut self, kind: EntityKind, duplicate: u64, survivor: u64) {
        let kept = self.filled_cells(EntityRef { kind, id: survivor });
        let Some(given) = self.entity_cells_mut(kind, duplicate).map(std::mem::take) else {
            return;
        };
        if let Some(cells) = self.entity_cells_mut(kind, survivor) {
            cells.gain(given, &kept);
        }
    }

    /// The fields in which something can be read.
    fn filled_cells(&self, entity: EntityRef) -> BTreeSet<Arc<str>> {
        let cells = self.entity(entity).into_iter().flat_map(|entity| entity.cells().values());
        let filled = cells.filter(|(_, value)| self.as_of_now(value).is_some());
        filled.map(|(field, _)| Arc::clone(field)).collect()
    }

    fn pass_domains(&mut self, duplicate: u64, survivor: u64) {
        let given = self.companies.get(&duplicate).map(|company| company.domains.clone());
        if let Some(company) = self.companies.get_mut(&survivor) {
            add_missing(&mut company.domains, given.unwrap_or_default());
        }
    }

    /// The survivor of a user is a user.
    fn pass_names_and_addresses(&mut self, duplicate: u64, survivor: u64) {
        let Some(given) = self.persons.get(&duplicate).cloned() else {
            return;
        };
        if let Some(person) = self.persons.get_mut(&survivor) {
            person.first_name = person.first_name.take().or(given.first_name);
            person.last_name = person.last_name.take().or(given.last_name);
            add_missing(&mut person.emails, given.emails);
            if given.kind == PersonKind::Internal {
                person.kind = given.kind;
            }
        }
    }

    /// Whoever owns keys, made rows and lists, owns lists, sees private ones or manages opportunities.
    fn pass_roles(&mut self, duplicate: u64, survivor: u64) {
        let pass = |id: &mut u64| {
            if *id == duplicate {
                *id = survivor;
            }
        };
        let pass_one_of = |ids: &mut BTreeSet<u64>| {
            if ids.remove(&duplicate) {
                ids.insert(survivor);
            }
        };
        pass(&mut self.main_user);
        for key in self.keys.values_mut() {
            pass(&mut key.user);
        }
        for entry in self.entries.values_mut() {
            entry.creator.iter_mut().for_each(pass);
        }
        for list in self.lists.values_mut() {
            pass(&mut list.owner);
            pass(&mut list.creator);
            pass_one_of(&mut list.shared_with);
        }
        for opportunity in self.opportunities.values_mut() {
            opportunity.managers.iter_mut().for_each(pass_one_of);
        }
        self.past_managers.values_mut().for_each(pass_one_of);
    }
}

/// Adds the texts that are not there yet, whichever case they are written in.
fn add_missing(texts: &mut Vec<String>, more: Vec<String>) {
    for text in more {
        if !texts.iter().any(|known| known.eq_ignore_ascii_case(&text)) {
            texts.push(text);
        }
    }
}
