//! Calls are spread over the minute, take turns, and leave of the month what is to be left.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use affinity::update::EntryUpdate;
use affinity::v1::Upload;
use affinity::{
    Affinity, CompanyId, CompanyMergeTaskId, EntityFileId, ListEntryId, ListId, OpportunityId, PersonId,
    Priority, Share,
};
use affinity_core::Timer;
use affinity_sandbox::{EntityKind, List, Method, NewField, Reply, Sandbox, ValueType as Kind};
use futures::FutureExt;
use futures::future::{BoxFuture, join, join_all};
use futures::stream::{self, StreamExt};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::yield_now;

use crate::support::{QuickTimer, answering, builder, client, lists, quick, rng};

/// A clock that moves on to the next moment at which somebody wakes up, as soon as somebody sleeps, and takes the
/// sandbox with it: hours pass in seconds.
#[derive(Clone, Debug)]
struct Lockstep(Arc<Sandbox>, watch::Sender<Hands>);

#[derive(Debug)]
struct Hands {
    now: Instant,
    asleep: BTreeSet<(Instant, u64)>,
    sleeps: u64,
}

/// One who sleeps. Whoever does not any more holds nobody up.
struct Asleep(Lockstep, (Instant, u64));

impl Drop for Asleep {
    fn drop(&mut self) {
        self.0.1.send_if_modified(|hands| hands.asleep.remove(&self.1));
    }
}

impl Lockstep {
    fn new(sandbox: &Arc<Sandbox>) -> Self {
        let hands = Hands { now: Instant::now(), asleep: BTreeSet::new(), sleeps: 0 };
        Self(sandbox.clone(), watch::Sender::new(hands))
    }
}

impl Timer for Lockstep {
    fn now(&self) -> Instant {
        self.1.borrow().now
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        let mut key = (self.now() + wait, 0);
        // Nobody wakes up for one more who sleeps.
        self.1.send_if_modified(|hands| {
            hands.sleeps += 1;
            key.1 = hands.sleeps;
            hands.asleep.insert(key);
            false
        });
        let asleep = Asleep(self.clone(), key);
        Box::pin(async move {
            let Asleep(Lockstep(sandbox, hands), key) = &asleep;
            let mut changes = hands.subscribe();
            loop {
                let is_next = |hands: &Hands| hands.now >= key.0 || hands.asleep.first() == Some(key);
                drop(changes.wait_for(is_next).await.unwrap());
                // What is under way gets a chance to come in before.
                for _ in 0..20 {
                    yield_now().await;
                }
                hands.send_if_modified(|hands| {
                    let moves = hands.now < key.0 && is_next(hands);
                    if moves {
                        sandbox.advance(key.0 - hands.now);
                        hands.now = key.0;
                    }
                    moves
                });
                if hands.borrow().now >= key.0 {
                    return;
                }
            }
        })
    }
}

/// A clock that moves when it is told to.
#[derive(Clone, Debug)]
struct ByHand(watch::Sender<Instant>);

impl ByHand {
    fn new() -> Self {
        Self(watch::Sender::new(Instant::now()))
    }

    fn advance(&self, by: Duration) {
        self.0.send_modify(|now| *now += by);
    }
}

impl Timer for ByHand {
    fn now(&self) -> Instant {
        *self.0.borrow()
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        let (mut clock, wake) = (self.0.subscribe(), self.now() + wait);
        Box::pin(async move { drop(clock.wait_for(|now| *now >= wake).await) })
    }
}

/// The sandbox with the real quota, whose time only [`Lockstep`] moves.
async fn with_a_clock_of_ours() -> Arc<Sandbox> {
    Arc::new(Sandbox::builder().requests_per_minute(900).manual_clock().start().await.unwrap())
}

fn refusals(sandbox: &Sandbox) -> usize {
    sandbox.requests().iter().filter(|request| request.status.is_some_and(|s| s.as_u16() == 429)).count()
}

