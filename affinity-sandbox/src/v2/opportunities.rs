//! `/v2/opportunities`: never with fields; those are read from the list entries.

use super::call::{Answer, Call, Outcome, no_such};
use super::entities::{OpportunityBody, pick};
use super::paging::PageRules;
use super::route::Route;
use crate::world::{List, Opportunity, Permission};

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
            found.filter_map(|(id, opportunity)| Some((id, (list_of(call, opportunity)?, opportunity))))
        },
        |(list, opportunity)| OpportunityBody::alone(call, opportunity, list),
    )
}

fn opportunity(call: &Call<'_>) -> Outcome {
    let id = call.params().id("opportunityId")?;
    let found = call.world.opportunities.get(&id);
    let found = found.and_then(|found| Some((list_of(call, found)?, found)));
    let (list, opportunity) = found.ok_or_else(|| no_such("opportunity", id))?;
    Answer::ok(&OpportunityBody::alone(call, opportunity, list))
}

/// The list of an opportunity, if the caller may see it.
fn list_of<'a>(call: &Call<'a>, opportunity: &Opportunity) -> Option<&'a List> {
    call.world.visible_list(opportunity.list, call.caller.user)
}
