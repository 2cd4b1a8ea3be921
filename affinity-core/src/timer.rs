//! Time as the transport sees it, so that tests can do without waiting.

use std::fmt;
use std::time::{Duration, Instant};

use futures::future::BoxFuture;

/// The clock the transport waits by: for the next minute of the quota, and between attempts. Network time, and
/// the wait for a place among the calls under way, are the runtime's.
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
        // The clock that its sleeps go by, which a test of the program may have stopped.
        tokio::time::Instant::now().into_std()
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(wait))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn its_clock_is_that_of_its_sleeps() {
        let timer = TokioTimer;
        let start = timer.now();
        timer.sleep(Duration::from_secs(30)).await;
        assert!(timer.now() - start >= Duration::from_secs(30));
    }
}
