//! The minute's schedule in Redis, shared by several processes. Where Redis is away, each goes by its own.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, RedisError, Script};
use tokio::runtime::{Handle, Id};

use super::Priority;
use crate::{Error, Result, Window};

/// Where several processes that use one key, or several keys of one user, keep the schedule of the minute together: the
/// quota is one of the user.
///
/// Calls of one priority go in the order in which they first asked there, whichever process they are of. A process asks
/// for as many at once as it has places, so one with more places has a larger share. Those it still keeps waiting itself
/// are in no order with other processes' calls.
///
/// What became of a call is told after its answer; the last one that a process has under way ends when it is told, or a
/// twentieth of a second later. What a process that ends sooner did not tell counts in the minute that its calls went out
/// in.
///
/// Only figures of the quota are kept there, and random numbers for calls, never a key. The connection is not encrypted:
/// use a Redis of your own network.
#[derive(Clone)]
#[must_use = "it has no effect until it is given to a builder"]
pub struct RedisPacing {
    client: Client,
    name: String,
}

impl RedisPacing {
    /// The Redis at this URL, such as `redis://127.0.0.1/` or `redis://user:password@redis.example:6379/0`; 5.0 or later.
    /// It does not have to be there: nothing is connected yet.
    ///
    /// # Errors
    ///
    /// Not such a URL.
    pub fn new(url: &str) -> Result<Self> {
        // The reason may quote the URL.
        let client = Client::open(url).map_err(|_| {
            Error::input(
                "shared_pacing: not the URL of a Redis; it begins with redis:// or redis+unix://, since TLS (rediss://) \
                 is not supported",
            )
        })?;
        Ok(Self { client, name: "default".to_owned() })
    }

    /// Whose quota it is: processes with the same name share one schedule. Give one to each user whose keys are used; it
    /// is a name of your own, not the key. Default: `default`.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }
}

/// Without the URL, which can have a password.
impl fmt::Debug for RedisPacing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisPacing").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The schedule in Redis, as one process sees it.
pub(super) struct Together {
    client: Client,
    keys: [String; 5],
    script: Script,
    is_up: AtomicBool,
    line: Mutex<Line>,
    /// What a test has in place of the clock of Redis, which it shares with other processes of the test.
    #[cfg(test)]
    time: Arc<Mutex<Option<Duration>>>,
}

struct Line {
    /// A connection lives as long as the runtime that it was made in.
    connections: Vec<(Id, MultiplexedConnection)>,
    /// What was not told yet.
    reports: Vec<Report>,
    /// When a task last set about to tell it, or to look whether Redis is back. Nobody can tell whether its runtime still
    /// runs, so it counts for a moment only.
    busy: Option<Instant>,
    /// When it is tried again.
    retry_at: Option<Instant>,
}

/// A call's place in the schedule.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    id: u64,
    window: i64,
    index: i64,
    /// When it goes, by the clock of Redis.
    goes: i64,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Taken {
    /// It goes after so long.
    Slot(Slot, Duration),
    /// It asks again after so long, since nothing can be told now.
    Again(Duration),
    /// It would go after so long, too late for it. Nothing is taken.
    TooLate(Duration),
    /// The minute is used up for so long, for calls of either kind.
    Closed(Duration),
}

/// Redis is not there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Away;

/// What became of a call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fate {
    Unsent,
    Lost,
    /// The figures of the answer, and of a 429 its `Retry-After`.
    Answered(Window, Option<Option<Duration>>),
}

#[derive(Clone, Copy, Debug)]
struct Report {
    slot: Slot,
    fate: Fate,
    at: Instant,
}

/// The longest time for all that one question to Redis takes, a new connection included.
const PATIENCE: Duration = Duration::from_millis(400);

/// Who waits asks again after so long at the most: who has not for longer loses its turn.
pub(super) const ASKS: Duration = Duration::from_secs(1);

/// No call asks again sooner.
const SOON: Duration = Duration::from_millis(50);

/// No call that has its answer is kept back for longer, to tell what became of it.
const MOMENT: Duration = Duration::from_millis(50);

/// After a failure it is tried again so much later.
const PAUSE: Duration = Duration::from_secs(5);

/// No wait is longer, whatever is answered.
const LONGEST: Duration = Duration::from_secs(3600);

/// So many runtimes can use one client in turn, each with a connection of its own.
const RUNTIMES: usize = 4;

/// No more reports than this are told at once, or kept.
const MOST_REPORTS: usize = 500;

