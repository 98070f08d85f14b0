//! The texts that the shell chooses: where the window went, and the question before quitting. The words are in
//! `waybill_words`.

use waybill_words::{notification, question};

use crate::bridge::ClosedToTray;

/// A notification's title and text.
pub(crate) type Told = (&'static str, &'static str);

/// The window was closed, and something is still running. Without a tray, the program can only be quit from the window.
pub(crate) fn closed(closed: ClosedToTray) -> Told {
    match (closed.sending, closed.minimised) {
        (true, false) => (notification::sending_in_tray(), notification::sending_in_tray_body()),
        (true, true) => (notification::sending_minimised(), notification::sending_minimised_body()),
        (false, false) => (notification::running_in_tray(), notification::running_in_tray_body()),
        (false, true) => (notification::running_minimised(), notification::running_minimised_body()),
    }
}

/// The window's page has ended several times and is not reloaded.
pub(crate) fn page_left() -> Told {
    (notification::page_left(), notification::page_left_body())
}

/// A question that the system asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) title: &'static str,
    pub(crate) text: String,
    pub(crate) yes: &'static str,
    pub(crate) no: &'static str,
}

/// Asks whether to quit, as the window does. `sending` is how many transfers are being sent, at least one.
pub(crate) fn quit(sending: u32) -> Question {
    Question {
        title: question::quit(),
        text: format!("{} {}", question::being_sent(u64::from(sending)), question::quit_meaning()),
        yes: question::quit_yes(),
        no: question::quit_no(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_asks_how_many_transfers_would_stop() {
        assert!(quit(1).text.starts_with("One transfer is being sent. If you quit,"));
        assert!(quit(3).text.starts_with("3 transfers are being sent. If you quit,"));
    }

    #[test]
    fn the_text_on_where_to_quit_uses_the_name_of_the_menu_entry() {
        for (sending, minimised) in [(true, true), (true, false), (false, true), (false, false)] {
            let (title, body) = closed(ClosedToTray { minimised, sending });
            assert!(body.contains(question::quit_yes()) && body.contains("minimised") == minimised, "{body}");
            assert_eq!(
                (title.contains("sending"), body.contains("Nothing is being sent")),
                (sending, !sending),
                "{title}: {body}"
            );
        }
    }
}
