//! What can go wrong with the journal, and how SQLite's own errors are interpreted.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use thiserror::Error;
use waybill_model::{Code, Failure};

/// Why the journal cannot be opened, read or written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum JournalError {
    /// Another process has the data folder.
    #[error("the journal is in use by {by}")]
    InUse {
        /// Program, process id and start time, as the other process wrote them down.
        by: String,
    },
    /// The file is damaged. It has not been touched.
    #[error("{} is damaged: {detail}", .file.display())]
    Corrupt {
        /// Which file.
        file: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// The file was written by a newer version of the program. It has not been touched.
    #[error("{} has format {found}, this program knows formats up to {known}", .file.display())]
    Newer {
        /// Which file.
        file: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format that this program knows.
        known: u32,
    },
    /// The disk (or the person's quota on it) is full. Nothing of the write was kept; it can be tried again.
    #[error("the disk with the journal is full")]
    DiskFull,
    /// This program, or this computer, has too many files open. The same can be tried again.
    #[error("{0}")]
    TooManyOpen(String),
    /// The data folder cannot be used.
    #[error("{} cannot be used: {detail}", .dir.display())]
    Unusable {
        /// Which folder.
        dir: PathBuf,
        /// The system's error.
        detail: String,
    },
    /// A bug in the program itself, such as a change to an unknown item.
    #[error("{0}")]
    Internal(String),
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        let code = match &error {
            JournalError::InUse { by } => return Self::new(Code::JournalInUse, by.as_str()),
            JournalError::DiskFull => return Code::DiskFull.into(),
            JournalError::Corrupt { .. } => Code::JournalCorrupt,
            JournalError::Newer { .. } => Code::JournalNewer,
            JournalError::TooManyOpen(_) => Code::TooManyOpenFiles,
            JournalError::Unusable { .. } => Code::DataFolderUnusable,
            JournalError::Internal(_) => Code::Internal,
        };
        Self::new(code, error.to_string())
    }
}

/// What stops a change: SQLite, or the change itself.
#[derive(Debug)]
pub(crate) enum Fault {
    /// SQLite's error.
    Sql(rusqlite::Error),
    /// The change cannot be right.
    Refused(String),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

/// A value that does not fit into its column.
impl From<std::num::TryFromIntError> for Fault {
    fn from(_: std::num::TryFromIntError) -> Self {
        Self::Refused("a number is too large for the journal".to_owned())
    }
}

/// Returns what a fault means for the journal at `file`.
pub(crate) fn explain(file: &Path, fault: Fault) -> JournalError {
    match fault {
        Fault::Refused(why) => JournalError::Internal(why),
        Fault::Sql(error) => explain_sql(file, &error),
    }
}

/// Returns what SQLite's error means for the journal at `file`.
pub(crate) fn explain_sql(file: &Path, error: &rusqlite::Error) -> JournalError {
    let corrupt = || JournalError::Corrupt { file: file.to_owned(), detail: error.to_string() };
    if matches!(
        error,
        rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
    ) {
        return corrupt();
    }
    let Some(code) = error.sqlite_error_code() else {
        return JournalError::Internal(format!("journal: {error}"));
    };
    let dir = folder_of(file);
    if matches!(code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) {
        return match probe(dir) {
            Err(error) if is_of_the_device(&error) => explain_io(dir, dir, &error),
            Ok(()) | Err(_) => corrupt(),
        };
    }
    if code == ErrorCode::DiskFull {
        return JournalError::DiskFull;
    }
    if matches!(code, ErrorCode::SystemIoFailure | ErrorCode::CannotOpen)
        && let Some(found) = probe(dir).err().as_ref().and_then(passing)
    {
        return found;
    }
    let outside = matches!(
        code,
        ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::ReadOnly
            | ErrorCode::PermissionDenied
            | ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::FileLockingProtocolFailed
    );
    if outside {
        return JournalError::Unusable { dir: dir.to_owned(), detail: error.to_string() };
    }
    JournalError::Internal(format!("journal: {error}"))
}

/// Returns what SQLite's error means when only reading: whatever a tested query does not find as it should be is damage.
pub(crate) fn explain_read(file: &Path, error: &rusqlite::Error) -> JournalError {
    let found = explain_sql(file, error);
    if let JournalError::Internal(detail) = found {
        return JournalError::Corrupt { file: file.to_owned(), detail };
    }
    found
}

/// Returns what a file system error means for the journal in `dir`.
pub(crate) fn explain_io(dir: &Path, what: &Path, error: &io::Error) -> JournalError {
    if let Some(passing) = passing(error) {
        return passing;
    }
    JournalError::Unusable { dir: dir.to_owned(), detail: format!("{}: {error}", what.display()) }
}

fn folder_of(file: &Path) -> &Path {
    file.parent().unwrap_or(file)
}

/// Returns the error for a temporary obstacle, which does not mean that the journal is damaged.
fn passing(error: &io::Error) -> Option<JournalError> {
    if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
        return Some(JournalError::DiskFull);
    }
    waybill_files::is_too_many_open(error).then(|| JournalError::TooManyOpen(error.to_string()))
}

