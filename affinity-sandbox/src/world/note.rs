use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::default_instant;
use super::entry::Creator;

/// What a note can be about besides companies, persons and opportunities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InteractionKind {
    /// A meeting, which the world holds.
    Meeting,
    /// A telephone call; any id will do.
    Call,
    /// A chat message; any id will do.
    ChatMessage,
    /// An e-mail, which the world holds.
    Email,
}

impl InteractionKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Meeting => "meeting",
            Self::Call => "call",
            Self::ChatMessage => "chat-message",
            Self::Email => "email",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Note {
    pub(crate) id: u64,
    pub(crate) kind: NoteKind,
    pub(crate) html: Option<String>,
    /// The same as it was written, if that was plain text.
    pub(crate) plain: Option<String>,
    pub(crate) creator: Option<u64>,
    pub(crate) mentions: Vec<Mention>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: Option<DateTime<Utc>>,
    pub(crate) sharing: Option<Sharing>,
    pub(crate) companies: Vec<u64>,
    pub(crate) persons: Vec<u64>,
    pub(crate) opportunities: Vec<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoteKind {
    Entities,
    Interaction { kind: InteractionKind, id: u64 },
    AiNotetaker { meeting: Option<u64> },
    UserReply { parent: u64 },
    AiNotetakerReply { parent: u64, meeting: Option<u64> },
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Mention {
    pub(crate) id: u64,
    pub(crate) person: u64,
}

/// Who sees a note that says so.
#[derive(Clone, Debug)]
pub(crate) struct Sharing {
    pub(crate) kind: SharingKind,
    pub(crate) owner: u64,
}

#[derive(Clone, Debug)]
pub(crate) enum SharingKind {
    Private,
    Public,
    Custom(BTreeSet<u64>),
}

impl NoteKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Entities => "entities",
            Self::Interaction { .. } => "interaction",
            Self::AiNotetaker { .. } => "ai-notetaker",
            Self::UserReply { .. } => "user-reply",
            Self::AiNotetakerReply { .. } => "ai-notetaker-reply",
        }
    }

    /// The note a reply belongs to.
    pub(crate) fn parent(self) -> Option<u64> {
        match self {
            Self::UserReply { parent } | Self::AiNotetakerReply { parent, .. } => Some(parent),
            Self::Entities | Self::Interaction { .. } | Self::AiNotetaker { .. } => None,
        }
    }

    pub(crate) fn interaction(self) -> Option<(InteractionKind, u64)> {
        match self {
            Self::Interaction { kind, id } => Some((kind, id)),
            Self::AiNotetaker { meeting } | Self::AiNotetakerReply { meeting, .. } => {
                meeting.map(|id| (InteractionKind::Meeting, id))
            }
            Self::Entities | Self::UserReply { .. } => None,
        }
    }
}

impl SharingKind {
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Public => "public",
            Self::Custom(_) => "custom",
        }
    }
}

impl Note {
    /// Replaces the text by another of the form it has.
    pub(crate) fn rewrite(&mut self, text: String, at: DateTime<Utc>) {
        match self.plain {
            Some(_) => self.write_plain(text),
            None => self.html = Some(text),
        }
        self.updated_at = Some(at);
    }

    fn write_plain(&mut self, text: String) {
        self.html = Some(to_html(&text));
        self.plain = Some(text);
    }

    pub(crate) fn is_root(&self) -> bool {
        self.kind.parent().is_none()
    }
}

/// Plain text as HTML: an empty line ends a paragraph, other ends of lines stay.
fn to_html(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let paragraphs =
        escaped.split("\n\n").map(|paragraph| format!("<p>{}</p>", paragraph.replace('\n', "<br>")));
    paragraphs.collect()
}

/// A note or reply, to be added with [`World::add_note`](super::World::add_note).
///
/// Unless said otherwise it was made by the main user, everybody sees it, and it does not tell how it is shared.
#[derive(Clone, Debug)]
#[must_use = "a note exists once it is added to a world"]
pub struct NewNote {
    pub(super) note: Note,
    pub(super) creator: Creator,
}

