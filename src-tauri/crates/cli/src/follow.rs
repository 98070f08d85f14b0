//! Follows transfers of this process until each has ended, carrying out the steps that [`Follower`] decides.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use waybill_app::library::ItemFilter;
use waybill_app::{Command, Hold, SessionState, Snapshot, TransferSnapshot};
use waybill_model::{Code, Failure, ItemState, Person, Phase, RetryClass, TransferId};

use crate::console::Console;
use crate::events::{Checked, Event};
use crate::failed::Failed;
use crate::findings::{self, Extent, OfTransfer};
use crate::follower::{Ending, Follower, Goal, Step};
use crate::running::{Running, item_problem, receipt};
use crate::setup::Setup;

/// How often to look when nothing changes.
const TICK: Duration = Duration::from_millis(250);
/// How long a sign-in in the middle of a transfer stays open: overnight and the next day.
const SIGN_IN_LIMIT: Duration = Duration::from_secs(24 * 3600);
/// The delay after a sign-in that could not start.
const SIGN_IN_AGAIN: Duration = Duration::from_secs(5);
/// How long to wait for a pause to be recorded before the controller is ended anyway.
const PAUSE_LIMIT: Duration = Duration::from_secs(10);
/// How long to wait for the reply to a registration. Without it, the next command has to wait for minutes until it is
/// certain what the service did.
const REPLY_LIMIT: Duration = Duration::from_secs(30);
/// Paths of each group shown to people before they are asked.
const PATHS_SHOWN: u64 = 10;
/// Items fetched at a time.
const PAGE: u32 = 1_000;

/// One transfer to follow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    /// The transfer's id. It is already running.
    pub(crate) id: TransferId,
    /// What the command wants of it.
    pub(crate) goal: Goal,
    /// Whether it was paused and has just been told to resume.
    pub(crate) resumed: bool,
}

/// Why following ended.
#[derive(Debug)]
pub(crate) enum Followed {
    /// Every transfer has ended.
    All(BTreeMap<TransferId, Ending>),
    /// A signal came. Transfers that had not ended are paused.
    Interrupted,
}

type SigningIn = Pin<Box<dyn Future<Output = Result<Person, Failure>> + Send>>;

struct Driver<'a> {
    console: &'a mut Console,
    running: &'a mut Running,
    setup: &'a Setup,
    followers: BTreeMap<TransferId, Follower>,
    endings: BTreeMap<TransferId, Ending>,
    signing_in: Option<SigningIn>,
    /// No sign-in starts before this time, after one that could not start.
    sign_in_from: Option<Instant>,
    question: Option<(TransferId, JoinHandle<bool>)>,
}

/// Returns whether the registration of the files is under way.
fn registers(transfer: &TransferSnapshot) -> bool {
    transfer.phase == Phase::Registering && transfer.hold == Hold::Running
}

/// Follows the targets until each has ended, or a signal comes.
///
/// # Errors
/// A sign-in that was refused, a command that a transfer refuses, a journal that cannot be read. Transfers that have
/// not ended continue until the controller ends; they can be resumed.
pub(crate) async fn follow(
    console: &mut Console,
    running: &mut Running,
    setup: &Setup,
    targets: &[Target],
) -> Result<Followed, Failed> {
    let followers = targets.iter().map(|target| (target.id, Follower::new(target.goal, target.resumed))).collect();
    let mut driver = Driver {
        console,
        running,
        setup,
        followers,
        endings: BTreeMap::new(),
        signing_in: None,
        sign_in_from: None,
        question: None,
    };
    let followed = driver.run().await;
    if driver.signing_in.take().is_some() {
        driver.running.handle.cancel_sign_in().await;
    }
    followed
}

