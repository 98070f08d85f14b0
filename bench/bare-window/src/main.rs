//! The least that a Tauri program can be: one window, one heading, one command.
//!
//! The benchmarks compare the window with it, and so show what Waybill adds to the cost of Tauri and the web view.

use std::io::Write as _;

/// The page's script runs. The line on stderr is what the benchmark waits for, as it waits for a line of the window's
/// log.
#[tauri::command]
fn ready() {
    // Nobody reads it where this is started by hand without a terminal.
    let _unread = writeln!(std::io::stderr(), "the page listens");
}

fn main() -> tauri::Result<()> {
    tauri::Builder::default().invoke_handler(tauri::generate_handler![ready]).run(tauri::generate_context!())
}