/// Polls once, which sends or queues a call; whether it goes on from there.
fn begun<F: Future + Unpin>(call: &mut F) -> bool {
    call.now_or_never().is_none()
}

/// So many calls, a few at a time, each of which must succeed.
async fn bulk(affinity: &Affinity, calls: u64) {
    let call = |_| affinity.whoami().with_priority(Priority::Bulk).send();
    let results = stream::iter(0..calls).map(call).buffer_unordered(16);
    results.for_each(async |result| drop(result.unwrap())).await;
}

#[tokio::test]
async fn five_thousand_calls_meet_no_429_and_use_what_is_allowed() {
    let sandbox = with_a_clock_of_ours().await;
    let timer = Lockstep::new(&sandbox);
    let affinity = builder(&sandbox).timer(Arc::new(timer.clone())).build().unwrap();
    let start = timer.now();
    bulk(&affinity, 5000).await;
    let took = timer.now() - start;
    assert_eq!((refusals(&sandbox), affinity.calls_spent()), (0, 5000));
    let allowed = took.as_secs_f64() * 900.0 / 60.0;
    assert!(5000.0 / allowed > 0.95, "{took:?}");
}

#[tokio::test]
async fn two_processes_with_one_key_all_succeed_with_next_to_no_429() {
    let sandbox = with_a_clock_of_ours().await;
    let timer = Arc::new(Lockstep::new(&sandbox));
    let other = || builder(&sandbox).timer(timer.clone()).build().unwrap();
    let (one, two) = (other(), other());
    join(bulk(&one, 2000), bulk(&two, 2000)).await;
    let share = refusals(&sandbox) as f64 / sandbox.requests().len() as f64;
    assert!(share < 0.02, "{share}");
}

#[tokio::test]
async fn a_limit_that_is_lowered_under_way_is_followed() {
    let sandbox = with_a_clock_of_ours().await;
    let affinity = builder(&sandbox).timer(Arc::new(Lockstep::new(&sandbox))).build().unwrap();
    for limit in [900, 200, 600] {
        sandbox.set_requests_per_minute(limit);
        bulk(&affinity, 1000).await;
    }
    assert!(refusals(&sandbox) <= 16, "no more than are under way when it changes: {}", refusals(&sandbox));
}

/// A client whose place is taken by a call that is answered late, and that call.
async fn one_place(sandbox: &Sandbox) -> (Affinity, impl Future<Output = ()> + use<>) {
    let affinity = builder(sandbox).concurrency(1).build().unwrap();
    // The figures come first: before them, calls wait for another reason.
    affinity.whoami().send().await.unwrap();
    sandbox.clear_requests();
    sandbox.reply(Method::GET, "/v2/lists", lists(&[1], None).delay(Duration::from_millis(100)));
    let first = affinity.lists().list();
    (affinity, async move { drop(first.send().await.unwrap()) })
}

fn paths(sandbox: &Sandbox) -> Vec<String> {
    sandbox.requests().iter().map(|request| request.path.clone()).collect()
}

#[tokio::test]
async fn interactive_calls_go_before_bulk_calls() {
    let sandbox = Sandbox::demo().await.unwrap();
    let (affinity, first) = one_place(&sandbox).await;
    let bulk = || affinity.companies().list().with_priority(Priority::Bulk).send();
    let (_, bulks, whoami) = tokio::join!(first, join_all([bulk(), bulk()]), affinity.whoami().send());
    assert!(bulks.iter().all(Result::is_ok) && whoami.is_ok());
    assert_eq!(paths(&sandbox), ["/v2/lists", "/v2/auth/whoami", "/v2/companies", "/v2/companies"]);
}

