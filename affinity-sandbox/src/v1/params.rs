//! Reading parameters; all that is wrong with them is told at once.
//!
//! A reader whose parameter is wrong notes the problem and gives nothing, or what stands for nothing. So nothing that was
//! read counts before [`Params::done`].

use std::collections::BTreeMap;
use std::fmt::Display;

use chrono::{DateTime, Utc};

use super::call::Request;
use super::dates;
use super::given::{self, Given};
use crate::api::{Error, Errors};
use crate::world::{LARGEST_ID, Presence, Record, World};

/// Reads the parameters an operation declares. Others are ignored.
#[derive(Debug)]
pub(super) struct Params<'a> {
    pub(super) request: &'a Request<'a>,
    given: given::All,
    declared: Vec<&'static str>,
    problems: Vec<Error>,
}

impl<'a> Params<'a> {
    pub(super) fn of(request: &'a Request<'a>) -> Result<Self, Errors> {
        let given = given::read(request)?;
        Ok(Self { request, given, declared: Vec::new(), problems: Vec::new() })
    }

    /// The same with parameters from elsewhere.
    pub(super) fn with(mut self, pairs: Vec<(String, String)>) -> Self {
        self.given.extend(given::texts(pairs.into_iter()));
        self
    }

    /// An id in the path; 0 when it is none.
    pub(super) fn path_id(&mut self, name: &'static str) -> u64 {
        let text = self.request.in_path.iter().find(|(key, _)| key == name);
        let id = text.and_then(|(_, text)| as_path_id(text));
        // Not specified: what a path with something else than an id answers; 404 would do as well.
        id.unwrap_or_else(|| {
            self.reject(name, NO_ID);
            0
        })
    }

    /// Whether there is such a parameter, right or wrong.
    pub(super) fn is_given(&self, name: &str) -> bool {
        self.given.get(name).is_some_and(|given| !given.is_absent())
    }

    /// A parameter as it came. Null is as good as absent.
    pub(super) fn raw(&mut self, name: &'static str) -> Option<Given> {
        self.declared.push(name);
        self.given.get(name).filter(|given| !given.is_absent()).cloned()
    }

