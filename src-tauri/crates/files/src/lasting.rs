//! Files and names that survive a power loss.
//!
//! A rename, a new file and a new folder are certain only once the folder that holds the name has been synced, and the
//! bytes of a file once the file has. `clippy.toml` refuses the calls of `tempfile` that sync neither.
//!
//! **Crash.** When a function has returned, power may fail. If it fails before that, the old file is there or the new
//! one, never half of one.
//!
//! **Systems.** Windows has no call that syncs a folder, and NTFS needs none. Some network and user-space file systems
//! refuse it, and some folders may be written to but not read: there, the guarantee is that of the file system.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

use tempfile::NamedTempFile;

/// Gives a written file its name in the same folder, and replaces any file that has it.
///
/// # Errors
/// The system's errors. The new file is removed then.
pub fn put(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.as_file().sync_all()?;
    #[allow(clippy::disallowed_methods, reason = "here the folder is synced too")]
    file.persist(path).map_err(|error| error.error)?;
    sync_folder_of(path)
}

/// Gives a written file its name in the same folder, if nothing has that name. Gives the file back if something has it,
/// and also where a file system cannot do this in one step.
///
/// # Errors
/// The system's errors.
pub fn put_new(file: NamedTempFile, path: &Path) -> io::Result<Option<NamedTempFile>> {
    file.as_file().sync_all()?;
    #[allow(clippy::disallowed_methods, reason = "here the folder is synced too")]
    match file.persist_noclobber(path) {
        Ok(_) => sync_folder_of(path).map(|()| None),
        Err(error) => Ok(Some(error.file)),
    }
}

/// Gives a written and synced file another name in the same folder, and replaces any file that has it.
///
/// # Errors
/// The system's errors.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    sync_folder_of(to)
}

/// Removes a file.
///
/// # Errors
/// The system's errors.
pub fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    sync_folder_of(path)
}

/// Makes the name of a file or folder certain.
pub(crate) fn sync_folder_of(path: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    let folder = match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => return Ok(()),
    };
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        Err(error) if cannot_be_synced(&error) => Ok(()),
        other => other,
    }
}

fn cannot_be_synced(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported | ErrorKind::PermissionDenied)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn written(folder: &Path, text: &str) -> NamedTempFile {
        let mut file = NamedTempFile::new_in(folder).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    #[test]
    fn a_file_replaces_another_only_if_that_was_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("name");
        put(written(dir.path(), "one"), &path).unwrap();
        put(written(dir.path(), "two"), &path).unwrap();
        let back = put_new(written(dir.path(), "three"), &path).unwrap().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        remove(&path).unwrap();
        assert!(put_new(back, &path).unwrap().is_none());
        rename(&path, &dir.path().join("elsewhere")).unwrap();
        assert_eq!(fs::read(dir.path().join("elsewhere")).unwrap(), b"three");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn only_what_a_file_system_cannot_do_is_passed_over() {
        for kind in [ErrorKind::InvalidInput, ErrorKind::Unsupported, ErrorKind::PermissionDenied] {
            assert!(cannot_be_synced(&kind.into()), "{kind}");
        }
        for kind in [ErrorKind::StorageFull, ErrorKind::Other, ErrorKind::NotFound] {
            assert!(!cannot_be_synced(&kind.into()), "{kind}");
        }
    }
}
