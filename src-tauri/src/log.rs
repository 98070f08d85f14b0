//! The log: to standard error, and to `waybill-desktop.log` in the platform's log folder.
//!
//! It contains no secrets: types redact them, and every line is checked once more. See [`LogFile`] for who owns the
//! file.

use std::io::{self, Read as _, Seek as _, SeekFrom, Write};
use std::path::Path;
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::Layer as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use waybill_app::{LogFile, LogLimits, OneLine};

use crate::redact;

const NAME: &str = "waybill-desktop.log";
const LIMITS: LogLimits = LogLimits { bytes: 2_000_000, older: 4, makes_folder: true };

/// Starts logging. `WAYBILL_LOG` sets the level; the default is `info` for our own crates and warnings for others.
pub(crate) fn begin(dir: &Path) {
    let filter = || EnvFilter::try_from_env("WAYBILL_LOG").unwrap_or_else(|_| EnvFilter::new(usual()));
    let terminal = tracing_subscriber::fmt::layer().with_writer(|| CleanLog(OneLine(io::stderr())));
    let terminal = terminal.with_ansi(false).with_filter(filter());
    let file = Mutex::new(CleanLog(LogFile::new(dir, NAME, LIMITS)));
    let file = tracing_subscriber::fmt::layer().with_writer(file).with_ansi(false).with_filter(filter());
    // Only tests start logging twice in one process; the first logger stays.
    let _already = tracing_subscriber::registry().with(terminal).with(file).try_init();
}

fn usual() -> String {
    let own = ["desktop", "app", "cloud", "engine", "journal", "source"].map(|name| format!("waybill_{name}=info"));
    format!("warn,{}", own.join(","))
}

/// Returns the end of a log file: at most this many bytes, in whole lines, since half a line may contain half a name.
/// If the file cannot be read, the text says why.
pub(crate) fn tail(path: &Path, most: u64) -> String {
    let read = || -> io::Result<String> {
        let mut file = waybill_files::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(most)))?;
        let mut bytes = Vec::new();
        file.take(most).read_to_end(&mut bytes)?;
        if length > most {
            let whole = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| end + 1);
            bytes.drain(..whole);
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    read().unwrap_or_else(|error| format!("cannot be read: {error}\n"))
}

/// Removes secrets from every line.
struct CleanLog<W>(W);

impl<W: Write> Write for CleanLog<W> {
    /// One call is one line: the subscriber writes each line whole.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        self.0.write_all(redact::secrets(&text).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_reaches_the_log_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        CleanLog(LogFile::new(dir.path(), NAME, LIMITS)).write_all(b"authorization: Bearer abc\n").unwrap();
        assert_eq!(std::fs::read_to_string(dir.path().join(NAME)).unwrap(), "authorization: Bearer [hidden]\n");
    }

    #[test]
    fn the_tail_is_the_end_of_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        std::fs::write(&path, "0123456789").unwrap();
        assert_eq!(tail(&path, 4), "", "no whole line");
        std::fs::write(&path, "first: plan.docx\nsecond\n").unwrap();
        assert_eq!(tail(&path, 12), "second\n", "no half of a line");
        assert_eq!(tail(&path, 24), "first: plan.docx\nsecond\n");
        assert!(tail(&dir.path().join("none"), 4).starts_with("cannot be read"));
    }
}
