//! The controller's task: who is signed in, which transfers run, and everything that people ask for.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use uuid::Uuid;
use waybill_engine::line;
use waybill_journal::{Change, Journal, NewTransfer, Reader, TransferRow, Write};
use waybill_model::service::{Opening, address_key};
use waybill_model::{Code, ConsignmentReference, Failure, Person, Phase, PhaseGroup, Target, TransferId};
use waybill_source::Folder;
use waybill_words::detail;

use crate::check_failures::{self, CheckFailures};
use crate::connection::Connection;
use crate::consignments::{entries, find_consignment};
use crate::doctor::{CLOCK_TOLERANCE, open_store};
use crate::handle::{Answer, Handle, Notices, Request};
use crate::interface::{Command, Config, Notice, Opened, SessionState, Snapshot};
use crate::line_memory::LineMemory;
use crate::mailbox::{self, Taken};
use crate::permits::Permits;
use crate::readers::Readers;
use crate::session::{self, NoAccess, SessionHandle};
use crate::throttle::Throttle;
use crate::transfer::{self, Shared, TransferHandle, Turns};

/// Starts the controller on the current tokio runtime.
///
/// # Errors
/// A journal that cannot be opened ([`Code::JournalInUse`], [`Code::JournalCorrupt`], [`Code::JournalNewer`],
/// [`Code::DataFolderUnusable`]), a CA file that cannot be used.
pub async fn start(config: Config) -> Result<(Handle, Notices), Failure> {
    let throttle = Throttle::default();
    let (profile, clock) = (Arc::clone(&config.profile), Arc::clone(&config.clock));
    let connection =
        Arc::new(Connection::new(profile, config.ca_pem.as_deref(), &config.proxy, clock, &throttle, config.seed)?);
    make_data_folder(&config.data_dir)?;
    let journal = if config.owns_journal {
        let (dir, who) = (config.data_dir.clone(), config.program.clone());
        let opened = tokio::task::spawn_blocking(move || Journal::open(&dir, &who)).await;
        Some(opened.map_err(|_| Failure::from(Code::Internal))??)
    } else {
        None
    };
    let (notices, notices_out) = mpsc::unbounded_channel();
    let (snapshots, snapshots_out) = watch::channel(Snapshot::default());
    let snapshots = Arc::new(snapshots);
    let session = session::start(
        Arc::clone(&connection),
        open_store(&config),
        config.data_dir.clone(),
        notices.clone(),
        config.seed,
    );
    let mut permits = Permits::new(Arc::clone(&connection), session.clone(), config.seed.rotate_left(17));
    let shared = journal.map(|journal| Shared {
        permits: permits.of(&config.profile.way.permit),
        connection: Arc::clone(&connection),
        session: session.clone(),
        readers: Readers::new(journal.clone()),
        journal,
        notices: notices.clone(),
        snapshots: Arc::clone(&snapshots),
        data_dir: config.data_dir.clone(),
        turns: Turns::new(),
        check_readings: Arc::default(),
        seed: config.seed,
    });
    let (requests, requests_in) = mpsc::channel(64);
    let controller = Controller {
        config,
        connection,
        session,
        permits,
        shared,
        notices,
        snapshots,
        running: HashMap::new(),
        clock_told: false,
    };
    tokio::spawn(controller.run(requests_in));
    Ok((Handle::new(requests, snapshots_out, throttle), notices_out))
}

/// The session's file and locks are there too, before there is any journal.
fn make_data_folder(dir: &std::path::Path) -> Result<(), Failure> {
    let made = waybill_files::make_folder(dir);
    made.map_err(|error| Failure::new(Code::DataFolderUnusable, format!("{}: {error}", dir.display())))
}

struct Controller {
    config: Config,
    connection: Arc<Connection>,
    session: SessionHandle,
    permits: Permits,
    /// What transfers share; `None` if this process does not own the journal.
    shared: Option<Shared>,
    notices: mpsc::UnboundedSender<Notice>,
    snapshots: Arc<watch::Sender<Snapshot>>,
    running: HashMap<TransferId, TransferHandle>,
    clock_told: bool,
}

