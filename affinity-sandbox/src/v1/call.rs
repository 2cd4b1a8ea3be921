//! One request as an operation sees it.

use std::fmt::Display;
use std::ops::Deref;

use axum::body::Bytes;
use http::{HeaderMap, Method};
use serde::Serialize;

use super::codes;
use super::params::Params;
use crate::api::{Caller, Errors, PageShape, Standing};
use crate::clock::Now;
use crate::world::{Author, List, Presence, Record, World, WorldError};

pub(super) use crate::api::{Answer, Outcome};

/// A request that was let in.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) caller: &'a Caller,
    pub(super) standing: Standing,
    pub(super) method: &'a Method,
    pub(super) path: &'a str,
    /// The variable parts of the path.
    pub(super) in_path: Vec<(String, String)>,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a Bytes,
    pub(super) shape: PageShape,
    pub(super) now: Now,
}

impl Request<'_> {
    /// The parameters of path, query and body.
    ///
    /// # Errors
    /// When the body is not what it says it is.
    pub(super) fn params(&self) -> Result<Params<'_>, Errors> {
        Params::of(self)
    }

    /// Who changes something, should it be a write.
    pub(super) fn author(&self) -> Author {
        Author { user: Some(self.caller.user), at: self.now.utc }
    }
}

/// A request, and the world while it is looked at.
#[derive(Debug)]
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

/// `{"success": true}`, the answer of every deletion.
pub(super) fn success() -> Outcome {
    #[derive(Serialize)]
    struct Success {
        success: bool,
    }
    Answer::ok(&Success { success: true })
}

pub(super) fn no_such(what: &str, id: impl Display) -> Errors {
    Errors::not_found(format!("there is no {what} {id}"))
}

/// Of a change that cannot fail, once nothing is wrong with what was asked for.
pub(super) fn unexpected(problem: WorldError) -> Errors {
    Errors::server(&problem.to_string())
}

/// A list the caller may see; others are not told from those that do not exist.
pub(super) fn visible_list(world: &World, id: u64, user: u64) -> Result<&List, Errors> {
    world.visible_list(id, user).ok_or_else(|| no_such("list", id))
}

/// A company or person that is there: 404 if it is unknown or deleted, 422 with both ids if it was merged away.
pub(super) fn find<R: Record>(world: &World, id: u64) -> Result<&R, Errors> {
    let unknown = || no_such(word::<R>(), id);
    let found = R::all(world).get(&id).ok_or_else(unknown)?;
    match found.presence() {
        Presence::Here => Ok(found),
        Presence::MergedInto(survivor) => Err(Errors::merged(id, survivor)),
        Presence::Deleted => Err(unknown()),
    }
}

/// What v1 calls it.
fn word<R: Record>() -> &'static str {
    codes::entity_word(R::KIND)
}
