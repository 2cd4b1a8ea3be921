//! Brings webhooks what happened: who is told what is settled while the world is being changed, the rest is done by one
//! task for each subscription, so that nothing overtakes there.

mod post;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use crate::api::App;
use crate::clock::Now;
use crate::events::Event;
use crate::world::World;

pub(crate) use post::{Destination, post};

/// So many deliveries are kept in mind; older ones are forgotten.
const CAPACITY: usize = 10_000;

/// For how long a receiver may fail.
const USUAL_PATIENCE: Duration = Duration::from_secs(10 * 60 * 60);

/// Not specified: how soon the first retry comes. The waits double from there.
const USUAL_BACKOFF: Duration = Duration::from_secs(1);

/// One attempt to bring a webhook an event.
#[derive(Clone)]
#[non_exhaustive]
pub struct Delivery {
    /// The subscription it was for.
    pub subscription: u64,
    /// Where it went.
    pub url: String,
    /// The name of the event, such as `note.created`.
    pub event: &'static str,
    /// How often it was tried with this one.
    pub attempt: u32,
    /// What was answered; `None` when nothing was, and for what is not sent: the sandbox contacts no other machine, so
    /// what goes to an `https` URL is only kept here.
    pub status: Option<StatusCode>,
    /// The JSON text.
    pub body: String,
}

/// Without URL and body: those who know the URL can post to it, and the body is people's data.
impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("subscription", &self.subscription)
            .field("event", &self.event)
            .field("attempt", &self.attempt)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// The deliveries: made, and still to be made.
#[derive(Debug)]
pub(crate) struct Courier {
    patience: Duration,
    backoff: Duration,
    state: Mutex<State>,
    changed: watch::Sender<()>,
    rounds: mpsc::UnboundedSender<Round>,
    /// Until somebody makes the rounds.
    to_do: Mutex<Option<mpsc::UnboundedReceiver<Round>>>,
}

#[derive(Debug, Default)]
struct State {
    made: VecDeque<Delivery>,
    /// What waits, by subscription. A line is there for as long as somebody works at it.
    lines: HashMap<u64, Line>,
    /// How many lines there were.
    opened: u64,
}

#[derive(Debug)]
struct Line {
    round: Round,
    waiting: VecDeque<Event>,
    /// When the first one is tried again, if it failed.
    again: Option<Duration>,
}

/// The work at one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Round {
    subscription: u64,
    /// Tells the line from earlier ones of the subscription.
    number: u64,
}

impl Default for Courier {
    fn default() -> Self {
        Self::new(None, None)
    }
}

impl Courier {
    pub(crate) fn new(patience: Option<Duration>, backoff: Option<Duration>) -> Self {
        let (rounds, to_do) = mpsc::unbounded_channel();
        Self {
            patience: patience.unwrap_or(USUAL_PATIENCE),
            backoff: backoff.unwrap_or(USUAL_BACKOFF),
            state: Mutex::default(),
            changed: watch::Sender::new(()),
            rounds,
            to_do: Mutex::new(Some(to_do)),
        }
    }

    /// Gives each event to those who want it now. Not specified: whether they hear of what their creator may not see; here
    /// they do.
    pub(crate) fn hand_out(&self, world: &World, events: &[Event]) {
        for event in events {
            for webhook in world.webhooks.values().filter(|webhook| webhook.wants(event.name.as_str())) {
                self.enqueue(webhook.id, event.clone());
            }
        }
    }

    /// Lets go of what waits for a subscription.
    pub(crate) fn forget(&self, subscription: u64) {
        self.state().lines.remove(&subscription);
        self.changed.send_replace(());
    }