impl NewNote {
    /// A note on companies, persons or opportunities.
    pub fn entities(html: impl Into<String>) -> Self {
        Self::of(NoteKind::Entities, html)
    }

    /// A note on a meeting, call, chat message or e-mail.
    pub fn interaction(kind: InteractionKind, id: u64, html: impl Into<String>) -> Self {
        Self::of(NoteKind::Interaction { kind, id }, html)
    }

    /// A note of the AI notetaker, mostly on a meeting.
    pub fn ai_notetaker(meeting: Option<u64>, html: impl Into<String>) -> Self {
        Self::of(NoteKind::AiNotetaker { meeting }, html)
    }

    /// Somebody's reply to a note that is no reply.
    pub fn reply(parent: u64, html: impl Into<String>) -> Self {
        Self::of(NoteKind::UserReply { parent }, html)
    }

    /// The AI notetaker's reply to a note that is no reply, mostly on a meeting.
    pub fn ai_notetaker_reply(parent: u64, meeting: Option<u64>, html: impl Into<String>) -> Self {
        Self::of(NoteKind::AiNotetakerReply { parent, meeting }, html)
    }

    fn of(kind: NoteKind, html: impl Into<String>) -> Self {
        let note = Note {
            id: 0,
            kind,
            html: Some(html.into()),
            plain: None,
            creator: None,
            mentions: Vec::new(),
            created_at: default_instant(),
            updated_at: None,
            sharing: None,
            companies: Vec::new(),
            persons: Vec::new(),
            opportunities: Vec::new(),
        };
        Self { note, creator: Creator::MainUser }
    }

    /// Asks for this id instead of the next free one (0).
    pub fn id(mut self, id: u64) -> Self {
        self.note.id = id;
        self
    }

    /// Takes the text away: `html` is null.
    pub fn without_html(mut self) -> Self {
        self.note.html = None;
        self.note.plain = None;
        self
    }

    /// Makes it one that was written as plain text, which takes the place of the HTML.
    pub fn plain_text(mut self, text: impl Into<String>) -> Self {
        self.note.write_plain(text.into());
        self
    }

    /// Attaches a company; nothing can be attached to a reply.
    pub fn company(mut self, id: u64) -> Self {
        self.note.companies.push(id);
        self
    }

    /// Attaches a person; nothing can be attached to a reply.
    pub fn person(mut self, id: u64) -> Self {
        self.note.persons.push(id);
        self
    }

    /// Attaches an opportunity; nothing can be attached to a reply.
    pub fn opportunity(mut self, id: u64) -> Self {
        self.note.opportunities.push(id);
        self
    }

    /// Lists a mention of a person under the number that its `span` in the text has.
    pub fn mention(mut self, id: u64, person: u64) -> Self {
        self.note.mentions.push(Mention { id, person });
        self
    }

    /// Sets the person that wrote it; `None` when it is not known.
    pub fn creator(mut self, person: Option<u64>) -> Self {
        self.creator = person.map_or(Creator::Unknown, Creator::Person);
        self
    }

    /// Sets when it was written.
    pub fn created_at(mut self, at: DateTime<Utc>) -> Self {
        self.note.created_at = at;
        self
    }

    /// Sets when it was changed last.
    pub fn updated_at(mut self, at: DateTime<Utc>) -> Self {
        self.note.updated_at = Some(at);
        self
    }

    /// Says that everybody sees it. A reply is shared as its note is.
    pub fn public(self, owner: u64) -> Self {
        self.shared(SharingKind::Public, owner)
    }

    /// Lets only the owner and the creator see it. A reply is shared as its note is.
    pub fn private(self, owner: u64) -> Self {
        self.shared(SharingKind::Private, owner)
    }

    /// Lets only the owner, the creator and these users see it. A reply is shared as its note is.
    pub fn shared_with(self, owner: u64, users: impl IntoIterator<Item = u64>) -> Self {
        self.shared(SharingKind::Custom(users.into_iter().collect()), owner)
    }

    fn shared(mut self, kind: SharingKind, owner: u64) -> Self {
        self.note.sharing = Some(Sharing { kind, owner });
        self
    }
}
