//! Windows opened without a person or a driver.
//!
//! Owner of each window's process group, which is killed when the window is dropped.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use waybill_system_tests::{Desk, Error, Group, PATIENCE, Result, until};

use crate::processes::Tree;

/// The line that both programs write to stderr when their page's script runs and has called the program.
const READY: &str = "the page is ready";

/// A program with a window, and how to start it.
#[derive(Clone)]
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    pub(crate) args: Vec<OsString>,
    pub(crate) env: Vec<(&'static str, OsString)>,
}

impl Program {
    /// Returns the minimal window.
    pub(crate) fn bare(path: &Path) -> Self {
        Self { path: path.to_owned(), args: Vec::new(), env: Vec::new() }
    }

    /// Returns Waybill's window with this service and data folder.
    pub(crate) fn waybill(path: &Path, service: &Path, data: &Path) -> Self {
        let env = vec![("WAYBILL_SERVICE", service.into()), ("WAYBILL_DATA_DIR", data.into())];
        Self { path: path.to_owned(), args: Vec::new(), env }
    }

    /// Opens the window and waits until its page is ready.
    ///
    /// # Errors
    /// It does not open, or its page does not become ready.
    pub(crate) fn open(&self, desk: &Desk) -> Result<Opened> {
        let mut command = Command::new(&self.path);
        desk.seat(&mut command).args(&self.args).envs(self.env.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let started = Instant::now();
        let mut group = Group::start(&mut command)?;
        let stderr = group.process().stderr.take().ok_or_else(|| Error::unexpected("a program without stderr"))?;
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            // Read to the end, or the program would block once the pipe is full.
            for line in BufReader::new(stderr).lines().map_while(std::result::Result::ok) {
                // The receiver is gone once the line was found.
                let _unread = sender.send((Instant::now(), line));
            }
        });
        let mut log = String::new();
        loop {
            match lines.recv_timeout(PATIENCE) {
                Ok((at, line)) if line.contains(READY) => {
                    let id = group.process().id();
                    return Ok(Opened { id, took: at.duration_since(started), _group: Whole::new(group) });
                }
                Ok((_, line)) => log += &format!("\n  {line}"),
                Err(_) => return Err(Error::unexpected(format!("a window's page is not running; its log:{log}"))),
            }
        }
    }
}

/// An open window.
pub(crate) struct Opened {
    /// The program's process id.
    pub(crate) id: u32,
    /// From its start until its page was ready.
    pub(crate) took: Duration,
    _group: Whole,
}

/// A process group that has ended, with everything that it started, once this is dropped. The next window then has the
/// machine to itself, and nothing writes to a folder that is about to be removed.
pub(crate) struct Whole(Option<Group>);

impl Whole {
    /// Takes over a running group.
    pub(crate) fn new(group: Group) -> Self {
        Self(Some(group))
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        let Some(mut group) = self.0.take() else { return };
        let tree = Tree::of(group.process().id());
        drop(group);
        // Without a tree it has already ended. If a process does not end in time, the next result is only slightly
        // affected.
        let _gone = tree.and_then(|tree| until("a window's end", PATIENCE, || Ok(tree.is_gone().then_some(()))));
    }
}
