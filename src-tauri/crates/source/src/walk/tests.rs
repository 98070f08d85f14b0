//! Disks that fail to return what they list, simulated by a listing that changes the disk between two reads.

use std::cell::Cell;
use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;
use waybill_model::Limits;

use super::*;

/// A folder named `F` with the files `F/a.txt` and `F/sub/b.txt`.
struct Disk {
    _dir: TempDir,
    root: PathBuf,
    os: Os,
}

impl Disk {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("F");
        fs::create_dir_all(root.join("sub")).unwrap();
        fs::write(root.join("a.txt"), "x").unwrap();
        fs::write(root.join("sub/b.txt"), "x").unwrap();
        Self { _dir: dir, root, os: disk::THIS_OS }
    }

    /// Walks with the given listing; returns paths, with `/` after folders and the kind after findings.
    fn walk(
        &self,
        listing: impl Fn(&Path, &dyn Fn() -> io::Result<Listing>) -> io::Result<Listing>,
    ) -> Result<Vec<String>, Code> {
        let folder = Folder::open(&self.root).unwrap();
        let most = u64::MAX;
        let limits =
            Limits { files: most, file_bytes: most, transfer_bytes: most, api_body_bytes: most, path_chars: most };
        let rules = Rules { excluded: Vec::new(), refused_extensions: Vec::new(), limits };
        let mut found = Vec::new();
        let mut sink = |thing| {
            found.push(match thing {
                Found::File { path, .. } => path.to_string(),
                Found::Folder(path) => format!("{path}/"),
                Found::Finding(finding) => {
                    let slash = if finding.is_folder { "/" } else { "" };
                    format!("{}{slash} {}", finding.path, finding.kind.code())
                }
            });
        };
        let stop = Stop::default();
        let list = |path: &RelPath| listing(&folder.disk_path(path), &|| list(&folder, path));
        let mut walk = Walk::new(&folder, &rules, &stop, &mut sink, &list);
        walk.os = self.os;
        let ended = walk.run();
        ended.map(|_| found).map_err(|failure| failure.code)
    }

    fn sub(&self) -> PathBuf {
        self.root.join("sub")
    }
}

fn not_found() -> io::Error {
    io::Error::from(io::ErrorKind::NotFound)
}

#[test]
fn a_folder_briefly_unreachable_while_opened_is_still_walked() {
    let disk = Disk::new();
    let missed = Cell::new(false);
    let found =
        disk.walk(|path, list| if path == disk.sub() && !missed.replace(true) { Err(not_found()) } else { list() });
    assert_eq!(found.unwrap(), ["F/", "F/a.txt", "F/sub/", "F/sub/b.txt"]);
}

#[test]
fn a_folder_that_is_listed_but_never_reachable_is_a_finding() {
    let disk = Disk::new();
    for kind in [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory] {
        let found = disk.walk(|path, list| if path == disk.sub() { Err(kind.into()) } else { list() });
        assert_eq!(found.unwrap(), ["F/", "F/a.txt", "F/sub/ unreadable"]);
    }
}

// Windows returns a file's metadata with its name, so the file is not examined afterwards.
#[cfg(unix)]
#[test]
fn a_file_that_is_listed_but_never_reachable_is_a_finding() {
    let disk = Disk::new();
    let file = disk.root.join("a.txt");
    // Every listing contains the file, but it is missing whenever it is examined afterwards.
    let found = disk.walk(|_, list| {
        fs::write(&file, "x").unwrap();
        let entries = list();
        fs::remove_file(&file).unwrap();
        entries
    });
    assert_eq!(found.unwrap(), ["F/", "F/a.txt unreadable", "F/sub/", "F/sub/b.txt"]);
}

#[test]
fn a_file_that_is_reachable_at_the_second_attempt_is_found() {
    let disk = Disk::new();
    let (file, looks) = (disk.root.join("a.txt"), Cell::new(0));
    let found = disk.walk(|_, list| {
        fs::write(&file, "x").unwrap();
        let entries = list();
        looks.set(looks.get() + 1);
        if looks.get() == 1 {
            fs::remove_file(&file).unwrap();
        }
        entries
    });
    assert_eq!(found.unwrap(), ["F/", "F/a.txt", "F/sub/", "F/sub/b.txt"]);
}

