//! Which fields an answer carries.

use super::params::Params;
use crate::world::{Field, FieldCategory};

/// The two parameters that select fields, and what holds without them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Selector {
    ids: &'static str,
    types: &'static str,
    /// The categories `types` may name.
    allowed: &'static [FieldCategory],
    everything_by_default: bool,
}

impl Selector {
    /// Of companies and persons.
    pub(super) const ENTITY: Self = Self {
        ids: "fieldIds",
        types: "fieldTypes",
        allowed: &[FieldCategory::Enriched, FieldCategory::Global, FieldCategory::RelationshipIntelligence],
        everything_by_default: false,
    };

    /// Of list entries.
    pub(super) const ENTRY: Self = Self { allowed: FieldCategory::ALL, ..Self::ENTITY };

    /// Of the fields of one list entry.
    pub(super) const ENTRY_FIELDS: Self =
        Self { ids: "ids", types: "types", allowed: FieldCategory::ALL, everything_by_default: true };

    /// The selected ones of the available fields, in field order. What is available is not known (`None`) when the
    /// path names nothing; then ids are not looked at.
    pub(super) fn select<'w>(
        self,
        params: &mut Params<'_>,
        available: Option<Vec<&'w Field>>,
    ) -> Vec<&'w Field> {
        let ids = params.all(self.ids);
        let types = params.all(self.types);
        if !ids.is_empty() && !types.is_empty() {
            // Not specified: one of the two is meant to be given; both at once are refused here.
            params.reject(self.ids, format!("{} and {} cannot be combined", self.ids, self.types));
        }
        for name in &types {
            if !self.allowed.iter().any(|category| category.as_str() == *name) {
                params.reject(self.types, format!("{name} is not a type of field that can be read here"));
            }
        }
        let is_known = available.is_some();
        let mut fields = available.unwrap_or_default();
        if ids.is_empty() && types.is_empty() {
            return if self.everything_by_default { fields } else { Vec::new() };
        }
        // Not specified: what an id that is no field here leads to; refused here, since it is a mistake of the caller.
        for id in &ids {
            if is_known && !fields.iter().any(|field| *field.id == **id) {
                params.reject(self.ids, format!("{id} is not a field that can be read here"));
            }
        }
        fields.retain(|field| ids.contains(&&*field.id) || types.contains(&field.category.as_str()));
        fields
    }
}
