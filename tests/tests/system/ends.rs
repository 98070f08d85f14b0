//! What a command says when it cannot begin, or when there is nothing left to do, and that it ends at all.

use std::ffi::OsString;
use std::fs;

use waybill_system_tests::{Effect, Error, Fault, PATIENCE, Result, Role, Size, Waybill, sample_folder};

use crate::scene::{Scene, waits_for};

#[test]
fn a_service_that_does_not_answer_at_the_start_is_waited_for() -> Result<()> {
    let scene = Scene::new()?;
    scene.waybill.run(["sign-in"], PATIENCE)?.expect_code(0)?;
    let down = scene.sandbox.control().set(&Fault::new(Role::Api, Effect::Down).always())?;
    let run = scene.send()?;
    waits_for(&run, "api_unreachable")?;
    scene.sandbox.control().remove(down)?;
    run.finish(PATIENCE)?.expect_code(0)?;
    scene.everything_arrived()?;
    Ok(())
}

#[test]
fn patience_ends_also_before_there_is_a_transfer() -> Result<()> {
    let scene = Scene::new()?;
    scene.waybill.run(["sign-in"], PATIENCE)?.expect_code(0)?;
    scene.sandbox.control().set(&Fault::new(Role::Api, Effect::Down).always())?;
    let arguments = scene.send_arguments().into_iter().chain(["--time-limit".into(), "1".into()]);
    let ended = scene.waybill.run(arguments, PATIENCE)?.expect_code(7)?;
    assert!(!ended.event("error")?.text("next").contains("automatically"), "it is over");
    Ok(())
}

#[cfg(unix)]
#[test]
fn ctrl_c_is_heard_while_the_service_is_silent() -> Result<()> {
    use std::time::{Duration, Instant};

    let scene = Scene::new()?;
    scene.waybill.run(["sign-in"], PATIENCE)?.expect_code(0)?;
    let silent = Fault::new(Role::Api, Effect::DelayMs(90_000)).always();
    let silent = scene.sandbox.control().set(&silent)?;
    let run = scene.send()?;
    scene.sandbox.control().wait_fired(silent, 1, PATIENCE)?;
    let asked = Instant::now();
    run.interrupt()?;
    run.finish(PATIENCE)?.expect_code(5)?;
    assert!(asked.elapsed() < Duration::from_secs(45), "it waited for the service: {:?}", asked.elapsed());
    Ok(())
}

#[test]
fn what_is_uploaded_is_neither_cancelled_nor_sent_again_and_says_so() -> Result<()> {
    let scene = Scene::new()?;
    let arguments = scene.send_arguments().into_iter().chain(["--no-wait".into()]);
    scene.waybill.run(arguments, PATIENCE)?.expect_code(0)?;
    let reference = scene.consignment.reference.as_str();
    let refused = scene.waybill.run(["cancel", reference], PATIENCE)?.expect_code(2)?;
    assert_eq!(refused.event("error")?.text("code"), "not_possible_now");
    let out = scene.dir.path().join("receipt");
    let arguments: [OsString; 6] =
        ["receipt".into(), reference.into(), "--format".into(), "json".into(), "--out".into(), out.clone().into()];
    scene.waybill.run(arguments, PATIENCE)?.expect_code(0)?;
    let path = out.join("receipt.json");
    let receipt = fs::read_to_string(&path).map_err(|source| Error::Io { path, source })?;
    assert!(!receipt.contains("not_complete"), "it is uploaded: {receipt}");
    Ok(())
}

#[test]
fn the_same_command_after_it_has_finished_names_the_receipt_and_ends_well() -> Result<()> {
    let scene = Scene::new()?;
    let first = scene.send_to_the_end()?;
    let again = scene.send_to_the_end()?;
    let receipt = again.event("receipt")?.value()["paths"][0].as_str().unwrap_or_default().to_owned();
    let written = first.event("receipt")?.value()["paths"][0].as_str().unwrap_or_default().to_owned();
    assert_eq!(std::path::Path::new(&written).parent(), Some(std::path::Path::new(&receipt)));
    assert!(again.event("done")?.text("message").contains("has already been uploaded"), "{:?}", again.events);
    assert_eq!(scene.calls_of("startUpload")?, 1);
    // Signed out, it is as true as before.
    scene.waybill.run(["sign-out"], PATIENCE)?.expect_code(0)?;
    let signed_out = scene.send_to_the_end()?;
    assert_eq!(signed_out.named("sign_in").count(), 0);
    Ok(())
}

