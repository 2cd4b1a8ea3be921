//! How pages and streams behave: one test for each line of the promise.

use affinity::{Affinity, ListWithType};
use affinity_sandbox::{Reply, Sandbox};
use futures::{FutureExt, StreamExt, TryStreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::page_server::PageServer;
use crate::support::{answering, client, cursors, lists, read_request};

fn ids(lists: &[ListWithType]) -> Vec<u64> {
    lists.iter().map(|list| list.id.get()).collect()
}

#[tokio::test]
async fn nothing_is_sent_before_the_first_poll() {
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox);
    let _stream = affinity.companies().list().stream();
    let _pages = affinity.companies().list().prefetch(true).pages();
    let _found = affinity.companies().by_ids([1.into()]).stream();
    // Whatever was under way would be there before the answer to this.
    affinity.whoami().send().await.unwrap();
    assert_eq!(sandbox.requests().len(), 1);
}

/// Gives everything that is under way the time to arrive: calls of its own go there and back.
async fn settle(affinity: &Affinity) {
    for _ in 0..3 {
        affinity.lists().list().send().await.map(drop).unwrap();
    }
}

#[tokio::test]
async fn one_page_at_a_time_without_prefetch() {
    let server = PageServer::start(vec![vec![1], vec![2], vec![3]]).await;
    let affinity = server.client();
    let mut pages = affinity.lists().list().pages();
    for number in 0..3 {
        drop(pages.try_next().await.unwrap().unwrap());
        settle(&affinity).await;
        assert_eq!(server.asked_beyond_the_first(), (1..=number).collect::<Vec<_>>());
    }
    assert!(pages.try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn prefetch_asks_for_one_page_more_and_no_more() {
    let server = PageServer::start(vec![vec![1], vec![2], vec![3], vec![4]]).await;
    let affinity = server.client();
    let mut pages = affinity.lists().list().prefetch(true).pages();
    drop(pages.try_next().await.unwrap().unwrap());
    while server.asked_beyond_the_first().is_empty() {
        tokio::task::yield_now().await;
    }
    settle(&affinity).await;
    assert_eq!(server.asked_beyond_the_first(), [1]);
    assert_eq!(pages.try_collect::<Vec<_>>().await.unwrap().len(), 3);
    assert_eq!(server.asked_beyond_the_first(), [1, 2, 3]);
}

#[tokio::test]
async fn an_empty_page_does_not_end_the_stream() {
    let server = PageServer::start(vec![vec![1, 2], vec![], vec![], vec![3]]).await;
    let all: Vec<_> = server.client().lists().list().stream().try_collect().await.unwrap();
    assert_eq!(ids(&all), [1, 2, 3]);
}

#[tokio::test]
async fn a_full_page_without_a_next_one_is_the_end() {
    let server = PageServer::start(vec![(1..=100).collect()]).await;
    let all: Vec<_> = server.client().lists().list().stream().try_collect().await.unwrap();
    assert_eq!((all.len(), server.asked().len()), (100, 1));
}

#[tokio::test]
async fn pagination_null_or_absent_is_the_end() {
    for tail in [r#","pagination":null"#, "", r#","pagination":{}"#] {
        let body = format!(r#"{{"data":[{}]{tail}}}"#, crate::support::list(7));
        let sandbox = answering("/v2/lists", [Reply::json(200, body)]).await;
        let all: Vec<_> = client(&sandbox).lists().list().stream().try_collect().await.unwrap();
        assert_eq!(ids(&all), [7], "{tail}");
    }
}

#[tokio::test]
async fn every_page_repeats_the_parameters() {
    let sandbox = Sandbox::demo().await.unwrap();
    let list = client(&sandbox).lists().find("Pipeline").await.unwrap().id;
    sandbox.clear_requests();
    let selection = affinity::FieldSelection::types([affinity::FieldType::List]);
    let rows = client(&sandbox).lists().entries(list).fields(selection).page_size(50).stream();
    assert_eq!(rows.take(120).count().await, 120);
    let requests = sandbox.requests();
    assert_eq!(requests.len(), 3);
    for (index, request) in requests.iter().enumerate() {
        assert_eq!(request.param("fieldTypes"), Some("list"));
        assert_eq!(request.param("limit"), Some("50"));
        assert_eq!(request.param("cursor").is_some(), index > 0);
    }
}

#[tokio::test]
async fn only_the_cursor_is_taken_from_a_next_url() {
    let sandbox = answering(
        "/v2/lists",
        [
            lists(&[1], Some("http://elsewhere.example:99/v2/secrets?limit=1&cursor=p%261&x=y")),
            lists(&[2], None),
        ],
    )
    .await;
    let all: Vec<_> = client(&sandbox).lists().list().stream().try_collect().await.unwrap();
    assert_eq!(ids(&all), [1, 2]);
    let second = &sandbox.requests()[1];
    assert_eq!((second.path.as_str(), second.query.len()), ("/v2/lists", 1));
    assert_eq!(second.param("cursor"), Some("p&1"));
}

#[tokio::test]
async fn a_next_url_without_a_cursor_is_an_error_after_its_page_and_not_the_end() {
    let stuck = || lists(&[1], Some("https://crm.example/v2/lists"));
    let sandbox = answering("/v2/lists", [stuck(), stuck()]).await;
    let mut stream = client(&sandbox).lists().list().stream();
    assert_eq!(stream.try_next().await.unwrap().unwrap().id.get(), 1);
    let error = stream.try_next().await.unwrap_err();
    assert!(error.is_decode() && !error.is_item() && error.request_id().is_some());
    assert_eq!(error.path(), Some("pagination.nextUrl"));
    assert!(error.cursor().unwrap().is_start());
    assert!(stream.try_next().await.unwrap().is_none());
    let alone = client(&sandbox).lists().list().send().await.unwrap_err();
    assert_eq!(alone.to_string(), error.to_string());
}

#[tokio::test]
async fn a_repeated_cursor_is_an_error_after_its_page() {
    let again = Some("/v2/lists?cursor=p1");
    let sandbox = answering("/v2/lists", [lists(&[1], again), lists(&[2], again)]).await;
    let mut stream = client(&sandbox).lists().list().stream();
    assert_eq!(stream.try_next().await.unwrap().unwrap().id.get(), 1);
    assert_eq!(stream.try_next().await.unwrap().unwrap().id.get(), 2);
    let error = stream.try_next().await.unwrap_err();
    assert!(error.is_repeated_cursor(), "{error}");
    assert!(error.to_string().contains("not the whole collection"), "{error}");
    assert!(stream.try_next().await.unwrap().is_none());
    assert_eq!(cursors(&sandbox).len(), 2);
}

#[tokio::test]
async fn after_an_error_the_stream_is_over_and_still_names_the_page() {
    let server = PageServer::start(vec![vec![1], vec![2], vec![3]]).await;
    server.fail_once(1);
    let mut stream = server.client().lists().list().stream();
    stream.try_next().await.unwrap().unwrap();
    let error = stream.try_next().await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(500));
    assert_eq!(error.cursor().unwrap().token(), Some("p1"));
    assert!(stream.try_next().await.unwrap().is_none());
    assert_eq!(stream.cursor(), error.cursor());
    assert_eq!(server.asked(), [0, 1]);
}

#[tokio::test]
async fn the_cursor_moves_on_with_the_last_item_of_a_page() {
    let server = PageServer::start(vec![vec![1, 2], vec![3]]).await;
    let mut stream = server.client().lists().list().stream();
    let token =
        |stream: &affinity::Items<ListWithType>| stream.cursor().map(|it| it.token().map(str::to_owned));
    assert_eq!(token(&stream), Some(None));
    stream.try_next().await.unwrap();
    assert_eq!(token(&stream), Some(None));
    stream.try_next().await.unwrap();
    assert_eq!(token(&stream), Some(Some("p1".to_owned())));
    stream.try_next().await.unwrap();
    assert_eq!(token(&stream), None);
    assert!(stream.try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_stream_can_be_spawned() {
    let server = PageServer::start(vec![vec![1], vec![2]]).await;
    let stream = server.client().lists().list().prefetch(true).stream();
    let all: Vec<_> = tokio::spawn(stream.try_collect()).await.unwrap().unwrap();
    assert_eq!(ids(&all), [1, 2]);
}

/// A server that answers the first `pages` requests with a page that leads on, and then keeps silent. It says
/// when the silent one has come, and when its client has gone.
async fn falls_silent(pages: usize) -> (String, oneshot::Receiver<()>, oneshot::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let ((came, has_come), (gone, has_gone)) = (oneshot::channel(), oneshot::channel());
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        for number in 0..pages {
            read_request(&mut socket).await;
            let next = format!("/?cursor=p{number}");
            let body = affinity_tests::page(&[crate::support::list(number as u64)], Some(&next));
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            socket.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        }
        read_request(&mut socket).await;
        came.send(()).unwrap();
        let _ = socket.read_to_end(&mut Vec::new()).await;
        let _ = gone.send(());
    });
    (url, has_come, has_gone)
}

#[tokio::test]
async fn dropping_the_stream_drops_the_request_in_flight() {
    let (url, mut has_come, has_gone) = falls_silent(0).await;
    let affinity = Affinity::builder().base_url(url).api_key("any").build().unwrap();
    let mut stream = affinity.lists().list().stream();
    while has_come.try_recv().is_err() {
        assert!(stream.next().now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    drop(stream);
    has_gone.await.unwrap();
}

#[tokio::test]
async fn dropping_the_stream_drops_the_page_fetched_ahead() {
    let (url, has_come, has_gone) = falls_silent(1).await;
    let affinity = Affinity::builder().base_url(url).api_key("any").build().unwrap();
    let mut stream = affinity.lists().list().prefetch(true).stream();
    stream.try_next().await.unwrap().unwrap();
    has_come.await.unwrap();
    drop(stream);
    has_gone.await.unwrap();
}
