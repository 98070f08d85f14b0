//! What the shell does to the computer around it, behind one trait: the page, the browser, dialogs, the tray.
//! [`crate::desktop`] does it through Tauri; tests record what would have been done.

use std::path::{Path, PathBuf};
use std::pin::Pin;

use url::Url;
use waybill_model::{Code, Failure, TransferId};

use crate::bridge::{ClosedToTray, FolderDrop, Notice, QuitAsked, Snapshot};
use crate::second_start::SecondStart;
use crate::text::Question;
use crate::tray_view::{Taskbar, TrayView};

/// An answer that a person gives in their own time.
pub(crate) type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// An event for the page.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum PageEvent {
    Snapshot(Box<Snapshot>),
    Drop(FolderDrop),
    Notice(Notice),
    QuitAsked(QuitAsked),
    ClosedToTray(ClosedToTray),
}

/// The computer around the shell. Only calls that say so block for long; run those with [`blocking`].
pub(crate) trait System: Send + Sync + 'static {
    /// Sends an event to the page.
    fn emit(&self, event: PageEvent);
    /// Asks the system's browser to open a web address, and returns whether it was asked. No other scheme is ever
    /// passed on.
    fn open_web(&self, url: &Url) -> bool;
    /// Opens a file with the system's default program. May block.
    ///
    /// # Errors
    /// `not_opened`, with the path and the system's own reason.
    fn open_file(&self, path: &Path) -> Result<(), Failure>;
    /// Shows a file in its folder. May block.
    ///
    /// # Errors
    /// `not_opened`, with the path and the system's own reason.
    fn show_in_folder(&self, path: &Path) -> Result<(), Failure>;
    /// Copies text to the clipboard.
    ///
    /// # Errors
    /// `not_copied`, with the system's own reason.
    fn copy(&self, text: &str) -> Result<(), Failure>;
    /// Lets the person choose a folder; `None` if they cancel.
    fn choose_folder(&self) -> Later<Option<PathBuf>>;
    /// Lets the person choose where to save a file.
    fn choose_file(&self, suggestion: &str) -> Later<Option<PathBuf>>;
    /// Reloads the page.
    fn load_page(&self);
    /// Waits for the page to answer. A page whose process is stuck or has ended never does.
    fn page_answers(&self) -> Later<bool>;
    /// Brings the window to the front, and returns whether it could be shown.
    fn come_forward(&self) -> bool;
    /// Asks the person in a system dialog that needs no page. Also returns `false` if it cannot be shown.
    fn ask(&self, question: Question) -> Later<bool>;
    /// Returns whether the window is in front.
    fn is_in_front(&self) -> bool;
    /// Shows a system notification. If the system reports that it was chosen, the window comes forward and shows the
    /// transfer it was about.
    fn notify(&self, about: Option<TransferId>, title: &str, body: &str);
    /// Shows progress and a mark on the taskbar.
    fn show_on_taskbar(&self, icon: Taskbar);
    /// Shows this in the tray's menu.
    fn show_tray(&self, view: &TrayView);
    /// Returns whether there is a visible tray. Asks the system; may block for a moment.
    fn has_tray(&self) -> bool;
    /// Hides the window.
    fn hide(&self);
    /// Minimises the window.
    fn minimise(&self);
    /// Sets whether the program starts with the computer. May block.
    ///
    /// # Errors
    /// `autostart_refused`, with the system's own reason.
    fn start_with_computer(&self, on: bool) -> Result<(), Failure>;
    /// Returns what the computer is to start: the program and its arguments.
    fn autostart_words(&self) -> Vec<String>;
    /// Returns whether the system currently starts the program with the computer. May block.
    ///
    /// # Errors
    /// `autostart_refused`, with the system's own reason.
    fn starts_with_computer(&self) -> Result<bool, Failure>;
    /// Releases the program's name: from now on a second start counts as a first one.
    fn release_name(&self);
    /// Starts the program as requested by a second start that arrived while this one was ending.
    fn start_again(&self, start: &SecondStart, data: &Path);
    /// Exits the program. Everything of ours has already ended.
    fn exit(&self);
}

/// Runs blocking work on a thread that may block.
///
/// # Errors
/// Errors of `work`; `internal` if it panicked.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(Failure::new(Code::Internal, error.to_string())))
}
