//! What became of the values of tracked fields.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound, Utc};

use super::held::Slot;
use super::{
    Action, Author, CellValue, EntityKind, EntityRef, Field, Held, Scope, ValueChange, World, take_next,
};

/// One change of one value.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) id: u64,
    pub(crate) action: Action,
    pub(crate) field: Arc<str>,
    pub(crate) scope: Scope,
    pub(crate) entity: EntityRef,
    pub(crate) entry: Option<u64>,
    /// Who did it, if that is known.
    pub(crate) user: Option<u64>,
    /// In microseconds, as it is told: who goes on from there has to find the same moment.
    pub(crate) at: DateTime<Utc>,
    /// The new value; of a deletion, the old one.
    pub(crate) item: CellValue,
    /// What a dropdown option was called.
    pub(crate) text: Option<String>,
}

impl World {
    /// The changes of a field's values, in the order they were made.
    pub(crate) fn changes_of<'w>(&'w self, scope: Scope, field: &'w str) -> impl Iterator<Item = &'w Change> {
        self.history.iter().filter(move |change| change.scope == scope && *change.field == *field)
    }

    pub(super) fn remember(&mut self, slot: &Slot, changes: &[ValueChange], by: Author) {
        if !slot.is_tracked {
            return;
        }
        for ValueChange { action, held } in changes {
            self.note_change(*action, held, by);
        }
    }

    /// Values that go with what they belonged to. One that points to something deleted was none any more.
    pub(super) fn remember_gone(&mut self, gone: &[Held], by: Author) {
        for held in gone {
            let is_tracked = self.field_of(held).is_some_and(Field::tracks_changes);
            if is_tracked && self.as_of_now(&held.item).is_some() {
                self.note_change(Action::Delete, held, by);
            }
        }
    }

    fn note_change(&mut self, action: Action, held: &Held, by: Author) {
        let option = held.item.options().first();
        let field = self.field_of(held);
        let text = option.and_then(|id| Some(field?.option(*id)?.text.clone()));
        self.history.push(Change {
            id: take_next(&mut self.ids.change),
            action,
            field: Arc::clone(&held.field),
            scope: held.scope,
            entity: held.entity,
            entry: held.entry,
            user: by.user,
            at: by.at.trunc_subsecs(6),
            item: held.item.clone(),
            text,
        });
    }

    /// Whether that user may not know what became of the values of something. Opportunities stay hidden when they are
    /// deleted.
    pub(crate) fn hides_history(&self, of: EntityRef, user: u64) -> bool {
        if of.kind != EntityKind::Opportunity {
            return false;
        }
        match self.opportunities.get(&of.id) {
            Some(found) => !found.managed_by(user),
            None => self.past_managers.get(&of.id).is_some_and(|managers| !managers.contains(&user)),
        }
    }

    /// What happened to a duplicate happened to its survivor.
    pub(super) fn pass_history(&mut self, duplicate: EntityRef, survivor: u64) {
        let of_duplicate = self.history.iter_mut().filter(|change| change.entity == duplicate);
        of_duplicate.for_each(|change| change.entity.id = survivor);
    }
}
