//! No call outlives its deadline.

use std::time::Duration;

use affinity_sandbox::Reply;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::support::{answering, builder, client, lists, read_request};

/// Long enough that a call which waited for it would be noticed.
const NEVER: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_silent_server_is_given_up_at_the_deadline() {
    let sandbox = answering("/v2/lists", [lists(&[1], None).delay(NEVER)]).await;
    let call = client(&sandbox).lists().list().with_timeout(Duration::from_millis(50));
    let error = call.send().await.unwrap_err();
    assert!(error.is_timeout() && error.is_retryable(), "{error}");
    assert_eq!(error.to_string(), "list_lists: the deadline passed");
}

#[tokio::test]
async fn a_silent_attempt_is_followed_by_another() {
    let sandbox = answering("/v2/lists", [lists(&[1], None).delay(NEVER), lists(&[2], None)]).await;
    let affinity = builder(&sandbox).attempt_timeout(Duration::from_secs(2)).build().unwrap();
    let answer = affinity.lists().list().send_with_meta().await.unwrap();
    assert_eq!((answer.meta.attempts(), answer.value.items[0].id.get()), (2, 2));
}

#[tokio::test]
async fn waiting_for_a_place_counts() {
    let replies = (0..2).map(|_| Reply::empty(200).delay(NEVER));
    let sandbox = answering("/v2/lists", replies).await;
    let affinity = builder(&sandbox).concurrency(1).build().unwrap();
    let first = tokio::spawn(affinity.lists().list().send());
    while sandbox.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    let error = affinity.lists().list().with_timeout(Duration::from_millis(50)).send().await.unwrap_err();
    assert!(error.is_timeout() && !error.is_outcome_unknown(), "never sent: {error:?}");
    assert!(error.is_retryable() && !error.is_rate_limited());
    assert_eq!(
        error.to_string(),
        "list_lists: waited for its turn among 1 call until the deadline; nothing was sent"
    );
    assert_eq!(error.attempts(), 0);
    first.abort();
}

#[tokio::test]
async fn a_call_that_is_dropped_gives_its_place_back() {
    let sandbox = answering("/v2/lists", [Reply::empty(200).delay(NEVER), lists(&[1], None)]).await;
    let affinity = builder(&sandbox).concurrency(1).build().unwrap();
    let first = tokio::spawn(affinity.lists().list().send());
    while sandbox.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    first.abort();
    assert_eq!(affinity.lists().list().send().await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn a_body_over_the_limit_is_not_taken() {
    let sandbox = answering("/v2/lists", [lists(&(1..=50).collect::<Vec<_>>(), None)]).await;
    let affinity = builder(&sandbox).body_limit(1000).build().unwrap();
    let error = affinity.lists().list().send().await.unwrap_err();
    assert!(error.to_string().contains("larger than body_limit, 1000 bytes"), "{error}");
    assert_eq!(sandbox.requests().len(), 1);
}

#[tokio::test]
async fn a_body_that_drips_is_cut_at_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let dripping = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        read_request(&mut socket).await;
        socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n").await.unwrap();
        while socket.write_all(b" ").await.is_ok() {
            tokio::task::yield_now().await;
        }
    });
    let affinity = affinity::Affinity::builder().base_url(url).api_key("any").build().unwrap();
    let call = affinity.lists().list().with_timeout(Duration::from_millis(100));
    assert!(call.send().await.unwrap_err().is_timeout());
    // The connection is given up too.
    dripping.await.unwrap();
}
