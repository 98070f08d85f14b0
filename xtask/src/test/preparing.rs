//! Fetching what the conformance suites need while other tests run.
//!
//! Owner of a process of its own, `cargo xtask set-up`, which mostly waits for the network: what it says is shown when it is
//! waited for. It ends with this process, and leaves nothing half-done under a final name.

use std::io::{Read as _, Seek as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use waybill_system_tests::{Group, until};

use crate::error::{Error, Result};
use crate::step::step;

/// How long it may go on when everything else has been done: half a gigabyte has to come, and `MinIO` be compiled.
const PATIENCE: Duration = Duration::from_secs(3600);

/// A set-up under way.
pub(super) struct Preparing {
    set_up: Group,
    said: std::fs::File,
}

impl Preparing {
    /// Starts it.
    ///
    /// # Errors
    /// It cannot be started.
    pub(super) fn start() -> Result<Self> {
        let said = tempfile::tempfile().map_err(Error::io(std::env::temp_dir()))?;
        let copy = || said.try_clone().map_err(Error::io(std::env::temp_dir()));
        let program = std::env::current_exe().map_err(Error::io("cargo xtask"))?;
        let mut command = politely(Command::new(program));
        command.arg("set-up").stdin(Stdio::null()).stdout(copy()?).stderr(copy()?);
        Ok(Self { set_up: Group::start(&mut command)?, said })
    }

    /// Waits for its end and shows what it has said.
    ///
    /// # Errors
    /// Something cannot be set up.
    pub(super) fn finish(mut self) -> Result {
        step("Fetching what the conformance suites need, begun long ago", || {
            let status = until("what is fetched", PATIENCE, || self.set_up.try_wait());
            let mut text = String::new();
            self.said.rewind().map_err(Error::io(std::env::temp_dir()))?;
            self.said.read_to_string(&mut text).map_err(Error::io(std::env::temp_dir()))?;
            text.lines().filter(|line| !line.is_empty()).for_each(|line| println!("   {line}"));
            let command = "cargo xtask set-up".to_owned();
            let status = status?;
            if status.success() { Ok(()) } else { Err(Error::Failed { command, status }) }
        })
    }
}

/// The same command behind whatever else wants the processor.
fn politely(command: Command) -> Command {
    if !cfg!(unix) {
        return command;
    }
    let mut polite = Command::new("nice");
    polite.args(["-n", "10"]).arg(command.get_program());
    polite
}
