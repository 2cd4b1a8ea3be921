//! Reading parameters, of the path and of the query; all that is wrong with them is told at once.
//!
//! What a path names is looked up on the way, but that it is missing is told only if the parameters are in order:
//! so an operation looks at those results after [`Params::done`] or [`Params::paging`].

use std::collections::BTreeSet;

use super::call::{Call, no_such};
use super::filtering::is_uuid;
use crate::api::{Error, Errors};
use crate::world::{LARGEST_NOTE_ID, List, Note, Opportunity, Presence, Record, Row, SavedView};

/// Reads the parameters an operation declares. Others are ignored (observed).
pub(super) struct Params<'a> {
    pub(super) call: &'a Call<'a>,
    declared: Vec<&'static str>,
    problems: Vec<Error>,
}

impl<'a> Params<'a> {
    pub(super) fn new(call: &'a Call<'a>) -> Self {
        Self { call, declared: Vec::new(), problems: Vec::new() }
    }

    /// A text in the path.
    pub(super) fn text(&self, name: &'static str) -> Result<&'a str, Errors> {
        let found = self.call.request.in_path.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).ok_or_else(|| Errors::server("the path has no such parameter"))
    }

    /// An id in the path.
    pub(super) fn id(&mut self, name: &'static str) -> Result<u64, Errors> {
        self.id_up_to(LARGEST_ID64, name)
    }

    /// An id in the path, of a smaller space than most.
    pub(super) fn id_up_to(&mut self, largest: u64, name: &'static str) -> Result<u64, Errors> {
        let text = self.text(name)?;
        parse_id(text, largest).ok_or_else(|| {
            let problem = Error::validation(name, no_id(largest));
            self.problems.push(problem.clone());
            Errors::validation(vec![problem])
        })
    }

    /// A UUID in the path. Not specified: whether upper case is the same; here it is another.
    pub(super) fn uuid(&mut self, name: &'static str) -> Result<&'a str, Errors> {
        let text = self.text(name)?;
        if is_uuid(text) {
            return Ok(text);
        }
        let problem = Error::validation(name, "a UUID is expected");
        self.problems.push(problem.clone());
        Err(Errors::validation(vec![problem]))
    }

    /// A company or person that can be read: neither unknown, nor deleted, nor merged away.
    pub(super) fn record<R: Record>(&mut self, name: &'static str) -> Result<&'a R, Errors> {
        let id = self.id(name)?;
        let unknown = || no_such(R::KIND.as_str(), id);
        let found = R::all(self.call.world).get(&id).ok_or_else(unknown)?;
        match found.presence() {
            Presence::Here => Ok(found),
            Presence::MergedInto(survivor) => Err(Errors::merged(id, survivor)),
            Presence::Deleted => Err(unknown()),
        }
    }

    /// A list the caller may see. Not specified: what a direct read of an invisible one answers; here 404, so that
    /// it cannot be told from one that does not exist.
    pub(super) fn list(&mut self) -> Result<&'a List, Errors> {
        let id = self.id("listId")?;
        self.call.world.visible_list(id, self.call.caller.user).ok_or_else(|| no_such("list", id))
    }

    /// A row of the list in the path.
    pub(super) fn row(&mut self) -> Result<(&'a List, Row<'a>), Errors> {
        let (list, id) = (self.list(), self.id("listEntryId"));
        let (list, id) = (list?, id?);
        let row = self.call.world.row(id).filter(|row| row.entry.list == list.id);
        Ok((list, row.ok_or_else(|| no_such("list entry", id))?))
    }

    /// A view of the list in the path. Not specified: what a view of another list answers; 404 is expected.
    pub(super) fn view(&mut self) -> Result<(&'a List, &'a SavedView), Errors> {
        let (list, id) = (self.list(), self.id("viewId"));
        let (list, id) = (list?, id?);
        let view = self.call.world.views.get(&id).filter(|view| view.list == list.id);
        Ok((list, view.ok_or_else(|| no_such("view", id))?))
    }

    /// An opportunity on a list the caller may see, with the list.
    pub(super) fn opportunity(&mut self) -> Result<(&'a List, &'a Opportunity), Errors> {
        let id = self.id("opportunityId")?;
        let found = self.call.world.visible_opportunity(id, self.call.caller.user);
        found.ok_or_else(|| no_such("opportunity", id))
    }

    /// A note or reply the caller may see. Not specified, as with lists: that others are 404. Its id has 32 bits.
    pub(super) fn note(&mut self) -> Result<&'a Note, Errors> {
        let id = self.id_up_to(LARGEST_NOTE_ID, "noteId")?;
        self.call.world.visible_note(id, self.call.caller.user).ok_or_else(|| no_such("note", id))
    }

    /// All values of a repeatable parameter. Commas do not separate.
    pub(super) fn all(&mut self, name: &'static str) -> Vec<&'a str> {
        self.declared.push(name);
        let given = self.call.request.query.iter().filter(move |(key, _)| key == name);
        given.map(|(_, value)| value.as_str()).collect()
    }

    /// The value of a parameter. Not specified: which one counts when it is repeated; here that is refused.
    pub(super) fn one(&mut self, name: &'static str) -> Option<&'a str> {
        match self.all(name)[..] {
            [] => None,
            [value] => Some(value),
            [..] => {
                self.reject(name, format!("{name} is given once"));
                None
            }
        }
    }

    /// A switch that is off unless it says `true`.
    pub(super) fn flag(&mut self, name: &'static str) -> bool {
        match self.one(name) {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => {
                self.reject(name, format!("{name} is true or false"));
                false
            }
        }
    }

    /// Wanted ids; `None` when there is no such parameter, which is not the same as an empty one.
    pub(super) fn ids(&mut self, name: &'static str) -> Option<BTreeSet<u64>> {
        let given = self.all(name);
        if given.is_empty() {
            return None;
        }
        let ids: Option<BTreeSet<u64>> = given.into_iter().map(|text| parse_id(text, LARGEST_ID64)).collect();
        if ids.is_none() {
            self.reject(name, no_id(LARGEST_ID64));
        }
        ids
    }

    pub(super) fn reject(&mut self, name: &str, message: impl Into<String>) {
        self.problems.push(Error::validation(name, message));
    }

    /// The declared parameters of the query, in its order.
    pub(super) fn given(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let pairs = self.call.request.query.iter();
        let declared = pairs.filter(|(key, _)| self.declared.contains(&key.as_str()));
        declared.map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Ends the reading.
    pub(super) fn done(self) -> Result<(), Errors> {
        if self.problems.is_empty() { Ok(()) } else { Err(Errors::validation(self.problems)) }
    }
}

/// Most ids in paths and queries are any int64, though those in bodies end at 2^53 - 1.
const LARGEST_ID64: u64 = i64::MAX.unsigned_abs();

fn no_id(largest: u64) -> String {
    format!("an id is a whole number from 1 to {largest}")
}

fn parse_id(text: &str, largest: u64) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|id| digits && (1..=largest).contains(id))
}
