//! What the program tells the page without being asked.

use serde::Serialize;
use specta::Type;
use tauri_specta::Event;
use waybill_model::Failure;

use super::program::Offer;

/// A folder is dragged over the window, dropped on it, or named when the program was started again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type, Event)]
#[tauri_specta(event_name = "drop")]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum FolderDrop {
    /// Something is held over the window.
    Over,
    /// It was taken away again.
    Left,
    /// A folder was dropped, and can be opened.
    Offered { offer: Offer },
    /// What was dropped cannot be opened.
    Refused { problem: DropProblem },
}

/// Why what was dropped cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(tag = "why", rename_all = "snake_case")]
pub(crate) enum DropProblem {
    /// Several things were dropped. TDR takes one folder.
    Several { count: u32 },
    /// The folder has no use for a transfer, for the reason of the code (`folder_is_file`, `folder_missing`, ...).
    Unusable { problem: Failure },
}

/// What must not be missed between two snapshots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type, Event)]
#[tauri_specta(event_name = "notice")]
#[serde(tag = "notice", rename_all = "snake_case")]
pub(crate) enum Notice {
    /// This computer's clock differs from the service's by so many seconds (positive: the service is ahead).
    ClockOff { seconds: i64 },
    /// The settings cannot be read. The defaults apply until the file is mended.
    SettingsNotRead { problem: Failure },
    /// The session cannot be kept: the person will have to sign in again after a restart.
    SessionNotKept { problem: Failure },
    /// The website's hand-over page of a transfer: whether the browser was asked to open it.
    HandOver { transfer: String, opened: bool },
    /// A receipt was written.
    Receipt { transfer: String },
    /// The person chose a notification of this transfer: it is to be shown.
    Chosen { transfer: String },
    /// A transfer could not be resumed when the program started.
    NotResumed { transfer: String, problem: Failure },
}

/// The person wants to quit while something is being sent. The page asks, and calls `quit(true)` or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type, Event)]
#[tauri_specta(event_name = "quit_asked")]
pub(crate) struct QuitAsked {
    /// Transfers that are being sent.
    pub(crate) sending: u32,
}

/// The window was closed for the first time during an upload or other work. The program continues in the tray.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type, Event)]
#[tauri_specta(event_name = "closed_to_tray")]
pub(crate) struct ClosedToTray {
    /// There is no tray: the window was minimised instead.
    pub(crate) minimised: bool,
    /// Something is sent. If not, the service checks, or is waited for, or a folder is looked through.
    pub(crate) sending: bool,
}
