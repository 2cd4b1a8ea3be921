//! What notes of every kind have.

use affinity_core::NoteId;
use chrono::{DateTime, Utc};

use crate::tagged::{Mention, Note, NoteInteraction, Reply};
use crate::types::{
    AttendeesPreview, CompaniesPreview, NoteContent, NotePermissions, OpportunitiesPreview, ParentNote,
    PersonData, PersonsPreview,
};

/// The parts that notes and replies share.
struct Common<'a> {
    id: NoteId,
    content: &'a NoteContent,
    creator: Option<&'a PersonData>,
    mentions: &'a [Mention],
    created_at: DateTime<Utc>,
    updated_at: Option<DateTime<Utc>>,
}

macro_rules! common {
    ($note:expr) => {
        Some(Common {
            id: $note.id,
            content: &$note.content,
            creator: $note.creator.as_ref(),
            mentions: &$note.mentions,
            created_at: $note.created_at,
            updated_at: $note.updated_at,
        })
    };
}

macro_rules! accessors {
    ($type:ty) => {
        /// Each accessor gives nothing for a kind that this release does not know; the JSON of such a note is in
        /// its [`UnknownVariant`](crate::UnknownVariant).
        impl $type {
            /// The note's id, which unknown kinds have too.
            pub fn id(&self) -> Option<NoteId> {
                #[derive(serde::Deserialize)]
                struct Id {
                    id: NoteId,
                }
                match self {
                    Self::Unknown(unknown) => serde_json::from_str(unknown.json()).ok().map(|Id { id }| id),
                    known => known.common().map(|note| note.id),
                }
            }

            /// The content as HTML, as it came. A mention is a `span` whose attribute
            /// `data-note-mention-person-id` is the mention's id.
            pub fn html(&self) -> Option<&str> {
                self.common()?.content.html.as_deref()
            }

            /// The content as plain text.
            #[cfg(feature = "note-text")]
            pub fn text(&self) -> Option<String> {
                self.common()?.content.text()
            }

            /// Who wrote it; also `None` where the server does not say (observed).
            pub fn creator(&self) -> Option<&PersonData> {
                self.common()?.creator
            }

            /// Who is mentioned in it, at most 100.
            pub fn mentions(&self) -> &[Mention] {
                self.common().map_or(&[], |note| note.mentions)
            }

            /// When it was written, in UTC.
            pub fn created_at(&self) -> Option<DateTime<Utc>> {
                self.common().map(|note| note.created_at)
            }

            /// When it was last changed, in UTC; `None` if never.
            pub fn updated_at(&self) -> Option<DateTime<Utc>> {
                self.common()?.updated_at
            }
        }
    };
}

accessors!(Note);
accessors!(Reply);

impl Note {
    fn common(&self) -> Option<Common<'_>> {
        match self {
            Self::Entities(note) => common!(note),
            Self::Interaction(note) => common!(note),
            Self::AiNotetaker(note) => common!(note),
            Self::UserReply(note) => common!(note),
            Self::AiNotetakerReply(note) => common!(note),
            Self::Unknown(_) => None,
        }
    }

    /// How many replies it has, if that was asked for.
    pub fn replies_count(&self) -> Option<u32> {
        match self {
            Self::Entities(note) => note.replies_count,
            Self::Interaction(note) => note.replies_count,
            Self::AiNotetaker(note) => note.replies_count,
            _ => None,
        }
    }

    /// The note it replies to.
    pub fn parent(&self) -> Option<&ParentNote> {
        match self {
            Self::UserReply(note) => Some(&note.parent),
            Self::AiNotetakerReply(note) => Some(&note.parent),
            _ => None,
        }
    }

    /// The email, meeting, call or chat message it is about.
    pub fn interaction(&self) -> Option<NoteInteraction> {
        match self {
            Self::Interaction(note) => Some(note.interaction.clone()),
            Self::AiNotetaker(note) => note.interaction.clone().map(NoteInteraction::Meeting),
            Self::AiNotetakerReply(note) => note.interaction.clone().map(NoteInteraction::Meeting),
            _ => None,
        }
    }
}

