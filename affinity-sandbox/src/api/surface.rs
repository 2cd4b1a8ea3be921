//! The parts of the host, told apart by path.

use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};

use super::errors::Errors;

/// A part of the host: it decides which credentials are taken, how errors look, which requests count for the month,
/// and whether there are versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Surface {
    /// Below `/v2`.
    V2,
    /// Everywhere else, where v1 has its paths.
    Root,
}

/// How a key was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Basic,
    Bearer,
}

impl Surface {
    pub(crate) fn of(path: &str) -> Self {
        match path.strip_prefix("/v2") {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => Self::V2,
            _ => Self::Root,
        }
    }

    /// The key of a request, in a form this surface takes.
    pub(super) fn key(self, headers: &HeaderMap) -> Option<String> {
        let (scheme, credentials) = credentials(headers)?;
        match (self, scheme) {
            (Self::V2 | Self::Root, Scheme::Bearer) => Some(credentials.to_owned()),
            (Self::Root, Scheme::Basic) => password(credentials),
            (Self::V2, Scheme::Basic) => None,
        }
    }

    /// What only tells about the key does not draw on the monthly budget.
    pub(super) fn counts_for_month(self, path: &str) -> bool {
        match self {
            // Observed.
            Self::V2 => path != "/v2/auth/whoami",
            Self::Root => !["/auth/whoami", "/rate-limit"].contains(&path),
        }
    }

    /// Whether files are uploaded there, which have no limit.
    pub(super) fn takes_files(self, path: &str) -> bool {
        self == Self::Root && path == "/entity-files"
    }

    pub(super) fn has_versions(self) -> bool {
        self == Self::V2
    }

    pub(crate) fn refuse(self, errors: &Errors) -> Response {
        match self {
            Self::V2 => error_response(errors),
            Self::Root => error_response(&errors.of_v1()),
        }
    }
}

fn error_response(errors: &Errors) -> Response {
    let body = serde_json::json!({ "errors": errors.items() });
    (errors.status(), [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

/// The password of basic credentials without a user name.
fn password(credentials: &str) -> Option<String> {
    let decoded = STANDARD.decode(credentials.trim_end()).ok()?;
    let pair = String::from_utf8(decoded).ok()?;
    // Not specified: what a user name does; here it makes the credentials wrong.
    pair.strip_prefix(':').map(str::to_owned)
}

impl Scheme {
    /// The scheme of a request, if it is one of the two.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        credentials(headers).map(|(scheme, _)| scheme)
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Bearer => "bearer",
        }
    }
}

fn credentials(headers: &HeaderMap) -> Option<(Scheme, &str)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credentials) = value.split_once(' ')?;
    let known = [Scheme::Basic, Scheme::Bearer];
    let scheme = known.into_iter().find(|known| scheme.eq_ignore_ascii_case(known.as_str()))?;
    Some((scheme, credentials.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_decides() {
        for path in ["/v2", "/v2/", "/v2/lists"] {
            assert_eq!(Surface::of(path), Surface::V2, "{path}");
        }
        for path in ["/", "/lists", "/v22", "/v"] {
            assert_eq!(Surface::of(path), Surface::Root, "{path}");
        }
    }
}
