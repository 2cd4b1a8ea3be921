//! Error answers: a status and one or more coded errors. A surface puts them in its own form.

use http::StatusCode;
use serde::Serialize;

use crate::world::Permission;

/// How many problems are told in full; a body can have as many as it is long.
pub(crate) const MOST_TOLD: usize = 100;

/// An error answer.
#[derive(Clone, Debug)]
pub(crate) struct Errors {
    status: StatusCode,
    errors: Vec<Error>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Error {
    /// Only v2 tells it.
    #[serde(skip_serializing_if = "str::is_empty")]
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    param: Option<String>,
}

impl Error {
    /// The only kind of error that names a parameter.
    pub(crate) fn validation(param: &str, message: impl Into<String>) -> Self {
        Self { code: "validation", message: message.into(), param: Some(param.to_owned()) }
    }
}

impl Errors {
    /// All that is wrong with one request, or where the rest of it begins.
    pub(crate) fn validation(mut errors: Vec<Error>) -> Self {
        if let Some(next) = errors.get_mut(MOST_TOLD) {
            next.message = "there is more that is wrong, from here on".into();
            errors.truncate(MOST_TOLD + 1);
        }
        Self { status: StatusCode::BAD_REQUEST, errors }
    }

    pub(crate) fn bad_request(message: &str) -> Self {
        Self::one(StatusCode::BAD_REQUEST, "bad-request", message)
    }

    pub(crate) fn authentication(message: &str) -> Self {
        Self::one(StatusCode::UNAUTHORIZED, "authentication", message)
    }

    pub(crate) fn authorization(missing: Permission) -> Self {
        let message = format!("the permission \"{}\" is required", missing.label());
        Self::one(StatusCode::FORBIDDEN, "authorization", message)
    }

    /// Of a row whose values the caller cannot see.
    pub(crate) fn hidden() -> Self {
        let message = "this opportunity can be managed by others only";
        Self::one(StatusCode::FORBIDDEN, "authorization", message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::one(StatusCode::NOT_FOUND, "not-found", message)
    }

    pub(crate) fn method_not_allowed() -> Self {
        let message = "this path does not take that method";
        Self::one(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", message)
    }

    /// The sentence is the one clients take both ids from (observed).
    pub(crate) fn merged(duplicate: u64, survivor: u64) -> Self {
        let message = format!("{duplicate} no longer exists as it has been merged into {survivor}");
        Self::one(StatusCode::UNPROCESSABLE_ENTITY, "unprocessable-entity", message)
    }

    /// Not specified: the code; the list of codes has none of its own for it.
    pub(crate) fn too_large() -> Self {
        Self::one(StatusCode::PAYLOAD_TOO_LARGE, "bad-request", "the body is too large")
    }

    pub(crate) fn unsupported_media_type() -> Self {
        let message = "a body is application/json";
        Self::one(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", message)
    }

    /// Something that v1 cannot honour, though its parameters are well-formed, without a parameter to blame.
    pub(crate) fn unprocessable(message: impl Into<String>) -> Self {
        Self::one(StatusCode::UNPROCESSABLE_ENTITY, "unprocessable-entity", message)
    }

    /// Something that this user may not do. v1 does not say why.
    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::one(StatusCode::FORBIDDEN, "authorization", message)
    }

    pub(crate) fn rate_limit() -> Self {
        Self::one(StatusCode::TOO_MANY_REQUESTS, "rate-limit", "too many requests")
    }

    pub(crate) fn server(message: &str) -> Self {
        Self::one(StatusCode::INTERNAL_SERVER_ERROR, "server", message)
    }

    fn one(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, errors: vec![Error { code, message: message.into(), param: None }] }
    }
}

impl Errors {
    /// The same as v1 says it: errors have no code there, and whatever is wrong with a request is 422.
    pub(super) fn of_v1(&self) -> Self {
        let status = match self.status {
            StatusCode::BAD_REQUEST | StatusCode::UNSUPPORTED_MEDIA_TYPE | StatusCode::PAYLOAD_TOO_LARGE => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            status => status,
        };
        let errors = self.errors.iter().map(|error| Error { code: "", ..error.clone() });
        Self { status, errors: errors.collect() }
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// The items of the `errors` array.
    pub(super) fn items(&self) -> &[Error] {
        &self.errors
    }
}
