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

/// An answer that a person takes their time for.
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
    /// Asks the system's browser to open a web address; whether it was asked. No other scheme is ever handed over.
    fn open_web(&self, url: &Url) -> bool;
    /// Opens a file with the program that the system has for it. May block.
    ///
    /// # Errors
    /// `not_opened`, with the path and the system's own reason.
    fn open_file(&self, path: &Path) -> Result<(), Failure>;
    /// Shows a file in its folder. May block.
    ///
    /// # Errors
    /// `not_opened`, with the path and the system's own reason.
    fn show_in_folder(&self, path: &Path) -> Result<(), Failure>;
    /// Puts a text on the clipboard.
    ///
    /// # Errors
    /// `not_copied`, with the system's own reason.
    fn copy(&self, text: &str) -> Result<(), Failure>;
    /// Lets the person choose a folder; `None` when they would rather not.
    fn choose_folder(&self) -> Later<Option<PathBuf>>;
    /// Lets the person choose where a file is saved.
    fn choose_file(&self, suggestion: &str) -> Later<Option<PathBuf>>;
    /// Loads the page once more.
    fn load_page(&self);
    /// Whether the page answers. That of a process that is stuck or has ended never comes.
    fn page_answers(&self) -> Later<bool>;
    /// Brings the window to the front. Whether it could be shown.
    fn come_forward(&self) -> bool;
    /// Asks the person, in a dialog of the system's that needs no page. `false` also where it cannot be shown.
    fn ask(&self, question: Question) -> Later<bool>;
    /// Whether the person has the window before them.
    fn is_in_front(&self) -> bool;
    /// A notification of the system's. Where the system tells that it was chosen, the window comes forward, with the
    /// transfer that it was about.
    fn notify(&self, about: Option<TransferId>, title: &str, body: &str);
    /// Progress and a mark on the taskbar.
    fn show_on_taskbar(&self, icon: Taskbar);
    /// The tray's menu.
    fn show_tray(&self, view: &TrayView);
    /// Whether there is a tray that people can see. Asks the system; may block for a moment.
    fn has_tray(&self) -> bool;
    /// Hides the window.
    fn hide(&self);
    /// Minimises the window.
    fn minimise(&self);
    /// Starts the program with the computer, or does not any more. May block.
    ///
    /// # Errors
    /// `autostart_refused`, with the system's own reason.
    fn start_with_computer(&self, on: bool) -> Result<(), Failure>;
    /// What the computer is told to start: the program and its words.
    fn autostart_words(&self) -> Vec<String>;
    /// Whether the program starts with the computer, as the system has it now. May block.
    ///
    /// # Errors
    /// `autostart_refused`, with the system's own reason.
    fn starts_with_computer(&self) -> Result<bool, Failure>;
    /// From now on a second start is a first one.
    fn release_name(&self);
    /// Starts the program as a second start had asked for while this one was ending.
    fn start_again(&self, start: &SecondStart, data: &Path);
    /// Ends the program. Everything of ours has ended before.
    fn exit(&self);
}

/// Runs work that blocks on a thread that may block.
///
/// # Errors
/// Those of `work`; `internal` if it panicked.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(Failure::new(Code::Internal, error.to_string())))
}
