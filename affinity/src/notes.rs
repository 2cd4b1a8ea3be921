//! Notes.

use affinity_core::{Access, NoteId, ReadOnly, ReadWrite, Result, Scope};
use affinity_v1 as v1;
use affinity_v2_raw::{Client, Paged};

use crate::collection::LARGEST_PAGE;
use crate::endpoint::{
    Ask, CollectionEndpoint, Counted, Filtered, Raw, ReadEndpoint, Sealed, SingleEndpoint, check_in_path,
    plain_collection,
};
use crate::filter::{NoteFilter, NoteOfFilter};
use crate::{Affinity, Collection, CompanyRef, Note, NoteInclude, Opportunity, PersonRef, Reply, Single};

/// Notes: v2 reads them, v1 writes them.
///
/// A [`Note`] is one of five kinds; what all have is there as methods, such as [`Note::html`].
///
/// ```no_run
/// # async fn example(affinity: affinity::Affinity) -> affinity::Result<()> {
/// use affinity::{Note, NoteInclude};
/// use futures::TryStreamExt;
///
/// let mut notes = affinity.notes().list().includes([NoteInclude::RepliesCount]).stream();
/// while let Some(note) = notes.try_next().await? {
///     let about = match &note {
///         Note::Interaction(_) | Note::AiNotetaker(_) => "a conversation",
///         _ => "somebody",
///     };
///     println!("about {about}, {} replies: {}", note.replies_count().unwrap_or(0), note.html().unwrap_or(""));
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Notes<A: Access = ReadWrite> {
    affinity: Affinity<A>,
}

impl<A: Access> Notes<A> {
    pub(crate) fn new(affinity: &Affinity<A>) -> Self {
        Self { affinity: affinity.clone() }
    }

    /// The notes that the key's user may see, without replies.
    ///
    /// Route: v2 `GET /v2/notes` (beta). No permission beyond the key.
    pub fn list(&self) -> Collection<AllNotes, A> {
        Collection::new(&self.affinity, AllNotes { includes: Vec::new() })
    }

    /// One note, or one reply.
    ///
    /// Route: v2 `GET /v2/notes/{noteId}` (beta). No permission beyond the key.
    pub fn get(&self, note: NoteId) -> Single<OneNote, A> {
        Single::new(&self.affinity, OneNote { note, includes: Vec::new() })
    }

    /// The replies to a note.
    ///
    /// Route: v2 `GET /v2/notes/{noteId}/replies` (beta). No permission beyond the key.
    pub fn replies(&self, note: NoteId) -> Collection<NoteReplies, A> {
        Collection::new(&self.affinity, NoteReplies { note })
    }

    /// The companies a note is attached to directly.
    ///
    /// Route: v2 `GET /v2/notes/{noteId}/attached-companies` (beta). No permission beyond the key.
    pub fn companies(&self, note: NoteId) -> Collection<NoteCompanies, A> {
        Collection::new(&self.affinity, NoteCompanies { note })
    }

    /// The persons a note is attached to directly.
    ///
    /// Route: v2 `GET /v2/notes/{noteId}/attached-persons` (beta). No permission beyond the key.
    pub fn persons(&self, note: NoteId) -> Collection<NotePersons, A> {
        Collection::new(&self.affinity, NotePersons { note })
    }

    /// The opportunities a note is attached to directly.
    ///
    /// Route: v2 `GET /v2/notes/{noteId}/attached-opportunities` (beta). No permission beyond the key.
    pub fn opportunities(&self, note: NoteId) -> Collection<NoteOpportunities, A> {
        Collection::new(&self.affinity, NoteOpportunities { note })
    }
}

impl Notes {
    /// Writes a note about a company, person or opportunity, as plain text or HTML. Not repeated by itself when its
    /// outcome is not known.
    ///
    /// Route: v1 `POST /notes`.
    ///
    /// ```no_run
    /// # async fn example(affinity: affinity::Affinity, company: affinity::CompanyId) -> affinity::Result<()> {
    /// use affinity::v1::NoteContent;
    ///
    /// let note = affinity.notes().create(company, "Pricing agreed.").send().await?;
    /// affinity.notes().reply(note.id, NoteContent::html("<p>Sent the <em>papers</em>.</p>")).send().await?;
    /// # Ok(()) }
    /// ```
    pub fn create(
        &self,
        on: impl Into<v1::EntityRef>,
        content: impl Into<v1::NoteContent>,
    ) -> v1::Call<v1::CreateNote> {
        self.affinity.v1().notes().create(on, content)
    }

    /// Replies to a note, which must not be a reply itself.
    ///
    /// Route: v1 `POST /notes`.
    pub fn reply(&self, to: NoteId, content: impl Into<v1::NoteContent>) -> v1::Call<v1::ReplyToNote> {
        self.affinity.v1().notes().reply(to, content)
    }

