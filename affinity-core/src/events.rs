//! What a program can see of its calls while they go on.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use reqwest::Request;
use tracing::Span;
use tracing::field::Empty;

use crate::{Answer, Limits, Result, Timer};

/// What happens to a call. It holds no names, texts, addresses or query strings: nothing of people's data.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The call waits for its turn: for the key, a check before it, the minute, or a place among the calls under way.
    #[non_exhaustive]
    Waiting {
        /// The call so far.
        call: &'a CallRecord,
    },
    /// An attempt goes out.
    #[non_exhaustive]
    Sending {
        /// The call so far.
        call: &'a CallRecord,
        /// How long this attempt waited for its turn.
        waited: Duration,
    },
    /// An answer came, whatever its status, and was read to its end.
    #[non_exhaustive]
    Answered {
        /// The call so far.
        call: &'a CallRecord,
        /// The status.
        status: StatusCode,
        /// How long the attempt took.
        elapsed: Duration,
        /// What the answer says of the quota.
        limits: Option<&'a Limits>,
    },
    /// An attempt ended without a whole answer.
    #[non_exhaustive]
    Failed {
        /// The call so far.
        call: &'a CallRecord,
        /// Why.
        outcome: Outcome,
        /// How long the attempt took.
        elapsed: Duration,
    },
    /// The call will go out again.
    #[non_exhaustive]
    Repeating {
        /// The call so far.
        call: &'a CallRecord,
        /// How its last attempt ended; [`CallRecord::status`] is the answer's, if it had one.
        because: Outcome,
        /// How long it waits before that.
        wait: Duration,
    },
    /// The call is over.
    #[non_exhaustive]
    Finished {
        /// The whole call.
        call: &'a CallRecord,
    },
}

/// One call, as far as it has come.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CallRecord {
    /// A number of its own among the calls of this program.
    pub id: u64,
    /// The operation, such as `get_company`.
    pub operation: &'static str,
    /// The method.
    pub method: Method,
    /// The numbers of the path, with slashes between: `64/4711` for an entry of a list.
    pub ids: String,
    /// How the call ended, once it has. Whether an answer could be read as what was asked for is not known here.
    pub outcome: Option<Outcome>,
    /// The status of the answer to the last attempt, if that had one.
    pub status: Option<StatusCode>,
    /// Attempts so far, those that found no connection included.
    pub attempts: u32,
    /// Time spent waiting: for its turn, and between attempts.
    pub waited: Duration,
    /// Time since the call began.
    pub elapsed: Duration,
    /// Bytes of the bodies that were sent, over all attempts; those of files are not known.
    pub sent_bytes: u64,
    /// Bytes of the bodies that came, unpacked, over all attempts.
    pub received_bytes: u64,
    /// The server's id of the last exchange.
    pub request_id: Option<Box<str>>,
}

/// How a call, or an attempt, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// With an answer that says success.
    Success,
    /// With an answer that says anything else.
    Refused,
    /// It was not sent, or not again: it cannot be right, or pacing, or a check before the call, held it back.
    NotSent,
    /// No connection was made.
    NoConnection,
    /// The connection broke before the whole answer came.
    Broken,
    /// Time was up.
    TimedOut,
    /// The answer cannot be used: too large, or no JSON.
    Unusable,
    /// Nobody waited for it any longer.
    Cancelled,
}

