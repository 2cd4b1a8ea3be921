//! The headers of answers.

use std::sync::Arc;
use std::time::Duration;

use affinity::{Error, Window};
use affinity_core::Timer;
use chrono::{DateTime, Utc};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::server::{RawServer, answer};
use super::{SOME, assert_fit_for_a_log, check};
use crate::support::QuickTimer;

const DEADLINE: Duration = Duration::from_secs(90);
const PAGE: &[u8] = br#"{"data":[],"pagination":{"prevUrl":null,"nextUrl":null}}"#;

/// What can stand in a header: bytes that HTTP knows, in the forms that are near to a number.
fn value() -> impl Strategy<Value = Vec<u8>> {
    let bytes = prop_oneof![10 => 0x20..0x7f_u8, 1 => Just(b'\t'), 2 => 0x80..=0xff_u8];
    prop_oneof![
        4 => any::<u64>().prop_map(|number| number.to_string().into_bytes()),
        4 => (0..2000_u64).prop_map(|number| number.to_string().into_bytes()),
        1 => any::<i128>().prop_map(|number| number.to_string().into_bytes()),
        2 => vec(0..1000_u64, 2..4).prop_map(|numbers| format!("{numbers:?}").replace(['[', ']'], " ").into_bytes()),
        1 => Just(u64::MAX.to_string().into_bytes()),
        1 => select(vec!["+7", "7.5", "1e3", "", "0x10", " 12 ", "٣", "7,", "7;8"]).prop_map(|text| text.as_bytes().to_vec()),
        2 => vec(bytes, 0..40),
    ]
}

/// The smallest and the largest of the numbers in these headers, if they are numbers all.
fn numbers(headers: &[(&str, Vec<u8>)], name: &str) -> Option<(u64, u64)> {
    let values: Vec<_> = headers.iter().filter(|(other, _)| *other == name).map(|(_, value)| value).collect();
    let texts: Option<Vec<_>> =
        values.iter().map(|value| std::str::from_utf8(value).ok().filter(|text| text.is_ascii())).collect();
    let texts = texts?;
    let parts = texts.iter().flat_map(|text| text.split(',')).map(|part| part.trim().parse::<u64>().ok());
    let numbers: Vec<u64> = parts.collect::<Option<_>>()?;
    Some((*numbers.iter().min()?, *numbers.iter().max()?))
}

fn window(headers: &[(&str, Vec<u8>)], name: &str) -> (Option<u64>, Option<u64>, Option<Duration>) {
    let least = |name: &str| numbers(headers, name).map(|(least, _)| least);
    let reset = numbers(headers, &format!("{name}-reset")).map(|(_, most)| Duration::from_secs(most));
    (least(name), least(&format!("{name}-remaining")), reset)
}

fn parts(window: &Window) -> (Option<u64>, Option<u64>, Option<Duration>) {
    (window.limit, window.remaining, window.reset_after)
}

const NAMES: [&str; 6] = [
    "x-ratelimit-limit-user",
    "x-ratelimit-limit-user-remaining",
    "x-ratelimit-limit-user-reset",
    "x-ratelimit-limit-org",
    "x-ratelimit-limit-org-remaining",
    "x-ratelimit-limit-org-reset",
];

fn raw(headers: &[(&'static str, Vec<u8>)], status: u16, body: &[u8]) -> Vec<u8> {
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_slice())).collect();
    answer(status, &headers, body)
}

