//! The window, tried as a person sees it: on a display, with a journal that a real transfer has left.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;

use waybill_system_tests::{PATIENCE, Sandbox, Size, Waybill, sample_folder};

use crate::error::{Error, Result};
use crate::workspace::Metadata;

/// What the window's log says once its page runs and has got the list; the number of transfers follows.
const SHOWN: &str = "the page asked for the list transfers=";

/// Sends a small folder, opens the window on a display of its own, and looks whether it shows that transfer.
///
/// # Errors
/// The window does not open, stays blank, or does not list the transfer.
#[cfg(target_os = "linux")]
pub(crate) fn try_out(metadata: &Metadata) -> Result {
    waybill_system_tests::use_program(metadata.program("waybill"));
    let dir = tempfile::tempdir().map_err(Error::io(std::env::temp_dir()))?;
    let data = dir.path().join("data");
    send_something(dir.path(), &data)?;
    let display = display::Display::start()?;
    let mut window = open(metadata, &data)
        .env("DISPLAY", display.name())
        .env("GDK_BACKEND", "x11")
        .env("HOME", dir.path())
        .env_remove("WAYLAND_DISPLAY")
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| Error::NotRun { program: "waybill-desktop".to_owned(), source })
        .map(Owned)?;
    let log = window.0.stderr.take().ok_or_else(|| Error::Wrong("the window has no log".to_owned()))?;
    let shown = wait_for_line(log, SHOWN)?;
    if shown != "1" {
        return Err(Error::Wrong(format!("the window shows {shown} transfers where there is 1")));
    }
    let seen = display.look("Waybill")?;
    println!("   the window lists the transfer; {} x {} points, {} colours", seen.width, seen.height, seen.colours);
    Ok(())
}

/// Sends a small folder, opens the window on a display of its own, and looks whether it shows that transfer.
///
/// # Errors
/// Always: this system has no display without a screen.
#[cfg(not(target_os = "linux"))]
pub(crate) fn try_out(_metadata: &Metadata) -> Result {
    Err(Error::Missing("the window is tried on Linux only: other systems have no display without a screen".to_owned()))
}

/// The built window for a data folder; spawn it.
pub(crate) fn open(metadata: &Metadata, data_dir: &Path) -> Command {
    let mut command = Command::new(metadata.program("waybill-desktop"));
    command.env("WAYBILL_DATA_DIR", data_dir).stdin(Stdio::null());
    command
}

/// A process that ends with its owner.
pub(crate) struct Owned(pub(crate) Child);

impl Drop for Owned {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _killed = self.0.kill();
        let _ended = self.0.wait();
    }
}

fn send_something(dir: &Path, data: &Path) -> Result {
    let sandbox = Sandbox::start(dir.join("sandbox"), &["--check-seconds", "1"])?;
    let sample = sample_folder(dir, "Records", Size::Small, 1)?;
    let reference = &sandbox.consignment("ready", 0)?.reference;
    let arguments: [&OsStr; 5] =
        ["send".as_ref(), sample.root.as_os_str(), "--consignment".as_ref(), reference.as_ref(), "--yes".as_ref()];
    Waybill::new(&sandbox, data)?.run(arguments, PATIENCE)?.expect_code(0)?;
    Ok(())
}

/// The rest of the first line that contains `wanted`.
fn wait_for_line(stream: impl Read + Send + 'static, wanted: &'static str) -> Result<String> {
    let (found, line) = mpsc::channel();
    thread::spawn(move || {
        // Read to its end, or the other side would block.
        for line in BufReader::new(stream).lines().map_while(std::result::Result::ok) {
            // Nobody listens any more after the first line that was wanted.
            let _unread = found.send(line);
        }
    });
    let mut said = Vec::new();
    loop {
        match line.recv_timeout(PATIENCE) {
            Ok(line) => match line.split_once(wanted) {
                Some((_, rest)) => return Ok(rest.trim().to_owned()),
                None => said.push(line),
            },
            Err(_) => {
                let said = said.join("\n  ");
                return Err(Error::Wrong(format!("the window's page did not show the list; the log says:\n  {said}")));
            }
        }
    }
}

/// A display without a screen, and looking at it.
#[cfg(target_os = "linux")]
mod display {
    use std::collections::BTreeSet;
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};

    use waybill_system_tests::{PATIENCE, until};
    use x11rb::connection::Connection as _;
    use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, ImageFormat, MapState, Window};

    use super::Owned;
    use crate::error::{Error, Result};

    /// A running Xvfb; it ends with this value.
    pub(super) struct Display {
        _server: Owned,
        number: u32,
    }

    /// What a window looks like.
    pub(super) struct Seen {
        pub(super) width: u16,
        pub(super) height: u16,
        pub(super) colours: usize,
    }

    /// A page with text in it has more colours than this, for the edges of its letters; a blank one has one.
    const BLANK: usize = 8;

    impl Display {
        /// Starts one on a number that is free.
        pub(super) fn start() -> Result<Self> {
            let mut server = Command::new("Xvfb")
                .args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"])
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .map_err(|source| Error::NotRun { program: "Xvfb".to_owned(), source })?;
            let stdout = server.stdout.take();
            let server = Owned(server);
            let mut line = String::new();
            let read = stdout.map(|stream| BufReader::new(stream).read_line(&mut line));
            match (read, line.trim().parse()) {
                (Some(Ok(_)), Ok(number)) => Ok(Self { _server: server, number }),
                (_, _) => Err(Error::Wrong("Xvfb does not say which display it is".to_owned())),
            }
        }

        /// As `DISPLAY` has it.
        pub(super) fn name(&self) -> String {
            format!(":{}", self.number)
        }

        /// Waits until a window whose title begins like this is there and has something in it.
        pub(super) fn look(&self, title: &str) -> Result<Seen> {
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

    /// Goes down the tree of windows. `None` also when the display refuses: windows come and go.
    fn find(connection: &impl x11rb::connection::Connection, window: Window, title: &str) -> Option<Option<Window>> {
        let name =
            connection.get_property(false, window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 64).ok()?.reply().ok()?;
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
        Some(Seen { width: size.width, height: size.height, colours: colours.len() })
    }
}
