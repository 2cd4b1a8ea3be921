//! What the transport costs over the bare HTTP client, and how well it keeps to a real window, in real time.
#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark")]

use std::time::{Duration, Instant};

use affinity::{Affinity, Priority};
use affinity_core::{CallOptions, Transport};
use affinity_sandbox::Sandbox;
use futures::future::join;
use futures::stream::{self, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const PAIRS: usize = 20_000;
const CALLS: u64 = 5000;
/// A minute made short; the quota in it is the real one.
const WINDOW: Duration = Duration::from_secs(5);
const PER_WINDOW: u64 = 900;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        overhead().await;
        bulk_alone().await;
        bulk_of_two().await;
    });
}

/// Answers everything with the same few bytes and figures that hold nothing back.
async fn answer_all() -> String {
    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\
        x-ratelimit-limit-user: 1000000000\r\nx-ratelimit-limit-user-remaining: 999999999\r\n\
        x-ratelimit-limit-user-reset: 60\r\nx-ratelimit-limit-org: 1000000000\r\n\
        x-ratelimit-limit-org-remaining: 999999999\r\nx-ratelimit-limit-org-reset: 86400\r\n\r\n{}";
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            socket.set_nodelay(true).unwrap();
            tokio::spawn(async move {
                let (mut buffer, mut filled) = ([0; 4096], 0);
                while let Ok(read @ 1..) = socket.read(&mut buffer[filled..]).await {
                    filled += read;
                    if buffer[..filled].ends_with(b"\r\n\r\n") {
                        filled = 0;
                        socket.write_all(ANSWER).await.unwrap();
                    }
                }
            });
        }
    });
    url
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// One call after the other, bare and through the transport in turn, so that both see the same machine.
async fn overhead() {
    let url = answer_all().await;
    let transport = Transport::builder().base_url(&url).api_key("key").build().unwrap();
    let call = format!("{url}/v2/lists");
    let options = CallOptions::default();
    let (mut bare, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..PAIRS {
        let start = Instant::now();
        let request = transport.http().get(&call).build().unwrap();
        let mut response = transport.http().execute(request).await.unwrap();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.unwrap() {
            body.extend_from_slice(&chunk);
        }
        bare.push(start.elapsed());
        let start = Instant::now();
        let request = transport.http().get(&call).build().unwrap();
        transport.send(request, "list_lists", &options).await.unwrap();
        ours.push(start.elapsed());
    }
    let (bare, ours) = (median(bare), median(ours));
    println!("a call: {bare:?} bare, {ours:?} through the transport: {:?} more", ours.saturating_sub(bare));
}

async fn sandbox() -> Sandbox {
    Sandbox::builder().requests_per_minute(PER_WINDOW).window(WINDOW).start().await.unwrap()
}

fn client(sandbox: &Sandbox) -> Affinity {
    Affinity::builder().base_url(sandbox.url()).api_key(sandbox.api_key()).build().unwrap()
}

async fn bulk(affinity: &Affinity, calls: u64) {
    let call = |_| affinity.whoami().with_priority(Priority::Bulk).send();
    let results = stream::iter(0..calls).map(call).buffer_unordered(16);
    results.for_each(async |result| drop(result.unwrap())).await;
}

fn report(name: &str, sandbox: &Sandbox, took: Duration) {
    let requests = sandbox.requests();
    let refused = requests.iter().filter(|request| request.status.is_some_and(|s| s.as_u16() == 429)).count();
    let allowed = took.as_secs_f64() * PER_WINDOW as f64 / WINDOW.as_secs_f64();
    println!(
        "{name}: {CALLS} calls in {took:.1?}, {:.1} % of what is allowed; {refused} of {} requests refused ({:.2} %)",
        100.0 * CALLS as f64 / allowed,
        requests.len(),
        100.0 * refused as f64 / requests.len() as f64
    );
}

async fn bulk_alone() {
    let sandbox = sandbox().await;
    let (affinity, start) = (client(&sandbox), Instant::now());
    bulk(&affinity, CALLS).await;
    report("one process", &sandbox, start.elapsed());
}

async fn bulk_of_two() {
    let sandbox = sandbox().await;
    let (one, two, start) = (client(&sandbox), client(&sandbox), Instant::now());
    join(bulk(&one, CALLS / 2), bulk(&two, CALLS / 2)).await;
    report("two processes", &sandbox, start.elapsed());
}
