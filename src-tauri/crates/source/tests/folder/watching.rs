//! The watch on real folders. The tests wait for a change to be reported, never for time to pass.

use std::fs;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::time::Duration;

use crate::scratch::{Scratch, permissions_apply, rel};
use waybill_model::{Code, PartRules};
use waybill_source::{Change, Folder, Stop, Watch, hash, identity};

struct Seen(Receiver<Change>);

impl Seen {
    fn until(&self, wanted: &Change) -> Vec<Change> {
        let mut seen = Vec::new();
        loop {
            let change = self.0.recv_timeout(Duration::from_secs(30));
            let change = change.unwrap_or_else(|_| panic!("{wanted:?} was not reported, only {seen:?}"));
            let found = change == *wanted;
            seen.push(change);
            if found {
                return seen;
            }
        }
    }

    fn until_path(&self, path: &str) -> Vec<Change> {
        self.until(&Change::Path(rel(path)))
    }
}

fn watch(scratch: &Scratch) -> (Watch, Seen) {
    let (sender, changes) = channel();
    let watch = Watch::start(&scratch.folder, move |change| drop(sender.send(change))).unwrap();
    (watch, Seen(changes))
}

#[test]
fn writing_creating_renaming_and_removing_are_reported_with_the_path() {
    let scratch = Scratch::new();
    scratch.write("sub/a", "x");
    scratch.write("b", "x");
    let (_watch, seen) = watch(&scratch);
    scratch.write("sub/a", "xy");
    seen.until_path("F/sub/a");
    scratch.write("new \u{1f5c3}", "x");
    seen.until_path("F/new \u{1f5c3}");
    fs::rename(scratch.root().join("b"), scratch.root().join("sub/c")).unwrap();
    let changes = seen.until_path("F/sub/c");
    assert!(changes.contains(&Change::Path(rel("F/b"))), "{changes:?}");
    fs::remove_file(scratch.root().join("sub/a")).unwrap();
    seen.until_path("F/sub/a");
}

#[test]
fn reading_and_hashing_are_not_reported() {
    let scratch = Scratch::new();
    scratch.write("a", "x");
    scratch.write("mark", "x");
    let (_watch, seen) = watch(&scratch);
    let now = identity(&scratch.folder, &rel("F/a")).unwrap();
    hash(&scratch.folder, &rel("F/a"), &now, PartRules::default(), &Stop::default(), &|_| {}).unwrap();
    scratch.walk();
    scratch.write("mark", "xy");
    assert_eq!(seen.until_path("F/mark").len(), 1);
}

#[test]
fn a_new_folder_is_watched_from_then_on() {
    let scratch = Scratch::new();
    let outside = scratch.root().with_file_name("outside");
    fs::create_dir_all(outside.join("inner")).unwrap();
    let (_watch, seen) = watch(&scratch);
    fs::rename(&outside, scratch.root().join("moved in")).unwrap();
    seen.until_path("F/moved in");
    scratch.write("moved in/inner/a", "x");
    seen.until_path("F/moved in/inner/a");
    fs::rename(scratch.root().join("moved in"), scratch.root().join("renamed")).unwrap();
    seen.until_path("F/renamed");
    scratch.write("renamed/inner/a", "xy");
    seen.until_path("F/renamed/inner/a");
}

#[test]
fn a_removed_or_moved_folder_is_reported_as_gone_once() {
    for remove in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("F");
        // Only the watch remains of the opened folder, because a handle would delay the report.
        let start = || {
            fs::create_dir_all(&path).unwrap();
            let (sender, changes) = channel();
            let watch = Watch::start(&Folder::open(&path).unwrap(), move |change| drop(sender.send(change)));
            (watch.unwrap(), Seen(changes))
        };
        let (_watch, seen) = start();
        if remove {
            fs::remove_dir(&path).unwrap();
        } else {
            fs::rename(&path, dir.path().join("away")).unwrap();
        }
        seen.until(&Change::FolderGone);
        // The watch's thread has ended, and the sender with it.
        assert_eq!(seen.0.recv_timeout(Duration::from_secs(30)), Err(RecvTimeoutError::Disconnected));
        let (_watch, seen) = start();
        fs::write(path.join("a"), "x").unwrap();
        seen.until_path("F/a");
    }
}

#[test]
fn a_dropped_watch_ends_its_thread() {
    let scratch = Scratch::new();
    let (watch, seen) = watch(&scratch);
    drop(watch);
    scratch.write("a", "x");
    while let Ok(change) = seen.0.recv_timeout(Duration::from_secs(30)) {
        assert_eq!(change, Change::Path(rel("F/a")));
    }
    assert_eq!(seen.0.try_recv(), Err(TryRecvError::Disconnected));
}

#[test]
fn too_many_events_are_reported_as_a_rescan() {
    let scratch = Scratch::new();
    let (sender, changes) = channel();
    let (go, may_go) = channel::<()>();
    let _watch = Watch::start(&scratch.folder, move |change| {
        // Holds up only the first change, until everything is written.
        let _ = may_go.recv();
        drop(sender.send(change));
    })
    .unwrap();
    for i in 0..5_000 {
        fs::write(scratch.root().join(format!("{i}")), "x").unwrap();
    }
    drop(go);
    Seen(changes).until(&Change::Rescan);
}

#[test]
fn a_folder_chosen_through_a_link_is_watched() {
    let scratch = Scratch::new();
    scratch.write("sub/a", "x");
    let link = scratch.root().with_file_name("chosen");
    std::os::unix::fs::symlink("F", &link).unwrap();
    let (sender, changes) = channel();
    let folder = Folder::open(&link).unwrap();
    let _watch = Watch::start(&folder, move |change| drop(sender.send(change))).unwrap();
    scratch.write("sub/a", "xy");
    Seen(changes).until_path("chosen/sub/a");
}

#[test]
fn a_missing_folder_cannot_be_watched() {
    let scratch = Scratch::new();
    fs::remove_dir(scratch.root()).unwrap();
    let failure = Watch::start(&scratch.folder, |_| {}).unwrap_err();
    assert_eq!(failure.code, Code::FolderGone);
}

#[test]
fn an_unreadable_folder_does_not_prevent_watching_the_others() {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = Scratch::new();
    if !permissions_apply(&scratch) {
        return;
    }
    scratch.write("closed/a", "x");
    scratch.write("open/a", "x");
    let closed = scratch.root().join("closed");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let (_watch, seen) = watch(&scratch);
    scratch.write("open/a", "xy");
    seen.until_path("F/open/a");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
}
