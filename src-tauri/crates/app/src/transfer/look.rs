//! Whether the folder still holds what the check found: every file, folder and thing that is left out, by its name and by what the
//! check would say of it.
//!
//! Nothing is written, and memory does not grow with the folder. What is in a file is no matter of this: a file that was changed is
//! read as it is now, and counted so.

use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::ops::ControlFlow;

use waybill_journal::{ItemFilter, ItemRow, Reader};
use waybill_model::{Code, Failure, Finding, FindingKind, ItemState, RelPath, ServiceProfile, TransferId};
use waybill_source::{Folder, Found, HashFault, Rules, Stop, identity, judge};

/// Findings fetched at once.
const PAGE: u32 = 1_000;

/// Compares the folder with what the journal has of it. Names that the service excludes do not count: systems put such files there
/// when a person only looks.
///
/// # Errors
/// Those of the walk, and the journal's.
pub(super) fn holds_what_was_checked(
    folder: &Folder,
    profile: &ServiceProfile,
    reader: &Reader,
    transfer: TransferId,
    stop: &Stop,
) -> Result<bool, Failure> {
    let rules = Rules::of(profile);
    let mut now = Contents::default();
    waybill_source::walk(folder, &rules, stop, &mut |found| match found {
        Found::File { path, identity } => now.file(&path, judge(&path, &identity, &rules).map(|finding| finding.kind)),
        Found::Folder(path) => now.folder(&path),
        Found::Finding(finding) => now.thing(&finding),
    })?;
    Ok(now == checked(folder, reader, transfer)?)
}

/// What the journal has.
fn checked(folder: &Folder, reader: &Reader, transfer: TransferId) -> Result<Contents, Failure> {
    let mut then = Contents::default();
    reader.each_item(transfer, ItemFilter::ALL, &mut |item| {
        if !is_left_out_and_gone(folder, &item) {
            then.file(&item.path, judged(item.state));
        }
        ControlFlow::Continue(())
    })?;
    reader.each_folder(transfer, &mut |path| then.folder(&path))?;
    let mut after = None;
    loop {
        let page = reader.findings(transfer, None, after, PAGE)?;
        let Some((last, _)) = page.last() else { return Ok(then) };
        after = Some(*last);
        for (_, finding) in page {
            if is_of_the_walk(reader, transfer, &finding)? {
                then.thing(&finding);
            }
        }
    }
}

/// What the check said of a file by its name and size. Whether it could be read shows in no walk.
fn judged(state: ItemState) -> Option<FindingKind> {
    let ItemState::LeftOut(code) = state else { return None };
    let can_be_read = code != Code::Unreadable && code != Code::Locked && code != Code::SpecialFile;
    FindingKind::from_code(code).filter(|_| can_be_read)
}

/// It is named as not sent, and does not come back by being missed twice.
fn is_left_out_and_gone(folder: &Folder, item: &ItemRow) -> bool {
    let could_not_be_read = item.state == ItemState::LeftOut(Code::Unreadable);
    could_not_be_read && matches!(identity(folder, &item.path), Err(HashFault::Gone))
}

/// What the check and the reading of files find is about items, or about the whole.
fn is_of_the_walk(reader: &Reader, transfer: TransferId, finding: &Finding) -> Result<bool, Failure> {
    match finding.kind {
        FindingKind::Link | FindingKind::NameNotUnicode => Ok(true),
        FindingKind::Unreadable | FindingKind::Locked | FindingKind::SpecialFile | FindingKind::PathTooLong => {
            let Ok(path) = RelPath::new(finding.path.clone()) else { return Ok(true) };
            Ok(reader.item_by_path(transfer, &path)?.is_none())
        }
        FindingKind::TooManyFiles
        | FindingKind::TransferTooLarge
        | FindingKind::RegistrationTooLarge
        | FindingKind::FileTooLarge
        | FindingKind::EmptyFile
        | FindingKind::RefusedFormat
        | FindingKind::NamesDifferInCase
        | FindingKind::ExcludedName => Ok(false),
    }
}

/// What a folder holds, whatever the order in which it comes: how much, and the sum of a hash of each.
#[derive(Debug, Default, PartialEq, Eq)]
struct Contents {
    files: u64,
    folders: u64,
    things: u64,
    sum: u64,
}

impl Contents {
    fn file(&mut self, path: &RelPath, judged: Option<FindingKind>) {
        if judged != Some(FindingKind::ExcludedName) {
            self.files += 1;
            self.add(("file", path.as_str(), judged));
        }
    }

    fn folder(&mut self, path: &RelPath) {
        self.folders += 1;
        self.add(("folder", path.as_str()));
    }

    /// Whether something cannot be read or is locked may change from one look to the next.
    fn thing(&mut self, finding: &Finding) {
        if finding.kind != FindingKind::ExcludedName {
            let kind = if finding.kind == FindingKind::Locked { FindingKind::Unreadable } else { finding.kind };
            self.things += 1;
            self.add((kind, &finding.path, &finding.raw_name));
        }
    }

