//! `/relationships-strengths`: how well users of the account know somebody.

use serde::Serialize;

use super::call::{Answer, Call, Outcome};
use super::route::Route;
use crate::world::{Person, Strength};

pub(super) fn operations() -> Vec<Route> {
    vec![Route::get("/relationships-strengths", strengths)]
}

#[derive(Serialize)]
struct StrengthBody {
    internal_id: u64,
    external_id: u64,
    strength: f64,
}

impl StrengthBody {
    fn of(known: Strength) -> Self {
        let Strength { internal, external, strength } = known;
        Self { internal_id: internal, external_id: external, strength }
    }
}

fn strengths(call: &Call<'_>) -> Outcome {
    let mut params = call.params()?;
    let external = params.must("external_id", |params, name| params.known::<Person>(call.world, name));
    let internal = params.known::<Person>(call.world, "internal_id");
    params.done()?;
    let found = call.world.strengths_with(external).into_iter();
    let wanted = found.filter(|known| internal.is_none_or(|internal| known.internal == internal));
    Answer::ok(&wanted.map(StrengthBody::of).collect::<Vec<_>>())
}
