//! Items: one, a page, or all of them as a stream.

use std::ops::ControlFlow;

use rusqlite::{OptionalExtension as _, Row, params};
use waybill_model::{
    ETag, FileId, FileKey, Identity, ItemId, ObjectKey, PartNumber, PartPlan, RelPath, Timestamp, TransferId, UploadId,
};

use super::Reader;
use crate::error::JournalError;
use crate::file;
use crate::rows::{ItemFilter, ItemRow, PartRow, SendRow, StateKind, UploadRow};
use crate::stored::{self, amount, crcs_from_bytes, damaged, fold_hash, plan_from_columns, state_from_columns};

/// The first format that has the keys which the store named.
const STORED_KEY_SINCE: u32 = 5;

/// The first format that has dates of any year.
const ANY_DATE_SINCE: u32 = 6;

/// The columns of an [`ItemRow`], in the order in which [`item_row`] reads them; the last ones are `stored_key` and
/// `modified_seconds`.
const COLUMNS: &str = "i.item, i.path, i.size, i.modified_ns, i.volume, i.file, i.state, i.why, i.sha256, i.part_size, \
                       i.file_id, i.acknowledged_at, i.etag, i.upload_id, i.abort_at, i.put_attempted, \
                       i.completion_attempted";

impl Reader {
    /// Returns the next items to be hashed, after this one, in order.
    ///
    /// # Errors
    /// See [`Reader`].
    pub fn to_hash(&self, id: TransferId, after: Option<ItemId>, limit: u32) -> Result<Vec<ItemRow>, JournalError> {
        self.items(id, StateKind::Found.into(), after, limit)
    }

    /// Returns the next items to be sent, after this one, in order, with what was already done for them.
    ///
    /// # Errors
    /// See [`Reader`].
    pub fn to_send(&self, id: TransferId, after: Option<ItemId>, limit: u32) -> Result<Vec<SendRow>, JournalError> {
        let key = self.key(id)?;
        // An item and its parts must be read from one state of the journal.
        let snapshot = self.told(self.conn.unchecked_transaction())?;
        let rows = {
            let mut statement = self.prepare(
                "SELECT item, size, part_size, put_attempted, completion_attempted, upload_id IS NOT NULL, abort_at, \
                 upload_completion_attempted FROM items WHERE transfer = ?1 AND state = 2 AND item > ?2 \
                 ORDER BY item LIMIT ?3",
            )?;
            let rows = self.told(statement.query_map(params![key, after_number(after)?, limit], |row| {
                let upload = row.get::<_, bool>(5)?.then_some(UploadRow {
                    abort_at: row.get::<_, Option<i64>>(6)?.map(Timestamp),
                    acknowledged: Vec::new(),
                    completion_attempted: row.get(7)?,
                });
                Ok(SendRow {
                    item: ItemId(amount(row, "item")?),
                    plan: plan(row)?,
                    put_attempted: row.get(3)?,
                    upload,
                    completion_attempted: row.get(4)?,
                })
            }))?;
            rows.map(|row| self.told(row)).collect::<Result<Vec<_>, _>>()?
        };
        let rows = rows.into_iter().map(|mut row| {
            if let Some(upload) = &mut row.upload {
                upload.acknowledged = self.acknowledged(key, row.item)?.into_iter().map(|(part, _)| part).collect();
            }
            Ok(row)
        });
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        self.told(snapshot.commit())?;
        Ok(rows)
    }

    /// Returns one item.
    ///
    /// # Errors
    /// See [`Reader`].
    pub fn item(&self, id: TransferId, item: ItemId) -> Result<Option<ItemRow>, JournalError> {
        let key = self.key(id)?;
        let mut statement =
            self.prepare(&format!("{} WHERE i.transfer = ?1 AND i.item = ?2", self.select_items("")?))?;
        self.told(statement.query_row(params![key, number(item)?], item_row).optional())
    }

