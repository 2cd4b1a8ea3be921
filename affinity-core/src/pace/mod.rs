//! When a call may go out: one governor for each transport, fed by the limit headers of every answer.
//!
//! A call goes when it is its turn ([`queue`]), a place among the calls under way is free ([`places`]), the minute's
//! schedule has come to it ([`minute`]), and the month has more left than is kept back ([`month`]). None of these knows
//! a clock. Whoever waits first sleeps until the schedule's next moment, and lets go whose turn it then is: there is no
//! task in the background that could outlive a runtime. The others wake up now and then, the more of them the less
//! often, since a future that nobody polls does not wake up at all: the first of them to find that it was due takes over.
//!
//! Of the crates for this, `governor` knows fixed rates only; here the server says how much is left and for how long.

mod minute;
mod month;
#[cfg_attr(not(feature = "redis"), allow(dead_code, reason = "only who asks elsewhere leaves a place"))]
mod places;
mod priority;
mod queue;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "redis")]
mod together;

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use self::minute::{Minute, Refusal, Ticket};
use self::month::Month;
use self::places::{Places, Stand};
use self::queue::{Queue, Spot, Waiter};
#[cfg(feature = "redis")]
use self::redis::{Fate, Slot, Together};
use crate::{Error, Limits, Result, Timer};

pub use self::month::Share;
pub use self::priority::Priority;
#[cfg(feature = "redis")]
pub use self::redis::RedisPacing;

/// What is chosen for the governor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) concurrency: usize,
    /// Whether calls are spread over the minute.
    pub(crate) spread: bool,
    pub(crate) keep_monthly: Option<Share>,
}

/// What a call says of itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) priority: Priority,
    /// Whether it counts against the month.
    pub(crate) counts: bool,
    pub(crate) deadline: Instant,
}

pub(crate) struct Pace(Arc<Shared>);

struct Shared {
    timer: Arc<dyn Timer>,
    state: Mutex<State>,
    /// Wakes those who have no moment to wake up at, when there is one.
    scheduled: Notify,
    /// The schedule that other processes share.
    #[cfg(feature = "redis")]
    together: Option<Arc<Together>>,
    /// Wakes those who are to have a place again.
    #[cfg(feature = "redis")]
    freed: Notify,
}

/// Those who are not to wake up at the schedule's next moment look so long after it whether somebody did.
const GRACE: Duration = Duration::from_secs(1);

/// They look after so long at the latest, since the next moment can come nearer.
const LOOK: Duration = Duration::from_secs(10);

/// Where more wait, only about so many of them look as often.
const WATCH: u64 = 64;

/// So many of those who have no moment to wake up at are woken when there is one.
const WAKE: usize = 8;

struct State {
    /// `None` for those who pace themselves.
    minute: Option<Minute>,
    /// Whether another schedule than this process's own says when a call goes.
    shared: bool,
    /// Until when that one is closed.
    shared_closed: Option<Instant>,
    month: Month,
    places: Places,
    queue: Queue<Contact>,
    /// Calls that count against the month and have no answer yet.
    unanswered: usize,
    /// Calls that were let go so far: the number of the last one.
    serial: u64,
    /// The number of the last one who waited.
    waiter: u64,
    /// When the schedule lets the next one go, if that is what they wait for.
    next: Option<Instant>,
    /// Who sleeps until then, and until when.
    sleeper: Option<(Spot, Option<Instant>)>,
    /// Those who cannot wait until then were told so.
    told_closed: Option<Instant>,
}

struct Contact {
    words: UnboundedSender<Word>,
    counts: bool,
}

/// What one who waits is told.
enum Word {
    Go(Permit),
    Give(Error),
    /// To look when to wake up.
    Look,
}

/// To be done when nothing is locked: a word that cannot be delivered locks it again.
struct Out {
    words: Words,
    /// There is a moment to wake up at, and there was none.
    scheduled: bool,
}

type Words = Vec<(UnboundedSender<Word>, Word)>;