#[test]
fn figures_of_any_kind_are_read_with_care_and_never_waited_for_past_the_deadline() {
    let server = RawServer::start();
    let header = || (select(NAMES.to_vec()), value());
    let answers =
        vec((prop_oneof![3 => Just(200_u16), 2 => Just(429), 1 => Just(503)], vec(header(), 0..9)), 1..5);
    check("figures", SOME, &answers, |answers| {
        let timer = QuickTimer::new();
        let builder = server.paced().timer(Arc::new(timer.clone()));
        let affinity = builder.attempts(4).deadline(DEADLINE).build().unwrap();
        for (status, headers) in &answers {
            server.answer([raw(headers, *status, PAGE)]);
            let (begun, sent) = (timer.now(), affinity.calls_spent());
            let ended = server.wait(affinity.lists().list().send());
            // This clock is at the end of each wait; the system's cuts the wait for a turn at the deadline.
            let late = timer.now() - begun > DEADLINE;
            assert!(!late || ended.as_ref().is_err_and(Error::is_timeout), "{:?}", timer.waits());
            ended.as_ref().err().iter().for_each(|error| assert_fit_for_a_log(error));
            if affinity.calls_spent() == sent {
                assert!(ended.unwrap_err().is_rate_limited());
                continue;
            }
            let expected = [window(headers, NAMES[0]), window(headers, NAMES[3])];
            if expected.iter().all(|it| *it == (None, None, None)) {
                continue;
            }
            let limits = affinity.limits().unwrap();
            assert_eq!([parts(&limits.minute), parts(&limits.month)], expected);
        }
    });
}

/// `Retry-After`, the `Date` beside it, and how long that is.
fn stated() -> impl Strategy<Value = (Vec<u8>, Option<Vec<u8>>, Option<Duration>)> {
    let date = (0..3_155_760_000_i64, 0..3_usize, -4000..4000_i64, 0..3_usize).prop_map(
        |(at, form, later, other)| {
            let (at, until) = (at + 4000, at + 4000 + later);
            let wait = Duration::from_secs(later.max(0) as u64);
            (dated(until, form), Some(dated(at, other)), Some(wait))
        },
    );
    let rubbish = vec(prop_oneof![0x20..0x7f_u8, 0x80..=0xff_u8], 0..40).prop_filter("a wait", |bytes| {
        let text = String::from_utf8_lossy(bytes);
        text.trim().parse::<u64>().is_err()
    });
    prop_oneof![
        any::<u64>().prop_map(|seconds| (
            seconds.to_string().into_bytes(),
            None,
            Some(Duration::from_secs(seconds))
        )),
        (0..300_u64).prop_map(|seconds| (
            format!(" {seconds} ").into_bytes(),
            None,
            Some(Duration::from_secs(seconds))
        )),
        date,
        rubbish.prop_map(|bytes| (bytes, None, None)),
        (1..u64::MAX).prop_map(|more| (
            (u128::from(u64::MAX) + u128::from(more)).to_string().into_bytes(),
            None,
            None
        )),
        (1..i64::MAX).prop_map(|less| (format!("-{less}").into_bytes(), None, None)),
    ]
}

/// The three forms of a date that HTTP knows.
fn dated(seconds: i64, form: usize) -> Vec<u8> {
    let at: DateTime<Utc> = DateTime::from_timestamp(seconds, 0).unwrap();
    let form = ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"][form];
    at.format(form).to_string().into_bytes()
}

#[test]
fn what_the_server_says_to_wait_is_told_and_not_waited_for_past_the_deadline() {
    let server = RawServer::start();
    let status = prop_oneof![Just(429_u16), Just(502), Just(503), Just(504)];
    check(
        "waits",
        2 * SOME,
        &(status, stated(), 1..200_u64),
        |(status, (after, date, expected), deadline)| {
            let mut headers = vec![("retry-after", after)];
            headers.extend(date.map(|date| ("date", date)));
            server.answer([raw(&headers, status, b"")]);
            let (timer, deadline) = (QuickTimer::new(), Duration::from_secs(deadline));
            let builder = server.builder().timer(Arc::new(timer.clone())).attempts(3).deadline(deadline);
            let begun = timer.now();
            let error: Error = server.wait(builder.build().unwrap().lists().list().send()).unwrap_err();
            assert_eq!(error.retry_after(), expected, "{headers:?}");
            assert!(timer.now() - begun < deadline);
            match expected {
                Some(wait) => assert!(timer.waits().iter().all(|waited| *waited == wait)),
                None => assert_eq!(timer.waits().len(), 2),
            }
            if expected.is_some_and(|wait| wait >= deadline) {
                assert_eq!(error.attempts(), 1);
            }
            assert_fit_for_a_log(&error);
        },
    );
}

