//! What interrupts a transfer, seen from the window.

use waybill_system_tests::{Effect, Fault, Result, Role};

use crate::app::Scene;

#[test]
fn killed_in_mid_file_it_goes_on_by_itself_when_it_is_started_again() -> Result<()> {
    let scene = Scene::new(&[])?;
    let app = scene.open()?;
    drop(scene.sign_in(&app)?);
    let held = scene.send_and_hold(&app)?;
    app.kill()?;
    scene.sandbox.control().remove(held)?;
    let app = scene.open()?;
    app.page.press("Show the transfer")?;
    app.page.wait_for_text("Receipt")?;
    scene.everything_arrived()?;
    scene.receipt_is_complete()
}

#[test]
fn an_upload_address_that_is_away_is_named_and_waited_for() -> Result<()> {
    let scene = Scene::new(&[])?;
    let app = scene.open()?;
    drop(scene.sign_in(&app)?);
    let down = scene.sandbox.control().set(&Fault::new(Role::Upload, Effect::Down).always())?;
    scene.send(&app)?;
    app.page.wait_for_text("Waiting for the VPN")?;
    scene.sandbox.control().remove(down)?;
    app.page.wait_for_text("Receipt")?;
    scene.everything_arrived()?;
    scene.receipt_is_complete()
}

#[test]
fn signed_out_in_mid_transfer_it_goes_on_after_signing_in_again() -> Result<()> {
    let scene = Scene::new(&["--access-token-seconds", "5", "--cookie-seconds", "5"])?;
    let app = scene.open()?;
    let browser = scene.sign_in(&app)?;
    let held = scene.send_and_hold(&app)?;
    scene.sandbox.control().end_sessions(&scene.person().username)?;
    app.page.wait_for_text("Sign in to continue")?;
    drop(browser);
    app.page.press("Sign in")?;
    let browser = scene.browser.sit_down(&scene.desk)?;
    crate::chromium::log_in(&browser, scene.person())?;
    scene.sandbox.control().remove(held)?;
    app.page.wait_for_text("Receipt")?;
    scene.everything_arrived()?;
    scene.receipt_is_complete()
}
