//! Asking for a collection: a page, all pages, or all items.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use affinity_core::{
    Access, Answer, CallOptions, Cursor, Error, Items, Method, Page, Pages, Priority, Response, Result,
    Scope, StatusCode, Transport, decode,
};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::Client;
use crate::call::{Parts, Sealed};

/// What an operation is that brings a collection. Not for implementing elsewhere.
pub trait ListOperation: Sealed + Send + Sync + 'static {
    /// What the collection holds.
    type Item: DeserializeOwned + Send + 'static;
    /// Its name, as it stands in errors and cursors.
    const NAME: &'static str;
    /// Where in the answer the items can be, if that is an object.
    #[doc(hidden)]
    const KEYS: &'static [&'static str];
    /// The page size to ask for when the caller names none.
    #[doc(hidden)]
    const LIMIT: Option<u32> = None;
    /// What the page size is called.
    #[doc(hidden)]
    const SIZE: &'static str = "page_size";

    /// The keys, where what is asked for decides on them.
    #[doc(hidden)]
    fn keys(_: &Parts) -> &'static [&'static str] {
        Self::KEYS
    }

    /// Refuses what cannot be right.
    #[doc(hidden)]
    fn check(_: &Parts) -> Result<(), String> {
        Ok(())
    }

    /// Asks for the page that the token names.
    #[doc(hidden)]
    fn turn_to(parts: &mut Parts, token: &str) -> Result<(), String> {
        parts.set_query("page_token", token);
        Ok(())
    }

    /// Names the page after these items, from them or from the token that came beside them. The place is where in
    /// the answer they stood.
    #[doc(hidden)]
    fn next(_: &[Box<RawValue>], _place: &str, token: Option<String>) -> Result<Option<String>> {
        Ok(token)
    }
}

/// One that comes in pages; the others come whole. Not for implementing elsewhere.
pub trait PagedOperation: ListOperation {
    /// The most items a page can have.
    const LARGEST: u32;
}

/// A collection of v1. Nothing is sent before [`send`](Self::send), or before the first item is taken from
/// [`pages`](Self::pages) or [`stream`](Self::stream).
#[must_use = "nothing is sent until `send`, `pages` or `stream`"]
pub struct Listing<O> {
    transport: Arc<Transport>,
    pub(crate) parts: Parts,
    page_size: Option<u32>,
    /// Whether the page size is what the caller would get without naming one.
    usual_size: bool,
    from: Option<Cursor>,
    prefetch: bool,
    options: CallOptions,
    operation: PhantomData<fn() -> O>,
}

impl<O> Clone for Listing<O> {
    fn clone(&self) -> Self {
        Self {
            transport: self.transport.clone(),
            parts: self.parts.clone(),
            page_size: self.page_size,
            usual_size: self.usual_size,
            from: self.from.clone(),
            prefetch: self.prefetch,
            options: self.options.clone(),
            operation: PhantomData,
        }
    }
}

/// Without the query, which can hold people's data.
impl<O: ListOperation> fmt::Debug for Listing<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Listing");
        debug.field("operation", &O::NAME).field("path", &self.parts.path).finish_non_exhaustive()
    }
}

impl<O: PagedOperation> Listing<O> {
    /// How many items a page has at most. Without this, as many as there can be.
    pub fn page_size(mut self, items: u32) -> Self {
        self.parts.accept("page_size");
        if !(1..=O::LARGEST).contains(&items) {
            self.parts.refuse(format!("page_size: {items} is outside 1 to {}", O::LARGEST));
        }
        self.page_size = Some(items);
        self.usual_size = items == O::LIMIT.unwrap_or(O::LARGEST);
        self
    }

    /// Goes on from a cursor that the stream, the page or an error of this collection gave. Everything else must
    /// be asked for as it was then.
    pub fn resume_from(mut self, cursor: Cursor) -> Self {
        self.from = Some(cursor);
        self
    }

    /// Fetches one page ahead while the caller works on the current one. For `pages` and `stream`.
    pub fn prefetch(mut self, prefetch: bool) -> Self {
        self.prefetch = prefetch;
        self
    }
}

