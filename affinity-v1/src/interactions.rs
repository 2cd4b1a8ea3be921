//! Meetings, calls, chat messages and emails.

use std::fmt;
use std::time::Duration;

use affinity_core::{
    Access, Cursor, InteractionId, Items, NoteId, Page, Pages, PersonId, ReadWrite, Result, Scope,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::attached::distinct;
use crate::call::{Parts, Sealed, operations};
use crate::tolerant::null_as_empty;
use crate::{Call, Client, EntityRef, ListOperation, Listing, PagedOperation, PersonSummary, instant};

affinity_core::open_codes! {
    /// A kind of interaction.
    pub enum InteractionKind {
        /// A meeting.
        Meeting = 0,
        /// A call.
        Call = 1,
        /// A chat message.
        ChatMessage = 2,
        /// An email. Emails cannot be created.
        Email = 3,
    }
}

affinity_core::open_codes! {
    /// Which way a chat message or email went.
    pub enum MessageDirection {
        /// From a user of the account.
        Sent = 0,
        /// From somebody else.
        Received = 1,
    }
}

affinity_core::open_codes! {
    /// How an interaction came into Affinity.
    pub enum LoggingKind {
        /// By itself (observed; as a filter, the code means all).
        Automatic = 0,
        /// By hand, or through the API.
        Manual = 1,
    }
}

/// What names an interaction: its id is unique only with its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InteractionKey {
    /// The kind.
    pub kind: InteractionKind,
    /// The id.
    pub id: InteractionId,
}

impl InteractionKey {
    /// The interaction of this kind with this id.
    pub fn new(kind: InteractionKind, id: InteractionId) -> Self {
        Self { kind, id }
    }
}

/// The longest time that one search may span; a year would be too long in some years.
const LONGEST: TimeDelta = TimeDelta::days(365);

/// Meetings, calls, chat messages and emails.
#[derive(Clone, Debug)]
pub struct Interactions<A: Access = ReadWrite> {
    client: Client<A>,
}

impl<A: Access> Interactions<A> {
    pub(crate) fn new(client: &Client<A>) -> Self {
        Self { client: client.clone() }
    }

    /// Interactions of one kind with one entity, from `start` until just before `end` (observed: the end is left
    /// out), which can be 365 days apart at most; [`walk`](Self::walk) goes further. Meetings among users of the
    /// account only are not there (observed).
    ///
    /// Route: v1 `GET /interactions`. A person must not be a user of the account: the server answers 422.
    pub fn list(
        &self,
        kind: InteractionKind,
        with: impl Into<EntityRef>,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
    ) -> Listing<ListInteractions> {
        let with = with.into();
        let mut parts = Parts::new("/interactions", []);
        if let InteractionKind::Unknown(code) = kind {
            parts.refuse(format!("kind: interactions of kind {} cannot be asked for", code.get()));
        }
        if end <= start {
            parts.refuse("end: it must be later than start");
        }
        if end.signed_duration_since(start) > LONGEST {
            parts.refuse("end: it is more than 365 days after start; use `walk` for longer");
        }
        Listing::new(&self.client, parts)
            .query("type", kind.code())
            .query_id(with.id_parameter(), with.number())
            .query("start_time", instant::written(start))
            .query("end_time", instant::written(end))
    }

    /// As [`list`](Self::list), for a time of any length: one search after another, of 365 days each, oldest
    /// first. They share their bounds, and as an end is left out (observed), nothing comes twice.
    ///
    /// Route: v1 `GET /interactions`, for each search.
    pub fn walk(
        &self,
        kind: InteractionKind,
        with: impl Into<EntityRef>,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
    ) -> InteractionWalk {
        let listing = self.list(kind, with, start, first_end(start, end));
        InteractionWalk { listing, start, end, from: None, prefetch: false }
    }

    /// One interaction.
    ///
    /// Route: v1 `GET /interactions/{interaction_id}`.
    pub fn get(&self, key: impl Into<InteractionKey>) -> Call<GetInteraction> {
        let key = key.into();
        Call::new(&self.client, one(key)).query("type", key.kind.code())
    }
}

