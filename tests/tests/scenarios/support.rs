//! What the scenarios share.

use std::collections::VecDeque;
use std::env;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use affinity::{Affinity, AffinityBuilder};
use affinity_core::Timer;
use affinity_sandbox::{Method, Reply, Sandbox};
use fastrand::Rng;
use futures::future::BoxFuture;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

pub(crate) fn builder(sandbox: &Sandbox) -> AffinityBuilder {
    let builder = Affinity::builder().base_url(sandbox.url()).api_key(sandbox.api_key());
    // Scenarios look at each call; what asks for the workspace has its own.
    builder.without_workspace_in_cursors()
}

pub(crate) fn client(sandbox: &Sandbox) -> Affinity {
    builder(sandbox).build().unwrap()
}

/// A sandbox that gives these answers to `GET path`, in this order.
pub(crate) async fn answering(path: &str, replies: impl IntoIterator<Item = Reply>) -> Sandbox {
    let sandbox = Sandbox::empty().await.unwrap();
    for reply in replies {
        sandbox.reply(Method::GET, path, reply);
    }
    sandbox
}

/// A list as `GET /v2/lists` has it.
pub(crate) fn list(id: u64) -> String {
    format!(r#"{{"id":{id},"name":"List {id}","creatorId":1,"ownerId":1,"isPublic":true,"type":"company"}}"#)
}

/// A page of lists.
pub(crate) fn lists(ids: &[u64], next_url: Option<&str>) -> Reply {
    let items: Vec<_> = ids.iter().copied().map(list).collect();
    Reply::json(200, affinity_tests::page(&items, next_url))
}

/// The cursors that were asked for, in order.
pub(crate) fn cursors(sandbox: &Sandbox) -> Vec<Option<String>> {
    sandbox.requests().iter().map(|request| request.param("cursor").map(str::to_owned)).collect()
}

/// Reads a request without a body, for servers that answer by hand.
pub(crate) async fn read_request(socket: &mut TcpStream) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(socket.read_u8().await.unwrap());
    }
}

/// A clock that does not wait: it notes each wait and is at its end at once.
#[derive(Clone, Debug)]
pub(crate) struct QuickTimer(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    now: Instant,
    waits: VecDeque<Duration>,
}

impl QuickTimer {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(State { now: Instant::now(), waits: VecDeque::new() })))
    }

    pub(crate) fn waits(&self) -> Vec<Duration> {
        self.0.lock().unwrap().waits.iter().copied().collect()
    }
}

impl Timer for QuickTimer {
    fn now(&self) -> Instant {
        self.0.lock().unwrap().now
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        let mut state = self.0.lock().unwrap();
        state.now += wait;
        state.waits.push_back(wait);
        Box::pin(std::future::ready(()))
    }
}

/// A client with a clock that does not wait.
pub(crate) fn quick(sandbox: &Sandbox) -> (Affinity, QuickTimer) {
    let timer = QuickTimer::new();
    (builder(sandbox).timer(Arc::new(timer.clone())).build().unwrap(), timer)
}

/// A seed of its own for each run, printed so that a failure can be seen again.
pub(crate) fn rng(test: &str) -> Rng {
    let given = env::var("TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| fastrand::u64(..));
    println!("{test}: TEST_SEED={seed}");
    Rng::with_seed(seed)
}
