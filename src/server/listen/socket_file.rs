//! The file of a UNIX socket on which the service listens.

use std::error::Error;
use std::fs::{self, File, Metadata, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use socket2::{Domain, SockAddr, Socket, Type};
use tracing::warn;

/// How long to wait for another process that makes a socket in the same directory, and the time
/// between two attempts.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);
const LOCK_INTERVAL: Duration = Duration::from_millis(10);

/// Removes the file when it is dropped, unless another file has taken its place.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl SocketFile {
    /// Takes care of the file at `path`, which was just made.
    pub(super) fn new(path: &Path) -> io::Result<Self> {
        let metadata = fs::symlink_metadata(path)?;
        Ok(Self {
            path: path.to_owned(),
            device: metadata.dev(),
            inode: metadata.ino(),
        })
    }

    fn is(&self, metadata: &Metadata) -> bool {
        (metadata.dev(), metadata.ino()) == (self.device, self.inode)
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if fs::symlink_metadata(&self.path).is_ok_and(|metadata| self.is(&metadata)) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Locks the directory of `path` for the time in which a socket is made there. Until a socket
/// listens, it looks like a stale one to another process that starts at the same time.
///
/// Others may hold the lock for longer, and not every file system has locks. A start does not fail
/// for that: it goes on without.
pub(super) fn lock_directory(path: &Path) -> Option<File> {
    let locked = try_lock_directory(path);
    if let Err(error) = &locked {
        let error: &dyn Error = error;
        warn!(error, path = %path.display(), "the directory of the socket cannot be locked");
    }
    locked.ok()
}

fn try_lock_directory(path: &Path) -> io::Result<File> {
    let directory = File::open(path.parent().unwrap_or(path))?;
    let deadline = Instant::now() + LOCK_TIMEOUT;
    loop {
        match directory.try_lock() {
            Ok(()) => return Ok(directory),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                std::thread::sleep(LOCK_INTERVAL);
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Removes the socket that a process has left at `path` when it was killed: one on which nobody
/// listens. Leaves everything else, so that binding to `path` fails.
pub(super) fn remove_stale(path: &Path) -> io::Result<()> {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|it| it.file_type().is_socket());
    if !is_socket {
        return Ok(());
    }
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // One that listens and does not accept must not make this wait.
    socket.set_nonblocking(true)?;
    match socket.connect(&SockAddr::unix(path)?) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => fs::remove_file(path),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn only_a_socket_on_which_nobody_listens_is_stale() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("socket");
        remove_stale(&path).unwrap();
        let listener = UnixListener::bind(&path).unwrap();
        remove_stale(&path).unwrap();
        assert!(path.exists());
        drop(listener);
        remove_stale(&path).unwrap();
        assert!(!path.exists());
        fs::write(&path, "a file").unwrap();
        remove_stale(&path).unwrap();
        assert!(path.exists());
    }

    #[test]
    fn the_file_of_another_process_is_left() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("socket");
        let _first = UnixListener::bind(&path).unwrap();
        let file = SocketFile::new(&path).unwrap();
        fs::rename(&path, directory.path().join("moved")).unwrap();
        let _second = UnixListener::bind(&path).unwrap();
        drop(file);
        assert!(path.exists());
        drop(SocketFile::new(&path).unwrap());
        assert!(!path.exists());
    }
}
