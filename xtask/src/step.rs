//! Steps: what each does, what its programs write, how long it takes.
//!
//! A step writes straight to the terminal. One that runs beside others (see [`crate::lanes`]) collects its output
//! instead, its programs' included, and prints all of it when it ends, so that no two steps write into each other.

use std::cell::RefCell;
use std::fmt::Display;
use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use waybill_system_tests::Group;

use crate::error::{Error, Result};
use crate::timing::{self, Timed};

/// What this run has left out, for its last lines.
static LEFT_OUT: Mutex<Vec<String>> = Mutex::new(Vec::new());
/// How long each step of this run took, for its last lines.
static TIMES: Mutex<Vec<Timed>> = Mutex::new(Vec::new());
/// Held while a step's output is printed.
static TERMINAL: Mutex<()> = Mutex::new(());

/// How often a program that runs beside others is looked at.
const INTERVAL: Duration = Duration::from_millis(20);

thread_local! {
    /// How this thread's steps run beside others; `None` for the steps that have the terminal to themselves.
    static BESIDE: RefCell<Option<Beside>> = const { RefCell::new(None) };
}

/// How the steps of a thread run beside those of other threads.
#[derive(Clone)]
pub(crate) struct Beside {
    /// With a lower priority than everything else.
    polite: bool,
    /// Set once another step has failed: programs are ended, and no more are started.
    stop: Arc<AtomicBool>,
    output: Arc<File>,
}

impl Beside {
    /// Everything that `work` runs on this thread runs in this way.
    ///
    /// # Errors
    /// As `work`, or there is no room for its output.
    pub(crate) fn run<T>(polite: bool, stop: Arc<AtomicBool>, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let output = tempfile::tempfile().map_err(Error::io(std::env::temp_dir()))?;
        BESIDE.set(Some(Self { polite, stop, output: Arc::new(output) }));
        let done = work();
        BESIDE.set(None);
        done
    }

    fn current() -> Option<Self> {
        BESIDE.with_borrow(Clone::clone)
    }

    fn stream(&self) -> Result<Stdio> {
        self.output.try_clone().map(Stdio::from).map_err(Error::io(std::env::temp_dir()))
    }

    /// Takes what has been written since the last time.
    fn take(&self) -> std::io::Result<String> {
        let mut output = &*self.output;
        let mut bytes = Vec::new();
        output.rewind()?;
        output.read_to_end(&mut bytes)?;
        output.rewind()?;
        output.set_len(0)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// Prints a line, or keeps it for the end of the step.
pub(crate) fn say(line: impl Display) {
    match Beside::current() {
        // The disk is full: the step's programs will say so themselves.
        Some(beside) => drop(writeln!(&*beside.output, "{line}")),
        None => println!("{line}"),
    }
}

/// Does the work of a step, and prints its title, its output and how long it took.
pub(crate) fn step<T>(title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let beside = Beside::current();
    if beside.is_some() {
        print_whole(&format!("-> {title}"));
    } else {
        println!("\n== {title}");
    }
    let started = Instant::now();
    let done = work();
    let took = started.elapsed();
    TIMES.lock().unwrap_or_else(PoisonError::into_inner).push(Timed { title: title.to_owned(), started, took });
    let word = match &done {
        Ok(_) => "done",
        Err(Error::Missing(_)) => "MISSING SOMETHING",
        Err(Error::Stopped) => "stopped, as another step failed",
        Err(_) => "FAILED",
    };
    let end = format!("   {word} in {:.1} s", took.as_secs_f64());
    match beside {
        Some(beside) => {
            let output = beside.take().unwrap_or_else(|error| format!("   its output cannot be read: {error}\n"));
            print_whole(&format!("\n== {title}\n{output}{end}"));
        }
        None => println!("{end}"),
    }
    done
}

/// Prints lines that no other step's lines come between.
fn print_whole(text: &str) {
    let _turn = TERMINAL.lock().unwrap_or_else(PoisonError::into_inner);
    println!("{text}");
}

/// Says that something is not done, and why.
pub(crate) fn left_out(title: &str, why: &str) {
    print_whole(&format!("\n== {title}\n   NOT DONE: {why}"));
    LEFT_OUT.lock().unwrap_or_else(PoisonError::into_inner).push(title.to_owned());
}

/// Returns the titles of everything that this run has left out.
pub(crate) fn everything_left_out() -> Vec<String> {
    LEFT_OUT.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Prints how long each step took, in the order in which they started.
pub(crate) fn print_times(run_started: Instant) {
    let times = TIMES.lock().unwrap_or_else(PoisonError::into_inner).clone();
    println!("\n{}", timing::table(run_started, times));
}

/// Runs a program whose output is the step's.
///
/// # Errors
/// It cannot be run, fails, or is ended because another step has failed.
pub(crate) fn run(command: &mut Command) -> Result {
    let status = match Beside::current() {
        Some(beside) => run_beside(command, &beside)?,
        None => command.status().map_err(|source| not_run(command, source))?,
    };
    if status.success() { Ok(()) } else { Err(Error::Failed { command: shown(command), status }) }
}

fn run_beside(command: &mut Command, beside: &Beside) -> Result<ExitStatus> {
    let mut polite = beside.polite.then(|| politely(command)).flatten();
    let started = polite.as_mut().unwrap_or(command);
    started.stdin(Stdio::null()).stdout(beside.stream()?).stderr(beside.stream()?);
    let mut group = Group::start(started)?;
    loop {
        if let Some(status) = group.try_wait()? {
            return Ok(status);
        }
        if beside.stop.load(Ordering::Relaxed) {
            return Err(Error::Stopped);
        }
        std::thread::sleep(INTERVAL);
    }
}

/// Returns the same command with a lower priority, if the system has priorities.
fn politely(command: &Command) -> Option<Command> {
    if !cfg!(unix) {
        return None;
    }
    let mut polite = Command::new("nice");
    polite.args(["-n", "10"]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => polite.env(name, value),
            None => polite.env_remove(name),
        };
    }
    if let Some(dir) = command.get_current_dir() {
        polite.current_dir(dir);
    }
    Some(polite)
}

/// Runs a program that fetches something, once more where it fails: networks have their moments.
///
/// # Errors
/// It cannot be run or fails twice.
pub(crate) fn fetch(command: &mut Command) -> Result {
    match run(command) {
        Err(error @ Error::Failed { .. }) => {
            say(format_args!("   {error}; trying once more, in case that was the network"));
            run(command)
        }
        done => done,
    }
}

/// Runs a program and returns what it writes to stdout; what it writes to stderr is the step's output.
///
/// # Errors
/// It cannot be run or fails.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let stderr = Beside::current().map_or_else(|| Ok(Stdio::inherit()), |beside| beside.stream())?;
    let output = command.stderr(stderr).output().map_err(|source| not_run(command, source))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(Error::Failed { command: shown(command), status: output.status })
    }
}

/// Runs a program quietly to see what it says, or whether it is there at all.
pub(crate) fn ask(command: &mut Command) -> Option<Output> {
    command.stdin(Stdio::null()).output().ok()
}

/// Returns a command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

fn not_run(command: &Command, source: std::io::Error) -> Error {
    Error::NotRun { program: command.get_program().to_string_lossy().into_owned(), source }
}

#[cfg(test)]
mod tests;