/// A place among the calls under way. It is given back by dropping it; a call that was not sent gives its part of the
/// minute back too.
pub(crate) struct Permit {
    shared: Arc<Shared>,
    priority: Priority,
    /// As which kind the schedule takes it.
    #[cfg(feature = "redis")]
    pass: Priority,
    ticket: Option<Ticket>,
    serial: u64,
    stage: Stage,
    stand: Stand,
    /// Whether it is one of those without an answer that count against the month.
    unanswered: bool,
    /// Whether it is the one that may go to ask what is left of the month.
    asks: bool,
    /// Its place in the shared schedule.
    #[cfg(feature = "redis")]
    slot: Option<Slot>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    NotSent,
    Sent,
    Answered,
}

impl Pace {
    pub(crate) fn new(rules: Rules, timer: Arc<dyn Timer>) -> Self {
        let state = State {
            minute: rules.spread.then(Minute::new),
            shared: false,
            shared_closed: None,
            month: Month::new(rules.keep_monthly),
            places: Places::new(rules.concurrency),
            queue: Queue::new(),
            unanswered: 0,
            serial: 0,
            waiter: 0,
            next: None,
            sleeper: None,
            told_closed: None,
        };
        Self(Arc::new(Shared {
            timer,
            state: Mutex::new(state),
            scheduled: Notify::new(),
            #[cfg(feature = "redis")]
            together: None,
            #[cfg(feature = "redis")]
            freed: Notify::new(),
        }))
    }

    /// Waits for its turn, never past the deadline; what is sure to come later is refused at once.
    pub(crate) async fn admit(&self, terms: Terms) -> Result<Permit> {
        #[cfg(feature = "redis")]
        self.0.look_for_together();
        let permit = match self.0.ask(terms)? {
            Asked::Go(permit) => permit,
            Asked::Wait(waiting) => waiting.until_told(terms.deadline).await?,
        };
        #[cfg(feature = "redis")]
        if self.0.together.is_some() {
            // Its state is large, and most have no part in it.
            return Box::pin(permit.in_shared_schedule(terms.deadline)).await;
        }
        Ok(permit)
    }
}

enum Asked {
    Go(Permit),
    Wait(Waiting),
}

impl Shared {
    /// The state and the moment. The clock is read when nobody else can: otherwise who read it first could come
    /// last, and time would seem to go back.
    fn lock_now(&self) -> (MutexGuard<'_, State>, Instant) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.timer.now();
        (state, now)
    }

    fn ask(self: &Arc<Self>, terms: Terms) -> Result<Asked> {
        let (mut state, now) = self.lock_now();
        let Terms { priority, counts, deadline } = terms;
        state.check_month(counts, now)?;
        // While others wait, the queue says who goes.
        if state.queue.is_empty() && state.places.is_free(priority) {
            let wait = state.next(now, priority);
            if wait.is_none() {
                return Ok(Asked::Go(state.let_go(self, (priority, priority), counts, now)));
            }
        }
        let owner = tokio::task::try_id();
        let before = state.queue.ahead_of(priority, owner);
        let wait = state.least_wait(now, before);
        if let Some(wait) = wait.filter(|wait| !wait.is_zero())
            && wait >= deadline.saturating_duration_since(now)
        {
            return Err(state.too_late(wait, now));
        }
        state.waiter += 1;
        let spot = Spot { id: state.waiter, priority, owner };
        let (sender, words) = unbounded_channel();
        state.queue.push(Waiter { spot, deadline, contact: Contact { words: sender, counts } });
        let out = state.turn(self, now);
        drop(state);
        self.deliver(out);
        Ok(Asked::Wait(Waiting { shared: self.clone(), spot, words }))
    }

    /// Lets go whose turn it is.
    fn turn(self: &Arc<Self>, change: impl FnOnce(&mut State, Instant)) {
        let (mut state, now) = self.lock_now();
        change(&mut state, now);
        let out = state.turn(self, now);
        drop(state);
        self.deliver(out);
    }

    fn deliver(&self, out: Out) {
        for (sender, word) in out.words {
            // Who is gone gives the permit back by letting it fall.
            let _ = sender.send(word);
        }
        if out.scheduled {
            (0..WAKE).for_each(|_| self.scheduled.notify_one());
        }
    }
}

impl State {
    fn check_month(&self, counts: bool, now: Instant) -> Result<()> {
        if counts { self.month.check(self.unanswered, now) } else { Ok(()) }
    }

