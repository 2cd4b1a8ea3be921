//! The one error of both APIs.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use serde_json::Value;

use crate::api_error::{merged_away, read_items};
use crate::call::Course;
use crate::transport::form;
use crate::{Answer, ApiError, Cursor, FieldId, Limits, MergedAway, Meta, TenantId, Workspace};

/// The result of everything that can fail here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Arc<dyn std::error::Error + Send + Sync>;

/// What went wrong, from either API.
///
/// `Display` is one line: operation, status, the server's codes and messages (of the first twenty errors), and how many
/// attempts were made. Bodies and URLs are in neither `Display` nor `Debug`; ask for [`body`](Self::body).
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: Kind,
    operation: Option<String>,
    /// The call that failed is one that had to be made before another.
    is_before: bool,
    /// That other call.
    before: Option<String>,
    meta: Meta,
    answer: Option<Received>,
    resume: Option<Cursor>,
    task: Option<Box<str>>,
    /// The field that an item does not fit in.
    field: Option<FieldId>,
    /// The server has taken work on that may still be going on.
    under_way: bool,
    /// The answer was a success to a write, whatever else is wrong with it.
    carried_out: bool,
    source: Option<Source>,
}

#[derive(Clone)]
enum Kind {
    /// Refused here, before anything was sent.
    Input(String),
    /// A file of this machine could not be read or written.
    Local(String),
    /// What is needed cannot be had right now.
    Unavailable(String),
    /// Another host, which an answer led to, refused.
    Elsewhere(StatusCode),
    /// The key belongs to another workspace than the caller expects.
    WrongWorkspace { found: String, expected: String },
    /// No connection was made.
    Connect,
    /// The connection broke after the request went out.
    Broken,
    /// No answer in the time of one attempt.
    Silent(Duration),
    /// The caller's deadline.
    Deadline,
    /// The deadline, while the call waited for its turn among so many.
    NoTurn(usize),
    /// The minute is used up, and the wait for the next one longer than the deadline.
    MinuteSpent(Duration),
    /// The minute is not used up, but the call's turn comes after the deadline.
    TurnTooLate(Duration),
    /// The call would spend what is kept of the month: so many are kept, so many left, until then.
    MonthKept { kept: u64, left: u64, wait: Option<Duration> },
    /// An answer that is not a success.
    Status,
    /// An answer that does not fit the documented form.
    Decode { path: String, reason: String, item: Option<ItemId> },
    /// A collection that leads back to a page it already gave.
    RepeatedCursor,
    /// What the server was doing in the background came to nothing, for the reason it gives; without one, what
    /// there is to say of that.
    TaskFailed(Result<String, &'static str>),
    /// What was read was not yet what was looked for.
    NotShown,
    /// What the server does in the background was not done in time; the status it has, if that is not known here.
    TaskUnfinished(Option<String>),
}

/// The answer that the error is about, and what it says if it is a refusal.
#[derive(Clone)]
struct Received {
    status: StatusCode,
    retry_after: Option<Duration>,
    items: Vec<ApiError>,
    body: Vec<u8>,
    /// The type of a refusal that is not the API's: it speaks JSON.
    foreign: Option<Box<str>>,
}

/// The id of an item of a page, if it could be read.
type ItemId = Option<u64>;

impl Error {
    fn new(kind: Kind) -> Self {
        let meta = Meta::default();
        let (operation, answer, resume, task, source) = (None, None, None, None, None);
        Self(Box::new(Inner {
            kind,
            operation,
            is_before: false,
            before: None,
            meta,
            answer,
            resume,
            task,
            field: None,
            under_way: false,
            carried_out: false,
            source,
        }))
    }

    /// Something the caller gave cannot be right; nothing was sent.
    pub fn input(message: impl Into<String>) -> Self {
        Self::new(Kind::Input(message.into()))
    }

    /// What the call needs cannot be had right now, a key say, and may be later: nothing was sent, and
    /// [`is_retryable`](Self::is_retryable) is true.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(Kind::Unavailable(message.into()))
    }

    /// A file of this machine could not be read or written: the message names it.
    pub fn local(message: impl Into<String>) -> Self {
        Self::new(Kind::Local(message.into()))
    }

