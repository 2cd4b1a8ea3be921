//! One attempt: sending a request and reading its answer to the end.

use std::io;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Instant;

use http::{HeaderMap, StatusCode};
use reqwest::Request;

use super::{Answer, Transport, VERSION_HEADER};
use crate::call::Course;
use crate::pace::Permit;
use crate::retry::{self, End};
use crate::{CallOptions, Limits, Meta, Outcome};

/// How one attempt ended.
pub(super) enum Ended {
    Answered(Box<Answer>),
    /// What had come by then of an answer that says success is kept.
    Failed(Failure, Option<Box<Answer>>),
}

pub(super) enum Failure {
    NotSent(reqwest::Error),
    Broken(reqwest::Error),
    TimedOut,
    TooLarge,
    /// It cannot be unpacked.
    Corrupt,
}

/// The most of a refusal's body that is read: nobody needs more of it than its errors.
const LONGEST_REFUSAL: usize = 1 << 20;

impl Ended {
    pub(super) fn as_end(&self) -> End<'_> {
        match self {
            Self::Answered(answer) => End::Answered(answer.status, &answer.headers, answer.meta.limits()),
            Self::Failed(Failure::NotSent(_), _) => End::NotSent,
            Self::Failed(Failure::Broken(_) | Failure::TimedOut | Failure::Corrupt, _) => End::Broken,
            Self::Failed(Failure::TooLarge, _) => End::Unusable,
        }
    }

    /// What came of an answer.
    pub(super) fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Answered(answer) | Self::Failed(_, Some(answer)) => Some(answer),
            Self::Failed(_, None) => None,
        }
    }
}

impl Failure {
    pub(super) fn outcome(&self) -> Outcome {
        match self {
            Self::NotSent(_) => Outcome::NoConnection,
            Self::Broken(_) => Outcome::Broken,
            Self::TimedOut => Outcome::TimedOut,
            Self::TooLarge | Self::Corrupt => Outcome::Unusable,
        }
    }
}

impl Transport {
    /// Sends once and reads the answer to its end, so that a body that breaks off counts as this attempt's.
    pub(super) async fn attempt(
        &self,
        request: Request,
        deadline: Instant,
        options: &CallOptions,
        permit: &mut Permit,
    ) -> Ended {
        let left = deadline.saturating_duration_since(self.timer.now());
        let time = if options.whole_deadline { left } else { left.min(self.settings.attempt_timeout) };
        let mut answer = None;
        let exchanged = tokio::time::timeout(time, self.exchange(request, permit, &mut answer)).await;
        let failure = match exchanged {
            Ok(Ok(())) => None,
            Ok(Err(failure)) => Some(failure),
            Err(_) => Some(Failure::TimedOut),
        };
        #[cfg(feature = "redis")]
        permit.told(deadline).await;
        let answer = answer.map(Box::new);
        match (failure, answer) {
            (None, Some(answer)) => Ended::Answered(answer),
            // What the status says counts, even if the rest of a refusal is lost.
            (Some(_), Some(answer)) if !answer.status.is_success() => Ended::Answered(answer),
            (failure, answer) => Ended::Failed(failure.unwrap_or(Failure::TimedOut), answer),
        }
    }

    /// Fills in the answer as it comes.
    async fn exchange(
        &self,
        request: Request,
        permit: &mut Permit,
        answer: &mut Option<Answer>,
    ) -> Result<(), Failure> {
        permit.sending();
        self.spent.fetch_add(1, Ordering::Relaxed);
        let sent = self.http.execute(request).await;
        let mut response = sent.map_err(|error| {
            if !error.is_connect() {
                return Failure::Broken(error);
            }
            permit.unsent();
            self.spent.fetch_sub(1, Ordering::Relaxed);
            Failure::NotSent(error)
        })?;
        let headers = response.headers().clone();
        let meta = self.learn(&response, permit);
        let answer = answer.insert(Answer::new(response.status(), headers, Vec::new(), meta));
        let limit = self.settings.body_limit;
        let limit = if answer.status.is_success() { limit } else { limit.min(LONGEST_REFUSAL) };
        while let Some(chunk) = response.chunk().await.map_err(failure)? {
            let room = limit - answer.body.len();
            answer.body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if chunk.len() > room {
                return Err(Failure::TooLarge);
            }
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
        let status = Some(response.status());
        Meta { attempts: 1, limits, request_id, api_version, course: Course::default(), status, key: None }
    }
}

/// What cannot be unpacked is not taken for the network's fault when it comes so again.
fn failure(error: reqwest::Error) -> Failure {
    let mut cause = std::error::Error::source(&error);
    while let Some(source) = cause {
        let kind = source.downcast_ref::<io::Error>().map(io::Error::kind);
        if matches!(kind, Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)) && error.is_decode()
        {
            return Failure::Corrupt;
        }
        cause = source.source();
    }
    Failure::Broken(error)
}

/// A header's text, unless it is absurdly long.
fn text(headers: &HeaderMap, name: &str) -> Option<Box<str>> {
    let text = headers.get(name)?.to_str().ok()?;
    (text.len() <= 200).then(|| text.into())
}
