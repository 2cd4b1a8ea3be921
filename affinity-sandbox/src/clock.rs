use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};

use crate::world::last_instant;

/// The time a sandbox lives by: the system's, or one that moves only when told to.
#[derive(Debug)]
pub(crate) struct Clock {
    started: Instant,
    manual: bool,
    advanced: Mutex<Duration>,
}

/// One moment: since the start (never goes back), and by the calendar.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    pub(crate) elapsed: Duration,
    pub(crate) utc: DateTime<Utc>,
}

impl Clock {
    pub(crate) fn new(manual: bool) -> Self {
        Self { started: Instant::now(), manual, advanced: Mutex::default() }
    }

    pub(crate) fn advance(&self, by: Duration) {
        let mut advanced = self.advanced.lock().unwrap_or_else(PoisonError::into_inner);
        *advanced = advanced.saturating_add(by);
    }

    pub(crate) fn now(&self) -> Now {
        let advanced = *self.advanced.lock().unwrap_or_else(PoisonError::into_inner);
        let (elapsed, utc) =
            if self.manual { (Duration::ZERO, manual_start()) } else { (self.started.elapsed(), Utc::now()) };
        Now { elapsed: elapsed.saturating_add(advanced), utc: later(utc, advanced) }
    }
}

/// No later than the API can say.
fn later(utc: DateTime<Utc>, by: Duration) -> DateTime<Utc> {
    let later = TimeDelta::from_std(by).ok().and_then(|by| utc.checked_add_signed(by));
    later.map_or_else(last_instant, |later| later.min(last_instant()))
}

/// 2026-01-15T12:00:00Z, where a manual clock starts.
fn manual_start() -> DateTime<Utc> {
    Utc.timestamp_opt(1_768_478_400, 0).single().unwrap_or_default()
}