impl Interactions {
    /// Logs a meeting. At least one of the persons must be a user of the account, and one somebody else
    /// (observed). The content becomes a note, and is not on the interaction.
    ///
    /// Route: v1 `POST /interactions`.
    pub fn create_meeting(
        &self,
        persons: impl IntoIterator<Item = PersonId>,
        date: DateTime<Utc>,
        content: impl Into<String>,
    ) -> Call<CreateInteraction> {
        self.create(InteractionKind::Meeting, persons, date, content.into())
    }

    /// Logs a call; the rest is as for [`create_meeting`](Self::create_meeting).
    ///
    /// Route: v1 `POST /interactions`.
    pub fn create_call(
        &self,
        persons: impl IntoIterator<Item = PersonId>,
        date: DateTime<Utc>,
        content: impl Into<String>,
    ) -> Call<CreateInteraction> {
        self.create(InteractionKind::Call, persons, date, content.into())
    }

    /// Logs a chat message; the rest is as for [`create_meeting`](Self::create_meeting).
    ///
    /// Route: v1 `POST /interactions`.
    pub fn create_chat_message(
        &self,
        persons: impl IntoIterator<Item = PersonId>,
        date: DateTime<Utc>,
        content: impl Into<String>,
    ) -> Call<CreateChatMessage> {
        self.create(InteractionKind::ChatMessage, persons, date, content.into())
    }

    fn create<O: crate::Operation<Needs = ReadWrite>>(
        &self,
        kind: InteractionKind,
        persons: impl IntoIterator<Item = PersonId>,
        date: DateTime<Utc>,
        content: String,
    ) -> Call<O> {
        Call::new(&self.client, Parts::new("/interactions", []))
            .body("type", kind.code())
            .body("date", instant::written(date))
            .body("content", content)
            .participants(persons)
    }

    /// Changes an interaction. What is not set stays as it is. As content becomes a note, and done twice perhaps two,
    /// the call does not go out again by itself; `with_idempotency(true)` lets it.
    ///
    /// Route: v1 `PUT /interactions/{interaction_id}`.
    ///
    /// # Errors
    ///
    /// On sending, `is_input`: nothing to change was set. With a status that is not documented: new content was set,
    /// and the content that is there mentions people.
    pub fn update(&self, key: impl Into<InteractionKey>) -> Call<UpdateInteraction> {
        let key = key.into();
        Call::new(&self.client, one(key)).body("type", key.kind.code())
    }

    /// Deletes an interaction. This cannot be undone.
    ///
    /// Route: v1 `DELETE /interactions/{interaction_id}`.
    pub fn delete(&self, key: impl Into<InteractionKey>) -> Call<DeleteInteraction> {
        let key = key.into();
        Call::new(&self.client, one(key)).query("type", key.kind.code())
    }
}

fn one(key: InteractionKey) -> Parts {
    Parts::new("/interactions/{}", [("interaction_id", key.id.get())])
}

impl<O: crate::Operation> Call<O> {
    fn participants(self, persons: impl IntoIterator<Item = PersonId>) -> Self {
        let ids = distinct(persons);
        self.refuse_if(ids.len() < 2, || {
            "persons: an interaction needs a user of the account and somebody else".to_owned()
        })
        .body_ids("person_ids", ids)
    }
}

impl Listing<ListInteractions> {
    /// Only those that this user of the account took part in.
    pub fn internal_person(self, person: PersonId) -> Self {
        self.query_id("internal_person_id", person.get())
    }

    /// Only those that were logged by hand or through the API.
    pub fn manual_only(self) -> Self {
        self.query("logging_type", LoggingKind::Manual.code())
    }

    /// Only those that went this way. For chat messages and emails.
    pub fn direction(self, direction: MessageDirection) -> Self {
        self.query("direction", direction.code())
    }

    fn during(self, start: DateTime<Utc>, end: DateTime<Utc>) -> Self {
        self.query("start_time", instant::written(start)).query("end_time", instant::written(end))
    }
}

impl Call<CreateChatMessage> {
    /// Which way it went.
    pub fn direction(self, direction: MessageDirection) -> Self {
        self.body("direction", direction.code())
    }
}

impl Call<UpdateInteraction> {
    /// The persons who took part, in place of all that are there.
    pub fn replace_persons(self, persons: impl IntoIterator<Item = PersonId>) -> Self {
        self.participants(persons)
    }

    /// The content. It cannot be changed when it mentions people.
    pub fn content(self, content: impl Into<String>) -> Self {
        self.body("content", content.into())
    }