    /// An answer does not fit: `path` leads into its JSON, `reason` says what was found and expected, without
    /// the value itself.
    #[doc(hidden)]
    pub fn decode(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::new(Kind::Decode { path: path.into(), reason: reason.into(), item: None })
    }

    /// Says that it is one item of a page that does not fit, and that the rest of the page stands.
    #[doc(hidden)]
    #[must_use]
    pub fn of_item(mut self, id: Option<u64>) -> Self {
        if let Kind::Decode { item, .. } = &mut self.0.kind {
            *item = Some(id);
        }
        self
    }

    /// Says that nothing stands without the item that does not fit, and that there is no place to go on from.
    #[doc(hidden)]
    #[must_use]
    pub fn of_all(mut self) -> Self {
        if let Kind::Decode { item, .. } = &mut self.0.kind {
            *item = None;
        }
        self.0.resume = None;
        self
    }

    /// Names the field that does not fit.
    #[doc(hidden)]
    #[must_use]
    pub fn of_field(mut self, field: FieldId) -> Self {
        self.0.field = Some(field);
        self
    }

    pub(crate) fn connect(source: reqwest::Error) -> Self {
        Self::new(Kind::Connect).caused_by(source)
    }

    pub(crate) fn broken(source: reqwest::Error) -> Self {
        Self::new(Kind::Broken).caused_by(source)
    }

    pub(crate) fn of_exchange(source: reqwest::Error) -> Self {
        if source.is_connect() { Self::connect(source) } else { Self::broken(source) }
    }

    pub(crate) fn silent(time: Duration) -> Self {
        Self::new(Kind::Silent(time))
    }

    pub(crate) fn deadline() -> Self {
        Self::new(Kind::Deadline)
    }

    pub(crate) fn minute_spent(wait: Duration) -> Self {
        Self::new(Kind::MinuteSpent(wait))
    }

    pub(crate) fn turn_too_late(wait: Duration) -> Self {
        Self::new(Kind::TurnTooLate(wait))
    }

    pub(crate) fn no_turn(waiting: usize) -> Self {
        Self::new(Kind::NoTurn(waiting))
    }

    pub(crate) fn month_kept(kept: u64, left: u64, wait: Option<Duration>) -> Self {
        Self::new(Kind::MonthKept { kept, left, wait })
    }

    pub(crate) fn wrong_workspace(found: &str, expected: &str) -> Self {
        Self::new(Kind::WrongWorkspace { found: found.to_owned(), expected: expected.to_owned() })
    }

    pub(crate) fn cursor_of_workspace(of: TenantId, here: &Workspace) -> Self {
        let Workspace { id, subdomain } = here;
        let here = one_line(subdomain);
        Self::input(format!(
            "resume_from: the cursor comes from the workspace {of}, and the key belongs to {here:?}, which is {id}"
        ))
    }

    pub(crate) fn repeated_cursor(cursor: &Cursor) -> Self {
        Self::new(Kind::RepeatedCursor).during(cursor.operation()).resuming_at(cursor.clone())
    }

    /// What the server was doing in the background came to nothing; `reason` is its own sentence, or why that is
    /// not known.
    #[doc(hidden)]
    pub fn task_failed(reason: Result<Option<String>>) -> Self {
        match reason {
            Ok(Some(reason)) => Self::new(Kind::TaskFailed(Ok(reason))),
            Ok(None) => Self::new(Kind::TaskFailed(Err("it does not say why"))),
            Err(error) => {
                let mut failed = Self::new(Kind::TaskFailed(Err("its reason could not be read")));
                failed.0.source = Some(Arc::new(error));
                failed
            }
        }
    }

    /// What the server does in the background was not done when the caller's time was up; `status` is the one it
    /// has, if that is not known here.
    #[doc(hidden)]
    pub fn task_unfinished(status: Option<String>) -> Self {
        Self::new(Kind::TaskUnfinished(status)).under_way()
    }

    /// What was read was not yet what was looked for when the caller's time was up.
    #[doc(hidden)]
    pub fn not_shown() -> Self {
        Self::new(Kind::NotShown)
    }

    /// The host that an answer led to refused. Its status says nothing of the API.
    #[doc(hidden)]
    pub fn elsewhere(status: StatusCode) -> Self {
        Self::new(Kind::Elsewhere(status))
    }

    /// Says that the write was carried out, though its answer cannot be read.
    #[doc(hidden)]
    #[must_use]
    pub fn carried_out(mut self) -> Self {
        self.0.carried_out = true;
        self
    }

