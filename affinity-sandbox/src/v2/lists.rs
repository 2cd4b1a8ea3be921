//! `/v2/lists`, and the lists a company or person is on.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use axum::Router;
use serde::Serialize;

use super::call::{Answer, Call, Json, read};
use super::entities::pick;
use crate::api::App;
use crate::world::{EntityRef, List};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/v2/lists", read(lists))
        .route("/v2/lists/{list}", read(list))
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
}

impl<'a> ListBody<'a> {
    fn without_type(list: &'a List) -> Self {
        Self {
            id: list.id,
            name: &list.name,
            creator_id: list.creator,
            owner_id: list.owner,
            is_public: list.is_public,
            r#type: None,
        }
    }

    fn with_type(list: &'a List) -> Self {
        Self {
            r#type: Some(list.kind.as_str()),
            ..Self::without_type(list)
        }
    }
}

fn lists(call: &Call<'_>) -> Answer {
    let paging = call.params().paging(100)?;
    let user = call.caller.user;
    paging.answer(
        |range| pick(&call.world.lists, None, range).filter(move |(_, list)| list.visible_to(user)),
        ListBody::with_type,
    )
}

fn list(call: &Call<'_>) -> Answer {
    let [id] = call.path_ids(["listId"])?;
    Json::of(&ListBody::with_type(call.list(id)?))
}

/// The lists an entity is on, each once.
pub(super) fn lists_of(call: &Call<'_>, entity: EntityRef) -> Answer {
    let paging = call.params().paging(100)?;
    let rows = call.world.rows_with(entity, (Bound::Unbounded, Bound::Unbounded));
    let lists = rows.filter_map(|row| Some((row.list, call.world.visible_list(row.list, call.caller.user)?)));
    let lists: BTreeMap<u64, &List> = lists.collect();
    paging.answer(
        |range| pick(&lists, None, range),
        |list| ListBody::without_type(list),
    )
}
