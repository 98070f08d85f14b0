//! A started controller, with everything else that a command needs: its notices, the browser and the signals.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use waybill_app::{Handle, Notice, Notices, Snapshot};
use waybill_model::{Code, Failure, Person, RetryClass, TransferId};
use waybill_words as words;

use crate::browser::Browser;
use crate::console::Console;
use crate::events::{self, Event};
use crate::exit::Exit;
use crate::failed::Failed;
use crate::interrupt::Interrupt;
use crate::setup::Setup;

/// The delay before another try after something prevented the last one.
const TRY_AGAIN: Duration = Duration::from_secs(5);

/// How long stopping may take without a word.
const QUIET: Duration = Duration::from_secs(1);
/// How long the controller may take to end. What is not recorded by then is found again by the next command, as after a
/// crash.
const END_LIMIT: Duration = Duration::from_secs(30);

/// A started controller. End it with [`Running::end`], even after a failure: only that releases the journal cleanly
/// (although a crash loses nothing either).
pub(crate) struct Running {
    /// The handle for sending commands to the controller.
    pub(crate) handle: Handle,
    notices: Notices,
    browser: Browser,
    /// Listens for Ctrl-C.
    pub(crate) interrupt: Interrupt,
    receipts: BTreeSet<TransferId>,
    /// How many of the items that were set aside have been reported, by transfer.
    problems: BTreeMap<TransferId, u64>,
    /// Why the session cannot be read or kept.
    not_kept: Option<Failure>,
    /// It has been reported that the command is stopping.
    told_stopping: bool,
}

impl Running {
    /// Starts the controller. `owns_journal` says that transfers will be run.
    ///
    /// # Errors
    /// The failure of a profile or a journal that cannot be used.
    pub(crate) async fn start(setup: &Setup, browser: Browser, owns_journal: bool) -> Result<Self, Failed> {
        let interrupt = Interrupt::listen().map_err(|error| Failure::new(Code::Internal, error.to_string()))?;
        let config = setup.config(owns_journal)?;
        make_private(&config.data_dir);
        let (handle, notices) = waybill_app::start(config).await?;
        tracing::info!(version = env!("CARGO_PKG_VERSION"), owns_journal, "started");
        Ok(Self {
            handle,
            notices,
            browser,
            interrupt,
            receipts: BTreeSet::new(),
            problems: BTreeMap::new(),
            not_kept: None,
            told_stopping: false,
        })
    }

    /// Returns the snapshots from now on.
    pub(crate) fn snapshots(&self) -> watch::Receiver<Snapshot> {
        self.handle.snapshots()
    }

    /// Waits for the next notice. Never completes once the controller has ended.
    pub(crate) async fn notice(&mut self) -> Notice {
        match self.notices.recv().await {
            Some(notice) => notice,
            None => std::future::pending().await,
        }
    }

