//! What is sent again, and when.

use std::sync::Arc;
use std::time::Duration;

use affinity_sandbox::{Method, Reply, Sandbox};

use crate::support::{answering, client, list, lists, quick};

fn refused(status: u16) -> Reply {
    Reply::json(status, r#"{"errors":[]}"#).bare()
}

#[tokio::test]
async fn a_429_is_waited_out_as_the_server_says() {
    let first = refused(429).header("x-ratelimit-limit-user-reset", "42");
    let second = refused(429).header("retry-after", "7").header("x-ratelimit-limit-user-reset", "42");
    let sandbox = answering("/v2/lists", [first, second, lists(&[1], None)]).await;
    let (affinity, timer) = quick(&sandbox);
    let answer = affinity.lists().list().send_with_meta().await.unwrap();
    assert_eq!(answer.meta.attempts(), 3);
    // The call waits as long as it was told to, and then, as all others, for the minute that is said to end later.
    assert_eq!(timer.waits(), [42, 7, 35].map(Duration::from_secs));
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
    let sandbox = answering("/v2/lists", [refused(502), refused(503), refused(504), lists(&[1], None)]).await;
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
    assert_eq!(error.to_string(), "list_lists: 503 Service Unavailable (after 4 attempts)");
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
    let sandbox = answering("/v2/lists", [Reply::empty(200).close_connection(), lists(&[1], None)]).await;
    let (affinity, _) = quick(&sandbox);
    let answer = affinity.lists().list().send_with_meta().await.unwrap();
    assert_eq!(answer.meta.attempts(), 2);
}

#[tokio::test]
async fn a_broken_connection_is_our_error_and_not_the_library_s() {
    let sandbox = answering("/v2/lists", (0..9).map(|_| Reply::empty(200).close_connection())).await;
    let (affinity, _) = quick(&sandbox);
    let error = affinity.lists().list().send().await.unwrap_err();
    assert!(error.is_retryable() && !error.is_outcome_unknown(), "a read");
    assert_eq!(
        error.to_string(),
        "list_lists: the connection broke before the whole answer came (after 4 attempts)"
    );
}

fn merge() -> affinity::raw::types::CompanyMergeRequest {
    affinity::raw::types::CompanyMergeRequest { primary_company_id: 1.into(), duplicate_company_id: 2.into() }
}

/// A write that gets these answers.
async fn write(replies: impl IntoIterator<Item = Reply>) -> (Sandbox, affinity::Error) {
    let sandbox = Sandbox::empty().await.unwrap();
    for reply in replies {
        sandbox.reply(Method::POST, "/v2/company-merges", reply);
    }
    let (affinity, _) = quick(&sandbox);
    let client = affinity.raw();
    let error = client.start_company_merge(&merge()).await.unwrap_err();
    let error = client.explain::<()>("start_company_merge", error).await;
    (sandbox, error)
}

#[tokio::test]
async fn a_write_that_may_have_been_carried_out_is_not_sent_twice_and_says_so() {
    for reply in
        [refused(502), refused(503), refused(504), refused(500), Reply::empty(202).close_connection()]
    {
        let (sandbox, error) = write([reply, refused(400)]).await;
        assert!(error.is_outcome_unknown() && !error.is_retryable(), "{error}");
        assert_eq!((sandbox.requests().len(), error.attempts()), (1, 1));
    }
}

#[tokio::test]
async fn a_write_that_was_refused_is_known_not_to_have_been_carried_out() {
    for status in [400, 403, 404, 422] {
        let (_, error) = write([refused(status)]).await;
        assert!(!error.is_outcome_unknown() && !error.is_retryable(), "{error}");
    }
    let (_, error) = write((0..9).map(|_| refused(429))).await;
    assert!(!error.is_outcome_unknown() && error.is_retryable(), "{error}");
}

#[tokio::test]
async fn a_write_its_caller_vouches_for_is_sent_again() {
    let sandbox = Sandbox::empty().await.unwrap();
    sandbox.reply(Method::POST, "/v2/company-merges", refused(503));
    let task = r#"{"taskUrl":"https://crm.example/v2/tasks/company-merges/1"}"#;
    sandbox.reply(Method::POST, "/v2/company-merges", Reply::json(202, task));
    let transport = affinity_core::Transport::builder().base_url(sandbox.url()).api_key(sandbox.api_key());
    let options = affinity_core::CallOptions::default().with_idempotency(true);
    let client = affinity::raw::Client::with_options(Arc::new(transport.build().unwrap()), options);
    client.start_company_merge(&merge()).await.unwrap();
    assert_eq!(client.meta().attempts(), 2);
}

#[tokio::test]
async fn a_write_that_was_refused_for_the_rate_goes_out_again() {
    let sandbox = Sandbox::empty().await.unwrap();
    sandbox.reply(Method::POST, "/v2/company-merges", refused(429).header("retry-after", "0"));
    let task = r#"{"taskUrl":"https://crm.example/v2/tasks/company-merges/1"}"#;
    sandbox.reply(Method::POST, "/v2/company-merges", Reply::json(202, task));
    let started = client(&sandbox).raw().start_company_merge(&merge()).await.unwrap();
    assert!(started.task_url.ends_with("/1"));
    let requests = sandbox.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].body, requests[1].body);
}