    /// Says that the server has taken work on, which may still be going on.
    #[doc(hidden)]
    #[must_use]
    pub fn under_way(mut self) -> Self {
        self.0.under_way = true;
        self
    }

    /// The error that an answer other than a success stands for.
    #[doc(hidden)]
    pub fn from_answer(answer: Answer) -> Self {
        let limited = answer.status == StatusCode::TOO_MANY_REQUESTS;
        let received = Received {
            status: answer.status,
            retry_after: crate::retry::stated_wait(&answer.headers, answer.meta.limits().filter(|_| limited)),
            items: read_items(&answer.body),
            foreign: form::foreign(&answer.headers).filter(|_| !answer.body.is_empty()).map(Into::into),
            body: answer.body,
        };
        let mut error = Self::new(Kind::Status).with_meta(answer.meta);
        error.0.answer = Some(received);
        error
    }

    /// Adds the answer, or the part of it, that does not fit.
    #[doc(hidden)]
    #[must_use]
    pub fn about(mut self, status: StatusCode, body: impl Into<Vec<u8>>) -> Self {
        self.0.answer =
            Some(Received { status, retry_after: None, items: Vec::new(), body: body.into(), foreign: None });
        self
    }

    fn caused_by(mut self, source: reqwest::Error) -> Self {
        // A URL can hold a filter, and so people's data.
        self.0.source = Some(Arc::new(source.without_url()));
        self
    }

    /// Names the operation, unless it is named already.
    #[doc(hidden)]
    #[must_use]
    pub fn during(mut self, operation: &str) -> Self {
        let inner = &mut *self.0;
        let place = if inner.is_before { &mut inner.before } else { &mut inner.operation };
        place.get_or_insert_with(|| operation.to_owned());
        self
    }

    /// Says that the call that failed had to be made before another, which is not sent now.
    pub(crate) fn before_another(mut self) -> Self {
        self.0.is_before = true;
        self
    }

    /// Adds what is known about the exchange.
    #[doc(hidden)]
    #[must_use]
    pub fn with_meta(mut self, meta: Meta) -> Self {
        self.0.meta = meta;
        self
    }

    /// Says how far the call has come that it ends, where it is the error of another call.
    pub(crate) fn in_course(mut self, attempts: u32, course: Course) -> Self {
        (self.0.meta.attempts, self.0.meta.course) = (attempts, course);
        self
    }

    /// Names the task of the server that the call was about.
    #[doc(hidden)]
    #[must_use]
    pub fn of_task(mut self, task: impl fmt::Display) -> Self {
        self.0.task.get_or_insert_with(|| task.to_string().into());
        self
    }

    /// Says where to go on, unless that is known already.
    #[doc(hidden)]
    #[must_use]
    pub fn resuming_at(mut self, cursor: Cursor) -> Self {
        self.0.resume.get_or_insert(cursor);
        self
    }
}

/// Which kind of error it is.
impl Error {
    /// Refused before anything was sent: the message names the setter or value and the remedy.
    pub fn is_input(&self) -> bool {
        matches!(self.0.kind, Kind::Input(_))
    }

    /// A file of this machine could not be read or written; the message names it. An upload that breaks off for this
    /// is not stored.
    pub fn is_local(&self) -> bool {
        matches!(self.0.kind, Kind::Local(_))
    }

    /// The key belongs to another workspace than `expect_workspace` names. The write was not sent. Use a key of that
    /// workspace, or expect this one.
    pub fn is_wrong_workspace(&self) -> bool {
        matches!(self.0.kind, Kind::WrongWorkspace { .. })
    }

    /// Unauthorized: the key is mistyped or revoked, or may not be used from this address.
    pub fn is_unauthorized(&self) -> bool {
        self.status() == Some(StatusCode::UNAUTHORIZED)
    }

    /// Forbidden: the key's user lacks the permission that the call's documentation names.
    pub fn is_forbidden(&self) -> bool {
        self.status() == Some(StatusCode::FORBIDDEN)
    }

