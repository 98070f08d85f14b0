//! How the page is drawn.
//!
//! Linux: by the processor, without layers that a graphics card puts together. On computers without a card, such as virtual desktops,
//! `WebKitGTK` would do that work in software, which takes a third more memory and draws a long list in a quarter of the frames
//! (`adr/0007`). With some drivers it leaves the window empty. Windows and macOS draw as they do.

/// `WebKitGTK`'s own switch. Whoever has set it is obeyed: `0` leaves the choice to it.
#[cfg(target_os = "linux")]
const SWITCH: &str = "WEBKIT_DISABLE_COMPOSITING_MODE";

/// To be called first of all, while there is one thread only: it sets a variable of the environment, which the page's process
/// inherits. The same setting of a web view that exists already ends that process (`WebKitGTK` 2.50).
pub(crate) fn choose() {
    #[cfg(target_os = "linux")]
    {
        // There is no log yet, and nothing but speed depends on it.
        let _unset = glib::setenv(SWITCH, "1", false);
    }
}