/// The parts that only notes have which are no replies, and some of them only when asked for.
macro_rules! of_root {
    ($($(#[$about:meta])* $name:ident -> $type:ty;)+) => {
        impl Note {
            $(
                $(#[$about])*
                pub fn $name(&self) -> Option<&$type> {
                    match self {
                        Self::Entities(note) => note.$name.as_ref(),
                        Self::Interaction(note) => note.$name.as_ref(),
                        Self::AiNotetaker(note) => note.$name.as_ref(),
                        _ => None,
                    }
                }
            )+
        }
    };
}

of_root! {
    /// Who may read it. Later versions do not tell.
    permissions -> NotePermissions;
    /// The companies it is attached to, the first 100, if that was asked for.
    companies_preview -> CompaniesPreview;
    /// The persons it is attached to, the first 100, if that was asked for.
    persons_preview -> PersonsPreview;
    /// The opportunities it is attached to, the first 100, if that was asked for.
    opportunities_preview -> OpportunitiesPreview;
}

impl Reply {
    fn common(&self) -> Option<Common<'_>> {
        match self {
            Self::UserReply(note) => common!(note),
            Self::AiNotetakerReply(note) => common!(note),
            Self::Unknown(_) => None,
        }
    }

    /// The note it replies to.
    pub fn parent(&self) -> Option<&ParentNote> {
        match self {
            Self::UserReply(note) => Some(&note.parent),
            Self::AiNotetakerReply(note) => Some(&note.parent),
            Self::Unknown(_) => None,
        }
    }
}

impl From<Reply> for Note {
    fn from(reply: Reply) -> Self {
        match reply {
            Reply::UserReply(note) => Self::UserReply(note),
            Reply::AiNotetakerReply(note) => Self::AiNotetakerReply(note),
            Reply::Unknown(unknown) => Self::Unknown(unknown),
        }
    }
}

#[cfg(feature = "note-text")]
impl NoteContent {
    /// The content as plain text: paragraphs and list items on lines of their own, the text of a link in
    /// square brackets; a line of more than 4,000 columns is broken. `None` when there is no content. HTML that no
    /// editor makes (nested hundreds deep, or a list that counts beyond any list) comes back as it is: reading it
    /// could take any time.
    pub fn text(&self) -> Option<String> {
        /// Lines are not broken to fit a screen; beyond this they are, so that a table cannot ask for any
        /// amount of memory.
        const WIDTH: usize = 4000;
        let html = self.html.as_deref()?;
        let config = html2text::config::plain_no_decorate().raw_mode(true);
        let plain = is_tame(html).then(|| config.string_from_read(html.as_bytes(), WIDTH).ok()).flatten();
        let text = plain.unwrap_or_else(|| html.to_owned());
        Some(text.trim_end().to_owned())
    }
}

/// Whether the renderer can take it: its time grows with the square of the depth, and it counts the items of a list
/// from whatever `start` says.
#[cfg(feature = "note-text")]
fn is_tame(html: &str) -> bool {
    const DEEPEST: usize = 500;
    let (mut depth, mut deepest, mut left_open) = (0_usize, 0, 0);
    for tag in html.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap_or_default().to_ascii_lowercase();
        if tag.starts_with('/') {
            depth = depth.saturating_sub(1);
            continue;
        }
        if tag.starts_with("ol") && counts_from_afar(&tag) {
            return false;
        }
        // These are often not closed, or never are.
        left_open += usize::from(["br", "hr", "img", "p", "li"].iter().any(|name| tag.starts_with(name)));
        depth += 1;
        deepest = deepest.max(depth);
    }
    deepest.saturating_sub(left_open) <= DEEPEST
}

#[cfg(feature = "note-text")]
fn counts_from_afar(tag: &str) -> bool {
    let start = tag.split_once("start").and_then(|(_, rest)| rest.trim_start().strip_prefix('='));
    start.is_some_and(|value| value.len() > 9)
}

macro_rules! previews {
    ($($type:ty),+) => { $(
        impl $type {
            /// Whether these are all: `None` when the server does not say how many there are.
            pub fn is_complete(&self) -> Option<bool> {
                self.total_count.map(|total| total <= self.data.len() as u64)
            }
        }
    )+ };
}

previews!(CompaniesPreview, PersonsPreview, OpportunitiesPreview);

impl AttendeesPreview {
    /// Whether these are all.
    pub fn is_complete(&self) -> bool {
        self.total_count <= self.data.len() as u64
    }
}

#[cfg(all(test, feature = "note-text"))]
#[allow(clippy::unwrap_used, reason = "a test")]
mod tests {
    use crate::types::NoteContent;

    fn text(html: &str) -> String {
        NoteContent { html: Some(html.to_owned()) }.text().unwrap()
    }

    #[test]
    fn html_reads_as_text() {
        let mention = r#"<span data-type="note-mention" data-note-mention-person-id="7">@Odd Vik</span>"#;
        for (html, expected) in [
            ("<p>Pricing agreed.</p>", "Pricing agreed."),
            ("<p>One</p><p>Two<br>Three</p>", "One\n\nTwo\nThree"),
            ("<ul><li>Ports</li><li>Cold chain</li></ul>", "* Ports\n* Cold chain"),
            ("<p>a &lt; b &amp;&nbsp;c</p>", "a < b &\u{a0}c"),
            (r#"<p>See <a href="https://larkspur.example/deck">the deck</a></p>"#, "See [the deck]"),
            (&format!("<p>Call {mention} <b>soon</b></p>"), "Call @Odd Vik soon"),
            ("", ""),
            ("no tags", "no tags"),
            ("<p>open", "open"),
        ] {
            assert_eq!(text(html), expected, "{html}");
        }
        assert_eq!(NoteContent { html: None }.text(), None);
    }

    #[test]
    fn hostile_html_is_text_too() {
        for depth in [400, 5_000, 1_000_000] {
            let html = format!("{}x", "<div>".repeat(depth));
            assert_eq!(text(&html), if depth < 500 { "x".to_owned() } else { html });
        }
        let paragraphs = "<p>a<br>b<p>c<li>d".repeat(2_000);
        assert!(!text(&paragraphs).contains('<'));
        for start in ["9223372036854775807", "&#57;223372036854775807", "' 9223372036854775806'"] {
            let html = format!("<OL class=x START = {start}><li>a<li>b</OL>");
            assert_eq!(text(&html), html);
        }
        assert_eq!(text(r#"<ol start="7"><li>a</li><li>b</li></ol>"#), "7. a\n8. b");
        assert!(text("<p>a</p><hr><p>b</p>").len() < 20);
        let wide = format!("<p>{}</p>", "x".repeat(10_000));
        assert_eq!(text(&wide).chars().filter(|c| *c == 'x').count(), 10_000);
        text(&"<table><tr><td>a</td>".repeat(200));
    }
}
