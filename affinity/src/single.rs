//! A call about one thing.

use std::time::Duration;

use affinity_core::{CallOptions, Response, Result};

use crate::Affinity;
use crate::endpoint::SingleEndpoint;

/// A call that brings, or writes, one thing. Nothing is sent before [`send`](Self::send).
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until `send`"]
pub struct Single<E> {
    pub(crate) affinity: Affinity,
    pub(crate) endpoint: E,
    pub(crate) options: CallOptions,
}

impl<E: SingleEndpoint> Single<E> {
    pub(crate) fn new(affinity: &Affinity, endpoint: E) -> Self {
        Self { affinity: affinity.clone(), endpoint, options: CallOptions::default() }
    }

    /// The time for this call, waiting and repeats included.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.options = self.options.with_deadline(timeout);
        self
    }

    pub(crate) fn with_options(mut self, options: CallOptions) -> Self {
        self.options = options;
        self
    }

    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.options.deadline()
    }

    /// Makes the call.
    ///
    /// # Errors
    ///
    /// See [`Error`](crate::Error); `is_not_found` when there is no such thing or it is not shared with the
    /// key's user, `is_forbidden` when that user lacks the permission.
    pub async fn send(self) -> Result<E::Output> {
        self.send_with_meta().await.map(|response| response.value)
    }

    /// Makes the call, and tells attempts, quota and request id too.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn send_with_meta(self) -> Result<Response<E::Output>> {
        self.endpoint.check().map_err(|error| error.during(E::OPERATION))?;
        let options = if E::SETS { self.options.or_idempotency(true) } else { self.options };
        let client = self.affinity.raw_with(options);
        match self.endpoint.call(client.clone()).await {
            Ok(answer) => {
                let status = answer.status();
                Ok(Response::new(answer.into_inner(), status, client.meta()))
            }
            Err(error) => Err(client.explain::<E::Output>(E::OPERATION, error).await),
        }
    }
}
