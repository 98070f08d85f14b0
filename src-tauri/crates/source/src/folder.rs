//! The folder that the person chose.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf, absolute};

use cap_std::fs::Metadata;
use waybill_model::{Code, Failure, FileKey, RelPath};

use crate::beneath::Root;
use crate::identity::file_key;
use crate::{disk, spelling};

/// A folder that existed, and could be listed, when it was opened.
///
/// Holds the handle of the folder, and everything in it is reached beneath that handle. The folder may vanish (an
/// unplugged drive, a disconnected network) or be replaced by another. It is then unreachable;
/// [reopening](Self::reopen) it shows whether it is the same folder.
#[derive(Clone, Debug)]
pub struct Folder {
    location: Location,
    beneath: Root,
}

/// Where a folder is, and how it is recognised; holds no handle.
#[derive(Clone, Debug)]
pub(crate) struct Location {
    root: PathBuf,
    name: RelPath,
    /// The folder's own key. It distinguishes the folder from another in its place, such as an empty mount point.
    key: Option<FileKey>,
    /// Whether it contains files, in which case an empty folder in its place is not this folder.
    holds_files: bool,
}

impl Folder {
    /// Opens a folder by the path that a person gives, which may be relative, contain `.` and `..`, or lead through a
    /// link. A link keeps its own name, since that is the name the person chose. Name and path are as on disk, even if
    /// they were typed in another case or Unicode form, so that two spellings of one folder give one path.
    ///
    /// # Errors
    /// [`Code::FolderMissing`], [`Code::FolderIsFile`], [`Code::FolderUnreadable`], [`Code::FolderNameUnusable`]
    /// (not Unicode, or the root of a disk), with the path.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let fail = |code: Code| Failure::new(code, path.display().to_string());
        let root = absolute_path(path).map_err(|error| fail(open_failure(&error)))?;
        let on_disk = disk::path_below(disk::THIS_OS, &root, std::iter::empty());
        let metadata = fs::metadata(&on_disk).map_err(|error| fail(open_failure(&error)))?;
        if !metadata.is_dir() {
            return Err(fail(Code::FolderIsFile));
        }
        let root = spelling::as_on_disk(root);
        let name = name_of(&root).ok_or_else(|| fail(Code::FolderNameUnusable))?;
        let failed = |error: io::Error| fail(open_failure(&error));
        let beneath = Root::open(&on_disk).map_err(failed)?;
        beneath.list(&name).map_err(failed)?;
        let key = beneath.metadata().map(|metadata| file_key(&metadata)).map_err(failed)?;
        Ok(Self { location: Location { root, name, key, holds_files: false }, beneath })
    }

    /// Reopens a folder in which files were found before, by the [`path`](Self::path) it had then.
    ///
    /// An empty folder there is not the same folder but, for example, the bare mount point of a drive: its missing
    /// files must not count as deleted.
    ///
    /// # Errors
    /// [`Code::FolderGone`] if it cannot be reached or is empty; [`Code::TooManyOpenFiles`].
    pub fn reopen(path: &Path) -> Result<Self, Failure> {
        let gone = || Failure::new(Code::FolderGone, path.display().to_string());
        let failed = |error: io::Error| {
            let code = Some(open_failure(&error)).filter(|code| *code == Code::TooManyOpenFiles);
            Failure::new(code.unwrap_or(Code::FolderGone), path.display().to_string())
        };
        let name = name_of(path).ok_or_else(gone)?;
        let beneath = Root::open(&disk::path_below(disk::THIS_OS, path, std::iter::empty())).map_err(failed)?;
        let key = beneath.metadata().map(|metadata| file_key(&metadata)).map_err(failed)?;
        let folder = Self { location: Location { root: path.to_owned(), name, key, holds_files: true }, beneath };
        if folder.is_reachable() { Ok(folder) } else { Err(gone()) }
    }

    /// Returns the absolute path, in a form that can be shown and stored.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.location.root
    }

    /// Returns the folder's own name: the first segment of every item's path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.location.name.as_str()
    }

    /// Returns whether the folder can be reached now.
    ///
    /// Another folder at its path is not this folder, and neither is an empty one in place of one with files in it (a
    /// bare mount point). Reads from the disk, so it may take as long as a network drive takes to respond.
    #[must_use]
    pub fn is_reachable(&self) -> bool {
        self.location.is_reachable()
    }

    /// Returns the folder's own key, if the system provides one. Folders opened at different times are the same if their
    /// keys are equal. After a drive is plugged in again, the same folder may have a different key.
    #[must_use]
    pub fn key(&self) -> Option<FileKey> {
        self.location.key
    }

    /// Returns the handle of the folder.
    pub(crate) fn beneath(&self) -> &Root {
        &self.beneath
    }

    /// Returns the path of an item on disk, in the form that the operating system reads as written (on Windows the
    /// verbatim form if needed). The first segment of the item's path stands for the folder itself.
    #[must_use]
    pub fn disk_path(&self, path: &RelPath) -> PathBuf {
        disk::path_below(disk::THIS_OS, &self.location.root, path.segments().skip(1))
    }

    /// Returns the path of the folder itself.
    pub(crate) fn top(&self) -> &RelPath {
        &self.location.name
    }

    /// Returns the folder's location, without its handle.
    pub(crate) fn location(&self) -> &Location {
        &self.location
    }

    /// Fails if the folder is no longer at its path: it was moved, or another has taken its place.
    pub(crate) fn check_in_place(&self) -> io::Result<()> {
        let there = fs::metadata(self.disk_path(self.top())).map(Metadata::from_just_metadata)?;
        let same = there.is_dir() && file_key(&there) == self.location.key;
        if same { Ok(()) } else { Err(ErrorKind::NotFound.into()) }
    }
}

impl Location {
    /// As [`Folder::is_reachable`].
    pub(crate) fn is_reachable(&self) -> bool {
        let on_disk = disk::path_below(disk::THIS_OS, &self.root, std::iter::empty());
        let there = match Root::open(&on_disk) {
            Ok(there) => there,
            // Nothing is known of it, and a folder is not gone because this program cannot look.
            Err(error) => return waybill_files::is_too_many_open(&error),
        };
        let same = there.metadata().is_ok_and(|metadata| file_key(&metadata) == self.key);
        let entries = || there.list(&self.name).is_ok_and(|(_, mut entries)| matches!(entries.next(), Some(Ok(_))));
        same && (!self.holds_files || entries())
    }
}

fn absolute_path(path: &Path) -> io::Result<PathBuf> {
    // Only the file system knows the parent of a link's target. Windows resolves `..` without reading the disk, so this
    // code does the same there.
    if cfg!(unix) && path.components().any(|part| part == Component::ParentDir) {
        fs::canonicalize(path)
    } else {
        absolute(path)
    }
}

fn name_of(root: &Path) -> Option<RelPath> {
    RelPath::new(root.file_name()?.to_str()?).ok()
}

fn open_failure(error: &io::Error) -> Code {
    if waybill_files::is_too_many_open(error) {
        return Code::TooManyOpenFiles;
    }
    let kind = error.kind();
    let missing = [ErrorKind::NotFound, ErrorKind::NotADirectory, ErrorKind::InvalidInput, ErrorKind::InvalidFilename];
    if missing.contains(&kind) { Code::FolderMissing } else { Code::FolderUnreadable }
}

#[cfg(test)]
mod tests;
