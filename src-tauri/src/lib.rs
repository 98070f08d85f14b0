//! The desktop window: the only package that knows Tauri. Nothing is decided here.
//!
//! [`run`] puts the parts together: the controller of `waybill-app` ([`ownership`]), the page's commands ([`commands`]) with
//! their types ([`bridge`]), what they share ([`shell_state`]), and the computer around them ([`system`], [`desktop`]). What
//! the window, the tray and the notifications show is computed purely from snapshots ([`tray_view`], [`notifications`]).
//!
//! Owner of nothing that must survive: that is in the journal before it is shown. A crash of this program loses the
//! requests in flight; at the next start, unfinished transfers resume by themselves.
//!
//! The types of the bridge are written to `ui/src/generated/bindings.ts` by [`bindings`], and a test keeps that file up
//! to date.

mod arguments;
mod arrivals;
mod autostart;
mod awake;
mod bridge;
mod closing;
mod commands;
mod desktop;
mod display;
mod log;
mod notifications;
mod ownership;
// On Windows nothing reports that the page's process has ended: see the module.
#[cfg_attr(
    not(any(target_os = "linux", target_os = "macos")),
    allow(dead_code, reason = "reported on Linux and macOS only")
)]
mod page_process;
mod paused_from_tray;
mod redact;
mod second_start;
mod settings;
mod shell_state;
mod sign_in_page;
mod start;
mod support;
mod system;
#[cfg(test)]
mod testing;
mod text;
mod tray_view;
mod window;
mod window_geometry;

use tauri::Runtime;
use tauri_specta::{collect_commands, collect_events};

pub use start::run;

/// The commands that the page may call and the events that it receives, with their types.
#[must_use]
pub fn bindings<R: Runtime>() -> tauri_specta::Builder<R> {
    let builder = tauri_specta::Builder::new()
        // A type has the same shape in both directions.
        .disable_serde_phases()
        // Amounts are below 2^53 bytes, and times far below 2^53 milliseconds.
        .dangerously_cast_bigints_to_number()
        .commands(collect_commands![
            commands::program::about,
            commands::program::snapshot,
            commands::program::ready,
            commands::program::open_website,
            commands::program::settings,
            commands::program::save_settings,
            commands::program::self_test,
            commands::program::save_support_bundle,
            commands::program::quit,
            commands::session::sign_in,
            commands::session::cancel_sign_in,
            commands::session::open_sign_in_again,
            commands::session::copy_sign_in_address,
            commands::session::sign_out,
            commands::transfers::consignments,
            commands::transfers::choose_folder,
            commands::transfers::choose_moved_folder,
            commands::transfers::open,
            commands::transfers::run,
            commands::transfers::tell,
            commands::transfers::limit_speed,
            commands::transfers::open_hand_over,
            commands::lists::transfers,
            commands::lists::transfer,
            commands::lists::finding_groups,
            commands::lists::findings,
            commands::lists::save_findings,
            commands::lists::item_counts,
            commands::lists::items,
            commands::lists::check_failures,
            commands::lists::check_failure_lines,
            commands::receipts::receipt,
            commands::receipts::export_receipt,
            commands::receipts::show_receipt_in_folder,
            commands::receipts::open_receipt_to_print,
        ])
        .events(collect_events![
            bridge::Snapshot,
            bridge::FolderDrop,
            bridge::Notice,
            bridge::QuitAsked,
            bridge::ClosedToTray,
        ]);
    bridge::constants(builder)
}
