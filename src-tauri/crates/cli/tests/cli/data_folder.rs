//! The data folder.

use std::fs;
use std::process::{Command, Stdio};

use crate::{PROFILE, code, events, last_code, stdout, waybill};

#[test]
fn without_a_journal_there_are_no_transfers_and_none_is_made() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let dir = data.to_str().unwrap();
    let output = waybill(home.path(), &["transfers", "--data-dir", dir]);
    assert_eq!(code(&output), 0);
    assert!(stdout(&output).contains("no transfers"));
    assert_eq!(events(&waybill(home.path(), &["transfers", "--json", "--data-dir", dir])).len(), 1);
    for arguments in [
        &["show", "TDR-2026-ABC"][..],
        &["pause", "TDR-2026-ABC"],
        &["cancel", "TDR-2026-ABC"],
        &["resume", "TDR-2026-ABC"],
        &["receipt", "TDR-2026-ABC", "--format", "html", "--out", "o"],
    ] {
        let output = waybill(home.path(), &[arguments, &["--json", "--data-dir", dir]].concat());
        assert_eq!((code(&output), last_code(&output).as_str()), (2, "transfer_unknown"), "{arguments:?}");
    }
    for arguments in [&["resume"][..], &["resume", "--all"]] {
        let output = waybill(home.path(), &[arguments, &["--data-dir", dir]].concat());
        assert_eq!(code(&output), 0, "{arguments:?}");
        assert!(stdout(&output).contains("nothing to resume"));
    }
}

#[test]
fn a_data_folder_that_is_a_file_is_named() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("Folder");
    fs::create_dir(&folder).unwrap();
    let (data, profile) = (home.path().join("data"), home.path().join("service.toml"));
    fs::write(&data, "x").unwrap();
    fs::write(&profile, PROFILE).unwrap();
    let folder = folder.to_str().unwrap();
    let output = waybill(
        home.path(),
        &[
            "send",
            folder,
            "--consignment",
            "R",
            "--json",
            "--session",
            "memory",
            "--data-dir",
            data.to_str().unwrap(),
            "--service",
            profile.to_str().unwrap(),
        ],
    );
    assert_eq!((code(&output), last_code(&output).as_str()), (7, "data_folder_unusable"));
}

/// Runs the program as an account that cannot write to the folder: the superuser can always.
#[cfg(unix)]
#[test]
fn a_data_folder_that_cannot_be_written_to_is_not_called_a_missing_sign_in() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::os::unix::process::CommandExt as _;
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let data = home.path().join("data");
    fs::create_dir(&data).unwrap();
    let profile = home.path().join("service.toml");
    fs::write(&profile, PROFILE).unwrap();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o555)).unwrap();
    for command in ["whoami", "consignments"] {
        let mut waybill = Command::new(env!("CARGO_BIN_EXE_waybill"));
        waybill.env("HOME", home.path()).env("XDG_CONFIG_DIRS", home.path()).arg(command);
        waybill.args(["--json", "--session", "file", "--service"]).arg(&profile).arg("--data-dir").arg(&data);
        if fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
            waybill.uid(65_534).gid(65_534);
        }
        let output = waybill.stdin(Stdio::null()).output().unwrap();
        assert_eq!((code(&output), last_code(&output).as_str()), (7, "data_folder_unusable"), "{command}");
    }
}
