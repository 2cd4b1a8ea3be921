//! A file that comes to its name only when it is whole.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use super::transfer::{check_path, check_regular, invalid};

/// A new file beside the one it is to become. Dropped, it is removed.
pub(super) struct Place {
    new: NamedTempFile,
    path: PathBuf,
    overwrite: bool,
}

impl Place {
    /// Refuses a path that is taken, unless it may be overwritten. What a symbolic link leads to is overwritten, not
    /// the link.
    pub(super) async fn beside(path: &Path, overwrite: bool) -> io::Result<Self> {
        let path = path.to_owned();
        blocking(move || Self::create(path, overwrite)).await
    }

    fn create(path: PathBuf, overwrite: bool) -> io::Result<Self> {
        check_name(&path)?;
        let (path, old) = match fs::symlink_metadata(&path) {
            Ok(_) if !overwrite => return Err(taken()),
            Ok(old) if old.is_symlink() => followed(&path)?,
            Ok(old) => (path, Some(old)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => (path, None),
            Err(error) => return Err(error),
        };
        if let Some(old) = &old {
            check_regular(old, ", so it is not replaced")?;
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
    io::Error::new(io::ErrorKind::AlreadyExists, "it is there already; `overwrite` replaces a file")
}

/// Refuses what cannot become a file, such as `a/`, `a/.` and `a/..`: the system would only notice at the end.
fn check_name(path: &Path) -> io::Result<()> {
    check_path(path)?;
    let bytes = path.as_os_str().as_encoded_bytes();
    if path.file_name().is_some_and(|name| bytes.ends_with(name.as_encoded_bytes())) {
        return Ok(());
    }
    Err(invalid("it does not end in the name of a file"))
}

/// What a symbolic link leads to.
fn followed(link: &Path) -> io::Result<(PathBuf, Option<Metadata>)> {
    let path = fs::canonicalize(link).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => invalid("the symbolic link leads nowhere"),
        _ => error,
    })?;
    let old = fs::symlink_metadata(&path)?;
    Ok((path, Some(old)))
}

fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
