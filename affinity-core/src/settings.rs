//! Settings of a transport, and what of them cannot be right.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::header::HeaderValue;
use url::{Host, Url};
use zeroize::Zeroizing;

use crate::events::Observers;
use crate::key::Keys;
use crate::transport::Parts;
use crate::{
    ApiKey, Error, Event, KeyFile, KeyProvider, Metrics, Result, Share, Timer, TokioTimer, Transport, tls,
};

const BASE_URL: &str = "https://api.affinity.co";

/// The figures of a transport.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) deadline: Duration,
    pub(crate) attempt_timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) attempts: u32,
    pub(crate) concurrency: usize,
    pub(crate) pacing: bool,
    pub(crate) keep_monthly: Option<Share>,
    pub(crate) retry_budget: u32,
    pub(crate) body_limit: usize,
    /// Whether cursors say which workspace they are of.
    pub(crate) bind_cursors: bool,
}

/// Settings of a [`Transport`].
#[derive(Clone)]
#[must_use = "nothing is made until `build`"]
pub struct TransportBuilder {
    key: Option<Source>,
    base_url: String,
    version: Option<String>,
    expected_workspace: Option<String>,
    settings: Settings,
    observers: Observers,
    timer: Arc<dyn Timer>,
    #[cfg(feature = "redis")]
    shared_pacing: Option<crate::RedisPacing>,
}

/// Where the key is to come from.
#[derive(Clone)]
enum Source {
    Text(Zeroizing<String>),
    File(PathBuf),
    Provider(Arc<dyn KeyProvider>),
}

impl Source {
    fn open(self) -> Result<Keys> {
        Ok(match self {
            Self::Text(key) => Keys::Fixed(ApiKey::new(key.as_str())?),
            Self::File(path) => Keys::Provided(Arc::new(KeyFile::open(path)?)),
            Self::Provider(provider) => Keys::Provided(provider),
        })
    }
}

impl Default for TransportBuilder {
    fn default() -> Self {
        let settings = Settings {
            deadline: Duration::from_secs(120),
            attempt_timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            attempts: 4,
            concurrency: 8,
            pacing: true,
            keep_monthly: None,
            retry_budget: 20,
            body_limit: 64 << 20,
            bind_cursors: true,
        };
        Self {
            key: None,
            base_url: BASE_URL.to_owned(),
            version: None,
            expected_workspace: None,
            settings,
            observers: Observers::default(),
            timer: Arc::new(TokioTimer),
            #[cfg(feature = "redis")]
            shared_pacing: None,
        }
    }
}

impl fmt::Debug for TransportBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportBuilder")
            .field("version", &self.version)
            .field("expected_workspace", &self.expected_workspace)
            .field("settings", &self.settings)
            .field("observers", &self.observers)
            .finish_non_exhaustive()
    }
}

