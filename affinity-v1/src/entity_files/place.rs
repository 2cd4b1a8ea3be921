//! A file that comes to its name only when it is whole.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// A new file beside the one it is to become. Dropped, it is removed.
pub(super) struct Place {
    new: NamedTempFile,
    path: PathBuf,
    overwrite: bool,
}

impl Place {
    /// Refuses a path that is taken, unless it may be overwritten.
    pub(super) async fn beside(path: &Path, overwrite: bool) -> io::Result<Self> {
        let path = path.to_owned();
        blocking(move || Self::create(path, overwrite)).await
    }

    fn create(path: PathBuf, overwrite: bool) -> io::Result<Self> {
        let old = match fs::symlink_metadata(&path) {
            Ok(_) if !overwrite => return Err(taken()),
            Ok(old) if old.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Ok(_) => fs::metadata(&path).ok(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        if path.file_name().is_none() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let mut builder = Builder::new();
        builder.prefix(".").suffix(".part");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let new = builder.tempfile_in(directory(&path))?;
        if let Some(old) = old {
            new.as_file().set_permissions(old.permissions())?;
        }
        Ok(Self { new, path, overwrite })
    }

    /// The file to write to.
    pub(super) fn file(&self) -> io::Result<tokio::fs::File> {
        self.new.as_file().try_clone().map(tokio::fs::File::from_std)
    }

    /// Gives it the name. What is written must be on the disk by then.
    pub(super) async fn take(self) -> io::Result<()> {
        let Self { new, path, overwrite } = self;
        blocking(move || {
            let taken = if overwrite { new.persist(&path) } else { new.persist_noclobber(&path) };
            taken.map_err(|error| error.error)?;
            // So that the name, too, is on the disk; not every system can.
            if let Ok(directory) = File::open(directory(&path)) {
                let _ = directory.sync_all();
            }
            Ok(())
        })
        .await
    }
}

fn taken() -> io::Error {
    io::Error::new(io::ErrorKind::AlreadyExists, "there is a file already; `overwrite` replaces it")
}

fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
