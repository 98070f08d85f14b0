//! The computer is kept from falling asleep while something is being sent, and only then.

use waybill_system_tests::{PATIENCE, Result};

use crate::app::{App, Scene};
use crate::power::Power;

/// The key (`WebDriver`, section 17.4.2).
const ENTER: &str = "\u{e007}";
const SETTING: &str = "Keep this computer awake";
const REASON: &str = "Sending records";

#[test]
fn the_computer_stays_awake_only_while_sending_and_only_if_the_setting_allows_it() -> Result<()> {
    let scene = Scene::new(&[])?;
    let mut power = Power::start(scene.desk.system_bus(), scene.desk.bus())?;
    let app = scene.open()?;
    drop(scene.sign_in(&app)?);
    let control = scene.sandbox.control();
    let held = scene.send_and_hold(&app)?;
    power.wait_until_held(1)?;
    let (system, session) = (power.system.all().remove(0), power.session.all().remove(0));
    assert_eq!((system.who.as_str(), system.why.as_str()), ("Waybill", REASON));
    assert_eq!(system.what, "idle (block)");
    assert_eq!((session.who.as_str(), session.why.as_str()), ("org.example.waybill", REASON));
    assert_eq!(session.what, "4", "falling asleep, and not the screen going dark");

    app.page.wait_for_text("Pause")?;
    // By keyboard: what is above the button changes all the time, and the button with it is not where a pointer went.
    app.page.type_into(".wb-buttons button", ENTER)?;
    app.page.wait_for_text("Nothing is sent until you select “Resume”.")?;
    power.wait_until_free(1)?;

    turn_setting(&app)?;
    app.page.press("Consignments")?;
    let before = control.fired(held)?;
    app.page.press("Resume")?;
    control.wait_fired(held, before + 1, PATIENCE)?;
    app.page.press("All transfers")?;
    app.page.wait_for_text("Sending")?;
    assert_eq!((power.system.all().len(), power.session.all().len()), (1, 1), "against the setting");

    power.change_desktop()?;
    turn_setting(&app)?;
    power.wait_until_held(2)?;
    control.remove(held)?;
    power.wait_until_free(2)?;
    scene.receipt_is_complete()?;
    scene.everything_arrived().map(drop)
}

/// The other way round than it was.
fn turn_setting(app: &App) -> Result<()> {
    app.page.press("Settings")?;
    app.page.tick(SETTING)?;
    app.page.press("Save settings")?;
    app.page.wait_for_text("Your settings have been saved.")
}
