//! Going by a schedule that other processes share, while it is there.
//!
//! A call that has its turn and a place here asks there when it goes. One that is to ask again later gives its place to
//! interactive calls if it is not one. What became of it is told afterwards.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::places::Stand;
use super::redis::{ASKS, Away, Fate, RedisPacing, Taken, Together};
use super::{LOOK, Pace, Permit, Priority, Shared};
use crate::{Error, Result};

/// Who is to have a place again looks so often, should it not be woken.
const RETURN: Duration = Duration::from_millis(50);

impl Pace {
    /// Goes by a schedule that other processes share, unless it is not to go by any.
    pub(crate) fn sharing(self, pacing: RedisPacing) -> Self {
        match Arc::try_unwrap(self.0) {
            Ok(mut shared) => {
                let state = shared.state.get_mut().unwrap_or_else(PoisonError::into_inner);
                state.shared = state.minute.is_some();
                shared.together = state.shared.then(|| Arc::new(Together::new(pacing)));
                Self(Arc::new(shared))
            }
            Err(shared) => Self(shared),
        }
    }
}

impl Shared {
    /// Whether the shared schedule is the one to go by can have changed.
    pub(super) fn look_for_together(self: &Arc<Self>) {
        let Some(together) = &self.together else { return };
        let is_up = together.is_up();
        let (state, _) = self.lock_now();
        let changed = state.shared != is_up;
        drop(state);
        if changed {
            self.turn(|state, _| (state.shared, state.shared_closed) = (is_up, None));
        }
        if !is_up {
            self.tell();
        }
    }

    fn note_closed(&self, wait: Option<Duration>) {
        let (mut state, now) = self.lock_now();
        state.shared_closed = wait.map(|wait| now + wait);
    }

    async fn sleep(&self, wait: Duration) {
        if !wait.is_zero() {
            self.timer.sleep(wait).await;
        }
    }

    /// Has what became of calls told, and looks whether a schedule that was away is back.
    pub(super) fn tell(self: &Arc<Self>) {
        let Some(together) = &self.together else { return };
        let shared = self.clone();
        together.tell(move || shared.look_for_together());
    }
}

impl Permit {
    /// Waits until the shared schedule has come to it, or, where that is away, the process's own.
    pub(super) async fn in_shared_schedule(mut self, deadline: Instant) -> Result<Self> {
        let shared = self.shared.clone();
        let Some(together) = &shared.together else { return Ok(self) };
        self.stand(Stand::Asking);
        let mut question = together.question(self.pass);
        while self.ticket.is_none() {
            let left = deadline.saturating_duration_since(shared.timer.now());
            if left.is_zero() {
                return Err(Error::no_turn(shared.lock_now().0.queue.len()));
            }
            if !together.is_up() {
                self.in_own_schedule(deadline).await?;
                continue;
            }
            let Ok(taken) = tokio::time::timeout(left, question.ask(left)).await else {
                return Err(Error::no_turn(shared.lock_now().0.queue.len()));
            };
            match taken {
                Ok(Taken::Slot(slot, wait)) => {
                    self.slot = Some(slot);
                    shared.note_closed(None);
                    shared.sleep(wait).await;
                    let (mut state, now) = shared.lock_now();
                    self.ticket = state.minute.as_mut().map(|minute| minute.take(now, self.pass));
                }
                Ok(Taken::Again(wait)) => self.step_aside(wait.min(left), deadline).await,
                Ok(Taken::TooLate(wait)) => return Err(Error::turn_too_late(wait)),
                Ok(Taken::Closed(wait)) => {
                    shared.note_closed(Some(wait));
                    if wait >= left {
                        return Err(Error::minute_spent(wait));
                    }
                    self.step_aside(wait.min(ASKS), deadline).await;
                }
                Err(Away) => shared.look_for_together(),
            }
        }
        self.stand(Stand::Going);
        Ok(self)
    }

    fn stand(&mut self, stand: Stand) {
        let (priority, from) = (self.priority, std::mem::replace(&mut self.stand, stand));
        self.shared.turn(|state, _| state.places.change(priority, from, stand));
    }

    /// Waits before it asks again. Only interactive calls keep their places for that.
    async fn step_aside(&mut self, wait: Duration, deadline: Instant) {
        if self.priority == Priority::Interactive {
            return self.shared.sleep(wait).await;
        }
        self.stand(Stand::Asleep);
        self.shared.freed.notify_one();
        self.shared.sleep(wait).await;
        self.stand(Stand::Returning);
        while !self.has_returned() {
            let left = deadline.saturating_duration_since(self.shared.timer.now());
            if left.is_zero() {
                return;
            }
            let _ = tokio::time::timeout(left.min(RETURN), self.shared.freed.notified()).await;
        }
    }

    fn has_returned(&mut self) -> bool {
        let (mut state, _) = self.shared.lock_now();
        if state.places.has_room() {
            state.places.change(self.priority, self.stand, Stand::Asking);
            self.stand = Stand::Asking;
        }
        self.stand == Stand::Asking
    }

    async fn in_own_schedule(&mut self, deadline: Instant) -> Result<()> {
        loop {
            let wait = {
                let (mut state, now) = self.shared.lock_now();
                let Some(minute) = state.minute.as_mut() else { return Ok(()) };
                let Some(wait) = minute.next(now, self.pass) else {
                    self.ticket = Some(minute.take(now, self.pass));
                    return Ok(());
                };
                let left = deadline.saturating_duration_since(now);
                if minute.least_wait(now, 0) >= left {
                    return Err(state.too_late(wait, now));
                }
                // What others hear can let it go sooner.
                wait.min(left).min(LOOK)
            };
            self.shared.sleep(wait).await;
        }
    }

    /// Has told what became of it.
    pub(super) fn report(&mut self, fate: Fate) {
        if let Some((together, slot)) = self.shared.together.as_ref().zip(self.slot.take()) {
            together.note(slot, fate);
        }
        if !self.is_last() {
            self.shared.tell();
        }
    }

    /// Tells what became of it before the call ends, if nobody else of the process is there to do so: the process may
    /// end with the call.
    pub(crate) async fn told(&self, deadline: Instant) {
        let Some(together) = &self.shared.together else { return };
        if self.is_last() {
            let left = deadline.saturating_duration_since(self.shared.timer.now());
            together.told(left).await;
        }
        self.shared.tell();
    }

    fn is_last(&self) -> bool {
        let (state, _) = self.shared.lock_now();
        state.queue.is_empty() && state.places.is_last()
    }
}
