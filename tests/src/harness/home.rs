//! A home folder for programs under test.
//!
//! Owner of the folder and of every process that lives in it: every process that has it as its `HOME`, or has something
//! in it open, is ended before the folder is removed, in any process group. On systems other than Linux, no
//! process can be found that way, and only the folder goes.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::{Error, Result};

/// A home folder with a folder for temporary files.
pub struct Home {
    /// Missing only while it is dropped.
    dir: Option<TempDir>,
    path: PathBuf,
}

impl Home {
    /// An empty one.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn new() -> Result<Self> {
        let dir = tempfile::tempdir().map_err(Error::io(std::env::temp_dir()))?;
        let path = dir.path().to_owned();
        std::fs::create_dir(path.join("tmp")).map_err(Error::io(&path))?;
        Ok(Self { dir: Some(dir), path })
    }

    /// Returns where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lets a program live here, with its temporary files.
    pub fn house<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env("HOME", &self.path).env("TMPDIR", self.path.join("tmp"))
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let ended = residents::end(&self.path);
        let removed = self.dir.take().map_or(Ok(()), TempDir::close);
        let failures = [ended.err().map(|error| error.to_string()), removed.err().map(|error| error.to_string())];
        for failure in failures.into_iter().flatten() {
            // Written directly, because the output of a test that passes is not shown.
            let _unheard = writeln!(std::io::stderr(), "\n{} is left behind: {failure}", self.path.display());
        }
    }
}

#[cfg(target_os = "linux")]
mod residents {
    use std::os::unix::ffi::OsStrExt as _;
    use std::path::Path;

    use rustix::process::{Pid, Signal, kill_process};

    use crate::{PATIENCE, Result, until};

    /// Ends everything that lives there, and waits until it is gone.
    pub(super) fn end(home: &Path) -> Result<()> {
        until("the end of everything that lived there", PATIENCE, || {
            let residents = of(home);
            for resident in &residents {
                // It may have ended by itself.
                let _gone = kill_process(*resident, Signal::KILL);
            }
            Ok(residents.is_empty().then_some(()))
        })
    }

    fn of(home: &Path) -> Vec<Pid> {
        let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.path());
        let residents = processes.filter(|process| lives_in(home, process));
        residents.filter_map(|process| Pid::from_raw(process.file_name()?.to_str()?.parse().ok()?)).collect()
    }

    /// Returns whether it has this home, was given a path in it, or has something in it open: Chromium writes over its
    /// environment. Nothing can be read about a process that has ended or belongs to another person.
    fn lives_in(home: &Path, process: &Path) -> bool {
        let path = home.as_os_str().as_bytes();
        let contains = |list: &str, wanted: &[u8]| {
            let bytes = std::fs::read(process.join(list)).unwrap_or_default();
            bytes.windows(wanted.len()).any(|window| window == wanted)
        };
        let open = || {
            let links = std::fs::read_dir(process.join("fd")).into_iter().flatten().flatten();
            links.filter_map(|link| std::fs::read_link(link.path()).ok()).any(|target| target.starts_with(home))
        };
        // This process itself may have something open there, but ends by itself.
        process.file_name().is_some_and(|name| name.to_str() != Some(&std::process::id().to_string()))
            && (contains("environ", &[b"HOME=", path, b"\0"].concat())
                || contains("cmdline", &[path, b"/"].concat())
                || open())
    }
}

#[cfg(not(target_os = "linux"))]
mod residents {
    use std::path::Path;

    use crate::Result;

    pub(super) fn end(_: &Path) -> Result<()> {
        Ok(())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::Stdio;

    use super::*;
    use crate::{Group, line_of};

    #[test]
    fn processes_in_a_home_end_before_the_home_is_removed() -> Result<()> {
        let home = Home::new()?;
        let script = "setsid sh -c 'echo $$; while :; do echo >>\"$HOME/left\"; done' & wait";
        let mut command = Command::new("sh");
        let mut group = Group::start(home.house(&mut command).args(["-c", script]).stdout(Stdio::piped()))?;
        let writer = line_of(group.process(), "who writes", |line| line.parse::<i32>().ok())?;
        drop(group);
        let path = home.path().to_owned();
        drop(home);
        assert!(!path.exists());
        let stat = std::fs::read_to_string(format!("/proc/{writer}/stat")).unwrap_or_default();
        assert!(stat.is_empty() || stat.contains(") Z "), "{stat}");
        Ok(())
    }
}
