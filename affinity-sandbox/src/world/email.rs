use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{Attendee, Direction, Logged, World, WorldError, check_instant, choose};

/// A logged e-mail, as handed to [`World::add_email`]. Its text is never told.
#[derive(Clone, Debug)]
#[must_use = "an e-mail exists once it is added to a world"]
pub struct LoggedEmail {
    pub(crate) id: u64,
    pub(crate) sent_at: DateTime<Utc>,
    pub(crate) direction: Direction,
    pub(crate) subject: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: Option<DateTime<Utc>>,
    pub(crate) from: Attendee,
    pub(crate) to: Vec<Attendee>,
    pub(crate) cc: Vec<Attendee>,
    /// Who sees it; everybody when `None`.
    pub(crate) visible_to: Option<BTreeSet<u64>>,
}

impl LoggedEmail {
    /// An e-mail that the account received, without a subject, and that everybody sees.
    pub fn new(sent_at: DateTime<Utc>, from: Attendee) -> Self {
        Self {
            id: 0,
            sent_at,
            direction: Direction::Received,
            subject: None,
            created_at: sent_at,
            updated_at: None,
            from,
            to: Vec::new(),
            cc: Vec::new(),
            visible_to: None,
        }
    }

    /// Asks for this id instead of the next free one (0).
    pub fn id(mut self, id: u64) -> Self {
        self.id = id;
        self
    }

    /// Sets the subject.
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Sets which way it went.
    pub fn direction(mut self, direction: Direction) -> Self {
        self.direction = direction;
        self
    }

    /// Adds somebody it went to.
    pub fn to(mut self, who: Attendee) -> Self {
        self.to.push(who);
        self
    }

    /// Adds somebody who got a copy.
    pub fn cc(mut self, who: Attendee) -> Self {
        self.cc.push(who);
        self
    }

    /// Sets when it was logged; otherwise that is when it was sent.
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

impl Logged for LoggedEmail {
    fn audience(&self) -> Option<&BTreeSet<u64>> {
        self.visible_to.as_ref()
    }
}

impl World {
    /// Adds an e-mail and tells its id.
    ///
    /// # Errors
    /// [`WorldError`] when the wanted id is taken or beyond 2^53 - 1, a person that is named does not exist, or a year
    /// does not have four digits.
    pub fn add_email(&mut self, mut email: LoggedEmail) -> Result<u64, WorldError> {
        if self.emails.contains_key(&email.id) {
            return Err(WorldError::Taken { what: "email", id: email.id });
        }
        let people = email.to.iter().chain(&email.cc).chain([&email.from]).filter_map(|who| who.person);
        for person in people.chain(email.visible_to.iter().flatten().copied()) {
            self.check_person(person)?;
        }
        let instants = [email.sent_at, email.created_at].into_iter();
        instants.chain(email.updated_at).try_for_each(check_instant)?;
        email.id = choose(&mut self.ids.email, email.id, &self.emails)?;
        let id = email.id;
        self.emails.insert(id, email);
        Ok(id)
    }
}
