//! Folders: what the list of files does not show.

use rusqlite::params;
use waybill_model::{RelPath, TransferId};

use super::Reader;
use crate::error::JournalError;
use crate::stored;

impl Reader {
    /// Passes on every folder that the walk found, in byte order.
    ///
    /// # Errors
    /// See [`Reader`].
    pub fn each_folder(&self, id: TransferId, sink: &mut dyn FnMut(RelPath)) -> Result<(), JournalError> {
        let key = self.key(id)?;
        let mut statement = self.prepare("SELECT path FROM folders WHERE transfer = ?1 ORDER BY path")?;
        let mut rows = self.told(statement.query([key]))?;
        while let Some(row) = self.told(rows.next())? {
            sink(self.told(stored::path(row, "path"))?);
        }
        Ok(())
    }

    /// Passes on every folder with no item to be sent in it and no folder below it, in byte order. The folders above
    /// are implied.
    ///
    /// An item counts unless it is left out. Uses a temporary table, so memory does not grow.
    ///
    /// # Errors
    /// See [`Reader`].
    pub fn empty_folders(&self, id: TransferId, sink: &mut dyn FnMut(RelPath)) -> Result<(), JournalError> {
        let key = self.key(id)?;
        let snapshot = self.told(self.conn.unchecked_transaction())?;
        self.told(self.conn.execute_batch(
            "CREATE TEMP TABLE IF NOT EXISTS used (path TEXT PRIMARY KEY) WITHOUT ROWID; DELETE FROM temp.used;",
        ))?;
        self.told(self.mark_used(key))?;
        {
            // The character after '/' is '0': everything between is below the folder.
            let mut statement = self.prepare(
                "SELECT path FROM folders f WHERE transfer = ?1 \
                 AND NOT EXISTS (SELECT 1 FROM temp.used u WHERE u.path = f.path) \
                 AND NOT EXISTS (SELECT 1 FROM folders b WHERE b.transfer = ?1 \
                                 AND b.path > f.path || '/' AND b.path < f.path || '0') \
                 ORDER BY path",
            )?;
            let mut rows = self.told(statement.query([key]))?;
            while let Some(row) = self.told(rows.next())? {
                sink(self.told(stored::path(row, "path"))?);
            }
        }
        // The next call has no use for the temporary table's rows.
        self.told(snapshot.rollback())
    }

    /// Fills `temp.used` with every folder that has an item to be sent in it or below it.
    fn mark_used(&self, key: i64) -> rusqlite::Result<()> {
        let mut items =
            self.conn.prepare_cached("SELECT path FROM items WHERE transfer = ?1 AND +state <> 1 ORDER BY item")?;
        let mut insert = self.conn.prepare_cached("INSERT OR IGNORE INTO temp.used VALUES (?1)")?;
        let mut rows = items.query([key])?;
        // Neighbouring items mostly share their folder.
        let mut last = String::new();
        while let Some(row) = rows.next()? {
            let path = row.get_ref(0)?.as_str()?;
            let Some((folder, _)) = path.rsplit_once('/') else { continue };
            if folder == last {
                continue;
            }
            last.clear();
            last.push_str(folder);
            let mut next = Some(folder);
            while let Some(folder) = next {
                if insert.execute(params![folder])? == 0 {
                    // It is already there, and so is everything above it.
                    break;
                }
                next = folder.rsplit_once('/').map(|(above, _)| above);
            }
        }
        Ok(())
    }
}
