//! What tests of this crate share.

use uuid::Uuid;
use waybill_app::{FolderCount, Hold, Snapshot, TransferSnapshot};
use waybill_model::{Phase, Progress, TransferId};

/// A transfer of the consignment `TDR-2026-{number}`.
pub(crate) fn transfer(number: u8, phase: Phase, hold: Hold) -> TransferSnapshot {
    TransferSnapshot {
        id: TransferId(Uuid::from_u128(number.into())),
        consignment: format!("TDR-2026-{number}").into(),
        folder_name: "Records".to_owned(),
        phase,
        hold,
        walked: FolderCount::default(),
        hashed: Progress::default(),
        sent: Progress::default(),
        bytes_per_second: 0,
        current: None,
        check: None,
        set_aside: 0,
        checks: None,
        receipt_dir: None,
    }
}

/// A snapshot of these transfers.
pub(crate) fn snapshot_of(transfers: impl IntoIterator<Item = TransferSnapshot>) -> Snapshot {
    let transfers = transfers.into_iter().map(|transfer| (transfer.id, transfer)).collect();
    Snapshot { transfers, ..Snapshot::default() }
}
