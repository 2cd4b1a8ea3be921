//! `/v2/auth/whoami`

use serde::Serialize;

use super::call::{Answer, Call, Outcome, no_such};
use super::route::Route;
use super::values::instant;

pub(super) fn operations() -> Vec<Route> {
    vec![Route::read("/v2/auth/whoami", whoami)]
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct User<'a> {
    id: u64,
    first_name: &'a str,
    last_name: Option<&'a str>,
    email_address: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Grant {
    r#type: &'static str,
    scopes: [&'static str; 1],
    created_at: String,
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
            email_address: user.emails.first().map_or("", String::as_str),
        },
        grant: Grant { r#type: "api-key", scopes: ["api"], created_at: instant(call.caller.granted_at) },
    })
}
