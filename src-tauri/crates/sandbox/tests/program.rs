//! Drives the built `waybill-sandbox`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "everything here is a test")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waybill-sandbox"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(arguments: &[&str]) -> Output {
    program(arguments).output().unwrap()
}

/// A running sandbox, killed when this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended where the test went well.
        let _ended = self.0.kill().and_then(|()| self.0.wait());
    }
}

fn start(dir: &Path) -> (Running, Value) {
    let mut process = Running(program(&["--dir", dir.to_str().unwrap(), "--json"]).spawn().unwrap());
    let mut first = String::new();
    BufReader::new(process.0.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
    let ready = serde_json::from_str(&first).unwrap_or_else(|error| panic!("{first:?}: {error}"));
    (process, ready)
}

#[cfg(unix)]
#[test]
fn it_says_where_it_listens_and_ends_at_a_signal() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        let dir = tempfile::tempdir().unwrap();
        let (mut process, ready) = start(dir.path());
        assert_eq!(ready["event"], "ready");
        assert!(Path::new(ready["service"].as_str().unwrap()).is_file());
        assert!(Command::new("kill").args([signal, &process.0.id().to_string()]).status().unwrap().success());
        assert_eq!(process.0.wait().unwrap().code(), Some(0), "{signal}");
        let mut rest = String::new();
        process.0.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "{\"event\":\"done\",\"exit\":0}\n");
    }
}

#[test]
fn a_second_sandbox_in_a_folder_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (_first, _ready) = start(dir.path());
    let second = run(&["--dir", dir.path().to_str().unwrap(), "--json"]);
    assert_eq!(second.status.code(), Some(7), "{second:?}");
    let error: Value = serde_json::from_slice(&second.stdout).unwrap();
    assert_eq!((error["code"].as_str(), error["exit"].as_u64()), (Some("data_folder_unusable"), Some(7)));
    let third = run(&["--dir", dir.path().to_str().unwrap()]);
    assert!(String::from_utf8_lossy(&third.stderr).contains("another folder with --dir"), "{third:?}");
    assert!(third.stdout.is_empty());
}

#[test]
fn a_command_line_that_is_not_understood_is_usage() {
    for arguments in [&[][..], &["--dir"], &["--dir", "d", "--no-such-option"]] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}");
    }
    let output = run(&["--seed", "1", "--json"]);
    let error: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((error["event"].as_str(), error["code"].as_str()), (Some("error"), Some("usage")));
}

#[test]
fn help_version_and_completions_go_to_standard_output() {
    for (arguments, wanted) in [
        (&["--help"][..], "--repeat-complete"),
        (&["--version"], "waybill-sandbox "),
        (&["completions", "bash"], "_waybill__sandbox"),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(String::from_utf8_lossy(&output.stdout).contains(wanted), "{arguments:?}: {output:?}");
    }
}
