//! Runs the built program where no service is needed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "everything here is a test")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// `waybill` in a clean environment: none of this computer's settings reach it.
fn waybill(home: &Path, arguments: &[&str]) -> Output {
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

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("ended by a signal: {output:?}"))
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Returns the lines of `--json`. The last is `done` or `error`, and states the exit code.
fn events(output: &Output) -> Vec<Value> {
    let events: Vec<Value> = stdout(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = events.last().unwrap_or_else(|| panic!("no events: {output:?}"));
    assert!(matches!(last["event"].as_str(), Some("done" | "error")), "{last}");
    assert_eq!(last["exit"], code(output), "{last}");
    events
}

fn last_code(output: &Output) -> String {
    events(output).last().unwrap()["code"].as_str().unwrap().to_owned()
}

#[test]
fn help_names_every_command_and_ends_well() {
    let home = tempfile::tempdir().unwrap();
    let help = waybill(home.path(), &["--help"]);
    assert_eq!(code(&help), 0);
    let text = stdout(&help);
    for name in [
        "sign-in",
        "sign-out",
        "whoami",
        "consignments",
        "check",
        "send",
        "resume",
        "transfers",
        "show",
        "pause",
        "cancel",
        "receipt",
        "doctor",
        "sandbox",
        "completions",
        "manual",
        "--service",
        "--data-dir",
        "--json",
        "--quiet",
        "--session",
        "--no-browser",
    ] {
        assert!(text.contains(name), "{name}");
    }
    assert!(stdout(&waybill(home.path(), &["--version"])).starts_with("waybill "));
}

#[test]
fn a_command_line_that_is_not_understood_is_usage() {
    let home = tempfile::tempdir().unwrap();
    for arguments in [&["no-such-command"][..], &["send", "folder"], &["check"], &["whoami", "--session", "x"], &[]] {
        let output = waybill(home.path(), arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(!stderr(&output).is_empty(), "{arguments:?}");
        assert!(stdout(&output).is_empty(), "{arguments:?}");
    }
    let output = waybill(home.path(), &["send", "folder", "--json"]);
    assert_eq!(last_code(&output), "usage");
    assert!(events(&output)[0]["detail"].as_str().unwrap().contains("required"));
}

#[test]
fn a_folder_that_is_missing_or_a_file_is_named() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file.txt");
    fs::write(&file, "x").unwrap();
    let missing = home.path().join("none");
    for (path, wanted) in [(&missing, "folder_missing"), (&file, "folder_is_file")] {
        let path = path.to_str().unwrap();
        for arguments in [&["check", path, "--json"][..], &["send", path, "--consignment", "TDR-2026-ABC", "--json"]] {
            let output = waybill(home.path(), arguments);
            assert_eq!((code(&output), last_code(&output).as_str()), (2, wanted), "{arguments:?}");
            assert!(events(&output).last().unwrap()["detail"].as_str().unwrap().contains(path));
        }
        let output = waybill(home.path(), &["check", path]);
        assert!(stderr(&output).contains(wanted) && stderr(&output).contains(path), "{}", stderr(&output));
    }
    assert!(!home.path().join("share").exists(), "nothing is created for a mistyped command");
}

#[test]
fn an_empty_folder_has_nothing_to_send() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("Empty");
    fs::create_dir(&folder).unwrap();
    let output = waybill(home.path(), &["check", folder.to_str().unwrap(), "--json"]);
    assert_eq!((code(&output), last_code(&output).as_str()), (4, "nothing_to_send"));
}

const PROFILE: &str = r#"name = "mine"
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

#[test]
fn a_malformed_profile_is_told_with_line_and_key() {
    let home = tempfile::tempdir().unwrap();
    let profile = home.path().join("service.toml");
    fs::write(&profile, PROFILE.replace("authorise = \"cookies\"", "authorise = \"magic\"")).unwrap();
    let output = waybill(home.path(), &["whoami", "--json", "--service", profile.to_str().unwrap()]);
    assert_eq!((code(&output), last_code(&output).as_str()), (2, "profile_malformed"));
    let detail = events(&output).last().unwrap()["detail"].to_string();
    assert!(detail.contains("line 15") && detail.contains("upload.authorise"), "{detail}");
}

