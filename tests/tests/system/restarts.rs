//! The service goes away and comes back.
//!
//! `cargo xtask soak service --count N` lets it die at random requests of more transfers.

use waybill_system_tests::{Effect, Error, Fault, PATIENCE, Random, Result, Role, Size};

use crate::kill_points::each;
use crate::kills::AtDeath;
use crate::random_kills::chosen;
use crate::scene::Scene;

/// How many transfers there are at random requests without further choice.
const TRANSFERS: u64 = 12;

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

#[test]
fn the_service_dying_at_random_requests_alone_or_with_waybill_loses_nothing() -> Result<()> {
    let transfers = chosen("WAYBILL_SOAK_COUNT", TRANSFERS)?;
    let first = chosen("WAYBILL_SOAK_SEED", 1)?;
    each(usize::try_from(transfers).unwrap_or(usize::MAX), |number| {
        let seed = first.wrapping_add(u64::try_from(number).unwrap_or_default() - 1);
        dies(seed).map_err(|error| Error::unexpected(format!("seed {seed}: {error}")))
    })
}

/// The service dies before the work of a request, in the middle of its bytes, or when the work is done and the reply is
/// lost.
fn dies(seed: u64) -> Result<()> {
    let mut random = Random::new(seed);
    let mut scene = Scene::of(Size::Small, &[])?;
    // A transfer of this size has at least so many requests.
    let (role, requests) = if random.below(3) == 0 { (Role::Api, 5) } else { (Role::Upload, 12) };
    let at = random.below(requests);
    let effect = match random.below(3) {
        0 => Effect::DelayMs(600_000),
        1 => Effect::Bandwidth(1),
        _ => Effect::LoseReply,
    };
    let (alone, is_long) = (random.below(2) == 0, random.below(2) == 0);
    let name = format!("seed {seed}, {role:?} request {at}, {effect:?}, alone: {alone}, long: {is_long}");
    println!("the service died: {name}");
    let fault = scene.sandbox.control().set(&Fault::new(role, effect).skip(at).always())?;
    let run = scene.send()?;
    scene.sandbox.control().wait_fired(fault, 1, PATIENCE)?;
    scene.sandbox.kill()?;
    if alone {
        if is_long {
            run.wait_for("a named wait", PATIENCE, |event| event.name() == "waiting")?;
        }
        scene.sandbox.restart()?;
        let finished = run.finish(PATIENCE)?.expect_code(0)?;
        assert_eq!(finished.named("item_problem").count(), 0, "{name}: a blip fails no file");
    } else {
        run.kill()?;
        scene.sandbox.restart()?;
        let at_death = AtDeath::of(&scene)?;
        scene.send_to_the_end()?;
        at_death.nothing_was_sent_again_before(&scene, &AtDeath::of(&scene)?, &name)?;
    }
    scene.everything_arrived()?;
    Ok(())
}
