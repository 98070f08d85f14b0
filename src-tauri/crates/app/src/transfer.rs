//! One transfer's task: it owns the engine's machine and runs its actions.
//!
//! Everything that takes time runs beside it and reports back as an event. What the journal must hold goes through one
//! queue, in order, and is an event again when it is durable. A crash loses what was in flight and nothing else.

mod actions;
mod api;
mod ending;
mod folder;
mod handle;
mod hash;
mod look;
mod moved;
mod objects;
mod records;
mod sendable;
mod shown;
mod speed;
mod turn;
mod walk;
mod walked_folder;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use waybill_engine::route::Route;
use waybill_engine::transfer::{Event, Hold, RequestToken, Restored, Settings, Transfer};
use waybill_journal::{Change, Journal, Reader, TransferRow, Write};
use waybill_model::{Code, Failure, Now, Phase, PhaseGroup, Progress, WaitReason};
use waybill_source::Folder;

use crate::clock::{SleepWatch, sleep_until};
use crate::connection::Connection;
use crate::interface::{Command, FolderCount, Notice, SessionState, Snapshot};
use crate::line_memory::LineMemory;
use crate::permits::PermitHandle;
use crate::readers::Readers;
use crate::session::SessionHandle;

pub(crate) use ending::complete_receipt;
use folder::{FolderReading, FolderWatch, Reading};
use handle::Message;
pub(crate) use handle::TransferHandle;
pub(crate) use moved::is_the_checked_folder;
use records::Recorder;
use sendable::Sendables;
use shown::Shown;
use turn::OwnTurn;
pub(crate) use turn::Turns;
pub(crate) use walk::{WalkOutcome, Walked, walk_and_check};
use walked_folder::WalkedFolder;

/// How often a running transfer reports that it needs the session, so that single sign-on does not expire meanwhile.
const WANT_SESSION: Duration = Duration::from_secs(600);

/// What every transfer's task shares.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) connection: Arc<Connection>,
    pub(crate) session: SessionHandle,
    pub(crate) permits: PermitHandle,
    pub(crate) journal: Journal,
    pub(crate) readers: Readers,
    pub(crate) notices: mpsc::UnboundedSender<Notice>,
    pub(crate) snapshots: Arc<watch::Sender<Snapshot>>,
    pub(crate) data_dir: PathBuf,
    pub(crate) turns: Turns,
    /// Held while the findings of the checks are read into the journal and written into a receipt, which two tasks must
    /// not do at once.
    pub(crate) check_readings: Arc<tokio::sync::Mutex<()>>,
    pub(crate) seed: u64,
}

/// What runs beside the task reports to it.
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

/// Starts the task of a transfer that the journal holds.
///
/// `opened`: its folder, where a person has just chosen it. The first walk goes through that one.
pub(crate) fn start(
    shared: Shared,
    row: TransferRow,
    opened: Option<Folder>,
    reader: &Reader,
) -> Result<TransferHandle, Failure> {
    let (messages, inbox) = mpsc::unbounded_channel();
    let totals = reader.totals(row.id)?;
    let line = LineMemory::new(&shared.data_dir, &row.service);
    let restored = Restored {
        folder_name: row.folder_name.clone(),
        phase: row.phase,
        paused: row.paused,
        start_intended: row.start_intended,
        register_intended: row.register_intended,
        hashed: totals.ready.items > 0,
        given_up: row.given_up,
        progress: totals.progress(),
        set_aside: totals.set_aside.items,
        accepted_left_out: row.accepted_left_out,
        bytes_per_second: line.read(shared.connection.clock.now().server),
        seed: shared.seed ^ u64::from_le_bytes(row.id.0.as_bytes()[..8].try_into().unwrap_or_default()),
    };
    let profile = shared.connection.profile();
    let settings = Settings {
        parallel: profile.parallel,
        budget: profile.requests,
        api_request_seconds: profile.api_request_seconds,
        route: Route::of(&row.way),
        repeat: row.way.repeat(),
    };
    let machine = Transfer::new(restored, settings, shared.connection.clock.now());
    let (reports, reports_in) = mpsc::unbounded_channel();
    let recorder = Recorder::start(shared.journal.clone(), row.id, reports.clone());
    let walked = {
        let (readers, row) = (shared.readers.clone(), row.clone());
        WalkedFolder::new(row.folder_key, move |folder| {
            readers.with(|reader| is_the_checked_folder(folder, reader, &row))
        })
    };
    let task = Task {
        shared,
        row: Arc::new(row),
        machine,
        reports,
        recorder,
        in_flight: HashMap::new(),
        sendables: Sendables::default(),
        line,
        reading: FolderReading::of(opened, walked),
        folder_watch: FolderWatch::None,
        turn: OwnTurn::None,
        shown: Shown::default(),
        wake_at: None,
        closed: false,
    };
    tokio::spawn(task.run(inbox, reports_in));
    Ok(TransferHandle::new(messages))
}