#[test]
fn a_type_or_packing_of_any_name_is_taken_or_told_on_one_line() {
    let server = RawServer::start();
    let known = |names: &'static [&'static str]| select(names).prop_map(|name| name.as_bytes().to_vec());
    let kind = prop_oneof![
        value(),
        known(&[
            "application/json",
            "APPLICATION/JSON ; charset=utf-8",
            "text/html",
            "application/problem+json",
            "text/plain;",
            ";",
            "application/jsonx"
        ]),
    ];
    let packing = prop_oneof![
        value(),
        known(&["gzip", "br", "identity", "deflate", "gzip, gzip", "GZIP", "x-gzip", "zstd"])
    ];
    let headers = vec(
        prop_oneof![
            kind.prop_map(|it| ("content-type", it)),
            packing.prop_map(|it| ("content-encoding", it))
        ],
        0..4,
    );
    check("types and packings", SOME, &headers, |headers| {
        server.answer([raw(&headers, 200, PAGE)]);
        let affinity = server.builder().build().unwrap();
        if let Err(error) = server.wait(affinity.lists().list().send()) {
            assert!(error.is_decode() || error.is_broken(), "{error}");
            assert_eq!(error.status().map(|status| status.as_u16()), Some(200));
            assert_fit_for_a_log(&error);
            let shown = error.to_string();
            assert!(shown.len() < 300 && shown.is_ascii(), "{shown}");
        }
    });
}

#[test]
fn a_request_id_is_told_if_it_is_text_of_a_sane_length() {
    let server = RawServer::start();
    let affinity = server.builder().build().unwrap();
    let id = prop_oneof![value(), (1..400_usize).prop_map(|length| vec![b'r'; length])];
    let name = prop_oneof![Just("x-request-id"), Just("request-id")];
    check("request ids", SOME, &(name, id), |(name, id)| {
        server.answer([raw(&[(name, id.clone())], 404, b"{}")]);
        let error = server.wait(affinity.lists().list().send()).unwrap_err();
        let text = std::str::from_utf8(&id).ok().map(|text| text.trim_matches([' ', '\t']));
        let expected = text.filter(|text| text.is_ascii() && text.len() <= 200);
        assert_eq!(error.request_id(), expected);
        assert_fit_for_a_log(&error);
    });
}

#[test]
fn a_head_of_any_bytes_ends_the_call_one_way_or_the_other() {
    let server = RawServer::start();
    let affinity = server.builder().build().unwrap();
    let line = prop_oneof![
        vec(any::<u8>(), 0..60),
        value().prop_map(|value| [b"content-length: ", value.as_slice()].concat()),
        value().prop_map(|value| [b"transfer-encoding: ", value.as_slice()].concat()),
        Just(b"transfer-encoding: chunked".to_vec()),
        Just(b"content-encoding: gzip".to_vec()),
        Just(b"connection: upgrade".to_vec()),
        Just(b"content-length: 57".to_vec()),
        Just(b"location: http://127.0.0.1:9/".to_vec()),
        (1..200_usize).prop_map(|count| b"x: y\r\n".repeat(count)),
    ];
    let known = prop_oneof![Just(200_u16), 100..600_u16].prop_map(|status| status.to_string());
    let status = prop_oneof![4 => known, 1 => "[0-9A-Z ]{0,5}"];
    check("heads", SOME, &(status, vec(line, 0..6), vec(any::<u8>(), 0..100)), |(status, lines, body)| {
        let mut bytes = format!("HTTP/1.1 {status} Any\r\n").into_bytes();
        for line in lines {
            bytes.extend(line);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend(body);
        server.answer([bytes]);
        if let Err(error) = server.wait(affinity.lists().list().with_timeout(Duration::from_secs(20)).send())
        {
            assert!(!error.is_timeout(), "{error}");
            assert_fit_for_a_log(&error);
        }
        assert!(server.heads().len() <= 1, "nothing is followed");
    });
}
