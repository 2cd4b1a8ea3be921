//! What is known about it.

use std::time::Duration;

use http::StatusCode;
use serde_json::Value;

use super::shown::plain;
use super::{Error, Kind};
use crate::api_error::merged_away;
use crate::{ApiError, Cursor, FieldId, Limits, MergedAway};

/// In characters.
const LONGEST_EXCERPT: usize = 500;

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

fn id_in(body: &[u8]) -> Option<u64> {
    serde_json::from_slice::<Value>(body).ok()?.get("id")?.as_u64()
}
