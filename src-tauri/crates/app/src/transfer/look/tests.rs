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
        let into = Walked { journal: &stage.journal, transfer: SAMPLE.id(), now: waybill_model::Timestamp(i64::MAX) };
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

#[test]
fn a_file_that_was_missing_only_while_it_was_tried_is_noticed() {
    let stage = Stage::new();
    let for_a_moment = || {
        let reader = stage.journal.reader().unwrap();
        left_out_for_a_moment(&stage.folder(), &reader, SAMPLE.id()).unwrap()
    };
    assert!(!for_a_moment(), "an empty file is left out for good");
    for code in [Code::Unreadable, Code::Locked] {
        stage.write(Change::LeaveOut { item: stage.item("a.txt"), code });
        assert!(for_a_moment(), "{code:?}");
    }
    fs::remove_file(stage.root().join("a.txt")).unwrap();
    assert!(!for_a_moment(), "one that is gone cannot be read");
}
