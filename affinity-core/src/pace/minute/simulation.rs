//! The schedule against a server of our own, with random delays, overtaking answers, other clients and other limits.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use fastrand::Rng;

use super::*;

const MS: fn(u64) -> Duration = Duration::from_millis;

#[expect(clippy::print_stdout, reason = "a failure can be seen again by its seed")]
fn rng(test: &str) -> Rng {
    let given = std::env::var("TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| fastrand::u64(..));
    println!("{test}: TEST_SEED={seed}");
    Rng::with_seed(seed)
}

/// A fixed window, which opens with the first call after the last one ended. Times are since the start.
struct Server {
    limit: u64,
    length: Duration,
    opened: Option<Duration>,
    used: u64,
}

impl Server {
    fn count(&mut self, at: Duration) -> (bool, Figures) {
        if self.opened.is_none_or(|opened| at >= opened + self.length) {
            (self.opened, self.used) = (Some(at), 0);
        }
        let refused = self.used >= self.limit;
        self.used += u64::from(!refused);
        let left = self.opened.unwrap() + self.length - at;
        let reset = Duration::from_secs(left.as_secs() + u64::from(left.subsec_nanos() > 0));
        let remaining = self.limit.saturating_sub(self.used);
        (refused, Figures { limit: Some(self.limit), remaining: Some(remaining), reset_after: Some(reset) })
    }
}

/// A client with always more to send than it may.
struct Client {
    minute: Minute,
    priority: Priority,
    under_way: usize,
    most_under_way: usize,
}

/// A call that went out, and what the server said to it.
struct Sent {
    client: usize,
    ticket: Ticket,
    told: Option<(bool, Figures)>,
}

struct Outcome {
    served: u64,
    refused: u64,
    time: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Counted,
    Answered,
}

/// Lets clients send that many calls in all.
fn run(rng: &mut Rng, server: &mut Server, clients: usize, calls: u64, slowest: u64) -> Outcome {
    let start = Instant::now();
    let mut clients: Vec<Client> = (0..clients)
        .map(|_| Client {
            minute: Minute::new(),
            priority: Priority::ALL[rng.usize(..2)],
            under_way: 0,
            most_under_way: rng.usize(1..=16),
        })
        .collect();
    let delay = |rng: &mut Rng| MS(1 + rng.u64(0..=slowest));
    let mut events = BinaryHeap::new();
    let mut sent: Vec<Sent> = Vec::new();
    let (mut now, mut served, mut refused) = (Duration::ZERO, 0, 0);
    while served < calls {
        let mut next = None;
        for (number, client) in clients.iter_mut().enumerate() {
            let priority = client.priority;
            while client.under_way < client.most_under_way {
                let at = start + now;
                if let Some(wait) = client.minute.next(at, priority) {
                    // A sleep ends a little late.
                    let wake = now + wait + MS(rng.u64(0..2));
                    next = Some(next.map_or(wake, |other: Duration| other.min(wake)));
                    break;
                }
                events.push(Reverse((now + delay(rng), What::Counted, sent.len())));
                sent.push(Sent { client: number, ticket: client.minute.take(at, priority), told: None });
                client.under_way += 1;
            }
        }
        match events.peek() {
            Some(Reverse((at, ..))) if next.is_none_or(|next| *at <= next) => {}
            _ => {
                now = next.expect("somebody waits or is under way");
                continue;
            }
        }
        let Some(Reverse((at, what, call))) = events.pop() else { unreachable!() };
        now = at;
        let Sent { client, ticket, told } = &mut sent[call];
        match what {
            What::Counted => {
                *told = Some(server.count(now));
                events.push(Reverse((now + delay(rng), What::Answered, call)));
            }
            What::Answered => {
                let (was_refused, figures) = told.unwrap();
                let refusal = was_refused.then_some(Refusal { retry_after: None });
                let client = &mut clients[*client];
                client.under_way -= 1;
                client.minute.learn(start + now, *ticket, &figures, refusal);
                served += u64::from(!was_refused);
                refused += u64::from(was_refused);
            }
        }
    }
    Outcome { served, refused, time: now }
}

fn server(rng: &mut Rng) -> Server {
    Server { limit: rng.u64(200..=1200), length: MS(rng.u64(20_000..=60_000)), opened: None, used: 0 }
}

/// The part of what was allowed that was used.
fn used(outcome: &Outcome, server: &Server) -> f64 {
    let allowed = outcome.time.as_secs_f64() * server.limit as f64 / server.length.as_secs_f64();
    outcome.served as f64 / allowed
}

#[test]
fn alone_it_meets_no_refusal_and_uses_what_is_allowed() {
    let mut rng = rng("alone");
    for _ in 0..40 {
        let mut server = server(&mut rng);
        let calls = server.limit * 5;
        // Slow enough that answers overtake each other, fast enough that the limit is what bounds the calls.
        let outcome = run(&mut rng, &mut server, 1, calls, 10);
        let used = used(&outcome, &server);
        assert_eq!(outcome.refused, 0, "{} in {:?}", server.limit, server.length);
        assert!(used > 0.95, "{used} of {} in {:?}", server.limit, server.length);
    }
}

#[test]
fn slow_answers_lead_to_no_refusal() {
    let mut rng = rng("slow");
    for _ in 0..40 {
        let mut server = server(&mut rng);
        let calls = server.limit * 4;
        assert_eq!(run(&mut rng, &mut server, 1, calls, 900).refused, 0);
    }
}

#[test]
fn several_clients_of_one_key_meet_next_to_no_refusal() {
    let mut rng = rng("several");
    for _ in 0..40 {
        let mut server = server(&mut rng);
        let (calls, clients) = (server.limit * 5, rng.usize(2..=4));
        let outcome = run(&mut rng, &mut server, clients, calls, 40);
        let share = outcome.refused as f64 / (outcome.served + outcome.refused) as f64;
        assert!(share < 0.02, "{share}: {clients} of {} in {:?}", server.limit, server.length);
        let used = used(&outcome, &server);
        assert!(used > 0.9, "{used}: {clients} of {} in {:?}", server.limit, server.length);
    }
}

#[test]
fn limits_that_change_under_way_are_followed() {
    let mut rng = rng("changing");
    let mut server = Server { limit: 900, length: MS(60_000), opened: None, used: 0 };
    assert_eq!(run(&mut rng, &mut server, 1, 2000, 40).refused, 0);
    let mut minute = Minute::new();
    let (start, mut now, mut refused, mut served) = (Instant::now(), Duration::ZERO, 0, 0);
    while served < 5000 {
        if rng.u32(0..300) == 0 {
            server.limit = rng.u64(100..1500);
        }
        now += minute.next(start + now, Priority::Bulk).unwrap_or_default();
        let ticket = minute.take(start + now, Priority::Bulk);
        let (was_refused, figures) = server.count(now);
        minute.learn(start + now, ticket, &figures, was_refused.then_some(Refusal { retry_after: None }));
        served += u64::from(!was_refused);
        refused += u64::from(was_refused);
    }
    // Each time it is lowered below what was used already, one call finds out.
    assert!(refused < 40, "{refused}");
}

#[test]
fn no_figures_whatever_stop_calls_for_good() {
    let mut rng = rng("nonsense");
    for _ in 0..200 {
        let (mut minute, mut now) = (Minute::new(), Instant::now() + MS(86_400_000));
        let figure = |rng: &mut Rng| match rng.u8(0..6) {
            0 => None,
            1 => Some(0),
            2 => Some(u64::MAX),
            3 => Some(rng.u64(..)),
            _ => Some(rng.u64(0..1000)),
        };
        let mut tickets = vec![minute.take(now, Priority::Bulk)];
        for _ in 0..200 {
            let figures = Figures {
                limit: figure(&mut rng),
                remaining: figure(&mut rng),
                reset_after: figure(&mut rng).map(Duration::from_secs),
            };
            let retry_after = figure(&mut rng).map(Duration::from_secs);
            let refusal = rng.bool().then_some(Refusal { retry_after });
            let ticket = tickets[rng.usize(..tickets.len())];
            minute.learn(now, ticket, &figures, refusal);
            let wait = minute.next(now, Priority::Bulk).unwrap_or_default();
            assert!(wait <= MINUTE, "{wait:?} {figures:?} {refusal:?}");
            minute.least_wait(now, rng.u64(..));
            now += MS(rng.u64(0..60_000)) + wait;
            if rng.u8(0..20) == 0 {
                now -= MS(rng.u64(0..600_000));
            }
            tickets.push(minute.take(now, Priority::Bulk));
        }
    }
}
