//! Changes that come of sending: intents and acknowledgements.

use rusqlite::params;
use waybill_model::{Acknowledgement, ETag, ItemId, ItemState, PartNumber, PartPlan, Timestamp, UploadId};

use super::items::{Before, before, change_state};
use super::{Open, refuse};
use crate::error::Fault;
use crate::rows::StateKind;

pub(super) fn put_attempted(open: &Open<'_>, item: ItemId) -> Result<(), Fault> {
    let before = before(open, item)?;
    if before.kind != StateKind::Ready {
        return Err(refuse(format!("item {item} is not ready: it cannot be sent")));
    }
    mark(open, &before, "put_attempted = 1")
}

pub(super) fn begun(
    open: &mut Open<'_>,
    item: ItemId,
    upload_id: &UploadId,
    abort_at: Option<Timestamp>,
) -> Result<(), Fault> {
    let before = underway(open, item)?;
    if !matches!(before.plan, Some(PartPlan::Multipart { .. })) {
        return Err(refuse(format!("item {item} is not sent in parts")));
    }
    drop_parts(open, &before)?;
    let mut statement = open.conn.prepare_cached(
        "UPDATE items SET upload_id = ?3, abort_at = ?4, upload_completion_attempted = 0 \
         WHERE transfer = ?1 AND item = ?2",
    )?;
    statement.execute(params![open.key, before.item, upload_id.as_str(), abort_at.map(|at| at.0)])?;
    Ok(())
}

pub(super) fn part_acknowledged(open: &mut Open<'_>, item: ItemId, part: PartNumber, etag: &ETag) -> Result<(), Fault> {
    let before = underway(open, item)?;
    if !before.upload {
        return Err(refuse(format!("item {item} has no upload: part {part} belongs nowhere")));
    }
    let Some(range) = before.plan.and_then(|plan| plan.range(part)) else {
        return Err(refuse(format!("item {item} has no part {part}")));
    };
    let mut known = open.conn.prepare_cached("SELECT 1 FROM parts WHERE transfer = ?1 AND item = ?2 AND part = ?3")?;
    let again = known.exists(params![open.key, before.item, part.get()])?;
    let mut statement = open.conn.prepare_cached("INSERT OR REPLACE INTO parts VALUES (?1, ?2, ?3, ?4)")?;
    statement.execute(params![open.key, before.item, part.get(), etag.as_str()])?;
    if !again && before.kind == StateKind::Ready {
        open.totals.part_bytes += range.len;
    }
    Ok(())
}

pub(super) fn completion_attempted(open: &Open<'_>, item: ItemId) -> Result<(), Fault> {
    let before = underway(open, item)?;
    let parts = before.plan.map_or(0, PartPlan::count);
    let (acknowledged, _) = acknowledged_parts(open, &before)?;
    if !before.upload || acknowledged != parts {
        return Err(refuse(format!("item {item} has {acknowledged} of {parts} parts: it cannot be completed")));
    }
    mark(open, &before, "completion_attempted = 1, upload_completion_attempted = 1")
}

pub(super) fn abandoned(open: &mut Open<'_>, item: ItemId) -> Result<(), Fault> {
    let before = underway(open, item)?;
    drop_parts(open, &before)?;
    mark(open, &before, "upload_id = NULL, abort_at = NULL, upload_completion_attempted = 0")
}

pub(super) fn parts_forgotten(open: &mut Open<'_>, item: ItemId) -> Result<(), Fault> {
    let before = underway(open, item)?;
    drop_parts(open, &before)?;
    // Parts that were wrong cannot have been completed: the mark of this upload would say otherwise.
    mark(open, &before, "upload_completion_attempted = 0")
}

pub(super) fn acknowledged(
    open: &mut Open<'_>,
    item: ItemId,
    how: Acknowledgement,
    etag: Option<&ETag>,
    at: Timestamp,
) -> Result<(), Fault> {
    let before = before(open, item)?;
    match before.kind {
        StateKind::Ready | StateKind::SetAside => {}
        StateKind::Sent => return Ok(()),
        StateKind::Found | StateKind::LeftOut => {
            return Err(refuse(format!("item {item} was never to be sent: it cannot be acknowledged")));
        }
    }
    if before.sha256.is_none() {
        return Err(refuse(format!("item {item} was never hashed: it cannot be acknowledged")));
    }
    change_state(open, &before, ItemState::Sent(how))?;
    delete_parts(open, &before)?;
    let mut statement = open
        .conn
        .prepare_cached("UPDATE items SET etag = ?3, acknowledged_at = ?4 WHERE transfer = ?1 AND item = ?2")?;
    statement.execute(params![open.key, before.item, etag.map(ETag::as_str), at.0])?;
    Ok(())
}

/// The item, where something of it may be on its way: ready, or set aside while a reply was due.
fn underway(open: &Open<'_>, item: ItemId) -> Result<Before, Fault> {
    let before = before(open, item)?;
    match before.kind {
        StateKind::Ready | StateKind::SetAside => Ok(before),
        StateKind::Found | StateKind::LeftOut | StateKind::Sent => {
            Err(refuse(format!("item {item} is not being sent")))
        }
    }
}

/// Bytes of the item's acknowledged parts.
pub(super) fn part_bytes(open: &Open<'_>, before: &Before) -> Result<u64, Fault> {
    acknowledged_parts(open, before).map(|(_, bytes)| bytes)
}

/// How many parts are acknowledged, and their bytes.
fn acknowledged_parts(open: &Open<'_>, before: &Before) -> Result<(u16, u64), Fault> {
    let Some(plan) = before.plan.filter(|_| before.upload) else { return Ok((0, 0)) };
    let mut statement = open
        .conn
        .prepare_cached("SELECT count(*), coalesce(max(part), 0) FROM parts WHERE transfer = ?1 AND item = ?2")?;
    let (count, greatest): (u16, u16) =
        statement.query_row([open.key, before.item], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let length = |number: u16| PartNumber::new(number).and_then(|part| plan.range(part)).map_or(0, |range| range.len);
    // All parts are of one size but the last.
    let full = u64::from(count) * length(1);
    let short = if greatest == plan.count() { length(1) - length(greatest) } else { 0 };
    Ok((count, full - short))
}

/// Forgets the acknowledged parts and counts them out.
fn drop_parts(open: &mut Open<'_>, before: &Before) -> Result<(), Fault> {
    let part_bytes = part_bytes(open, before)?;
    open.totals.leave(before.share(part_bytes))?;
    delete_parts(open, before)?;
    open.totals.enter(before.share(0));
    Ok(())
}

/// Forgets the upload and its parts; the caller counts.
pub(super) fn forget_upload(open: &Open<'_>, before: &Before) -> Result<(), Fault> {
    if before.upload {
        delete_parts(open, before)?;
        mark(open, before, "upload_id = NULL, abort_at = NULL, upload_completion_attempted = 0")?;
    }
    Ok(())
}

fn delete_parts(open: &Open<'_>, before: &Before) -> Result<(), Fault> {
    if before.upload {
        let mut statement = open.conn.prepare_cached("DELETE FROM parts WHERE transfer = ?1 AND item = ?2")?;
        statement.execute([open.key, before.item])?;
    }
    Ok(())
}

/// Sets columns; `columns` is one of ours, never from outside.
fn mark(open: &Open<'_>, before: &Before, columns: &'static str) -> Result<(), Fault> {
    let mut statement =
        open.conn.prepare_cached(&format!("UPDATE items SET {columns} WHERE transfer = ?1 AND item = ?2"))?;
    statement.execute([open.key, before.item])?;
    Ok(())
}
