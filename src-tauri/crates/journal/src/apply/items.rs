//! Changes to the state of an item, except those of sending.

use rusqlite::params;
use waybill_model::{Code, FileId, ItemId, ItemState};

use super::stored_item::{Before, before, change_state, forget_upload, part_bytes, read};
use super::{Open, refuse};
use crate::change::HashedItem;
use crate::error::Fault;
use crate::rows::StateKind;
use crate::stored::{self, IdentityColumns, crcs_to_bytes};
use crate::tally::Share;

/// How many items go back into the queue with each page.
const PAGE: u32 = 1_000;

pub(super) fn leave_out(open: &mut Open<'_>, item: ItemId, code: Code) -> Result<(), Fault> {
    let before = before(open, item)?;
    match before.kind {
        StateKind::Found | StateKind::LeftOut | StateKind::Ready | StateKind::SetAside => {}
        StateKind::Sent => return Err(refuse(format!("item {item} is sent: it cannot be left out"))),
    }
    if before.file_id.is_some() {
        return Err(refuse(format!("item {item} is registered: it can be set aside, but not left out")));
    }
    change_state(open, &before, ItemState::LeftOut(code))
}

pub(super) fn set_aside(open: &mut Open<'_>, item: ItemId, code: Code) -> Result<(), Fault> {
    let before = before(open, item)?;
    match before.kind {
        StateKind::Found | StateKind::Ready | StateKind::SetAside => {}
        StateKind::Sent => return Err(refuse(format!("item {item} is sent: it cannot be set aside"))),
        StateKind::LeftOut => return Err(refuse(format!("item {item} is left out: it cannot be set aside"))),
    }
    if code == Code::ObjectExists || code == Code::MaybeStored {
        forget_attempts(open, &before)?;
    }
    change_state(open, &before, ItemState::SetAside(code))
}

/// Forgets the attempts: the key was already taken. Another attempt with the same reply must not mistake this one for
/// the attempt that wrote the object. If it is not known how the attempt ended, a person decides about the next one,
/// which then stands alone.
fn forget_attempts(open: &Open<'_>, before: &Before) -> Result<(), Fault> {
    open.conn
        .prepare_cached(
            "UPDATE items SET put_attempted = 0, completion_attempted = 0, upload_completion_attempted = 0 \
             WHERE transfer = ?1 AND item = ?2",
        )?
        .execute(params![open.key, before.item])?;
    Ok(())
}

pub(super) fn all_back(open: &mut Open<'_>) -> Result<(), Fault> {
    let mut last = -1_i64;
    loop {
        let page: Vec<Before> = {
            // State 4 is "set aside", spelt out so that the index can be used.
            let mut statement = open.conn.prepare_cached(
                "SELECT item, size, state, sha256, part_size, file_id, upload_id IS NOT NULL AS upload \
                 FROM items WHERE transfer = ?1 AND state = 4 AND item > ?2 ORDER BY item LIMIT ?3",
            )?;
            let rows = statement.query_map(params![open.key, last, PAGE], read)?;
            rows.collect::<Result<_, _>>()?
        };
        let Some(end) = page.last() else { return Ok(()) };
        last = end.item;
        for before in &page {
            let back = if before.sha256.is_some() { ItemState::Ready } else { ItemState::Found };
            change_state(open, before, back)?;
        }
    }
}

pub(super) fn hashed(open: &mut Open<'_>, new: &HashedItem) -> Result<(), Fault> {
    let before = before(open, new.item)?;
    let item = new.item;
    match before.kind {
        StateKind::Found | StateKind::Ready | StateKind::SetAside => {}
        StateKind::Sent => return Err(refuse(format!("item {item} is sent: it cannot be hashed again"))),
        StateKind::LeftOut => return Err(refuse(format!("item {item} is left out: it is not hashed"))),
    }
    if new.plan.size() != new.identity.size || usize::from(new.plan.count()) != new.crcs.len() {
        return Err(refuse(format!("item {item}: size, parts and checksums do not fit each other")));
    }
    let same_content = before.sha256 == Some(new.sha256);
    if before.file_id.is_some() && !same_content {
        return Err(refuse(format!("item {item} is registered with another checksum")));
    }
    // Parts already sent are valid only if they came from the same bytes and the same part plan.
    let keep_upload = same_content && before.plan == Some(new.plan);
    let part_bytes = part_bytes(open, &before)?;
    open.totals.leave(before.share(part_bytes))?;
    if !keep_upload {
        forget_upload(open, &before)?;
    }
    let identity = IdentityColumns::try_from(new.identity)?;
    let mut statement = open.conn.prepare_cached(
        "UPDATE items SET size = ?3, modified_ns = ?4, modified_seconds = ?5, volume = ?6, file = ?7, sha256 = ?8, \
         part_size = ?9, crcs = ?10, state = 2, why = NULL WHERE transfer = ?1 AND item = ?2",
    )?;
    statement.execute(params![
        open.key,
        before.item,
        identity.size,
        identity.modified_ns,
        identity.modified_seconds,
        identity.volume,
        identity.file,
        new.sha256.0.as_slice(),
        stored::plan_to_column(new.plan)?,
        crcs_to_bytes(&new.crcs)
    ])?;
    open.totals.enter(Share {
        kind: StateKind::Ready,
        bytes: new.identity.size,
        part_bytes: if keep_upload { part_bytes } else { 0 },
        matched: before.file_id.is_some(),
    });
    Ok(())
}

pub(super) fn file_id(open: &mut Open<'_>, item: ItemId, id: FileId) -> Result<(), Fault> {
    let before = before(open, item)?;
    if let Some(known) = before.file_id {
        if known == id {
            return Ok(());
        }
        return Err(refuse(format!("item {item} has the file id {known}: it cannot have {id} too")));
    }
    if before.sha256.is_none() {
        return Err(refuse(format!("item {item} is not hashed: it cannot be registered")));
    }
    let bytes = id.0.as_bytes().as_slice();
    let mut other = open.conn.prepare_cached("SELECT item FROM items WHERE transfer = ?1 AND file_id = ?2")?;
    if other.exists(params![open.key, bytes])? {
        return Err(refuse(format!("the file id {id} belongs to another item than {item}")));
    }
    let part_bytes = part_bytes(open, &before)?;
    open.totals.leave(before.share(part_bytes))?;
    let mut statement = open.conn.prepare_cached("UPDATE items SET file_id = ?3 WHERE transfer = ?1 AND item = ?2")?;
    statement.execute(params![open.key, before.item, bytes])?;
    open.totals.enter(Share { matched: true, ..before.share(part_bytes) });
    Ok(())
}
