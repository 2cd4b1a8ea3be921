//! Several processes with one schedule, in a real Redis.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use affinity::{Affinity, Priority, RedisPacing};
use affinity_sandbox::Sandbox;
use futures::future::{join, join_all};
use futures::stream::{self, StreamExt};
use tokio::net::TcpStream;

use crate::support::builder;
use crate::traces::listen;

/// A server that ends with the test.
struct Redis {
    child: Child,
    port: u16,
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const MINUTE: &str = "affinity-pacing:{ines}:minute";
const CALLS: &str = "affinity-pacing:{ines}:calls";
const PASSWORD: &str = "sesame-6379-open";

impl Redis {
    /// `None`, with a message, where there is no such program.
    async fn start() -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self::at(port).await
    }

    async fn at(port: u16) -> Option<Self> {
        let mut command = Command::new("redis-server");
        command.args(["--port", &port.to_string(), "--save", "", "--appendonly", "no"]);
        command.args(["--bind", "127.0.0.1", "--requirepass", PASSWORD]);
        let Ok(child) = command.stdout(Stdio::null()).spawn() else {
            println!("skipped: there is no redis-server; Debian's package is called so too");
            return None;
        };
        let mut redis = Self { child, port };
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(redis.child.try_wait().unwrap().is_none(), "it ended at once");
            tokio::task::yield_now().await;
        }
        Some(redis)
    }

    fn ask(&self, words: &[&str]) -> String {
        let mut command = Command::new("redis-cli");
        command.args(["-p", &self.port.to_string(), "-a", PASSWORD, "--no-auth-warning"]).args(words);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    }

    fn number(&self, words: &[&str]) -> u64 {
        self.ask(words).trim().parse().unwrap_or(0)
    }

    /// The calls that were taken from the minute here.
    fn taken(&self) -> u64 {
        self.number(&["HGET", MINUTE, "sent"])
    }

    /// The calls of which nothing was told yet.
    fn untold(&self) -> u64 {
        self.number(&["ZCARD", CALLS])
    }

    fn pacing(&self) -> RedisPacing {
        pacing(self.port)
    }
}

fn pacing(port: u16) -> RedisPacing {
    RedisPacing::new(&format!("redis://:{PASSWORD}@127.0.0.1:{port}/")).unwrap().name("ines")
}

/// A minute made short.
const WINDOW: Duration = Duration::from_secs(3);
const PER_WINDOW: u64 = 300;

async fn sandbox() -> Sandbox {
    Sandbox::builder().requests_per_minute(PER_WINDOW).window(WINDOW).start().await.unwrap()
}

/// What another process has.
fn process(sandbox: &Sandbox, pacing: RedisPacing) -> Affinity {
    builder(sandbox).shared_pacing(pacing).build().unwrap()
}

/// So many calls, each of which must succeed.
async fn bulk(affinity: &Affinity, calls: u64) {
    let call = |_| affinity.whoami().with_priority(Priority::Bulk).send();
    let results = stream::iter(0..calls).map(call).buffer_unordered(16);
    results.for_each(async |result| drop(result.unwrap())).await;
}

fn refusals(sandbox: &Sandbox) -> usize {
    sandbox.requests().iter().filter(|request| request.status.is_some_and(|s| s.as_u16() == 429)).count()
}

#[tokio::test]
async fn processes_with_one_schedule_meet_no_429_and_use_what_is_allowed() {
    let Some(redis) = Redis::start().await else { return };
    for processes in [2, 4] {
        let sandbox = sandbox().await;
        let pacing = redis.pacing().name(processes.to_string());
        let all: Vec<_> = (0..processes).map(|_| process(&sandbox, pacing.clone())).collect();
        let start = Instant::now();
        join_all(all.iter().map(|affinity| bulk(affinity, 1200 / processes))).await;
        let allowed = start.elapsed().as_secs_f64() * PER_WINDOW as f64 / WINDOW.as_secs_f64();
        assert_eq!(refusals(&sandbox), 0, "{processes}");
        assert!(1200.0 / allowed > 0.9, "{processes}: {}", 1200.0 / allowed);
    }
}

#[tokio::test]
async fn redis_can_die_and_come_back_in_the_middle() {
    let traces = listen();
    let Some(redis) = Redis::start().await else { return };
    let sandbox = Sandbox::builder().requests_per_minute(6000).start().await.unwrap();
    let affinity = process(&sandbox, redis.pacing());
    bulk(&affinity, 50).await;
    redis.ask(&["SCRIPT", "FLUSH"]);
    bulk(&affinity, 50).await;
    assert_eq!(redis.taken(), 100);
    let port = redis.port;
    let (_, ()) = join(bulk(&affinity, 100), async { drop(redis) }).await;
    // It comes back without the script. Until it is tried again, calls go by their own figures.
    let Some(redis) = Redis::at(port).await else { return };
    while redis.taken() == 0 {
        bulk(&affinity, 1).await;
    }
    assert_eq!(refusals(&sandbox), 0);
    let traced = traces.text();
    assert!(traced.contains("through Redis is away") && traced.contains("through Redis is back"));
    assert!(!traced.contains(PASSWORD));
}

