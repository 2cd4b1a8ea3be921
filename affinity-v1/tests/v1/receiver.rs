//! Events as arguments of axum's handlers.

use affinity_v1::{WebhookBodyLimit, WebhookEvent};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::any;
use axum::{Extension, Router};
use tower::ServiceExt;

const EVENT: &str =
    r#"{"type": "list.deleted", "body": {"id": 5120, "type": 1, "name": "Robotics"}, "sent_at": 1709914812}"#;

async fn name(event: WebhookEvent) -> String {
    event.name.to_string()
}

async fn receive(method: &str, content_type: Option<&str>, body: impl Into<Body>) -> (StatusCode, String) {
    let router = Router::new().route("/hook", any(name)).layer(Extension(WebhookBodyLimit(200)));
    let request = Request::builder().method(method).uri("/hook");
    let request =
        content_type.into_iter().fold(request, |request, value| request.header("content-type", value));
    let response = router.oneshot(request.body(body.into()).unwrap()).await.unwrap();
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), 9999).await.unwrap();
    (status, String::from_utf8(body.into()).unwrap())
}

#[tokio::test]
async fn a_handler_gets_the_event() {
    for content_type in ["application/json", "Application/JSON; charset=utf-8"] {
        let (status, body) = receive("POST", Some(content_type), EVENT).await;
        assert_eq!((status, body.as_str()), (StatusCode::OK, "list.deleted"));
    }
}

#[tokio::test]
async fn other_methods_are_refused() {
    for method in ["GET", "PUT"] {
        let (status, _) = receive(method, Some("application/json"), EVENT).await;
        assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    }
}

#[tokio::test]
async fn other_types_are_refused() {
    for content_type in [None, Some("text/plain"), Some("application/jsonp"), Some("x; application/json")] {
        let (status, _) = receive("POST", content_type, EVENT).await;
        assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let padded = EVENT.to_owned() + &" ".repeat(200);
    let (status, _) = receive("POST", Some("application/json"), padded.clone()).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let pieces = padded.into_bytes().into_iter().map(|byte| Ok::<_, std::io::Error>(vec![byte]));
    let body = Body::from_stream(futures::stream::iter(pieces));
    let (status, _) = receive("POST", Some("application/json"), body).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn an_error_that_speaks_of_limits_is_not_the_limit() {
    let pieces = [Ok(EVENT.as_bytes()), Err(std::io::Error::other("rate limit of the proxy"))];
    let body = Body::from_stream(futures::stream::iter(pieces));
    let (status, _) = receive("POST", Some("application/json"), body).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_limit_of_a_layer_before_counts_too() {
    let pieces = [Ok::<_, std::io::Error>(EVENT.as_bytes())];
    let body = Body::new(http_body_util::Limited::new(Body::from_stream(futures::stream::iter(pieces)), 10));
    let (status, _) = receive("POST", Some("application/json"), body).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_refused() {
    let pieces = [Ok(EVENT.as_bytes()), Err(std::io::Error::other("gone"))];
    let body = Body::from_stream(futures::stream::iter(pieces));
    let (status, _) = receive("POST", Some("application/json"), body).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_is_no_event_is_refused_without_repeating_it() {
    let (status, body) = receive("POST", Some("application/json"), r#"{"sesame": 1}"#).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!body.contains("sesame"));
}
