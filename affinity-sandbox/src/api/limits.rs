//! The two counted limits: requests of a user in a window, requests of the account in a month.

use std::collections::HashMap;
use std::time::Duration;

use axum::response::Response;
use chrono::{DateTime, Datelike, Months, NaiveTime, Utc};
use http::{HeaderName, HeaderValue, header};

use crate::clock::Now;

/// How much may be asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quota {
    pub(crate) per_window: u64,
    pub(crate) window: Duration,
    /// `None` on an unlimited plan.
    pub(crate) per_month: Option<u64>,
    /// How many requests may be under way at once, if that is limited.
    pub(crate) at_once: Option<usize>,
}

#[derive(Debug)]
pub(crate) struct Limits {
    quota: Quota,
    users: HashMap<u64, Window>,
    month: Month,
}

/// A user's window opens with the first request after the last one closed.
/// Not specified: whether the server's window is fixed or slides; a fixed one has a reset that can be told exactly.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    opened: Duration,
    used: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Month {
    year: i32,
    month: u32,
    used: u64,
}

/// Where a caller stands after a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    pub(crate) refused: bool,
    pub(crate) user: Gauge,
    /// `None` on an unlimited plan.
    pub(crate) org: Option<Gauge>,
}

/// One limit, and what is left of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gauge {
    pub(crate) limit: u64,
    pub(crate) left: u64,
    /// Whole seconds, rounded up.
    pub(crate) reset: u64,
}

impl Limits {
    pub(crate) fn new(quota: Quota) -> Self {
        Self { quota, users: HashMap::new(), month: Month::default() }
    }

    pub(super) fn set_per_window(&mut self, requests: u64) {
        self.quota.per_window = requests;
    }

    /// Counts a request that is one of `under_way`, unless one of the limits is used up.
    ///
    /// Not specified: whether refused requests count (here they do not), and what a caller without a valid key is
    /// told (here: what somebody is told who has asked for nothing yet).
    pub(super) fn count(
        &mut self,
        user: Option<u64>,
        counts_for_month: bool,
        under_way: usize,
        now: Now,
    ) -> Standing {
        let quota = self.quota;
        self.turn_month(now.utc);
        let Some(user) = user else {
            return self.standing(Window::default(), Duration::ZERO, now, false);
        };
        let window = self.users.entry(user).or_insert(Window { opened: now.elapsed, used: 0 });
        if now.elapsed >= window.opened.saturating_add(quota.window) {
            *window = Window { opened: now.elapsed, used: 0 };
        }
        let month_is_over = counts_for_month && quota.per_month.is_some_and(|limit| self.month.used >= limit);
        let crowded = quota.at_once.is_some_and(|limit| under_way > limit);
        let refused = crowded || month_is_over || window.used >= quota.per_window;
        if !refused {
            window.used += 1;
            self.month.used += u64::from(counts_for_month);
        }
        let (window, open_for) = (*window, now.elapsed.saturating_sub(window.opened));
        self.standing(window, open_for, now, refused)
    }

    fn standing(&self, window: Window, open_for: Duration, now: Now, refused: bool) -> Standing {
        let Quota { per_window, window: length, per_month, at_once: _ } = self.quota;
        let user = Gauge {
            limit: per_window,
            left: per_window.saturating_sub(window.used),
            reset: whole_seconds(length.saturating_sub(open_for)),
        };
        let org = per_month.map(|limit| Gauge {
            limit,
            left: limit.saturating_sub(self.month.used),
            reset: whole_seconds(until_next_month(now.utc)),
        });
        Standing { refused, user, org }
    }

    fn turn_month(&mut self, utc: DateTime<Utc>) {
        let (year, month) = (utc.year(), utc.month());
        if (self.month.year, self.month.month) != (year, month) {
            self.month = Month { year, month, used: 0 };
        }
    }
}

impl Standing {
    /// Writes the limit headers, lower case, where the response does not have its own.
    pub(crate) fn write(&self, response: &mut Response) {
        let user = [
            ("x-ratelimit-limit-user", self.user.limit),
            ("x-ratelimit-limit-user-remaining", self.user.left),
            ("x-ratelimit-limit-user-reset", self.user.reset),
        ];
        let org = self.org.map(|org| {
            [
                ("x-ratelimit-limit-org", org.limit),
                ("x-ratelimit-limit-org-remaining", org.left),
                ("x-ratelimit-limit-org-reset", org.reset),
            ]
        });
        for (name, value) in user.into_iter().chain(org.into_iter().flatten()) {
            let headers = response.headers_mut();
            headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from(value));
        }
    }

    /// Adds the seconds until the used-up limit resets.
    pub(crate) fn write_retry_after(&self, response: &mut Response) {
        let month_is_over = self.org.filter(|org| org.left == 0);
        let reset = if self.user.left == 0 { self.user.reset } else { 0 };
        let wait = month_is_over.map_or(reset, |org| org.reset.max(reset));
        // Nothing tells when one of the requests under way is done; a second is as good as anything.
        let wait = wait.max(1);
        response.headers_mut().entry(header::RETRY_AFTER).or_insert(wait.into());
    }
}

fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0))
}

fn until_next_month(utc: DateTime<Utc>) -> Duration {
    let next = utc.date_naive().with_day(1).and_then(|first| first.checked_add_months(Months::new(1)));
    let next = next.map(|first| first.and_time(NaiveTime::MIN).and_utc());
    next.and_then(|next| (next - utc).to_std().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reset_is_rounded_up_to_whole_seconds() {
        assert_eq!(whole_seconds(Duration::from_millis(1)), 1);
        assert_eq!(whole_seconds(Duration::from_secs(2)), 2);
        assert_eq!(whole_seconds(Duration::ZERO), 0);
    }

    #[test]
    fn the_month_ends_at_its_end() {
        let utc = "2026-12-31T23:59:58Z".parse().unwrap();
        assert_eq!(until_next_month(utc), Duration::from_secs(2));
    }
}
