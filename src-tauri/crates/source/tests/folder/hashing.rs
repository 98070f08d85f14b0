//! Hashing and examining real files.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::Write as _;
use std::time::{Duration, UNIX_EPOCH};

use crate::scratch::{Scratch, rel};
use proptest::prelude::*;
use waybill_model::{Crc64Nvme, FindingKind, Identity, PartPlan, PartRules, RelPath};
use waybill_source::{Folder, HashFault, Hashed, Stop, hash, identity, open, probe_readable, unchanged};

const MIB: u64 = 1 << 20;

fn hash_usual(scratch: &Scratch, path: &RelPath) -> Result<Hashed, HashFault> {
    hash(&scratch.folder, path, &found(scratch, path), PartRules::default(), &Stop::default(), &|_| {})
}

/// Returns the state in which a walk would find the file now.
fn found(scratch: &Scratch, path: &RelPath) -> Identity {
    identity(&scratch.folder, path).unwrap_or(Identity { size: 0, modified_ns: 0, file_key: None })
}

/// Returns bytes that do not repeat at intervals of a part's size.
fn content(len: u64) -> Vec<u8> {
    (0..len).map(|i| u8::try_from((i * 31 + i / 251) % 256).unwrap()).collect()
}

fn crc(bytes: &[u8]) -> Crc64Nvme {
    Crc64Nvme(crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Nvme, bytes))
}

#[test]
fn a_small_file_has_one_checksum_and_its_identity() {
    let scratch = Scratch::new();
    scratch.write("sub/a", "123456789");
    let hashed = hash_usual(&scratch, &rel("F/sub/a")).unwrap();
    assert_eq!(hashed.plan, PartPlan::Single { size: 9 });
    assert_eq!(hashed.crcs, [Crc64Nvme(0xAE8B_1486_0A79_9888)]);
    let sha256 = "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225";
    assert_eq!(hashed.sha256.to_string(), sha256);
    assert_eq!(identity(&scratch.folder, &rel("F/sub/a")), Ok(hashed.identity));
}

#[test]
fn an_empty_file_is_hashed_too() {
    let scratch = Scratch::new();
    scratch.write("empty", "");
    let hashed = hash_usual(&scratch, &rel("F/empty")).unwrap();
    assert_eq!((hashed.plan, hashed.crcs.len()), (PartPlan::Single { size: 0 }, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn a_divided_file_has_the_checksums_of_its_parts(
        parts in 1_u64..4,
        off in prop_oneof![Just(0), Just(1), 2..MIB],
        below in any::<bool>(),
        single_put_below in prop_oneof![Just(0), Just(11 * MIB)],
    ) {
        let part_size = PartRules::MIN_PART;
        let len = if below { parts * part_size - off } else { parts * part_size + off };
        let bytes = content(len);
        let scratch = Scratch::new();
        scratch.write("big", &bytes);
        let rules = PartRules { single_put_below, part_size };
        let read = Cell::new(0);
        let (path, count) = (rel("F/big"), |now| read.set(read.get() + now));
        let hashed =
            hash(&scratch.folder, &path, &found(&scratch, &path), rules, &Stop::default(), &count).unwrap();
        let each = if len < single_put_below { len } else { part_size };
        let expected: Vec<_> = bytes.chunks(usize::try_from(each).unwrap()).map(crc).collect();
        prop_assert_eq!(hashed.crcs.len(), usize::from(hashed.plan.count()));
        prop_assert_eq!(hashed.crcs, expected);
        prop_assert_eq!(read.get(), len);
        prop_assert_eq!(hashed.plan.size(), len);
    }
}

/// Hashes a file of 1 MiB, and calls `act` after the first read.
fn hash_while(scratch: &Scratch, act: impl Fn()) -> Result<Hashed, HashFault> {
    scratch.write("a", content(MIB));
    let acted = Cell::new(false);
    let path = rel("F/a");
    hash(&scratch.folder, &path, &found(scratch, &path), PartRules::default(), &Stop::default(), &|_| {
        if !acted.replace(true) {
            act();
        }
    })
}

#[test]
fn a_file_written_to_while_it_is_read_is_not_hashed() {
    let scratch = Scratch::new();
    let path = scratch.root().join("a");
    let open = || fs::OpenOptions::new().write(true).open(&path).unwrap();
    assert!(hash_while(&scratch, || {}).is_ok());
    // Lengthened, shortened, and overwritten.
    let longer =
        hash_while(&scratch, || fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"x").unwrap());
    assert_eq!(longer, Err(HashFault::ChangedWhileReading));
    let shorter = hash_while(&scratch, || open().set_len(600_000).unwrap());
    assert_eq!(shorter, Err(HashFault::ChangedWhileReading));
    let same_size = hash_while(&scratch, || {
        let mut file = open();
        file.write_all(b"other").unwrap();
        file.set_modified(UNIX_EPOCH + Duration::from_secs(1)).unwrap();
    });
    assert_eq!(same_size, Err(HashFault::ChangedWhileReading));
}

#[test]
fn a_stop_ends_the_hashing() {
    let scratch = Scratch::new();
    scratch.write("a", content(2 * MIB));
    let stop = Stop::default();
    let path = rel("F/a");
    let now = found(&scratch, &path);
    let stopped = hash(&scratch.folder, &path, &now, PartRules::default(), &stop, &|_| stop.set());
    assert_eq!(stopped, Err(HashFault::Stopped));
    let before = hash(&scratch.folder, &rel("F/not even there"), &now, PartRules::default(), &stop, &|_| {});
    assert_eq!(before, Err(HashFault::Stopped));
}

#[test]
fn a_missing_file_differs_from_a_missing_folder() {
    let scratch = Scratch::new();
    scratch.write("a", "x");
    assert_eq!(hash_usual(&scratch, &rel("F/b")), Err(HashFault::Gone));
    assert_eq!(hash_usual(&scratch, &rel("F/a/b")), Err(HashFault::Gone));
    assert_eq!(identity(&scratch.folder, &rel("F/b")), Err(HashFault::Gone));
    fs::rename(scratch.root(), scratch.root().with_file_name("moved")).unwrap();
    assert_eq!(hash_usual(&scratch, &rel("F/a")), Err(HashFault::FolderGone));
    assert_eq!(identity(&scratch.folder, &rel("F/a")), Err(HashFault::FolderGone));
    assert_eq!(probe_readable(&scratch.folder, &rel("F/a")), None);
}

#[test]
fn a_folder_in_place_of_a_file_is_not_a_file() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.root().join("d")).unwrap();
    assert_eq!(hash_usual(&scratch, &rel("F/d")), Err(HashFault::NotAFile));
    assert_eq!(identity(&scratch.folder, &rel("F/d")), Err(HashFault::NotAFile));
    assert_eq!(hash_usual(&scratch, &rel("F")), Err(HashFault::NotAFile));
}

