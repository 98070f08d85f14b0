//! What cannot work ends with a sentence, before anything is sent.

use std::ffi::OsString;
use std::fs;
use std::sync::Arc;

use waybill_system_tests::{Browser, Error, Finished, PATIENCE, Result, Waybill};

use crate::scene::Scene;

/// Sends into another consignment than the scene's.
fn send_into(scene: &Scene, reference: &str) -> Result<Finished> {
    let mut arguments: Vec<OsString> = scene.send_arguments().into();
    arguments[3] = reference.into();
    scene.waybill.run(arguments, PATIENCE)
}

fn refused(finished: Finished, exit: i32, code: &str) -> Result<()> {
    let finished = finished.expect_code(exit)?;
    let error = finished.event("error")?;
    assert_eq!(error.text("code"), code);
    assert!(!error.text("message").is_empty() && !error.text("next").is_empty(), "{:?}", error.value());
    Ok(())
}

#[test]
fn a_consignment_that_cannot_take_an_upload_is_refused_with_its_reason() -> Result<()> {
    let scene = Scene::new()?;
    for (state, code) in [
        ("needs_agreement", "needs_agreement"),
        ("uploading", "uploaded_elsewhere"),
        ("judgment", "judgment"),
        ("checking", "uploaded_elsewhere"),
        ("done", "consignment_done"),
    ] {
        let reference = scene.sandbox.consignment(state, 0)?.reference.clone();
        println!("{state}");
        refused(send_into(&scene, &reference)?, 6, code)?;
    }
    refused(send_into(&scene, "TDR-1999-ZZZ")?, 6, "consignment_unknown")?;
    assert_eq!(scene.calls_of("startUpload")?, 0);
    Ok(())
}

#[test]
fn another_persons_consignment_looks_like_one_that_does_not_exist() -> Result<()> {
    let scene = Scene::new()?;
    let other = scene.sandbox.users().get(1).ok_or_else(|| Error::unexpected("there is only one user"))?;
    let other = Arc::new(Browser::new(other)?);
    let waybill = scene.waybill.clone().browser(Some(other));
    refused(waybill.run(scene.send_arguments(), PATIENCE)?, 6, "consignment_unknown")?;
    assert_eq!(scene.calls_of("startUpload")?, 0);
    Ok(())
}

#[test]
fn an_untrusted_certificate_is_reported() -> Result<()> {
    let scene = Scene::new()?;
    let profile = fs::read_to_string(scene.sandbox.profile()).map_err(io(&scene))?;
    let profile: String =
        profile.lines().filter(|line| !line.starts_with("ca_file")).flat_map(|line| [line, "\n"]).collect();
    let path = scene.dir.path().join("no-ca.toml");
    fs::write(&path, profile).map_err(io(&scene))?;
    let waybill = Waybill::new(&scene.sandbox, scene.waybill.data_dir())?.profile(path);
    let mut arguments: Vec<OsString> = scene.send_arguments().into();
    arguments.extend(["--time-limit".into(), "2".into()]);
    // The time limit is for the sign-in, too, which has no certificate here.
    waybill.run(["sign-in"], PATIENCE)?.expect_code(0)?;
    refused(waybill.run(arguments, PATIENCE)?, 7, "certificate_untrusted")
}

#[test]
fn a_folder_beyond_the_services_limits_is_refused_before_anything_is_registered() -> Result<()> {
    let scene = Scene::with(&["--files", "5"])?;
    refused(scene.send()?.finish(PATIENCE)?, 4, "too_many_files")?;
    let scene = Scene::with(&["--transfer-bytes", "1000000"])?;
    refused(scene.send()?.finish(PATIENCE)?, 4, "transfer_too_large")?;
    let scene = Scene::with(&["--api-body-bytes", "2000"])?;
    refused(scene.send()?.finish(PATIENCE)?, 4, "registration_too_large")?;
    assert_eq!(scene.calls_of("startUpload")?, 0);
    Ok(())
}

#[test]
fn a_service_that_registers_only_some_of_the_files_gets_not_a_byte() -> Result<()> {
    // The quirk drops what comes after the first 250; the sample has fewer, so more are made.
    let scene = Scene::with(&["--first-batch-quirk"])?;
    for number in 0..300 {
        let path = scene.sample.root.join(format!("note {number}.txt"));
        fs::write(&path, format!("note {number}")).map_err(io(&scene))?;
    }
    refused(scene.send()?.finish(PATIENCE)?, 6, "match_ids_missing")?;
    let requests = scene.sandbox.control().requests()?;
    assert!(!requests.iter().any(|logged| logged.role == "upload" && logged.method == "PUT"));
    Ok(())
}

fn io(scene: &Scene) -> impl FnOnce(std::io::Error) -> Error {
    let path = scene.dir.path().to_owned();
    move |source| Error::Io { path, source }
}
