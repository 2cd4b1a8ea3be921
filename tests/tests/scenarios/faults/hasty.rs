//! A clock for those who have no time.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use affinity_core::Timer;
use futures::future::BoxFuture;

/// A clock whose waits are over after a millisecond, and that has moved on by all of them then.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hasty(Arc<Mutex<Duration>>);

impl Timer for Hasty {
    fn now(&self) -> Instant {
        Instant::now() + *self.0.lock().unwrap()
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        let (ahead, wake) = (self.0.clone(), self.now() + wait);
        Box::pin(async move {
            tokio::time::sleep(wait.min(Duration::from_millis(1))).await;
            let mut ahead = ahead.lock().unwrap();
            *ahead = (*ahead).max(wake.saturating_duration_since(Instant::now()));
        })
    }
}
