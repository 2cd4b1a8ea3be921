use std::collections::VecDeque;
use std::fmt;

use axum::body::Bytes;
use http::{HeaderMap, Method, StatusCode, header};

/// How many requests are kept; older ones are forgotten.
const CAPACITY: usize = 10_000;

/// How many bytes of bodies are kept.
const CAPACITY_IN_BYTES: usize = 64 * 1024 * 1024;

/// A request the sandbox received, in the order of arrival.
#[derive(Clone)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The method.
    pub method: Method,
    /// The path, as it was sent.
    pub path: String,
    /// The query, decoded, in its order.
    pub query: Vec<(String, String)>,
    /// The headers without `authorization`.
    pub headers: HeaderMap,
    /// The body; empty if it was too large or broke off, and of uploads of files.
    pub body: Bytes,
    /// The user, as a person id, whose key came with it; `None` without a valid key.
    pub user: Option<u64>,
    /// How the key was sent: `bearer` or `basic`. The key itself is not kept.
    pub auth_scheme: Option<&'static str>,
    /// The status it was answered with; `None` while it is under way or if the connection was closed.
    pub status: Option<StatusCode>,
}

impl RecordedRequest {
    /// The first value of a query parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params(name).next()
    }

    /// All values of a query parameter, in their order.
    pub fn params(&self, name: &str) -> impl Iterator<Item = &str> {
        self.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Without header values and body.
impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &self.query)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// The last requests, and how many came before them.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    kept: VecDeque<RecordedRequest>,
    /// Of the bodies.
    bytes: usize,
    forgotten: usize,
}

/// Names one recorded request, to tell its status later.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket(usize);

impl Recorder {
    pub(crate) fn arrived(&mut self, mut request: RecordedRequest) -> Ticket {
        request.headers.remove(header::AUTHORIZATION);
        self.bytes += request.body.len();
        self.kept.push_back(request);
        while self.kept.len() > CAPACITY || self.bytes > CAPACITY_IN_BYTES {
            let Some(oldest) = self.kept.pop_front() else { break };
            self.bytes -= oldest.body.len();
            self.forgotten += 1;
        }
        Ticket((self.forgotten + self.kept.len()).saturating_sub(1))
    }

    pub(crate) fn answered(&mut self, ticket: Ticket, status: StatusCode) {
        let place = self.place(ticket);
        if let Some(request) = place.and_then(|place| self.kept.get_mut(place)) {
            request.status = Some(status);
        }
    }

    /// The request, unless it was forgotten.
    pub(crate) fn find(&self, ticket: Ticket) -> Option<&RecordedRequest> {
        self.kept.get(self.place(ticket)?)
    }

    fn place(&self, ticket: Ticket) -> Option<usize> {
        ticket.0.checked_sub(self.forgotten)
    }

    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        self.kept.iter().cloned().collect()
    }

    pub(crate) fn clear(&mut self) {
        self.forgotten += self.kept.len();
        self.kept.clear();
        self.bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrive(recorder: &mut Recorder, path: &str) -> Ticket {
        arrive_with(recorder, path, Bytes::new())
    }

    fn arrive_with(recorder: &mut Recorder, path: &str, body: Bytes) -> Ticket {
        recorder.arrived(RecordedRequest {
            method: Method::GET,
            path: path.to_owned(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            body,
            user: None,
            auth_scheme: None,
            status: None,
        })
    }

    #[test]
    fn the_bytes_kept_are_bounded() {
        let mut recorder = Recorder::default();
        let body = Bytes::from(vec![0; CAPACITY_IN_BYTES / 4]);
        for n in 0..6 {
            arrive_with(&mut recorder, &format!("/{n}"), body.clone());
        }
        let paths: Vec<_> = recorder.requests().into_iter().map(|request| request.path).collect();
        assert_eq!(paths, ["/2", "/3", "/4", "/5"]);
        let ticket = arrive(&mut recorder, "/last");
        recorder.answered(ticket, StatusCode::OK);
        assert_eq!(recorder.requests().last().unwrap().status, Some(StatusCode::OK));
    }

    #[test]
    fn only_the_last_requests_are_kept() {
        let mut recorder = Recorder::default();
        let first = arrive(&mut recorder, "/first");
        let tickets: Vec<_> = (0..CAPACITY).map(|n| arrive(&mut recorder, &format!("/{n}"))).collect();
        recorder.answered(first, StatusCode::OK);
        recorder.answered(tickets[0], StatusCode::NOT_FOUND);
        let kept = recorder.requests();
        assert_eq!(kept.len(), CAPACITY);
        assert_eq!((kept[0].path.as_str(), kept[0].status), ("/0", Some(StatusCode::NOT_FOUND)));
    }

    #[test]
    fn a_status_that_comes_after_clearing_is_dropped() {
        let mut recorder = Recorder::default();
        let ticket = arrive(&mut recorder, "/before");
        recorder.clear();
        arrive(&mut recorder, "/after");
        recorder.answered(ticket, StatusCode::OK);
        assert_eq!(recorder.requests()[0].status, None);
    }
}
