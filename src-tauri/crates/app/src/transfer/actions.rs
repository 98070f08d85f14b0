//! What a transfer's task does when the machine says so. Anything that takes time runs beside it and reports back.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use waybill_cloud::answers;
use waybill_engine::transfer::{Action, Event, ItemWork, ObjectReply, RecordId, Request, UploadWork};
use waybill_journal::{JournalError, Reader, TransferRow};
use waybill_model::service::UploadWay;
use waybill_model::{Code, ItemId, ItemRecord, LocalFault, Now, Record, Role, TransferId};

use super::folder::FolderWatch;
use super::{Report, Shared, Task, api, objects};
use crate::interface::Notice;

/// How long to wait before a journal that could not be read is read again.
const READ_AGAIN: Duration = Duration::from_secs(5);

impl Task {
    pub(super) fn act(&mut self, action: Action, now: Now) {
        match action {
            Action::WalkAndCheck => self.walk(),
            Action::CompareFolder => self.compare_folder(),
            Action::Hash => self.hash(),
            Action::Record(id, record) => self.record(id, record),
            Action::StartUpload => self.beside(api::start_upload),
            Action::ReadTruth => self.beside(api::read_truth),
            Action::Register => self.beside(api::register),
            Action::ReadMatches => self.beside(api::read_matches),
            Action::ReadChecks => self.beside(api::read_checks),
            Action::LoadItems { after, limit } => self.load_items(after, limit),
            Action::CountItems => self.count_items(),
            Action::Request(request) => self.request(request),
            Action::CallOff(token) => {
                if let Some(cancel) = self.in_flight.get(&token) {
                    cancel.cancel();
                }
            }
            Action::KeepLine { bytes_per_second } => {
                let (line, at) = (self.line.clone(), now.server);
                tokio::task::spawn_blocking(move || line.keep(bytes_per_second, at));
            }
            Action::Probe => self.probe(),
            Action::AwaitFolder => self.await_folder(),
            Action::OpenHandOver { upload_failed } => self.open_hand_over(upload_failed, now.server),
            Action::WriteReceipt => self.write_receipt(now.server),
            Action::WakeAt(at) => self.wake_at = Some(Instant::now() + at.since(now.steady)),
            Action::Close => {
                self.reading.stop();
                self.folder_watch = FolderWatch::None;
                self.closed = true;
            }
        }
    }

    fn record(&mut self, id: RecordId, record: Record) {
        if let Record::Item(item, ItemRecord::SetAside(code)) = &record {
            self.announce_problem(*item, *code);
        }
        self.sendables.recording(&record);
        self.recorder.record(id, record);
    }

    fn announce_problem(&self, item: ItemId, code: Code) {
        let (readers, notices, transfer) = (self.shared.readers.clone(), self.shared.notices.clone(), self.row.id);
        tokio::task::spawn_blocking(move || {
            let path = readers.with(|reader| reader.item(transfer, item));
            let path = path.ok().flatten().map_or_else(|| item.to_string(), |row| row.path.to_string());
            let _ending = notices.send(Notice::ItemProblem { transfer, path, code });
        });
    }

    /// Runs an API call beside the task.
    fn beside<F, Fut>(&self, call: F)
    where
        F: FnOnce(Shared, Arc<TransferRow>) -> Fut + Send + 'static,
        Fut: Future<Output = Event> + Send + 'static,
    {
        let (shared, row, reports) = (self.shared.clone(), Arc::clone(&self.row), self.reports.clone());
        tokio::spawn(async move {
            let event = call(shared, row).await;
            let _ended = reports.send(Report::Event(event));
        });
    }

    fn load_items(&mut self, after: Option<ItemId>, limit: u32) {
        self.watch_folder();
        self.ask_journal(move |reader, id| {
            let rows = reader.to_send(id, after, limit)?;
            let last = rows.len() < usize::try_from(limit).unwrap_or(usize::MAX);
            Ok(Event::ItemsLoaded { items: rows.into_iter().map(work_of).collect(), last })
        });
    }

