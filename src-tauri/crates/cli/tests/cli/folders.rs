//! Folders, and their check.

use std::fs;

use crate::{code, events, last_code, stderr, stdout, waybill};

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
