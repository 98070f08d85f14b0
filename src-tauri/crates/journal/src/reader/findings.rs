//! Findings of the check.

use rusqlite::{Row, params};
use waybill_model::{Code, Finding, FindingKind, TransferId};

use super::Reader;
use crate::error::JournalError;
use crate::stored::{amount, damaged};

impl Reader {
    /// Returns a page of the findings of one kind or of all, each with its row number (from 1, ascending), after this
    /// one.
    ///
    /// # Errors
    /// See [`Reader`].
    pub fn findings(
        &self,
        id: TransferId,
        kind: Option<FindingKind>,
        after_row: Option<u64>,
        limit: u32,
    ) -> Result<Vec<(u64, Finding)>, JournalError> {
        let key = self.key(id)?;
        let after = i64::try_from(after_row.unwrap_or(0)).unwrap_or(i64::MAX);
        let columns = "number, kind, path, raw_name, is_folder, size, detail";
        let rows = if let Some(kind) = kind {
            let mut statement = self.prepare(&format!(
                "SELECT {columns} FROM findings WHERE transfer = ?1 AND kind = ?4 AND number > ?2 ORDER BY number LIMIT ?3"
            ))?;
            let rows = statement.query_map(params![key, after, limit, kind.code().as_str()], numbered_finding);
            rows.and_then(Iterator::collect)
        } else {
            let mut statement = self.prepare(&format!(
                "SELECT {columns} FROM findings WHERE transfer = ?1 AND number > ?2 ORDER BY number LIMIT ?3"
            ))?;
            let rows = statement.query_map(params![key, after, limit], numbered_finding);
            rows.and_then(Iterator::collect)
        };
        self.told(rows)
    }

    /// Returns how many findings there are of each kind, and the bytes of the files they are about, in the order in
    /// which kinds are shown. Kinds without findings are left out.
    ///
    /// # Errors
    /// See [`Reader`].
    pub fn finding_counts(&self, id: TransferId) -> Result<Vec<(FindingKind, u64, u64)>, JournalError> {
        let key = self.key(id)?;
        let mut statement = self.prepare("SELECT kind, findings, bytes FROM finding_counts WHERE transfer = ?1")?;
        let rows = statement.query_map([key], |row| {
            Ok((kind(row.get_ref("kind")?.as_str()?)?, amount(row, "findings")?, amount(row, "bytes")?))
        });
        let mut counts: Vec<_> = self.told(rows.and_then(Iterator::collect))?;
        counts.sort_unstable();
        Ok(counts)
    }
}

fn numbered_finding(row: &Row<'_>) -> rusqlite::Result<(u64, Finding)> {
    let finding = Finding {
        kind: kind(row.get_ref("kind")?.as_str()?)?,
        path: row.get("path")?,
        raw_name: row.get("raw_name")?,
        is_folder: row.get("is_folder")?,
        size: row.get::<_, Option<i64>>("size")?.map(|_| amount(row, "size")).transpose()?,
        detail: row.get("detail")?,
    };
    Ok((amount(row, "number")?, finding))
}

fn kind(word: &str) -> rusqlite::Result<FindingKind> {
    let code = Code::ALL.iter().copied().find(|code| code.as_str() == word);
    code.and_then(FindingKind::from_code).ok_or_else(|| damaged(format!("'{word}' is no kind of finding")))
}
