use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use tokio::sync::watch;

use crate::world::last_instant;

/// The time a sandbox lives by: the system's, or one that moves only when told to.
#[derive(Debug)]
pub(crate) struct Clock {
    started: Instant,
    manual: bool,
    advanced: watch::Sender<Duration>,
}

/// One moment: since the start (never goes back), and by the calendar.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    pub(crate) elapsed: Duration,
    pub(crate) utc: DateTime<Utc>,
}

impl Clock {
    pub(crate) fn new(manual: bool) -> Self {
        Self { started: Instant::now(), manual, advanced: watch::Sender::new(Duration::ZERO) }
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.advanced.send_modify(|advanced| *advanced = advanced.saturating_add(by));
    }

    pub(crate) fn now(&self) -> Now {
        let advanced = *self.advanced.borrow();
        let (elapsed, utc) =
            if self.manual { (Duration::ZERO, manual_start()) } else { (self.started.elapsed(), Utc::now()) };
        Now { elapsed: elapsed.saturating_add(advanced), utc: later(utc, advanced) }
    }

    /// What has elapsed, if it stays so until somebody moves the time on.
    pub(crate) fn manual_now(&self) -> Option<Duration> {
        self.manual.then(|| self.now().elapsed)
    }

    /// Waits until so much has elapsed since the start.
    pub(crate) async fn reaches(&self, elapsed: Duration) {
        let mut advanced = self.advanced.subscribe();
        loop {
            let left = elapsed.saturating_sub(self.now().elapsed);
            if left.is_zero() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(left), if !self.manual => {}
                // Never an error: the sender is here.
                _ = advanced.changed() => {}
            }
        }
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
