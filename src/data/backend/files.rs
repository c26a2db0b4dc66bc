//! Data in a directory. What `Ok` acknowledges is on the disk: files are synced, and so are the
//! directories that name them.
//!
//! `object_store` writes beside the file, to its name with `#` and a number, and renames at the
//! end. It does not list these files, so this module finds those that a killed process has left.

use std::fs;
use std::io;
use std::path::{Path as FilePath, PathBuf};
use std::time::{Duration, SystemTime};

use object_store::local::LocalFileSystem;

use crate::data::error::{DataError, DataOpenError};
use crate::data::key::DataKey;
use crate::image::UploadId;

/// How deep below the directory there are files: `uploads/<image>/<upload>`.
const MAX_DEPTH: usize = 3;

/// A directory with data.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) root: PathBuf,
    /// For data: a write is on the disk when it returns.
    pub(super) durable: LocalFileSystem,
}

impl Files {
    /// Opens the directory, and creates it in an existing one.
    pub(super) fn open(root: &FilePath) -> Result<Self, DataOpenError> {
        let error = |source| DataOpenError::Directory {
            path: root.to_owned(),
            source,
        };
        match fs::create_dir(root) {
            Err(failed) if failed.kind() != io::ErrorKind::AlreadyExists => {
                return Err(error(failed));
            }
            _ => {}
        }
        // Finds out now what would fail every upload.
        probe(root).map_err(error)?;
        let store = LocalFileSystem::new_with_prefix(root);
        let store = store.map_err(|failed| error(io::Error::other(failed)))?;
        Ok(Self {
            root: root.to_owned(),
            durable: store.with_fsync(true).with_automatic_cleanup(true),
        })
    }

    /// The same directory without syncs, for leases: after a power failure no process holds any.
    pub(super) fn unsynced(&self) -> LocalFileSystem {
        self.durable.clone().with_fsync(false)
    }

    /// Removes what an upload has written before it was complete.
    pub(super) async fn remove_staged(&self, key: DataKey) -> Result<(), DataError> {
        let directory = self.root.join(key.image.to_string());
        let start = format!("{}#", key.upload);
        run(move || {
            let found = match fs::read_dir(&directory) {
                Ok(found) => found,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                Err(error) => return Err(error),
            };
            for entry in found {
                let entry = entry?;
                if entry.file_name().to_string_lossy().starts_with(&start) {
                    remove(&entry.path())?;
                }
            }
            remove_empty(&directory);
            Ok(())
        })
        .await
    }

    /// The files that were being written and have not been written to for `age`.
    pub(super) async fn staged(&self, age: Duration) -> Result<Vec<PathBuf>, DataError> {
        let root = self.root.clone();
        run(move || {
            let mut found = Vec::new();
            find_staged(&root, MAX_DEPTH, SystemTime::now() - age, &mut found)?;
            Ok(found)
        })
        .await
    }

    /// Removes a file that was being written.
    pub(super) async fn remove_file(&self, path: PathBuf) -> Result<(), DataError> {
        run(move || {
            remove(&path)?;
            if let Some(directory) = path.parent() {
                remove_empty(directory);
            }
            Ok(())
        })
        .await
    }
}

/// Runs what blocks on a disk.
async fn run<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, DataError> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|panic| DataError::Unavailable(panic.into()))??)
}

/// Writes and removes a file. Several processes may do so at the same time.
fn probe(root: &FilePath) -> io::Result<()> {
    let path = root.join(format!("probe-{}", UploadId::random()));
    fs::File::create(&path)?;
    fs::remove_file(&path)
}

fn remove(path: &FilePath) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Removes a directory if nothing is in it. Another process may be using it.
fn remove_empty(directory: &FilePath) {
    let _ = fs::remove_dir(directory);
}

fn find_staged(
    directory: &FilePath,
    depth: usize,
    before: SystemTime,
    found: &mut Vec<PathBuf>,
) -> io::Result<()> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() && depth > 1 {
            find_staged(&entry.path(), depth - 1, before, found)?;
        } else if kind.is_file() && is_staged(&entry.file_name().to_string_lossy()) {
            match entry.metadata().and_then(|metadata| metadata.modified()) {
                Ok(modified) if modified < before => found.push(entry.path()),
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

/// Whether `object_store` gives such a name to a file that is being written.
fn is_staged(name: &str) -> bool {
    let number = name.rsplit_once('#').map(|(_, number)| number);
    number.is_some_and(|number| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}
