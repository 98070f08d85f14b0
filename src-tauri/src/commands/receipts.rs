//! Receipts: shown, saved elsewhere, opened.

use std::path::PathBuf;

use waybill_app::receipt::{self, Format};
use waybill_model::{Code, Failure};

use super::{Answer, Here, safe_file_name};
use crate::bridge::ReceiptSummary;
use crate::system::blocking;

/// What the receipt of a transfer says of the whole. There is one from the hand-over on.
#[tauri::command]
#[specta::specta]
pub(crate) async fn receipt(shell: Here<'_>, transfer: String) -> Answer<ReceiptSummary> {
    let summary = shell.journal.read_transfer(&transfer, |reader, id| {
        let row = reader.transfer(id)?.ok_or_else(|| Failure::from(Code::TransferUnknown))?;
        Ok(ReceiptSummary::new(receipt::summary(reader, id)?, &row))
    });
    summary.await
}

/// Saves the receipt in one form where the person wants it. Gives the file's path, or `null` when they would rather not.
#[tauri::command]
#[specta::specta]
pub(crate) async fn export_receipt(shell: Here<'_>, transfer: String, format: Format) -> Answer<Option<String>> {
    let reference = shell
        .journal
        .read_transfer(&transfer, |reader, id| Ok(receipt::summary(reader, id)?.destination().to_owned()))
        .await?;
    let suggestion = safe_file_name(&format!("{reference} {}", format.file_name()));
    let Some(path) = shell.system.choose_file(&suggestion).await else { return Ok(None) };
    let shown = path.display().to_string();
    shell.journal.read_transfer(&transfer, move |reader, id| receipt::write_to(reader, id, format, &path)).await?;
    Ok(Some(shown))
}

/// Shows the receipt's files in their folder.
#[tauri::command]
#[specta::specta]
pub(crate) async fn show_receipt_in_folder(shell: Here<'_>, transfer: String) -> Answer<()> {
    let file = file_of(&shell, &transfer).await?;
    let system = std::sync::Arc::clone(&shell.system);
    blocking(move || system.show_in_folder(&file)).await
}

/// Opens the receipt's page in the browser, to be read and printed.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_receipt_to_print(shell: Here<'_>, transfer: String) -> Answer<()> {
    let file = file_of(&shell, &transfer).await?;
    let system = std::sync::Arc::clone(&shell.system);
    blocking(move || system.open_file(&file)).await
}

/// Returns the path of the receipt's page, and writes the page again if it is missing.
async fn file_of(shell: &Here<'_>, transfer: &str) -> Result<PathBuf, Failure> {
    let written = shell.journal.read_transfer(transfer, |reader, id| {
        let row = reader.transfer(id)?.ok_or_else(|| Failure::from(Code::TransferUnknown))?;
        let folder = row.receipt_dir.ok_or_else(|| Failure::from(Code::NotPossibleNow))?;
        let page = folder.join(Format::Html.file_name());
        if !page.is_file() {
            receipt::write(reader, id, &Format::ALL, &folder)?;
        }
        Ok(page)
    });
    written.await
}