#[tokio::test]
async fn a_stream_is_bulk_unless_told_otherwise() {
    for (told, order) in [(None, "/v2/auth/whoami"), (Some(Priority::Interactive), "/v2/companies")] {
        let sandbox = Sandbox::demo().await.unwrap();
        let (affinity, first) = one_place(&sandbox).await;
        let companies =
            told.into_iter().fold(affinity.companies().list(), |call, told| call.with_priority(told));
        let mut companies = companies.stream();
        let (_, company, whoami) = tokio::join!(first, companies.next(), affinity.whoami().send());
        assert!(company.unwrap().is_ok() && whoami.is_ok());
        assert_eq!(paths(&sandbox)[1], order);
    }
}

/// Whether a call goes before one of somebody who waits and came after it. What becomes of it does not matter.
async fn goes_first<T>(
    sandbox: &Sandbox,
    affinity: &Affinity,
    first: impl Future<Output = ()>,
    call: impl Future<Output = T>,
) -> bool {
    let (_, _, whoami) = tokio::join!(first, call, affinity.whoami().send());
    whoami.unwrap();
    paths(sandbox)[1] != "/v2/auth/whoami"
}

/// Of a call with its priority, if it is told one: whether it is interactive.
macro_rules! is_interactive {
    (|$affinity:ident| $call:expr, $told:expr, $end:ident($($argument:expr)?)) => {{
        let sandbox = Sandbox::demo().await.unwrap();
        let ($affinity, first) = one_place(&sandbox).await;
        let call = $told.into_iter().fold($call, |call, told| call.with_priority(told));
        goes_first(&sandbox, &$affinity, first, call.$end($($argument)?)).await
    }};
}

const CHOICES: [(Option<Priority>, bool); 2] = [(None, true), (Some(Priority::Bulk), false)];

#[tokio::test]
async fn a_merge_has_the_priority_it_is_given() {
    let (one, two) = (CompanyId::new(1), CompanyId::new(2));
    for (told, interactive) in CHOICES {
        let is = is_interactive!(|affinity| affinity.companies().merge(one, two).confirm(), told, send());
        assert_eq!(is, interactive, "{told:?}");
        let is = is_interactive!(|affinity| affinity.companies().merge(one, two).confirm(), told, wait());
        assert_eq!(is, interactive, "{told:?}");
        let task = || CompanyMergeTaskId::new("7f3c2d10-58ab-4c6e-9d21-0c4b6a1e8f35");
        let is = is_interactive!(|affinity| affinity.companies().merge_task(task()), told, wait());
        assert_eq!(is, interactive, "{told:?}");
    }
}

#[tokio::test]
async fn files_have_the_priority_they_are_given() {
    for (told, interactive) in CHOICES {
        let deck = || Upload::bytes("deck.pdf", "deck");
        let is = is_interactive!(|affinity| affinity.files().upload(CompanyId::new(1), deck()), told, send());
        assert_eq!(is, interactive, "{told:?}");
        let is =
            is_interactive!(|affinity| affinity.files().download(EntityFileId::new(1)), told, to_bytes(100));
        assert_eq!(is, interactive, "{told:?}");
    }
}

#[tokio::test]
async fn adding_to_a_list_has_the_priority_it_is_given() {
    let opportunity = OpportunityId::new(1);
    for (told, interactive) in CHOICES {
        let is = is_interactive!(
            |affinity| affinity.v1().opportunities().append_persons(opportunity, [PersonId::new(1)]),
            told,
            send()
        );
        assert_eq!(is, interactive, "{told:?}");
    }
}

/// The demo world with a list whose schema the client knows.
async fn one_place_and_a_list(sandbox: &Sandbox) -> (Affinity, impl Future<Output = ()> + use<>, ListId) {
    let (affinity, first) = one_place(sandbox).await;
    let list = sandbox.with_world(|world| {
        let list = world.add_list(List::new("Calls", EntityKind::Company)).unwrap();
        world.add_list_field(list, NewField::new("Notes", Kind::FilterableTextMulti)).unwrap();
        ListId::new(list)
    });
    affinity.lists().schema(list).await.unwrap();
    sandbox.clear_requests();
    (affinity, first, list)
}

