//! What can be wrong with a document, and where.

use std::fmt::{self, Display};
use std::path::PathBuf;

/// More than this nobody reads in one go.
const MOST_LISTED: usize = 25;

/// One thing wrong at one place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Problem {
    place: String,
    message: String,
}

impl Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// The problems met so far: a stage finishes its walk, so that one run names them all.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    pub(crate) fn add(&mut self, place: impl Display, message: impl Into<String>) {
        let problem = Problem { place: place.to_string(), message: message.into() };
        if !self.0.contains(&problem) {
            self.0.push(problem);
        }
    }

    /// Ends a stage: an error when anything was wrong.
    pub(crate) fn settle(&mut self) -> Result<(), RegenError> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(RegenError::Refused(std::mem::take(&mut self.0)))
    }
}

/// Why `regen` wrote nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RegenError {
    #[error("{source_name}: {message}")]
    Source { source_name: String, message: String },
    #[error("the document is refused{}", list(.0))]
    Refused(Vec<Problem>),
    #[error("{}: {message}", path.display())]
    Overlay { path: PathBuf, message: String },
    #[error(
        "{}: entries that match nothing in the document:{}\nCorrect their spelling or remove them; where a \
         document may lack the thing, operations, schemas, ids and corrections take `absent = \"why\"`",
        path.display(),
        bullets(entries)
    )]
    Unmatched { path: PathBuf, entries: Vec<String> },
    #[error("{}: {message}", path.display())]
    File { path: PathBuf, message: String },
    #[error("what regen makes of the document does not give itself when it is read again: {message}")]
    Wedged { message: String },
    #[error("no thread to work on: {0}")]
    Thread(std::io::Error),
    #[error("{0}")]
    Stale(String),
}

fn list(problems: &[Problem]) -> String {
    match problems {
        [only] => format!(": {only}"),
        few if few.len() <= MOST_LISTED => format!(", {} problems:{}", few.len(), bullets(few)),
        many => {
            let rest = many.len() - MOST_LISTED;
            format!(", {} problems:{}\n  … and {rest} more", many.len(), bullets(&many[..MOST_LISTED]))
        }
    }
}

fn bullets<T: Display>(items: &[T]) -> String {
    items.iter().map(|item| format!("\n  - {item}")).collect()
}
