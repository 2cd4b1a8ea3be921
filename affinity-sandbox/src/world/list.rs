use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{EntityKind, Scope, World, WorldError, check_instant, choose, default_instant};

/// A list, as handed to [`World::add_list`].
#[derive(Clone, Debug)]
#[must_use = "a list exists once it is added to a world"]
pub struct List {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) kind: EntityKind,
    pub(crate) is_public: bool,
    /// 0 until the list is added: the main user.
    pub(crate) owner: u64,
    pub(crate) creator: u64,
    pub(crate) shared_with: BTreeSet<u64>,
    pub(crate) created_at: DateTime<Utc>,
}

impl List {
    /// A public list owned by the world's main user.
    pub fn new(name: impl Into<String>, kind: EntityKind) -> Self {
        Self {
            id: 0,
            name: name.into(),
            kind,
            is_public: true,
            owner: 0,
            creator: 0,
            shared_with: BTreeSet::new(),
            created_at: default_instant(),
        }
    }

    /// Asks for this id instead of the next free one (0).
    pub fn id(mut self, id: u64) -> Self {
        self.id = id;
        self
    }

    /// Makes the list visible to its owner only, and to whom it is shared with.
    pub fn private(mut self) -> Self {
        self.is_public = false;
        self
    }

    /// Sets the owner, and the creator if that was not set.
    pub fn owner(mut self, user: u64) -> Self {
        self.owner = user;
        self
    }

    /// Sets who created the list.
    pub fn creator(mut self, user: u64) -> Self {
        self.creator = user;
        self
    }

    /// Sets when the list was made; told only where [additions](crate::SandboxBuilder::additions) are.
    pub fn created_at(mut self, at: DateTime<Utc>) -> Self {
        self.created_at = at;
        self
    }

    /// Lets one more user see a private list.
    pub fn shared_with(mut self, user: u64) -> Self {
        self.shared_with.insert(user);
        self
    }

    pub(crate) fn visible_to(&self, user: u64) -> bool {
        self.is_public || self.owner == user || self.shared_with.contains(&user)
    }
}

impl World {
    /// Adds a list and tells its id. Person and opportunity lists get their association fields.
    ///
    /// # Errors
    /// [`WorldError`] when the wanted id is taken or beyond 2^53 - 1, when there is no such owner, creator or guest, or
    /// when the year it was made in does not have four digits.
    pub fn add_list(&mut self, mut list: List) -> Result<u64, WorldError> {
        if self.lists.contains_key(&list.id) {
            return Err(WorldError::Taken { what: "list", id: list.id });
        }
        if list.owner == 0 {
            list.owner = self.main_user();
        }
        if list.creator == 0 {
            list.creator = list.owner;
        }
        for person in list.shared_with.iter().chain([&list.owner, &list.creator]) {
            self.check_person(*person)?;
        }
        check_instant(list.created_at)?;
        list.id = choose(&mut self.ids.list, list.id, &self.lists)?;
        let id = list.id;
        self.fields.entry(Scope::List(id)).or_default();
        self.add_association_fields(id, list.kind);
        self.rows_of_list.entry(id).or_default();
        self.lists.insert(id, list);
        Ok(id)
    }

    /// The first list of exactly that name.
    pub fn list_named(&self, name: &str) -> Option<u64> {
        self.lists.values().find(|list| list.name == name).map(|list| list.id)
    }

    /// A list, if that user may see it.
    pub(crate) fn visible_list(&self, id: u64, user: u64) -> Option<&List> {
        self.lists.get(&id).filter(|list| list.visible_to(user))
    }
}
