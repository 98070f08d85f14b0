use super::*;

fn code(path: &Path) -> Code {
    Folder::open(path).unwrap_err().code
}

#[test]
fn a_folder_has_an_absolute_path_and_its_own_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("Büro 2024 \u{1f5c3}");
    fs::create_dir_all(path.join("sub")).unwrap();
    for way in [path.clone(), path.join("."), path.join("sub/.."), path.join("sub/../sub/..")] {
        let folder = Folder::open(&way).unwrap();
        assert_eq!(folder.name(), "Büro 2024 \u{1f5c3}");
        assert!(folder.path().is_absolute() && folder.is_reachable());
        assert!(folder.path().ends_with("Büro 2024 \u{1f5c3}"));
    }
}

#[test]
fn the_current_folder_has_its_real_name() {
    let folder = Folder::open(Path::new(".")).unwrap();
    assert_eq!(folder.path().file_name().unwrap().to_str(), Some(folder.name()));
    assert_eq!(folder.path(), std::env::current_dir().unwrap());
}

#[test]
fn something_that_is_not_a_folder_is_recognised() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "x").unwrap();
    assert_eq!(code(&file), Code::FolderIsFile);
    assert_eq!(code(&file.join("below")), Code::FolderMissing);
    assert_eq!(code(&dir.path().join("missing")), Code::FolderMissing);
    assert_eq!(code(Path::new("")), Code::FolderMissing);
    assert_eq!(code(Path::new("nul\0inside")), Code::FolderMissing);
    assert_eq!(code(&dir.path().join("n".repeat(300))), Code::FolderMissing);
}

#[test]
fn a_path_through_a_missing_folder_is_resolved_on_disk_except_on_windows() {
    let dir = tempfile::tempdir().unwrap();
    let above = dir.path().join("missing").join("..");
    if cfg!(windows) {
        assert_eq!(Folder::open(&above).unwrap().path(), Folder::open(dir.path()).unwrap().path());
    } else {
        assert_eq!(code(&above), Code::FolderMissing);
    }
}

#[cfg(windows)]
#[test]
fn the_root_of_a_drive_is_unusable() {
    assert_eq!(code(Path::new(r"C:\")), Code::FolderNameUnusable);
}

#[cfg(windows)]
#[test]
fn a_folder_typed_in_another_case_is_spelt_as_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("Parish").join("Records");
    fs::create_dir_all(&path).unwrap();
    let typed = dir.path().join("PARISH").join("records");
    let (opened, typed) = (Folder::open(&path).unwrap(), Folder::open(&typed).unwrap());
    assert_eq!((typed.name(), typed.path()), ("Records", opened.path()));
}

#[cfg(unix)]
#[test]
fn a_disk_root_and_a_non_unicode_name_are_unusable() {
    use std::os::unix::ffi::OsStrExt as _;
    assert_eq!(code(Path::new("/")), Code::FolderNameUnusable);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(std::ffi::OsStr::from_bytes(b"caf\xe9"));
    fs::create_dir(&path).unwrap();
    assert_eq!(code(&path), Code::FolderNameUnusable);
    // Above the folder such a name is harmless.
    fs::create_dir(path.join("inner")).unwrap();
    assert_eq!(Folder::open(&path.join("inner")).unwrap().name(), "inner");
}

#[cfg(unix)]
#[test]
fn a_link_to_a_folder_keeps_the_name_that_the_person_chose() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("real")).unwrap();
    std::os::unix::fs::symlink("real", dir.path().join("chosen")).unwrap();
    std::os::unix::fs::symlink("nowhere", dir.path().join("broken")).unwrap();
    assert_eq!(Folder::open(&dir.path().join("chosen")).unwrap().name(), "chosen");
    assert_eq!(code(&dir.path().join("broken")), Code::FolderMissing);
}

#[test]
fn a_vanished_folder_is_unreachable_until_it_is_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("F");
    fs::create_dir(&path).unwrap();
    let folder = Folder::open(&path).unwrap();
    fs::remove_dir(&path).unwrap();
    assert!(!folder.is_reachable());
    fs::write(&path, "a file in its place").unwrap();
    assert!(!folder.is_reachable());
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(Folder::open(&path).unwrap().is_reachable());
}

#[cfg(unix)]
#[test]
fn another_folder_at_the_same_path_is_not_the_folder_that_was_opened() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("F");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("a"), "x").unwrap();
    let folder = Folder::open(&path).unwrap();
    fs::rename(&path, dir.path().join("G")).unwrap();
    fs::create_dir(&path).unwrap();
    fs::write(path.join("a"), "x").unwrap();
    assert!(!folder.is_reachable());
    assert_ne!(Folder::reopen(&path).unwrap().key(), folder.key());
    fs::remove_dir_all(&path).unwrap();
    fs::rename(dir.path().join("G"), &path).unwrap();
    assert!(folder.is_reachable());
}

#[test]
fn an_empty_folder_in_place_of_one_with_files_is_not_that_folder() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("F");
    fs::create_dir(&path).unwrap();
    // Bare from the start: the computer was restarted before the drive was mounted.
    assert_eq!(Folder::reopen(&path).unwrap_err().code, Code::FolderGone);
    fs::write(path.join("a"), "x").unwrap();
    let folder = Folder::reopen(&path).unwrap();
    assert_eq!((folder.name(), folder.path()), ("F", path.as_path()));
    assert!(folder.is_reachable());
    // Bare while in use, on the same device.
    fs::rename(path.join("a"), dir.path().join("a")).unwrap();
    assert!(!folder.is_reachable());
    fs::remove_dir(&path).unwrap();
    assert_eq!(Folder::reopen(&path).unwrap_err().code, Code::FolderGone);
    fs::write(&path, "a file").unwrap();
    assert_eq!(Folder::reopen(&path).unwrap_err().code, Code::FolderGone);
    assert_eq!(Folder::reopen(Path::new("/")).unwrap_err().code, Code::FolderGone);
}

#[test]
fn a_file_missing_from_a_bare_mount_point_is_not_gone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("F");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("a"), "x").unwrap();
    let folder = Folder::reopen(&path).unwrap();
    let item = RelPath::new("F/b").unwrap();
    assert_eq!(crate::identity(&folder, &item), Err(crate::HashFault::Gone));
    fs::remove_file(path.join("a")).unwrap();
    assert_eq!(crate::identity(&folder, &item), Err(crate::HashFault::FolderGone));
}

#[test]
fn the_first_segment_of_an_item_stands_for_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::open(dir.path()).unwrap();
    let item = RelPath::new(format!("{}/sub/a.txt", folder.name())).unwrap();
    assert_eq!(folder.disk_path(&item), dir.path().join("sub").join("a.txt"));
    assert_eq!(folder.disk_path(folder.top()), dir.path());
}
