//! Many processes, and others who know nothing of them, at a server that counts: by a clock that is moved by hand.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::tests::{S, at, rng, server};
use super::*;

/// What the server counts: so many calls in each minute.
struct Minute {
    limit: u64,
    begun: Duration,
    used: u64,
    refused: u64,
}

impl Minute {
    fn call(&mut self, now: Duration) -> Fate {
        if now >= self.begun + S(60) {
            (self.begun, self.used) = (now, 0);
        }
        let is_refused = self.used >= self.limit;
        self.refused += u64::from(is_refused);
        self.used += u64::from(!is_refused);
        let left = self.begun + S(60) - now;
        let figures = Window {
            limit: Some(self.limit),
            remaining: Some(self.limit - self.used),
            reset_after: Some(S(left.as_secs_f64().ceil() as u64)),
        };
        Fate::Answered(figures, is_refused.then_some(None))
    }
}

/// One after the other, without an end.
struct Caller<'a> {
    process: usize,
    priority: Priority,
    question: Question<'a>,
    since: Duration,
    slot: Option<Slot>,
    answer: Option<Fate>,
    rest: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Asks(usize),
    Arrives(usize),
    Answered(usize),
    Foreign,
}

struct Outcome {
    served: Vec<u64>,
    refused: u64,
    longest: [Duration; 2],
}

const TRIP: Duration = Duration::from_millis(50);
const LENGTH: Duration = Duration::from_secs(180);

struct Crowd {
    processes: usize,
    callers: usize,
    /// The last process has one interactive caller more, who calls every two seconds.
    interactive: bool,
    /// Somebody else calls so often.
    foreign: Option<Duration>,
}

async fn run(crowd: Crowd, limit: u64, rng: &mut fastrand::Rng) -> Option<Outcome> {
    let (_server, pacing) = server().await?;
    let all: Vec<_> = (0..crowd.processes).map(|_| Together::new(pacing.clone())).collect();
    let mut callers: Vec<_> = (0..crowd.processes * crowd.callers)
        .map(|caller| (caller % crowd.processes, Priority::Bulk, Duration::ZERO))
        .chain(crowd.interactive.then_some((crowd.processes - 1, Priority::Interactive, S(2))))
        .map(|(process, priority, rest)| {
            let question = all[process].question(priority);
            Caller { process, priority, question, since: Duration::ZERO, slot: None, answer: None, rest }
        })
        .collect();
    let mut events: BinaryHeap<_> = (0..callers.len())
        .map(|caller| Reverse((Duration::from_millis(rng.u64(..1000)), Event::Asks(caller))))
        .collect();
    events.extend(crowd.foreign.map(|_| Reverse((S(1), Event::Foreign))));
    let mut minute = Minute { limit, begun: Duration::ZERO, used: 0, refused: 0 };
    let mut outcome = Outcome { served: vec![0; crowd.processes], refused: 0, longest: [Duration::ZERO; 2] };
    while let Some(Reverse((now, event))) = events.pop().filter(|Reverse((now, _))| *now < LENGTH) {
        let next = match event {
            Event::Foreign => {
                minute.call(now);
                crowd.foreign.map(|step| (now + step, event))
            }
            Event::Asks(caller) => {
                let Caller { process, question, slot, .. } = &mut callers[caller];
                at(&all[*process], now);
                let (wait, next) = match question.ask(S(1000)).await.unwrap() {
                    Taken::Slot(taken, wait) => {
                        *slot = Some(taken);
                        (wait + TRIP, Event::Arrives(caller))
                    }
                    Taken::Again(wait) | Taken::Closed(wait) => (wait.min(ASKS), event),
                    late @ Taken::TooLate(_) => panic!("{late:?}"),
                };
                Some((now + wait, next))
            }
            Event::Arrives(caller) => {
                let Caller { process, priority, since, answer, .. } = &mut callers[caller];
                let waited = now - TRIP - *since;
                let longest = &mut outcome.longest[usize::from(*priority == Priority::Interactive)];
                *longest = waited.max(*longest);
                let refused = minute.refused;
                *answer = Some(minute.call(now));
                outcome.refused += minute.refused - refused;
                outcome.served[*process] += 1 - (minute.refused - refused);
                Some((now + TRIP, Event::Answered(caller)))
            }
            Event::Answered(caller) => {
                let Caller { process, priority, question, since, slot, answer, rest } = &mut callers[caller];
                at(&all[*process], now);
                let told = slot.take().zip(answer.take()).unwrap();
                all[*process].note(told.0, told.1);
                all[*process].ask(["", "0", "0"]).await.unwrap();
                *question = all[*process].question(*priority);
                *since = now + *rest;
                Some((*since, Event::Asks(caller)))
            }
        };
        events.extend(next.map(Reverse));
    }
    Some(outcome)
}

/// All of the calls that the server allows in the time.
fn allowed(limit: u64) -> f64 {
    limit as f64 * LENGTH.as_secs_f64() / 60.0
}

#[tokio::test]
async fn processes_have_equal_shares_and_none_waits_long() {
    let mut rng = rng("shares");
    for (processes, callers) in [(10, 8), (4, 8), (3, 1)] {
        let crowd = Crowd { processes, callers, interactive: false, foreign: None };
        let Some(outcome) = run(crowd, 900, &mut rng).await else { return };
        let Outcome { served, refused, longest } = outcome;
        assert_eq!(refused, 0, "{processes} with {callers}");
        let share = allowed(900) / processes as f64;
        assert!(served.iter().all(|served| *served as f64 > 0.9 * share), "{share}: {served:?}");
        // All others of a round, and the rest of a window that is used up.
        let round = S(60) * (processes * callers) as u32 / 900;
        assert!(longest[0] < 2 * round + S(3), "{processes} with {callers}: {longest:?}");
    }
}

#[tokio::test]
async fn interactive_calls_go_ahead_also_where_others_spend() {
    let mut rng = rng("mixed");
    for foreign in [None, Some(Duration::from_millis(200))] {
        let crowd = Crowd { processes: 4, callers: 8, interactive: true, foreign };
        let Some(outcome) = run(crowd, 900, &mut rng).await else { return };
        let Outcome { served, refused, longest } = outcome;
        // What others spend just then is not seen yet: a few in three minutes.
        let most = if foreign.is_some() { 20 } else { 0 };
        assert!(refused <= most, "{foreign:?}: {refused}");
        let spent = foreign.map_or(0.0, |step| LENGTH.as_secs_f64() / step.as_secs_f64());
        let share = (allowed(900) - spent) / 4.0;
        assert!(served.iter().all(|served| *served as f64 > 0.9 * share), "{share}: {served:?}");
        assert!(longest[1] < S(8), "only the rest of a window that is used up: {longest:?}");
    }
}
