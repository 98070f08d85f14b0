//! A lid that is closed and opened: for the program under test time has passed that its timers have not counted, and
//! for the service as well.
//!
//! No computer has to sleep for that: when the program asks for the time of day or for the time since the start, a few
//! lines of C answer that are loaded before the system's own.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use waybill_system_tests::{Control, Error, Result, desktop_program, preloaded};

/// The lid of the computer that the program runs on.
pub(crate) struct Lid {
    file: PathBuf,
    library: PathBuf,
}

impl Lid {
    /// Makes one; `home`: where there is room for it.
    pub(crate) fn new(home: &Path) -> Result<Self> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/desktop/lid.c");
        let (file, library) = (home.join("slept"), preloaded(&source, home)?);
        Ok(Self { file, library })
    }

    /// Returns what the program under test has to find in its environment.
    pub(crate) fn environment(&self) -> Result<Vec<(&'static str, OsString)>> {
        let program = desktop_program()?;
        Ok(vec![
            ("LD_PRELOAD", self.library.clone().into_os_string()),
            ("LID_PROGRAM", program.file_name().unwrap_or_default().to_owned()),
            ("LID_FILE", self.file.clone().into_os_string()),
        ])
    }

    /// It was closed for so long, and is open again.
    pub(crate) fn was_closed_for(&self, time: Duration, control: &Control) -> Result<()> {
        let seconds = i64::try_from(time.as_secs()).map_err(|error| Error::unexpected(error.to_string()))?;
        // In one go, so that nothing reads half a number.
        let beside = self.file.with_extension("new");
        fs::write(&beside, seconds.to_string())
            .and_then(|()| fs::rename(&beside, &self.file))
            .map_err(|source| Error::Io { path: beside, source })?;
        control.move_clock(seconds)
    }
}
