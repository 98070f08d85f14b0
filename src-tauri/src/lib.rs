//! The desktop window: the place where Tauri is known, and nothing is decided.
//!
//! This first window only reads: it lists the transfers of this computer from the journal, which another process (the
//! command line) may own and write at the same moment. It keeps nothing, so a crash loses nothing.
//!
//! What its page may ask for is [`commands`]; their types are written to `ui/src/generated/bindings.ts` by
//! [`bindings`], and a test keeps that file true.

mod commands;
mod data_dir;
mod list;

use std::process::ExitCode;

use tauri::Wry;
use tracing_subscriber::EnvFilter;

use crate::data_dir::DataDir;

/// Opens the window and ends with it.
///
/// The log goes to standard error; `WAYBILL_LOG` says how much of it (`info` if it is not set).
#[must_use]
pub fn run() -> ExitCode {
    let filter = EnvFilter::try_from_env("WAYBILL_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
    let opened = tauri::Builder::default()
        .manage(DataDir::find())
        .invoke_handler(bindings().invoke_handler())
        .run(tauri::generate_context!());
    match opened {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the window cannot be opened");
            ExitCode::FAILURE
        }
    }
}

/// The commands that the page may call, with their types.
#[must_use]
pub fn bindings() -> tauri_specta::Builder<Wry> {
    tauri_specta::Builder::new()
        // What crosses goes one way only, so that a type has one shape.
        .disable_serde_phases()
        .commands(tauri_specta::collect_commands![commands::about, commands::transfers])
}
