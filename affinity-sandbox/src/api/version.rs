//! The dated versions: which one a request asks for.

use http::HeaderMap;

use super::errors::{Error, Errors};
use crate::world::ApiVersion;

/// Of requests and of answers.
pub(super) const HEADER: &str = "x-affinity-api-version";

/// The version asked for, else the key's own. There is no falling back from an unknown one.
pub(super) fn requested(headers: &HeaderMap, default: ApiVersion) -> Result<ApiVersion, Errors> {
    let Some(value) = headers.get(HEADER) else {
        return Ok(default);
    };
    let known = value.to_str().ok().and_then(ApiVersion::parse);
    known.ok_or_else(|| {
        let problem = Error::validation("X-Affinity-Api-Version", "this version is not supported");
        Errors::validation(vec![problem])
    })
}
