//! The script, with figures that make no sense.

use std::process::{Child, Command, Stdio};

use fastrand::Rng;
use futures::future::{Either, select, select_all};

use super::*;
use crate::TokioTimer;
use crate::pace::{Pace, Rules, Terms};

pub(super) struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[expect(clippy::print_stdout, reason = "a failure can be seen again by its seed")]
pub(super) fn rng(test: &str) -> Rng {
    let given = std::env::var("TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| fastrand::u64(..));
    println!("{test}: TEST_SEED={seed}");
    Rng::with_seed(seed)
}

#[expect(clippy::print_stdout, reason = "a test that does nothing says so")]
pub(super) async fn server() -> Option<(Server, RedisPacing)> {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = Command::new("redis-server");
    command.args(["--port", &port.to_string(), "--save", "", "--appendonly", "no", "--bind", "127.0.0.1"]);
    let Ok(child) = command.stdout(Stdio::null()).spawn() else {
        println!("skipped: there is no redis-server; Debian's package is called so too");
        return None;
    };
    let mut server = Server(child);
    let pacing = RedisPacing::new(&format!("redis://127.0.0.1:{port}/")).unwrap();
    while pacing.client.get_multiplexed_async_connection().await.is_err() {
        assert!(server.0.try_wait().unwrap().is_none(), "it ended at once");
        tokio::task::yield_now().await;
    }
    Some((server, pacing))
}

pub(super) const S: fn(u64) -> Duration = Duration::from_secs;

/// The script goes by a clock that is moved by hand.
pub(super) fn at(together: &Together, time: Duration) {
    *together.time.lock().unwrap() = Some(S(1_000_000) + time);
}

impl Together {
    /// Asks once.
    async fn take(&self, priority: Priority, time: Duration) -> Result<Taken, Away> {
        self.question(priority).ask(time).await
    }
}

async fn taken(together: &Together, priority: Priority) -> Slot {
    match together.take(priority, S(1000)).await.unwrap() {
        Taken::Slot(slot, _) => slot,
        other => panic!("{other:?}"),
    }
}

fn answer(limit: u64, remaining: u64, reset: u64) -> Fate {
    let reset_after = Some(S(reset));
    Fate::Answered(Window { limit: Some(limit), remaining: Some(remaining), reset_after }, None)
}

#[tokio::test]
async fn no_figures_whatever_break_the_script_or_stop_calls_for_good() {
    let Some((_server, pacing)) = server().await else { return };
    let mut rng = rng("script");
    let figure = |rng: &mut Rng| match rng.u8(0..6) {
        0 => None,
        1 => Some(0),
        2 => Some(u64::MAX),
        3 => Some(rng.u64(..)),
        _ => Some(rng.u64(0..1000)),
    };
    for name in 0..30 {
        let together = Together::new(pacing.clone().name(name.to_string()));
        let mut slots = Vec::new();
        for _ in 0..100 {
            let priority = Priority::ALL[rng.usize(..2)];
            let taken = together.take(priority, Duration::from_secs(rng.u64(0..200))).await.unwrap();
            match taken {
                Taken::Slot(slot, wait) => {
                    assert!(wait <= Duration::from_secs(1), "{wait:?}");
                    slots.push(slot);
                }
                Taken::Again(wait) | Taken::TooLate(wait) | Taken::Closed(wait) => {
                    assert!(wait <= Duration::from_secs(61), "{taken:?}");
                }
            }
            if slots.is_empty() || rng.bool() {
                continue;
            }
            let slot = slots.swap_remove(rng.usize(..slots.len()));
            let seconds = |figure: Option<u64>| figure.map(Duration::from_secs);
            let figures = Window {
                limit: figure(&mut rng),
                remaining: figure(&mut rng),
                reset_after: seconds(figure(&mut rng)),
            };
            let refused = rng.bool().then(|| seconds(figure(&mut rng)));
            together.note(slot, [Fate::Unsent, Fate::Lost, Fate::Answered(figures, refused)][rng.usize(..3)]);
        }
    }
}

#[tokio::test]
async fn a_question_that_is_given_up_leaves_no_call_behind() {
    let Some((_server, pacing)) = server().await else { return };
    let together = Together::new(pacing);
    let time = Duration::from_secs(100);
    let figures = Window { limit: Some(900), remaining: Some(899), reset_after: Some(time) };
    let Taken::Slot(slot, _) = together.take(Priority::Bulk, time).await.unwrap() else { unreachable!() };
    together.note(slot, Fate::Answered(figures, None));
    {
        let mut given_up = Box::pin(together.take(Priority::Bulk, time));
        assert!(futures::FutureExt::now_or_never(given_up.as_mut()).is_none());
        // The connection takes it from there.
        let asked = || redis::cmd("ZCARD").arg(&together.keys[1]).to_owned();
        let mut connection = together.connection().unwrap();
        while asked().query_async::<u64>(&mut connection).await.unwrap() == 0 {}
    }
    let Taken::Slot(slot, _) = together.take(Priority::Bulk, time).await.unwrap() else { unreachable!() };
    assert_eq!((slot.window, slot.index), (1, 2));
}

fn pace(pacing: RedisPacing, concurrency: usize) -> Pace {
    let rules = Rules { concurrency, spread: true, keep_monthly: None };
    Pace::new(rules, Arc::new(TokioTimer)).sharing(pacing)
}

fn terms(priority: Priority, time: Duration) -> Terms {
    Terms { priority, counts: true, deadline: Instant::now() + time }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_is_kept_while_redis_says_nothing() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let pacing = RedisPacing::new(&format!("redis://127.0.0.1:{port}/")).unwrap();
    let pace = pace(pacing, 8);
    let (start, time) = (tokio::time::Instant::now(), PATIENCE / 4);
    assert!(pace.admit(terms(Priority::Interactive, time)).await.is_err());
    assert!(start.elapsed() < PATIENCE / 2, "by the clock of the test: {:?}", start.elapsed());
}

#[tokio::test]
async fn what_is_left_to_interactive_calls_is_not_closed_to_them() {
    let Some((_server, pacing)) = server().await else { return };
    let together = Together::new(pacing);
    at(&together, S(0));
    let slot = taken(&together, Priority::Bulk).await;
    // Others spend too: the last of the window are not for bulk calls.
    together.note(slot, answer(900, 5, 50));
    let bulk = together.take(Priority::Bulk, S(1000)).await.unwrap();
    assert!(matches!(bulk, Taken::Again(_)), "{bulk:?}");
    let bulk = together.take(Priority::Bulk, S(10)).await.unwrap();
    assert!(matches!(bulk, Taken::TooLate(_)), "{bulk:?}");
    let slot = taken(&together, Priority::Interactive).await;
    together.note(slot, answer(900, 0, 50));
    for priority in Priority::ALL {
        let none = together.take(priority, S(1000)).await.unwrap();
        assert!(matches!(none, Taken::Closed(_)), "{none:?}");
    }
}

#[tokio::test]
async fn a_window_that_is_said_to_last_long_is_asked_about_in_the_end() {
    let Some((_server, pacing)) = server().await else { return };
    let together = Together::new(pacing);
    at(&together, S(0));
    let slot = taken(&together, Priority::Bulk).await;
    together.note(slot, answer(900, 5, 3000));
    assert!(matches!(together.take(Priority::Bulk, S(5000)).await.unwrap(), Taken::Again(_)));
    at(&together, S(61));
    taken(&together, Priority::Bulk).await;
    // No question is asked over and over at one moment.
    match together.take(Priority::Bulk, S(5000)).await.unwrap() {
        Taken::Slot(..) => {}
        Taken::Again(wait) => assert!(wait >= SOON, "{wait:?}"),
        other => panic!("{other:?}"),
    }
}

async fn connection(together: &Together) -> MultiplexedConnection {
    together.client.get_multiplexed_async_connection().await.unwrap()
}

async fn under_way(together: &Together) -> u64 {
    let mut connection = connection(together).await;
    redis::cmd("ZCARD").arg(&together.keys[1]).query_async(&mut connection).await.unwrap()
}

async fn sent(together: &Together) -> u64 {
    let mut connection = connection(together).await;
    let sent = redis::cmd("HGET").arg(&together.keys[0]).arg("sent").to_owned();
    sent.query_async(&mut connection).await.unwrap()
}

#[tokio::test]
async fn calls_without_an_answer_are_forgotten_where_there_are_no_figures_too() {
    let Some((_server, pacing)) = server().await else { return };
    let together = Together::new(pacing);
    at(&together, S(0));
    let slot = taken(&together, Priority::Bulk).await;
    together.note(slot, Fate::Answered(Window::default(), None));
    for _ in 0..20 {
        taken(&together, Priority::Bulk).await;
    }
    assert_eq!(under_way(&together).await, 20);
    at(&together, S(3600));
    taken(&together, Priority::Bulk).await;
    assert_eq!(under_way(&together).await, 1);
}

#[tokio::test]
async fn what_became_of_calls_is_told_when_redis_is_back() {
    let Some((_server, pacing)) = server().await else { return };
    let together = Together::new(pacing);
    at(&together, S(0));
    let slot = taken(&together, Priority::Interactive).await;
    together.note(slot, answer(900, 899, 50));
    let [told, untold] = [(); 2].map(|()| taken(&together, Priority::Interactive));
    let (told, untold) = (told.await, untold.await);
    together.note(told, answer(900, 898, 50));
    together.went_away("as a test says");
    together.note(untold, answer(900, 897, 50));
    together.ask(["", "0", "0"]).await.unwrap();
    assert!(together.is_up());
    assert_eq!(under_way(&together).await, 0);
}

#[tokio::test]
async fn only_calls_that_went_out_just_before_a_window_count_in_it() {
    let Some((_server, pacing)) = server().await else { return };
    let together = Together::new(pacing);
    at(&together, S(0));
    let slot = taken(&together, Priority::Interactive).await;
    together.note(slot, answer(900, 899, 50));
    let early =
        [taken(&together, Priority::Interactive).await, taken(&together, Priority::Interactive).await];
    at(&together, S(45));
    let late = [taken(&together, Priority::Interactive).await, taken(&together, Priority::Interactive).await];
    at(&together, S(51));
    taken(&together, Priority::Interactive).await;
    assert_eq!(sent(&together).await, 3, "one of its own, two that the server may count in it");
    // What becomes of those that do not count changes nothing.
    early.into_iter().chain(late).for_each(|slot| together.note(slot, Fate::Unsent));
    together.ask(["", "0", "0"]).await.unwrap();
    assert_eq!(sent(&together).await, 1);
}

#[tokio::test]
async fn bulk_calls_that_wait_leave_their_places_to_interactive_ones() {
    let Some((_server, pacing)) = server().await else { return };
    let together = Together::new(pacing.clone());
    let slot = taken(&together, Priority::Bulk).await;
    together.note(slot, answer(900, 5, 50));
    together.ask(["", "0", "0"]).await.unwrap();
    let pace = pace(pacing, 2);
    let bulk = [(); 3].map(|()| Box::pin(pace.admit(terms(Priority::Bulk, S(1000)))));
    let interactive = async {
        // Until two were told to wait; the third has not been let ask.
        while pace.0.lock_now().0.places.asleep() < 2 {
            tokio::task::yield_now().await;
        }
        assert_eq!(pace.0.lock_now().0.queue.len(), 1);
        // Not so long as the window.
        pace.admit(terms(Priority::Interactive, S(20))).await
    };
    let went = tokio::time::timeout(S(20), select(select_all(bulk), Box::pin(interactive))).await;
    assert!(matches!(went, Ok(Either::Right((Ok(_), _)))));
}

#[tokio::test]
async fn a_call_that_does_not_ask_again_loses_its_turn() {
    let Some((_server, pacing)) = server().await else { return };
    let together = Together::new(pacing);
    at(&together, S(0));
    let slot = taken(&together, Priority::Bulk).await;
    // One in five seconds.
    together.note(slot, answer(12, 11, 57));
    let [mut gone, mut first, mut last] = [(); 3].map(|()| together.question(Priority::Bulk));
    while !matches!(gone.ask(S(1000)).await.unwrap(), Taken::Again(_)) {}
    for (question, asks) in [(&mut first, 1), (&mut last, 2)] {
        at(&together, Duration::from_millis(asks));
        assert!(matches!(question.ask(S(1000)).await.unwrap(), Taken::Again(_)));
    }
    let mut went = Vec::new();
    for second in 1..12 {
        at(&together, S(second));
        for (name, question) in [("last", &mut last), ("first", &mut first)] {
            if !went.contains(&name) && matches!(question.ask(S(1000)).await.unwrap(), Taken::Slot(..)) {
                went.push(name);
            }
        }
    }
    assert_eq!(went, ["first", "last"]);
}

#[tokio::test]
async fn a_call_that_gives_up_leaves_the_line() {
    let Some((_server, pacing)) = server().await else { return };
    let together = Together::new(pacing);
    at(&together, S(0));
    let slot = taken(&together, Priority::Bulk).await;
    together.note(slot, answer(900, 0, 50));
    {
        let mut given_up = together.question(Priority::Bulk);
        assert!(matches!(given_up.ask(S(1000)).await.unwrap(), Taken::Closed(_)));
        assert_eq!(in_line(&together).await, 1);
    }
    together.ask(["", "0", "0"]).await.unwrap();
    assert_eq!(in_line(&together).await, 0);
}

#[tokio::test]
async fn a_refusal_while_calls_are_left_holds_all_for_as_long_as_it_says() {
    let Some((_server, pacing)) = server().await else { return };
    let together = Together::new(pacing);
    at(&together, S(0));
    let slot = taken(&together, Priority::Interactive).await;
    let Fate::Answered(figures, _) = answer(900, 800, 50) else { unreachable!() };
    together.note(slot, Fate::Answered(figures, Some(Some(S(20)))));
    for (second, held) in [(0, true), (19, true), (21, false)] {
        at(&together, S(second));
        let taken = together.take(Priority::Interactive, S(1000)).await.unwrap();
        assert_eq!(matches!(taken, Taken::Again(_)), held, "{second}: {taken:?}");
        let hasty = together.take(Priority::Interactive, Duration::from_millis(500)).await.unwrap();
        assert_eq!(matches!(hasty, Taken::TooLate(_)), held, "{second}: {hasty:?}");
    }
}

async fn in_line(together: &Together) -> u64 {
    let mut connection = connection(together).await;
    let mut count = 0;
    for key in &together.keys[2..] {
        count += redis::cmd("ZCARD").arg(key).query_async::<u64>(&mut connection).await.unwrap();
    }
    count / 2
}
