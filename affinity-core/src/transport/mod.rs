//! Sending a request: span → deadline → (pace → auth → send → read limits) for each attempt → classify → wait.

mod answer;
mod exchange;
mod form;
mod sign;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use http::Method;
use http::header::{HeaderName, HeaderValue};
use reqwest::Request;
use tracing::Instrument;
use url::Url;

pub use self::answer::Answer;
use self::exchange::{Ended, Failure};
use crate::budget::Budget;
use crate::call::Course;
use crate::events::{Observers, Watch};
use crate::key::Keys;
use crate::pace::{Pace, Permit, Rules, Terms};
use crate::retry::{self, Standing, Verdict};
use crate::settings::{self, Packed, Settings};
use crate::workspace::Whose;
use crate::{ApiKey, CallOptions, Error, Limits, Meta, Result, Timer, TransportBuilder};

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

/// The most that is kept of an answer that cannot be used.
const KEPT: usize = 4096;

impl Transport {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { http, base_url, keys, expected_workspace, version, settings, observers, timer } = parts;
        let Settings { concurrency, pacing: spread, keep_monthly, retry_budget, .. } = settings;
        Self {
            http,
            files: OnceLock::new(),
            base_url,
            keys,
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
        let sent = self.call(request, options, &mut watch).instrument(span).await;
        let sent = sent.map_err(|error| error.during(operation));
        watch.end(&sent);
        sent
    }

    async fn call(
        &self,
        mut request: Request,
        options: &CallOptions,
        watch: &mut Watch<'_>,
    ) -> Result<Answer> {
        self.check_origin(request.url())?;
        let deadline = self.deadline(options);
        let method = request.method().clone();
        let read = is_read(&method);
        let mut course = Course { read, replayable: options.idempotent.unwrap_or(read), ..Course::default() };
        let mut other_key = None;
        for attempt in 1.. {
            let begun = self.timer.now();
            let unsent = |error: Error| error.with_meta(self.meta(attempt - 1, course));
            let ready = self.ready(read, options, deadline, other_key.take()).await;
            let (key, mut permit) = ready.map_err(unsent)?;
            self.sign(&mut request, &key)?;
            let again = request.try_clone();
            let going_out = self.timer.now();
            watch.sending(going_out.saturating_duration_since(begun), size(&request));
            let ended = self.attempt(request, deadline, options, &mut permit).await;
            drop(permit);
            self.tell(watch, &ended, going_out);

            course.may_have_run |= ended.as_end().may_have_run();
            if course.keys == 0 && ended.as_end().is_refused_for_key() {
                other_key = self.other_key(&key, options, deadline).await;
                course.keys += u32::from(other_key.is_some());
            }
            let standing = Standing {
                attempt,
                attempts: self.settings.attempts,
                replayable: course.replayable,
                left: deadline.saturating_duration_since(self.timer.now()),
                random: fastrand::f64(),
                other_key: other_key.is_some(),
            };
            if ended.as_end().went_well() {
                self.budget().earn();
            }
            let verdict = retry::decide(ended.as_end(), standing);
            // A body that cannot be cloned goes out once, whatever the budget.
            let (Verdict::After(wait), Some(next)) = (verdict, again) else {
                return self.conclude(ended, attempt, course, standing.left, &method);
            };
            // What is refused for the rate, or for the key, is not an outage, and is not what the budget is for.
            if !ended.as_end().is_refused_unseen() && !self.budget().take(self.timer.now()) {
                course.out_of_budget = true;
                return self.conclude(ended, attempt, course, standing.left, &method);
            }
            watch.repeating(wait);
            self.timer.sleep(wait).await;
            request = next;
        }
        Err(Error::deadline())
    }

    /// When the call is to be over.
    pub(crate) fn deadline(&self, options: &CallOptions) -> Instant {
        after(self.timer.now(), options.deadline.unwrap_or(self.settings.deadline))
    }

    /// The key to sign with, once the call may go out.
    async fn ready(
        &self,
        read: bool,
        options: &CallOptions,
        deadline: Instant,
        key: Option<ApiKey>,
    ) -> Result<(ApiKey, Permit)> {
        let key = match key {
            Some(key) => key,
            None => self.key(options, None, deadline).await?,
        };
        // Before the wait for a place, of which there may be just one.
        if !read {
            self.check_workspace(&key, deadline).await?;
        }
        let priority = options.priority.unwrap_or_default();
        let permit = self.pace.admit(Terms { priority, counts: !options.free, deadline }).await?;
        // What cannot be done in time is not begun.
        if self.timer.now() < deadline { Ok((key, permit)) } else { Err(Error::deadline()) }
    }

    fn tell(&self, watch: &mut Watch<'_>, ended: &Ended, going_out: Instant) {
        let elapsed = self.timer.now().saturating_duration_since(going_out);
        match ended {
            Ended::Answered(answer) => watch.answered(answer, elapsed),
            Ended::Failed(failure, came) => watch.failed(failure.outcome(), came.as_deref(), elapsed),
        }
    }

    fn budget(&self) -> MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The last attempt's end, as the caller sees it.
    fn conclude(
        &self,
        ended: Ended,
        attempt: u32,
        course: Course,
        left: Duration,
        method: &Method,
    ) -> Result<Answer> {
        let (error, came) = match ended {
            Ended::Answered(mut answer) => {
                answer.meta.attempts = attempt;
                answer.meta.course = course;
                match form::check(&answer, method) {
                    Ok(()) => return Ok(*answer),
                    Err(error) => (carried_out(error, course), Some(answer)),
                }
            }
            Ended::Failed(failure, mut came) => {
                came.iter_mut().for_each(|came| came.body.truncate(KEPT));
                (self.failed(failure, course, left), came)
            }
        };
        let meta = Meta { attempts: attempt, course, ..self.meta(attempt, course) };
        Err(match came {
            Some(came) => {
                error.with_meta(Meta { attempts: attempt, course, ..came.meta }).about(came.status, came.body)
            }
            None => error.with_meta(meta),
        })
    }

    fn failed(&self, failure: Failure, course: Course, left: Duration) -> Error {
        match failure {
            Failure::NotSent(source) => Error::connect(source),
            Failure::Broken(source) => Error::broken(source),
            Failure::TimedOut if left.is_zero() => Error::deadline(),
            Failure::TimedOut => Error::silent(self.settings.attempt_timeout),
            // Only of a success: the rest of a refusal is not waited for.
            Failure::TooLarge => {
                let limit = self.settings.body_limit;
                let why = format!("the body is larger than body_limit, {limit} bytes");
                carried_out(Error::decode("$", why), course)
            }
        }
    }

    fn meta(&self, attempts: u32, course: Course) -> Meta {
        Meta { attempts, course, limits: self.limits(), ..Meta::default() }
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

/// Of a write, the answer says that it was carried out, whatever else is wrong with it.
fn carried_out(error: Error, course: Course) -> Error {
    if course.read { error } else { error.carried_out() }
}

/// How large the body is, as far as that is known.
fn size(request: &Request) -> u64 {
    request.body().and_then(reqwest::Body::as_bytes).map_or(0, |bytes| bytes.len() as u64)
}

fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}