impl Driver<'_> {
    async fn run(&mut self) -> Result<Followed, Failed> {
        let mut snapshots = self.running.snapshots();
        let mut interrupt = self.running.interrupt.clone();
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let seen = snapshots.borrow_and_update().clone();
            self.look(&seen).await?;
            if self.endings.len() == self.followers.len() {
                self.running.drain(self.console);
                self.tell_receipts(&seen);
                self.tell_set_aside(&seen)?;
                return Ok(Followed::All(std::mem::take(&mut self.endings)));
            }
            tokio::select! {
                biased;
                () = interrupt.heard() => {
                    self.pause_all().await;
                    return Ok(Followed::Interrupted);
                }
                notice = self.running.notice() => self.running.tell(self.console, notice),
                signed_in = complete(&mut self.signing_in) => {
                    self.signing_in = None;
                    self.signed_in(signed_in)?;
                }
                agreed = answer(&mut self.question) => {
                    if let Some((id, _)) = self.question.take() {
                        self.answered(id, agreed).await?;
                    }
                }
                changed = snapshots.changed() => {
                    changed.map_err(|_| Failure::new(Code::Internal, "the controller has ended"))?;
                }
                _ = tick.tick() => {}
            }
        }
    }

    async fn look(&mut self, seen: &Snapshot) -> Result<(), Failed> {
        let ids: Vec<TransferId> = self.followers.keys().copied().collect();
        for id in ids {
            let Some(transfer) = seen.transfers.get(&id) else { continue };
            let steps = self.followers.get_mut(&id).map(|follower| follower.look(transfer, Instant::now()));
            for step in steps.unwrap_or_default() {
                self.take(id, step).await?;
            }
        }
        Ok(())
    }

    async fn take(&mut self, id: TransferId, step: Step) -> Result<(), Failed> {
        match step {
            Step::Say(event) => self.console.say(&event),
            Step::ShowCheck => show_check(self.console, self.setup, &self.running.snapshots().borrow().clone(), id)?,
            Step::Ask => {
                if self.console.can_ask() {
                    let question = self.console.ask(waybill_words::cli::ask_leave_out());
                    self.question = Some((id, question));
                } else {
                    self.answered(id, false).await?;
                }
            }
            Step::Tell(command) => self.command(id, command).await?,
            Step::SignIn => self.sign_in()?,
            Step::End(ending) => {
                self.endings.insert(id, ending);
                // It may wait for ever, so another transfer gets a turn.
                if let Ending::Blocked(_) | Ending::Stopped(_) | Ending::LostSinceCheck(_) = ending
                    && self.followers.len() > 1
                {
                    self.running.handle.leave(id).await?;
                }
            }
        }
        Ok(())
    }

    async fn answered(&mut self, id: TransferId, agreed: bool) -> Result<(), Failed> {
        match self.followers.get_mut(&id).map(|follower| follower.answered(agreed)) {
            Some(Step::Tell(command)) => self.command(id, command).await,
            Some(Step::End(ending)) => {
                self.endings.insert(id, ending);
                Ok(())
            }
            Some(Step::Say(_) | Step::ShowCheck | Step::Ask | Step::SignIn) | None => Ok(()),
        }
    }

    async fn command(&self, id: TransferId, command: Command) -> Result<(), Failed> {
        match self.running.handle.tell(id, command).await {
            // The transfer has advanced since the snapshot; the next one shows its phase.
            Err(failure) if failure.code == Code::NotPossibleNow => Ok(()),
            told => Ok(told?),
        }
    }

    /// Starts a sign-in if a person can see it. Otherwise the command ends, and the transfer can be resumed.
    fn sign_in(&mut self) -> Result<(), Failed> {
        // The transfer's state may be older than the session. Only an ended session needs a sign-in.
        let signed_out = match self.running.snapshots().borrow().session {
            SessionState::SignedOut(_) => true,
            SessionState::Loading | SessionState::SigningIn | SessionState::SignedIn(_) | SessionState::Waiting(..) => {
                false
            }
        };
        if !signed_out || self.signing_in.is_some() || self.sign_in_from.is_some_and(|from| Instant::now() < from) {
            return Ok(());
        }
        if !self.console.is_attended() {
            return Err(Failed::from(Code::SignInNeeded).next(waybill_words::cli::sign_in_then_resume()));
        }
        let handle = self.running.handle.clone();
        self.signing_in = Some(Box::pin(async move { handle.sign_in(SIGN_IN_LIMIT).await }));
        Ok(())
    }

    /// Waits for a sign-in address that does not answer, as for anything else that does not answer.
    fn signed_in(&mut self, outcome: Result<Person, Failure>) -> Result<(), Failed> {
        match outcome {
            Err(failure) if matches!(failure.code.retry(), RetryClass::Waits | RetryClass::Temporary) => {
                tracing::info!(%failure, "the sign-in cannot begin yet");
                self.sign_in_from = Some(Instant::now() + SIGN_IN_AGAIN);
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(failure) => Err(Failed::from(failure)),
        }
    }

    /// Pauses transfers that have not ended, and waits until the journal records it.
    async fn pause_all(&mut self) {
        let open: Vec<TransferId> =
            self.followers.keys().copied().filter(|id| !self.endings.contains_key(id)).collect();
        let mut snapshots = self.running.snapshots();
        let registering: Vec<TransferId> = {
            let seen = snapshots.borrow_and_update();
            let is_registering = |id: &TransferId| seen.transfers.get(id).is_some_and(registers);
            open.iter().copied().filter(is_registering).collect()
        };
        if !registering.is_empty() {
            let text = waybill_words::cli::stopping_registration(&REPLY_LIMIT.as_secs().to_string());
            self.running.say_stopping(self.console, text);
        }
        for id in &open {
            if let Err(failed) = self.command(*id, Command::Pause).await {
                tracing::warn!(code = %failed.code(), "a transfer could not be paused; it stops with the program");
            }
        }
        let rests = |seen: &Snapshot| {
            open.iter().all(|id| {
                seen.transfers.get(id).is_none_or(|transfer| {
                    let awaits_reply = registering.contains(id) && transfer.phase == Phase::Registering;
                    let rests = !awaits_reply && transfer.hold == Hold::Paused;
                    transfer.phase.is_final() || rests || matches!(transfer.hold, Hold::Stopped(_))
                })
            })
        };
        let limit = if registering.is_empty() { PAUSE_LIMIT } else { REPLY_LIMIT };
        let paused = async { snapshots.wait_for(rests).await.is_ok() };
        if self.running.stopping(self.console, limit, paused).await != Some(true) {
            tracing::warn!("the pause was not written down in time; the transfers stop with the program");
        }
    }

    /// Reports the items in the journal that were set aside in an earlier run, or before events were followed.
    fn tell_set_aside(&mut self, seen: &Snapshot) -> Result<(), Failure> {
        for (id, ending) in &self.endings {
            let number = seen.transfers.get(id).map_or(0, |transfer| transfer.set_aside);
            if *ending != Ending::Stopped(Code::ItemsSetAside) || self.running.problems_told(*id) >= number {
                continue;
            }
            let (reader, _) = self.setup.row(*id)?;
            let mut after = None;
            loop {
                let page = reader.items(*id, ItemFilter::TO_BE_SENT, after, PAGE)?;
                let Some(last) = page.last() else { break };
                after = Some(last.item);
                for row in page {
                    if let ItemState::SetAside(code) = row.state {
                        self.console.say(&item_problem(*id, row.path.into(), code));
                    }
                }
            }
        }
        Ok(())
    }

    /// Reports the location of a receipt that was written before this process started.
    fn tell_receipts(&mut self, seen: &Snapshot) {
        for (id, transfer) in &seen.transfers {
            let dir = transfer.receipt_dir.as_ref().filter(|_| self.followers.contains_key(id));
            if let Some(dir) = dir.filter(|_| !self.running.has_told_receipt(*id)) {
                self.console.say(&receipt(*id, std::slice::from_ref(dir)));
            }
        }
    }
}

