//! Transfers and their counts.

use rusqlite::{OptionalExtension as _, Row};
use waybill_model::service::UploadWay;
use waybill_model::{PartRules, Timestamp, TransferId};

use super::Reader;
use crate::error::JournalError;
use crate::file;
use crate::rows::{FormerFolder, Totals, TransferRow};
use crate::stored::{
    self, amount, checks_from_json, folder_key_from_text, path_from_bytes, person_from_json, target_from_json,
    way_from_json,
};
use crate::tally;

/// The first format that has folders which moved.
const FORMER_FOLDERS_SINCE: u32 = 6;

impl Reader {
    /// Returns all transfers, newest first.
    ///
    /// # Errors
    /// See [`Reader`].
    pub fn transfers(&self) -> Result<Vec<TransferRow>, JournalError> {
        let mut statement = self.prepare("SELECT * FROM transfers ORDER BY created DESC, key DESC")?;
        let rows = self.told(statement.query_map([], transfer_row))?;
        rows.map(|row| self.told(row)).collect()
    }

    /// Returns one transfer.
    ///
    /// # Errors
    /// See [`Reader`].
    pub fn transfer(&self, id: TransferId) -> Result<Option<TransferRow>, JournalError> {
        let mut statement = self.prepare("SELECT * FROM transfers WHERE id = ?1")?;
        self.told(statement.query_row([id.0.as_bytes().as_slice()], transfer_row).optional())
    }

    /// Returns the counts of a transfer. They are kept as they change: as quick for a million items as for one.
    ///
    /// # Errors
    /// See [`Reader`].
    pub fn totals(&self, id: TransferId) -> Result<Totals, JournalError> {
        let key = self.key(id)?;
        self.told(tally::load(&self.conn, key))
    }

    /// Returns where the folder was before it moved, oldest first.
    ///
    /// # Errors
    /// See [`Reader`].
    pub fn former_folders(&self, id: TransferId) -> Result<Vec<FormerFolder>, JournalError> {
        let key = self.key(id)?;
        if self.told(file::version(&self.conn))? < FORMER_FOLDERS_SINCE {
            return Ok(Vec::new());
        }
        let mut statement =
            self.prepare("SELECT folder, until FROM former_folders WHERE transfer = ?1 ORDER BY number")?;
        let rows = self.told(statement.query_map([key], |row| {
            Ok(FormerFolder { folder: path_from_bytes(row.get_ref(0)?.as_blob()?)?, until: Timestamp(row.get(1)?) })
        }))?;
        rows.map(|row| self.told(row)).collect()
    }

    /// Returns how many items are ready to be sent and have no file id.
    ///
    /// # Errors
    /// See [`Reader`].
    pub fn unmatched(&self, id: TransferId) -> Result<u64, JournalError> {
        self.totals(id).map(|totals| totals.unmatched)
    }
}

fn transfer_row(row: &Row<'_>) -> rusqlite::Result<TransferRow> {
    let time = |column: &str| row.get::<_, Option<i64>>(column).map(|at| at.map(Timestamp));
    let text = |column: &str| row.get::<_, String>(column);
    Ok(TransferRow {
        id: TransferId(stored::uuid(row.get_ref("id")?.as_blob()?)?),
        created: Timestamp(row.get("created")?),
        service: text("service")?,
        website: newer(row, "website")?,
        way: newer(row, "way")?.map_or_else(|| Ok(UploadWay::tdr()), |json| way_from_json(&json))?,
        person: person_from_json(&text("person")?)?,
        target: target_from_json(&text("consignment")?)?,
        folder: path_from_bytes(row.get_ref("folder")?.as_blob()?)?,
        folder_key: newer(row, "folder_key")?.map(|text| folder_key_from_text(&text)).transpose()?,
        folder_name: text("folder_name")?,
        parts: PartRules { single_put_below: amount(row, "single_put_below")?, part_size: amount(row, "part_size")? },
        program_version: text("program_version")?,
        phase: stored::phase_from_word(&text("phase")?)?,
        paused: row.get("paused")?,
        given_up: row.get("given_up")?,
        accepted_left_out: amount(row, "accepted_left_out")?,
        start_intended: time("start_intended")?,
        register_intended: time("register_intended")?,
        handed_over: time("handed_over")?,
        finished: time("finished")?,
        checks: row.get::<_, Option<String>>("checks")?.map(|json| checks_from_json(&json)).transpose()?,
        receipt_dir: row.get_ref("receipt_dir")?.as_blob_or_null()?.map(path_from_bytes).transpose()?,
        last_hold: row.get::<_, Option<String>>("last_hold")?.map(stored::hold_from_word),
    })
}

/// Reads a column that was added after the first format: an older journal is read as it is, without it.
fn newer(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<String>> {
    match row.as_ref().column_index(column) {
        Ok(column) => row.get(column),
        Err(_) => Ok(None),
    }
}
