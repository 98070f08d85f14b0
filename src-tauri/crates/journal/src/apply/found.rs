//! What the walk and the check find, and what the service's checks find later.

use std::collections::BTreeMap;

use rusqlite::params;
use waybill_model::{Finding, ItemState, RelPath, Timestamp};

use super::{Open, refuse, transfers};
use crate::change::{FailedCheck, NewItem};
use crate::error::Fault;
use crate::rows::{Count, Totals};
use crate::stored::{IdentityColumns, fold_hash, state_to_columns};
use crate::tally::Share;

pub(super) fn forget(open: &mut Open<'_>) -> Result<(), Fault> {
    if transfers::registered(open)? {
        return Err(refuse(format!("transfer {} is registered: its walk cannot start again", open.id)));
    }
    for table in ["items", "parts", "names", "folders", "findings", "finding_counts"] {
        open.conn.prepare_cached(&format!("DELETE FROM {table} WHERE transfer = ?1"))?.execute([open.key])?;
    }
    open.totals = Totals::default();
    // The person's agreement was about what this walk had found.
    transfers::set(open, "accepted_left_out", 0)?;
    transfers::set(open, "names_indexed", false)
}

pub(super) fn add_items(open: &mut Open<'_>, items: &[NewItem]) -> Result<(), Fault> {
    let late = transfers::names_indexed(open)?;
    let mut insert = open.conn.prepare_cached(
        "INSERT INTO items (transfer, item, path, fold_hash, size, modified_ns, modified_seconds, volume, file, state, why) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    let mut name = open.conn.prepare_cached("INSERT INTO names VALUES (?1, ?2, ?3)")?;
    for new in items {
        match new.state {
            ItemState::Found | ItemState::LeftOut(_) => {}
            ItemState::Ready | ItemState::Sent(_) | ItemState::SetAside(_) => {
                return Err(refuse(format!("item {} cannot be found as {:?}", new.item, new.state)));
            }
        }
        let item = i64::try_from(new.item.0)?;
        let hash = fold_hash(&new.path);
        let identity = IdentityColumns::try_from(new.identity)?;
        let (state, why) = state_to_columns(new.state);
        insert.execute(params![
            open.key,
            item,
            new.path.as_str(),
            hash,
            identity.size,
            identity.modified_ns,
            identity.modified_seconds,
            identity.volume,
            identity.file,
            state,
            why
        ])?;
        if late {
            name.execute(params![open.key, hash, item])?;
        }
        open.totals.enter(Share { kind: new.state.into(), bytes: new.identity.size, part_bytes: 0, matched: false });
    }
    Ok(())
}

pub(super) fn add_folders(open: &Open<'_>, folders: &[RelPath]) -> Result<(), Fault> {
    let mut insert = open.conn.prepare_cached("INSERT OR IGNORE INTO folders VALUES (?1, ?2)")?;
    for folder in folders {
        insert.execute(params![open.key, folder.as_str()])?;
    }
    Ok(())
}

pub(super) fn add_findings(open: &Open<'_>, findings: &[Finding]) -> Result<(), Fault> {
    let mut greatest = open.conn.prepare_cached("SELECT coalesce(max(number), 0) FROM findings WHERE transfer = ?1")?;
    let mut number: i64 = greatest.query_row([open.key], |row| row.get(0))?;
    let mut insert = open.conn.prepare_cached("INSERT INTO findings VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
    let mut counts: BTreeMap<&'static str, Count> = BTreeMap::new();
    for finding in findings {
        number += 1;
        let kind = finding.kind.code().as_str();
        insert.execute(params![
            open.key,
            number,
            kind,
            finding.path,
            finding.raw_name,
            finding.is_folder,
            finding.size.map(i64::try_from).transpose()?,
            finding.detail
        ])?;
        let count = counts.entry(kind).or_default();
        count.items += 1;
        count.bytes = count.bytes.saturating_add(finding.size.unwrap_or(0));
    }
    let mut add = open.conn.prepare_cached(
        "INSERT INTO finding_counts VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE \
         SET findings = findings + excluded.findings, bytes = bytes + excluded.bytes",
    )?;
    for (kind, count) in counts {
        add.execute(params![open.key, kind, i64::try_from(count.items)?, i64::try_from(count.bytes)?])?;
    }
    Ok(())
}

pub(super) fn forget_check_failures(open: &Open<'_>) -> Result<(), Fault> {
    for table in ["check_failures", "check_readings"] {
        open.conn.prepare_cached(&format!("DELETE FROM {table} WHERE transfer = ?1"))?.execute([open.key])?;
    }
    Ok(())
}

pub(super) fn add_check_failures(open: &Open<'_>, failed: &[FailedCheck]) -> Result<(), Fault> {
    let mut statement = open.conn.prepare_cached("INSERT OR IGNORE INTO check_failures VALUES (?1, ?2, ?3, ?4)")?;
    for FailedCheck { file, check, result } in failed {
        statement.execute(params![open.key, file.0.as_bytes().as_slice(), check, result])?;
    }
    Ok(())
}

pub(super) fn check_failures_read(open: &Open<'_>, at: Timestamp) -> Result<(), Fault> {
    let mut statement = open.conn.prepare_cached("INSERT OR REPLACE INTO check_readings VALUES (?1, ?2)")?;
    statement.execute(params![open.key, at.0])?;
    Ok(())
}
