//! A journal in memory, without a thread and without a file: the same tables, changes and readings.
//!
//! Only with the feature `in-memory`, for simulations. Nothing of it survives, and it has no owner.

use std::path::PathBuf;

use rusqlite::Connection;

use crate::apply::apply_all;
use crate::change::Write;
use crate::error::{JournalError, explain, explain_sql};
use crate::migrations;
use crate::reader::Reader;

/// A journal in memory.
#[derive(Debug)]
pub struct InMemory {
    /// Reads and writes through the same connection.
    reader: Reader,
}

impl InMemory {
    /// Creates an empty journal.
    ///
    /// # Errors
    /// [`JournalError::Unusable`] if SQLite cannot create it.
    pub fn new() -> Result<Self, JournalError> {
        let file = PathBuf::from(":memory:");
        let made = Connection::open_in_memory().and_then(|conn| {
            conn.set_prepared_statement_cache_capacity(128);
            migrations::migrate(&conn, 0)?;
            Ok(conn)
        });
        let conn = made.map_err(|error| explain_sql(&file, &error))?;
        Ok(Self { reader: Reader::over(file, conn) })
    }

    /// Writes all of it or nothing.
    ///
    /// # Errors
    /// [`JournalError::Internal`] for a change that cannot be right.
    pub fn write(&self, writes: &[Write]) -> Result<(), JournalError> {
        let (conn, file) = (self.reader.connection(), self.reader.file());
        let explained = |error: rusqlite::Error| explain_sql(file, &error);
        conn.execute_batch("BEGIN").map_err(explained)?;
        let applied = apply_all(conn, writes).map_err(|fault| explain(file, fault));
        conn.execute_batch(if applied.is_ok() { "COMMIT" } else { "ROLLBACK" }).map_err(explained)?;
        applied
    }

    /// Returns what reads it.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.reader
    }
}
