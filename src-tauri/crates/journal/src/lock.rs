//! Who owns a data folder.

use std::fs::{self, File, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::error::{JournalError, explain_io};

/// More bytes than `journal.owner` ever has.
const LARGEST_OWNER: u64 = 64 << 10;

/// The lock of a data folder. It ends with the process, however that ends; `journal.owner` is only for people to read.
#[derive(Debug)]
pub(crate) struct OwnerLock {
    /// Holds the lock while it is open.
    file: File,
    owner: PathBuf,
}

impl OwnerLock {
    /// Takes the lock for `program`, or reports who has it.
    pub(crate) fn take(dir: &Path, program: &str) -> Result<Self, JournalError> {
        let path = dir.join("journal.lock");
        let owner = dir.join("journal.owner");
        let file = waybill_files::lock_file(&path).map_err(|error| explain_io(dir, &path, &error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalError::InUse { by: describe(&owner) }),
            Err(TryLockError::Error(error)) => return Err(explain_io(dir, &path, &error)),
        }
        let lock = Self { file, owner };
        lock.sign(dir, program)?;
        Ok(lock)
    }

    /// Writes down who has the lock, so that a second process never reads half of it.
    fn sign(&self, dir: &Path, program: &str) -> Result<(), JournalError> {
        let owner = Owner {
            program: program.to_owned(),
            process: std::process::id(),
            // For people only: no decision depends on it.
            started: Utc::now(),
        };
        let text = serde_json::to_string(&owner).map_err(|error| JournalError::Internal(error.to_string()))?;
        let half = dir.join("journal.owner.new");
        // What a crash left there held nothing but this.
        let written = waybill_files::create(&half).and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|error| explain_io(dir, &half, &error))?;
        fs::rename(&half, &self.owner).map_err(|error| explain_io(dir, &self.owner, &error))
    }
}

impl Drop for OwnerLock {
    fn drop(&mut self) {
        // The name goes first: it must not be read after the next owner has written its own.
        if let Err(error) = fs::remove_file(&self.owner) {
            tracing::debug!(%error, "the journal's owner file stays behind");
        }
        if let Err(error) = self.file.unlock() {
            tracing::debug!(%error, "the journal's lock ends with the process");
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Owner {
    program: String,
    process: u32,
    started: DateTime<Utc>,
}

fn describe(owner: &Path) -> String {
    let read = waybill_files::read_small(owner, LARGEST_OWNER).ok();
    let read = read.and_then(|text| serde_json::from_slice::<Owner>(&text).ok());
    match read {
        Some(owner) => {
            let started = owner.started.format("%Y-%m-%d %H:%M:%S");
            format!("{} (process {}, since {started} UTC)", owner.program, owner.process)
        }
        None => "another program".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_owner_learns_who_was_first_and_succeeds_afterwards() {
        let dir = tempfile::tempdir().unwrap();
        let first = OwnerLock::take(dir.path(), "waybill-desktop").unwrap();
        let Err(JournalError::InUse { by }) = OwnerLock::take(dir.path(), "waybill") else {
            panic!("two owners");
        };
        assert!(by.contains("waybill-desktop"), "{by}");
        assert!(by.contains(&std::process::id().to_string()), "{by}");
        drop(first);
        assert!(!dir.path().join("journal.owner").exists());
        OwnerLock::take(dir.path(), "waybill").unwrap();
    }

    #[test]
    fn an_owner_name_left_behind_by_a_crash_does_not_block_anyone() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("journal.owner"), "{\"program\":\"dead\"").unwrap();
        let lock = OwnerLock::take(dir.path(), "waybill").unwrap();
        assert!(describe(&dir.path().join("journal.owner")).starts_with("waybill (process"));
        drop(lock);
    }
}
