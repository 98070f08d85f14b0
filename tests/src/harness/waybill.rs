//! `waybill` as a process, with a person at the browser.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::harness::events::{Event, Events};
use crate::{Browser, Error, Result, Sandbox, program, until};

/// How `waybill` is run: against which service, with which data folder, and whose browser is at hand.
#[derive(Clone)]
pub struct Waybill {
    profile: PathBuf,
    data_dir: PathBuf,
    browser: Option<Arc<Browser>>,
    variables: Vec<(&'static str, OsString)>,
    /// A program with its arguments that runs `waybill`; empty where it is started directly.
    under: Vec<OsString>,
}

impl Waybill {
    /// Against a sandbox as its first user, who has a browser.
    ///
    /// # Errors
    /// The browser cannot be made.
    pub fn new(sandbox: &Sandbox, data_dir: impl Into<PathBuf>) -> Result<Self> {
        let browser = Browser::new(sandbox.first_user()?)?;
        let profile = sandbox.profile().to_owned();
        Ok(Self {
            profile,
            data_dir: data_dir.into(),
            browser: Some(Arc::new(browser)),
            variables: Vec::new(),
            under: Vec::new(),
        })
    }

    /// With another service profile.
    #[must_use]
    pub fn profile(mut self, profile: impl Into<PathBuf>) -> Self {
        self.profile = profile.into();
        self
    }

    /// Uses another person's browser; without one, no addresses are opened.
    #[must_use]
    pub fn browser(mut self, browser: Option<Arc<Browser>>) -> Self {
        self.browser = browser;
        self
    }

    /// With a further variable in its environment.
    #[must_use]
    pub fn variable(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    /// Runs it through another program, which gets `waybill` and its arguments after these words and has to end as it
    /// does.
    #[must_use]
    pub fn under<W: Into<OsString>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        self.under = words.into_iter().map(Into::into).collect();
        self
    }

    /// Returns the data folder.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Starts `waybill` with these arguments and the options that every run has.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start<A: Into<OsString>>(&self, args: impl IntoIterator<Item = A>) -> Result<Run> {
        let program = program()?;
        let mut words = self.under.iter().cloned().chain([program.into_os_string()]);
        let first = words.next().unwrap_or_default();
        let mut process = Command::new(&first)
            .args(words)
            .args(args.into_iter().map(Into::into))
            .args(["--json", "--no-browser", "--session", "file", "--service"])
            .arg(&self.profile)
            .arg("--data-dir")
            .arg(&self.data_dir)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(Error::io(&first))?;
        let events = Events::default();
        let troubles = Arc::new(Mutex::new(Vec::new()));
        let mut threads = Vec::new();
        if let Some(stdout) = process.stdout.take() {
            let (events, browser, troubles) = (events.clone(), self.browser.clone(), Arc::clone(&troubles));
            threads.push(thread::spawn(move || {
                events.read(stdout, |event| {
                    if let (Some(browser), true) = (&browser, matches!(event.name(), "sign_in" | "hand_over")) {
                        open(browser, event.text("url"), &troubles);
                    }
                });
            }));
        }
        let stderr = Arc::new(Mutex::new(String::new()));
        if let Some(stream) = process.stderr.take() {
            let stderr = Arc::clone(&stderr);
            threads.push(thread::spawn(move || keep(stream, &stderr)));
        }
        Ok(Run { process, events, stderr, troubles, threads })
    }

    /// Runs `waybill` to its end.
    ///
    /// # Errors
    /// It cannot be started, or does not end within `patience`.
    pub fn run<A: Into<OsString>>(&self, args: impl IntoIterator<Item = A>, patience: Duration) -> Result<Finished> {
        self.start(args)?.finish(patience)
    }
}

/// A running `waybill`. It is killed when this is dropped.
pub struct Run {
    process: Child,
    events: Events,
    stderr: Arc<Mutex<String>>,
    /// What went wrong at the browser.
    troubles: Arc<Mutex<Vec<String>>>,
    threads: Vec<JoinHandle<()>>,
}

/// How a run ended.
#[derive(Debug)]
pub struct Finished {
    /// The exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// All events.
    pub events: Vec<Event>,
    /// Lines on stdout that are no events; there should be none.
    pub strange: Vec<String>,
    /// All of stderr.
    pub stderr: String,
}

impl Run {
    /// Waits for an event among all of this run, past ones included.
    ///
    /// # Errors
    /// It does not come within `patience`, or the run ends without it.
    pub fn wait_for(&self, what: &str, patience: Duration, fits: impl Fn(&Event) -> bool) -> Result<Event> {
        self.wait_from(0, what, patience, fits)
    }

    /// Waits for an event after this one.
    ///
    /// # Errors
    /// It does not come within `patience`, or the run ends without it.
    pub fn wait_after(
        &self,
        event: &Event,
        what: &str,
        patience: Duration,
        fits: impl Fn(&Event) -> bool,
    ) -> Result<Event> {
        self.wait_from(event.index + 1, what, patience, fits)
    }

    fn wait_from(&self, from: usize, what: &str, patience: Duration, fits: impl Fn(&Event) -> bool) -> Result<Event> {
        self.events.wait(what, from, patience, fits).map_err(|error| match error {
            Error::TimedOut { waiting_for, patience, seen } => {
                Error::TimedOut { waiting_for, patience, seen: format!("{seen}{}", self.said()) }
            }
            other @ (Error::Io { .. } | Error::Http { .. } | Error::Unexpected { .. } | Error::Different(_)) => other,
        })
    }