    /// A parameter that cannot be left out.
    pub(super) fn must<T: Default>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Self, &'static str) -> Option<T>,
    ) -> T {
        let found = read(self, name);
        self.need(name, found).unwrap_or_default()
    }

    /// What was found of a parameter that cannot be left out.
    pub(super) fn need<T>(&mut self, name: &'static str, found: Option<T>) -> Option<T> {
        if found.is_none() && !self.is_given(name) {
            self.reject(name, format!("{name} is required"));
        }
        found
    }

    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        self.read(name, Given::as_text, "a string is expected")
    }

    /// A text that has something in it.
    pub(super) fn words(&mut self, name: &'static str) -> Option<String> {
        let text = self.text(name)?;
        if text.trim().is_empty() {
            self.reject(name, format!("{name} is empty"));
            return None;
        }
        Some(text)
    }

    pub(super) fn boolean(&mut self, name: &'static str) -> Option<bool> {
        self.read(name, Given::as_boolean, "true or false is expected")
    }

    /// A switch that is off unless it is on.
    pub(super) fn flag(&mut self, name: &'static str) -> bool {
        self.boolean(name).unwrap_or_default()
    }

    pub(super) fn instant(&mut self, name: &'static str) -> Option<DateTime<Utc>> {
        let read = |given: &Given| dates::parse(&given.as_text()?);
        self.read(name, read, "a date and time is expected, as 2024-06-01T07:00:00Z")
    }

    /// A whole number of a range.
    pub(super) fn integer(&mut self, name: &'static str, least: u64, most: u64) -> Option<u64> {
        let read = |given: &Given| {
            u64::try_from(given.as_integer()?).ok().filter(|number| (least..=most).contains(number))
        };
        self.read(name, read, format!("a whole number from {least} to {most} is expected"))
    }

    /// One of several codes, by what it means.
    pub(super) fn code<T>(&mut self, name: &'static str, meaning: fn(u64) -> Option<T>) -> Option<T> {
        let read = |given: &Given| meaning(u64::try_from(given.as_integer()?).ok()?);
        self.read(name, read, format!("{name} has no such value"))
    }

    pub(super) fn id(&mut self, name: &'static str) -> Option<u64> {
        self.read(name, as_id, NO_ID)
    }

    /// All items of an array; `None` without one, which is not the same as an empty one.
    pub(super) fn ids(&mut self, name: &'static str) -> Option<Vec<u64>> {
        self.read(name, |given| given.items()?.iter().map(as_id).collect(), "an array of ids is expected")
    }

    /// As [`Params::ids`], of texts.
    pub(super) fn texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        let read = |given: &Given| given.items()?.iter().map(Given::as_text).collect();
        self.read(name, read, "an array of strings is expected")
    }

    /// The id of a company or person that is there.
    pub(super) fn known<R: Record>(&mut self, world: &World, name: &'static str) -> Option<u64> {
        let id = self.id(name)?;
        self.check::<R>(world, name, id).then_some(id)
    }

    /// As [`Params::ids`], of companies or persons that are there; each once.
    pub(super) fn all_known<R: Record>(&mut self, world: &World, name: &'static str) -> Option<Vec<u64>> {
        let mut ids = Vec::new();
        for id in self.ids(name)? {
            if self.check::<R>(world, name, id) && !ids.contains(&id) {
                ids.push(id);
            }
        }
        Some(ids)
    }

    /// Notes that an id leads nowhere, in the words of the API (observed).
    pub(super) fn reject_id(&mut self, name: &str, id: impl Display) {
        self.reject(name, format!("Field {name}: expected {id} to be a valid id"));
    }

    pub(super) fn reject(&mut self, name: &str, message: impl Into<String>) {
        self.problems.push(Error::validation(name, message));
    }

    /// The declared parameters of the query but those of the paging, in the order of their names.
    pub(super) fn given(&self) -> BTreeMap<&'static str, String> {
        let texts = self.declared.iter().filter_map(|name| {
            Some((*name, self.given.get(*name)?.as_text()?)).filter(|_| !name.starts_with("page_"))
        });
        texts.collect()
    }

    /// Ends the reading.
    pub(super) fn done(self) -> Result<(), Errors> {
        if self.problems.is_empty() { Ok(()) } else { Err(Errors::validation(self.problems)) }
    }

    fn check<R: Record>(&mut self, world: &World, name: &str, id: u64) -> bool {
        match R::all(world).get(&id).map(Record::presence) {
            Some(Presence::Here) => return true,
            Some(Presence::MergedInto(survivor)) => self.reject(name, merged(id, survivor)),
            Some(Presence::Deleted) | None => self.reject_id(name, id),
        }
        false
    }

    fn read<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&Given) -> Option<T>,
        message: impl Into<String>,
    ) -> Option<T> {
        let found = read(&self.raw(name)?);
        if found.is_none() {
            self.reject(name, message);
        }
        found
    }
}

const NO_ID: &str = "an id is a whole number from 1 to 2^53 - 1";

fn is_id(id: u64) -> bool {
    (1..=LARGEST_ID).contains(&id)
}

fn as_id(given: &Given) -> Option<u64> {
    u64::try_from(given.as_integer()?).ok().filter(|id| is_id(*id))
}

/// In digits alone: a sign or zeros before them would make one resource have several paths.
fn as_path_id(text: &str) -> Option<u64> {
    text.parse().ok().filter(|id: &u64| is_id(*id) && id.to_string() == text)
}

/// The sentence clients take both ids from (observed).
fn merged(duplicate: u64, survivor: u64) -> String {
    format!("{duplicate} no longer exists as it has been merged into {survivor}")
}
