//! Asking for things by their ids.

use std::collections::{HashMap, HashSet};
use std::future::{Future, ready};
use std::hash::Hash;
use std::time::Duration;

use affinity_core::{Access, Error, Items, Priority, ReadOnly, Result};
use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt, TryStreamExt};
use serde::de::DeserializeOwned;

use crate::collection::LARGEST_PAGE;
use crate::endpoint::IdsEndpoint;
use crate::rows::{RowSource, WithIds};
use crate::{Collection, Row, Rows};

/// A call for things by their ids: any number of them, asked for in as many calls as it takes, a few at a time.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until `send`, `pages` or `stream`"]
pub struct ByIds<E: IdsEndpoint> {
    pub(crate) collection: Collection<E, ReadOnly>,
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

type FoundStream<I, T> = BoxStream<'static, Result<Found<I, T>>>;

/// Calls under way at once. The transport has its own bound, shared by everything.
const CONCURRENT: usize = 4;

impl<E: IdsEndpoint> ByIds<E> {
    pub(crate) fn new<A: Access>(collection: Collection<E, A>, ids: impl IntoIterator<Item = E::Id>) -> Self {
        let collection = collection.read_only();
        let mut seen = HashSet::new();
        let ids = ids.into_iter().filter(|id| seen.insert(*id)).collect();
        Self { collection, ids }
    }

    /// The time for each call, waiting and repeats included.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.collection = self.collection.with_timeout(timeout);
        self
    }

    /// Whether the calls go before others or after them when not all can go at once. Without this, one call is
    /// [`Priority::Interactive`], and several are [`Priority::Bulk`].
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.collection = self.collection.with_priority(priority);
        self
    }

    /// Fetches all of them. No ids make no call.
    ///
    /// # Errors
    ///
    /// The first error of any call, and the first item that cannot be read: what is returned is whole. To keep
    /// what came before an error, take [`pages`](Self::pages).
    pub async fn send(self) -> Result<Found<E::Id, E::Item>> {
        self.check()?;
        all_of(self.pages()).await
    }

    /// Fetches them 100 ids at a time, in the order given. The stream goes on after an error, with the next ids:
    /// to try the others again, count the pages.
    pub fn pages(self) -> FoundStream<E::Id, E::Item> {
        let Self { collection, ids } = self;
        let collection = collection.first_if_few(&ids);
        by_hundreds::<E, _, _>(ids, move |ids| {
            let items = collection.clone().of_ids(ids.clone()).stream();
            fetch(items, ids, E::id)
        })
    }

    /// Fetches them one after the other, in the order given; those missing are left out.
    pub fn stream(self) -> BoxStream<'static, Result<E::Item>> {
        one_by_one(self.pages())
    }

    /// Reads them into structs of yours, which say what is asked for: see [`Collection::rows`].
    pub fn rows<T: DeserializeOwned + Send + 'static>(self) -> RowsByIds<E, T>
    where
        E: RowSource<Ids = E::Id>,
    {
        RowsByIds { rows: self.collection.rows().with_ids(), ids: self.ids }
    }

    fn check(&self) -> Result<()> {
        self.ids.iter().try_for_each(E::check_id).map_err(|error| error.during(E::OPERATION))
    }
}

impl<E: IdsEndpoint, A: Access> Collection<E, A> {
    /// What one call brings is waited for; more is bulk.
    fn first_if_few(mut self, ids: &[E::Id]) -> Self {
        if ids.len() <= LARGEST_PAGE as usize {
            self.options = self.options.or_priority(Priority::Interactive);
        }
        self
    }

    fn of_ids(mut self, ids: Vec<E::Id>) -> Self {
        self.endpoint = self.endpoint.with_ids(ids);
        self
    }
}

/// A call for things by their ids, read into structs of the caller: see [`ByIds::rows`].
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until `send`, `pages` or `stream`"]
pub struct RowsByIds<E: IdsEndpoint, T> {
    rows: Rows<E, T, WithIds>,
    ids: Vec<E::Id>,
}

