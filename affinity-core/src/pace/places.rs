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
    interactive: Calls,
    bulk: Calls,
    /// Answers since the number last changed.
    good: usize,
    /// Refusals of calls that went out before this one are old news.
    cut_at: u64,
}

/// Those of one kind.
#[derive(Clone, Copy, Debug, Default)]
struct Calls {
    going: usize,
    asking: usize,
    asleep: usize,
    returning: usize,
}

/// Where a call stands that has had a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    /// It has its place.
    Going,
    /// It has its place, and has yet to be let go by a schedule that others share.
    Asking,
    /// Its turn there is far away: it has left its place to calls of the other kind.
    Asleep,
    /// It is to have a place again, before those who never had one.
    Returning,
}

/// How often all places must be used well before there is one more.
const ROUNDS: usize = 8;

/// One place in so many is left to interactive calls.
const FOR_INTERACTIVE: usize = 8;

impl Places {
    pub(super) fn new(most: usize) -> Self {
        let (interactive, bulk) = Default::default();
        Self { most, open: most, interactive, bulk, good: 0, cut_at: 0 }
    }

    fn under_way(&self) -> usize {
        self.interactive.in_places() + self.bulk.in_places()
    }

    pub(super) fn is_free(&self, priority: Priority) -> bool {
        let for_bulk = self.open - self.open / FOR_INTERACTIVE;
        let returning = self.interactive.returning + self.bulk.returning;
        self.under_way() + returning < self.open
            && (priority == Priority::Interactive || self.bulk.all() < for_bulk)
    }

    pub(super) fn take(&mut self, priority: Priority) {
        self.of(priority).going += 1;
    }

    pub(super) fn give_back(&mut self, priority: Priority, stand: Stand) {
        let taken = self.of(priority).at(stand);
        *taken = taken.saturating_sub(1);
    }

    pub(super) fn change(&mut self, priority: Priority, from: Stand, to: Stand) {
        self.give_back(priority, from);
        *self.of(priority).at(to) += 1;
    }

    #[cfg(all(test, feature = "redis"))]
    pub(super) fn asleep(&self) -> usize {
        self.bulk.asleep
    }

    /// Whether there is one call at the most.
    pub(super) fn is_last(&self) -> bool {
        self.interactive.all() + self.bulk.all() <= 1
    }

    /// Whether one that is returning may.
    pub(super) fn has_room(&self) -> bool {
        self.under_way() < self.open
    }

    /// A call was refused because too many were under way: the `serial`th, when `last` was the last to go out.
    pub(super) fn crowded(&mut self, serial: u64, last: u64) {
        if serial > self.cut_at {
            let going = self.interactive.going + self.bulk.going;
            self.open = (going.min(self.open) / 2).max(1);
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

    fn of(&mut self, priority: Priority) -> &mut Calls {
        match priority {
            Priority::Interactive => &mut self.interactive,
            Priority::Bulk => &mut self.bulk,
        }
    }
}

impl Calls {
    fn in_places(&self) -> usize {
        self.going + self.asking
    }

    fn all(&self) -> usize {
        self.in_places() + self.asleep + self.returning
    }

    fn at(&mut self, stand: Stand) -> &mut usize {
        match stand {
            Stand::Going => &mut self.going,
            Stand::Asking => &mut self.asking,
            Stand::Asleep => &mut self.asleep,
            Stand::Returning => &mut self.returning,
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
        (0..8).for_each(|_| places.give_back(Priority::Interactive, Stand::Going));
        assert_eq!(taken(&mut places, Priority::Interactive), 4, "one cut for all that were under way");
        (0..4).for_each(|_| places.give_back(Priority::Interactive, Stand::Going));
        (0..1000).for_each(|_| places.went_well());
        assert_eq!(taken(&mut places, Priority::Interactive), 8);
    }

    #[test]
    fn there_is_always_one() {
        let mut places = Places::new(3);
        (1..9).for_each(|serial| places.crowded(serial, serial));
        assert_eq!(taken(&mut places, Priority::Bulk), 1);
    }

    #[test]
    fn bulk_calls_that_sleep_make_room_for_interactive_ones_only() {
        let mut places = Places::new(2);
        assert_eq!(taken(&mut places, Priority::Bulk), 2);
        (0..2).for_each(|_| places.change(Priority::Bulk, Stand::Going, Stand::Asleep));
        assert_eq!(taken(&mut places, Priority::Bulk), 0);
        assert_eq!(taken(&mut places, Priority::Interactive), 2);
        // One that returns waits for a place, and has the next.
        places.change(Priority::Bulk, Stand::Asleep, Stand::Returning);
        assert!(!places.has_room());
        places.give_back(Priority::Interactive, Stand::Going);
        assert!(places.has_room() && !places.is_free(Priority::Interactive));
    }

    #[test]
    fn a_crowd_is_of_those_who_went_out() {
        let mut places = Places::new(16);
        assert_eq!(taken(&mut places, Priority::Interactive), 16);
        (0..8).for_each(|_| places.change(Priority::Interactive, Stand::Going, Stand::Asking));
        places.crowded(1, 1);
        (0..8).for_each(|_| places.give_back(Priority::Interactive, Stand::Going));
        (0..8).for_each(|_| places.give_back(Priority::Interactive, Stand::Asking));
        assert_eq!(taken(&mut places, Priority::Interactive), 4);
    }
}
