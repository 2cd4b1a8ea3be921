//! The figures about the quota that come with every answer.

use std::time::{Duration, Instant};

use http::HeaderMap;

/// What the server last said about the quota.
///
/// v1 and v2 draw on the same two windows: calls a minute for the user, and calls a month for the account.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Calls a minute of the user whose key it is, over all of the user's keys.
    pub minute: Window,
    /// Calls a month of the whole account. Empty on a plan without a monthly limit.
    pub month: Window,
    read: Instant,
}

/// One window of the quota. Each figure is there only if the server sent it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Window {
    /// Calls allowed in the window.
    pub limit: Option<u64>,
    /// Calls left in the window.
    pub remaining: Option<u64>,
    /// Time from the answer to the start of the next window. The server counts in whole seconds.
    pub reset_after: Option<Duration>,
}

impl Limits {
    /// Reads the headers of an answer; `None` if it carries no figure at all (an answer of a proxy, say).
    pub(crate) fn read(headers: &HeaderMap, now: Instant) -> Option<Self> {
        let minute = Window::read(headers, USER);
        let month = Window::read(headers, ORG);
        let any = minute != Window::default() || month != Window::default();
        any.then_some(Self { minute, month, read: now })
    }

    pub(crate) fn month_is_spent(&self) -> bool {
        self.month.remaining == Some(0)
    }

    /// How long ago the figures came, by the system's clock. Others may have spent from the same quota since.
    pub fn age(&self) -> Duration {
        self.age_at(Instant::now())
    }

    /// How old the figures are at that moment, for a client with a [`Timer`](crate::Timer) of its own.
    pub fn age_at(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.read)
    }
}

// Names compare without case; since 2026-01-14 the server sends them in lower case.
const USER: [&str; 3] =
    ["x-ratelimit-limit-user", "x-ratelimit-limit-user-remaining", "x-ratelimit-limit-user-reset"];
const ORG: [&str; 3] =
    ["x-ratelimit-limit-org", "x-ratelimit-limit-org-remaining", "x-ratelimit-limit-org-reset"];

impl Window {
    fn read(headers: &HeaderMap, [limit, remaining, reset]: [&str; 3]) -> Self {
        // A proxy can double a header, in one line or two. Where they differ, the one to be careful with holds.
        let numbers = |name| numbers(headers, name).unwrap_or_default();
        Self {
            limit: numbers(limit).into_iter().min(),
            remaining: numbers(remaining).into_iter().min(),
            reset_after: numbers(reset).into_iter().max().map(Duration::from_secs),
        }
    }
}

/// All numbers that a header gives; `None` if any of it is none.
fn numbers(headers: &HeaderMap, name: &str) -> Option<Vec<u64>> {
    let mut numbers = Vec::new();
    for value in headers.get_all(name) {
        for text in value.to_str().ok()?.split(',') {
            numbers.push(text.trim().parse().ok()?);
        }
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&'static str, &'static str)]) -> Option<Limits> {
        let headers =
            pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        Limits::read(&headers, Instant::now())
    }

    #[test]
    fn an_unlimited_plan_has_no_month() {
        let limits =
            read(&[("X-Ratelimit-Limit-User", "900"), ("x-ratelimit-limit-user-reset", "42")]).unwrap();
        assert_eq!(limits.minute.limit, Some(900));
        assert_eq!(limits.minute.remaining, None);
        assert_eq!(limits.minute.reset_after, Some(Duration::from_secs(42)));
        assert_eq!(limits.month, Window::default());
    }

    #[test]
    fn a_header_that_comes_twice_is_read_with_care() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("x-ratelimit-limit-user", "900, 900"),
            ("x-ratelimit-limit-user-remaining", "12"),
            ("x-ratelimit-limit-user-remaining", "700"),
            ("x-ratelimit-limit-user-reset", "3"),
            ("x-ratelimit-limit-user-reset", "40"),
            ("x-ratelimit-limit-org", "100, many"),
        ] {
            headers.append(name, value.parse().unwrap());
        }
        let limits = Limits::read(&headers, Instant::now()).unwrap();
        assert_eq!((limits.minute.limit, limits.minute.remaining), (Some(900), Some(12)));
        assert_eq!(limits.minute.reset_after, Some(Duration::from_secs(40)));
        assert_eq!(limits.month.limit, None);
    }

    #[test]
    fn nonsense_reads_as_no_figure() {
        assert!(read(&[("x-ratelimit-limit-user", "-1"), ("x-ratelimit-limit-org", "many")]).is_none());
        assert!(read(&[]).is_none());
    }
}
