//! Whether a folder at another path, or another folder at the same path, is the one that was checked.
//!
//! By the folder's name, and by path, size and date of every file that is to be sent or was sent. The content is checked
//! when it is sent: a file that has another number than the one that was hashed is read once before anything of it is sent.

use std::ops::ControlFlow;

use waybill_journal::{ItemFilter, Reader, StateKind, TransferRow};
use waybill_model::{Code, Failure};
use waybill_source::{Folder, HashFault, identity, unchanged};

/// Compares a folder with what the journal has of it. Files that were left out or set aside do not matter: they are known
/// not to be as they were. Asks the disk for each file.
///
/// # Errors
/// [`Code::AnotherFolder`] with the first difference; [`Code::FolderGone`]; the journal's.
pub(crate) fn is_the_checked_folder(folder: &Folder, reader: &Reader, row: &TransferRow) -> Result<(), Failure> {
    if folder.name() != row.folder_name {
        return Err(another(&row.folder_name));
    }
    let mut outcome = Ok(());
    let checked = ItemFilter::of(&[StateKind::Found, StateKind::Ready, StateKind::Sent]);
    reader.each_item(row.id, checked, &mut |item| {
        outcome = match identity(folder, &item.path) {
            Ok(now) if unchanged(&item.identity, &now) => return ControlFlow::Continue(()),
            Err(HashFault::FolderGone) => Err(Failure::new(Code::FolderGone, folder.path().display().to_string())),
            Ok(_) | Err(_) => Err(another(item.path.as_str())),
        };
        ControlFlow::Break(())
    })?;
    outcome
}

fn another(what: &str) -> Failure {
    Failure::new(Code::AnotherFolder, what)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use waybill_journal::{Change, Journal, Write};
    use waybill_model::{ItemId, Phase, service};
    use waybill_source::Stop;

    use super::super::{Walked, walk_and_check};
    use super::*;
    use crate::samples::{Sample, write_journal};

    const SAMPLE: Sample = Sample { number: 1, phase: Phase::Walking, paused: false, items: 0, sent: 0, findings: 0 };

    /// A folder that was walked, and the same one elsewhere.
    fn moved(dir: &Path) -> Journal {
        write_journal(dir, &[SAMPLE]).unwrap();
        let root = dir.join("folder 1");
        fs::create_dir(&root).unwrap();
        for name in ["a", "b"] {
            fs::write(root.join(name), name).unwrap();
        }
        let journal = Journal::open(dir, "test").unwrap();
        let into = Walked { journal: &journal, transfer: SAMPLE.id(), now: waybill_model::Timestamp(i64::MAX) };
        let profile = service::builtin("tdr").unwrap();
        walk_and_check(&Folder::open(&root).unwrap(), &profile, &into, &Stop::default(), &mut |_| {}).unwrap();
        fs::create_dir(dir.join("elsewhere")).unwrap();
        fs::rename(&root, dir.join("elsewhere/folder 1")).unwrap();
        journal
    }

    fn compared(journal: &Journal, path: &Path) -> Result<(), Failure> {
        let reader = journal.reader().unwrap();
        let row = reader.transfer(SAMPLE.id()).unwrap().unwrap();
        is_the_checked_folder(&Folder::open(path).unwrap(), &reader, &row)
    }

    #[test]
    fn the_same_files_elsewhere_are_the_checked_folder() {
        let dir = tempfile::tempdir().unwrap();
        let journal = moved(dir.path());
        let root = dir.path().join("elsewhere/folder 1");
        fs::write(root.join("new"), "is not sent").unwrap();
        assert_eq!(compared(&journal, &root), Ok(()));
    }

    #[test]
    fn another_name_size_or_date_or_a_missing_file_is_another_folder() {
        type Alter = fn(&Path);
        let changes: [(&str, Alter); 3] = [
            ("folder 1/b", |root| fs::remove_file(root.join("b")).unwrap()),
            ("folder 1/b", |root| fs::write(root.join("b"), "longer").unwrap()),
            ("folder 1/a", |root| {
                let file = fs::File::options().write(true).open(root.join("a")).unwrap();
                file.set_modified(std::time::UNIX_EPOCH).unwrap();
            }),
        ];
        for (named, change) in changes {
            let dir = tempfile::tempdir().unwrap();
            let journal = moved(dir.path());
            let root = dir.path().join("elsewhere/folder 1");
            change(&root);
            assert_eq!(compared(&journal, &root), Err(another(named)));
        }
        let dir = tempfile::tempdir().unwrap();
        let journal = moved(dir.path());
        let renamed = dir.path().join("folder 2");
        fs::rename(dir.path().join("elsewhere/folder 1"), &renamed).unwrap();
        assert_eq!(compared(&journal, &renamed), Err(another("folder 1")));
    }

    #[test]
    fn a_file_that_was_left_out_does_not_matter() {
        let dir = tempfile::tempdir().unwrap();
        let journal = moved(dir.path());
        let change = Change::LeaveOut { item: ItemId(1), code: Code::Locked };
        journal.write_blocking(vec![Write { transfer: SAMPLE.id(), change }]).unwrap();
        let root = dir.path().join("elsewhere/folder 1");
        fs::remove_file(root.join("b")).unwrap();
        assert_eq!(compared(&journal, &root), Ok(()));
    }
}
