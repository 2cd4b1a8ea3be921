//! One call through a generated client, and what came with its answer.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use http::StatusCode;

use crate::{CallOptions, Error, Limits, Transport};

/// What is known about an exchange beside its content.
#[derive(Clone, Debug, Default)]
pub struct Meta {
    attempts: u32,
    limits: Option<Limits>,
    request_id: Option<Box<str>>,
}

impl Meta {
    pub(crate) fn new(attempts: u32, limits: Option<Limits>, request_id: Option<Box<str>>) -> Self {
        Self {
            attempts,
            limits,
            request_id,
        }
    }

    /// How many times the request went out.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The quota as the answer gave it.
    pub fn limits(&self) -> Option<&Limits> {
        self.limits.as_ref()
    }

    /// The server's id of the exchange (the header is not documented; it was observed).
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}

/// A value with what is known about the exchange that brought it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Response<T> {
    /// The value.
    pub value: T,
    /// The status of the answer.
    pub status: StatusCode,
    /// Attempts, quota and request id.
    pub meta: Meta,
}

impl<T> Response<T> {
    /// A value and what came with it.
    pub fn new(value: T, status: StatusCode, meta: Meta) -> Self {
        Self { value, status, meta }
    }

    /// The same answer with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Response<U> {
        Response {
            value: change(self.value),
            status: self.status,
            meta: self.meta,
        }
    }
}

/// The inner value of a generated client: the transport, the options of this call, and a place for what
/// happened, which the generated signatures have no room for.
#[derive(Clone)]
pub struct Call {
    transport: Arc<Transport>,
    options: CallOptions,
    outcome: Arc<Mutex<Outcome>>,
}

#[derive(Default)]
struct Outcome {
    meta: Meta,
    failure: Option<Error>,
}

impl Call {
    /// A call with these options.
    pub fn new(transport: Arc<Transport>, options: CallOptions) -> Self {
        Self {
            transport,
            options,
            outcome: Arc::default(),
        }
    }

    /// Sends a request, and keeps what happened. `None` if there was no answer to give; the reason is then in
    /// [`take_failure`](Self::take_failure).
    pub async fn send(&self, request: reqwest::Request, operation: &'static str) -> Option<crate::Answer> {
        let sent = self.transport.send(request, operation, &self.options).await;
        let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        match sent {
            Ok(answer) => {
                outcome.meta = answer.meta.clone();
                Some(answer)
            }
            Err(error) => {
                outcome.failure = Some(error);
                None
            }
        }
    }

    /// What is known about the last exchange.
    pub fn meta(&self) -> Meta {
        self.outcome
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .meta
            .clone()
    }

    /// Why there was no answer, once.
    pub fn take_failure(&self) -> Option<Error> {
        self.outcome
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .failure
            .take()
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
