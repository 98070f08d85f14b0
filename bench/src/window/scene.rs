//! The service for the window, and a transfer that takes longer than the measurement.

use std::path::PathBuf;

use waybill_system_tests::{Desk, Effect, Error, Fault, PATIENCE, Result, Role, Sandbox, Waybill};

use crate::Options;
use crate::opened::Program;
use crate::send::files::{Files, make};

/// Bytes per second of each request during the measurement: slow, but with constant progress.
const SLOW: u32 = 256 << 10;
/// Enough files that some are always being sent during the measurement.
const RECORDS: Files = Files { count: 20_000, bytes: 64 << 10 };

/// A sandbox in a desktop session.
pub(super) struct Scene<'d> {
    pub(super) desk: &'d Desk,
    sandbox: Sandbox,
    window: PathBuf,
}

impl<'d> Scene<'d> {
    pub(super) fn new(desk: &'d Desk, options: &Options) -> Result<Self> {
        let limits = ["--files", "1000000", "--request-limit", "10000000", "--api-body-bytes", "100000000"];
        let sandbox = Sandbox::start(desk.home().join("sandbox"), &limits)?;
        Ok(Self { desk, sandbox, window: options.desktop.clone() })
    }

    /// Returns the window of a person who has never signed in.
    pub(super) fn signed_out(&self, data: &str) -> Program {
        Program::waybill(&self.window, self.sandbox.profile(), &self.desk.home().join(data))
    }

    /// Returns the window of a person whose transfer is half sent and resumes automatically.
    pub(super) fn half_sent(&self) -> Result<Program> {
        let data = self.desk.home().join("half-sent");
        let folder = self.desk.home().join("Records");
        make(&folder, RECORDS)?;
        let slow = Fault::new(Role::Upload, Effect::Bandwidth(SLOW)).always();
        let slow = self.sandbox.control().set(&slow)?;
        let reference = &self.sandbox.consignment("ready", 0)?.reference;
        let send =
            ["send".as_ref(), folder.as_os_str(), "--consignment".as_ref(), reference.as_ref(), "--yes".as_ref()];
        let run = Waybill::new(&self.sandbox, &data)?.start(send)?;
        run.wait_for("sending", PATIENCE, |event| event.text("phase") == "sending")?;
        self.sandbox.control().wait_fired(slow, 100, PATIENCE)?;
        run.kill()?;
        let mut program = Program::waybill(&self.window, self.sandbox.profile(), &data);
        program.args = ["--session", "file"].map(Into::into).into();
        Ok(program)
    }

    /// Checks that the transfer has not ended.
    pub(super) fn still_sends(&self) -> Result<()> {
        let sent = self.sandbox.control().requests()?.iter().filter(|request| request.is_stored()).count();
        let all = usize::try_from(RECORDS.count).unwrap_or(usize::MAX);
        if sent < all { Ok(()) } else { Err(Error::unexpected("the transfer ended before it was measured")) }
    }
}