    /// Waits for `work`, reporting notices meanwhile. Ctrl-C ends it.
    ///
    /// # Errors
    /// The failure of `work`, or an interrupt.
    pub(crate) async fn during<T>(
        &mut self,
        console: &mut Console,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failed> {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                biased;
                () = self.interrupt.heard() => return Err(interrupted()),
                notice = next(&mut self.notices) => self.tell(console, notice),
                done = &mut work => {
                    self.drain(console);
                    return Ok(done?);
                }
            }
        }
    }

    /// Returns the person who is signed in. Signs in first if nobody is.
    ///
    /// # Errors
    /// A sign-in that was refused or abandoned, a failure of the token store, or an interrupt.
    pub(crate) async fn signed_in(&mut self, console: &mut Console, time_limit: Duration) -> Result<Person, Failed> {
        let handle = self.handle.clone();
        if let Some(person) = self.during(console, async { handle.who_am_i().await }).await? {
            return Ok(person);
        }
        let signed_in = self.during(console, async { handle.sign_in(time_limit).await }).await;
        if signed_in.is_err() {
            handle.cancel_sign_in().await;
        }
        signed_in
    }

    /// As [`Running::signed_in`], but waits up to `patience` for a service that does not answer. If no patience is
    /// given, the sign-in itself may take `time_limit`.
    ///
    /// # Errors
    /// As for [`Running::signed_in`], or the blocker when `patience` ran out.
    pub(crate) async fn signed_in_patiently(
        &mut self,
        console: &mut Console,
        patience: Option<Duration>,
        time_limit: Duration,
    ) -> Result<Person, Failed> {
        let handle = self.handle.clone();
        let asked = || {
            let handle = handle.clone();
            async move { handle.who_am_i().await }
        };
        if let Some(person) = self.patiently(console, patience, asked).await? {
            return Ok(person);
        }
        let limit = patience.unwrap_or(time_limit);
        let sign_in = || {
            let handle = handle.clone();
            async move { handle.sign_in(limit).await }
        };
        let signed_in = self.patiently(console, patience, sign_in).await;
        if signed_in.is_err() {
            handle.cancel_sign_in().await;
        }
        signed_in
    }

    /// Retries while a temporary problem prevents `work`, and reports the problem.
    ///
    /// # Errors
    /// The failure of `work`, the blocker when `patience` ran out, or an interrupt.
    pub(crate) async fn patiently<T, W>(
        &mut self,
        console: &mut Console,
        patience: Option<Duration>,
        work: impl Fn() -> W,
    ) -> Result<T, Failed>
    where
        W: Future<Output = Result<T, Failure>>,
    {
        let started = Instant::now();
        let mut told = None;
        loop {
            let failed = match self.during(console, work()).await {
                Err(failed) if failed.code().retry() == RetryClass::Waits => failed,
                done => return done,
            };
            if patience.is_some_and(|patience| started.elapsed() >= patience) {
                return Err(failed);
            }
            if told.replace(failed.code()) != Some(failed.code()) {
                let sentence = words::in_terminal(failed.code());
                console.say(&Event::Waiting(events::Waiting {
                    transfer: None,
                    reason: failed.code(),
                    since: None,
                    next_try: None,
                    message: sentence.what.to_owned(),
                    next: sentence.next.to_owned(),
                }));
            }
            let left = patience.map_or(TRY_AGAIN, |patience| patience.saturating_sub(started.elapsed()));
            self.during(console, async {
                tokio::time::sleep(TRY_AGAIN.min(left)).await;
                Ok(())
            })
            .await?;
        }
    }

    /// Acts on a notice: opens an address or prints a message.
    pub(crate) fn tell(&mut self, console: &mut Console, notice: Notice) {
        let event = match notice {
            Notice::SignInUrl(url) => Event::SignIn(events::SignIn { opened: self.browser.open(&url), url }),
            Notice::HandOverUrl { transfer, url } => {
                let opened = self.browser.open(&url);
                Event::HandOver(events::HandOver { transfer: transfer.to_string(), url, opened })
            }
            Notice::ItemProblem { transfer, path, code } => {
                *self.problems.entry(transfer).or_default() += 1;
                item_problem(transfer, path, code)
            }
            Notice::Receipt { transfer, files } => {
                self.receipts.insert(transfer);
                receipt(transfer, &files)
            }
            Notice::ClockOff(seconds) => clock_off(seconds),
            Notice::SessionNotKept(failure) => {
                self.not_kept = Some(failure.clone());
                let sentence = words::in_terminal(failure.code);
                let message = match &failure.detail {
                    Some(detail) => words::cli::session_until_end_detail(words::cli::SessionUntilEndDetail {
                        what: sentence.what,
                        detail,
                    }),
                    None => words::cli::session_until_end(sentence.what),
                };
                Event::Note(events::Note { code: Some(failure.code), message, next: Some(sentence.next.to_owned()) })
            }
        };
        console.say(&event);
    }

    /// Returns why the session cannot be read or kept, if that has been reported.
    pub(crate) fn session_not_kept(&mut self, console: &mut Console) -> Option<Failure> {
        self.drain(console);
        self.not_kept.clone()
    }

    /// Returns whether the receipt of this transfer has been reported.
    pub(crate) fn has_told_receipt(&self, transfer: TransferId) -> bool {
        self.receipts.contains(&transfer)
    }

    /// Returns how many of the items that were set aside have been reported.
    pub(crate) fn problems_told(&self, transfer: TransferId) -> u64 {
        self.problems.get(&transfer).copied().unwrap_or(0)
    }

    /// Reports the notices that have already arrived.
    pub(crate) fn drain(&mut self, console: &mut Console) {
        while let Ok(notice) = self.notices.try_recv() {
            self.tell(console, notice);
        }
    }

    /// Waits up to `limit` for something to stop. If Ctrl-C asked for it and it takes longer than a moment, says so.
    pub(crate) async fn stopping<T>(
        &mut self,
        console: &mut Console,
        limit: Duration,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let mut work = std::pin::pin!(tokio::time::timeout(limit, work));
        let mut interrupt = self.interrupt.clone();
        let asked_for = async {
            tokio::time::sleep(QUIET).await;
            interrupt.heard().await;
        };
        tokio::select! {
            biased;
            done = &mut work => return done.ok(),
            () = asked_for => self.say_stopping(console, words::cli::stopping().to_owned()),
        }
        work.await.ok()
    }

    /// Reports once that the command is stopping, and how to end it at once.
    pub(crate) fn say_stopping(&mut self, console: &mut Console, message: String) {
        if !std::mem::replace(&mut self.told_stopping, true) {
            console.say(&Event::Note(events::Note { code: None, message, next: None }));
        }
    }

    /// Ends the controller: cancels everything in progress, then flushes and releases the journal.
    ///
    /// # Errors
    /// The journal's failure.
    pub(crate) async fn end(mut self, console: &mut Console) -> Result<(), Failed> {
        let handle = self.handle.clone();
        let ended = self.stopping(console, END_LIMIT, handle.shutdown()).await;
        self.drain(console);
        match ended {
            Some(ended) => Ok(ended?),
            None => {
                tracing::warn!("something did not stop in time; the command ends without it");
                Ok(())
            }
        }
    }

    /// Ends the controller after `outcome`. A failure in `outcome` is reported before one in ending.
    ///
    /// # Errors
    /// The failure in `outcome`, else the journal's.
    pub(crate) async fn end_after<T>(self, console: &mut Console, outcome: Result<T, Failed>) -> Result<T, Failed> {
        let ended = self.end(console).await;
        let value = outcome?;
        ended?;
        Ok(value)
    }
}

