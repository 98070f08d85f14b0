//! The computer around the shell, reached through Tauri. Nothing is decided here.

#[cfg(target_os = "linux")]
mod launcher;
mod tray;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
#[cfg(not(target_os = "linux"))]
use tauri::window::{ProgressBarState, ProgressBarStatus};
use tauri::{AppHandle, Manager as _, Runtime, UserAttentionType, WebviewWindow};
use tauri_plugin_autostart::ManagerExt as _;
use tauri_plugin_dialog::{DialogExt as _, MessageDialogButtons, MessageDialogKind};
use tauri_plugin_notification::NotificationExt as _;
use tauri_specta::Event as _;
use tokio::sync::oneshot;
use url::Url;
use waybill_model::{Code, Failure, TransferId};

use crate::arrivals;
#[cfg(target_os = "linux")]
use crate::page_process;
use crate::second_start::SecondStart;
use crate::shell_state::ShellState;
use crate::system::{Later, PageEvent, System};
use crate::text::Question;
#[cfg(not(target_os = "linux"))]
use crate::tray_view::Bar;
use crate::tray_view::{Taskbar, TrayView};
use crate::window_geometry::NeverShown;

pub(crate) use tray::Tray;

/// The label of the only window.
const WINDOW: &str = "main";
/// The key under which a notification carries its transfer.
const TRANSFER: &str = "transfer";

/// See [`System`].
pub(crate) struct Desktop<R: Runtime> {
    app: AppHandle<R>,
    in_front: AtomicBool,
    never_shown: NeverShown,
    tray: Option<Tray<R>>,
    #[cfg(target_os = "linux")]
    launcher: launcher::Launcher,
    /// The arguments with which the computer starts the program.
    for_autostart: Vec<String>,
    /// Kept open: on X11, copied text is lost when it closes.
    clipboard: Mutex<Option<arboard::Clipboard>>,
}

impl<R: Runtime> Desktop<R> {
    pub(crate) fn new(
        app: AppHandle<R>,
        tray: Option<Tray<R>>,
        for_autostart: Vec<String>,
        never_shown: NeverShown,
    ) -> Self {
        hear_of_notifications(&app);
        // A window that is never shown does not lose the focus; one that is shown reports when it gets it.
        Self {
            #[cfg(target_os = "linux")]
            launcher: launcher::Launcher::start(&app.config().identifier),
            app,
            in_front: AtomicBool::new(false),
            never_shown,
            tray,
            for_autostart,
            clipboard: Mutex::default(),
        }
    }

    /// Records whether the window has the focus.
    pub(crate) fn set_in_front(&self, in_front: bool) {
        self.in_front.store(in_front, Ordering::Relaxed);
    }

    /// Reports when the page's process ends.
    #[cfg(target_os = "linux")]
    pub(crate) fn watch_page(&self, shell: &Arc<ShellState>) {
        if let Some(window) = self.window() {
            page_process::watch(&window, shell);
        }
    }

    /// Shows the window.
    pub(crate) fn show(&self) {
        self.with_window("be shown", |window| self.put_on_screen(window));
    }

    fn put_on_screen(&self, window: &WebviewWindow<R>) -> tauri::Result<()> {
        window.show()?;
        self.never_shown.end();
        Ok(())
    }

    fn window(&self) -> Option<WebviewWindow<R>> {
        self.app.get_webview_window(WINDOW)
    }

    fn with_window(&self, what: &str, act: impl FnOnce(&WebviewWindow<R>) -> tauri::Result<()>) {
        // A program that is ending has no window.
        let Some(window) = self.window() else { return };
        if let Err(error) = act(&window) {
            tracing::warn!(%error, "the window could not {what}");
        }
    }
}

impl<R: Runtime> System for Desktop<R> {
    fn emit(&self, event: PageEvent) {
        let told = match event {
            PageEvent::Snapshot(event) => event.emit(&self.app),
            PageEvent::Drop(event) => event.emit(&self.app),
            PageEvent::Notice(event) => event.emit(&self.app),
            PageEvent::QuitAsked(event) => event.emit(&self.app),
            PageEvent::ClosedToTray(event) => event.emit(&self.app),
        };
        if let Err(error) = told {
            tracing::warn!(%error, "the page could not be told");
        }
    }