#[tokio::test]
async fn an_update_of_one_row_is_interactive_unless_told_otherwise() {
    let entry = ListEntryId::new(1);
    for (told, interactive) in CHOICES {
        // Of two calls the first counts: the write, or the look at what is there.
        for append in [false, true] {
            let sandbox = Sandbox::demo().await.unwrap();
            let (affinity, first, list) = one_place_and_a_list(&sandbox).await;
            let update = affinity.lists().entry(list, entry).update();
            let update =
                if append { update.append("Notes", ["Call"]) } else { update.set("Notes", ["Call"]) };
            let update = told.into_iter().fold(update, |update, told| update.with_priority(told));
            let is = goes_first(&sandbox, &affinity, first, Box::pin(update.send())).await;
            assert_eq!(is, interactive, "{told:?} {append}");
        }
    }
}

#[tokio::test]
async fn updates_of_many_rows_are_bulk_unless_told_otherwise() {
    for (told, interactive) in [(None, false), (Some(Priority::Interactive), true)] {
        let sandbox = Sandbox::demo().await.unwrap();
        let (affinity, first, list) = one_place_and_a_list(&sandbox).await;
        let update = |row| EntryUpdate::new(ListEntryId::new(row)).append("Notes", ["Call"]);
        let updates = affinity.lists().updates(list, [1, 2].map(update)).concurrency(1);
        let updates = told.into_iter().fold(updates, |updates, told| updates.with_priority(told));
        let mut reports = updates.send().unwrap();
        // A run reads the schema first, for which it is not alone.
        drop(reports.next().await);
        sandbox.clear_requests();
        let is = goes_first(&sandbox, &affinity, first, reports.next()).await;
        assert_eq!(is, interactive, "{told:?}");
    }
}

#[tokio::test]
async fn a_task_with_one_call_does_not_wait_for_all_of_a_task_with_many() {
    let sandbox = Sandbox::demo().await.unwrap();
    let (affinity, first) = one_place(&sandbox).await;
    let (many, one) = (affinity.clone(), affinity.clone());
    let first = tokio::spawn(first);
    let many = tokio::spawn(async move { join_all((0..9).map(|_| many.whoami().send())).await });
    let one = tokio::spawn(async move { one.companies().list().send().await.map(drop) });
    first.await.unwrap();
    assert!(many.await.unwrap().iter().all(Result::is_ok));
    one.await.unwrap().unwrap();
    assert_eq!(paths(&sandbox)[..3], ["/v2/lists", "/v2/auth/whoami", "/v2/companies"]);
}

#[tokio::test]
async fn a_call_that_is_dropped_frees_its_place() {
    let sandbox = Sandbox::demo().await.unwrap();
    sandbox.reply(Method::GET, "/v2/companies", Reply::empty(200).delay(Duration::from_secs(3600)));
    let affinity = builder(&sandbox).concurrency(1).build().unwrap();
    affinity.whoami().send().await.unwrap();
    let mut never = Box::pin(affinity.companies().list().send());
    let mut waiting = Box::pin(affinity.lists().list().send());
    let mut whoami = Box::pin(affinity.whoami().send());
    assert!(begun(&mut never) && begun(&mut waiting) && begun(&mut whoami));
    drop(waiting);
    drop(never);
    whoami.await.unwrap();
    assert!(!paths(&sandbox).contains(&"/v2/lists".to_owned()));
}

#[tokio::test]
async fn whoever_goes_on_waiting_is_woken_when_the_first_one_gives_up() {
    let spent = lists(&[1], None)
        .header("x-ratelimit-limit-user-remaining", "0")
        .header("x-ratelimit-limit-user-reset", "30");
    let sandbox = answering("/v2/lists", [spent]).await;
    let timer = ByHand::new();
    let affinity = builder(&sandbox).timer(Arc::new(timer.clone())).build().unwrap();
    drop(affinity.lists().list().send().await.unwrap());
    let mut first = Box::pin(affinity.whoami().send());
    let mut second = Box::pin(affinity.whoami().send());
    assert!(begun(&mut first) && begun(&mut second));
    drop(first);
    timer.advance(Duration::from_secs(30));
    second.await.unwrap();
    assert_eq!(sandbox.requests().len(), 2);
}

