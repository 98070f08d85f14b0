//! Opening an item for reading.

use std::fs::{self, File, OpenOptions};
use std::path::PathBuf;

use waybill_model::{Finding, FindingKind, RelPath};

use crate::Folder;
use crate::disk::{self, NameForm};
use crate::fault::{self, HashFault};

/// Checks whether a file can be opened for reading; reads nothing, so nothing is fetched from a cloud drive.
///
/// Returns `Unreadable` or `Locked`, or `None` if it can be opened. A file that is gone, or is no longer a file, is
/// `Unreadable` with that detail. Also returns `None` if the whole folder is out of reach: that says nothing about this
/// file.
#[must_use]
pub fn probe_readable(folder: &Folder, path: &RelPath) -> Option<Finding> {
    let fault = open(folder, path).err()?;
    let (kind, detail) = match fault {
        HashFault::Locked(detail) => (FindingKind::Locked, detail),
        HashFault::Unreadable(detail) => (FindingKind::Unreadable, detail),
        HashFault::Gone | HashFault::NotAFile | HashFault::ChangedWhileReading | HashFault::TooLarge => {
            (FindingKind::Unreadable, fault.to_string())
        }
        HashFault::FolderGone | HashFault::Stopped => return None,
    };
    let metadata = locate(folder, path).ok().and_then(|on_disk| fs::symlink_metadata(on_disk).ok());
    let size = metadata.filter(fs::Metadata::is_file).map(|metadata| metadata.len());
    Some(Finding { kind, path: path.to_string(), raw_name: None, is_folder: false, size, detail: Some(detail) })
}

/// Returns the path of the item on disk. A name that no file on this system can have counts as a missing file.
pub(crate) fn locate(folder: &Folder, path: &RelPath) -> Result<PathBuf, HashFault> {
    let impossible = |name: &str| disk::name_form(disk::HERE, name) == NameForm::Impossible;
    if path.segments().skip(1).any(impossible) { Err(HashFault::Gone) } else { Ok(folder.disk_path(path)) }
}

/// Opens an ordinary file. Never waits at a pipe, and never follows a link in place of the item.
pub(crate) fn open(folder: &Folder, path: &RelPath) -> Result<File, HashFault> {
    let on_disk = locate(folder, path)?;
    let fail = |error: std::io::Error| fault::meaning_at(folder, &on_disk, &error);
    if !fs::symlink_metadata(&on_disk).map_err(fail)?.is_file() {
        return Err(HashFault::NotAFile);
    }
    let mut options = OpenOptions::new();
    options.read(true);
    only_ordinary(&mut options);
    let file = options.open(&on_disk).map_err(fail)?;
    // Checked again on the handle: something else may have had the name at the first check.
    if file.metadata().map_err(fail)?.is_file() { Ok(file) } else { Err(HashFault::NotAFile) }
}

#[cfg(unix)]
fn only_ordinary(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY);
}

/// `FILE_FLAG_SEQUENTIAL_SCAN`. Others can still read, write and delete (the standard library's share mode).
#[cfg(windows)]
fn only_ordinary(options: &mut OpenOptions) {
    use std::os::windows::fs::OpenOptionsExt as _;
    options.custom_flags(0x0800_0000);
}

#[cfg(not(any(unix, windows)))]
fn only_ordinary(_: &mut OpenOptions) {}
