//! Records on their way into the journal: in order, as many in one commit as have come together.

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use waybill_engine::transfer::{Event, RecordId};
use waybill_journal::{Journal, Write};
use waybill_model::{Failure, Record, TransferId};

use super::Report;

/// The most records in one commit.
const TOGETHER: usize = 512;

/// Hands records to the task that writes them.
pub(super) struct Recorder {
    /// `None` once the transfer's task has ended.
    records: Option<mpsc::UnboundedSender<(RecordId, Record)>>,
    writer: JoinHandle<()>,
}

impl Recorder {
    pub(super) fn start(journal: Journal, transfer: TransferId, reports: mpsc::UnboundedSender<Report>) -> Self {
        let (records, inbox) = mpsc::unbounded_channel();
        let writer = tokio::spawn(write_in_order(journal, transfer, inbox, reports));
        Self { records: Some(records), writer }
    }

    pub(super) fn record(&self, id: RecordId, record: Record) {
        if let Some(records) = &self.records {
            // The writer outlives the sender.
            let _ended = records.send((id, record));
        }
    }

    /// Takes no more records, and waits until the last one is written.
    pub(super) async fn end(&mut self) {
        self.records = None;
        let _ended = (&mut self.writer).await;
    }
}

/// Writes until no sender is left. A commit that fails is reported for each of its records; the machine asks again when
/// it sees fit, and keeps their order itself.
async fn write_in_order(
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
            tracing::error!(%transfer, %error, "the journal could not take the records");
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
