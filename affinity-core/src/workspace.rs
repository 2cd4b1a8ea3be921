//! Which workspace the key belongs to: asked of the server once for each key.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use serde::Deserialize;

use crate::{ApiKey, CallOptions, Cursor, Error, Page, Result, TenantId, Transport, decode};

/// A workspace: an account of Affinity.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Workspace {
    /// The id.
    pub id: TenantId,
    /// The first label of the workspace's web address.
    pub subdomain: String,
}

/// What is known of it.
#[derive(Debug, Default)]
pub(crate) struct Whose {
    known: Mutex<Option<(ApiKey, Workspace)>>,
    /// Held while it is asked for, so that calls at the same time ask once.
    asking: tokio::sync::Mutex<()>,
    /// It was asked for in vain, only to write it into cursors.
    in_vain: AtomicBool,
}

/// So long it is waited for where it is good to know only.
const PATIENCE: Duration = Duration::from_secs(10);

const OPERATION: &str = "whoami";

impl Whose {
    fn of(&self, key: &ApiKey) -> Option<Workspace> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|(of, _)| of == key).map(|(_, workspace)| workspace.clone())
    }

    fn learn(&self, key: &ApiKey, workspace: &Workspace) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some((key.clone(), workspace.clone()));
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
        let until = self.deadline(&CallOptions::default());
        let key = self.key(&CallOptions::default(), None, until).await?;
        self.workspace_of(&key, until).await
    }

    async fn workspace_of(&self, key: &ApiKey, until: Instant) -> Result<Workspace> {
        if let Some(known) = self.whose.of(key) {
            return Ok(known);
        }
        let left = until.saturating_duration_since(self.timer().now());
        let asking = tokio::time::timeout(left, self.whose.asking.lock()).await;
        let _one = asking.map_err(|_| Error::deadline().during(OPERATION))?;
        match self.whose.of(key) {
            Some(known) => Ok(known),
            None => self.ask_workspace(key, until).await,
        }
    }

    /// Boxed, since the calls that want to know it are made like this one.
    fn ask_workspace<'a>(&'a self, key: &'a ApiKey, until: Instant) -> BoxFuture<'a, Result<Workspace>> {
        #[derive(Deserialize)]
        struct WhoAmI {
            tenant: Workspace,
        }
        Box::pin(async move {
            let request = self.http().get(format!("{}/v2/auth/whoami", self.base_url())).build();
            let request = request.map_err(|_| Error::input("the request could not be built"))?;
            let left = until.saturating_duration_since(self.timer().now());
            let options = CallOptions::default().with_deadline(left).with_free_of_month();
            let answer = self.send(request, OPERATION, &options.with_key(key.clone())).await?;
            if !answer.status.is_success() {
                return Err(Error::from_answer(answer).during(OPERATION));
            }
            let read = decode::value(&answer.body).map_err(|error| error.during(OPERATION));
            let WhoAmI { tenant } =
                read.map_err(|error| error.about(answer.status, answer.body).with_meta(answer.meta))?;
            self.whose.learn(key, &tenant);
            Ok(tenant)
        })
    }

    /// Refuses a write to another workspace than the caller expects.
    pub(crate) async fn check_workspace(&self, key: &ApiKey, until: Instant) -> Result<()> {
        let Some(expected) = &self.expected_workspace else { return Ok(()) };
        let found = self.workspace_of(key, until).await?;
        if found.subdomain.eq_ignore_ascii_case(expected) {
            return Ok(());
        }
        Err(Error::wrong_workspace(&found.subdomain, expected))
    }

    /// Refuses a cursor of another workspace. One that does not say which it is of is taken as it is.
    ///
    /// # Errors
    ///
    /// It is of another, or the workspace of the key cannot be found out.
    #[doc(hidden)]
    pub async fn check_cursor(&self, cursor: &Cursor, options: &CallOptions) -> Result<()> {
        let Some(of) = cursor.workspace() else { return Ok(()) };
        let until = self.deadline(options);
        let key = self.key(options, None, until).await?;
        let here = self.workspace_of(&key, until).await?;
        if here.id == of { Ok(()) } else { Err(Error::cursor_of_workspace(of, &here)) }
    }

    /// Writes the workspace into the cursor of the next page, if there is one.
    #[doc(hidden)]
    pub async fn bind_cursor<T>(&self, page: &mut Page<T>) {
        if page.next.is_none() || page.next.as_ref().is_some_and(|next| next.workspace().is_some()) {
            return;
        }
        if let Some(workspace) = self.workspace_for_cursors().await {
            page.next = page.next.take().map(|next| next.in_workspace(workspace));
        }
    }

    /// `None` if it is not to be written into cursors, or cannot be found out: that is no reason to lose a page.
    async fn workspace_for_cursors(&self) -> Option<TenantId> {
        if !self.binds_cursors() || self.whose.in_vain.load(Ordering::Relaxed) {
            return None;
        }
        let until = self.timer().now() + PATIENCE;
        let options = CallOptions::default();
        let found = match self.key(&options, None, until).await {
            Ok(key) => self.workspace_of(&key, until).await.ok(),
            Err(_) => None,
        };
        self.whose.in_vain.store(found.is_none(), Ordering::Relaxed);
        found.map(|workspace| workspace.id)
    }
}
