//! The words of the shell itself: of the tray, the notifications and the dialogs. Pure.
//!
//! The window has its words in `ui/src/messages`, the command line has its own in `waybill_model::words`. Whoever reads these
//! here is not in a terminal and may not have the window before them, so that no sentence names a command, and what has to be
//! done begins with opening the window. Names of states and what happened read as they do in the window: a test compares them.

mod codes;

use waybill_model::{Phase, WaitReason};

use crate::bridge::ClosedToTray;

pub(crate) use codes::sentence;

/// The name of the tray's item that ends the program.
pub(crate) const QUIT: &str = "Quit Waybill";
/// The name of the tray's item that shows the window.
pub(crate) const OPEN: &str = "Open Waybill";
/// The name of the tray's item that pauses.
pub(crate) const PAUSE: &str = "Pause";
/// The name of the tray's item that resumes.
pub(crate) const RESUME: &str = "Resume";
/// The tray before the first snapshot.
pub(crate) const STARTING: &str = "Starting Waybill";

/// Held by the person.
pub(crate) const PAUSED: &str = "Paused";
/// Held until a person decides.
pub(crate) const STOPPED: &str = "Stopped";
/// Uploaded, but the service's checks did not end well.
pub(crate) const PROBLEMS_FOUND: &str = "Uploaded, but problems were found";
/// The service's checks did not run.
pub(crate) const COULD_NOT_RUN: &str = "The service could not run its checks";

/// The person has given up, and the website has to record it.
pub(crate) const TELL_OF_GIVING_UP: &str = "Tell the service that you gave up";

/// Nobody is signed in, and there is no transfer.
pub(crate) const SIGNED_OUT: &str = "Not signed in";
/// The browser has the page for signing in, and there is no transfer.
pub(crate) const SIGNING_IN: &str = "Signing in";
/// There is no transfer.
pub(crate) const NOTHING: &str = "Nothing is being sent";

/// The title of the dialog in which a folder is chosen.
pub(crate) const CHOOSE_FOLDER: &str = "Choose a folder to send";

/// A notification's title and text.
pub(crate) type Told = (&'static str, &'static str);

/// The window was closed, and something goes on. Where there is no tray, quitting is in the window only.
pub(crate) fn closed(closed: ClosedToTray) -> Told {
    match (closed.sending, closed.minimised) {
        (true, false) => (
            "Waybill is still sending",
            "You can find Waybill in the tray. To stop sending, select Quit Waybill there.",
        ),
        (true, true) => (
            "Waybill is still sending",
            "The window is minimised. To stop sending, open the window and select Quit Waybill.",
        ),
        (false, false) => (
            "Waybill is still running",
            "Nothing is being sent now. You can find Waybill in the tray. To end it, select Quit Waybill there.",
        ),
        (false, true) => (
            "Waybill is still running",
            "Nothing is being sent now. The window is minimised. To end Waybill, open the window and select Quit Waybill.",
        ),
    }
}

/// The window's page has ended several times, and is left.
pub(crate) const PAGE_LEFT: Told = (
    "The Waybill window is empty",
    "It stopped several times. Your transfers continue. To see them, start Waybill again.",
);

/// A question that the system asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) title: &'static str,
    pub(crate) text: String,
    pub(crate) yes: &'static str,
    pub(crate) no: &'static str,
}

/// Whether to quit, as the window asks it. `sending`: how many transfers are being sent, at least one.
pub(crate) fn quit(sending: u32) -> Question {
    let being_sent = if sending == 1 {
        "One transfer is being sent.".to_owned()
    } else {
        format!("{sending} transfers are being sent.")
    };
    Question {
        title: "Quit while files are being sent?",
        text: format!("{being_sent} {QUIT_MEANS}"),
        yes: QUIT,
        no: "Go back",
    }
}

const QUIT_MEANS: &str =
    "If you quit, sending stops. Nothing that has been sent is lost. It continues when you start Waybill again.";

/// What a transfer is doing, in a few words.
pub(crate) fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Walking => "Looking through the folder",
        Phase::Checked => "Checked, not sent yet",
        Phase::Hashing => "Checking every file",
        Phase::Starting => "Starting the upload",
        Phase::Registering => "Registering the files",
        Phase::Confirming => "Confirming the list",
        Phase::Sending => "Sending",
        Phase::Settling => "Some files could not be sent",
        Phase::HandingOver => "Handing over",
        Phase::BeingChecked => "Being checked by the service",
        Phase::Finished => "Uploaded",
        Phase::GivenUp => "Given up",
        Phase::Cancelled => "Cancelled",
    }
}

/// Why a transfer waits, in a few words. [`sentence`] tells it in full.
pub(crate) fn waiting(reason: WaitReason) -> &'static str {
    match reason {
        WaitReason::Offline => "Waiting for the network",
        WaitReason::UploadUnreachable => "Waiting for the VPN",
        WaitReason::ApiUnreachable => "Waiting for the service",
        WaitReason::SignInUnreachable => "Waiting for the sign-in address",
        WaitReason::SignedOut => "Sign in to continue",
        WaitReason::DifferentPerson => "Waiting for the person who began it",
        WaitReason::SlowDown => "Slowed down by the service",
        WaitReason::Firewall => "Held back by the service’s firewall",
        WaitReason::UnexpectedPage => "Waiting for your network’s sign-in page",
        WaitReason::CertificateUntrusted => "Waiting for a trusted certificate",
        WaitReason::ProxyRefused => "Blocked by your organisation’s proxy",
        WaitReason::CookiesRefused => "Waiting for permission to upload",
        WaitReason::ServiceFailed => "Waiting for the service to recover",
        WaitReason::FolderGone => "Waiting for your folder",
        WaitReason::DiskFull => "Waiting for room on the disk",
    }
}