    /// Not found: there is no such thing, or it is not shared with the key's user. A thing written through v1 a
    /// moment ago can also be missing from v2 for up to half a second. What something between here and the API does not
    /// find ([`is_foreign`](Self::is_foreign)) is not taken for this.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(StatusCode::NOT_FOUND) && !self.is_foreign()
    }

    /// The refusal does not come from the API, which speaks JSON, but from something between: a proxy or a gateway with a
    /// page of its own. It says nothing about what was asked for; [`excerpt`](Self::excerpt) shows how it begins.
    pub fn is_foreign(&self) -> bool {
        self.0.answer.as_ref().is_some_and(|answer| answer.foreign.is_some())
    }

    /// The quota of the minute or of the month is used up, or so many calls wait for their part of it that this one's
    /// turn would come after its deadline, or too many calls are under way at once.
    /// [`retry_after`](Self::retry_after) says how long to wait, where that is known.
    pub fn is_rate_limited(&self) -> bool {
        matches!(self.0.kind, Kind::MinuteSpent(_) | Kind::TurnTooLate(_) | Kind::MonthKept { .. })
            || self.status() == Some(StatusCode::TOO_MANY_REQUESTS)
    }

    /// The account's calls for the month are used up: nothing but the next month, or a larger plan, helps. Or what is
    /// left of them is kept ([`is_month_kept`](Self::is_month_kept)): to keep less helps too.
    pub fn is_quota_exhausted(&self) -> bool {
        let refused = self.status() == Some(StatusCode::TOO_MANY_REQUESTS);
        self.is_month_kept() || (refused && self.limits().is_some_and(Limits::month_is_spent))
    }

    /// The call was not sent, because it would have spent what `keep_monthly` keeps of the account's month.
    pub fn is_month_kept(&self) -> bool {
        matches!(self.0.kind, Kind::MonthKept { .. })
    }

    /// No answer came in time: within the caller's deadline, which a call can also spend waiting for its turn, or
    /// within the time of one attempt; or a task was not done in time. A write may or may not have been carried out: see
    /// [`is_outcome_unknown`](Self::is_outcome_unknown).
    pub fn is_timeout(&self) -> bool {
        matches!(
            self.0.kind,
            Kind::Deadline | Kind::NoTurn(_) | Kind::Silent(_) | Kind::NotShown | Kind::TaskUnfinished(_)
        )
    }

    /// The company or person was merged into another: [`merged_away`](Self::merged_away) has both ids. Ask for
    /// the survivor.
    pub fn is_merged_away(&self) -> bool {
        self.merged_away().is_some()
    }

    /// The server took the work on and could not do it: a merge, say, of which one side was gone.
    /// [`task_id`](Self::task_id) names the task, the message is the server's.
    pub fn is_task_failed(&self) -> bool {
        matches!(self.0.kind, Kind::TaskFailed(_))
    }

    /// The connection broke before the whole answer came. A write may or may not have been carried out: see
    /// [`is_outcome_unknown`](Self::is_outcome_unknown).
    pub fn is_broken(&self) -> bool {
        matches!(self.0.kind, Kind::Broken)
    }

    /// No connection could be made for the last attempt. A write that was not sent before is not sent.
    pub fn is_connect(&self) -> bool {
        matches!(self.0.kind, Kind::Connect)
    }

    /// An answer came that does not fit the documented form. [`path`](Self::path) says where.
    pub fn is_decode(&self) -> bool {
        matches!(self.0.kind, Kind::Decode { .. })
    }

    /// A write was carried out, and its answer cannot be read. Do not send it again: what came is in
    /// [`body`](Self::body), and the id in [`item_id`](Self::item_id) if that much could be read.
    pub fn is_carried_out(&self) -> bool {
        self.0.carried_out
    }

    /// One item of a page does not fit; the others stand, and a stream goes on after it. Every other error of
    /// a stream ends it.
    pub fn is_item(&self) -> bool {
        matches!(self.0.kind, Kind::Decode { item: Some(_), .. })
    }

    /// The server led back to a page it had already given. What came before is sound but not complete.
    pub fn is_repeated_cursor(&self) -> bool {
        matches!(self.0.kind, Kind::RepeatedCursor)
    }

    /// A write whose outcome is not known: it may or may not have been carried out, or is still under way. Look
    /// before sending it again; if there is a [`task_id`](Self::task_id), at that task. Never true of a read.
    pub fn is_outcome_unknown(&self) -> bool {
        let course = self.0.meta.course;
        self.0.under_way || (!course.read && course.may_have_run && !self.0.carried_out)
    }

    /// The same call may succeed later, and sending it again does no harm that sending it once did not: it only
    /// reads, or the caller vouched for it, or it was surely not carried out.
    pub fn is_retryable(&self) -> bool {
        let course = self.0.meta.course;
        let harmless = !self.0.under_way && (course.replayable || !course.may_have_run);
        let passing = match &self.0.kind {
            Kind::Connect
            | Kind::Broken
            | Kind::Unavailable(_)
            | Kind::Silent(_)
            | Kind::Deadline
            | Kind::NotShown
            | Kind::NoTurn(_)
            | Kind::MinuteSpent(_)
            | Kind::TurnTooLate(_) => true,
            Kind::Status => {
                matches!(self.status().map(|status| status.as_u16()), Some(429 | 502 | 503 | 504))
            }
            Kind::Input(_)
            | Kind::Local(_)
            | Kind::Elsewhere(_)
            | Kind::WrongWorkspace { .. }
            | Kind::MonthKept { .. }
            | Kind::Decode { .. }
            | Kind::RepeatedCursor
            | Kind::TaskFailed(_)
            | Kind::TaskUnfinished(_) => false,
        };
        harmless && passing && !self.is_quota_exhausted()
    }
}

