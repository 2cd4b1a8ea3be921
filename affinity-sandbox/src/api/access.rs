//! Who is asking.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use http::HeaderMap;

use super::errors::Errors;
use super::surface::Surface;
use super::version;
use crate::world::{ApiVersion, Permission, World};

/// Somebody with a valid key that asks for a version there is. The key itself goes no further.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) user: u64,
    pub(crate) permissions: BTreeSet<Permission>,
    pub(crate) version: ApiVersion,
    pub(crate) granted_at: DateTime<Utc>,
}

/// Anybody at all.
#[derive(Debug)]
pub(super) struct Visitor {
    /// The user whose limits the request draws on, as far as the key is known.
    pub(super) user: Option<u64>,
    /// The version the answer says it is of; with an unsupported one, the key's default (observed).
    pub(super) version: ApiVersion,
    pub(super) caller: Result<Caller, Errors>,
}

pub(super) fn identify(world: &World, surface: Surface, headers: &HeaderMap) -> Visitor {
    let key = surface.key(headers).and_then(|text| world.keys.get(&text));
    let Some(key) = key else {
        let version = ApiVersion::V20240101;
        let refusal = Errors::authentication("a valid API key is required");
        return Visitor { user: None, version, caller: Err(refusal) };
    };
    let requested =
        if surface.has_versions() { version::requested(headers, key.version) } else { Ok(key.version) };
    let version = requested.as_ref().copied().unwrap_or(key.version);
    let (user, granted_at) = (key.user, key.created_at);
    let caller =
        requested.map(|version| Caller { user, permissions: key.permissions.clone(), version, granted_at });
    Visitor { user: Some(user), version, caller }
}
