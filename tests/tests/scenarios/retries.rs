//! What is sent again, and when.

use std::time::Duration;

use affinity_sandbox::{Reply, Sandbox};

use crate::support::{answering, client, list, lists, quick};

fn refused(status: u16) -> Reply {
    Reply::json(status, r#"{"errors":[]}"#).bare()
}

#[tokio::test]
async fn a_429_is_waited_out_as_the_server_says() {
    let first = refused(429).header("x-ratelimit-limit-user-reset", "42");
    let second = refused(429)
        .header("retry-after", "7")
        .header("x-ratelimit-limit-user-reset", "42");
    let sandbox = answering("/v2/lists", [first, second, lists(&[1], None)]).await;
    let (affinity, timer) = quick(&sandbox);
    let answer = affinity.lists().list().send_with_meta().await.unwrap();
    assert_eq!(answer.meta.attempts(), 3);
    assert_eq!(timer.waits(), [42, 7].map(Duration::from_secs));
}

#[tokio::test]
async fn no_wait_is_longer_than_the_deadline() {
    let sandbox = answering("/v2/lists", [refused(429).header("retry-after", "200000")]).await;
    let (affinity, timer) = quick(&sandbox);
    let error = affinity.lists().list().send().await.unwrap_err();
    assert!(error.is_rate_limited() && error.is_retryable());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(200_000)));
    assert_eq!((error.attempts(), timer.waits().len()), (1, 0));
}

#[tokio::test]
async fn a_month_that_is_used_up_is_not_waited_for() {
    let answer = refused(429)
        .header("x-ratelimit-limit-org-remaining", "0")
        .header("x-ratelimit-limit-user-reset", "3");
    let sandbox = answering("/v2/lists", [answer]).await;
    let (affinity, _) = quick(&sandbox);
    let error = affinity.lists().list().send().await.unwrap_err();
    assert!(error.is_quota_exhausted());
    assert_eq!(error.attempts(), 1);
}

#[tokio::test]
async fn a_read_survives_a_server_that_is_away() {
    let sandbox = answering(
        "/v2/lists",
        [refused(502), refused(503), refused(504), lists(&[1], None)],
    )
    .await;
    let (affinity, timer) = quick(&sandbox);
    let answer = affinity.lists().list().send_with_meta().await.unwrap();
    assert_eq!((answer.meta.attempts(), timer.waits().len()), (4, 3));
}

#[tokio::test]
async fn a_500_is_final() {
    let sandbox = answering("/v2/lists", [refused(500), lists(&[1], None)]).await;
    let (affinity, _) = quick(&sandbox);
    let error = affinity.lists().list().send().await.unwrap_err();
    assert_eq!(error.to_string(), "list_lists: 500 Internal Server Error");
}

#[tokio::test]
async fn attempts_end() {
    let sandbox = answering("/v2/lists", (0..9).map(|_| refused(503))).await;
    let (affinity, _) = quick(&sandbox);
    let error = affinity.lists().list().send().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "list_lists: 503 Service Unavailable (after 4 attempts)"
    );
    assert_eq!(sandbox.requests().len(), 4);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_read_again() {
    let whole = affinity_tests::page(&[list(1)], None);
    let cut = Reply::json(200, whole).cut_body_after(20);
    let sandbox = answering("/v2/lists", [cut, lists(&[1], None)]).await;
    let (affinity, _) = quick(&sandbox);
    let answer = affinity.lists().list().send_with_meta().await.unwrap();
    assert_eq!((answer.value.items.len(), answer.meta.attempts()), (1, 2));
}

#[tokio::test]
async fn a_closed_connection_is_tried_again() {
    let sandbox = answering(
        "/v2/lists",
        [Reply::empty(200).close_connection(), lists(&[1], None)],
    )
    .await;
    let (affinity, _) = quick(&sandbox);
    let answer = affinity.lists().list().send_with_meta().await.unwrap();
    assert_eq!(answer.meta.attempts(), 2);
}

#[tokio::test]
async fn a_broken_connection_is_our_error_and_not_the_library_s() {
    let sandbox = answering("/v2/lists", (0..9).map(|_| Reply::empty(200).close_connection())).await;
    let (affinity, _) = quick(&sandbox);
    let error = affinity.lists().list().send().await.unwrap_err();
    assert!(error.is_outcome_unknown());
    assert_eq!(
        error.to_string(),
        "list_lists: the connection broke before the whole answer came (after 4 attempts)"
    );
}

#[tokio::test]
async fn a_write_is_not_sent_twice_when_it_may_have_been_carried_out() {
    use affinity_sandbox::Method;
    let sandbox = Sandbox::empty().await.unwrap();
    for _ in 0..2 {
        sandbox.reply(Method::POST, "/v2/company-merges", refused(503));
    }
    let body = affinity_v2_raw::types::CompanyMergeRequest {
        primary_company_id: 1.into(),
        duplicate_company_id: 2.into(),
    };
    let client = client(&sandbox).raw();
    let error = client.start_company_merge(&body).await.unwrap_err();
    let error = client.explain::<()>("start_company_merge", error).await;
    assert_eq!((error.status().unwrap().as_u16(), error.attempts()), (503, 1));
    assert_eq!(sandbox.requests().len(), 1);
}

#[tokio::test]
async fn a_write_that_was_refused_for_the_rate_goes_out_again() {
    use affinity_sandbox::Method;
    let sandbox = Sandbox::empty().await.unwrap();
    sandbox.reply(
        Method::POST,
        "/v2/company-merges",
        refused(429).header("retry-after", "0"),
    );
    let task =
        r#"{"taskUrl":"https://crm.example/v2/tasks/company-merges/0f0f0f0f-0000-4000-8000-000000000001"}"#;
    sandbox.reply(Method::POST, "/v2/company-merges", Reply::json(202, task));
    let body = affinity_v2_raw::types::CompanyMergeRequest {
        primary_company_id: 1.into(),
        duplicate_company_id: 2.into(),
    };
    let started = client(&sandbox).raw().start_company_merge(&body).await.unwrap();
    assert!(started.task_url.ends_with("0001"));
    let requests = sandbox.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].body, requests[1].body);
}
