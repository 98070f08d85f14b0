//! One refresh at a time on this computer.
//!
//! With rotation switched on, two refreshes with the same token end the session (facts D5). Whoever refreshes holds this
//! lock, and reads the stored session again once it is held: another process may have refreshed meanwhile. So does whoever
//! writes the session, which may take several entries of a keychain. The operating system lets go of the lock when its
//! process ends, however it ends.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;
use waybill_model::{Code, Failure};

const PATIENCE: Duration = Duration::from_secs(60);

/// The right to change the stored session; ends when dropped.
#[derive(Debug)]
pub struct SessionLock {
    _held: File,
}

impl SessionLock {
    /// Waits for the lock of the data folder, at most a minute.
    ///
    /// # Errors
    /// [`Code::JournalInUse`] when another process holds it for all that time; [`Code::DataFolderUnusable`] when the
    /// lock file `session.lock` cannot be made.
    pub async fn acquire(dir: &Path) -> Result<Self, Failure> {
        Self::acquire_within(dir, PATIENCE).await
    }

    /// The same with another patience.
    ///
    /// # Errors
    /// As [`acquire`](Self::acquire).
    pub async fn acquire_within(dir: &Path, patience: Duration) -> Result<Self, Failure> {
        let path = dir.join("session.lock");
        let (sender, receiver) = oneshot::channel();
        // On its own thread: one that waits in vain must not keep the program from ending.
        std::thread::Builder::new()
            .name("session-lock".to_owned())
            .spawn(move || {
                // Nobody waits any more: the lock goes with the file.
                let _unwanted = sender.send(lock(&path));
            })
            .map_err(|error| Failure::new(Code::Internal, error.to_string()))?;
        match timeout(patience, receiver).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(Failure::new(Code::Internal, "the lock's thread ended")),
            Err(_) => Err(Failure::new(Code::JournalInUse, "another Waybill is at the session")),
        }
    }
}

fn lock(path: &PathBuf) -> Result<SessionLock, Failure> {
    let unusable =
        |error: std::io::Error| Failure::new(Code::DataFolderUnusable, format!("{}: {error}", path.display()));
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(unusable)?;
    file.lock().map_err(unusable)?;
    Ok(SessionLock { _held: file })
}
