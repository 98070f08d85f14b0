//! Creating files and folders that only their owner may read. On Windows the permissions of the folder above apply: the
//! data folder is in the person's own profile.

use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind};
use std::path::Path;

use cap_std::fs::OpenOptions;

use crate::lasting::sync_folder_of;
use crate::{careful, not_ordinary, parent_of};

/// Creates a new file for its owner only (0600). A file or link that has the name is removed, never written through.
///
/// # Errors
/// The system's errors, for example if a folder has the name.
pub fn create(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Opens a file to write at its end; creates it for its owner only (0600). Never follows a link in its place, and never
/// waits at a pipe.
///
/// # Errors
/// The system's errors; `InvalidData` if it is not an ordinary file.
pub fn append(path: &Path) -> io::Result<File> {
    existing_or_new(path, careful().append(true))
}

/// Opens a file to take a lock on; creates it for its owner only (0600). Never follows a link in its place, and never
/// waits at a pipe.
///
/// # Errors
/// The system's errors; `InvalidData` if it is not an ordinary file.
pub fn lock_file(path: &Path) -> io::Result<File> {
    existing_or_new(path, careful().read(true).write(true))
}

/// Creates a folder, and those above it that do not exist, for their owner only (0700). One that exists is left as it is.
/// A power loss does not undo it.
///
/// # Errors
/// The system's errors.
pub fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let does_not_exist = |path: &&Path| !path.as_os_str().is_empty() && !path.is_dir();
    let missing: Vec<&Path> = path.ancestors().take_while(does_not_exist).collect();
    builder.create(path)?;
    missing.into_iter().rev().try_for_each(sync_folder_of)
}

fn existing_or_new(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let (dir, name) = parent_of(path)?;
    match dir.symlink_metadata(name) {
        Ok(there) if !there.is_file() => return Err(not_ordinary()),
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        Ok(_) | Err(_) => {}
    }
    options.create(true);
    #[cfg(unix)]
    cap_std::fs::OpenOptionsExt::mode(options, 0o600);
    let file = dir.open_with(name, options)?;
    // Looked at again on the handle: something else may have had the name before.
    if file.metadata()?.is_file() { Ok(file.into_std()) } else { Err(not_ordinary()) }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn new_files_and_folders_are_their_owners_only() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("one/two");
        make_folder(&folder).unwrap();
        assert_eq!((mode(&folder), mode(&dir.path().join("one"))), (0o700, 0o700));
        make_folder(&folder).unwrap();
        for (name, make) in [("new", create as fn(&Path) -> _), ("log", append), ("lock", lock_file)] {
            make(&folder.join(name)).unwrap();
            assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
        }
    }

    #[test]
    fn what_is_there_is_kept_by_appending_and_replaced_by_creating() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        for _ in 0..2 {
            append(&path).unwrap().write_all(b"x").unwrap();
            lock_file(&path).unwrap();
        }
        assert_eq!(fs::read(&path).unwrap(), b"xx");
        create(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"");
    }

    #[test]
    fn a_link_a_pipe_or_a_folder_is_never_written_to() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("private"), "x").unwrap();
        std::os::unix::fs::symlink("private", at("link")).unwrap();
        std::os::unix::fs::symlink("missing", at("dangling")).unwrap();
        fs::create_dir(at("folder")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
        for name in ["link", "dangling", "pipe", "folder"] {
            for open in [append, lock_file] {
                assert_eq!(open(&at(name)).unwrap_err().kind(), ErrorKind::InvalidData, "{name}");
            }
        }
        assert!(make_folder(&at("private/below")).is_err());
        create(&at("link")).unwrap().write_all(b"new").unwrap();
        assert_eq!(fs::read(at("private")).unwrap(), b"x");
        assert!(!at("missing").exists());
    }
}
