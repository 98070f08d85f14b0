//! Why a file could not be read, and what an error of the operating system means.

use std::io::{self, ErrorKind};

use thiserror::Error;
use waybill_model::{Code, RelPath};

use crate::Folder;
use crate::beneath::is_link_in_path;
use crate::disk::{self, NameForm, Os};

/// Why a file could not be hashed or examined.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HashFault {
    /// It no longer exists, but the folder does.
    #[error("the file no longer exists")]
    Gone,
    /// It cannot be read; the system's own message.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    /// Another program has locked it; the system's own message.
    #[error("the file is locked by another program: {0}")]
    Locked(String),
    /// It was written to, shortened or lengthened while it was read. Worth another attempt.
    #[error("the file changed while it was being read")]
    ChangedWhileReading,
    /// Something other than an ordinary file is there now: a folder, link, pipe or device.
    #[error("it is no longer an ordinary file")]
    NotAFile,
    /// Its path now contains a link, or another file has taken its place.
    #[error("a link or another file has taken its place since the check")]
    Replaced,
    /// The folder answers, and the file does not: a lost connection; the system's own message. Worth a bounded number of
    /// attempts.
    #[error("the file does not answer: {0}")]
    Unreachable(String),
    /// This program or computer has too many files open. The file is not the cause. Contains the system's own message.
    #[error("{0}")]
    TooManyOpen(String),
    /// The whole folder is unreachable.
    #[error("the folder cannot be reached")]
    FolderGone,
    /// It is larger than 10,000 parts of 5 GiB.
    #[error("the file is larger than 10,000 parts of 5 GiB")]
    TooLarge,
    /// A stop was requested.
    #[error("stopped")]
    Stopped,
}

impl HashFault {
    /// Returns the code that people and scripts see.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Gone => Code::FileGone,
            Self::Unreadable(_) | Self::Unreachable(_) => Code::Unreadable,
            Self::Locked(_) => Code::Locked,
            Self::TooManyOpen(_) => Code::TooManyOpenFiles,
            Self::ChangedWhileReading | Self::Replaced => Code::ChangedAfterChecking,
            Self::NotAFile => Code::SpecialFile,
            Self::FolderGone => Code::FolderGone,
            Self::TooLarge => Code::FileTooLarge,
            Self::Stopped => Code::Paused,
        }
    }
}

/// Returns what an error in the folder means now. Checks on disk whether the folder still exists.
pub(crate) fn meaning(folder: &Folder, error: &io::Error) -> HashFault {
    match classify(disk::THIS_OS, error.kind(), error.raw_os_error(), folder.is_reachable()) {
        Meaning::Gone => HashFault::Gone,
        Meaning::FolderGone => HashFault::FolderGone,
        Meaning::Locked => HashFault::Locked(error.to_string()),
        Meaning::Unreachable => HashFault::Unreachable(error.to_string()),
        Meaning::TooManyOpen => HashFault::TooManyOpen(error.to_string()),
        Meaning::Unreadable => HashFault::Unreadable(error.to_string()),
    }
}

/// Returns what an error at a file's own path means. A missing file is checked once more, because the whole folder may
/// have been unreachable for a moment.
pub(crate) fn meaning_at(folder: &Folder, path: &RelPath, error: &io::Error) -> HashFault {
    if is_link_in_path(error) {
        return HashFault::Replaced;
    }
    let fault = meaning(folder, error);
    if fault != HashFault::Gone {
        return fault;
    }
    if folder.beneath().metadata_of(path).is_err() && folder.is_reachable() {
        HashFault::Gone
    } else {
        HashFault::FolderGone
    }
}

/// The meaning of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The file is missing, but the folder exists.
    Gone,
    /// The folder is missing.
    FolderGone,
    /// Locked by another program.
    Locked,
    /// The file does not answer, and the folder does.
    Unreachable,
    /// Too many files are open: nothing is known about this one, or about the folder.
    TooManyOpen,
    /// Everything else: permission, a damaged disk, a cloud file that cannot be fetched.
    Unreadable,
}