    /// Returns the events so far.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.events.all().0
    }

    /// Returns what it has written to standard error so far.
    #[must_use]
    pub fn stderr(&self) -> String {
        self.stderr.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Ends it with SIGKILL, and waits until it is gone and all it said is read.
    ///
    /// # Errors
    /// It cannot be killed.
    pub fn kill(mut self) -> Result<Finished> {
        self.process.kill().map_err(Error::io("waybill"))?;
        let status = self.process.wait().map_err(Error::io("waybill"))?;
        Ok(self.finished(status))
    }

    /// Presses Ctrl-C.
    ///
    /// # Errors
    /// The signal cannot be sent.
    #[cfg(unix)]
    pub fn interrupt(&self) -> Result<()> {
        use rustix::process::{Pid, Signal, kill_process};
        // The process is ours and not waited for yet, so its id cannot belong to another one.
        kill_process(Pid::from_child(&self.process), Signal::INT).map_err(|error| Error::io("waybill")(error.into()))
    }

    /// Does something of which the program sees only the result: it stands still in the meantime. On Windows it does not.
    ///
    /// # Errors
    /// It cannot be stopped, or the work fails.
    pub fn while_it_stands_still(&self, work: impl FnOnce() -> Result<()>) -> Result<()> {
        #[cfg(unix)]
        {
            use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
            let process = Pid::from_child(&self.process);
            let failed = |error: rustix::io::Errno| Error::io("waybill")(error.into());
            kill_process(process, Signal::STOP).map_err(failed)?;
            // The signal has been sent, and not yet reached every thread.
            let stopped = waitpid(Some(process), WaitOptions::UNTRACED).map_err(failed)?;
            if !stopped.is_some_and(|(_, status)| status.stopped()) {
                return Err(Error::unexpected("waybill ended instead of standing still"));
            }
            let done = work();
            kill_process(process, Signal::CONT).map_err(failed)?;
            done
        }
        #[cfg(not(unix))]
        work()
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// It does not end within `patience`; then it is killed.
    pub fn finish(mut self, patience: Duration) -> Result<Finished> {
        let ended = until("waybill's end", patience, || self.process.try_wait().map_err(Error::io("waybill")));
        match ended {
            Ok(status) => Ok(self.finished(status)),
            Err(Error::TimedOut { waiting_for, patience, .. }) => {
                let seen = format!("its last events:\n{}{}", self.events.tail(), self.said());
                Err(Error::TimedOut { waiting_for, patience, seen })
            }
            Err(error) => Err(error),
        }
    }

    fn finished(&mut self, status: ExitStatus) -> Finished {
        for thread in self.threads.drain(..) {
            // A reader that panicked has left what it had read.
            let _panicked = thread.join();
        }
        let (events, strange) = self.events.all();
        Finished { code: status.code(), events, strange, stderr: self.said() }
    }

    /// Returns what was said on stderr, and what went wrong at the browser.
    fn said(&self) -> String {
        let stderr = self.stderr.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let troubles = self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        let browser: String = troubles.iter().map(|trouble| format!("    at the browser: {trouble}\n")).collect();
        if stderr.is_empty() { browser } else { format!("    on stderr: {stderr}\n{browser}") }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // It may have ended by itself; how does not matter any more.
        let _killed = self.process.kill();
        let _ended = self.process.wait();
    }
}

impl Finished {
    /// The run, if it ended with this exit code.
    ///
    /// # Errors
    /// It ended otherwise.
    pub fn expect_code(self, code: i32) -> Result<Self> {
        if self.code == Some(code) && self.strange.is_empty() {
            return Ok(self);
        }
        let from = self.events.len().saturating_sub(12);
        let last: String = self.events[from..].iter().map(|event| format!("    {}\n", event.value())).collect();
        let ended = self.code.map_or_else(|| "by a signal".to_owned(), |code| format!("with {code}"));
        Err(Error::unexpected(format!(
            "waybill ended {ended} instead of {code}; its last events:\n{last}{}    no events: {:?}",
            self.stderr, self.strange
        )))
    }

    /// Returns the first event of this name.
    ///
    /// # Errors
    /// There is none.
    pub fn event(&self, name: &str) -> Result<&Event> {
        self.named(name).next().ok_or_else(|| Error::unexpected(format!("waybill said nothing of {name}")))
    }

    /// Returns the events of this name.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &Event> {
        self.events.iter().filter(move |event| event.name() == name)
    }

    /// Returns the most bytes that were acknowledged in any event of this run.
    #[must_use]
    pub fn acknowledged_bytes(&self) -> u64 {
        let sending = self.named("progress").filter(|event| event.text("phase") == "sending");
        sending.map(|event| event.number("bytes_done")).max().unwrap_or_default()
    }
}

/// The person opens an address, which must not hold up the reading of events.
fn open(browser: &Arc<Browser>, url: &str, troubles: &Arc<Mutex<Vec<String>>>) {
    let (browser, url, troubles) = (Arc::clone(browser), url.to_owned(), Arc::clone(troubles));
    thread::spawn(move || {
        let trouble = match browser.open(&url) {
            Ok(page) if page.status < 400 => return,
            Ok(page) => format!("{} answered {}", page.url.path(), page.status),
            Err(error) => error.to_string(),
        };
        troubles.lock().unwrap_or_else(PoisonError::into_inner).push(trouble);
    });
}

fn keep(mut stream: impl Read, text: &Mutex<String>) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        let mut text = text.lock().unwrap_or_else(PoisonError::into_inner);
        text.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
}
