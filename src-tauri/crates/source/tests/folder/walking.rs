//! The walk on real folders.

use std::fs;

use crate::scratch::{Scratch, findings, paths, rel, rules};
use waybill_model::{Code, FindingKind};
use waybill_source::{Found, Stop, WalkTotals, walk};

#[test]
fn an_empty_folder_is_one_folder() {
    let scratch = Scratch::new();
    let (found, totals) = scratch.walk();
    assert_eq!(paths(&found), ["F/"]);
    assert_eq!(WalkTotals { marks: 0, ..totals }, WalkTotals { folders: 1, ..WalkTotals::default() });
}

#[test]
fn the_data_folder_of_a_waybill_is_a_finding_and_is_never_entered() {
    let scratch = Scratch::new();
    for name in ["a", "home/.local/share/waybill/journal.sqlite", "home/journal.sqlite", "home/b"] {
        scratch.write(name, name);
    }
    for name in ["journal.lock", "session-tdr.json", "receipts/TDR-2026-A/receipt.csv"] {
        scratch.write(&format!("home/.local/share/waybill/{name}"), name);
    }
    let (found, _) = scratch.walk();
    let expected =
        ["F/", "F/a", "F/home/", "F/home/b", "F/home/journal.sqlite", "F/home/.local/", "F/home/.local/share/"];
    assert_eq!(paths(&found), expected);
    let named: Vec<_> = findings(&found).into_iter().map(|found| (found.path, found.kind, found.is_folder)).collect();
    assert_eq!(named, [("F/home/.local/share/waybill".to_owned(), FindingKind::WaybillData, true)]);

    let data = scratch.root().join("home/.local/share/waybill");
    for inside in [data.clone(), data.join("receipts/TDR-2026-A")] {
        let refused = waybill_source::refuse_data_folder(&inside).unwrap_err();
        assert_eq!((refused.code, refused.detail), (Code::WaybillData, Some(data.display().to_string())));
    }
    assert!(waybill_source::refuse_data_folder(scratch.root()).is_ok());
}

#[test]
fn the_order_depends_on_names_alone_files_before_folders() {
    let scratch = Scratch::new();
    for name in ["b/2", "b/1", "z", "a", "b/a/x", "Q", "c/y", ".hidden/.file", "ä"] {
        scratch.write(name, name);
    }
    fs::create_dir(scratch.root().join("empty")).unwrap();
    let (found, totals) = scratch.walk();
    let expected = [
        "F/",
        "F/Q",
        "F/a",
        "F/z",
        "F/ä",
        "F/.hidden/",
        "F/.hidden/.file",
        "F/b/",
        "F/b/1",
        "F/b/2",
        "F/b/a/",
        "F/b/a/x",
        "F/c/",
        "F/c/y",
        "F/empty/",
    ];
    assert_eq!(paths(&found), expected);
    assert_eq!((totals.files, totals.folders, totals.findings), (9, 6, 0));
    assert_eq!(scratch.walk().0, found);
}

#[test]
fn names_are_passed_on_exactly_as_on_disk() {
    let scratch = Scratch::new();
    let mut names = vec!["\u{dc}bersicht.txt", "\u{1f5c3} Archiv.pdf", "=SUM(A1).csv", " lead", "日本語", "-rf", "%41"];
    if cfg!(target_os = "linux") {
        names.extend(["U\u{308}bersicht.txt", "ends.", "ends ", "CON", "a:b", "back\\slash", "new\nline", "q\"?*<>|"]);
        names.extend(["a.TXT", "A.txt"]);
    }
    for name in &names {
        scratch.write(name, "x");
    }
    let (found, totals) = scratch.walk();
    let mut expected: Vec<_> = names.iter().map(|name| format!("F/{name}")).collect();
    expected.sort();
    assert_eq!(paths(&found)[1..], expected);
    assert_eq!(totals.bytes, u64::try_from(names.len()).unwrap());
    // Each path leads back to its file.
    for thing in &found[1..] {
        let Found::File { path, identity } = thing else { panic!("{thing:?}") };
        assert_eq!(waybill_source::identity(&scratch.folder, path).as_ref(), Ok(identity));
    }
}

#[test]
fn ten_thousand_files_are_each_found_once() {
    let scratch = Scratch::new();
    for i in 0..10_000 {
        fs::write(scratch.root().join(format!("{i:05}.txt")), "four").unwrap();
    }
    let (found, totals) = scratch.walk();
    let expected = WalkTotals { files: 10_000, bytes: 40_000, folders: 1, findings: 0, marks: totals.marks };
    assert_eq!(totals, expected);
    assert!(paths(&found)[1..].iter().enumerate().all(|(i, path)| *path == format!("F/{i:05}.txt")));
}

