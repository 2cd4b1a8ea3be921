//! Walking a collection: page by page, or item by item.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures::future::BoxFuture;
use futures::{Stream, StreamExt};
use tokio::task::JoinHandle;
use tracing::Instrument;

use crate::{Cursor, Error, Page, Result};

type Fetch<T> = Arc<dyn Fn(Cursor) -> BoxFuture<'static, Result<Page<T>>> + Send + Sync>;

/// The pages of a collection, as a stream.
///
/// Nothing is sent before the first poll, and then one page at a time. The stream ends at the page without a
/// next one, whatever the pages hold. After an error it is over, and [`cursor`](Self::cursor) still names the
/// page to go on from. Dropping it drops the request in flight.
#[must_use = "nothing is sent until the stream is polled"]
pub struct Pages<T> {
    fetch: Fetch<T>,
    prefetch: bool,
    /// The tokens of the pages so far.
    seen: HashSet<Option<String>>,
    state: State<T>,
}

enum State<T> {
    /// The page at the cursor is the next to fetch.
    At(Cursor),
    /// It is under way.
    Fetching(Cursor, BoxFuture<'static, Result<Page<T>>>),
    /// The page at the cursor was handed out; this says why none follows.
    Stuck(Cursor, Option<Error>),
    /// An error was handed out; this page is where to go on.
    Failed(Cursor),
    /// All pages were handed out.
    Done,
}

impl<T: Send + 'static> Pages<T> {
    /// The pages from `start` on, each fetched by `fetch`.
    pub fn new<F, Fut>(start: Cursor, fetch: F) -> Self
    where
        F: Fn(Cursor) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Page<T>>> + Send + 'static,
    {
        let fetch: Fetch<T> = Arc::new(move |cursor| Box::pin(fetch(cursor)));
        Self { fetch, prefetch: false, seen: HashSet::from([token(&start)]), state: State::At(start) }
    }

    /// Fetches the next page while the caller works on this one. At most one page is fetched ahead.
    ///
    /// The page ahead is fetched by a task of its own, so the stream wants a tokio runtime.
    pub fn prefetch(mut self, prefetch: bool) -> Self {
        self.prefetch = prefetch;
        self
    }

    /// Where to go on if the walk stopped here: the first page not yet handed out. `None` when all were.
    pub fn cursor(&self) -> Option<&Cursor> {
        match &self.state {
            State::At(cursor)
            | State::Fetching(cursor, _)
            | State::Stuck(cursor, _)
            | State::Failed(cursor) => Some(cursor),
            State::Done => None,
        }
    }

    /// The same walk, item by item.
    pub fn items(self) -> Items<T> {
        Items { pages: self, page: None }
    }

    fn after(&mut self, next: Option<Cursor>) -> State<T> {
        match next {
            None => State::Done,
            Some(cursor) if !self.seen.insert(token(&cursor)) => {
                let error = Error::repeated_cursor(&cursor);
                State::Stuck(cursor, Some(error))
            }
            Some(cursor) if self.prefetch => {
                let ahead = Ahead(tokio::spawn((self.fetch)(cursor.clone()).in_current_span()));
                State::Fetching(cursor, Box::pin(ahead))
            }
            Some(cursor) => State::At(cursor),
        }
    }
}

fn token(cursor: &Cursor) -> Option<String> {
    cursor.token().map(str::to_owned)
}

// Neither stream lends out a pinned part of itself, so both can be moved whatever their items are.
impl<T> Unpin for Pages<T> {}
impl<T> Unpin for Items<T> {}

