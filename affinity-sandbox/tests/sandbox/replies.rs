use std::time::Duration;

use affinity_sandbox::{Method, Reply, Sandbox};

use crate::support::{get, get_as};

#[tokio::test]
async fn replies_are_served_once_each_in_order() {
    let sandbox = Sandbox::empty().await.unwrap();
    sandbox.reply(Method::GET, "/v2/lists", Reply::json(200, r#"{"data": [1]}"#));
    sandbox.reply(Method::GET, "/v2/lists", Reply::empty(503));
    let first = get(&sandbox, "/v2/lists?limit=1").await;
    assert_eq!((first.status, first.text.as_str()), (200, r#"{"data": [1]}"#));
    assert_eq!(first.header("content-type"), Some("application/json"));
    assert_eq!(get(&sandbox, "/v2/lists").await.status, 503);
    assert!(get(&sandbox, "/v2/lists").await.ids().is_empty());
    let statuses = sandbox.requests().into_iter().map(|request| request.status.unwrap().as_u16());
    assert_eq!(statuses.collect::<Vec<_>>(), [200, 503, 200]);
}

#[tokio::test]
async fn a_reply_is_for_one_method_and_path() {
    let sandbox = Sandbox::empty().await.unwrap();
    sandbox.reply(Method::POST, "/v2/lists", Reply::empty(500));
    sandbox.reply(Method::GET, "/v2/lists/1", Reply::empty(500));
    assert_eq!(get(&sandbox, "/v2/lists").await.status, 200);
}

#[tokio::test]
async fn a_reply_needs_no_key_and_no_endpoint() {
    let sandbox = Sandbox::empty().await.unwrap();
    sandbox.reply(Method::GET, "/anything", Reply::bytes(502, "<html>").content_type("text/html"));
    let answer = get_as(&sandbox, "unknown", "/anything").await;
    assert_eq!((answer.status, answer.text.as_str()), (502, "<html>"));
    assert_eq!(answer.header("content-type"), Some("text/html"));
}

#[tokio::test]
async fn replies_count_and_tell_the_limits() {
    let sandbox = Sandbox::empty().await.unwrap();
    sandbox.reply(Method::GET, "/v2/lists", Reply::empty(500));
    let answer = get(&sandbox, "/v2/lists").await;
    assert_eq!(answer.header("x-ratelimit-limit-user-remaining"), Some("899"));
    assert!(answer.header("x-request-id").is_some());
}

#[tokio::test]
async fn a_reply_has_the_last_word_on_headers() {
    let sandbox = Sandbox::empty().await.unwrap();
    let reply = Reply::empty(429).header("X-Ratelimit-Limit-User-Remaining", "0").header("retry-after", "7");
    sandbox.reply(Method::GET, "/v2/lists", reply.header("x-request-id", "mine"));
    let answer = get(&sandbox, "/v2/lists").await;
    assert_eq!(answer.header("x-ratelimit-limit-user-remaining"), Some("0"));
    assert_eq!(answer.headers.get_all("x-ratelimit-limit-user-remaining").iter().count(), 1);
    assert_eq!((answer.header("retry-after"), answer.header("x-request-id")), (Some("7"), Some("mine")));
}

#[tokio::test]
async fn a_bare_reply_has_its_own_headers_only() {
    let sandbox = Sandbox::empty().await.unwrap();
    sandbox.reply(Method::GET, "/v2/lists", Reply::empty(502).bare());
    let answer = get(&sandbox, "/v2/lists").await;
    assert_eq!(answer.header("x-ratelimit-limit-user"), None);
    assert_eq!((answer.header("x-request-id"), answer.header("x-affinity-api-version")), (None, None));
}

#[tokio::test]
async fn a_body_can_be_cut() {
    let sandbox = Sandbox::empty().await.unwrap();
    sandbox.reply(Method::GET, "/v2/lists", Reply::json(200, r#"{"data": []}"#).cut_body_after(5));
    let request = reqwest::Client::new().get(format!("{}/v2/lists", sandbox.url()));
    let mut response = request.bearer_auth(sandbox.api_key()).send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.content_length()), (200, Some(12)));
    assert_eq!(response.chunk().await.unwrap().unwrap().as_ref(), br#"{"dat"#);
    assert!(response.chunk().await.is_err());
}

#[tokio::test]
async fn a_body_can_be_cut_before_it_starts() {
    let sandbox = Sandbox::empty().await.unwrap();
    sandbox.reply(Method::GET, "/v2/lists", Reply::json(200, "{}").cut_body_after(0));
    let mut response = reqwest::get(format!("{}/v2/lists", sandbox.url())).await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.chunk().await.is_err());
}

#[tokio::test]
async fn a_large_body_can_be_cut() {
    let sandbox = Sandbox::empty().await.unwrap();
    let body = vec![b' '; 3_000_000];
    sandbox.reply(Method::GET, "/v2/lists", Reply::bytes(200, body).cut_body_after(2_500_000));
    let mut response = reqwest::get(format!("{}/v2/lists", sandbox.url())).await.unwrap();
    let mut received = 0;
    let end = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => received += chunk.len(),
            other => break other,
        }
    };
    assert!(end.is_err(), "an end that looks whole after {received} bytes");
}

#[tokio::test]
async fn a_connection_can_be_closed_without_an_answer() {
    let sandbox = Sandbox::empty().await.unwrap();
    sandbox.reply(Method::GET, "/v2/lists", Reply::empty(200).close_connection());
    let client = reqwest::Client::new();
    let request = || client.get(format!("{}/v2/lists", sandbox.url())).bearer_auth(sandbox.api_key());
    let error = request().send().await.unwrap_err();
    assert!(error.is_request(), "{error:?}");
    assert_eq!(sandbox.requests()[0].status, None);
    assert_eq!(request().send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_delayed_reply_outlasts_a_deadline() {
    let sandbox = Sandbox::empty().await.unwrap();
    sandbox.reply(Method::GET, "/v2/lists", Reply::empty(200).delay(Duration::from_secs(3_600)));
    let request = reqwest::Client::new().get(format!("{}/v2/lists", sandbox.url()));
    let error = request.timeout(Duration::from_millis(100)).send().await.unwrap_err();
    assert!(error.is_timeout());
}

#[tokio::test]
async fn an_unusable_reply_is_told() {
    let sandbox = Sandbox::empty().await.unwrap();
    sandbox.reply(Method::GET, "/v2/lists", Reply::empty(200).header("no good", "x"));
    let answer = get(&sandbox, "/v2/lists").await;
    assert_eq!(answer.status, 500);
    assert!(answer.text.contains("unusable canned reply"), "{}", answer.text);
}

#[tokio::test]
async fn replies_that_nobody_asked_for_are_counted() {
    let sandbox = Sandbox::empty().await.unwrap();
    assert_eq!(sandbox.pending_replies(), 0);
    sandbox.reply(Method::GET, "/v2/lists", Reply::empty(500));
    sandbox.reply(Method::GET, "/v2/lists", Reply::empty(500));
    sandbox.reply(Method::POST, "/v2/lists", Reply::empty(500));
    get(&sandbox, "/v2/lists").await;
    assert_eq!(sandbox.pending_replies(), 2);
}
