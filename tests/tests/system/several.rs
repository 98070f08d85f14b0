//! More than one `waybill` at a time, and a person who stops one.

use waybill_system_tests::{PATIENCE, Result, Run};

use crate::scene::{Scene, parts_stored};

/// Starts to send, and waits until a part is under way. It stays so until the fault is removed.
fn under_way(scene: &Scene) -> Result<(Run, u64)> {
    let held = scene.hold_parts()?;
    let run = scene.send()?;
    scene.sandbox.control().wait_fired(held, 1, PATIENCE)?;
    Ok((run, held))
}

#[test]
fn a_second_waybill_at_the_same_data_folder_is_told_who_has_it() -> Result<()> {
    let scene = Scene::new()?;
    let (run, held) = under_way(&scene)?;
    let second = scene.resume(&[])?.finish(PATIENCE)?.expect_code(7)?;
    let error = second.event("error")?;
    assert_eq!(error.text("code"), "journal_in_use");
    assert!(error.text("detail").contains(&run.id().to_string()), "{}", error.text("detail"));
    scene.sandbox.control().remove(held)?;
    run.finish(PATIENCE)?.expect_code(0)?;
    scene.everything_arrived()?;
    Ok(())
}

#[test]
fn looking_does_not_disturb_the_one_that_sends() -> Result<()> {
    let scene = Scene::new()?;
    let (run, held) = under_way(&scene)?;
    let listed = scene.waybill.run(["transfers"], PATIENCE)?.expect_code(0)?;
    assert!(
        listed.event("transfer")?.is("transfer", &[("phase", "sending")]),
        "{:?}",
        listed.event("transfer")?.value()
    );
    scene.waybill.run(["consignments"], PATIENCE)?.expect_code(0)?;
    scene.sandbox.control().remove(held)?;
    run.finish(PATIENCE)?.expect_code(0)?;
    scene.everything_arrived()?;
    Ok(())
}

#[test]
fn a_pause_from_a_second_process_stops_the_first_and_resume_goes_on() -> Result<()> {
    let scene = Scene::new()?;
    let (run, held) = under_way(&scene)?;
    scene.waybill.run(["pause", scene.consignment.reference.as_str()], PATIENCE)?.expect_code(0)?;
    run.finish(PATIENCE)?.expect_code(5)?;
    scene.sandbox.control().remove(held)?;
    scene.resume_to_the_end()?;
    scene.everything_arrived()?;
    Ok(())
}

#[cfg(unix)]
#[test]
fn ctrl_c_pauses_cleanly_and_says_how_to_go_on() -> Result<()> {
    let scene = Scene::new()?;
    let (run, held) = under_way(&scene)?;
    run.interrupt()?;
    let paused = run.finish(PATIENCE)?.expect_code(5)?;
    let told = paused.events.iter().any(|event| event.value().to_string().contains("waybill resume"));
    assert!(told || paused.stderr.contains("waybill resume"), "{}", paused.stderr);

    let acknowledged = paused.acknowledged_bytes();
    scene.sandbox.control().remove(held)?;
    scene.sandbox.control().wait_quiet(waybill_system_tests::Role::Upload, PATIENCE)?;
    let before = scene.sandbox.control().requests()?;
    scene.resume_to_the_end()?;
    scene.everything_arrived()?;
    let after = scene.sandbox.control().requests()?;
    let sent: u64 = after[before.len()..].iter().filter(|logged| logged.is_stored()).map(|logged| logged.bytes).sum();
    assert!(acknowledged + sent <= scene.sample.bytes(), "{acknowledged} acknowledged, {sent} sent after the pause");
    Ok(())
}

#[test]
fn two_transfers_of_two_data_folders_do_not_disturb_each_other() -> Result<()> {
    let scene = Scene::new()?;
    let other = waybill_system_tests::Waybill::new(&scene.sandbox, scene.dir.path().join("other data"))?
        .profile(waybill_system_tests::quick_profile(&scene.sandbox)?);
    let mut arguments: Vec<std::ffi::OsString> = scene.send_arguments().into();
    arguments[3] = scene.sandbox.consignment("ready", 1)?.reference.clone().into();
    let first = scene.send()?;
    let second = other.start(arguments)?;
    first.finish(PATIENCE)?.expect_code(0)?;
    second.finish(PATIENCE)?.expect_code(0)?;
    scene.everything_arrived()?;
    assert_eq!(parts_stored(&scene.sandbox.control().requests()?), 2 * scene.parts_of_largest());
    Ok(())
}