#[test]
fn a_profile_without_encryption_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let profile = home.path().join("service.toml");
    fs::write(&profile, PROFILE.replace("https://127.0.0.1:1/graphql", "http://api.example.org/graphql")).unwrap();
    let output = waybill(home.path(), &["consignments", "--json", "--service", profile.to_str().unwrap()]);
    assert_eq!((code(&output), last_code(&output).as_str()), (2, "profile_insecure"));
}

#[test]
fn a_service_without_consignments_takes_none_and_lists_none() {
    let home = tempfile::tempdir().unwrap();
    let profile = home.path().join("mine.toml");
    let way = "[upload.way]\npermit = \"token\"\nkey = \"local\"\nopening = \"none\"\nclosing = \"none\"\n";
    fs::write(&profile, format!("{PROFILE}\n{way}")).unwrap();
    let run = |arguments: &[&str]| {
        let arguments =
            [arguments, &["--json", "--session", "memory", "--service", profile.to_str().unwrap()]].concat();
        let output = waybill(home.path(), &arguments);
        (code(&output), events(&output).pop().unwrap())
    };
    let (exit, none) = run(&["consignments"]);
    assert_eq!((exit, &none["event"]), (0, &"done".into()));
    let next = "Mine has no consignments. To send a folder to it, run “waybill send FOLDER”.";
    assert_eq!(none["message"], next);

    let folder = home.path().to_str().unwrap();
    let (exit, refused) = run(&["send", folder, "--consignment", "TDR-2026-ABC"]);
    assert_eq!((exit, &refused["code"]), (2, &"usage".into()));
    assert_eq!(refused["message"], "Mine has no consignments.");
    assert_eq!(refused["next"], "Run the command again without --consignment.");

    // Nothing answers at the address where it would sign in: the command line was right.
    let (exit, blocked) = run(&["send", folder, "--time-limit", "1"]);
    assert_eq!(exit, 7, "{blocked}");

    fs::write(&profile, PROFILE).unwrap();
    let (exit, needed) = run(&["send", folder]);
    assert_eq!((exit, &needed["code"]), (2, &"usage".into()));
    assert_eq!(needed["message"], "Mine needs a consignment for each transfer.");
    assert!(needed["next"].as_str().unwrap().contains("--consignment"), "{needed}");
}

#[test]
fn an_unknown_service_is_named() {
    let home = tempfile::tempdir().unwrap();
    let output = waybill(home.path(), &["whoami", "--service", "atlantis"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("atlantis") && stderr(&output).contains("service_unknown"));
    let output = waybill(home.path(), &["whoami", "--service", "none/such.toml", "--json"]);
    assert_eq!(last_code(&output), "profile_unreadable");
}

#[cfg(target_os = "linux")]
#[test]
fn the_command_line_comes_before_the_persons_settings_and_those_before_everybodys() {
    let home = tempfile::tempdir().unwrap();
    let machine = home.path().join("machine/waybill");
    fs::create_dir_all(&machine).unwrap();
    fs::write(machine.join("settings.toml"), "service = \"atlantis\"\n").unwrap();
    let said = |more: &[&str]| {
        let arguments: Vec<&str> = ["whoami", "--json", "--session", "file"].iter().chain(more).copied().collect();
        let output = waybill(home.path(), &arguments);
        (last_code(&output), events(&output).last().unwrap()["detail"].as_str().map(str::to_owned))
    };
    assert_eq!(said(&[]), ("service_unknown".to_owned(), Some("atlantis".to_owned())));
    assert_eq!(said(&["--service", "tdr"]).0, "sign_in_needed");
    let person = home.path().join("share/waybill");
    fs::create_dir_all(&person).unwrap();
    fs::write(person.join("settings.toml"), "service = \"lyonesse\"\n").unwrap();
    assert_eq!(said(&[]).1.as_deref(), Some("lyonesse"));
    fs::write(person.join("settings.toml"), "service = \"tdr\"\nproxy = \"socks5://p:1\"\n").unwrap();
    let (code, detail) = said(&[]);
    assert_eq!(code, "settings_unreadable");
    assert!(detail.unwrap().contains("proxy: must start with http"), "{code}");
}

#[test]
fn a_missing_sign_in_has_its_own_exit_code() {
    let home = tempfile::tempdir().unwrap();
    let profile = home.path().join("service.toml");
    fs::write(&profile, PROFILE).unwrap();
    let output =
        waybill(home.path(), &["whoami", "--json", "--session", "file", "--service", profile.to_str().unwrap()]);
    assert_eq!((code(&output), last_code(&output).as_str()), (3, "sign_in_needed"));
}

#[test]
fn completions_are_printed_for_every_shell() {
    let home = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = waybill(home.path(), &["completions", shell]);
        assert_eq!(code(&output), 0, "{shell}");
        assert!(stdout(&output).contains("consignments"), "{shell}");
    }
    assert_eq!(code(&waybill(home.path(), &["completions", "cobol"])), 2);
}

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

