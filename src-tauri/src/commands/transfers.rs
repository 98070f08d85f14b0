//! What a person tells transfers.

use waybill_app::{Command, Posted};
use waybill_model::{Code, Failure};

use super::{Answer, Here, id};
use crate::bridge::{Notice, Order};
use crate::desk::{Controller, Desk};
use crate::outside::PageEvent;

/// Goes on with a transfer that is written down. A pause is kept: see the order `resume`.
#[tauri::command]
#[specta::specta]
pub(crate) async fn run(desk: Here<'_>, transfer: String) -> Answer<()> {
    Ok(desk.owner().await?.run(id(&transfer)?).await?)
}

/// Tells a transfer something, also one that is not running yet or that another program runs.
#[tauri::command]
#[specta::specta]
pub(crate) async fn tell(desk: Here<'_>, transfer: String, order: Order) -> Answer<()> {
    Ok(tell_transfer(&desk, id(&transfer)?, order.into()).await?)
}

/// Limits how fast files are sent, in bytes a second (at least 25,000), until it is told otherwise; `null` for no limit.
/// Holds at once, and is kept with the settings.
#[tauri::command]
#[specta::specta]
pub(crate) async fn limit_speed(desk: Here<'_>, bytes_per_second: Option<u64>) -> Answer<()> {
    let limit = bytes_per_second.filter(|limit| *limit > 0);
    // A controller that starts later takes what is kept.
    if let Ok(handle) = desk.handle().await {
        handle.limit_speed(limit);
    }
    let mut file = desk.settings();
    let settings = crate::bridge::Settings { speed_limit: limit, ..file.settings() };
    Ok(file.save(settings)?)
}

/// Opens the page of the service's website at which a transfer is handed over; does no harm a second time.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_hand_over(desk: Here<'_>, transfer: String) -> Answer<bool> {
    let row = desk.read_of(&transfer, |reader, id| Ok(reader.transfer(id)?)).await?;
    let row = row.ok_or_else(|| Failure::new(Code::TransferUnknown, transfer.clone()))?;
    let address = waybill_app::hand_over_url(desk.profile()?, &row)?;
    let opened = desk.open_web(address).await;
    desk.tell(PageEvent::Notice(Notice::HandOver { transfer, opened }));
    Ok(opened)
}

/// To the controller here, or through the mailbox to the program that owns the journal.
///
/// # Errors
/// `transfer_unknown`, `not_possible_now`, `journal_in_use` when the other program does not answer.
pub(crate) async fn tell_transfer(desk: &Desk, id: waybill_model::TransferId, command: Command) -> Result<(), Failure> {
    let handle = match desk.owner().await {
        Ok(handle) => handle,
        Err(failure) => {
            let elsewhere = matches!(&*desk.controller().borrow(), Controller::Running { .. });
            return if elsewhere { post(desk, id, command, failure).await } else { Err(failure) };
        }
    };
    match handle.tell(id, command).await {
        Err(failure) if failure.code == Code::TransferUnknown => {
            handle.run(id).await?;
            handle.tell(id, command).await
        }
        told => told,
    }
}

async fn post(desk: &Desk, id: waybill_model::TransferId, command: Command, failure: Failure) -> Result<(), Failure> {
    match waybill_app::post(desk.data(), id, command).await? {
        Posted::ToOwner => Ok(()),
        // The other program has just ended; this one takes over in a moment.
        Posted::NobodyRuns => Err(failure),
    }
}
