//! A call to an endpoint that has no method of its own.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use affinity_core::{Answer, CallOptions, Error, Method, Priority, Response, Result, Transport, decode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A call to an endpoint that has no method of its own: see [`Affinity::request`](crate::Affinity::request).
#[derive(Clone)]
#[must_use = "nothing is sent until `send`"]
pub struct Request {
    transport: Arc<Transport>,
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    body: Option<Result<Value, String>>,
    options: CallOptions,
}

/// Without query and body, which can hold people's data.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// What such a call is named in errors and traces.
const OPERATION: &str = "request";

impl Request {
    pub(crate) fn new(transport: Arc<Transport>, method: Method, path: String) -> Self {
        Self { transport, method, path, query: Vec::new(), body: None, options: CallOptions::default() }
    }

    /// Adds a query parameter; for a list, add it once for each item.
    pub fn query(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.query.push((name.into(), value.to_string()));
        self
    }

    /// Sends this as the body.
    pub fn json(mut self, body: &impl Serialize) -> Self {
        self.body = Some(serde_json::to_value(body).map_err(|error| error.to_string()));
        self
    }

    /// The time for this call, waiting and repeats included.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.options = self.options.with_deadline(timeout);
        self
    }

    /// Whether the call goes before others or after them when not all can go at once. Without this it is
    /// [`Priority::Interactive`].
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.options = self.options.with_priority(priority);
        self
    }

    /// Says whether the call may be sent again when it is not known if it was carried out. Without this, only
    /// GET and HEAD are.
    pub fn with_idempotency(mut self, idempotent: bool) -> Self {
        self.options = self.options.with_idempotency(idempotent);
        self
    }

    /// Makes the call and reads the answer; `()` for one without content.
    ///
    /// # Errors
    ///
    /// A path that does not begin with `/`, a body that is no JSON, and all that any call can end with.
    pub async fn send<T: DeserializeOwned>(self) -> Result<T> {
        self.send_with_meta().await.map(|response| response.value)
    }

    /// Makes the call, and tells attempts, quota and request id too.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn send_with_meta<T: DeserializeOwned>(self) -> Result<Response<T>> {
        let answer = self.exchange().await.map_err(|error| error.during(OPERATION))?;
        if !answer.status.is_success() {
            return Err(Error::from_answer(answer).during(OPERATION));
        }
        let Answer { status, body, meta, .. } = answer;
        let json = if body.is_empty() { b"null".as_slice() } else { &body };
        match decode::value(json) {
            Ok(value) => Ok(Response::new(value, status, meta)),
            Err(error) => Err(error.during(OPERATION).about(status, body).with_meta(meta).carried_out()),
        }
    }

    async fn exchange(self) -> Result<Answer> {
        if !self.path.starts_with('/') {
            return Err(Error::input(format!("path: {:?} does not begin with a slash", self.path)));
        }
        let url = format!("{}{}", self.transport.base_url(), self.path);
        let mut request = self.transport.http().request(self.method, url).query(&self.query);
        if let Some(body) = self.body {
            request = request.json(&body.map_err(|why| Error::input(format!("json: {why}")))?);
        }
        let request = request.build().map_err(|_| Error::input("path: not one of a URL"))?;
        self.transport.send(request, OPERATION, &self.options).await
    }
}