#[test]
fn a_check_counts_and_lists_what_would_not_be_sent() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("Records");
    fs::create_dir_all(folder.join("sub")).unwrap();
    for (name, text) in
        [("a.txt", "alpha"), ("sub/ü b.txt", "beta!"), ("empty.txt", ""), ("Thumbs.db", "x"), ("z.zip", "z")]
    {
        fs::write(folder.join(name), text).unwrap();
    }
    let path = folder.to_str().unwrap();
    let output = waybill(home.path(), &["check", path, "--json"]);
    assert_eq!((code(&output), last_code(&output).as_str()), (4, "leaves_out"));
    let events = events(&output);
    let checked = events.iter().find(|event| event["event"] == "checked").unwrap();
    assert_eq!((checked["files"].clone(), checked["items"].clone()), (5.into(), 2.into()));
    assert_eq!((checked["item_bytes"].clone(), checked["left_out"].clone()), (10.into(), 2.into()));
    let found: Vec<(&str, &str)> = events
        .iter()
        .filter(|event| event["event"] == "finding")
        .map(|event| (event["kind"].as_str().unwrap(), event["path"].as_str().unwrap()))
        .collect();
    assert_eq!(
        found,
        [
            ("empty_file", "Records/empty.txt"),
            ("refused_format", "Records/z.zip"),
            ("excluded_name", "Records/Thumbs.db")
        ]
    );
    assert!(events.iter().any(|event| event["event"] == "left_out"));

    let plain = waybill(home.path(), &["check", path]);
    assert_eq!(code(&plain), 4);
    assert!(stdout(&plain).contains("Records/empty.txt") && stdout(&plain).contains("To send: 2 files"));
    assert!(!home.path().join("share").exists(), "a check keeps nothing");
}

#[test]
fn excluded_names_alone_are_listed_and_refuse_nothing() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("Records");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("a.txt"), "alpha").unwrap();
    fs::write(folder.join("Thumbs.db"), "x").unwrap();
    let output = waybill(home.path(), &["check", folder.to_str().unwrap(), "--json"]);
    assert_eq!(code(&output), 0);
    assert!(events(&output).iter().any(|event| event["kind"] == "excluded_name"));
}

#[test]
fn quiet_prints_the_result_only_and_no_progress() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("Records");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("a.txt"), "alpha").unwrap();
    let path = folder.to_str().unwrap();
    let output = waybill(home.path(), &["check", path, "--quiet"]);
    assert_eq!(stderr(&output), "");
    assert!(stdout(&output).contains("The folder can be sent: 1 file, 5 bytes."));
    let output = waybill(home.path(), &["check", path, "--quiet", "--json"]);
    assert!(events(&output).iter().all(|event| event["event"] != "progress"));
}

#[cfg(unix)]
#[test]
fn names_cannot_speak_to_the_terminal() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("Records");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("a\u{1b}]0;owned\u{7}.txt"), "").unwrap();
    let path = folder.to_str().unwrap();
    for arguments in [&["check", path][..], &["check", path, "--json"]] {
        let output = waybill(home.path(), arguments);
        let printed = stdout(&output) + &stderr(&output);
        assert!(!printed.contains(['\u{1b}', '\u{7}']), "{printed:?}");
        assert!(printed.contains("owned"), "{printed}");
    }
}

