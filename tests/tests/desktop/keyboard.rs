//! A keyboard, and what is before the person who types: keys go where the display has its attention, through the
//! extension `XTEST` (X.Org, version 2.2).

use std::collections::HashMap;

use waybill_system_tests::{Error, PATIENCE, Result, until};
use x11rb::CURRENT_TIME;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    AtomEnum, AutoRepeatMode, ChangeKeyboardControlAux, ConnectionExt as _, KEY_PRESS_EVENT, KEY_RELEASE_EVENT, Window,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

/// Keysyms of keys that write nothing (X11 protocol, appendix A). Those of ASCII are its codes.
const ENTER: u32 = 0xff0d;
const SHIFT: u32 = 0xffe1;
const CONTROL: u32 = 0xffe3;

/// The keyboard.
pub(crate) struct Keyboard {
    display: RustConnection,
    root: Window,
    /// The key of each keysym, and whether with the shift key.
    keys: HashMap<u32, (u8, bool)>,
}

type Outcome<T> = std::result::Result<T, Box<dyn std::error::Error>>;

impl Keyboard {
    pub(crate) fn plug_in(display: &str) -> Result<Self> {
        plug_in(display).map_err(|error| failed(&*error))
    }

    /// Waits until the window with this title has the keyboard.
    pub(crate) fn wait_for_window(&self, title: &str) -> Result<()> {
        let mut seen = String::new();
        let found = until("the window to type into", PATIENCE, || {
            // Windows come and go.
            seen = self.title_in_front().unwrap_or_default();
            Ok((seen == title).then_some(()))
        });
        found.map_err(|error| Error::unexpected(format!("{error}: \"{seen}\" is there instead of \"{title}\"")))
    }

    /// Writes this in place of all that is in the field.
    pub(crate) fn write_anew(&self, text: &str) -> Result<()> {
        self.strike_with_control('a')?;
        self.write(text)
    }

    /// Strikes this key while the control key is held.
    pub(crate) fn strike_with_control(&self, letter: char) -> Result<()> {
        let strike = || -> Outcome<()> {
            let (control, _) = self.key(CONTROL)?;
            self.turn(control, KEY_PRESS_EVENT)?;
            self.strike(u32::from(letter))?;
            self.turn(control, KEY_RELEASE_EVENT)
        };
        strike().map_err(|error| failed(&*error))
    }

    /// Writes this.
    pub(crate) fn write(&self, text: &str) -> Result<()> {
        text.chars().try_for_each(|letter| self.strike(u32::from(letter))).map_err(|error| failed(&*error))
    }

    pub(crate) fn enter(&self) -> Result<()> {
        self.strike(ENTER).map_err(|error| failed(&*error))
    }

    fn strike(&self, keysym: u32) -> Outcome<()> {
        let (key, shifted) = self.key(keysym)?;
        let (shift, _) = self.key(SHIFT)?;
        if shifted {
            self.turn(shift, KEY_PRESS_EVENT)?;
        }
        self.turn(key, KEY_PRESS_EVENT)?;
        self.turn(key, KEY_RELEASE_EVENT)?;
        if shifted {
            self.turn(shift, KEY_RELEASE_EVENT)?;
        }
        Ok(())
    }

    fn turn(&self, key: u8, how: u8) -> Outcome<()> {
        self.display.xtest_fake_input(how, key, CURRENT_TIME, self.root, 0, 0, 0)?.check()?;
        Ok(())
    }

    fn key(&self, keysym: u32) -> Outcome<(u8, bool)> {
        Ok(*self.keys.get(&keysym).ok_or_else(|| format!("there is no key for {keysym:#x}"))?)
    }

    fn title_in_front(&self) -> Outcome<String> {
        let focus = self.display.get_input_focus()?.reply()?.focus;
        let name = self.display.get_property(false, focus, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 64)?.reply()?;
        Ok(String::from_utf8_lossy(&name.value).into_owned())
    }
}

fn plug_in(display: &str) -> Outcome<Keyboard> {
    let (display, screen) = x11rb::connect(Some(display))?;
    // A stroke whose end comes late on a busy computer would write its letter twice.
    display.change_keyboard_control(&ChangeKeyboardControlAux::new().auto_repeat_mode(AutoRepeatMode::OFF))?.check()?;
    let setup = display.setup();
    let (first, last, root) = (setup.min_keycode, setup.max_keycode, setup.roots[screen].root);
    let mapping = display.get_keyboard_mapping(first, last - first + 1)?.reply()?;
    let mut keys = HashMap::new();
    for (key, keysyms) in (first..=last).zip(mapping.keysyms.chunks(usize::from(mapping.keysyms_per_keycode))) {
        for (keysym, shifted) in keysyms.iter().zip([false, true]) {
            keys.entry(*keysym).or_insert((key, shifted));
        }
    }
    Ok(Keyboard { display, root, keys })
}

fn failed(error: &dyn std::error::Error) -> Error {
    Error::unexpected(format!("the keyboard: {error}"))
}
