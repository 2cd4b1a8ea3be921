//! Which kind of error it is, and what to do about it.

use http::StatusCode;

use super::{Error, Kind};
use crate::Limits;

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
        self.0.carried_out && !self.0.meta.course.read
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
