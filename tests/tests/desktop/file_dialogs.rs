//! The system's own dialogs, by keyboard: a folder is chosen, lists and receipts are saved where the person says.

use std::fs;
use std::path::Path;

use waybill_system_tests::{Error, PATIENCE, Result, Size, Waybill, sample_folder, until};

use crate::app::Scene;
use crate::keyboard::Keyboard;
use crate::screen::Picture;
use crate::window_manager::manage_windows;

const CHOOSE: &str = "Choose a folder to send";
const SAVE: &str = "Save";

#[test]
fn a_folder_is_chosen_and_lists_and_receipt_are_saved_in_dialogs() -> Result<()> {
    let mut scene = Scene::new(&[])?;
    // There is a key for each letter of its name.
    scene.sample = sample_folder(scene.desk.home(), "Minutes 2026", Size::Small, 32)?;
    manage_windows(scene.desk.display())?;
    let keyboard = Keyboard::plug_in(scene.desk.display())?;
    let saved = scene.desk.home().join("saved");
    fs::create_dir(&saved).map_err(io(&saved))?;
    move_nothing(scene.desk.home())?;
    let app = scene.open()?;
    drop(scene.sign_in(&app)?);

    app.page.press_in(
        &format!("//tr[.//*[contains(normalize-space(.),'{}')]]", scene.consignment.reference),
        "Choose folder",
    )?;
    app.page.press("Choose a folder")?;
    choose(&keyboard, scene.desk.display(), &scene.sample.root)?;
    app.page.wait_for_text("Check what will be sent")?;

    let list = saved.join("check.csv");
    app.page.press("Save the whole list (CSV)")?;
    save(&keyboard, scene.desk.display(), &list)?;
    app.page.wait_for_text(&format!("Saved as {}", list.display()))?;
    let text = read(&list)?;
    for path in scene.sample.left_out.keys() {
        let name = path.rsplit('/').next().unwrap_or(path);
        assert!(text.contains(name), "{name} is not in the list:\n{text}");
    }

    app.page.tick("I agree to leave out")?;
    app.page.press("Send")?;
    app.page.wait_for_text("Receipt")?;
    scene.everything_arrived()?;
    let receipt = saved.join("receipt.json");
    app.page.press("For other programs (JSON)")?;
    save(&keyboard, scene.desk.display(), &receipt)?;
    app.page.wait_for_text(&format!("Saved as {}", receipt.display()))?;
    assert_eq!(read(&receipt)?, read(&from_the_command_line(&scene)?)?);
    Ok(())
}

/// On this desktop nothing moves by itself in a dialog, so that it can be seen to be at rest.
fn move_nothing(home: &Path) -> Result<()> {
    let settings = home.join(".config/gtk-3.0");
    fs::create_dir_all(&settings).map_err(io(&settings))?;
    let file = settings.join("settings.ini");
    fs::write(&file, "[Settings]\ngtk-enable-animations=false\ngtk-cursor-blink=false\n").map_err(io(&file))
}

/// Says which folder in the dialog.
fn choose(keyboard: &Keyboard, display: &str, folder: &Path) -> Result<()> {
    keyboard.wait_for_window(CHOOSE)?;
    let opened = Picture::at_rest(display)?;
    // The first stroke of a path opens a field for it, which takes no letter before it is drawn.
    keyboard.write("/")?;
    let field = opened.changed(display)?;
    // With the stroke at its end nothing is completed that Enter would only agree to.
    keyboard.write_anew(&format!("{}/", folder.display()))?;
    field.changed(display)?;
    keyboard.enter()
}

/// Says where to save in the dialog.
fn save(keyboard: &Keyboard, display: &str, file: &Path) -> Result<()> {
    keyboard.wait_for_window(SAVE)?;
    let opened = Picture::at_rest(display)?;
    keyboard.write_anew(&file.display().to_string())?;
    // What is offered to complete the path is gone by then, and takes no Enter.
    opened.changed(display)?;
    keyboard.enter()
}

/// Returns the receipt of the one transfer as `waybill receipt` writes it.
fn from_the_command_line(scene: &Scene) -> Result<std::path::PathBuf> {
    let waybill = Waybill::new(&scene.sandbox, scene.data_dir())?;
    let listed = waybill.run(["transfers"], PATIENCE)?.expect_code(0)?;
    let transfer = listed.event("transfer")?.text("transfer").to_owned();
    let out = scene.desk.home().join("command-line");
    let words = [
        "receipt".into(),
        transfer.into(),
        "--format".into(),
        "json".into(),
        "--out".into(),
        out.clone().into_os_string(),
    ];
    waybill.run::<std::ffi::OsString>(words, PATIENCE)?.expect_code(0)?;
    let file = out.join("receipt.json");
    until("the receipt", PATIENCE, || Ok(file.exists().then(|| file.clone())))
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).map_err(io(file))
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io { path, source }
}
