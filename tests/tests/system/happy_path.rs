//! Nothing goes wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use sha2::{Digest as _, Sha256};
use waybill_system_tests::{PATIENCE, Result};

use crate::scene::Scene;

#[test]
fn a_folder_goes_the_whole_way_and_is_stored_byte_for_byte() -> Result<()> {
    let scene = Scene::new()?;
    let finished = scene.send_to_the_end()?;
    let equal = scene.everything_arrived()?;
    assert_eq!(usize::try_from(equal.files).unwrap(), scene.sample.sent.len());

    let order: Vec<&str> = ["sign_in", "checked", "hand_over", "receipt", "done"]
        .into_iter()
        .filter(|name| finished.named(name).count() == 1)
        .collect();
    assert_eq!(order, ["sign_in", "checked", "hand_over", "receipt", "done"], "each exactly once");
    let places: Vec<usize> = order.iter().map(|name| finished.event(name).unwrap().index).collect();
    assert!(places.is_sorted(), "in this order: {places:?}");
    assert_eq!(finished.events.last().unwrap().name(), "done");
    assert_eq!(scene.calls_of("startUpload")?, 1);
    assert_eq!(scene.calls_of("addFilesAndMetadata")?, 1);
    Ok(())
}

#[test]
fn what_is_left_out_is_listed_with_its_reason_and_empty_folders_are_registered() -> Result<()> {
    let scene = Scene::new()?;
    scene.send_to_the_end()?;
    let show = ["show", scene.consignment.reference.as_str(), "--items", "--findings"];
    let shown = scene.waybill.run(show, PATIENCE)?.expect_code(0)?;
    let mut left_out: BTreeMap<&str, &str> = BTreeMap::new();
    for event in shown.named("finding").filter(|event| event.text("effect") != "warns") {
        left_out.insert(event.text("path"), event.text("kind"));
    }
    let expected: BTreeMap<&str, &str> =
        scene.sample.left_out.iter().map(|(path, code)| (path.as_str(), *code)).collect();
    assert_eq!(left_out, expected);
    let sent = shown.named("item").filter(|event| event.text("state") == "sent").map(|event| event.text("path"));
    let sent: BTreeSet<&str> = sent.collect();
    assert_eq!(sent, scene.sample.sent.keys().map(String::as_str).collect());

    let consignment = scene.sandbox.control().consignment(&scene.consignment.id)?;
    for folder in &scene.sample.empty_folders {
        assert!(consignment.files.iter().any(|row| row.kind == "Folder" && row.path == *folder), "{folder}");
    }
    assert_eq!(consignment.parent_folder.as_deref(), Some("Parish records"));
    Ok(())
}

#[test]
fn the_receipt_lists_every_file_with_its_digest_and_is_reproducible() -> Result<()> {
    let scene = Scene::new()?;
    scene.send_to_the_end()?;
    let mut written = Vec::new();
    for out in ["first", "second"] {
        let out = scene.dir.path().join(out);
        let reference = scene.consignment.reference.clone();
        let arguments = ["receipt".into(), reference, "--format".into(), "html,csv,json,bagit".into(), "--out".into()];
        let arguments = arguments.into_iter().map(std::ffi::OsString::from).chain([out.clone().into_os_string()]);
        scene.waybill.run(arguments, PATIENCE)?.expect_code(0)?;
        written.push(contents_of(&out));
    }
    assert_eq!(written[0], written[1], "the same input gives the same bytes");
    assert_eq!(contents_of(&scene.receipts()), written[0], "also the one that was written by itself");

    let manifest = String::from_utf8(written[0]["manifest-sha256.txt"].clone()).unwrap();
    let listed: BTreeMap<&str, &str> =
        manifest.lines().map(|line| line.split_once("  data/").unwrap()).map(|(digest, path)| (path, digest)).collect();
    assert_eq!(listed.len(), scene.sample.sent.len());
    for path in scene.sample.sent.keys() {
        let digest = Sha256::digest(fs::read(scene.sample.on_disk(path)).unwrap());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(listed.get(path.as_str()), Some(&digest.as_str()), "{path}");
    }
    for (name, contents) in &written[0] {
        let text = String::from_utf8(contents.clone()).unwrap();
        assert!(!text.to_lowercase().contains("accepted"), "{name} must not say 'accepted'");
        if name != "manifest-sha256.txt" {
            assert!(text.contains(&scene.consignment.reference), "{name} names the consignment");
            scene.sample.left_out.keys().for_each(|path| assert!(text.contains(path), "{name} names {path}"));
        }
    }
    Ok(())
}

#[test]
fn without_agreement_nothing_is_sent_when_files_would_be_left_out() -> Result<()> {
    let scene = Scene::new()?;
    let arguments = scene.send_arguments();
    let finished = scene.waybill.run(arguments.into_iter().take(4), PATIENCE)?.expect_code(4)?;
    assert_eq!(finished.event("error")?.text("code"), "leaves_out");
    assert_eq!(scene.calls_of("startUpload")?, 0);
    // Agreeing resumes it.
    scene.send_to_the_end()?;
    scene.everything_arrived()?;
    Ok(())
}

#[test]
fn names_that_the_service_excludes_ask_nothing() -> Result<()> {
    let scene = Scene::new()?;
    for (path, code) in &scene.sample.left_out {
        if *code != "excluded_name" {
            let path = scene.sample.on_disk(path);
            fs::remove_file(&path).unwrap();
        }
    }
    let arguments = scene.send_arguments();
    scene.waybill.run(arguments.into_iter().take(4), PATIENCE)?.expect_code(0)?;
    scene.everything_arrived()?;
    Ok(())
}

fn contents_of(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}
