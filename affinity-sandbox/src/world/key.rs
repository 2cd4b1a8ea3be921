use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Utc};

use super::{PersonKind, World, WorldError, default_instant};

/// A role permission that some endpoints ask for: those that the interface of 2024-01-01 names. That the live API has
/// asked for fewer since March 2026 (reads of a single company, person, opportunity or row) is not emulated. API v1
/// asks for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Permission {
    /// "Export All Organizations directory".
    ExportCompanies,
    /// "Export All People directory".
    ExportPersons,
    /// "Export data from Lists".
    ExportLists,
    /// "Manage duplicates", together with the organization admin role.
    ManageDuplicates,
}

impl Permission {
    /// Every permission there is.
    pub const ALL: &'static [Self] =
        &[Self::ExportCompanies, Self::ExportPersons, Self::ExportLists, Self::ManageDuplicates];

    /// The name the product gives it.
    pub fn label(self) -> &'static str {
        match self {
            Self::ExportCompanies => "Export All Organizations directory",
            Self::ExportPersons => "Export All People directory",
            Self::ExportLists => "Export data from Lists",
            Self::ManageDuplicates => "Manage duplicates",
        }
    }
}

/// A dated version of API v2. Each is served; what a version changes *here* is:
///
/// | Version | Change |
/// |---|---|
/// | `2024-01-01` | the cells of an opportunity that the caller cannot manage read as empty |
/// | `2026-07-15` | they say so: `type` is `hidden`, data is null, `value.type` stays the real one |
/// | `2026-09-17` | nothing more |
///
/// In all of them the answer names its version in a header. What else the dated versions brought (status options of a
/// kind of their own, notes, reminders and lists as values, descriptions of fields) belongs to operations and fields
/// that are not served. Keys that were added at every version alike are sent with
/// [additions](crate::SandboxBuilder::additions).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ApiVersion {
    /// `2024-01-01`
    V20240101,
    /// `2026-07-15`
    V20260715,
    /// `2026-09-17`
    V20260917,
}

impl ApiVersion {
    /// The newest version.
    pub const CURRENT: Self = Self::V20260917;

    /// The version as the header carries it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V20240101 => "2024-01-01",
            Self::V20260715 => "2026-07-15",
            Self::V20260917 => "2026-09-17",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "2024-01-01" => Some(Self::V20240101),
            "2026-07-15" => Some(Self::V20260715),
            "2026-09-17" => Some(Self::V20260917),
            "current" => Some(Self::CURRENT),
            _ => None,
        }
    }
}

/// A key to be added with [`World::add_key`].
#[derive(Clone, Debug)]
#[must_use = "a key works once it is added to a world"]
pub struct NewKey {
    user: u64,
    permissions: BTreeSet<Permission>,
    version: ApiVersion,
}

impl NewKey {
    /// A key of that user with every permission and the default version 2024-01-01.
    pub fn of(user: u64) -> Self {
        Self { user, permissions: Permission::ALL.iter().copied().collect(), version: ApiVersion::V20240101 }
    }

    /// Takes one permission away.
    pub fn without(mut self, permission: Permission) -> Self {
        self.permissions.remove(&permission);
        self
    }

    /// Replaces the permissions.
    pub fn permissions(mut self, permissions: impl IntoIterator<Item = Permission>) -> Self {
        self.permissions = permissions.into_iter().collect();
        self
    }

    /// Sets the version that answers requests without a version header.
    pub fn default_version(mut self, version: ApiVersion) -> Self {
        self.version = version;
        self
    }
}

#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) user: u64,
    pub(crate) permissions: BTreeSet<Permission>,
    pub(crate) version: ApiVersion,
    pub(crate) created_at: DateTime<Utc>,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("user", &self.user).finish_non_exhaustive()
    }
}

impl World {
    /// Adds a key and tells its text.
    ///
    /// # Errors
    /// [`WorldError::Unknown`] when the owner is not a user ([`World::add_user`]).
    pub fn add_key(&mut self, key: NewKey) -> Result<String, WorldError> {
        match self.person(key.user) {
            Some(person) if person.kind == PersonKind::Internal => Ok(self.insert_key(key)),
            _ => Err(WorldError::unknown("user", key.user)),
        }
    }

    /// Takes a key away: from now on it answers 401.
    ///
    /// # Errors
    /// [`WorldError::Unknown`] when there is no such key. The error does not repeat the key.
    pub fn revoke_key(&mut self, key: &str) -> Result<(), WorldError> {
        self.keys.remove(key).map(drop).ok_or_else(|| WorldError::unknown("key", "of that text"))
    }

    /// A key of the main user with every permission but this one.
    pub(crate) fn key_without(&mut self, permission: Permission) -> String {
        let user = self.main_user();
        let wanted = NewKey::of(user).without(permission);
        let found =
            self.keys.iter().find(|(_, key)| key.user == user && key.permissions == wanted.permissions);
        match found {
            Some((text, _)) => text.clone(),
            None => self.insert_key(wanted),
        }
    }

    pub(super) fn insert_key(&mut self, key: NewKey) -> String {
        self.ids.key += 1;
        let text = format!("sandbox-key-{}-{}", key.user, self.ids.key);
        let NewKey { user, permissions, version } = key;
        self.keys.insert(text.clone(), Key { user, permissions, version, created_at: default_instant() });
        text
    }
}
