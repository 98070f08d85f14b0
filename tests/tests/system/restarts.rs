//! The service goes away and comes back.

use waybill_system_tests::{Effect, Fault, PATIENCE, Result, Role};

use crate::scene::Scene;

#[test]
fn a_service_that_dies_in_mid_file_and_returns_is_waited_for() -> Result<()> {
    let mut scene = Scene::new()?;
    let held = scene.hold_parts()?;
    let run = scene.send()?;
    scene.sandbox.control().wait_fired(held, 1, PATIENCE)?;
    scene.sandbox.kill()?;
    let waiting = run.wait_for("a named wait", PATIENCE, |event| event.name() == "waiting")?;
    assert!(["offline", "upload_unreachable"].contains(&waiting.text("reason")), "{}", waiting.text("reason"));
    scene.sandbox.restart()?;
    let finished = run.finish(PATIENCE)?.expect_code(0)?;
    assert_eq!(finished.named("item_problem").count(), 0, "a blip fails no file");
    scene.everything_arrived()?;
    Ok(())
}

#[test]
fn an_upload_address_that_goes_away_alone_is_named() -> Result<()> {
    let scene = Scene::new()?;
    let held = scene.hold_parts()?;
    let run = scene.send()?;
    scene.sandbox.control().wait_fired(held, 1, PATIENCE)?;
    let down = scene.sandbox.control().set(&Fault::new(Role::Upload, Effect::Down).always())?;
    let is_named = |event: &waybill_system_tests::Event| event.is("waiting", &[("reason", "upload_unreachable")]);
    run.wait_for("the upload address named", PATIENCE, is_named)?;
    scene.sandbox.control().remove(held)?;
    scene.sandbox.control().remove(down)?;
    run.finish(PATIENCE)?.expect_code(0)?;
    scene.everything_arrived()?;
    Ok(())
}

#[test]
fn both_dying_and_returning_lose_nothing() -> Result<()> {
    let mut scene = Scene::new()?;
    let held = Fault::new(Role::Upload, Effect::Bandwidth(1)).path("*partNumber=2&*").always();
    let held = scene.sandbox.control().set(&held)?;
    let run = scene.send()?;
    scene.sandbox.control().wait_fired(held, 1, PATIENCE)?;
    scene.sandbox.kill()?;
    run.kill()?;
    scene.sandbox.restart()?;
    scene.resume_to_the_end()?;
    scene.everything_arrived()?;
    Ok(())
}