#[test]
fn the_probe_reports_a_missing_file_and_nothing_for_a_readable_one() {
    let scratch = Scratch::new();
    scratch.write("a", "x");
    assert_eq!(probe_readable(&scratch.folder, &rel("F/a")), None);
    let finding = probe_readable(&scratch.folder, &rel("F/b")).unwrap();
    assert_eq!((finding.kind, finding.path.as_str()), (FindingKind::Unreadable, "F/b"));
}

#[test]
fn an_identity_changes_with_the_file_and_only_then() {
    let scratch = Scratch::new();
    scratch.write("a", "x");
    let path = rel("F/a");
    let now = || identity(&scratch.folder, &path).unwrap();
    let first = now();
    fs::read(scratch.root().join("a")).unwrap();
    assert!(unchanged(&first, &now()));
    scratch.write("a", "xy");
    assert!(!unchanged(&first, &now()));
    let second = now();
    File::options().write(true).open(scratch.root().join("a")).unwrap().set_modified(UNIX_EPOCH).unwrap();
    assert!(!unchanged(&second, &now()));
    assert_eq!(now().modified().0, 0);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::process::Command;

    use super::*;
    use crate::scratch::permissions_apply;

    #[test]
    fn a_link_or_pipe_in_place_of_a_file_is_not_opened_or_waited_for() {
        let scratch = Scratch::new();
        scratch.write("a", "x");
        symlink("a", scratch.root().join("link")).unwrap();
        assert!(Command::new("mkfifo").arg(scratch.root().join("pipe")).status().unwrap().success());
        for path in ["F/link", "F/pipe"] {
            assert_eq!(hash_usual(&scratch, &rel(path)), Err(HashFault::NotAFile), "{path}");
            assert_eq!(identity(&scratch.folder, &rel(path)), Err(HashFault::NotAFile), "{path}");
            assert_eq!(probe_readable(&scratch.folder, &rel(path)).unwrap().kind, FindingKind::Unreadable);
        }
    }

    /// Creates a folder outside the chosen one, with a file of the same name.
    fn private(scratch: &Scratch) -> std::path::PathBuf {
        let private = scratch.root().parent().unwrap().join("private");
        fs::create_dir(&private).unwrap();
        fs::write(private.join("a"), "a secret").unwrap();
        private
    }

    #[test]
    fn a_folder_that_becomes_a_link_while_files_are_read_is_not_followed() {
        let scratch = Scratch::new();
        scratch.write("zz/a", "public");
        scratch.write("zz/sub/a", "public");
        let private = private(&scratch);
        let paths = [rel("F/zz/a"), rel("F/zz/sub/a")];
        let walked = paths.clone().map(|path| found(&scratch, &path));
        fs::rename(scratch.root().join("zz"), scratch.root().parent().unwrap().join("away")).unwrap();
        fs::create_dir(private.join("sub")).unwrap();
        fs::write(private.join("sub/a"), "secret").unwrap();
        for target in [private.as_path(), &scratch.root().parent().unwrap().join("away")] {
            symlink(target, scratch.root().join("zz")).unwrap();
            for (path, walked) in paths.iter().zip(&walked) {
                let hashed = hash(&scratch.folder, path, walked, PartRules::default(), &Stop::default(), &|_| {});
                assert_eq!(hashed, Err(HashFault::Replaced), "{path}");
                assert_eq!(open(&scratch.folder, path).unwrap_err(), HashFault::Replaced, "{path}");
                assert_eq!(identity(&scratch.folder, path), Err(HashFault::Replaced), "{path}");
                assert_eq!(probe_readable(&scratch.folder, path).unwrap().kind, FindingKind::Unreadable);
            }
            fs::remove_file(scratch.root().join("zz")).unwrap();
        }
    }

    #[test]
    fn another_folder_in_place_of_the_chosen_one_is_never_read() {
        let scratch = Scratch::new();
        scratch.write("a", "public");
        let private = private(&scratch);
        let path = rel("F/a");
        let walked = found(&scratch, &path);
        let away = scratch.root().parent().unwrap().join("away");
        fs::rename(scratch.root(), &away).unwrap();
        symlink(&private, scratch.root()).unwrap();
        // The folder that was opened is no longer at its path.
        let hashed = hash(&scratch.folder, &path, &walked, PartRules::default(), &Stop::default(), &|_| {});
        assert_eq!(hashed, Err(HashFault::FolderGone));
        // The folder at its path now is another, and its files are not those that were found.
        let other = Folder::reopen(scratch.root()).unwrap();
        assert_ne!(other.key(), scratch.folder.key());
        let hashed = hash(&other, &path, &walked, PartRules::default(), &Stop::default(), &|_| {});
        assert_eq!(hashed, Err(HashFault::Replaced));
    }

    #[test]
    fn a_file_edited_in_place_is_still_the_one_that_was_found() {
        let scratch = Scratch::new();
        scratch.write("a", "before");
        let walked = found(&scratch, &rel("F/a"));
        scratch.write("a", "longer than before");
        let edited = hash(&scratch.folder, &rel("F/a"), &walked, PartRules::default(), &Stop::default(), &|_| {});
        assert_eq!(edited.unwrap().identity.size, 18);
        scratch.write("b", "another file");
        fs::rename(scratch.root().join("b"), scratch.root().join("a")).unwrap();
        let other = hash(&scratch.folder, &rel("F/a"), &walked, PartRules::default(), &Stop::default(), &|_| {});
        assert_eq!(other, Err(HashFault::Replaced));
    }

    #[test]
    fn a_file_without_read_permission_is_unreadable_with_the_systems_message() {
        let scratch = Scratch::new();
        if !permissions_apply(&scratch) {
            return;
        }
        scratch.write("a", "four");
        fs::set_permissions(scratch.root().join("a"), fs::Permissions::from_mode(0o000)).unwrap();
        let finding = probe_readable(&scratch.folder, &rel("F/a")).unwrap();
        assert_eq!((finding.kind, finding.size), (FindingKind::Unreadable, Some(4)));
        assert!(matches!(hash_usual(&scratch, &rel("F/a")), Err(HashFault::Unreadable(_))));
        assert!(identity(&scratch.folder, &rel("F/a")).is_ok());
    }

    #[test]
    fn names_that_look_like_patterns_or_options_are_just_names() {
        let scratch = Scratch::new();
        for name in ["-rf", "=1+1", "a\\..\\b", "new\nline", "ends. ", "\u{1f5c3}", "U\u{308}", "\u{dc}"] {
            scratch.write(name, name);
            let hashed = hash_usual(&scratch, &rel(&format!("F/{name}"))).unwrap();
            assert_eq!(hashed.crcs, [crc(name.as_bytes())], "{name:?}");
        }
    }
}

