//! Tests the window on a display, with the journal of a real transfer.

use std::io::{BufRead as _, BufReader, Read};
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;

use waybill_system_tests::PATIENCE;

use super::display::Display;
use super::{Owned, open};
use crate::error::{Error, Result};
use crate::workspace::Metadata;
use crate::{demo, step};

/// A line of the window's log: the page is running and has received its data.
pub(crate) const PAGE_READY: &str = "the page is ready";

/// Sends a small folder, opens the window on its own display, and checks that its page runs and is drawn.
///
/// # Errors
/// The window does not open, its page does not run, or it stays blank.
pub(crate) fn try_out(metadata: &Metadata) -> Result {
    let dir = tempfile::tempdir().map_err(Error::io(std::env::temp_dir()))?;
    step::run(demo::program(metadata, dir.path()).arg("--sample"))?;
    let display = Display::start()?;
    let mut window = open(metadata, &dir.path().join("data"))
        .env("DISPLAY", display.name())
        .env("GDK_BACKEND", "x11")
        .env("HOME", dir.path())
        .env_remove("WAYLAND_DISPLAY")
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| Error::NotRun { program: "waybill-desktop".to_owned(), source })
        .map(Owned)?;
    let log = window.0.stderr.take().ok_or_else(|| Error::Wrong("the window has no log".to_owned()))?;
    wait_for_line(log, PAGE_READY)?;
    let seen = display.wait_for_window("Waybill")?;
    step::say(format_args!("   the page runs; {} x {} points, {} colours", seen.width, seen.height, seen.colours));
    Ok(())
}

/// Waits for a line that contains `wanted`.
///
/// # Errors
/// The line does not appear in time; the error contains the lines that did.
pub(crate) fn wait_for_line(stream: impl Read + Send + 'static, wanted: &'static str) -> Result {
    let (found, line) = mpsc::channel();
    thread::spawn(move || {
        // Read to the end, or the program would block.
        for line in BufReader::new(stream).lines().map_while(std::result::Result::ok) {
            // The receiver is gone once the line was found.
            let _unread = found.send(line);
        }
    });
    let mut lines = Vec::new();
    loop {
        match line.recv_timeout(PATIENCE) {
            Ok(line) if line.contains(wanted) => return Ok(()),
            Ok(line) => lines.push(line),
            Err(_) => {
                let log = lines.join("\n  ");
                return Err(Error::Wrong(format!("the window's page is not running; the log says:\n  {log}")));
            }
        }
    }
}
