//! The output of a program: all of it at its end, or the line that says it is ready. Every wait has a limit.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Error, Group, PATIENCE, Result, until};

/// Runs a program to its end with `input` on its standard input, and returns its output. When `patience` runs out, it
/// is ended with all that it has started.
///
/// # Errors
/// It cannot be started, or does not end in time.
pub fn output_within(command: &mut Command, input: &[u8], patience: Duration) -> Result<Output> {
    let program = PathBuf::from(command.get_program());
    let deadline = Instant::now() + patience;
    let mut group = Group::start(command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let process = group.process();
    let (stdout, stderr) = (read_all(process.stdout.take()), read_all(process.stderr.take()));
    if let Some(mut stdin) = process.stdin.take() {
        let input = input.to_vec();
        // A program that ends without reading everything says why itself.
        thread::spawn(move || drop(stdin.write_all(&input)));
    }
    let waiting_for = format!("the end of {}", program.display());
    let status = until(&waiting_for, patience, || group.try_wait());
    // Ends what still holds the streams open.
    drop(group);
    let status = status.map_err(|error| {
        let said = stderr.recv_timeout(Duration::from_secs(1)).unwrap_or_default();
        Error::unexpected(format!("{error}; it said:\n{}", String::from_utf8_lossy(&said).trim()))
    })?;
    let rest = |stream: &Receiver<Vec<u8>>| {
        let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_secs(1));
        let cut_off = |_| Error::unexpected(format!("{waiting_for}: something else holds its output open"));
        stream.recv_timeout(left).map_err(cut_off)
    };
    Ok(Output { status, stdout: rest(&stdout)?, stderr: rest(&stderr)? })
}

fn read_all(stream: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before an error is what there is.
        let _ended = stream.map(|mut stream| stream.read_to_end(&mut bytes));
        // Nobody waits for it any more where the program did not end in time.
        let _unread = sender.send(bytes);
    });
    receiver
}

/// Waits for the first line on the program's standard output that `read` accepts. Later output is read and
/// thrown away, so that the program is never held up.
///
/// # Errors
/// The line does not come in time, or the output ends without it.
pub fn line_of<T: Send + 'static>(
    process: &mut Child,
    waiting_for: &str,
    read: impl Fn(&str) -> Option<T> + Send + 'static,
) -> Result<T> {
    let stdout = process.stdout.take().ok_or_else(|| Error::unexpected("a process without output"))?;
    let (found, line) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(std::result::Result::ok) {
            if let Some(value) = read(&line) {
                // Nobody waits for a second one.
                let _unread = found.send(value);
            }
        }
    });
    line.recv_timeout(PATIENCE).map_err(|error| match error {
        RecvTimeoutError::Timeout => Error::TimedOut {
            waiting_for: waiting_for.to_owned(),
            patience: PATIENCE,
            seen: "there was no such line".to_owned(),
        },
        RecvTimeoutError::Disconnected => {
            Error::unexpected(format!("a process ended before it reported {waiting_for}"))
        }
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_program_that_ends_gives_all_that_it_said() -> Result<()> {
        let output = output_within(&mut shell("cat; echo no >&2; exit 3"), b"yes", PATIENCE)?;
        assert_eq!(
            (output.status.code(), &output.stdout[..], &output.stderr[..]),
            (Some(3), &b"yes"[..], &b"no\n"[..])
        );
        Ok(())
    }

    #[test]
    fn a_program_that_does_not_end_is_ended_and_named() {
        let error = output_within(&mut shell("exec sleep 600"), b"", Duration::from_millis(200)).unwrap_err();
        assert!(error.to_string().contains("the end of sh"), "{error}");
    }

    #[test]
    fn a_line_is_found_among_others_and_missed_where_the_output_ends() -> Result<()> {
        let number = |line: &str| line.strip_prefix("at ").and_then(|number| number.parse::<u16>().ok());
        let mut group = Group::start(shell("echo hello; echo at 7; exec sleep 600").stdout(Stdio::piped()))?;
        assert_eq!(line_of(group.process(), "its number", number)?, 7);
        let mut group = Group::start(shell("echo hello").stdout(Stdio::piped()))?;
        assert!(line_of(group.process(), "its number", number).is_err());
        Ok(())
    }
}
