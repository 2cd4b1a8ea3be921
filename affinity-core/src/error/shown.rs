//! How it is printed: on one line, without anything out of a body but the server's own sentences.

use std::fmt;

use super::{Error, Kind};

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

/// As many of the server's errors stand in one line.
const MOST_ERRORS: usize = 20;

/// Text of the server, fit for one line of a log.
pub(super) fn one_line(text: &str) -> String {
    const MOST: usize = 300;
    let mut line: String = text.chars().take(MOST).map(plain).collect();
    if text.chars().nth(MOST).is_some() {
        line.push('…');
    }
    line
}

/// A space in place of what breaks a line, drives a terminal, or turns the order of what is shown.
pub(super) fn plain(c: char) -> char {
    let is_mark = matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if c.is_control() || is_mark { ' ' } else { c }
}
