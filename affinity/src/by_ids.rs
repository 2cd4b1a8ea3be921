//! Asking for things by their ids.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use affinity_core::Result;
use futures::{StreamExt, TryStreamExt, stream};

use crate::Collection;
use crate::collection::LARGEST_PAGE;
use crate::endpoint::IdsEndpoint;

/// A call for things by their ids: any number of them, asked for in as many calls as it takes.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until `send`"]
pub struct ByIds<E: IdsEndpoint> {
    pub(crate) collection: Collection<E>,
    ids: Vec<E::Id>,
}

/// What was found by ids.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Found<I, T> {
    /// What is there, in the order the ids were given. An id that was given twice is here once.
    pub items: Vec<T>,
    /// The ids nothing was found for: they do not exist, or are not shared with the key's user.
    pub missing: Vec<I>,
}

/// Calls under way at once. The transport has its own bound, shared by everything.
const CONCURRENT: usize = 4;

impl<E: IdsEndpoint> ByIds<E> {
    pub(crate) fn new(collection: Collection<E>, ids: impl IntoIterator<Item = E::Id>) -> Self {
        let mut seen = HashSet::new();
        let ids = ids.into_iter().filter(|id| seen.insert(*id)).collect();
        Self { collection, ids }
    }

    /// The time for each call, waiting and repeats included.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.collection = self.collection.with_timeout(timeout);
        self
    }

    /// Fetches them. No ids make no call.
    ///
    /// # Errors
    ///
    /// The first error of any call, and the first item that cannot be read: what is returned is whole.
    pub async fn send(self) -> Result<Found<E::Id, E::Item>> {
        let Self { collection, ids } = self;
        let chunks: Vec<Vec<E::Id>> = ids.chunks(LARGEST_PAGE as usize).map(<[E::Id]>::to_vec).collect();
        let calls = chunks.into_iter().map(|chunk| {
            let mut call = collection.clone();
            call.endpoint = call.endpoint.with_ids(chunk);
            call.stream().try_collect::<Vec<_>>()
        });
        let answers: Vec<Vec<E::Item>> = stream::iter(calls).buffered(CONCURRENT).try_collect().await?;
        let mut found: HashMap<_, _> = answers
            .into_iter()
            .flatten()
            .map(|item| (E::id(&item), item))
            .collect();
        let (mut items, mut missing) = (Vec::with_capacity(found.len()), Vec::new());
        for id in ids {
            match found.remove(&id) {
                Some(item) => items.push(item),
                None => missing.push(id),
            }
        }
        Ok(Found { items, missing })
    }
}
