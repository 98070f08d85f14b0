//! Which folder was walked.

use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use waybill_model::{Code, Failure, FileKey};
use waybill_source::Folder;

/// Which folder was walked since the program started: another one that takes its place, while a person reads the check
/// for example, is not read.
#[derive(Clone, Default)]
pub(super) struct WalkedFolder(Arc<Mutex<Option<FileKey>>>);

impl WalkedFolder {
    /// Notes the folder that was walked.
    pub(super) fn is(&self, folder: &Folder) {
        *self.0.lock() = folder.key();
    }

    /// Opens the folder that was walked. One on another device may be the same, plugged in again: its files are compared
    /// one by one.
    pub(super) fn reopen(&self, path: &Path) -> Result<Folder, Failure> {
        let folder = Folder::reopen(path)?;
        match (*self.0.lock(), folder.key()) {
            (Some(walked), Some(now)) if walked.volume == now.volume && walked.file != now.file => {
                let detail = waybill_words::detail::replaced_folder(&path.display().to_string());
                Err(Failure::new(Code::FolderGone, detail))
            }
            (Some(_) | None, _) => Ok(folder),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn another_folder_in_place_of_the_walked_one_counts_as_gone() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for name in ["Records", "private"] {
            std::fs::create_dir(at(name)).unwrap();
            std::fs::write(at(name).join("a"), "x").unwrap();
        }
        let walked = WalkedFolder::default();
        assert!(walked.reopen(&at("Records")).is_ok());
        walked.is(&Folder::open(&at("Records")).unwrap());
        assert!(walked.reopen(&at("Records")).is_ok());
        std::fs::rename(at("Records"), at("away")).unwrap();
        std::os::unix::fs::symlink("private", at("Records")).unwrap();
        assert_eq!(walked.reopen(&at("Records")).unwrap_err().code, Code::FolderGone);
        std::fs::remove_file(at("Records")).unwrap();
        std::fs::rename(at("away"), at("Records")).unwrap();
        assert!(walked.reopen(&at("Records")).is_ok());
    }
}
