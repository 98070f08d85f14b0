//! Where the window was, kept from one start to the next.
//!
//! Owner: Tauri's plugin, which writes place and size at the program's end to a file of the person's configuration. A crash leaves
//! those of the end before.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tauri::Runtime;
use tauri::plugin::TauriPlugin;
use tauri_plugin_window_state::StateFlags;

/// The window of this start has not been on the screen. On Linux it has no place then, and would be remembered with its usual size in
/// the corner of the screen.
#[derive(Clone, Debug, Default)]
pub(crate) struct NeverShown(Arc<AtomicBool>);

/// Under this name the plugin finds no window, and leaves what it has read as it is.
const NOWHERE: &str = "nowhere";

impl NeverShown {
    /// The program starts: nothing is shown yet.
    pub(crate) fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// The window is shown.
    pub(crate) fn end(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    fn remembered_as<'l>(&self, label: &'l str) -> &'l str {
        if self.0.load(Ordering::Relaxed) { NOWHERE } else { label }
    }
}

/// Brings the window back to where it was, and remembers where it is.
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
    fn a_window_is_remembered_unless_it_was_never_shown() {
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