/// A transfer that waits for its turn, in a few words. `ahead`: the folder that has it, where that is known.
pub(crate) fn queued(ahead: Option<&str>) -> String {
    ahead.map_or_else(|| "Waiting for its turn".to_owned(), |folder| format!("Waiting for “{folder}” to finish"))
}

/// A state, and how many transfers wait for their turn behind it.
pub(crate) fn and_queued(state: &str, queued: usize) -> String {
    match queued {
        0 => state.to_owned(),
        1 => format!("{state}, and 1 more waits for its turn"),
        _ => format!("{state}, and {queued} more wait for their turn"),
    }
}

/// How far a transfer is. `per_cent` is rounded down, so that only everything is 100%.
pub(crate) fn progress(reference: &str, per_cent: u16) -> String {
    format!("{reference}: {per_cent}%")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::testing::{messages, string_after};

    /// The records of a table of the window's words: their keys, and the string after `field`.
    fn table(file: &str, name: &str, field: &str) -> BTreeMap<String, String> {
        let text = messages(file);
        let begin = text.find(&format!("export const {name}:")).unwrap_or_else(|| panic!("{file} has no {name}"));
        let records = text[begin..].lines().skip(1).take_while(|line| *line != "};");
        let record = |line: &str| {
            let (key, record) = line.trim().split_once(": {")?;
            Some((key.to_owned(), string_after(record, &format!(" {field}: "))?))
        };
        records.filter_map(record).collect()
    }

    #[test]
    fn a_phase_has_the_name_that_it_has_in_the_window() {
        let window = table("states.ts", "phases", "name");
        assert_eq!(window.len(), Phase::ALL.len(), "{window:?}");
        for (key, name) in window {
            let phase: Phase = serde_json::from_value(key.clone().into()).unwrap();
            assert_eq!(phase_name(phase), name, "{key}");
        }
    }

    #[test]
    fn a_wait_has_the_name_that_it_has_in_the_window() {
        let window = table("states.ts", "waiting", "name");
        assert_eq!(window.len(), WaitReason::ALL.len(), "{window:?}");
        for (key, name) in window {
            let reason: WaitReason = serde_json::from_value(key.clone().into()).unwrap();
            assert_eq!(waiting(reason), name, "{key}");
        }
    }

    #[test]
    fn what_stands_in_the_window_in_one_place_reads_the_same_here() {
        let of = |file: &str, before: &str| string_after(&messages(file), before);
        let same = |ours: &str, window: Option<String>| assert_eq!(Some(ours), window.as_deref());
        same(PAUSED, of("transfer.ts", "\n  paused: "));
        same(STOPPED, of("transfer.ts", "\n  stopped: "));
        same(PAUSE, of("transfer.ts", "\n  pause: "));
        same(RESUME, of("transfer.ts", "\n  resume: "));
        same(PROBLEMS_FOUND, of("states.ts", "export const problemsFound = "));
        same(TELL_OF_GIVING_UP, of("end.ts", "\n  givenUpHeading: "));
        same(COULD_NOT_RUN, of("end.ts", "\n  couldNotRun: "));
        same(SIGNED_OUT, of("frame.ts", "\n  signedOut: "));
        same(STARTING, of("frame.ts", "\n  starting: "));
    }

    #[test]
    fn the_system_asks_whether_to_quit_as_the_window_does() {
        let window = messages("frame.ts");
        let (_, asked) = window.split_once("\n  quit: {").unwrap();
        let of = |field: &str| string_after(asked, &format!("\n    {field}: ")).unwrap();
        let Question { title, text, yes, no } = quit(1);
        assert_eq!((title, yes, no), (of("heading").as_str(), of("yes").as_str(), of("no").as_str()));
        let being_sent = text.strip_suffix(&of("meaning")).unwrap().trim_end().to_owned();
        assert!(window.contains(&format!("\"{being_sent}\"")), "{being_sent}");
        let several = quit(3).text;
        let (several, _) = several.split_once(" If you quit").unwrap();
        assert!(window.contains(&several.replace('3', "${String(transfers)}")), "{several}");
    }

    #[test]
    fn what_waits_for_its_turn_is_called_what_the_window_calls_it() {
        let text = messages("transfer.ts");
        assert!(text.contains(&format!("\"{}\"", queued(None))), "{}", queued(None));
        let named = queued(Some("${ahead}"));
        assert!(text.contains(&format!("`{named}`")), "{named}");
        assert_eq!(and_queued("Sending", 0), "Sending");
        assert_eq!(and_queued("Sending", 2), "Sending, and 2 more wait for their turn");
    }

    #[test]
    fn whoever_is_told_where_to_quit_finds_it_under_that_name() {
        for (sending, minimised) in [(true, true), (true, false), (false, true), (false, false)] {
            let (title, body) = closed(ClosedToTray { minimised, sending });
            assert!(body.contains(QUIT) && body.contains("minimised") == minimised, "{body}");
            assert_eq!((title.contains("sending"), body.contains(NOTHING)), (sending, !sending), "{title}: {body}");
        }
    }

    #[test]
    fn a_share_stands_close_to_its_sign() {
        assert_eq!(progress("TDR-2026-GA2", 50), "TDR-2026-GA2: 50%");
    }
}
