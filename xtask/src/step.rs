//! One step after the other: what it is, what it says, how long it took.

use std::process::{Command, Output, Stdio};
use std::time::Instant;

use crate::error::{Error, Result};

/// Says what is done now, does it, and says how long it took.
pub(crate) fn step<T>(title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("\n== {title}");
    let begun = Instant::now();
    let done = work();
    let word = if done.is_ok() { "done" } else { "FAILED" };
    println!("   {word} in {:.1} s", begun.elapsed().as_secs_f64());
    done
}

/// Says that something is not done, and why.
pub(crate) fn left_out(title: &str, why: &str) {
    println!("\n== {title}\n   NOT DONE: {why}");
}

/// Runs a program whose output goes to the terminal.
///
/// # Errors
/// It cannot be run or fails.
pub(crate) fn run(command: &mut Command) -> Result {
    let status = command.status().map_err(|source| not_run(command, source))?;
    if status.success() { Ok(()) } else { Err(Error::Failed { command: shown(command), status }) }
}

/// Runs a program and gives what it writes to stdout; stderr goes to the terminal.
///
/// # Errors
/// It cannot be run or fails.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|source| not_run(command, source))?;
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

/// A command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

fn not_run(command: &Command, source: std::io::Error) -> Error {
    Error::NotRun { program: command.get_program().to_string_lossy().into_owned(), source }
}
