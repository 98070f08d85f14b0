//! The end of a transfer: the website's page, and the receipt.

use std::path::Path;
use std::sync::Arc;

use waybill_journal::{Change, Reader, TransferRow, Write};
use waybill_model::{Failure, Timestamp};

use super::{Report, Shared, Task};
use crate::interface::Notice;
use crate::receipt;

impl Task {
    pub(super) fn open_hand_over(&self, upload_failed: bool, now: Timestamp) {
        let url =
            waybill_cloud::hand_over_url(self.shared.connection.profile(), self.row.consignment.id, upload_failed);
        self.tell_all(Notice::HandOverUrl { transfer: self.row.id, url });
        let (journal, transfer) = (self.shared.journal.clone(), self.row.id);
        tokio::spawn(async move {
            if let Err(error) = journal.write(vec![Write { transfer, change: Change::HandedOver(now) }]).await {
                tracing::warn!(%error, "the time of the hand-over was not written down");
            }
        });
    }

    pub(super) fn write_receipt(&self, now: Timestamp) {
        let (shared, row, reports) = (self.shared.clone(), Arc::clone(&self.row), self.reports.clone());
        tokio::task::spawn_blocking(move || {
            let folder = shared.readers.with(|reader| receipt::folder(reader, row.id, &shared.data_dir));
            let written = folder.and_then(|dir| {
                let reader = write_end(&shared, &row, &dir, now)?;
                receipt::write(&reader, row.id, &receipt::Format::ALL, &dir)
            });
            let _ended = reports.send(Report::Receipt(written));
        });
    }
}

/// Writes down that the transfer is over, and its hand-over where the disk was full at that moment.
fn write_end(shared: &Shared, row: &TransferRow, dir: &Path, now: Timestamp) -> Result<Reader, Failure> {
    let reader = shared.journal.reader()?;
    let unknown = reader.transfer(row.id)?.is_some_and(|row| row.handed_over.is_none());
    let handed_over = unknown.then_some(Change::HandedOver(now));
    let finished = Change::Finished { at: now, receipt_dir: Some(dir.to_owned()) };
    let changes = handed_over.into_iter().chain([finished]);
    shared.journal.write_blocking(changes.map(|change| Write { transfer: row.id, change }).collect())?;
    Ok(reader)
}
