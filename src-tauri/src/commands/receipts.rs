//! Receipts: shown, saved elsewhere, opened.

use std::path::PathBuf;

use waybill_app::receipt::{self, Format};
use waybill_model::{Code, Failure};

use super::{Answer, Here};
use crate::bridge::{ReceiptFormat, ReceiptSummary};
use crate::desk::blocking;

/// What the receipt of a transfer says of the whole. There is one from the hand-over on.
#[tauri::command]
#[specta::specta]
pub(crate) async fn receipt(desk: Here<'_>, transfer: String) -> Answer<ReceiptSummary> {
    let summary = desk.read_of(&transfer, |reader, id| {
        let row = reader.transfer(id)?.ok_or_else(|| Failure::from(Code::TransferUnknown))?;
        Ok(ReceiptSummary::new(receipt::summary(reader, id)?, &row))
    });
    Ok(summary.await?)
}

/// Saves the receipt in one form where the person wants it. Gives the file's path, or `null` when they would rather not.
#[tauri::command]
#[specta::specta]
pub(crate) async fn export_receipt(desk: Here<'_>, transfer: String, format: ReceiptFormat) -> Answer<Option<String>> {
    let format = Format::from(format);
    let reference = desk.read_of(&transfer, |reader, id| Ok(receipt::summary(reader, id)?.consignment)).await?;
    let suggestion = crate::file_name::safe(&format!("{reference} {}", format.file_name()));
    let Some(path) = desk.outside.choose_file(&suggestion).await else { return Ok(None) };
    let shown = path.display().to_string();
    desk.read_of(&transfer, move |reader, id| receipt::write_to(reader, id, format, &path)).await?;
    Ok(Some(shown))
}

/// Shows the receipt's files in their folder.
#[tauri::command]
#[specta::specta]
pub(crate) async fn show_receipt_in_folder(desk: Here<'_>, transfer: String) -> Answer<()> {
    let file = file_of(&desk, &transfer).await?;
    let outside = std::sync::Arc::clone(&desk.outside);
    Ok(blocking(move || outside.show_in_folder(&file)).await?)
}

/// Opens the receipt's page in the browser, to be read and printed.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_receipt_to_print(desk: Here<'_>, transfer: String) -> Answer<()> {
    let file = file_of(&desk, &transfer).await?;
    let outside = std::sync::Arc::clone(&desk.outside);
    Ok(blocking(move || outside.open_file(&file)).await?)
}

/// The receipt's page on the disk. It is written anew where it is gone.
async fn file_of(desk: &Here<'_>, transfer: &str) -> Result<PathBuf, Failure> {
    let written = desk.read_of(transfer, |reader, id| {
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
