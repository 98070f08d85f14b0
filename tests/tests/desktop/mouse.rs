//! A mouse: what a person presses is what is under the pointer, through the extension `XTEST` (X.Org, version 2.2).
//! Where the page is zoomed the web view's driver presses in the wrong place.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use waybill_system_tests::{Error, PATIENCE, Result, until};
use x11rb::CURRENT_TIME;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, MOTION_NOTIFY_EVENT, Window as Id};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use crate::page::Page;
use crate::window::Window;

/// How long what was pressed may take until it is pressed again: something may have moved it away from under the
/// pointer.
const PRESS_AGAIN: Duration = Duration::from_secs(10);
const LEFT: u8 = 1;

/// The mouse.
pub(crate) struct Mouse {
    display: RustConnection,
    root: Id,
}

impl Mouse {
    pub(crate) fn plug_in(display: &str) -> Result<Self> {
        let (display, screen) = x11rb::connect(Some(display)).map_err(|error| failed(&error))?;
        let root = display.setup().roots[screen].root;
        Ok(Self { display, root })
    }

    /// Scrolls to the first element of an `XPath` and presses it, until the page shows this text. `zoom`: pixels of the
    /// display for one of CSS.
    pub(crate) fn press(&self, page: &Page, window: &Window, zoom: f64, xpath: &str, text: &str) -> Result<()> {
        let mut pressed: Option<Instant> = None;
        let look = || {
            if page.text().is_ok_and(|shown| shown.contains(text)) {
                return Ok(Some(()));
            }
            if pressed.is_none_or(|at| at.elapsed() > PRESS_AGAIN)
                && let Some((x, y)) = middle(page, xpath)?
            {
                let corner = window.place()?;
                self.press_at(f64::from(corner.x) + zoom * x, f64::from(corner.y) + zoom * y)?;
                pressed = Some(Instant::now());
            }
            Ok(None)
        };
        let shown = until("what a press does", PATIENCE, look);
        shown.map_err(|error| {
            let seen = page.text().unwrap_or_default();
            Error::unexpected(format!("{error}: \"{text}\" after {xpath}; the page shows:\n{seen}"))
        })
    }

    #[allow(clippy::cast_possible_truncation, reason = "places on a screen are small")]
    fn press_at(&self, x: f64, y: f64) -> Result<()> {
        let (x, y) = (x.round() as i16, y.round() as i16);
        for (kind, button) in [(MOTION_NOTIFY_EVENT, 0), (BUTTON_PRESS_EVENT, LEFT), (BUTTON_RELEASE_EVENT, LEFT)] {
            let sent = self.display.xtest_fake_input(kind, button, CURRENT_TIME, self.root, x, y, 0);
            sent.map_err(|error| failed(&error))?.check().map_err(|error| failed(&error))?;
        }
        Ok(())
    }
}

/// Returns the middle of the element, in pixels of CSS from the page's corner, once it can be seen and nothing covers
/// it.
fn middle(page: &Page, xpath: &str) -> Result<Option<(f64, f64)>> {
    let script = format!(
        "(() => {{
            const found = document.evaluate({}, document, null, XPathResult.FIRST_ORDERED_NODE_TYPE, null).singleNodeValue;
            if (found === null) return null;
            found.scrollIntoView({{ block: 'center', inline: 'center', behavior: 'instant' }});
            const {{ x, y, width, height }} = found.getBoundingClientRect();
            const middle = [x + width / 2, y + height / 2];
            return found.contains(document.elementFromPoint(...middle)) ? middle : null;
        }})()",
        json!(xpath)
    );
    let Value::Array(found) = page.value(&script)? else { return Ok(None) };
    Ok(found.first().and_then(Value::as_f64).zip(found.last().and_then(Value::as_f64)))
}

fn failed(error: &dyn std::error::Error) -> Error {
    Error::unexpected(format!("the mouse: {error}"))
}
