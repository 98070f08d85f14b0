//! Closing the window and quitting: what each means, and doing it.

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
    /// Nothing goes on: the program ends.
    Quit,
    /// It goes on from the tray.
    Hide,
    /// It goes on, and there is no tray to find it in.
    Minimise,
}

/// The most that a clean end may take. What is in the journal by then is safe in any case.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// A page that says nothing for so long is stuck, or has ended.
const PAGE_ANSWERS: Duration = Duration::from_secs(5);

fn on_close(busy: bool, has_tray: bool) -> OnClose {
    match (busy, has_tray) {
        (false, _) => OnClose::Quit,
        (true, true) => OnClose::Hide,
        (true, false) => OnClose::Minimise,
    }
}

/// The person has closed the window.
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

/// Says where the program has gone: once while something is sent, and once while only something else goes on.
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

/// The person wants to quit. While something is being sent they are asked first.
pub(crate) async fn quit(shell: &ShellState, confirmed: bool) {
    let sending = tray_view::sending(&shell.controller.snapshot());
    if sending > 0 && !confirmed && !ask(shell, sending).await {
        return;
    }
    if !shell.second_starts.end() {
        return;
    }
    // Nobody has to look at a window that answers no more.
    shell.system.hide();
    let controller = shell.controller.now();
    if let ControllerState::Running { handle, .. } = controller {
        match tokio::time::timeout(TIME_LIMIT, handle.shutdown()).await {
            Ok(Ok(())) => tracing::info!("ended cleanly"),
            Ok(Err(failure)) => tracing::warn!(%failure, "the journal could not be closed"),
            Err(_) => tracing::warn!("the controller took too long to end"),
        }
    }
    // In this order: whoever comes after the name is free is a first start.
    shell.system.release_name();
    for start in shell.second_starts.take_waiting() {
        shell.system.start_again(&start, &shell.setup.places.data);
    }
    shell.system.exit();
}

/// Asks whether to quit. The page is asked where it can be, and quits by itself then; where it does not answer, or where there is no
/// window to be shown, the system asks. Whether the person has said yes to the system.
async fn ask(shell: &ShellState, sending: u32) -> bool {
    if shell.come_forward() && page_answers(shell).await {
        shell.page.send(PageEvent::QuitAsked(QuitAsked { sending }));
        return false;
    }
    // Whoever chooses Quit once more has the question before them already.
    let Ok(_asking) = shell.asking_to_quit.try_lock() else { return false };
    tracing::warn!("the page does not answer: the system asks whether to quit");
    shell.system.ask(text::quit(sending)).await
}

/// The page listens, and its process is not stuck.
async fn page_answers(shell: &ShellState) -> bool {
    let answer = async { tokio::time::timeout(PAGE_ANSWERS, shell.system.page_answers()).await.unwrap_or(false) };
    shell.page.is_listening() && answer.await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Done, FakeSystem, PageAnswers, shell};

    /// A person who wants to quit while one transfer is being sent: whether the system was told yes, and what was done.
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
    async fn a_page_that_answers_asks_by_itself() {
        let told = PageEvent::QuitAsked(QuitAsked { sending: 1 });
        assert_eq!(asked(FakeSystem::default(), true).await, (false, vec![Done::Forward, Done::Sent(told)]));
    }

    #[tokio::test(start_paused = true)]
    async fn the_system_asks_where_the_page_is_gone_or_stuck_or_has_no_window() {
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
    async fn the_system_asks_one_question_at_a_time() {
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
    fn closing_ends_the_program_only_when_nothing_goes_on() {
        assert_eq!(on_close(false, true), OnClose::Quit);
        assert_eq!(on_close(false, false), OnClose::Quit);
        assert_eq!(on_close(true, true), OnClose::Hide);
        assert_eq!(on_close(true, false), OnClose::Minimise);
    }
}
