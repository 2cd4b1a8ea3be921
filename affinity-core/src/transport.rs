//! Sending a request: span → deadline → (pace → auth → send → read limits) for each attempt → classify → wait.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use reqwest::Request;
use tracing::Instrument;
use url::Url;

use crate::budget::Budget;
use crate::call::Course;
use crate::pace::{Pace, Permit, Rules, Terms};
use crate::retry::{self, End, Standing, Verdict};
use crate::settings::Settings;
use crate::{ApiKey, CallOptions, Error, Limits, Meta, Result, Timer, TransportBuilder};

/// The header that names a dated version of v2, in requests and answers.
pub const VERSION_HEADER: HeaderName = HeaderName::from_static("x-affinity-api-version");

/// A whole answer, success or not.
#[derive(Clone)]
#[non_exhaustive]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, read to its end.
    pub body: Vec<u8>,
    /// Attempts, quota and request id.
    pub meta: Meta,
}

impl Answer {
    /// An answer of these parts.
    pub fn new(status: StatusCode, headers: HeaderMap, body: Vec<u8>, meta: Meta) -> Self {
        Self { status, headers, body, meta }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.body.len();
        f.debug_struct("Answer").field("status", &self.status).field("bytes", &bytes).finish_non_exhaustive()
    }
}

/// Sends requests with the key, paces them, and repeats those that may be repeated.
///
/// One transport serves both APIs, since both draw on one quota. It holds the key and a pool of connections:
/// make one for each account and share it.
pub struct Transport {
    http: reqwest::Client,
    base_url: Url,
    key: ApiKey,
    version: Option<HeaderValue>,
    settings: Settings,
    pace: Pace,
    budget: Mutex<Budget>,
    spent: AtomicU64,
    limits: Mutex<Option<Limits>>,
    timer: Arc<dyn Timer>,
}

/// How one attempt ended.
enum Ended {
    Answered(Box<Answer>),
    NotSent(reqwest::Error),
    Broken(reqwest::Error),
    TimedOut,
    TooLarge,
}

impl Transport {
    pub(crate) fn new(
        http: reqwest::Client,
        base_url: Url,
        key: ApiKey,
        version: Option<HeaderValue>,
        settings: Settings,
        timer: Arc<dyn Timer>,
    ) -> Self {
        let Settings { concurrency, pacing: spread, keep_monthly, retry_budget, .. } = settings;
        let pace = Pace::new(Rules { concurrency, spread, keep_monthly }, timer.clone());
        let (budget, limits) = (Mutex::new(Budget::new(retry_budget)), Mutex::new(None));
        Self { http, base_url, key, version, settings, pace, budget, spent: AtomicU64::new(0), limits, timer }
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
        let span = tracing::debug_span!(
            "affinity_call",
            operation,
            status = tracing::field::Empty,
            attempts = tracing::field::Empty
        );
        let sent = self.call(request, options).instrument(span.clone()).await;
        let sent = sent.map_err(|error| error.during(operation));
        match &sent {
            Ok(answer) => {
                span.record("status", answer.status.as_u16());
                span.record("attempts", answer.meta.attempts());
            }
            Err(error) => {
                span.record("attempts", error.attempts());
            }
        }
        sent
    }

    async fn call(&self, mut request: Request, options: &CallOptions) -> Result<Answer> {
        self.check_origin(request.url())?;
        self.sign(&mut request)?;
        let deadline = after(self.timer.now(), options.deadline.unwrap_or(self.settings.deadline));
        let read = is_read(request.method());
        let mut course = Course { read, replayable: options.idempotent.unwrap_or(read), ..Course::default() };
        for attempt in 1.. {
            let priority = options.priority.unwrap_or_default();
            let permit = self.pace.admit(Terms { priority, counts: !options.free, deadline }).await;
            // What cannot be done in time is not begun.
            let in_time =
                |permit| if self.timer.now() < deadline { Ok(permit) } else { Err(Error::deadline()) };
            let permit = permit.and_then(in_time);
            let mut permit = permit.map_err(|error| error.with_meta(self.meta(attempt - 1, course)))?;
            let again = request.try_clone();
            let ended = self.attempt(request, deadline, options, &mut permit).await;
            drop(permit);

            course.may_have_run |= ended.as_end().may_have_run();
            let standing = Standing {
                attempt,
                attempts: self.settings.attempts,
                replayable: course.replayable,
                left: deadline.saturating_duration_since(self.timer.now()),
                random: fastrand::f64(),
            };
            if ended.as_end().went_well() {
                self.budget().earn();
            }
            let verdict = retry::decide(ended.as_end(), standing);
            // A body that cannot be cloned goes out once, whatever the budget.
            let (Verdict::After(wait), Some(next)) = (verdict, again) else {
                return self.conclude(ended, attempt, course, standing.left);
            };
            // What is refused for the rate is not an outage, and goes out again as the pacing lets it.
            if !ended.as_end().is_refused_for_rate() && !self.budget().take(self.timer.now()) {
                course.out_of_budget = true;
                return self.conclude(ended, attempt, course, standing.left);
            }
            tracing::debug!(attempt, wait_ms = wait.as_millis(), "waiting before the next attempt");
            self.timer.sleep(wait).await;
            request = next;
        }
        Err(Error::deadline())
    }

