//! What became of the values of tracked fields.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::held::Slot;
use super::{Action, Author, CellValue, EntityRef, Scope, ValueChange, World, take_next};

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
            let option = held.item.options().first();
            let field = self.field_of(held);
            let text = option.and_then(|id| Some(field?.option(*id)?.text.clone()));
            let id = take_next(&mut self.ids.change);
            let (field, scope) = (Arc::clone(&held.field), held.scope);
            let (entity, entry, item) = (held.entity, held.entry, held.item.clone());
            let Author { user, at } = by;
            self.history.push(Change {
                id,
                action: *action,
                field,
                scope,
                entity,
                entry,
                user,
                at,
                item,
                text,
            });
        }
    }

    /// What happened to a duplicate happened to its survivor.
    pub(super) fn pass_history(&mut self, duplicate: EntityRef, survivor: u64) {
        let of_duplicate = self.history.iter_mut().filter(|change| change.entity == duplicate);
        of_duplicate.for_each(|change| change.entity.id = survivor);
    }
}