#[test]
fn a_stop_ends_the_walk() {
    let scratch = Scratch::new();
    for i in 0..10 {
        scratch.write(&format!("{i}"), "x");
    }
    let stop = Stop::default();
    let mut seen = 0;
    let ended = walk(&scratch.folder, &rules(), &stop, &mut |_| {
        seen += 1;
        stop.clone().set();
    });
    assert_eq!(ended.unwrap_err().code, Code::Cancelled);
    assert_eq!(seen, 1);
}

#[test]
fn a_folder_that_vanishes_during_the_walk_is_gone_and_not_empty() {
    let scratch = Scratch::new();
    scratch.write("a", "x");
    scratch.write("sub/b", "x");
    let root = scratch.root().to_path_buf();
    let ended = walk(&scratch.folder, &rules(), &Stop::default(), &mut |thing| {
        if thing == Found::Folder(rel("F")) {
            fs::rename(&root, root.with_file_name("moved")).unwrap();
        }
    });
    assert_eq!(ended.unwrap_err().code, Code::FolderGone);
    assert_eq!(walk(&scratch.folder, &rules(), &Stop::default(), &mut |_| {}).unwrap_err().code, Code::FolderGone);
}

#[test]
fn a_file_that_vanishes_during_the_walk_is_not_a_finding() {
    let scratch = Scratch::new();
    scratch.write("a/x", "x");
    scratch.write("b/x", "x");
    let root = scratch.root().to_path_buf();
    let mut found = Vec::new();
    walk(&scratch.folder, &rules(), &Stop::default(), &mut |thing| {
        if thing == Found::Folder(rel("F/a")) {
            fs::remove_dir_all(root.join("b")).unwrap();
        }
        found.push(thing);
    })
    .unwrap();
    assert_eq!(paths(&found), ["F/", "F/a/", "F/a/x"]);
    assert_eq!(findings(&found), []);
}

