//! Who is signed in, and who is not any more.

use std::ffi::OsString;
use std::sync::Arc;

use waybill_system_tests::{
    Browser, Effect, Error, Fault, PATIENCE, Result, Role, Size, Waybill, quick_profile, sample_folder,
};

use crate::scene::Scene;

#[test]
fn a_session_that_ends_in_mid_transfer_is_renewed_and_the_transfer_resumes() -> Result<()> {
    // Short lives, so that the end of the session is noticed soon.
    let scene = Scene::with(&["--access-token-seconds", "2", "--cookie-seconds", "3"])?;
    let held = scene.hold_parts()?;
    let run = scene.send()?;
    let first = run.wait_for("the first sign-in", PATIENCE, |event| event.name() == "sign_in")?;
    scene.sandbox.control().wait_fired(held, 1, PATIENCE)?;
    scene.sandbox.control().end_sessions(&scene.sandbox.first_user()?.username)?;
    run.wait_after(&first, "the second sign-in", PATIENCE, |event| event.name() == "sign_in")?;
    scene.sandbox.control().remove(held)?;
    run.finish(PATIENCE)?.expect_code(0)?;
    scene.everything_arrived()?;
    assert_eq!(scene.calls_of("startUpload")?, 1);
    assert_eq!(scene.calls_of("addFilesAndMetadata")?, 1);
    Ok(())
}

#[test]
fn signing_out_between_two_runs_keeps_the_transfer() -> Result<()> {
    let scene = Scene::new()?;
    let held = scene.hold_parts()?;
    let run = scene.send()?;
    scene.sandbox.control().wait_fired(held, 1, PATIENCE)?;
    run.kill()?;
    scene.waybill.run(["sign-out"], PATIENCE)?.expect_code(0)?;
    scene.waybill.run(["whoami"], PATIENCE)?.expect_code(3)?;
    scene.sandbox.control().remove(held)?;
    let finished = scene.resume_to_the_end()?;
    assert_eq!(finished.named("sign_in").count(), 1);
    scene.everything_arrived()?;
    Ok(())
}

#[test]
fn another_person_cannot_resume_a_transfer() -> Result<()> {
    let scene = Scene::new()?;
    let held = scene.hold_parts()?;
    let run = scene.send()?;
    scene.sandbox.control().wait_fired(held, 1, PATIENCE)?;
    run.kill()?;
    scene.sandbox.control().remove(held)?;
    scene.waybill.run(["sign-out"], PATIENCE)?.expect_code(0)?;

    let other = scene.sandbox.users().get(1).ok_or_else(|| Error::unexpected("there is only one user"))?;
    let other = scene.waybill.clone().browser(Some(Arc::new(Browser::new(other)?)));
    other.run(["sign-in"], PATIENCE)?.expect_code(0)?;
    scene.sandbox.control().wait_quiet(Role::Upload, PATIENCE)?;
    let before = scene.sandbox.control().requests()?.len();
    let reference = scene.consignment.reference.as_str();
    let refused = other.run(["resume", reference, "--yes", "--time-limit", "5"], PATIENCE)?.expect_code(3)?;
    let told = refused.event("error")?;
    assert_eq!(told.text("code"), "different_person");
    assert!(told.text("next").contains("sign in as Amina Osei"), "{}", told.text("next"));
    let after = scene.sandbox.control().requests()?;
    assert!(
        !after[before..].iter().any(|logged| logged.role == "upload" && logged.method != "GET"),
        "nothing was sent"
    );

    scene.waybill.run(["sign-out"], PATIENCE)?.expect_code(0)?;
    scene.resume_to_the_end()?;
    scene.everything_arrived()?;
    Ok(())
}

#[test]
fn another_computers_start_into_the_same_consignment_is_not_taken_for_ours() -> Result<()> {
    let scene = Scene::new()?;
    let control = scene.sandbox.control();
    let elsewhere =
        Waybill::new(&scene.sandbox, scene.dir.path().join("other computer"))?.profile(quick_profile(&scene.sandbox)?);
    let other = sample_folder(scene.dir.path(), "Other records", Size::Few, 12)?;
    let reference = scene.consignment.reference.as_str();
    let send: [OsString; 5] =
        ["send".into(), other.root.into(), "--consignment".into(), reference.into(), "--yes".into()];
    // This computer asks to start, and does not live to see that the service never hears of it.
    let lost = control.set(&Fault::new(Role::Api, Effect::DelayMs(90_000)).body_contains("startUpload"))?;
    let run = elsewhere.start(send)?;
    control.wait_fired(lost, 1, PATIENCE)?;
    run.kill()?;
    // The person's first computer starts, and is cut off before anything is registered.
    let cut = control.set(&Fault::new(Role::Api, Effect::DelayMs(90_000)).body_contains("addFilesAndMetadata"))?;
    let run = scene.send()?;
    control.wait_fired(cut, 1, PATIENCE)?;
    run.kill()?;
    assert_eq!(control.consignment(&scene.consignment.id)?.parent_folder.as_deref(), Some("Parish records"));

    let refused = elsewhere.run(["resume", reference, "--yes"], PATIENCE)?.expect_code(6)?;
    assert_eq!(refused.event("error")?.text("code"), "uploaded_elsewhere");
    scene.resume_to_the_end()?;
    scene.everything_arrived()?;
    assert_eq!(scene.calls_of("startUpload")?, 1);
    Ok(())
}

#[test]
fn an_unfinished_sign_in_ends_with_its_own_error() -> Result<()> {
    let scene = Scene::new()?;
    let nobody = scene.waybill.browser(None);
    let finished = nobody.run(["sign-in", "--time-limit", "1"], PATIENCE)?.expect_code(3)?;
    assert_eq!(finished.event("error")?.text("code"), "sign_in_abandoned");
    Ok(())
}

#[test]
fn signing_in_says_who_it_is_and_lasts_until_signing_out() -> Result<()> {
    let scene = Scene::new()?;
    scene.waybill.run(["sign-in"], PATIENCE)?.expect_code(0)?;
    let who = scene.waybill.run(["whoami"], PATIENCE)?.expect_code(0)?;
    assert_eq!(who.event("person")?.text("name"), "Amina Osei");
    assert_eq!(who.named("sign_in").count(), 0);
    scene.waybill.run(["sign-out"], PATIENCE)?.expect_code(0)?;
    let nobody = scene.waybill.run(["whoami"], PATIENCE)?.expect_code(3)?;
    assert_eq!(nobody.event("error")?.text("code"), "sign_in_needed");
    Ok(())
}
