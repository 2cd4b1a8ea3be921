//! Events as arguments of axum's handlers.

use std::fmt;

use affinity_core::Error;
use axum_core::BoxError;
use axum_core::extract::{FromRequest, Request};
use axum_core::response::{IntoResponse, Response};
use http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::WebhookEvent;

/// The most bytes of a delivery that are read, as an extension of the request: `Extension(WebhookBodyLimit(…))` as a
/// layer of the router. Without it, 2 MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebhookBodyLimit(pub usize);

impl Default for WebhookBodyLimit {
    fn default() -> Self {
        Self(2 << 20)
    }
}

/// Why a request is not the delivery of an event. As a response, it has the status that says so.
///
/// Every status but a success makes Affinity send the delivery again (unconfirmed), and the URL is probed with a
/// request of unknown form on subscribing. A handler that takes `Result<WebhookEvent, WebhookRejection>` can answer
/// as it likes.
#[derive(Debug)]
#[non_exhaustive]
pub enum WebhookRejection {
    /// Not a POST: 405.
    Method,
    /// Not `application/json`: 415.
    ContentType,
    /// More bytes than the [`WebhookBodyLimit`]: 413.
    TooLarge,
    /// The body could not be read to its end: 400.
    Incomplete,
    /// It is no event: 422.
    NoEvent(Error),
}

impl WebhookRejection {
    /// The status of the response.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Incomplete => StatusCode::BAD_REQUEST,
            Self::NoEvent(_) => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }
}

impl fmt::Display for WebhookRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Method => "events come by POST",
            Self::ContentType => "events come as application/json",
            Self::TooLarge => "too large for an event",
            Self::Incomplete => "the body broke off",
            Self::NoEvent(_) => "this is no event",
        })
    }
}

impl std::error::Error for WebhookRejection {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NoEvent(error) => Some(error),
            _ => None,
        }
    }
}

impl IntoResponse for WebhookRejection {
    fn into_response(self) -> Response {
        let mut response = (self.status(), self.to_string()).into_response();
        if matches!(self, Self::Method) {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        }
        response
    }
}

impl<S: Send + Sync> FromRequest<S> for WebhookEvent {
    type Rejection = WebhookRejection;

    async fn from_request(request: Request, _: &S) -> Result<Self, WebhookRejection> {
        if request.method() != Method::POST {
            return Err(WebhookRejection::Method);
        }
        if !is_json(request.headers()) {
            return Err(WebhookRejection::ContentType);
        }
        let WebhookBodyLimit(limit) = request.extensions().get().copied().unwrap_or_default();
        if announced(request.headers()).is_some_and(|bytes| bytes > limit as u64) {
            return Err(WebhookRejection::TooLarge);
        }
        let body = Limited::new(request.into_body(), limit).collect().await;
        let body = body.map_err(|error| unread(&error))?;
        WebhookEvent::parse(body.to_bytes()).map_err(WebhookRejection::NoEvent)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = value.split(';').next().unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("application/json")
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The limit is this one, or that of a layer before, whose error comes wrapped.
fn unread(error: &BoxError) -> WebhookRejection {
    let error: &(dyn std::error::Error + 'static) = &**error;
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    let limited = causes.any(|error| error.is::<LengthLimitError>());
    if limited { WebhookRejection::TooLarge } else { WebhookRejection::Incomplete }
}
