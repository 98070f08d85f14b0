//! The commands that the page can call. Each one passes its request on and returns the result. Nothing is decided here,
//! and no secret reaches the page.

pub(crate) mod lists;
pub(crate) mod program;
pub(crate) mod receipts;
pub(crate) mod session;
#[cfg(test)]
mod tests;
pub(crate) mod transfers;

use std::sync::Arc;

use tauri::State;
use waybill_model::{Code, Failure, TransferId};

use crate::shell_state::ShellState;

/// The shell, as Tauri hands it to commands.
pub(crate) type Here<'a> = State<'a, Arc<ShellState>>;

/// What a command gives.
pub(crate) type Answer<T> = Result<T, Failure>;

/// An id as the page has it.
fn id(transfer: &str) -> Result<TransferId, Failure> {
    transfer.parse().map_err(|_| Failure::new(Code::TransferUnknown, transfer))
}

/// Returns a file name that every file system takes: what separates folders or means something to one of them becomes `_`.
fn safe_file_name(wanted: &str) -> String {
    let plain = |c: char| {
        if c.is_control() || ['/', '\\', ':', '*', '?', '"', '<', '>', '|'].contains(&c) { '_' } else { c }
    };
    wanted.trim().trim_start_matches('.').chars().map(plain).collect()
}
