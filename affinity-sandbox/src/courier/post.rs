//! One POST to a receiver on this machine.

use std::net::IpAddr;
use std::time::Duration;

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use url::{Host, Url};

/// Not specified: how long a receiver may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Where a webhook's URL leads.
#[derive(Debug)]
pub(crate) enum Destination {
    /// To this machine.
    Here(Url),
    /// To where the sandbox sends nothing, so that no test reaches somebody else.
    Elsewhere,
}

impl Destination {
    /// What a URL leads to, or what is wrong with it.
    pub(crate) fn of(url: &str) -> Result<Self, &'static str> {
        let url = Url::parse(url).map_err(|_| "a URL is expected")?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("a URL without credentials is expected");
        }
        match url.scheme() {
            "https" => Ok(Self::Elsewhere),
            "http" if is_loopback(&url) => Ok(Self::Here(url)),
            _ => Err("an https URL is expected"),
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

/// Posts a JSON text; tells the status, if there is an answer in time. Redirects are not followed.
pub(crate) async fn post(target: &Url, json: String) -> Option<StatusCode> {
    tokio::time::timeout(TIMEOUT, exchange(target, json)).await.ok()?
}

async fn exchange(target: &Url, json: String) -> Option<StatusCode> {
    let addresses = target.socket_addrs(|| None).ok()?;
    let stream = TcpStream::connect(&addresses[..]).await.ok()?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
    let connection = tokio::spawn(connection);
    let answer = sender.send_request(request(target, json)?).await;
    // What the answer says beyond its status is of no interest.
    connection.abort();
    answer.ok().map(|answer| answer.status())
}

fn request(target: &Url, json: String) -> Option<Request<Body>> {
    let path = match target.query() {
        Some(query) => format!("{}?{query}", target.path()),
        None => target.path().to_owned(),
    };
    let host = target.host_str()?;
    let host = target.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let request = Request::builder().method(Method::POST).uri(path).header(header::HOST, host);
    let request = request.header(header::CONTENT_TYPE, "application/json");
    // Not specified: how deliveries name themselves.
    request.header(header::USER_AGENT, "affinity-sandbox").body(Body::from(json)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_reached() {
        for url in ["http://127.0.0.1:80/x", "http://localhost/x", "http://[::1]:9/x"] {
            assert!(matches!(Destination::of(url), Ok(Destination::Here(_))), "{url}");
        }
        assert!(matches!(Destination::of("https://hooks.example/x"), Ok(Destination::Elsewhere)));
        for url in ["http://hooks.example/x", "ftp://localhost/x", "hooks", "https://me:pw@hooks.example/x"] {
            assert!(Destination::of(url).is_err(), "{url}");
        }
    }
}
