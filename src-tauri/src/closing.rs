//! Closing the window and quitting: what each means, and doing it.

use std::sync::Arc;
use std::time::Duration;

use crate::bridge::{ClosedToTray, QuitAsked};
use crate::desk::{Controller, Desk};
use crate::outside::PageEvent;
use crate::{views, words};

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

fn on_close(busy: bool, has_tray: bool) -> OnClose {
    match (busy, has_tray) {
        (false, _) => OnClose::Quit,
        (true, true) => OnClose::Hide,
        (true, false) => OnClose::Minimise,
    }
}

/// The person has closed the window.
pub(crate) async fn close(desk: &Arc<Desk>) {
    let busy = views::any_busy(&desk.inner_snapshot());
    let outside = Arc::clone(&desk.outside);
    // Asks other programs, which may take a moment.
    let has_tray = tokio::task::spawn_blocking(move || outside.has_tray()).await.unwrap_or(false);
    match on_close(busy, has_tray) {
        OnClose::Quit => quit(desk, true).await,
        OnClose::Hide => {
            desk.outside.hide();
            explain(desk, false);
        }
        OnClose::Minimise => {
            desk.outside.minimise();
            explain(desk, true);
        }
    }
}

/// Says once where the program has gone.
fn explain(desk: &Desk, minimised: bool) {
    let mut settings = desk.settings();
    if settings.tray_explained() {
        return;
    }
    if let Err(failure) = settings.set_tray_explained() {
        tracing::warn!(%failure, "that the tray was explained is not kept");
    }
    drop(settings);
    let (title, body) = if minimised { words::MINIMISED } else { words::CLOSED_TO_TRAY };
    desk.outside.notify(None, title, body);
    desk.tell(PageEvent::ClosedToTray(ClosedToTray { minimised }));
}

/// The person wants to quit. While something is being sent they are asked first.
pub(crate) async fn quit(desk: &Desk, confirmed: bool) {
    let sending = views::sending(&desk.inner_snapshot());
    if sending > 0 && !confirmed {
        desk.come_forward();
        desk.tell(PageEvent::QuitAsked(QuitAsked { sending }));
        return;
    }
    if !desk.second_starts.end() {
        return;
    }
    // Nobody has to look at a window that answers no more.
    desk.outside.hide();
    let controller = desk.controller().borrow().clone();
    if let Controller::Running { handle, .. } = controller {
        match tokio::time::timeout(TIME_LIMIT, handle.shutdown()).await {
            Ok(Ok(())) => tracing::info!("ended cleanly"),
            Ok(Err(failure)) => tracing::warn!(%failure, "the journal could not be closed"),
            Err(_) => tracing::warn!("the controller took too long to end"),
        }
    }
    // In this order: whoever comes after the name is free is a first start.
    desk.outside.release_name();
    for start in desk.second_starts.take_waiting() {
        desk.outside.start_again(&start, desk.data());
    }
    desk.outside.exit();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_ends_the_program_only_when_nothing_goes_on() {
        assert_eq!(on_close(false, true), OnClose::Quit);
        assert_eq!(on_close(false, false), OnClose::Quit);
        assert_eq!(on_close(true, true), OnClose::Hide);
        assert_eq!(on_close(true, false), OnClose::Minimise);
    }
}