struct Task {
    shared: Shared,
    row: Arc<TransferRow>,
    machine: Transfer,
    reports: mpsc::UnboundedSender<Report>,
    recorder: Recorder,
    in_flight: HashMap<RequestToken, CancellationToken>,
    sendables: Sendables,
    line: LineMemory,
    reading: FolderReading,
    folder_watch: FolderWatch,
    turn: OwnTurn,
    shown: Shown,
    wake_at: Option<Instant>,
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
                () = sleep_until(wake) => {
                    self.wake_at = None;
                    self.step(Event::TimeReached);
                }
                _ = want_session.tick() => self.shared.session.touch(),
                _ = look_for_sleep.tick() => {
                    if sleep_watch.has_slept(&self.shared.connection.clock) {
                        tracing::info!("the computer has slept");
                        self.shared.session.woke();
                        self.shared.permits.woke();
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
            // If only the sign-in address is silent, what needs no new token continues.
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
            Command::Send { agreed, given } => {
                if view.phase != Phase::Checked {
                    return Err(Code::NotPossibleNow.into());
                }
                self.step(Event::Send { agreed, given });
            }
            Command::Pause => {
                self.step(Event::Pause);
                self.reading.stop();
            }
            Command::Resume => self.step(Event::Resume),
            Command::TryAgain => self.step(Event::TryAgain),
            Command::GiveUp => {
                // Before that the service does not know of it: cancelling ends it.
                if view.phase.group() == PhaseGroup::Preparing || is_with_the_service(view.phase) {
                    return Err(Code::NotPossibleNow.into());
                }
                self.step(Event::GiveUp);
            }
            Command::Cancel => {
                // From then on it is uploaded, and the service continues without us.
                if is_with_the_service(view.phase) {
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
            Report::Read(number, reading) if self.reading.is_current(number) => match reading {
                Reading::Walk(result) => self.walk_ended(result),
                Reading::Look(result) => self.folder_compared(result),
                Reading::Hash(event) => self.step(event),
            },
            Report::Read(..) => {}
            Report::Walking(count) => {
                self.shown.walked = count;
                self.publish();
            }
            Report::Hashing(progress) => {
                self.shown.hashed = progress;
                self.publish();
            }
            Report::Current(path) => self.shown.current = Some(path),
            // A folder that has vanished since is watched again when it is back.
            Report::Watching(watch) if matches!(self.folder_watch, FolderWatch::Starting) => {
                self.folder_watch = watch.map_or(FolderWatch::Impossible, FolderWatch::Running);
            }
            Report::Watching(_) => {}
            Report::Turn(turn) => {
                self.turn = OwnTurn::Held(turn);
                self.step(Event::Turn(true));
            }
            Report::Receipt(result) => match result {
                Ok(files) => {
                    self.shown.receipt_dir = files.first().and_then(|file| file.parent()).map(PathBuf::from);
                    self.tell_all(Notice::Receipt { transfer: self.row.id, files });
                    self.step(Event::ReceiptWritten(Ok(())));
                }
                Err(failure) => self.step(Event::ReceiptWritten(Err(failure.code))),
            },
        }
    }

    fn step(&mut self, event: Event) {
        self.give(event);
        if self.turn.is_held() && turn::lets_go(&self.machine) {
            self.turn = OwnTurn::None;
            self.give(Event::Turn(false));
        }
        if matches!(self.turn, OwnTurn::None) && turn::wants_turn(&self.machine.view()) {
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

    /// A turn that is no longer wanted when it comes is released at once.
    fn ask_for_the_turn(&mut self) {
        self.turn = OwnTurn::Asked;
        let (turns, reports) = (self.shared.turns.clone(), self.reports.clone());
        tokio::spawn(async move {
            let turn = turns.wait().await;
            // A task that has ended releases its turn at once.
            let _ended = reports.send(Report::Turn(turn));
        });
    }

    async fn end(&mut self) {
        self.reading.stop();
        for cancel in self.in_flight.values() {
            cancel.cancel();
        }
        // Whoever resumes this transfer must find all of it in the journal, and nobody else writing.
        self.reading.end().await;
        self.recorder.end().await;
        let hold = hold_code(self.machine.view().hold).to_owned();
        if let Err(failure) = self.write(Change::LastHold(Some(hold))).await {
            tracing::warn!(%failure, "the journal could not be written to at the end");
        }
    }

    fn publish(&mut self) {
        let view = self.machine.view();
        let turn = self.turn.state(&view);
        let snapshot = self.shown.snapshot(&self.row, &view, turn);
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

/// Returns whether everything was handed over: the service continues without this program.
fn is_with_the_service(phase: Phase) -> bool {
    match phase.group() {
        PhaseGroup::Preparing | PhaseGroup::Opening | PhaseGroup::Sending => false,
        PhaseGroup::Closing => phase == Phase::BeingChecked,
        PhaseGroup::Over(_) => true,
    }
}

/// Returns what held a transfer when its task ended, for later readers of the journal.
fn hold_code(hold: Hold) -> &'static str {
    match hold {
        Hold::Running => "running",
        Hold::Paused => Code::Paused.as_str(),
        Hold::Waiting { reason, .. } => reason.code().as_str(),
        Hold::Stopped(code) => code.as_str(),
    }
}
