//! The end of a transfer: the website's page, what the checks found, and the receipt.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use waybill_journal::{Change, Reader, TransferRow, Write};
use waybill_model::{Code, Failure, Phase, Timestamp, TransferId};

use super::{Report, Shared, Task};
use crate::check_failures;
use crate::interface::Notice;
use crate::receipt;

/// How long a receipt waits for the findings of the checks: a slow server must not delay it for ever.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

impl Task {
    pub(super) fn open_hand_over(&self, upload_failed: bool, now: Timestamp) {
        // A transfer without a consignment has no page to open.
        let Some(consignment) = self.row.target.consignment() else { return };
        let url = match waybill_cloud::hand_over_url(self.shared.connection.profile(), consignment.id, upload_failed) {
            Ok(url) => url,
            Err(failure) => {
                tracing::error!(transfer = %self.row.id, %failure, "there is no page to hand over on");
                return;
            }
        };
        self.tell_all(Notice::HandOverUrl { transfer: self.row.id, url });
        let (journal, transfer) = (self.shared.journal.clone(), self.row.id);
        tokio::spawn(async move {
            if let Err(error) = journal.write(vec![Write { transfer, change: Change::HandedOver(now) }]).await {
                tracing::warn!(%error, "the time of the hand-over was not recorded");
            }
        });
    }

    pub(super) fn write_receipt(&self, now: Timestamp) {
        let (shared, row, reports) = (self.shared.clone(), Arc::clone(&self.row), self.reports.clone());
        tokio::spawn(async move {
            keep_check_failures(&shared, &row, now).await;
            let written = blocking(move || {
                let dir = shared.readers.with(|reader| receipt::folder(reader, row.id, &shared.data_dir))?;
                let reader = write_end(&shared, &row, &dir, now)?;
                receipt::write(&reader, row.id, &receipt::Format::ALL, &dir)
            });
            let _ended = reports.send(Report::Receipt(written.await));
        });
    }
}

/// Fetches the findings of the checks for the receipt. A receipt that is written without them says where to look, and
/// is completed by [`complete_receipt`].
async fn keep_check_failures(shared: &Shared, row: &TransferRow, now: Timestamp) {
    let keeping = async {
        let _alone = shared.check_readings.lock().await;
        let Some(row) = lacking(shared, row.id).await? else { return Ok(()) };
        check_failures::keep(&shared.connection, &shared.session, &shared.journal, &row, now).await
    };
    // What was read before the time is over counts for nothing.
    let kept = tokio::time::timeout(PATIENCE, keeping).await;
    if let Err(failure) = kept.unwrap_or_else(|_| Err(Failure::new(Code::ServiceFailed, "it took too long"))) {
        tracing::warn!(transfer = %row.id, %failure, "the receipt lacks the findings of the checks");
    }
}

/// Rewrites the receipt of an ended transfer if it lacks the findings of the checks.
///
/// # Errors
/// The service's, the journal's, and those of the receipt.
pub(crate) async fn complete_receipt(shared: &Shared, id: TransferId) -> Result<(), Failure> {
    let now = shared.connection.clock.now().server;
    let _alone = shared.check_readings.lock().await;
    let Some(row) = lacking(shared, id).await?.filter(|row| row.phase == Phase::Finished) else { return Ok(()) };
    let Some(dir) = row.receipt_dir.clone() else { return Ok(()) };
    check_failures::keep(&shared.connection, &shared.session, &shared.journal, &row, now).await?;
    let journal = shared.journal.clone();
    let written = blocking(move || receipt::write(&journal.reader()?, id, &receipt::Format::ALL, &dir)).await;
    if let Err(failure) = written {
        // A receipt that is open in another program, or a full disk: it is tried again next time.
        shared.journal.write(vec![Write { transfer: id, change: Change::ForgetCheckFailures }]).await?;
        return Err(failure);
    }
    Ok(())
}

/// Returns the transfer as the journal has it now, if a receipt of it would lack the findings of the checks.
async fn lacking(shared: &Shared, id: TransferId) -> Result<Option<TransferRow>, Failure> {
    let readers = shared.readers.clone();
    blocking(move || {
        readers.with(|reader| {
            let row = reader.transfer(id)?.filter(check_failures::tells_of_files);
            let read = reader.check_failures_read(id)?.is_some();
            Ok(row.filter(|_| !read))
        })
    })
    .await
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Failure> + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(Code::Internal.into()))
}

/// Records that the transfer has ended, and its hand-over if the disk was full at that moment.
fn write_end(shared: &Shared, row: &TransferRow, dir: &Path, now: Timestamp) -> Result<Reader, Failure> {
    let reader = shared.journal.reader()?;
    let unknown = reader.transfer(row.id)?.is_some_and(|row| row.handed_over.is_none());
    let handed_over = unknown.then_some(Change::HandedOver(now));
    let finished = Change::Finished { at: now, receipt_dir: Some(dir.to_owned()) };
    let changes = handed_over.into_iter().chain([finished]);
    shared.journal.write_blocking(changes.map(|change| Write { transfer: row.id, change }).collect())?;
    Ok(reader)
}
