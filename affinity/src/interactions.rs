//! Emails and meetings that were logged.

use affinity_core::{Access, ReadWrite};

use crate::endpoint::{Filtered, plain_collection};
use crate::filter::{EmailFilter, MeetingFilter};
use crate::{Affinity, Collection, LoggedEmail, LoggedMeeting};

/// Emails. Their text is never available. Other than notes, they come without a total.
#[derive(Clone, Debug)]
pub struct Emails<A: Access = ReadWrite> {
    affinity: Affinity<A>,
}

impl<A: Access> Emails<A> {
    pub(crate) fn new(affinity: &Affinity<A>) -> Self {
        Self { affinity: affinity.clone() }
    }

    /// The emails that the key's user may see.
    ///
    /// Route: v2 `GET /v2/emails` (closed beta: the vendor switches it on for an account). No permission beyond
    /// the key.
    pub fn list(&self) -> Collection<AllEmails, A> {
        Collection::new(&self.affinity, AllEmails {})
    }
}

/// Meetings.
#[derive(Clone, Debug)]
pub struct Meetings<A: Access = ReadWrite> {
    affinity: Affinity<A>,
}

impl<A: Access> Meetings<A> {
    pub(crate) fn new(affinity: &Affinity<A>) -> Self {
        Self { affinity: affinity.clone() }
    }

    /// The meetings that the key's user may see.
    ///
    /// Route: v2 `GET /v2/meetings` (beta; announced at version 2024-01-01). No permission beyond the key.
    pub fn list(&self) -> Collection<AllMeetings, A> {
        Collection::new(&self.affinity, AllMeetings {})
    }
}

plain_collection! {
    /// See [`Emails::list`].
    AllEmails {} list_emails(cursor, filter, limit) -> LoggedEmail
}

impl Filtered for AllEmails {
    type Properties = EmailFilter;
}

plain_collection! {
    /// See [`Meetings::list`].
    AllMeetings {} list_meetings(cursor, filter, limit) -> LoggedMeeting
}

impl Filtered for AllMeetings {
    type Properties = MeetingFilter;
}