impl<T: Send + 'static> Stream for Pages<T> {
    type Item = Result<Page<T>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if let State::At(cursor) = &this.state {
            let fetching = (this.fetch)(cursor.clone());
            this.state = State::Fetching(cursor.clone(), fetching);
        }
        match &mut this.state {
            State::Fetching(cursor, fetching) => match ready!(fetching.as_mut().poll(cx)) {
                Ok(mut page) => {
                    this.state = match page.take_broken_end() {
                        Some(error) => State::Stuck(cursor.clone(), Some(error)),
                        None => this.after(page.next.clone()),
                    };
                    Poll::Ready(Some(Ok(page)))
                }
                Err(error) => {
                    let cursor = cursor.clone();
                    this.state = State::Failed(cursor.clone());
                    Poll::Ready(Some(Err(error.resuming_at(cursor))))
                }
            },
            State::Stuck(cursor, error) => {
                let (cursor, error) = (cursor.clone(), error.take());
                this.state = State::Failed(cursor.clone());
                Poll::Ready(error.map(|error| Err(error.resuming_at(cursor))))
            }
            State::At(_) | State::Failed(_) | State::Done => Poll::Ready(None),
        }
    }
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::At(_) => "at",
            State::Fetching(..) => "fetching",
            State::Stuck(..) => "stuck",
            State::Failed(_) => "failed",
            State::Done => "done",
        };
        f.debug_struct("Pages")
            .field("state", &state)
            .field("prefetch", &self.prefetch)
            .finish_non_exhaustive()
    }
}

/// A page being fetched ahead, given up when it is no longer wanted.
struct Ahead<T>(JoinHandle<Result<T>>);

impl<T> Future for Ahead<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(match ready!(Pin::new(&mut self.0).poll(cx)) {
            Ok(result) => result,
            Err(stopped) if stopped.is_panic() => std::panic::resume_unwind(stopped.into_panic()),
            Err(_) => {
                Err(Error::input("prefetch: the runtime was shut down while the next page was under way"))
            }
        })
    }
}

impl<T> Drop for Ahead<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The items of a collection, as a stream.
///
/// An item that cannot be read is an `Err` in its place, and the stream goes on after it; every other error
/// ends the stream. To leave out the one and stop at the other:
///
/// ```
/// # use affinity_core::{Items, Result};
/// use futures::StreamExt;
///
/// # async fn index<T: Send + 'static>(mut items: Items<T>, keep: impl Fn(T)) -> Result<()> {
/// while let Some(item) = items.next().await {
///     match item {
///         Ok(item) => keep(item),
///         Err(error) if error.is_item() => eprintln!("left out: {error}"),
///         Err(error) => return Err(error),
///     }
/// }
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the stream is polled"]
pub struct Items<T> {
    pages: Pages<T>,
    /// The page being handed out, and what is left of it. Never empty.
    page: Option<(Cursor, VecDeque<Result<T>>)>,
}

impl<T: Send + 'static> Items<T> {
    /// The page to go on from if the walk stopped here; `None` when everything was handed out.
    ///
    /// It moves on when the last item of a page has been handed out: going on from it repeats the items of a
    /// page that was not finished, and never leaves one out.
    pub fn cursor(&self) -> Option<&Cursor> {
        match &self.page {
            Some((cursor, _)) => Some(cursor),
            None => self.pages.cursor(),
        }
    }

    /// All items, and beside them the errors of those that cannot be read.
    ///
    /// # Errors
    ///
    /// An error that ends the stream; its [`cursor`](Error::cursor) is where to go on.
    pub async fn partition(mut self) -> Result<(Vec<T>, Vec<Error>)> {
        let (mut items, mut failures) = (Vec::new(), Vec::new());
        while let Some(item) = self.next().await {
            match item {
                Ok(item) => items.push(item),
                Err(error) if error.is_item() => failures.push(error),
                Err(error) => return Err(error),
            }
        }
        Ok((items, failures))
    }
}

impl<T: Send + 'static> Stream for Items<T> {
    type Item = Result<T>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some((cursor, left)) = &mut this.page {
                let item = left.pop_front();
                let item = item.map(|item| item.map_err(|error| error.resuming_at(cursor.clone())));
                if left.is_empty() {
                    this.page = None;
                }
                return Poll::Ready(item);
            }
            let at = this.pages.cursor().cloned();
            match (ready!(this.pages.poll_next_unpin(cx)), at) {
                (Some(Ok(page)), Some(cursor)) => {
                    let items = VecDeque::from(page.into_results());
                    this.page = (!items.is_empty()).then_some((cursor, items));
                }
                (Some(Err(error)), _) => return Poll::Ready(Some(Err(error))),
                (None | Some(Ok(_)), _) => return Poll::Ready(None),
            }
        }
    }
}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left = self.page.as_ref().map_or(0, |(_, left)| left.len());
        f.debug_struct("Items").field("pages", &self.pages).field("left_of_page", &left).finish()
    }
}