impl Together {
    pub(super) fn new(pacing: RedisPacing) -> Self {
        let RedisPacing { client, name } = pacing;
        // Braces: all are on one node of a cluster.
        let keys = ["minute", "calls", "bulk", "interactive", "waiting"]
            .map(|what| format!("affinity-pacing:{{{name}}}:{what}"));
        let line = Line { connections: Vec::new(), reports: Vec::new(), busy: None, retry_at: None };
        let script = Script::new(include_str!("minute.lua"));
        Self {
            client,
            keys,
            script,
            is_up: AtomicBool::new(true),
            line: Mutex::new(line),
            #[cfg(test)]
            time: Arc::default(),
        }
    }

    /// Whether the schedule there is the one that counts.
    pub(super) fn is_up(&self) -> bool {
        self.is_up.load(Ordering::Acquire)
    }

    /// A question for a place in the schedule. Who asks it again has not lost its turn by that.
    pub(super) fn question(&self, priority: Priority) -> Question<'_> {
        Question { together: self, priority, id: fastrand::u64(1..), may_be_known: false }
    }

    /// Notes what became of a call. It is told with the next question, or by `tell`.
    pub(super) fn note(&self, slot: Slot, fate: Fate) {
        let mut line = self.line();
        // While Redis is away, they are kept for when it is back.
        if line.reports.len() < MOST_REPORTS {
            line.reports.push(Report { slot, fate, at: Instant::now() });
        }
    }

    /// Tells what was noted, in a task that ends when that is done. Redis that was away is looked for again when it is
    /// time, and `back` is called when it is there.
    pub(super) fn tell(self: &Arc<Self>, back: impl FnOnce() + Send + 'static) {
        let Ok(runtime) = Handle::try_current() else { return };
        {
            let mut line = self.line();
            let due = line.retry_at.is_none_or(|at| Instant::now() >= at);
            let busy = line.busy.is_some_and(|since| since.elapsed() < 2 * PATIENCE);
            if busy || !due || (self.is_up() && line.reports.is_empty()) {
                return;
            }
            line.busy = Some(Instant::now());
        }
        let busy = Busy(self.clone());
        runtime.spawn(async move {
            let Busy(together) = &busy;
            let was_up = together.is_up();
            while together.ask(["", "0", "0"]).await.is_ok() {
                let mut line = together.line();
                // Looked at together with this, so that nothing is noted in between.
                line.busy = (!line.reports.is_empty()).then(Instant::now);
                if line.busy.is_none() {
                    break;
                }
            }
            if !was_up && together.is_up() {
                back();
            }
        });
    }

    /// Has told what was noted, if that takes no longer than a moment.
    pub(super) async fn told(&self, left: Duration) {
        let is_there = self.is_up() && !self.line().reports.is_empty();
        if is_there {
            let _ = tokio::time::timeout(left.min(MOMENT), self.ask(["", "0", "0"])).await;
        }
    }

    /// The time that the script is to go by: none, but in tests.
    fn time(&self) -> String {
        #[cfg(test)]
        if let Some(time) = *self.time.lock().unwrap_or_else(PoisonError::into_inner) {
            return micros(time);
        }
        String::new()
    }

    async fn ask(&self, question: [&str; 3]) -> Result<Vec<i64>, Away> {
        let mut told = Told { together: self, reports: std::mem::take(&mut self.line().reports) };
        let mut invocation = self.script.prepare_invoke();
        for key in &self.keys {
            invocation.key(key);
        }
        for word in question {
            invocation.arg(word);
        }
        invocation.arg(self.time());
        for word in told.reports.iter().flat_map(Report::words) {
            invocation.arg(word);
        }
        let asked = tokio::time::timeout(PATIENCE, async {
            if let Some(mut connection) = self.connection()
                && let Ok(answer) = invocation.invoke_async(&mut connection).await
            {
                return Ok(answer);
            }
            // There was none, or it broke while nobody used it.
            let mut connection = self.connect().await?;
            invocation.invoke_async(&mut connection).await
        });
        match asked.await {
            Ok(Ok(answer)) => {
                told.reports.clear();
                self.came_back();
                Ok(answer)
            }
            Ok(Err(error)) => Err(self.went_away(error.code().unwrap_or(error.category()))),
            Err(_) => Err(self.went_away("no answer in time")),
        }
    }

    fn connection(&self) -> Option<MultiplexedConnection> {
        let runtime = Handle::try_current().ok()?.id();
        let line = self.line();
        line.connections.iter().find(|(id, _)| *id == runtime).map(|(_, connection)| connection.clone())
    }

    async fn connect(&self) -> Result<MultiplexedConnection, RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        let connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        let runtime = Handle::current().id();
        let mut line = self.line();
        line.connections.retain(|(id, _)| *id != runtime);
        if line.connections.len() >= RUNTIMES {
            line.connections.remove(0);
        }
        line.connections.push((runtime, connection.clone()));
        Ok(connection)
    }

    fn went_away(&self, why: &str) -> Away {
        let mut line = self.line();
        line.connections.clear();
        line.retry_at = Some(Instant::now() + PAUSE);
        if self.is_up.swap(false, Ordering::AcqRel) {
            tracing::warn!(
                why,
                "the schedule shared through Redis is away; going by the server's figures alone"
            );
        }
        Away
    }

    fn came_back(&self) {
        self.line().retry_at = None;
        if !self.is_up.swap(true, Ordering::AcqRel) {
            tracing::info!("the schedule shared through Redis is back");
        }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A question for a place. Who stops waiting for the answer, or does not ask again, gives up its turn, and the place in
/// case there was one.
pub(super) struct Question<'a> {
    together: &'a Together,
    priority: Priority,
    id: u64,
    /// Whether Redis may have heard of it, and waits for more.
    may_be_known: bool,
}

