//! Decides what closing the window or quitting means, and does it.

use std::sync::Arc;
use std::time::Duration;

use crate::bridge::{ClosedToTray, QuitAsked};
use crate::settings::Explained;
use crate::shell_state::{ControllerState, ShellState};
use crate::system::PageEvent;
use crate::{text, tray_view};

/// What closing the window means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OnClose {
    /// Nothing is running: the program ends.
    Quit,
    /// The program continues from the tray.
    Hide,
    /// The program continues, but there is no tray from which to reach it.
    Minimise,
}

/// The longest that a clean end may take. What is in the journal by then is safe in any case.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// A page that does not answer for this long is stuck or has ended.
const PAGE_ANSWERS: Duration = Duration::from_secs(5);

fn on_close(busy: bool, has_tray: bool) -> OnClose {
    match (busy, has_tray) {
        (false, _) => OnClose::Quit,
        (true, true) => OnClose::Hide,
        (true, false) => OnClose::Minimise,
    }
}

/// Handles the person closing the window.
pub(crate) async fn close(shell: &Arc<ShellState>) {
    let snapshot = shell.controller.snapshot();
    let (busy, sending) = (tray_view::any_busy(&snapshot), tray_view::sending(&snapshot) > 0);
    let system = Arc::clone(&shell.system);
    // Asks other programs, which may take a moment.
    let has_tray = tokio::task::spawn_blocking(move || system.has_tray()).await.unwrap_or(false);
    match on_close(busy, has_tray) {
        OnClose::Quit => quit(shell, true).await,
        OnClose::Hide => {
            shell.system.hide();
            explain(shell, ClosedToTray { minimised: false, sending });
        }
        OnClose::Minimise => {
            shell.system.minimise();
            explain(shell, ClosedToTray { minimised: true, sending });
        }
    }
}

/// Tells the person where the program has gone: once while sending, and once while only other work continues.
fn explain(shell: &ShellState, closed: ClosedToTray) {
    let what = if closed.sending { Explained::Sending } else { Explained::Running };
    let mut settings = shell.settings();
    if settings.is_explained(what) {
        return;
    }
    if let Err(failure) = settings.set_explained(what) {
        tracing::warn!(%failure, "that the tray was explained is not kept");
    }
    drop(settings);
    let (title, body) = text::closed(closed);
    shell.system.notify(None, title, body);
    shell.page.send(PageEvent::ClosedToTray(closed));
}

/// Handles the person's wish to quit. They are asked first if something is being sent.
pub(crate) async fn quit(shell: &ShellState, confirmed: bool) {
    let sending = tray_view::sending(&shell.controller.snapshot());
    if sending > 0 && !confirmed && !ask(shell, sending).await {
        return;
    }
    if !shell.second_starts.end() {
        return;
    }
    // Hide the window first: from now on it does not respond.
    shell.system.hide();
    let controller = shell.controller.now();
    if let ControllerState::Running { handle, .. } = controller {
        match tokio::time::timeout(TIME_LIMIT, handle.shutdown()).await {
            Ok(Ok(())) => tracing::info!("ended cleanly"),
            Ok(Err(failure)) => tracing::warn!(%failure, "the journal could not be closed"),
            Err(_) => tracing::warn!("the controller took too long to end"),
        }
    }
    // The order matters: a start that comes after the name is released counts as a first start.
    shell.system.release_name();
    for start in shell.second_starts.take_waiting() {
        shell.system.start_again(&start, &shell.setup.places.data);
    }
    shell.system.exit();
}

/// Asks whether to quit, and returns whether the person has confirmed to the system. The page asks if it can, and then
/// quits by itself. If it does not answer, or there is no window to show, the system asks.
async fn ask(shell: &ShellState, sending: u32) -> bool {
    if shell.come_forward() && page_answers(shell).await {
        shell.page.send(PageEvent::QuitAsked(QuitAsked { sending }));
        return false;
    }
    // If Quit is chosen again, the question is already on the screen.
    let Ok(_asking) = shell.asking_to_quit.try_lock() else { return false };
    tracing::warn!("the page does not answer: the system asks whether to quit");
    shell.system.ask(text::quit(sending)).await
}

/// Returns whether the page listens and its process is not stuck.
async fn page_answers(shell: &ShellState) -> bool {
    let answer = async { tokio::time::timeout(PAGE_ANSWERS, shell.system.page_answers()).await.unwrap_or(false) };
    shell.page.is_listening() && answer.await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Done, FakeSystem, PageAnswers, shell};

    /// Quits while one transfer is being sent. Returns whether the system got a yes, and what was done.
    async fn asked(system: FakeSystem, page_listens: bool) -> (bool, Vec<Done>) {
        let dir = tempfile::tempdir().unwrap();
        let system = Arc::new(system);
        let shell = shell(dir.path(), &system);
        if page_listens {
            shell.page_listens();
            system.done();
        }
        (ask(&shell, 1).await, system.done())
    }

    fn by_the_system() -> Vec<Done> {
        vec![Done::Forward, Done::Asked(text::quit(1).title)]
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_that_answers_asks_the_question_itself() {
        let told = PageEvent::QuitAsked(QuitAsked { sending: 1 });
        assert_eq!(asked(FakeSystem::default(), true).await, (false, vec![Done::Forward, Done::Sent(told)]));
    }

    #[tokio::test(start_paused = true)]
    async fn the_system_asks_if_the_page_is_gone_or_stuck_or_has_no_window() {
        for says_yes in [true, false] {
            let system = || FakeSystem { says_yes, ..FakeSystem::default() };
            assert_eq!(asked(system(), false).await, (says_yes, by_the_system()), "it does not listen");
            for page_answers in [PageAnswers::No, PageAnswers::Never] {
                let stuck = FakeSystem { page_answers, ..system() };
                assert_eq!(asked(stuck, true).await, (says_yes, by_the_system()), "{page_answers:?}");
            }
            let no_window = FakeSystem { has_window: false, ..system() };
            assert_eq!(asked(no_window, true).await, (says_yes, by_the_system()));
        }
    }

    #[tokio::test]
    async fn the_system_asks_only_one_question_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let system = Arc::new(FakeSystem::default());
        let shell = shell(dir.path(), &system);
        let asking = shell.asking_to_quit.lock().await;
        assert!(!ask(&shell, 1).await);
        assert_eq!(system.done(), [Done::Forward]);
        drop(asking);
        assert!(!ask(&shell, 1).await);
        assert_eq!(system.done(), by_the_system());
    }

    #[test]
    fn closing_ends_the_program_only_when_nothing_is_running() {
        assert_eq!(on_close(false, true), OnClose::Quit);
        assert_eq!(on_close(false, false), OnClose::Quit);
        assert_eq!(on_close(true, true), OnClose::Hide);
        assert_eq!(on_close(true, false), OnClose::Minimise);
    }
}