    /// When it was.
    pub fn date(self, date: DateTime<Utc>) -> Self {
        self.body("date", instant::written(date))
    }
}

fn something_besides_the_kind(parts: &Parts) -> Result<(), String> {
    if parts.body.len() < 2 { Err("nothing to change was set".to_owned()) } else { Ok(()) }
}

operations! {
    /// See [`Interactions::get`].
    GetInteraction = GET "v1_get_interaction" -> Interaction;
    /// See [`Interactions::create_meeting`].
    CreateInteraction = POST "v1_create_interaction" -> Interaction;
    /// See [`Interactions::create_chat_message`].
    CreateChatMessage = POST "v1_create_interaction" -> Interaction;
    /// See [`Interactions::update`].
    UpdateInteraction = PUT "v1_update_interaction" -> Interaction, check something_besides_the_kind;
    /// See [`Interactions::delete`].
    DeleteInteraction = DELETE "v1_delete_interaction" -> done;
}

/// See [`Interactions::list`].
#[derive(Clone, Copy, Debug)]
pub enum ListInteractions {}

impl Sealed for ListInteractions {}

impl ListOperation for ListInteractions {
    type Item = Interaction;
    const NAME: &'static str = "v1_list_interactions";
    const KEYS: &'static [&'static str] = &["events", "chat_messages", "emails", "interactions"];

    fn keys(parts: &Parts) -> &'static [&'static str] {
        match parts.asked("type") {
            Some("0" | "1") => &["events", "interactions"],
            Some("2") => &["chat_messages", "interactions"],
            Some("3") => &["emails", "interactions"],
            _ => Self::KEYS,
        }
    }

    fn check(parts: &Parts) -> Result<(), String> {
        let spoken = matches!(parts.asked("type"), Some("0" | "1"));
        if spoken && parts.asked("direction").is_some() {
            return Err("direction: only chat messages and emails have one".to_owned());
        }
        Ok(())
    }
}

impl PagedOperation for ListInteractions {
    const LARGEST: u32 = 100;
}

impl Parts {
    fn asked(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str())
    }
}

/// Interactions over any length of time. See [`Interactions::walk`].
///
/// Nothing is sent before the first item is taken from [`pages`](Self::pages) or [`stream`](Self::stream).
#[derive(Clone)]
#[must_use = "nothing is sent until `pages` or `stream`"]
pub struct InteractionWalk {
    /// The first search; the others differ in their bounds alone.
    listing: Listing<ListInteractions>,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    from: Option<Cursor>,
    prefetch: bool,
}

impl InteractionWalk {
    /// Only those that this user of the account took part in.
    pub fn internal_person(self, person: PersonId) -> Self {
        self.with(|listing| listing.internal_person(person))
    }

    /// Only those that were logged by hand or through the API.
    pub fn manual_only(self) -> Self {
        self.with(Listing::manual_only)
    }

    /// Only those that went this way. For chat messages and emails.
    pub fn direction(self, direction: MessageDirection) -> Self {
        self.with(|listing| listing.direction(direction))
    }

    /// How many items a page has at most. Without this, as many as there can be.
    pub fn page_size(self, items: u32) -> Self {
        self.with(|listing| listing.page_size(items))
    }

    /// The time for each page, waiting and repeats included.
    pub fn with_timeout(self, timeout: Duration) -> Self {
        self.with(|listing| listing.with_timeout(timeout))
    }

    /// Goes on from a cursor that an earlier walk gave. Everything else must be asked for as it was then, the end
    /// included.
    pub fn resume_from(mut self, cursor: Cursor) -> Self {
        self.from = Some(cursor);
        self
    }

    /// Fetches one page ahead while the caller works on the current one.
    pub fn prefetch(mut self, prefetch: bool) -> Self {
        self.prefetch = prefetch;
        self
    }

    /// All pages, as a stream.
    pub fn pages(self) -> Pages<Interaction> {
        let start = self.from.clone().unwrap_or_else(|| Cursor::start(self.scope()));
        let prefetch = self.prefetch;
        Pages::new(start, move |cursor| self.clone().fetch(cursor)).prefetch(prefetch)
    }

    /// All interactions, as a stream.
    pub fn stream(self) -> Items<Interaction> {
        self.pages().items()
    }

    fn with(mut self, change: impl FnOnce(Listing<ListInteractions>) -> Listing<ListInteractions>) -> Self {
        self.listing = change(self.listing);
        self
    }