#[tokio::test]
async fn whoever_is_too_far_behind_for_its_deadline_is_refused_at_once() {
    let sandbox = Sandbox::builder().requests_per_minute(10).manual_clock().start().await.unwrap();
    let timer = ByHand::new();
    let affinity = builder(&sandbox).timer(Arc::new(timer)).build().unwrap();
    affinity.whoami().send().await.unwrap();
    let call = |_| affinity.whoami().with_timeout(Duration::from_secs(50)).send();
    let results = join_all((0..25).map(call)).await;
    let (good, bad): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!((good.len(), bad.len()), (9, 16), "without the clock moving");
    for error in bad.into_iter().map(Result::unwrap_err) {
        assert!(error.is_rate_limited() && error.retry_after() >= Some(Duration::from_secs(50)), "{error}");
    }
    assert_eq!(refusals(&sandbox), 0);
}

#[tokio::test]
async fn those_who_pace_themselves_are_not_held_back() {
    let sandbox = Sandbox::builder().requests_per_minute(2).manual_clock().start().await.unwrap();
    let affinity = builder(&sandbox).without_pacing().attempts(1).build().unwrap();
    let results = join_all((0..3).map(|_| affinity.whoami().send())).await;
    let refused: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    assert_eq!((refused.len(), refusals(&sandbox)), (1, 1));
}

#[tokio::test]
async fn what_is_kept_of_the_month_is_not_spent() {
    let sandbox = Sandbox::builder().requests_per_month(Some(10)).start().await.unwrap();
    let affinity = builder(&sandbox).keep_monthly(Share::percent(20)).build().unwrap();
    for _ in 0..8 {
        drop(affinity.lists().list().send().await.unwrap());
    }
    let error = affinity.lists().list().send().await.unwrap_err();
    assert!(error.is_month_kept() && error.is_quota_exhausted() && error.is_rate_limited());
    assert!(!error.is_retryable() && error.retry_after().is_some() && error.attempts() == 0);
    assert_eq!(
        error.to_string(),
        "list_lists: of the account's calls for the month 2 are left, and keep_monthly keeps 2; keep less, or wait \
         for the next month"
    );
    assert_eq!(affinity.calls_spent(), 8);
}

#[tokio::test]
async fn calls_that_are_free_bring_the_figures_of_the_month_up_to_date() {
    let sandbox = Sandbox::builder().requests_per_month(Some(2)).start().await.unwrap();
    let timer = ByHand::new();
    let affinity = builder(&sandbox).timer(Arc::new(timer)).keep_monthly(Share::percent(50)).build().unwrap();
    drop(affinity.lists().list().send().await.unwrap());
    assert!(affinity.lists().list().send().await.unwrap_err().is_month_kept());
    affinity.whoami().send().await.unwrap();
    affinity.rate_limit().send().await.unwrap();
    assert!(affinity.lists().list().send().await.unwrap_err().is_month_kept());
    sandbox.advance(Duration::from_secs(32 * 86_400));
    affinity.whoami().send().await.unwrap();
    drop(affinity.lists().list().send().await.unwrap());
}

#[tokio::test]
async fn a_plan_without_a_month_has_nothing_to_keep() {
    let sandbox = Sandbox::empty().await.unwrap();
    let affinity = builder(&sandbox).keep_monthly(Share::percent(100)).build().unwrap();
    for _ in 0..3 {
        drop(affinity.lists().list().send().await.unwrap());
    }
}

