//! Reading the JSON of a body; all that is wrong with it is told at once, each problem with the way to its place.

use serde_json::Value;

use crate::api::{Error, Errors, MOST_TOLD};
use crate::world::LARGEST_ID;

/// A value in a body, and the way to it: names with dots between, places in arrays in brackets.
#[derive(Clone, Debug)]
pub(super) struct Part<'b> {
    value: &'b Value,
    path: String,
}

/// What is wrong with a body, so far.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<Error>);

impl<'b> Part<'b> {
    pub(super) fn whole(body: &'b Value) -> Self {
        Self { value: body, path: String::new() }
    }

    pub(super) fn is_null(&self) -> bool {
        self.value.is_null()
    }

    fn way_to(&self, member: &str) -> String {
        if self.path.is_empty() { member.to_owned() } else { format!("{}.{member}", self.path) }
    }
}

impl Problems {
    /// The members of these names of an object that may have others.
    pub(super) fn open<'b, const N: usize>(
        &mut self,
        part: &Part<'b>,
        names: [&str; N],
    ) -> [Option<Part<'b>>; N] {
        let Some(object) = part.value.as_object() else {
            self.reject(part, "an object is expected");
            return [const { None }; N];
        };
        names.map(|name| {
            let path = part.way_to(name);
            let Some(value) = object.get(name) else {
                self.tell(&path, format!("{name} is missing"));
                return None;
            };
            Some(Part { value, path })
        })
    }

    /// The members of these names of an object that has no others.
    pub(super) fn closed<'b, const N: usize>(
        &mut self,
        part: &Part<'b>,
        names: [&str; N],
    ) -> [Option<Part<'b>>; N] {
        let members = self.open(part, names);
        let given = part.value.as_object().into_iter().flat_map(|object| object.keys());
        for extra in given.filter(|key| !names.contains(&key.as_str())) {
            self.tell(&part.way_to(extra), format!("{extra} is not expected"));
        }
        members
    }

    /// The items of an array. One of more than that many is not looked into.
    pub(super) fn items<'b>(&mut self, part: &Part<'b>, most: usize) -> Option<Vec<Part<'b>>> {
        let Some(items) = part.value.as_array() else {
            self.reject(part, "an array is expected");
            return None;
        };
        if items.len() > most {
            self.reject(part, format!("at most {most} items are taken"));
            return None;
        }
        let path = &part.path;
        let items = items.iter().zip(0..).map(|(value, n)| Part { value, path: format!("{path}[{n}]") });
        Some(items.collect())
    }

    pub(super) fn text<'b>(&mut self, part: &Part<'b>) -> Option<&'b str> {
        let text = part.value.as_str();
        self.expect(part, text, "a string is expected")
    }

    pub(super) fn number(&mut self, part: &Part<'_>) -> Option<f64> {
        self.expect(part, part.value.as_f64(), "a number is expected")
    }

    pub(super) fn id(&mut self, part: &Part<'_>) -> Option<u64> {
        let id = part.value.as_u64().filter(|id| (1..=LARGEST_ID).contains(id));
        self.expect(part, id, "an id is a whole number from 1 to 2^53 - 1")
    }

    pub(super) fn reject(&mut self, part: &Part<'_>, message: impl Into<String>) {
        // Not specified: what names the whole body.
        let path = if part.path.is_empty() { "body" } else { &part.path };
        self.tell(path, message);
    }

    /// Ends the reading.
    pub(super) fn done(self) -> Result<(), Errors> {
        if self.0.is_empty() { Ok(()) } else { Err(Errors::validation(self.0)) }
    }

    fn expect<T>(&mut self, part: &Part<'_>, found: Option<T>, message: &str) -> Option<T> {
        if found.is_none() {
            self.reject(part, message);
        }
        found
    }

    fn tell(&mut self, path: &str, message: impl Into<String>) {
        // One more than are told, which shows that there is more.
        if self.0.len() <= MOST_TOLD {
            self.0.push(Error::validation(path, message));
        }
    }
}
