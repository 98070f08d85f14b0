//! The page is drawn by a process of its own, which may crash or run out of memory. The window is empty then; the program, and
//! with it every transfer, goes on, and the page is loaded again.
//!
//! Owner: the shell holds what is known of the ends. What must not be missed is kept until the page listens again; where the person
//! was in the window is for the page to remember. Nothing here survives the program, and nothing is missed.
//!
//! Who says that the process has ended: on Linux `WebKitGTK` (`web-process-terminated`), on macOS Tauri's own hook (wry takes the
//! system's call, so that the system does not load the page by itself). On Windows nobody: `WebView2` starts another process by
//! itself and shows a page of its own, from which the person can load ours, and Tauri passes none of that on.
//!
//! How it draws: on Linux with the processor, without layers that a graphics card puts together. On computers without a card,
//! such as virtual desktops, `WebKitGTK` would do that work in software, which takes a third more memory and draws a long list
//! in a quarter of the frames (`adr/0007`). With some drivers it leaves the window empty. Windows and macOS draw as they do.

use std::time::Instant;

use tauri::Runtime;

use crate::shell_state::ShellState;

/// `WebKitGTK`'s own switch. A value that is already set is kept: `0` leaves the choice to `WebKitGTK`.
#[cfg(target_os = "linux")]
const COMPOSITING_SWITCH: &str = "WEBKIT_DISABLE_COMPOSITING_MODE";

/// Chooses how the page is drawn. Call it first of all, while there is one thread only: it sets a variable of the environment,
/// which the page's process inherits. The same setting of a web view that exists already ends that process (`WebKitGTK` 2.50).
pub(crate) fn choose_drawing() {
    #[cfg(target_os = "linux")]
    {
        // There is no log yet, and only speed depends on it.
        let _unset = glib::setenv(COMPOSITING_SWITCH, "1", false);
    }
}

/// The page's process has ended: it is loaded again, or the person is told why it is not.
pub(crate) fn ended(shell: &ShellState, why: &str, now: Instant) {
    if shell.page.ended(now) {
        tracing::warn!(why, "the page's process has ended; the page is loaded again");
        shell.system.load_page();
    } else {
        tracing::error!(why, "the page's process ends again and again; it is left until the window is asked for");
        let (title, body) = crate::text::page_left();
        shell.system.notify(None, title, body);
    }
}

/// Hears of the page's process from now on.
#[cfg(target_os = "linux")]
pub(crate) fn watch<R: Runtime>(window: &tauri::WebviewWindow<R>, shell: &std::sync::Arc<ShellState>) {
    use webkit2gtk::{WebProcessTerminationReason, WebViewExt as _};

    let shell = std::sync::Arc::clone(shell);
    let watched = window.with_webview(move |webview| {
        webview.inner().connect_web_process_terminated(move |_, reason| {
            let why = match reason {
                WebProcessTerminationReason::Crashed => "crashed",
                WebProcessTerminationReason::ExceededMemoryLimit => "too much memory",
                WebProcessTerminationReason::TerminatedByApi => "ended by the program",
                _ => "unknown",
            };
            ended(&shell, why, Instant::now());
        });
    });
    if let Err(error) = watched {
        tracing::warn!(%error, "an end of the page's process will not be seen");
    }
}

/// Hears of the page's process from now on.
#[cfg(target_os = "macos")]
pub(crate) fn watched<R: Runtime>(builder: tauri::Builder<R>) -> tauri::Builder<R> {
    use tauri::Manager as _;

    builder.on_web_content_process_terminate(|webview| {
        if let Some(shell) = webview.try_state::<std::sync::Arc<ShellState>>() {
            ended(&shell, "unknown", Instant::now());
        }
    })
}

/// Elsewhere it is heard of in another way, or not at all: see the module.
#[cfg(not(target_os = "macos"))]
pub(crate) fn watched<R: Runtime>(builder: tauri::Builder<R>) -> tauri::Builder<R> {
    builder
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::bridge::QuitAsked;
    use crate::system::PageEvent;
    use crate::testing::{Done, FakeSystem, shell};

    #[test]
    fn whoever_asks_for_a_window_that_was_left_empty_gets_its_page() {
        let dir = tempfile::tempdir().unwrap();
        let system = Arc::new(FakeSystem::default());
        let shell = shell(dir.path(), &system);
        let now = Instant::now();
        (0..4).for_each(|_| ended(&shell, "crashed", now));
        let told = Done::Notified("The Waybill window is empty".to_owned());
        assert_eq!(system.done(), [Done::PageLoaded, Done::PageLoaded, Done::PageLoaded, told]);
        shell.come_forward();
        assert_eq!(system.done(), [Done::PageLoaded, Done::Forward]);
        shell.come_forward();
        assert_eq!(system.done(), [Done::Forward], "it is there");
        ended(&shell, "crashed", now);
        assert_eq!(system.done(), [Done::PageLoaded], "the person's wish begins the count anew");
    }

    #[test]
    fn what_must_not_be_missed_waits_for_the_page_that_is_loaded_again() {
        let dir = tempfile::tempdir().unwrap();
        let system = Arc::new(FakeSystem::default());
        let shell = shell(dir.path(), &system);
        shell.page_listens();
        ended(&shell, "crashed", Instant::now());
        system.done();
        let asked = PageEvent::QuitAsked(QuitAsked { sending: 1 });
        shell.page.send(asked.clone());
        assert_eq!(system.done(), []);
        shell.page_listens();
        assert_eq!(system.done().last(), Some(&Done::Sent(asked)));
    }
}
