//! Keeps the window's position and size from one start to the next.
//!
//! Owner: Tauri's plugin, which writes position and size to a file in the person's configuration when the program ends.
//! A crash keeps those of the previous end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tauri::Runtime;
use tauri::plugin::TauriPlugin;
use tauri_plugin_window_state::StateFlags;

/// The window has not been on the screen since the start. On Linux it has no position then, and would be saved with its
/// default size in the corner of the screen.
#[derive(Clone, Debug, Default)]
pub(crate) struct NeverShown(Arc<AtomicBool>);

/// The plugin finds no window under this name, and keeps what it has read.
const NOWHERE: &str = "nowhere";

impl NeverShown {
    /// Records that the program starts and nothing is shown yet.
    pub(crate) fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Records that the window is shown.
    pub(crate) fn end(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    fn remembered_as<'l>(&self, label: &'l str) -> &'l str {
        if self.0.load(Ordering::Relaxed) { NOWHERE } else { label }
    }
}

/// Restores the window's position and size, and saves them at the end.
pub(crate) fn remembered<R: Runtime>(never_shown: NeverShown) -> TauriPlugin<R> {
    tauri_plugin_window_state::Builder::new()
        // Whether the window is shown is decided at each start.
        .with_state_flags(StateFlags::all() - StateFlags::VISIBLE)
        .map_label(move |label| never_shown.remembered_as(label))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_saved_unless_it_was_never_shown() {
        let never_shown = NeverShown::default();
        assert_eq!(
            never_shown.remembered_as("main"),
            "main",
            "where it was is read before anybody knows how it starts"
        );
        never_shown.begin();
        assert_ne!(never_shown.remembered_as("main"), "main");
        never_shown.end();
        assert_eq!(never_shown.remembered_as("main"), "main");
    }
}
