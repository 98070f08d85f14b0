//! Larger letters: the page is zoomed by keyboard, and can be used at four times its size.

use serde_json::{Value, json};
use waybill_system_tests::{Effect, Error, Fault, PATIENCE, Result, Role, until};

use crate::app::{App, Scene};
use crate::chromium::log_in;
use crate::drop::drop_folder;
use crate::keyboard::Keyboard;
use crate::mouse::Mouse;
use crate::page::Page;
use crate::window::{Place, Window};
use crate::window_manager::manage_windows;

/// As wide as the screen: at 400 per cent this leaves 320 pixels of CSS (WCAG 2.2, 1.4.10).
const WIDE: Place = Place { x: 0, y: 0, width: 1280, height: 900 };

#[test]
fn the_page_is_zoomed_with_control_and_plus_minus_and_nought() -> Result<()> {
    let scene = Scene::new(&[])?;
    manage_windows(scene.desk.display())?;
    let keyboard = Keyboard::plug_in(scene.desk.display())?;
    let app = scene.open()?;
    Window::find(scene.desk.display())?.put(WIDE)?;
    keyboard.wait_for_window("Waybill")?;
    is_wide(&app, 1280)?;
    for (key, width) in [('+', 1067), ('=', 914), ('-', 1067), ('0', 1280), ('-', 1600), ('0', 1280)] {
        keyboard.strike_with_control(key)?;
        is_wide(&app, width)?;
    }
    Ok(())
}

/// How many pixels of CSS the window is wide, within one.
fn is_wide(app: &App, wanted: i64) -> Result<()> {
    let mut seen = Value::Null;
    let wide = until("the page to be so wide", PATIENCE, || {
        seen = app.page.value("window.innerWidth")?;
        Ok(seen.as_i64().is_some_and(|width| (width - wanted).abs() <= 1).then_some(()))
    });
    wide.map_err(|error| Error::unexpected(format!("{error}: {seen} pixels and not {wanted}")))
}

#[test]
fn a_folder_is_sent_at_four_times_the_size_and_no_view_has_to_be_scrolled_sideways() -> Result<()> {
    let scene = Scene::new(&[])?;
    manage_windows(scene.desk.display())?;
    let keyboard = Keyboard::plug_in(scene.desk.display())?;
    let app = scene.open()?;
    let hand = Hand::at(&scene, &app)?;
    hand.window.put(WIDE)?;
    keyboard.wait_for_window("Waybill")?;
    is_wide(&app, 1280)?;
    // Fifteen steps of a fifth, each of which is seen before the next, as a person does it.
    for step in 1..=15 {
        keyboard.strike_with_control('+')?;
        is_wide(&app, 6_400 / (5 + step))?;
    }

    hand.press("main", "Sign in", "Finish signing in")?;
    fits(&app, "the page during a sign-in")?;
    let browser = scene.browser.sit_down(&scene.desk)?;
    log_in(&browser, scene.person())?;
    app.page.wait_for_text("Choose the consignment")?;
    hand.window.open()?;
    fits(&app, "the list of consignments")?;
    let reference = &scene.consignment.reference;
    hand.press(&format!("tr[contains(.,'{reference}')]"), "Choose folder", "Drop a folder here")?;
    fits(&app, "the place to drop a folder")?;
    drop_folder(scene.desk.display(), &scene.sample.root)?;
    app.page.wait_for_text("Check what will be sent")?;
    fits(&app, "the check")?;
    let hold = Fault::new(Role::Upload, Effect::Bandwidth(1)).path("*partNumber=*").always();
    let held = scene.sandbox.control().set(&hold)?;
    hand.press("main", "Send", "Select that you agree")?;
    app.page.wait_for_value("document.activeElement.id", &json!("agree"))?;
    keyboard.write(" ")?;
    app.page.wait_for_value("document.activeElement.checked", &json!(true))?;
    hand.press("main", "Send", "Sending Parish récords 2026")?;
    scene.sandbox.control().wait_fired(held, 1, PATIENCE)?;
    fits(&app, "a transfer that is sent")?;
    for (view, shows) in [
        ("Settings", "Keep this computer awake"),
        ("Help", "What the states mean"),
        ("About", "Version"),
        ("All transfers", "Every transfer on this computer"),
    ] {
        hand.press("nav", view, shows)?;
        fits(&app, view)?;
    }
    scene.sandbox.control().remove(held)?;
    hand.press("tbody", "Parish récords 2026", "Receipt")?;
    fits(&app, "the receipt")?;
    drop(browser);
    scene.everything_arrived()?;
    is_wide(&app, 320)
}

/// A hand on the mouse, at a page that is zoomed to 400 per cent.
struct Hand<'a> {
    page: &'a Page,
    window: Window,
    mouse: Mouse,
}

impl<'a> Hand<'a> {
    fn at(scene: &Scene, app: &'a App) -> Result<Self> {
        let display = scene.desk.display();
        Ok(Self { page: &app.page, window: Window::find(display)?, mouse: Mouse::plug_in(display)? })
    }

    /// Presses the button or link with this label within an element, until the page shows this text.
    fn press(&self, within: &str, label: &str, text: &str) -> Result<()> {
        let named = format!("normalize-space(.)='{label}' or starts-with(normalize-space(.),'{label} ')");
        let xpath = format!("//{within}//*[self::button or self::a][{named}]");
        self.mouse.press(self.page, &self.window, 4.0, &xpath, text)
    }
}

/// Nothing of the page is beside the window.
fn fits(app: &App, view: &str) -> Result<()> {
    let beside = app.page.value("document.documentElement.scrollWidth - document.documentElement.clientWidth")?;
    assert_eq!(beside, json!(0), "{view}");
    Ok(())
}