    fn budget(&self) -> MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The last attempt's end, as the caller sees it.
    fn conclude(&self, ended: Ended, attempt: u32, course: Course, left: Duration) -> Result<Answer> {
        let error = match ended {
            Ended::Answered(mut answer) => {
                answer.meta.attempts = attempt;
                answer.meta.course = course;
                return Ok(*answer);
            }
            Ended::NotSent(source) => Error::connect(source),
            Ended::Broken(source) => Error::broken(source),
            Ended::TimedOut if left.is_zero() => Error::deadline(),
            Ended::TimedOut => Error::silent(self.settings.attempt_timeout),
            Ended::TooLarge => self.too_large(course),
        };
        Err(error.with_meta(self.meta(attempt, course)))
    }

    /// Only of a success: the rest of a refusal is not waited for.
    fn too_large(&self, course: Course) -> Error {
        let why = format!("the body is larger than body_limit, {} bytes", self.settings.body_limit);
        let error = Error::decode("$", why);
        if course.read { error } else { error.carried_out() }
    }

    fn meta(&self, attempts: u32, course: Course) -> Meta {
        Meta { attempts, course, limits: self.limits(), ..Meta::default() }
    }

    /// Sends once and reads the answer to its end, so that a body that breaks off counts as this attempt's.
    async fn attempt(
        &self,
        request: Request,
        deadline: Instant,
        options: &CallOptions,
        permit: &mut Permit,
    ) -> Ended {
        let left = deadline.saturating_duration_since(self.timer.now());
        let time = if options.whole_deadline { left } else { left.min(self.settings.attempt_timeout) };
        let mut answer = None;
        match tokio::time::timeout(time, self.exchange(request, permit, &mut answer)).await {
            Ok(Ok(())) => {}
            // What the status says counts, even if the rest of a refusal is lost.
            _ if answer.as_ref().is_some_and(|answer: &Answer| !answer.status.is_success()) => {}
            Ok(Err(ended)) => return ended,
            Err(_) => return Ended::TimedOut,
        }
        answer.map_or(Ended::TimedOut, |answer| Ended::Answered(Box::new(answer)))
    }

    /// Fills in the answer as it comes.
    async fn exchange(
        &self,
        request: Request,
        permit: &mut Permit,
        answer: &mut Option<Answer>,
    ) -> Result<(), Ended> {
        permit.sending();
        self.spent.fetch_add(1, Ordering::Relaxed);
        let sent = self.http.execute(request).await;
        let mut response = sent.map_err(|error| {
            if !error.is_connect() {
                return Ended::Broken(error);
            }
            permit.unsent();
            self.spent.fetch_sub(1, Ordering::Relaxed);
            Ended::NotSent(error)
        })?;
        let headers = response.headers().clone();
        let meta = self.learn(&response, permit);
        let answer = answer.insert(Answer::new(response.status(), headers, Vec::new(), meta));
        while let Some(chunk) = response.chunk().await.map_err(Ended::Broken)? {
            if answer.body.len() + chunk.len() > self.settings.body_limit {
                return Err(Ended::TooLarge);
            }
            answer.body.extend_from_slice(&chunk);
        }
        Ok(())
    }

    /// Reads what the headers say.
    fn learn(&self, response: &reqwest::Response, permit: &mut Permit) -> Meta {
        let headers = response.headers();
        let limits = Limits::read(headers, self.timer.now());
        let refused = response.status() == StatusCode::TOO_MANY_REQUESTS;
        permit.learn(limits.as_ref(), refused.then(|| retry::retry_after(headers)));
        if let Some(limits) = &limits {
            *self.limits.lock().unwrap_or_else(PoisonError::into_inner) = Some(*limits);
        }
        // Either name of the request id occurs (observed).
        let request_id = text(headers, "x-request-id").or_else(|| text(headers, "request-id"));
        let api_version = text(headers, VERSION_HEADER.as_str());
        Meta { attempts: 1, limits, request_id, api_version, course: Course::default() }
    }

    /// The key goes to the configured origin only.
    fn check_origin(&self, url: &Url) -> Result<()> {
        if url.origin() == self.base_url.origin() {
            return Ok(());
        }
        Err(Error::input(format!("a call to another origin than {} is not sent", self.base_url())))
    }

    fn sign(&self, request: &mut Request) -> Result<()> {
        let v2 = self.is_v2(request.url());
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, if v2 { self.key.bearer()? } else { self.key.basic()? });
        if let Some(version) = self.version.as_ref().filter(|_| v2) {
            headers.insert(VERSION_HEADER, version.clone());
        }
        Ok(())
    }

    /// v1 paths are not versioned, and take the key in another form.
    fn is_v2(&self, url: &Url) -> bool {
        let path = url.path().strip_prefix(self.base_url.path().trim_end_matches('/'));
        path.is_some_and(|path| path == "/v2" || path.starts_with("/v2/"))
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("base_url", &self.base_url())
            .field("key", &self.key)
            .field("version", &self.version)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Ended {
    fn as_end(&self) -> End<'_> {
        match self {
            Self::Answered(answer) => End::Answered(answer.status, &answer.headers, answer.meta.limits()),
            Self::NotSent(_) => End::NotSent,
            Self::Broken(_) | Self::TimedOut => End::Broken,
            Self::TooLarge => End::Unusable,
        }
    }
}

/// `now` and `time`; far away if that is further than the clock can tell.
fn after(now: Instant, time: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
    now.checked_add(time).unwrap_or(now + FAR)
}

/// A header's text, unless it is absurdly long.
fn text(headers: &HeaderMap, name: &str) -> Option<Box<str>> {
    let text = headers.get(name)?.to_str().ok()?;
    (text.len() <= 200).then(|| text.into())
}

fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}
