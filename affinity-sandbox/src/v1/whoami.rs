//! `/auth/whoami` and `/rate-limit`: what there is to know about a key.

use serde::Serialize;

use super::call::{Answer, Call, Outcome, no_such};
use super::dates::instant;
use super::route::Route;
use crate::api::Gauge;

pub(super) fn operations() -> Vec<Route> {
    vec![Route::get("/auth/whoami", whoami), Route::get("/rate-limit", rate_limit)]
}

#[derive(Serialize)]
struct WhoAmI<'a> {
    tenant: Tenant<'a>,
    user: User<'a>,
    grant: Grant,
}

#[derive(Serialize)]
struct Tenant<'a> {
    id: u64,
    name: &'a str,
    subdomain: &'a str,
}

/// Here, unlike everywhere else, names of keys are in camel case.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct User<'a> {
    id: u64,
    first_name: &'a str,
    last_name: Option<&'a str>,
    email: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Grant {
    r#type: &'static str,
    scope: &'static str,
    created_at: String,
}

#[derive(Serialize)]
struct Limits {
    rate: Rate,
}

#[derive(Serialize)]
struct Rate {
    /// Only on plans that have such a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    org_monthly: Option<Limit>,
    api_key_per_minute: Limit,
}

#[derive(Serialize)]
struct Limit {
    limit: u64,
    remaining: u64,
    reset: u64,
    used: u64,
}

impl Limit {
    fn of(gauge: Gauge) -> Self {
        let Gauge { limit, left, reset } = gauge;
        Self { limit, remaining: left, reset, used: limit.saturating_sub(left) }
    }
}

fn whoami(call: &Call<'_>) -> Outcome {
    let (tenant, id) = (&call.world.tenant, call.caller.user);
    let user = call.world.persons.get(&id).ok_or_else(|| no_such("user", id))?;
    Answer::ok(&WhoAmI {
        tenant: Tenant { id: tenant.id, name: &tenant.name, subdomain: &tenant.subdomain },
        user: User {
            id: user.id,
            first_name: user.first_name.as_deref().unwrap_or_default(),
            last_name: user.last_name.as_deref(),
            email: user.emails.first().map_or("", String::as_str),
        },
        grant: Grant {
            r#type: "api_key",
            scope: "external_api",
            created_at: instant(call.caller.granted_at),
        },
    })
}

/// The call itself is counted for the minute, and told.
fn rate_limit(call: &Call<'_>) -> Outcome {
    let rate = Rate {
        org_monthly: call.standing.org.map(Limit::of),
        api_key_per_minute: Limit::of(call.standing.user),
    };
    Answer::ok(&Limits { rate })
}
