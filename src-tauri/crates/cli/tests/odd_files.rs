//! What stands in place of a file that `waybill` reads: a pipe, a device, a folder, far too much. Nothing hangs, nothing
//! is read without end, and each is reported with its name and what to do next.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "everything here is a test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const PROFILE: &str = r#"name = "ours"
ca_file = "ca.pem"
[sign_in]
issuer = "https://127.0.0.1:9/realms/tdr"
client_id = "waybill"
[api]
url = "https://127.0.0.1:9/graphql"
[upload]
url = "https://127.0.0.1:9"
[website]
url = "https://127.0.0.1:9"
"#;

/// What is put in a file's place: a shell's command for the path `$1`.
const ODD: [(&str, &str); 5] = [
    ("a pipe", "mkfifo \"$1\""),
    ("a folder", "mkdir \"$1\""),
    ("a link to a device without an end", "ln -s /dev/zero \"$1\""),
    ("far too much", "truncate -s 64G \"$1\""),
    ("a file that nobody may read", "touch \"$1\" && chmod 000 \"$1\""),
];

/// A home with a data folder, a profile and a certificate file that can be used.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        for folder in ["data/mailbox", "machine/waybill", "records", "out"] {
            fs::create_dir_all(home.at(folder)).unwrap();
        }
        fs::write(home.at("ours.toml"), PROFILE).unwrap();
        fs::write(home.at("ca.pem"), "").unwrap();
        let plain = PROFILE.replace("ours", "plain").replace("ca_file = \"ca.pem\"\n", "");
        fs::write(home.at("plain.toml"), plain).unwrap();
        fs::write(home.at("records/a.txt"), "a").unwrap();
        home
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    /// Puts something odd there.
    fn put(&self, path: &str, make: &str) {
        let place = self.at(path);
        let made = Command::new("sh").args(["-c", make, "sh"]).arg(&place).status().unwrap();
        assert!(made.success(), "{make} {}", place.display());
    }

    /// Runs `waybill`, which has to end within half a minute.
    fn waybill(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("timeout");
        for name in ["WAYBILL_SERVICE", "WAYBILL_DATA_DIR", "NO_COLOR"] {
            command.env_remove(name);
        }
        let output = command
            .args(["-s", "KILL", "30", env!("CARGO_BIN_EXE_waybill"), "--json", "--no-browser", "--session", "file"])
            .arg("--data-dir")
            .arg(self.at("data"))
            .args(arguments)
            .current_dir(self.0.path())
            .env("HOME", self.0.path())
            .env("XDG_CONFIG_DIRS", self.at("machine"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.code().is_some_and(|code| code < 124), "{arguments:?}: {output:?}");
        output
    }
}

/// The event with the expected code, which has to say which file it is and what to do next.
fn reported(output: &Output, code: &str, name: &str, what: &str) {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let found = events.iter().find(|event| event["code"] == code).unwrap_or_else(|| panic!("{what}: {events:?}"));
    assert!(found["next"].as_str().is_some_and(|next| !next.is_empty()), "{what}: {found}");
    assert!(found.to_string().contains(name), "{what}: {found}");
}

/// Whether this account cannot read it: the administrator reads everything.
fn differs_from_an_empty_file(path: &Path) -> bool {
    !fs::symlink_metadata(path).unwrap().is_file()
        || fs::metadata(path).unwrap().len() > 0
        || fs::File::open(path).is_err()
}

#[test]
fn each_file_with_something_odd_in_its_place_is_reported_by_its_name() {
    let cases: [(&str, &[&str], &str); 6] = [
        ("data/settings.toml", &["whoami"], "settings_unreadable"),
        ("machine/waybill/settings.toml", &["whoami"], "settings_unreadable"),
        ("ours.toml", &["--service", "ours.toml", "whoami"], "profile_unreadable"),
        ("ca.pem", &["--service", "ours.toml", "whoami"], "ca_file_unreadable"),
        ("data/session-plain.json", &["--service", "plain.toml", "whoami"], "data_folder_unusable"),
        ("data/journal.sqlite", &["transfers"], "data_folder_unusable"),
    ];
    for (path, arguments, code) in cases {
        for (odd, make) in ODD {
            let may_be_large = path.ends_with(".lock") || path.ends_with(".sqlite");
            if may_be_large && odd == "far too much" {
                continue;
            }
            let home = Home::new();
            let _absent = fs::remove_file(home.at(path));
            home.put(path, make);
            if !differs_from_an_empty_file(&home.at(path)) {
                continue;
            }
            let what = format!("{odd} in place of {path}");
            let name = Path::new(path).file_name().unwrap().to_str().unwrap();
            reported(&home.waybill(arguments), code, name, &what);
        }
    }
}

#[test]
fn no_command_waits_at_a_pipe_in_place_of_any_file() {
    let files = [
        "data/settings.toml",
        "data/session-plain.json",
        "data/session.lock",
        "data/journal.sqlite",
        "data/journal.sqlite-wal",
        "data/journal.sqlite-shm",
        "data/journal.sqlite-journal",
        "data/journal.lock",
        "data/journal.owner",
        "data/line.json",
        "data/mailbox/a.request",
        "data/journal.space",
        "data/.write-test",
        "data/waybill.log",
        "records/pipe",
        "out/waybill-receipt.html",
        "ca.pem",
        "ours.toml",
        "plain.toml",
    ];
    let commands: [&[&str]; 8] = [
        &["whoami"],
        &["sign-out"],
        &["transfers"],
        &["check", "records"],
        &["show", "TDR-2026-ABC"],
        &["pause", "TDR-2026-ABC"],
        &["receipt", "TDR-2026-ABC", "--out", "out"],
        &["resume", "TDR-2026-ABC"],
    ];
    for path in files {
        let home = Home::new();
        let _absent = fs::remove_file(home.at(path));
        home.put(path, "mkfifo \"$1\"");
        for arguments in commands {
            let service = if path == "ca.pem" || path == "ours.toml" { "ours.toml" } else { "plain.toml" };
            let all: Vec<&str> = ["--service", service].iter().chain(arguments).copied().collect();
            let output = home.waybill(&all);
            assert_ne!(output.status.code(), Some(70), "{path} {arguments:?}: {output:?}");
        }
    }
}
