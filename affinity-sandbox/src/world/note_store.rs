//! The notes of a world: which are let in, and who sees them.

use std::collections::BTreeSet;
use std::ops::{Bound, RangeBounds};

use chrono::{DateTime, Utc};

use super::note::{Mention, NewNote, Note, Sharing, SharingKind};
use super::{InteractionKind, World, WorldError, check_id, check_instant, choose};

/// Note and mention ids have 32 bits.
pub(crate) const LARGEST_NOTE_ID: u64 = i32::MAX.unsigned_abs() as u64;

/// More mentions than these cannot be told.
const MOST_MENTIONS: usize = 100;

impl World {
    /// Adds a note or reply and tells its id.
    ///
    /// # Errors
    /// [`WorldError`] when the wanted id is taken or beyond 2^31 - 1; when something that is named does not exist;
    /// when a reply is to a reply, or has something attached, or says how it is shared; when there are more than a
    /// hundred mentions or two of one number; or when a year does not have four digits.
    pub fn add_note(&mut self, new: NewNote) -> Result<u64, WorldError> {
        let NewNote { mut note, creator } = new;
        if self.notes.contains_key(&note.id) {
            return Err(WorldError::Taken { what: "note", id: note.id });
        }
        note.creator = creator.person(self.main_user());
        self.check_note(&note)?;
        note.id = choose(&mut self.ids.note, note.id, &self.notes)?;
        check_note_id(note.id)?;
        if let Some(parent) = note.kind.parent() {
            self.replies.entry(parent).or_default().insert(note.id);
        }
        let id = note.id;
        self.notes.insert(id, note);
        Ok(id)
    }

    /// Changes the text of a note or reply.
    ///
    /// # Errors
    /// [`WorldError`] when there is no such note, or the year does not have four digits.
    pub fn edit_note(
        &mut self,
        id: u64,
        html: impl Into<String>,
        at: DateTime<Utc>,
    ) -> Result<(), WorldError> {
        let note = self.notes.get_mut(&id).ok_or_else(|| WorldError::unknown("note", id))?;
        check_instant(at)?;
        note.html = Some(html.into());
        note.plain = None;
        note.updated_at = Some(at);
        Ok(())
    }

    /// Takes a note away, with its replies, or a reply.
    ///
    /// # Errors
    /// [`WorldError::Unknown`] when there is no such note.
    pub fn remove_note(&mut self, id: u64) -> Result<(), WorldError> {
        let note = self.notes.remove(&id).ok_or_else(|| WorldError::unknown("note", id))?;
        if let Some(siblings) = note.kind.parent().and_then(|parent| self.replies.get_mut(&parent)) {
            siblings.remove(&id);
        }
        for reply in self.replies.remove(&id).unwrap_or_default() {
            self.notes.remove(&reply);
        }
        Ok(())
    }