#[tokio::test]
async fn a_limit_on_calls_at_once_is_found_and_kept_to() {
    let sandbox = Sandbox::builder().requests_at_once(Some(2)).start().await.unwrap();
    let timer = Arc::new(QuickTimer::new());
    let affinity = builder(&sandbox).timer(timer).attempts(100).build().unwrap();
    for _ in 0..40 {
        sandbox.reply(Method::GET, "/v2/lists", lists(&[1], None).delay(Duration::from_millis(5)));
    }
    let call = |_| affinity.lists().list().with_timeout(Duration::MAX).send();
    let results: Vec<_> = stream::iter(0..40).map(call).buffer_unordered(8).collect().await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
}

#[tokio::test]
async fn calls_spent_counts_repeats_and_not_what_was_never_sent() {
    let refused = Reply::json(503, "{}");
    let sandbox = answering("/v2/lists", [refused.clone(), refused, lists(&[1], None)]).await;
    let (affinity, _) = quick(&sandbox);
    assert_eq!(affinity.calls_spent(), 0);
    drop(affinity.lists().list().send().await.unwrap());
    assert_eq!(affinity.clone().calls_spent(), 3);
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let affinity = builder(&sandbox).base_url(format!("http://{nobody}")).attempts(1).build().unwrap();
    assert!(affinity.whoami().send().await.unwrap_err().is_connect());
    assert_eq!(affinity.calls_spent(), 0);
}

#[tokio::test]
async fn the_limits_tell_their_age() {
    let sandbox = Sandbox::empty().await.unwrap();
    let timer = ByHand::new();
    let affinity = builder(&sandbox).timer(Arc::new(timer.clone())).build().unwrap();
    affinity.whoami().send().await.unwrap();
    timer.advance(Duration::from_secs(7));
    assert_eq!(affinity.limits().unwrap().age_at(timer.now()), Duration::from_secs(7));
}

#[tokio::test]
async fn many_calls_before_the_first_answer_wait_for_it() {
    let sandbox = Sandbox::empty().await.unwrap();
    sandbox.reply(Method::GET, "/v2/lists", lists(&[1], None).delay(Duration::from_millis(100)));
    let affinity = builder(&sandbox).timer(Arc::new(ByHand::new())).build().unwrap();
    let mut first = Box::pin(affinity.lists().list().send());
    assert!(begun(&mut first));
    let others = join_all((0..7).map(|_| affinity.whoami().send()));
    let mut others = Box::pin(others);
    assert!(begun(&mut others));
    assert_eq!(affinity.calls_spent(), 1, "the clock stands still: only the answer lets them go");
    let (first, others) = join(first, others).await;
    assert!(first.is_ok() && others.iter().all(Result::is_ok));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_dropped_at_any_moment_take_nothing_with_them() {
    let mut rng = rng("dropped");
    let sandbox = Sandbox::builder().requests_per_minute(100_000).start().await.unwrap();
    let affinity = builder(&sandbox).concurrency(3).build().unwrap();
    let tasks: Vec<_> = (0..300)
        .map(|_| {
            let priority = if rng.bool() { Priority::Bulk } else { Priority::Interactive };
            let call = affinity.whoami().with_priority(priority);
            (tokio::spawn(call.send()), rng.bool())
        })
        .collect();
    for (task, dropped) in tasks {
        if dropped {
            task.abort();
        }
        if let Ok(result) = task.await {
            result.unwrap();
        }
    }
    bulk(&affinity, 20).await;
}

#[tokio::test]
async fn a_client_outlives_the_runtime_it_was_used_in() {
    let sandbox = Sandbox::empty().await.unwrap();
    let affinity = client(&sandbox);
    let elsewhere = affinity.clone();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            // Some are left waiting when the runtime ends.
            let mut calls = join_all((0..20).map(|_| elsewhere.whoami().send().boxed()));
            assert!(begun(&mut calls));
        });
    });
    thread.join().unwrap();
    affinity.whoami().send().await.unwrap();
}
