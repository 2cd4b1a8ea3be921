//! Pages: cursors, limits and the two links.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Bound;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use url::form_urlencoded::Serializer;

use super::call::{Answer, Json};
use super::errors::Errors;
use super::params::Params;

const LARGEST: usize = 100;

/// A part of a collection, by the keys it is ordered by.
pub(super) type Range<K> = (Bound<K>, Bound<K>);

/// The page a request asks for.
#[derive(Debug)]
pub(super) struct Paging<K> {
    limit: usize,
    from: Position<K>,
    links: Links,
}

/// Pages hold on to keys, not to counts: rows that come and go meanwhile neither shift nor repeat others.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Position<K> {
    First,
    After(K),
    Before(K),
    Last,
}

/// What a cursor says, before it is wrapped up.
#[derive(Debug, Serialize, Deserialize)]
struct Cursor<K> {
    position: Position<K>,
    /// A digest of the path and the parameters the cursor was made for.
    made_for: u64,
}

/// Makes links back to the same operation with the same parameters.
#[derive(Debug)]
struct Links {
    url: String,
    parameters: Vec<(String, String)>,
    made_for: u64,
}

#[derive(Debug, Serialize)]
struct Page<T> {
    data: Vec<T>,
    pagination: Pagination,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Pagination {
    prev_url: Option<String>,
    next_url: Option<String>,
}

impl<'a> Params<'a> {
    /// Reads `limit` and `cursor`. Comes last: it ends the reading, and binds the cursor to all that was read.
    pub(super) fn paging<K: Serialize + DeserializeOwned>(
        mut self,
        default: usize,
    ) -> Result<Paging<K>, Errors> {
        let limit = self.limit(default);
        let made_for = self.digest(limit);
        let parameters = self
            .given()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        let url = format!("{}{}", self.call.base, self.call.path);
        let from = self.cursor(made_for).unwrap_or(Position::First);
        self.done()?;
        Ok(Paging {
            limit,
            from,
            links: Links {
                url,
                parameters,
                made_for,
            },
        })
    }

    fn limit(&mut self, default: usize) -> usize {
        let Some(text) = self.first("limit") else {
            return default;
        };
        // Not specified: whether the server clamps; here a value outside the range is refused.
        match text.parse() {
            Ok(limit @ 1..=LARGEST) => limit,
            _ => {
                self.reject("limit", format!("limit is a whole number from 1 to {LARGEST}"));
                default
            }
        }
    }

    fn cursor<K: DeserializeOwned>(&mut self, made_for: u64) -> Option<Position<K>> {
        let text = self.first("cursor")?;
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let cursor = bytes.and_then(|bytes| serde_json::from_slice::<Cursor<K>>(&bytes).ok());
        match cursor {
            Some(cursor) if cursor.made_for == made_for => Some(cursor.position),
            _ => {
                self.reject("cursor", "this is no cursor of this request");
                None
            }
        }
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
    pub(super) fn answer<I, R, T>(&self, rows: impl Fn(Range<K>) -> I, render: impl Fn(R) -> T) -> Answer
    where
        I: DoubleEndedIterator<Item = (K, R)>,
        T: Serialize,
    {
        let (found, more) = self.take(&rows);
        let (before, after) = self.edges(&found);
        let exists = |range: Range<K>| rows(range).next().is_some();
        let (has_prev, has_next) = match self.from {
            Position::First => (false, more),
            Position::After(_) => (exists(before), more),
            Position::Before(_) => (more, exists(after)),
            Position::Last => (more, false),
        };
        let first = found.first().map(|(key, _)| Position::Before(key.clone()));
        let last = found.last().map(|(key, _)| Position::After(key.clone()));
        let pagination = Pagination {
            prev_url: self.link(has_prev, first.unwrap_or(Position::Last)),
            next_url: self.link(has_next, last.unwrap_or(Position::First)),
        };
        Json::of(&Page {
            data: found.into_iter().map(|(_, row)| render(row)).collect(),
            pagination,
        })
    }

    /// The rows of this page, and whether there are more in the direction of reading.
    fn take<I, R>(&self, rows: impl Fn(Range<K>) -> I) -> (Vec<(K, R)>, bool)
    where
        I: DoubleEndedIterator<Item = (K, R)>,
    {
        let enough = self.limit + 1;
        let mut found: Vec<_> = match &self.from {
            Position::First => rows(everything()).take(enough).collect(),
            Position::After(key) => rows(beyond(key.clone())).take(enough).collect(),
            Position::Before(key) => rows(below(key.clone())).rev().take(enough).collect(),
            Position::Last => rows(everything()).rev().take(enough).collect(),
        };
        let more = found.len() == enough;
        found.truncate(self.limit);
        if matches!(self.from, Position::Before(_) | Position::Last) {
            found.reverse();
        }
        (found, more)
    }

    /// What comes before and after a page. All there is lies on one side of an empty one.
    fn edges<R>(&self, found: &[(K, R)]) -> (Range<K>, Range<K>) {
        match (found.first(), found.last()) {
            (Some((first, _)), Some((last, _))) => (below(first.clone()), beyond(last.clone())),
            _ => (everything(), everything()),
        }
    }

    fn link(&self, exists: bool, position: Position<K>) -> Option<String> {
        if !exists {
            return None;
        }
        let Links {
            url,
            parameters,
            made_for,
        } = &self.links;
        let cursor = serde_json::to_vec(&Cursor {
            position,
            made_for: *made_for,
        })
        .ok()?;
        let mut query = Serializer::new(String::new());
        query.extend_pairs(parameters);
        query.append_pair("cursor", &URL_SAFE_NO_PAD.encode(cursor));
        Some(format!("{url}?{}", query.finish()))
    }
}

fn everything<K>() -> Range<K> {
    (Bound::Unbounded, Bound::Unbounded)
}

fn beyond<K>(key: K) -> Range<K> {
    (Bound::Excluded(key), Bound::Unbounded)
}

fn below<K>(key: K) -> Range<K> {
    (Bound::Unbounded, Bound::Excluded(key))
}
