//! A fresh service for each measurement, with a person and a consignment.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use waybill_system_tests::{Event, Listed, Result, Run, Sandbox, Waybill};

use super::files::{Files, make};
use crate::io;

/// The time limit for a transfer.
pub(super) const LONG: Duration = Duration::from_secs(600);

/// Options that lift the service's limits, because curl has none. Everything else is as usual.
const NO_LIMITS: [&str; 12] = [
    "--files",
    "2000000",
    "--file-bytes",
    "100000000000",
    "--transfer-bytes",
    "100000000000",
    "--api-body-bytes",
    "1000000000",
    "--request-limit",
    "100000000",
    "--check-seconds",
    "1",
];

/// A sandbox, a consignment and a temporary folder.
pub(super) struct Stage {
    pub(super) sandbox: Sandbox,
    pub(super) consignment: Listed,
    waybill: Waybill,
    /// Last, so that it ends after everything that runs in it.
    dir: TempDir,
}

impl Stage {
    /// Starts a sandbox.
    pub(super) fn new() -> Result<Self> {
        let dir = tempfile::tempdir().map_err(io(std::env::temp_dir()))?;
        let sandbox = Sandbox::start(dir.path().join("sandbox"), &NO_LIMITS)?;
        let waybill = Waybill::new(&sandbox, dir.path().join("data"))?;
        let consignment = sandbox.consignment("ready", 0)?.clone();
        Ok(Self { sandbox, consignment, waybill, dir })
    }

    /// Returns the temporary folder, which is removed with the stage.
    pub(super) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Creates the folder to send.
    pub(super) fn records(&self, files: Files) -> Result<PathBuf> {
        let folder = self.dir().join("Records");
        make(&folder, files).map(|()| folder)
    }

    /// Signs in.
    pub(super) fn sign_in(&self) -> Result<()> {
        self.waybill.run(["sign-in"], LONG)?.expect_code(0).map(drop)
    }

    /// Starts `waybill send`.
    pub(super) fn send(&self, folder: &Path) -> Result<Run> {
        let reference = self.consignment.reference.as_str();
        let words: [OsString; 5] =
            ["send".into(), folder.into(), "--consignment".into(), reference.into(), "--yes".into()];
        self.waybill.start(words)
    }
}

/// Waits until a run reaches one of these phases, and returns the event and the time.
pub(super) fn until_phase(run: &Run, phases: &[&str]) -> Result<(Event, Instant)> {
    let is_there = |event: &Event| event.name() == "state" && phases.contains(&event.text("phase"));
    let event = run.wait_for(&phases.join(" or "), LONG, is_there)?;
    Ok((event, Instant::now()))
}
