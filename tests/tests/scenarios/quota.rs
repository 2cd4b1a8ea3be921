//! The quota: what is read from answers, and holding back before the wall.

use std::time::Duration;

use affinity_sandbox::{Reply, Sandbox};

use crate::support::{answering, client, lists, quick};

#[tokio::test]
async fn every_answer_tells_the_quota() {
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox);
    assert!(affinity.limits().is_none());
    drop(affinity.lists().list().send().await.unwrap());
    let limits = affinity.limits().unwrap();
    assert_eq!((limits.minute.limit, limits.minute.remaining), (Some(900), Some(899)));
    assert!(limits.minute.reset_after.unwrap() <= Duration::from_secs(60));
}

#[tokio::test]
async fn errors_tell_it_too() {
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox);
    affinity.lists().get(999_999.into()).send().await.unwrap_err();
    assert_eq!(affinity.limits().unwrap().minute.remaining, Some(899));
}

#[tokio::test]
async fn a_minute_that_is_used_up_is_waited_out_without_a_429() {
    let spent = lists(&[1], None)
        .header("x-ratelimit-limit-user-remaining", "0")
        .header("x-ratelimit-limit-user-reset", "30");
    let sandbox = answering("/v2/lists", [spent, lists(&[2], None)]).await;
    let (affinity, timer) = quick(&sandbox);
    drop(affinity.lists().list().send().await.unwrap());
    drop(affinity.lists().list().send().await.unwrap());
    assert_eq!(timer.waits(), [Duration::from_secs(30)]);
}

#[tokio::test]
async fn a_wait_past_the_deadline_is_an_error_at_once() {
    let spent = lists(&[1], None)
        .header("x-ratelimit-limit-user-remaining", "0")
        .header("x-ratelimit-limit-user-reset", "50");
    let sandbox = answering("/v2/lists", [spent]).await;
    let (affinity, timer) = quick(&sandbox);
    drop(affinity.lists().list().send().await.unwrap());
    let call = affinity.lists().list().with_timeout(Duration::from_secs(20));
    let error = call.send().await.unwrap_err();
    assert!(error.is_rate_limited() && error.is_retryable() && !error.is_quota_exhausted());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(50)));
    assert_eq!((sandbox.requests().len(), timer.waits().len()), (1, 0));
}

#[tokio::test]
async fn a_small_window_of_the_sandbox_is_kept_without_a_429() {
    let sandbox = Sandbox::builder().requests_per_minute(3).manual_clock().start().await.unwrap();
    let (affinity, timer) = quick(&sandbox);
    for _ in 0..3 {
        drop(affinity.lists().list().send().await.unwrap());
    }
    let call = affinity.lists().list().with_timeout(Duration::from_secs(1));
    assert!(call.send().await.unwrap_err().is_rate_limited());
    assert!(sandbox.requests().iter().all(|request| request.status.unwrap().is_success()));
    assert!(timer.waits().is_empty());
}

#[tokio::test]
async fn an_answer_without_figures_changes_nothing() {
    let bare = Reply::json(200, affinity_tests::page(&[], None)).bare();
    let sandbox = answering("/v2/lists", [lists(&[1], None), bare]).await;
    let affinity = client(&sandbox);
    drop(affinity.lists().list().send().await.unwrap());
    drop(affinity.lists().list().send().await.unwrap());
    assert_eq!(affinity.limits().unwrap().minute.remaining, Some(899));
}

#[tokio::test]
async fn absurd_figures_and_deadlines_do_no_harm() {
    let most = u64::MAX.to_string();
    let absurd = lists(&[1], None)
        .header("x-ratelimit-limit-user-remaining", "0")
        .header("x-ratelimit-limit-user-reset", most.clone())
        .header("x-ratelimit-limit-org-reset", most);
    let sandbox = answering("/v2/lists", [absurd, lists(&[2], None)]).await;
    let (affinity, timer) = quick(&sandbox);
    affinity.lists().list().with_timeout(Duration::MAX).send().await.map(drop).unwrap();
    affinity.lists().list().with_timeout(Duration::MAX).send().await.map(drop).unwrap();
    assert_eq!(timer.waits(), [Duration::from_secs(60)]);
}

#[tokio::test]
async fn a_new_minute_is_not_taken_for_the_old_one() {
    let told = |remaining: &str, reset: &str| {
        lists(&[1], None)
            .header("x-ratelimit-limit-user-remaining", remaining)
            .header("x-ratelimit-limit-user-reset", reset)
    };
    let replies = [told("2", "1"), told("898", "60"), told("897", "60"), told("896", "60")];
    let sandbox = answering("/v2/lists", replies).await;
    let (affinity, timer) = quick(&sandbox);
    for _ in 0..4 {
        affinity.lists().list().send().await.map(drop).unwrap();
    }
    assert!(timer.waits().is_empty(), "{:?}", timer.waits());
}
