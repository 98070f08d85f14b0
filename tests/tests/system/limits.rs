//! A command ends when it was asked to: by `--time-limit`, and by Ctrl-C.

use std::time::{Duration, Instant};

use waybill_system_tests::{Effect, Event, Fault, Finished, PATIENCE, Result, Role};

use crate::scene::{Scene, waits_for};

fn answers(status: u16, body: &str) -> Effect {
    Effect::Status { status, body: body.to_owned(), content_type: "application/xml" }
}

/// Sends with a time limit, in seconds.
fn send_within(scene: &Scene, limit: &'static str, exit: i32) -> Result<Finished> {
    let arguments = scene.send_arguments().into_iter().chain(["--time-limit".into(), limit.into()]);
    scene.waybill.run(arguments, PATIENCE)?.expect_code(exit)
}

#[test]
fn a_time_limit_ends_a_hand_over_that_nobody_makes() -> Result<()> {
    let scene = Scene::new()?;
    scene.waybill.run(["sign-in"], PATIENCE)?.expect_code(0)?;
    let nobody = scene.waybill.clone().browser(None);
    let arguments = scene.send_arguments().into_iter().chain(["--time-limit".into(), "3".into()]);
    let ended = nobody.run(arguments, PATIENCE)?.expect_code(7)?;
    assert_eq!(ended.event("error")?.text("code"), "hand_over_needed");
    assert_eq!(ended.named("hand_over").count(), 1);
    scene.resume_to_the_end()?;
    scene.everything_arrived()?;
    Ok(())
}

#[test]
fn a_time_limit_ends_a_transfer_in_which_every_file_is_refused_for_a_while() -> Result<()> {
    let scene = Scene::new()?;
    scene.waybill.run(["sign-in"], PATIENCE)?.expect_code(0)?;
    let body = "<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message>\
                <RequestId>0000000000000000</RequestId></Error>";
    let fault = scene.sandbox.control().set(&Fault::new(Role::Upload, answers(503, body)).method("PUT").always())?;
    let ended = send_within(&scene, "6", 7)?;
    assert_eq!(ended.event("error")?.text("code"), "slow_down");
    let asked = scene.sandbox.control().fired(fault)?;
    assert!(asked < 20, "{asked} requests in a few seconds");
    scene.sandbox.control().remove(fault)?;
    scene.resume_to_the_end()?;
    scene.everything_arrived()?;
    Ok(())
}

#[test]
fn a_file_that_keeps_failing_is_set_aside_within_a_time_limit() -> Result<()> {
    let scene = Scene::new()?;
    let fails = Fault::new(Role::Upload, answers(500, "")).method("PUT").path("*partNumber=*").always();
    let fails = scene.sandbox.control().set(&fails)?;
    let ended = send_within(&scene, "60", 5)?;
    assert_eq!(ended.event("error")?.text("code"), "items_set_aside");
    assert_eq!(ended.event("item_problem")?.text("path"), scene.sample.largest);
    let asked = scene.sandbox.control().fired(fails)?;
    assert!(asked < 60, "{asked} requests for one file");
    scene.sandbox.control().remove(fails)?;
    scene.resume(&["--retry"])?.finish(PATIENCE)?.expect_code(0)?;
    scene.everything_arrived()?;
    Ok(())
}

#[cfg(unix)]
#[test]
fn ctrl_c_waits_for_the_reply_to_the_registration_and_says_so() -> Result<()> {
    let scene = Scene::new()?;
    let slow = Fault::new(Role::Api, Effect::DelayMs(4_000)).body_contains("addFilesAndMetadata");
    let slow = scene.sandbox.control().set(&slow)?;
    let run = scene.send()?;
    scene.sandbox.control().wait_fired(slow, 1, PATIENCE)?;
    run.interrupt()?;
    let asked = Instant::now();
    let paused = run.finish(PATIENCE)?.expect_code(5)?;
    assert!(asked.elapsed() < Duration::from_secs(40), "{:?}", asked.elapsed());
    let told = paused.named("note").any(|note| note.text("message").contains("press Ctrl-C again"));
    assert!(told, "{:?}", paused.events);
    let resumed = scene.resume_to_the_end()?;
    assert_eq!(resumed.named("waiting").count(), 0, "nothing is in doubt");
    scene.everything_arrived()?;
    assert_eq!(scene.calls_of("addFilesAndMetadata")?, 1);
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_second_ctrl_c_ends_at_once() -> Result<()> {
    let scene = Scene::new()?;
    let silent = Fault::new(Role::Api, Effect::DelayMs(90_000)).body_contains("addFilesAndMetadata");
    let silent = scene.sandbox.control().set(&silent)?;
    let run = scene.send()?;
    scene.sandbox.control().wait_fired(silent, 1, PATIENCE)?;
    run.interrupt()?;
    let stopping = |event: &Event| event.text("message").contains("press Ctrl-C again");
    run.wait_for("the word that it is stopping", PATIENCE, stopping)?;
    let asked = Instant::now();
    run.interrupt()?;
    assert_eq!(run.finish(PATIENCE)?.code, Some(5));
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    scene.sandbox.control().remove(silent)?;
    scene.resume_to_the_end()?;
    scene.everything_arrived()?;
    Ok(())
}

#[test]
fn a_registration_that_was_cut_off_is_waited_for_by_name() -> Result<()> {
    let scene = Scene::new()?;
    let silent = Fault::new(Role::Api, Effect::DelayMs(90_000)).body_contains("addFilesAndMetadata");
    let silent = scene.sandbox.control().set(&silent)?;
    let run = scene.send()?;
    scene.sandbox.control().wait_fired(silent, 1, PATIENCE)?;
    run.kill()?;
    scene.sandbox.control().remove(silent)?;
    let resumed = scene.resume(&["--time-limit", "1"])?;
    waits_for(&resumed, "registration_in_doubt")?;
    resumed.kill()?;
    scene.resume_to_the_end()?;
    scene.everything_arrived()?;
    assert_eq!(scene.calls_of("addFilesAndMetadata")?, 1);
    Ok(())
}
