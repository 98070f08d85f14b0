//! What people see of a transfer beside the machine's own view.

use std::path::PathBuf;
use std::sync::Arc;

use waybill_engine::transfer::View;
use waybill_journal::TransferRow;
use waybill_model::Progress;

use super::speed::Speed;
use crate::interface::{FolderCount, TransferSnapshot, TurnState};

/// Numbers and names that only the snapshot needs.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) walked: FolderCount,
    pub(super) hashed: Progress,
    /// The file that was sent or hashed last.
    pub(super) current: Option<String>,
    pub(super) receipt_dir: Option<PathBuf>,
    pub(super) speed: Arc<Speed>,
}

impl Shown {
    pub(super) fn snapshot(&self, row: &TransferRow, view: &View, turn: TurnState) -> TransferSnapshot {
        TransferSnapshot {
            id: row.id,
            destination: row.destination().to_owned(),
            folder_name: row.folder_name.clone(),
            phase: view.phase,
            hold: view.hold,
            given_up: view.given_up,
            turn,
            walked: self.walked,
            hashed: self.hashed,
            sent: view.progress,
            bytes_per_second: self.speed.per_second(),
            current: self.current.clone(),
            check_totals: view.check_totals,
            set_aside: view.set_aside,
            service_checks: view.service_checks,
            receipt_dir: self.receipt_dir.clone(),
        }
    }
}
