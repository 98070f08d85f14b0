//! Ctrl-C and its kin: the first asks to end cleanly, the second ends at once.

use tokio::sync::watch;

use crate::exit::Exit;

/// Hears the signals that ask a program to end: Ctrl-C, SIGTERM and SIGHUP (on Windows also closing the console,
/// signing off and shutting down).
#[derive(Clone, Debug)]
pub(crate) struct Interrupt {
    heard: watch::Receiver<bool>,
}

impl Interrupt {
    /// Begins to listen. From now on a signal does not end the program by itself; the second one does, at once, with
    /// [`Exit::Interrupted`]: the journal is made for that.
    ///
    /// # Errors
    /// When the system does not let us listen.
    pub(crate) fn listen() -> std::io::Result<Self> {
        let mut signals = Signals::new()?;
        let (tell, heard) = watch::channel(false);
        tokio::spawn(async move {
            signals.next().await;
            // Nobody waits any more when the command is about to end anyway.
            let _ending = tell.send(true);
            signals.next().await;
            std::process::exit(Exit::Interrupted.number().into());
        });
        Ok(Self { heard })
    }

    /// Returns once the first signal has come; at once when it has come before.
    pub(crate) async fn heard(&mut self) {
        if self.heard.wait_for(|heard| *heard).await.is_err() {
            // The listener ends only with the program.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
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
