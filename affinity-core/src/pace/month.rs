//! The part of the month that is not spent.

use std::time::{Duration, Instant};

use crate::{Error, Result, Window};

/// A part of a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(u8);

impl Share {
    /// So many parts of a hundred. More than 100 is refused where the share is used.
    ///
    /// ```
    /// # use affinity_core::Share;
    /// assert_eq!(Share::percent(20).of(100_000), 20_000);
    /// ```
    pub const fn percent(percent: u8) -> Self {
        Self(percent)
    }

    /// This share of that many, rounded up.
    pub fn of(self, whole: u64) -> u64 {
        let share = (u128::from(whole) * u128::from(self.0)).div_ceil(100);
        u64::try_from(share).unwrap_or(u64::MAX)
    }

    pub(crate) fn is_possible(self) -> bool {
        self.0 <= 100
    }

    pub(crate) fn as_percent(self) -> u8 {
        self.0
    }
}

/// What is left of the month, and how much of it is kept back.
#[derive(Debug, Default)]
pub(super) struct Month {
    keep: Option<Share>,
    told: Option<Told>,
}

#[derive(Clone, Copy, Debug)]
struct Told {
    limit: u64,
    left: u64,
    /// When the month ends, if that was told.
    ends: Option<Instant>,
    /// When one call may go and bring news, whatever is left.
    ask_at: Instant,
    /// The call whose answer told it.
    serial: u64,
}

/// No month is longer, whatever the server says.
const LONGEST: Duration = Duration::from_secs(31 * 86_400);

/// A figure can be wrong, or a plan be enlarged: one call may go so often and bring news.
const HOUR: Duration = Duration::from_secs(3600);

/// The next one may go so long after one that went out and has no answer: the server may have counted it.
const MINUTE: Duration = Duration::from_secs(60);

impl Month {
    pub(super) fn new(keep: Option<Share>) -> Self {
        Self { keep, told: None }
    }

    /// Takes over what the answer to the `serial`th call says. Without limit and rest there is nothing to keep.
    pub(super) fn learn(&mut self, figures: &Window, serial: u64, now: Instant) {
        let (Some(limit), Some(left)) = (figures.limit, figures.remaining) else { return };
        // Answers overtake each other: the call that went out last knows best.
        if self.told.is_none_or(|told| told.serial <= serial) {
            let ends = figures.reset_after.map(|reset| now + reset.min(LONGEST));
            self.told = Some(Told { limit, left, ends, ask_at: now + HOUR, serial });
        }
    }