/// Creates the data folder for this account alone. If that fails, the code that writes to the folder reports why.
fn make_private(dir: &Path) {
    if let Err(error) = waybill_files::make_folder(dir) {
        tracing::warn!(%error, "the data folder could not be made");
    }
}

async fn next(notices: &mut Notices) -> Notice {
    match notices.recv().await {
        Some(notice) => notice,
        None => std::future::pending().await,
    }
}

/// Reports that a command was interrupted before it started anything that could be resumed.
pub(crate) fn interrupted() -> Failed {
    Failed::from(Code::Cancelled)
        .exit_as(Exit::Interrupted)
        .saying(words::cli::interrupted())
        .next(words::cli::interrupted_next())
}

/// Creates the event for an item that was set aside.
pub(crate) fn item_problem(transfer: TransferId, path: String, code: Code) -> Event {
    let sentence = words::in_terminal(code);
    Event::ItemProblem(events::ItemProblem {
        transfer: transfer.to_string(),
        path,
        code,
        message: sentence.what.to_owned(),
        next: sentence.next.to_owned(),
    })
}

/// Creates the event for a receipt.
pub(crate) fn receipt(transfer: TransferId, files: &[PathBuf]) -> Event {
    let paths = files.iter().map(|file| file.display().to_string()).collect();
    Event::Receipt(events::Receipt { transfer: transfer.to_string(), paths })
}

fn clock_off(seconds: i64) -> Event {
    let sentence = words::in_terminal(Code::ClockWrong);
    let (what, span) = (sentence.what, &*crate::quantity::span(Duration::from_secs(seconds.unsigned_abs())));
    Event::Note(events::Note {
        code: Some(Code::ClockWrong),
        message: if seconds < 0 {
            words::cli::clock_fast(words::cli::ClockFast { what, span })
        } else {
            words::cli::clock_slow(words::cli::ClockSlow { what, span })
        },
        next: Some(sentence.next.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_clock_is_told_with_its_side() {
        let Event::Note(note) = clock_off(7200) else { panic!("no note") };
        assert!(note.message.ends_with("It is 2 h slow."), "{}", note.message);
        let Event::Note(note) = clock_off(-60) else { panic!("no note") };
        assert!(note.message.ends_with("It is 1 min fast."), "{}", note.message);
    }

    #[test]
    fn an_interrupt_ends_as_interrupted() {
        assert_eq!(interrupted().exit(), Exit::Interrupted);
    }
}
