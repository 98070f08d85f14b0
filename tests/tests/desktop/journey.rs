//! The whole journey, as a person goes it.

use waybill_system_tests::{PATIENCE, Result, until};

use crate::app::Scene;

#[test]
fn a_folder_dropped_on_the_window_comes_back_as_a_receipt() -> Result<()> {
    let scene = Scene::new(&[])?;
    let app = scene.open()?;
    let browser = scene.sign_in(&app)?;
    browser.wait_for_text("close this")?;
    scene.send(&app)?;
    // Hand-over: the website's page opens by itself in the browser where the person is signed in.
    app.page.wait_for_text("Receipt")?;
    scene.everything_arrived()?;
    scene.receipt_is_complete()
}

#[test]
fn a_session_is_kept_in_the_keychain_and_ends_with_signing_out() -> Result<()> {
    let scene = Scene::new(&[])?;
    let app = scene.open()?;
    drop(scene.sign_in(&app)?);
    app.kill()?;
    let app = scene.open()?;
    app.page.wait_for_text("Choose the consignment")?;
    app.page.press("Sign out")?;
    app.page.wait_for_text("What happens next")?;
    app.kill()?;
    let app = scene.open()?;
    app.page.wait_for_text("What happens next")?;
    until(
        "no file with a token in it",
        PATIENCE,
        || Ok((!scene.data_dir().join("session.json").exists()).then_some(())),
    )
}
