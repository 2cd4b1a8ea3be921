//! `/v2/lists`, and the lists a company or person is on.

use std::collections::BTreeMap;
use std::ops::Bound;

use serde::Serialize;

use super::call::{Answer, Call, Outcome};
use super::entities::pick;
use super::paging::{PageRules, Paging};
use super::route::Route;
use super::values::instant;
use crate::world::{EntityRef, List};

pub(super) fn operations() -> Vec<Route> {
    vec![Route::pages("/v2/lists", PageRules::USUAL, lists), Route::read("/v2/lists/{listId}", list)]
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListBody<'a> {
    id: u64,
    name: &'a str,
    creator_id: u64,
    owner_id: u64,
    is_public: bool,
    /// Left out on the lists of a company or person.
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'static str>,
    /// An addition.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<String>,
}

impl<'a> ListBody<'a> {
    fn without_type(call: &Call<'_>, list: &'a List) -> Self {
        Self {
            id: list.id,
            name: &list.name,
            creator_id: list.creator,
            owner_id: list.owner,
            is_public: list.is_public,
            r#type: None,
            created_at: call.settings.additions.then(|| instant(list.created_at)),
        }
    }

    fn with_type(call: &Call<'_>, list: &'a List) -> Self {
        Self { r#type: Some(list.kind.as_str()), ..Self::without_type(call, list) }
    }
}

fn lists(call: &Call<'_>, rules: PageRules) -> Outcome {
    let paging = call.params().paging(rules)?;
    let user = call.caller.user;
    paging.answer(
        |range| pick(&call.world.lists, None, range).filter(move |(_, list)| list.visible_to(user)),
        |list| ListBody::with_type(call, list),
    )
}

fn list(call: &Call<'_>) -> Outcome {
    Answer::ok(&ListBody::with_type(call, call.params().list()?))
}

/// The lists an entity is on, each once.
pub(super) fn lists_of(call: &Call<'_>, paging: &Paging<u64>, entity: EntityRef) -> Outcome {
    let rows = call.world.rows_with(entity, (Bound::Unbounded, Bound::Unbounded));
    let lists = rows.filter_map(|row| {
        let list = row.entry.list;
        Some((list, call.world.visible_list(list, call.caller.user)?))
    });
    let lists: BTreeMap<u64, &List> = lists.collect();
    paging.answer(|range| pick(&lists, None, range), |list| ListBody::without_type(call, list))
}
