//! Shows every change to the page, on the tray and the taskbar, and as notifications.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::awake::{Awake, LastSent};
use crate::bridge::Snapshot;
use crate::notifications::Notifications;
use crate::shell_state::{ControllerState, ShellState};
use crate::system::PageEvent;
use crate::tray_view::{self, Taskbar, TrayView};

/// The shortest time between two snapshots to the page: at most ten a second.
const BETWEEN_SNAPSHOTS: Duration = Duration::from_millis(100);
/// How often to check for long waits while nothing changes. If nothing waits, never.
const TICK: Duration = Duration::from_secs(5);

/// What was last shown.
#[derive(Default)]
struct Shown {
    snapshot: Option<Snapshot>,
    tray: Option<TrayView>,
    taskbar: Taskbar,
    awake: bool,
    last_sent: LastSent,
    notifications: Notifications,
}

/// Shows every change to the page, on the tray and the taskbar, and as notifications.
pub(crate) async fn show_changes(shell: Arc<ShellState>, awake: Awake) {
    let began = Instant::now();
    let mut controller = shell.controller.subscribe();
    let mut address = shell.sign_in.changes();
    let mut shown = Shown::default();
    loop {
        let snapshots = match &*controller.borrow_and_update() {
            ControllerState::Running { handle, .. } => Some(from_now(handle.snapshots())),
            ControllerState::Starting | ControllerState::Failed(_) => None,
        };
        shown.show(&shell, &awake, began.elapsed());
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

/// Only what comes from now on counts as a change. A clone starts with what its original has not yet seen, which for
/// the handle's own receiver is everything.
fn from_now<T>(mut snapshots: watch::Receiver<T>) -> watch::Receiver<T> {
    snapshots.mark_unchanged();
    snapshots
}

/// Waits for the next change of the controller's snapshot; never returns if there is no controller.
async fn change_of(snapshots: Option<watch::Receiver<waybill_app::Snapshot>>) {
    if let Some(mut snapshots) = snapshots
        && snapshots.changed().await.is_ok()
    {
        return;
    }
    std::future::pending::<()>().await;
}

impl Shown {
    /// Returns whether something has to be shown later even if nothing changes.
    fn waits_for_time(&self) -> bool {
        self.awake || self.notifications.waits_for_time()
    }

    fn show(&mut self, shell: &ShellState, awake: &Awake, elapsed: Duration) {
        self.show_page(shell);
        self.show_around(shell, &shell.controller.snapshot(), awake, elapsed);
    }

    fn show_page(&mut self, shell: &ShellState) {
        let snapshot = shell.snapshot();
        if self.snapshot.as_ref() != Some(&snapshot) {
            shell.page.send(PageEvent::Snapshot(Box::new(snapshot.clone())));
            self.snapshot = Some(snapshot);
        }
    }

    /// Shows the snapshot on the tray, on the taskbar and as notifications.
    fn show_around(&mut self, shell: &ShellState, inner: &waybill_app::Snapshot, awake: &Awake, elapsed: Duration) {
        let tray = tray_view::tray(inner);
        if self.tray.as_ref() != Some(&tray) {
            shell.system.show_tray(&tray);
            self.tray = Some(tray);
        }
        let taskbar = tray_view::taskbar(inner);
        if self.taskbar != taskbar {
            shell.system.show_on_taskbar(taskbar);
            self.taskbar = taskbar;
        }
        let settings = shell.settings().settings();
        let sending = (tray_view::transmits(inner), tray_view::sending(inner) > 0);
        let wanted = self.last_sent.is_wanted(settings.keep_awake, sending.0, sending.1, elapsed);
        if self.awake != wanted {
            awake.want(wanted);
            self.awake = wanted;
        }
        for told in self.notifications.look(inner, shell.system.is_in_front(), elapsed) {
            if settings.notifications {
                shell.system.notify(Some(told.transfer), &told.title, &told.body);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use waybill_app::Hold;
    use waybill_model::{Code, Failure, Phase};

    use super::*;
    use crate::bridge::Settings;
    use crate::testing::{Done, FakeSystem, shell, snapshot_of, transfer};

    #[tokio::test(start_paused = true)]
    async fn the_page_gets_at_most_ten_snapshots_a_second_and_always_the_last() {
        let dir = tempfile::tempdir().unwrap();
        let system = Arc::new(FakeSystem::default());
        let shell = shell(dir.path(), &system);
        shell.page_listens();
        let showing = tokio::spawn(show_changes(Arc::clone(&shell), Awake::default()));
        for number in 0..500 {
            shell.controller.set(ControllerState::Failed(Failure::new(Code::JournalCorrupt, number.to_string())));
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        showing.abort();
        let told = system.done().into_iter().filter_map(|done| {
            let Done::Sent(PageEvent::Snapshot(snapshot)) = done else { return None };
            Some(snapshot.blocked.and_then(|problem| problem.detail))
        });
        let told: Vec<_> = told.collect();
        assert!((5..=13).contains(&told.len()), "{} snapshots in 1.3 s", told.len());
        assert_eq!(told.last().unwrap().as_deref(), Some("499"));
    }

    #[test]
    fn what_was_there_before_does_not_count_as_a_change() {
        let (sender, original) = watch::channel(0);
        sender.send(1).unwrap();
        let snapshots = from_now(original.clone());
        assert!(original.has_changed().unwrap() && !snapshots.has_changed().unwrap());
        sender.send(2).unwrap();
        assert!(snapshots.has_changed().unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_sent_while_nothing_changes() {
        let dir = tempfile::tempdir().unwrap();
        let system = Arc::new(FakeSystem::default());
        let shell = shell(dir.path(), &system);
        shell.controller.set(ControllerState::Failed(Code::JournalCorrupt.into()));
        shell.page_listens();
        let showing = tokio::spawn(show_changes(Arc::clone(&shell), Awake::default()));
        tokio::time::sleep(Duration::from_secs(1)).await;
        system.done();
        tokio::time::sleep(Duration::from_secs(3_600)).await;
        showing.abort();
        assert_eq!(system.done(), []);
    }

    #[test]
    fn notifications_that_are_switched_off_are_not_shown() {
        for wanted in [true, false] {
            let dir = tempfile::tempdir().unwrap();
            let system = Arc::new(FakeSystem::default());
            let shell = shell(dir.path(), &system);
            shell.settings().save(Settings { notifications: wanted, ..Settings::default() }).unwrap();
            let mut shown = Shown::default();
            for (phase, second) in [(Phase::Sending, 0), (Phase::Finished, 1)] {
                let now = snapshot_of([transfer(1, phase, Hold::Running)]);
                shown.show_around(&shell, &now, &Awake::default(), Duration::from_secs(second));
            }
            let told = system.done().contains(&Done::Notified("Your receipt is ready".to_owned()));
            assert_eq!(told, wanted);
        }
    }
}
