//! Adding to a list that a write replaces whole.

use std::fmt;
use std::time::{Duration, Instant};

use affinity_core::{Error, Priority, Result};
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::{Call, Operation};

type Steps<T> = Box<dyn FnOnce(Option<Duration>, Priority) -> BoxFuture<'static, Result<T>> + Send + Sync>;

/// Two calls that add to a list: what is there is read, and then written with what is new. Nothing is sent before
/// [`send`](Self::send).
#[must_use = "nothing is sent until `send`"]
pub struct Append<T> {
    steps: Steps<T>,
    timeout: Option<Duration>,
    priority: Priority,
}

/// Without what is added, which can be people's data.
impl<T> fmt::Debug for Append<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Append").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

/// What was read says how to go on.
pub(crate) enum Next<T, W> {
    /// Nothing is new.
    Done(T),
    /// The write, with old and new together.
    Write(Call<W>),
}

impl<T: Send + 'static> Append<T> {
    /// `write` holds what is new alone, so that it can be refused before anything is read.
    pub(crate) fn new<R, W>(
        read: Call<R>,
        write: Call<W>,
        next: impl FnOnce(R::Output, Call<W>) -> Result<Next<T, W>> + Send + Sync + 'static,
    ) -> Self
    where
        R: Operation,
        W: Operation<Output = T>,
    {
        let steps = |timeout, priority: Priority| {
            let (read, write) = (read.with_priority(priority), write.with_priority(priority));
            in_turn(read, write, next, timeout).boxed()
        };
        Self { steps: Box::new(steps), timeout: None, priority: Priority::default() }
    }

    /// The time for both calls together, waiting and repeats included.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Whether the calls go before others or after them when not all can go at once. Without this they are
    /// [`Priority::Interactive`].
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// Makes the calls.
    ///
    /// # Errors
    ///
    /// What either call can end with; `is_input` for what cannot be right, before anything is sent; `is_decode`,
    /// with nothing written, if the answer to the first does not say what is there.
    pub async fn send(self) -> Result<T> {
        (self.steps)(self.timeout, self.priority).await
    }
}

async fn in_turn<R: Operation, W: Operation>(
    read: Call<R>,
    write: Call<W>,
    next: impl FnOnce(R::Output, Call<W>) -> Result<Next<W::Output, W>>,
    timeout: Option<Duration>,
) -> Result<W::Output> {
    write.parts.check().map_err(|why| Error::input(why).during(W::NAME))?;
    let start = Instant::now();
    let found = within(read, timeout).send().await?;
    match next(found, write)? {
        Next::Done(found) => Ok(found),
        Next::Write(write) => {
            let left = timeout.map(|timeout| timeout.saturating_sub(start.elapsed()));
            within(write, left).send().await
        }
    }
}

fn within<O: Operation>(call: Call<O>, timeout: Option<Duration>) -> Call<O> {
    timeout.into_iter().fold(call, Call::with_timeout)
}

/// What is there, which has to be known before it is replaced.
pub(crate) fn known<O: Operation, I>(name: &str, there: Option<I>) -> Result<I> {
    there.ok_or_else(|| Error::decode(name, "missing, and without it nothing can be added").during(O::NAME))
}

/// Old and new together; `None` if nothing is new.
pub(crate) fn merged<I: Copy + PartialEq>(there: &[I], added: Vec<I>) -> Option<Vec<I>> {
    let mut all = there.to_vec();
    for id in added {
        if !all.contains(&id) {
            all.push(id);
        }
    }
    (all.len() > there.len()).then_some(all)
}