    /// The ids of all notes, without those of replies.
    pub fn note_ids(&self) -> impl Iterator<Item = u64> + '_ {
        self.notes.values().filter(|note| note.is_root()).map(|note| note.id)
    }

    /// A note or reply that this user may see.
    pub(crate) fn visible_note(&self, id: u64, user: u64) -> Option<&Note> {
        self.notes.get(&id).filter(|note| self.sees_note(note, user))
    }

    /// The notes this user may see, without replies, in the order of their ids.
    pub(crate) fn visible_notes(
        &self,
        user: u64,
        range: impl RangeBounds<u64>,
    ) -> impl DoubleEndedIterator<Item = &Note> {
        let found = self.notes.range(range).map(|(_, note)| note);
        found.filter(move |note| note.is_root() && self.sees_note(note, user))
    }

    /// The replies to a note, in the order of their ids.
    pub(crate) fn replies_to(
        &self,
        note: u64,
        range: (Bound<u64>, Bound<u64>),
    ) -> impl DoubleEndedIterator<Item = &Note> {
        let replies = self.replies.get(&note).into_iter().flat_map(move |replies| replies.range(range));
        replies.filter_map(|id| self.notes.get(id))
    }

    /// How many replies a note has.
    pub(crate) fn reply_count(&self, note: u64) -> usize {
        self.replies.get(&note).map_or(0, BTreeSet::len)
    }

    /// Who sees a note sees its replies, and nobody else does.
    fn sees_note(&self, note: &Note, user: u64) -> bool {
        let root = note.kind.parent().and_then(|parent| self.notes.get(&parent)).unwrap_or(note);
        root.sharing.as_ref().is_none_or(|sharing| {
            let ids = [Some(sharing.owner), root.creator];
            let takes_part = ids.iter().flatten().any(|id| self.is_person(*id, user));
            match &sharing.kind {
                SharingKind::Public => true,
                SharingKind::Private => takes_part,
                SharingKind::Custom(users) => takes_part || self.is_one_of(user, users),
            }
        })
    }

    fn check_note(&self, note: &Note) -> Result<(), WorldError> {
        if let Some(parent) = note.kind.parent() {
            self.check_reply(note, parent)?;
        }
        if let Some((kind, id)) = note.kind.interaction() {
            self.check_interaction(kind, id)?;
        }
        check_mentions(&note.mentions)?;
        [note.created_at].into_iter().chain(note.updated_at).try_for_each(check_instant)?;
        let mentioned = note.mentions.iter().map(|mention| &mention.person);
        let owner = note.sharing.iter().map(|sharing| &sharing.owner);
        for person in note.persons.iter().chain(&note.creator).chain(mentioned).chain(owner) {
            self.check_person(*person)?;
        }
        if let Some(Sharing { kind: SharingKind::Custom(users), .. }) = &note.sharing {
            users.iter().try_for_each(|user| self.check_person(*user))?;
        }
        if let Some(id) = note.companies.iter().find(|id| self.company(**id).is_none()) {
            return Err(WorldError::unknown("company", id));
        }
        match note.opportunities.iter().find(|id| !self.opportunities.contains_key(id)) {
            Some(id) => Err(WorldError::unknown("opportunity", id)),
            None => Ok(()),
        }
    }

    fn check_reply(&self, reply: &Note, parent: u64) -> Result<(), WorldError> {
        let parent = self.notes.get(&parent).ok_or_else(|| WorldError::unknown("note", parent))?;
        if !parent.is_root() {
            return Err(WorldError::WrongKind("there are no replies to replies"));
        }
        if !(reply.companies.is_empty() && reply.persons.is_empty() && reply.opportunities.is_empty()) {
            return Err(WorldError::WrongKind("nothing can be attached to a reply"));
        }
        if reply.sharing.is_some() {
            return Err(WorldError::WrongKind("a reply is shared as its note is"));
        }
        Ok(())
    }

    fn check_interaction(&self, kind: InteractionKind, id: u64) -> Result<(), WorldError> {
        let exists = match kind {
            InteractionKind::Meeting => self.meetings.contains_key(&id),
            InteractionKind::Email => self.emails.contains_key(&id),
            InteractionKind::Call | InteractionKind::ChatMessage => return check_id(id),
        };
        if exists { Ok(()) } else { Err(WorldError::unknown(kind.as_str(), id)) }
    }
}

fn check_mentions(mentions: &[Mention]) -> Result<(), WorldError> {
    let numbers: BTreeSet<u64> = mentions.iter().map(|mention| mention.id).collect();
    numbers.iter().try_for_each(|id| check_note_id(*id))?;
    if numbers.len() < mentions.len() {
        return Err(WorldError::Unsayable("each mention of a note has a number of its own"));
    }
    if mentions.len() > MOST_MENTIONS {
        return Err(WorldError::Unsayable("a note has at most 100 mentions"));
    }
    Ok(())
}

fn check_note_id(id: u64) -> Result<(), WorldError> {
    if (1..=LARGEST_NOTE_ID).contains(&id) {
        return Ok(());
    }
    Err(WorldError::Unsayable("ids of notes and mentions are from 1 to 2^31 - 1"))
}
