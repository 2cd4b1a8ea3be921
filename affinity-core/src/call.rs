//! One call through a generated client, and what came with its answer.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use http::{Method, StatusCode};

use crate::workspace::KeyNumber;
use crate::{Answer, CallOptions, Error, Limits, Result, Transport};

/// What is known about an exchange beside its content.
#[derive(Clone, Debug, Default)]
pub struct Meta {
    pub(crate) attempts: u32,
    pub(crate) limits: Option<Limits>,
    pub(crate) request_id: Option<Box<str>>,
    pub(crate) api_version: Option<Box<str>>,
    pub(crate) course: Course,
    /// The status of the answer, if there was one.
    pub(crate) status: Option<StatusCode>,
    /// Which key the last attempt went out with.
    pub(crate) key: Option<KeyNumber>,
}

/// What the transport knows about a call that says what sending it again would mean.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Course {
    /// It only reads.
    pub(crate) read: bool,
    /// It may be carried out twice.
    pub(crate) replayable: bool,
    /// Some attempt may have been carried out without an answer that says so.
    pub(crate) may_have_run: bool,
    /// It would have been repeated if the client had a repeat left.
    pub(crate) out_of_budget: bool,
}

pub(crate) fn only_reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

impl Meta {
    /// The status of the answer, if there was one.
    pub fn status(&self) -> Option<StatusCode> {
        self.status
    }

    /// How many attempts were made, those that found no connection included.
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

    /// The dated version of v2 that answered. It is the key's default where none was asked for.
    pub fn api_version(&self) -> Option<&str> {
        self.api_version.as_deref()
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
    /// Attempts, quota, request id and version.
    pub meta: Meta,
}

impl<T> Response<T> {
    /// A value and what came with it.
    pub fn new(value: T, status: StatusCode, meta: Meta) -> Self {
        Self { value, status, meta }
    }
}

/// The inner value of a generated client: the transport, the options of its calls, and a place for what is
/// known about the last of them, which the generated signatures have no room for.
#[derive(Clone)]
pub struct Call {
    transport: Arc<Transport>,
    options: CallOptions,
    last: Arc<Mutex<Meta>>,
}

impl Call {
    /// A call with these options.
    pub fn new(transport: Arc<Transport>, options: CallOptions) -> Self {
        Self { transport, options, last: Arc::default() }
    }

    /// Sends a request, and keeps what is known about it.
    ///
    /// # Errors
    ///
    /// No answer came; or the request does not only read, and the options want that (`is_input`): nothing is sent then.
    pub async fn send(&self, request: reqwest::Request, operation: &'static str) -> Result<Answer> {
        if self.options.reads_only && !only_reads(request.method()) {
            return Err(Error::input("the client only reads").during(operation));
        }
        let answer = self.transport.send(request, operation, &self.options).await?;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = answer.meta.clone();
        Ok(answer)
    }

    /// What is known about the last exchange.
    pub fn meta(&self) -> Meta {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("options", &self.options).finish_non_exhaustive()
    }
}
