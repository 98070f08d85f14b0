//! One step after the other: what it is, what it says, how long it took.

use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::error::{Error, Result};
use crate::workspace::Network;

/// What this run has left out, for its last lines.
static LEFT_OUT: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Says what is done now, does it, and says how long it took.
pub(crate) fn step<T>(title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("\n== {title}");
    let begun = Instant::now();
    let done = work();
    let word = match &done {
        Ok(_) => "done",
        Err(Error::Missing(_)) => "MISSING SOMETHING",
        Err(_) => "FAILED",
    };
    println!("   {word} in {:.1} s", begun.elapsed().as_secs_f64());
    done
}

/// Says that something is not done, and why.
pub(crate) fn left_out(title: &str, why: &str) {
    println!("\n== {title}\n   NOT DONE: {why}");
    LEFT_OUT.lock().unwrap_or_else(PoisonError::into_inner).push(title.to_owned());
}

/// The titles of everything that this run has left out.
pub(crate) fn everything_left_out() -> Vec<String> {
    LEFT_OUT.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// What was looked for; `None` where it is missing and may not be fetched: then `title` is what is left out for that.
///
/// # Errors
/// Anything else, or it is missing although the network may be used.
pub(crate) fn or_left_out<T>(network: Network, title: &str, found: Result<T>) -> Result<Option<T>> {
    match (network, found) {
        (_, Ok(found)) => Ok(Some(found)),
        (Network::Forbidden, Err(Error::Missing(why))) => {
            left_out(title, &why);
            Ok(None)
        }
        (Network::Forbidden | Network::Allowed, Err(error)) => Err(error),
    }
}

/// Runs a program whose output goes to the terminal.
///
/// # Errors
/// It cannot be run or fails.
pub(crate) fn run(command: &mut Command) -> Result {
    let status = command.status().map_err(|source| not_run(command, source))?;
    if status.success() { Ok(()) } else { Err(Error::Failed { command: shown(command), status }) }
}

/// Runs a program that fetches something, and says so and runs it once more where it fails: networks have their moments.
///
/// # Errors
/// It cannot be run or fails twice.
pub(crate) fn fetch(command: &mut Command) -> Result {
    match run(command) {
        Err(error @ Error::Failed { .. }) => {
            println!("   {error}; once more, in case that was the network");
            run(command)
        }
        done => done,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_left_out_by_name_only_where_it_may_not_be_fetched() {
        let missing = || -> Result { Err(Error::Missing("it is not there".to_owned())) };
        assert!(matches!(or_left_out(Network::Forbidden, "A suite", missing()), Ok(None)));
        assert!(everything_left_out().contains(&"A suite".to_owned()));
        assert!(matches!(or_left_out(Network::Allowed, "Another", missing()), Err(Error::Missing(_))));
        assert!(!everything_left_out().contains(&"Another".to_owned()));
    }

    #[cfg(unix)]
    #[test]
    fn what_fetches_is_run_twice_and_no_more() {
        let dir = tempfile::tempdir().unwrap();
        let runs = || std::fs::read_to_string(dir.path().join("runs")).unwrap_or_default().lines().count();
        let script = |last: &str| {
            let mut command = Command::new("sh");
            command.current_dir(dir.path()).args(["-c", &format!("echo >>runs; {last}")]);
            command
        };
        assert!(matches!(fetch(&mut script("false")), Err(Error::Failed { .. })));
        assert_eq!(runs(), 2);
        fetch(&mut script("test -e second || { touch second; false; }")).unwrap();
        assert_eq!(runs(), 4);
        fetch(&mut script("true")).unwrap();
        assert_eq!(runs(), 5);
        assert!(matches!(fetch(&mut Command::new("there is no such program")), Err(Error::NotRun { .. })));
    }

    #[test]
    fn what_is_wrong_is_never_left_out() {
        let wrong: Result = Err(Error::Wrong("it is broken".to_owned()));
        assert!(matches!(or_left_out(Network::Forbidden, "A broken suite", wrong), Err(Error::Wrong(_))));
        assert!(!everything_left_out().contains(&"A broken suite".to_owned()));
    }
}
