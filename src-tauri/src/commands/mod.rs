//! What the page may ask for. Each command passes on what it is asked, and gives back what came of it; nothing is decided
//! here, and nothing that is secret crosses.

pub(crate) mod folders;
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

use crate::bridge::Problem;
use crate::desk::Desk;

/// The desk, as Tauri hands it to commands.
pub(crate) type Here<'a> = State<'a, Arc<Desk>>;

/// What a command gives.
pub(crate) type Answer<T> = Result<T, Problem>;

/// An id as the page has it.
fn id(transfer: &str) -> Result<TransferId, Failure> {
    transfer.parse().map_err(|_| Failure::new(Code::TransferUnknown, transfer))
}
