//! What uploads and downloads share.

use std::fmt;
use std::fs::Metadata;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use affinity_core::Error;

/// How far an upload or download has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The bytes of content on their way so far, those of all files together.
    pub bytes: u64,
    /// The bytes that there are, if that is known.
    pub total: Option<u64>,
}

type Listener = Arc<dyn Fn(Progress) + Send + Sync>;

/// Counts bytes, and tells who wants to know.
#[derive(Clone, Default)]
pub(super) struct Meter {
    bytes: Arc<AtomicU64>,
    total: Option<u64>,
    listener: Option<Listener>,
}

impl Meter {
    pub(super) fn listen(&mut self, listener: impl Fn(Progress) + Send + Sync + 'static) {
        self.listener = Some(Arc::new(listener));
    }

    pub(super) fn expect(&mut self, total: Option<u64>) {
        self.total = total;
    }

    pub(super) fn total(&self) -> Option<u64> {
        self.total
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(super) fn count(&self, more: usize) {
        let more = more as u64;
        let bytes = self.bytes.fetch_add(more, Ordering::Relaxed) + more;
        if let Some(listener) = &self.listener {
            listener(Progress { bytes, total: self.total });
        }
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meter")
            .field("bytes", &self.bytes)
            .field("total", &self.total)
            .finish_non_exhaustive()
    }
}

/// The time that so many bytes may take when the caller does not say: two minutes, and one second for each
/// 256 KiB; an hour if it is not known how many there are.
pub(super) fn time_for(bytes: Option<u64>) -> Duration {
    bytes.map_or(Duration::from_secs(3600), |bytes| Duration::from_secs(120 + bytes / (256 << 10)))
}

/// When so much time is over; `None` if that is further than the clock can tell.
pub(super) fn from_now(time: Duration) -> Option<Instant> {
    Instant::now().checked_add(time)
}

/// What cannot be used on this machine, as is known before anything is sent.
pub(super) fn unusable(path: &Path, error: &io::Error) -> Error {
    Error::input(with_path(path, error))
}

/// What went wrong on this machine.
pub(super) fn local(path: &Path, error: &io::Error) -> Error {
    Error::local(with_path(path, error))
}

fn with_path(path: &Path, error: &io::Error) -> String {
    if path.as_os_str().is_empty() { error.to_string() } else { format!("{}: {error}", path.display()) }
}

/// Refuses the empty path: the system would only say that there is no such file.
pub(super) fn check_path(path: &Path) -> io::Result<()> {
    if path.as_os_str().is_empty() { Err(invalid("the path is empty")) } else { Ok(()) }
}

/// Refuses what is no regular file; `but` goes on from there.
pub(super) fn check_regular(about: &Metadata, but: &str) -> io::Result<()> {
    if about.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if about.is_file() { Ok(()) } else { Err(invalid(&format!("not a regular file{but}"))) }
}

pub(super) fn invalid(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}
