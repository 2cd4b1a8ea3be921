//! Pages by token: the parameters of the first page, and how far it went.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::call::{Answer, Outcome};
use super::params::Params;
use crate::api::{Error, Errors, PageEnd, PageShape};

/// What a token is told that does not go with its request.
const INVALID: &str = "Invalid page_token variable";

/// How the pages of an operation are.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageRules {
    /// The page size unless one is given; `None` where everything comes at once then.
    pub(super) default: Option<usize>,
    pub(super) most: usize,
}

impl PageRules {
    pub(super) const USUAL: Self = Self { default: Some(500), most: 500 };
}

/// The page a request asks for.
#[derive(Debug)]
pub(super) struct Paging {
    token: Token,
    /// Whether pages were asked for, or are what there is.
    pub(super) paged: bool,
    shape: PageShape,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Token {
    /// Of what: each list has rows of its own.
    path: String,
    params: BTreeMap<String, String>,
    page_size: usize,
    offset: usize,
    /// How many pages came before, for those of sizes a test wants.
    page: usize,
}

impl Params<'_> {
    /// Reads `page_size` and `page_token`; after all other parameters, since a token holds for the same ones only.
    pub(super) fn paging(&mut self, rules: PageRules) -> Paging {
        let most = rules.most;
        let size = self.integer("page_size", 1, u64::try_from(most).unwrap_or(u64::MAX));
        let size = size.and_then(|size| usize::try_from(size).ok());
        let params = self.given().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let page_size = size.or(rules.default).unwrap_or(most);
        let path = self.request.path.to_owned();
        let first = Token { path, params, page_size, offset: 0, page: 0 };
        let text = self.text("page_token");
        let paged = size.is_some() || rules.default.is_some();
        let token = match text {
            // Where everything comes at once without a page size, its token needs the page size.
            Some(text) => {
                Token::decode(&text).filter(|token| paged && token.continues(&first)).unwrap_or_else(|| {
                    self.reject("page_token", INVALID);
                    first
                })
            }
            None => first,
        };
        Paging { token, paged, shape: self.request.shape.clone() }
    }
}

impl Paging {
    /// The page of that collection, under that name. A page that is full has a token, also the last one: so the one
    /// after it may be empty, as the API warns.
    pub(super) fn answer<T, B: Serialize>(
        &self,
        name: &'static str,
        items: impl Iterator<Item = T>,
        render: impl Fn(T) -> B,
    ) -> Outcome {
        let Token { page_size, offset, page, .. } = self.token;
        let size = self.shape.size(page).unwrap_or(page_size);
        let items: Vec<B> = items.skip(offset).take(size).map(render).collect();
        // Anybody can write a token, with any numbers.
        let next = self.token.after(items.len());
        let next = next.ok_or_else(|| Errors::validation(vec![Error::validation("page_token", INVALID)]))?;
        let goes_on = (size > 0 && items.len() == size) || self.shape.goes_on_after(page);
        let next = goes_on.then(|| next.encode());
        Answer::ok(&Page { name, items, next, end: self.shape.end })
    }
}

impl Token {
    fn encode(&self) -> String {
        serde_json::to_vec(self).map(|json| STANDARD.encode(json)).unwrap_or_default()
    }

    fn decode(text: &str) -> Option<Self> {
        serde_json::from_slice(&STANDARD.decode(text).ok()?).ok()
    }

    /// That of the page after one of so many items.
    fn after(&self, items: usize) -> Option<Self> {
        let (offset, page) = (self.offset.checked_add(items)?, self.page.checked_add(1)?);
        Some(Self { offset, page, ..self.clone() })
    }

    fn continues(&self, first: &Self) -> bool {
        self.path == first.path && self.params == first.params && self.page_size == first.page_size
    }
}

struct Page<B> {
    name: &'static str,
    items: Vec<B>,
    next: Option<String>,
    end: PageEnd,
}

impl<B: Serialize> Serialize for Page<B> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut page = serializer.serialize_map(None)?;
        page.serialize_entry(self.name, &self.items)?;
        match (&self.next, self.end) {
            (None, PageEnd::AbsentUrl) => {}
            (next, _) => page.serialize_entry("next_page_token", next)?,
        }
        page.end()
    }
}