impl Controller {
    async fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        let mut session = self.session.state();
        session.mark_changed();
        let (posted, mut posted_in) = mpsc::channel(8);
        let (found, mut found_in) = mpsc::unbounded_channel();
        let (moved, mut moved_in) = mpsc::unbounded_channel();
        if self.shared.is_some() {
            tokio::spawn(mailbox::watch(self.config.data_dir.clone(), posted));
        }
        loop {
            tokio::select! {
                request = requests.recv() => match request {
                    Some(Request::Shutdown { answer }) => {
                        let _gone = answer.send(self.end().await);
                        return;
                    }
                    Some(request) => self.take(request, &found, &moved).await,
                    None => {
                        if let Err(failure) = self.end().await {
                            tracing::error!(%failure, "the journal could not be closed");
                        }
                        return;
                    }
                },
                Some(request) = posted_in.recv(), if self.shared.is_some() => self.take_posted(request).await,
                Some(Found { folder, person, target, answer }) = found_in.recv() => {
                    let opened = self.open(folder, person, target).await;
                    // Whoever asked may have gone.
                    let _gone = answer.send(opened);
                }
                Some(Moved { row, folder, answer }) = moved_in.recv() => {
                    let resumed = self.relocate(&row, &folder).await;
                    // Whoever asked may have gone.
                    let _gone = answer.send(resumed);
                }
                Ok(()) = session.changed() => {
                    let state = session.borrow_and_update().clone();
                    self.snapshots.send_modify(|snapshot| snapshot.session = state);
                    self.tell_clock();
                }
            }
        }
    }

    /// Starts what was asked for. What only asks the service runs beside the controller.
    async fn take(
        &mut self,
        request: Request,
        found: &mpsc::UnboundedSender<Found>,
        moved: &mpsc::UnboundedSender<Moved>,
    ) {
        let session = self.session.clone();
        match request {
            Request::SignIn { time_limit, answer } => {
                beside(answer, async move { session.sign_in(time_limit).await });
            }
            Request::CancelSignIn => session.cancel_sign_in(),
            Request::SignOut { answer } => beside(answer, async move { session.sign_out().await }),
            Request::WhoAmI { answer } => beside(answer, async move { who_am_i(&session).await }),
            Request::Consignments { answer } => {
                let (connection, data_dir) = (Arc::clone(&self.connection), self.config.data_dir.clone());
                beside(answer, async move { entries(&connection, &session, data_dir).await });
            }
            Request::CheckFailures { transfer, answer } => self.read_check_failures(transfer, answer),
            Request::Open { folder, consignment, answer } => {
                self.find_beside(folder, consignment, answer, found.clone());
            }
            Request::Relocate { transfer, folder, answer } => {
                self.compare_beside(transfer, folder, answer, moved.clone());
            }
            Request::Leave { transfer, answer } => {
                if let Some(handle) = self.running.remove(&transfer) {
                    handle.end().await;
                }
                let _gone = answer.send(Ok(()));
            }
            Request::Run { transfer, answer } => {
                let _gone = answer.send(self.start_transfer(transfer, None).await);
            }
            Request::Tell { transfer, command, answer } => {
                let _gone = answer.send(self.tell(transfer, command).await);
            }
            // Taken in `run`, which ends with it.
            Request::Shutdown { answer } => drop(answer.send(Ok(()))),
        }
    }

    fn read_check_failures(&self, transfer: TransferId, mut answer: Answer<CheckFailures>) {
        let (connection, session, data_dir) =
            (Arc::clone(&self.connection), self.session.clone(), self.config.data_dir.clone());
        let shared = self.shared.clone();
        tokio::spawn(async move {
            // Whoever does not wait any more has no use for it.
            let found = tokio::select! {
                found = check_failures::read(&connection, &session, data_dir, transfer) => found,
                () = answer.closed() => return,
            };
            let answered = found.is_ok();
            drop(answer.send(found));
            // What can be read now is missing from a receipt that was written when it could not be.
            if let (true, Some(shared)) = (answered, shared)
                && let Err(failure) = transfer::complete_receipt(&shared, transfer).await
            {
                tracing::warn!(%transfer, %failure, "the receipt could not be completed");
            }
        });
    }

    fn find_beside(
        &self,
        folder: Folder,
        consignment: Option<ConsignmentReference>,
        answer: Answer<Opened>,
        out: mpsc::UnboundedSender<Found>,
    ) {
        let (connection, session) = (Arc::clone(&self.connection), self.session.clone());
        tokio::spawn(async move {
            match find(&connection, &session, folder, consignment.as_ref()).await {
                // If the controller has ended, the answer is dropped, and the caller gets an error.
                Ok((folder, person, target)) => drop(out.send(Found { folder, person, target, answer })),
                Err(failure) => drop(answer.send(Err(failure))),
            }
        });
    }

    /// Compares a folder with the one that was checked: not in the controller's own loop, as it asks the disk for each file.
    fn compare_beside(
        &self,
        transfer: TransferId,
        folder: Folder,
        answer: Answer<()>,
        out: mpsc::UnboundedSender<Moved>,
    ) {
        let (data_dir, service) = (self.config.data_dir.clone(), self.config.profile.name.clone());
        tokio::spawn(async move {
            let compared = tokio::task::spawn_blocking(move || {
                let unknown = || Failure::new(Code::TransferUnknown, transfer.to_string());
                let reader = Reader::open(&data_dir)?.ok_or_else(unknown)?;
                let row = reader.transfer(transfer)?.ok_or_else(unknown)?;
                if row.phase.is_final() || row.service != service {
                    return Err(Failure::new(Code::NotPossibleNow, row.destination()));
                }
                transfer::is_the_checked_folder(&folder, &reader, &row)?;
                Ok((row, folder))
            });
            match compared.await.unwrap_or_else(|_| Err(Code::Internal.into())) {
                // If the controller has ended, the answer is dropped, and the caller gets an error.
                Ok((row, folder)) => drop(out.send(Moved { row, folder, answer })),
                Err(failure) => drop(answer.send(Err(failure))),
            }
        });
    }

    /// Records where the folder is now, and resumes its transfer. A running task is ended first, because a task reads the
    /// folder's path only once.
    async fn relocate(&mut self, row: &TransferRow, folder: &Folder) -> Result<(), Failure> {
        let shared = self.shared.clone().ok_or_else(|| Failure::from(Code::Internal))?;
        if let Some(handle) = self.running.remove(&row.id) {
            handle.end().await;
        }
        let change = if row.folder == folder.path() {
            Change::FolderKey(folder.key())
        } else {
            let at = self.connection.clock.now().server;
            Change::Moved { folder: folder.path().to_owned(), key: folder.key(), at }
        };
        shared.journal.write(vec![Write { transfer: row.id, change }]).await?;
        self.start_transfer(row.id, None).await
    }

    async fn take_posted(&mut self, request: Taken) {
        let mut told = self.tell(request.transfer, request.command).await;
        if matches!(&told, Err(failure) if failure.code == Code::TransferUnknown) {
            // Not running here: it was started only for this, and either ends again or stays where the command left it.
            told = match self.start_transfer(request.transfer, None).await {
                Ok(()) => self.tell(request.transfer, request.command).await,
                Err(failure) => Err(failure),
            };
        }
        request.answer(told);
    }

    async fn tell(&mut self, transfer: TransferId, command: Command) -> Result<(), Failure> {
        match self.running.get(&transfer) {
            Some(handle) => handle.tell(command).await,
            None => Err(Failure::new(Code::TransferUnknown, transfer.to_string())),
        }
    }

    async fn open(&mut self, folder: Folder, person: Person, target: Target) -> Result<Opened, Failure> {
        let shared = self.shared.clone().ok_or_else(|| Failure::from(Code::Internal))?;
        self.tell_clock();
        let rows = self.rows().await?;
        let mine = rows.into_iter().find(|row| {
            row.service == self.config.profile.name
                && row.phase != Phase::Cancelled
                && is_the_same(row, &target, &folder)
        });
        if let Some(row) = mine {
            if row.folder == folder.path() || !is_unknown_to_the_service(&row) {
                return self.go_on(row, folder, &person).await;
            }
            self.drop_transfer(&shared, row.id).await?;
        }
        if let Target::Consignment(consignment) = &target
            && let Some(code) = consignment.state().refusal()
        {
            return Err(Failure::new(code, consignment.reference.as_str()));
        }
        let id = TransferId(Uuid::new_v4());
        let created = self.connection.clock.now().server;
        let learned = LineMemory::new(&self.config.data_dir, &self.config.profile.name).read(created);
        let new = NewTransfer {
            id,
            created,
            service: self.config.profile.name.clone(),
            website: self.config.profile.website_url.as_ref().map(ToString::to_string),
            way: self.config.profile.way.clone(),
            person,
            target,
            folder: folder.path().to_owned(),
            folder_name: folder.name().to_owned(),
            parts: self.config.profile.way.parts(line::divided(self.config.profile.parts, learned)),
            program_version: self.config.program.clone(),
        };
        shared.journal.write(vec![Write { transfer: id, change: Change::New(Box::new(new)) }]).await?;
        self.start_transfer(id, Some(folder)).await?;
        Ok(Opened { id, existed: false })
    }

    /// Resumes the transfer that a folder already has into that consignment. A transfer that was only checked is
    /// checked again: the folder may have changed since. A finished transfer does not change.
    async fn go_on(&mut self, row: TransferRow, folder: Folder, person: &Person) -> Result<Opened, Failure> {
        if row.person.user_id != person.user_id {
            return Err(Failure::new(Code::DifferentPerson, row.destination()));
        }
        if row.phase == Phase::Finished && row.folder == folder.path() {
            return Ok(Opened { id: row.id, existed: true });
        }
        if row.phase.is_final() {
            return Err(Failure::new(Code::ConsignmentUsed, row.destination()));
        }
        let looks_afresh = matches!(row.phase, Phase::Walking | Phase::Checked);
        if row.folder != folder.path() {
            let detail = detail::other_folder(detail::OtherFolder {
                destination: row.destination(),
                folder: &row.folder.display().to_string(),
            });
            return Err(Failure::new(Code::NotPossibleNow, detail));
        }
        if looks_afresh && let Some(handle) = self.running.remove(&row.id) {
            handle.end().await;
        }
        self.start_transfer(row.id, looks_afresh.then_some(folder)).await?;
        Ok(Opened { id: row.id, existed: !looks_afresh })
    }

    /// Drops the transfer of another folder into the same consignment: nothing of it is at the service, so nothing is
    /// lost.
    async fn drop_transfer(&mut self, shared: &Shared, id: TransferId) -> Result<(), Failure> {
        if let Some(handle) = self.running.remove(&id) {
            handle.end().await;
        }
        shared.journal.write(vec![Write { transfer: id, change: Change::Remove }]).await?;
        self.snapshots.send_modify(|snapshot| drop(snapshot.transfers.remove(&id)));
        Ok(())
    }

    /// `opened`: its folder, where a person has just chosen it.
    async fn start_transfer(&mut self, id: TransferId, opened: Option<Folder>) -> Result<(), Failure> {
        let shared = self.shared.clone().ok_or_else(|| Failure::from(Code::Internal))?;
        self.running.retain(|_, handle| !handle.has_ended());
        if self.running.contains_key(&id) {
            return Ok(());
        }
        let journal = shared.journal.clone();
        let read = tokio::task::spawn_blocking(move || {
            let reader = journal.reader()?;
            let row = reader.transfer(id)?;
            Ok::<_, Failure>((reader, row))
        });
        let (reader, row) = read.await.map_err(|_| Failure::from(Code::Internal))??;
        let row = row.ok_or_else(|| Failure::new(Code::TransferUnknown, id.to_string()))?;
        if row.service != self.config.profile.name {
            let detail = detail::other_service(&row.service);
            return Err(Failure::new(Code::NotPossibleNow, detail));
        }
        if let Some(role) = self.config.profile.lacks(&row.way) {
            let detail = format!("{}: is missing, and this transfer needs it", address_key(role));
            return Err(Failure::new(Code::ProfileMalformed, detail));
        }
        let shared = Shared { permits: self.permits.of(&row.way.permit), ..shared };
        let handle = transfer::start(shared, row, opened, &reader)?;
        self.running.insert(id, handle);
        Ok(())
    }

    async fn rows(&self) -> Result<Vec<TransferRow>, Failure> {
        transfers_in(self.config.data_dir.clone()).await
    }

    async fn end(&mut self) -> Result<(), Failure> {
        for handle in self.running.values() {
            handle.end().await;
        }
        match self.shared.take() {
            Some(shared) => Ok(shared.journal.close().await?),
            None => Ok(()),
        }
    }

    /// Reports once if this computer's clock is far off; server time is used in any case.
    fn tell_clock(&mut self) {
        let off = self.connection.clock.offset_ms().unwrap_or(0) / 1000;
        if !self.clock_told && off.abs() > CLOCK_TOLERANCE {
            self.clock_told = true;
            let _ending = self.notices.send(Notice::ClockOff(off));
        }
    }
}