#[test]
fn checks_that_could_not_run_are_reported_again_when_the_command_is_repeated() -> Result<()> {
    let scene = Scene::new()?;
    // The store says that it has a file already, and has not: the service finds it missing, and its checks cannot run.
    let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>PreconditionFailed</Code><Message>At least one of the \
                pre-conditions you specified did not hold</Message><RequestId>0</RequestId><HostId>sandbox</HostId></Error>";
    let lost = Effect::Status { status: 412, body: body.to_owned(), content_type: "application/xml" };
    scene.sandbox.control().set(&Fault::new(Role::Upload, lost).method("PUT"))?;
    for arguments in [scene.send_arguments().to_vec(), scene.send_arguments().to_vec(), scene.resume_arguments()] {
        let failed = scene.waybill.run(arguments, PATIENCE)?.expect_code(6)?;
        assert_eq!(failed.event("error")?.text("code"), "checks_failed");
    }
    Ok(())
}

#[test]
fn another_folder_into_a_used_consignment_is_refused() -> Result<()> {
    let scene = Scene::new()?;
    scene.send_to_the_end()?;
    let other = sample_folder(scene.dir.path(), "Other records", Size::Few, 12)?;
    let reference = scene.consignment.reference.as_str();
    let arguments: [OsString; 5] =
        ["send".into(), other.root.into(), "--consignment".into(), reference.into(), "--yes".into()];
    let refused = scene.waybill.run(arguments, PATIENCE)?.expect_code(6)?;
    assert_eq!(refused.event("error")?.text("code"), "consignment_used");
    Ok(())
}

#[test]
fn one_folder_that_is_away_does_not_hold_up_the_others() -> Result<()> {
    let scene = Scene::new()?;
    let other = sample_folder(scene.dir.path(), "Other records", Size::Small, 12)?;
    let held = scene.hold_parts()?;
    let second = scene.sandbox.consignment("ready", 1)?.clone();
    for (folder, reference) in [(&scene.sample.root, &scene.consignment.reference), (&other.root, &second.reference)] {
        let arguments: [OsString; 5] =
            ["send".into(), folder.clone().into(), "--consignment".into(), reference.into(), "--yes".into()];
        scene.sandbox.control().wait_quiet(Role::Upload, PATIENCE)?;
        let before = scene.sandbox.control().fired(held)?;
        let run = scene.waybill.start(arguments)?;
        scene.sandbox.control().wait_fired(held, before + 1, PATIENCE)?;
        run.kill()?;
    }
    scene.sandbox.control().remove(held)?;
    let away = scene.dir.path().join("away");
    let moved = |from: &std::path::Path, to: &std::path::Path| {
        fs::rename(from, to).map_err(|source| Error::Io { path: from.to_owned(), source })
    };
    moved(&other.root, &away)?;
    let ended = scene.waybill.run(["resume", "--all", "--yes", "--time-limit", "8"], PATIENCE)?.expect_code(7)?;
    assert!(ended.events.iter().any(|event| event.is("error", &[("code", "folder_gone")])), "{:?}", ended.events);
    scene.everything_arrived()?;
    moved(&away, &other.root)?;
    scene.waybill.run(["resume", "--all", "--yes"], PATIENCE)?.expect_code(0)?;
    let equal =
        waybill_system_tests::compare(scene.sandbox.control(), &second.id, scene.dir.path(), other.sent.keys())?;
    assert_eq!(equal.bytes, other.bytes());
    Ok(())
}

#[test]
fn a_profile_that_borrows_a_services_name_gets_nothing_of_its_session() -> Result<()> {
    let scene = Scene::new()?;
    scene.waybill.run(["sign-in"], PATIENCE)?.expect_code(0)?;
    let profile = fs::read_to_string(scene.sandbox.profile())
        .map_err(|source| Error::Io { path: scene.sandbox.profile().to_owned(), source })?;
    let website = &scene.sandbox.addresses().website;
    let borrowed = scene.dir.path().join("sandbox").join("borrowed.toml");
    let text = profile.replace(&format!("url = \"{website}\""), &format!("url = \"{website}/other\""));
    assert_ne!(text, profile);
    fs::write(&borrowed, &text).map_err(|source| Error::Io { path: borrowed.clone(), source })?;
    let other = Waybill::new(&scene.sandbox, scene.waybill.data_dir())?.profile(&borrowed);
    other.run(["whoami"], PATIENCE)?.expect_code(3)?;
    let name = profile.lines().find(|line| line.starts_with("name = ")).unwrap_or_default();
    fs::write(&borrowed, profile.replace(name, "name = \"tdr\""))
        .map_err(|source| Error::Io { path: borrowed.clone(), source })?;
    let refused = other.run(["whoami"], PATIENCE)?.expect_code(2)?;
    assert_eq!(refused.event("error")?.text("code"), "profile_malformed");
    scene.waybill.run(["whoami"], PATIENCE)?.expect_code(0)?;
    Ok(())
}
