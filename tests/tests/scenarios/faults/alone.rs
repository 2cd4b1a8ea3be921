//! Each fault alone, and what a call makes of it.

use std::sync::Arc;
use std::time::Duration;

use affinity::{Affinity, AffinityBuilder, CompanyId, Error, Meta, NoteId};

use super::fault::{BREAKS, Fault, HTML, TAKES_TIME};
use super::server::FaultyServer;
use crate::support::QuickTimer;

/// A client that does not wait between attempts.
fn quick(builder: AffinityBuilder) -> Affinity {
    builder.timer(Arc::new(QuickTimer::new())).build().unwrap()
}

/// Reads something by v2 and something by v1, each from a server of its own that goes wrong like this.
async fn read(faults: &[Fault]) -> [(FaultyServer, Result<Meta, Error>); 2] {
    let [one, two] = [faults, faults].map(|faults| FaultyServer::going_wrong(faults.iter().copied()));
    let (one, two) = (one.await, two.await);
    let list = quick(one.builder()).lists().get(7.into()).send_with_meta().await;
    let list = list.map(|list| {
        assert_eq!(list.value.name, "List 7");
        list.meta
    });
    let note = quick(two.builder()).v1().notes().get(NoteId::new(551_207)).send_with_meta().await;
    let note = note.map(|note| {
        assert_eq!(note.value.content.as_deref(), Some("Kept."));
        note.meta
    });
    [(one, list), (two, note)]
}

/// Writes a note, which is not to be there twice, to a server that goes wrong like this.
async fn write(faults: &[Fault]) -> (FaultyServer, Result<Meta, Error>) {
    let server = FaultyServer::going_wrong(faults.iter().copied()).await;
    let note = quick(server.builder()).notes().create(CompanyId::new(88_120), "Once.");
    let note = note.send_with_meta().await.map(|note| {
        assert_eq!(note.value.content.as_deref(), Some("Once."));
        note.meta
    });
    (server, note)
}

/// Sets a cell, which may be done twice.
async fn set(faults: &[Fault]) -> (FaultyServer, Result<Meta, Error>) {
    let server = FaultyServer::going_wrong(faults.iter().copied()).await;
    let row = quick(server.builder()).lists().entry(64.into(), 9.into());
    let set = row.set_cell("field-1", "Kept").send_with_meta().await.map(|set| set.meta);
    (server, set)
}

/// Errors are one line, which begins with the operation and names no place in the network.
fn line(error: &Error) -> String {
    let text = error.to_string();
    assert!(text.starts_with(error.operation().unwrap()), "{text}");
    assert!(!text.contains('\n') && !text.contains("127.0.0.1") && !text.contains("http:"), "{text}");
    text.split_once(": ").unwrap().1.to_owned()
}

/// Those of them after the head of an answer.
const HEADS: [Fault; 4] = [Fault::ResetAfterHead, Fault::ResetInBody, Fault::CutBody, Fault::CutChunks];

/// Every way for the connection to break.
fn breaks() -> impl Iterator<Item = Fault> {
    let before = Fault::Before("nonsense\r\n\r\n");
    BREAKS.into_iter().chain([Fault::LargeHeader(1 << 20), Fault::ManyHeaders(200), before])
}

