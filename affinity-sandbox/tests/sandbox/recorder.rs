use std::io::{Read, Write};
use std::sync::{Arc, Mutex};

use affinity_sandbox::{Method, Reply, Sandbox, StatusCode};

use crate::support::{error, get, send, start};

#[tokio::test]
async fn requests_are_recorded_in_order_with_their_status() {
    let sandbox = Sandbox::empty().await.unwrap();
    get(&sandbox, "/v2/lists").await;
    get(&sandbox, "/v2/lists/5").await;
    let seen: Vec<_> = sandbox.requests().into_iter().map(|request| (request.path, request.status)).collect();
    let expected = [("/v2/lists", StatusCode::OK), ("/v2/lists/5", StatusCode::NOT_FOUND)];
    assert_eq!(seen, expected.map(|(path, status)| (path.to_owned(), Some(status))));
}

#[tokio::test]
async fn queries_are_decoded_and_keep_their_order() {
    let sandbox = Sandbox::empty().await.unwrap();
    get(&sandbox, "/v2/companies?ids=2&filter=a%26b+c&ids=1").await;
    let request = &sandbox.requests()[0];
    let expected = [("ids", "2"), ("filter", "a&b c"), ("ids", "1")];
    assert_eq!(request.query, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    assert_eq!((request.param("filter"), request.param("cursor")), (Some("a&b c"), None));
}

#[tokio::test]
async fn bodies_and_headers_are_recorded_and_keys_are_not() {
    let sandbox = Sandbox::empty().await.unwrap();
    let request = reqwest::Client::new().patch(format!("{}/v2/lists", sandbox.url()));
    let request = request.bearer_auth(sandbox.api_key()).header("x-trace", "abc").body(r#"{"a": 1}"#);
    send(request).await;
    let recorded = &sandbox.requests()[0];
    assert_eq!((&recorded.method, recorded.body.as_ref()), (&Method::PATCH, br#"{"a": 1}"#.as_slice()));
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

#[tokio::test]
async fn a_body_over_the_cap_is_413_and_recorded() {
    let sandbox = Sandbox::empty().await.unwrap();
    let request = reqwest::Client::new().post(format!("{}/v2/lists", sandbox.url()));
    let answer = send(request.bearer_auth(sandbox.api_key()).body(vec![b' '; 16 * 1024 * 1024 + 1])).await;
    assert_eq!((answer.status, answer.errors()), (413, vec![error("bad-request", None)]));
    let recorded = &sandbox.requests()[0];
    assert_eq!((recorded.status, recorded.body.len()), (Some(StatusCode::PAYLOAD_TOO_LARGE), 0));
    let request = reqwest::Client::new().post(format!("{}/v2/lists", sandbox.url()));
    let answer = send(request.bearer_auth(sandbox.api_key()).body(vec![b' '; 16 * 1024 * 1024])).await;
    assert_eq!(answer.status, 405);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_400_and_recorded() {
    let sandbox = Sandbox::empty().await.unwrap();
    let address = sandbox.url().strip_prefix("http://").unwrap();
    let mut connection = std::net::TcpStream::connect(address).unwrap();
    let key = sandbox.api_key();
    let head = format!(
        "POST /v2/lists HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\ncontent-length: 10\r\n\r\n12345"
    );
    connection.write_all(head.as_bytes()).unwrap();
    connection.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    // Whether anything comes back depends on how the connection ends; the record does not.
    let _ = connection.read_to_string(&mut answer);
    let status = loop {
        match sandbox.requests().first() {
            Some(request) if request.status.is_some() => break request.status,
            _ => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
        }
    };
    assert_eq!(status, Some(StatusCode::BAD_REQUEST), "{answer}");
}

#[tokio::test]
async fn who_asked_and_how_is_recorded_and_the_key_is_not() {
    let sandbox = Sandbox::empty().await.unwrap();
    let user = sandbox.with_world(|world| world.main_user());
    let client = reqwest::Client::new();
    let request = || client.get(format!("{}/v2/lists", sandbox.url()));
    send(request().bearer_auth(sandbox.api_key())).await;
    send(request().basic_auth("", Some(sandbox.api_key()))).await;
    send(request().bearer_auth("unknown")).await;
    send(request().header("authorization", sandbox.api_key())).await;
    send(request()).await;
    let seen: Vec<_> = sandbox.requests().iter().map(|request| (request.user, request.auth_scheme)).collect();
    let (bearer, basic) = (Some("bearer"), Some("basic"));
    assert_eq!(seen, [(Some(user), bearer), (None, basic), (None, bearer), (None, None), (None, None)]);
    assert!(!format!("{:?}", sandbox.requests()).contains(sandbox.api_key()));
}

#[tokio::test]
async fn a_repeated_parameter_has_all_its_values() {
    let sandbox = Sandbox::empty().await.unwrap();
    get(&sandbox, "/v2/companies?ids=2&limit=5&ids=1").await;
    let request = &sandbox.requests()[0];
    assert_eq!(request.params("ids").collect::<Vec<_>>(), ["2", "1"]);
    assert_eq!((request.param("ids"), request.params("cursor").count()), (Some("2"), 0));
}

#[tokio::test]
async fn each_answer_can_be_heard_of() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&heard);
    let builder = Sandbox::builder()
        .on_answer(move |request| told.lock().unwrap().push((request.path.clone(), request.status)));
    let sandbox = start(builder).await;
    sandbox.reply(Method::GET, "/v2/closed", Reply::empty(200).close_connection());
    get(&sandbox, "/v2/lists?limit=1").await;
    get(&sandbox, "/v2/lists/5").await;
    assert!(reqwest::get(format!("{}/v2/closed", sandbox.url())).await.is_err());
    let expected = [("/v2/lists", Some(200)), ("/v2/lists/5", Some(404)), ("/v2/closed", None)];
    let heard: Vec<_> = heard.lock().unwrap().drain(..).collect();
    let heard: Vec<_> = heard
        .iter()
        .map(|(path, status)| (path.as_str(), status.map(|status: StatusCode| status.as_u16())))
        .collect();
    assert_eq!(heard, expected);
}