    fn count_items(&self) {
        self.ask_journal(|reader, id| {
            let totals = reader.totals(id)?;
            Ok(Event::ItemsCounted { progress: totals.progress(), set_aside: totals.set_aside.items })
        });
    }

    /// Reads the journal beside the task, again and again until it succeeds.
    fn ask_journal(
        &self,
        question: impl Fn(&Reader, TransferId) -> Result<Event, JournalError> + Clone + Send + 'static,
    ) {
        let (readers, id, reports) = (self.shared.readers.clone(), self.row.id, self.reports.clone());
        tokio::spawn(async move {
            let mut again = tokio::time::interval(READ_AGAIN);
            while !reports.is_closed() {
                again.tick().await;
                let (readers, question) = (readers.clone(), question.clone());
                match tokio::task::spawn_blocking(move || readers.with(|reader| question(reader, id))).await {
                    Ok(Ok(event)) => {
                        let _ended = reports.send(Report::Event(event));
                        return;
                    }
                    Ok(Err(error)) => tracing::error!(%error, "the journal could not be read; trying again"),
                    Err(error) => tracing::error!(%error, "the journal could not be read; trying again"),
                }
            }
        });
    }

    fn request(&mut self, request: Request) {
        let cancel = CancellationToken::new();
        self.in_flight.retain(|_, cancel| !cancel.is_cancelled());
        self.in_flight.insert(request.token, cancel.clone());
        let (shared, row, reports, speed) =
            (self.shared.clone(), Arc::clone(&self.row), self.reports.clone(), Arc::clone(&self.shown.speed));
        let slot = self.sendables.slot(request.item);
        tokio::spawn(async move {
            let reply = tokio::select! {
                biased;
                () = cancel.cancelled() => ObjectReply::not_sent(request.op, LocalFault::CalledOff),
                reply = objects::send(&shared, &row, &slot, request, &speed, &reports) => reply,
            };
            cancel.cancel();
            let _ended = reports.send(Report::Event(Event::ObjectReplied { token: request.token, reply }));
        });
    }

    fn probe(&self) {
        let (net, permits, reports) =
            (self.shared.connection.net.clone(), self.shared.permits.clone(), self.reports.clone());
        let other = beside_upload(&self.row.way);
        tokio::spawn(async move {
            let (other, upload) = tokio::join!(answers(&net, other), answers(&net, Role::Upload));
            if upload.is_ok() {
                permits.network_back();
            }
            let _ended = reports.send(Report::Event(Event::Probed { other: other.is_ok(), upload: upload.is_ok() }));
        });
    }
}

/// Returns the address that is probed beside the upload address: one that transfers in this way use.
fn beside_upload(way: &UploadWay) -> Role {
    if way.needs(Role::Api) { Role::Api } else { Role::SignIn }
}

fn work_of(row: waybill_journal::SendRow) -> ItemWork {
    ItemWork {
        item: row.item,
        plan: row.plan,
        put_attempted: row.put_attempted || row.completion_attempted && row.upload.is_none(),
        upload: row.upload.map(|upload| UploadWork {
            abort_at: upload.abort_at,
            acknowledged: upload.acknowledged,
            completion_attempted: upload.completion_attempted,
        }),
    }
}

#[cfg(test)]
mod tests {
    use waybill_model::service::{Closing, KeyFrom, Opening};

    use super::*;

    #[test]
    fn a_transfer_that_never_calls_the_api_never_probes_it() {
        let straight = UploadWay {
            key: KeyFrom::Local { prefix: String::new() },
            opening: Opening::None,
            closing: Closing::None,
            ..UploadWay::tdr()
        };
        assert_eq!((beside_upload(&UploadWay::tdr()), beside_upload(&straight)), (Role::Api, Role::SignIn));
    }
}
