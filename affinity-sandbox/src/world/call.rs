use chrono::{DateTime, Utc};

use super::entry::Creator;
use super::{Attendee, World, WorldError, choose};

/// A telephone call, as handed to [`World::add_call`]. Calls are entered by hand.
#[derive(Clone, Debug)]
#[must_use = "a call exists once it is added to a world"]
pub struct LoggedCall {
    pub(crate) id: u64,
    pub(crate) start_time: DateTime<Utc>,
    pub(crate) attendees: Vec<Attendee>,
    pub(crate) creator: Option<u64>,
    pub(crate) updated_at: Option<DateTime<Utc>>,
    entered_by: Creator,
}

impl LoggedCall {
    /// A call that the main user entered, so far without anybody in it.
    pub fn new(start_time: DateTime<Utc>) -> Self {
        Self {
            id: 0,
            start_time,
            attendees: Vec::new(),
            creator: None,
            updated_at: None,
            entered_by: Creator::MainUser,
        }
    }

    /// Asks for this id instead of the next free one (0).
    pub fn id(mut self, id: u64) -> Self {
        self.id = id;
        self
    }

    /// Adds somebody who takes part.
    pub fn attendee(mut self, who: Attendee) -> Self {
        self.attendees.push(who);
        self
    }

    /// Sets the person that entered it.
    pub fn creator(mut self, person: u64) -> Self {
        self.entered_by = Creator::Person(person);
        self
    }

    /// Sets when its record was changed last.
    pub fn updated_at(mut self, at: DateTime<Utc>) -> Self {
        self.updated_at = Some(at);
        self
    }
}

impl World {
    /// Adds a call and tells its id.
    ///
    /// # Errors
    /// [`WorldError`] when the wanted id is taken or beyond 2^53 - 1, or a person that is named does not exist.
    pub fn add_call(&mut self, mut call: LoggedCall) -> Result<u64, WorldError> {
        if self.calls.contains_key(&call.id) {
            return Err(WorldError::Taken { what: "call", id: call.id });
        }
        call.creator = call.entered_by.person(self.main_user());
        for person in call.attendees.iter().filter_map(|who| who.person).chain(call.creator) {
            self.check_person(person)?;
        }
        call.id = choose(&mut self.ids.call, call.id, &self.calls)?;
        let id = call.id;
        self.calls.insert(id, call);
        Ok(id)
    }
}
