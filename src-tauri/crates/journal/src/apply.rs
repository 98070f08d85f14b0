//! Changes as SQL. Everything here runs inside a savepoint of the writer: an error leaves nothing behind.

mod found;
mod items;
mod sending;
mod stored_item;
mod transfers;

use rusqlite::types::Null;
use rusqlite::{Connection, OptionalExtension as _};
use waybill_model::{ItemId, ItemRecord, Record, TransferId, TransferRecord};

use crate::change::{Change, Write};
use crate::error::Fault;
use crate::rows::Totals;
use crate::tally;

/// Applies these writes in order.
pub(crate) fn apply_all(conn: &Connection, writes: &[Write]) -> Result<(), Fault> {
    let mut open: Option<Open<'_>> = None;
    for write in writes {
        if let Change::New(new) = &write.change {
            close(open.take())?;
            if new.id != write.transfer {
                return Err(refuse(format!("transfer {} cannot begin as {}", new.id, write.transfer)));
            }
            transfers::begin(conn, new)?;
            continue;
        }
        let mut current = match open.take() {
            Some(same) if same.id == write.transfer => same,
            other => {
                close(other)?;
                Open::load(conn, write.transfer)?
            }
        };
        if write.change == Change::Remove {
            // Its counts go with it: there is nothing to write back.
            transfers::remove(&current)?;
            continue;
        }
        apply(&mut current, &write.change)?;
        open = Some(current);
    }
    close(open)
}

fn apply(open: &mut Open<'_>, change: &Change) -> Result<(), Fault> {
    match change {
        Change::New(_) | Change::Remove => Err(refuse("a transfer is created and removed as a whole".to_owned())),
        Change::Record(Record::Transfer(record)) => apply_to_transfer(open, *record),
        Change::Record(Record::Item(item, record)) => apply_to_item(open, *item, record),
        Change::Moved { folder, key, at } => transfers::moved(open, folder, *key, *at),
        Change::FolderKey(key) => transfers::set(open, "folder_key", key.map(crate::stored::folder_key_to_text)),
        Change::HandedOver(at) => transfers::set(open, "handed_over", at.0),
        Change::Checks(checks) => transfers::checks(open, checks),
        Change::ForgetCheckFailures => found::forget_check_failures(open),
        Change::AddCheckFailures(failed) => found::add_check_failures(open, failed),
        Change::CheckFailuresRead(at) => found::check_failures_read(open, *at),
        Change::Finished { at, receipt_dir } => transfers::finished(open, *at, receipt_dir.as_deref()),
        Change::LastHold(text) => transfers::set(open, "last_hold", text.as_deref()),
        Change::ForgetWalk => found::forget(open),
        Change::AddItems(items) => found::add_items(open, items),
        Change::AddFolders(folders) => found::add_folders(open, folders),
        Change::AddFindings(findings) => found::add_findings(open, findings),
        Change::LeaveOut { item, code } => items::leave_out(open, *item, *code),
        Change::Hashed(hashed) => hashed.iter().try_for_each(|item| items::hashed(open, item)),
        Change::FileIds(ids) => ids.iter().try_for_each(|(item, id)| items::file_id(open, *item, *id)),
    }
}

fn apply_to_transfer(open: &mut Open<'_>, record: TransferRecord) -> Result<(), Fault> {
    match record {
        TransferRecord::Phase(phase) => transfers::phase(open, phase),
        TransferRecord::Paused(paused) => transfers::set(open, "paused", paused),
        TransferRecord::GivenUp => transfers::set(open, "given_up", true),
        TransferRecord::AcceptedLeftOut(count) => transfers::set(open, "accepted_left_out", i64::try_from(count)?),
        TransferRecord::StartIntended(at) => transfers::set(open, "start_intended", at.0),
        TransferRecord::StartNotDone => transfers::set(open, "start_intended", Null),
        TransferRecord::RegisterIntended(at) => transfers::set(open, "register_intended", at.0),
        TransferRecord::RegisterNotDone => transfers::set(open, "register_intended", Null),
        TransferRecord::AllBackInQueue => items::all_back(open),
    }
}

fn apply_to_item(open: &mut Open<'_>, item: ItemId, record: &ItemRecord) -> Result<(), Fault> {
    match record {
        ItemRecord::PutAttempted => sending::put_attempted(open, item),
        ItemRecord::UploadStarted { upload_id, abort_at } => sending::upload_started(open, item, upload_id, *abort_at),
        ItemRecord::PartAcknowledged { part, etag } => sending::part_acknowledged(open, item, *part, etag),
        ItemRecord::CompletionAttempted => sending::completion_attempted(open, item),
        ItemRecord::UploadAbandoned => sending::abandoned(open, item),
        ItemRecord::PartsForgotten => sending::parts_forgotten(open, item),
        ItemRecord::Acknowledged { how, etag, key, at } => {
            sending::acknowledged(open, item, *how, etag.as_ref(), key.as_ref(), *at)
        }
        ItemRecord::SetAside(code) => items::set_aside(open, item, *code),
    }
}

/// The transfer that is being changed, with its counts.
struct Open<'c> {
    conn: &'c Connection,
    id: TransferId,
    key: i64,
    totals: Totals,
    stored: Totals,
}

impl<'c> Open<'c> {
    fn load(conn: &'c Connection, id: TransferId) -> Result<Self, Fault> {
        let mut statement = conn.prepare_cached("SELECT key FROM transfers WHERE id = ?1")?;
        let key = statement.query_row([id.0.as_bytes().as_slice()], |row| row.get(0)).optional()?;
        let key = key.ok_or_else(|| refuse(format!("the journal has no transfer {id}")))?;
        let totals = tally::load(conn, key)?;
        Ok(Self { conn, id, key, totals, stored: totals })
    }
}

/// Writes the counts back if they changed.
fn close(open: Option<Open<'_>>) -> Result<(), Fault> {
    match open {
        Some(open) if open.totals != open.stored => tally::store(open.conn, open.key, &open.totals),
        Some(_) | None => Ok(()),
    }
}

fn refuse(why: String) -> Fault {
    Fault::Refused(why)
}
