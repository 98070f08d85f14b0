//! The machine on which results were measured, described without its name.

use std::fmt;
use std::fs;

use waybill_system_tests::{Error, Result};

use crate::io;

/// The description of a machine.
pub(crate) struct Machine {
    cores: usize,
    memory_gib: u64,
    system: String,
    /// The load when it was described.
    pub(crate) load: String,
}

impl Machine {
    /// Describes this machine.
    ///
    /// # Errors
    /// Linux does not report what it usually does.
    pub(crate) fn describe() -> Result<Self> {
        let memory = read("/proc/meminfo")?;
        let kib = memory.lines().find_map(|line| line.strip_prefix("MemTotal:")).and_then(|rest| {
            let number = rest.trim().strip_suffix("kB")?;
            number.trim().parse::<u64>().ok()
        });
        let kib = kib.ok_or_else(|| Error::unexpected("the system does not report how much memory it has"))?;
        let release = read("/etc/os-release")?;
        let system = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
        Ok(Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_gib: (kib + (1 << 19)) >> 20,
            system: system.unwrap_or("Linux").trim_matches('"').to_owned(),
            load: load()?,
        })
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cores = if self.cores == 1 { "core" } else { "cores" };
        write!(f, "{} {cores}, {} GiB of memory, {}", self.cores, self.memory_gib, self.system)
    }
}

/// Returns the load average: the number of processes that were running or ready to run, averaged over a minute.
///
/// # Errors
/// The system does not report it.
pub(crate) fn load() -> Result<String> {
    let text = read("/proc/loadavg")?;
    Ok(text.split(' ').next().unwrap_or_default().to_owned())
}

fn read(path: &str) -> Result<String> {
    fs::read_to_string(path).map_err(io(path))
}
