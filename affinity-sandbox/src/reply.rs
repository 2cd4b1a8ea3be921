use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::Response;
use futures::stream;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};

/// An answer made up by the test, served in place of the sandbox's own.
#[derive(Clone)]
#[must_use = "a reply is served once it is handed to `Sandbox::reply`"]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Bytes,
    pub(crate) bare: bool,
    pub(crate) delay: Duration,
    cut_after: Option<usize>,
    pub(crate) closes: bool,
}

impl Reply {
    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
            bare: false,
            delay: Duration::ZERO,
            cut_after: None,
            closes: false,
        }
    }

    /// An answer with that JSON text, sent as it is.
    pub fn json(status: u16, text: impl Into<String>) -> Self {
        Self::bytes(status, text.into().into_bytes()).content_type("application/json")
    }

    /// An answer with that body and no content type.
    pub fn bytes(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { body: Bytes::from(body.into()), ..Self::empty(status) }
    }

    /// Adds a header. One that the sandbox sends as well (a limit, the request id) takes its place.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the content type.
    pub fn content_type(self, value: impl Into<String>) -> Self {
        self.header("content-type", value)
    }

    /// Sends the reply's own headers only: no limits, no version, no request id.
    pub fn bare(mut self) -> Self {
        self.bare = true;
        self
    }

    /// Announces the whole body, sends this many bytes of it and closes the connection. A client that reads slowly may
    /// get fewer.
    pub fn cut_body_after(mut self, bytes: usize) -> Self {
        self.cut_after = Some(bytes);
        self
    }

    /// Closes the connection without sending anything.
    pub fn close_connection(mut self) -> Self {
        self.closes = true;
        self
    }

    /// Waits before answering.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// The response, or what is wrong with it as a 500, so that the test that made it sees it.
    pub(crate) fn into_response(self) -> Response {
        self.build().unwrap_or_else(|problem| {
            let mut response = Response::new(Body::from(format!("unusable canned reply: {problem}")));
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        })
    }

    fn build(&self) -> Result<Response, http::Error> {
        let mut response = Response::new(self.body());
        *response.status_mut() = StatusCode::from_u16(self.status)?;
        if self.cut_after.is_some() {
            response.headers_mut().insert(header::CONTENT_LENGTH, self.body.len().into());
        }
        for (name, value) in &self.headers {
            response.headers_mut().append(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
        }
        Ok(response)
    }

    fn body(&self) -> Body {
        let Some(bytes) = self.cut_after else {
            return Body::from(self.body.clone());
        };
        let start = self.body.slice(..bytes.min(self.body.len()));
        Body::from_stream(stream::unfold(Some(start), |start| async move {
            match start {
                Some(start) => Some((Ok(start), None)),
                None => {
                    // Gives the connection a turn to send what it has before it breaks.
                    tokio::task::yield_now().await;
                    Some((Err(std::io::Error::from(std::io::ErrorKind::ConnectionAborted)), None))
                }
            }
        }))
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// The replies that wait to be served, by method and path.
#[derive(Debug, Default)]
pub(crate) struct Replies(HashMap<(Method, String), VecDeque<Reply>>);

impl Replies {
    pub(crate) fn push(&mut self, method: Method, path: String, reply: Reply) {
        self.0.entry((method, path)).or_default().push_back(reply);
    }

    pub(crate) fn pending(&self) -> usize {
        self.0.values().map(VecDeque::len).sum()
    }

    pub(crate) fn take(&mut self, method: &Method, path: &str) -> Option<Reply> {
        if self.0.is_empty() {
            return None;
        }
        self.0.get_mut(&(method.clone(), path.to_owned()))?.pop_front()
    }
}