    /// Returns the item with exactly this path. Quick once the walk is over; before that it scans all items.
    ///
    /// # Errors
    /// See [`Reader`].
    pub fn item_by_path(&self, id: TransferId, path: &RelPath) -> Result<Option<ItemRow>, JournalError> {
        let key = self.key(id)?;
        let mut indexed = self.prepare("SELECT names_indexed FROM transfers WHERE key = ?1")?;
        let indexed: bool = self.told(indexed.query_row([key], |row| row.get(0)))?;
        let found = if indexed {
            let mut statement = self.prepare(&format!(
                "{} JOIN names n ON i.transfer = n.transfer AND i.item = n.item \
                 WHERE n.transfer = ?1 AND n.fold_hash = ?2 AND i.path = ?3",
                self.select_items("")?
            ))?;
            statement.query_row(params![key, fold_hash(path), path.as_str()], item_row).optional()
        } else {
            let mut statement =
                self.prepare(&format!("{} WHERE i.transfer = ?1 AND i.path = ?2", self.select_items("")?))?;
            statement.query_row(params![key, path.as_str()], item_row).optional()
        };
        self.told(found)
    }

    /// Returns all parts of an item, in order; none before it is hashed. Entity tags are kept until the item is
    /// acknowledged.
    ///
    /// # Errors
    /// See [`Reader`]; [`JournalError::Internal`] if there is no such item.
    pub fn parts(&self, id: TransferId, item: ItemId) -> Result<Vec<PartRow>, JournalError> {
        let key = self.key(id)?;
        let snapshot = self.told(self.conn.unchecked_transaction())?;
        let mut statement = self.prepare("SELECT crcs FROM items WHERE transfer = ?1 AND item = ?2")?;
        let crcs: Option<Option<Vec<u8>>> =
            self.told(statement.query_row(params![key, number(item)?], |row| row.get(0)).optional())?;
        let crcs = crcs.ok_or_else(|| JournalError::Internal(format!("transfer {id} has no item {item}")))?;
        let crcs = self.told(crcs_from_bytes(&crcs.unwrap_or_default()))?;
        let mut tags = self.acknowledged(key, item)?.into_iter().peekable();
        self.told(snapshot.commit())?;
        let parts = (1..=PartNumber::MAX).filter_map(PartNumber::new).zip(crcs);
        Ok(parts
            .map(|(part, crc)| {
                let etag = tags.next_if(|(acknowledged, _)| *acknowledged == part).map(|(_, etag)| etag);
                PartRow { part, crc, etag }
            })
            .collect())
    }

    /// Returns a page of the items in some states, after this one, in order.
    ///
    /// # Errors
    /// See [`Reader`].
    pub fn items(
        &self,
        id: TransferId,
        filter: ItemFilter,
        after: Option<ItemId>,
        limit: u32,
    ) -> Result<Vec<ItemRow>, JournalError> {
        let key = self.key(id)?;
        let mut statement = self.prepare(&format!("{} LIMIT ?3", self.select(filter)?))?;
        let rows = self.told(statement.query_map(params![key, after_number(after)?, limit], item_row))?;
        rows.map(|row| self.told(row)).collect()
    }