async fn complete(signing_in: &mut Option<SigningIn>) -> Result<Person, Failure> {
    match signing_in {
        Some(work) => work.await,
        None => std::future::pending().await,
    }
}

/// A thread that cannot read has received no consent.
async fn answer(question: &mut Option<(TransferId, JoinHandle<bool>)>) -> bool {
    match question {
        Some((_, thread)) => thread.await.unwrap_or(false),
        None => std::future::pending().await,
    }
}

/// Shows the check of a transfer: its totals, then its findings.
fn show_check(console: &mut Console, setup: &Setup, seen: &Snapshot, id: TransferId) -> Result<(), Failed> {
    let (reader, row) = setup.row(id)?;
    if let Some(transfer) = seen.transfers.get(&id) {
        // After a restart the totals of the check come from the journal.
        let totals = reader.totals(id).map_err(Failure::from)?;
        let to_send = totals.progress();
        console.say(&Event::Checked(Checked {
            transfer: Some(id.to_string()),
            folder: row.folder.display().to_string(),
            files: transfer.walked.files.max(to_send.items_total + totals.left_out.items),
            bytes: transfer.walked.bytes.max(to_send.bytes_total + totals.left_out.bytes),
            folders: transfer.walked.folders,
            items: to_send.items_total,
            item_bytes: to_send.bytes_total,
            left_out: transfer.check_totals.map_or(0, |check| check.left_out),
            blocked: transfer.check_totals.and_then(|check| check.blocked),
        }));
    }
    findings::show(console, Some(id), &OfTransfer { reader: &reader, id }, Extent::Some(PATHS_SHOWN))?;
    Ok(())
}
