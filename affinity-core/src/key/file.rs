//! A key that is kept in a file.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{fmt, fs, io};

use futures::future::BoxFuture;
use zeroize::Zeroizing;

use crate::{ApiKey, Error, KeyProvider, Result};

/// A key in a file, as container platforms hand out secrets. The file is read again every ten seconds, and when the
/// server refuses the key, so that a key that is replaced there is taken up while the program runs.
///
/// While it cannot be read, or holds no key, the key that was read last stays.
#[derive(Clone)]
pub struct KeyFile {
    path: Arc<PathBuf>,
    read: Arc<Mutex<Read>>,
}

struct Read {
    key: ApiKey,
    at: Instant,
}

/// What is older is read again.
const FRESH: Duration = Duration::from_secs(10);

/// No key is longer: another file was meant.
const LONGEST: u64 = 4096;

impl KeyFile {
    /// Reads the key from this file. White space around it is dropped.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or holds no key.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let key = read(&path)?;
        let read = Read { key, at: Instant::now() };
        Ok(Self { path: Arc::new(path), read: Arc::new(Mutex::new(read)) })
    }

    async fn current(&self, refused: Option<&ApiKey>) -> ApiKey {
        let (known, is_fresh) = {
            let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
            (read.key.clone(), read.at.elapsed() < FRESH)
        };
        if is_fresh && refused.is_none_or(|refused| *refused != known) {
            return known;
        }
        let path = self.path.clone();
        // The disk may be a slow one.
        let found = tokio::task::spawn_blocking(move || read(&path)).await;
        let key = match found {
            Ok(Ok(key)) => key,
            found => {
                let why = found.ok().and_then(Result::err).map(|error| error.to_string());
                tracing::warn!(target: "affinity", why, "the key was not read again; the one that was read last stays");
                known
            }
        };
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) =
            Read { key: key.clone(), at: Instant::now() };
        key
    }
}

fn read(path: &PathBuf) -> Result<ApiKey> {
    let wrong = |why: &str| Error::input(format!("api_key_file: {} {why}", path.display()));
    let text = text(path).map_err(|error| match error.kind() {
        // The name may be the key itself, put in the wrong place.
        io::ErrorKind::NotFound | io::ErrorKind::InvalidFilename => Error::input(
            "api_key_file (AFFINITY_API_KEY_FILE): there is no such file; give the path of a file that holds the key \
             (what was given is not shown, since it may be the key itself)",
        ),
        kind => wrong(&format!("cannot be read: {kind}")),
    })?;
    ApiKey::new(text.as_str()).map_err(|error| wrong(&format!("holds no key: {error}")))
}

fn text(path: &PathBuf) -> io::Result<Zeroizing<String>> {
    use io::Read as _;
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST as usize + 1));
    fs::File::open(path)?.take(LONGEST + 1).read_to_end(&mut bytes)?;
    let text = if bytes.len() as u64 > LONGEST { None } else { std::str::from_utf8(&bytes).ok() };
    text.map(|text| Zeroizing::new(text.to_owned())).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

impl KeyProvider for KeyFile {
    fn key<'a>(&'a self, refused: Option<&'a ApiKey>) -> BoxFuture<'a, Result<ApiKey>> {
        Box::pin(async move { Ok(self.current(refused).await) })
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFile").field("path", &self.path).finish_non_exhaustive()
    }
}
