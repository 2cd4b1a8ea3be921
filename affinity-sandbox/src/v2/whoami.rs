//! `/v2/auth/whoami`

use std::sync::Arc;

use axum::Router;
use serde::Serialize;

use super::call::{Answer, Call, Json, no_such, read};
use super::values::instant;
use crate::api::App;

pub(super) const PATH: &str = "/v2/auth/whoami";

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route(PATH, read(whoami))
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

fn whoami(call: &Call<'_>) -> Answer {
    let tenant = &call.world.tenant;
    let user = call
        .world
        .persons
        .get(&call.caller.user)
        .ok_or_else(|| no_such("user", call.caller.user))?;
    let key = call
        .world
        .keys
        .get(&call.caller.key)
        .ok_or_else(|| no_such("key", "of that text"))?;
    Json::of(&WhoAmI {
        tenant: Tenant {
            id: tenant.id,
            name: &tenant.name,
            subdomain: &tenant.subdomain,
        },
        user: User {
            id: user.id,
            first_name: user.first_name.as_deref().unwrap_or_default(),
            last_name: user.last_name.as_deref(),
            email_address: user.emails.first().map_or("", String::as_str),
        },
        grant: Grant {
            r#type: "api-key",
            scopes: ["api"],
            created_at: instant(key.created_at),
        },
    })
}
