//! Records on their way into the journal: in order, as many in one commit as have come together.

use tokio::sync::mpsc;
use waybill_engine::transfer::{Event, Record, RecordId};
use waybill_journal::{Change, Journal, Write};
use waybill_model::{Failure, TransferId};

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
        let writes = batch.drain(..).map(|(_, record)| Write { transfer, change: change_of(record) }).collect();
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

fn change_of(record: Record) -> Change {
    match record {
        Record::Phase(phase) => Change::Phase(phase),
        Record::Paused(paused) => Change::Paused(paused),
        Record::GivenUp => Change::GivenUp,
        Record::AcceptedLeftOut => Change::AcceptedLeftOut,
        Record::StartIntended(at) => Change::StartIntended(Some(at)),
        Record::StartNotDone => Change::StartIntended(None),
        Record::RegisterIntended(at) => Change::RegisterIntended(Some(at)),
        Record::RegisterNotDone => Change::RegisterIntended(None),
        Record::PutAttempted(item) => Change::PutAttempted(item),
        Record::UploadBegun { item, upload_id, abort_at } => Change::UploadBegun { item, upload_id, abort_at },
        Record::PartAcknowledged { item, part, etag } => Change::PartAcknowledged { item, part, etag },
        Record::CompletionAttempted(item) => Change::CompletionAttempted(item),
        Record::UploadAbandoned(item) => Change::UploadAbandoned(item),
        Record::PartsForgotten(item) => Change::PartsForgotten(item),
        Record::Acknowledged { item, how, etag, at } => Change::Acknowledged { item, how, etag, at },
        Record::SetAside { item, code } => Change::SetAside { item, code },
        Record::AllBackInQueue => Change::AllBackInQueue,
    }
}
