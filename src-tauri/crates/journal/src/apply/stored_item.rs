//! One item as the journal holds it: read before a change, and the steps that several changes share.

use rusqlite::{OptionalExtension as _, Row, params};
use waybill_model::{FileId, ItemId, ItemState, PartNumber, PartPlan, Sha256Digest};

use super::{Open, refuse};
use crate::error::Fault;
use crate::rows::StateKind;
use crate::stored::{self, amount, damaged, plan_from_columns, state_to_columns};
use crate::tally::Share;

/// An item before a change.
pub(super) struct Before {
    /// Its number, as stored.
    pub(super) item: i64,
    pub(super) kind: StateKind,
    pub(super) size: u64,
    pub(super) sha256: Option<Sha256Digest>,
    pub(super) plan: Option<PartPlan>,
    pub(super) file_id: Option<FileId>,
    /// It has a multipart upload.
    pub(super) upload: bool,
}

impl Before {
    /// Returns what it contributes to the counts with these bytes of acknowledged parts.
    pub(super) fn share(&self, part_bytes: u64) -> Share {
        Share { kind: self.kind, bytes: self.size, part_bytes, matched: self.file_id.is_some() }
    }
}

/// Reads the item.
pub(super) fn before(open: &Open<'_>, item: ItemId) -> Result<Before, Fault> {
    let number = i64::try_from(item.0)?;
    let mut statement = open.conn.prepare_cached(
        "SELECT item, size, state, sha256, part_size, file_id, upload_id IS NOT NULL AS upload \
         FROM items WHERE transfer = ?1 AND item = ?2",
    )?;
    let found = statement.query_row([open.key, number], read).optional()?;
    found.ok_or_else(|| refuse(format!("transfer {} has no item {item}", open.id)))
}

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Before> {
    let state: i64 = row.get("state")?;
    let kind = StateKind::ALL.into_iter().find(|kind| stored::kind_number(*kind) == state);
    let size = amount(row, "size")?;
    let sha256 = row.get_ref("sha256")?.as_blob_or_null()?.map(stored::digest).transpose()?;
    let part_size = row.get::<_, Option<i64>>("part_size")?.map(|_| amount(row, "part_size")).transpose()?;
    let plan = match sha256 {
        Some(_) => Some(plan_from_columns(size, part_size).ok_or_else(|| damaged("an item's parts do not add up"))?),
        None => None,
    };
    let file_id = row.get_ref("file_id")?.as_blob_or_null()?.map(stored::uuid).transpose()?.map(FileId);
    Ok(Before {
        item: row.get("item")?,
        kind: kind.ok_or_else(|| damaged(format!("{state} is no state of an item")))?,
        size,
        sha256,
        plan,
        file_id,
        upload: row.get("upload")?,
    })
}

/// Puts an item into another state and updates the counts.
pub(super) fn change_state(open: &mut Open<'_>, before: &Before, state: ItemState) -> Result<(), Fault> {
    let part_bytes = part_bytes(open, before)?;
    open.totals.leave(before.share(part_bytes))?;
    let (number, why) = state_to_columns(state);
    let mut statement =
        open.conn.prepare_cached("UPDATE items SET state = ?3, why = ?4 WHERE transfer = ?1 AND item = ?2")?;
    statement.execute(params![open.key, before.item, number, why])?;
    open.totals.enter(Share { kind: state.into(), ..before.share(part_bytes) });
    Ok(())
}

/// Returns the bytes of the item's acknowledged parts.
pub(super) fn part_bytes(open: &Open<'_>, before: &Before) -> Result<u64, Fault> {
    acknowledged_parts(open, before).map(|(_, bytes)| bytes)
}

/// Returns how many parts are acknowledged, and their bytes.
pub(super) fn acknowledged_parts(open: &Open<'_>, before: &Before) -> Result<(u16, u64), Fault> {
    let Some(plan) = before.plan.filter(|_| before.upload) else { return Ok((0, 0)) };
    let mut statement = open
        .conn
        .prepare_cached("SELECT count(*), coalesce(max(part), 0) FROM parts WHERE transfer = ?1 AND item = ?2")?;
    let (count, greatest): (u16, u16) =
        statement.query_row([open.key, before.item], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let length = |number: u16| PartNumber::new(number).and_then(|part| plan.range(part)).map_or(0, |range| range.len);
    // All parts but the last have one size.
    let full = u64::from(count) * length(1);
    let short = if greatest == plan.count() { length(1) - length(greatest) } else { 0 };
    Ok((count, full - short))
}

/// Deletes the upload and its parts; the caller updates the counts.
pub(super) fn forget_upload(open: &Open<'_>, before: &Before) -> Result<(), Fault> {
    if before.upload {
        delete_parts(open, before)?;
        mark(open, before, "upload_id = NULL, abort_at = NULL, upload_completion_attempted = 0")?;
    }
    Ok(())
}

pub(super) fn delete_parts(open: &Open<'_>, before: &Before) -> Result<(), Fault> {
    if before.upload {
        let mut statement = open.conn.prepare_cached("DELETE FROM parts WHERE transfer = ?1 AND item = ?2")?;
        statement.execute([open.key, before.item])?;
    }
    Ok(())
}

/// Sets columns; `columns` is always one of ours, never from outside.
pub(super) fn mark(open: &Open<'_>, before: &Before, columns: &'static str) -> Result<(), Fault> {
    let mut statement =
        open.conn.prepare_cached(&format!("UPDATE items SET {columns} WHERE transfer = ?1 AND item = ?2"))?;
    statement.execute([open.key, before.item])?;
    Ok(())
}
