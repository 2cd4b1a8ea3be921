//! All faults at random, with reads, writes and streams at the same time; the server keeps the truth.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use affinity::{Affinity, CompanyId, Error};
use fastrand::Rng;
use futures::TryStreamExt;
use futures::future::join_all;

use super::fault::all;
use super::hasty::Hasty;
use super::server::{FaultyServer, Rows, Script};
use crate::support::rng;

/// What one who works with the client found out.
#[derive(Default)]
struct Report {
    notes: Vec<(String, Result<(), Error>)>,
    cells: Vec<(String, Result<(), Error>)>,
    resumed: usize,
}

/// Reads, writes and streams in turn, by chance.
async fn work(affinity: Affinity, name: usize, ids: &[u64], mut random: Rng) -> Report {
    let mut report = Report::default();
    for number in 0..100 {
        let text = format!("By {name}, number {number}");
        match random.u8(..10) {
            0..4 => {
                let note = affinity.notes().create(CompanyId::new(88_120), text.clone()).send().await;
                report.notes.push((text, note.map(drop)));
            }
            4..7 => {
                let set = affinity.lists().entry(64.into(), 9.into()).set_cell("field-1", text.clone());
                report.cells.push((text, set.send().await));
            }
            7..9 => {
                let read = affinity.lists().get(7.into()).send().await;
                assert!(read.is_err() || read.is_ok_and(|list| list.name == "List 7"));
            }
            _ => report.resumed += walk(&affinity, random.bool(), ids).await,
        }
    }
    report
}

/// All rows, resumed after each error; how often that was.
async fn walk(affinity: &Affinity, prefetch: bool, ids: &[u64]) -> usize {
    let (mut seen, mut resumed) = (Vec::new(), 0);
    let rows = || affinity.lists().entries(64.into()).prefetch(prefetch);
    let mut stream = rows().stream();
    loop {
        match stream.try_next().await {
            Ok(Some(row)) => seen.push(row.id.get()),
            Ok(None) => break,
            Err(error) => {
                resumed += 1;
                let cursor = error.cursor().expect("where to go on").to_string().parse().unwrap();
                stream = rows().resume_from(cursor).stream();
            }
        }
    }
    assert_eq!(seen, ids);
    resumed
}

/// How often each is in the server's books.
fn times(written: Vec<String>) -> HashMap<String, usize> {
    written.into_iter().fold(HashMap::new(), |mut times, text| {
        *times.entry(text).or_default() += 1;
        times
    })
}

async fn under_fire(mut random: Rng, paced: bool) {
    let script = Script::AtRandom(random.fork(), all(), all().len() * 3);
    let server = FaultyServer::start(script, Rows { pages: 8, per_page: 3 }, true).await;
    let builder =
        server.full_builder().attempt_timeout(Duration::from_millis(50)).timer(Arc::new(Hasty::default()));
    let builder = if paced { builder } else { builder.without_pacing().retry_budget(10_000) };
    let (affinity, ids) = (builder.build().unwrap(), server.ids());
    let work = (0..6).map(|name| work(affinity.clone(), name, &ids, random.fork()));
    let reports = join_all(work.collect::<Vec<_>>()).await;

    let (notes, cells) = (times(server.notes()), times(server.cells()));
    let (mut done, mut not_done, mut unknown, mut resumed) = (0, 0, 0, 0);
    for report in reports {
        resumed += report.resumed;
        for (text, written) in report.notes {
            let times = notes.get(&text).copied().unwrap_or_default();
            match written {
                Ok(()) => {
                    done += 1;
                    assert_eq!(times, 1, "{text}");
                }
                Err(error) if error.is_outcome_unknown() => {
                    unknown += 1;
                    assert!(times <= 1 && !error.is_retryable(), "{text}, {times} times: {error}");
                }
                Err(error) if error.is_carried_out() => assert_eq!(times, 1, "{text}: {error}"),
                Err(error) => {
                    not_done += 1;
                    assert_eq!(times, 0, "{text}: {error}");
                }
            }
        }
        for (text, set) in report.cells {
            let was_set = cells.contains_key(&text);
            match set {
                Ok(()) => assert!(was_set, "{text}"),
                Err(error) if error.is_outcome_unknown() || error.is_carried_out() => {}
                Err(error) => assert!(!was_set, "{text}: {error}"),
            }
        }
    }
    let requests = server.requests().len();
    println!(
        "{requests} requests; of the notes {done} were written, {not_done} not, {unknown} unknown; streams resumed {resumed} times"
    );
    let faults = server.committed().len() - 1;
    assert!(faults > all().len() / 2, "{faults} of {} faults were met", all().len());
    assert!(!server.was_followed());
    assert!(requests > 300 && done > 0 && unknown > 0 && resumed > 0);
}

#[tokio::test]
async fn no_write_is_lost_or_doubled_and_no_row_either() {
    let mut random = rng("no_write_is_lost_or_doubled_and_no_row_either");
    under_fire(random.fork(), false).await;
    under_fire(random.fork(), true).await;
}
