//! Who goes next: interactive calls before bulk ones, tasks in turn.

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use tokio::task;

use super::Priority;

/// The task that waits; everything outside of one waits as one. A task that waits for many calls at once takes
/// turns with one that waits for a single call.
pub(super) type Owner = Option<task::Id>;

/// Where somebody stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub(super) id: u64,
    pub(super) priority: Priority,
    pub(super) owner: Owner,
}

/// One who waits, with what the queue's user needs to reach them.
#[derive(Debug)]
pub(super) struct Waiter<T> {
    pub(super) spot: Spot,
    pub(super) deadline: Instant,
    pub(super) contact: T,
}

#[derive(Debug)]
pub(super) struct Queue<T> {
    interactive: Lane<T>,
    bulk: Lane<T>,
    /// Interactive calls that went in a row while bulk calls waited.
    row: u32,
}

/// While both kinds wait, one bulk call goes after so many interactive ones.
const ROW: u32 = 7;

#[derive(Debug)]
struct Lane<T> {
    /// Who waits, each once, the next one first.
    turns: VecDeque<Owner>,
    waiting: HashMap<Owner, VecDeque<Waiter<T>>>,
}

impl<T> Queue<T> {
    pub(super) fn new() -> Self {
        Self { interactive: Lane::new(), bulk: Lane::new(), row: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.interactive.turns.is_empty() && self.bulk.turns.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        let lanes = [&self.interactive, &self.bulk].into_iter();
        lanes.flat_map(|lane| lane.waiting.values()).map(VecDeque::len).sum()
    }

    /// How many go before a newcomer, at least.
    pub(super) fn ahead_of(&self, priority: Priority, owner: Owner) -> u64 {
        let lane = self.lane(priority);
        let own = lane.waiting.get(&owner).map_or(0, VecDeque::len);
        let others = lane.turns.len() - usize::from(own > 0);
        (own + others) as u64
    }

    pub(super) fn push(&mut self, waiter: Waiter<T>) {
        let lane = self.lane_mut(waiter.spot.priority);
        let owner = waiter.spot.owner;
        let waiting = lane.waiting.entry(owner).or_default();
        if waiting.is_empty() {
            lane.turns.push_back(owner);
        }
        waiting.push_back(waiter);
    }

    /// The two kinds, the one whose turn it is first.
    pub(super) fn order(&self) -> [Priority; 2] {
        if self.row < ROW || self.bulk.turns.is_empty() {
            [Priority::Interactive, Priority::Bulk]
        } else {
            [Priority::Bulk, Priority::Interactive]
        }
    }

    /// The next one of that kind.
    pub(super) fn first(&self, priority: Priority) -> Option<&Waiter<T>> {
        let lane = self.lane(priority);
        lane.waiting.get(lane.turns.front()?)?.front()
    }

    pub(super) fn find(&self, spot: Spot) -> Option<&Waiter<T>> {
        let waiting = self.lane(spot.priority).waiting.get(&spot.owner)?;
        waiting.iter().find(|waiter| waiter.spot.id == spot.id)
    }

    /// Lets the next one of that kind go.
    pub(super) fn pop(&mut self, priority: Priority) -> Option<Waiter<T>> {
        let passes_bulk = priority == Priority::Interactive && !self.bulk.turns.is_empty();
        self.row = if passes_bulk { self.row.saturating_add(1) } else { 0 };
        let lane = self.lane_mut(priority);
        let owner = lane.turns.pop_front()?;
        let waiting = lane.waiting.get_mut(&owner)?;
        let waiter = waiting.pop_front();
        if waiting.is_empty() {
            lane.waiting.remove(&owner);
        } else {
            lane.turns.push_back(owner);
        }
        waiter
    }

    /// Lets one go out of turn: who gave up, or cannot be served.
    pub(super) fn remove(&mut self, spot: Spot) -> Option<Waiter<T>> {
        let lane = self.lane_mut(spot.priority);
        let waiting = lane.waiting.get_mut(&spot.owner)?;
        let at = waiting.iter().position(|waiter| waiter.spot.id == spot.id)?;
        let waiter = waiting.remove(at);
        if waiting.is_empty() {
            lane.waiting.remove(&spot.owner);
            lane.turns.retain(|owner| *owner != spot.owner);
        }
        waiter
    }

    /// Lets all go who cannot wait until then.
    pub(super) fn remove_due(&mut self, until: Instant) -> Vec<Waiter<T>> {
        let lanes = [&self.interactive, &self.bulk].into_iter();
        let waiters = lanes.flat_map(|lane| lane.waiting.values()).flatten();
        let due: Vec<Spot> = waiters.filter(|waiter| waiter.deadline <= until).map(|w| w.spot).collect();
        due.into_iter().filter_map(|spot| self.remove(spot)).collect()
    }

    fn lane(&self, priority: Priority) -> &Lane<T> {
        match priority {
            Priority::Interactive => &self.interactive,
            Priority::Bulk => &self.bulk,
        }
    }

    fn lane_mut(&mut self, priority: Priority) -> &mut Lane<T> {
        match priority {
            Priority::Interactive => &mut self.interactive,
            Priority::Bulk => &mut self.bulk,
        }
    }
}

impl<T> Lane<T> {
    fn new() -> Self {
        Self { turns: VecDeque::new(), waiting: HashMap::new() }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Ids of tasks that are done, to stand for owners.
    fn owners<const N: usize>() -> [Owner; N] {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        [(); N].map(|()| Some(runtime.spawn(async {}).id()))
    }

    fn waiter(id: u64, priority: Priority, owner: Owner) -> Waiter<()> {
        Waiter { spot: Spot { id, priority, owner }, deadline: Instant::now(), contact: () }
    }

    fn drain(queue: &mut Queue<()>) -> Vec<u64> {
        let mut ids = Vec::new();
        while let Some(priority) = queue.order().into_iter().find(|priority| queue.first(*priority).is_some())
        {
            ids.extend(queue.pop(priority).map(|waiter| waiter.spot.id));
        }
        assert!(queue.is_empty());
        ids
    }

    #[test]
    fn tasks_take_turns() {
        let [a, b, c] = owners();
        let mut queue = Queue::new();
        for (id, owner) in [(1, a), (2, a), (3, a), (4, a), (5, b), (6, c), (7, c)] {
            queue.push(waiter(id, Priority::Bulk, owner));
        }
        assert_eq!((queue.ahead_of(Priority::Bulk, b), queue.ahead_of(Priority::Bulk, a)), (3, 6));
        assert_eq!(drain(&mut queue), [1, 5, 6, 2, 7, 3, 4]);
    }

    #[test]
    fn bulk_waits_for_interactive_but_not_for_ever() {
        let mut queue = Queue::new();
        (0..20).for_each(|id| queue.push(waiter(id, Priority::Interactive, None)));
        (100..103).for_each(|id| queue.push(waiter(id, Priority::Bulk, None)));
        assert_eq!(drain(&mut queue)[..17], [0, 1, 2, 3, 4, 5, 6, 100, 7, 8, 9, 10, 11, 12, 13, 101, 14]);
    }

    #[test]
    fn who_leaves_leaves_nothing_behind() {
        let [a, b] = owners();
        let mut queue = Queue::new();
        for (id, owner) in [(1, a), (2, b), (3, a)] {
            queue.push(waiter(id, Priority::Bulk, owner));
        }
        let spot = |id, owner| Spot { id, priority: Priority::Bulk, owner };
        assert!(queue.remove(spot(2, b)).is_some() && queue.remove(spot(2, b)).is_none());
        assert!(queue.remove(spot(1, a)).is_some());
        assert_eq!(drain(&mut queue), [3]);
        assert!(queue.bulk.waiting.is_empty());
    }

    #[test]
    fn who_cannot_wait_so_long_is_let_go() {
        let now = Instant::now();
        let mut queue = Queue::new();
        for id in 0..6 {
            let priority = if id % 2 == 0 { Priority::Bulk } else { Priority::Interactive };
            let deadline = now + Duration::from_secs(id);
            queue.push(Waiter { deadline, ..waiter(id, priority, None) });
        }
        let mut due: Vec<_> =
            queue.remove_due(now + Duration::from_secs(3)).iter().map(|w| w.spot.id).collect();
        due.sort_unstable();
        assert_eq!(due, [0, 1, 2, 3]);
        assert_eq!(drain(&mut queue), [5, 4]);
    }
}
