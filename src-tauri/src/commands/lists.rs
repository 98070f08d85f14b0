//! Pages of what is written down. They are read from the journal, also while another program owns it.

use std::sync::Arc;

use waybill_app::library::TransferRow;
use waybill_model::{Code, Failure, FindingKind};

use super::{Answer, Here, id, safe_file_name};
use crate::bridge::{
    CheckFailureLine, CheckFailures, FindingGroup, FindingLine, ItemCounts, ItemFilter, ItemLine, TransferDetail,
    TransferLine, TransferPage,
};

/// The most rows that cross at once.
const MOST: u32 = 200;

/// The transfers of this computer, newest first, also those that are over, from the `offset`th on; 200 at the most.
#[tauri::command]
#[specta::specta]
pub(crate) async fn transfers(shell: Here<'_>, offset: u32, limit: u32) -> Answer<TransferPage> {
    let service = shell.setup.profile().ok().map(|profile| profile.name.clone());
    let page = shell.journal.read(move |reader| {
        let rows = reader.transfers()?;
        let total = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        let shown = rows.iter().skip(place(offset)).take(place(limit.min(MOST)));
        let line = |row: &TransferRow| Ok(TransferLine::new(row, &reader.totals(row.id)?, service.as_deref()));
        Ok(TransferPage { transfers: shown.map(line).collect::<Result<_, Failure>>()?, total })
    });
    let page = page.await?.unwrap_or_default();
    tracing::info!(transfers = page.transfers.len(), "the page asked for the list");
    Ok(page)
}

/// One transfer in full.
#[tauri::command]
#[specta::specta]
pub(crate) async fn transfer(shell: Here<'_>, transfer: String) -> Answer<TransferDetail> {
    let service = shell.setup.profile().ok().map(|profile| profile.name.clone());
    let detail = shell.journal.read_transfer(&transfer, move |reader, id| {
        let row = reader.transfer(id)?.ok_or_else(|| Failure::from(Code::TransferUnknown))?;
        Ok(TransferDetail::new(row, &reader.totals(id)?, service.as_deref()))
    });
    detail.await
}

/// The groups of findings of a transfer's check that are not empty, in the order in which they are shown.
#[tauri::command]
#[specta::specta]
pub(crate) async fn finding_groups(shell: Here<'_>, transfer: String) -> Answer<Vec<FindingGroup>> {
    let groups = shell.journal.read_transfer(&transfer, |reader, id| {
        let counts = reader.finding_counts(id)?.into_iter().filter(|(_, count, _)| *count > 0);
        Ok(counts.map(|(kind, count, bytes)| FindingGroup::new(kind, count, bytes)).collect())
    });
    groups.await
}

/// Findings of one kind or of all, from the `offset`th on; 200 at the most.
#[tauri::command]
#[specta::specta]
pub(crate) async fn findings(
    shell: Here<'_>,
    transfer: String,
    kind: Option<FindingKind>,
    offset: u64,
    limit: u32,
) -> Answer<Vec<FindingLine>> {
    let rows = shell.journal.read_transfer(&transfer, move |reader, id| {
        let rows = reader.findings_from(id, kind, offset, limit.min(MOST))?;
        Ok(rows.into_iter().map(|(_, finding)| finding.into()).collect())
    });
    rows.await
}

/// Saves the findings of one kind or of all as CSV where the person wants them. Gives the file's path, or `null` when
/// they would rather not.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_findings(
    shell: Here<'_>,
    transfer: String,
    kind: Option<FindingKind>,
) -> Answer<Option<String>> {
    let row = shell.journal.read_transfer(&transfer, |reader, id| Ok(reader.transfer(id)?)).await?;
    let reference = row.map(|row| row.destination().to_owned()).unwrap_or_default();
    let suggestion = safe_file_name(&format!("{reference} check.csv"));
    let Some(path) = shell.system.choose_file(&suggestion).await else { return Ok(None) };
    let shown = path.display().to_string();
    let written =
        shell.journal.read_transfer(&transfer, move |reader, id| waybill_app::write_findings(reader, id, kind, &path));
    written.await?;
    Ok(Some(shown))
}

/// How many files a transfer has by filter. Kept as they change: as quick for a million as for one.
#[tauri::command]
#[specta::specta]
pub(crate) async fn item_counts(shell: Here<'_>, transfer: String) -> Answer<ItemCounts> {
    let counts = shell
        .journal
        .read_transfer(&transfer, |reader, id| Ok(ItemCounts::new(reader.totals(id)?, reader.started_count(id)?)));
    counts.await
}

/// Files of a transfer, from the `offset`th on, in order; 200 at the most.
#[tauri::command]
#[specta::specta]
pub(crate) async fn items(
    shell: Here<'_>,
    transfer: String,
    filter: ItemFilter,
    offset: u64,
    limit: u32,
) -> Answer<Vec<ItemLine>> {
    let rows = shell.journal.read_transfer(&transfer, move |reader, id| {
        let rows = match filter.states() {
            Some(states) => reader.items_from(id, states, offset, limit.min(MOST))?,
            None => reader.started_from(id, offset, limit.min(MOST))?,
        };
        Ok(rows.into_iter().map(ItemLine::from).collect())
    });
    rows.await
}

/// What the service's checks found in the files of a transfer. Asks the service; the lines are then read with
/// `check_failure_lines`.
#[tauri::command]
#[specta::specta]
pub(crate) async fn check_failures(shell: Here<'_>, transfer: String) -> Answer<CheckFailures> {
    let id = id(&transfer)?;
    let failures = Arc::new(shell.controller.handle().await?.check_failures(id).await?);
    let summary = CheckFailures::from(failures.as_ref());
    shell.references.set_check_failures(id, failures);
    Ok(summary)
}

/// What the checks found when the service was asked last, from the `offset`th line on; 200 at the most.
#[tauri::command]
#[specta::specta]
pub(crate) async fn check_failure_lines(
    shell: Here<'_>,
    transfer: String,
    offset: u32,
    limit: u32,
) -> Answer<Vec<CheckFailureLine>> {
    let failures =
        shell.references.check_failures(id(&transfer)?).ok_or_else(|| Failure::from(Code::NotPossibleNow))?;
    let rows = failures.rows.iter().skip(place(offset)).take(place(limit.min(MOST)));
    Ok(rows.map(CheckFailureLine::from).collect())
}

fn place(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
