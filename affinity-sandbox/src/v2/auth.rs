//! Who is asking.

use std::collections::BTreeSet;

use http::{HeaderMap, header};

use super::errors::Errors;
use super::version;
use crate::world::{ApiVersion, Key, Permission, World};

/// Somebody with a valid key that asks for a version there is.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) key: String,
    pub(crate) user: u64,
    pub(crate) permissions: BTreeSet<Permission>,
    pub(crate) version: ApiVersion,
}

/// Anybody at all.
#[derive(Debug)]
pub(crate) struct Visitor {
    /// The user whose limits the request draws on, as far as the key is known.
    pub(crate) user: Option<u64>,
    /// The version the answer says it is of; with an unsupported one, the key's default (observed).
    pub(crate) version: ApiVersion,
    pub(crate) caller: Result<Caller, Errors>,
}

pub(crate) fn identify(world: &World, headers: &HeaderMap) -> Visitor {
    let Some((text, key)) = find_key(world, headers) else {
        return Visitor {
            user: None,
            version: ApiVersion::V20240101,
            caller: Err(Errors::authentication(
                "a valid API key is required, as a bearer token",
            )),
        };
    };
    let requested = version::requested(headers, key.version);
    let version = requested.as_ref().copied().unwrap_or(key.version);
    let permissions = key.permissions.clone();
    let caller = requested.map(|version| Caller {
        key: text.to_owned(),
        user: key.user,
        permissions,
        version,
    });
    Visitor {
        user: Some(key.user),
        version,
        caller,
    }
}

/// Bearer only: the Basic form of v1 is not taken here.
fn find_key<'w>(world: &'w World, headers: &HeaderMap) -> Option<(&'w str, &'w Key)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    world
        .keys
        .get_key_value(token.trim_start())
        .map(|(text, key)| (text.as_str(), key))
}
