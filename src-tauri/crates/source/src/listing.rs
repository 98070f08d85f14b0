//! The entries of one folder, in a fixed order, and what each of them is.

use std::ffi::{OsStr, OsString};
use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use cap_std::fs::{Dir, DirEntry, FileType, Metadata};
use waybill_model::{Identity, RelPath};

use crate::Folder;
use crate::identity::identity_of;

/// What a folder held when it was listed.
pub(crate) struct Listing {
    /// Sorted by the bytes of their names.
    pub(crate) entries: Vec<Entry>,
    /// When its names had last changed, asked before they were read.
    pub(crate) changed: Option<SystemTime>,
}

/// One entry of a folder.
pub(crate) struct Entry {
    name: OsString,
    entry: DirEntry,
    /// The folder that it is in.
    parent: Arc<Dir>,
}

/// What an entry is.
#[derive(Debug)]
pub(crate) enum Kind {
    /// An ordinary file.
    File(Identity),
    /// A folder, including one on which another file system is mounted.
    Folder,
    /// A symbolic link, or a Windows junction, with its target as stored.
    Link(Option<String>),
    /// A pipe, socket or device, in words.
    Special(&'static str),
}

/// Returns when the names in a folder last changed, if the system knows.
pub(crate) fn changed(metadata: &Metadata) -> Option<SystemTime> {
    metadata.modified().map(cap_std::time::SystemTime::into_std).ok()
}

/// Returns all entries of a folder.
///
/// # Errors
/// The system's errors, including one that occurs part of the way through the listing.
pub(crate) fn list(folder: &Folder, path: &RelPath) -> io::Result<Listing> {
    folder.check_in_place()?;
    let (dir, entries) = folder.beneath().list(path)?;
    let changed = dir.dir_metadata().ok().as_ref().and_then(changed);
    let parent = Arc::new(dir);
    let mut entries = entries
        .map(|entry| entry.map(|entry| Entry { name: entry.file_name(), entry, parent: Arc::clone(&parent) }))
        .collect::<io::Result<Vec<_>>>()?;
    entries.sort_unstable_by(|a, b| a.name.as_encoded_bytes().cmp(b.name.as_encoded_bytes()));
    Ok(Listing { entries, changed })
}

impl Entry {
    /// Returns the name as on disk.
    pub(crate) fn name(&self) -> &OsStr {
        &self.name
    }

    /// Returns whether it is a folder, as far as the listing knows.
    pub(crate) fn is_folder(&self) -> bool {
        self.entry.file_type().is_ok_and(|kind| kind.is_dir())
    }

    /// Returns what it is. Links are not followed.
    ///
    /// # Errors
    /// The system's errors.
    pub(crate) fn kind(&self) -> io::Result<Kind> {
        // On Windows the standard library treats a junction as a link, and a cloud drive's placeholder as a file.
        let kind = self.entry.file_type()?;
        if kind.is_dir() {
            return Ok(Kind::Folder);
        }
        if kind.is_symlink() {
            let target = self.parent.read_link_contents(&self.name).ok();
            return Ok(Kind::Link(target.map(|target| target.display().to_string())));
        }
        let metadata = self.entry.metadata()?;
        if metadata.is_file() { Ok(Kind::File(identity_of(&metadata))) } else { Ok(Kind::Special(in_words(kind))) }
    }
}

#[cfg(unix)]
fn in_words(kind: FileType) -> &'static str {
    use cap_std::fs::FileTypeExt as _;
    if kind.is_fifo() {
        "a named pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn in_words(_: FileType) -> &'static str {
    "not an ordinary file"
}

/// Returns a name's raw bytes in hex; on Windows its UTF-16 units, four digits each.
#[cfg(not(windows))]
pub(crate) fn raw_name(name: &OsStr) -> String {
    name.as_encoded_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns a name's raw bytes in hex; on Windows its UTF-16 units, four digits each.
#[cfg(windows)]
pub(crate) fn raw_name(name: &OsStr) -> String {
    use std::os::windows::ffi::OsStrExt as _;
    name.encode_wide().map(|unit| format!("{unit:04x}")).collect()
}
