//! Who goes next: interactive calls before bulk ones, tasks in turn.

use std::collections::{BTreeMap, HashMap};
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

/// Tens of thousands may wait, in one task or in as many: nothing here takes time that grows with their number.
#[derive(Debug)]
struct Lane<T> {
    /// Who waits, each once, the next one first.
    turns: BTreeMap<u64, Owner>,
    lines: HashMap<Owner, Line>,
    /// All who wait, by the line they stand in and in its order.
    waiting: BTreeMap<(u64, u64), Waiter<T>>,
    /// The last turn that was given out.
    last: u64,
}

/// Those of one owner.
#[derive(Clone, Copy, Debug)]
struct Line {
    /// The first turn it had tells it from all others.
    number: u64,
    turn: u64,
    len: usize,
}

impl<T> Queue<T> {
    pub(super) fn new() -> Self {
        Self { interactive: Lane::new(), bulk: Lane::new(), row: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn len(&self) -> usize {
        self.interactive.waiting.len() + self.bulk.waiting.len()
    }

    /// How many go before a newcomer, at least.
    pub(super) fn ahead_of(&self, priority: Priority, owner: Owner) -> u64 {
        let lane = self.lane(priority);
        let own = lane.lines.get(&owner).map_or(0, |line| line.len);
        let others = lane.turns.len() - usize::from(own > 0);
        (own + others) as u64
    }

    pub(super) fn push(&mut self, waiter: Waiter<T>) {
        self.lane_mut(waiter.spot.priority).push(waiter);
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
        self.lane(priority).first()
    }

    pub(super) fn find(&self, spot: Spot) -> Option<&Waiter<T>> {
        let lane = self.lane(spot.priority);
        let line = lane.lines.get(&spot.owner)?;
        lane.waiting.get(&(line.number, spot.id))
    }

    /// Lets the next one of that kind go.
    pub(super) fn pop(&mut self, priority: Priority) -> Option<Waiter<T>> {
        let passes_bulk = priority == Priority::Interactive && !self.bulk.turns.is_empty();
        self.row = if passes_bulk { self.row.saturating_add(1) } else { 0 };
        let lane = self.lane_mut(priority);
        let spot = lane.first()?.spot;
        let waiter = lane.remove(spot);
        lane.pass(spot.owner);
        waiter
    }

    /// Lets one go out of turn: who gave up, or cannot be served.
    pub(super) fn remove(&mut self, spot: Spot) -> Option<Waiter<T>> {
        self.lane_mut(spot.priority).remove(spot)
    }

    /// Lets all go who cannot wait until then.
    pub(super) fn remove_due(&mut self, until: Instant) -> Vec<Waiter<T>> {
        let lanes = [&self.interactive, &self.bulk].into_iter();
        let waiters = lanes.flat_map(|lane| lane.waiting.values());
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
        Self { turns: BTreeMap::new(), lines: HashMap::new(), waiting: BTreeMap::new(), last: 0 }
    }

    fn first(&self) -> Option<&Waiter<T>> {
        let (_, owner) = self.turns.first_key_value()?;
        let number = self.lines.get(owner)?.number;
        self.waiting.range((number, 0)..).next().map(|(_, waiter)| waiter)
    }

    fn push(&mut self, waiter: Waiter<T>) {
        let Spot { id, owner, .. } = waiter.spot;
        let line = self.lines.entry(owner).or_insert_with(|| {
            self.last += 1;
            self.turns.insert(self.last, owner);
            Line { number: self.last, turn: self.last, len: 0 }
        });
        line.len += 1;
        self.waiting.insert((line.number, id), waiter);
    }

    fn remove(&mut self, spot: Spot) -> Option<Waiter<T>> {
        let line = self.lines.get_mut(&spot.owner)?;
        let waiter = self.waiting.remove(&(line.number, spot.id))?;
        line.len -= 1;
        if line.len == 0 {
            self.turns.remove(&line.turn);
            self.lines.remove(&spot.owner);
        }
        Some(waiter)
    }

    /// The owner had its turn; if it still waits, its next one comes after those of all others.
    fn pass(&mut self, owner: Owner) {
        let Some(line) = self.lines.get_mut(&owner) else { return };
        self.last += 1;
        self.turns.remove(&line.turn);
        self.turns.insert(self.last, owner);
        line.turn = self.last;
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
    fn who_comes_back_waits_behind_the_others() {
        let [a, b, c] = owners();
        let mut queue = Queue::new();
        for (id, owner) in [(1, a), (2, a), (3, b), (4, c)] {
            queue.push(waiter(id, Priority::Bulk, owner));
        }
        assert_eq!(queue.pop(Priority::Bulk).unwrap().spot.id, 1);
        assert!(queue.remove(Spot { id: 2, priority: Priority::Bulk, owner: a }).is_some());
        queue.push(waiter(5, Priority::Bulk, a));
        queue.push(waiter(6, Priority::Bulk, b));
        assert_eq!((queue.len(), drain(&mut queue)), (4, vec![3, 4, 5, 6]));
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
        assert!(queue.bulk.lines.is_empty() && queue.bulk.turns.is_empty());
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
