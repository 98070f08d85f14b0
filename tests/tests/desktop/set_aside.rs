//! Files that cannot be sent while everything else is: the window asks what becomes of them.

use std::fs;
use std::path::{Path, PathBuf};

use waybill_system_tests::{Effect, Error, Fault, PATIENCE, Result, Role, until};

use crate::app::{App, Scene};

const SLOW_DOWN: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>SlowDown</Code><Message>Please reduce your request \
                         rate.</Message><RequestId>0000000000000000</RequestId><HostId>sandbox</HostId></Error>";
/// What the window asks.
const QUESTION: &str = "1 file could not be sent";
/// What the log says of each time that a file is set aside.
const SET_ASIDE: &str = "a file was set aside";

/// Sends the folder and takes a file out of it after it was read and before it is sent. Returns where the file is now.
fn send_without(scene: &Scene, app: &App, file: &Path) -> Result<PathBuf> {
    let body = SLOW_DOWN.to_owned();
    let held = Fault::new(Role::Upload, Effect::Status { status: 503, body, content_type: "application/xml" });
    let held = scene.sandbox.control().set(&held.method("PUT").always())?;
    scene.send(app)?;
    scene.sandbox.control().wait_fired(held, 1, PATIENCE)?;
    let away = scene.desk.home().join("taken away");
    fs::rename(file, &away).map_err(|source| Error::Io { path: file.to_owned(), source })?;
    scene.sandbox.control().remove(held)?;
    app.page.wait_for_text(QUESTION)?;
    Ok(away)
}

/// The window asks, and shows nothing else.
fn asks(app: &App) -> Result<()> {
    let mut shown = String::new();
    let asked = until("the question, and nothing else", PATIENCE, || {
        shown = app.page.text().unwrap_or_default();
        let question = shown.contains("Everything else has been sent.") && shown.matches("Try again").count() == 1;
        Ok((question && !shown.contains("Stopped") && !shown.contains("Paused")).then_some(()))
    });
    asked.map_err(|error| Error::unexpected(format!("{error}; the page shows:\n{shown}")))
}

#[test]
fn a_missing_file_can_be_tried_again_and_given_up_in_the_receipt() -> Result<()> {
    let scene = Scene::new(&[])?;
    let app = scene.open()?;
    let browser = scene.sign_in(&app)?;
    let path = format!("{}/Minutes/no-extension", folder_name(&scene));
    send_without(&scene, &app, &scene.sample.on_disk(&path))?;
    asks(&app)?;
    scene.wait_for_log(SET_ASIDE, 1)?;
    app.page.press("All transfers")?;
    app.page.wait_for_text("Some files could not be sent")?;
    app.page.press_in("//tbody", &folder_name(&scene))?;

    app.page.press("Try again")?;
    scene.wait_for_log(SET_ASIDE, 2)?;
    asks(&app)?;

    app.page.press_for("Give up the transfer", "Give up this transfer?")?;
    // The website opens by itself and records it. A file that is only now set aside again takes the question away once.
    app.page.press_for("Give up the transfer", "Receipt")?;
    let consignment = scene.sandbox.control().consignment(&scene.consignment.id)?;
    assert_eq!(consignment.status("Upload"), Some("CompletedWithIssues"));
    scene.receipt_is_complete()?;
    drop(browser);
    Ok(())
}

#[test]
fn a_file_that_is_put_back_is_sent_when_it_is_tried_again() -> Result<()> {
    let scene = Scene::new(&[])?;
    let app = scene.open()?;
    drop(scene.sign_in(&app)?);
    let file = scene.sample.on_disk(&format!("{}/Minutes/no-extension", folder_name(&scene)));
    let away = send_without(&scene, &app, &file)?;
    asks(&app)?;
    fs::rename(&away, &file).map_err(|source| Error::Io { path: away, source })?;
    app.page.press("Try again")?;
    app.page.wait_for_text("Receipt")?;
    scene.everything_arrived()?;
    scene.receipt_is_complete()
}

fn folder_name(scene: &Scene) -> String {
    scene.sample.root.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
