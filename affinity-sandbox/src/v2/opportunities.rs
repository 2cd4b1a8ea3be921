//! `/v2/opportunities`: never with fields; those are read from the list entries.

use super::call::{Answer, Call, Outcome};
use super::entities::{OpportunityBody, pick};
use super::paging::PageRules;
use super::route::Route;
use crate::world::Permission;

pub(super) fn operations() -> Vec<Route> {
    vec![
        Route::pages("/v2/opportunities", PageRules::USUAL, opportunities).needs(Permission::ExportLists),
        Route::read("/v2/opportunities/{opportunityId}", opportunity).needs(Permission::ExportLists),
    ]
}

fn opportunities(call: &Call<'_>, rules: PageRules) -> Outcome {
    let mut params = call.params();
    let ids = params.ids("ids");
    let paging = params.paging(rules)?;
    paging.answer(
        |range| {
            let found = pick(&call.world.opportunities, ids.as_ref(), range);
            found.filter_map(|(id, _)| Some((id, call.world.visible_opportunity(id, call.caller.user)?)))
        },
        |(list, opportunity)| OpportunityBody::alone(call, opportunity, list),
    )
}

fn opportunity(call: &Call<'_>) -> Outcome {
    let (list, opportunity) = call.params().opportunity()?;
    Answer::ok(&OpportunityBody::alone(call, opportunity, list))
}