#[cfg(windows)]
mod windows {
    use std::os::windows::fs::OpenOptionsExt as _;

    use super::*;

    #[test]
    fn a_file_held_by_another_program_is_locked_until_released() {
        let scratch = Scratch::new();
        scratch.write("a", "x");
        let kept = File::options().read(true).share_mode(0).open(scratch.root().join("a")).unwrap();
        assert!(matches!(hash_usual(&scratch, &rel("F/a")), Err(HashFault::Locked(_))));
        assert_eq!(probe_readable(&scratch.folder, &rel("F/a")).unwrap().kind, FindingKind::Locked);
        drop(kept);
        assert_eq!(hash_usual(&scratch, &rel("F/a")).unwrap().plan, PartPlan::Single { size: 1 });
        assert_eq!(probe_readable(&scratch.folder, &rel("F/a")), None);
    }

    #[test]
    fn a_file_can_be_renamed_by_others_while_it_is_hashed() {
        let scratch = Scratch::new();
        scratch.write("a", content(4 * MIB));
        let renamed = Cell::new(false);
        let path = rel("F/a");
        let now = found(&scratch, &path);
        let hashed = hash(&scratch.folder, &path, &now, PartRules::default(), &Stop::default(), &|_| {
            if !renamed.replace(true) {
                fs::rename(scratch.root().join("a"), scratch.root().join("b")).unwrap();
            }
        });
        assert_eq!(hashed.unwrap().identity.size, 4 * MIB);
        assert_eq!(hash_usual(&scratch, &rel("F/a")), Err(HashFault::Gone));
    }
}
