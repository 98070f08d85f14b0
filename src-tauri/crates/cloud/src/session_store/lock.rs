//! Ensures that only one refresh runs at a time on this computer.
//!
//! With rotation switched on, two refreshes with the same token end the session (facts D5). A process that refreshes
//! takes this lock and then reads the stored session again, because another process may have refreshed meanwhile. The
//! lock is also held to write the session, which may take several keychain entries. The operating system releases it
//! when its process ends, however that happens.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;
use waybill_model::{Code, Failure};

const PATIENCE: Duration = Duration::from_secs(60);

/// The right to change the stored session. Released when dropped.
#[derive(Debug)]
pub struct SessionLock {
    _held: File,
}

impl SessionLock {
    /// Waits up to a minute for the lock of the data folder.
    ///
    /// # Errors
    /// [`Code::JournalInUse`] if another process holds it all that time; [`Code::DataFolderUnusable`] if the lock file
    /// `session.lock` cannot be created.
    pub async fn acquire(dir: &Path) -> Result<Self, Failure> {
        Self::acquire_within(dir, PATIENCE).await
    }

    /// As [`acquire`](Self::acquire), with a different time limit.
    ///
    /// # Errors
    /// As for [`acquire`](Self::acquire).
    pub async fn acquire_within(dir: &Path, patience: Duration) -> Result<Self, Failure> {
        let path = dir.join("session.lock");
        let (sender, receiver) = oneshot::channel();
        // On its own thread, because a thread that waits in vain must not prevent the program from ending.
        std::thread::Builder::new()
            .name("session-lock".to_owned())
            .spawn(move || {
                // The caller has stopped waiting: the lock is released with the file.
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

fn lock(path: &Path) -> Result<SessionLock, Failure> {
    let unusable =
        |error: std::io::Error| Failure::new(Code::DataFolderUnusable, format!("{}: {error}", path.display()));
    let file = waybill_files::lock_file(path).map_err(unusable)?;
    file.lock().map_err(unusable)?;
    Ok(SessionLock { _held: file })
}
