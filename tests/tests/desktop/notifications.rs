//! What a person hears of a transfer whose window is closed, and where choosing it leads.

use waybill_system_tests::{Error, PATIENCE, Result, until};

use crate::app::{App, Scene};
use crate::launcher::Dock;
use crate::notification_server::{Notification, NotificationServer};
use crate::panel::Panel;
use crate::window::Window;

/// `Icon` of the desktop entry in `packaging/`: what notifications show.
const ICON: &str = "org.example.waybill";

/// The folder's name, which its transfer's view has.
const FOLDER: &str = "Parish récords 2026";
/// A heading in a view that has nothing to do with a transfer.
const ELSEWHERE: &str = "What the states mean";

#[test]
fn a_transfer_that_ends_behind_a_closed_window_sends_a_notification_that_opens_it() -> Result<()> {
    let scene = Scene::new(&[])?;
    let _panel = Panel::start(scene.desk.bus())?;
    let server = NotificationServer::start(scene.desk.bus())?;
    let app = scene.open()?;
    drop(scene.sign_in(&app)?);
    let held = scene.send_and_hold(&app)?;
    let window = close_elsewhere(&scene, &app)?;
    let gone = server.wait_for("Waybill is still sending")?;
    assert!(gone.body.contains("tray"), "{}", gone.body);
    scene.sandbox.control().remove(held)?;
    let done = server.wait_for("Your receipt is ready")?;
    let reference = &scene.consignment.reference;
    assert!(done.body.contains(reference.as_str()), "{}", done.body);
    leads_to_the_transfer(&server, &done, &window, &app)?;
    app.page.wait_for_text("Receipt")?;
    scene.everything_arrived().map(drop)
}

#[test]
fn a_sign_out_behind_a_closed_window_sends_a_notification_to_sign_in() -> Result<()> {
    let scene = Scene::new(&["--access-token-seconds", "5", "--cookie-seconds", "5"])?;
    let _panel = Panel::start(scene.desk.bus())?;
    let server = NotificationServer::start(scene.desk.bus())?;
    let dock = Dock::listen(scene.desk.bus())?;
    let app = scene.open()?;
    drop(scene.sign_in(&app)?);
    scene.send_and_hold(&app)?;
    let window = close_elsewhere(&scene, &app)?;
    scene.sandbox.control().end_sessions(&scene.person().username)?;
    let told = server.wait_for("Sign in to continue")?;
    assert!(told.body.starts_with(&format!("{}: ", scene.consignment.reference)), "{}", told.body);
    let on_the_icon = dock.updates().pop();
    assert!(on_the_icon.as_ref().is_some_and(|last| last.visible && last.urgent), "{on_the_icon:?}");
    leads_to_the_transfer(&server, &told, &window, &app)
}

/// Goes to another view, closes the window and waits until it is gone.
fn close_elsewhere(scene: &Scene, app: &App) -> Result<Window> {
    app.page.press("Help")?;
    app.page.wait_for_text(ELSEWHERE)?;
    let window = Window::find(scene.desk.display())?;
    window.close()?;
    until("the window to go", PATIENCE, || Ok((!window.is_shown()?).then_some(())))?;
    Ok(window)
}

/// The notification has the program's own icon and can be chosen; then the window comes back, and has gone to the
/// transfer's view.
fn leads_to_the_transfer(server: &NotificationServer, told: &Notification, window: &Window, app: &App) -> Result<()> {
    assert_eq!(told.icon, ICON);
    assert!(told.actions.chunks(2).any(|action| action[0] == "default"), "{:?}", told.actions);
    assert!(!window.is_shown()?, "a notification alone opens no window");
    server.choose(told)?;
    until("the window to come back", PATIENCE, || Ok(window.is_shown()?.then_some(())))?;
    let mut text = String::new();
    let shown = until("the view of the transfer", PATIENCE, || {
        text = app.page.text().unwrap_or_default();
        Ok((text.contains(FOLDER) && !text.contains(ELSEWHERE)).then_some(()))
    });
    shown.map_err(|error| Error::unexpected(format!("{error}; the page shows:\n{text}")))
}
