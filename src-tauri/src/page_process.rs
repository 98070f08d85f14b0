//! Reloads the page when the process that draws it ends. That process may crash or run out of memory. The window is
//! then empty, but the program and all its transfers continue.
//!
//! Owner: the shell keeps track of recent ends. Events that must not be missed are kept until the page listens again;
//! the page itself remembers where the person was. Nothing here outlives the program.
//!
//! How an end is reported: on Linux by `WebKitGTK` (`web-process-terminated`), on macOS by Tauri's own hook (wry
//! handles the system's call, so the system does not reload the page). On Windows there is no report: `WebView2` starts
//! another process and shows an error page, from which the person can reload ours. Tauri does not report that.
//!
//! How the page is drawn: on Linux on the processor, without layers that a graphics card combines. On computers without
//! a card, such as virtual desktops, `WebKitGTK` would do that work in software, which takes a third more memory and
//! draws a long list at a quarter of the frame rate (`adr/0007`). With some drivers it leaves the window empty. Windows
//! and macOS use their defaults.

use std::time::Instant;

use tauri::Runtime;

use crate::shell_state::ShellState;

/// `WebKitGTK`'s own switch. A value that is already set is kept: `0` leaves the choice to `WebKitGTK`.
#[cfg(target_os = "linux")]
const COMPOSITING_SWITCH: &str = "WEBKIT_DISABLE_COMPOSITING_MODE";

/// Chooses how the page is drawn. Call it first, while there is only one thread: it sets an environment variable, which
/// the page's process inherits. Setting the same on an existing web view ends that process (`WebKitGTK` 2.50).
pub(crate) fn choose_drawing() {
    #[cfg(target_os = "linux")]
    {
        // There is no log yet, and only speed depends on it.
        let _unset = glib::setenv(COMPOSITING_SWITCH, "1", false);
    }
}

/// Handles the end of the page's process: reloads the page, or tells the person why it is not reloaded.
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

/// Starts watching the page's process.
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

/// Starts watching the page's process.
#[cfg(target_os = "macos")]
pub(crate) fn watched<R: Runtime>(builder: tauri::Builder<R>) -> tauri::Builder<R> {
    use tauri::Manager as _;

    builder.on_web_content_process_terminate(|webview| {
        if let Some(shell) = webview.try_state::<std::sync::Arc<ShellState>>() {
            ended(&shell, "unknown", Instant::now());
        }
    })
}

/// Other systems report it differently or not at all: see the module.
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
    fn asking_for_a_window_that_was_left_empty_loads_its_page() {
        let dir = tempfile::tempdir().unwrap();
        let system = Arc::new(FakeSystem::default());
        let shell = shell(dir.path(), &system);
        let now = Instant::now();
        (0..4).for_each(|_| ended(&shell, "crashed", now));
        let told = Done::Notified("The Waybill window stopped working".to_owned());
        assert_eq!(system.done(), [Done::PageLoaded, Done::PageLoaded, Done::PageLoaded, told]);
        shell.come_forward();
        assert_eq!(system.done(), [Done::PageLoaded, Done::Forward]);
        shell.come_forward();
        assert_eq!(system.done(), [Done::Forward], "it is there");
        ended(&shell, "crashed", now);
        assert_eq!(system.done(), [Done::PageLoaded], "the person's wish begins the count anew");
    }

    #[test]
    fn events_that_must_not_be_missed_wait_for_the_reloaded_page() {
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