    /// How long the schedule lets the next one wait; `None` if it may go, or another schedule says when.
    fn next(&mut self, now: Instant, pass: Priority) -> Option<Duration> {
        self.minute.as_mut().filter(|_| !self.shared)?.next(now, pass)
    }

    /// The least that a call has to wait with so many to go before it, if there is a schedule.
    fn least_wait(&mut self, now: Instant, before: u64) -> Option<Duration> {
        if self.shared {
            // What can be told is that the minute is used up, or will be.
            let closed = self.closed_until(now).map(|until| until.saturating_duration_since(now));
            return closed.max(self.minute.as_mut().and_then(|minute| minute.later_window(now, before)));
        }
        self.minute.as_mut().map(|minute| minute.least_wait(now, before))
    }

    fn closed_until(&mut self, now: Instant) -> Option<Instant> {
        let own = self.minute.as_mut().and_then(|minute| minute.closed_until(now));
        own.max(self.shared_closed.filter(|until| self.shared && *until > now))
    }

    /// Lets a call go, which the schedule takes for one of the kind `pass`.
    fn let_go(
        &mut self,
        shared: &Arc<Shared>,
        (priority, pass): (Priority, Priority),
        counts: bool,
        now: Instant,
    ) -> Permit {
        self.places.take(priority);
        self.serial += 1;
        let asks = counts && self.month.take(now);
        self.unanswered += usize::from(counts);
        let (shared, serial) = (shared.clone(), self.serial);
        let minute = self.minute.as_mut().filter(|_| !self.shared);
        let ticket = minute.map(|minute| minute.take(now, pass));
        Permit {
            shared,
            priority,
            #[cfg(feature = "redis")]
            pass,
            ticket,
            serial,
            stage: Stage::NotSent,
            stand: Stand::Going,
            unanswered: counts,
            asks,
            #[cfg(feature = "redis")]
            slot: None,
        }
    }

    /// Lets go all whose turn it is, refuses those it comes too late for, and sees to it that somebody wakes up when
    /// it is the next one's.
    fn turn(&mut self, shared: &Arc<Shared>, now: Instant) -> Out {
        let mut words = Words::new();
        if self.queue.is_empty() {
            (self.next, self.sleeper) = (None, None);
            return Out { words, scheduled: false };
        }
        let was_scheduled = self.next.is_some();
        self.refuse_while_closed(now, &mut words);
        self.next = None;
        while let Some((priority, pass)) = self.whose_turn(now, &mut words) {
            let Some(waiter) = self.pop(priority) else { break };
            let word = match self.check_month(waiter.contact.counts, now) {
                Ok(()) => Word::Go(self.let_go(shared, (priority, pass), waiter.contact.counts, now)),
                Err(error) => Word::Give(error),
            };
            words.push((waiter.contact.words, word));
        }
        self.see_to_a_sleeper(&mut words);
        Out { words, scheduled: !was_scheduled && self.next.is_some() }
    }

    /// Which kind may go now, and as which the schedule takes it.
    fn whose_turn(&mut self, now: Instant, words: &mut Words) -> Option<(Priority, Priority)> {
        let order = self.queue.order();
        for priority in order {
            // Interactive calls run ahead of an even spread. Bulk calls, which may not, would never have their turn.
            let pass = if order[0] == Priority::Bulk { Priority::Interactive } else { priority };
            while let Some(first) = self.queue.first(priority).filter(|_| self.places.is_free(priority)) {
                let (deadline, spot) = (first.deadline, first.spot);
                if deadline <= now {
                    // Nobody polls it, or it would have left by itself.
                    let error = Error::no_turn(self.queue.len());
                    self.refuse(spot, error, words);
                    continue;
                }
                let wait = self.next(now, pass);
                let Some(wait) = wait else { return Some((priority, pass)) };
                let least = self.least_wait(now, 0);
                if least.is_none_or(|least| least < deadline.saturating_duration_since(now)) {
                    let next = now + wait;
                    self.next = Some(self.next.map_or(next, |other| other.min(next)));
                    break;
                }
                let error = self.too_late(wait, now);
                self.refuse(spot, error, words);
            }
        }
        None
    }

