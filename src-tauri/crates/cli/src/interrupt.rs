//! Ctrl-C and similar signals: the first asks the program to end cleanly, the second ends it at once.

use tokio::sync::watch;

use crate::exit::Exit;

/// Listens for the signals that ask a program to end: Ctrl-C, SIGTERM and SIGHUP (on Windows also closing the console,
/// signing off and shutting down).
#[derive(Clone, Debug)]
pub(crate) struct Interrupt {
    heard: watch::Receiver<bool>,
}

impl Interrupt {
    /// Starts listening. From now on the first signal does not end the program; the second does, at once, with
    /// [`Exit::Interrupted`], which the journal is designed to survive.
    ///
    /// # Errors
    /// The system does not allow listening.
    pub(crate) fn listen() -> std::io::Result<Self> {
        let mut signals = Signals::new()?;
        let (tell, heard) = watch::channel(false);
        tokio::spawn(async move {
            signals.next().await;
            // The receiver is gone only when the command is about to end anyway.
            let _ending = tell.send(true);
            signals.next().await;
            std::process::exit(Exit::Interrupted.number().into());
        });
        Ok(Self { heard })
    }

    /// Waits for the first signal. Returns at once if it has already come.
    pub(crate) async fn heard(&mut self) {
        if self.heard.wait_for(|heard| *heard).await.is_err() {
            // The listener ends only with the program.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(unix)]
struct Signals {
    /// `None` where it is ignored, as a shell has it for a command in the background of a script.
    interrupt: Option<tokio::signal::unix::Signal>,
    terminate: tokio::signal::unix::Signal,
    /// `None` if the signal is ignored, as under `nohup`.
    hang_up: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: if is_ignored_here(2) { None } else { Some(signal(SignalKind::interrupt())?) },
            terminate: signal(SignalKind::terminate())?,
            hang_up: if is_ignored_here(1) { None } else { Some(signal(SignalKind::hangup())?) },
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = async { self.interrupt.as_mut()?.recv().await }, if self.interrupt.is_some() => {}
            _ = self.terminate.recv() => {}
            _ = async { self.hang_up.as_mut()?.recv().await }, if self.hang_up.is_some() => {}
        }
    }
}

/// Returns whether this process was started with a signal ignored: SIGHUP by `nohup`, SIGINT by a shell without job control
/// for a command in the background (POSIX, "nohup" and "Asynchronous Lists"). Only Linux says so without a system call
/// that is not safe; elsewhere the signal pauses.
#[cfg(unix)]
fn is_ignored_here(signal: u32) -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| is_ignored(&status, signal))
}

/// Returns whether a signal is ignored by a process with this `/proc/PID/status` (proc(5): `SigIgn`, a mask in hexadecimal
/// whose lowest bit is signal 1).
#[cfg(unix)]
fn is_ignored(status: &str, signal: u32) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    mask >> (signal - 1) & 1 == 1
}

#[cfg(windows)]
struct Signals {
    interrupt: tokio::signal::windows::CtrlC,
    interrupt_hard: tokio::signal::windows::CtrlBreak,
    close: tokio::signal::windows::CtrlClose,
    sign_off: tokio::signal::windows::CtrlLogoff,
    shut_down: tokio::signal::windows::CtrlShutdown,
}

#[cfg(windows)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_logoff, ctrl_shutdown};
        Ok(Self {
            interrupt: ctrl_c()?,
            interrupt_hard: ctrl_break()?,
            close: ctrl_close()?,
            sign_off: ctrl_logoff()?,
            shut_down: ctrl_shutdown()?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.interrupt_hard.recv() => {}
            _ = self.close.recv() => {}
            _ = self.sign_off.recv() => {}
            _ = self.shut_down.recv() => {}
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_mask_of_ignored_signals_is_read_from_its_lowest_bit() {
        let status = |mask: &str| format!("Name:\twaybill\nSigBlk:\t0000000000000001\nSigIgn:\t{mask}\n");
        assert!(is_ignored(&status("0000000000001001"), 1));
        assert!(!is_ignored(&status("0000000000001000"), 1) && is_ignored(&status("0000000000001000"), 13));
        assert!(!is_ignored("", 1) && !is_ignored(&status("what"), 1));
    }
}
