//! Asking for things by their ids.

use std::collections::{HashMap, HashSet};
use std::future::ready;
use std::time::Duration;

use affinity_core::{Error, Result};
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};

use crate::Collection;
use crate::collection::LARGEST_PAGE;
use crate::endpoint::IdsEndpoint;

/// A call for things by their ids: any number of them, asked for in as many calls as it takes, a few at a time.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until `send`, `pages` or `stream`"]
pub struct ByIds<E: IdsEndpoint> {
    pub(crate) collection: Collection<E>,
    ids: Vec<E::Id>,
}

/// What was found by ids.
#[derive(Debug)]
#[non_exhaustive]
pub struct Found<I, T> {
    /// What is there, in the order the ids were given. An id that was given twice is here once.
    pub items: Vec<T>,
    /// The ids nothing was found for: they do not exist, or are not shared with the key's user.
    pub missing: Vec<I>,
    /// What is there and cannot be read. Always empty after [`ByIds::send`], which fails instead.
    pub failures: Vec<Error>,
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

    /// Fetches all of them. No ids make no call.
    ///
    /// # Errors
    ///
    /// The first error of any call, and the first item that cannot be read: what is returned is whole. To keep
    /// what came before an error, take [`pages`](Self::pages).
    pub async fn send(self) -> Result<Found<E::Id, E::Item>> {
        self.ids.iter().try_for_each(E::check_id).map_err(|error| error.during(E::OPERATION))?;
        let mut all = Found { items: Vec::new(), missing: Vec::new(), failures: Vec::new() };
        let mut pages = self.pages();
        while let Some(found) = pages.try_next().await? {
            if let Some(failure) = found.failures.into_iter().next() {
                return Err(failure);
            }
            all.items.extend(found.items);
            all.missing.extend(found.missing);
        }
        Ok(all)
    }

    /// Fetches them 100 ids at a time, in the order given. The stream goes on after an error, with the next ids:
    /// to try the others again, count the pages.
    pub fn pages(self) -> BoxStream<'static, Result<Found<E::Id, E::Item>>> {
        let Self { collection, ids } = self;
        let chunks: Vec<Vec<E::Id>> = ids.chunks(LARGEST_PAGE as usize).map(<[E::Id]>::to_vec).collect();
        stream::iter(chunks).map(move |chunk| fetch(collection.clone(), chunk)).buffered(CONCURRENT).boxed()
    }

    /// Fetches them one after the other, in the order given; those missing are left out.
    pub fn stream(self) -> BoxStream<'static, Result<E::Item>> {
        let results = |found: Found<E::Id, E::Item>| {
            stream::iter(found.items.into_iter().map(Ok).chain(found.failures.into_iter().map(Err)))
        };
        self.pages()
            .map(move |found| match found {
                Ok(found) => results(found).boxed(),
                Err(error) => stream::once(ready(Err(error))).boxed(),
            })
            .flatten()
            .boxed()
    }
}

async fn fetch<E: IdsEndpoint>(mut call: Collection<E>, ids: Vec<E::Id>) -> Result<Found<E::Id, E::Item>> {
    ids.iter().try_for_each(E::check_id).map_err(|error| error.during(E::OPERATION))?;
    call.endpoint = call.endpoint.with_ids(ids.clone());
    let (came, failures) = call.stream().partition().await?;
    let mut came: HashMap<_, _> = came.into_iter().map(|item| (E::id(&item), item)).collect();
    let unreadable: HashSet<_> = failures.iter().filter_map(Error::item_id).map(E::Id::from).collect();
    let (mut items, mut missing) = (Vec::with_capacity(came.len()), Vec::new());
    for id in ids {
        match came.remove(&id) {
            Some(item) => items.push(item),
            None if unreadable.contains(&id) => {}
            None => missing.push(id),
        }
    }
    Ok(Found { items, missing, failures })
}