#[test]
fn output_that_no_one_reads_is_not_a_failure() {
    let home = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_waybill"))
        .env("HOME", home.path())
        .args(["transfers", "--json", "--data-dir"])
        .arg(home.path().join("data"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 0);
    assert!(!stderr(&output).contains("panicked"));
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_cannot_be_written_is_no_success() {
    let home = tempfile::tempdir().unwrap();
    for arguments in [&["transfers", "--json"][..], &["transfers"], &["--help"], &["completions", "bash"]] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_waybill"));
        command.env("HOME", home.path()).env("WAYBILL_DATA_DIR", home.path().join("data")).args(arguments);
        let output = command.stdin(Stdio::null()).stdout(full).output().unwrap();
        assert_eq!(code(&output), 7, "{arguments:?}: {output:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_closed_output_is_like_dev_null_and_loses_no_work() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("man");
    let script = "exec \"$0\" manual \"$1\" >&- 2>&- <&-";
    let mut command = Command::new("sh");
    command.env("HOME", home.path()).args(["-c", script, env!("CARGO_BIN_EXE_waybill")]).arg(&dir);
    assert_eq!(command.status().unwrap().code(), Some(0));
    assert!(dir.join("waybill.1").exists());
}

#[test]
fn what_was_probably_meant_is_part_of_the_error() {
    let home = tempfile::tempdir().unwrap();
    for (arguments, meant) in [
        (&["sned", "--json"][..], "send"),
        (&["transfers", "--json", "--verbos"], "--verbose"),
        (&["whoami", "--json", "--session", "fil"], "file"),
    ] {
        let output = waybill(home.path(), arguments);
        let error = events(&output).pop().unwrap();
        assert_eq!((code(&output), &error["did_you_mean"][0]), (2, &meant.into()), "{arguments:?}");
    }
    let output = waybill(home.path(), &["send", "--json"]);
    assert!(events(&output)[0].get("did_you_mean").is_none());
}

#[test]
fn a_usage_line_shows_no_option_as_required_that_is_not() {
    let home = tempfile::tempdir().unwrap();
    for arguments in [&["send", "--quiet", "--yes"][..], &["--quiet", "send", "--session", "file"]] {
        let said = stderr(&waybill(home.path(), arguments));
        assert!(said.contains("Usage: waybill send [OPTIONS] <FOLDER>"), "{said}");
    }
    let said = stderr(&waybill(home.path(), &["receipt", "T", "--quiet"]));
    assert!(said.contains("Usage: waybill receipt [OPTIONS] --format <FORMAT> --out <DIR> <TRANSFER>"), "{said}");
}

#[test]
fn a_folder_and_a_service_can_be_pasted_as_other_programs_copy_them() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("Parish records");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("a.txt"), "alpha").unwrap();
    let profile = home.path().join("service.toml");
    fs::write(&profile, PROFILE).unwrap();
    let plain = folder.to_str().unwrap();
    let address = url::Url::from_file_path(&folder).unwrap().to_string();
    for text in [format!("'{plain}'"), format!("\"{plain}\""), format!(" {plain} "), address] {
        let output =
            waybill(home.path(), &["check", &text, "--json", "--service", &format!(" '{}' ", profile.display())]);
        assert_eq!(code(&output), 0, "{text}: {output:?}");
    }
    let out = url::Url::from_file_path(home.path().join("man 1")).unwrap();
    assert_eq!(code(&waybill(home.path(), &["manual", out.as_str()])), 0);
    assert!(home.path().join("man 1/waybill.1").exists());
}

#[test]
fn a_setting_without_effect_is_named_with_file_line_and_key() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("share/waybill");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("settings.toml"), "service = \"tdr\"\nporxy = \"none\"\nkeep_awake = \"no\"\n").unwrap();
    let output = waybill(home.path(), &["transfers", "--json", "--data-dir", data.to_str().unwrap()]);
    let notes: Vec<String> = events(&output)
        .iter()
        .filter(|event| event["event"] == "note")
        .map(|note| note["message"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].contains("settings.toml, line 2: ") && notes[0].contains("“porxy”"), "{notes:?}");
    assert!(notes[1].contains("line 3: ") && notes[1].contains("“keep_awake”"), "{notes:?}");
    let output = waybill(home.path(), &["completions", "bash", "--data-dir", data.to_str().unwrap()]);
    assert_eq!(stderr(&output), "");
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

/// Copies the program into an otherwise empty folder.
#[cfg(unix)]
fn alone(folder: &Path) -> std::path::PathBuf {
    let program = folder.join("waybill");
    if fs::hard_link(env!("CARGO_BIN_EXE_waybill"), &program).is_err() {
        fs::copy(env!("CARGO_BIN_EXE_waybill"), &program).unwrap();
    }
    program
}

