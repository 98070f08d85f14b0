//! Two folders at once: one is sent, the other says that it waits for it.

use waybill_system_tests::{Effect, Fault, Result, Role, Sample, Size, sample_folder};

use crate::app::{App, Scene};
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

    choose(&scene, &app, &reference, &second)?;
    let waits = "Waiting for “Parish récords 2026” to finish";
    app.page.wait_for_text(waits)?;
    panel.wait_for("Waiting for the VPN, and 1 more is waiting for its turn")?;
    app.page.press("All transfers")?;
    app.page.wait_for_text("Every transfer on this computer")?;
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

#[test]
fn a_folder_that_is_paused_while_it_waits_does_not_block_the_others() -> Result<()> {
    let scene = Scene::new(&[])?;
    let folder = |name, seed| sample_folder(scene.desk.home(), name, Size::Small, seed);
    let (second, third) = (folder("Board papers", 32)?, folder("Maps", 33)?);
    let reference = |nth| scene.sandbox.consignment("ready", nth).map(|listed| listed.reference.clone());
    let paused = "Nothing is sent until you select “Resume”.";
    let app = scene.open()?;
    drop(scene.sign_in(&app)?);
    let down = scene.sandbox.control().set(&Fault::new(Role::Upload, Effect::Down).always())?;
    scene.send(&app)?;
    app.page.wait_for_text("Waiting for the VPN")?;
    app.page.press_for("Pause", paused)?;
    choose(&scene, &app, &reference(1)?, &second)?;
    app.page.wait_for_text("Check what will be sent")?;
    app.page.tick("I agree to leave out")?;
    app.page.press("Send")?;
    app.page.wait_for_text("Waiting for the VPN")?;

    app.page.press("All transfers")?;
    app.page.press_in("//tbody", "Parish récords 2026")?;
    app.page.press_for("Resume", "Waiting for “Board papers” to finish")?;
    app.page.press_for("Pause", paused)?;
    scene.sandbox.control().remove(down)?;
    app.page.press("All transfers")?;
    app.page.press_in("//tbody", "Board papers")?;
    app.page.wait_for_text("Receipt")?;
    choose(&scene, &app, &reference(2)?, &third)?;
    app.page.wait_for_text("Check what will be sent")
}

/// Chooses the consignment, and drops the folder on the window.
fn choose(scene: &Scene, app: &App, reference: &str, sample: &Sample) -> Result<()> {
    app.page.press("Consignments")?;
    let row = format!("//*[self::tr or @role='row' or self::li][.//*[contains(normalize-space(.),'{reference}')]]");
    app.page.press_in(&row, "Choose folder")?;
    app.page.wait_for_text("Drop a folder here")?;
    drop_folder(scene.desk.display(), &sample.root)
}
