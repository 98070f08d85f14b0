//! The folder that the person chose.

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf, absolute};

use waybill_model::{Code, Failure, RelPath};

use crate::{disk, spelling};

/// A folder that existed, and could be listed, when it was opened.
///
/// Holds no handle: the folder may vanish and come back (an unplugged drive, a disconnected network).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    root: PathBuf,
    name: RelPath,
    /// The device that it was on: tells an empty mount point from the folder that was mounted there.
    volume: Option<u64>,
    /// It contains files: an empty folder in its place is not this folder.
    holds_files: bool,
}

impl Folder {
    /// Opens a folder by the path that a person gives: relative, with `.` and `..`, or through a link to a folder. A
    /// link keeps its own name, since that is the name the person chose. Name and path are as on disk, even if they
    /// were typed in another case or Unicode form, so that two spellings of one folder give one path.
    ///
    /// # Errors
    /// [`Code::FolderMissing`], [`Code::FolderIsFile`], [`Code::FolderUnreadable`], [`Code::FolderNameUnusable`]
    /// (not Unicode, or the root of a disk), with the path.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let fail = |code: Code| Failure::new(code, path.display().to_string());
        let root = absolute_path(path).map_err(|error| fail(open_failure(error.kind())))?;
        let on_disk = disk::path_below(disk::HERE, &root, std::iter::empty());
        let metadata = fs::metadata(&on_disk).map_err(|error| fail(open_failure(error.kind())))?;
        if !metadata.is_dir() {
            return Err(fail(Code::FolderIsFile));
        }
        let root = spelling::as_on_disk(root);
        let name = name_of(&root).ok_or_else(|| fail(Code::FolderNameUnusable))?;
        fs::read_dir(&on_disk).map_err(|error| fail(open_failure(error.kind())))?;
        Ok(Self { volume: volume_of(&metadata), root, name, holds_files: false })
    }

    /// Reopens a folder in which files were found before, by the [`path`](Self::path) it had then.
    ///
    /// An empty folder there is not the same folder but, for example, the bare mount point of a drive: its missing
    /// files must not count as deleted.
    ///
    /// # Errors
    /// [`Code::FolderGone`] if it cannot be reached or is empty.
    pub fn reopen(path: &Path) -> Result<Self, Failure> {
        let gone = || Failure::new(Code::FolderGone, path.display().to_string());
        let name = name_of(path).ok_or_else(gone)?;
        let folder = Self { root: path.to_owned(), name, volume: None, holds_files: true };
        if folder.is_reachable() { Ok(folder) } else { Err(gone()) }
    }

    /// Returns the absolute path, in a form that can be shown and stored.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// Returns the folder's own name: the first segment of every item's path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// Returns whether the folder can be reached now.
    ///
    /// An empty folder on another device than before, or in place of one with files in it, is a bare mount point and
    /// counts as unreachable. Asks the disk, so it may take as long as a network drive takes to answer.
    #[must_use]
    pub fn is_reachable(&self) -> bool {
        let on_disk = self.disk_path(&self.name);
        match fs::metadata(&on_disk) {
            Ok(metadata) if metadata.is_dir() => {
                !self.holds_files && volume_of(&metadata) == self.volume
                    || fs::read_dir(&on_disk).is_ok_and(|mut entries| matches!(entries.next(), Some(Ok(_))))
            }
            Ok(_) | Err(_) => false,
        }
    }

    /// Returns the path of an item on disk, in the form that the operating system reads as written (on Windows the
    /// verbatim form if needed). The first segment of the item's path stands for the folder itself.
    #[must_use]
    pub fn disk_path(&self, path: &RelPath) -> PathBuf {
        disk::path_below(disk::HERE, &self.root, path.segments().skip(1))
    }

    /// Returns the path of the folder itself.
    pub(crate) fn top(&self) -> &RelPath {
        &self.name
    }
}

fn absolute_path(path: &Path) -> io::Result<PathBuf> {
    // Only the file system knows what is above a link; Windows resolves `..` in the text alone, and so does this code
    // there.
    if cfg!(unix) && path.components().any(|part| part == Component::ParentDir) {
        fs::canonicalize(path)
    } else {
        absolute(path)
    }
}

fn name_of(root: &Path) -> Option<RelPath> {
    RelPath::new(root.file_name()?.to_str()?).ok()
}

fn open_failure(kind: ErrorKind) -> Code {
    let missing = [ErrorKind::NotFound, ErrorKind::NotADirectory, ErrorKind::InvalidInput, ErrorKind::InvalidFilename];
    if missing.contains(&kind) { Code::FolderMissing } else { Code::FolderUnreadable }
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "other systems have none")]
fn volume_of(metadata: &Metadata) -> Option<u64> {
    use std::os::unix::fs::MetadataExt as _;
    Some(metadata.dev())
}

#[cfg(not(unix))]
fn volume_of(_: &Metadata) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests;