#[tokio::test]
async fn a_read_is_repeated_when_the_connection_breaks() {
    for fault in breaks() {
        for (server, read) in read(&[fault]).await {
            let meta = read.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
            assert_eq!(meta.attempts(), 2, "{fault:?}");
            assert!(meta.request_id().is_some(), "{fault:?}");
            assert!(server.requests().len() <= 2, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn a_read_whose_connection_always_breaks_says_so() {
    for fault in breaks() {
        for (_, read) in read(&[fault; 9]).await {
            let error = read.expect_err(&format!("{fault:?}"));
            let said = "the connection broke before the whole answer came (after 4 attempts)";
            assert_eq!(line(&error), said, "{fault:?}");
            assert!(error.is_retryable() && !error.is_outcome_unknown(), "{fault:?}");
            assert!(error.is_broken() && !error.is_connect() && !error.is_timeout(), "{fault:?}");
            // What came of the answer is told.
            let came = HEADS.contains(&fault);
            assert_eq!(error.request_id(), came.then_some("r-3"), "{fault:?}");
            assert_eq!(error.status().map(|status| status.as_u16()), came.then_some(200), "{fault:?}");
            assert_eq!((error.attempts(), error.body().is_some()), (4, came), "{fault:?}");
        }
    }
}

#[tokio::test]
async fn a_write_whose_connection_breaks_is_sent_once_and_its_outcome_unknown() {
    for fault in breaks() {
        let (server, written) = write(&[fault]).await;
        let error = written.expect_err(&format!("{fault:?}"));
        assert_eq!(line(&error), "the connection broke before the whole answer came", "{fault:?}");
        assert!(error.is_outcome_unknown() && !error.is_retryable(), "{fault:?}");
        assert!(!error.is_carried_out() && error.attempts() == 1, "{fault:?}");
        assert!(server.requests().len() <= 1 && server.notes().len() <= 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_write_that_sets_is_repeated_when_the_connection_breaks() {
    for fault in breaks() {
        let (server, set) = set(&[fault]).await;
        let meta = set.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!(meta.attempts(), 2, "{fault:?}");
        let cells = server.cells();
        assert!((1..=2).contains(&cells.len()) && cells.iter().all(|cell| cell == "Kept"), "{fault:?}");
    }
    let (_, set) = set(&[Fault::ResetInBody; 9]).await;
    let error = set.unwrap_err();
    assert!(error.is_outcome_unknown() && error.is_retryable(), "it may be set again: {error}");
}

#[tokio::test]
async fn a_read_is_repeated_when_nothing_comes_in_the_time_of_an_attempt() {
    for fault in TAKES_TIME {
        for (server, read) in read(&[fault]).await {
            let meta = read.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
            assert_eq!((meta.attempts(), server.requests().len()), (2, 2), "{fault:?}");
        }
    }
    for fault in TAKES_TIME {
        let [(_, by_v2), (_, by_v1)] = read(&[fault; 9]).await;
        for error in [by_v2.unwrap_err(), by_v1.unwrap_err()] {
            assert_eq!(line(&error), "no whole answer within 100ms (after 4 attempts)", "{fault:?}");
            assert!(error.is_timeout() && error.is_retryable() && !error.is_outcome_unknown(), "{fault:?}");
        }
    }
}

#[tokio::test]
async fn the_deadline_of_a_call_cuts_what_drips_or_stalls() {
    for fault in TAKES_TIME {
        let server = FaultyServer::going_wrong([fault; 9]).await;
        let affinity = server.builder().attempt_timeout(Duration::from_secs(3600)).build().unwrap();
        let call = affinity.lists().get(7.into()).with_timeout(Duration::from_millis(50));
        let error = call.send().await.unwrap_err();
        assert_eq!(line(&error), "the deadline passed", "{fault:?}");
        assert!(error.is_timeout() && error.is_retryable() && error.attempts() == 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_write_that_nobody_answers_is_sent_once_and_its_outcome_unknown() {
    for fault in TAKES_TIME {
        let (server, written) = write(&[fault]).await;
        let error = written.expect_err(&format!("{fault:?}"));
        assert_eq!(line(&error), "no whole answer within 100ms", "{fault:?}");
        assert!(error.is_outcome_unknown() && error.is_timeout() && !error.is_retryable(), "{fault:?}");
        assert_eq!(server.requests().len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_server_in_trouble_says_its_status_and_nothing_of_its_page() {
    for (status, reason, tries) in [
        (500, "500 Internal Server Error", 1),
        (502, "502 Bad Gateway", 4),
        (503, "503 Service Unavailable", 4),
        (504, "504 Gateway Timeout", 4),
    ] {
        let fault = Fault::Refusal(status, "", HTML);
        for (server, read) in read(&[fault; 9]).await {
            let error = read.unwrap_err();
            let after = if tries == 1 { "" } else { " (after 4 attempts)" };
            assert_eq!(
                line(&error),
                format!("{reason}; it is text/html and not an answer of the API{after}")
            );
            assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
            assert_eq!(error.request_id(), Some(&*format!("r-{}", tries - 1)), "of the last exchange");
            assert_eq!((error.body(), error.errors()), (Some(HTML.as_bytes()), &[][..]));
            assert_eq!((error.attempts() as usize, server.requests().len()), (tries, tries));
            assert!(!error.is_outcome_unknown() && error.is_retryable() == (status != 500), "{error}");
        }
        let (server, written) = write(&[fault]).await;
        let error = written.unwrap_err();
        assert_eq!(line(&error), format!("{reason}; it is text/html and not an answer of the API"));
        assert!(error.is_outcome_unknown() && !error.is_retryable(), "{error}");
        assert_eq!((error.attempts(), server.requests().len()), (1, 1));
        if status != 500 {
            for (_, read) in read(&[fault; 3]).await {
                assert_eq!(read.unwrap().attempts(), 4, "{status}");
            }
        }
    }
}

#[tokio::test]
async fn a_refusal_whose_body_is_lost_is_still_that_refusal() {
    for (_, read) in read(&[Fault::CutRefusal(404); 9]).await {
        let error = read.unwrap_err();
        assert_eq!((line(&error).as_str(), error.request_id()), ("404 Not Found", Some("r-0")));
        assert!(error.is_not_found() && error.attempts() == 1);
    }
    for (_, read) in read(&[Fault::CutRefusal(503); 3]).await {
        assert_eq!(read.unwrap().attempts(), 4);
    }
    for (status, unknown) in [(422, false), (500, true), (503, true)] {
        let error = write(&[Fault::CutRefusal(status); 9]).await.1.unwrap_err();
        assert_eq!((error.is_outcome_unknown(), error.attempts()), (unknown, 1), "{error}");
    }
    let (server, written) = write(&[Fault::CutRefusal(429); 3]).await;
    assert_eq!((written.unwrap().attempts(), server.notes().len()), (4, 1));
}

#[tokio::test]
async fn a_success_that_holds_no_answer_is_not_taken_for_one() {
    let broken = |kind, body| Fault::Body(kind, body);
    for fault in [
        broken("application/json", b""),
        broken("application/json", b"null"),
        broken("application/json", b"[]"),
        broken("application/json", b"\"Sign in\""),
        broken("application/json", b"{\"id\":7,\"name\":\"\xff\xfe\"}"),
        broken("application/json; charset=utf-16", b"\xfe\xff\0{\0}"),
        broken("text/html", HTML.as_bytes()),
        broken("application/octet-stream", &[0; 64]),
        Fault::Truncated(0),
        Fault::Truncated(1),
        Fault::Truncated(40),
    ] {
        for (server, read) in read(&[fault]).await {
            let error = read.expect_err(&format!("{fault:?}"));
            line(&error);
            assert!(error.is_decode() && error.path().is_some(), "{fault:?}: {error}");
            assert!(!error.is_retryable() && !error.is_outcome_unknown(), "{fault:?}: {error}");
            assert_eq!(error.request_id(), Some("r-0"), "{fault:?}");
            assert_eq!(error.status().map(|status| status.as_u16()), Some(200), "{fault:?}");
            assert_eq!((error.attempts(), server.requests().len()), (1, 1), "{fault:?}");
        }
        let (server, written) = write(&[fault]).await;
        let error = written.expect_err(&format!("{fault:?}"));
        line(&error);
        assert!(error.is_carried_out() || error.is_outcome_unknown(), "{fault:?}: {error}");
        assert!(!error.is_retryable(), "{fault:?}: {error}");
        assert_eq!((error.request_id(), server.requests().len()), (Some("r-0"), 1), "{fault:?}");
    }
}

#[tokio::test]
async fn what_is_packed_is_unpacked_and_what_does_not_unpack_is_read_again() {
    for fault in [Fault::Packed, Fault::SaysPacked("identity")] {
        for (_, read) in read(&[fault]).await {
            assert_eq!(read.unwrap_or_else(|error| panic!("{fault:?}: {error}")).attempts(), 1, "{fault:?}");
        }
        assert_eq!(write(&[fault]).await.1.unwrap().attempts(), 1);
    }
    for fault in [Fault::PackedCut, Fault::PackedWrong, Fault::SaysPacked("gzip")] {
        for (_, read) in read(&[fault]).await {
            assert_eq!(read.unwrap_or_else(|error| panic!("{fault:?}: {error}")).attempts(), 2, "{fault:?}");
        }
        let (server, written) = write(&[fault]).await;
        let error = written.expect_err(&format!("{fault:?}"));
        assert!(error.is_carried_out() || error.is_outcome_unknown(), "{fault:?}: {error}");
        assert_eq!((error.attempts(), server.notes().len()), (1, 1), "{fault:?}");
    }
    for how in ["br", "zstd", "deflate", "gzip, br", "rot13"] {
        for (_, read) in read(&[Fault::SaysPacked(how)]).await {
            let error = read.expect_err(how);
            assert!(error.is_decode() || error.is_broken(), "{how}: {error}");
            assert!(!line(&error).is_empty());
        }
    }
}

#[tokio::test]
async fn a_bomb_is_not_unpacked_beyond_the_limit() {
    for status in [200, 500] {
        let server = FaultyServer::going_wrong([Fault::Bomb(status)]).await;
        let builder = server.builder().attempt_timeout(Duration::from_secs(60)).body_limit(1 << 20);
        let error = quick(builder).lists().get(7.into()).send().await.unwrap_err();
        let too_large = "the answer does not fit at $: the body is larger than body_limit, 1048576 bytes";
        assert_eq!(line(&error), if status == 200 { too_large } else { "500 Internal Server Error" });
        assert_eq!((error.attempts(), error.request_id()), (1, Some("r-0")));
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_key_goes_nowhere() {
    for status in [301, 302, 303, 307, 308] {
        for fault in [Fault::RedirectElsewhere(status), Fault::RedirectHere(status)] {
            for (server, read) in read(&[fault]).await {
                let error = read.expect_err(&format!("{fault:?}"));
                assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
                assert!(line(&error).starts_with(&status.to_string()) && !error.is_retryable(), "{error}");
                assert_eq!((server.requests().len(), server.was_followed()), (1, false), "{fault:?}");
            }
            let (server, written) = write(&[fault]).await;
            let error = written.expect_err(&format!("{fault:?}"));
            assert!(error.is_outcome_unknown() && !error.is_carried_out(), "{fault:?}: {error}");
            assert_eq!((server.requests().len(), server.was_followed()), (1, false), "{fault:?}");
        }
    }
}

#[tokio::test]
async fn what_comes_before_the_answer_is_not_the_answer() {
    for before in [
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n",
        "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nx-request-id: r-early\r\n\r\n",
    ] {
        let fault = Fault::Before(before);
        for (_, read) in read(&[fault]).await {
            let meta = read.unwrap();
            assert_eq!((meta.attempts(), meta.request_id()), (1, Some("r-0")), "{before}");
        }
        let (server, written) = write(&[fault]).await;
        assert_eq!((written.unwrap().attempts(), server.notes().len()), (1, 1), "{before}");
    }
}

#[tokio::test]
async fn headers_that_are_large_or_nonsense_do_no_harm() {
    for headers in [
        Fault::LargeHeader(64 << 10),
        Fault::ManyHeaders(80),
        Fault::Headers("x-request-id: r-other\r\n"),
        Fault::Headers("retry-after: 200000\r\n"),
        Fault::Headers("location: http://crm.example/\r\nset-cookie: a=b\r\n"),
        Fault::Headers("date: yesterday\r\nx-affinity-api-version: \r\n"),
        Fault::Headers("x-place: caf\u{e9}\r\n"),
    ] {
        for (_, read) in read(&[headers]).await {
            assert_eq!(read.unwrap().attempts(), 1, "{headers:?}");
        }
    }
}

#[tokio::test]
async fn a_connection_that_is_dropped_while_idle_is_noticed() {
    for fault in [Fault::CloseIdle, Fault::ForgedNext] {
        let server = FaultyServer::going_wrong([fault; 6]).await;
        let affinity = quick(server.builder());
        for _ in 0..3 {
            let list = affinity.lists().get(7.into()).send().await.unwrap();
            assert_eq!(list.name, "List 7", "{fault:?}");
            let written = affinity.notes().create(CompanyId::new(88_120), "Once.").send().await;
            let unknown = written.as_ref().is_err_and(Error::is_outcome_unknown);
            assert!(written.is_ok() || unknown, "{fault:?}: {written:?}");
        }
        assert!(server.notes().len() <= 3, "{fault:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_away_is_tried_again_for_every_call() {
    // Nothing was sent, so that a write goes out again too.
    let server = FaultyServer::going_wrong([Fault::Away, Fault::Away]).await;
    let affinity = server.builder().attempts(100).deadline(Duration::from_secs(30)).build().unwrap();
    affinity.lists().get(7.into()).send().await.unwrap();
    affinity.notes().create(CompanyId::new(88_120), "Once.").send().await.unwrap();
    affinity.lists().get(7.into()).send().await.unwrap();
    assert_eq!(server.notes(), ["Once."]);
}

#[tokio::test]
async fn nobody_there_is_no_connection_and_known_not_to_be_carried_out() {
    let server = FaultyServer::going_wrong([]).await;
    let affinity = quick(server.builder());
    server.stop().await;
    let read = affinity.lists().get(7.into()).send().await.unwrap_err();
    let written = affinity.notes().create(CompanyId::new(88_120), "Never.").send().await.unwrap_err();
    for error in [read, written] {
        let said = "no connection to the server; check the network and the base URL (after 4 attempts)";
        assert_eq!(line(&error), said);
        assert!(error.is_connect() && error.is_retryable() && !error.is_outcome_unknown(), "{error}");
        assert_eq!((error.attempts(), error.status(), error.request_id()), (4, None, None));
    }
    assert_eq!(affinity.calls_spent(), 0);
}
