//! What an operation gives back.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;

use super::errors::Errors;

/// What an operation comes to.
pub(crate) type Outcome = Result<Answer, Errors>;

/// A status, and mostly a JSON text.
#[derive(Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Vec<u8>,
}

impl Answer {
    /// 200 with a body.
    pub(crate) fn ok(value: &impl Serialize) -> Outcome {
        Self::with(StatusCode::OK, value)
    }

    /// A status other than 200, with a body.
    pub(crate) fn with(status: StatusCode, value: &impl Serialize) -> Outcome {
        let json =
            serde_json::to_vec(value).map_err(|_| Errors::server("the answer could not be written"))?;
        let json_text = HeaderValue::from_static("application/json");
        Ok(Self { status, headers: vec![(header::CONTENT_TYPE, json_text)], body: json })
    }

    /// 302.
    pub(crate) fn redirect(to: &str) -> Outcome {
        let to =
            HeaderValue::try_from(to).map_err(|_| Errors::server("the address does not fit a header"))?;
        Ok(Self { status: StatusCode::FOUND, headers: vec![(header::LOCATION, to)], body: Vec::new() })
    }

    /// 204.
    pub(crate) fn nothing() -> Outcome {
        Ok(Self { status: StatusCode::NO_CONTENT, headers: Vec::new(), body: Vec::new() })
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.body).into_response();
        let headers = response.headers_mut();
        // That of the bytes, which is not meant.
        headers.remove(header::CONTENT_TYPE);
        for (name, value) in self.headers {
            headers.insert(name, value);
        }
        response
    }
}
