//! The window closed on a desktop that has no tray, like GNOME: sending continues behind a minimised window.

use waybill_system_tests::{PATIENCE, Result, until};

use crate::app::Scene;
use crate::notification_server::NotificationServer;
use crate::window::Window;
use crate::window_manager::manage_windows;

#[test]
fn a_window_closed_while_sending_is_minimised_says_so_once_and_comes_back() -> Result<()> {
    let scene = Scene::new(&[])?;
    manage_windows(scene.desk.display())?;
    let server = NotificationServer::start(scene.desk.bus())?;
    let app = scene.open()?;
    drop(scene.sign_in(&app)?);
    let held = scene.send_and_hold(&app)?;
    let window = Window::find(scene.desk.display())?;
    close(&window)?;
    let told = server.wait_for(STILL_SENDING)?;
    assert!(told.body.contains("minimised"), "{}", told.body);
    window.open()?;
    until("the window to come back", PATIENCE, || Ok(window.is_shown()?.then_some(())))?;
    app.page.wait_for_text("This desktop has no tray, so Waybill was minimised.")?;

    close(&window)?;
    scene.sandbox.control().remove(held)?;
    let done = server.wait_for("Your receipt is ready")?;
    let said = server.shown().iter().filter(|one| one.title == STILL_SENDING).count();
    assert_eq!(said, 1, "once is enough");
    assert!(window.is_minimised()?, "a notification alone opens no window");
    server.choose(&done)?;
    until("the window to come back", PATIENCE, || Ok(window.is_shown()?.then_some(())))?;
    app.page.wait_for_text("Receipt")?;
    scene.everything_arrived().map(drop)
}

const STILL_SENDING: &str = "Waybill is still sending";

/// Closes it and waits until it is minimised.
fn close(window: &Window) -> Result<()> {
    window.close()?;
    until("the window to be minimised", PATIENCE, || Ok(window.is_minimised()?.then_some(())))?;
    until("the window to go", PATIENCE, || Ok((!window.is_shown()?).then_some(())))
}
