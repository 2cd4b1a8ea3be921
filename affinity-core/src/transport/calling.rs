//! One call: attempts, one after the other, until one of them settles it.

use std::time::{Duration, Instant};

use reqwest::Request;

use super::exchange::{Ended, Failure};
use super::{Answer, Transport, form};
use crate::call::{Course, only_reads};
use crate::events::Watch;
use crate::pace::{Permit, Terms};
use crate::retry::{self, Standing, Verdict};
use crate::{ApiKey, CallOptions, Error, Meta, Result};

pub(super) struct Calling<'a, 'w> {
    transport: &'a Transport,
    options: &'a CallOptions,
    watch: &'w mut Watch<'a>,
    deadline: Instant,
    course: Course,
    /// Attempts so far.
    attempts: u32,
    /// What the last answer was, of the attempts that had one.
    last: Option<Answer>,
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
        let read = only_reads(request.method());
        let course = Course { read, replayable: options.idempotent.unwrap_or(read), ..Course::default() };
        let deadline = transport.end_of(options);
        let (attempts, last, other_key, has_other_key) = (0, None, None, false);
        Self { transport, options, watch, deadline, course, attempts, last, other_key, has_other_key }
    }

    pub(super) async fn run(mut self, mut request: Request) -> Result<Answer> {
        self.transport.check_origin(request.url())?;
        loop {
            self.watch.waiting();
            let (key, permit) = self.ready().await.map_err(|error| self.held_back(error))?;
            self.transport.sign(&mut request, &key)?;
            let again = request.try_clone();
            let ended = self.attempt(request, permit, &key).await;
            let verdict = match self.decide(&ended, &key).await {
                Ok(verdict) => verdict,
                Err(error) => return Err(self.with_answer(error, ended.answer())),
            };
            // A body that cannot be cloned goes out once.
            let (Verdict::After(wait), Some(next)) = (verdict, again) else {
                return self.conclude(ended);
            };
            if !self.may_repeat(&ended) {
                return self.conclude(ended);
            }
            if let Ended::Answered(answer) = ended {
                self.last = Some(*answer);
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
            None => self.transport.key(self.deadline).await?,
        };
        // Before the wait for a place, of which there may be just one.
        let key = self.transport.key_for(key, !self.course.read, self.options, self.deadline).await?;
        let CallOptions { priority, free, .. } = *self.options;
        let terms = Terms { priority: priority.unwrap_or_default(), counts: !free, deadline: self.deadline };
        let permit = self.transport.pace.admit(terms).await?;
        // What cannot be done in time is not begun.
        if self.left().is_zero() { Err(Error::deadline()) } else { Ok((key, permit)) }
    }

    async fn attempt(&mut self, request: Request, mut permit: Permit, key: &ApiKey) -> Ended {
        self.attempts += 1;
        self.watch.sending(size(&request));
        let begun = self.now();
        let mut ended = self.transport.attempt(request, self.deadline, self.options, &mut permit).await;
        drop(permit);
        if let Ended::Answered(answer) | Ended::Failed(_, Some(answer)) = &mut ended {
            answer.meta.key = Some(self.transport.whose.number(key));
        }
        let elapsed = self.now().saturating_duration_since(begun);
        match &ended {
            Ended::Answered(answer) => self.watch.answered(answer, elapsed),
            Ended::Failed(failure, came) => self.watch.failed(failure.outcome(), came.as_deref(), elapsed),
        }
        self.course.may_have_run |= ended.as_end().may_have_run();
        ended
    }

    async fn decide(&mut self, ended: &Ended, key: &ApiKey) -> Result<Verdict> {
        let end = ended.as_end();
        if end.went_well() {
            self.transport.budget().earn();
        }
        if end.is_refused_for_key() && !self.has_other_key {
            self.other_key = self.transport.other_key(key, self.deadline).await?;
            self.has_other_key = self.other_key.is_some();
        }
        let standing = Standing {
            attempt: self.attempts,
            attempts: self.transport.settings.attempts.saturating_add(u32::from(self.has_other_key)),
            replayable: self.course.replayable,
            left: self.left(),
            random: fastrand::f64(),
            other_key: self.other_key.is_some(),
        };
        Ok(retry::decide(end, standing))
    }

    /// What is refused for the rate, or for the key, shows no outage, and is not what the budget is for.
    fn may_repeat(&mut self, ended: &Ended) -> bool {
        let may = ended.as_end().is_refused_unseen() || self.transport.budget().take(self.now());
        self.course.out_of_budget = !may;
        may
    }

    /// The last attempt's end, as the caller sees it.
    fn conclude(mut self, ended: Ended) -> Result<Answer> {
        let (error, came) = match ended {
            Ended::Answered(answer) => match form::check(&answer) {
                Ok(()) => return Ok(Answer { meta: self.meta_of(&answer), ..*answer }),
                Err(error) => {
                    // Whoever answered, it was not the API: a write may never have come to it.
                    self.course.may_have_run = true;
                    (error, Some(answer))
                }
            },
            Ended::Failed(failure, came) => (self.failed(failure), came),
        };
        Err(self.with_answer(error, came.as_deref()))
    }

    fn failed(&self, failure: Failure) -> Error {
        let settings = &self.transport.settings;
        match failure {
            Failure::NotSent(source) => Error::connect(source),
            Failure::Broken(source) => Error::broken(source),
            Failure::TimedOut if self.left().is_zero() => Error::deadline(),
            Failure::TimedOut => Error::silent(settings.attempt_timeout),
            Failure::Corrupt => Error::decode("$", "packed as gzip, and it cannot be unpacked"),
            Failure::TooLarge => {
                let why = format!("the body is larger than body_limit, {} bytes", settings.body_limit);
                Error::decode("$", why)
            }
        }
    }

    /// The call will not go out (again). What was answered before still counts.
    fn held_back(&self, error: Error) -> Error {
        match &self.last {
            Some(last) => self.with_answer(error, Some(last)),
            None => error.in_course(self.attempts, self.course),
        }
    }

    /// The error, with what is known of the answer it is about. Of a body that cannot be used the beginning is kept.
    fn with_answer(&self, error: Error, came: Option<&Answer>) -> Error {
        let Some(came) = came else { return error.with_meta(self.meta()) };
        let beginning = &came.body[..came.body.len().min(KEPT)];
        error.with_meta(self.meta_of(came)).about(came.status, beginning)
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
