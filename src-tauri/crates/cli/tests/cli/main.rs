//! Runs the built program where no service is needed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "everything here is a test")]

mod arguments;
mod data_folder;
mod folders;
mod output;
#[cfg(unix)]
mod sandbox;
mod services;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// `waybill` in a clean environment: none of this computer's settings reach it.
pub(crate) fn waybill(home: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waybill"));
    for name in ["WAYBILL_SERVICE", "WAYBILL_DATA_DIR", "NO_COLOR"] {
        command.env_remove(name);
    }
    command
        .env("HOME", home)
        .env("XDG_DATA_HOME", home.join("share"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_CONFIG_DIRS", home.join("machine"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("ended by a signal: {output:?}"))
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Returns the lines of `--json`. The last is `done` or `error`, and states the exit code.
pub(crate) fn events(output: &Output) -> Vec<Value> {
    let events: Vec<Value> = stdout(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = events.last().unwrap_or_else(|| panic!("no events: {output:?}"));
    assert!(matches!(last["event"].as_str(), Some("done" | "error")), "{last}");
    assert_eq!(last["exit"], code(output), "{last}");
    events
}

pub(crate) fn last_code(output: &Output) -> String {
    events(output).last().unwrap()["code"].as_str().unwrap().to_owned()
}

/// A profile whose addresses nobody answers.
pub(crate) const PROFILE: &str = r#"name = "mine"
title = "Mine"

[sign_in]
issuer = "http://127.0.0.1:1/realms/tdr"
client_id = "waybill"
redirect_uri = "http://127.0.0.1/callback"

[api]
url = "https://127.0.0.1:1/graphql"

[upload]
url = "https://127.0.0.1:1"
origin = "http://127.0.0.1:1"
authorise = "cookies"

[website]
url = "http://127.0.0.1:1"
"#;
