//! What a person orders in the window is what happens to the transfer.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::json;
use waybill_system_tests::{Effect, Error, Fault, PATIENCE, Result, Role, Size, sample_folder, until};

use crate::app::{App, Scene};
use crate::drop::drop_folder;

/// Bytes a second.
const LIMIT: u64 = 250_000;
/// The key (`WebDriver`, section 17.4.2).
const ENTER: &str = "\u{e007}";

#[test]
fn a_speed_limit_applies_at_once_and_ends_as_soon_as_it_is_removed() -> Result<()> {
    let scene = Scene::new(&[])?;
    let app = scene.open()?;
    drop(scene.sign_in(&app)?);
    let down = scene.sandbox.control().set(&Fault::new(Role::Upload, Effect::Down).always())?;
    scene.send(&app)?;
    app.page.wait_for_text("Waiting for the VPN")?;
    app.page.press("Limit the speed")?;
    set_limit(&scene, &app, Some(LIMIT))?;
    app.page.wait_for_text("Limit the speed (limited to 250 KB a second)")?;

    let began = Instant::now();
    scene.sandbox.control().remove(down)?;
    let most = LIMIT / 1000 + LIMIT / 10_000;
    until("the speed of the limit", PATIENCE, || {
        Ok(speed(&app)?.filter(|speed| (LIMIT / 2000..=most).contains(speed)))
    })?;
    let (stored, took) = (stored(&scene)?, began.elapsed());
    assert!(took + Duration::from_secs(1) > time_for(stored), "{stored} bytes took only {took:?}");

    set_limit(&scene, &app, None)?;
    app.page.wait_for_text("Receipt")?;
    let all = time_for(scene.sample.bytes());
    assert!(began.elapsed() < all, "with the limit all would have taken {all:?}; now {:?}", began.elapsed());
    scene.everything_arrived().map(drop)
}

/// Returns the speed that the window says, in whole thousands of bytes a second, while it is below a million.
fn speed(app: &App) -> Result<Option<u64>> {
    // A page that cannot be read now may be read in a moment.
    let text = app.page.text().unwrap_or_default();
    let said = text.split_once("Speed").and_then(|(_, rest)| rest.split_once(" KB a second"));
    Ok(said.and_then(|(number, _)| number.split('.').next()?.trim().parse().ok()))
}

/// Returns how many bytes of files the sandbox has stored.
fn stored(scene: &Scene) -> Result<u64> {
    let requests = scene.sandbox.control().requests()?;
    Ok(requests.iter().filter(|logged| logged.is_stored()).map(|logged| logged.bytes).sum())
}

/// Returns how long so many bytes take with the limit.
fn time_for(bytes: u64) -> Duration {
    Duration::from_millis(bytes * 1000 / LIMIT)
}

/// Chooses this among the limits on offer, where the first is none, sets it and waits until it is kept.
fn set_limit(scene: &Scene, app: &App, limit: Option<u64>) -> Result<()> {
    let option = limit.map_or("option:first-child".to_owned(), |limit| format!("option[value='{limit}']"));
    app.page.press_element(&format!("details select {option}"))?;
    app.page.wait_for_value("document.querySelector('details select').selectedIndex > 0", &json!(limit.is_some()))?;
    // By keyboard: what is above the button changes all the time, and the button with it is not where a pointer went.
    app.page.type_into("details .wb-buttons button", ENTER)?;
    let wanted = limit.map(|limit| format!("speed_limit = {limit}"));
    let mut kept = String::new();
    let found = until("the limit to be kept", PATIENCE, || {
        kept = fs::read_to_string(scene.data_dir().join("settings.toml")).unwrap_or_default();
        let line = kept.lines().find(|line| line.starts_with("speed_limit"));
        Ok((!kept.is_empty() && line == wanted.as_deref()).then_some(()))
    });
    found.map_err(|error| Error::unexpected(format!("{error}; the settings are:\n{kept}")))?;
    app.page.wait_for_text("The speed limit has been set.")?;
    let open = app.page.value("document.querySelector('details').open")?;
    assert_eq!(open, json!(true), "nobody has closed what says so");
    Ok(())
}

#[test]
fn another_folder_chosen_after_the_check_is_sent_and_the_first_is_let_go() -> Result<()> {
    const FIRST: &str = "Parish récords 2026";
    let mut scene = Scene::new(&[])?;
    let app = scene.open()?;
    drop(scene.sign_in(&app)?);
    let reference = scene.consignment.reference.clone();
    app.page.press_in(&format!("//tr[contains(.,'{reference}')]"), "Choose folder")?;
    app.page.wait_for_text("Drop a folder here")?;
    drop_folder(scene.desk.display(), &scene.sample.root)?;
    app.page.wait_for_text("Check what will be sent")?;
    app.page.wait_for_text(FIRST)?;

    app.page.press("Choose another folder")?;
    app.page.wait_for_text("Drop a folder here")?;
    // Nobody waits for it any more.
    let away = scene.desk.home().join("taken away");
    fs::rename(&scene.sample.root, &away).map_err(|source| Error::Io { path: away, source })?;
    scene.sample = sample_folder(scene.desk.home(), "Board papers", Size::Small, 32)?;
    drop_folder(scene.desk.display(), &scene.sample.root)?;
    app.page.wait_for_text("Check what will be sent")?;
    app.page.wait_for_text("Board papers")?;
    app.page.tick("I agree to leave out")?;
    app.page.press("Send")?;
    app.page.wait_for_text("Receipt")?;
    scene.everything_arrived()?;
    scene.receipt_is_complete()?;
    is_let_go(&app, FIRST)?;

    app.kill()?;
    let app = scene.open()?;
    is_let_go(&app, FIRST)?;
    assert!(!scene.log().contains("could not be gone on with"), "{}", scene.log());
    Ok(())
}

/// The list says that the transfer of this folder was cancelled.
fn is_let_go(app: &App, folder: &str) -> Result<()> {
    app.page.press("All transfers")?;
    let row = format!("[...document.querySelectorAll('tbody tr')].find((row) => row.innerText.includes('{folder}'))");
    app.page.wait_for_value(&format!("{row}?.innerText.includes('Cancelled') ?? false"), &json!(true))
}
