//! Starting the controller, going on with what is unfinished, and passing on what the controller says.
//!
//! One process owns the journal. While that is another one (the command line), this one reads, speaks through the
//! mailbox, and takes over when the other has ended.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use waybill_app::{Handle, Notices, SessionState};
use waybill_model::{Code, Failure};

use crate::attention::Attention;
use crate::awake::{Awake, LastSent};
use crate::bridge::{Notice, Snapshot};
use crate::desk::{Controller, Desk};
use crate::outside::PageEvent;
use crate::views::{self, Taskbar, TrayView};

/// How often to look whether the journal is free.
const LOOK_AGAIN: Duration = Duration::from_secs(3);
/// Snapshots go to the page ten times a second at the most.
const BETWEEN_SNAPSHOTS: Duration = Duration::from_millis(100);
/// How often to look whether something has been waiting for long, when nothing changes. Where nothing waits, never.
const TICK: Duration = Duration::from_secs(5);

/// Starts the controller, reading only at first where another process owns the journal. Ends when this one owns it, or
/// never can.
pub(crate) async fn start(desk: Arc<Desk>) {
    let mut reading: Option<Handle> = None;
    loop {
        if !reading.as_ref().is_some_and(is_signing_in) {
            match try_to_own(&desk).await {
                Ok((handle, notices)) => {
                    begin(&desk, handle.clone(), notices, None);
                    if let Some(reading) = reading {
                        end(&reading).await;
                    }
                    go_on(&desk, &handle).await;
                    return;
                }
                Err(failure) if !ends_by_itself(failure.code) => {
                    tracing::error!(%failure, "transfers cannot be run");
                    if let Some(reading) = reading {
                        end(&reading).await;
                    }
                    desk.set_controller(Controller::Failed(failure));
                    return;
                }
                Err(failure) => reading = read_meanwhile(&desk, reading, failure).await,
            }
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

async fn try_to_own(desk: &Desk) -> Result<(Handle, Notices), Failure> {
    waybill_app::start(desk.config(true)?).await
}

/// Whether the reason for not owning the journal may go away.
fn ends_by_itself(code: Code) -> bool {
    matches!(code, Code::JournalInUse | Code::DiskFull | Code::DataFolderUnusable)
}

fn is_signing_in(handle: &Handle) -> bool {
    handle.snapshots().borrow().session == SessionState::SigningIn
}

/// Transfers cannot be run now, and this is why. What can be read is read until they can.
async fn read_meanwhile(desk: &Arc<Desk>, reading: Option<Handle>, why: Failure) -> Option<Handle> {
    if let Some(handle) = reading {
        say(desk, why, |why| Controller::Running { handle: handle.clone(), reads_only: Some(why) });
        return Some(handle);
    }
    let started = match desk.config(false) {
        Ok(config) => waybill_app::start(config).await,
        Err(failure) => Err(failure),
    };
    match started {
        Ok((handle, notices)) => {
            tracing::warn!(%why, "transfers cannot be run now");
            begin(desk, handle.clone(), notices, Some(why));
            Some(handle)
        }
        Err(failure) => {
            say(desk, failure, Controller::Failed);
            None
        }
    }
}

/// Says why transfers cannot be run, where that is news: it is looked at every few seconds.
fn say(desk: &Desk, why: Failure, controller: impl FnOnce(Failure) -> Controller) {
    let is_news = match &*desk.controller().borrow() {
        Controller::Starting | Controller::Running { reads_only: None, .. } => true,
        Controller::Running { reads_only: Some(before), .. } | Controller::Failed(before) => *before != why,
    };
    if is_news {
        tracing::warn!(%why, "transfers cannot be run now");
        desk.set_controller(controller(why));
    }
}

async fn end(handle: &Handle) {
    if let Err(failure) = handle.shutdown().await {
        tracing::warn!(%failure, "the reading controller did not end cleanly");
    }
}

fn begin(desk: &Arc<Desk>, handle: Handle, notices: Notices, reads_only: Option<Failure>) {
    tracing::info!(owns_journal = reads_only.is_none(), "the controller runs");
    handle.limit_speed(desk.settings().settings().speed_limit);
    desk.set_controller(Controller::Running { handle, reads_only });
    tokio::spawn(pass_on(Arc::clone(desk), notices));
}

/// Unfinished transfers go on by themselves, the oldest first. Those that a person has paused are there at once, too, and
/// stay paused.
async fn go_on(desk: &Arc<Desk>, handle: &Handle) {
    let service = desk.profile().map(|profile| profile.name.clone()).unwrap_or_default();
    let rows = desk.read(|reader| Ok(reader.transfers()?)).await;
    let rows = match rows {
        Ok(rows) => rows.unwrap_or_default(),
        Err(failure) => {
            tracing::error!(%failure, "the journal could not be read");
            return;
        }
    };
    let unfinished = rows.into_iter().rev().filter(|row| !row.phase.is_final());
    for row in unfinished.filter(|row| row.service == service) {
        if let Err(failure) = handle.run(row.id).await {
            tracing::warn!(transfer = %row.id, %failure, "a transfer could not be gone on with");
            let notice = Notice::NotGoneOn { transfer: row.id.to_string(), problem: failure.into() };
            desk.tell(PageEvent::Notice(notice));
        }
    }
}

/// Passes the controller's notices on until it ends.
async fn pass_on(desk: Arc<Desk>, mut notices: Notices) {
    while let Some(notice) = notices.recv().await {
        let told = match notice {
            waybill_app::Notice::SignInUrl(url) => {
                let Some(number) = desk.sign_in.number() else {
                    tracing::info!("the sign-in was called off before its page came");
                    continue;
                };
                let opened = desk.open_web(url.clone()).await;
                tracing::info!(opened, "the sign-in page");
                desk.sign_in.show(number, url, opened);
                continue;
            }
            waybill_app::Notice::HandOverUrl { transfer, url } => {
                let opened = desk.open_web(url).await;
                tracing::info!(%transfer, opened, "the hand-over page");
                Notice::HandOver { transfer: transfer.to_string(), opened }
            }
            // The snapshot counts them, and the list has them.
            waybill_app::Notice::ItemProblem { transfer, code, .. } => {
                tracing::info!(%transfer, %code, "a file was set aside");
                continue;
            }
            waybill_app::Notice::Receipt { transfer, .. } => Notice::Receipt { transfer: transfer.to_string() },
            waybill_app::Notice::ClockOff(seconds) => Notice::ClockOff { seconds },
            waybill_app::Notice::SessionNotKept(failure) => Notice::SessionNotKept { problem: failure.into() },
        };
        desk.tell(PageEvent::Notice(told));
    }
}

/// What has been shown last.
#[derive(Default)]
struct Shown {
    snapshot: Option<Snapshot>,
    tray: Option<TrayView>,
    taskbar: Taskbar,
    awake: bool,
    last_sent: LastSent,
    attention: Attention,
}

/// Shows every change: to the page, on the tray and the taskbar, as notifications.
pub(crate) async fn show_changes(desk: Arc<Desk>, awake: Awake) {
    let began = Instant::now();
    let mut controller = desk.controller();
    let mut address = desk.sign_in.changes();
    let mut shown = Shown::default();
    loop {
        let snapshots = match &*controller.borrow_and_update() {
            Controller::Running { handle, .. } => Some(from_now(handle.snapshots())),
            Controller::Starting | Controller::Failed(_) => None,
        };
        shown.show(&desk, &awake, began.elapsed());
        let tick = async {
            if shown.waits_for_time() { tokio::time::sleep(TICK).await } else { std::future::pending().await }
        };
        tokio::select! {
            changed = controller.changed() => if changed.is_err() { return },
            changed = address.changed() => if changed.is_err() { return },
            () = change_of(snapshots) => {}
            () = tick => {}
        }
        tokio::time::sleep(BETWEEN_SNAPSHOTS).await;
    }
}

/// Only what comes from now on counts as a change: a clone begins with what its original has not looked at, which for the
/// handle's own is everything.
fn from_now<T>(mut snapshots: watch::Receiver<T>) -> watch::Receiver<T> {
    snapshots.mark_unchanged();
    snapshots
}

/// The next change of the controller's snapshot; never without a controller.
async fn change_of(snapshots: Option<watch::Receiver<waybill_app::Snapshot>>) {
    if let Some(mut snapshots) = snapshots
        && snapshots.changed().await.is_ok()
    {
        return;
    }
    std::future::pending::<()>().await;
}

impl Shown {
    /// Whether there is something to be shown later though nothing changes.
    fn waits_for_time(&self) -> bool {
        self.awake || self.attention.waits_for_time()
    }

    fn show(&mut self, desk: &Desk, awake: &Awake, elapsed: Duration) {
        self.show_page(desk);
        self.show_around(desk, &desk.inner_snapshot(), awake, elapsed);
    }

    fn show_page(&mut self, desk: &Desk) {
        let snapshot = desk.snapshot();
        if self.snapshot.as_ref() != Some(&snapshot) {
            desk.tell(PageEvent::Snapshot(Box::new(snapshot.clone())));
            self.snapshot = Some(snapshot);
        }
    }

    /// On the tray, on the taskbar, as notifications.
    fn show_around(&mut self, desk: &Desk, inner: &waybill_app::Snapshot, awake: &Awake, elapsed: Duration) {
        let tray = views::tray(inner);
        if self.tray.as_ref() != Some(&tray) {
            desk.outside.show_tray(&tray);
            self.tray = Some(tray);
        }
        let taskbar = views::taskbar(inner);
        if self.taskbar != taskbar {
            desk.outside.show_on_taskbar(taskbar);
            self.taskbar = taskbar;
        }
        let settings = desk.settings().settings();
        let sending = (views::transmits(inner), views::sending(inner) > 0);
        let wanted = self.last_sent.is_wanted(settings.keep_awake, sending.0, sending.1, elapsed);
        if self.awake != wanted {
            awake.want(wanted);
            self.awake = wanted;
        }
        for told in self.attention.look(inner, desk.outside.is_in_front(), elapsed) {
            if settings.notifications {
                desk.outside.notify(Some(told.transfer), &told.title, &told.body);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use waybill_app::Hold;
    use waybill_model::Phase;

    use super::*;
    use crate::bridge::Settings;
    use crate::testing::{Done, Recorded, desk, snapshot_of, transfer};

    #[tokio::test(start_paused = true)]
    async fn the_page_hears_at_most_ten_snapshots_a_second_and_the_last_one_always() {
        let dir = tempfile::tempdir().unwrap();
        let outside = Arc::new(Recorded::default());
        let desk = desk(dir.path(), &outside);
        desk.page_listens();
        let showing = tokio::spawn(show_changes(Arc::clone(&desk), Awake::default()));
        for number in 0..500 {
            desk.set_controller(Controller::Failed(Failure::new(Code::JournalCorrupt, number.to_string())));
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        showing.abort();
        let told = outside.done().into_iter().filter_map(|done| {
            let Done::Told(PageEvent::Snapshot(snapshot)) = done else { return None };
            Some(snapshot.blocked.and_then(|problem| problem.detail))
        });
        let told: Vec<_> = told.collect();
        assert!((5..=13).contains(&told.len()), "{} snapshots in 1.3 s", told.len());
        assert_eq!(told.last().unwrap().as_deref(), Some("499"));
    }

    #[test]
    fn what_was_there_before_is_no_change() {
        let (sender, original) = watch::channel(0);
        sender.send(1).unwrap();
        let snapshots = from_now(original.clone());
        assert!(original.has_changed().unwrap() && !snapshots.has_changed().unwrap());
        sender.send(2).unwrap();
        assert!(snapshots.has_changed().unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_told_while_nothing_changes() {
        let dir = tempfile::tempdir().unwrap();
        let outside = Arc::new(Recorded::default());
        let desk = desk(dir.path(), &outside);
        desk.set_controller(Controller::Failed(Code::JournalCorrupt.into()));
        desk.page_listens();
        let showing = tokio::spawn(show_changes(Arc::clone(&desk), Awake::default()));
        tokio::time::sleep(Duration::from_secs(1)).await;
        outside.done();
        tokio::time::sleep(Duration::from_secs(3_600)).await;
        showing.abort();
        assert_eq!(outside.done(), []);
    }

    #[test]
    fn whoever_wants_no_notifications_gets_none() {
        for wanted in [true, false] {
            let dir = tempfile::tempdir().unwrap();
            let outside = Arc::new(Recorded::default());
            let desk = desk(dir.path(), &outside);
            desk.settings().save(Settings { notifications: wanted, ..Settings::default() }).unwrap();
            let mut shown = Shown::default();
            for (phase, second) in [(Phase::Sending, 0), (Phase::Finished, 1)] {
                let now = snapshot_of([transfer(1, phase, Hold::Running)]);
                shown.show_around(&desk, &now, &Awake::default(), Duration::from_secs(second));
            }
            let told = outside.done().contains(&Done::Notified("Your receipt is ready".to_owned()));
            assert_eq!(told, wanted);
        }
    }

    #[tokio::test]
    async fn why_transfers_cannot_be_run_is_said_when_it_changes_and_only_then() {
        let dir = tempfile::tempdir().unwrap();
        let desk = desk(dir.path(), &Arc::new(Recorded::default()));
        let mut controller = desk.controller();
        let full = || Failure::new(Code::DiskFull, "no room");
        let in_use = Failure::new(Code::JournalInUse, "waybill (process 7)");
        let blocked = || desk.snapshot().blocked.map(|problem| problem.code.0);

        let reading = read_meanwhile(&desk, None, in_use.clone()).await;
        assert_eq!(blocked(), Some(Code::JournalInUse));
        controller.mark_unchanged();
        let reading = read_meanwhile(&desk, reading, in_use).await;
        assert!(!controller.has_changed().unwrap(), "nothing is new");
        let reading = read_meanwhile(&desk, reading, full()).await;
        assert_eq!(blocked(), Some(Code::DiskFull), "the other program has ended, and this one cannot take over");
        end(&reading.unwrap()).await;

        say(&desk, full(), Controller::Failed);
        controller.mark_unchanged();
        say(&desk, full(), Controller::Failed);
        assert!(!controller.has_changed().unwrap());
    }
}
