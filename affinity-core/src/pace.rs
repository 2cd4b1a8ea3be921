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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Minute {
    left: u64,
    ends: Instant,
}

/// The server counts down in whole seconds, so two answers of one minute can differ by that much.
const SLACK: Duration = Duration::from_secs(2);

/// No window is longer; a server that says so is not waited for.
const LONGEST: Duration = Duration::from_secs(3600);

impl Pace {
    pub(crate) fn new(concurrency: usize) -> Self {
        Self { places: Semaphore::new(concurrency), minute: Mutex::new(None) }
    }

    /// Waits for a place, and for the minute to have a call left; never past `deadline`.
    pub(crate) async fn admit(&self, timer: &dyn Timer, deadline: Instant) -> Result<SemaphorePermit<'_>> {
        let left = deadline.saturating_duration_since(timer.now());
        let place = match tokio::time::timeout(left, self.places.acquire()).await {
            Ok(Ok(place)) => place,
            _ => return Err(Error::deadline()),
        };
        while let Some(wait) = self.take(timer.now()) {
            if wait >= deadline.saturating_duration_since(timer.now()) {
                return Err(Error::minute_spent(wait));
            }
            timer.sleep(wait).await;
        }
        Ok(place)
    }

    /// Takes one call of the minute, or says how long to wait for the next minute.
    fn take(&self, now: Instant) -> Option<Duration> {
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        let current = minute.as_mut().filter(|minute| now < minute.ends)?;
        match current.left.checked_sub(1) {
            Some(left) => {
                current.left = left;
                None
            }
            None => Some(current.ends - now),
        }
    }

    /// Takes over what an answer says.
    pub(crate) fn learn(&self, limits: &Limits, now: Instant) {
        let (Some(remaining), Some(reset)) = (limits.minute.remaining, limits.minute.reset_after) else {
            return;
        };
        let told = Minute { left: remaining, ends: now + reset.min(LONGEST) };
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        *minute = Some(match *minute {
            Some(current) if now < current.ends => current.and(told),
            _ => told,
        });
    }
}

impl Minute {
    /// Answers overtake each other. Of one minute the lower figure holds; an answer of the minute before says
    /// nothing; one of the next minute says all.
    fn and(self, told: Self) -> Self {
        if told.ends > self.ends + SLACK {
            told
        } else if told.ends + SLACK < self.ends {
            self
        } else {
            Self { left: self.left.min(told.left), ends: self.ends.min(told.ends) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_one_minute_and_of_others() {
        let start = Instant::now();
        let minute = |left, ends| Minute { left, ends: start + Duration::from_secs(ends) };
        for (current, told, then) in [
            (minute(5, 60), minute(3, 60), minute(3, 60)),
            (minute(5, 60), minute(7, 61), minute(5, 60)),
            (minute(5, 60), minute(7, 59), minute(5, 59)),
            (minute(0, 2), minute(898, 60), minute(898, 60)),
            (minute(898, 60), minute(0, 2), minute(898, 60)),
        ] {
            assert_eq!(current.and(told), then, "{current:?} {told:?}");
        }
    }
}
