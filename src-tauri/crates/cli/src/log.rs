//! The log: to standard error with `-v`, and to `waybill.log` in the data folder while transfers run.
//!
//! Owner: every process appends to the file. It is private to the account (mode 0600), holds paths and addresses without
//! their query but no secret, and is set aside as `waybill.log.old` when it has grown past 10 MB. A log that cannot be
//! written stops nothing.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::Layer as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

const LIMIT: u64 = 10_000_000;

/// Begins to log. `data_dir` is given when transfers will run.
pub(crate) fn begin(verbose: u8, data_dir: Option<&Path>) {
    let to_terminal = (verbose > 0).then(|| {
        tracing_subscriber::fmt::layer()
            .with_writer(io::stderr)
            .with_ansi(false)
            .with_target(verbose > 1)
            .with_filter(filter(verbose))
    });
    let to_file = data_dir.map(|dir| {
        let file = Mutex::new(LogFile { dir: dir.to_owned(), file: None });
        tracing_subscriber::fmt::layer().with_writer(file).with_ansi(false).with_filter(filter(1))
    });
    // Only tests begin twice in one process; the first one stays.
    let _already = tracing_subscriber::registry().with(to_terminal).with(to_file).try_init();
}

/// The log's file. It is opened when there is something to write and the data folder is there: making that folder,
/// with its permissions, is the journal's part.
struct LogFile {
    dir: PathBuf,
    file: Option<File>,
}

impl Write for LogFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.file.is_none() && self.dir.is_dir() {
            self.file = open(&self.dir).ok();
        }
        match &mut self.file {
            Some(file) => file.write(line),
            None => Ok(line.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

/// Our own crates in full; the others only when something is wrong.
fn filter(verbose: u8) -> EnvFilter {
    let own = if verbose > 1 { "debug" } else { "info" };
    let crates = ["waybill", "waybill_app", "waybill_cloud", "waybill_engine", "waybill_journal", "waybill_source"];
    let rules: Vec<String> =
        std::iter::once("warn".to_owned()).chain(crates.map(|name| format!("{name}={own}"))).collect();
    EnvFilter::new(rules.join(","))
}

fn open(dir: &Path) -> io::Result<File> {
    let path = dir.join("waybill.log");
    if std::fs::metadata(&path).is_ok_and(|found| found.len() > LIMIT) {
        std::fs::rename(&path, dir.join("waybill.log.old"))?;
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_has_grown_is_set_aside() {
        let dir = tempfile::tempdir().unwrap();
        writeln!(open(dir.path()).unwrap(), "first").unwrap();
        File::options().write(true).open(dir.path().join("waybill.log")).unwrap().set_len(LIMIT + 1).unwrap();
        writeln!(open(dir.path()).unwrap(), "second").unwrap();
        assert_eq!(std::fs::read_to_string(dir.path().join("waybill.log")).unwrap(), "second\n");
        assert_eq!(std::fs::metadata(dir.path().join("waybill.log.old")).unwrap().len(), LIMIT + 1);
    }

    #[test]
    fn a_log_makes_no_data_folder() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let mut log = LogFile { dir: data.clone(), file: None };
        assert_eq!(log.write(b"early\n").unwrap(), 6);
        assert!(!data.exists());
        std::fs::create_dir(&data).unwrap();
        log.write_all(b"late\n").unwrap();
        assert_eq!(std::fs::read_to_string(data.join("waybill.log")).unwrap(), "late\n");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_account_itself_can_read_the_log() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let mode = open(dir.path()).unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
