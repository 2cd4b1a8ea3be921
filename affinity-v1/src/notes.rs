//! Notes.

use std::fmt;
use std::time::SystemTime;

use affinity_core::{Access, CompanyId, InteractionId, NoteId, OpportunityId, PersonId, ReadWrite};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::call::{Parts, operations};
use crate::listing::listings;
use crate::tolerant::null_as_empty;
use crate::{Call, Client, EntityRef, InteractionKey, InteractionKind, Listing, instant};

affinity_core::open_codes! {
    /// How the text of a note is written, or where it comes from.
    pub enum NoteKind {
        /// Plain text.
        Plain = 0,
        /// Made from an email, in a way that is no longer offered.
        Email = 1,
        /// HTML.
        Html = 2,
        /// A summary of a meeting that Affinity made.
        Notetaker = 3,
    }
}

/// The text of a new note.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoteContent {
    /// Plain text. A `&str` or `String` becomes this.
    Plain(String),
    /// HTML. Paragraphs, `strong`, `em`, `u`, lists, and colours of a `span` are kept.
    Html(String),
}

impl NoteContent {
    /// HTML.
    pub fn html(html: impl Into<String>) -> Self {
        Self::Html(html.into())
    }
}

impl From<String> for NoteContent {
    fn from(text: String) -> Self {
        Self::Plain(text)
    }
}

impl From<&str> for NoteContent {
    fn from(text: &str) -> Self {
        Self::Plain(text.to_owned())
    }
}

/// Without the text.
impl fmt::Debug for NoteContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain(_) => "Plain(***)",
            Self::Html(_) => "Html(***)",
        })
    }
}

/// Notes.
#[derive(Clone, Debug)]
pub struct Notes<A: Access = ReadWrite> {
    client: Client<A>,
}

impl<A: Access> Notes<A> {
    pub(crate) fn new(client: &Client<A>) -> Self {
        Self { client: client.clone() }
    }

    /// The notes that the key's user may see.
    ///
    /// Route: v1 `GET /notes`.
    pub fn list(&self) -> Listing<ListNotes> {
        Listing::new(&self.client, Parts::new("/notes", []))
    }

    /// One note.
    ///
    /// Route: v1 `GET /notes/{note_id}`.
    pub fn get(&self, note: NoteId) -> Call<GetNote> {
        Call::new(&self.client, one(note))
    }
}

impl Notes {
    /// Writes a note on a person, company or opportunity; [`also_on`](Call::also_on) adds more of them. The text
    /// can come back escaped, and HTML in another form (observed).
    ///
    /// Route: v1 `POST /notes`.
    ///
    /// # Errors
    ///
    /// On sending, `is_input`: the text is blank.
    pub fn create(&self, on: impl Into<EntityRef>, content: impl Into<NoteContent>) -> Call<CreateNote> {
        let mut parts = Parts::new("/notes", []);
        parts.also_about(on.into());
        Call::new(&self.client, parts).note_content(content.into())
    }

    /// Answers a note, which must not be an answer itself.
    ///
    /// Route: v1 `POST /notes`.
    ///
    /// # Errors
    ///
    /// On sending, `is_input`: the text is blank.
    pub fn reply(&self, to: NoteId, content: impl Into<NoteContent>) -> Call<ReplyToNote> {
        Call::new(&self.client, Parts::new("/notes", []))
            .body_id("parent_id", to.get())
            .note_content(content.into())
    }

    /// Changes the text of a note; nothing else of it can be changed. As setting a text twice comes to the same, the
    /// call goes out again when its outcome is unknown; `with_idempotency(false)` switches that off.
    ///
    /// Route: v1 `PUT /notes/{note_id}`.
    ///
    /// # Errors
    ///
    /// On sending, with a status that is not documented: the note mentions people, or belongs to an email.
    pub fn update(&self, note: NoteId, content: impl Into<String>) -> Call<UpdateNote> {
        Call::new(&self.client, one(note)).body("content", content.into())
    }

    /// Deletes a note that the key's user wrote, and the answers to it (unconfirmed). This cannot be undone.
    ///
    /// Route: v1 `DELETE /notes/{note_id}`.
    ///
    /// # Errors
    ///
    /// On sending, with a status that is not documented: somebody else wrote the note.
    pub fn delete(&self, note: NoteId) -> Call<DeleteNote> {
        Call::new(&self.client, one(note))
    }
}

fn one(note: NoteId) -> Parts {
    Parts::new("/notes/{}", [("note_id", note.get())])
}

impl Listing<ListNotes> {
    /// Only notes on this person, or on an interaction they took part in.
    pub fn person(self, person: PersonId) -> Self {
        self.query_id("person_id", person.get())
    }

    /// Only notes on this company.
    pub fn company(self, company: CompanyId) -> Self {
        self.query_id("organization_id", company.get())
    }