impl Question<'_> {
    /// Asks for a call that can wait so long.
    pub(super) async fn ask(&mut self, time: Duration) -> Result<Taken, Away> {
        let interactive = if self.priority == Priority::Interactive { "1" } else { "0" };
        self.may_be_known = true;
        let id = self.id;
        let answer = self.together.ask([&id.to_string(), interactive, &micros(time)]).await;
        let Ok(answer) = answer else {
            // There may have been a place all the same: the next time it is another question.
            self.give_up();
            return Err(Away);
        };
        let wait = answer.get(1).map_or(0, |wait| u64::try_from(*wait).unwrap_or(0));
        let wait = Duration::from_micros(wait).min(LONGEST);
        self.may_be_known = matches!(answer[..], [1 | 3, ..]);
        match answer[..] {
            [0, _, window, index, goes] => Ok(Taken::Slot(Slot { id, window, index, goes }, wait)),
            [1, ..] => Ok(Taken::Again(wait.max(SOON) + spread())),
            [2, ..] => Ok(Taken::TooLate(wait)),
            // A moment more makes sure that the window is over.
            [3, ..] => Ok(Taken::Closed(wait + Duration::from_millis(1))),
            _ => Err(self.together.went_away("an answer that makes no sense")),
        }
    }

    fn give_up(&mut self) {
        if std::mem::take(&mut self.may_be_known) {
            let slot = Slot { id: self.id, window: 0, index: 0, goes: 0 };
            self.together.note(slot, Fate::Unsent);
        }
        self.id = fastrand::u64(1..);
    }
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        self.give_up();
    }
}

/// So that not all come at one moment.
fn spread() -> Duration {
    Duration::from_millis(fastrand::u64(..20))
}

/// Reports on their way. What may not have arrived is told again, which changes nothing if it has.
struct Told<'a> {
    together: &'a Together,
    reports: Vec<Report>,
}

impl Drop for Told<'_> {
    fn drop(&mut self) {
        let reports = &mut self.together.line().reports;
        let room = MOST_REPORTS.saturating_sub(reports.len());
        reports.extend(self.reports.drain(..).take(room));
    }
}

/// A task that tells. It can end with its runtime, at any moment.
struct Busy(Arc<Together>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.line().busy = None;
    }
}

impl Report {
    /// As the script reads it.
    fn words(&self) -> [String; 9] {
        let (kind, figures) = match self.fate {
            Fate::Unsent => ("unsent".to_owned(), Window::default()),
            Fate::Lost => ("lost".to_owned(), Window::default()),
            Fate::Answered(figures, None) => ("answer".to_owned(), figures),
            Fate::Answered(figures, Some(retry_after)) => {
                (retry_after.map_or_else(|| "refused".to_owned(), micros), figures)
            }
        };
        let Slot { id, window, index, goes } = self.slot;
        let number = |figure: Option<u64>| figure.map_or_else(String::new, |figure| figure.to_string());
        [
            kind,
            id.to_string(),
            window.to_string(),
            index.to_string(),
            goes.to_string(),
            micros(self.at.elapsed()),
            number(figures.limit),
            number(figures.remaining),
            figures.reset_after.map_or_else(String::new, micros),
        ]
    }
}

fn micros(time: Duration) -> String {
    time.as_micros().to_string()
}

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