#[tokio::test]
async fn calls_at_the_same_time_on_one_generated_client_keep_their_own_errors() {
    let sandbox = answering("/v2/lists", (0..9).map(|_| Reply::empty(200).close_connection())).await;
    sandbox.reply(Method::POST, "/v2/company-merges", Reply::empty(202).close_connection());
    let (affinity, _) = quick(&sandbox);
    let client = affinity.raw();
    let merge = merge();
    let (read, write) = tokio::join!(client.list_lists(None, None), client.start_company_merge(&merge));
    let write = client.explain::<()>("start_company_merge", write.unwrap_err()).await;
    let read = client.explain::<()>("list_lists", read.unwrap_err()).await;
    assert!(write.is_outcome_unknown() && !read.is_outcome_unknown());
    assert!(
        write.to_string().starts_with("start_company_merge: ")
            && read.to_string().starts_with("list_lists: ")
    );
}

#[tokio::test]
async fn an_outage_is_not_multiplied() {
    let sandbox = answering("/v2/lists", (0..40).map(|_| refused(503))).await;
    let timer = crate::support::QuickTimer::new();
    let affinity = crate::support::builder(&sandbox).timer(Arc::new(timer)).retry_budget(2).build().unwrap();
    let mut attempts = 0;
    for _ in 0..9 {
        attempts += affinity.lists().list().send().await.unwrap_err().attempts();
    }
    assert_eq!((attempts, sandbox.requests().len()), (11, 11));
    let error = affinity.lists().list().send().await.unwrap_err();
    let last =
        "list_lists: 503 Service Unavailable; not tried again, since the client has used up its retry_budget";
    assert_eq!(error.to_string(), last);
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_429_takes_nothing_from_the_budget() {
    let refused = || refused(429).header("retry-after", "0");
    let sandbox = answering("/v2/lists", [refused(), refused(), lists(&[1], None)]).await;
    let timer = crate::support::QuickTimer::new();
    let affinity = crate::support::builder(&sandbox).timer(Arc::new(timer)).retry_budget(0).build().unwrap();
    assert_eq!(affinity.lists().list().send_with_meta().await.unwrap().meta.attempts(), 3);
}

#[tokio::test]
async fn a_body_that_can_be_sent_once_only_is_not_said_to_lack_a_budget() {
    let sandbox = answering("/v2/lists", []).await;
    sandbox.reply(Method::POST, "/v2/lists", refused(503));
    let transport = affinity_core::Transport::builder().base_url(sandbox.url()).api_key(sandbox.api_key());
    let transport = transport.retry_budget(0).build().unwrap();
    let once = futures::stream::iter([Ok::<_, std::io::Error>("body")]);
    let request = transport.http().post(format!("{}/v2/lists", transport.base_url()));
    let request = request.body(reqwest::Body::wrap_stream(once)).build().unwrap();
    let options = affinity_core::CallOptions::default().with_idempotency(true);
    let answer = transport.send(request, "once", &options).await.unwrap();
    let error = affinity_core::Error::from_answer(answer);
    assert!(!error.to_string().contains("retry_budget"), "{error}");
}
