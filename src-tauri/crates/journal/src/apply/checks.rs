//! What the service's checks found, file by file.

use rusqlite::params;
use waybill_model::Timestamp;

use super::Open;
use crate::change::FailedCheck;
use crate::error::Fault;

pub(super) fn forget(open: &Open<'_>) -> Result<(), Fault> {
    for table in ["check_failures", "check_readings"] {
        open.conn.prepare_cached(&format!("DELETE FROM {table} WHERE transfer = ?1"))?.execute([open.key])?;
    }
    Ok(())
}

pub(super) fn add(open: &Open<'_>, failed: &[FailedCheck]) -> Result<(), Fault> {
    let mut statement = open.conn.prepare_cached("INSERT OR IGNORE INTO check_failures VALUES (?1, ?2, ?3, ?4)")?;
    for FailedCheck { file, check, result } in failed {
        statement.execute(params![open.key, file.0.as_bytes().as_slice(), check, result])?;
    }
    Ok(())
}

pub(super) fn read(open: &Open<'_>, at: Timestamp) -> Result<(), Fault> {
    let mut statement = open.conn.prepare_cached("INSERT OR REPLACE INTO check_readings VALUES (?1, ?2)")?;
    statement.execute(params![open.key, at.0])?;
    Ok(())
}
