//! The page is drawn by a process of its own, which may crash or run out of memory. The window is empty then; the program, and
//! with it every transfer, goes on, and the page is loaded again.
//!
//! Owner: the desk holds what is known of the ends. What must not be missed is kept until the page listens again; where the person
//! was in the window is for the page to remember. Nothing here survives the program, and nothing is missed.
//!
//! Who says that the process has ended: on Linux `WebKitGTK` (`web-process-terminated`), on macOS Tauri's own hook (wry takes the
//! system's call, so that the system does not load the page by itself). On Windows nobody: `WebView2` starts another process by
//! itself and shows a page of its own, from which the person can load ours, and Tauri passes none of that on.

use std::time::{Duration, Instant};

use tauri::Runtime;

use crate::desk::Desk;

/// So many ends within [`WITHIN`] are answered with the page. One more comes from the page itself, or from a computer that has no
/// memory for it.
const MOST: usize = 3;
const WITHIN: Duration = Duration::from_secs(60);

/// The ends of the page's process that are not long ago.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    at: Vec<Instant>,
    left: bool,
}

impl Ends {
    /// The process has ended: whether the page is to be loaded again.
    fn one_more(&mut self, now: Instant) -> bool {
        self.at.retain(|end| now.saturating_duration_since(*end) < WITHIN);
        self.at.push(now);
        self.left = self.at.len() > MOST;
        !self.left
    }

    /// The person wants to see the window: whether the page is to be loaded, since that was left alone.
    pub(crate) fn is_wanted_again(&mut self) -> bool {
        let left = std::mem::take(&mut self.left);
        if left {
            self.at.clear();
        }
        left
    }
}

/// The page's process has ended: it is loaded again, or the person is told why it is not.
pub(crate) fn ended(desk: &Desk, why: &str, now: Instant) {
    desk.page_is_gone();
    if desk.page_ends().one_more(now) {
        tracing::warn!(why, "the page's process has ended; the page is loaded again");
        desk.outside.load_page();
    } else {
        tracing::error!(why, "the page's process ends again and again; it is left until the window is asked for");
        let (title, body) = crate::words::PAGE_LEFT;
        desk.outside.notify(None, title, body);
    }
}

/// Hears of the page's process from now on.
#[cfg(target_os = "linux")]
pub(crate) fn watch<R: Runtime>(window: &tauri::WebviewWindow<R>, desk: &std::sync::Arc<Desk>) {
    use webkit2gtk::{WebProcessTerminationReason, WebViewExt as _};

    let desk = std::sync::Arc::clone(desk);
    let watched = window.with_webview(move |webview| {
        webview.inner().connect_web_process_terminated(move |_, reason| {
            let why = match reason {
                WebProcessTerminationReason::Crashed => "crashed",
                WebProcessTerminationReason::ExceededMemoryLimit => "too much memory",
                WebProcessTerminationReason::TerminatedByApi => "ended by the program",
                _ => "unknown",
            };
            ended(&desk, why, Instant::now());
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
        if let Some(desk) = webview.try_state::<std::sync::Arc<Desk>>() {
            ended(&desk, "unknown", Instant::now());
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
    use crate::outside::PageEvent;
    use crate::testing::{Done, Recorded, desk};

    #[test]
    fn the_page_comes_back_three_times_within_a_minute_and_not_a_fourth_time() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut ends = Ends::default();
        assert!([0, 1, 2].into_iter().all(|second| ends.one_more(at(second))));
        assert!(!ends.one_more(at(3)));
        let mut ends = Ends::default();
        assert!((0..100).all(|number| ends.one_more(at(number * 20))), "three in any minute are no loop");
    }

    #[test]
    fn whoever_asks_for_a_window_that_was_left_empty_gets_its_page() {
        let dir = tempfile::tempdir().unwrap();
        let outside = Arc::new(Recorded::default());
        let desk = desk(dir.path(), &outside);
        let now = Instant::now();
        (0..4).for_each(|_| ended(&desk, "crashed", now));
        let told = Done::Notified("The Waybill window is empty".to_owned());
        assert_eq!(outside.done(), [Done::PageLoaded, Done::PageLoaded, Done::PageLoaded, told]);
        desk.come_forward();
        assert_eq!(outside.done(), [Done::PageLoaded, Done::Forward]);
        desk.come_forward();
        assert_eq!(outside.done(), [Done::Forward], "it is there");
        ended(&desk, "crashed", now);
        assert_eq!(outside.done(), [Done::PageLoaded], "the person's wish begins the count anew");
    }

    #[test]
    fn what_must_not_be_missed_waits_for_the_page_that_is_loaded_again() {
        let dir = tempfile::tempdir().unwrap();
        let outside = Arc::new(Recorded::default());
        let desk = desk(dir.path(), &outside);
        desk.page_listens();
        ended(&desk, "crashed", Instant::now());
        outside.done();
        let asked = PageEvent::QuitAsked(QuitAsked { sending: 1 });
        desk.tell(asked.clone());
        assert_eq!(outside.done(), []);
        desk.page_listens();
        assert_eq!(outside.done().last(), Some(&Done::Told(asked)));
    }
}