    fn open_web(&self, url: &Url) -> bool {
        waybill_app::open_in_browser(url)
    }

    fn open_file(&self, path: &Path) -> Result<(), Failure> {
        tauri_plugin_opener::open_path(path, None::<&str>).map_err(|error| not_opened(path, &error))
    }

    fn show_in_folder(&self, path: &Path) -> Result<(), Failure> {
        tauri_plugin_opener::reveal_item_in_dir(path).or_else(|error| {
            tracing::info!(%error, "the file manager cannot show a file; it opens the folder");
            let folder = path.parent().unwrap_or(path);
            tauri_plugin_opener::open_path(folder, None::<&str>).map_err(|error| not_opened(folder, &error))
        })
    }

    fn copy(&self, text: &str) -> Result<(), Failure> {
        let failed = |error: arboard::Error| Failure::new(Code::NotCopied, error.to_string());
        let mut clipboard = self.clipboard.lock();
        let open = match clipboard.as_mut() {
            Some(open) => open,
            None => clipboard.insert(arboard::Clipboard::new().map_err(failed)?),
        };
        open.set_text(text).map_err(failed)
    }

    fn choose_folder(&self) -> Later<Option<PathBuf>> {
        let (answer, chosen) = oneshot::channel();
        let mut dialog = self.app.dialog().file().set_title(waybill_words::dialog::choose_folder());
        if let Some(window) = self.window() {
            dialog = dialog.set_parent(&window);
        }
        dialog.pick_folder(move |folder| drop(answer.send(folder)));
        Box::pin(async move { chosen.await.ok().flatten().and_then(|folder| folder.into_path().ok()) })
    }

    fn choose_file(&self, suggestion: &str) -> Later<Option<PathBuf>> {
        let (answer, chosen) = oneshot::channel();
        let mut dialog = self.app.dialog().file().set_title("Save").set_file_name(suggestion);
        if let Some(window) = self.window() {
            dialog = dialog.set_parent(&window);
        }
        dialog.save_file(move |file| drop(answer.send(file)));
        Box::pin(async move { chosen.await.ok().flatten().and_then(|file| file.into_path().ok()) })
    }

    fn load_page(&self) {
        self.with_window("load its page", WebviewWindow::reload);
    }

    fn page_answers(&self) -> Later<bool> {
        let (answer, answered) = oneshot::channel();
        let answer = Mutex::new(Some(answer));
        let heard = move |_| {
            if let Some(answer) = answer.lock().take() {
                // The caller may have stopped waiting.
                let _late = answer.send(());
            }
        };
        self.with_window("be asked whether its page answers", |window| window.eval_with_callback("1", heard));
        Box::pin(async move { answered.await.is_ok() })
    }

    fn ask(&self, question: Question) -> Later<bool> {
        let (answer, answered) = oneshot::channel();
        let Question { title, text, yes, no } = question;
        let buttons = MessageDialogButtons::OkCancelCustom(yes.to_owned(), no.to_owned());
        let mut dialog = self.app.dialog().message(text).title(title).kind(MessageDialogKind::Warning).buttons(buttons);
        if let Some(window) = self.window() {
            dialog = dialog.parent(&window);
        }
        // Shown by the main thread, and answered on its own thread.
        dialog.show(move |yes| {
            // The program may be ending.
            let _gone = answer.send(yes);
        });
        Box::pin(async move { answered.await.unwrap_or(false) })
    }

    fn come_forward(&self) -> bool {
        let mut is_shown = false;
        self.with_window("come forward", |window| {
            self.put_on_screen(window)?;
            is_shown = true;
            window.unminimize()?;
            window.set_focus()?;
            // Desktops that do not let windows come forward by themselves mark them instead.
            if self.is_in_front() {
                Ok(())
            } else {
                window.request_user_attention(Some(UserAttentionType::Informational))
            }
        });
        is_shown
    }

    fn is_in_front(&self) -> bool {
        self.in_front.load(Ordering::Relaxed)
    }