    /// A call that counts goes out; true if it is one that asks for news. The others wait for what it brings.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let Some(told) = self.told.as_mut().filter(|told| now >= told.ask_at) else { return false };
        told.ask_at = now + HOUR;
        true
    }

    /// The call that asked for news was not sent: another may ask at once.
    pub(super) fn refund(&mut self, now: Instant) {
        self.ask_by(now);
    }

    /// The call that asked for news has no answer.
    pub(super) fn lose(&mut self, now: Instant) {
        self.ask_by(now + MINUTE);
    }

    fn ask_by(&mut self, at: Instant) {
        if let Some(told) = self.told.as_mut() {
            told.ask_at = told.ask_at.min(at);
        }
    }

    /// Refuses a call that would spend what is kept, with so many without an answer that may not be counted yet.
    ///
    /// What was told is good until the month ends; before the first answer nothing is known, and a call may go.
    pub(super) fn check(&self, unanswered: usize, now: Instant) -> Result<()> {
        let (Some(keep), Some(told)) = (self.keep, self.told) else { return Ok(()) };
        let kept = keep.of(told.limit);
        let is_left = told.left.saturating_sub(unanswered as u64) > kept;
        if is_left || now >= told.ask_at || told.ends.is_some_and(|ends| now >= ends) {
            return Ok(());
        }
        let news = told.ends.unwrap_or(told.ask_at);
        Err(Error::month_kept(kept, told.left, Some(news.saturating_duration_since(now))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    fn figures(limit: u64, remaining: u64) -> Window {
        Window { limit: Some(limit), remaining: Some(remaining), reset_after: Some(DAY) }
    }

    #[test]
    fn what_is_kept_is_not_spent() {
        let now = Instant::now();
        let mut month = Month::new(Some(Share::percent(20)));
        assert!(month.check(0, now).is_ok(), "nothing is known");
        month.learn(&figures(100, 21), 1, now);
        assert!(month.check(0, now).is_ok());
        assert!(month.check(1, now).is_err(), "the one under way is the last");
        month.learn(&figures(100, 20), 2, now);
        let error = month.check(0, now).unwrap_err();
        assert!(error.is_quota_exhausted() && !error.is_retryable());
        assert_eq!(error.retry_after(), Some(DAY));
        assert!(month.check(0, now + DAY).is_ok(), "the next month");
    }

    #[test]
    fn without_a_sound_end_of_the_month_calls_are_not_refused_for_ever() {
        let now = Instant::now();
        for reset in [DAY * 1000, Duration::MAX] {
            let mut month = Month::new(Some(Share::percent(20)));
            month.learn(&Window { reset_after: Some(reset), ..figures(100, 20) }, 1, now);
            assert_eq!(month.check(0, now).unwrap_err().retry_after(), Some(LONGEST));
            assert!(month.check(0, now + LONGEST).is_ok());
        }
    }

    #[test]
    fn one_call_an_hour_may_ask_whether_a_figure_was_right() {
        let now = Instant::now();
        for reset_after in [None, Some(DAY)] {
            let mut month = Month::new(Some(Share::percent(20)));
            month.learn(&Window { reset_after, ..figures(100, 20) }, 1, now);
            assert!(!month.take(now), "nobody asks yet");
            let error = month.check(0, now).unwrap_err();
            assert_eq!(error.retry_after(), Some(reset_after.unwrap_or(HOUR)));
            let later = now + HOUR;
            assert!(month.check(0, later).is_ok());
            assert!(month.take(later));
            assert!(month.check(1, later).is_err(), "one is enough");
            assert!(month.check(0, later + HOUR).is_ok(), "it brought nothing");
            assert!(month.take(later + HOUR));
            month.learn(&figures(100, 90), 2, later + HOUR);
            assert!(month.check(0, later + HOUR).is_ok());
        }
    }

    #[test]
    fn a_call_that_asked_and_has_no_answer_does_not_use_up_the_hour() {
        let now = Instant::now();
        let mut month = Month::new(Some(Share::percent(20)));
        month.learn(&figures(100, 20), 1, now);
        let later = now + HOUR;
        assert!(month.take(later) && month.check(0, later).is_err());
        month.refund(later);
        assert!(month.check(0, later).is_ok() && month.take(later), "it was not sent");
        month.lose(later);
        assert!(month.check(0, later).is_err(), "it may have been counted");
        assert!(month.check(0, later + MINUTE).is_ok());
    }

    #[test]
    fn an_answer_that_was_overtaken_says_nothing() {
        let now = Instant::now();
        let mut month = Month::new(Some(Share::percent(20)));
        month.learn(&figures(100, 20), 2, now);
        month.learn(&figures(100, 21), 1, now);
        assert!(month.check(0, now).is_err());
        month.learn(&figures(1000, 900), 3, now);
        assert!(month.check(0, now).is_ok(), "a larger plan");
    }

    #[test]
    fn without_figures_or_a_share_there_is_nothing_to_keep() {
        let now = Instant::now();
        let mut month = Month::new(Some(Share::percent(100)));
        month.learn(&Window::default(), 1, now);
        assert!(month.check(0, now).is_ok());
        let mut month = Month::new(None);
        month.learn(&figures(100, 0), 1, now);
        assert!(month.check(0, now).is_ok());
    }

    #[test]
    fn a_share_is_rounded_up_and_does_not_overflow() {
        assert_eq!(Share::percent(20).of(11), 3);
        assert_eq!(Share::percent(0).of(11), 0);
        assert_eq!(Share::percent(100).of(u64::MAX), u64::MAX);
        assert_eq!(Share::percent(255).of(u64::MAX), u64::MAX);
    }
}