/// Creates a stand-in for the sandbox, which prints its arguments and ends with 9.
#[cfg(unix)]
fn stand_in(folder: &Path, name: &str) {
    let program = folder.join("waybill-sandbox");
    fs::write(&program, format!("#!/bin/sh\necho {name} \"$@\"\nexit 9\n")).unwrap();
    fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
}

#[cfg(unix)]
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

/// A development build includes the pseudo-language. The environment selects it, as for any other language.
#[cfg(all(unix, debug_assertions))]
#[test]
fn the_systems_language_is_spoken_and_british_english_where_it_has_no_file() {
    let home = tempfile::tempdir().unwrap();
    let transfers = |language: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_waybill"));
        // Any other variable asks for the pseudo-language, and counts for nothing beside LC_ALL.
        command
            .env_clear()
            .env("HOME", home.path())
            .env("LC_ALL", language)
            .env("LANG", "en_XA.UTF-8")
            .arg("transfers");
        let output = command.stdin(Stdio::null()).output().unwrap();
        assert_eq!(code(&output), 0, "{output:?}");
        stdout(&output)
    };
    let english = "There are no transfers on this computer.";
    for language in ["en_GB.UTF-8", "de_DE.UTF-8", "C"] {
        assert!(transfers(language).contains(english), "{language}: {}", transfers(language));
    }
    let pseudo = transfers("en_XA.UTF-8");
    assert!(!pseudo.trim().is_empty() && !pseudo.contains(|letter: char| letter.is_ascii_alphabetic()), "{pseudo}");
}

/// A terminal would clear the screen, end the line, turn the text around, or set its title.
const EVIL: &str = "a\u{1b}[2J\u{9b}31m\u{202e}\u{1b}]0;x\u{7}b";

#[test]
fn a_terminal_obeys_nothing_in_names_profiles_and_arguments() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(if cfg!(windows) { "a\u{202e}" } else { EVIL });
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("plain.txt"), "x").unwrap();
    fs::write(folder.join("empty\u{202e}.txt"), "").unwrap();
    #[cfg(unix)]
    for name in ["\u{1b}[2J.txt", "two\nlines.txt", "\u{9b}1m.zip"] {
        fs::write(folder.join(name), "x").unwrap();
    }
    let profile = home.path().join("mine.toml");
    let title = "title = \"\\u001b[2J\\u009b\\u202e\"";
    fs::write(&profile, PROFILE.replace("title = \"Mine\"", title)).unwrap();
    let (folder, profile) = (folder.to_str().unwrap(), profile.to_str().unwrap());
    let mut shown = String::new();
    for arguments in [
        &["check", folder][..],
        &["send", folder],
        &["send", folder, "--consignment", EVIL, "--time-limit", "1"],
        &["check", EVIL],
        &["show", EVIL],
        &["resume", EVIL],
        &["receipt", EVIL],
        &["sign-in", "--time-limit", "1"],
        &["consignments"],
        &["transfers"],
        &["doctor"],
        &[EVIL],
        &["whoami", EVIL],
        &["--data-dir", EVIL, "transfers"],
    ] {
        for more in [&[][..], &["-vv"]] {
            let arguments = [arguments, more, &["--session", "memory", "--service", profile]].concat();
            let output = waybill(home.path(), &arguments);
            let text = stdout(&output) + &stderr(&output);
            assert!(!text.is_empty(), "{arguments:?}");
            let obeyed = text.chars().find(|letter| *letter != '\n' && waybill_words::is_control(*letter));
            assert_eq!(obeyed, None, "{arguments:?}: {text:?}");
            shown.push_str(&text);
        }
    }
    assert!(shown.contains("\\u{1b}[2J") || cfg!(windows), "what is not obeyed is shown: {shown}");

    let json = waybill(home.path(), &["check", folder, "--json"]);
    let paths: Vec<String> =
        events(&json).iter().filter_map(|event| event["path"].as_str()).map(str::to_owned).collect();
    assert!(paths.iter().any(|path| path.ends_with("/empty\u{202e}.txt")), "scripts read the very name: {paths:?}");
}
