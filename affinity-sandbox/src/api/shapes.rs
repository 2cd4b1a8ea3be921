//! Pages as a test wants them.

use std::collections::HashMap;

/// How a collection is cut into pages, whatever `limit` or `page_size` says.
///
/// ```
/// # use affinity_sandbox::{PageEnd, PageShape};
/// let shape = PageShape::sizes([2, 0, 1]).end(PageEnd::AbsentUrl);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageShape {
    sizes: Vec<usize>,
    pub(crate) end: PageEnd,
}

/// How a page says that none follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum PageEnd {
    /// `"nextUrl": null`; in API v1, `"next_page_token": null`
    #[default]
    NullUrl,
    /// Without the key `nextUrl`; a first page has no `prevUrl` either. In API v1, without the key `next_page_token`.
    AbsentUrl,
    /// `"pagination": null`; in API v1 as [`PageEnd::NullUrl`], which has nothing like it
    NullPagination,
}

impl PageShape {
    /// Pages of these sizes, going forward. What is left after them comes in pages of the usual size; when there is
    /// too little, the last pages are empty, and still there.
    pub fn sizes(sizes: impl IntoIterator<Item = usize>) -> Self {
        Self { sizes: sizes.into_iter().collect(), end: PageEnd::default() }
    }

    /// Sets how the last page says that it is the last.
    #[must_use]
    pub fn end(mut self, end: PageEnd) -> Self {
        self.end = end;
        self
    }

    pub(crate) fn size(&self, nth: usize) -> Option<usize> {
        self.sizes.get(nth).copied()
    }

    pub(crate) fn goes_on_after(&self, nth: usize) -> bool {
        nth + 1 < self.sizes.len()
    }
}

/// The shapes by path.
pub(super) type Shapes = HashMap<String, PageShape>;
