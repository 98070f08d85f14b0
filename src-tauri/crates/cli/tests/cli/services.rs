//! Services: profiles and settings.

use std::fs;

use crate::{PROFILE, code, events, last_code, stderr, waybill};

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
