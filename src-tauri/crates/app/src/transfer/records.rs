//! Records on their way into the journal: in order, as many in one commit as have come together.

use tokio::sync::mpsc;
use waybill_engine::transfer::{Event, RecordId};
use waybill_journal::{Journal, Write};
use waybill_model::{Failure, Record, TransferId};

use super::Report;

/// The most records in one commit.
const TOGETHER: usize = 512;

/// Writes until nobody can send records any more. A commit that fails is reported for each of its records; the machine
/// asks again when it sees fit, and keeps their order itself.
pub(super) async fn write_in_order(
    journal: Journal,
    transfer: TransferId,
    mut records: mpsc::UnboundedReceiver<(RecordId, Record)>,
    reports: mpsc::UnboundedSender<Report>,
) {
    let mut batch = Vec::with_capacity(TOGETHER);
    while records.recv_many(&mut batch, TOGETHER).await > 0 {
        let ids: Vec<RecordId> = batch.iter().map(|(id, _)| *id).collect();
        let writes = batch.drain(..).map(|(_, record)| Write::new(transfer, record)).collect();
        let written = journal.write(writes).await.map_err(|error| {
            tracing::error!(%transfer, %error, "the journal did not take what came of sending");
            Failure::from(error).code
        });
        for id in ids {
            let event = match written {
                Ok(()) => Event::Recorded(id),
                Err(code) => Event::NotRecorded(id, code),
            };
            // The task may have ended; what is written is written.
            let _ended = reports.send(Report::Event(event));
        }
    }
}