impl<E, T> RowsByIds<E, T>
where
    E: IdsEndpoint + RowSource<Ids = <E as IdsEndpoint>::Id>,
    T: DeserializeOwned + Send + 'static,
{
    /// Fetches all of them. No ids make no call.
    ///
    /// # Errors
    ///
    /// As [`ByIds::send`]; see [`Collection::rows`] for what a struct and the fields may not have in common.
    pub async fn send(self) -> Result<Found<E::Id, Row<T, E::Id>>> {
        self.ids.iter().try_for_each(E::check_id).map_err(|error| error.during(E::OPERATION))?;
        all_of(self.pages()).await
    }

    /// Fetches them 100 ids at a time: see [`ByIds::pages`].
    pub fn pages(self) -> FoundStream<E::Id, Row<T, E::Id>> {
        let Self { rows, ids } = self;
        let rows = rows.anew().of(|call| call.first_if_few(&ids));
        by_hundreds::<E, _, _>(ids, move |ids| {
            let chosen = rows.clone().of(|call| call.of_ids(ids.clone()));
            fetch(chosen.walk().items(), ids, |row: &Row<T, E::Id>| row.ids)
        })
    }

    /// Fetches them one after the other, in the order given; those missing are left out.
    pub fn stream(self) -> BoxStream<'static, Result<Row<T, E::Id>>> {
        one_by_one(self.pages())
    }
}

/// Fetches a hundred at a time, some of those at once, in their order.
fn by_hundreds<E: IdsEndpoint, T: Send + 'static, F>(
    ids: Vec<E::Id>,
    fetch: impl Fn(Vec<E::Id>) -> F + Send + Sync + 'static,
) -> FoundStream<E::Id, T>
where
    F: Future<Output = Result<Found<E::Id, T>>> + Send + 'static,
{
    let chunks: Vec<Vec<E::Id>> = ids.chunks(LARGEST_PAGE as usize).map(<[E::Id]>::to_vec).collect();
    let checked = move |ids: Vec<E::Id>| {
        let checked = ids.iter().try_for_each(E::check_id).map_err(|error| error.during(E::OPERATION));
        match checked {
            Ok(()) => fetch(ids).boxed(),
            Err(error) => ready(Err(error)).boxed(),
        }
    };
    stream::iter(chunks).map(checked).buffered(CONCURRENT).boxed()
}

async fn all_of<I, T>(mut pages: FoundStream<I, T>) -> Result<Found<I, T>> {
    let mut all = Found { items: Vec::new(), missing: Vec::new(), failures: Vec::new() };
    while let Some(found) = pages.try_next().await? {
        if let Some(failure) = found.failures.into_iter().next() {
            return Err(failure);
        }
        all.items.extend(found.items);
        all.missing.extend(found.missing);
    }
    Ok(all)
}

fn one_by_one<I: Send + 'static, T: Send + 'static>(
    pages: FoundStream<I, T>,
) -> BoxStream<'static, Result<T>> {
    let results = |found: Found<I, T>| {
        stream::iter(found.items.into_iter().map(Ok).chain(found.failures.into_iter().map(Err)))
    };
    pages
        .map(move |found| match found {
            Ok(found) => results(found).boxed(),
            Err(error) => stream::once(ready(Err(error))).boxed(),
        })
        .flatten()
        .boxed()
}

/// Sorts what came into the order of the ids, and names those it did not come for.
async fn fetch<I, T>(items: Items<T>, ids: Vec<I>, id: impl Fn(&T) -> I + Send) -> Result<Found<I, T>>
where
    I: Copy + Eq + Hash + From<u64> + Send,
    T: Send + 'static,
{
    let (came, failures) = items.partition().await?;
    let mut came: HashMap<_, _> = came.into_iter().map(|item| (id(&item), item)).collect();
    let unreadable: HashSet<_> = failures.iter().filter_map(Error::item_id).map(I::from).collect();
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
