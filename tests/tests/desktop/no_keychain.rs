//! A desktop without a keychain: the program says so once, and works; the session ends with the program.

use waybill_system_tests::Result;

use crate::app::Scene;

/// What the window says of it.
const SAYS: &str = "Waybill cannot use this computer’s keychain.";
const NEXT: &str = "You will need to sign in again the next time you start Waybill.";

#[test]
fn without_a_keychain_a_transfer_resumes_after_a_restart_and_a_sign_in() -> Result<()> {
    let scene = Scene::without_keychain()?;
    let app = scene.open()?;
    drop(scene.sign_in(&app)?);
    app.page.wait_for_text(SAYS)?;
    app.page.wait_for_text(NEXT)?;
    let held = scene.send_and_hold(&app)?;
    app.kill()?;

    let app = scene.open()?;
    app.page.wait_for_text("What happens next")?;
    assert!(!scene.data_dir().join("session.json").exists(), "nobody has agreed to a session in a file");
    // The browser still knows the person, and the sign-in page asks for no password.
    app.page.press("Sign in")?;
    app.page.wait_for_text("Sign out")?;
    scene.sandbox.control().remove(held)?;
    app.page.press("All transfers")?;
    app.page.press_in("//tbody", "Parish récords 2026")?;
    app.page.wait_for_text("Receipt")?;
    scene.everything_arrived()?;
    scene.receipt_is_complete()
}
