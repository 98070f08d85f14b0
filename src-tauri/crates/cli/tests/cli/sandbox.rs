//! `waybill sandbox` starts `waybill-sandbox`.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::{code, events, last_code, stderr, stdout};

/// Copies the program into an otherwise empty folder.
fn alone(folder: &Path) -> std::path::PathBuf {
    let program = folder.join("waybill");
    if fs::hard_link(env!("CARGO_BIN_EXE_waybill"), &program).is_err() {
        fs::copy(env!("CARGO_BIN_EXE_waybill"), &program).unwrap();
    }
    program
}

/// Creates a stand-in for the sandbox, which prints its arguments and ends with 9.
fn stand_in(folder: &Path, name: &str) {
    let program = folder.join("waybill-sandbox");
    fs::write(&program, format!("#!/bin/sh\necho {name} \"$@\"\nexit 9\n")).unwrap();
    fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
}

#[test]
fn the_sandbox_is_started_with_what_follows_and_ends_the_program_as_it_ends() {
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let program = alone(home.path());
    let on_path = home.path().join("bin");
    fs::create_dir(&on_path).unwrap();
    let start = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.env("HOME", home.path()).env("PATH", &on_path).env_remove("WAYBILL_SERVICE");
        command.args(arguments).stdin(Stdio::null()).output().unwrap()
    };

    let missing = start(&["sandbox", "--dir", "d"]);
    assert_eq!(code(&missing), 2);
    assert!(stderr(&missing).contains("not installed"), "{}", stderr(&missing));
    let missing = start(&["--json", "sandbox", "--dir", "d"]);
    assert_eq!(last_code(&missing), "usage");
    assert!(events(&missing)[0]["next"].as_str().unwrap().contains("waybill-sandbox"));

    stand_in(&on_path, "path");
    let found = start(&["-vv", "sandbox", "--dir", "a b", "--json"]);
    assert_eq!((code(&found), stdout(&found).as_str()), (9, "path --verbose --verbose --dir a b --json\n"));
    stand_in(home.path(), "beside");
    let found = start(&["--json", "sandbox", "--help"]);
    assert_eq!((code(&found), stdout(&found).as_str()), (9, "beside --json --help\n"));
}