impl TransportBuilder {
    /// The API key. This, a file or a provider is required; the last one that is named counts.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(Source::Text(Zeroizing::new(key.into())));
        self
    }

    /// The file that holds the key: see [`KeyFile`].
    pub fn api_key_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.key = Some(Source::File(path.into()));
        self
    }

    /// Who gives the key: asked before each attempt, so that the key can change while the client lives.
    pub fn key_provider(mut self, provider: Arc<dyn KeyProvider>) -> Self {
        self.key = Some(Source::Provider(provider));
        self
    }

    /// Which workspace the key is to belong to: the first label of its web address. Before the first write the server is
    /// asked whether it does ([`Transport::workspace`]); if it does not, the write ends with an error
    /// ([`is_wrong_workspace`](Error::is_wrong_workspace)), and nothing is written. Another key is asked about anew.
    pub fn expect_workspace(mut self, subdomain: impl Into<String>) -> Self {
        self.expected_workspace = Some(subdomain.into());
        self
    }

    /// Does not write the workspace into cursors. Otherwise the server is asked once for each key which one it belongs
    /// to, when the first page with a next one has come; and a cursor of another workspace is refused.
    pub fn without_workspace_in_cursors(mut self) -> Self {
        self.settings.bind_cursors = false;
        self
    }

    /// Calls `listener` with everything that happens to calls. It runs where the call is made, and so wants to be quick.
    pub fn on_event(mut self, listener: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        self.observers.listeners.push(Arc::new(listener));
        self
    }

    /// Hands the figures of calls to `metrics`.
    pub fn metrics(mut self, metrics: Arc<dyn Metrics>) -> Self {
        self.observers.metrics.push(metrics);
        self
    }

    /// Where calls go. HTTPS, or plain HTTP to this machine. Default: the service itself.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// The dated version of v2 to ask for on every v2 call; `None` leaves it to the key's default.
    pub fn api_version(mut self, version: Option<String>) -> Self {
        self.version = version;
        self
    }

    /// The time for a whole call, pauses and repeats included. Default: 120 seconds.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.settings.deadline = deadline;
        self
    }

    /// The time for one attempt, from sending to the last byte. Default: 30 seconds.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.settings.attempt_timeout = timeout;
        self
    }

    /// The time to make a connection. Default: 10 seconds.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.settings.connect_timeout = timeout;
        self
    }

    /// How often a call is sent at most. Default: 4.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.settings.attempts = attempts;
        self
    }

    /// How many calls are under way at once. Default: 8. The account's own limit is not published; when it is met,
    /// fewer are under way for a while. One place in eight is left to interactive calls.
    ///
    /// A call that was begun and is not polled any more (kept aside in a `select!` loop, say) keeps the place that it
    /// was given, as with a semaphore: drop it, or go on with it.
    pub fn concurrency(mut self, calls: usize) -> Self {
        self.settings.concurrency = calls;
        self
    }

    /// Does not spread calls over the minute, and does not wait for the next one when a minute is used up: for those
    /// who pace themselves. The bound on calls under way stays, and calls wait for a place among them, interactive calls
    /// first; so do [`keep_monthly`](Self::keep_monthly) and repeats.
    pub fn without_pacing(mut self) -> Self {
        self.settings.pacing = false;
        self
    }

    /// Goes by one schedule of the minute with all processes that say the same here: what they spend together is the
    /// quota of one user. Places and the month stay each process's own. While Redis is away, and until it was
    /// reached, each goes by the figures of its own answers; a call waits for it less than half a second. Has no effect
    /// [without pacing](Self::without_pacing).
    #[cfg(feature = "redis")]
    pub fn shared_pacing(mut self, pacing: crate::RedisPacing) -> Self {
        self.shared_pacing = Some(pacing);
        self
    }

    /// Keeps this share of the account's calls for the month: a call that would spend it is refused here, with
    /// [`is_month_kept`](Error::is_month_kept). Default: none is kept. On a plan without a monthly limit it does
    /// nothing. Calls that are free of the month (who the key is of, and the rate limit itself) are never refused, and
    /// bring its figures up to date. Besides, one call an hour may go to ask: a figure that was wrong, or a plan that was
    /// enlarged, does not stop calls until the month ends.
    pub fn keep_monthly(mut self, share: Share) -> Self {
        self.settings.keep_monthly = Some(share);
        self
    }

    /// How many repeats there can be in a short time, over all calls, so that a server in trouble is not asked many
    /// times as much. Default: 20. They are given back over a minute, and one for each ten answers that are
    /// neither a 5xx nor a 429. What was refused for the rate (429) is repeated without: the pacing bounds that.
    pub fn retry_budget(mut self, repeats: u32) -> Self {
        self.settings.retry_budget = repeats;
        self
    }

    /// The largest body that is read, in bytes, unpacked. Default: 64 MiB. What is refused is read to 1 MiB at most.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.settings.body_limit = bytes;
        self
    }

    /// Another clock, for tests.
    pub fn timer(mut self, timer: Arc<dyn Timer>) -> Self {
        self.timer = timer;
        self
    }

    /// Makes the transport.
    ///
    /// # Errors
    ///
    /// No key, or one that cannot be; a base URL that is not one, or not safe; a version that cannot stand in a header; a number that is 0.
    pub fn build(self) -> Result<Transport> {
        let keys = self.key.ok_or_else(|| Error::input("api_key: none was given"))?.open()?;
        let expected_workspace = self.expected_workspace.as_deref().map(check_workspace).transpose()?;
        let base_url = check_base_url(&self.base_url)?;
        let version = self.version.as_deref().map(check_version).transpose()?;
        let settings = self.settings;
        for (name, number) in
            [("attempts", settings.attempts as usize), ("concurrency", settings.concurrency)]
        {
            if number == 0 || number > tokio::sync::Semaphore::MAX_PERMITS {
                return Err(Error::input(format!("{name}: {number} is not possible; use 1 or more")));
            }
        }
        if let Some(share) = settings.keep_monthly.filter(|share| !share.is_possible()) {
            let percent = share.as_percent();
            return Err(Error::input(format!(
                "keep_monthly: {percent} percent is more than all; use 0 to 100"
            )));
        }
        let secure = base_url.scheme() == "https";
        let http = http_client(&settings, secure, Packed::Gzip)?;
        let (observers, timer) = (self.observers, self.timer);
        let parts = Parts { http, base_url, keys, expected_workspace, version, settings, observers, timer };
        let transport = Transport::new(parts);
        #[cfg(feature = "redis")]
        let transport = self.shared_pacing.into_iter().fold(transport, Transport::sharing);
        Ok(transport)
    }
}

