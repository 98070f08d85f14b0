//! Dark and light: the window has the colours that the person has chosen for the desktop.

use std::fs;

use serde_json::json;
use waybill_system_tests::{Error, Result};

use crate::app::{App, Scene};
use crate::portal::{Portal, Scheme};

#[test]
fn the_window_is_dark_where_the_desktop_is_and_changes_with_it() -> Result<()> {
    let scene = Scene::new(&[])?;
    let desktop = Portal::start(scene.desk.bus(), Scheme::Dark)?;
    let app = scene.open()?;
    is_drawn(&app, &DARK)?;
    desktop.change(Scheme::Light)?;
    is_drawn(&app, &LIGHT)?;
    desktop.change(Scheme::Dark)?;
    is_drawn(&app, &DARK)
}

#[test]
fn the_window_follows_a_dark_theme_on_older_desktops_and_is_light_by_default() -> Result<()> {
    let scene = Scene::new(&[])?;
    let app = scene.open()?;
    is_drawn(&app, &LIGHT)?;
    drop(app);
    let settings = scene.desk.home().join(".config/gtk-3.0");
    let file = settings.join("settings.ini");
    fs::create_dir_all(&settings)
        .and_then(|()| fs::write(&file, "[Settings]\ngtk-theme-name=Adwaita-dark\n"))
        .map_err(|source| Error::Io { path: file, source })?;
    is_drawn(&scene.open()?, &DARK)
}

/// Colours of the page.
struct Colours {
    is_dark: bool,
    page: &'static str,
    text: &'static str,
    button: &'static str,
}

/// Those of `ui/src/styles/_colours.scss`.
const DARK: Colours =
    Colours { is_dark: true, page: "rgb(20, 23, 26)", text: "rgb(240, 241, 242)", button: "rgb(43, 102, 177)" };
const LIGHT: Colours =
    Colours { is_dark: false, page: "rgb(255, 255, 255)", text: "rgb(11, 12, 12)", button: "rgb(29, 79, 145)" };

fn is_drawn(app: &App, colours: &Colours) -> Result<()> {
    app.page.wait_for_text("Sign in")?;
    app.page.wait_for_value("matchMedia('(prefers-color-scheme: dark)').matches", &json!(colours.is_dark))?;
    for (selector, property, colour) in [
        ("body", "backgroundColor", colours.page),
        ("body", "color", colours.text),
        ("main .govuk-button", "backgroundColor", colours.button),
    ] {
        let computed = format!("getComputedStyle(document.querySelector('{selector}')).{property}");
        app.page.wait_for_value(&computed, &json!(colour))?;
    }
    Ok(())
}
