//! The schedule of the minute: when the next call may go out, by what the server says of its window.
//!
//! It knows no clock and waits for nothing; every moment is given to it. A window shared by several processes would
//! take its place, with the same few questions: `next`, `take`, `refund` and `learn`.

use std::time::{Duration, Instant};

use super::Priority;
use crate::Window as Figures;

#[derive(Debug)]
pub(super) struct Minute {
    known: Known,
    limit: Option<u64>,
    /// How long a whole window is, as the first answer of the last one said.
    length: Option<Duration>,
    /// The longest time to a reset that was told.
    longest: Duration,
    /// When the server last counted whole seconds down to 0, as one does that rounds down.
    rounded_down: Option<Instant>,
    window: Window,
    /// Our calls without an answer yet.
    under_way: u64,
    /// The calls that went out have had their share of the time until then.
    paid_until: Option<Instant>,
    /// A refusal while calls are left asked for no more until then.
    held_until: Option<Instant>,
    latest: Option<Instant>,
}

/// What the answers so far have told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// There was no answer.
    Nothing,
    /// They carry no figures: nothing to go by.
    NoFigures,
    Figures,
}

/// The server's current window, as far as it is known.
#[derive(Clone, Copy, Debug)]
struct Window {
    /// Windows are numbered, to know whose answer comes.
    number: u64,
    /// Our calls in it, and those that were under way when it began: the server may count them here.
    sent: u64,
    /// How many calls of ours it has room for: not more than `most`, which rests on what is certain, and about
    /// `likely`, which takes it that the server counted our calls in their order.
    most: u64,
    likely: u64,
    /// When the first of our calls went out.
    begun: Option<Instant>,
    /// When it ends; not known before its first answer.
    ends: Option<Ends>,
    /// When the window before ended, at the latest.
    after: Option<Instant>,
    /// When the last answer of it came.
    heard: Option<Instant>,
    /// It is used up for longer than a minute, as was told: one call may go and ask whether that is so.
    asks: bool,
}

/// A moment that is known to lie between two. The server tells whole seconds, so one answer tells it to a second;
/// many answers tell it to a few milliseconds, since each ends another stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ends {
    earliest: Instant,
    latest: Instant,
}

/// A call that went out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket {
    window: u64,
    index: u64,
    at: Instant,
}

/// A 429, and the `Retry-After` it came with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal {
    pub(super) retry_after: Option<Duration>,
}

const MINUTE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);

/// No window is longer, whatever the server says.
const LONGEST: Duration = Duration::from_secs(3600);

/// A clock that is behind by so little has not gone back.
const JITTER: Duration = Duration::from_secs(5);

/// Before the first answer nothing is known of the minute, which another process may have used up: one call goes
/// ahead, and another each quarter of a second.
const FIRST_STEP: Duration = Duration::from_millis(250);

/// The schedule aims at the end of the window less this part of it, so that a hiccup does not leave calls unused.
const SLACK: u32 = 32;

/// Where others spend from the window too, bulk calls leave one part in so many unused.
const MARGIN: u64 = 100;

impl Minute {
    pub(super) fn new() -> Self {
        Self {
            known: Known::Nothing,
            limit: None,
            length: None,
            longest: Duration::ZERO,
            rounded_down: None,
            window: Window::new(1, u64::MAX, None),
            under_way: 0,
            paid_until: None,
            held_until: None,
            latest: None,
        }
    }

    /// How long the next call has to wait; `None` if it may go.
    pub(super) fn next(&mut self, now: Instant, priority: Priority) -> Option<Duration> {
        let now = self.settle(now);
        let wait = match self.known {
            Known::NoFigures => Duration::ZERO,
            Known::Nothing => self.ahead(now),
            Known::Figures if self.left(priority) == 0 => self.closes(now).saturating_duration_since(now),
            Known::Figures => {
                let burst = self.step(now, priority).saturating_mul(self.burst(priority));
                self.ahead(now).saturating_sub(burst)
            }
        };
        let held = self.held_until.map(|until| until.saturating_duration_since(now));
        let wait = wait.max(held.unwrap_or_default());
        (!wait.is_zero()).then_some(wait)
    }

    /// Whether waits are what the server's figures say, rather than what is done until they come.
    pub(super) fn is_sure(&self) -> bool {
        // What one call goes out to ask may be otherwise when it is answered.
        self.known == Known::Figures && !self.window.asks
    }

