//! One page of a collection.

use crate::{Cursor, Error, Result};

/// One page of a collection.
///
/// A page is over when its items are; the collection is over when [`next`](Self::next) is `None`. A page can
/// be short, or empty, in the middle of a collection.
#[derive(Debug)]
#[non_exhaustive]
#[must_use = "a page can hold failures beside its items"]
pub struct Page<T> {
    /// What could be read, in the server's order.
    pub items: Vec<T>,
    /// What could not: an item of a known kind whose content does not fit. Usually empty. (If there are more than ten
    /// thousand, the page itself is an error.)
    pub failures: Vec<ItemFailure>,
    /// Where the next page starts; `None` on the last one.
    pub next: Option<Cursor>,
    /// How many items the collection has, where the endpoint says so and was asked.
    pub total: Option<u64>,
    /// Why it is not known how to go on. The items stand all the same.
    broken_end: Option<Error>,
}

/// An item of a page that could not be read.
#[derive(Debug)]
#[non_exhaustive]
pub struct ItemFailure {
    /// Its place on the page, counted from 0 over items and failures together.
    pub index: usize,
    /// What does not fit, and where in the JSON.
    pub error: Error,
}

impl<T> Page<T> {
    /// A page of `items`.
    pub fn new(items: Vec<T>, next: Option<Cursor>, total: Option<u64>) -> Self {
        Self { items, failures: Vec::new(), next, total, broken_end: None }
    }

    /// A page that was read item by item.
    pub fn from_results(results: Vec<Result<T>>, next: Option<Cursor>, total: Option<u64>) -> Self {
        let mut page = Self::new(Vec::with_capacity(results.len()), next, total);
        for (index, result) in results.into_iter().enumerate() {
            match result {
                Ok(item) => page.items.push(item),
                Err(error) => page.failures.push(ItemFailure { index, error }),
            }
        }
        page
    }

    /// The page, of which it is not known how to go on.
    #[doc(hidden)]
    pub fn with_broken_end(mut self, error: Error) -> Self {
        self.broken_end = Some(error);
        self
    }

    /// Why it is not known how to go on, once.
    #[doc(hidden)]
    pub fn take_broken_end(&mut self) -> Option<Error> {
        self.broken_end.take()
    }

    /// The items, if all could be read.
    ///
    /// # Errors
    ///
    /// The first failure.
    pub fn into_items(self) -> Result<Vec<T>> {
        match self.failures.into_iter().next() {
            Some(failure) => Err(failure.error),
            None => Ok(self.items),
        }
    }

    /// Items and failures in the server's order.
    pub fn into_results(self) -> Vec<Result<T>> {
        let mut results: Vec<_> = self.items.into_iter().map(Ok).collect();
        for failure in self.failures {
            let index = failure.index.min(results.len());
            results.insert(index, Err(failure.error));
        }
        results
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_keep_their_place() {
        let bad = || Err(Error::decode("data", "x"));
        let page = Page::from_results(vec![bad(), Ok(1), bad(), Ok(2), bad()], None, None);
        assert_eq!(page.items, [1, 2]);
        let order: Vec<_> = page.into_results().into_iter().map(Result::ok).collect();
        assert_eq!(order, [None, Some(1), None, Some(2), None]);
    }
}