#[test]
fn a_file_no_longer_listed_is_not_a_finding() {
    let disk = Disk::new();
    let found = disk.walk(|path, list| {
        let entries = list();
        if path == disk.root {
            fs::remove_file(disk.root.join("a.txt")).unwrap_or_default();
            fs::remove_dir_all(disk.sub()).unwrap_or_default();
        }
        entries
    });
    // Windows reports the file before it is removed; hashing it later shows that it is gone.
    let expected: &[&str] = if cfg!(windows) { &["F/", "F/a.txt"] } else { &["F/"] };
    assert_eq!(found.unwrap(), expected);
}

#[test]
fn a_file_that_vanishes_with_its_folder_is_a_finding_only_if_the_folder_is_listed() {
    let disk = Disk::new();
    let inner = disk.sub().join("inner");
    fs::create_dir(&inner).unwrap();
    let found = disk.walk(|path, list| {
        if path == inner {
            fs::remove_dir_all(disk.sub()).unwrap();
        }
        list()
    });
    assert_eq!(found.unwrap(), ["F/", "F/a.txt", "F/sub/", "F/sub/b.txt"]);

    fs::create_dir_all(&inner).unwrap();
    fs::write(disk.sub().join("b.txt"), "x").unwrap();
    let away = Cell::new(false);
    let found = disk.walk(|path, list| {
        away.set(away.get() || path == inner);
        if away.get() && path.starts_with(disk.sub()) { Err(not_found()) } else { list() }
    });
    assert_eq!(found.unwrap(), ["F/", "F/a.txt", "F/sub/", "F/sub/b.txt", "F/sub/inner/ unreadable"]);
}

#[test]
fn a_chosen_folder_that_is_briefly_unreachable_is_gone_and_not_empty() {
    let disk = Disk::new();
    assert_eq!(disk.walk(|_, _| Err(not_found())), Err(Code::FolderGone));
    let found = disk.walk(|path, list| if path == disk.root { list() } else { Err(not_found()) });
    assert_eq!(found.unwrap(), ["F/", "F/a.txt", "F/sub/ unreadable"]);
    // Still unreachable at the second attempt.
    let looks = Cell::new(0);
    let ended = disk.walk(|_, list| {
        looks.set(looks.get() + 1);
        if looks.get() == 1 { list() } else { Err(not_found()) }
    });
    assert_eq!(ended, Err(Code::FolderGone));
}

#[cfg(unix)]
#[test]
fn many_unreachable_files_in_one_folder_cost_one_more_listing() {
    let disk = Disk::new();
    let names: Vec<_> = (0..200).map(|i| disk.root.join(format!("{i:03}"))).collect();
    let looks = Cell::new(0);
    let found = disk.walk(|_, list| {
        looks.set(looks.get() + 1);
        for name in &names {
            fs::write(name, "x").unwrap();
        }
        let entries = list();
        for name in &names {
            fs::remove_file(name).unwrap();
        }
        entries
    });
    assert_eq!(found.unwrap().iter().filter(|line| line.ends_with(" unreadable")).count(), 200);
    // The chosen folder twice, and the folder in it.
    assert_eq!(looks.get(), 3);
}

#[cfg(unix)]
#[test]
fn a_name_that_the_system_cannot_open_is_a_finding_without_opening_it() {
    let disk = Disk { os: Os::Windows, ..Disk::new() };
    fs::create_dir(disk.root.join("what?")).unwrap();
    fs::write(disk.root.join("what?/c.txt"), "x").unwrap();
    fs::write(disk.root.join("12:30.txt"), "x").unwrap();
    let found = disk.walk(|path, list| {
        assert!(!path.ends_with("what?"), "a folder that cannot be opened was opened");
        list()
    });
    let expected = ["F/", "F/12:30.txt unreadable", "F/a.txt", "F/what?/ unreadable", "F/sub/", "F/sub/b.txt"];
    assert_eq!(found.unwrap(), expected);
}
