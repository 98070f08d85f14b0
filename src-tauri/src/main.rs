//! The desktop program. Everything is in the library beside it.

#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    waybill_desktop::run()
}
