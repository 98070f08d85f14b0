//! What was given for a time runs out in the middle.

use waybill_system_tests::{Effect, Fault, Logged, PATIENCE, Result, Role, until};

use crate::scene::{Scene, parts_stored};

fn is_new_cookies(logged: &Logged) -> bool {
    logged.path == "/cookies" && logged.status == Some(200)
}

fn is_tokens(logged: &Logged) -> bool {
    logged.role == "sign_in" && logged.path.ends_with("/token") && logged.status == Some(200)
}

/// Sends with the parts held in mid-file until this was asked for a second time, and then to the end.
fn held_until_asked_again(scene: &Scene, is_asked: impl Fn(&Logged) -> bool) -> Result<waybill_system_tests::Finished> {
    let held = scene.hold_parts()?;
    let run = scene.send()?;
    scene.sandbox.control().wait_fired(held, 1, PATIENCE)?;
    until("the second time", PATIENCE, || {
        let asked = scene.sandbox.control().requests()?.iter().filter(|logged| is_asked(logged)).count();
        Ok((asked > 1).then_some(()))
    })?;
    scene.sandbox.control().remove(held)?;
    let finished = run.finish(PATIENCE)?.expect_code(0)?;
    scene.everything_arrived()?;
    assert_eq!(parts_stored(&scene.sandbox.control().requests()?), scene.parts_of_largest());
    Ok(finished)
}

#[test]
fn cookies_that_expire_in_mid_file_are_renewed_and_no_part_is_sent_twice() -> Result<()> {
    let scene = Scene::with(&["--cookie-seconds", "2"])?;
    held_until_asked_again(&scene, is_new_cookies).map(drop)
}

#[test]
fn tokens_that_run_out_in_mid_file_are_refreshed() -> Result<()> {
    let scene = Scene::with(&["--access-token-seconds", "2", "--cookie-seconds", "3"])?;
    let finished = held_until_asked_again(&scene, is_tokens)?;
    assert_eq!(finished.named("sign_in").count(), 1, "no second sign-in");
    Ok(())
}

#[test]
fn cookies_that_become_invalid_early_are_renewed() -> Result<()> {
    let scene = Scene::new()?;
    // Held before its cookies are looked at.
    let second = Fault::new(Role::Upload, Effect::DelayMs(600_000)).path("*partNumber=2&*");
    let second = scene.sandbox.control().set(&second)?;
    let run = scene.send()?;
    scene.sandbox.control().wait_fired(second, 1, PATIENCE)?;
    scene.sandbox.control().rotate_keys(Role::Upload)?;
    scene.sandbox.control().remove(second)?;
    run.finish(PATIENCE)?.expect_code(0)?;
    scene.everything_arrived()?;
    let requests = scene.sandbox.control().requests()?;
    assert!(requests.iter().filter(|logged| is_new_cookies(logged)).count() > 1);
    Ok(())
}

#[test]
fn a_wrong_date_of_something_in_between_throws_no_part_away() -> Result<()> {
    let scene = Scene::new()?;
    let page = "<html><body>502 Bad Gateway</body></html>";
    // As a store that fails would say it, so that nothing but the date gives it away.
    let own =
        "<?xml version=\"1.0\"?><Error><Code>InternalError</Code><Message>x</Message><RequestId>1</RequestId></Error>";
    for (skip, body) in [(1, page), (3, own)] {
        let far = Effect::Dated { status: 502, body, date: "Fri, 01 Jan 2100 00:00:00 GMT" };
        scene.sandbox.control().set(&Fault::new(Role::Upload, far).path("*partNumber=*").skip(skip))?;
    }
    let finished = scene.send_to_the_end()?;
    assert_eq!(finished.named("note").filter(|event| event.text("code") == "clock_wrong").count(), 0);
    scene.everything_arrived()?;
    let requests = scene.sandbox.control().requests()?;
    assert_eq!(parts_stored(&requests), scene.parts_of_largest(), "no part is sent twice");
    assert_eq!(requests.iter().filter(|logged| logged.path.ends_with("?uploads")).count(), 1);
    Ok(())
}

#[test]
fn an_upload_that_the_store_has_discarded_is_started_again() -> Result<()> {
    const EIGHT_DAYS: i64 = 8 * 24 * 3_600;
    let scene = Scene::new()?;
    let last = Fault::new(Role::Upload, Effect::DelayMs(600_000)).path("*partNumber=3&*");
    let last = scene.sandbox.control().set(&last)?;
    let run = scene.send()?;
    scene.sandbox.control().wait_fired(last, 1, PATIENCE)?;
    run.kill()?;
    scene.sandbox.control().move_clock(EIGHT_DAYS)?;
    // A week on a shelf: the session is over, too, and the person signs in again.
    let finished = scene.resume_to_the_end()?;
    assert_eq!(finished.named("sign_in").count(), 1);
    scene.everything_arrived()?;
    Ok(())
}