    pub(crate) fn deliveries(&self) -> Vec<Delivery> {
        self.state().made.iter().cloned().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enqueue(&self, subscription: u64, event: Event) {
        let mut state = self.state();
        if let Some(line) = state.lines.get_mut(&subscription) {
            line.waiting.push_back(event);
            return;
        }
        state.opened += 1;
        let round = Round { subscription, number: state.opened };
        let line = Line { round, waiting: VecDeque::from([event]), again: None };
        state.lines.insert(subscription, line);
        // With nobody to make the rounds there is no server either.
        let _ = self.rounds.send(round);
    }

    /// The first in line, which stays there; with none left the round is over.
    fn first(&self, round: Round) -> Option<Event> {
        let mut state = self.state();
        let line = state.lines.get(&round.subscription).filter(|line| line.round == round)?;
        let first = line.waiting.front().cloned();
        if first.is_none() {
            state.lines.remove(&round.subscription);
            drop(state);
            self.changed.send_replace(());
        }
        first
    }

    fn with_line(&self, round: Round, change: impl FnOnce(&mut Line)) {
        let mut state = self.state();
        if let Some(line) = state.lines.get_mut(&round.subscription).filter(|line| line.round == round) {
            change(line);
        }
        drop(state);
        self.changed.send_replace(());
    }

    fn is_on(&self, round: Round) -> bool {
        self.state().lines.get(&round.subscription).is_some_and(|line| line.round == round)
    }

    fn keep(&self, delivery: Delivery) {
        let mut state = self.state();
        state.made.push_back(delivery);
        let surplus = state.made.len().saturating_sub(CAPACITY);
        state.made.drain(..surplus);
    }

    /// Whether all is done. When time stands still, what has to wait does not count.
    fn is_settled(&self, manual_now: Option<Duration>) -> bool {
        let waits = |line: &Line| manual_now.is_some_and(|now| line.again.is_some_and(|due| due > now));
        self.state().lines.values().all(waits)
    }

    /// How long to wait after that many attempts: twice as long each time.
    fn wait_after(&self, attempt: u32) -> Duration {
        let factor = 1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
        self.backoff.checked_mul(factor).unwrap_or(Duration::MAX)
    }
}

/// Makes the rounds for as long as the sandbox runs.
pub(crate) async fn run(app: Arc<App>) {
    let to_do = app.courier.to_do.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(mut to_do) = to_do else {
        return;
    };
    while let Some(round) = to_do.recv().await {
        tokio::spawn(work(Arc::clone(&app), round));
    }
}

/// Waits until nothing is to be delivered.
pub(crate) async fn settled(app: &App) {
    let mut changed = app.courier.changed.subscribe();
    loop {
        // Merges that are due are carried out here, and told.
        drop(app.world());
        if app.courier.is_settled(app.clock.manual_now()) {
            return;
        }
        if changed.changed().await.is_err() {
            return;
        }
    }
}

/// The text that is sent.
pub(crate) fn envelope(event: &str, body: &Value, now: Now) -> String {
    json!({ "type": event, "body": body, "sent_at": now.utc.timestamp() }).to_string()
}

async fn work(app: Arc<App>, round: Round) {
    while let Some(event) = app.courier.first(round) {
        deliver(&app, round, &event).await;
        app.courier.with_line(round, |line| drop(line.waiting.pop_front()));
    }
}

/// Tries until it is taken, or patience is at its end.
async fn deliver(app: &App, round: Round, event: &Event) {
    let mut failing_since = None;
    for attempt in 1.. {
        let Some(url) = target(app, round, event) else {
            return;
        };
        if attempt_once(app, round, &url, event, attempt).await {
            return;
        }
        let now = app.clock.now().elapsed;
        let since = *failing_since.get_or_insert(now);
        let end = since.saturating_add(app.courier.patience);
        if now >= end {
            return give_up(app, round);
        }
        let again = now.saturating_add(app.courier.wait_after(attempt)).min(end);
        app.courier.with_line(round, |line| line.again = Some(again));
        wait(app, round, again).await;
        app.courier.with_line(round, |line| line.again = None);
    }
}

/// Where an event is sent now; nowhere when the subscription is paused or gone, or wants other events by now.
fn target(app: &App, round: Round, event: &Event) -> Option<String> {
    let (world, name) = (app.world(), event.name.as_str());
    let webhook = world.webhooks.get(&round.subscription).filter(|webhook| webhook.wants(name))?;
    app.courier.is_on(round).then(|| webhook.url.clone())
}

async fn attempt_once(app: &App, round: Round, url: &str, event: &Event, attempt: u32) -> bool {
    let name = event.name.as_str();
    let body = envelope(name, &event.body, app.clock.now());
    let destination = Destination::of(url);
    let status = match &destination {
        Ok(Destination::Here(target)) => post(target, body.clone()).await,
        Ok(Destination::Elsewhere) | Err(_) => None,
    };
    let subscription = round.subscription;
    app.courier.keep(Delivery { subscription, url: url.to_owned(), event: name, attempt, status, body });
    matches!(destination, Ok(Destination::Elsewhere)) || status.is_some_and(|status| status.is_success())
}

/// Until that time, or until the line is given up.
async fn wait(app: &App, round: Round, until: Duration) {
    let mut changed = app.courier.changed.subscribe();
    let reached = app.clock.reaches(until);
    tokio::pin!(reached);
    while app.courier.is_on(round) {
        tokio::select! {
            () = &mut reached => return,
            changed = changed.changed() => if changed.is_err() { return },
        }
    }
}

/// The subscription is paused, and what waited for it is lost. The e-mail that the account gets then is not emulated.
fn give_up(app: &App, round: Round) {
    if let Some(webhook) = app.world_mut().webhooks.get_mut(&round.subscription) {
        webhook.disabled = true;
    }
    app.courier.forget(round.subscription);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_do_not_overflow() {
        let courier = Courier::new(None, Some(Duration::from_secs(2)));
        let waits: Vec<_> = (1..=4).map(|attempt| courier.wait_after(attempt).as_secs()).collect();
        assert_eq!(waits, [2, 4, 8, 16]);
        assert!(courier.wait_after(u32::MAX) > Duration::from_secs(1_000_000));
    }
}
