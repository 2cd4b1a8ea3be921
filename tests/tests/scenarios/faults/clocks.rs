//! Clocks that jump, by hours and in both directions.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use affinity::CompanyId;
use affinity_core::Timer;
use fastrand::Rng;
use futures::future::BoxFuture;

use super::fault::Fault;
use super::server::{FaultyServer, Rows, Script};
use crate::support::rng;

const HOUR: Duration = Duration::from_secs(3600);

/// A clock that does not wait, and that can be set.
#[derive(Clone, Debug)]
struct Jumping(Arc<Mutex<Hands>>);

#[derive(Debug)]
struct Hands {
    now: Instant,
    waited: Duration,
    /// It jumps by itself, now and then.
    by_itself: Option<Rng>,
}

impl Jumping {
    fn new(by_itself: Option<Rng>) -> Self {
        // Far enough ahead that it can be set back.
        let now = Instant::now() + 10_000 * HOUR;
        Self(Arc::new(Mutex::new(Hands { now, waited: Duration::ZERO, by_itself })))
    }

    fn jump(&self, back: bool, by: Duration) {
        let mut hands = self.0.lock().unwrap();
        hands.now = if back { hands.now - by } else { hands.now + by };
    }

    fn waited(&self) -> Duration {
        self.0.lock().unwrap().waited
    }
}

impl Timer for Jumping {
    fn now(&self) -> Instant {
        let mut hands = self.0.lock().unwrap();
        hands.now += Duration::from_micros(100);
        if let Some(random) = hands.by_itself.as_mut()
            && random.u8(..) < 8
        {
            let (back, by) = (random.bool(), HOUR.mul_f64(5.0 * random.f64()));
            hands.now = if back { hands.now - by } else { hands.now + by };
        }
        hands.now
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        let mut hands = self.0.lock().unwrap();
        hands.now += wait;
        hands.waited += wait;
        Box::pin(std::future::ready(()))
    }
}

const SPENT: Fault = Fault::Headers(
    "x-ratelimit-limit-user: 900\r\nx-ratelimit-limit-user-remaining: 0\r\nx-ratelimit-limit-user-reset: 30\r\n",
);

#[tokio::test]
async fn a_minute_that_is_over_by_the_clock_is_not_waited_for() {
    let server = FaultyServer::going_wrong([SPENT]).await;
    let timer = Jumping::new(None);
    let affinity = server.builder().timer(Arc::new(timer.clone())).build().unwrap();
    affinity.lists().get(7.into()).send().await.unwrap();
    timer.jump(false, 5 * HOUR);
    affinity.lists().get(7.into()).send().await.unwrap();
    assert_eq!(timer.waited(), Duration::ZERO);
}

#[tokio::test]
async fn a_clock_that_is_set_back_holds_calls_up_for_a_minute_at_most() {
    let server = FaultyServer::going_wrong([SPENT]).await;
    let timer = Jumping::new(None);
    let affinity = server.builder().timer(Arc::new(timer.clone())).build().unwrap();
    affinity.lists().get(7.into()).send().await.unwrap();
    timer.jump(true, 5 * HOUR);
    affinity.lists().get(7.into()).send().await.unwrap();
    assert!(timer.waited() <= Duration::from_secs(61), "{:?}", timer.waited());
}

const FIGURES: [Fault; 6] = [
    SPENT,
    Fault::Headers(
        "x-ratelimit-limit-user: 900\r\nx-ratelimit-limit-user-remaining: 1\r\nx-ratelimit-limit-user-reset: 59\r\n",
    ),
    Fault::Refusal(429, "retry-after: 30\r\n", ""),
    Fault::Refusal(429, "x-ratelimit-limit-user-remaining: 0\r\nx-ratelimit-limit-user-reset: 60\r\n", ""),
    Fault::Refusal(503, "", ""),
    Fault::ResetInBody,
];

#[tokio::test]
async fn a_clock_that_jumps_all_the_time_ends_calls_early_at_worst() {
    let mut random = rng("a_clock_that_jumps_all_the_time_ends_calls_early_at_worst");
    let script = Script::AtRandom(random.fork(), FIGURES.to_vec(), 20);
    let server = FaultyServer::start(script, Rows { pages: 1, per_page: 1 }, true).await;
    let timer = Arc::new(Jumping::new(Some(random)));
    let affinity = server.builder().timer(timer).retry_budget(10_000).build().unwrap();
    let mut good = 0;
    for number in 0..200 {
        let text = format!("Note {number}");
        let written = affinity.notes().create(CompanyId::new(88_120), text.clone()).send().await;
        let times = server.notes().iter().filter(|note| **note == text).count();
        match written {
            Ok(_) => assert_eq!(times, 1),
            Err(error) if error.is_outcome_unknown() => assert!(times <= 1, "{error}"),
            Err(error) => {
                assert!(error.is_timeout() || error.is_rate_limited(), "{error}");
                assert_eq!(times, 0, "{error}");
            }
        }
        good += usize::from(affinity.lists().get(7.into()).send().await.is_ok());
    }
    assert!(good > 0, "none of 200 reads went well");
}
