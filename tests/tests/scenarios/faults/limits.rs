//! Refusals for the rate, with every set of headers they can have, and figures that contradict each other.

use std::sync::Arc;
use std::time::Duration;

use affinity::{Affinity, CompanyId};

use super::fault::{Fault, HTML};
use super::server::FaultyServer;
use crate::support::QuickTimer;

fn quick(server: &FaultyServer) -> (Affinity, QuickTimer) {
    let timer = QuickTimer::new();
    (server.builder().timer(Arc::new(timer.clone())).build().unwrap(), timer)
}

/// A wait as the server says it, or one of our own where it says nothing that can be used.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wait {
    Stated(u64),
    Ours,
}

/// A wait of our own grows from a quarter of a second.
const OURS: Duration = Duration::from_millis(250);

const DATES: &str = "date: Tue, 11 Feb 2025 09:00:00 GMT\r\nretry-after: Tue, 11 Feb 2025 09:00:42 GMT\r\n";
const PAST: &str = "date: Tue, 11 Feb 2025 09:00:00 GMT\r\nretry-after: Tue, 11 Feb 2025 08:59:42 GMT\r\n";

const HEADERS: [(&str, Wait); 11] = [
    ("retry-after: 7\r\n", Wait::Stated(7)),
    (DATES, Wait::Stated(42)),
    (PAST, Wait::Stated(0)),
    ("x-ratelimit-limit-user-reset: 42\r\n", Wait::Stated(42)),
    ("X-RateLimit-Limit-User-Remaining: 0\r\nX-RateLimit-Limit-User-Reset: 3\r\n", Wait::Stated(3)),
    ("retry-after: 7\r\nx-ratelimit-limit-user-reset: 42\r\n", Wait::Stated(7)),
    ("", Wait::Ours),
    ("retry-after: soon\r\nx-ratelimit-limit-user-reset: -1\r\n", Wait::Ours),
    ("retry-after: \r\nx-ratelimit-limit-user: many\r\n", Wait::Ours),
    ("retry-after: 1e3\r\nx-ratelimit-limit-user-reset: 99999999999999999999999\r\n", Wait::Ours),
    ("x-ratelimit-limit-user-remaining: 700\r\nx-ratelimit-limit-user-reset: 42\r\n", Wait::Ours),
];

/// Whether the waits add up to that. Pacing can hold the call for longer: until the minute ends of which it knows that
/// it is used up, which takes none of these more than [`DATES`] do.
fn fits(timer: &QuickTimer, wait: Wait, paced: bool) -> bool {
    let waited = timer.waits().iter().sum::<Duration>();
    let most = if paced { Duration::from_secs(43) } else { Duration::ZERO };
    match wait {
        Wait::Stated(seconds) => {
            (Duration::from_secs(seconds)..=Duration::from_secs(seconds).max(most)).contains(&waited)
        }
        Wait::Ours => waited <= OURS.max(most),
    }
}