    /// When the window closes, those who cannot wait for the next one are told so at once.
    fn refuse_while_closed(&mut self, now: Instant, words: &mut Words) {
        let closed = self.closed_until(now);
        if closed.is_some() && closed != self.told_closed {
            for waiter in
                closed.into_iter().flat_map(|until| self.queue.remove_due(until)).collect::<Vec<_>>()
            {
                self.forget_sleeper(waiter.spot);
                let wait = closed.unwrap_or(now).saturating_duration_since(now);
                words.push((waiter.contact.words, Word::Give(Error::minute_spent(wait))));
            }
        }
        self.told_closed = closed;
    }

    /// Why a call that would have to wait so long is refused.
    fn too_late(&mut self, wait: Duration, now: Instant) -> Error {
        let closed = self.closed_until(now).is_some();
        if closed { Error::minute_spent(wait) } else { Error::turn_too_late(wait) }
    }

    fn refuse(&mut self, spot: Spot, error: Error, words: &mut Words) {
        self.forget_sleeper(spot);
        if let Some(waiter) = self.queue.remove(spot) {
            words.push((waiter.contact.words, Word::Give(error)));
        }
    }

    fn pop(&mut self, priority: Priority) -> Option<Waiter<Contact>> {
        let waiter = self.queue.pop(priority)?;
        self.forget_sleeper(waiter.spot);
        Some(waiter)
    }

    fn forget_sleeper(&mut self, spot: Spot) {
        self.sleeper = self.sleeper.filter(|(sleeper, _)| sleeper.id != spot.id);
    }

    fn see_to_a_sleeper(&mut self, words: &mut Words) {
        let Some(next) = self.next else { return };
        let wake = match self.sleeper {
            // That one looks before it sleeps, or wakes up in time.
            Some((_, None)) => return,
            Some((_, Some(until))) if until <= next => return,
            // It sleeps too long.
            Some((sleeper, _)) => self.queue.find(sleeper),
            None => Priority::ALL.into_iter().find_map(|priority| self.queue.first(priority)),
        };
        if let Some(waiter) = wake {
            self.sleeper = Some((waiter.spot, None));
            words.push((waiter.contact.words.clone(), Word::Look));
        }
    }
}

/// One who waits. Whoever stops waiting leaves the queue.
struct Waiting {
    shared: Arc<Shared>,
    spot: Spot,
    words: UnboundedReceiver<Word>,
}

/// What ends a wait.
enum Event {
    Told(Option<Word>),
    Woke,
    Expired,
}

impl Waiting {
    async fn until_told(mut self, deadline: Instant) -> Result<Permit> {
        let shared = self.shared.clone();
        let left = deadline.saturating_duration_since(shared.timer.now());
        let mut expired = pin!(tokio::time::sleep(left));
        loop {
            while let Ok(word) = self.words.try_recv() {
                match word {
                    Word::Go(permit) => return Ok(permit),
                    Word::Give(error) => return Err(error),
                    Word::Look => {}
                }
            }
            // Made before the look at the schedule, so that no change is missed.
            let mut scheduled = pin!(shared.scheduled.notified());
            let (mut sleep, patience) = self.sleep();
            // By the runtime's clock: while there is no moment to wait for, time need not go on.
            let mut look = pin!(tokio::time::sleep(LOOK.saturating_mul(patience)));
            let event = poll_fn(|cx| {
                if let Poll::Ready(word) = self.words.poll_recv(cx) {
                    return Poll::Ready(Event::Told(word));
                }
                let woke = match sleep.as_mut() {
                    Some(sleep) => sleep.as_mut().poll(cx).map(|()| Event::Woke),
                    None if scheduled.as_mut().poll(cx).is_ready() => {
                        Poll::Ready(Event::Told(Some(Word::Look)))
                    }
                    None => look.as_mut().poll(cx).map(|()| Event::Woke),
                };
                if woke.is_ready() { woke } else { expired.as_mut().poll(cx).map(|()| Event::Expired) }
            });
            match event.await {
                Event::Told(Some(Word::Go(permit))) => return Ok(permit),
                Event::Told(Some(Word::Give(error))) => return Err(error),
                Event::Told(Some(Word::Look)) => {}
                Event::Woke => self.wake(),
                Event::Told(None) | Event::Expired => {
                    let waiting = shared.lock_now().0.queue.len();
                    return Err(Error::no_turn(waiting));
                }
            }
        }
    }