    fn add(&mut self, what: impl Hash) {
        let mut hasher = DefaultHasher::new();
        what.hash(&mut hasher);
        self.sum = self.sum.wrapping_add(hasher.finish());
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use waybill_journal::{Change, Journal, Write};
    use waybill_model::{ItemId, Phase, TransferRecord, service};

    use super::super::{Walked, walk_and_check};
    use super::*;
    use crate::samples::{Sample, write_journal};

    const SAMPLE: Sample = Sample { number: 1, phase: Phase::Walking, paused: false, items: 0, sent: 0, findings: 0 };

    struct Stage {
        dir: tempfile::TempDir,
        journal: Journal,
        profile: ServiceProfile,
    }

    impl Stage {
        /// A folder with files, folders and what is left out, walked and checked.
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            write_journal(dir.path(), &[SAMPLE]).unwrap();
            let root = dir.path().join("folder 1");
            fs::create_dir_all(root.join("inner/empty")).unwrap();
            for (name, content) in [("a.txt", "aaa"), ("b.txt", "bbb"), ("inner/c.txt", "ccc"), ("nothing.txt", "")] {
                fs::write(root.join(name), content).unwrap();
            }
            #[cfg(unix)]
            std::os::unix::fs::symlink("a.txt", root.join("link")).unwrap();
            let journal = Journal::open(dir.path(), "test").unwrap();
            let stage = Self { dir, journal, profile: service::builtin("tdr").unwrap() };
            let into = Walked { journal: &stage.journal, transfer: SAMPLE.id() };
            walk_and_check(&stage.folder(), &stage.profile, &into, &Stop::default(), &mut |_| {}).unwrap();
            stage.write(TransferRecord::Phase(Phase::Checked).into());
            stage
        }

        fn root(&self) -> PathBuf {
            self.dir.path().join("folder 1")
        }

        fn folder(&self) -> Folder {
            Folder::open(&self.root()).unwrap()
        }

        fn write(&self, change: Change) {
            self.journal.write_blocking(vec![Write { transfer: SAMPLE.id(), change }]).unwrap();
        }

        fn is_same(&self) -> bool {
            let reader = self.journal.reader().unwrap();
            let stop = Stop::default();
            holds_what_was_checked(&self.folder(), &self.profile, &reader, SAMPLE.id(), &stop).unwrap()
        }

        fn item(&self, name: &str) -> ItemId {
            let path = RelPath::new(format!("folder 1/{name}")).unwrap();
            self.journal.reader().unwrap().item_by_path(SAMPLE.id(), &path).unwrap().unwrap().item
        }
    }

    #[test]
    fn an_untouched_folder_is_the_same() {
        assert!(Stage::new().is_same());
    }

    #[test]
    fn added_removed_and_renamed_files_are_noticed() {
        let changes: [fn(&Path); 5] = [
            |root| fs::write(root.join("inner/new.txt"), "new").unwrap(),
            |root| fs::remove_file(root.join("b.txt")).unwrap(),
            |root| fs::rename(root.join("b.txt"), root.join("d.txt")).unwrap(),
            |root| fs::create_dir(root.join("another")).unwrap(),
            |root| fs::remove_dir(root.join("inner/empty")).unwrap(),
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let stage = Stage::new();
            change(&stage.root());
            assert!(!stage.is_same(), "change {number}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn an_added_or_removed_link_is_noticed() {
        let stage = Stage::new();
        fs::remove_file(stage.root().join("link")).unwrap();
        assert!(!stage.is_same());
        let stage = Stage::new();
        std::os::unix::fs::symlink("b.txt", stage.root().join("another link")).unwrap();
        assert!(!stage.is_same());
    }

    #[test]
    fn a_file_that_the_check_now_judges_differently_is_noticed() {
        let stage = Stage::new();
        fs::write(stage.root().join("nothing.txt"), "not empty any more").unwrap();
        assert!(!stage.is_same());
        let stage = Stage::new();
        fs::write(stage.root().join("a.txt"), "").unwrap();
        assert!(!stage.is_same());
    }

    #[test]
    fn unknown_keys_and_system_files_change_nothing() {
        let stage = Stage::new();
        fs::write(stage.root().join("a.txt"), "other words").unwrap();
        fs::write(stage.root().join("Thumbs.db"), "a picture of it").unwrap();
        assert!(stage.is_same());
    }

    #[test]
    fn files_left_out_while_hashing_stay_left_out() {
        let stage = Stage::new();
        for (name, code) in [("a.txt", Code::Locked), ("b.txt", Code::Unreadable)] {
            let kind = FindingKind::from_code(code).unwrap();
            let path = format!("folder 1/{name}");
            let finding = Finding { kind, path, raw_name: None, is_folder: false, size: Some(3), detail: None };
            stage.write(Change::LeaveOut { item: stage.item(name), code });
            stage.write(Change::AddFindings(vec![finding]));
        }
        assert!(stage.is_same());
        fs::remove_file(stage.root().join("b.txt")).unwrap();
        assert!(stage.is_same(), "it is named as not sent");
    }
}