/// How a client takes bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packed {
    Gzip,
    No,
}

pub(crate) fn http_client(settings: &Settings, secure: bool, packed: Packed) -> Result<reqwest::Client> {
    let http = reqwest::Client::builder()
        .user_agent(concat!("affinity-crm-rust/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        // Repeating is decided in one place, by what the operation is.
        .retry(reqwest::retry::never())
        .gzip(packed == Packed::Gzip)
        // Another crate of the program may switch these on: what comes would not be what was asked for.
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .connect_timeout(settings.connect_timeout);
    // A proxy of the system would see a call in clear, and take it off this machine.
    let http = if secure { http } else { http.no_proxy() };
    tls::with_tls(http, secure)?
        .build()
        .map_err(|error| Error::input(format!("the HTTP client cannot be made: {}", error.without_url())))
}

fn check_workspace(subdomain: &str) -> Result<String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !subdomain.is_empty() && subdomain.bytes().all(fits) {
        return Ok(subdomain.to_owned());
    }
    Err(Error::input(format!(
        "expect_workspace: {subdomain:?} is no workspace; give the first label of its web address, such as acme"
    )))
}

fn check_base_url(text: &str) -> Result<Url> {
    let wrong = |why: &str| Error::input(format!("base_url: {why}"));
    let url = Url::parse(text.trim()).map_err(|error| wrong(&format!("not a URL ({error})")))?;
    let has_more = !url.username().is_empty() || url.password().is_some();
    if has_more || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("only scheme, host, port and path may be given"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => {
            Err(wrong("plain http would send the key unprotected; use https (http is for this machine only)"))
        }
        _ => Err(wrong("use https")),
    }
}

/// Whether what an answer of `base` leads to may be fetched: over HTTPS, or in clear where all is on this machine.
pub(crate) fn is_safe(url: &Url, base: &Url) -> bool {
    match url.scheme() {
        "https" => true,
        "http" => is_loopback(url) && is_loopback(base),
        _ => false,
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

fn check_version(version: &str) -> Result<HeaderValue> {
    let wrong = || Error::input(format!("api_version: {version:?} is not a version such as 2024-01-01"));
    if version.is_empty() {
        return Err(wrong());
    }
    HeaderValue::from_str(version).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(base_url: &str) -> Result<Transport> {
        Transport::builder().api_key("k").base_url(base_url).build()
    }

    #[test]
    fn plain_http_is_for_this_machine() {
        for good in [
            "https://crm.example",
            "http://127.0.0.1:8080",
            "http://127.9.9.9",
            "http://[::1]:1/",
            "http://localhost:1",
        ] {
            assert!(build(good).is_ok(), "{good}");
        }
        for bad in [
            "http://crm.example",
            "http://127.0.0.1.crm.example",
            "http://10.0.0.1",
            "ftp://crm.example",
            "crm.example",
            "",
            "https://user:secret@crm.example",
            "https://crm.example/?key=secret",
        ] {
            let error = build(bad).unwrap_err();
            assert!(error.to_string().starts_with("base_url: "), "{bad}: {error}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[test]
    fn the_key_is_in_no_debug_output() {
        let builder = Transport::builder().api_key("sesame").base_url("https://crm.example");
        let printed = format!("{builder:?} {:?}", builder.clone().build().unwrap());
        assert!(!printed.contains("sesame"), "{printed}");
    }

    #[test]
    fn a_workspace_is_one_label() {
        for bad in ["", "acme.crm.example", "https://acme", "a b"] {
            let error =
                Transport::builder().api_key("k").expect_workspace(bad).build().unwrap_err().to_string();
            assert!(error.starts_with("expect_workspace: "), "{error}");
        }
    }

    #[test]
    fn impossible_numbers_are_refused() {
        let builder = || Transport::builder().api_key("k").base_url("http://localhost");
        assert!(builder().attempts(0).build().unwrap_err().to_string().contains("attempts"));
        assert!(builder().concurrency(0).build().unwrap_err().to_string().contains("concurrency"));
        let error = builder().keep_monthly(Share::percent(101)).build().unwrap_err();
        assert!(error.to_string().contains("keep_monthly: 101"), "{error}");
        assert!(
            builder()
                .api_version(Some("a\nb".into()))
                .build()
                .unwrap_err()
                .to_string()
                .contains("api_version")
        );
    }
}
