//! Steps: their work, their output and their duration.
//!
//! A step writes straight to the terminal. One that runs in parallel with others (see [`crate::lanes`]) collects its
//! output and that of its programs instead, and prints all of it when it ends, so that steps do not mix their output.

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

/// The titles of what this run has skipped, for the summary.
static LEFT_OUT: Mutex<Vec<String>> = Mutex::new(Vec::new());
/// How long each step of this run took, for the summary.
static TIMES: Mutex<Vec<Timed>> = Mutex::new(Vec::new());
/// Held while a step's output is printed.
static TERMINAL: Mutex<()> = Mutex::new(());

/// How often a parallel step checks whether its program has ended.
const INTERVAL: Duration = Duration::from_millis(20);

thread_local! {
    /// How this thread's steps run in parallel with others; `None` for steps that use the terminal directly.
    static PARALLEL: RefCell<Option<Parallel>> = const { RefCell::new(None) };
}

/// How the steps of a thread run in parallel with those of other threads.
#[derive(Clone)]
pub(crate) struct Parallel {
    /// Whether programs run with a lower priority than everything else.
    low_priority: bool,
    /// Set once another step has failed: programs are ended, and no more are started.
    stop: Arc<AtomicBool>,
    output: Arc<File>,
}

impl Parallel {
    /// Does `work`, whose steps on this thread run in this way.
    ///
    /// # Errors
    /// As `work`, or there is no space for its output.
    pub(crate) fn run<T>(low_priority: bool, stop: Arc<AtomicBool>, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let output = tempfile::tempfile().map_err(Error::io(std::env::temp_dir()))?;
        PARALLEL.set(Some(Self { low_priority, stop, output: Arc::new(output) }));
        let done = work();
        PARALLEL.set(None);
        done
    }

    fn current() -> Option<Self> {
        PARALLEL.with_borrow(Clone::clone)
    }

    fn stream(&self) -> Result<Stdio> {
        self.output.try_clone().map(Stdio::from).map_err(Error::io(std::env::temp_dir()))
    }

    /// Takes the output since the last call.
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
    match Parallel::current() {
        // If the disk is full, the step's programs report that themselves.
        Some(parallel) => drop(writeln!(&*parallel.output, "{line}")),
        None => println!("{line}"),
    }
}

/// Does the work of a step, and prints its title, its output and how long it took.
pub(crate) fn step<T>(title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let parallel = Parallel::current();
    if parallel.is_some() {
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
        Err(Error::Stopped) => "stopped because another step failed",
        Err(_) => "FAILED",
    };
    let end = format!("   {word} in {:.1} s", took.as_secs_f64());
    match parallel {
        Some(parallel) => {
            let output = parallel.take().unwrap_or_else(|error| format!("   its output cannot be read: {error}\n"));
            print_whole(&format!("\n== {title}\n{output}{end}"));
        }
        None => println!("{end}"),
    }
    done
}

/// Prints lines without those of other steps between them.
fn print_whole(text: &str) {
    let _turn = TERMINAL.lock().unwrap_or_else(PoisonError::into_inner);
    println!("{text}");
}

/// Reports that something is skipped, and why.
pub(crate) fn left_out(title: &str, why: &str) {
    print_whole(&format!("\n== {title}\n   NOT DONE: {why}"));
    LEFT_OUT.lock().unwrap_or_else(PoisonError::into_inner).push(title.to_owned());
}

/// Returns the titles of everything that this run has skipped.
pub(crate) fn everything_left_out() -> Vec<String> {
    LEFT_OUT.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Prints how long each step took, in the order in which they started.
pub(crate) fn print_times(run_started: Instant) {
    let times = TIMES.lock().unwrap_or_else(PoisonError::into_inner).clone();
    println!("\n{}", timing::table(run_started, times));
}

/// Runs a program whose output becomes part of the step's.
///
/// # Errors
/// It cannot be run, fails, or is ended because another step has failed.
pub(crate) fn run(command: &mut Command) -> Result {
    let status = match Parallel::current() {
        Some(parallel) => run_parallel(command, &parallel)?,
        None => command.status().map_err(|source| not_run(command, source))?,
    };
    if status.success() { Ok(()) } else { Err(Error::Failed { command: shown(command), status }) }
}

fn run_parallel(command: &mut Command, parallel: &Parallel) -> Result<ExitStatus> {
    let mut nice = parallel.low_priority.then(|| with_low_priority(command)).flatten();
    let started = nice.as_mut().unwrap_or(command);
    started.stdin(Stdio::null()).stdout(parallel.stream()?).stderr(parallel.stream()?);
    let mut group = Group::start(started)?;
    loop {
        if let Some(status) = group.try_wait()? {
            return Ok(status);
        }
        if parallel.stop.load(Ordering::Relaxed) {
            return Err(Error::Stopped);
        }
        std::thread::sleep(INTERVAL);
    }
}

/// Returns the same command with a lower priority, if the system has priorities.
fn with_low_priority(command: &Command) -> Option<Command> {
    if !cfg!(unix) {
        return None;
    }
    let mut nice = Command::new("nice");
    nice.args(["-n", "10"]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => nice.env(name, value),
            None => nice.env_remove(name),
        };
    }
    if let Some(dir) = command.get_current_dir() {
        nice.current_dir(dir);
    }
    Some(nice)
}

/// Runs a program that downloads something, and retries it once in case the network failed.
///
/// # Errors
/// It cannot be run or fails twice.
pub(crate) fn fetch(command: &mut Command) -> Result {
    match run(command) {
        Err(error @ Error::Failed { .. }) => {
            say(format_args!("   {error}; retrying once, in case the network failed"));
            run(command)
        }
        done => done,
    }
}

/// Runs a program and returns its stdout. Its stderr becomes part of the step's output.
///
/// # Errors
/// It cannot be run or fails.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let stderr = Parallel::current().map_or_else(|| Ok(Stdio::inherit()), |parallel| parallel.stream())?;
    let output = command.stderr(stderr).output().map_err(|source| not_run(command, source))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(Error::Failed { command: shown(command), status: output.status })
    }
}

/// Runs a program without showing its output, which is returned; `None` if it cannot be run.
pub(crate) fn ask(command: &mut Command) -> Option<Output> {
    command.stdin(Stdio::null()).output().ok()
}

/// Returns a command as it would be typed.
pub(crate) fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

fn not_run(command: &Command, source: std::io::Error) -> Error {
    Error::NotRun { program: command.get_program().to_string_lossy().into_owned(), source }
}

#[cfg(test)]
mod tests;