    /// Lets go whose turn it is. Who is awake takes over from one who ought to be.
    fn wake(&self) {
        let spot = self.spot;
        self.shared.turn(|state, now| {
            let sleeps = |(sleeper, until): (Spot, Option<Instant>)| {
                sleeper.id != spot.id && until.is_some_and(|until| until > now)
            };
            if !state.sleeper.is_some_and(sleeps) {
                state.sleeper = Some((spot, None));
            }
        });
    }

    /// The sleep until the schedule's next moment, or until it is time to look whether somebody woke up then; and how
    /// many times longer than others this one is to sleep, since many wait.
    fn sleep(&self) -> (Option<BoxFuture<'static, ()>>, u32) {
        let (mut state, now) = self.shared.lock_now();
        let patience = 1 + self.spot.id % (1 + state.queue.len() as u64 / WATCH);
        let patience = u32::try_from(patience).unwrap_or(u32::MAX);
        let next = state.next;
        let wait = next.map(|next| next.saturating_duration_since(now));
        let wait = if state.sleeper.is_some_and(|(sleeper, _)| sleeper.id == self.spot.id) {
            // Without a moment to wake up at, there is no sleeper: the next turn finds one.
            state.sleeper = next.map(|next| (self.spot, Some(next)));
            wait
        } else {
            wait.map(|wait| wait.saturating_add(GRACE).min(LOOK).saturating_mul(patience))
        };
        drop(state);
        (wait.map(|wait| self.shared.timer.sleep(wait)), patience)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let spot = self.spot;
        self.shared.turn(|state, _| {
            state.queue.remove(spot);
            state.forget_sleeper(spot);
        });
    }
}

impl Permit {
    /// The call goes out now.
    pub(crate) fn sending(&mut self) {
        self.stage = Stage::Sent;
    }

    /// There was no connection: the server has seen nothing.
    pub(crate) fn unsent(&mut self) {
        self.stage = Stage::NotSent;
    }

    /// Takes over what an answer says; `refused` is that of a 429, with its `Retry-After`.
    pub(crate) fn learn(&mut self, limits: Option<&Limits>, refused: Option<Option<Duration>>) {
        let figures = limits.map(|limits| limits.minute).unwrap_or_default();
        self.stage = Stage::Answered;
        let counted = std::mem::take(&mut self.unanswered);
        #[cfg(feature = "redis")]
        self.report(Fate::Answered(figures, refused));
        self.shared.turn(|state, now| {
            state.unanswered -= usize::from(counted);
            if let Some(limits) = limits {
                state.month.learn(&limits.month, self.serial, now);
            }
            let Some((minute, ticket)) = state.minute.as_mut().zip(self.ticket) else { return };
            let refusal = refused.map(|retry_after| Refusal { retry_after });
            minute.learn(now, ticket, &figures, refusal);
            let for_month = limits.is_some_and(Limits::month_is_spent);
            let says_minute = figures.remaining == Some(0)
                || (figures.remaining.is_none()
                    && (figures.reset_after.is_some() || refused.flatten().is_some()));
            match refused {
                None => state.places.went_well(),
                Some(_) if !for_month && !says_minute => state.places.crowded(self.serial, state.serial),
                Some(_) => {}
            }
        });
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Self { priority, stage, stand, unanswered, asks, ticket, .. } = *self;
        #[cfg(feature = "redis")]
        self.report(if stage == Stage::NotSent { Fate::Unsent } else { Fate::Lost });
        #[cfg(feature = "redis")]
        self.shared.tell();
        self.shared.turn(|state, now| {
            state.places.give_back(priority, stand);
            state.unanswered -= usize::from(unanswered);
            match stage {
                Stage::NotSent if asks => state.month.refund(now),
                Stage::Sent if asks => state.month.lose(now),
                _ => {}
            }
            let Some((minute, _)) = state.minute.as_mut().zip(ticket) else { return };
            match stage {
                Stage::NotSent => minute.refund(),
                Stage::Sent => minute.lose(),
                Stage::Answered => {}
            }
        });
        #[cfg(feature = "redis")]
        self.shared.freed.notify_one();
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pace").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
