use std::borrow::Cow;

/// Why a filter cannot be read, or cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at character {position}: {message}")]
pub struct FilterError {
    position: usize,
    message: Cow<'static, str>,
}

impl FilterError {
    pub(super) fn new(source: &str, problem: Problem) -> Self {
        let before = source.get(..problem.at).unwrap_or(source);
        Self { position: before.chars().count() + 1, message: problem.message }
    }

    /// Which character is at fault, counted from 1; one more than there are characters when something is missing at
    /// the end.
    pub fn position(&self) -> usize {
        self.position
    }
}

/// Something that is wrong at an offset, in bytes, of a filter.
#[derive(Debug)]
pub(crate) struct Problem {
    at: usize,
    message: Cow<'static, str>,
}

impl Problem {
    pub(crate) fn new(at: usize, message: impl Into<Cow<'static, str>>) -> Self {
        Self { at, message: message.into() }
    }
}
