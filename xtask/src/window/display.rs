//! A virtual display, and the windows on it.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use waybill_system_tests::{PATIENCE, line_of, until};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, ImageFormat, MapState, Window};

use crate::error::{Error, Result};
use crate::window::Owned;

/// A running Xvfb server, which ends when this is dropped.
pub(crate) struct Display {
    _server: Owned,
    number: u32,
}

/// What a window looks like.
pub(crate) struct Seen {
    pub(crate) width: u16,
    pub(crate) height: u16,
    pub(crate) colours: usize,
    /// The name by which the desktop identifies the program (ICCCM, `WM_CLASS`, the instance).
    pub(crate) class: String,
}

/// The maximum number of colours of a blank page. One with text has more, at the edges of its letters.
const BLANK: usize = 8;

impl Display {
    /// Starts a server with a free display number.
    pub(crate) fn start() -> Result<Self> {
        let server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut server = server.map(Owned).map_err(|source| Error::NotRun { program: "Xvfb".to_owned(), source })?;
        let number = line_of(&mut server.0, "the display number of Xvfb", |line| line.trim().parse().ok())?;
        Ok(Self { _server: server, number })
    }

    /// Returns the value for `DISPLAY`.
    pub(crate) fn name(&self) -> String {
        format!(":{}", self.number)
    }

    /// Waits for a window whose title starts with this text, until it is not blank.
    pub(crate) fn wait_for_window(&self, title: &str) -> Result<Seen> {
        let wrong = |error: &dyn std::fmt::Display| Error::Wrong(format!("the display: {error}"));
        let (connection, screen) = x11rb::connect(Some(&self.name())).map_err(|error| wrong(&error))?;
        let root = connection.setup().roots.get(screen).map(|screen| screen.root);
        let root = root.ok_or_else(|| Error::Wrong("the display has no screen".to_owned()))?;
        let seen = until("a window that is not blank", PATIENCE, || {
            let seen = find(&connection, root, title).and_then(|window| picture(&connection, window?));
            Ok(seen.filter(|seen| seen.colours > BLANK))
        })?;
        Ok(seen)
    }
}

/// Searches the tree of windows. Returns `None` if a request fails, because windows may close at any time.
fn find(connection: &impl x11rb::connection::Connection, window: Window, title: &str) -> Option<Option<Window>> {
    let name = connection.get_property(false, window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 64).ok()?.reply().ok()?;
    let attributes = connection.get_window_attributes(window).ok()?.reply().ok()?;
    if name.value.starts_with(title.as_bytes()) && attributes.map_state == MapState::VIEWABLE {
        return Some(Some(window));
    }
    let tree = connection.query_tree(window).ok()?.reply().ok()?;
    let below = tree.children.into_iter().filter_map(|child| find(connection, child, title).flatten()).next();
    Some(below)
}

fn picture(connection: &impl x11rb::connection::Connection, window: Window) -> Option<Seen> {
    let size = connection.get_geometry(window).ok()?.reply().ok()?;
    let image = connection
        .get_image(ImageFormat::Z_PIXMAP, window, 0, 0, size.width, size.height, u32::MAX)
        .ok()?
        .reply()
        .ok()?;
    let colours: BTreeSet<&[u8]> = image.data.chunks_exact(4).collect();
    let class =
        connection.get_property(false, window, AtomEnum::WM_CLASS, AtomEnum::STRING, 0, 64).ok()?.reply().ok()?;
    let class = class.value.split(|byte| *byte == 0).next().unwrap_or_default();
    let class = String::from_utf8_lossy(class).into_owned();
    Some(Seen { width: size.width, height: size.height, colours: colours.len(), class })
}
