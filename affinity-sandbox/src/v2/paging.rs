//! Pages: cursors, limits and the two links.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Bound;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use url::form_urlencoded::Serializer;

use super::call::{Answer, Outcome};
use super::params::Params;
use crate::api::{Errors, PageEnd, PageShape};

const LARGEST: usize = 100;

/// How the pages of an operation are.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageRules {
    /// The smallest `limit`.
    pub(super) least: usize,
    /// The `limit` unless one is given.
    pub(super) default: usize,
    /// Whether the last key comes first.
    pub(super) newest_first: bool,
    /// Whether `totalCount` can be asked for.
    pub(super) total: bool,
}

impl PageRules {
    pub(super) const USUAL: Self = Self { least: 1, default: 100, newest_first: false, total: false };
    pub(super) const OF_ROW_FIELDS: Self = Self { default: 20, ..Self::USUAL };
}

/// A part of a collection, by the keys it is ordered by.
pub(super) type Range<K> = (Bound<K>, Bound<K>);

/// The page a request asks for.
#[derive(Debug)]
pub(super) struct Paging<K> {
    limit: usize,
    newest_first: bool,
    total: bool,
    cursor: Cursor<K>,
    links: Links,
    shape: PageShape,
}

/// Pages hold on to keys, not to counts: rows that come and go meanwhile neither shift nor repeat others.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Position<K> {
    First,
    After(K),
    Before(K),
    /// As `Before`, with that key: how an empty page leads back.
    UpTo(K),
    Last,
}

/// What a cursor says, before it is wrapped up.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Cursor<K> {
    position: Position<K>,
    /// How many pages came before, for pages of sizes made up by a test.
    nth: usize,
    /// A digest of all that, and of the request the cursor was made for.
    seal: u64,
}

/// Makes links back to the same operation with the same parameters.
#[derive(Debug)]
struct Links {
    url: String,
    parameters: Vec<(String, String)>,
    /// A digest of the path and the parameters.
    made_for: u64,
}

