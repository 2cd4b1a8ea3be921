//! Asking for a collection: a page, all pages, or all items.

use std::fmt;
use std::future::ready;
use std::time::Duration;

use affinity_core::{
    Access, CallOptions, Cursor, Error, Items, Meta, Page, Pages, Priority, ReadOnly, ReadWrite, Response,
    Result, Scope, StatusCode, decode,
};
use affinity_v2_raw::{Error as RawError, Paged, ResponseValue};
use futures::TryStreamExt;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::value::RawValue;

use crate::Affinity;
use crate::endpoint::{Ask, CollectionEndpoint, Counted, Filtered};
use crate::filter::Filter;

/// A collection of the API. Nothing is sent before [`send`](Self::send), or before the first item is taken
/// from [`pages`](Self::pages) or [`stream`](Self::stream).
///
/// ```no_run
/// # async fn example(affinity: affinity::Affinity) -> affinity::Result<()> {
/// use futures::TryStreamExt;
///
/// let mut lists = affinity.lists().list().stream();
/// while let Some(list) = lists.try_next().await? {
///     println!("{} {}", list.id, list.name);
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until `send`, `pages` or `stream`"]
pub struct Collection<E, A: Access = ReadWrite> {
    pub(crate) affinity: Affinity<A>,
    pub(crate) endpoint: E,
    pub(crate) page_size: Option<u32>,
    filter: Option<FilterText>,
    total: bool,
    /// Asks for no items, just how many there are.
    count_only: bool,
    pub(crate) from: Option<Cursor>,
    pub(crate) prefetch: bool,
    pub(crate) options: CallOptions,
}

/// The text of a filter, or why there is none.
#[derive(Clone)]
struct FilterText(Result<String, String>);

/// Without the text, which can name people.
impl fmt::Debug for FilterText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilterText").finish_non_exhaustive()
    }
}

/// In bytes. A URL of more than 64 KiB cannot be sent; encoded, a filter grows.
const LONGEST_FILTER: usize = 40_000;

/// The most items a page can have.
pub(crate) const LARGEST_PAGE: u32 = 100;

impl<E: CollectionEndpoint, A: Access> Collection<E, A> {
    pub(crate) fn new(affinity: &Affinity<A>, endpoint: E) -> Self {
        Self {
            affinity: affinity.clone(),
            endpoint,
            page_size: None,
            filter: None,
            total: false,
            count_only: false,
            from: None,
            prefetch: false,
            options: CallOptions::default(),
        }
    }

    pub(crate) fn with_options(mut self, options: CallOptions) -> Self {
        self.options = options;
        self
    }

    /// The same for code that has no need to write.
    pub(crate) fn read_only(self) -> Collection<E, ReadOnly> {
        let Self { affinity, endpoint, page_size, filter, total, count_only, from, prefetch, options } = self;
        let affinity = affinity.read_only();
        Collection { affinity, endpoint, page_size, filter, total, count_only, from, prefetch, options }
    }

    /// How many items a page has at most: 1 to 100. Without this, 100.
    pub fn page_size(mut self, items: u32) -> Self {
        self.page_size = Some(items);
        self
    }

    /// Goes on from a cursor that [`Items::cursor`], [`Pages::cursor`], [`Page::next`] or
    /// [`Error::cursor`] gave. Everything else must be asked for as it was then; another operation's cursor,
    /// or one of other parameters, is refused before anything is sent.
    pub fn resume_from(mut self, cursor: Cursor) -> Self {
        self.from = Some(cursor);
        self
    }

    /// Fetches one page ahead while the caller works on the current one. For `pages` and `stream`.
    pub fn prefetch(mut self, prefetch: bool) -> Self {
        self.prefetch = prefetch;
        self
    }

