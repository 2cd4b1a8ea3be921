//! Reading query parameters; all that is wrong with them is told at once.

use std::collections::BTreeSet;

use super::call::{Call, parse_id};
use super::errors::{Error, Errors};

/// Reads the parameters an operation declares. Others are ignored (observed).
pub(super) struct Params<'a> {
    pub(super) call: &'a Call<'a>,
    declared: Vec<&'static str>,
    problems: Vec<Error>,
}

impl<'a> Params<'a> {
    pub(super) fn new(call: &'a Call<'a>) -> Self {
        Self {
            call,
            declared: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// All values of a repeatable parameter. Commas do not separate.
    pub(super) fn all(&mut self, name: &'static str) -> Vec<&'a str> {
        self.declared.push(name);
        let given = self.call.query.iter().filter(move |(key, _)| key == name);
        given.map(|(_, value)| value.as_str()).collect()
    }

    /// The value of a parameter. Not specified: which one counts when it is repeated; here the first.
    pub(super) fn first(&mut self, name: &'static str) -> Option<&'a str> {
        self.all(name).first().copied()
    }

    /// Wanted ids; `None` when there is no such parameter, which is not the same as an empty one.
    pub(super) fn ids(&mut self, name: &'static str) -> Option<BTreeSet<u64>> {
        let given = self.all(name);
        if given.is_empty() {
            return None;
        }
        let ids: Option<BTreeSet<u64>> = given.into_iter().map(parse_id).collect();
        if ids.is_none() {
            self.reject(name, "an id is a whole number from 1");
        }
        ids
    }

    pub(super) fn reject(&mut self, name: &str, message: impl Into<String>) {
        self.problems.push(Error::validation(name, message));
    }

    /// The declared parameters of the request, in its order.
    pub(super) fn given(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let pairs = self
            .call
            .query
            .iter()
            .filter(|(key, _)| self.declared.contains(&key.as_str()));
        pairs.map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Ends the reading.
    pub(super) fn done(self) -> Result<(), Errors> {
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(Errors::validation(self.problems))
        }
    }
}
