//! One request as an operation sees it, and what an operation gives back.

use std::ops::Deref;

use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde::Serialize;

use super::params::Params;
use crate::api::{Caller, Errors, PageShape, Settings};
use crate::clock::Now;
use crate::world::World;

/// What an operation comes to.
pub(super) type Outcome = Result<Answer, Errors>;

/// A status, and mostly a JSON text.
#[derive(Debug)]
pub(super) struct Answer {
    status: StatusCode,
    json: Option<Vec<u8>>,
}

impl Answer {
    /// 200 with a body.
    pub(super) fn ok(value: &impl Serialize) -> Outcome {
        Self::with(StatusCode::OK, value)
    }

    /// A status other than 200, with a body.
    pub(super) fn with(status: StatusCode, value: &impl Serialize) -> Outcome {
        let json =
            serde_json::to_vec(value).map_err(|_| Errors::server("the answer could not be written"))?;
        Ok(Self { status, json: Some(json) })
    }

    /// 204.
    pub(super) fn nothing() -> Outcome {
        Ok(Self { status: StatusCode::NO_CONTENT, json: None })
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        match self.json {
            Some(json) => (self.status, [(header::CONTENT_TYPE, "application/json")], json).into_response(),
            None => self.status.into_response(),
        }
    }
}

/// A request that was let in.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) caller: &'a Caller,
    pub(super) settings: &'a Settings,
    pub(super) path: &'a str,
    /// The variable parts of the path, by the names of the interface.
    pub(super) in_path: Vec<(String, String)>,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a Bytes,
    pub(super) shape: PageShape,
    pub(super) now: Now,
}

impl Request<'_> {
    /// The body, which has to be JSON and say so.
    pub(super) fn json(&self) -> Result<serde_json::Value, Errors> {
        let content_type = self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = content_type.and_then(|value| value.split(';').next()).map(str::trim);
        if !essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json")) {
            return Err(Errors::unsupported_media_type());
        }
        serde_json::from_slice(self.body).map_err(|_| Errors::bad_request("the body is not JSON"))
    }
}

/// A request, and the world while it is looked at.
pub(super) struct Call<'a> {
    pub(super) world: &'a World,
    pub(super) request: &'a Request<'a>,
}

impl<'a> Deref for Call<'a> {
    type Target = Request<'a>;

    fn deref(&self) -> &Self::Target {
        self.request
    }
}

impl Call<'_> {
    pub(super) fn params(&self) -> Params<'_> {
        Params::new(self)
    }
}

pub(super) fn no_such(what: &str, id: impl std::fmt::Display) -> Errors {
    Errors::not_found(format!("there is no {what} {id}"))
}
