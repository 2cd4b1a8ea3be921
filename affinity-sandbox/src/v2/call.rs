//! One request as an operation sees it, and the way from a route to an operation.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use http::{Uri, header};
use serde::Serialize;
use url::form_urlencoded;

use super::auth::Caller;
use super::errors::{Error, Errors};
use super::params::Params;
use crate::api::App;
use crate::world::{Company, EntityKind, EntityRef, List, Permission, Person, Presence, World};

/// What an operation gives: a JSON text, or errors.
pub(super) type Answer = Result<Json, Errors>;

/// A serialised answer.
#[derive(Debug)]
pub(super) struct Json(Vec<u8>);

impl Json {
    pub(super) fn of(value: &impl Serialize) -> Answer {
        serde_json::to_vec(value)
            .map(Self)
            .map_err(|_| Errors::server("the answer could not be written"))
    }
}

impl IntoResponse for Json {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, "application/json")], self.0).into_response()
    }
}

/// An operation that changes nothing.
pub(super) fn read(operation: fn(&Call<'_>) -> Answer) -> MethodRouter<Arc<App>> {
    get(
        move |State(app): State<Arc<App>>,
              Extension(caller): Extension<Caller>,
              uri: Uri,
              path: Result<RawPathParams, RawPathParamsRejection>| async move {
            let Ok(path) = path else {
                return Errors::bad_request("the path is not UTF-8").into_response();
            };
            let path = path.iter().map(|(_, value)| value.to_owned()).collect();
            answer(&app, &caller, &uri, path, operation)
        },
    )
}

fn answer(
    app: &App,
    caller: &Caller,
    uri: &Uri,
    segments: Vec<String>,
    operation: fn(&Call<'_>) -> Answer,
) -> Response {
    let query = uri.query().unwrap_or_default();
    let call = Call {
        world: &app.world(),
        caller,
        base: &app.base,
        path: uri.path(),
        segments,
        query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
    };
    operation(&call).into_response()
}

pub(super) struct Call<'a> {
    pub(super) world: &'a World,
    pub(super) caller: &'a Caller,
    pub(super) base: &'a str,
    pub(super) path: &'a str,
    /// The variable parts of the path, in order.
    pub(super) segments: Vec<String>,
    pub(super) query: Vec<(String, String)>,
}

impl<'a> Call<'a> {
    pub(super) fn require(&self, permission: Permission) -> Result<(), Errors> {
        if self.caller.permissions.contains(&permission) {
            return Ok(());
        }
        Err(Errors::authorization(permission))
    }

    /// The ids in the path; `names` are those of the interface, in the order of the path.
    pub(super) fn path_ids<const N: usize>(&self, names: [&str; N]) -> Result<[u64; N], Errors> {
        let mut ids = [0; N];
        let mut problems = Vec::new();
        for ((id, name), text) in ids.iter_mut().zip(names).zip(&self.segments) {
            match parse_id(text) {
                Some(number) => *id = number,
                None => problems.push(Error::validation(name, "an id is a whole number from 1")),
            }
        }
        if problems.is_empty() {
            Ok(ids)
        } else {
            Err(Errors::validation(problems))
        }
    }

    pub(super) fn params(&self) -> Params<'_> {
        Params::new(self)
    }

    /// A company that can be read: neither unknown, nor deleted, nor merged away.
    pub(super) fn company(&self, id: u64) -> Result<&'a Company, Errors> {
        self.check_presence(EntityRef {
            kind: EntityKind::Company,
            id,
        })?;
        self.world
            .companies
            .get(&id)
            .ok_or_else(|| no_such("company", id))
    }

    /// A person that can be read: neither unknown, nor deleted, nor merged away.
    pub(super) fn person(&self, id: u64) -> Result<&'a Person, Errors> {
        self.check_presence(EntityRef {
            kind: EntityKind::Person,
            id,
        })?;
        self.world.persons.get(&id).ok_or_else(|| no_such("person", id))
    }

    /// A list the caller may see. Not specified: what a direct read of an invisible one answers; here 404, so that
    /// it cannot be told from one that does not exist.
    pub(super) fn list(&self, id: u64) -> Result<&'a List, Errors> {
        self.world
            .visible_list(id, self.caller.user)
            .ok_or_else(|| no_such("list", id))
    }

    fn check_presence(&self, entity: EntityRef) -> Result<(), Errors> {
        match self.world.presence(entity) {
            Some(Presence::Here) => Ok(()),
            Some(Presence::MergedInto(survivor)) => Err(Errors::merged(entity.id, survivor)),
            Some(Presence::Deleted) | None => Err(no_such(entity.kind.as_str(), entity.id)),
        }
    }
}

pub(super) fn no_such(what: &str, id: impl std::fmt::Display) -> Errors {
    Errors::not_found(format!("there is no {what} {id}"))
}

/// Ids are int64 from 1.
pub(super) fn parse_id(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let id = text.parse().ok().filter(|id| digits && *id >= 1)?;
    i64::try_from(id).is_ok().then_some(id)
}