impl<O: ListOperation> Listing<O> {
    pub(crate) fn new<A: Access>(client: &Client<A>, parts: Parts) -> Self {
        Self {
            transport: client.transport().clone(),
            parts,
            page_size: O::LIMIT,
            usual_size: true,
            from: None,
            prefetch: false,
            options: CallOptions::default(),
            operation: PhantomData,
        }
    }

    /// The same question, answered in another way.
    pub(crate) fn becoming<P: ListOperation>(self) -> Listing<P> {
        let Self { transport, mut parts, from, options, .. } = self;
        if from.is_some() {
            parts.refuse("resume_from: the cursor does not belong to this way of asking");
        }
        Listing {
            transport,
            parts,
            page_size: P::LIMIT,
            usual_size: true,
            from: None,
            prefetch: false,
            options,
            operation: PhantomData,
        }
    }

    /// Puts into the query, in place of what was there under that name.
    pub(crate) fn query(mut self, name: &'static str, value: impl ToString) -> Self {
        self.parts.set_query(name, value);
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

    /// Fetches one page; what does not come in pages, whole.
    ///
    /// # Errors
    ///
    /// See [`Error`]. An item that cannot be read is no error of the page: it is in [`Page::failures`].
    pub async fn send(self) -> Result<Page<O::Item>> {
        self.send_with_meta().await.map(|response| response.value)
    }

    /// Fetches one page, and tells attempts, quota and request id too.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn send_with_meta(self) -> Result<Response<Page<O::Item>>> {
        let cursor = self.start();
        self.fetch(cursor).await
    }

    /// All pages from here on, as a stream.
    pub fn pages(mut self) -> Pages<O::Item> {
        self.options = self.options.or_priority(Priority::Bulk);
        let (start, prefetch) = (self.start(), self.prefetch);
        Pages::new(start, move |cursor| {
            let page = self.clone().fetch(cursor);
            async move { page.await.map(|response| response.value) }
        })
        .prefetch(prefetch)
    }

    /// All items from here on, as a stream.
    pub fn stream(self) -> Items<O::Item> {
        self.pages().items()
    }

    fn start(&self) -> Cursor {
        self.from.clone().unwrap_or_else(|| Cursor::start(self.scope()))
    }

    /// A token is taken only with the parameters of the call that gave it out, in whatever order they were set,
    /// and whether or not the usual page size was named.
    pub(crate) fn scope(&self) -> Scope {
        let mut query: Vec<_> = self.parts.query.iter().collect();
        query.sort();
        let scope = Scope::new(O::NAME).with("path", &self.parts.path);
        let scope = query.into_iter().fold(scope, |scope, (name, value)| scope.with(name, value));
        let size = self.page_size.filter(|_| !self.usual_size);
        size.into_iter().fold(scope, |scope, items| scope.with("page_size", items))
    }

    async fn fetch(self, cursor: Cursor) -> Result<Response<Page<O::Item>>> {
        let scope = self.scope();
        let checked = self.parts.check().and_then(|()| O::check(&self.parts));
        checked.map_err(|why| Error::input(why).during(O::NAME))?;
        cursor.check(&scope)?;
        let keys = O::keys(&self.parts);
        let mut parts = self.parts;
        parts.query.extend(self.page_size.map(|items| (O::SIZE, items.to_string())));
        let turned = cursor.token().map_or(Ok(()), |token| O::turn_to(&mut parts, token));
        turned.map_err(|why| Error::input(why).during(O::NAME))?;
        let until = self.transport.end_of(&self.options);
        let options = self.options.at_cursor(&cursor);
        let answer = parts.send(&self.transport, Method::GET, O::NAME, &options).await?;
        let Answer { status, body, meta, .. } = answer;
        match read::<O>(&body, keys, scope) {
            Ok(mut page) => {
                self.transport.bind_cursor(&mut page, &meta, until).await;
                Ok(Response::new(page, status, meta))
            }
            Err(error) => Err(error.during(O::NAME).about(status, body).with_meta(meta)),
        }
    }
}