    /// Only notes on this opportunity.
    pub fn opportunity(self, opportunity: OpportunityId) -> Self {
        self.query_id("opportunity_id", opportunity.get())
    }

    /// Only notes that this user wrote.
    pub fn creator(self, person: PersonId) -> Self {
        self.query_id("creator_id", person.get())
    }
}

impl<O: crate::Operation> Call<O> {
    fn note_content(self, content: NoteContent) -> Self {
        let (NoteContent::Plain(text) | NoteContent::Html(text)) = &content;
        let blank = text.trim().is_empty();
        let call = self.refuse_if(blank, || "content: a note needs a text".to_owned());
        match content {
            NoteContent::Plain(text) => call.body("content", text),
            NoteContent::Html(html) => call.body("content", html).body("type", NoteKind::Html.code()),
        }
    }

    fn written_by(self, person: PersonId) -> Self {
        self.body_id("creator_id", person.get())
    }

    fn written_at(self, instant: DateTime<Utc>) -> Self {
        // The clocks need not agree to the second.
        let latest = DateTime::<Utc>::from(SystemTime::now()).checked_add_signed(TimeDelta::minutes(10));
        let future = latest.is_some_and(|latest| instant > latest);
        self.refuse_if(future, || "created_at: it must not be in the future".to_owned())
            .body("created_at", instant::written(instant))
    }
}

impl Call<CreateNote> {
    /// Puts the note on this person, company or opportunity too.
    pub fn also_on(mut self, entity: impl Into<EntityRef>) -> Self {
        self.parts.also_about(entity.into());
        self
    }

    /// The user who is to be its author. Without this, the key's user.
    pub fn creator(self, person: PersonId) -> Self {
        self.written_by(person)
    }

    /// When it is to have been written; not in the future.
    pub fn created_at(self, instant: DateTime<Utc>) -> Self {
        self.written_at(instant)
    }
}

impl Call<ReplyToNote> {
    /// The user who is to be its author. Without this, the key's user.
    pub fn creator(self, person: PersonId) -> Self {
        self.written_by(person)
    }

    /// When it is to have been written; not in the future.
    pub fn created_at(self, instant: DateTime<Utc>) -> Self {
        self.written_at(instant)
    }
}

listings! {
    /// See [`Notes::list`].
    ListNotes = "v1_list_notes" -> Note, in ["notes"], pages of 500;
}

operations! {
    /// See [`Notes::get`].
    GetNote = GET "v1_get_note" -> Note;
    /// See [`Notes::create`].
    CreateNote = POST "v1_create_note" -> Note;
    /// See [`Notes::reply`].
    ReplyToNote = POST "v1_create_note" -> Note;
    /// See [`Notes::update`].
    UpdateNote = PUT "v1_update_note" -> Note, sets;
    /// See [`Notes::delete`].
    DeleteNote = DELETE "v1_delete_note" -> done;
}

/// A note.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Note {
    /// The id, the same in v2.
    pub id: NoteId,
    /// Who wrote it.
    pub creator_id: PersonId,
    /// The persons it is on, and those of the interaction it was taken on.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub person_ids: Vec<PersonId>,
    /// The persons it is on; not said in lists.
    #[serde(default)]
    pub associated_person_ids: Option<Vec<PersonId>>,
    /// The persons of the interaction; not said in lists.
    #[serde(default)]
    pub interaction_person_ids: Option<Vec<PersonId>>,
    /// The interaction it was taken on; not said in lists. See [`interaction`](Self::interaction).
    #[serde(default)]
    pub interaction_id: Option<InteractionId>,
    /// The kind of that interaction.
    #[serde(default, rename = "interaction_type")]
    pub interaction_kind: Option<InteractionKind>,
    /// Whether it was taken on a meeting or call.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub is_meeting: bool,
    /// The persons that the text mentions.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub mentioned_person_ids: Vec<PersonId>,
    /// The companies it is on.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub organization_ids: Vec<CompanyId>,
    /// The opportunities it is on.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub opportunity_ids: Vec<OpportunityId>,
    /// The note that it answers.
    #[serde(default)]
    pub parent_id: Option<NoteId>,
    /// The text, with Markdown's signs escaped (observed): it need not be, byte for byte, what was written.
    #[serde(default)]
    pub content: Option<String>,
    /// How the text is written; accounts of old may not say.
    #[serde(default, rename = "type")]
    pub kind: Option<NoteKind>,
    /// When it was written.
    #[serde(deserialize_with = "instant::required")]
    pub created_at: DateTime<Utc>,
    /// When it was changed.
    #[serde(default, deserialize_with = "instant::optional")]
    pub updated_at: Option<DateTime<Utc>>,
}

impl Note {
    /// The interaction it was taken on, if there is one and the answer says so.
    pub fn interaction(&self) -> Option<InteractionKey> {
        Some(InteractionKey::new(self.interaction_kind?, self.interaction_id?))
    }
}
