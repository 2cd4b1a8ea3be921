//! How many repeats a client allows itself, so that an outage is not multiplied.

use std::time::{Duration, Instant};

/// A store of repeats: full at first, full again a minute after it was empty, and a little fuller with each answer that
/// is neither a 5xx nor a 429.
#[derive(Debug)]
pub(crate) struct Budget {
    most: f64,
    left: f64,
    filled: Option<Instant>,
}

/// An empty store is full again after so long.
const REFILL: Duration = Duration::from_secs(60);

/// One repeat more for ten such answers.
const EARNED: f64 = 0.1;

impl Budget {
    pub(crate) fn new(most: u32) -> Self {
        Self { most: f64::from(most), left: f64::from(most), filled: None }
    }

    /// Takes a repeat, if there is one left.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        let since = now.saturating_duration_since(self.filled.unwrap_or(now));
        self.filled = Some(now);
        self.left += self.most * since.as_secs_f64() / REFILL.as_secs_f64();
        self.left = self.left.min(self.most);
        let has_one = self.left >= 1.0;
        if has_one {
            self.left -= 1.0;
        }
        has_one
    }

    pub(crate) fn earn(&mut self) {
        self.left = (self.left + EARNED).min(self.most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spent(budget: &mut Budget, now: Instant) -> u32 {
        let mut spent = 0;
        while budget.take(now) {
            spent += 1;
        }
        spent
    }

    #[test]
    fn it_is_given_back_over_a_minute_and_no_further() {
        let now = Instant::now();
        let mut budget = Budget::new(20);
        assert_eq!(spent(&mut budget, now), 20);
        assert_eq!(spent(&mut budget, now + REFILL / 2), 10);
        assert_eq!(spent(&mut budget, now + REFILL * 9), 20);
        assert_eq!(spent(&mut budget, now), 0, "a clock that goes back gives nothing");
    }

    #[test]
    fn ten_calls_that_go_well_earn_one() {
        let now = Instant::now();
        let mut budget = Budget::new(20);
        spent(&mut budget, now);
        (0..31).for_each(|_| budget.earn());
        assert_eq!(spent(&mut budget, now), 3);
    }

    #[test]
    fn without_a_budget_there_are_none() {
        let now = Instant::now();
        let mut budget = Budget::new(0);
        budget.earn();
        assert_eq!(spent(&mut budget, now), 0);
    }
}
