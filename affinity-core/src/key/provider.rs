//! Where the key comes from.

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;

use crate::{ApiKey, Result};

/// Gives the key that calls are signed with: from a vault, say, where it changes while the program runs.
///
/// ```
/// use std::sync::RwLock;
///
/// # use affinity_core::{ApiKey, KeyProvider, Result};
/// /// A key that another part of the program replaces.
/// struct Current(RwLock<ApiKey>);
///
/// impl KeyProvider for Current {
///     fn key<'a>(&'a self, _: Option<&'a ApiKey>) -> futures::future::BoxFuture<'a, Result<ApiKey>> {
///         let key = self.0.read().map(|key| key.clone());
///         let key = key.map_err(|_| affinity_core::Error::input("the key was lost"));
///         Box::pin(std::future::ready(key))
///     }
/// }
/// ```
pub trait KeyProvider: Send + Sync {
    /// The key to sign with. It is asked for before each attempt, and more often, so what takes long to get is best kept.
    /// Several calls ask at the same time.
    ///
    /// `refused` is the key that the server has just refused (401), and that was the current one a moment ago: where a
    /// newer one can be had, this is the time to get it. The client asks that way for one call at a time. The call goes out
    /// once more if the key that comes back is another, beside the attempts that are allowed. A refused call was not carried
    /// out, so that is safe for writes too.
    ///
    /// The time it takes is part of the call's deadline.
    ///
    /// # Errors
    ///
    /// There is none to be had; [`Error::unavailable`](crate::Error::unavailable) makes the error where there may be one
    /// later ([`is_retryable`](crate::Error::is_retryable)), and [`Error::local`](crate::Error::local) where
    /// there will not. The call ends with it, and nothing is sent; after a refusal it has the status of that. It must not hold
    /// the key.
    fn key<'a>(&'a self, refused: Option<&'a ApiKey>) -> BoxFuture<'a, Result<ApiKey>>;
}

/// One key for good, or whoever gives it.
#[derive(Clone)]
pub(crate) enum Keys {
    Fixed(ApiKey),
    Provided(Arc<dyn KeyProvider>),
}

/// Without the provider, which may have been made to print what it knows.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fixed(_) => "Fixed",
            Self::Provided(_) => "Provided",
        })
    }
}

impl Keys {
    pub(crate) async fn key(&self, refused: Option<&ApiKey>) -> Result<ApiKey> {
        match self {
            Self::Fixed(key) => Ok(key.clone()),
            Self::Provided(provider) => provider.key(refused).await,
        }
    }
}
