//! Where files are handed out: at addresses that nobody can guess, to whoever knows one, for a minute.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};

use crate::api::{App, Scheme, pairs};
use crate::recorder::RecordedRequest;
use crate::world::{EntityFile, FileContent};

/// For how long an address is good.
const LIFETIME: Duration = Duration::from_secs(60);

/// The addresses given out.
#[derive(Debug, Default)]
pub(crate) struct Downloads {
    /// A base URL, without a slash at the end.
    host: String,
    /// Whether that is another host than the API's, so that no key belongs there.
    elsewhere: bool,
    grants: Mutex<HashMap<String, Grant>>,
}

#[derive(Clone, Copy, Debug)]
struct Grant {
    file: u64,
    /// By the time since the start.
    until: Duration,
}

impl Downloads {
    /// Addresses at that base URL, or else at the one of the API itself.
    pub(crate) fn new(elsewhere: Option<&str>, api: &str) -> Self {
        let host = elsewhere.unwrap_or(api).trim_end_matches('/').to_owned();
        Self { host, elsewhere: elsewhere.is_some(), grants: Mutex::default() }
    }

    /// A new address of a file.
    pub(crate) fn grant(&self, file: u64, now: Duration) -> String {
        let secret = format!("{:032x}", fastrand::u128(..));
        let mut grants = self.grants.lock().unwrap_or_else(PoisonError::into_inner);
        grants.retain(|_, grant| now <= grant.until);
        let address = format!("{}/userfiles/{secret}?X-Amz-Expires={}", self.host, LIFETIME.as_secs());
        grants.insert(secret, Grant { file, until: now + LIFETIME });
        address
    }

    fn file(&self, secret: &str, now: Duration) -> Option<u64> {
        let grants = self.grants.lock().unwrap_or_else(PoisonError::into_inner);
        grants.get(secret).filter(|grant| now <= grant.until).map(|grant| grant.file)
    }
}

/// The addresses are no part of the API: no key, no limits, no errors of its form.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new().route("/userfiles/{secret}", get(hand_out)).with_state(app)
}

async fn hand_out(
    State(app): State<Arc<App>>,
    Path(secret): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let ticket = app.recorder().arrived(RecordedRequest {
        method: Method::GET,
        path: uri.path().to_owned(),
        query: pairs(uri.query()),
        headers: headers.clone(),
        body: axum::body::Bytes::new(),
        user: None,
        auth_scheme: Scheme::of(&headers).map(Scheme::as_str),
        status: None,
    });
    let response = look_up(&app, &secret, &headers).unwrap_or_else(IntoResponse::into_response);
    app.answered(ticket, Some(response.status()));
    response
}

/// The file, or why not. A store of signed addresses refuses other credentials; so does this one on a host of its own,
/// where a client has no reason to send a key. On the host of the API a redirect may well bring it along.
fn look_up(app: &App, secret: &str, headers: &HeaderMap) -> Result<Response, (StatusCode, &'static str)> {
    if app.downloads.elsewhere && headers.contains_key(header::AUTHORIZATION) {
        return Err((StatusCode::BAD_REQUEST, "the address is signed: no other credentials are taken"));
    }
    let now = app.clock.now().elapsed;
    let id = app.downloads.file(secret, now);
    let id = id.ok_or((StatusCode::FORBIDDEN, "the address is not, or no longer, good"))?;
    let world = app.world();
    let file = world.files.get(&id).ok_or((StatusCode::NOT_FOUND, "the file is gone"))?;
    match &file.content {
        FileContent::Kept(bytes) => Ok(serve(file, Body::from(bytes.clone()))),
        FileContent::Measured { .. } => {
            Err((StatusCode::INSUFFICIENT_STORAGE, "the sandbox keeps no files of that size"))
        }
    }
}

fn serve(file: &EntityFile, body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    let content_type = file.content_type.as_deref().unwrap_or("application/octet-stream");
    if let Ok(content_type) = HeaderValue::from_str(content_type) {
        headers.insert(header::CONTENT_TYPE, content_type);
    }
    if let Ok(disposition) = HeaderValue::from_str(&disposition(&file.name)) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    headers.insert(header::CONTENT_LENGTH, file.content.size().into());
    response
}

/// The name twice where it has other than plain characters: as it can be said in a header, and in full (RFC 6266).
fn disposition(name: &str) -> String {
    let plain = |c: char| (c == ' ' || c.is_ascii_graphic()) && !matches!(c, '"' | '\\' | '%');
    let fallback: String = name.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    if fallback == name {
        return format!("attachment; filename=\"{name}\"");
    }
    let encoded: String = name.bytes().map(encode).collect();
    format!("attachment; filename=\"{fallback}\"; filename*=UTF-8''{encoded}")
}

fn encode(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        return char::from(byte).to_string();
    }
    format!("%{byte:02X}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_said_in_full() {
        assert_eq!(disposition("deck 1.pdf"), "attachment; filename=\"deck 1.pdf\"");
        assert_eq!(
            disposition("a\"ü.pdf"),
            "attachment; filename=\"a__.pdf\"; filename*=UTF-8''a%22%C3%BC.pdf"
        );
    }
}
