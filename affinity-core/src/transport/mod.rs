//! Sending a request: span → deadline → (pace → auth → send → read limits) for each attempt → classify → wait.

mod answer;
mod calling;
mod exchange;
pub(crate) mod form;
mod sign;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use http::header::{HeaderName, HeaderValue};
use reqwest::Request;
use tracing::Instrument;
use url::Url;

pub use self::answer::Answer;
use self::calling::Calling;
use crate::budget::Budget;
use crate::events::{Observers, Watch};
use crate::key::Keys;
use crate::pace::{Pace, Rules};
use crate::settings::{self, Packed, Settings};
use crate::workspace::Whose;
use crate::{CallOptions, Error, Limits, Result, Timer, TransportBuilder};

/// The header that names a dated version of v2, in requests and answers.
pub const VERSION_HEADER: HeaderName = HeaderName::from_static("x-affinity-api-version");

/// Sends requests with the key, paces them, and repeats those that may be repeated.
///
/// One transport serves both APIs, since both draw on one quota. It holds the key and a pool of connections:
/// make one for each account and share it.
pub struct Transport {
    http: reqwest::Client,
    /// For files, which come from elsewhere and are not unpacked.
    files: OnceLock<reqwest::Client>,
    base_url: Url,
    keys: Keys,
    renewing: tokio::sync::Mutex<()>,
    pub(crate) expected_workspace: Option<String>,
    pub(crate) whose: Whose,
    version: Option<HeaderValue>,
    settings: Settings,
    pace: Pace,
    budget: Mutex<Budget>,
    spent: AtomicU64,
    limits: Mutex<Option<Limits>>,
    observers: Observers,
    timer: Arc<dyn Timer>,
}

/// What a transport is made of.
pub(crate) struct Parts {
    pub(crate) http: reqwest::Client,
    pub(crate) base_url: Url,
    pub(crate) keys: Keys,
    pub(crate) expected_workspace: Option<String>,
    pub(crate) version: Option<HeaderValue>,
    pub(crate) settings: Settings,
    pub(crate) observers: Observers,
    pub(crate) timer: Arc<dyn Timer>,
}

impl Transport {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { http, base_url, keys, expected_workspace, version, settings, observers, timer } = parts;
        let Settings { concurrency, pacing: spread, keep_monthly, retry_budget, .. } = settings;
        Self {
            http,
            files: OnceLock::new(),
            base_url,
            keys,
            renewing: tokio::sync::Mutex::new(()),
            expected_workspace,
            whose: Whose::default(),
            version,
            settings,
            pace: Pace::new(Rules { concurrency, spread, keep_monthly }, timer.clone()),
            budget: Mutex::new(Budget::new(retry_budget)),
            spent: AtomicU64::new(0),
            limits: Mutex::new(None),
            observers,
            timer,
        }
    }

    #[cfg(feature = "redis")]
    pub(crate) fn sharing(self, pacing: crate::RedisPacing) -> Self {
        Self { pace: self.pace.sharing(pacing), ..self }
    }

    /// Settings for a transport.
    pub fn builder() -> TransportBuilder {
        TransportBuilder::default()
    }

    /// Where calls go, without a slash at the end.
    pub fn base_url(&self) -> &str {
        self.base_url.as_str().trim_end_matches('/')
    }

    /// The HTTP client, to build requests with. What it sends by itself carries no key.
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    pub(crate) fn attempt_timeout(&self) -> Duration {
        self.settings.attempt_timeout
    }

    /// What files are fetched with.
    pub(crate) fn files(&self) -> Result<&reqwest::Client> {
        if self.files.get().is_none() {
            let client =
                settings::http_client(&self.settings, self.base_url.scheme() == "https", Packed::No)?;
            let _ = self.files.set(client);
        }
        self.files.get().ok_or_else(|| Error::input("the HTTP client cannot be made"))
    }

    pub(crate) fn binds_cursors(&self) -> bool {
        self.settings.bind_cursors
    }

    /// The clock it waits by.
    pub fn timer(&self) -> &Arc<dyn Timer> {
        &self.timer
    }

    /// What the server last said about the quota; `None` before the first answer.
    pub fn limits(&self) -> Option<Limits> {
        *self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many calls were sent so far, repeats and calls that were refused included: the most that this transport can
    /// have taken from the quota. Calls that found no connection are not among them.
    pub fn calls_spent(&self) -> u64 {
        self.spent.load(Ordering::Relaxed)
    }

    /// Sends a request and returns the answer, whatever its status.
    ///
    /// # Errors
    ///
    /// No answer within the deadline, no connection, a URL that is not of the base URL's origin.
    pub async fn send(
        &self,
        request: Request,
        operation: &'static str,
        options: &CallOptions,
    ) -> Result<Answer> {
        let mut watch = Watch::begin(&self.observers, &*self.timer, &request, operation);
        let span = watch.span();
        let calling = Calling::new(self, &request, options, &mut watch);
        // Boxed, so that the futures of callers stay small.
        let sent = Box::pin(calling.run(request).instrument(span)).await;
        let sent = sent.map_err(|error| error.during(operation));
        watch.end(&sent);
        sent
    }

    /// When a call with these options that begins now is to be over.
    #[doc(hidden)]
    pub fn end_of(&self, options: &CallOptions) -> Instant {
        after(self.timer.now(), options.deadline.unwrap_or(self.settings.deadline))
    }

    fn budget(&self) -> MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("base_url", &self.base_url())
            .field("keys", &self.keys)
            .field("expected_workspace", &self.expected_workspace)
            .field("version", &self.version)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// `now` and `time`; far away if that is further than the clock can tell.
fn after(now: Instant, time: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
    now.checked_add(time).unwrap_or(now + FAR)
}