/// Interprets an error from the operating system. No other code does.
pub(crate) fn classify(os: Os, kind: ErrorKind, raw: Option<i32>, folder_is_reachable: bool) -> Meaning {
    if is_out_of_handles(os, raw) {
        // The look at the folder may have failed for the same reason.
        Meaning::TooManyOpen
    } else if !folder_is_reachable {
        Meaning::FolderGone
    } else if is_lost_connection(os, kind, raw) {
        Meaning::Unreachable
    } else if is_away(os, kind, raw) {
        Meaning::Gone
    } else if is_lock(os, kind, raw) {
        Meaning::Locked
    } else {
        Meaning::Unreadable
    }
}

fn is_away(os: Os, kind: ErrorKind, raw: Option<i32>) -> bool {
    // ERROR_DELETE_PENDING. Not ERROR_INVALID_NAME: a name that Windows cannot open may still be on the disk.
    matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory) || is_windows(os, raw, &[303])
}

/// Returns whether the system reports a name or path as too long.
pub(crate) fn is_too_long(os: Os, kind: ErrorKind, raw: Option<i32>) -> bool {
    match os {
        // The standard library gives ERROR_INVALID_NAME the same kind as ERROR_FILENAME_EXCED_RANGE.
        Os::Windows => raw == Some(206),
        Os::Linux | Os::Apple => kind == ErrorKind::InvalidFilename,
    }
}

fn is_lock(os: Os, kind: ErrorKind, raw: Option<i32>) -> bool {
    // WouldBlock: a lease held by a file server on this computer (fcntl F_SETLEASE).
    // ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION.
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::ResourceBusy) || is_windows(os, raw, &[32, 33])
}

/// Returns whether the error is EMFILE, ENFILE or `ERROR_TOO_MANY_OPEN_FILES`.
fn is_out_of_handles(os: Os, raw: Option<i32>) -> bool {
    match os {
        Os::Windows => raw == Some(4),
        Os::Linux | Os::Apple => matches!(raw, Some(23 | 24)),
    }
}

fn is_lost_connection(os: Os, kind: ErrorKind, raw: Option<i32>) -> bool {
    // ERROR_NOT_READY, _REM_NOT_LIST, _BAD_NETPATH, _DEV_NOT_EXIST, _UNEXP_NET_ERR, _NETNAME_DELETED, _BAD_NET_NAME,
    // _SEM_TIMEOUT, _DEVICE_NOT_CONNECTED, _NETWORK_UNREACHABLE, _HOST_UNREACHABLE, _NOT_CONNECTED.
    let codes = [21, 51, 53, 55, 59, 64, 67, 121, 1167, 1231, 1232, 2250];
    matches!(
        kind,
        ErrorKind::NotConnected
            | ErrorKind::StaleNetworkFileHandle
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::TimedOut
    ) || is_windows(os, raw, &codes)
        // EHOSTDOWN.
        || os == Os::Linux && raw == Some(112)
        || os == Os::Apple && raw == Some(64)
}

fn is_windows(os: Os, raw: Option<i32>, codes: &[i32]) -> bool {
    os == Os::Windows && raw.is_some_and(|raw| codes.contains(&raw))
}

