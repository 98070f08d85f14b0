//! Changes made by sending: intents and acknowledgements.

use rusqlite::params;
use waybill_model::{Acknowledgement, ETag, ItemId, ItemState, ObjectKey, PartNumber, PartPlan, Timestamp, UploadId};

use super::stored_item::{Before, acknowledged_parts, before, change_state, delete_parts, mark, part_bytes};
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

pub(super) fn upload_started(
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
    // Wrong parts cannot have been completed: the mark of this upload would say otherwise.
    mark(open, &before, "upload_completion_attempted = 0")
}

pub(super) fn acknowledged(
    open: &mut Open<'_>,
    item: ItemId,
    how: Acknowledgement,
    etag: Option<&ETag>,
    key: Option<&ObjectKey>,
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
    let mut statement = open.conn.prepare_cached(
        "UPDATE items SET etag = ?3, stored_key = ?4, acknowledged_at = ?5 WHERE transfer = ?1 AND item = ?2",
    )?;
    statement.execute(params![open.key, before.item, etag.map(ETag::as_str), key.map(ObjectKey::as_str), at.0])?;
    Ok(())
}

/// Returns the item if a request of it may be in flight: ready, or set aside while a reply was due.
fn underway(open: &Open<'_>, item: ItemId) -> Result<Before, Fault> {
    let before = before(open, item)?;
    match before.kind {
        StateKind::Ready | StateKind::SetAside => Ok(before),
        StateKind::Found | StateKind::LeftOut | StateKind::Sent => {
            Err(refuse(format!("item {item} is not being sent")))
        }
    }
}

/// Deletes the acknowledged parts and removes them from the counts.
fn drop_parts(open: &mut Open<'_>, before: &Before) -> Result<(), Fault> {
    let part_bytes = part_bytes(open, before)?;
    open.totals.leave(before.share(part_bytes))?;
    delete_parts(open, before)?;
    open.totals.enter(before.share(0));
    Ok(())
}