    /// Changes what a note says. Not possible for one with mentions, or of an email.
    ///
    /// Doing it twice comes to the same, so the call is repeated when its outcome is not known;
    /// `with_idempotency(false)` switches that off.
    ///
    /// Route: v1 `PUT /notes/{note_id}`.
    pub fn update(&self, note: NoteId, content: impl Into<String>) -> v1::Call<v1::UpdateNote> {
        self.affinity.v1().notes().update(note, content)
    }

    /// Deletes a note that the key's user wrote, with its replies (unconfirmed for v1). This cannot be undone.
    ///
    /// Route: v1 `DELETE /notes/{note_id}`.
    pub fn delete(&self, note: NoteId) -> v1::Call<v1::DeleteNote> {
        self.affinity.v1().notes().delete(note)
    }
}

/// See [`Notes::list`].
#[derive(Clone, Debug)]
pub struct AllNotes {
    includes: Vec<NoteInclude>,
}

impl<A: Access> Collection<AllNotes, A> {
    /// What comes with each note beside itself. Without this, nothing.
    pub fn includes(mut self, includes: impl IntoIterator<Item = NoteInclude>) -> Self {
        self.endpoint.includes = once_each(includes);
        self
    }
}

impl Sealed for AllNotes {}

impl CollectionEndpoint for AllNotes {
    type Item = Note;
    const OPERATION: &'static str = "list_notes";
    const LIMIT: Option<u32> = Some(LARGEST_PAGE);

    fn check(&self) -> Result<()> {
        check_includes(&self.includes)
    }

    fn scope(&self, scope: Scope) -> Scope {
        self.includes.iter().fold(scope, |scope, include| scope.with("includes", include))
    }

    async fn page(self, client: Client, ask: Ask) -> Raw<Paged<Note>> {
        let includes = given(&self.includes);
        client.list_notes(ask.cursor(), ask.filter(), includes, ask.limit(), ask.total()).await
    }
}

impl Filtered for AllNotes {
    type Properties = NoteFilter;
}

impl Counted for AllNotes {}

/// See [`Notes::get`].
#[derive(Clone, Debug)]
pub struct OneNote {
    note: NoteId,
    includes: Vec<NoteInclude>,
}

impl<A: Access> Single<OneNote, A> {
    /// What comes with the note beside itself. Without this, nothing. Replies have no number of replies.
    pub fn includes(mut self, includes: impl IntoIterator<Item = NoteInclude>) -> Self {
        self.endpoint.includes = once_each(includes);
        self
    }
}

impl Sealed for OneNote {}

impl SingleEndpoint for OneNote {
    type Output = Note;
    type Needs = ReadOnly;
    const OPERATION: &'static str = "get_note";

    fn check(&self) -> Result<()> {
        check_in_path("noteId", &self.note)?;
        check_includes(&self.includes)
    }

    async fn call(self, client: Client) -> Raw<Note> {
        client.get_note(&self.note, given(&self.includes)).await
    }
}

impl ReadEndpoint for OneNote {}

/// The API takes each of them once; the order is of no matter, so a cursor does not depend on it.
fn once_each(includes: impl IntoIterator<Item = NoteInclude>) -> Vec<NoteInclude> {
    let mut includes: Vec<_> = includes.into_iter().collect();
    includes.sort_unstable();
    includes.dedup();
    includes
}

fn given(includes: &Vec<NoteInclude>) -> Option<&Vec<NoteInclude>> {
    (!includes.is_empty()).then_some(includes)
}

fn check_includes(includes: &[NoteInclude]) -> Result<()> {
    let unknown = includes.iter().find(|include| matches!(include, NoteInclude::Unknown(_)));
    match unknown {
        Some(unknown) => Err(affinity_core::Error::input(format!(
            "includes: {unknown} is not offered here; choose from {}",
            NoteInclude::KNOWN.iter().map(NoteInclude::as_str).collect::<Vec<_>>().join(", ")
        ))),
        None => Ok(()),
    }
}

plain_collection! {
    /// See [`Notes::replies`].
    NoteReplies { note: NoteId as "noteId" }
    list_note_replies(cursor, filter, limit, total) -> Reply, limit LARGEST_PAGE
}

impl Filtered for NoteReplies {
    type Properties = NoteOfFilter;
}

impl Counted for NoteReplies {}

plain_collection! {
    /// See [`Notes::companies`].
    NoteCompanies { note: NoteId as "noteId" }
    list_note_companies(cursor, limit, total) -> CompanyRef, limit LARGEST_PAGE
}

impl Counted for NoteCompanies {}

plain_collection! {
    /// See [`Notes::persons`].
    NotePersons { note: NoteId as "noteId" }
    list_note_persons(cursor, limit, total) -> PersonRef, limit LARGEST_PAGE
}

impl Counted for NotePersons {}

plain_collection! {
    /// See [`Notes::opportunities`].
    NoteOpportunities { note: NoteId as "noteId" }
    list_note_opportunities(cursor, limit, total) -> Opportunity, limit LARGEST_PAGE
}

impl Counted for NoteOpportunities {}
