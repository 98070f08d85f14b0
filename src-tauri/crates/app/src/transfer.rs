//! One transfer's task: it owns the engine's machine and runs its actions.
//!
//! Everything that takes time runs beside it and reports back as an event. What the journal must hold goes through one
//! queue, in order, and is an event again when it is durable. A crash loses what was in flight and nothing else.

mod api;
mod ending;
mod folder;
mod hash;
mod look;
mod objects;
mod records;
mod sendable;
mod speed;
mod turn;
mod walk;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use waybill_cloud::answers;
use waybill_engine::route::Route;
use waybill_engine::transfer::{
    Action, Event, Hold, ItemWork, ObjectReply, RecordId, RequestToken, Restored, Settings, Transfer, UploadWork,
};
use waybill_journal::{Change, Journal, JournalError, Reader, TransferRow, Write};
use waybill_model::{
    Code, Failure, ItemId, ItemRecord, LocalFault, Now, Phase, Progress, Record, Role, TransferId, WaitReason,
};
use waybill_source::Stop;

use crate::clock::SleepWatch;
use crate::connection::Connection;
use crate::cookies::CookieHandle;
use crate::interface::{Command, FolderCount, Notice, SessionState, Snapshot, TransferSnapshot};
use crate::readers::Readers;
use crate::session::SessionHandle;

pub(crate) use ending::complete_receipt;
use folder::{FolderWatch, Reading};
pub(crate) use turn::Turns;
pub(crate) use walk::{WalkOutcome, Walked, walk_and_check};

/// When the journal cannot be read, it is tried again after this long.
const READ_AGAIN: Duration = Duration::from_secs(5);
/// How often a running transfer says that it wants the session, so that single sign-on does not run out meanwhile.
const WANT_SESSION: Duration = Duration::from_secs(600);

/// What every transfer's task shares.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) connection: Arc<Connection>,
    pub(crate) session: SessionHandle,
    pub(crate) cookies: CookieHandle,
    pub(crate) journal: Journal,
    pub(crate) readers: Readers,
    pub(crate) notices: mpsc::UnboundedSender<Notice>,
    pub(crate) snapshots: Arc<watch::Sender<Snapshot>>,
    pub(crate) data_dir: PathBuf,
    pub(crate) turns: Turns,
    /// Held by whoever reads what the checks found into the journal and writes it into a receipt: two would take it from each other.
    pub(crate) check_readings: Arc<tokio::sync::Mutex<()>>,
    pub(crate) seed: u64,
}

/// Speaks to a transfer's task.
#[derive(Clone)]
pub(crate) struct TransferHandle {
    messages: mpsc::UnboundedSender<Message>,
}

enum Message {
    Tell(Command, oneshot::Sender<Result<(), Failure>>),
    End(oneshot::Sender<()>),
}

/// What the parts of the task report to it.
enum Report {
    Event(Event),
    /// The reading of the folder that has this number has ended.
    Read(u64, Reading),
    Walking(FolderCount),
    Hashing(Progress),
    Current(String),
    /// Its turn has come.
    Turn(turn::Turn),
    Receipt(Result<Vec<PathBuf>, Failure>),
    /// The folder is watched, or cannot be.
    Watching(Option<waybill_source::Watch>),
}

impl TransferHandle {
    pub(crate) async fn tell(&self, command: Command) -> Result<(), Failure> {
        let (answer, reply) = oneshot::channel();
        let ended = || Failure::from(Code::NotPossibleNow);
        self.messages.send(Message::Tell(command, answer)).map_err(|_| ended())?;
        reply.await.map_err(|_| ended())?
    }

    /// Calls off what is in flight and waits for the journal.
    pub(crate) async fn end(&self) {
        let (answer, reply) = oneshot::channel();
        if self.messages.send(Message::End(answer)).is_ok() {
            // A task that ended by itself has nothing left to do.
            let _ended = reply.await;
        }
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.messages.is_closed()
    }
}

