//! Progress on the program's icon in the taskbar.

use std::fs;
use std::path::Path;

use waybill_system_tests::{Effect, Error, Fault, PATIENCE, Result, Role, until};

use crate::app::Scene;
use crate::launcher::{Dock, Update};

#[test]
fn progress_grows_on_the_programs_icon_and_is_gone_when_everything_is_sent() -> Result<()> {
    let scene = Scene::new(&[])?;
    let dock = Dock::listen(scene.desk.bus())?;
    let app = scene.open()?;
    drop(scene.sign_in(&app)?);
    assert_eq!(dock.updates(), [], "there is nothing to show yet");
    // The last part of the largest file, so that most is sent before.
    let held = Fault::new(Role::Upload, Effect::Bandwidth(1)).path("*partNumber=3*").always();
    let held = scene.sandbox.control().set(&held)?;
    scene.send(&app)?;
    scene.sandbox.control().wait_fired(held, 1, PATIENCE)?;
    let most = |last: &Update| last.visible && (0.5..1.0).contains(&last.progress);
    until("most of the progress", PATIENCE, || Ok(dock.updates().pop().filter(most)))?;
    let held_up = dock.updates().len();
    scene.sandbox.control().remove(held)?;
    app.page.wait_for_text("Receipt")?;
    until("progress to go", PATIENCE, || Ok(dock.updates().pop().filter(|last| !last.visible && !last.urgent)))?;
    let updates = dock.updates();
    let icon = format!("application://{}", desktop_entry()?);
    assert!(updates.iter().all(|update| update.application == icon), "{icon}: {updates:?}");
    // When all is sent the website may want a click.
    assert!(updates.iter().all(|update| !(update.visible && update.urgent)), "nobody is needed: {updates:?}");
    let (before, after) = updates.split_at(held_up);
    assert!(before.iter().any(|update| update.visible && update.progress < 0.5), "it began with less: {updates:?}");
    let shown = before.iter().rev().take(1).chain(after.iter().filter(|update| update.visible));
    assert!(shown.is_sorted_by(|earlier, later| earlier.progress <= later.progress), "{updates:?}");
    scene.everything_arrived().map(drop)
}

/// Returns the name of the one desktop entry that is packaged.
fn desktop_entry() -> Result<String> {
    let packaging = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging");
    let entries = fs::read_dir(&packaging).map_err(|source| Error::Io { path: packaging, source })?;
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut names = names.filter(|name| name.ends_with(".desktop"));
    names.next().ok_or_else(|| Error::unexpected("nothing of that kind is packaged"))
}
