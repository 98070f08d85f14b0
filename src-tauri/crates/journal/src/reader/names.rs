//! Names that differ only in case or in Unicode form.

use waybill_model::{RelPath, TransferId};

use super::Reader;
use crate::error::JournalError;
use crate::stored;

impl Reader {
    /// Passes on pairs of items, not left out, whose paths differ only in case or Unicode form. If there are more than
    /// two such paths, the first (in byte order) is paired with each of the others.
    ///
    /// Finds equal hashes first and then compares the fold keys; memory holds one group of equal hashes.
    ///
    /// # Errors
    /// See [`Reader`].
    pub fn same_names(&self, id: TransferId, sink: &mut dyn FnMut(RelPath, RelPath)) -> Result<(), JournalError> {
        let key = self.key(id)?;
        let snapshot = self.told(self.conn.unchecked_transaction())?;
        self.told(self.conn.execute_batch(
            "CREATE TEMP TABLE IF NOT EXISTS twice (hash INTEGER PRIMARY KEY); DELETE FROM temp.twice;",
        ))?;
        let mut find = self.prepare(
            "INSERT INTO temp.twice SELECT fold_hash FROM items WHERE transfer = ?1 AND +state <> 1 \
             GROUP BY fold_hash HAVING count(*) > 1",
        )?;
        if self.told(find.execute([key]))? > 0 {
            let mut statement = self.prepare(
                "SELECT fold_hash, path FROM items WHERE transfer = ?1 AND +state <> 1 \
                 AND fold_hash IN (SELECT hash FROM temp.twice) ORDER BY fold_hash",
            )?;
            let mut rows = self.told(statement.query([key]))?;
            let mut group = Vec::new();
            let mut current = None;
            while let Some(row) = self.told(rows.next())? {
                let hash: i64 = self.told(row.get(0))?;
                if current != Some(hash) {
                    pair_up(&mut group, sink);
                    current = Some(hash);
                }
                group.push(self.told(stored::path(row, "path"))?);
            }
            pair_up(&mut group, sink);
        }
        drop(find);
        // The next call has no use for the temporary table's rows.
        self.told(snapshot.rollback())
    }
}

/// Turns a group of equal hashes into pairs of equal keys, and empties it.
fn pair_up(group: &mut Vec<RelPath>, sink: &mut dyn FnMut(RelPath, RelPath)) {
    let mut keyed: Vec<(String, RelPath)> = group.drain(..).map(|path| (path.fold_key(), path)).collect();
    keyed.sort_unstable();
    keyed.dedup();
    for same in keyed.chunk_by(|one, other| one.0 == other.0) {
        if let [(_, first), others @ ..] = same {
            others.iter().for_each(|(_, other)| sink(first.clone(), other.clone()));
        }
    }
}
