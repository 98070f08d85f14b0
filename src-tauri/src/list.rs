//! The list of transfers as the page gets it.

use std::path::Path;

use serde::Serialize;
use specta::Type;
use specta_typescript::Number;
use waybill_app::library::{Reader, Totals, TransferRow};
use waybill_model::{Failure, Phase};

/// The most transfers that cross to the page; older ones are counted.
const MOST: usize = 200;

/// What this program is.
#[derive(Serialize, Type)]
pub(crate) struct About {
    pub(crate) name: String,
    pub(crate) version: String,
}

/// The newest transfers.
#[derive(Serialize, Type)]
pub(crate) struct TransferList {
    /// Newest first, 200 at the most.
    pub(crate) transfers: Vec<TransferLine>,
    /// How many there are that are older than these.
    pub(crate) older: u32,
}

/// One transfer.
#[derive(Serialize, Type)]
pub(crate) struct TransferLine {
    pub(crate) id: String,
    /// The consignment's reference.
    pub(crate) consignment: String,
    /// The folder's own name.
    pub(crate) folder: String,
    /// When it began, in milliseconds since 1970.
    #[specta(type = Number)]
    pub(crate) created: i64,
    pub(crate) stage: Stage,
    /// A person has paused it.
    pub(crate) paused: bool,
    /// Files to be sent in all.
    #[specta(type = Number)]
    pub(crate) items: u64,
    /// Files that the service has acknowledged.
    #[specta(type = Number)]
    pub(crate) items_sent: u64,
    /// Bytes to be sent in all.
    #[specta(type = Number)]
    pub(crate) bytes: u64,
    /// Bytes that the service has acknowledged.
    #[specta(type = Number)]
    pub(crate) bytes_sent: u64,
    /// Files that could not be sent.
    #[specta(type = Number)]
    pub(crate) set_aside: u64,
}

/// Where a transfer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    Walking,
    Checked,
    Hashing,
    Starting,
    Registering,
    Confirming,
    Sending,
    Settling,
    HandingOver,
    BeingChecked,
    Finished,
    GivenUp,
    Cancelled,
}

/// Why something cannot be shown. The words for it are the page's.
#[derive(Serialize, Type)]
pub(crate) struct Problem {
    /// The code, as the command line has it, too.
    pub(crate) code: String,
    /// What it was about, such as a file.
    pub(crate) detail: Option<String>,
}

/// Reads the list. A data folder without a journal has no transfers.
pub(crate) fn read(dir: &Path) -> Result<TransferList, Failure> {
    let Some(reader) = Reader::open(dir)? else { return Ok(TransferList { transfers: Vec::new(), older: 0 }) };
    let rows = reader.transfers()?;
    let older = u32::try_from(rows.len().saturating_sub(MOST)).unwrap_or(u32::MAX);
    let lines = rows.into_iter().take(MOST).map(|row| Ok(line(reader.totals(row.id)?, row)));
    Ok(TransferList { transfers: lines.collect::<Result<_, Failure>>()?, older })
}

fn line(totals: Totals, row: TransferRow) -> TransferLine {
    let progress = totals.progress();
    TransferLine {
        id: row.id.to_string(),
        consignment: row.consignment.reference.to_string(),
        folder: row.folder_name,
        created: row.created.0,
        stage: row.phase.into(),
        paused: row.paused && !row.phase.is_final(),
        items: progress.items_total,
        items_sent: progress.items_done,
        bytes: progress.bytes_total,
        bytes_sent: progress.bytes_done,
        set_aside: totals.set_aside.items,
    }
}

impl From<Phase> for Stage {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Walking => Self::Walking,
            Phase::Checked => Self::Checked,
            Phase::Hashing => Self::Hashing,
            Phase::Starting => Self::Starting,
            Phase::Registering => Self::Registering,
            Phase::Confirming => Self::Confirming,
            Phase::Sending => Self::Sending,
            Phase::Settling => Self::Settling,
            Phase::HandingOver => Self::HandingOver,
            Phase::BeingChecked => Self::BeingChecked,
            Phase::Finished => Self::Finished,
            Phase::GivenUp => Self::GivenUp,
            Phase::Cancelled => Self::Cancelled,
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self { code: failure.code.to_string(), detail: failure.detail }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_folder_without_a_journal_has_no_transfers() {
        let dir = tempfile::tempdir().unwrap();
        let list = read(dir.path()).unwrap();
        assert!(list.transfers.is_empty() && list.older == 0);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "reading leaves nothing behind");
    }

    #[test]
    fn a_broken_journal_is_named_and_left_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("journal.sqlite");
        std::fs::write(&file, "this is no journal").unwrap();
        let Err(failure) = read(dir.path()) else { panic!("a broken journal was read") };
        let problem = Problem::from(failure);
        assert_eq!(problem.code, "journal_corrupt");
        assert!(problem.detail.unwrap().contains("journal.sqlite"));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "this is no journal");
    }
}
