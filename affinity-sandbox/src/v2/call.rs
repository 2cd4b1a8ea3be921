//! One request as an operation sees it, and what an operation gives back.

use std::ops::Deref;

use axum::body::Bytes;
use http::{HeaderMap, header};

use super::params::Params;
use crate::api::{Caller, Errors, PageShape, Settings};
use crate::clock::Now;
use crate::world::{Author, World};

pub(super) use crate::api::{Answer, Outcome};

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
    /// Who changes something, should it be a write.
    pub(super) fn author(&self) -> Author {
        Author { user: Some(self.caller.user), at: self.now.utc }
    }

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
