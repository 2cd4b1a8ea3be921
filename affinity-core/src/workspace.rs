//! Which workspace a key belongs to: asked of the server once for each key.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use serde::Deserialize;

use crate::{ApiKey, CallOptions, Error, Meta, Page, Result, TenantId, Transport, decode};

/// A workspace: an account of Affinity.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Workspace {
    /// The id.
    pub id: TenantId,
    /// The first label of the workspace's web address.
    pub subdomain: String,
}

/// A key that calls went out with, by number: what is known of a call does not keep the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyNumber(u64);

/// What is known of the keys.
#[derive(Debug, Default)]
pub(crate) struct Whose {
    keys: Mutex<Keys>,
    /// Held while it is asked for, so that calls at the same time ask once.
    asking: tokio::sync::Mutex<()>,
    /// When it was last asked for in vain, only to write it into cursors.
    in_vain: Mutex<Option<Instant>>,
}

#[derive(Debug, Default)]
struct Keys {
    /// The last ones that were used.
    used: VecDeque<(KeyNumber, ApiKey, Option<Workspace>)>,
    count: u64,
}

/// So many keys are remembered.
const MOST: usize = 16;

/// So long it is waited for where it is good to know only, and so long after that it is not asked for again.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_secs(60);

const OPERATION: &str = "whoami";

impl Whose {
    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of a key, which it keeps as long as it is in use.
    pub(crate) fn number(&self, key: &ApiKey) -> KeyNumber {
        let mut keys = self.keys();
        if let Some((number, ..)) = keys.used.iter().find(|(_, used, _)| used == key) {
            return *number;
        }
        keys.count += 1;
        let number = KeyNumber(keys.count);
        keys.used.push_front((number, key.clone(), None));
        keys.used.truncate(MOST);
        number
    }

    fn of(&self, number: KeyNumber) -> Option<Workspace> {
        let keys = self.keys();
        keys.used.iter().find(|(used, ..)| *used == number)?.2.clone()
    }

    fn learn(&self, number: KeyNumber, found: &Workspace) {
        let mut keys = self.keys();
        if let Some((.., workspace)) = keys.used.iter_mut().find(|(used, ..)| *used == number) {
            *workspace = Some(found.clone());
        }
    }
}

impl Transport {
    /// The workspace that the key belongs to. It is asked for once for each key, with a call that does not count
    /// against the month (observed).
    ///
    /// Route: v2 `GET /v2/auth/whoami`.
    ///
    /// # Errors
    ///
    /// Those of any call.
    pub async fn workspace(&self) -> Result<Workspace> {
        let until = self.end_of(&CallOptions::default());
        let key = self.key(until).await?;
        Ok(self.key_and_workspace(key, until).await?.1)
    }

    /// A key and the workspace it belongs to. It is another key than was given if that was refused, or has changed since.
    async fn key_and_workspace(&self, mut key: ApiKey, until: Instant) -> Result<(ApiKey, Workspace)> {
        // One that is refused is changed for another by the call that asks.
        for _ in 0..3 {
            if let Some(known) = self.whose.of(self.whose.number(&key)) {
                return Ok((key, known));
            }
            let left = until.saturating_duration_since(self.timer().now());
            let asking = tokio::time::timeout(left, self.whose.asking.lock()).await;
            let _one = asking.map_err(|_| Error::deadline().during(OPERATION))?;
            if self.whose.of(self.whose.number(&key)).is_none() {
                self.ask_workspace(until).await?;
                key = self.key(until).await?;
            }
        }
        Err(Error::input("the key changes faster than the server can be asked whose it is"))
    }

    /// Boxed, since the calls that want to know it are made like this one.
    fn ask_workspace(&self, until: Instant) -> BoxFuture<'_, Result<()>> {
        #[derive(Deserialize)]
        struct WhoAmI {
            tenant: Workspace,
        }
        Box::pin(async move {
            let request = self.http().get(format!("{}/v2/auth/whoami", self.base_url())).build();
            let request = request.map_err(|_| Error::input("the request could not be built"))?;
            let left = until.saturating_duration_since(self.timer().now());
            let options = CallOptions::default().with_deadline(left).with_free_of_month();
            let answer = self.send(request, OPERATION, &options).await?;
            if !answer.status.is_success() {
                return Err(Error::from_answer(answer).during(OPERATION));
            }
            match (decode::value(&answer.body), answer.meta.key) {
                (Ok(WhoAmI { tenant }), Some(key)) => self.whose.learn(key, &tenant),
                (Ok(_), None) => {}
                (Err(error), _) => {
                    let error = error.during(OPERATION).about(answer.status, answer.body);
                    return Err(error.with_meta(answer.meta));
                }
            }
            Ok(())
        })
    }

    /// The key, if the call may go out with it: a write goes to the workspace that the caller expects, and a cursor is one
    /// of the key's workspace.
    pub(crate) async fn key_for(
        &self,
        key: ApiKey,
        is_write: bool,
        options: &CallOptions,
        until: Instant,
    ) -> Result<ApiKey> {
        let expected = self.expected_workspace.as_ref().filter(|_| is_write);
        if expected.is_none() && options.workspace.is_none() {
            return Ok(key);
        }
        let asked = self.key_and_workspace(key, until).await;
        let (key, found) = asked.map_err(Error::before_another)?;
        if let Some(expected) = expected.filter(|expected| !found.subdomain.eq_ignore_ascii_case(expected)) {
            return Err(Error::wrong_workspace(&found.subdomain, expected));
        }
        match options.workspace.filter(|of| *of != found.id) {
            Some(of) => Err(Error::cursor_of_workspace(of, &found)),
            None => Ok(key),
        }
    }

    /// Writes the workspace that a page came from into the cursor of the next one, if there is one. That takes no longer
    /// than `until`.
    #[doc(hidden)]
    pub async fn bind_cursor<T>(&self, page: &mut Page<T>, meta: &Meta, until: Instant) {
        let Some(next) = page.next.take() else { return };
        let workspace = if next.workspace().is_some() { None } else { self.workspace_of(meta, until).await };
        page.next = Some(match workspace {
            Some(workspace) => next.in_workspace(workspace.id),
            None => next,
        });
    }

    /// `None` if it is not to be written into cursors, or cannot be found out: that is no reason to lose a page.
    async fn workspace_of(&self, meta: &Meta, until: Instant) -> Option<Workspace> {
        let number = meta.key.filter(|_| self.binds_cursors())?;
        if let Some(known) = self.whose.of(number) {
            return Some(known);
        }
        let now = self.timer().now();
        let in_vain = || self.whose.in_vain.lock().unwrap_or_else(PoisonError::into_inner);
        if in_vain().is_some_and(|last| now.saturating_duration_since(last) < PAUSE) {
            return None;
        }
        let until = until.min(now + PATIENCE);
        let key = self.key(until).await.ok()?;
        let found = self.key_and_workspace(key, until).await;
        *in_vain() = found.is_err().then(|| self.timer().now());
        // The key may have changed since the page came.
        self.whose.of(number)
    }
}
