//! Consignments, folders, and what brings them together.

use waybill_app::ConsignmentEntry;

use super::{Answer, Here};
use crate::bridge::{ConsignmentLine, Offer, Opened};

/// The person's consignments, newest first, as the service has them now.
#[tauri::command]
#[specta::specta]
pub(crate) async fn consignments(desk: Here<'_>) -> Answer<Vec<ConsignmentLine>> {
    let entries = desk.handle().await?.consignments().await?;
    let profile = desk.profile()?;
    let page = |entry: &ConsignmentEntry| {
        (entry.consignment.reference.to_string(), waybill_app::consignment_url(profile, &entry.consignment))
    };
    desk.set_pages(entries.iter().map(page).collect());
    Ok(entries.into_iter().map(ConsignmentLine::from).collect())
}

/// Lets the person choose a folder in the system's dialog; `null` when they would rather not.
#[tauri::command]
#[specta::specta]
pub(crate) async fn choose_folder(desk: Here<'_>) -> Answer<Option<Offer>> {
    match desk.outside.choose_folder().await {
        Some(path) => Ok(Some(desk.offer(path).await?)),
        None => Ok(None),
    }
}

/// Begins the transfer of an offered folder into a consignment, or goes on with the one that is there. The check runs by
/// itself; then the transfer waits in the stage `checked` for the order to send.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open(desk: Here<'_>, token: String, consignment: String) -> Answer<Opened> {
    let folder = desk.offers().folder(&token)?;
    let opened = desk.owner().await?.open(folder, consignment.as_str().into()).await?;
    Ok(Opened { transfer: opened.id.to_string(), existed: opened.existed })
}
