//! When a call may go out.
//!
//! A plain version: it bounds how many calls are under way at once, and holds them back when the server says
//! that the minute is used up.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::{Error, Limits, Result, Timer};

#[derive(Debug)]
pub(crate) struct Pace {
    places: Semaphore,
    minute: Mutex<Option<Minute>>,
}

/// What is left of the current minute, after the calls that were let through since the server said so.
#[derive(Clone, Copy, Debug)]
struct Minute {
    left: u64,
    ends: Instant,
}

impl Pace {
    pub(crate) fn new(concurrency: usize) -> Self {
        Self {
            places: Semaphore::new(concurrency),
            minute: Mutex::new(None),
        }
    }

    /// Waits for a place, and for the minute to have a call left; never past `deadline`.
    pub(crate) async fn admit(&self, timer: &dyn Timer, deadline: Instant) -> Result<SemaphorePermit<'_>> {
        let left = deadline.saturating_duration_since(timer.now());
        let place = match tokio::time::timeout(left, self.places.acquire()).await {
            Ok(Ok(place)) => place,
            _ => return Err(Error::deadline()),
        };
        while let Some(wait) = self.take(timer.now()) {
            if timer.now() + wait >= deadline {
                return Err(Error::quota(false, wait));
            }
            timer.sleep(wait).await;
        }
        Ok(place)
    }

    /// Takes one call of the minute, or says how long to wait for the next minute.
    fn take(&self, now: Instant) -> Option<Duration> {
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        match minute.as_mut() {
            Some(current) if now < current.ends => match current.left.checked_sub(1) {
                Some(left) => {
                    current.left = left;
                    None
                }
                None => Some(current.ends - now),
            },
            _ => {
                *minute = None;
                None
            }
        }
    }

    /// Takes over what an answer says. Answers can overtake each other: the lower figure of one minute holds.
    pub(crate) fn learn(&self, limits: &Limits, now: Instant) {
        let (Some(remaining), Some(reset)) = (limits.minute.remaining, limits.minute.reset_after) else {
            return;
        };
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        let left = match *minute {
            Some(current) if now < current.ends => remaining.min(current.left),
            _ => remaining,
        };
        *minute = Some(Minute {
            left,
            ends: now + reset,
        });
    }
}
