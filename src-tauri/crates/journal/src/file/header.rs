//! The first 100 bytes of an SQLite file, read by hand (sqlite.org/fileformat2.html, section 1.3).

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use super::with_suffix;
use crate::error::{JournalError, explain_io};
use crate::migrations::{APPLICATION_ID, KNOWN};

const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// A file whose header is in order.
#[derive(Debug)]
pub(super) struct Found {
    /// There is a log with content: the last owner did not end cleanly, or is running.
    pub(super) has_log: bool,
    /// The size of the file without the log.
    pub(super) bytes: u64,
}

/// Reads the header; `None` if there is no file.
///
/// # Errors
/// [`JournalError::Corrupt`] if it is not a journal or is truncated, [`JournalError::Newer`] if its format is not known
/// here.
pub(super) fn look_at(file: &Path) -> Result<Option<Found>, JournalError> {
    let dir = file.parent().unwrap_or(file);
    for suffix in ["-journal", "-wal", "-shm"] {
        let beside = with_suffix(file, suffix);
        check_ordinary(&beside).map_err(|error| explain_io(dir, &beside, &error))?;
    }
    let log = with_suffix(file, "-wal");
    let corrupt = |detail: String| JournalError::Corrupt { file: file.to_owned(), detail };
    let header = match read_header(file) {
        Ok(header) => header,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return match holds_something(&log).map_err(|error| explain_io(dir, &log, &error))? {
                // A new file beside an old log would take the log's pages for its own.
                true => Err(corrupt(format!("it is missing, and {} is there", log.display()))),
                false => Ok(None),
            };
        }
        Err(error) => return Err(explain_io(dir, file, &error)),
    };
    let Some(header) = header else { return Err(corrupt("it is too short".to_owned())) };
    if &header.magic != MAGIC {
        return Err(corrupt("it is no SQLite database".to_owned()));
    }
    if header.application_id != APPLICATION_ID {
        return Err(corrupt("it is a database of another program".to_owned()));
    }
    if header.version > KNOWN {
        return Err(JournalError::Newer { file: file.to_owned(), found: header.version, known: KNOWN });
    }
    // In this order: while a log is being copied back, the header may promise pages that are not in the file yet.
    let has_log = holds_something(&log).map_err(|error| explain_io(dir, &log, &error))?;
    let bytes = fs::metadata(file).map_err(|error| explain_io(dir, file, &error))?.len();
    if !has_log && bytes < header.promised_bytes() {
        return Err(corrupt(format!("it has {bytes} bytes instead of {}", header.promised_bytes())));
    }
    Ok(Some(Found { has_log, bytes }))
}

struct Header {
    magic: [u8; 16],
    /// 1 stands for 65,536.
    page_size: u16,
    pages: u32,
    version: u32,
    application_id: i32,
}

impl Header {
    fn promised_bytes(&self) -> u64 {
        let page_size = if self.page_size == 1 { 65_536 } else { u64::from(self.page_size) };
        page_size * u64::from(self.pages)
    }
}

/// `None`: the file is shorter than a header.
fn read_header(file: &Path) -> io::Result<Option<Header>> {
    let mut bytes = Vec::with_capacity(100);
    waybill_files::open(file)?.take(100).read_to_end(&mut bytes)?;
    Ok(parse(&bytes))
}

fn parse(bytes: &[u8]) -> Option<Header> {
    Some(Header {
        magic: *bytes.first_chunk()?,
        page_size: u16::from_be_bytes(*bytes.get(16..)?.first_chunk()?),
        pages: u32::from_be_bytes(*bytes.get(28..)?.first_chunk()?),
        version: u32::from_be_bytes(*bytes.get(60..)?.first_chunk()?),
        application_id: i32::from_be_bytes(*bytes.get(68..)?.first_chunk()?),
    })
    .filter(|_| bytes.len() == 100)
}

/// Fails if something else than an ordinary file has the name of one that SQLite would open: it would wait at a pipe.
fn check_ordinary(beside: &Path) -> io::Result<()> {
    match fs::symlink_metadata(beside) {
        Ok(found) if found.is_file() => Ok(()),
        Ok(_) => Err(io::Error::new(io::ErrorKind::InvalidData, "it is not an ordinary file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn holds_something(log: &Path) -> io::Result<bool> {
    match fs::metadata(log) {
        Ok(found) => Ok(found.len() > 0),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
