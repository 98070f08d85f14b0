//! The tray: the state in a few words, progress, pause, resume, open, quit.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::TrayIconBuilder;
use tauri::{AppHandle, Manager as _, Runtime};
use waybill_app::Command;
use waybill_model::TransferId;

use waybill_words::tray as words;

use crate::shell_state::ShellState;
use crate::tray_view::TrayView;
use crate::{closing, commands};

const OPEN: &str = "open";
const PAUSE: &str = "pause";
const RESUME: &str = "resume";
const QUIT: &str = "quit";

/// The tray and the items of its menu that change.
pub(crate) struct Tray<R: Runtime> {
    icon: tauri::tray::TrayIcon<R>,
    state: MenuItem<R>,
    progress: MenuItem<R>,
    pause: MenuItem<R>,
    resume: MenuItem<R>,
}

impl<R: Runtime> Tray<R> {
    /// Adds the icon to the tray; `None` if the system does not support it.
    pub(crate) fn build(app: &AppHandle<R>) -> Option<Self> {
        // On Linux its library is loaded at run time, by code that panics if the library is missing.
        match catch_unwind(AssertUnwindSafe(|| Self::try_build(app))) {
            Ok(Ok(tray)) => Some(tray),
            Ok(Err(error)) => {
                tracing::warn!(%error, "there is no tray");
                None
            }
            Err(_) => {
                tracing::warn!("there is no tray: its library is missing");
                None
            }
        }
    }

    fn try_build(app: &AppHandle<R>) -> tauri::Result<Self> {
        let text = |id: &str, text: &str, enabled| MenuItem::with_id(app, id, text, enabled, None::<&str>);
        let state = text("state", words::starting(), false)?;
        let progress = text("progress", "", false)?;
        let (pause, resume) = (text(PAUSE, words::pause(), false)?, text(RESUME, words::resume(), false)?);
        let (open, quit) = (text(OPEN, words::open(), true)?, text(QUIT, words::quit(), true)?);
        let lines = (PredefinedMenuItem::separator(app)?, PredefinedMenuItem::separator(app)?);
        let menu = Menu::with_items(app, &[&state, &progress, &lines.0, &pause, &resume, &lines.1, &open, &quit])?;
        let mut builder = TrayIconBuilder::with_id("waybill")
            .menu(&menu)
            .tooltip("Waybill")
            .on_menu_event(|app, event| chosen(app, event.id().as_ref()));
        if let Some(icon) = app.default_window_icon() {
            builder = builder.icon(icon.clone());
        }
        Ok(Self { icon: builder.build(app)?, state, progress, pause, resume })
    }

    pub(crate) fn show(&self, view: &TrayView) {
        let progress = view.progress.as_deref().unwrap_or_default();
        let shown = self
            .state
            .set_text(&view.state)
            .and_then(|()| self.progress.set_text(progress))
            .and_then(|()| self.pause.set_enabled(view.can_pause))
            .and_then(|()| self.resume.set_enabled(view.can_resume))
            .and_then(|()| self.icon.set_tooltip(Some(waybill_words::tray::tooltip(&view.state))));
        if let Err(error) = shown {
            tracing::warn!(%error, "the tray could not be changed");
        }
    }
}

/// Returns whether a panel currently shows tray icons. Blocks for a moment.
pub(crate) fn is_visible() -> bool {
    #[cfg(target_os = "linux")]
    {
        has_panel().unwrap_or(false)
    }
    #[cfg(not(target_os = "linux"))]
    {
        true
    }
}

/// How long a panel may take to answer: closing the window waits for it.
#[cfg(target_os = "linux")]
const ANSWER: std::time::Duration = std::time::Duration::from_secs(5);

/// The freedesktop way: a watcher on the session bus knows whether icons are shown.
#[cfg(target_os = "linux")]
fn has_panel() -> zbus::Result<bool> {
    let bus = zbus::blocking::connection::Builder::session()?.method_timeout(ANSWER).build()?;
    let watcher = zbus::blocking::Proxy::new(
        &bus,
        "org.kde.StatusNotifierWatcher",
        "/StatusNotifierWatcher",
        "org.kde.StatusNotifierWatcher",
    )?;
    watcher.get_property("IsStatusNotifierHostRegistered")
}

fn chosen<R: Runtime>(app: &AppHandle<R>, item: &str) {
    let shell = Arc::clone(&app.state::<Arc<ShellState>>());
    match item {
        OPEN => {
            shell.come_forward();
        }
        PAUSE => {
            let meant = shell.paused_from_tray.lock().pause(&shell.controller.snapshot());
            tauri::async_runtime::spawn(tell_all(shell, meant, Command::Pause));
        }
        RESUME => {
            let meant = shell.paused_from_tray.lock().resume(&shell.controller.snapshot());
            tauri::async_runtime::spawn(tell_all(shell, meant, Command::Resume));
        }
        QUIT => drop(tauri::async_runtime::spawn(async move { closing::quit(&shell, false).await })),
        other => tracing::warn!(other, "the tray has no such item"),
    }
}

async fn tell_all(shell: Arc<ShellState>, transfers: BTreeSet<TransferId>, command: Command) {
    for id in transfers {
        if let Err(failure) = commands::transfers::tell_transfer(&shell, id, command).await {
            tracing::warn!(transfer = %id, %failure, "the tray's command was refused");
        }
    }
}
