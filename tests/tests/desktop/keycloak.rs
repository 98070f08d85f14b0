//! Keycloak itself in the place of the sandbox's sign-in. If it is not set up, tests with its name are left out.

use waybill_system_tests::{Keycloak, Result};

use crate::app::Scene;

#[test]
fn a_person_signs_in_on_keycloaks_own_page_and_gets_a_receipt() -> Result<()> {
    let keycloak = Keycloak::start()?;
    let scene = Scene::at_keycloak(&keycloak.issuer("tdr"), Keycloak::account("amina.osei")?)?;
    let app = scene.open()?;
    let browser = scene.sign_in(&app)?;
    browser.wait_for_text("close this")?;
    scene.send(&app)?;
    // The website asks the same Keycloak, which knows the browser.
    app.page.wait_for_text("Receipt")?;
    scene.everything_arrived()?;
    scene.receipt_is_complete()
}
