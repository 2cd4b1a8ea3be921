//! What reads of persons and organizations tell on request, and whom they leave out for it.

use chrono::{DateTime, Utc};

use super::call::Call;
use super::params::Params;
use super::related::Opportunities;
use super::touches::{Bounds, TouchBody, Touches};
use crate::world::{EntityRef, World};

/// What was asked for besides.
#[derive(Debug)]
pub(super) struct Extras<'w> {
    bounds: Bounds,
    with_dates: bool,
    with_persons: bool,
    /// If it takes them to answer.
    touches: Option<Touches<'w>>,
    opportunities: Option<Opportunities>,
}

/// How the contacts of a kind of entity are found.
type Find<'w> = fn(&'w World, u64, DateTime<Utc>) -> Touches<'w>;

impl<'w> Extras<'w> {
    /// Reads the switches; a collection has bounds as well.
    pub(super) fn read(call: &Call<'w>, params: &mut Params<'_>, bounds: Bounds, find: Find<'w>) -> Self {
        let with_dates = params.flag("with_interaction_dates");
        // Nothing without the dates.
        let with_persons = params.flag("with_interaction_persons") && with_dates;
        let with_opportunities = params.flag("with_opportunities");
        let (world, user) = (call.world, call.caller.user);
        let wants_touches = with_dates || !bounds.is_empty();
        Self {
            bounds,
            with_dates,
            with_persons,
            touches: wants_touches.then(|| find(world, user, call.now.utc)),
            opportunities: with_opportunities.then(|| Opportunities::of(world, user)),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.touches.is_none() && self.opportunities.is_none()
    }

    /// Whether an entity belongs to a collection: the dates drop who has none.
    pub(super) fn admit(&self, entity: EntityRef) -> bool {
        self.touches.as_ref().is_none_or(|touches| {
            (!self.with_dates || touches.any(entity)) && self.bounds.admit(touches, entity)
        })
    }

    pub(super) fn dates_of(&self, entity: EntityRef) -> Option<TouchBody> {
        let touches = self.touches.as_ref().filter(|_| self.with_dates);
        touches.map(|touches| touches.body(entity, self.with_persons))
    }

    pub(super) fn opportunities_of(&self, entity: EntityRef) -> Option<Vec<u64>> {
        self.opportunities.as_ref().map(|found| found.with(entity))
    }
}