    /// The least that a call has to wait with so many to go before it. A bulk call can be one of those that go as
    /// interactive ones may.
    pub(super) fn least_wait(&mut self, now: Instant, before: u64) -> Duration {
        let priority = Priority::Interactive;
        if !self.is_sure() {
            return Duration::ZERO;
        }
        let now = self.settle(now);
        let next = self.next(now, priority).unwrap_or_default();
        if let Some(wait) = self.later_window(now, before) {
            return wait;
        }
        let before = u32::try_from(before).unwrap_or(u32::MAX);
        let step = self.step(now, priority);
        let ahead = self.ahead(now).saturating_add(step.saturating_mul(before));
        next.max(ahead.saturating_sub(step.saturating_mul(self.burst(priority))))
    }

    /// How long a call has to wait for a later window, if this one has no room for it with so many to go before it.
    pub(super) fn later_window(&mut self, now: Instant, before: u64) -> Option<Duration> {
        if !self.is_sure() {
            return None;
        }
        let now = self.settle(now);
        let beyond = before.checked_sub(self.left(Priority::Interactive))?;
        let windows = beyond / self.limit.unwrap_or(u64::MAX).max(1);
        let length = self.length.unwrap_or(self.longest).min(MINUTE);
        let more = length.saturating_mul(u32::try_from(windows).unwrap_or(u32::MAX));
        Some(self.closes(now).saturating_duration_since(now).saturating_add(more))
    }

    /// Until when nothing goes out, if the window is used up.
    pub(super) fn closed_until(&mut self, now: Instant) -> Option<Instant> {
        let now = self.settle(now);
        (self.is_sure() && self.left(Priority::Interactive) == 0).then(|| self.closes(now))
    }

    /// A call goes out.
    pub(super) fn take(&mut self, now: Instant, priority: Priority) -> Ticket {
        let now = self.settle(now);
        let step = match self.known {
            Known::Nothing => FIRST_STEP,
            Known::NoFigures => Duration::ZERO,
            Known::Figures => self.step(now, priority),
        };
        let from = self.paid_until.map_or(now, |paid| paid.max(now));
        // However far ahead they are, a minute later the next one may go.
        self.paid_until = Some(from.checked_add(step).unwrap_or(from).min(now + MINUTE));
        self.window.begun.get_or_insert(now);
        self.window.sent = self.window.sent.saturating_add(1);
        self.under_way += 1;
        Ticket { window: self.window.number, index: self.window.sent, at: now }
    }

    /// The call was not sent after all.
    pub(super) fn refund(&mut self) {
        self.lose();
        self.uncount();
        if self.window.asks {
            // Another asks in its place.
            self.paid_until = None;
        }
    }