    /// Passes on every item in some states, in order, until `sink` breaks off. One row at a time, so memory does not
    /// grow.
    ///
    /// # Errors
    /// See [`Reader`].
    pub fn each_item(
        &self,
        id: TransferId,
        filter: ItemFilter,
        sink: &mut dyn FnMut(ItemRow) -> ControlFlow<()>,
    ) -> Result<(), JournalError> {
        let key = self.key(id)?;
        let mut statement = self.prepare(&self.select(filter)?)?;
        let mut rows = self.told(statement.query(params![key, after_number(None)?]))?;
        while let Some(row) = self.told(rows.next())? {
            if sink(self.told(item_row(row))?).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Returns the acknowledged parts of an item, in ascending order.
    fn acknowledged(&self, key: i64, item: ItemId) -> Result<Vec<(PartNumber, ETag)>, JournalError> {
        let mut statement =
            self.prepare("SELECT part, etag FROM parts WHERE transfer = ?1 AND item = ?2 ORDER BY part")?;
        let rows = self.told(statement.query_map(params![key, number(item)?], |row| {
            let part = PartNumber::new(row.get(0)?).ok_or_else(|| damaged("a part has an impossible number"))?;
            Ok((part, ETag(row.get(1)?)))
        }))?;
        rows.map(|row| self.told(row)).collect()
    }

    /// Selects the items of the transfer `?1` after `?2`, in order. A single state is found by its index; several are
    /// filtered from the items in order: the plus sign keeps SQLite from using the index and sorting.
    fn select(&self, filter: ItemFilter) -> Result<String, JournalError> {
        let numbers: Vec<String> = filter.kinds().map(|kind| stored::kind_number(kind).to_string()).collect();
        let condition = match numbers.as_slice() {
            [one] => format!("i.state = {one}"),
            several => format!("+i.state IN ({})", several.join(", ")),
        };
        let select = self.select_items("")?;
        Ok(format!("{select} WHERE i.transfer = ?1 AND {condition} AND i.item > ?2 ORDER BY i.item"))
    }

    /// Starts a query for [`item_row`], in which the table of items is `i`. `index` may tell SQLite which index to use.
    pub(super) fn select_items(&self, index: &str) -> Result<String, JournalError> {
        let version = self.told(file::version(&self.conn))?;
        let key = if version >= STORED_KEY_SINCE { "i.stored_key" } else { "NULL" };
        let seconds = if version >= ANY_DATE_SINCE { "i.modified_seconds" } else { "NULL" };
        Ok(format!("SELECT {COLUMNS}, {key}, {seconds} FROM items i {index}"))
    }
}

pub(super) fn number(item: ItemId) -> Result<i64, JournalError> {
    i64::try_from(item.0).map_err(|_| JournalError::Internal(format!("{item} is no number of an item")))
}

fn after_number(after: Option<ItemId>) -> Result<i64, JournalError> {
    after.map_or(Ok(-1), number)
}

pub(super) fn item_row(row: &Row<'_>) -> rusqlite::Result<ItemRow> {
    let file_key = match (row.get::<_, Option<i64>>(4)?, row.get::<_, Option<i64>>(5)?) {
        (Some(volume), Some(file)) => Some(FileKey { volume: volume.cast_unsigned(), file: file.cast_unsigned() }),
        (_, None) | (None, _) => None,
    };
    let sha256 = row.get_ref(8)?.as_blob_or_null()?.map(stored::digest).transpose()?;
    Ok(ItemRow {
        item: ItemId(amount(row, "item")?),
        path: stored::path(row, "path")?,
        identity: Identity {
            size: amount(row, "size")?,
            modified_ns: stored::modified_from_columns(row.get(3)?, row.get(18)?),
            file_key,
        },
        state: state_from_columns(row.get(6)?, row.get_ref(7)?.as_str_or_null()?)?,
        plan: sha256.map(|_| plan(row)).transpose()?,
        sha256,
        file_id: row.get_ref(10)?.as_blob_or_null()?.map(stored::uuid).transpose()?.map(FileId),
        acknowledged_at: row.get::<_, Option<i64>>(11)?.map(Timestamp),
        etag: row.get::<_, Option<String>>(12)?.map(ETag),
        upload_id: row.get::<_, Option<String>>(13)?.map(UploadId),
        abort_at: row.get::<_, Option<i64>>(14)?.map(Timestamp),
        put_attempted: row.get(15)?,
        completion_attempted: row.get(16)?,
        stored_key: row.get::<_, Option<String>>(17)?.map(ObjectKey),
    })
}

/// Returns the part plan from the columns `size` and `part_size` of a hashed item.
fn plan(row: &Row<'_>) -> rusqlite::Result<PartPlan> {
    let part_size = row.get::<_, Option<i64>>("part_size")?.map(|_| amount(row, "part_size")).transpose()?;
    plan_from_columns(amount(row, "size")?, part_size).ok_or_else(|| damaged("an item's parts do not add up"))
}
