//! A million rows through all faults: none is lost, none comes twice, and memory stays as it is.

use std::env;
use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use affinity::{Affinity, Cursor, Error, ListEntry};
use fastrand::Rng;
use futures::Stream;
use futures::TryStreamExt;
use serde::Deserialize;

use super::fault::{Fault, TAKES_TIME, all};
use super::hasty::Hasty;
use super::server::{FaultyServer, Rows, Script};
use super::support::rng;

const PER_PAGE: u64 = 100;

/// What can differ by chance: other buffers, other tasks at the same time.
const SLACK: u64 = 6 << 20;

/// The memory of this process that is in use, in bytes.
fn resident() -> u64 {
    let pages = fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

/// How many rows there are to be.
fn rows(usual: u64) -> u64 {
    env::var("FAULTY_ROWS").ok().map_or(usual, |rows| rows.parse().unwrap())
}

async fn server(random: Rng, rows: u64) -> FaultyServer {
    let rows = Rows { pages: rows.div_ceil(PER_PAGE), per_page: PER_PAGE };
    FaultyServer::start(Script::AtRandom(random, all(), 100), rows, false).await
}

fn client(server: &FaultyServer) -> Affinity {
    let builder = server.full_builder().attempt_timeout(Duration::from_millis(25));
    builder.timer(Arc::new(Hasty::default())).without_pacing().build().unwrap()
}

/// What a walk was like.
#[derive(Default)]
struct Course {
    rows: u64,
    resumed: u64,
    /// The most memory in use in the second tenth of the rows, and the least in the last.
    memory: [u64; 2],
}

impl Course {
    /// Looks at the memory now and then.
    fn measure(&mut self, all: u64) {
        if !self.rows.is_multiple_of(all.div_ceil(200)) {
            return;
        }
        let [early, late] = &mut self.memory;
        match self.rows * 10 / all {
            1 => *early = resident().max(*early),
            9 if *late == 0 => *late = resident(),
            9 => *late = resident().min(*late),
            _ => {}
        }
    }
}

/// Takes all rows, going on after each error from its cursor, written down and read back.
async fn walk<T, S>(
    server: &FaultyServer,
    from: impl Fn(Affinity, Option<Cursor>) -> S,
    id: fn(&T) -> u64,
) -> Course
where
    S: Stream<Item = Result<T, Error>> + Unpin,
{
    let mut course = Course::default();
    let mut affinity = client(server);
    let mut stream = from(affinity.clone(), None);
    loop {
        match stream.try_next().await {
            Ok(Some(row)) => {
                course.rows += 1;
                assert_eq!(id(&row), course.rows, "every row once, and in order");
                course.measure(server.row_count());
            }
            Ok(None) => break,
            Err(error) => {
                assert!(!error.is_item() && !error.is_input(), "{error}");
                course.resumed += 1;
                let cursor = error.cursor().expect("where to go on").to_string();
                if course.resumed.is_multiple_of(10) {
                    affinity = client(server);
                }
                stream = from(affinity.clone(), Some(cursor.parse().unwrap()));
            }
        }
    }
    assert_eq!(course.rows, server.row_count());
    assert!(!server.was_followed());
    course
}

fn report(server: &FaultyServer, course: &Course, start: Instant) {
    let committed = server.committed();
    let faults = committed.iter().filter(|(fault, _)| *fault != Fault::None);
    let slow: u64 =
        committed.iter().filter(|(fault, _)| TAKES_TIME.contains(fault)).map(|(_, times)| times).sum();
    println!(
        "{} rows in {:.1?}; {} faults, {slow} of them slow; resumed {} times; {} KiB, then {} KiB",
        course.rows,
        start.elapsed(),
        faults.map(|(_, times)| times).sum::<u64>(),
        course.resumed,
        course.memory[0] >> 10,
        course.memory[1] >> 10,
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_million_rows_come_once_and_in_order_in_the_same_memory() {
    let _alone = super::ALONE.lock().await;
    let start = Instant::now();
    let random = rng("a_million_rows_come_once_and_in_order_in_the_same_memory");
    let server = server(random, rows(1_000_000)).await;
    let from = |affinity: Affinity, cursor: Option<Cursor>| {
        let rows = affinity.lists().entries(64.into());
        cursor.into_iter().fold(rows, |rows, cursor| rows.resume_from(cursor)).stream()
    };
    let course = walk(&server, from, |row: &ListEntry| row.id.get()).await;
    report(&server, &course, start);
    let [early, late] = course.memory;
    assert!(early > 0 && late > 0 && late <= early + SLACK, "{} KiB more", (late - early) >> 10);
    let committed = server.committed();
    assert!(all().iter().all(|fault| committed.iter().any(|(other, _)| other == fault)), "{committed:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_are_fetched_ahead_come_once_and_in_order_too() {
    let _alone = super::ALONE.lock().await;
    let start = Instant::now();
    let random = rng("rows_that_are_fetched_ahead_come_once_and_in_order_too");
    let server = server(random, rows(100_000)).await;
    let from = |affinity: Affinity, cursor: Option<Cursor>| {
        let rows = affinity.lists().entries(64.into()).prefetch(true);
        cursor.into_iter().fold(rows, |rows, cursor| rows.resume_from(cursor)).stream()
    };
    let course = walk(&server, from, |row: &ListEntry| row.id.get()).await;
    report(&server, &course, start);
}

#[derive(Deserialize)]
struct Deal {
    entry_id: u64,
    name: String,
    amount: Option<u64>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_as_structs_come_once_and_in_order_too() {
    let _alone = super::ALONE.lock().await;
    let start = Instant::now();
    let random = rng("rows_as_structs_come_once_and_in_order_too");
    let server = server(random, rows(100_000)).await;
    let from = |affinity: Affinity, cursor: Option<Cursor>| {
        let rows = affinity.lists().entries(64.into()).rows::<Deal>();
        cursor.into_iter().fold(rows, |rows, cursor| rows.resume_from(cursor)).stream()
    };
    let id = |deal: &Deal| {
        assert_eq!(
            (deal.amount, deal.name.as_str()),
            (Some(deal.entry_id), &*format!("Deal {}", deal.entry_id))
        );
        deal.entry_id
    };
    let course = walk(&server, from, id).await;
    report(&server, &course, start);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bomb_takes_no_more_memory_than_the_limit_on_bodies() {
    let _alone = super::ALONE.lock().await;
    for status in [200, 500] {
        let server = FaultyServer::going_wrong([Fault::Bomb(status)]).await;
        let limit = 256 << 10;
        let builder = server.builder().attempt_timeout(Duration::from_secs(60)).body_limit(limit);
        let before = peak();
        let error = builder.build().unwrap().lists().get(7.into()).send().await.unwrap_err();
        let more = peak() - before;
        println!("{more} KiB more at {status}");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        assert_eq!((error.is_decode(), error.attempts()), (status == 200, 1));
        assert!(error.to_string().len() < 200 && error.body().unwrap().len() <= 1 << 20);
        assert!(more < 16 << 10, "{more} KiB");
    }
}

/// The most memory this process had at any time so far, in KiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
