//! What every request passes on its way in, and every answer on its way out.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode};
use url::form_urlencoded;

use super::App;
use super::limits::Standing;
use crate::reply::Reply;
use crate::server::Breaker;
use crate::v2::{self, Caller, Errors};

/// Larger bodies are recorded and read as empty; nothing in the API comes near.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

pub(super) async fn pass(
    State(app): State<Arc<App>>,
    ConnectInfo(connection): ConnectInfo<Breaker>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST_BODY).await.unwrap_or_default();
    let query = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
        .into_owned()
        .collect();
    let ticket = app.recorder().arrived(&parts, query, body.clone());

    let visitor = v2::identify(&app.world(), &parts.headers);
    let path = parts.uri.path();
    let standing = app
        .limits()
        .count(visitor.user, v2::counts_for_month(path), app.clock.now());
    let version = path.starts_with("/v2/").then(|| visitor.version.as_str());

    let canned = app.replies().take(&parts.method, path);
    let bare = canned.as_ref().is_some_and(|reply| reply.bare);
    let response = match canned {
        Some(reply) if reply.closes => return close(&reply, &connection).await,
        Some(reply) => play(reply).await,
        None => match admit(visitor.caller, &standing) {
            Err(refusal) => refusal.into_response(),
            Ok(caller) => {
                let mut request = Request::from_parts(parts, Body::from(body));
                request.extensions_mut().insert(caller);
                next.run(request).await
            }
        },
    };
    let response = if bare {
        response
    } else {
        dress(&app, response, &standing, version)
    };
    app.recorder().answered(ticket, response.status());
    response
}

async fn play(reply: Reply) -> Response {
    wait(&reply).await;
    reply.into_response()
}

/// The response goes nowhere: the connection is broken before it is written.
async fn close(reply: &Reply, connection: &Breaker) -> Response {
    wait(reply).await;
    connection.trip();
    Response::default()
}

async fn wait(reply: &Reply) {
    if !reply.delay.is_zero() {
        tokio::time::sleep(reply.delay).await;
    }
}

/// The caller, if there is nothing against answering.
fn admit(caller: Result<Caller, Errors>, standing: &Standing) -> Result<Caller, Errors> {
    if standing.refused {
        Err(Errors::rate_limit())
    } else {
        caller
    }
}

fn dress(app: &App, mut response: Response, standing: &Standing, version: Option<&'static str>) -> Response {
    standing.write(&mut response);
    if standing.refused && app.retry_after && response.status() == StatusCode::TOO_MANY_REQUESTS {
        standing.write_retry_after(&mut response);
    }
    let headers = response.headers_mut();
    if let Some(version) = version {
        let name = HeaderName::from_static(v2::VERSION_HEADER);
        headers.entry(name).or_insert(HeaderValue::from_static(version));
    }
    if let Ok(id) = HeaderValue::try_from(app.next_request_id()) {
        headers
            .entry(HeaderName::from_static("x-request-id"))
            .or_insert(id);
    }
    response
}
