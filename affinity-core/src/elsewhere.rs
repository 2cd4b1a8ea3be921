//! Fetching what an answer leads to on another host: a file. No credentials go there.

use std::fmt;
use std::future::Future;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE,
};
use http::{HeaderMap, HeaderValue};
use url::Url;

use crate::settings::is_safe;
use crate::{Error, Result, StatusCode, Transport};

/// A file on its way, to be read piece by piece.
pub struct Elsewhere {
    response: reqwest::Response,
    patience: Patience,
}

/// How long to wait for something.
#[derive(Clone, Copy)]
struct Patience {
    /// The longest time between two pieces.
    between: Duration,
    /// When all must be there.
    until: Option<Instant>,
}

impl Patience {
    async fn wait<T>(self, work: impl Future<Output = T>) -> Result<T> {
        let left = self.until.map(|until| until.saturating_duration_since(Instant::now()));
        let left = left.filter(|left| *left <= self.between);
        let waited = tokio::time::timeout(left.unwrap_or(self.between), work).await;
        waited.map_err(|_| if left.is_some() { Error::deadline() } else { Error::silent(self.between) })
    }
}

impl Transport {
    /// Opens what a redirect leads to. Neither key nor version go there, and only HTTPS is followed, or plain HTTP
    /// to this machine. All must be there at `until`.
    ///
    /// # Errors
    ///
    /// `location` is no such URL, there is no connection, or what is there is not the whole file as it is. The
    /// status of a refusal is in the message only: Affinity did not refuse.
    pub async fn open_elsewhere(
        &self,
        location: &str,
        operation: &'static str,
        until: Option<Instant>,
    ) -> Result<Elsewhere> {
        let patience = Patience { between: self.attempt_timeout(), until };
        let opened = self.open(location, patience).await;
        opened.map_err(|error| error.during(operation))
    }

    async fn open(&self, location: &str, patience: Patience) -> Result<Elsewhere> {
        let nowhere = |why: &str| Error::decode("Location", why);
        let base = Url::parse(self.base_url()).map_err(|_| nowhere("the base URL is none"))?;
        let url = base.join(location).map_err(|_| nowhere("not a URL"))?;
        if !is_safe(&url, &base) {
            return Err(nowhere("it leads to a place without HTTPS, where no file is fetched from"));
        }
        let request = self.files()?.get(url).header(ACCEPT, HeaderValue::from_static("*/*"));
        let request = request.header(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let response = patience.wait(request.send()).await?.map_err(Error::of_exchange)?;
        check_status(response.status())?;
        check_encoding(response.headers())?;
        Ok(Elsewhere { response, patience })
    }

    /// Does what a call does beside its exchanges, until its time is over.
    ///
    /// # Errors
    ///
    /// It was not done by then.
    #[doc(hidden)]
    pub async fn in_time<T>(until: Option<Instant>, work: impl Future<Output = T>) -> Result<T> {
        let Some(until) = until else { return Ok(work.await) };
        let left = until.saturating_duration_since(Instant::now());
        tokio::time::timeout(left, work).await.map_err(|_| Error::deadline())
    }
}

/// Only 200 brings the whole file: other successes bring nothing, or a part of it.
fn check_status(status: StatusCode) -> Result<()> {
    if status == StatusCode::OK {
        return Ok(());
    }
    if status.is_redirection() {
        let reason = format!("it leads to a second redirect ({status}), which is not followed");
        return Err(Error::decode("Location", reason));
    }
    if status.is_success() {
        return Err(Error::decode(
            "$",
            format!("{status} from the file's host, where only 200 brings it whole"),
        ));
    }
    Err(Error::elsewhere(status))
}

/// What is packed, though nobody asked for that, is not the file.
fn check_encoding(headers: &HeaderMap) -> Result<()> {
    let plain = |value: &HeaderValue| {
        value.is_empty() || value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"identity")
    };
    if headers.get_all(CONTENT_ENCODING).iter().all(plain) {
        return Ok(());
    }
    Err(Error::decode("Content-Encoding", "the file comes in one that was not asked for"))
}

impl Elsewhere {
    /// When all must be there, in place of what was said before.
    pub fn end_at(&mut self, until: Option<Instant>) {
        self.patience.until = until;
    }

    /// The status: 200.
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// How many bytes will come, if that is said.
    pub fn size(&self) -> Option<u64> {
        self.text(&CONTENT_LENGTH)?.parse().ok()
    }

    /// The media type, if that is said.
    pub fn content_type(&self) -> Option<&str> {
        self.text(&CONTENT_TYPE)
    }

    /// The `Content-Disposition`, if there is one.
    pub fn content_disposition(&self) -> Option<&str> {
        self.text(&CONTENT_DISPOSITION)
    }

    fn text(&self, name: &http::HeaderName) -> Option<&str> {
        let headers: &HeaderMap = self.response.headers();
        headers.get(name)?.to_str().ok()
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    ///
    /// The connection broke, nothing came for the time of one attempt, or the time for all is over.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        self.patience.wait(self.response.chunk()).await?.map_err(Error::broken)
    }
}

/// Without the URL, which opens the file for whoever has it.
impl fmt::Debug for Elsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Elsewhere").field("status", &self.status()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_done_in_time_is_given_up() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let soon = Instant::now() + Duration::from_millis(20);
            let error = Transport::in_time(Some(soon), std::future::pending::<()>()).await.unwrap_err();
            assert!(error.is_timeout() && !error.is_outcome_unknown(), "{error}");
            assert_eq!(Transport::in_time(None, async { 7 }).await.unwrap(), 7);
        });
    }

    #[test]
    fn only_what_is_plain_is_taken() {
        for (encodings, plain) in [
            (&[][..], true),
            (&["Identity "][..], true),
            (&[""][..], true),
            (&["gzip"][..], false),
            (&["identity", "br"][..], false),
        ] {
            let values = encodings.iter().map(|value| (CONTENT_ENCODING, HeaderValue::from_static(value)));
            assert_eq!(check_encoding(&values.collect()).is_ok(), plain, "{encodings:?}");
        }
    }
}
