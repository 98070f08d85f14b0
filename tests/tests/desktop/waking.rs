//! The lid closed in the middle of a transfer and opened again: what died meanwhile is not waited for.

use std::time::{Duration, Instant};

use waybill_system_tests::{Effect, Fault, PATIENCE, Result, Role};

use crate::app::Scene;
use crate::lid::Lid;

/// Parts of the one large file, which are sent side by side.
const PARTS: u64 = 3;
/// The program gives up on a request whose bytes do not move after this time, asleep or not (`Limits` of the network
/// client).
const GIVEN_UP: Duration = Duration::from_secs(60);
/// Longer than an access token and, here, the cookies live.
const CLOSED: Duration = Duration::from_secs(20 * 60);

#[test]
fn after_a_sleep_hanging_requests_are_sent_again_at_once_without_a_sign_in() -> Result<()> {
    let mut scene = Scene::new(&["--cookie-seconds", "600"])?;
    let lid = Lid::new(scene.desk.home())?;
    scene.environment = lid.environment()?;
    let app = scene.open()?;
    drop(scene.sign_in(&app)?);
    let control = scene.sandbox.control();
    // As on a connection whose other end is gone.
    let hang = Fault::new(Role::Upload, Effect::DelayMs(3_600_000)).path("*partNumber=*").always();
    let hang = control.set(&hang)?;
    let began = Instant::now();
    scene.send(&app)?;
    control.wait_fired(hang, PARTS, PATIENCE)?;
    app.page.wait_for_text("Sending Parish récords 2026")?;
    let tokens = tokens_given(&scene)?;

    lid.was_closed_for(CLOSED, control)?;
    control.wait_fired(hang, 2 * PARTS, PATIENCE)?;
    assert!(began.elapsed() < GIVEN_UP, "they may have been given up after {:?}", began.elapsed());
    control.remove(hang)?;
    app.page.wait_for_text("Receipt")?;
    assert!(tokens_given(&scene)? > tokens, "the session was refreshed, for it had run out");
    assert_eq!(scene.log().matches("the computer has slept").count(), 1, "{}", scene.log());
    scene.everything_arrived()?;
    scene.receipt_is_complete()
}

/// Returns how often the sign-in address has given tokens.
fn tokens_given(scene: &Scene) -> Result<usize> {
    let requests = scene.sandbox.control().requests()?;
    let given = requests.iter().filter(|logged| logged.role == "sign_in" && logged.path.ends_with("/token"));
    Ok(given.filter(|logged| logged.status == Some(200)).count())
}
