//! The log: to standard error, and to `waybill-desktop.log` in the folder that the platform keeps for logs.
//!
//! Owner: this process; a second one of the same account appends to the same file. It is private to the account, holds no
//! secret (types redact them, and every line is looked at once more), and is set aside when it has grown: at most
//! [`FILES`] older ones of [`LIMIT`] bytes are kept. A log that cannot be written stops nothing; a crash loses no line that
//! was written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::Layer as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::redact;

/// When a file is set aside, in bytes.
const LIMIT: u64 = 2_000_000;
/// Older files that are kept.
const FILES: u8 = 4;
const NAME: &str = "waybill-desktop.log";

/// Begins to log. `WAYBILL_LOG` says how much (`info` of our own crates and warnings of others if it is not set).
pub(crate) fn begin(dir: &Path) {
    let filter = || EnvFilter::try_from_env("WAYBILL_LOG").unwrap_or_else(|_| EnvFilter::new(usual()));
    let terminal = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(false).with_filter(filter());
    let file = Mutex::new(LogFile::new(dir));
    let file = tracing_subscriber::fmt::layer().with_writer(file).with_ansi(false).with_filter(filter());
    // Only tests begin twice in one process; the first one stays.
    let _already = tracing_subscriber::registry().with(terminal).with(file).try_init();
}

fn usual() -> String {
    let own = ["desktop", "app", "cloud", "engine", "journal", "source"].map(|name| format!("waybill_{name}=info"));
    format!("warn,{}", own.join(","))
}

/// The end of a log file, at most so many bytes of it in whole lines: half of one may be half of a name. Why there is none, where it cannot be read.
pub(crate) fn tail(path: &Path, most: u64) -> String {
    let read = || -> io::Result<String> {
        let mut file = File::open(path)?;
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

/// The file that is written to. It is opened with the first line.
struct LogFile {
    dir: PathBuf,
    file: Option<(File, u64)>,
}

impl LogFile {
    fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), file: None }
    }

    fn write_line(&mut self, line: &[u8]) -> io::Result<()> {
        let length = u64::try_from(line.len()).unwrap_or(u64::MAX);
        if self.file.as_ref().is_some_and(|(_, written)| written.saturating_add(length) > LIMIT) {
            self.file = None;
        }
        let (file, written) = match &mut self.file {
            Some(open) => open,
            None => self.file.insert(open(&self.dir, length)?),
        };
        file.write_all(line)?;
        *written = written.saturating_add(length);
        Ok(())
    }
}

impl Write for LogFile {
    /// One call is one line: the subscriber writes each whole.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        // A full disk or a folder that is gone must not stop the program.
        let _unwritten = self.write_line(redact::secrets(&text).as_bytes());
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Opens the log, set aside before where the next line would make it too large.
fn open(dir: &Path, next: u64) -> io::Result<(File, u64)> {
    make_private(dir)?;
    let path = dir.join(NAME);
    let length = fs::metadata(&path).map_or(0, |found| found.len());
    let length = if length > 0 && length.saturating_add(next) > LIMIT {
        set_aside(dir)?;
        0
    } else {
        length
    };
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok((options.open(path)?, length))
}

/// Counts the older files up; the oldest goes.
fn set_aside(dir: &Path) -> io::Result<()> {
    let older = |number: u8| dir.join(format!("{NAME}.{number}"));
    for number in (1..FILES).rev() {
        match fs::rename(older(number), older(number + 1)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    fs::rename(dir.join(NAME), older(1))
}

fn make_private(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_has_grown_is_set_aside_and_only_so_many_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = LogFile::new(dir.path());
        let line = vec![b'x'; usize::try_from(LIMIT).unwrap() / 2];
        for _ in 0..40 {
            log.write_all(&line).unwrap();
        }
        let mut sizes: Vec<(String, u64)> = fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().len()))
            .collect();
        sizes.sort();
        assert_eq!(sizes.len(), usize::from(FILES) + 1, "{sizes:?}");
        assert!(sizes.iter().all(|(_, size)| *size <= LIMIT), "{sizes:?}");
    }

    #[test]
    fn a_new_start_goes_on_in_the_same_file() {
        let dir = tempfile::tempdir().unwrap();
        LogFile::new(dir.path()).write_all(b"first\n").unwrap();
        LogFile::new(dir.path()).write_all(b"second\n").unwrap();
        assert_eq!(fs::read_to_string(dir.path().join(NAME)).unwrap(), "first\nsecond\n");
    }

    #[test]
    fn a_secret_that_came_so_far_stops_here() {
        let dir = tempfile::tempdir().unwrap();
        LogFile::new(dir.path()).write_all(b"authorization: Bearer abc\n").unwrap();
        assert_eq!(fs::read_to_string(dir.path().join(NAME)).unwrap(), "authorization: Bearer [hidden]\n");
    }

    #[test]
    fn a_folder_that_cannot_be_written_to_stops_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "x").unwrap();
        assert!(LogFile::new(&file.join("logs")).write_all(b"line\n").is_ok());
    }

    #[test]
    fn the_tail_is_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        fs::write(&path, "0123456789").unwrap();
        assert_eq!(tail(&path, 4), "", "no whole line");
        fs::write(&path, "first: plan.docx\nsecond\n").unwrap();
        assert_eq!(tail(&path, 12), "second\n", "no half of a line");
        assert_eq!(tail(&path, 24), "first: plan.docx\nsecond\n");
        assert!(tail(&dir.path().join("none"), 4).starts_with("cannot be read"));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_account_itself_can_read_the_log() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let logs = dir.path().join("logs");
        LogFile::new(&logs).write_all(b"line\n").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&logs), mode(&logs.join(NAME))), (0o700, 0o600));
    }
}
