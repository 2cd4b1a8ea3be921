//! What every request passes on its way in, and every answer on its way out.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use futures::StreamExt;
use http::{HeaderName, HeaderValue, StatusCode};
use url::form_urlencoded;

use super::access::{Caller, identify};
use super::errors::Errors;
use super::limits::Standing;
use super::surface::{Scheme, Surface};
use super::{App, version};
use crate::clock::Now;
use crate::recorder::RecordedRequest;
use crate::reply::Reply;
use crate::server::Breaker;
use crate::world::ApiVersion;

/// Larger bodies are refused; nothing in the API comes near.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// What an operation finds with a request that was let in.
#[derive(Clone, Debug)]
pub(crate) struct Admitted {
    pub(crate) caller: Caller,
    pub(crate) body: Bytes,
    pub(crate) now: Now,
    /// Where the caller stands with this request.
    pub(crate) standing: Standing,
}

pub(super) async fn pass(
    State(app): State<Arc<App>>,
    ConnectInfo(connection): ConnectInfo<Breaker>,
    request: Request,
    next: Next,
) -> Response {
    let (_under_way, at_once) = app.set_out();
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let surface = Surface::of(path);
    // Files are read where they are wanted, piece by piece.
    let (body, stream) = match surface.takes_files(path) {
        true => (Ok(Bytes::new()), body),
        false => (read(body).await, Body::empty()),
    };
    let now = app.clock.now();

    let visitor = identify(&app.world(), surface, &parts.headers);
    let ticket = app.recorder().arrived(RecordedRequest {
        method: parts.method.clone(),
        path: path.to_owned(),
        query: pairs(parts.uri.query()),
        headers: parts.headers.clone(),
        body: body.as_ref().cloned().unwrap_or_default(),
        user: visitor.user,
        auth_scheme: Scheme::of(&parts.headers).map(Scheme::as_str),
        status: None,
    });
    let standing = app.limits().count(visitor.user, surface.counts_for_month(path), at_once, now);
    let version = surface.has_versions().then_some(visitor.version);

    let canned = app.replies().take(&parts.method, path);
    let bare = canned.as_ref().is_some_and(|reply| reply.bare);
    let response = match canned {
        Some(reply) if reply.closes => {
            drain(stream).await;
            let response = close(&reply, &connection).await;
            app.answered(ticket, None);
            return response;
        }
        Some(reply) => {
            drain(stream).await;
            play(reply).await
        }
        None => match admit(visitor.caller, body, now, &standing) {
            Err(refusal) => {
                drain(stream).await;
                surface.refuse(&refusal)
            }
            Ok(admitted) => {
                let mut request = Request::from_parts(parts, stream);
                request.extensions_mut().insert(admitted);
                next.run(request).await
            }
        },
    };
    let response = if bare { response } else { dress(&app, response, &standing, version) };
    app.answered(ticket, Some(response.status()));
    response
}

/// The parameters of a query, decoded, in its order.
pub(crate) fn pairs(query: Option<&str>) -> Vec<(String, String)> {
    form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect()
}

/// Reads a body to its end, also one that is too large, so that the client hears what is wrong.
async fn read(body: Body) -> Result<Bytes, Errors> {
    let mut chunks = body.into_data_stream();
    let (mut read, mut too_large) = (Vec::new(), false);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Errors::bad_request("the body broke off"))?;
        too_large |= read.len() + chunk.len() > LARGEST_BODY;
        if too_large {
            read.clear();
        } else {
            read.extend_from_slice(&chunk);
        }
    }
    if too_large { Err(Errors::too_large()) } else { Ok(read.into()) }
}

/// Reads a body that nobody wants, so that the client hears what is wrong.
pub(crate) async fn drain(body: Body) {
    let mut chunks = body.into_data_stream();
    while let Some(Ok(_)) = chunks.next().await {}
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

/// The request, if there is nothing against answering.
fn admit(
    caller: Result<Caller, Errors>,
    body: Result<Bytes, Errors>,
    now: Now,
    standing: &Standing,
) -> Result<Admitted, Errors> {
    if standing.refused {
        return Err(Errors::rate_limit());
    }
    Ok(Admitted { caller: caller?, body: body?, now, standing: *standing })
}

fn dress(app: &App, mut response: Response, standing: &Standing, version: Option<ApiVersion>) -> Response {
    standing.write(&mut response);
    if standing.refused && app.settings.retry_after && response.status() == StatusCode::TOO_MANY_REQUESTS {
        standing.write_retry_after(&mut response);
    }
    let headers = response.headers_mut();
    if let Some(version) = version {
        let name = HeaderName::from_static(version::HEADER);
        headers.entry(name).or_insert(HeaderValue::from_static(version.as_str()));
    }
    if let Ok(id) = HeaderValue::try_from(app.next_request_id()) {
        headers.entry(HeaderName::from_static("x-request-id")).or_insert(id);
    }
    response
}
