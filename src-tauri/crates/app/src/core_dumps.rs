//! Keeps tokens and passes, which are in memory while the program runs, out of core dumps.
//!
//! * Linux, command line: the process is not dumpable (`PR_SET_DUMPABLE`, prctl(2)). That also keeps other programs of the
//!   same account from reading its memory.
//! * Linux, window: a process that is not dumpable cannot use the desktop's portals, which identify their callers by
//!   `/proc/PID/root`. It writes no core file instead (`RLIMIT_CORE` 0), and what a crash handler gets through a pipe has no
//!   memory in it (`/proc/PID/coredump_filter` 0, core(5)). Its child processes inherit both.
//! * macOS: no core file is written (`RLIMIT_CORE` 0); crash reports there hold no memory.
//! * Windows: it writes dumps only if an administrator asks for them (Windows Error Reporting, `LocalDumps`), and a program
//!   cannot refuse; `docs/installing.md` says so.

/// Which program it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// Without a window.
    CommandLine,
    /// With a window.
    Window,
}

/// Does what the system offers. What it refuses is logged, and the program continues: it is a precaution.
pub fn leave_out_secrets(program: Program) {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        // What the programs that it starts may do, such as a browser, stays theirs to decide.
        let limit = Rlimit { current: Some(0), ..getrlimit(Resource::Core) };
        note(setrlimit(Resource::Core, limit).map_err(Into::into));
    }
    #[cfg(target_os = "linux")]
    match program {
        Program::CommandLine => {
            use rustix::process::{DumpableBehavior, set_dumpable_behavior};
            note(set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(Into::into));
        }
        Program::Window => note(std::fs::write("/proc/self/coredump_filter", "0")),
    }
    #[cfg(not(target_os = "linux"))]
    let _same_for_both = program;
}

#[cfg(unix)]
fn note(outcome: std::io::Result<()>) {
    if let Err(error) = outcome {
        tracing::warn!(%error, "core dumps may hold what is in memory");
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_asks_for_it_leaves_no_memory_in_core_dumps() {
        use rustix::process::{DumpableBehavior, Resource, dumpable_behavior, getrlimit, set_dumpable_behavior};
        leave_out_secrets(Program::Window);
        assert_eq!(getrlimit(Resource::Core).current, Some(0));
        assert_eq!(std::fs::read_to_string("/proc/self/coredump_filter").unwrap().trim(), "00000000");
        leave_out_secrets(Program::CommandLine);
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
        // The other tests of this process are as they were.
        set_dumpable_behavior(DumpableBehavior::Dumpable).unwrap();
    }
}
