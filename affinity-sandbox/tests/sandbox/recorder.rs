use affinity_sandbox::{Method, Sandbox, StatusCode};

use crate::support::{get, send};

#[tokio::test]
async fn requests_are_recorded_in_order_with_their_status() {
    let sandbox = Sandbox::empty().await.unwrap();
    get(&sandbox, "/v2/lists").await;
    get(&sandbox, "/v2/lists/5").await;
    let seen: Vec<_> = sandbox
        .requests()
        .into_iter()
        .map(|request| (request.path, request.status))
        .collect();
    let expected = [
        ("/v2/lists", StatusCode::OK),
        ("/v2/lists/5", StatusCode::NOT_FOUND),
    ];
    assert_eq!(
        seen,
        expected.map(|(path, status)| (path.to_owned(), Some(status)))
    );
}

#[tokio::test]
async fn queries_are_decoded_and_keep_their_order() {
    let sandbox = Sandbox::empty().await.unwrap();
    get(&sandbox, "/v2/companies?ids=2&filter=a%26b+c&ids=1").await;
    let request = &sandbox.requests()[0];
    let expected = [("ids", "2"), ("filter", "a&b c"), ("ids", "1")];
    assert_eq!(
        request.query,
        expected.map(|(key, value)| (key.to_owned(), value.to_owned()))
    );
    assert_eq!(
        (request.param("filter"), request.param("cursor")),
        (Some("a&b c"), None)
    );
}

#[tokio::test]
async fn bodies_and_headers_are_recorded_and_keys_are_not() {
    let sandbox = Sandbox::empty().await.unwrap();
    let request = reqwest::Client::new().patch(format!("{}/v2/lists", sandbox.url()));
    let request = request
        .bearer_auth(sandbox.api_key())
        .header("x-trace", "abc")
        .body(r#"{"a": 1}"#);
    send(request).await;
    let recorded = &sandbox.requests()[0];
    assert_eq!(
        (&recorded.method, recorded.body.as_ref()),
        (&Method::PATCH, br#"{"a": 1}"#.as_slice())
    );
    assert_eq!(recorded.headers.get("x-trace").unwrap(), "abc");
    assert!(recorded.headers.get("authorization").is_none());
}

#[tokio::test]
async fn refused_requests_are_recorded_too() {
    let sandbox = Sandbox::empty().await.unwrap();
    send(reqwest::Client::new().get(format!("{}/nowhere", sandbox.url()))).await;
    assert_eq!(sandbox.requests()[0].status, Some(StatusCode::UNAUTHORIZED));
}

#[tokio::test]
async fn the_record_can_be_cleared() {
    let sandbox = Sandbox::empty().await.unwrap();
    get(&sandbox, "/v2/lists").await;
    sandbox.clear_requests();
    assert!(sandbox.requests().is_empty());
}
