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
mod tests {
    use super::*;

    fn code(path: &Path) -> Code {
        Folder::open(path).unwrap_err().code
    }

    #[test]
    fn a_folder_has_an_absolute_path_and_its_own_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("Büro 2024 \u{1f5c3}");
        fs::create_dir_all(path.join("sub")).unwrap();
        for way in [path.clone(), path.join("."), path.join("sub/.."), path.join("sub/../sub/..")] {
            let folder = Folder::open(&way).unwrap();
            assert_eq!(folder.name(), "Büro 2024 \u{1f5c3}");
            assert!(folder.path().is_absolute() && folder.is_reachable());
            assert!(folder.path().ends_with("Büro 2024 \u{1f5c3}"));
        }
    }

    #[test]
    fn the_current_folder_has_its_real_name() {
        let folder = Folder::open(Path::new(".")).unwrap();
        assert_eq!(folder.path().file_name().unwrap().to_str(), Some(folder.name()));
        assert_eq!(folder.path(), std::env::current_dir().unwrap());
    }

    #[test]
    fn something_that_is_not_a_folder_is_recognised() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "x").unwrap();
        assert_eq!(code(&file), Code::FolderIsFile);
        assert_eq!(code(&file.join("below")), Code::FolderMissing);
        assert_eq!(code(&dir.path().join("missing")), Code::FolderMissing);
        assert_eq!(code(Path::new("")), Code::FolderMissing);
        assert_eq!(code(Path::new("nul\0inside")), Code::FolderMissing);
        assert_eq!(code(&dir.path().join("n".repeat(300))), Code::FolderMissing);
    }

    #[test]
    fn above_a_missing_folder_the_disk_is_asked_except_on_windows() {
        let dir = tempfile::tempdir().unwrap();
        let above = dir.path().join("missing").join("..");
        if cfg!(windows) {
            assert_eq!(Folder::open(&above).unwrap().path(), Folder::open(dir.path()).unwrap().path());
        } else {
            assert_eq!(code(&above), Code::FolderMissing);
        }
    }

    #[cfg(windows)]
    #[test]
    fn the_root_of_a_drive_is_unusable() {
        assert_eq!(code(Path::new(r"C:\")), Code::FolderNameUnusable);
    }

    #[cfg(windows)]
    #[test]
    fn a_folder_typed_in_another_case_is_spelt_as_on_disk() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("Parish").join("Records");
        fs::create_dir_all(&path).unwrap();
        let typed = dir.path().join("PARISH").join("records");
        let (opened, typed) = (Folder::open(&path).unwrap(), Folder::open(&typed).unwrap());
        assert_eq!((typed.name(), typed.path()), ("Records", opened.path()));
    }

    #[cfg(unix)]
    #[test]
    fn a_disk_root_and_a_non_unicode_name_are_unusable() {
        use std::os::unix::ffi::OsStrExt as _;
        assert_eq!(code(Path::new("/")), Code::FolderNameUnusable);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(std::ffi::OsStr::from_bytes(b"caf\xe9"));
        fs::create_dir(&path).unwrap();
        assert_eq!(code(&path), Code::FolderNameUnusable);
        // Above the folder such a name is harmless.
        fs::create_dir(path.join("inner")).unwrap();
        assert_eq!(Folder::open(&path.join("inner")).unwrap().name(), "inner");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_a_folder_keeps_the_name_that_the_person_chose() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("real")).unwrap();
        std::os::unix::fs::symlink("real", dir.path().join("chosen")).unwrap();
        std::os::unix::fs::symlink("nowhere", dir.path().join("broken")).unwrap();
        assert_eq!(Folder::open(&dir.path().join("chosen")).unwrap().name(), "chosen");
        assert_eq!(code(&dir.path().join("broken")), Code::FolderMissing);
    }

    #[test]
    fn a_vanished_folder_is_unreachable_until_it_is_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("F");
        fs::create_dir(&path).unwrap();
        let folder = Folder::open(&path).unwrap();
        fs::remove_dir(&path).unwrap();
        assert!(!folder.is_reachable());
        fs::write(&path, "a file in its place").unwrap();
        assert!(!folder.is_reachable());
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(folder.is_reachable());
    }

    #[test]
    fn a_bare_mount_point_is_not_the_folder_that_was_mounted_there() {
        let dir = tempfile::tempdir().unwrap();
        let mut folder = Folder::open(dir.path()).unwrap();
        folder.volume = Some(u64::MAX);
        assert!(!folder.is_reachable());
        // On another device, but with content: mounted again.
        fs::write(dir.path().join("a"), "x").unwrap();
        assert!(folder.is_reachable());
    }

    #[test]
    fn an_empty_folder_in_place_of_one_with_files_is_not_that_folder() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("F");
        fs::create_dir(&path).unwrap();
        // Bare from the start: the computer was restarted before the drive was mounted.
        assert_eq!(Folder::reopen(&path).unwrap_err().code, Code::FolderGone);
        fs::write(path.join("a"), "x").unwrap();
        let folder = Folder::reopen(&path).unwrap();
        assert_eq!((folder.name(), folder.path()), ("F", path.as_path()));
        assert!(folder.is_reachable());
        // Bare while in use, on the same device.
        fs::rename(path.join("a"), dir.path().join("a")).unwrap();
        assert!(!folder.is_reachable());
        fs::remove_dir(&path).unwrap();
        assert_eq!(Folder::reopen(&path).unwrap_err().code, Code::FolderGone);
        fs::write(&path, "a file").unwrap();
        assert_eq!(Folder::reopen(&path).unwrap_err().code, Code::FolderGone);
        assert_eq!(Folder::reopen(Path::new("/")).unwrap_err().code, Code::FolderGone);
    }

    #[test]
    fn a_file_missing_from_a_bare_mount_point_is_not_gone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("F");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("a"), "x").unwrap();
        let folder = Folder::reopen(&path).unwrap();
        let item = RelPath::new("F/b").unwrap();
        assert_eq!(crate::identity(&folder, &item), Err(crate::HashFault::Gone));
        fs::remove_file(path.join("a")).unwrap();
        assert_eq!(crate::identity(&folder, &item), Err(crate::HashFault::FolderGone));
    }

    #[test]
    fn the_first_segment_of_an_item_stands_for_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        let item = RelPath::new(format!("{}/sub/a.txt", folder.name())).unwrap();
        assert_eq!(folder.disk_path(&item), dir.path().join("sub").join("a.txt"));
        assert_eq!(folder.disk_path(folder.top()), dir.path());
    }
}
