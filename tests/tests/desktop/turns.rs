//! Two folders at once: one is sent, the other says that it waits for it.

use waybill_system_tests::{Effect, Fault, Result, Role, Size, sample_folder};

use crate::app::Scene;
use crate::drop::drop_folder;
use crate::panel::Panel;

#[test]
fn a_second_folder_says_what_it_waits_for_and_is_looked_through_when_that_is_sent() -> Result<()> {
    let scene = Scene::new(&[])?;
    let panel = Panel::start(scene.desk.bus())?;
    let second = sample_folder(scene.desk.home(), "Board papers", Size::Small, 32)?;
    let reference = scene.sandbox.consignment("ready", 1)?.reference.clone();
    let app = scene.open()?;
    drop(scene.sign_in(&app)?);
    // It waits with its turn for as long as need be.
    let down = scene.sandbox.control().set(&Fault::new(Role::Upload, Effect::Down).always())?;
    scene.send(&app)?;
    app.page.wait_for_text("Waiting for the VPN")?;

    app.page.press("Consignments")?;
    let row = format!("//*[self::tr or @role='row' or self::li][.//*[contains(normalize-space(.),'{reference}')]]");
    app.page.press_in(&row, "Choose folder")?;
    app.page.wait_for_text("Drop a folder here")?;
    drop_folder(scene.desk.display(), &second.root)?;
    let waits = "Waiting for “Parish récords 2026” to finish";
    app.page.wait_for_text(waits)?;
    panel.wait_for("Waiting for the VPN, and 1 more waits for its turn")?;
    app.page.press("All transfers")?;
    app.page.wait_for_text("Every transfer of this computer")?;
    app.page.wait_for_text(waits)?;
    app.page.press_in("//tbody", "Board papers")?;

    scene.sandbox.control().remove(down)?;
    app.page.wait_for_text("Check what will be sent")?;
    assert!(!app.page.text()?.contains(waits));
    // The first lets its turn go when everything is sent; the service's checks follow.
    app.page.press("All transfers")?;
    app.page.press_in("//tbody", "Parish récords 2026")?;
    app.page.wait_for_text("Receipt")?;
    scene.everything_arrived().map(drop)
}
