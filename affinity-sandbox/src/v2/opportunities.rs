//! `/v2/opportunities`: never with fields; those are read from the list entries.

use std::sync::Arc;

use axum::Router;

use super::call::{Answer, Call, Json, no_such, read};
use super::entities::{OpportunityBody, pick};
use crate::api::App;
use crate::world::{Opportunity, Permission};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/v2/opportunities", read(opportunities))
        .route("/v2/opportunities/{opportunity}", read(opportunity))
}

fn opportunities(call: &Call<'_>) -> Answer {
    call.require(Permission::ExportLists)?;
    let mut params = call.params();
    let ids = params.ids("ids");
    let paging = params.paging(100)?;
    paging.answer(
        |range| {
            let found = pick(&call.world.opportunities, ids.as_ref(), range);
            found.filter(|(_, opportunity)| visible(call, opportunity))
        },
        |opportunity| OpportunityBody::of(opportunity, None),
    )
}

fn opportunity(call: &Call<'_>) -> Answer {
    call.require(Permission::ExportLists)?;
    let [id] = call.path_ids(["opportunityId"])?;
    let found = call
        .world
        .opportunities
        .get(&id)
        .filter(|found| visible(call, found));
    let found = found.ok_or_else(|| no_such("opportunity", id))?;
    Json::of(&OpportunityBody::of(found, None))
}

fn visible(call: &Call<'_>, opportunity: &Opportunity) -> bool {
    call.world
        .visible_list(opportunity.list, call.caller.user)
        .is_some()
}
