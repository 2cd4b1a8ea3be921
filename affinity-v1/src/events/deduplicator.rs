//! Telling repeated deliveries.

use std::collections::hash_map::RandomState;
use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::hash::BuildHasher;
use std::time::{Duration, Instant};

use crate::WebhookEvent;

/// Remembers which deliveries came already. Affinity repeats those it got no answer to, for ten hours, and they
/// carry no id, so what is remembered is a hash of each.
///
/// A repeated delivery is told only if it comes byte for byte the same, which is not documented: `sent_at` could
/// be another. [`ignoring_sent_at`](Self::ignoring_sent_at) tells those too, but takes a value that was changed
/// back and forth for a repetition.
///
/// Memory is bounded: less than 100 bytes for each delivery, as many as the capacity at most. The oldest are forgotten
/// first. Share it behind a lock.
#[derive(Clone)]
pub struct Deduplicator {
    capacity: usize,
    age: Duration,
    ignore_sent_at: bool,
    /// Twice 64 bits with random keys: a collision would lose an event.
    hashers: [RandomState; 2],
    seen: HashSet<Hash>,
    order: VecDeque<(Instant, Hash)>,
}

type Hash = [u64; 2];

impl Default for Deduplicator {
    /// A hundred thousand deliveries, for twelve hours.
    fn default() -> Self {
        Self::new(100_000, Duration::from_secs(12 * 3600))
    }
}

impl Deduplicator {
    /// Remembers so many deliveries at most, and each for so long.
    pub fn new(capacity: usize, age: Duration) -> Self {
        Self {
            capacity,
            age,
            ignore_sent_at: false,
            hashers: [RandomState::new(), RandomState::new()],
            seen: HashSet::new(),
            order: VecDeque::new(),
        }
    }

    /// Compares deliveries without the time they were sent at.
    #[must_use]
    pub fn ignoring_sent_at(mut self) -> Self {
        self.ignore_sent_at = true;
        self
    }

    /// Whether the delivery comes for the first time; from then on it is remembered.
    pub fn is_new(&mut self, event: &WebhookEvent) -> bool {
        let hash = self.hash(event);
        self.insert(hash, Instant::now())
    }

    /// Forgets a delivery, so that its repetition counts as new: for one that could not be handled.
    pub fn forget(&mut self, event: &WebhookEvent) {
        let hash = self.hash(event);
        if self.seen.remove(&hash) {
            self.order.retain(|(_, other)| *other != hash);
        }
    }

    /// How many deliveries are remembered.
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    fn hash(&self, event: &WebhookEvent) -> Hash {
        let body = if self.ignore_sent_at { event.body_text().ok() } else { None };
        let what = (event.name.as_str(), body.as_deref().unwrap_or(event.raw()));
        [self.hashers[0].hash_one(what), self.hashers[1].hash_one(what)]
    }

    fn insert(&mut self, hash: Hash, now: Instant) -> bool {
        self.forget_older_than(now);
        if !self.seen.insert(hash) {
            return false;
        }
        self.order.push_back((now, hash));
        while self.order.len() > self.capacity {
            self.forget_oldest();
        }
        true
    }

    fn forget_older_than(&mut self, now: Instant) {
        while self.order.front().is_some_and(|(then, _)| now.saturating_duration_since(*then) > self.age) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((_, hash)) = self.order.pop_front() {
            self.seen.remove(&hash);
        }
    }
}

impl fmt::Debug for Deduplicator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Deduplicator");
        debug.field("capacity", &self.capacity).field("age", &self.age).field("len", &self.len());
        debug.finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_are_remembered_than_there_is_room_for() {
        let (mut seen, now) = (Deduplicator::new(2, Duration::from_secs(60)), Instant::now());
        let news: Vec<_> = [1, 2, 1, 3, 1, 3].map(|n| seen.insert([n, 0], now)).into();
        assert_eq!(news, [true, true, false, true, true, false]);
        assert_eq!((seen.len(), seen.order.len()), (2, 2));
        assert!(Deduplicator::new(0, Duration::MAX).insert([1, 0], now));
    }

    #[test]
    fn what_is_old_is_forgotten() {
        let (mut seen, start) = (Deduplicator::new(9, Duration::from_secs(60)), Instant::now());
        assert!(seen.insert([1, 0], start));
        assert!(!seen.insert([1, 0], start + Duration::from_secs(60)));
        assert!(seen.insert([1, 0], start + Duration::from_secs(61)));
        assert_eq!(seen.len(), 1);
    }
}
