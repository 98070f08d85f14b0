//! What the page may ask for. Each command reads and answers; none changes anything.

use tauri::State;
use waybill_model::{Code, Failure};

use crate::data_dir::DataDir;
use crate::list::{About, Problem, TransferList, read};

/// What this program is.
#[tauri::command]
#[specta::specta]
pub(crate) fn about() -> About {
    About { name: "Waybill".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
}

/// The transfers of this computer, newest first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn transfers(data_dir: State<'_, DataDir>) -> Result<TransferList, Problem> {
    let dir = data_dir.0.clone().ok_or_else(|| Failure::from(Code::DataFolderUnusable))?;
    let list = tauri::async_runtime::spawn_blocking(move || read(&dir)).await;
    // The reading thread does not end early by itself; if it panicked, that is ours.
    let list = list.map_err(|error| Failure::new(Code::Internal, error.to_string()))??;
    tracing::info!(transfers = list.transfers.len(), "the page asked for the list");
    Ok(list)
}
