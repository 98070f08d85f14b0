//! What the service's checks found, file by file. A journal of an older format has none of it.

use std::ops::ControlFlow;

use rusqlite::{OptionalExtension as _, Row, params};
use waybill_model::{FileId, RelPath, Timestamp, TransferId};

use super::Reader;
use crate::change::FailedCheck;
use crate::error::JournalError;
use crate::{file, stored};

/// The first format that has it.
const SINCE: u32 = 3;

impl Reader {
    /// Returns when the findings of the service's checks were read completely; `None` if they were not.
    ///
    /// # Errors
    /// See [`Reader`].
    pub fn check_failures_read(&self, id: TransferId) -> Result<Option<Timestamp>, JournalError> {
        let key = self.key(id)?;
        if !self.has_checks()? {
            return Ok(None);
        }
        let mut statement = self.prepare("SELECT at FROM check_readings WHERE transfer = ?1")?;
        self.told(statement.query_row([key], |row| row.get(0).map(Timestamp)).optional())
    }

    /// Returns in how many files the service's checks found something.
    ///
    /// # Errors
    /// See [`Reader`].
    pub fn files_with_check_failures(&self, id: TransferId) -> Result<u64, JournalError> {
        let key = self.key(id)?;
        if !self.has_checks()? {
            return Ok(0);
        }
        let mut statement =
            self.prepare("SELECT COUNT(DISTINCT file_id) AS files FROM check_failures WHERE transfer = ?1")?;
        self.told(statement.query_row([key], |row| stored::amount(row, "files")))
    }

    /// Passes on everything that the service's checks found, in item order; findings about unknown files come last.
    ///
    /// # Errors
    /// See [`Reader`].
    pub fn each_check_failure(
        &self,
        id: TransferId,
        sink: &mut dyn FnMut(Option<RelPath>, FailedCheck) -> ControlFlow<()>,
    ) -> Result<(), JournalError> {
        let key = self.key(id)?;
        if !self.has_checks()? {
            return Ok(());
        }
        let mut statement = self.prepare(
            "SELECT i.path AS path, f.file_id AS file_id, f.check_name AS check_name, f.result AS result \
             FROM check_failures f LEFT JOIN items i ON i.transfer = f.transfer AND i.file_id = f.file_id \
             WHERE f.transfer = ?1 ORDER BY i.item IS NULL, i.item, f.file_id, f.check_name, f.result",
        )?;
        let mut rows = self.told(statement.query([key]))?;
        while let Some(row) = self.told(rows.next())? {
            let (path, failed) = self.told(path_and_failure(row))?;
            if sink(path, failed).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Returns what the service's checks found in one file.
    ///
    /// # Errors
    /// See [`Reader`].
    pub fn check_failures_of(&self, id: TransferId, file: FileId) -> Result<Vec<FailedCheck>, JournalError> {
        let key = self.key(id)?;
        if !self.has_checks()? {
            return Ok(Vec::new());
        }
        let mut statement = self.prepare(
            "SELECT file_id, check_name, result FROM check_failures WHERE transfer = ?1 AND file_id = ?2 \
             ORDER BY check_name, result",
        )?;
        let rows = statement.query_map(params![key, file.0.as_bytes().as_slice()], failure);
        self.told(rows.and_then(Iterator::collect))
    }

    fn has_checks(&self) -> Result<bool, JournalError> {
        Ok(self.told(file::version(&self.conn))? >= SINCE)
    }
}

fn path_and_failure(row: &Row<'_>) -> rusqlite::Result<(Option<RelPath>, FailedCheck)> {
    let known = row.get_ref("path")?.as_str_or_null()?.is_some();
    Ok((known.then(|| stored::path(row, "path")).transpose()?, failure(row)?))
}

fn failure(row: &Row<'_>) -> rusqlite::Result<FailedCheck> {
    Ok(FailedCheck {
        file: FileId(stored::uuid(row.get_ref("file_id")?.as_blob()?)?),
        check: row.get("check_name")?,
        result: row.get("result")?,
    })
}
