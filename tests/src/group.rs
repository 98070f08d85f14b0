//! A program with all that it starts, ended together.
//!
//! Owner of a process group. It is killed when the value is dropped, and also when this process ends in another way: a
//! terminal's Ctrl-C does not reach another process group, and a killed process drops nothing. On systems other than
//! Unix, only the program itself is ended, and only by the drop.

use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};

use crate::{Error, Result};

/// A running program in its own process group.
pub struct Group {
    process: Child,
    /// Its end has been noted, so its id may belong to another process.
    has_ended: bool,
    /// Dropped after the group has been killed. Missing while this is made, and once the program has ended.
    watchdog: Option<unix::Watchdog>,
}

impl Group {
    /// Starts the program.
    ///
    /// # Errors
    /// It cannot be started, or nothing can watch over it.
    pub fn start(command: &mut Command) -> Result<Self> {
        unix::lead_a_group(command);
        let program = PathBuf::from(command.get_program());
        let process = command.spawn().map_err(Error::io(&program))?;
        let mut group = Self { process, has_ended: false, watchdog: None };
        group.watchdog = Some(unix::Watchdog::over(&group.process)?);
        Ok(group)
    }

    /// Returns the program's process, for its streams and its id. Its end is for [`Group::wait`] and
    /// [`Group::try_wait`].
    pub fn process(&mut self) -> &mut Child {
        &mut self.process
    }

    /// Returns how the program has ended; `None` while it runs.
    ///
    /// # Errors
    /// The operating system does not say.
    pub fn try_wait(&mut self) -> Result<Option<ExitStatus>> {
        let status = self.process.try_wait().map_err(Error::io("waiting for a program"))?;
        if status.is_some() {
            self.note_the_end();
        }
        Ok(status)
    }

    /// Waits for the program's end.
    ///
    /// # Errors
    /// The operating system does not say.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        let status = self.process.wait().map_err(Error::io("waiting for a program"))?;
        self.note_the_end();
        Ok(status)
    }

    fn note_the_end(&mut self) {
        self.has_ended = true;
        self.watchdog = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        unix::kill(&self.process);
        // It may have ended by itself; nothing can be done about a process that cannot be killed.
        let _killed = self.process.kill();
        let _ended = self.process.wait();
    }
}

#[cfg(unix)]
mod unix {
    use std::os::unix::process::CommandExt as _;
    use std::path::PathBuf;
    use std::process::{Child, Command, Stdio};

    use rustix::process::{Pid, Signal, kill_process_group};

    use crate::{Error, Result};

    pub(super) fn lead_a_group(command: &mut Command) {
        command.process_group(0);
    }

    pub(super) fn kill(leader: &Child) {
        // The process is ours and not waited for yet, so its id cannot belong to another one. It may be gone.
        let _gone = kill_process_group(Pid::from_child(leader), Signal::KILL);
    }

    /// Waits for the end of a pipe whose other end is in this process, and then kills the group.
    pub(super) struct Watchdog(Child);

    impl Watchdog {
        pub(super) fn over(leader: &Child) -> Result<Self> {
            let script = format!("read end; kill -s KILL -- -{}", leader.id());
            let mut command = Command::new("sh");
            command.args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
            let dog = command.process_group(0).spawn();
            Ok(Self(dog.map_err(|source| Error::Io { path: PathBuf::from("sh"), source })?))
        }
    }

    impl Drop for Watchdog {
        fn drop(&mut self) {
            // It has nothing to watch any more. How it ends does not matter.
            let _killed = self.0.kill();
            let _ended = self.0.wait();
        }
    }
}

#[cfg(not(unix))]
mod unix {
    use std::process::{Child, Command};

    use crate::Result;

    pub(super) fn lead_a_group(_: &mut Command) {}

    pub(super) fn kill(_: &Child) {}

    pub(super) struct Watchdog;

    impl Watchdog {
        pub(super) fn over(_: &Child) -> Result<Self> {
            Ok(Self)
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::{BufRead as _, BufReader};
    use std::process::Stdio;

    use rustix::process::{Pid, test_kill_process};

    use super::*;
    use crate::{PATIENCE, until};

    #[test]
    fn what_a_program_has_started_ends_with_it() -> Result<()> {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 600 & echo $!; wait"]).stdout(Stdio::piped());
        let mut group = Group::start(&mut command)?;
        let mut line = String::new();
        BufReader::new(group.process().stdout.take().unwrap()).read_line(&mut line).unwrap();
        let grandchild = Pid::from_raw(line.trim().parse().unwrap()).unwrap();
        test_kill_process(grandchild).unwrap();
        drop(group);
        until("the end of what the program had started", PATIENCE, || Ok(has_ended(grandchild).then_some(())))
    }

    /// Gone, or a zombie.
    fn has_ended(process: Pid) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero())).unwrap_or_default();
        test_kill_process(process).is_err() || stat.contains(") Z ")
    }
}
