//! Which folder was walked.

use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use waybill_model::{Code, Failure, FileKey};
use waybill_source::Folder;

/// Which folder was walked: another one that takes its place, while a person reads the check for example, is not read.
#[derive(Clone)]
pub(super) struct WalkedFolder {
    walked: Arc<Mutex<Walked>>,
    /// Compares a folder with what the journal has of it.
    is_it: Arc<Comparison>,
}

type Comparison = dyn Fn(&Folder) -> Result<(), Failure> + Send + Sync;

#[derive(Clone, Copy)]
enum Walked {
    /// None, or one without a key.
    Unknown,
    /// Before this start of the program. Numbers may have changed since: some file systems give new ones at any time.
    Before(FileKey),
    /// In this run.
    Now(FileKey),
}

impl WalkedFolder {
    /// `before`: the key of the folder that was walked before this start of the program. `is_it` compares a folder that
    /// has another key with the files that were checked.
    pub(super) fn new(
        before: Option<FileKey>,
        is_it: impl Fn(&Folder) -> Result<(), Failure> + Send + Sync + 'static,
    ) -> Self {
        Self { walked: Arc::new(Mutex::new(before.map_or(Walked::Unknown, Walked::Before))), is_it: Arc::new(is_it) }
    }

    /// Notes the folder that was walked.
    pub(super) fn is(&self, folder: &Folder) {
        *self.walked.lock() = folder.key().map_or(Walked::Unknown, Walked::Now);
    }

    /// Opens the folder that was walked. One on another device may be the same, plugged in again: its files are compared
    /// one by one. So are those of one that was walked before this start of the program, if it has another key.
    pub(super) fn reopen(&self, path: &Path) -> Result<Folder, Failure> {
        let folder = Folder::reopen(path)?;
        let (walked, now) = (*self.walked.lock(), folder.key());
        let gone =
            || Failure::new(Code::FolderGone, waybill_words::detail::replaced_folder(&path.display().to_string()));
        match (walked, now) {
            (Walked::Now(walked), Some(now)) if walked.volume == now.volume && walked.file != now.file => Err(gone()),
            (Walked::Before(walked), Some(now)) if walked != now => match (self.is_it)(&folder) {
                Ok(()) => {
                    self.is(&folder);
                    Ok(folder)
                }
                Err(failure) if failure.code == Code::AnotherFolder => Err(gone()),
                Err(failure) => Err(failure),
            },
            (Walked::Unknown | Walked::Before(_) | Walked::Now(_), _) => Ok(folder),
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
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
        let walked = WalkedFolder::new(None, |_| Ok(()));
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

    #[test]
    fn another_folder_after_a_restart_is_read_only_if_it_holds_the_checked_files() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("Records");
        std::fs::create_dir(&path).unwrap();
        std::fs::write(path.join("a"), "x").unwrap();
        let here = Folder::open(&path).unwrap().key().unwrap();
        let other = FileKey { file: here.file.wrapping_add(1), ..here };
        let never = || WalkedFolder::new(Some(here), |_| panic!("the same folder is not compared"));
        assert!(never().reopen(&path).is_ok());
        let refused = WalkedFolder::new(Some(other), |_| Err(Code::AnotherFolder.into()));
        assert_eq!(refused.reopen(&path).unwrap_err().code, Code::FolderGone);
        let accepted = WalkedFolder::new(Some(other), |_| Ok(()));
        assert!(accepted.reopen(&path).is_ok());
    }
}
