//! Time as the transport sees it, so that tests can do without waiting.

use std::fmt;
use std::time::{Duration, Instant};

use futures::future::BoxFuture;

/// The clock the transport waits by.
pub trait Timer: fmt::Debug + Send + Sync {
    /// Now.
    fn now(&self) -> Instant;
    /// Ends after `wait`.
    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()>;
}

/// The real clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokioTimer;

impl Timer for TokioTimer {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(wait))
    }
}