/// Starts the task of a transfer that the journal holds.
pub(crate) fn start(shared: Shared, row: TransferRow, reader: &Reader) -> Result<TransferHandle, Failure> {
    let (messages, inbox) = mpsc::unbounded_channel();
    let totals = reader.totals(row.id)?;
    let restored = Restored {
        phase: row.phase,
        paused: row.paused,
        start_intended: row.start_intended,
        register_intended: row.register_intended,
        hashed: totals.ready.items > 0,
        given_up: row.given_up,
        progress: totals.progress(),
        set_aside: totals.set_aside.items,
        accepted_left_out: row.accepted_left_out,
        seed: shared.seed ^ u64::from_le_bytes(row.id.0.as_bytes()[..8].try_into().unwrap_or_default()),
    };
    let profile = shared.connection.profile();
    let settings = Settings {
        parallel: profile.parallel,
        budget: profile.requests,
        api_request_seconds: profile.api_request_seconds,
        route: Route::TDR,
    };
    let machine = Transfer::new(restored, settings, shared.connection.clock.now());
    let (reports, reports_in) = mpsc::unbounded_channel();
    let (records, records_in) = mpsc::unbounded_channel();
    let writer = tokio::spawn(records::write_in_order(shared.journal.clone(), row.id, records_in, reports.clone()));
    let task = Task {
        shared,
        row: Arc::new(row),
        machine,
        reports,
        records: Some(records),
        writer,
        in_flight: HashMap::new(),
        sendables: sendable::Sendables::default(),
        stop: Stop::default(),
        reading: None,
        reading_number: 0,
        folder_watch: FolderWatch::None,
        wake_at: None,
        speed: Arc::new(speed::Speed::default()),
        walked: FolderCount::default(),
        hashed: Progress::default(),
        current: None,
        receipt_dir: None,
        turn: None,
        asked_turn: false,
        closed: false,
    };
    tokio::spawn(task.run(inbox, reports_in));
    Ok(TransferHandle { messages })
}

struct Task {
    shared: Shared,
    row: Arc<TransferRow>,
    machine: Transfer,
    reports: mpsc::UnboundedSender<Report>,
    /// `None` once the task has ended.
    records: Option<mpsc::UnboundedSender<(RecordId, Record)>>,
    writer: JoinHandle<()>,
    in_flight: HashMap<RequestToken, CancellationToken>,
    sendables: sendable::Sendables,
    /// Stops the walk or the hashing that runs.
    stop: Stop,
    /// The walk or the hashing that runs, or ran last.
    reading: Option<JoinHandle<()>>,
    /// Which one it is: what an earlier one reports does not count any more.
    reading_number: u64,
    folder_watch: FolderWatch,
    wake_at: Option<Instant>,
    speed: Arc<speed::Speed>,
    walked: FolderCount,
    hashed: Progress,
    current: Option<String>,
    receipt_dir: Option<PathBuf>,
    turn: Option<turn::Turn>,
    /// It is waited for, and will come.
    asked_turn: bool,
    closed: bool,
}