#[tokio::test]
async fn a_refused_call_goes_out_again_after_the_wait_that_is_stated() {
    let bodies = [r#"{"errors":[{"code":"rate-limit","message":"Too many."}]}"#, HTML, ""];
    for ((headers, wait), body, paced) in HEADERS
        .into_iter()
        .flat_map(|case| bodies.map(|body| [(case, body, false), (case, body, true)]))
        .flatten()
    {
        let refusal = Fault::Refusal(429, headers, body);
        let client = |server: &FaultyServer, timer: &QuickTimer| {
            let builder = server.builder().timer(Arc::new(timer.clone()));
            if paced { builder } else { builder.without_pacing() }.build().unwrap()
        };
        let (server, timer) = (FaultyServer::going_wrong([refusal]).await, QuickTimer::new());
        let list = client(&server, &timer).lists().get(7.into()).send_with_meta().await.unwrap();
        assert_eq!(list.meta.attempts(), 2, "{headers:?}");
        assert!(fits(&timer, wait, paced), "{headers:?}: {:?}", timer.waits());

        let (server, timer) = (FaultyServer::going_wrong([refusal]).await, QuickTimer::new());
        client(&server, &timer).notes().create(CompanyId::new(88_120), "Once.").send().await.unwrap();
        assert_eq!((server.requests().len(), server.notes().len()), (2, 1), "{headers:?}");
        assert!(fits(&timer, wait, paced), "{headers:?}: {:?}", timer.waits());
    }
}

#[tokio::test]
async fn a_storm_of_refusals_is_outlived_or_told() {
    for (headers, wait) in HEADERS {
        let refusal = Fault::Refusal(429, headers, "{}");
        let server = FaultyServer::going_wrong([refusal; 40]).await;
        let (affinity, _) = quick(&server);
        let note = affinity.notes().create(CompanyId::new(88_120), "Once.").with_timeout(Duration::MAX);
        let error = note.send().await.expect_err(headers);
        assert!(error.is_rate_limited() && error.is_retryable(), "{headers:?}: {error}");
        assert!(!error.is_outcome_unknown() && !error.is_quota_exhausted(), "{headers:?}: {error}");
        assert_eq!((error.attempts(), server.requests().len()), (4, 4), "{headers:?}");
        assert_eq!(error.to_string(), "v1_create_note: 429 Too Many Requests (after 4 attempts)");
        if let Wait::Stated(seconds) = wait {
            assert_eq!(error.retry_after(), Some(Duration::from_secs(seconds)), "{headers:?}");
        }

        let timer = Arc::new(QuickTimer::new());
        let patient = server.builder().timer(timer).attempts(100).build().unwrap();
        let note = patient.notes().create(CompanyId::new(88_120), "Once.").with_timeout(Duration::MAX);
        assert_eq!(note.send_with_meta().await.unwrap().meta.attempts(), 37, "{headers:?}");
        assert_eq!(server.notes(), ["Once."]);
    }
}

#[tokio::test]
async fn figures_that_contradict_each_other_are_read_with_care() {
    const TWICE: &str = "x-ratelimit-limit-user: 900\r\nX-RATELIMIT-LIMIT-USER-REMAINING: 700\r\n\
        x-ratelimit-limit-user-reset: 3\r\nx-ratelimit-limit-user-remaining: 12\r\n\
        x-ratelimit-limit-user: 900, 60\r\nx-ratelimit-limit-user-reset: 40\r\n";
    let server = FaultyServer::going_wrong([Fault::Headers(TWICE)]).await;
    let (affinity, _) = quick(&server);
    affinity.lists().get(7.into()).send().await.unwrap();
    let minute = affinity.limits().unwrap().minute;
    assert_eq!((minute.limit, minute.remaining), (Some(60), Some(12)));
    assert_eq!(minute.reset_after, Some(Duration::from_secs(40)));
}

#[tokio::test]
async fn figures_that_make_no_sense_hold_nothing_up() {
    const NONSENSE: [&str; 5] = [
        "x-ratelimit-limit-user-remaining: 901\r\nx-ratelimit-limit-user: 900\r\n",
        "x-ratelimit-limit-user: 0\r\nx-ratelimit-limit-user-remaining: 0\r\nx-ratelimit-limit-user-reset: 0\r\n",
        "x-ratelimit-limit-user-remaining: 18446744073709551615\r\nx-ratelimit-limit-user-reset: 18446744073709551615\r\n",
        "x-ratelimit-limit-org-remaining: 0\r\nx-ratelimit-limit-org: 0\r\n",
        "x-ratelimit-limit-user-remaining: ,,,\r\nx-ratelimit-limit-user-reset: 1,x\r\n",
    ];
    for headers in NONSENSE {
        let server = FaultyServer::going_wrong([Fault::Headers(headers); 3]).await;
        let (affinity, timer) = quick(&server);
        for _ in 0..4 {
            affinity
                .lists()
                .get(7.into())
                .send()
                .await
                .unwrap_or_else(|error| panic!("{headers:?}: {error}"));
        }
        let waited: Duration = timer.waits().iter().sum();
        assert!(waited <= Duration::from_secs(4 * 61), "{headers:?}: {waited:?}");
    }
}
