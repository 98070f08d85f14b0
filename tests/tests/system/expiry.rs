//! What was given for a time runs out in the middle.

use waybill_system_tests::{Effect, Fault, Logged, Result, Role};

use crate::scene::{Scene, parts_stored};

/// Makes every part take about a second and a half.
fn slow_parts(scene: &Scene) -> Result<()> {
    let slow = Fault::new(Role::Upload, Effect::Bandwidth(3 << 20)).path("*partNumber=*").always();
    scene.sandbox.control().set(&slow).map(drop)
}

fn count(requests: &[Logged], fits: impl Fn(&Logged) -> bool) -> usize {
    requests.iter().filter(|logged| fits(logged)).count()
}

#[test]
fn cookies_that_run_out_in_mid_file_are_fetched_anew_and_no_part_is_sent_twice() -> Result<()> {
    let scene = Scene::with(&["--cookie-seconds", "2"])?;
    slow_parts(&scene)?;
    scene.send_to_the_end()?;
    scene.everything_arrived()?;
    let requests = scene.sandbox.control().requests()?;
    assert!(count(&requests, |logged| logged.path == "/cookies" && logged.status == Some(200)) > 1);
    assert_eq!(parts_stored(&requests), scene.parts_of_largest());
    Ok(())
}

#[test]
fn tokens_that_run_out_in_mid_file_are_refreshed() -> Result<()> {
    let scene = Scene::with(&["--access-token-seconds", "2", "--cookie-seconds", "3"])?;
    slow_parts(&scene)?;
    let finished = scene.send_to_the_end()?;
    scene.everything_arrived()?;
    assert_eq!(finished.named("sign_in").count(), 1, "nobody has to sign in again");
    let requests = scene.sandbox.control().requests()?;
    assert!(count(&requests, |logged| logged.role == "sign_in" && logged.path.ends_with("/token")) > 1);
    assert_eq!(parts_stored(&requests), scene.parts_of_largest());
    Ok(())
}

#[test]
fn cookies_that_are_void_before_their_time_are_fetched_anew() -> Result<()> {
    let scene = Scene::new()?;
    let second = Fault::new(Role::Upload, Effect::DelayMs(1_000)).path("*partNumber=2&*");
    let second = scene.sandbox.control().set(&second)?;
    let run = scene.send()?;
    scene.sandbox.control().wait_fired(second, 1, waybill_system_tests::PATIENCE)?;
    scene.sandbox.control().rotate_keys(Role::Upload)?;
    run.finish(waybill_system_tests::PATIENCE)?.expect_code(0)?;
    scene.everything_arrived()?;
    let requests = scene.sandbox.control().requests()?;
    assert!(count(&requests, |logged| logged.path == "/cookies" && logged.status == Some(200)) > 1);
    Ok(())
}

#[test]
fn an_upload_that_the_store_has_thrown_away_is_begun_anew() -> Result<()> {
    const EIGHT_DAYS: i64 = 8 * 24 * 3_600;
    let scene = Scene::new()?;
    let last = Fault::new(Role::Upload, Effect::DelayMs(1_500)).path("*partNumber=3&*");
    let last = scene.sandbox.control().set(&last)?;
    let run = scene.send()?;
    scene.sandbox.control().wait_fired(last, 1, waybill_system_tests::PATIENCE)?;
    run.kill()?;
    scene.sandbox.control().move_clock(EIGHT_DAYS)?;
    // A week on a shelf: the session is over, too, and the person signs in again.
    let finished = scene.resume_to_the_end()?;
    assert_eq!(finished.named("sign_in").count(), 1);
    scene.everything_arrived()?;
    Ok(())
}
