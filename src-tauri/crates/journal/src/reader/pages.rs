//! Pages of long lists by position, for a list that a person scrolls: the millionth row must come as quickly as the
//! first.

use rusqlite::{OptionalExtension as _, params};
use waybill_model::{Finding, FindingKind, ItemId, TransferId};

use super::Reader;
use super::items::{item_row, number};
use crate::error::JournalError;
use crate::file;
use crate::rows::{ItemFilter, ItemRow, StateKind, Totals};
use crate::stored;

/// As in the index, or SQLite would not use it.
const IS_STARTED: &str = "i.state = 2 AND (i.put_attempted = 1 OR i.upload_id IS NOT NULL)";

impl Reader {
    /// Returns the items in some states from the `offset`th on, in order.
    ///
    /// Counts along an index, not along the items: some milliseconds for each hundred thousand in one state.
    ///
    /// # Errors
    /// See [`Reader`].
    pub fn items_from(
        &self,
        id: TransferId,
        filter: ItemFilter,
        offset: u64,
        limit: u32,
    ) -> Result<Vec<ItemRow>, JournalError> {
        // States without items do not matter, and a single state is found by its index.
        let totals = self.totals(id)?;
        let kinds: Vec<StateKind> = filter.kinds().filter(|&kind| totals.of(kind).items > 0).collect();
        if kinds.is_empty() {
            return Ok(Vec::new());
        }
        let filter = ItemFilter::of(&kinds);
        let Some(before) = self.item_before(id, &totals, &kinds, offset)? else { return Ok(Vec::new()) };
        self.items(id, filter, before, limit)
    }

    /// Returns the items being sent from the `offset`th on, in order: those for which a request was about to be made,
    /// and that are not acknowledged. While nothing is sent, they are those that were started.
    ///
    /// # Errors
    /// See [`Reader`].
    pub fn started_from(&self, id: TransferId, offset: u64, limit: u32) -> Result<Vec<ItemRow>, JournalError> {
        let key = self.key(id)?;
        let skipped = i64::try_from(offset).unwrap_or(i64::MAX);
        let index = self.index_of_started()?;
        let mut statement = self.prepare(&format!(
            "{} WHERE i.transfer = ?1 AND {IS_STARTED} ORDER BY i.item LIMIT ?3 OFFSET ?2",
            self.select_items(index)?
        ))?;
        let rows = self.told(statement.query_map(params![key, skipped, limit], item_row))?;
        rows.map(|row| self.told(row)).collect()
    }

    /// Returns how many items are being sent: see [`Reader::started_from`].
    ///
    /// # Errors
    /// See [`Reader`].
    pub fn started_count(&self, id: TransferId) -> Result<u64, JournalError> {
        let key = self.key(id)?;
        let index = self.index_of_started()?;
        let mut statement = self.prepare(&format!(
            "SELECT count(*) AS started FROM items i {index} WHERE i.transfer = ?1 AND {IS_STARTED}"
        ))?;
        self.told(statement.query_row([key], |row| stored::amount(row, "started")))
    }

    /// Returns the index that finds items being sent: format 2 has one, and the migration may happen while this reader
    /// is open.
    fn index_of_started(&self) -> Result<&'static str, JournalError> {
        let version = self.told(file::version(&self.conn))?;
        Ok(if version >= 2 { "INDEXED BY items_begun" } else { "" })
    }

    /// Returns the findings of one kind or of all from the `offset`th on, in order.
    ///
    /// # Errors
    /// See [`Reader`].
    pub fn findings_from(
        &self,
        id: TransferId,
        kind: Option<FindingKind>,
        offset: u64,
        limit: u32,
    ) -> Result<Vec<(u64, Finding)>, JournalError> {
        let key = self.key(id)?;
        let skipped = i64::try_from(offset).unwrap_or(i64::MAX);
        let first: Option<i64> = if let Some(kind) = kind {
            let mut statement = self.prepare(
                "SELECT number FROM findings INDEXED BY findings_by_kind WHERE transfer = ?1 AND kind = ?2 \
                 ORDER BY number LIMIT 1 OFFSET ?3",
            )?;
            let params = params![key, kind.code().as_str(), skipped];
            self.told(statement.query_row(params, |row| row.get(0)).optional())?
        } else {
            let mut statement =
                self.prepare("SELECT number FROM findings WHERE transfer = ?1 ORDER BY number LIMIT 1 OFFSET ?2")?;
            self.told(statement.query_row(params![key, skipped], |row| row.get(0)).optional())?
        };
        let Some(first) = first else { return Ok(Vec::new()) };
        // Numbers start at 1.
        let before = u64::try_from(first.saturating_sub(1)).unwrap_or(0);
        self.findings(id, kind, Some(before), limit)
    }

    /// Returns the item before a page that starts with the `offset`th item; `None` if there is no such item.
    fn item_before(
        &self,
        id: TransferId,
        totals: &Totals,
        kinds: &[StateKind],
        offset: u64,
    ) -> Result<Option<Option<ItemId>>, JournalError> {
        let Some(last_skipped) = offset.checked_sub(1) else { return Ok(Some(None)) };
        let key = self.key(id)?;
        let of = |kinds: &[StateKind]| -> u64 { kinds.iter().map(|&kind| totals.of(kind).items).sum() };
        let all = of(&StateKind::ALL);
        if of(kinds) == all && self.is_numbered_without_gaps(key, all)? {
            return Ok(Some(Some(ItemId(last_skipped))));
        }
        let numbers: Vec<String> = kinds.iter().map(|&kind| stored::kind_number(kind).to_string()).collect();
        let mut statement = self.prepare(&format!(
            "SELECT item FROM items INDEXED BY items_by_state WHERE transfer = ?1 AND state IN ({}) \
             ORDER BY item LIMIT 1 OFFSET ?2",
            numbers.join(", ")
        ))?;
        let skipped = number(ItemId(last_skipped))?;
        let found = self.told(statement.query_row(params![key, skipped], |row| row.get::<_, i64>(0)).optional())?;
        Ok(found.map(|item| Some(ItemId(u64::try_from(item).unwrap_or(0)))))
    }

    /// The walk numbers items from 0, and none is removed.
    fn is_numbered_without_gaps(&self, key: i64, items: u64) -> Result<bool, JournalError> {
        let mut statement = self.prepare("SELECT (SELECT min(item) FROM items WHERE transfer = ?1), (SELECT max(item) FROM items WHERE transfer = ?1)")?;
        let ends: (Option<i64>, Option<i64>) =
            self.told(statement.query_row([key], |row| Ok((row.get(0)?, row.get(1)?))))?;
        Ok(match ends {
            (Some(0), Some(last)) => u64::try_from(last).is_ok_and(|last| last + 1 == items),
            (Some(_) | None, Some(_) | None) => false,
        })
    }
}