/// What is known about it.
impl Error {
    /// The operation, such as `get_company`.
    pub fn operation(&self) -> Option<&str> {
        self.0.before.as_deref().or(self.0.operation.as_deref())
    }

    /// The status, when an answer came.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.answer.as_ref().map(|answer| answer.status)
    }

    /// The first of the server's codes, such as `not-found`.
    pub fn code(&self) -> Option<&str> {
        self.errors().first().map(|error| error.code.as_str()).filter(|code| !code.is_empty())
    }

    /// Everything the server reported, in its order. Empty when the answer was not in the API's error form.
    pub fn errors(&self) -> &[ApiError] {
        self.0.answer.as_ref().map_or(&[], |answer| &answer.items)
    }

    /// The server's sentences.
    pub fn messages(&self) -> impl Iterator<Item = &str> {
        let of_task = match &self.0.kind {
            Kind::TaskFailed(reason) => reason.as_deref().ok(),
            _ => None,
        };
        self.errors().iter().map(|error| error.message.as_str()).chain(of_task)
    }

    /// The parameter at fault, if the server named one.
    pub fn param(&self) -> Option<&str> {
        self.errors().iter().find_map(|error| error.param.as_deref())
    }

    /// How long to wait before the next try, if that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self.0.kind {
            Kind::MinuteSpent(wait) | Kind::TurnTooLate(wait) => Some(wait),
            Kind::MonthKept { wait, .. } => wait,
            _ => self.0.answer.as_ref()?.retry_after,
        }
    }

    /// The server's id of the last exchange, for its support.
    pub fn request_id(&self) -> Option<&str> {
        self.0.meta.request_id()
    }

    /// How many attempts were made, those that found no connection included.
    pub fn attempts(&self) -> u32 {
        self.0.meta.attempts()
    }

    /// The quota as the last answer gave it.
    pub fn limits(&self) -> Option<&Limits> {
        self.0.meta.limits()
    }

    /// The body of the answer, whatever its form; for an item of a page, that item's JSON; of an answer that broke off,
    /// is too large or no JSON, how it begins: 4096 bytes of it at most. It can hold people's data.
    pub fn body(&self) -> Option<&[u8]> {
        self.0.answer.as_ref().map(|answer| answer.body.as_slice())
    }

    /// The beginning of [`body`](Self::body) as text, 500 characters at most, on one line: enough to see whether a proxy
    /// answered. It can hold people's data, and so stands in no message: look before it goes into a log.
    pub fn excerpt(&self) -> Option<String> {
        let body = self.body()?;
        // One more than is shown, so that it can be seen whether there are more.
        let start = String::from_utf8_lossy(&body[..body.len().min(4 * (LONGEST_EXCERPT + 1))]);
        let mut chars = start.chars().map(plain);
        let mut text: String = chars.by_ref().take(LONGEST_EXCERPT).collect();
        if chars.next().is_some() {
            text.push('…');
        }
        Some(text)
    }

    /// Where in the answer's JSON it does not fit, such as `data[17].entity.fields[3].value.data`.
    pub fn path(&self) -> Option<&str> {
        match &self.0.kind {
            Kind::Decode { path, .. } => Some(path),
            _ => None,
        }
    }

    /// For an item of a page that does not fit, or the answer to a write that was carried out: its id, if that
    /// much could be read.
    pub fn item_id(&self) -> Option<u64> {
        match self.0.kind {
            Kind::Decode { item: Some(id), .. } => id,
            _ if self.is_carried_out() => self.body().and_then(id_in),
            _ => None,
        }
    }

    /// For a row that does not fit the caller's struct: the field it does not fit in.
    pub fn field(&self) -> Option<&FieldId> {
        self.0.field.as_ref()
    }

    /// The task of the server that the call started or watched: its id, to look at it again with
    /// `merge_task` of companies or persons.
    pub fn task_id(&self) -> Option<&str> {
        self.0.task.as_deref()
    }

    /// Which company or person was merged away, and into which (observed: the API says so in a sentence, and
    /// that sentence is all that is read of it).
    pub fn merged_away(&self) -> Option<MergedAway> {
        let unprocessable = self.status() == Some(StatusCode::UNPROCESSABLE_ENTITY);
        self.messages().filter(|_| unprocessable).find_map(merged_away)
    }

    pub(crate) fn reason(&self) -> Option<&str> {
        match &self.0.kind {
            Kind::Decode { reason, .. } => Some(reason),
            _ => None,
        }
    }

    /// For an error in a stream: the page to go on from, with `resume_from`.
    pub fn cursor(&self) -> Option<&Cursor> {
        self.0.resume.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = &self.0.before {
            write!(f, "{operation}: not sent, since whose the key is could not be found out: ")?;
        }
        if let Some(operation) = &self.0.operation {
            write!(f, "{operation}: ")?;
        }
        match &self.0.kind {
            Kind::Input(message) | Kind::Local(message) | Kind::Unavailable(message) => f.write_str(message)?,
            Kind::WrongWorkspace { found, expected } => write!(
                f,
                "the key belongs to the workspace {:?}, not to {expected:?} as expect_workspace has it; it was not sent",
                one_line(found)
            )?,
            Kind::Connect => f.write_str("no connection to the server; check the network and the base URL")?,
            Kind::Broken => f.write_str("the connection broke before the whole answer came")?,
            Kind::Silent(time) => write!(f, "no whole answer within {time:?}")?,
            Kind::Deadline => f.write_str("the deadline passed")?,
            Kind::NoTurn(waiting) => {
                let sent = if self.attempts() == 0 { "nothing was sent" } else { "it was not sent again" };
                let calls = if *waiting == 1 { "call" } else { "calls" };
                write!(f, "waited for its turn among {waiting} {calls} until the deadline; {sent}")?;
            }
            Kind::TurnTooLate(wait) => write!(
                f,
                "its turn among the calls that wait comes in {wait:.0?} at the earliest, which is past the deadline"
            )?,
            Kind::MinuteSpent(wait) => {
                write!(f, "the calls of this minute are used up, and {wait:.0?} to wait is past the deadline")?;
            }
            Kind::MonthKept { kept, left, .. } => write!(
                f,
                "of the account's calls for the month {left} are left, and keep_monthly keeps {kept}; keep less, or wait for the next month"
            )?,
            Kind::Status => self.write_answer(f)?,
            Kind::Decode { path, reason, item } => {
                write!(f, "the answer does not fit at {}", one_line(path))?;
                if let Some(Some(id)) = item {
                    write!(f, " (id {id})")?;
                }
                write!(f, ": {reason}")?;
            }
            Kind::Elsewhere(status) => {
                write!(f, "the place that the answer leads to, on another host, refused: {status}; start anew")?;
            }
            Kind::RepeatedCursor => f.write_str(
                "the server led back to a page it had already given; what came so far is not the whole collection",
            )?,
            Kind::TaskFailed(reason) => {
                let reason = reason.as_deref().map_or_else(|why| (*why).to_owned(), one_line);
                write!(f, "the server could not do it: {reason}")?;
            }
            Kind::NotShown => f.write_str("what was looked for was not to be read in time")?,
            Kind::TaskUnfinished(None) => f.write_str("not done in time; the server goes on with it")?,
            Kind::TaskUnfinished(Some(status)) => {
                write!(f, "not done in time; the server says {:?}, which is not known here", one_line(status))?;
            }
        }
        if self.is_carried_out() {
            f.write_str("; the server carried the call out")?;
        }
        if let Some(task) = self.task_id() {
            write!(f, " (task {})", one_line(task))?;
        }
        match self.attempts() {
            0 | 1 => {}
            attempts => write!(f, " (after {attempts} attempts)")?,
        }
        if self.0.meta.course.out_of_budget {
            f.write_str("; not tried again, since the client has used up its retry_budget")?;
        }
        Ok(())
    }
}

