use std::collections::VecDeque;
use std::fmt;

use axum::body::Bytes;
use http::{HeaderMap, Method, StatusCode, header, request::Parts};

/// How many requests are kept; older ones are forgotten.
const CAPACITY: usize = 10_000;

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
    /// The body.
    pub body: Bytes,
    /// The status it was answered with; `None` while it is under way or if the connection was closed.
    pub status: Option<StatusCode>,
}

impl RecordedRequest {
    /// The first value of a query parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
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
    forgotten: usize,
}

/// Names one recorded request, to tell its status later.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket(usize);

impl Recorder {
    pub(crate) fn arrived(&mut self, parts: &Parts, query: Vec<(String, String)>, body: Bytes) -> Ticket {
        let mut headers = parts.headers.clone();
        headers.remove(header::AUTHORIZATION);
        if self.kept.len() == CAPACITY {
            self.kept.pop_front();
            self.forgotten += 1;
        }
        let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
        self.kept.push_back(RecordedRequest {
            method,
            path,
            query,
            headers,
            body,
            status: None,
        });
        Ticket(self.forgotten + self.kept.len() - 1)
    }

    pub(crate) fn answered(&mut self, ticket: Ticket, status: StatusCode) {
        let place = ticket.0.checked_sub(self.forgotten);
        if let Some(request) = place.and_then(|place| self.kept.get_mut(place)) {
            request.status = Some(status);
        }
    }

    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        self.kept.iter().cloned().collect()
    }

    pub(crate) fn clear(&mut self) {
        self.forgotten += self.kept.len();
        self.kept.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrive(recorder: &mut Recorder, path: &str) -> Ticket {
        let (parts, ()) = http::Request::get(path).body(()).unwrap().into_parts();
        recorder.arrived(&parts, Vec::new(), Bytes::new())
    }

    #[test]
    fn only_the_last_requests_are_kept() {
        let mut recorder = Recorder::default();
        let first = arrive(&mut recorder, "/first");
        let tickets: Vec<_> = (0..CAPACITY)
            .map(|n| arrive(&mut recorder, &format!("/{n}")))
            .collect();
        recorder.answered(first, StatusCode::OK);
        recorder.answered(tickets[0], StatusCode::NOT_FOUND);
        let kept = recorder.requests();
        assert_eq!(kept.len(), CAPACITY);
        assert_eq!(
            (kept[0].path.as_str(), kept[0].status),
            ("/0", Some(StatusCode::NOT_FOUND))
        );
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