#[tokio::test]
async fn redis_need_not_be_there() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let sandbox = sandbox().await;
    bulk(&process(&sandbox, pacing(nobody)), 50).await;
    // Somebody is there who never says anything.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let affinity = process(&sandbox, pacing(silent.local_addr().unwrap().port()));
    bulk(&affinity, 50).await;
    assert_eq!(refusals(&sandbox), 0);
}

#[tokio::test]
async fn a_client_is_used_in_several_runtimes_in_turn() {
    let Some(redis) = Redis::start().await else { return };
    let sandbox = Sandbox::builder().requests_per_minute(100_000).start().await.unwrap();
    let affinity = process(&sandbox, redis.pacing());
    bulk(&affinity, 10).await;
    for _ in 0..3 {
        let elsewhere = affinity.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(bulk(&elsewhere, 10));
        });
        tokio::task::spawn_blocking(move || thread.join().unwrap()).await.unwrap();
        bulk(&affinity, 10).await;
    }
    // None of them fell back to its own figures.
    assert_eq!(redis.taken(), 70);
}

#[tokio::test]
async fn processes_of_one_call_tell_what_became_of_it() {
    let Some(redis) = Redis::start().await else { return };
    let sandbox = Sandbox::builder().requests_per_minute(900).start().await.unwrap();
    for _ in 0..10 {
        let affinity = process(&sandbox, redis.pacing());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(affinity.whoami().send()).unwrap();
        });
        tokio::task::spawn_blocking(move || thread.join().unwrap()).await.unwrap();
    }
    assert_eq!((redis.taken(), redis.untold()), (10, 0));
}

#[tokio::test]
async fn a_call_that_finds_no_connection_gives_its_place_back() {
    let Some(redis) = Redis::start().await else { return };
    let sandbox = Sandbox::builder().requests_per_minute(900).start().await.unwrap();
    bulk(&process(&sandbox, redis.pacing()), 5).await;
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let lost = builder(&sandbox).base_url(format!("http://{nobody}")).attempts(1);
    let lost = lost.shared_pacing(redis.pacing()).build().unwrap();
    for _ in 0..5 {
        assert!(lost.whoami().send().await.unwrap_err().is_connect());
    }
    while redis.untold() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(redis.taken(), 5);
}

#[tokio::test]
async fn what_others_spend_and_one_process_sees_slows_the_other() {
    let Some(redis) = Redis::start().await else { return };
    let sandbox = Sandbox::builder().requests_per_minute(900).manual_clock().start().await.unwrap();
    let (one, two) = (process(&sandbox, redis.pacing()), process(&sandbox, redis.pacing()));
    let other_name = process(&sandbox, redis.pacing().name("bo"));
    two.whoami().send().await.unwrap();
    other_name.whoami().send().await.unwrap();
    let foreign = builder(&sandbox).without_pacing().build().unwrap();
    join_all((0..897).map(|_| foreign.whoami().send())).await;
    one.whoami().send().await.unwrap();
    let hasty = |affinity: &Affinity| affinity.whoami().with_timeout(Duration::from_secs(20)).send();
    while redis.untold() > 0 {
        tokio::task::yield_now().await;
    }
    let error = hasty(&two).await.unwrap_err();
    assert!(error.is_rate_limited() && error.attempts() == 0, "it has seen nothing of it: {error}");
    assert_eq!(refusals(&sandbox), 0);
    let error = hasty(&other_name).await.unwrap_err();
    assert_eq!(error.attempts(), 1, "another name knows nothing of it, and runs into the wall: {error}");
}

#[tokio::test]
async fn neither_key_nor_password_shows() {
    let Some(redis) = Redis::start().await else { return };
    let sandbox = sandbox().await;
    let affinity = process(&sandbox, redis.pacing());
    bulk(&affinity, 5).await;
    let builder = builder(&sandbox).shared_pacing(redis.pacing());
    let mut printed = format!("{affinity:?} {builder:?} {:?}", redis.pacing());
    for wrong in ["redis//:", "rediss://:", "http://:"] {
        let error = RedisPacing::new(&format!("{wrong}{PASSWORD}@redis.example")).unwrap_err();
        printed += &format!("{error} {error:?}");
    }
    assert!(!printed.contains("sesame"), "{printed}");
    let stored = redis.ask(&["HGETALL", MINUTE]) + &redis.ask(&["KEYS", "*"]);
    assert!(stored.contains("limit") && !stored.contains(sandbox.api_key()), "{stored}");
    for key in redis.ask(&["KEYS", "*"]).lines() {
        assert!(redis.number(&["TTL", key]) > 0, "{key} goes by itself");
    }
}
