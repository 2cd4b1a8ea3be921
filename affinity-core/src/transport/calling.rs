//! One call: attempts, one after the other, until one of them settles it.

use std::time::{Duration, Instant};

use http::Method;
use reqwest::Request;

use super::exchange::{Ended, Failure};
use super::{Answer, Transport, form};
use crate::call::Course;
use crate::events::Watch;
use crate::pace::{Permit, Terms};
use crate::retry::{self, Standing, Verdict};
use crate::{ApiKey, CallOptions, Error, Meta, Result};

pub(super) struct Calling<'a, 'w> {
    transport: &'a Transport,
    options: &'a CallOptions,
    watch: &'w mut Watch<'a>,
    method: Method,
    deadline: Instant,
    course: Course,
    /// Attempts so far.
    attempts: u32,
    /// The key that takes the place of one that was refused. That happens once.
    other_key: Option<ApiKey>,
    has_other_key: bool,
}

/// The most that is kept of an answer that cannot be used.
const KEPT: usize = 4096;

impl<'a, 'w> Calling<'a, 'w> {
    pub(super) fn new(
        transport: &'a Transport,
        request: &Request,
        options: &'a CallOptions,
        watch: &'w mut Watch<'a>,
    ) -> Self {
        let method = request.method().clone();
        let read = matches!(method, Method::GET | Method::HEAD);
        let course = Course { read, replayable: options.idempotent.unwrap_or(read), ..Course::default() };
        let deadline = transport.deadline(options);
        let (attempts, other_key, has_other_key) = (0, None, false);
        Self { transport, options, watch, method, deadline, course, attempts, other_key, has_other_key }
    }

    pub(super) async fn run(mut self, mut request: Request) -> Result<Answer> {
        self.transport.check_origin(request.url())?;
        loop {
            let begun = self.now();
            let (key, permit) = self.ready().await.map_err(|error| error.with_meta(self.meta()))?;
            self.transport.sign(&mut request, &key)?;
            let again = request.try_clone();
            let waited = self.now().saturating_duration_since(begun);
            let ended = self.attempt(request, permit, waited).await;
            let verdict = self.decide(&ended, &key).await;
            // A body that cannot be cloned goes out once.
            let (Verdict::After(wait), Some(next)) = (verdict, again) else {
                return self.conclude(ended);
            };
            if !self.may_repeat(&ended) {
                return self.conclude(ended);
            }
            self.watch.repeating(wait);
            self.transport.timer.sleep(wait).await;
            request = next;
        }
    }

    /// The key to sign with, once the call may go out.
    async fn ready(&mut self) -> Result<(ApiKey, Permit)> {
        let key = match self.other_key.take() {
            Some(key) => key,
            None => self.transport.key(self.options, None, self.deadline).await?,
        };
        // Before the wait for a place, of which there may be just one.
        if !self.course.read {
            self.transport.check_workspace(&key, self.deadline).await?;
        }
        let CallOptions { priority, free, .. } = *self.options;
        let terms = Terms { priority: priority.unwrap_or_default(), counts: !free, deadline: self.deadline };
        let permit = self.transport.pace.admit(terms).await?;
        // What cannot be done in time is not begun.
        if self.left().is_zero() { Err(Error::deadline()) } else { Ok((key, permit)) }
    }

    async fn attempt(&mut self, request: Request, mut permit: Permit, waited: Duration) -> Ended {
        self.attempts += 1;
        self.watch.sending(waited, size(&request));
        let begun = self.now();
        let ended = self.transport.attempt(request, self.deadline, self.options, &mut permit).await;
        drop(permit);
        let elapsed = self.now().saturating_duration_since(begun);
        match &ended {
            Ended::Answered(answer) => self.watch.answered(answer, elapsed),
            Ended::Failed(failure, came) => self.watch.failed(failure.outcome(), came.as_deref(), elapsed),
        }
        self.course.may_have_run |= ended.as_end().may_have_run();
        ended
    }

    async fn decide(&mut self, ended: &Ended, key: &ApiKey) -> Verdict {
        let end = ended.as_end();
        if end.went_well() {
            self.transport.budget().earn();
        }
        if end.is_refused_for_key() && !self.has_other_key {
            self.other_key = self.transport.other_key(key, self.options, self.deadline).await;
            self.has_other_key = self.other_key.is_some();
        }
        let standing = Standing {
            attempt: self.attempts,
            attempts: self.transport.settings.attempts,
            replayable: self.course.replayable,
            left: self.left(),
            random: fastrand::f64(),
            other_key: self.other_key.is_some(),
        };
        retry::decide(end, standing)
    }

    /// What is refused for the rate, or for the key, shows no outage, and is not what the budget is for.
    fn may_repeat(&mut self, ended: &Ended) -> bool {
        let may = ended.as_end().is_refused_unseen() || self.transport.budget().take(self.now());
        self.course.out_of_budget = !may;
        may
    }

    /// The last attempt's end, as the caller sees it.
    fn conclude(self, ended: Ended) -> Result<Answer> {
        let (error, came) = match ended {
            Ended::Answered(answer) => match form::check(&answer, &self.method) {
                Ok(()) => return Ok(Answer { meta: self.meta_of(&answer), ..*answer }),
                Err(error) => (self.carried_out(error), Some(answer)),
            },
            Ended::Failed(failure, mut came) => {
                came.iter_mut().for_each(|came| came.body.truncate(KEPT));
                (self.failed(failure), came)
            }
        };
        Err(match came {
            Some(came) => error.with_meta(self.meta_of(&came)).about(came.status, came.body),
            None => error.with_meta(self.meta()),
        })
    }

    fn failed(&self, failure: Failure) -> Error {
        let settings = &self.transport.settings;
        match failure {
            Failure::NotSent(source) => Error::connect(source),
            Failure::Broken(source) => Error::broken(source),
            Failure::TimedOut if self.left().is_zero() => Error::deadline(),
            Failure::TimedOut => Error::silent(settings.attempt_timeout),
            // Only of a success: the rest of a refusal is not waited for.
            Failure::TooLarge => {
                let why = format!("the body is larger than body_limit, {} bytes", settings.body_limit);
                self.carried_out(Error::decode("$", why))
            }
        }
    }

    /// Of a write, the answer says that it was carried out, whatever else is wrong with it.
    fn carried_out(&self, error: Error) -> Error {
        if self.course.read { error } else { error.carried_out() }
    }

    /// What is known without an answer.
    fn meta(&self) -> Meta {
        let (attempts, course) = (self.attempts, self.course);
        Meta { attempts, course, limits: self.transport.limits(), ..Meta::default() }
    }

    fn meta_of(&self, answer: &Answer) -> Meta {
        Meta { attempts: self.attempts, course: self.course, ..answer.meta.clone() }
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(self.now())
    }

    fn now(&self) -> Instant {
        self.transport.timer.now()
    }
}

/// How large the body is, as far as that is known.
fn size(request: &Request) -> u64 {
    request.body().and_then(reqwest::Body::as_bytes).map_or(0, |bytes| bytes.len() as u64)
}