/// Answers with the outcome of work that runs beside the controller. Whoever asked may have gone.
fn beside<T: Send + 'static>(answer: Answer<T>, work: impl Future<Output = Result<T, Failure>> + Send + 'static) {
    tokio::spawn(async move { drop(answer.send(work.await)) });
}

/// A folder and a target that can be used together, as far as disk and service know.
struct Found {
    folder: Folder,
    person: Person,
    target: Target,
    answer: Answer<Opened>,
}

/// A folder that is elsewhere now and holds what was checked.
struct Moved {
    row: TransferRow,
    folder: Folder,
    answer: Answer<()>,
}

/// Asks disk and service, which may take their time: not in the controller's own loop.
async fn find(
    connection: &Connection,
    session: &SessionHandle,
    folder: Folder,
    reference: Option<&ConsignmentReference>,
) -> Result<(Folder, Person, Target), Failure> {
    let wanted = wanted(connection.profile().way.opening, reference)?;
    // It was there when the person chose it.
    let looked = tokio::task::spawn_blocking(move || if folder.is_reachable() { Ok(folder) } else { Err(folder) });
    let folder = looked.await.map_err(|_| Failure::from(Code::Internal))?;
    let folder = folder.map_err(|gone| Failure::new(Code::FolderMissing, gone.path().display().to_string()))?;
    let person = access(session).await?;
    let target = match wanted {
        Wanted::Folder => Target::Folder,
        Wanted::Consignment(reference) => Target::Consignment(find_consignment(connection, session, reference).await?),
    };
    Ok((folder, person, target))
}