#[test]
fn an_empty_folder_whose_path_is_too_long_is_a_finding_as_is_each_file_in_one() {
    let scratch = Scratch::new();
    let long = vec!["d".repeat(200); 5].join("/");
    fs::create_dir_all(scratch.root().join(&long).join("full of files of every kind")).unwrap();
    fs::create_dir_all(scratch.root().join(&long).join("nothing in it at all")).unwrap();
    scratch.write(&format!("{long}/full of files of every kind/a"), "x");
    let (found, totals) = scratch.walk();
    assert_eq!(totals.folders, 6);
    assert!(paths(&found).contains(&format!("F/{long}/full of files of every kind/a")));
    let findings = findings(&found);
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].kind, findings[0].is_folder), (FindingKind::PathTooLong, true));
    assert_eq!(findings[0].path, format!("F/{long}/nothing in it at all"));
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::os::unix::net::UnixListener;
    use std::path::PathBuf;
    use std::process::Command;

    use waybill_source::Folder;

    use super::*;
    use crate::scratch::permissions_apply;

    #[test]
    fn links_are_reported_and_never_followed() {
        let scratch = Scratch::new();
        scratch.write("sub/a", "x");
        symlink("..", scratch.root().join("sub/loop")).unwrap();
        symlink("a", scratch.root().join("sub/to file")).unwrap();
        symlink("nowhere", scratch.root().join("broken")).unwrap();
        symlink("self", scratch.root().join("self")).unwrap();
        symlink("sub/a", scratch.root().join("Thumbs.db")).unwrap();
        let (found, totals) = scratch.walk();
        assert_eq!(paths(&found), ["F/", "F/sub/", "F/sub/a"]);
        let named: Vec<_> = findings(&found).into_iter().map(|f| (f.path, f.kind, f.detail.unwrap())).collect();
        let link = |path: &str, to: &str| (path.to_owned(), FindingKind::Link, format!("points to {to}"));
        let expected = [
            ("F/Thumbs.db".to_owned(), FindingKind::ExcludedName, "points to sub/a".to_owned()),
            link("F/broken", "nowhere"),
            link("F/self", "self"),
            link("F/sub/loop", ".."),
            link("F/sub/to file", "a"),
        ];
        assert_eq!(named, expected);
        assert_eq!(totals.findings, 5);
    }

    #[test]
    fn a_folder_chosen_through_a_link_is_walked_under_the_links_name() {
        let scratch = Scratch::new();
        scratch.write("sub/a", "x");
        let link = scratch.root().with_file_name("chosen");
        symlink("F", &link).unwrap();
        let folder = Folder::open(&link).unwrap();
        let mut found = Vec::new();
        walk(&folder, &rules(), &Stop::default(), &mut |thing| found.push(thing)).unwrap();
        assert_eq!(paths(&found), ["chosen/", "chosen/sub/", "chosen/sub/a"]);
    }

    #[test]
    fn pipes_and_sockets_are_reported_and_never_opened() {
        let scratch = Scratch::new();
        assert!(Command::new("mkfifo").arg(scratch.root().join("pipe")).status().unwrap().success());
        let _socket = UnixListener::bind(scratch.root().join("sock")).unwrap();
        let (found, _) = scratch.walk();
        let named: Vec<_> = findings(&found).into_iter().map(|f| (f.path, f.kind, f.detail.unwrap())).collect();
        let special = |path: &str, what: &str| (path.to_owned(), FindingKind::SpecialFile, what.to_owned());
        assert_eq!(named, [special("F/pipe", "a named pipe"), special("F/sock", "a socket")]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn non_unicode_names_are_reported_with_their_bytes() {
        let scratch = Scratch::new();
        fs::write(scratch.root().join(OsStr::from_bytes(b"caf\xe9.txt")), "four").unwrap();
        let folder = scratch.root().join(OsStr::from_bytes(b"\xff dir"));
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("inside"), "x").unwrap();
        let (found, totals) = scratch.walk();
        assert_eq!((paths(&found), totals.files), (vec!["F/".to_owned()], 0));
        let findings = findings(&found);
        assert!(findings.iter().all(|finding| finding.kind == FindingKind::NameNotUnicode));
        assert_eq!(findings[0].path, "F/caf\u{fffd}.txt");
        assert_eq!(findings[0].raw_name.as_deref(), Some("636166e92e747874"));
        assert_eq!((findings[0].is_folder, findings[0].size), (false, Some(4)));
        assert_eq!((findings[1].is_folder, findings[1].raw_name.as_deref()), (true, Some("ff20646972")));
    }

    #[test]
    fn a_folder_that_cannot_be_listed_is_a_finding_and_the_walk_continues() {
        let scratch = Scratch::new();
        if !permissions_apply(&scratch) {
            return;
        }
        scratch.write("closed/a", "x");
        scratch.write("open/a", "x");
        let closed = scratch.root().join("closed");
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
        let (found, _) = scratch.walk();
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(paths(&found), ["F/", "F/open/", "F/open/a"]);
        let findings = findings(&found);
        assert_eq!((findings.len(), findings[0].kind), (1, FindingKind::Unreadable));
        assert_eq!((findings[0].path.as_str(), findings[0].is_folder), ("F/closed", true));
    }

    /// Creates a chain of folders whose whole path is longer than the system accepts in one call.
    fn deep_tree(scratch: &Scratch, pieces: usize) -> usize {
        // Each piece is created where its path is short, then moved below the previous one, from the inside out.
        let piece: PathBuf = std::iter::repeat_n("p".repeat(200), 8).collect();
        let workshop = scratch.root().with_file_name("workshop");
        for i in (0..pieces).rev() {
            let made = workshop.join(format!("{i}"));
            fs::create_dir_all(made.join(&piece)).unwrap();
            fs::write(made.join(&piece).join("file"), "x").unwrap();
            if i + 1 < pieces {
                fs::rename(workshop.join(format!("{}", i + 1)), made.join(&piece).join("next")).unwrap();
            }
        }
        fs::rename(workshop.join("0"), scratch.root().join("deep")).unwrap();
        pieces * (8 * 201 + 5)
    }

    #[test]
    fn a_tree_too_deep_to_open_ends_in_a_finding_and_the_walk_continues() {
        let scratch = Scratch::new();
        scratch.write("zzz/a", "x");
        let depth = deep_tree(&scratch, 4);
        assert!(depth > 4_096 + 1_600, "{depth}");
        let (found, totals) = scratch.walk();
        assert_eq!(paths(&found).last().map(String::as_str), Some("F/zzz/a"));
        let findings = findings(&found);
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!((findings[0].kind, findings[0].is_folder), (FindingKind::PathTooLong, true));
        assert!(totals.files >= 2, "{totals:?}");
    }

    #[test]
    fn a_very_deep_tree_of_short_names_needs_no_deep_stack() {
        let scratch = Scratch::new();
        let below: PathBuf = std::iter::repeat_n("d", 800).collect();
        fs::create_dir_all(scratch.root().join(&below)).unwrap();
        fs::write(scratch.root().join(&below).join("last"), "x").unwrap();
        let root = scratch.folder;
        let small_stack = std::thread::Builder::new().stack_size(64 << 10);
        let walked = small_stack.spawn(move || {
            let mut files = 0;
            walk(&root, &rules(), &Stop::default(), &mut |thing| {
                files += u32::from(matches!(thing, Found::File { .. }));
            })
            .map(|_| files)
        });
        assert_eq!(walked.unwrap().join().unwrap(), Ok(1));
    }
}
