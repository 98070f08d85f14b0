//! What is printed, and where it goes.

use std::fs;
use std::process::{Command, Stdio};

use crate::{PROFILE, code, events, stderr, stdout, waybill};

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