/// What a folder is to be sent to.
#[derive(Debug, PartialEq, Eq)]
enum Wanted<'a> {
    /// The service itself.
    Folder,
    /// The consignment with this reference.
    Consignment(&'a ConsignmentReference),
}

/// Compares what was asked for with what the service takes.
fn wanted(opening: Opening, reference: Option<&ConsignmentReference>) -> Result<Wanted<'_>, Failure> {
    match (opening, reference) {
        (Opening::None, None) => Ok(Wanted::Folder),
        (Opening::None, Some(reference)) => Err(Failure::new(Code::NoConsignments, reference.as_str())),
        (Opening::Registration, None) => Err(Code::ConsignmentNeeded.into()),
        (Opening::Registration, Some(reference)) => Ok(Wanted::Consignment(reference)),
    }
}

/// Whether opening the target again means this transfer. The same folder may be sent into the service itself again and
/// again, one after the other.
fn is_the_same(row: &TransferRow, target: &Target, folder: &Folder) -> bool {
    match (&row.target, target) {
        (Target::Consignment(one), Target::Consignment(other)) => one.id == other.id,
        (Target::Folder, Target::Folder) => row.folder == folder.path() && !row.phase.is_final(),
        (Target::Consignment(_), Target::Folder) | (Target::Folder, Target::Consignment(_)) => false,
    }
}

