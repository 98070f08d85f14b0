//! Reading, through a connection that cannot write.

mod checks;
mod findings;
mod folders;
mod items;
mod matching;
mod names;
mod pages;
mod transfers;

pub use matching::Matching;

use std::path::{Path, PathBuf};

use rusqlite::{CachedStatement, Connection, OptionalExtension as _};
use waybill_model::TransferId;

use crate::error::{JournalError, explain_io, explain_read};
use crate::file;

/// Reads the journal. Calls block on the disk; each sees the journal as it was when the call started.
///
/// For an unknown transfer every call except [`transfer`](Reader::transfer) fails with [`JournalError::Internal`].
/// Every call may fail with [`JournalError::Corrupt`] if damage is found, and [`JournalError::Unusable`] if the disk
/// fails.
#[derive(Debug)]
pub struct Reader {
    file: PathBuf,
    conn: Connection,
}

impl Reader {
    /// Opens the journal of a data folder; `None` if it does not exist yet. Works while another process owns it.
    ///
    /// # Errors
    /// [`JournalError::Corrupt`] and [`JournalError::Newer`], with the file unchanged; [`JournalError::Unusable`]. A
    /// journal of an older format is read as it is.
    pub fn open(dir: &Path) -> Result<Option<Self>, JournalError> {
        let dir = std::path::absolute(dir).map_err(|error| explain_io(dir, dir, &error))?;
        let conn = file::open_for_reading(&dir)?;
        Ok(conn.map(|conn| Self { file: file::path_in(&dir), conn }))
    }

    /// Returns a reader that uses a connection that writes, too.
    #[cfg(feature = "in-memory")]
    pub(crate) fn over(file: PathBuf, conn: Connection) -> Self {
        Self { file, conn }
    }

    #[cfg(feature = "in-memory")]
    pub(crate) fn connection(&self) -> &Connection {
        &self.conn
    }

    #[cfg(feature = "in-memory")]
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    fn explain(&self, error: &rusqlite::Error) -> JournalError {
        explain_read(&self.file, error)
    }

    fn prepare(&self, sql: &str) -> Result<CachedStatement<'_>, JournalError> {
        self.conn.prepare_cached(sql).map_err(|error| self.explain(&error))
    }

    /// Maps the errors of `read` to the journal's own.
    fn told<T>(&self, read: rusqlite::Result<T>) -> Result<T, JournalError> {
        read.map_err(|error| self.explain(&error))
    }

    fn key(&self, id: TransferId) -> Result<i64, JournalError> {
        let mut statement = self.prepare("SELECT key FROM transfers WHERE id = ?1")?;
        let key = self.told(statement.query_row([id.0.as_bytes().as_slice()], |row| row.get(0)).optional())?;
        key.ok_or_else(|| JournalError::Internal(format!("the journal has no transfer {id}")))
    }
}
