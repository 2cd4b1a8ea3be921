//! The governor with a clock that is moved by hand.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::FutureExt;
use http::HeaderMap;
use tokio::sync::oneshot;
use tokio::task::yield_now;

use super::*;

const S: fn(u64) -> Duration = Duration::from_secs;

/// Time stands still until [`step`](Self::step) or [`advance`](Self::advance).
#[derive(Clone)]
struct Clock(Arc<Mutex<Hands>>);

struct Hands {
    now: Instant,
    asleep: BTreeMap<(Instant, u64), oneshot::Sender<()>>,
    sleeps: u64,
}

impl Clock {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Hands { now: Instant::now(), asleep: BTreeMap::new(), sleeps: 0 })))
    }

    /// Wakes all who sleep until then or shorter.
    fn advance(&self, by: Duration) {
        let mut hands = self.0.lock().unwrap();
        hands.now += by;
        let later = (hands.now, u64::MAX);
        let asleep = hands.asleep.split_off(&later);
        for (_, wake) in std::mem::replace(&mut hands.asleep, asleep) {
            let _ = wake.send(());
        }
    }

    /// Goes on to the next moment at which somebody wakes up.
    fn step(&self) {
        let by = {
            let mut hands = self.0.lock().unwrap();
            hands.asleep.retain(|_, wake| !wake.is_closed());
            let next = hands.asleep.keys().next().map(|(next, _)| *next);
            next.expect("somebody sleeps").saturating_duration_since(hands.now)
        };
        self.advance(by);
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

impl Timer for Clock {
    fn now(&self) -> Instant {
        self.0.lock().unwrap().now
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        let (wake, woken) = oneshot::channel();
        let mut hands = self.0.lock().unwrap();
        hands.sleeps += 1;
        let key = (hands.now + wait, hands.sleeps);
        hands.asleep.insert(key, wake);
        Box::pin(woken.map(drop))
    }
}

fn pace(timer: impl Timer + 'static) -> Pace {
    Pace::new(Rules { concurrency: 8, spread: true, keep_monthly: None }, Arc::new(timer))
}

fn terms(now: Instant, priority: Priority) -> Terms {
    Terms { priority, counts: true, deadline: now + S(86_400) }
}

/// What an answer says of the minute.
fn limits(limit: u64, left: u64, reset: u64, now: Instant) -> Limits {
    let mut headers = HeaderMap::new();
    headers.insert("x-ratelimit-limit-user", limit.into());
    headers.insert("x-ratelimit-limit-user-remaining", left.into());
    headers.insert("x-ratelimit-limit-user-reset", reset.into());
    Limits::read(&headers, now).unwrap()
}

/// One call, which is answered so at once.
async fn answered(pace: &Pace, limits: &Limits, terms: Terms) {
    let mut permit = pace.admit(terms).await.unwrap();
    permit.sending();
    permit.learn(Some(limits), None);
}

/// Lets all tasks go on until none can.
async fn settled() {
    for _ in 0..40 {
        yield_now().await;
    }
}

/// A clock that stands still, but for a little back and forth between one look and the next.
#[derive(Debug)]
struct Trembling(Instant, AtomicU64);

impl Timer for Trembling {
    fn now(&self) -> Instant {
        let look = self.1.fetch_add(1, Ordering::Relaxed);
        self.0 + Duration::from_micros(look % 7 * 100)
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn threads_that_look_at_the_clock_in_any_order_do_not_open_a_minute_that_is_used_up() {
    let start = Instant::now() + S(3600);
    let pace = Arc::new(pace(Trembling(start, AtomicU64::new(0))));
    let terms = terms(start, Priority::Interactive);
    answered(&pace, &limits(900, 0, 30, start), terms).await;
    let calls: Vec<_> = (0..1000)
        .map(|_| {
            let pace = pace.clone();
            tokio::spawn(async move { pace.admit(terms).now_or_never().is_some() })
        })
        .collect();
    for call in calls {
        assert!(!call.await.unwrap(), "nothing goes before the next minute");
    }
}

#[tokio::test]
async fn a_call_that_is_set_aside_does_not_stop_the_others() {
    let clock = Clock::new();
    let pace = Arc::new(pace(clock.clone()));
    let terms = terms(clock.now(), Priority::Interactive);
    answered(&pace, &limits(900, 0, 30, clock.now()), terms).await;
    let mut aside = Box::pin(pace.admit(terms));
    assert!(aside.as_mut().now_or_never().is_none());
    let others: Vec<_> = (0..3)
        .map(|_| {
            let pace = pace.clone();
            tokio::spawn(async move { pace.admit(terms).await.map(drop) })
        })
        .collect();
    settled().await;
    clock.advance(S(30));
    settled().await;
    clock.advance(GRACE);
    settled().await;
    for other in others {
        assert!(other.now_or_never().unwrap().is_ok());
    }
    assert!(aside.now_or_never().unwrap().is_ok());
}

#[tokio::test]
async fn those_who_waited_for_a_place_wake_up_when_it_is_time_that_they_wait_for() {
    let clock = Clock::new();
    let pace = Arc::new(pace(clock.clone()));
    let terms = terms(clock.now(), Priority::Interactive);
    answered(&pace, &limits(900, 899, 60, clock.now()), terms).await;
    let mut permits: Vec<_> = (0..8).map(|_| pace.admit(terms).now_or_never().unwrap().unwrap()).collect();
    let mut aside = Box::pin(pace.admit(terms));
    assert!(aside.as_mut().now_or_never().is_none());
    let call = pace.clone();
    let other = tokio::spawn(async move { call.admit(terms).await.map(drop) });
    settled().await;
    // There are places, but no calls left.
    permits.iter_mut().for_each(Permit::sending);
    permits[0].learn(Some(&limits(900, 0, 30, clock.now())), None);
    drop(permits);
    settled().await;
    assert!(!other.is_finished());
    for _ in 0..6 {
        clock.advance(S(6));
        settled().await;
    }
    assert!(other.now_or_never().unwrap().is_ok());
}

#[tokio::test]
async fn of_many_who_wait_only_a_few_wake_up_now_and_then() {
    let clock = Clock::new();
    let pace = Arc::new(pace(clock.clone()));
    let terms = terms(clock.now(), Priority::Bulk);
    answered(&pace, &limits(900, 60, 60, clock.now()), terms).await;
    let waiting: Vec<_> = (0..2000)
        .map(|_| {
            let pace = pace.clone();
            tokio::spawn(async move { pace.admit(terms).await.map(drop) })
        })
        .collect();
    settled().await;
    assert!(pace.0.lock_now().0.queue.len() > 1900);
    let before = clock.0.lock().unwrap().sleeps;
    for _ in 0..30 {
        clock.advance(S(1));
        settled().await;
    }
    let sleeps = clock.0.lock().unwrap().sleeps - before;
    assert!(sleeps < 4000, "{sleeps}");
    waiting.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test(start_paused = true)]
async fn many_calls_that_are_set_aside_do_not_stop_one_that_is_not() {
    let pace = Arc::new(pace(crate::TokioTimer));
    let start = crate::TokioTimer.now();
    let terms = Terms { deadline: start + S(300), ..terms(start, Priority::Interactive) };
    answered(&pace, &limits(900, 899, 60, start), terms).await;
    let mut permits: Vec<_> = (0..8).map(|_| pace.admit(terms).now_or_never().unwrap().unwrap()).collect();
    let mut aside: Vec<_> = (0..100).map(|_| Box::pin(pace.admit(terms))).collect();
    aside.iter_mut().for_each(|call| assert!(call.as_mut().now_or_never().is_none()));
    let call = pace.clone();
    let other = tokio::spawn(async move { call.admit(terms).await.map(drop) });
    settled().await;
    // The places become free when the minute is used up, and those set aside are to wake up for the next one.
    permits.iter_mut().for_each(Permit::sending);
    permits[0].learn(Some(&limits(900, 0, 30, start)), None);
    drop(permits);
    other.await.unwrap().unwrap();
    assert!(crate::TokioTimer.now() - start < S(120));
}

/// A server's minute.
struct Server {
    limit: u64,
    used: u64,
    ends: Instant,
}

impl Server {
    fn count(&mut self, now: Instant) -> Limits {
        if now >= self.ends {
            (self.used, self.ends) = (0, now + S(60));
        }
        self.used += 1;
        assert!(self.used <= self.limit, "no call too many");
        let left = self.ends - now;
        let reset = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        limits(self.limit, self.limit - self.used, reset, now)
    }
}

#[tokio::test]
async fn bulk_calls_have_their_part_while_interactive_calls_never_end() {
    for tasks in [1, 6] {
        let clock = Clock::new();
        let start = clock.now();
        let pace = Arc::new(pace(clock.clone()));
        let server = Arc::new(Mutex::new(Server { limit: 900, used: 0, ends: start }));
        let went = Arc::new(Mutex::new(Vec::new()));
        for priority in Priority::ALL {
            let tasks = if priority == Priority::Bulk { 2 } else { tasks };
            for _ in 0..tasks {
                let (pace, clock, server) = (pace.clone(), clock.clone(), server.clone());
                let went = went.clone();
                tokio::spawn(async move {
                    loop {
                        let asked = clock.now();
                        let mut permit = pace.admit(terms(asked, priority)).await.unwrap();
                        let now = clock.now();
                        permit.sending();
                        let limits = server.lock().unwrap().count(now);
                        permit.learn(Some(&limits), None);
                        drop(permit);
                        went.lock().unwrap().push((priority, now - asked));
                        yield_now().await;
                    }
                });
            }
        }
        while clock.now() - start < S(240) {
            settled().await;
            clock.step();
        }
        let went = went.lock().unwrap();
        let waits = || went.iter().filter(|(priority, _)| *priority == Priority::Bulk).map(|(_, wait)| *wait);
        let (share, longest) = (waits().count() as f64 / went.len() as f64, waits().max().unwrap());
        assert!((0.1..0.3).contains(&share) && (tasks == 1 || share < 0.15), "{tasks}: {share}");
        // At the end of a minute there can be no calls left for either kind.
        assert!(longest < S(10), "{tasks}: {longest:?}");
        assert!(went.len() > 3400, "{tasks}: {}", went.len());
    }
}

/// What an answer says of the month.
fn month(limit: u64, left: u64, now: Instant) -> Limits {
    let mut headers = HeaderMap::new();
    headers.insert("x-ratelimit-limit-org", limit.into());
    headers.insert("x-ratelimit-limit-org-remaining", left.into());
    headers.insert("x-ratelimit-limit-org-reset", 86_400.into());
    Limits::read(&headers, now).unwrap()
}

#[tokio::test]
async fn only_calls_that_may_not_be_counted_yet_are_taken_off_the_month() {
    let clock = Clock::new();
    let rules = Rules { concurrency: 8, spread: false, keep_monthly: Some(Share::percent(20)) };
    let pace = Pace::new(rules, Arc::new(clock.clone()));
    let counted = terms(clock.now(), Priority::Interactive);
    let free = Terms { counts: false, ..counted };
    let admit = |terms| pace.admit(terms).now_or_never().unwrap();
    let mut first = admit(counted).unwrap();
    first.sending();
    first.learn(Some(&month(10, 3, clock.now())), None);
    let _free = admit(free).unwrap();
    // The body of the first is still read, and the free one takes nothing.
    let mut last = admit(counted).unwrap();
    assert!(admit(counted).is_err(), "the last one is not answered yet");
    last.sending();
    last.learn(Some(&month(10, 2, clock.now())), None);
    assert!(admit(counted).is_err());
    first.learn(Some(&month(10, 3, clock.now())), None);
    drop((first, last));
    assert!(admit(counted).is_err() && admit(free).is_ok());
    assert_eq!(pace.0.lock_now().0.unanswered, 0);
}

#[tokio::test]
async fn a_call_that_is_refused_is_told_why() {
    for (left, words) in
        [(0, "the calls of this minute are used up"), (600, "its turn among the calls that wait")]
    {
        let clock = Clock::new();
        let pace = pace(clock.clone());
        let patient = terms(clock.now(), Priority::Bulk);
        answered(&pace, &limits(900, left, 60, clock.now()), patient).await;
        let mut waiting: Vec<_> = (0..500).map(|_| Box::pin(pace.admit(patient))).collect();
        waiting.iter_mut().for_each(|call| drop(call.as_mut().now_or_never()));
        let hasty = Terms { deadline: clock.now() + S(20), ..patient };
        let error = pace.admit(hasty).now_or_never().unwrap().err().unwrap();
        assert!(error.to_string().starts_with(words), "{error}");
        assert!(error.is_rate_limited() && error.is_retryable() && error.retry_after() > Some(S(20)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waited_out_its_deadline_says_that_it_waited() {
    let pace = pace(crate::TokioTimer);
    let start = crate::TokioTimer.now();
    let _first = pace.admit(terms(start, Priority::Bulk)).await.unwrap();
    let call =
        || pace.admit(Terms { deadline: start + Duration::from_millis(10), ..terms(start, Priority::Bulk) });
    let (one, two) = tokio::join!(call(), call());
    let mut messages = [one, two].map(|call| call.err().unwrap().to_string());
    messages.sort_unstable();
    let words = |among| format!("waited for its turn among {among} until the deadline; nothing was sent");
    assert_eq!(messages, [words("1 call"), words("2 calls")]);
}

#[tokio::test]
async fn those_who_waited_out_a_figure_of_nonsense_are_not_refused_while_one_call_asks() {
    let clock = Clock::new();
    let pace = Arc::new(pace(clock.clone()));
    let terms = Terms { deadline: clock.now() + S(120), ..terms(clock.now(), Priority::Interactive) };
    answered(&pace, &limits(900, 0, 1_790_000_000, clock.now()), terms).await;
    let (went, mut permits) = tokio::sync::mpsc::unbounded_channel();
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let (pace, went) = (pace.clone(), went.clone());
            tokio::spawn(async move { pace.admit(terms).await.map(|permit| went.send(permit).is_ok()) })
        })
        .collect();
    settled().await;
    clock.advance(S(60));
    settled().await;
    let mut asking = permits.try_recv().unwrap();
    assert!(permits.try_recv().is_err(), "one asks");
    asking.sending();
    assert_eq!(
        calls.iter().filter(|call| call.is_finished()).count(),
        1,
        "the others wait for what it hears"
    );
    asking.learn(Some(&limits(900, 899, 60, clock.now())), None);
    drop(asking);
    for _ in 0..20 {
        settled().await;
        while let Ok(mut permit) = permits.try_recv() {
            permit.sending();
        }
        clock.advance(S(1));
    }
    settled().await;
    for call in calls {
        assert!(call.now_or_never().unwrap().unwrap().unwrap());
    }
}