impl Outcome {
    /// A short name, for a label of a metric.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Refused => "refused",
            Self::NotSent => "not_sent",
            Self::NoConnection => "no_connection",
            Self::Broken => "broken",
            Self::TimedOut => "timed_out",
            Self::Unusable => "unusable",
            Self::Cancelled => "cancelled",
        }
    }

    /// Where an earlier attempt ended with `last`, that is how the call ended, even if it was not sent again.
    fn of(sent: &Result<Answer>, last: Option<Self>) -> Self {
        match sent {
            Ok(answer) if answer.status.is_success() => Self::Success,
            Ok(_) => Self::Refused,
            Err(error) if error.is_decode() => Self::Unusable,
            Err(error) if error.is_timeout() && last.is_some() => Self::TimedOut,
            Err(_) => last.unwrap_or(Self::NotSent),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Takes the figures of calls, to count and time them. Its methods are called where the call is made, and so want to
/// be quick.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// # use affinity_core::{CallRecord, Limits, Metrics};
/// #[derive(Default)]
/// struct Calls {
///     refused: AtomicU64,
///     left_of_minute: AtomicU64,
/// }
///
/// impl Metrics for Calls {
///     fn call(&self, call: &CallRecord) {
///         let refused = call.status.is_some_and(|status| !status.is_success());
///         self.refused.fetch_add(u64::from(refused), Ordering::Relaxed);
///     }
///
///     fn quota(&self, limits: &Limits) {
///         if let Some(left) = limits.minute.remaining {
///             self.left_of_minute.store(left, Ordering::Relaxed);
///         }
///     }
/// }
/// ```
pub trait Metrics: Send + Sync {
    /// A call is over, or was dropped.
    fn call(&self, call: &CallRecord);

    /// An answer said something of the quota.
    fn quota(&self, limits: &Limits) {
        let _ = limits;
    }
}

type Listener = Arc<dyn Fn(&Event<'_>) + Send + Sync>;

/// Who wants to know.
#[derive(Clone, Default)]
pub(crate) struct Observers {
    pub(crate) listeners: Vec<Listener>,
    pub(crate) metrics: Vec<Arc<dyn Metrics>>,
}

impl Observers {
    fn tell(&self, event: &Event<'_>) {
        self.listeners.iter().for_each(|listener| listener(event));
    }
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (listeners, metrics) = (self.listeners.len(), self.metrics.len());
        f.debug_struct("Observers").field("listeners", &listeners).field("metrics", &metrics).finish()
    }
}

/// The number of the next call.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// Follows one call, to its end or until it is dropped.
pub(crate) struct Watch<'a> {
    observers: &'a Observers,
    timer: &'a dyn Timer,
    began: Instant,
    call: CallRecord,
    span: Span,
    /// How the last attempt ended.
    last: Option<Outcome>,
    /// Since when it waits for its turn.
    waiting: Option<Instant>,
    is_over: bool,
}

impl<'a> Watch<'a> {
    pub(crate) fn begin(
        observers: &'a Observers,
        timer: &'a dyn Timer,
        request: &Request,
        operation: &'static str,
    ) -> Self {
        let call = CallRecord {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            operation,
            method: request.method().clone(),
            ids: ids(request.url().path()),
            outcome: None,
            status: None,
            attempts: 0,
            waited: Duration::ZERO,
            elapsed: Duration::ZERO,
            sent_bytes: 0,
            received_bytes: 0,
            request_id: None,
        };
        let span = tracing::debug_span!(
            target: "affinity",
            "affinity_call",
            operation,
            method = call.method.as_str(),
            ids = Empty,
            outcome = Empty,
            status = Empty,
            attempts = Empty,
            waited_ms = Empty,
            elapsed_ms = Empty,
            sent_bytes = Empty,
            received_bytes = Empty,
            request_id = Empty,
        );
        if !call.ids.is_empty() {
            span.record("ids", call.ids.as_str());
        }
        Self { observers, timer, began: timer.now(), call, span, last: None, waiting: None, is_over: false }
    }

    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    pub(crate) fn waiting(&mut self) {
        self.waiting = Some(self.timer.now());
        self.tick();
        self.observers.tell(&Event::Waiting { call: &self.call });
    }

    fn tick(&mut self) {
        self.call.elapsed = self.timer.now().saturating_duration_since(self.began);
    }

    fn waited(&mut self) -> Duration {
        let waited = self.waiting.take().map(|since| self.timer.now().saturating_duration_since(since));
        self.call.waited += waited.unwrap_or_default();
        waited.unwrap_or_default()
    }

    pub(crate) fn sending(&mut self, bytes: u64) {
        let waited = self.waited();
        self.call.attempts += 1;
        self.call.sent_bytes += bytes;
        self.call.status = None;
        self.tick();
        self.observers.tell(&Event::Sending { call: &self.call, waited });
    }

    pub(crate) fn answered(&mut self, answer: &Answer, elapsed: Duration) {
        self.last = Some(if answer.status.is_success() { Outcome::Success } else { Outcome::Refused });
        self.came(answer);
        self.tick();
        let (status, limits) = (answer.status, answer.meta.limits());
        let elapsed_ms = millis(elapsed);
        tracing::debug!(target: "affinity", attempt = self.call.attempts, status = status.as_u16(), elapsed_ms, "answered");
        self.observers.tell(&Event::Answered { call: &self.call, status, elapsed, limits });
    }

    /// What came is what there was before the attempt failed.
    pub(crate) fn failed(&mut self, outcome: Outcome, came: Option<&Answer>, elapsed: Duration) {
        self.last = Some(outcome);
        self.tick();
        came.into_iter().for_each(|answer| self.came(answer));
        let elapsed_ms = millis(elapsed);
        tracing::debug!(target: "affinity", attempt = self.call.attempts, %outcome, elapsed_ms, "no whole answer");
        self.observers.tell(&Event::Failed { call: &self.call, outcome, elapsed });
    }

    fn came(&mut self, answer: &Answer) {
        self.call.status = Some(answer.status);
        self.call.received_bytes += answer.body.len() as u64;
        self.call.request_id = answer.meta.request_id().map(Into::into);
        if let Some(limits) = answer.meta.limits() {
            self.observers.metrics.iter().for_each(|metrics| metrics.quota(limits));
        }
    }

    pub(crate) fn repeating(&mut self, wait: Duration) {
        self.call.waited += wait;
        let wait_ms = millis(wait);
        tracing::debug!(target: "affinity", attempt = self.call.attempts, wait_ms, "waiting before the next attempt");
        let because = self.last.unwrap_or(Outcome::NotSent);
        self.observers.tell(&Event::Repeating { call: &self.call, because, wait });
    }

    pub(crate) fn end(mut self, sent: &Result<Answer>) {
        self.call.outcome = Some(Outcome::of(sent, self.last));
        self.conclude();
    }

    fn conclude(&mut self) {
        self.is_over = true;
        self.waited();
        let outcome = *self.call.outcome.get_or_insert(Outcome::Cancelled);
        self.tick();
        let (call, span) = (&self.call, &self.span);
        span.record("outcome", outcome.as_str());
        span.record("attempts", call.attempts);
        span.record("waited_ms", millis(call.waited));
        span.record("elapsed_ms", millis(call.elapsed));
        span.record("sent_bytes", call.sent_bytes);
        span.record("received_bytes", call.received_bytes);
        if let Some(status) = call.status {
            span.record("status", status.as_u16());
        }
        if let Some(id) = &call.request_id {
            span.record("request_id", &**id);
        }
        let (attempts, elapsed_ms) = (call.attempts, millis(call.elapsed));
        let (operation, waited_ms) = (call.operation, millis(call.waited));
        tracing::debug!(target: "affinity", operation, %outcome, attempts, waited_ms, elapsed_ms, "finished");
        self.observers.tell(&Event::Finished { call });
        self.observers.metrics.iter().for_each(|metrics| metrics.call(call));
    }
}

/// A call whose future is dropped is over too.
impl Drop for Watch<'_> {
    fn drop(&mut self) {
        // What a listener does while a panic unwinds could end the program.
        if !self.is_over && !std::thread::panicking() {
            self.conclude();
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The numbers of a path. What else stands in it can be anything.
fn ids(path: &str) -> String {
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    path.split('/').filter(is_number).collect::<Vec<_>>().join("/")
}