    /// The call will have no answer. The server may have counted it.
    pub(super) fn lose(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// The call does not count in this window.
    fn uncount(&mut self) {
        // Every call under way is counted: what was so when the window began is in it too.
        self.window.sent = self.window.sent.saturating_sub(1);
    }

    /// Takes over what an answer says.
    pub(super) fn learn(
        &mut self,
        now: Instant,
        ticket: Ticket,
        figures: &Figures,
        refusal: Option<Refusal>,
    ) {
        let now = self.settle(now);
        self.lose();
        // A refusal that does not say otherwise is that of a minute that is used up.
        let stated = refusal.and_then(|refusal| refusal.retry_after);
        let says_when = figures.reset_after.is_some() || stated.is_some();
        let refused_for_minute = refusal.is_some() && says_when && figures.remaining.unwrap_or(0) == 0;
        if let Some(wait) = stated.filter(|_| !refused_for_minute) {
            let until = now + wait.clamp(SECOND, MINUTE);
            self.held_until = Some(self.held_until.map_or(until, |held| held.max(until)));
        }
        let remaining = if refused_for_minute { Some(0) } else { figures.remaining };
        if remaining.is_none() && figures.limit.is_none() && figures.reset_after.is_none() {
            if self.known == Known::Nothing {
                self.known = Known::NoFigures;
            }
            if refusal.is_some() {
                self.uncount();
            }
            return;
        }
        if self.known != Known::Figures {
            (self.known, self.paid_until) = (Known::Figures, None);
        }
        let of_this = self.place(now, ticket, figures);
        if refusal.is_some() || !of_this {
            self.uncount();
        }
        if !of_this {
            return;
        }
        if let Some(wait) = stated.filter(|_| refused_for_minute) {
            self.close(now, wait, figures.reset_after);
        }
        let raised = figures.limit.zip(self.limit).is_some_and(|(told, known)| told > known);
        self.limit = figures.limit.or(self.limit);
        self.window.heard = Some(now);
        self.count(ticket, remaining, raised);
    }

    /// Closes the window for as long as the server says outright, unless it also says that the window ends later.
    fn close(&mut self, now: Instant, wait: Duration, reset: Option<Duration>) {
        // "At once" would send all calls into the next refusal.
        let wait = wait.max(SECOND);
        if reset.is_some_and(|reset| reset >= wait) {
            return;
        }
        // The call it was said to takes it literally; others are held for a minute at most.
        let ends = now + wait.min(LONGEST);
        self.window.ends = Some(Ends { earliest: ends, latest: ends });
    }

    /// Finds out which window an answer is of; false if it is of one that is over.
    fn place(&mut self, now: Instant, ticket: Ticket, figures: &Figures) -> bool {
        let Some(reset) = figures.reset_after else { return ticket.window == self.window.number };
        let is_zero = reset.is_zero() && figures.remaining.is_some();
        // In the middle of a window, a zero is nonsense.
        if is_zero && self.window.ends.is_none_or(|known| known.earliest <= now + SECOND) {
            self.rounded_down = Some(now);
        }
        // A zero is at the most a second, however the server rounds.
        let mut told = Ends::told(ticket.at, now, reset.min(LONGEST), is_zero || self.rounds_down(now));
        match self.window.ends {
            Some(known) if told.latest < known.earliest => {
                if ticket.window != self.window.number {
                    return false;
                }
                // A call of this window knows better: what was told before was nonsense.
                self.window.ends = Some(told);
            }
            Some(known) if told.earliest > known.latest => {
                if now < known.earliest && self.rounded_down.take().is_some() {
                    // The next one is there before a server that rounds down could have opened it.
                    told = Ends::told(ticket.at, now, reset.min(LONGEST), false);
                }
                self.open(now, Some(known.latest));
                self.window.sent = self.window.sent.saturating_add(1);
                self.window.ends = Some(told);
            }
            Some(known) => self.window.ends = Some(known.and(told)),
            None => {
                let of_this = ticket.window == self.window.number;
                if !of_this && self.window.after.is_some_and(|after| told.earliest <= after) {
                    return false;
                }
                if of_this && self.window.after.is_some() {
                    self.length = Some(reset.min(LONGEST));
                }
                self.window.ends = Some(told);
            }
        }
        if reset <= LONGEST {
            self.longest = self.longest.max(reset);
        }
        true
    }

    /// What was seen once need not be so for ever.
    fn rounds_down(&self, now: Instant) -> bool {
        self.rounded_down.is_some_and(|at| now.saturating_duration_since(at) < LONGEST)
    }

    /// Reckons how many calls the window has room for. Others may spend from it too.
    fn count(&mut self, ticket: Ticket, remaining: Option<u64>, raised: bool) {
        let limit = self.limit.unwrap_or(u64::MAX);
        let window = &mut self.window;
        let (mut most, mut likely) = (limit, limit);
        if let Some(remaining) = remaining {
            let remaining = remaining.min(limit);
            // The server has counted all of ours at the most, or those up to this one.
            most = remaining.saturating_add(window.sent).min(limit);
            let index =
                if ticket.window == window.number { ticket.index.min(window.sent) } else { window.sent };
            likely = remaining.saturating_add(index).min(most);
        }
        // What was asked anew holds, whatever was told before.
        let asked = std::mem::take(&mut window.asks);
        if raised || asked {
            (window.most, window.likely) = (most, likely);
        } else {
            window.most = window.most.min(most);
            window.likely = window.likely.min(likely);
        }
        if asked {
            // The one that asked had a whole minute to itself, which is over with its answer.
            self.paid_until = None;
        }
    }

    fn left(&self, priority: Priority) -> u64 {
        let Window { sent, most, likely, .. } = self.window;
        if self.is_alone() || self.window.asks {
            return most.saturating_sub(sent);
        }
        // What others have under way is not seen yet: bulk calls leave the last ones to them.
        let margin = match priority {
            Priority::Interactive => 0,
            Priority::Bulk => self.limit.unwrap_or(0) / MARGIN,
        };
        most.min(likely).saturating_sub(sent).saturating_sub(margin)
    }

    /// Whether nobody else spends from the window. Then `most` is exact; otherwise it lags behind by what is under way.
    fn is_alone(&self) -> bool {
        self.limit.is_some_and(|limit| self.window.most >= limit)
    }

    /// Until when nothing goes out if the window is used up. One figure of nonsense must not stop calls for long, and
    /// only an answer can correct it.
    fn closes(&self, now: Instant) -> Instant {
        let since = self.window.heard.or(self.window.begun).unwrap_or(now);
        self.ends(now).min(since + MINUTE)
    }

    /// When the window ends, at the latest; a guess where no answer told it.
    fn ends(&self, now: Instant) -> Instant {
        match self.window.ends {
            Some(ends) => ends.latest,
            None => self.window.begun.unwrap_or(now) + self.length.unwrap_or(MINUTE),
        }
    }

    /// How long each call that is left has, if they are spread over the time that is left.
    fn step(&self, now: Instant, priority: Priority) -> Duration {
        let time = self.aim(now).saturating_duration_since(now);
        // The quota is one of a minute (documented): whatever the server says, it need not last longer.
        time.min(MINUTE) / u32::try_from(self.left(priority)).unwrap_or(u32::MAX).max(1)
    }

    /// When the window should be used up.
    fn aim(&self, now: Instant) -> Instant {
        let slack = self.length.unwrap_or(MINUTE).min(MINUTE) / SLACK;
        let ends = self.ends(now);
        ends.checked_sub(slack).unwrap_or(ends)
    }

    /// How far the calls that went out are ahead of an even spread.
    fn ahead(&self, now: Instant) -> Duration {
        let Some(paid) = self.paid_until else { return Duration::ZERO };
        // What is left when the aim is reached is not held back any more.
        let paid = if self.known == Known::Figures { paid.min(self.aim(now)) } else { paid };
        paid.saturating_duration_since(now)
    }

    /// How many calls may go ahead of an even spread.
    fn burst(&self, priority: Priority) -> u32 {
        let limit = self.limit.unwrap_or(0);
        let burst = match priority {
            Priority::Interactive => (limit / 10).max(10),
            Priority::Bulk => (limit / 100).max(4),
        };
        // Bursts of several clients would meet at the wall.
        let burst = match priority {
            _ if self.is_alone() => burst,
            Priority::Interactive => burst.min(self.left(priority) / 8),
            Priority::Bulk => 1,
        };
        u32::try_from(burst).unwrap_or(u32::MAX)
    }

    /// Turns to the next window when one is over. The moment it gives back is the one to reckon with.
    fn settle(&mut self, now: Instant) -> Instant {
        let now = match self.latest {
            // Clocks of several threads can differ a little; that is no news.
            Some(latest) if now < latest && latest - now <= JITTER => latest,
            Some(latest) if now < latest => {
                // A clock that goes back: what it said of the window means nothing now.
                self.open(now, None);
                self.held_until = None;
                now
            }
            _ => now,
        };
        self.latest = Some(now);
        let begun = self.window.ends.is_some() || self.window.begun.is_some();
        if self.known == Known::Figures && begun {
            let ends = self.ends(now);
            if now >= ends {
                self.open(now, Some(ends));
            } else if self.left(Priority::Interactive) == 0 && now >= self.closes(now) {
                self.ask_anew(now);
            }
        }
        now
    }

    fn ask_anew(&mut self, now: Instant) {
        let one = self.window.sent.saturating_add(1);
        (self.window.most, self.window.likely) = (one, one);
        (self.window.asks, self.window.heard) = (true, Some(now));
        self.paid_until = None;
    }

    fn open(&mut self, now: Instant, after: Option<Instant>) {
        // One call at the least: its answer tells more.
        let room = self.limit.map_or(u64::MAX, |limit| limit.max(1));
        self.window = Window::new(self.window.number + 1, room, after);
        self.window.sent = self.under_way;
        self.window.begun = (self.under_way > 0).then_some(now);
        self.paid_until = None;
    }
}

impl Window {
    fn new(number: u64, room: u64, after: Option<Instant>) -> Self {
        Self {
            number,
            sent: 0,
            most: room,
            likely: room,
            begun: None,
            ends: None,
            after,
            heard: None,
            asks: false,
        }
    }
}

impl Ends {
    /// What an answer that came now, to a call that went out then, tells: its figure was true at some moment between.
    fn told(sent: Instant, now: Instant, reset: Duration, rounds_down: bool) -> Self {
        if rounds_down {
            Self { earliest: sent + reset, latest: now + (reset + SECOND).min(LONGEST) }
        } else {
            Self { earliest: sent + reset.saturating_sub(SECOND), latest: now + reset }
        }
    }

    fn and(self, other: Self) -> Self {
        Self { earliest: self.earliest.max(other.earliest), latest: self.latest.min(other.latest) }
    }
}

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