    fn notify(&self, about: Option<TransferId>, title: &str, body: &str) {
        let mut notification = self.app.notification().builder().title(title).body(body);
        if cfg!(target_os = "linux") {
            // The icon theme knows the program by the name of its desktop entry, not of its file.
            notification = notification.icon(&self.app.config().identifier);
        }
        if let Some(transfer) = about {
            notification = notification.extra(TRANSFER, transfer.to_string());
        }
        if let Err(error) = notification.show() {
            tracing::warn!(%error, "a notification could not be shown");
        }
    }

    #[cfg(target_os = "linux")]
    fn show_on_taskbar(&self, icon: Taskbar) {
        self.launcher.show(icon);
    }

    #[cfg(not(target_os = "linux"))]
    fn show_on_taskbar(&self, icon: Taskbar) {
        // There the mark is a colour of the bar.
        let (status, per_cent) = match (icon.bar, icon.urgent) {
            (Bar::Clear, false) => (ProgressBarStatus::None, 0),
            (Bar::Clear, true) => (ProgressBarStatus::Paused, 100),
            (Bar::Running(per_cent) | Bar::Held(per_cent), true) => (ProgressBarStatus::Error, per_cent),
            (Bar::Running(per_cent), false) => (ProgressBarStatus::Normal, per_cent),
            (Bar::Held(per_cent), false) => (ProgressBarStatus::Paused, per_cent),
        };
        let state = ProgressBarState { status: Some(status), progress: Some(per_cent.into()) };
        self.with_window("show progress", |window| window.set_progress_bar(state));
    }

    fn show_tray(&self, view: &TrayView) {
        if let Some(tray) = &self.tray {
            tray.show(view);
        }
    }

    fn has_tray(&self) -> bool {
        self.tray.is_some() && tray::is_visible()
    }

    fn hide(&self) {
        self.with_window("be hidden", WebviewWindow::hide);
        self.set_in_front(false);
    }

    fn minimise(&self) {
        self.with_window("be minimised", |window| {
            // A window that was never shown has no place on the taskbar to be minimised to.
            if !window.is_visible()? {
                self.put_on_screen(window)?;
            }
            window.minimize()
        });
        self.set_in_front(false);
    }

    fn start_with_computer(&self, on: bool) -> Result<(), Failure> {
        let autostart = self.app.autolaunch();
        let done = if on { autostart.enable() } else { autostart.disable() };
        done.map_err(|error| Failure::new(Code::AutostartRefused, error.to_string()))
    }

    fn autostart_words(&self) -> Vec<String> {
        let program = tauri::process::current_binary(&self.app.env()).unwrap_or_default();
        std::iter::once(program.display().to_string()).chain(self.for_autostart.iter().cloned()).collect()
    }

    fn starts_with_computer(&self) -> Result<bool, Failure> {
        let told = self.app.autolaunch().is_enabled();
        told.map_err(|error| Failure::new(Code::AutostartRefused, error.to_string()))
    }

    fn release_name(&self) {
        tauri_plugin_single_instance::destroy(&self.app);
    }

    fn start_again(&self, start: &SecondStart, data: &Path) {
        let started = tauri::process::current_binary(&self.app.env()).and_then(|own| start.again(&own, data).spawn());
        match started {
            Ok(_) => tracing::info!("started again, as was asked for while this one was ending"),
            Err(error) => tracing::warn!(%error, "the program could not be started again"),
        }
    }

    fn exit(&self) {
        self.app.exit(0);
    }
}

/// Brings the window forward when a notification is chosen, if the desktop reports it. Most Linux desktops do; Windows
/// only while the notification is on the screen. Otherwise nothing happens.
fn hear_of_notifications<R: Runtime>(app: &AppHandle<R>) {
    let program = app.clone();
    let heard = app.notification().on_action(move |performed| {
        let about = performed.notification().and_then(|told| told.extra().get(TRANSFER)).and_then(|id| id.as_str());
        if let Some(shell) = program.try_state::<Arc<ShellState>>() {
            arrivals::notification_chosen(&shell, about);
        }
    });
    if let Err(error) = heard {
        tracing::warn!(%error, "what is chosen among notifications is not heard");
    }
}

fn not_opened(path: &Path, error: &tauri_plugin_opener::Error) -> Failure {
    Failure::new(Code::NotOpened, format!("{}: {error}", path.display()))
}
