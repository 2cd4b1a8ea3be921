//! The one error of both APIs.

mod kinds;
mod known;
mod shown;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use self::shown::one_line;
use crate::api_error::read_items;
use crate::call::Course;
use crate::transport::form;
use crate::{Answer, ApiError, Cursor, FieldId, Meta, TenantId, Workspace};

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

    /// Says that the write was carried out, though its answer cannot be read. Of a read it says nothing.
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

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MergedAway;

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
