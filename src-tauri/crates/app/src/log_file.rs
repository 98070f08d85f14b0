//! The file that a program logs to, set aside when it has grown.
//!
//! Owner: each process appends to it; a second one of the same account writes to the same file. It is private to the account.
//! A log that cannot be written stops nothing. A crash loses no line that was written. Why no library does this: `adr/0011`.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// See the module. The file is opened with the first line.
#[derive(Debug)]
pub struct LogFile {
    dir: PathBuf,
    name: &'static str,
    limits: LogLimits,
    file: Option<(File, u64)>,
}

/// How much is logged, and where.
#[derive(Clone, Copy, Debug)]
pub struct LogLimits {
    /// The file is set aside before it would become larger than so many bytes.
    pub bytes: u64,
    /// So many files that were set aside are kept: `NAME.1` is the newest.
    pub older: u8,
    /// Makes the folder, private to the account. Otherwise nothing is logged until another process has made it.
    pub makes_folder: bool,
}

impl LogFile {
    /// Logs to the file `name` in the folder `dir`.
    #[must_use]
    pub fn new(dir: &Path, name: &'static str, limits: LogLimits) -> Self {
        Self { dir: dir.to_owned(), name, limits, file: None }
    }

    fn write_line(&mut self, line: &[u8]) -> io::Result<()> {
        let length = u64::try_from(line.len()).unwrap_or(u64::MAX);
        if self.file.as_ref().is_some_and(|(_, written)| written.saturating_add(length) > self.limits.bytes) {
            self.file = None;
        }
        let (file, written) = match &mut self.file {
            Some(open) => open,
            None if self.limits.makes_folder || self.dir.is_dir() => {
                let open = self.open(length)?;
                self.file.insert(open)
            }
            None => return Ok(()),
        };
        file.write_all(line)?;
        *written = written.saturating_add(length);
        Ok(())
    }

    /// Opens the file, set aside before if the next line would make it too large.
    fn open(&self, next: u64) -> io::Result<(File, u64)> {
        if self.limits.makes_folder {
            waybill_files::make_folder(&self.dir)?;
        }
        let path = self.dir.join(self.name);
        let mut length = fs::metadata(&path).map_or(0, |found| found.len());
        if length > 0 && length.saturating_add(next) > self.limits.bytes {
            self.set_aside()?;
            length = 0;
        }
        Ok((waybill_files::append(&path)?, length))
    }

    /// Counts the older files up; the oldest goes.
    fn set_aside(&self) -> io::Result<()> {
        let older = |number: u8| self.dir.join(format!("{}.{number}", self.name));
        for number in (1..self.limits.older).rev() {
            match fs::rename(older(number), older(number + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        fs::rename(self.dir.join(self.name), older(1))
    }
}

impl Write for LogFile {
    /// One call is one line: the subscriber writes each whole.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        // A full disk or a folder that is gone must not stop the program.
        let _unwritten = self.write_line(&in_one_line(line));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes each line with what a terminal would obey made visible, as [`LogFile`] does. No name of a file can add a line
/// or change what is shown.
#[derive(Debug)]
pub struct OneLine<W>(pub W);

impl<W: Write> Write for OneLine<W> {
    /// One call is one line: the subscriber writes each whole.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write_all(&in_one_line(line))?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn in_one_line(line: &[u8]) -> Cow<'_, [u8]> {
    let (text, end) = match line.strip_suffix(b"\n") {
        Some(text) => (text, "\n"),
        None => (line, ""),
    };
    match std::str::from_utf8(text) {
        Ok(text) if !text.contains(waybill_words::is_control) => Cow::Borrowed(line),
        Ok(_) | Err(_) => Cow::Owned((waybill_words::visible(&String::from_utf8_lossy(text)) + end).into_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "program.log";
    const LIMITS: LogLimits = LogLimits { bytes: 1_000, older: 3, makes_folder: true };

    fn log(dir: &Path) -> LogFile {
        LogFile::new(dir, NAME, LIMITS)
    }

    #[test]
    fn a_log_that_has_grown_is_set_aside_and_only_so_many_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = log(dir.path());
        for _ in 0..40 {
            log.write_all(&[b'x'; 500]).unwrap();
        }
        let files = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap());
        let mut sizes: Vec<(String, u64)> =
            files.map(|file| (file.file_name().into_string().unwrap(), file.metadata().unwrap().len())).collect();
        sizes.sort();
        assert_eq!(sizes.len(), usize::from(LIMITS.older) + 1, "{sizes:?}");
        assert!(sizes.iter().all(|(_, size)| *size <= LIMITS.bytes), "{sizes:?}");
    }

    #[test]
    fn no_name_adds_a_line_to_the_log_or_is_obeyed_by_a_terminal() {
        let dir = tempfile::tempdir().unwrap();
        let evil = "name=a\u{1b}[2J\n2026 ERROR forged\u{202e}\n".as_bytes();
        let plain = "name=a\\u{1b}[2J\\n2026 ERROR forged\\u{202e}\n";
        let mut terminal = OneLine(Vec::new());
        for line in [evil, "an état çà\n".as_bytes()] {
            log(dir.path()).write_all(line).unwrap();
            terminal.write_all(line).unwrap();
        }
        let wanted = format!("{plain}an état çà\n");
        assert_eq!(fs::read_to_string(dir.path().join(NAME)).unwrap(), wanted);
        assert_eq!(String::from_utf8(terminal.0).unwrap(), wanted);
    }

    #[test]
    fn a_new_start_continues_the_same_file() {
        let dir = tempfile::tempdir().unwrap();
        log(dir.path()).write_all(b"first\n").unwrap();
        log(dir.path()).write_all(b"second\n").unwrap();
        assert_eq!(fs::read_to_string(dir.path().join(NAME)).unwrap(), "first\nsecond\n");
    }

    #[test]
    fn a_log_that_another_process_has_made_too_large_is_set_aside_at_the_next_start() {
        let dir = tempfile::tempdir().unwrap();
        log(dir.path()).write_all(b"first\n").unwrap();
        File::options().write(true).open(dir.path().join(NAME)).unwrap().set_len(LIMITS.bytes + 1).unwrap();
        log(dir.path()).write_all(b"second\n").unwrap();
        assert_eq!(fs::read_to_string(dir.path().join(NAME)).unwrap(), "second\n");
        assert_eq!(fs::metadata(dir.path().join("program.log.1")).unwrap().len(), LIMITS.bytes + 1);
    }

    #[test]
    fn a_folder_that_cannot_be_written_to_stops_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "x").unwrap();
        assert!(log(&file.join("logs")).write_all(b"line\n").is_ok());
    }

    #[test]
    fn a_log_that_makes_no_folder_waits_for_it() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let mut log = LogFile::new(&data, NAME, LogLimits { makes_folder: false, ..LIMITS });
        assert_eq!(log.write(b"early\n").unwrap(), 6);
        assert!(!data.exists());
        fs::create_dir(&data).unwrap();
        log.write_all(b"late\n").unwrap();
        assert_eq!(fs::read_to_string(data.join(NAME)).unwrap(), "late\n");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_account_itself_can_read_the_log() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let logs = dir.path().join("logs");
        log(&logs).write_all(b"line\n").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&logs), mode(&logs.join(NAME))), (0o700, 0o600));
    }
}
