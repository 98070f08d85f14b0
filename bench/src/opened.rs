//! A window that was opened directly, without a person.
//!
//! Owner of its process group, which is killed with the value.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use waybill_system_tests::{Desk, Error, Group, PATIENCE, Result, until};

use crate::processes::Tree;

/// What both programs write to stderr when their page's script runs and has reached the program over the bridge.
const READY: &str = "the page listens";

/// One of the two programs, and how it is started.
#[derive(Clone)]
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    pub(crate) args: Vec<OsString>,
    pub(crate) env: Vec<(&'static str, OsString)>,
}

impl Program {
    /// The bare window.
    pub(crate) fn bare(path: &Path) -> Self {
        Self { path: path.to_owned(), args: Vec::new(), env: Vec::new() }
    }

    /// Waybill's window with this service and data folder.
    pub(crate) fn waybill(path: &Path, service: &Path, data: &Path) -> Self {
        let env = vec![("WAYBILL_SERVICE", service.into()), ("WAYBILL_DATA_DIR", data.into())];
        Self { path: path.to_owned(), args: Vec::new(), env }
    }

    /// Opens it and waits until its page listens.
    ///
    /// # Errors
    /// It does not open, or its page does not listen.
    pub(crate) fn open(&self, desk: &Desk) -> Result<Opened> {
        let mut command = Command::new(&self.path);
        desk.seat(&mut command).args(&self.args).envs(self.env.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let begun = Instant::now();
        let mut group = Group::start(&mut command)?;
        let stderr = group.process().stderr.take().ok_or_else(|| Error::unexpected("a program without stderr"))?;
        let (said, lines) = mpsc::channel();
        thread::spawn(move || {
            // Read to its end, or the program would block once the pipe is full.
            for line in BufReader::new(stderr).lines().map_while(std::result::Result::ok) {
                // Nobody waits any more after the line that was waited for.
                let _unread = said.send((Instant::now(), line));
            }
        });
        let mut log = String::new();
        loop {
            match lines.recv_timeout(PATIENCE) {
                Ok((at, line)) if line.contains(READY) => {
                    let id = group.process().id();
                    return Ok(Opened { id, took: at.duration_since(begun), _group: Whole::new(group) });
                }
                Ok((_, line)) => log += &format!("\n  {line}"),
                Err(_) => return Err(Error::unexpected(format!("a window's page does not run; its log says:{log}"))),
            }
        }
    }
}

/// A window that is open.
pub(crate) struct Opened {
    /// The program's process id.
    pub(crate) id: u32,
    /// From its start to its page's first line.
    pub(crate) took: Duration,
    _group: Whole,
}

/// A process group that is gone, with everything that it has started, once this is dropped: the next window then has
/// the machine to itself, and nothing writes into a folder that is about to be removed.
pub(crate) struct Whole(Option<Group>);

impl Whole {
    /// Takes a running group over.
    pub(crate) fn new(group: Group) -> Self {
        Self(Some(group))
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        let Some(mut group) = self.0.take() else { return };
        let tree = Tree::of(group.process().id());
        drop(group);
        // Without a tree it has ended by itself. What cannot be killed is waited for in vain, and the next figure is
        // not spoilt much.
        let _gone = tree.and_then(|tree| until("a window's end", PATIENCE, || Ok(tree.is_gone().then_some(()))));
    }
}
