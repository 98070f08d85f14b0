//! Opens an item for reading.

use std::fs::File;

use waybill_model::{Finding, FindingKind, Identity, RelPath};

use crate::Folder;
use crate::fault::{self, HashFault, check_name};
use crate::identity::identity_of_file;

/// An ordinary file of the chosen folder, open for reading.
#[derive(Debug)]
pub struct Opened {
    /// The file.
    pub file: File,
    /// Its state when it was opened, read from the open file itself.
    pub identity: Identity,
}

/// Checks whether a file can be opened for reading; reads nothing, so nothing is fetched from a cloud drive.
///
/// Returns `Unreadable` or `Locked`, or `None` if it can be opened. A file that is gone, or is no longer a file, is
/// `Unreadable` with that detail. Also returns `None` if the whole folder is out of reach or too many files are open,
/// because this file is not the cause.
#[must_use]
pub fn probe_readable(folder: &Folder, path: &RelPath) -> Option<Finding> {
    let fault = open(folder, path).err()?;
    let (kind, detail) = match fault {
        HashFault::Locked(detail) => (FindingKind::Locked, detail),
        HashFault::Unreadable(detail) | HashFault::Unreachable(detail) => (FindingKind::Unreadable, detail),
        HashFault::Gone
        | HashFault::NotAFile
        | HashFault::Replaced
        | HashFault::ChangedWhileReading
        | HashFault::TooLarge => (FindingKind::Unreadable, fault.to_string()),
        HashFault::FolderGone | HashFault::TooManyOpen(_) | HashFault::Stopped => return None,
    };
    let metadata = check_name(path).ok().and_then(|()| folder.beneath().metadata_of(path).ok());
    let size = metadata.filter(cap_std::fs::Metadata::is_file).map(|metadata| metadata.len());
    Some(Finding { kind, path: path.to_string(), raw_name: None, is_folder: false, size, detail: Some(detail) })
}

/// Opens an ordinary file beneath the handle of the chosen folder. Never blocks on a pipe or device, and never follows
/// a link anywhere in the path.
///
/// # Errors
/// [`HashFault`], except the variants that only reading can cause.
pub fn open(folder: &Folder, path: &RelPath) -> Result<Opened, HashFault> {
    check_name(path)?;
    let fail = |error: std::io::Error| fault::meaning_at(folder, path, &error);
    folder.check_in_place().map_err(fail)?;
    let file = folder.beneath().open_file(path).map_err(fail)?.ok_or(HashFault::NotAFile)?;
    let identity = identity_of_file(&file).map_err(fail)?;
    Ok(Opened { file, identity })
}