impl Task {
    async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Message>, mut reports: mpsc::UnboundedReceiver<Report>) {
        let mut session = self.shared.session.state();
        session.mark_changed();
        let mut sleep_watch = SleepWatch::new(&self.shared.connection.clock);
        let mut look_for_sleep = tokio::time::interval(SleepWatch::EVERY);
        look_for_sleep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut want_session = tokio::time::interval(WANT_SESSION);
        want_session.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        self.give(Event::Turn(false));
        self.step(Event::Started);
        while !self.closed {
            let wake = self.wake_at;
            tokio::select! {
                Some(report) = reports.recv() => self.take(report),
                message = inbox.recv() => match message {
                    Some(Message::Tell(command, answer)) => {
                        let told = self.tell(command);
                        // Whoever asked may have gone.
                        let _gone = answer.send(told);
                    }
                    Some(Message::End(answer)) => {
                        self.end().await;
                        let _gone = answer.send(());
                        return;
                    }
                    None => {
                        self.end().await;
                        return;
                    }
                },
                Ok(()) = session.changed() => {
                    let state = session.borrow_and_update().clone();
                    self.session_changed(&state);
                }
                () = async { match wake { Some(at) => tokio::time::sleep_until(at).await, None => std::future::pending().await } } => {
                    self.wake_at = None;
                    self.step(Event::TimeReached);
                }
                _ = want_session.tick() => self.shared.session.touch(),
                _ = look_for_sleep.tick() => {
                    if sleep_watch.has_slept(&self.shared.connection.clock) {
                        tracing::info!("the computer has slept");
                        self.shared.session.woke();
                        self.shared.cookies.woke();
                        self.step(Event::Woke);
                    }
                    self.publish();
                }
            }
        }
        self.publish();
        inbox.close();
        while let Ok(message) = inbox.try_recv() {
            match message {
                Message::Tell(_, answer) => drop(answer.send(Err(Code::NotPossibleNow.into()))),
                Message::End(answer) => drop(answer.send(())),
            }
        }
    }

    fn session_changed(&mut self, state: &SessionState) {
        self.step(match state {
            // Where only the sign-in address is silent, what needs no new token goes on.
            SessionState::SignedIn(person) | SessionState::Waiting(person, _) => {
                if person.user_id == self.row.person.user_id {
                    Event::SessionReady
                } else {
                    Event::SessionLost(WaitReason::DifferentPerson)
                }
            }
            SessionState::SignedOut(_) | SessionState::SigningIn => Event::SessionLost(WaitReason::SignedOut),
            SessionState::Loading => return,
        });
    }

    fn tell(&mut self, command: Command) -> Result<(), Failure> {
        let view = self.machine.view();
        if view.phase.is_final() {
            return Err(Code::NotPossibleNow.into());
        }
        match command {
            Command::Send { accept_left_out, straight_on } => {
                if view.phase != Phase::Checked {
                    return Err(Code::NotPossibleNow.into());
                }
                self.step(Event::Send { accept_left_out, straight_on });
            }
            Command::Pause => {
                self.step(Event::Pause);
                self.stop.set();
            }
            Command::Resume => self.step(Event::Resume),
            Command::TryAgain => self.step(Event::TryAgain),
            Command::GiveUp => {
                // Before that the service knows nothing of it: cancelling is what ends it.
                if view.phase < Phase::Starting || view.phase >= Phase::BeingChecked {
                    return Err(Code::NotPossibleNow.into());
                }
                self.step(Event::GiveUp);
            }
            Command::Cancel => {
                // From there on it is uploaded, and the service goes on without us.
                if view.phase >= Phase::BeingChecked {
                    return Err(Code::NotPossibleNow.into());
                }
                self.step(Event::Cancel);
            }
        }
        Ok(())
    }

    async fn write(&self, change: Change) -> Result<(), Failure> {
        Ok(self.shared.journal.write(vec![Write { transfer: self.row.id, change }]).await?)
    }

    fn take(&mut self, report: Report) {
        match report {
            Report::Event(event) => self.step(event),
            Report::Read(number, reading) if number == self.reading_number => match reading {
                Reading::Walk(result) => self.walk_ended(result),
                Reading::Look(result) => self.looked_again(result),
                Reading::Hash(event) => self.step(event),
            },
            Report::Read(..) => {}
            Report::Walking(count) => {
                self.walked = count;
                self.publish();
            }
            Report::Hashing(progress) => {
                self.hashed = progress;
                self.publish();
            }
            Report::Current(path) => self.current = Some(path),
            // A folder that has gone since is watched anew when it is back.
            Report::Watching(watch) if matches!(self.folder_watch, FolderWatch::Starting) => {
                self.folder_watch = watch.map_or(FolderWatch::Impossible, FolderWatch::Running);
            }
            Report::Watching(_) => {}
            Report::Turn(turn) => {
                self.turn = Some(turn);
                self.asked_turn = false;
                self.step(Event::Turn(true));
            }
            Report::Receipt(result) => match result {
                Ok(files) => {
                    self.receipt_dir = files.first().and_then(|file| file.parent()).map(PathBuf::from);
                    self.tell_all(Notice::Receipt { transfer: self.row.id, files });
                    self.step(Event::ReceiptWritten(Ok(())));
                }
                Err(failure) => self.step(Event::ReceiptWritten(Err(failure.code))),
            },
        }
    }

    fn step(&mut self, event: Event) {
        self.give(event);
        if self.turn.is_some() && turn::lets_go(&self.machine) {
            self.turn = None;
            self.give(Event::Turn(false));
        }
        if self.turn.is_none() && turn::wants(&self.machine.view()) {
            self.ask_for_the_turn();
        }
        self.publish();
    }

    fn give(&mut self, event: Event) {
        let now = self.now();
        for action in self.machine.handle(event, now) {
            self.act(action, now);
        }
    }

    /// One that is not wanted any more when it comes is let go at once.
    fn ask_for_the_turn(&mut self) {
        if std::mem::replace(&mut self.asked_turn, true) {
            return;
        }
        let (turns, reports) = (self.shared.turns.clone(), self.reports.clone());
        tokio::spawn(async move {
            let turn = turns.wait().await;
            // A task that has ended gives its turn back at once.
            let _ended = reports.send(Report::Turn(turn));
        });
    }

    fn act(&mut self, action: Action, now: Now) {
        match action {
            Action::WalkAndCheck => self.walk(),
            Action::LookAgain => self.look_again(),
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
            Action::Probe => self.probe(),
            Action::AwaitFolder => self.await_folder(),
            Action::OpenHandOver { upload_failed } => self.open_hand_over(upload_failed, now.server),
            Action::WriteReceipt => self.write_receipt(now.server),
            Action::WakeAt(at) => self.wake_at = Some(Instant::now() + at.since(now.steady)),
            Action::Close => {
                self.stop.set();
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
        if let Some(records) = &self.records {
            // The writer outlives the sender.
            let _ended = records.send((id, record));
        }
    }

    fn announce_problem(&self, item: ItemId, code: Code) {
        let (readers, notices, transfer) = (self.shared.readers.clone(), self.shared.notices.clone(), self.row.id);
        tokio::task::spawn_blocking(move || {
            let path = readers.with(|reader| reader.item(transfer, item));
            let path = path.ok().flatten().map_or_else(|| item.to_string(), |row| row.path.to_string());
            let _ending = notices.send(Notice::ItemProblem { transfer, path, code });
        });
    }

    /// Runs a call of the API beside the task.
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

    /// Reads the journal beside the task, until it can be read.
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

    fn request(&mut self, request: waybill_engine::transfer::Request) {
        let cancel = CancellationToken::new();
        self.in_flight.retain(|_, cancel| !cancel.is_cancelled());
        self.in_flight.insert(request.token, cancel.clone());
        let (shared, row, reports, speed) =
            (self.shared.clone(), Arc::clone(&self.row), self.reports.clone(), Arc::clone(&self.speed));
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
        let (net, cookies, reports) =
            (self.shared.connection.net.clone(), self.shared.cookies.clone(), self.reports.clone());
        tokio::spawn(async move {
            let (api, upload) = tokio::join!(answers(&net, Role::Api), answers(&net, Role::Upload));
            if upload.is_ok() {
                cookies.network_back();
            }
            let _ended = reports.send(Report::Event(Event::Probed { api: api.is_ok(), upload: upload.is_ok() }));
        });
    }

    async fn end(&mut self) {
        self.stop.set();
        for cancel in self.in_flight.values() {
            cancel.cancel();
        }
        // Whoever goes on with this transfer must find all of it in the journal, and nobody else writing.
        if let Some(reading) = self.reading.take() {
            let _ended = reading.await;
        }
        self.records = None;
        let _ended = (&mut self.writer).await;
        let hold = hold_code(self.machine.view().hold).to_owned();
        if let Err(failure) = self.write(Change::LastHold(Some(hold))).await {
            tracing::warn!(%failure, "the journal could not be written to at the end");
        }
    }

    fn publish(&mut self) {
        let view = self.machine.view();
        let snapshot = TransferSnapshot {
            id: self.row.id,
            consignment: self.row.consignment.reference.clone(),
            folder_name: self.row.folder_name.clone(),
            phase: view.phase,
            hold: view.hold,
            given_up: view.given_up,
            turn: turn::state(self.turn.is_some(), &view),
            walked: self.walked,
            hashed: self.hashed,
            sent: view.progress,
            bytes_per_second: self.speed.per_second(),
            current: self.current.clone(),
            check: view.check,
            set_aside: view.set_aside,
            checks: view.checks,
            receipt_dir: self.receipt_dir.clone(),
        };
        self.shared.snapshots.send_if_modified(|all| {
            if all.transfers.get(&snapshot.id) == Some(&snapshot) {
                return false;
            }
            all.transfers.insert(snapshot.id, snapshot);
            true
        });
    }

    fn tell_all(&self, notice: Notice) {
        // Nobody listens when the program is ending.
        let _ending = self.shared.notices.send(notice);
    }

    fn now(&self) -> Now {
        self.shared.connection.clock.now()
    }
}

/// What held a transfer when its task ended, for whoever reads the journal later.
fn hold_code(hold: Hold) -> &'static str {
    match hold {
        Hold::Running => "running",
        Hold::Paused => Code::Paused.as_str(),
        Hold::Waiting { reason, .. } => reason.code().as_str(),
        Hold::Stopped(code) => code.as_str(),
    }
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