/// SQLite recognises a full disk when a write fails, but not an exhausted quota, nor a full disk under the index of its
/// log, nor too many open files. Writing a small file shows it.
fn probe(dir: &Path) -> io::Result<()> {
    let probe = dir.join("journal.space");
    let written = waybill_files::create(&probe).and_then(|mut file| {
        file.write_all(&[0x55; 1 << 16])?;
        file.sync_all()
    });
    // A file that cannot be removed is removed by the next probe or left: it is empty.
    drop(fs::remove_file(&probe));
    written
}

/// Whether the device does not answer: `EIO` and `ENXIO`, on all Unix systems. SQLite takes either for damage of the file
/// when it reads, although a drive that is gone gives them for every file.
fn is_of_the_device(error: &io::Error) -> bool {
    cfg!(unix) && matches!(error.raw_os_error(), Some(5 | 6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_is_reported_with_its_own_code_and_file() {
        let file = PathBuf::from("data/journal.sqlite");
        let corrupt = Failure::from(JournalError::Corrupt { file: file.clone(), detail: "torn".to_owned() });
        assert_eq!(corrupt.code, Code::JournalCorrupt);
        assert!(corrupt.detail.unwrap().contains("journal.sqlite"));
        let newer = Failure::from(JournalError::Newer { file, found: 9, known: 1 });
        assert_eq!(newer.code, Code::JournalNewer);
        assert!(newer.detail.unwrap().contains("journal.sqlite"));
        let unusable = JournalError::Unusable { dir: "data".into(), detail: "read-only".to_owned() };
        assert!(Failure::from(unusable).detail.unwrap().contains("data"));
        assert_eq!(Failure::from(JournalError::DiskFull).code, Code::DiskFull);
        let in_use = JournalError::InUse { by: "waybill (process 7)".to_owned() };
        assert_eq!(Failure::from(in_use), Failure::new(Code::JournalInUse, "waybill (process 7)"));
    }

    #[test]
    fn too_many_open_files_are_reported_as_such_and_can_be_tried_again() {
        let raw = if cfg!(windows) { 4 } else { 24 };
        let found = explain_io(Path::new("d"), Path::new("d/f"), &io::Error::from_raw_os_error(raw));
        let failure = Failure::from(found);
        assert_eq!(
            (failure.code, failure.code.retry()),
            (Code::TooManyOpenFiles, waybill_model::RetryClass::Temporary)
        );
    }

    #[test]
    fn an_exhausted_quota_is_a_full_disk() {
        let full = io::Error::from(io::ErrorKind::QuotaExceeded);
        assert_eq!(explain_io(Path::new("d"), Path::new("d/f"), &full), JournalError::DiskFull);
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        assert!(matches!(explain_io(Path::new("d"), Path::new("d/f"), &denied), JournalError::Unusable { .. }));
    }
}