    /// The time for each page, waiting and repeats included.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.options = self.options.with_deadline(timeout);
        self
    }

    /// Whether the pages go before others or after them when not all can go at once. Without this, what `send`
    /// fetches is [`Priority::Interactive`], and `pages` and `stream` are [`Priority::Bulk`].
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.options = self.options.with_priority(priority);
        self
    }

    /// Fetches one page: the first, or the one of [`resume_from`](Self::resume_from).
    ///
    /// # Errors
    ///
    /// See [`Error`]. An item that cannot be read is no error of the page: it is in [`Page::failures`].
    pub async fn send(self) -> Result<Page<E::Item>> {
        self.send_with_meta().await.map(|response| response.value)
    }

    /// Fetches one page, and tells attempts, quota and request id too.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn send_with_meta(self) -> Result<Response<Page<E::Item>>> {
        let cursor = self.start();
        let mut response = self.fetch(cursor.clone()).await?;
        match response.value.take_broken_end() {
            Some(error) => Err(error.resuming_at(cursor)),
            None => Ok(response),
        }
    }

    /// All pages from here on, as a stream.
    pub fn pages(mut self) -> Pages<E::Item> {
        self.options = self.options.or_priority(Priority::Bulk);
        let (start, prefetch) = (self.start(), self.prefetch);
        Pages::new(start, move |cursor| {
            let page = self.clone().fetch(cursor);
            async move { page.await.map(|response| response.value) }
        })
        .prefetch(prefetch)
    }

    /// All items from here on, as a stream.
    pub fn stream(self) -> Items<E::Item> {
        self.pages().items()
    }

    fn start(&self) -> Cursor {
        self.from.clone().unwrap_or_else(|| Cursor::start(self.scope()))
    }

    fn scope(&self) -> Scope {
        let mut scope = self.endpoint.scope(Scope::new(E::OPERATION));
        if let Some(items) = self.limit() {
            scope = scope.with("limit", items);
        }
        if let Some(FilterText(Ok(filter))) = &self.filter {
            scope = scope.with("filter", filter);
        }
        if self.total { scope.with("totalCount", true) } else { scope }
    }

    fn limit(&self) -> Option<u32> {
        if self.count_only { Some(0) } else { self.page_size.or(E::LIMIT) }
    }

    async fn fetch(self, cursor: Cursor) -> Result<Response<Page<E::Item>>> {
        let scope = self.scope();
        self.check(&cursor, &scope).map_err(|error| error.during(E::OPERATION))?;
        let transport = self.affinity.transport().clone();
        let until = transport.end_of(&self.options);
        let client = self.affinity.raw_with(self.options.clone().at_cursor(&cursor));
        let ask = self.ask(&cursor);
        let call = self.endpoint.page(client.clone(), ask).await;
        let status = call.as_ref().map_or(StatusCode::OK, ResponseValue::status);
        let page = match call {
            Ok(answer) => {
                let Paged { data, pagination, .. } = answer.into_inner();
                let (next, broken_end) = next(pagination.next_url, scope, &client.meta());
                let page = Page::new(data, next, pagination.total_count);
                Ok(ending(page, broken_end))
            }
            // Something in it does not fit: read again, item by item, to find what.
            Err(RawError::InvalidResponsePayload(body, _)) => item_by_item(&body, scope, &client.meta()),
            Err(error) => return Err(client.explain::<IgnoredAny>(E::OPERATION, error).await),
        };
        let mut page = page.map_err(|error| error.during(E::OPERATION).with_meta(client.meta()))?;
        transport.bind_cursor(&mut page, &client.meta(), until).await;
        Ok(Response::new(page, status, client.meta()))
    }

    fn ask(&self, cursor: &Cursor) -> Ask {
        Ask {
            cursor: cursor.token().map(str::to_owned),
            filter: self.filter.clone().and_then(|filter| filter.0.ok()),
            limit: self.limit(),
            total: self.total,
        }
    }

    fn check(&self, cursor: &Cursor, scope: &Scope) -> Result<()> {
        self.endpoint.check()?;
        match &self.filter {
            Some(FilterText(Err(why))) => return Err(Error::input(format!("filter: {why}"))),
            Some(FilterText(Ok(filter))) if filter.len() > LONGEST_FILTER => {
                let why = "filter: longer than a URL can be; ask in parts, with fewer values in each any_of";
                return Err(Error::input(why));
            }
            _ => {}
        }
        self.check_page_size()?;
        cursor.check(scope)
    }

    pub(crate) fn check_page_size(&self) -> Result<()> {
        match self.page_size.filter(|items| !(1..=LARGEST_PAGE).contains(items)) {
            Some(items) => Err(Error::input(format!("page_size: {items} is outside 1 to {LARGEST_PAGE}"))),
            None => Ok(()),
        }
    }
}

impl<E: Filtered, A: Access> Collection<E, A> {
    /// Only the items this is true of. A second filter narrows the first.
    ///
    /// ```
    /// # fn example(affinity: affinity::Affinity, ines: affinity::PersonId) {
    /// use affinity::filter::NoteFilter;
    ///
    /// let hers = affinity.notes().list().filter(NoteFilter::creator_id().eq(ines));
    /// # }
    /// ```
    pub fn filter(mut self, filter: Filter<E::Properties>) -> Self {
        self.filter = Some(FilterText(match self.filter {
            Some(first) => first.0.and_then(|first| (Filter::raw(first) & filter).for_sending()),
            None => filter.for_sending(),
        }));
        self
    }
}

impl<E: Counted, A: Access> Collection<E, A> {
    /// Asks how many items there are over all pages: [`Page::total`].
    pub fn total_count(mut self) -> Self {
        self.total = true;
        self
    }

    /// How many items there are, over all pages: one call, which brings none of them. Where the server does not
    /// tell after all (the document promises it for notes and replies, not for what a note is attached to), the
    /// pages are counted.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn count(self) -> Result<u64> {
        let all = Self { page_size: None, from: None, ..self };
        // Not documented: where the next page of an empty one would be. It is not looked at.
        let nothing = Self { count_only: true, total: true, ..all.clone() };
        let start = nothing.start();
        if let Some(total) = nothing.fetch(start).await?.value.total {
            return Ok(total);
        }
        let count = |page: Page<E::Item>| (page.items.len() + page.failures.len()) as u64;
        all.pages().try_fold(0, |sum, page| ready(Ok(sum + count(page)))).await
    }
}

/// Where the next page starts, or why that cannot be known.
fn next(next_url: Option<String>, scope: Scope, meta: &Meta) -> (Option<Cursor>, Option<Error>) {
    match next_url.map(|url| Cursor::from_next_url(scope, &url)).transpose() {
        Ok(next) => (next, None),
        Err(error) => (None, Some(error.with_meta(meta.clone()))),
    }
}

fn ending<T>(page: Page<T>, broken_end: Option<Error>) -> Page<T> {
    match broken_end {
        Some(error) => page.with_broken_end(error),
        None => page,
    }
}

/// Reads a page so that an item that does not fit costs itself only.
fn item_by_item<T: DeserializeOwned>(body: &[u8], scope: Scope, meta: &Meta) -> Result<Page<T>> {
    let paged: Paged<Box<RawValue>> =
        decode::value(body).map_err(|error| error.about(meta.status().unwrap_or(StatusCode::OK), body))?;
    let operation = scope.operation().to_owned();
    let read = |(index, json): (usize, Box<RawValue>)| {
        decode::item(&json, index).map_err(|error| error.during(&operation).with_meta(meta.clone()))
    };
    let results = decode::each(paged.data.into_iter().enumerate().map(read))?;
    let (next, broken_end) = next(paged.pagination.next_url, scope, meta);
    Ok(ending(Page::from_results(results, next, paged.pagination.total_count), broken_end))
}