#[derive(Debug, Serialize)]
struct Page<T> {
    data: Vec<T>,
    pagination: Option<Pagination>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Pagination {
    #[serde(skip_serializing_if = "Link::is_absent")]
    prev_url: Link,
    #[serde(skip_serializing_if = "Link::is_absent")]
    next_url: Link,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_count: Option<usize>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Link {
    To(String),
    Null,
    Absent,
}

impl Link {
    fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl<'a> Params<'a> {
    /// Reads `limit`, `cursor` and, where there is one, `totalCount`. Comes last: it ends the reading, and binds the
    /// cursor to all that was read.
    pub(super) fn paging<K: Serialize + DeserializeOwned>(
        mut self,
        rules: PageRules,
    ) -> Result<Paging<K>, Errors> {
        let total = rules.total && self.flag("totalCount");
        let limit = self.limit(rules);
        let made_for = self.digest(limit);
        let parameters = self.given().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        let call = self.call;
        let links = Links { url: format!("{}{}", call.settings.public_url, call.path), parameters, made_for };
        let first = Cursor { position: Position::First, nth: 0, seal: 0 };
        let cursor = self.cursor(made_for).unwrap_or(first);
        self.done()?;
        let shape = call.shape.clone();
        Ok(Paging { limit, newest_first: rules.newest_first, total, cursor, links, shape })
    }

    fn limit(&mut self, rules: PageRules) -> usize {
        let PageRules { least, default, .. } = rules;
        let Some(text) = self.one("limit") else {
            return default;
        };
        // Not specified: whether the server clamps; here a value outside the range is refused.
        let limit = text.parse().ok().filter(|limit| (least..=LARGEST).contains(limit));
        limit.unwrap_or_else(|| {
            self.reject("limit", format!("limit is a whole number from {least} to {LARGEST}"));
            default
        })
    }

    fn cursor<K: Serialize + DeserializeOwned>(&mut self, made_for: u64) -> Option<Cursor<K>> {
        let text = self.one("cursor")?;
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let cursor = bytes.and_then(|bytes| serde_json::from_slice::<Cursor<K>>(&bytes).ok());
        let cursor = cursor.filter(|cursor| cursor.seal == seal(made_for, &cursor.position, cursor.nth));
        if cursor.is_none() {
            self.reject("cursor", "this is no cursor of this request");
        }
        cursor
    }

    /// Not specified: whether `limit` may change between pages; here it is bound like the rest.
    fn digest(&self, limit: usize) -> u64 {
        let mut given: Vec<_> = self.given().filter(|(key, _)| *key != "limit").collect();
        given.sort_unstable();
        let mut hasher = DefaultHasher::new();
        (self.call.path, given, limit).hash(&mut hasher);
        hasher.finish()
    }
}

impl<K: Clone + Ord + Serialize> Paging<K> {
    /// Answers with a page of what `rows` gives, which is in the order of its keys.
    pub(super) fn answer<I, R, T>(&self, rows: impl Fn(Range<K>) -> I, render: impl Fn(R) -> T) -> Outcome
    where
        I: DoubleEndedIterator<Item = (K, R)>,
        T: Serialize,
    {
        let total_count = self.total.then(|| rows(everything()).count());
        let (found, more) = self.take(&rows);
        let (before, after) = self.edges(&found);
        let exists = |range: Range<K>| rows(range).next().is_some();
        let (has_prev, has_next) = match self.cursor.position {
            // Not specified: the links of a page that can hold nothing; here it has none.
            _ if self.limit == 0 => (false, false),
            Position::First => (false, more || self.shape.goes_on_after(self.cursor.nth)),
            Position::After(_) => (exists(before), more || self.shape.goes_on_after(self.cursor.nth)),
            Position::Before(_) | Position::UpTo(_) => (more, exists(after)),
            Position::Last => (more, false),
        };
        let first = found.first().map(|(key, _)| Position::Before(key.clone()));
        let last = found.last().map(|(key, _)| Position::After(key.clone()));
        let pagination = Pagination {
            prev_url: self.link(
                has_prev,
                first.unwrap_or_else(|| self.back()),
                self.cursor.nth.saturating_sub(1),
            )?,
            next_url: self.link(has_next, last.unwrap_or_else(|| self.same_place()), self.cursor.nth + 1)?,
            total_count,
        };
        let nothing = !has_next && self.shape.end == PageEnd::NullPagination;
        Answer::ok(&Page {
            data: found.into_iter().map(|(_, row)| render(row)).collect(),
            pagination: (!nothing).then_some(pagination),
        })
    }

    /// The rows of this page, and whether there are more in the direction of reading.
    fn take<I, R>(&self, rows: impl Fn(Range<K>) -> I) -> (Vec<(K, R)>, bool)
    where
        I: DoubleEndedIterator<Item = (K, R)>,
    {
        let backwards = !matches!(self.cursor.position, Position::First | Position::After(_));
        let size = match self.shape.size(self.cursor.nth) {
            Some(size) if !backwards => size,
            _ => self.limit,
        };
        let range = match &self.cursor.position {
            Position::First | Position::Last => everything(),
            Position::After(key) => self.beyond(key),
            Position::Before(key) => self.ahead_of(key),
            Position::UpTo(key) if self.newest_first => (Bound::Included(key.clone()), Bound::Unbounded),
            Position::UpTo(key) => (Bound::Unbounded, Bound::Included(key.clone())),
        };
        let mut found: Vec<_> = if backwards == self.newest_first {
            rows(range).take(size + 1).collect()
        } else {
            rows(range).rev().take(size + 1).collect()
        };
        let more = found.len() > size;
        found.truncate(size);
        if backwards {
            found.reverse();
        }
        (found, more)
    }

    /// What comes before and after a page. Of an empty one, all there is lies on one side.
    fn edges<R>(&self, found: &[(K, R)]) -> (Range<K>, Range<K>) {
        match (found.first(), found.last()) {
            (Some((first, _)), Some((last, _))) => (self.ahead_of(first), self.beyond(last)),
            _ => (everything(), everything()),
        }
    }

    /// Where reading goes on after an empty page.
    fn same_place(&self) -> Position<K> {
        match &self.cursor.position {
            Position::After(key) => Position::After(key.clone()),
            _ => Position::First,
        }
    }

    /// What came before an empty page.
    fn back(&self) -> Position<K> {
        match &self.cursor.position {
            Position::After(key) => Position::UpTo(key.clone()),
            _ => Position::Last,
        }
    }

    fn beyond(&self, key: &K) -> Range<K> {
        if self.newest_first { below(key.clone()) } else { above(key.clone()) }
    }

    fn ahead_of(&self, key: &K) -> Range<K> {
        if self.newest_first { above(key.clone()) } else { below(key.clone()) }
    }

    fn link(&self, exists: bool, position: Position<K>, nth: usize) -> Result<Link, Errors> {
        if !exists {
            return Ok(if self.shape.end == PageEnd::AbsentUrl { Link::Absent } else { Link::Null });
        }
        let seal = seal(self.links.made_for, &position, nth);
        let cursor = Cursor { position, nth, seal };
        let cursor = serde_json::to_vec(&cursor).map_err(|_| Errors::server("no cursor could be made"))?;
        let mut query = Serializer::new(String::new());
        query.extend_pairs(&self.links.parameters);
        query.append_pair("cursor", &URL_SAFE_NO_PAD.encode(cursor));
        Ok(Link::To(format!("{}?{}", self.links.url, query.finish())))
    }
}

/// So that a cursor is not made up: who changes one breaks it.
fn seal<K: Serialize>(made_for: u64, position: &Position<K>, nth: usize) -> u64 {
    let mut hasher = DefaultHasher::new();
    (made_for, serde_json::to_string(position).ok(), nth).hash(&mut hasher);
    hasher.finish()
}

fn everything<K>() -> Range<K> {
    (Bound::Unbounded, Bound::Unbounded)
}

fn above<K>(key: K) -> Range<K> {
    (Bound::Excluded(key), Bound::Unbounded)
}

fn below<K>(key: K) -> Range<K> {
    (Bound::Unbounded, Bound::Excluded(key))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::call::Call;
    use super::super::route::Route;
    use super::super::route::tests::serve;
    use super::*;

    fn numbers(call: &Call<'_>, rules: PageRules) -> Outcome {
        let paging = call.params().paging(rules)?;
        paging.answer(
            |range: Range<u64>| {
                (1..=7).filter(move |n| std::ops::RangeBounds::contains(&range, n)).map(|n| (n, n))
            },
            |n| n,
        )
    }

    async fn walk(rules: PageRules, path: &str, link: &str) -> Vec<Value> {
        let served = serve(vec![Route::pages("/v2/numbers", rules, numbers)]);
        let (mut pages, mut next) = (Vec::new(), Some(path.to_owned()));
        while let Some(path) = next {
            let mut page = served.get(&path).await;
            pages.push(page["data"].take());
            next = page["pagination"][link].as_str().map(str::to_owned);
        }
        pages
    }

    #[tokio::test]
    async fn the_newest_can_come_first() {
        let rules = PageRules { newest_first: true, ..PageRules::USUAL };
        let pages = walk(rules, "/v2/numbers?limit=3", "nextUrl").await;
        assert_eq!(pages, [json!([7, 6, 5]), json!([4, 3, 2]), json!([1])]);
        let served = serve(vec![Route::pages("/v2/numbers", rules, numbers)]);
        let mut page = served.get("/v2/numbers?limit=3").await;
        for (link, expected) in [
            ("nextUrl", json!([4, 3, 2])),
            ("nextUrl", json!([1])),
            ("prevUrl", json!([4, 3, 2])),
            ("prevUrl", json!([7, 6, 5])),
        ] {
            page = served.get(page["pagination"][link].as_str().unwrap()).await;
            assert_eq!(page["data"], expected);
        }
        assert_eq!(page["pagination"]["prevUrl"], json!(null));
    }

    #[tokio::test]
    async fn a_total_comes_where_it_can_be_asked_for() {
        let rules = PageRules { total: true, default: 5, ..PageRules::USUAL };
        let served = serve(vec![Route::pages("/v2/numbers", rules, numbers)]);
        let total = |page: Value| page["pagination"]["totalCount"].clone();
        let first = served.get("/v2/numbers?totalCount=true").await;
        let next = served.get(first["pagination"]["nextUrl"].as_str().unwrap()).await;
        assert_eq!((total(first), total(next)), (json!(7), json!(7)));
        assert_eq!(total(served.get("/v2/numbers").await), json!(null));
        assert_eq!(total(served.get("/v2/numbers?totalCount=false").await), json!(null));
        assert_eq!(served.get("/v2/numbers?totalCount=1").await["errors"][0]["param"], "totalCount");
    }

    #[tokio::test]
    async fn the_least_limit_can_be_none() {
        let rules = PageRules { least: 0, total: true, ..PageRules::USUAL };
        let served = serve(vec![Route::pages("/v2/numbers", rules, numbers)]);
        let expected = json!({"data": [], "pagination": {"prevUrl": null, "nextUrl": null, "totalCount": 7}});
        assert_eq!(served.get("/v2/numbers?limit=0&totalCount=true").await, expected);
    }
}