impl Error {
    fn write_answer(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(answer) = &self.0.answer else {
            return Ok(());
        };
        write!(f, "{}", answer.status)?;
        for (index, item) in answer.items.iter().take(MOST_ERRORS).enumerate() {
            f.write_str(if index == 0 { " " } else { "; " })?;
            // v1 has no codes.
            f.write_str(&one_line(&item.code))?;
            if let Some(param) = &item.param {
                let space = if item.code.is_empty() { "" } else { " " };
                write!(f, "{space}({})", one_line(param))?;
            }
            let colon = if item.code.is_empty() && item.param.is_none() { "" } else { ": " };
            write!(f, "{colon}{}", one_line(&item.message))?;
        }
        match answer.items.len().saturating_sub(MOST_ERRORS) {
            0 => {}
            more => write!(f, "; and {more} more")?,
        }
        if self.is_quota_exhausted() {
            f.write_str("; the account's calls for the month are used up")?;
        }
        if let Some(kind) = &answer.foreign {
            write!(f, "; it is {kind} and not an answer of the API")?;
        }
        if answer.status.is_redirection() {
            f.write_str("; redirects are not followed: check the base URL, and what stands between")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Error");
        debug.field("message", &format_args!("{self}"));
        if let Some(id) = self.request_id() {
            debug.field("request_id", &id);
        }
        if let Some(cursor) = self.cursor() {
            debug.field("cursor", &format_args!("{cursor}"));
        }
        if let Some(source) = &self.0.source {
            debug.field("source", source);
        }
        debug.finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// In characters.
const LONGEST_EXCERPT: usize = 500;

/// As many of the server's errors stand in one line.
const MOST_ERRORS: usize = 20;

/// Text of the server, fit for one line of a log.
fn one_line(text: &str) -> String {
    const MOST: usize = 300;
    let mut line: String = text.chars().take(MOST).map(plain).collect();
    if text.chars().nth(MOST).is_some() {
        line.push('…');
    }
    line
}

/// A space in place of what breaks a line, drives a terminal, or turns the order of what is shown.
fn plain(c: char) -> char {
    let is_mark = matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if c.is_control() || is_mark { ' ' } else { c }
}

fn id_in(body: &[u8]) -> Option<u64> {
    serde_json::from_slice::<Value>(body).ok()?.get("id")?.as_u64()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, body: &str) -> Error {
        let answer = Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: http::HeaderMap::new(),
            body: body.to_owned().into(),
            meta: Meta { attempts: 2, request_id: Some("r-1".into()), ..Meta::default() },
        };
        Error::from_answer(answer).during("get_company")
    }

    #[test]
    fn a_merged_record_gives_both_ids_and_nothing_else_is_taken_for_one() {
        let body = |message: &str| {
            format!(r#"{{"errors":[{{"code":"unprocessable-entity","message":"{message}"}}]}}"#)
        };
        let sentence = body("12 no longer exists as it has been merged into 11");
        assert_eq!(refused(422, &sentence).merged_away(), Some(MergedAway { id: 12, into: 11 }));
        assert!(!refused(400, &sentence).is_merged_away());
        for other in
            ["", "12", "12 was merged into 11 and 13", "company 12 merged into 11", "12 no longer exists"]
        {
            assert_eq!(refused(422, &body(other)).merged_away(), None, "{other}");
        }
    }

    #[test]
    fn a_task_that_goes_on_is_named_and_not_started_again() {
        let unfinished = Error::task_unfinished(None).of_task("t-1");
        assert_eq!(unfinished.task_id(), Some("t-1"));
        assert!(unfinished.is_timeout() && unfinished.is_outcome_unknown() && !unfinished.is_retryable());
        let failed = Error::task_failed(Ok(Some("no such\ncompany".to_owned()))).of_task("t-1");
        assert!(failed.is_task_failed() && !failed.is_outcome_unknown() && !failed.is_retryable());
        assert_eq!(failed.to_string(), "the server could not do it: no such company (task t-1)");
        assert_eq!(failed.messages().collect::<Vec<_>>(), ["no such\ncompany"]);
        let lost = Error::deadline().of_task("t-1").under_way();
        assert!(lost.is_outcome_unknown() && !lost.is_retryable());
        let only_looked_at = Error::deadline().of_task("t-1");
        assert!(only_looked_at.is_retryable());
        let unread = Error::task_failed(Err(Error::deadline()));
        assert_eq!(unread.to_string(), "the server could not do it: its reason could not be read");
        assert!(std::error::Error::source(&unread).is_some());
    }

    #[test]
    fn the_forms_of_v1_are_read() {
        for (body, expected) in [
            (r#"{"errors":[{"message":"No.","param":"entity_id"}]}"#, "(entity_id): No."),
            (r#"{"errors":["No.","And no."]}"#, "No.; And no."),
            (r#"{"message":"No."}"#, "No."),
            (r#"{"error":"No."}"#, "No."),
            (r#"{"error":{"message":"No."}}"#, "No."),
            (r#"{"detail":"No."}"#, "No."),
            (r#"["No."]"#, "No."),
            (r#"[{"message":"No."}]"#, "No."),
            (r#"{"errors":[],"message":"No."}"#, "No."),
            (r#"{"errors":[{"message":" "}],"message":"No."}"#, "No."),
            (r#"{"errors":[{"code":422,"message":"No."}]}"#, "422: No."),
            (r#"{"errors":[{"message":"No.","param":["a"]}]}"#, "No."),
            (r#"{"error":{"code":5,"message":"No."}}"#, "5: No."),
            (r#"{"errors":[{},{"message":"No."}]}"#, "No."),
        ] {
            let printed = refused(422, body).to_string();
            assert_eq!(
                printed,
                format!("get_company: 422 Unprocessable Entity {expected} (after 2 attempts)")
            );
        }
        for body in
            ["", "<html>", "{}", "[]", "null", r#"{"errors":[]}"#, r#"{"message":" "}"#, r#"{"errors":7}"#]
        {
            assert!(refused(422, body).errors().is_empty(), "{body}");
        }
    }

    #[test]
    fn a_write_that_was_carried_out_says_so() {
        let error =
            Error::decode("$", "missing field `type`").about(StatusCode::OK, r#"{"id":77}"#).carried_out();
        assert_eq!(
            error.to_string(),
            "the answer does not fit at $: missing field `type`; the server carried the call out"
        );
        assert!(error.is_carried_out() && !error.is_outcome_unknown() && !error.is_retryable());
        assert_eq!(error.item_id(), Some(77));
    }

    #[test]
    fn another_host_does_not_speak_for_the_api() {
        let error = Error::elsewhere(StatusCode::FORBIDDEN);
        assert!(!error.is_forbidden() && !error.is_retryable() && error.status().is_none());
        assert!(error.to_string().contains("refused: 403 Forbidden; start anew"), "{error}");
    }

    #[test]
    fn it_is_the_size_of_a_pointer() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }

    #[test]
    fn display_is_one_line_with_every_message() {
        let error = refused(
            400,
            r#"{"errors":[{"code":"validation","message":"too\nbig\u2028\u202e","param":"limit"},{"code":"new-one","message":"b"}]}"#,
        );
        assert_eq!(
            error.to_string(),
            "get_company: 400 Bad Request validation (limit): too big  ; new-one: b (after 2 attempts)"
        );
        assert_eq!((error.code(), error.param()), (Some("validation"), Some("limit")));
        assert_eq!(error.request_id(), Some("r-1"));
    }

    #[test]
    fn a_body_of_another_form_keeps_the_status_and_stays_out_of_print() {
        for body in ["<html>ines@northwind.example</html>", "", "[]", r#"{"errors":"ines"}"#] {
            let error = refused(502, body);
            assert_eq!(error.status(), Some(StatusCode::BAD_GATEWAY));
            assert_eq!(error.body(), Some(body.as_bytes()));
            assert!(!format!("{error} {error:?}").contains("ines"), "{error:?}");
        }
    }
}