/// Nothing of it is at the service.
fn is_unknown_to_the_service(row: &TransferRow) -> bool {
    row.phase.group() == PhaseGroup::Preparing && row.start_intended.is_none()
}

async fn who_am_i(session: &SessionHandle) -> Result<Option<Person>, Failure> {
    match session.access().await {
        Ok(access) => Ok(Some(access.person)),
        Err(NoAccess::SignedOut(_)) => Ok(None),
        Err(NoAccess::Waiting(reason)) => match &*session.state().borrow() {
            SessionState::Waiting(person, _) | SessionState::SignedIn(person) => Ok(Some(person.clone())),
            SessionState::Loading | SessionState::SignedOut(_) | SessionState::SigningIn => Err(reason.code().into()),
        },
    }
}

async fn access(session: &SessionHandle) -> Result<Person, Failure> {
    session.access().await.map(|access| access.person).map_err(|none| none.code().into())
}

async fn transfers_in(data_dir: PathBuf) -> Result<Vec<TransferRow>, Failure> {
    let read = tokio::task::spawn_blocking(move || match Reader::open(&data_dir)? {
        Some(reader) => Ok(reader.transfers()?),
        None => Ok(Vec::new()),
    });
    read.await.unwrap_or_else(|_| Err(Code::Internal.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_and_a_needless_consignment_are_different_mistakes() {
        let reference = ConsignmentReference::from("TDR-2026-ABC");
        let code = |opening, given| wanted(opening, given).map_err(|failure| failure.code);
        assert_eq!(code(Opening::Registration, None), Err(Code::ConsignmentNeeded));
        assert_eq!(code(Opening::None, Some(&reference)), Err(Code::NoConsignments));
        assert_eq!(code(Opening::None, None), Ok(Wanted::Folder));
        assert_eq!(code(Opening::Registration, Some(&reference)), Ok(Wanted::Consignment(&reference)));
    }
}