/// Reads an array, or an object with one under a known key and perhaps a token. An item that does not fit costs
/// itself only.
fn read<O: ListOperation>(body: &[u8], keys: &[&str], scope: Scope) -> Result<Page<O::Item>> {
    let Whole { place, items, token } = match body.trim_ascii_start().first() {
        Some(b'[') => Whole { place: "", items: decode::value(body)?, token: None },
        _ => object(body, keys)?,
    };
    let read = |(index, json): (usize, Box<RawValue>)| {
        let read = if json.get().starts_with('{') {
            decode::item_at(&json, place, index)
        } else {
            // An array would be taken for an object, its items for the keys in their order.
            let error = Error::decode(format!("{place}[{index}]"), "expected an object").of_item(None);
            Err(error.about(StatusCode::OK, json.get()))
        };
        read.map_err(|error| error.during(O::NAME))
    };
    let next = O::next(&items, place, token);
    let results = decode::each(items.into_iter().enumerate().map(read))?;
    // Items that came are handed out even if it cannot be said how to go on.
    Ok(match next {
        Ok(token) => Page::from_results(results, token.map(|token| Cursor::at(scope, token)), None),
        Err(error) => Page::from_results(results, None, None).with_broken_end(error.during(O::NAME)),
    })
}

const TOKEN: &str = "next_page_token";

struct Whole<'a> {
    /// The key of the items; empty where they are the whole answer.
    place: &'a str,
    items: Vec<Box<RawValue>>,
    token: Option<String>,
}

fn object<'a>(body: &[u8], keys: &[&'a str]) -> Result<Whole<'a>> {
    let mut parts: std::collections::HashMap<Cow<'_, str>, Box<RawValue>> = decode::value(body)?;
    let token = parts.remove(TOKEN).map(|token| decode::part::<Option<String>>(&token, TOKEN));
    let token = token.transpose()?.flatten().filter(|token| !token.is_empty());
    let items = keys.iter().find_map(|key| parts.remove(*key).map(|items| (*key, items)));
    let (place, items) = items.ok_or_else(|| Error::decode("$", missing(keys)))?;
    let items: Option<Vec<Box<RawValue>>> = decode::part(&items, place)?;
    Ok(Whole { place, items: items.unwrap_or_default(), token })
}

fn missing(keys: &[&str]) -> String {
    match keys {
        [] => "expected an array".to_owned(),
        keys => format!("missing the items, which were expected under {}", keys.join(" or ")),
    }
}

/// Defines collections: `Name = "name" -> Item, in ["key"]`, with `pages of N` where it comes in pages (`always`:
/// the size is sent even when the caller names none) and `check function` for one that looks at its parts.
macro_rules! listings {
    () => {};
    (
        $(#[$about:meta])*
        $name:ident = $text:literal -> $item:ty, in $keys:expr $(, pages of $largest:literal)?
        $(, check $check:path)?; $($rest:tt)*
    ) => {
        $crate::listing::listings!(
            @one [$(#[$about])*] $name $text $item, $keys, [$($largest)?] [$($check)?] []
        );
        $crate::listing::listings!($($rest)*);
    };
    (
        $(#[$about:meta])*
        $name:ident = $text:literal -> $item:ty, in $keys:expr, always, pages of $largest:literal
        $(, check $check:path)?; $($rest:tt)*
    ) => {
        $crate::listing::listings!(
            @one [$(#[$about])*] $name $text $item, $keys, [$largest] [$($check)?] [$largest]
        );
        $crate::listing::listings!($($rest)*);
    };
    (
        @one [$($about:tt)*] $name:ident $text:literal $item:ty, $keys:expr,
        [$($largest:literal)?] [$($check:path)?] [$($always:literal)?]
    ) => {
        $($about)*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl $crate::call::Sealed for $name {}

        impl $crate::ListOperation for $name {
            type Item = $item;
            const NAME: &'static str = $text;
            const KEYS: &'static [&'static str] = &$keys;
            $(const LIMIT: Option<u32> = Some($always);)?
            $(
                fn check(parts: &$crate::call::Parts) -> Result<(), String> {
                    $check(parts)
                }
            )?
        }

        $(
            impl $crate::PagedOperation for $name {
                const LARGEST: u32 = $largest;
            }
        )?
    };
}
pub(crate) use listings;
