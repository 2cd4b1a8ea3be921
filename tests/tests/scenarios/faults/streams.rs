//! Streams that break off go on from the cursor of the error, written down and read back, without a row lost.

use std::sync::Arc;
use std::time::Duration;

use affinity::{Affinity, Cursor, Error, Items, ListEntry};
use futures::TryStreamExt;

use super::fault::{BREAKS, Fault, HTML, Place};
use super::server::FaultyServer;
use crate::support::QuickTimer;

/// A client that gives up at the first trouble.
fn impatient(server: &FaultyServer) -> Affinity {
    let timer = Arc::new(QuickTimer::new());
    server.builder().attempt_timeout(Duration::from_millis(50)).timer(timer).attempts(1).build().unwrap()
}

/// The rows from there on, until they end or break off.
async fn walk(mut rows: Items<ListEntry>, seen: &mut Vec<u64>) -> Result<(), Error> {
    while let Some(row) = rows.try_next().await? {
        seen.push(row.id.get());
    }
    Ok(())
}

/// Every way for a page not to come.
fn losses() -> impl Iterator<Item = Fault> {
    BREAKS.into_iter().chain(OTHER_LOSSES)
}

const OTHER_LOSSES: [Fault; 19] = [
    Fault::Drip,
    Fault::StallBeforeHead,
    Fault::StallInHead,
    Fault::StallInBody,
    Fault::LargeHeader(1 << 20),
    Fault::Refusal(429, "retry-after: 7\r\n", ""),
    Fault::Refusal(429, "", HTML),
    Fault::Refusal(500, "", HTML),
    Fault::Refusal(503, "retry-after: soon\r\n", HTML),
    Fault::RedirectElsewhere(302),
    Fault::RedirectHere(307),
    Fault::Body("application/json", b""),
    Fault::Body("text/html", HTML.as_bytes()),
    Fault::Body("application/json", b"{\"data\":[\"\xff\"]}"),
    Fault::Truncated(400),
    Fault::PackedCut,
    Fault::PackedWrong,
    Fault::SaysPacked("br"),
    Fault::SaysPacked("gzip"),
];

#[tokio::test]
async fn a_stream_that_breaks_off_is_resumed_by_another_client_and_loses_no_row() {
    for fault in losses() {
        for (lost, prefetch) in [(0, false), (2, false), (2, true), (4, true)] {
            let mut faults = vec![Fault::None; lost];
            faults.push(fault);
            let server = FaultyServer::going_wrong(faults).await;
            let rows = impatient(&server).lists().entries(64.into()).prefetch(prefetch).stream();
            let mut seen = Vec::new();
            let error = walk(rows, &mut seen).await.expect_err(&format!("{fault:?}"));
            assert_eq!(seen, server.ids()[..lost * 3], "{fault:?}");
            assert_eq!(error.operation(), Some("list_list_entries"), "{fault:?}");
            let written_down = error.cursor().unwrap().to_string();
            let cursor: Cursor = written_down.parse().unwrap();
            let rest = impatient(&server).lists().entries(64.into()).resume_from(cursor).stream();
            walk(rest, &mut seen).await.unwrap();
            assert_eq!(seen, server.ids(), "{fault:?}");
            assert!(!server.was_followed(), "{fault:?}");
        }
    }
}

#[tokio::test]
async fn a_stream_outlives_what_can_be_repeated() {
    for fault in losses() {
        let server = FaultyServer::going_wrong([Fault::None, fault, Fault::None, fault]).await;
        let affinity = server.builder().timer(Arc::new(QuickTimer::new())).build().unwrap();
        let mut seen = Vec::new();
        let walked = walk(affinity.lists().entries(64.into()).stream(), &mut seen).await;
        match walked {
            Ok(()) => assert_eq!(seen, server.ids(), "{fault:?}"),
            Err(error) => assert!(!error.is_retryable(), "{fault:?}: {error}"),
        }
    }
}

#[tokio::test]
async fn a_stream_of_v1_is_resumed_too() {
    for fault in losses() {
        let server = FaultyServer::going_wrong([Fault::None, fault]).await;
        let notes = |affinity: Affinity| affinity.v1().notes().list();
        let (mut seen, mut rows) = (Vec::new(), notes(impatient(&server)).stream());
        let error = loop {
            match rows.try_next().await {
                Ok(note) => seen.push(note.expect("it breaks off before").id.get()),
                Err(error) => break error,
            }
        };
        assert_eq!(seen, server.ids()[..3], "{fault:?}");
        let cursor = error.cursor().unwrap().to_string().parse().unwrap();
        let rest = notes(impatient(&server)).resume_from(cursor).stream();
        seen.extend(rest.try_collect::<Vec<_>>().await.unwrap().iter().map(|note| note.id.get()));
        assert_eq!(seen, server.ids(), "{fault:?}");
    }
}

#[tokio::test]
async fn a_link_to_another_place_gives_its_cursor_and_nothing_else() {
    for place in [Place::Host, Place::Path, Place::Scheme] {
        for prefetch in [false, true] {
            let server = FaultyServer::going_wrong([Fault::Foreign(place); 4]).await;
            let rows = impatient(&server).lists().entries(64.into()).prefetch(prefetch).stream();
            let mut seen = Vec::new();
            walk(rows, &mut seen).await.unwrap();
            assert_eq!((seen, server.was_followed()), (server.ids(), false), "{place:?}");
            let requests = server.requests();
            assert!(requests.iter().all(|request| request.path == "/v2/lists/64/list-entries"));
            assert!(!requests.iter().any(|request| request.query.contains("limit=1&")), "{requests:?}");
        }
    }
}

#[tokio::test]
async fn links_that_go_round_are_an_error_and_not_the_end() {
    use Fault::{LeadsTo, None};
    let loops: [(&str, &[Fault], &[u64]); 4] = [
        ("to itself", &[None, LeadsTo(1)], &[0, 1]),
        ("to the page before", &[None, None, LeadsTo(1)], &[0, 1, 2]),
        ("over three pages", &[None, None, None, LeadsTo(1)], &[0, 1, 2, 3]),
        ("to the start, which has a cursor of its own then", &[None, LeadsTo(0)], &[0, 1, 0]),
    ];
    for (name, faults, pages) in loops {
        for prefetch in [false, true] {
            let server = FaultyServer::going_wrong(faults.iter().copied()).await;
            let rows = impatient(&server).lists().entries(64.into()).prefetch(prefetch).stream();
            let mut seen = Vec::new();
            let error = walk(rows, &mut seen).await.expect_err(name);
            assert!(error.is_repeated_cursor() && !error.is_retryable(), "{name}: {error}");
            let handed_out = pages.iter().flat_map(|page| page * 3 + 1..=page * 3 + 3);
            assert_eq!(seen, handed_out.collect::<Vec<_>>(), "{name}");
            assert_eq!(server.requests().len(), pages.len(), "{name}");
            assert!(error.cursor().is_some() && !error.to_string().contains('\n'), "{name}: {error}");
        }
    }
}