/// Reports a path that no file on this system can have as a missing file.
pub(crate) fn check_name(path: &RelPath) -> Result<(), HashFault> {
    let impossible = |name: &str| disk::name_form(disk::THIS_OS, name) == NameForm::Impossible;
    if path.segments().skip(1).any(impossible) { Err(HashFault::Gone) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_present_at_the_second_check_was_unreachable_with_its_folder() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("Records");
        fs::create_dir(&root).unwrap();
        fs::write(root.join("back.txt"), "x").unwrap();
        let folder = Folder::open(&root).unwrap();
        let missed = io::Error::from(ErrorKind::NotFound);
        let path = |name: &str| RelPath::new(format!("Records/{name}")).unwrap();
        assert_eq!(meaning_at(&folder, &path("back.txt"), &missed), HashFault::FolderGone);
        assert_eq!(meaning_at(&folder, &path("away.txt"), &missed), HashFault::Gone);
        fs::rename(&root, dir.path().join("Elsewhere")).unwrap();
        assert_eq!(meaning_at(&folder, &path("away.txt"), &missed), HashFault::FolderGone);
    }

    #[test]
    fn a_missing_file_is_gone_and_a_missing_folder_makes_its_files_unreachable() {
        for kind in [ErrorKind::NotFound, ErrorKind::NotADirectory] {
            assert_eq!(classify(Os::Linux, kind, None, true), Meaning::Gone);
        }
        for kind in [ErrorKind::NotFound, ErrorKind::PermissionDenied, ErrorKind::Other] {
            assert_eq!(classify(Os::Linux, kind, None, false), Meaning::FolderGone);
        }
    }

    #[test]
    fn a_file_whose_connection_is_lost_is_unreachable_while_its_folder_is_not() {
        for kind in [ErrorKind::NotConnected, ErrorKind::StaleNetworkFileHandle, ErrorKind::TimedOut] {
            assert_eq!(classify(Os::Linux, kind, None, true), Meaning::Unreachable);
            assert_eq!(classify(Os::Linux, kind, None, false), Meaning::FolderGone);
        }
        // EHOSTDOWN has no kind in the standard library.
        assert_eq!(classify(Os::Linux, ErrorKind::Other, Some(112), true), Meaning::Unreachable);
        for raw in [21, 53, 59, 64, 67, 121, 1167] {
            assert_eq!(classify(Os::Windows, ErrorKind::Other, Some(raw), true), Meaning::Unreachable, "{raw}");
        }
    }

    #[test]
    fn running_out_of_file_handles_is_not_a_missing_folder() {
        for raw in [23, 24] {
            assert_eq!(classify(Os::Linux, ErrorKind::Other, Some(raw), false), Meaning::TooManyOpen);
        }
        assert_eq!(classify(Os::Windows, ErrorKind::Other, Some(4), false), Meaning::TooManyOpen);
    }

    #[test]
    fn windows_lock_errors_count_as_locked_only_on_windows() {
        for raw in [32, 33] {
            assert_eq!(classify(Os::Windows, ErrorKind::Other, Some(raw), true), Meaning::Locked);
            assert_eq!(classify(Os::Linux, ErrorKind::Other, Some(raw), true), Meaning::Unreadable);
        }
        assert_eq!(classify(Os::Linux, ErrorKind::WouldBlock, Some(11), true), Meaning::Locked);
    }

    #[test]
    fn a_name_that_windows_cannot_open_is_neither_missing_nor_too_long() {
        let invalid = (ErrorKind::InvalidFilename, Some(123));
        assert_eq!(classify(Os::Windows, invalid.0, invalid.1, true), Meaning::Unreadable);
        assert!(!is_too_long(Os::Windows, invalid.0, invalid.1));
        assert!(is_too_long(Os::Windows, ErrorKind::InvalidFilename, Some(206)));
        assert!(is_too_long(Os::Linux, ErrorKind::InvalidFilename, Some(36)));
        assert_eq!(classify(Os::Windows, ErrorKind::Other, Some(303), true), Meaning::Gone);
    }

    #[test]
    fn permission_and_damage_make_a_file_unreadable() {
        assert_eq!(classify(Os::Linux, ErrorKind::PermissionDenied, Some(13), true), Meaning::Unreadable);
        assert_eq!(classify(Os::Windows, ErrorKind::PermissionDenied, Some(5), true), Meaning::Unreadable);
        assert_eq!(classify(Os::Linux, ErrorKind::Other, Some(5), true), Meaning::Unreadable);
    }
}