    fn scope(&self) -> Scope {
        self.listing.scope().with("until", instant::written(self.end))
    }

    async fn fetch(self, cursor: Cursor) -> Result<Page<Interaction>> {
        let scope = self.scope();
        cursor.check(&scope)?;
        let place = Place::read(cursor.token());
        let start = later(self.start, place.search).min(self.end);
        let listing = self.listing.during(start, first_end(start, self.end));
        let at = place.token.map(|token| Cursor::at(listing.scope(), token));
        let listing = at.into_iter().fold(listing, Listing::resume_from);
        let mut page = listing.send().await?;
        let next = match page.next.as_ref().and_then(Cursor::token) {
            Some(token) => Some(Place { search: place.search, token: Some(token.to_owned()) }),
            None if later(start, 1) < self.end => Some(Place { search: place.search + 1, token: None }),
            None => None,
        };
        page.next = next.map(|place| Cursor::at(scope, place.written()));
        Ok(page)
    }
}

/// Without what was asked for.
impl fmt::Debug for InteractionWalk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("InteractionWalk");
        debug.field("start", &self.start).field("end", &self.end).finish_non_exhaustive()
    }
}

/// Where a walk stands: in which of its searches, and at which page of that.
struct Place {
    search: i32,
    token: Option<String>,
}

impl Place {
    fn read(token: Option<&str>) -> Self {
        let (search, token) = token.and_then(|token| token.split_once('-')).unwrap_or(("0", ""));
        let token = Some(token.to_owned()).filter(|token| !token.is_empty());
        Self { search: search.parse().unwrap_or_default(), token }
    }

    fn written(self) -> String {
        format!("{}-{}", self.search, self.token.unwrap_or_default())
    }
}

/// The start of a search so many searches later.
fn later(start: DateTime<Utc>, searches: i32) -> DateTime<Utc> {
    let after = LONGEST.checked_mul(searches).and_then(|time| start.checked_add_signed(time));
    after.unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn first_end(start: DateTime<Utc>, end: DateTime<Utc>) -> DateTime<Utc> {
    later(start, 1).min(end)
}

/// A meeting, call, chat message or email. What a kind does not have is `None`, or empty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Interaction {
    /// The id, unique only with the kind: see [`key`](Self::key).
    pub id: InteractionId,
    /// The kind.
    #[serde(rename = "type")]
    pub kind: InteractionKind,
    /// When it happened.
    #[serde(deserialize_with = "instant::required")]
    pub date: DateTime<Utc>,
    /// Everybody involved. Empty for emails, which have `from`, `to` and `cc`.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub persons: Vec<PersonSummary>,
    /// Who logged it; none if it came by itself.
    #[serde(default)]
    pub manual_creator_id: Option<PersonId>,
    /// The notes taken on it.
    #[serde(default, deserialize_with = "null_as_empty", rename = "notes")]
    pub note_ids: Vec<NoteId>,
    /// The addresses of those who took part in a meeting or call.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub attendees: Vec<String>,
    /// When a meeting or call began.
    #[serde(default, deserialize_with = "instant::optional")]
    pub start_time: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(default, deserialize_with = "instant::optional")]
    pub end_time: Option<DateTime<Utc>>,
    /// When it was changed.
    #[serde(default, deserialize_with = "instant::optional")]
    pub updated_at: Option<DateTime<Utc>>,
    /// The title of a meeting or call.
    #[serde(default)]
    pub title: Option<String>,
    /// Which way a chat message or email went.
    #[serde(default)]
    pub direction: Option<MessageDirection>,
    /// The subject of an email.
    #[serde(default)]
    pub subject: Option<String>,
    /// Who sent an email.
    #[serde(default)]
    pub from: Option<PersonSummary>,
    /// To whom an email went.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub to: Vec<PersonSummary>,
    /// To whom a copy of it went.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub cc: Vec<PersonSummary>,
    /// How it came into Affinity; not always there (observed).
    #[serde(default, rename = "logging_type")]
    pub logging_kind: Option<LoggingKind>,
}

impl Interaction {
    /// What names it.
    pub fn key(&self) -> InteractionKey {
        InteractionKey::new(self.kind, self.id)
    }
}

impl From<&Interaction> for InteractionKey {
    fn from(interaction: &Interaction) -> Self {
        interaction.key()
    }
}
