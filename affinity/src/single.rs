//! A call about one thing.

use std::time::Duration;

use affinity_core::{Access, Allows, CallOptions, Error, Priority, ReadWrite, Response, Result};

use crate::Affinity;
use crate::endpoint::{ReadEndpoint, SingleEndpoint};

/// A call that brings, or writes, one thing. Nothing is sent before [`send`](Self::send).
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until `send`"]
pub struct Single<E, A: Access = ReadWrite> {
    pub(crate) affinity: Affinity<A>,
    pub(crate) endpoint: E,
    pub(crate) options: CallOptions,
}

/// How long v2 is waited for unless the caller says so.
const PATIENCE: Duration = Duration::from_secs(10);
/// The first pause between two reads, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

impl<E: SingleEndpoint, A: Access> Single<E, A> {
    /// The bound keeps writes from the methods of every client: those of `impl<A: Access>`.
    pub(crate) fn new(affinity: &Affinity<A>, endpoint: E) -> Self
    where
        A: Allows<E::Needs>,
    {
        Self { affinity: affinity.clone(), endpoint, options: CallOptions::default() }
    }

    /// The time for this call, waiting and repeats included.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.options = self.options.with_deadline(timeout);
        self
    }

    /// Whether the call goes before others or after them when not all can go at once. Without this it is
    /// [`Priority::Interactive`].
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.options = self.options.with_priority(priority);
        self
    }

    pub(crate) fn with_options(mut self, options: CallOptions) -> Self {
        self.options = options;
        self
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

impl<E: ReadEndpoint, A: Access> Single<E, A> {
    /// Makes the call again and again, until what comes satisfies `shown`: v2 can lag behind what v1 just wrote, by
    /// half a second or longer under load (observed). Not found counts as not there yet. For 10 seconds, or the time
    /// of [`with_timeout`](Self::with_timeout).
    ///
    /// The answer of the write itself is current, and costs nothing more: this is for what only v2 shows. Writes do
    /// not have this; it would carry them out again:
    ///
    /// ```compile_fail
    /// # async fn example(affinity: affinity::Affinity) {
    /// affinity.lists().entry(1.into(), 2.into()).set_cell("field-1", 1).read_your_write(|_| false).await;
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// What came last when the time is up: not found; or a timeout, if it was there and not as wanted. Any other
    /// error at once.
    pub async fn read_your_write(
        self,
        shown: impl Fn(&E::Output) -> bool + Send + Sync,
    ) -> Result<E::Output> {
        let timer = self.affinity.timer().clone();
        let (start, mut pause) = (timer.now(), FIRST_PAUSE);
        let patience = self.options.deadline().unwrap_or(PATIENCE);
        loop {
            let left = patience.saturating_sub(timer.now().saturating_duration_since(start));
            let not_yet = match self.clone().with_timeout(left).send().await {
                Ok(value) if shown(&value) => return Ok(value),
                Ok(_) => Error::not_shown().during(E::OPERATION),
                Err(error) if error.is_not_found() => error,
                Err(error) => return Err(error),
            };
            let left = patience.saturating_sub(timer.now().saturating_duration_since(start));
            if left <= pause {
                return Err(not_yet);
            }
            timer.sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}
