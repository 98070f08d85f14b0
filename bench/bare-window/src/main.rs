//! A minimal Tauri program: one window, one heading, one command.
//!
//! The benchmarks compare Waybill's window with it, to show what Waybill adds to the cost of Tauri and the web view.

use std::io::Write as _;

/// Called when the page's script runs. The benchmark waits for this line on stderr, as it does for the same line of the
/// window's log.
#[tauri::command]
fn ready() {
    // There is no reader if this was started by hand without a terminal.
    let _unread = writeln!(std::io::stderr(), "the page is ready");
}

fn main() -> tauri::Result<()> {
    tauri::Builder::default().invoke_handler(tauri::generate_handler![ready]).run(tauri::generate_context!())
}
