//! How many calls are under way at once.

use super::Priority;

/// The places for calls under way. The account's own limit is not published: a refusal while the minute has calls
/// left means that it was met, and halves them; they grow again while all goes well.
#[derive(Debug)]
pub(super) struct Places {
    /// What the caller chose.
    most: usize,
    /// How many there are now.
    open: usize,
    interactive: usize,
    bulk: usize,
    /// Answers since the number last changed.
    good: usize,
    /// Refusals of calls that went out before this one are old news.
    cut_at: u64,
}

/// How often all places must be used well before there is one more.
const ROUNDS: usize = 8;

/// One place in so many is left to interactive calls.
const FOR_INTERACTIVE: usize = 8;

impl Places {
    pub(super) fn new(most: usize) -> Self {
        Self { most, open: most, interactive: 0, bulk: 0, good: 0, cut_at: 0 }
    }

    pub(super) fn under_way(&self) -> usize {
        self.interactive + self.bulk
    }

    pub(super) fn is_free(&self, priority: Priority) -> bool {
        let for_bulk = self.open - self.open / FOR_INTERACTIVE;
        self.under_way() < self.open && (priority == Priority::Interactive || self.bulk < for_bulk)
    }

    pub(super) fn take(&mut self, priority: Priority) {
        *self.of(priority) += 1;
    }

    pub(super) fn give_back(&mut self, priority: Priority) {
        let taken = self.of(priority);
        *taken = taken.saturating_sub(1);
    }

    /// A call was refused because too many were under way: the `serial`th, when `last` was the last to go out.
    pub(super) fn crowded(&mut self, serial: u64, last: u64) {
        if serial > self.cut_at {
            self.open = (self.under_way().min(self.open) / 2).max(1);
            (self.good, self.cut_at) = (0, last);
        }
    }

    pub(super) fn went_well(&mut self) {
        if self.open < self.most {
            self.good += 1;
            if self.good >= ROUNDS * self.open {
                self.open += 1;
                self.good = 0;
            }
        }
    }

    fn of(&mut self, priority: Priority) -> &mut usize {
        match priority {
            Priority::Interactive => &mut self.interactive,
            Priority::Bulk => &mut self.bulk,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(places: &mut Places, priority: Priority) -> usize {
        let mut taken = 0;
        while places.is_free(priority) {
            places.take(priority);
            taken += 1;
        }
        taken
    }

    #[test]
    fn bulk_leaves_one_place_in_eight() {
        for (most, bulk) in [(1, 1), (2, 2), (7, 7), (8, 7), (16, 14)] {
            let mut places = Places::new(most);
            assert_eq!(taken(&mut places, Priority::Bulk), bulk, "{most}");
            assert_eq!(taken(&mut places, Priority::Interactive), most - bulk, "{most}");
        }
    }

    #[test]
    fn a_crowd_halves_them_once_and_they_grow_again() {
        let mut places = Places::new(8);
        assert_eq!(taken(&mut places, Priority::Interactive), 8);
        for serial in 1..=8 {
            places.crowded(serial, 8);
        }
        (0..8).for_each(|_| places.give_back(Priority::Interactive));
        assert_eq!(taken(&mut places, Priority::Interactive), 4, "one cut for all that were under way");
        (0..4).for_each(|_| places.give_back(Priority::Interactive));
        (0..1000).for_each(|_| places.went_well());
        assert_eq!(taken(&mut places, Priority::Interactive), 8);
    }

    #[test]
    fn there_is_always_one() {
        let mut places = Places::new(3);
        (1..9).for_each(|serial| places.crowded(serial, serial));
        assert_eq!(taken(&mut places, Priority::Bulk), 1);
    }
}
