//! The parts of the host, told apart by path.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};

use super::errors::Errors;

/// A part of the host: it decides which credentials are taken, how errors look, which requests count for the month,
/// and whether there are versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Surface {
    /// Below `/v2`.
    V2,
    /// Everywhere else, where v1 has its paths. Nothing is served there yet; errors look as in v2.
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

    /// The key of a request, in a form this surface takes: bearer only, so far.
    pub(super) fn key(self, headers: &HeaderMap) -> Option<&str> {
        let (scheme, credentials) = credentials(headers)?;
        match (self, scheme) {
            (Self::V2 | Self::Root, Scheme::Bearer) => Some(credentials),
            (Self::V2 | Self::Root, Scheme::Basic) => None,
        }
    }

    /// The credential probe does not draw on the monthly budget (observed).
    pub(super) fn counts_for_month(self, path: &str) -> bool {
        match self {
            Self::V2 => path != "/v2/auth/whoami",
            Self::Root => true,
        }
    }

    pub(super) fn has_versions(self) -> bool {
        self == Self::V2
    }

    pub(crate) fn refuse(self, errors: &Errors) -> Response {
        let body = match self {
            Self::V2 | Self::Root => serde_json::json!({ "errors": errors.items() }),
        };
        let content_type = [(header::CONTENT_TYPE, "application/json")];
        (errors.status(), content_type, body.to_string()).into_response()
    }
}

impl Scheme {
    /// The scheme of a request, if it is one of the two.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        credentials(headers).map(|(scheme, _)| scheme)
    }

    pub(super) fn as_str(self) -> &'static str {
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
