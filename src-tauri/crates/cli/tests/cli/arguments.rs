//! What can be written on the command line.

use std::fs;

use crate::{PROFILE, code, events, last_code, stderr, stdout, waybill};

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
