use std::fmt;

use axum::body::Bytes;
use chrono::{DateTime, Utc};

use super::entry::Creator;
use super::{EntityKind, EntityRef, World, WorldError, choose, default_instant};

/// A file on a company, person or opportunity, as handed to [`World::add_file`].
#[derive(Clone, Debug)]
#[must_use = "a file exists once it is added to a world"]
pub struct EntityFile {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) content_type: Option<String>,
    pub(crate) content: FileContent,
    pub(crate) about: EntityRef,
    pub(crate) uploader: u64,
    pub(crate) created_at: DateTime<Utc>,
    uploaded_by: Creator,
}

/// What is kept of a file: all of it, or, when it is large, how long it is and a digest.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileContent {
    /// All its bytes.
    Kept(Bytes),
    /// Too large to be kept.
    Measured {
        /// How many bytes it has.
        size: u64,
        /// Their [digest](FileContent::digest).
        digest: u64,
    },
}

impl FileContent {
    /// How many bytes the file has.
    pub fn size(&self) -> u64 {
        match self {
            Self::Kept(bytes) => bytes.len().try_into().unwrap_or(u64::MAX),
            Self::Measured { size, .. } => *size,
        }
    }

    /// The FNV-1a hash, of 64 bits, of all the bytes: short enough to be written again where it is compared.
    pub fn digest(&self) -> u64 {
        match self {
            Self::Kept(bytes) => {
                let mut digest = Digest::default();
                digest.add(bytes);
                digest.0
            }
            Self::Measured { digest, .. } => *digest,
        }
    }
}

/// Without the bytes.
impl fmt::Debug for FileContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileContent").field("size", &self.size()).finish_non_exhaustive()
    }
}

/// FNV-1a of what was added so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Digest(pub(crate) u64);

impl Default for Digest {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Digest {
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.0 =
            bytes.iter().fold(self.0, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
    }
}

impl EntityFile {
    /// A file on a company, uploaded by the main user.
    pub fn of_company(company: u64, name: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        Self::kept(EntityRef::company(company), name.into(), content.into())
    }

    /// A file on a person, uploaded by the main user.
    pub fn of_person(person: u64, name: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        Self::kept(EntityRef::person(person), name.into(), content.into())
    }

    /// A file on an opportunity, uploaded by the main user.
    pub fn of_opportunity(opportunity: u64, name: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        Self::kept(EntityRef::opportunity(opportunity), name.into(), content.into())
    }

    fn kept(about: EntityRef, name: String, content: Vec<u8>) -> Self {
        Self::new(about, name, FileContent::Kept(content.into()))
    }

    pub(crate) fn new(about: EntityRef, name: String, content: FileContent) -> Self {
        Self {
            id: 0,
            name,
            content_type: None,
            content,
            about,
            uploader: 0,
            created_at: default_instant(),
            uploaded_by: Creator::MainUser,
        }
    }

    /// Asks for this id instead of the next free one (0).
    pub fn id(mut self, id: u64) -> Self {
        self.id = id;
        self
    }

    /// Sets the media type; the API leaves it out of the answers for files that have none.
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// Sets who uploaded it.
    pub fn uploader(mut self, person: u64) -> Self {
        self.uploaded_by = Creator::Person(person);
        self
    }

    /// Sets when it was uploaded.
    pub fn created_at(mut self, at: DateTime<Utc>) -> Self {
        self.created_at = at;
        self
    }
}

impl World {
    /// Adds a file and tells its id.
    ///
    /// # Errors
    /// [`WorldError`] when the wanted id is taken or beyond 2^53 - 1, or what is named does not exist.
    pub fn add_file(&mut self, mut file: EntityFile) -> Result<u64, WorldError> {
        if self.files.contains_key(&file.id) {
            return Err(WorldError::Taken { what: "file", id: file.id });
        }
        self.check_entity(file.about)?;
        file.uploader = file.uploaded_by.person(self.main_user()).unwrap_or_default();
        self.check_person(file.uploader)?;
        file.id = choose(&mut self.ids.file, file.id, &self.files)?;
        let id = file.id;
        self.files.insert(id, file);
        Ok(id)
    }

    /// The ids of all files, in order.
    pub fn file_ids(&self) -> impl Iterator<Item = u64> + '_ {
        self.files.keys().copied()
    }

    /// What is kept of a file.
    pub fn file_content(&self, id: u64) -> Option<&FileContent> {
        self.files.get(&id).map(|file| &file.content)
    }

    /// Whether something of that kind and id is still there, merges followed.
    pub(crate) fn check_entity(&self, entity: EntityRef) -> Result<(), WorldError> {
        let is_there = match entity.kind {
            EntityKind::Company => self.company(entity.id).is_some(),
            EntityKind::Person => self.person(entity.id).is_some(),
            EntityKind::Opportunity => self.opportunities.contains_key(&entity.id),
        };
        if is_there { Ok(()) } else { Err(WorldError::unknown(entity.kind.as_str(), entity.id)) }
    }

    /// Whether two ids of one kind lead to the same record, merges followed.
    pub(crate) fn is_same(&self, one: EntityRef, other: EntityRef) -> bool {
        one == other
            || (one.kind == other.kind
                && self.survivor(one).is_some_and(|id| self.survivor(other) == Some(id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_the_published_one() {
        let content = |text: &str| FileContent::Kept(Bytes::copy_from_slice(text.as_bytes()));
        assert_eq!(content("").digest(), 0xcbf2_9ce4_8422_2325);
        assert_eq!(content("a").digest(), 0xaf63_dc4c_8601_ec8c);
    }
}
