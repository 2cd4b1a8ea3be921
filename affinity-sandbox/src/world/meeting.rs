use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{Attendee, Logged, World, WorldError, check_instant, choose};

/// A logged meeting, as handed to [`World::add_meeting`].
#[derive(Clone, Debug)]
#[must_use = "a meeting exists once it is added to a world"]
pub struct LoggedMeeting {
    pub(crate) id: u64,
    pub(crate) is_manual: bool,
    pub(crate) title: Option<String>,
    pub(crate) start_time: DateTime<Utc>,
    pub(crate) end_time: Option<DateTime<Utc>>,
    pub(crate) all_day: bool,
    pub(crate) creator: Option<Attendee>,
    pub(crate) organizer: Option<Attendee>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: Option<DateTime<Utc>>,
    pub(crate) attendees: Vec<Attendee>,
    /// Who sees it; everybody when `None`.
    pub(crate) visible_to: Option<BTreeSet<u64>>,
}

impl LoggedMeeting {
    /// A meeting from a calendar, without a title, an end and attendees, and that everybody sees.
    pub fn new(start_time: DateTime<Utc>) -> Self {
        Self {
            id: 0,
            is_manual: false,
            title: None,
            start_time,
            end_time: None,
            all_day: false,
            creator: None,
            organizer: None,
            created_at: start_time,
            updated_at: None,
            attendees: Vec::new(),
            visible_to: None,
        }
    }

    /// Asks for this id instead of the next free one (0).
    pub fn id(mut self, id: u64) -> Self {
        self.id = id;
        self
    }

    /// Makes it one that somebody entered by hand (`true`) or that came from a calendar (`false`).
    pub fn manual(mut self, is_manual: bool) -> Self {
        self.is_manual = is_manual;
        self
    }

    /// Sets the title.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Sets when it ends.
    pub fn end_time(mut self, at: DateTime<Utc>) -> Self {
        self.end_time = Some(at);
        self
    }

    /// Makes it take the whole day, or not.
    pub fn all_day(mut self, all_day: bool) -> Self {
        self.all_day = all_day;
        self
    }

    /// Sets who entered it.
    pub fn creator(mut self, who: Attendee) -> Self {
        self.creator = Some(who);
        self
    }

    /// Sets who invited to it.
    pub fn organizer(mut self, who: Attendee) -> Self {
        self.organizer = Some(who);
        self
    }

    /// Adds somebody who takes part.
    pub fn attendee(mut self, who: Attendee) -> Self {
        self.attendees.push(who);
        self
    }

    /// Sets when it was logged; otherwise that is when it starts.
    pub fn created_at(mut self, at: DateTime<Utc>) -> Self {
        self.created_at = at;
        self
    }

    /// Sets when its record was changed last.
    pub fn updated_at(mut self, at: DateTime<Utc>) -> Self {
        self.updated_at = Some(at);
        self
    }

    /// Lets only these users see it.
    pub fn visible_to(mut self, users: impl IntoIterator<Item = u64>) -> Self {
        self.visible_to = Some(users.into_iter().collect());
        self
    }
}

impl Logged for LoggedMeeting {
    fn audience(&self) -> Option<&BTreeSet<u64>> {
        self.visible_to.as_ref()
    }
}

impl World {
    /// Adds a meeting and tells its id.
    ///
    /// # Errors
    /// [`WorldError`] when the wanted id is taken or beyond 2^53 - 1, a person that is named does not exist, or a year
    /// does not have four digits.
    pub fn add_meeting(&mut self, mut meeting: LoggedMeeting) -> Result<u64, WorldError> {
        if self.meetings.contains_key(&meeting.id) {
            return Err(WorldError::Taken { what: "meeting", id: meeting.id });
        }
        let people = meeting.attendees.iter().chain(&meeting.creator).chain(&meeting.organizer);
        let people = people.filter_map(|who| who.person);
        for person in people.chain(meeting.visible_to.iter().flatten().copied()) {
            self.check_person(person)?;
        }
        let instants = [meeting.start_time, meeting.created_at].into_iter();
        instants.chain(meeting.end_time).chain(meeting.updated_at).try_for_each(check_instant)?;
        meeting.id = choose(&mut self.ids.meeting, meeting.id, &self.meetings)?;
        let id = meeting.id;
        self.meetings.insert(id, meeting);
        Ok(id)
    }

    /// Whether a person took part in a meeting that this user may see, merges followed.
    pub(crate) fn attended(&self, person: u64, meeting: u64, user: u64) -> bool {
        let meeting = self.meetings.get(&meeting).filter(|meeting| meeting.is_visible_to(self, user));
        let attendees = meeting.map(|meeting| &meeting.attendees);
        let mut persons = attendees.into_iter().flatten().filter_map(|who| who.person);
        persons.any(|id| self.is_person(id, person))
    }
}
