//! `disk.c`, which stands between a program and its disk.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use waybill_system_tests::{Error, Result, Waybill, preloaded};

/// The lines, compiled.
pub(crate) struct DiskLibrary {
    path: PathBuf,
    /// Last, so that it goes after what uses it.
    _dir: TempDir,
}

/// Which calls fail, and how.
pub(crate) struct Failing<'a> {
    /// Those that concern this file, or anything below this folder; a path without links.
    pub(crate) below: &'a Path,
    /// `o` opening to read, `r` reading, `w` all that changes something.
    pub(crate) calls: &'a str,
    /// The error's number, such as 5 for EIO.
    pub(crate) error: i32,
    /// Reads before this offset succeed.
    pub(crate) from: u64,
    /// They fail only while this file exists.
    pub(crate) switch: Option<&'a Path>,
}

impl DiskLibrary {
    /// Compiles them.
    pub(crate) fn new() -> Result<Self> {
        let dir = tempfile::tempdir().map_err(|source| Error::Io { path: std::env::temp_dir(), source })?;
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/system/disk.c");
        Ok(Self { path: preloaded(&source, dir.path())?, _dir: dir })
    }

    /// `waybill` on a disk that works, with every change below `root` written down in `records`. The power fails at a
    /// sync (from 1), which is not made.
    pub(crate) fn recorded(&self, waybill: &Waybill, root: &Path, records: &Path, until: Option<usize>) -> Waybill {
        let waybill = self.of(waybill).variable("DISK_ROOT", root).variable("DISK_RECORDS", records);
        match until {
            Some(sync) => waybill.variable("DISK_POWER_FAILS_AT", sync.to_string()),
            None => waybill,
        }
    }

    /// `waybill` on a disk that fails.
    pub(crate) fn failing(&self, waybill: &Waybill, failing: &Failing<'_>) -> Waybill {
        let mut waybill = self.of(waybill).variable("DISK_FAULT_BELOW", failing.below);
        waybill = waybill.variable("DISK_FAULT_IN", failing.calls).variable("DISK_FAULT", failing.error.to_string());
        waybill = waybill.variable("DISK_FAULT_FROM", failing.from.to_string());
        match failing.switch {
            Some(switch) => waybill.variable("DISK_FAULT_WHILE", switch),
            None => waybill,
        }
    }

    fn of(&self, waybill: &Waybill) -> Waybill {
        waybill.clone().variable("LD_PRELOAD", &self.path).variable("DISK_PROGRAM", "waybill")
    }
}
