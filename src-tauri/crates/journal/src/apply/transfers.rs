//! Changes to a transfer as a whole.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, ToSql, named_params, params};
use waybill_model::{CheckProgress, FileKey, Phase, Timestamp};

use super::{Open, refuse};
use crate::change::NewTransfer;
use crate::error::Fault;
use crate::stored::{
    checks_to_json, folder_key_to_text, path_to_bytes, person_to_json, phase_to_word, target_to_json, way_to_json,
};

pub(super) fn begin(conn: &Connection, new: &NewTransfer) -> Result<(), Fault> {
    let id = new.id.0.as_bytes().as_slice();
    let taken = conn.prepare_cached("SELECT 1 FROM transfers WHERE id = ?1")?.exists([id])?;
    if taken {
        return Err(refuse(format!("the journal has a transfer {} already", new.id)));
    }
    let mut statement = conn.prepare_cached(
        "INSERT INTO transfers (id, created, service, website, way, person, consignment, folder, folder_name, \
         single_put_below, part_size, program_version, phase) VALUES (:id, :created, :service, :website, :way, :person, \
         :consignment, :folder, :folder_name, :single_put_below, :part_size, :program_version, :phase)",
    )?;
    statement.execute(named_params! {
        ":id": id,
        ":created": new.created.0,
        ":service": new.service,
        ":website": new.website,
        ":person": person_to_json(&new.person)?,
        ":way": way_to_json(&new.way)?,
        ":consignment": target_to_json(&new.target)?,
        ":folder": path_to_bytes(&new.folder),
        ":folder_name": new.folder_name,
        ":single_put_below": i64::try_from(new.parts.single_put_below)?,
        ":part_size": i64::try_from(new.parts.part_size)?,
        ":program_version": new.program_version,
        ":phase": phase_to_word(Phase::Walking),
    })?;
    Ok(())
}

pub(super) fn remove(open: &Open<'_>) -> Result<(), Fault> {
    const TABLES: [&str; 10] = [
        "items",
        "parts",
        "names",
        "folders",
        "findings",
        "finding_counts",
        "tallies",
        "check_failures",
        "check_readings",
        "former_folders",
    ];
    for table in TABLES {
        open.conn.prepare_cached(&format!("DELETE FROM {table} WHERE transfer = ?1"))?.execute([open.key])?;
    }
    open.conn.prepare_cached("DELETE FROM transfers WHERE key = ?1")?.execute([open.key])?;
    Ok(())
}

/// Sets the phase. When the walk is over, the names are indexed, in one go and in order.
pub(super) fn phase(open: &Open<'_>, phase: Phase) -> Result<(), Fault> {
    if phase != Phase::Walking && !names_indexed(open)? {
        let mut fill = open.conn.prepare_cached(
            "INSERT INTO names SELECT transfer, fold_hash, item FROM items WHERE transfer = ?1 ORDER BY fold_hash, item",
        )?;
        fill.execute([open.key])?;
        set(open, "names_indexed", true)?;
    }
    set(open, "phase", phase_to_word(phase))
}

pub(super) fn names_indexed(open: &Open<'_>) -> Result<bool, Fault> {
    let mut statement = open.conn.prepare_cached("SELECT names_indexed FROM transfers WHERE key = ?1")?;
    Ok(statement.query_row([open.key], |row| row.get(0))?)
}

/// Notes where the folder was, and where it is.
pub(super) fn moved(open: &Open<'_>, folder: &Path, key: Option<FileKey>, at: Timestamp) -> Result<(), Fault> {
    let mut note = open.conn.prepare_cached(
        "INSERT INTO former_folders SELECT key, (SELECT COUNT(*) FROM former_folders WHERE transfer = ?1), folder, ?2 \
         FROM transfers WHERE key = ?1",
    )?;
    note.execute(params![open.key, at.0])?;
    set(open, "folder", path_to_bytes(folder))?;
    set(open, "folder_key", key.map(folder_key_to_text))
}

pub(super) fn checks(open: &Open<'_>, checks: &CheckProgress) -> Result<(), Fault> {
    set(open, "checks", checks_to_json(checks)?)
}

pub(super) fn finished(open: &Open<'_>, at: Timestamp, receipt_dir: Option<&Path>) -> Result<(), Fault> {
    set(open, "finished", at.0)?;
    set(open, "receipt_dir", receipt_dir.map(path_to_bytes))
}

/// Returns whether anything of the transfer may be registered with the service.
pub(super) fn registered(open: &Open<'_>) -> Result<bool, Fault> {
    let mut intended = open.conn.prepare_cached("SELECT register_intended FROM transfers WHERE key = ?1")?;
    let at: Option<i64> = intended.query_row([open.key], |row| row.get(0))?;
    let mut matched =
        open.conn.prepare_cached("SELECT 1 FROM items WHERE transfer = ?1 AND file_id IS NOT NULL LIMIT 1")?;
    let any: Option<i64> = matched.query_row([open.key], |row| row.get(0)).optional()?;
    Ok(at.is_some() || any.is_some())
}

/// Sets one column; `column` is always one of ours, never from outside.
pub(super) fn set(open: &Open<'_>, column: &'static str, value: impl ToSql) -> Result<(), Fault> {
    let mut statement = open.conn.prepare_cached(&format!("UPDATE transfers SET {column} = ?2 WHERE key = ?1"))?;
    statement.execute(params![open.key, value])?;
    Ok(())
}
