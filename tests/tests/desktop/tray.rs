//! The window closed: sending continues from the tray.

use waybill_system_tests::{PATIENCE, Result, until};

use crate::app::Scene;
use crate::panel::Panel;
use crate::window::Window;

#[test]
fn a_closed_window_goes_on_from_the_tray_where_it_can_be_paused_and_opened() -> Result<()> {
    let scene = Scene::new(&[])?;
    let panel = Panel::start(scene.desk.bus())?;
    let app = scene.open()?;
    panel.wait_for("Not signed in")?;
    drop(scene.sign_in(&app)?);
    panel.wait_for("Nothing is being sent")?;
    let held = scene.send_and_hold(&app)?;
    let window = Window::find(scene.desk.display())?;
    window.close()?;
    until("the window to go", PATIENCE, || Ok((!window.is_shown()?).then_some(())))?;
    panel.wait_for("Sending")?;
    panel.choose("Pause")?;
    panel.wait_for("Paused")?;
    panel.choose("Resume")?;
    panel.wait_for("Sending")?;
    scene.sandbox.control().remove(held)?;
    panel.choose("Open Waybill")?;
    until("the window to come back", PATIENCE, || Ok(window.is_shown()?.then_some(())))?;
    app.page.wait_for_text("Receipt")?;
    scene.everything_arrived()?;
    panel.wait_for("Nothing is being sent").map(drop)
}

#[test]
fn a_window_that_is_closed_while_nothing_is_being_sent_ends_the_program() -> Result<()> {
    let scene = Scene::new(&[])?;
    let _panel = Panel::start(scene.desk.bus())?;
    let _app = scene.open()?;
    let window = Window::find(scene.desk.display())?;
    let journal = scene.data_dir().join("journal.owner");
    until("the journal's owner", PATIENCE, || Ok(journal.exists().then_some(())))?;
    window.close()?;
    // It is given back at the end, when everything else is done.
    until("the journal to be free", PATIENCE, || Ok((!journal.exists()).then_some(())))
}

#[test]
fn quitting_while_something_is_being_sent_asks_first() -> Result<()> {
    let scene = Scene::new(&[])?;
    let panel = Panel::start(scene.desk.bus())?;
    let app = scene.open()?;
    drop(scene.sign_in(&app)?);
    scene.send_and_hold(&app)?;
    panel.choose("Quit Waybill")?;
    app.page.wait_for_text("Quit while files are being sent?")?;
    panel.wait_for("Sending").map(drop)
}

#[test]
fn starting_with_the_computer_is_told_to_the_desktop_and_taken_back() -> Result<()> {
    let scene = Scene::new(&[])?;
    let app = scene.open()?;
    let entry = scene.desk.home().join(".config/autostart/Waybill.desktop");
    app.page.press("Settings")?;
    app.page.tick("Start Waybill with this computer")?;
    app.page.press("Save settings")?;
    // It is made first and written then, at one go.
    let read = || std::fs::read_to_string(&entry).ok().filter(|text| !text.is_empty());
    let text = until("the desktop's entry", PATIENCE, || Ok(read()))?;
    let command = text.lines().find_map(|line| line.strip_prefix("Exec=")).unwrap_or_default();
    assert!(command.contains("waybill-desktop") && command.contains("--background"), "{text}");
    assert!(command.contains("--service") && command.contains("--data-dir"), "{text}");
    app.page.tick("Start Waybill with this computer")?;
    app.page.press("Save settings")?;
    until("the entry to go", PATIENCE, || Ok((!entry.exists()).then_some(())))
}
