use std::collections::BTreeSet;

use super::{Cells, EntityRef, Presence, World, WorldError, choose, take_next};

/// What a person is to the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PersonKind {
    /// A user of the account.
    Internal,
    /// Anybody else.
    External,
    /// A guest of the account; only the compact form of a person tells it from the others.
    Collaborator,
}

impl PersonKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::External => "external",
            Self::Collaborator => "collaborator",
        }
    }
}

/// A person, as handed to [`World::add_person`].
#[derive(Clone, Debug)]
#[must_use = "a person exists once added to a world"]
pub struct Person {
    pub(crate) id: u64,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) emails: Vec<String>,
    pub(crate) kind: PersonKind,
    pub(crate) presence: Presence,
    pub(crate) cells: Cells,
}

impl Person {
    /// An external person without a last name and without e-mail addresses.
    pub fn new(first_name: impl Into<String>) -> Self {
        Self {
            id: 0,
            first_name: Some(first_name.into()),
            last_name: None,
            emails: Vec::new(),
            kind: PersonKind::External,
            presence: Presence::Here,
            cells: Cells::new(),
        }
    }

    /// Somebody of whom not even the first name is known.
    pub fn nameless() -> Self {
        Self { first_name: None, ..Self::new("") }
    }

    /// Asks for this id instead of the next free one (0). A person that has it is replaced.
    pub fn id(mut self, id: u64) -> Self {
        self.id = id;
        self
    }

    /// Sets the last name.
    pub fn last_name(mut self, last_name: impl Into<String>) -> Self {
        self.last_name = Some(last_name.into());
        self
    }

    /// Adds an e-mail address; the first one is the primary address.
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.emails.push(email.into());
        self
    }

    /// Sets what the person is to the account.
    pub fn kind(mut self, kind: PersonKind) -> Self {
        self.kind = kind;
        self
    }
}

impl World {
    /// Adds a person and tells the id.
    ///
    /// # Errors
    /// [`WorldError::Unsayable`] when the wanted id is beyond 2^53 - 1.
    pub fn add_person(&mut self, mut person: Person) -> Result<u64, WorldError> {
        person.id = choose(&mut self.ids.person, person.id, &self.persons)?;
        Ok(self.insert_person(person))
    }

    /// Adds a user of the account: an internal person that can own keys and lists. Tells the id.
    pub fn add_user(
        &mut self,
        first_name: impl Into<String>,
        last_name: impl Into<String>,
        email: impl Into<String>,
    ) -> u64 {
        while self.persons.contains_key(&self.ids.person) {
            self.ids.person += 1;
        }
        let user = Person::new(first_name).id(take_next(&mut self.ids.person));
        self.insert_person(user.last_name(last_name).email(email).kind(PersonKind::Internal))
    }

    fn insert_person(&mut self, person: Person) -> u64 {
        let id = person.id;
        self.persons.insert(id, person);
        id
    }

    /// The ids of all persons that were neither merged away nor deleted.
    pub fn person_ids(&self) -> impl Iterator<Item = u64> + '_ {
        self.persons.values().filter(|person| person.presence == Presence::Here).map(|person| person.id)
    }

    /// A person that is still there, merges followed.
    pub(crate) fn person(&self, id: u64) -> Option<&Person> {
        self.persons.get(&self.survivor(EntityRef::person(id))?)
    }

    /// Whether an id leads to that person, merges followed.
    pub(crate) fn is_person(&self, id: u64, person: u64) -> bool {
        id == person || self.person(id).is_some_and(|found| found.id == person)
    }

    /// Whether one of the ids leads to that person.
    pub(crate) fn is_one_of(&self, person: u64, ids: &BTreeSet<u64>) -> bool {
        ids.contains(&person) || ids.iter().any(|id| self.is_person(*id, person))
    }

    /// Whether somebody of that id is still there.
    pub(crate) fn check_person(&self, id: u64) -> Result<(), WorldError> {
        self.person(id).map(drop).ok_or_else(|| WorldError::unknown("person", id))
    }
}
