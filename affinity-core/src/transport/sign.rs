//! Where a request may go, and what it is signed with.

use std::time::Instant;

use http::header::AUTHORIZATION;
use reqwest::Request;
use url::Url;

use super::{Transport, VERSION_HEADER};
use crate::{ApiKey, CallOptions, Error, Result};

impl Transport {
    /// The key goes to the configured origin only.
    pub(super) fn check_origin(&self, url: &Url) -> Result<()> {
        if url.origin() == self.base_url.origin() {
            return Ok(());
        }
        Err(Error::input(format!("a call to another origin than {} is not sent", self.base_url())))
    }

    /// The key to sign with. `refused` is one that the server has just refused.
    pub(crate) async fn key(
        &self,
        options: &CallOptions,
        refused: Option<&ApiKey>,
        until: Instant,
    ) -> Result<ApiKey> {
        if let Some(key) = &options.key {
            return Ok(key.clone());
        }
        let left = until.saturating_duration_since(self.timer.now());
        tokio::time::timeout(left, self.keys.key(refused)).await.map_err(|_| Error::deadline())?
    }

    /// Another key than the one that was refused, if there is one.
    pub(super) async fn other_key(
        &self,
        refused: &ApiKey,
        options: &CallOptions,
        until: Instant,
    ) -> Option<ApiKey> {
        let key = self.key(options, Some(refused), until).await.ok()?;
        (key != *refused).then_some(key)
    }

    pub(super) fn sign(&self, request: &mut Request, key: &ApiKey) -> Result<()> {
        let v2 = self.is_v2(request.url());
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, if v2 { key.bearer()? } else { key.basic()? });
        if let Some(version) = self.version.as_ref().filter(|_| v2) {
            headers.insert(VERSION_HEADER, version.clone());
        }
        Ok(())
    }

    /// v1 paths are not versioned, and take the key in another form.
    fn is_v2(&self, url: &Url) -> bool {
        let path = url.path().strip_prefix(self.base_url.path().trim_end_matches('/'));
        path.is_some_and(|path| path == "/v2" || path.starts_with("/v2/"))
    }
}
