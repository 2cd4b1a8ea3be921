//! Where a request may go, and what it is signed with.

use std::time::Instant;

use http::header::AUTHORIZATION;
use reqwest::Request;
use url::Url;

use super::{Transport, VERSION_HEADER};
use crate::{ApiKey, Error, Result};

impl Transport {
    /// The key goes to the configured origin only.
    pub(super) fn check_origin(&self, url: &Url) -> Result<()> {
        if url.origin() == self.base_url.origin() {
            return Ok(());
        }
        Err(Error::input(format!("a call to another origin than {} is not sent", self.base_url())))
    }

    /// The key to sign with.
    pub(crate) async fn key(&self, until: Instant) -> Result<ApiKey> {
        let left = until.saturating_duration_since(self.timer.now());
        tokio::time::timeout(left, self.keys.key(None)).await.map_err(|_| Error::deadline())?
    }

    /// Another key than the one that was refused, if there is one.
    pub(super) async fn other_key(&self, refused: &ApiKey, until: Instant) -> Result<Option<ApiKey>> {
        let left = until.saturating_duration_since(self.timer.now());
        let renewed = tokio::time::timeout(left, self.renewed(refused)).await;
        let key = renewed.map_err(|_| Error::deadline())??;
        Ok((key != *refused).then_some(key))
    }

    /// One call at a time renews the key; the others find it renewed.
    async fn renewed(&self, refused: &ApiKey) -> Result<ApiKey> {
        let _one = self.renewing.lock().await;
        let key = self.keys.key(None).await?;
        if key == *refused { self.keys.key(Some(refused)).await } else { Ok(key) }
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
