//! What a person tells transfers.

use std::time::Duration;

use waybill_app::{Command, Handle, Posted};
use waybill_model::{Code, Failure, TransferId};

use super::{Answer, Here, id};
use crate::bridge::Order;
use crate::desk::{Controller, Desk};

/// How long taking over from a program that has ended may take: it is looked for every few seconds.
const TAKING_OVER: Duration = Duration::from_secs(10);

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

/// Opens the page of the service's website at which a transfer is handed over; does no harm a second time. `false` where the
/// browser cannot be asked.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_hand_over(desk: Here<'_>, transfer: String) -> Answer<bool> {
    let row = desk.read_of(&transfer, |reader, id| Ok(reader.transfer(id)?)).await?;
    let row = row.ok_or_else(|| Failure::new(Code::TransferUnknown, transfer))?;
    let address = waybill_app::hand_over_url(desk.profile()?, &row)?;
    Ok(desk.open_web(address).await)
}

/// To the controller here, or through the mailbox to the program that owns the journal.
///
/// # Errors
/// `transfer_unknown`, `not_possible_now`, `journal_in_use` when the other program does not answer; where there is no other
/// program any more, why this one cannot run transfers.
pub(crate) async fn tell_transfer(desk: &Desk, id: TransferId, command: Command) -> Result<(), Failure> {
    let failure = match desk.owner().await {
        Ok(handle) => return tell_own(&handle, id, command).await,
        Err(failure) => failure,
    };
    let elsewhere = matches!(&*desk.controller().borrow(), Controller::Running { .. });
    if !elsewhere {
        return Err(failure);
    }
    match waybill_app::post(desk.data(), id, command).await? {
        Posted::ToOwner => Ok(()),
        Posted::NobodyRuns => tell_own(&taken_over(desk).await?, id, command).await,
    }
}

async fn tell_own(handle: &Handle, id: TransferId, command: Command) -> Result<(), Failure> {
    match handle.tell(id, command).await {
        Err(failure) if failure.code == Code::TransferUnknown => {
            handle.run(id).await?;
            handle.tell(id, command).await
        }
        told => told,
    }
}

/// The other program has just ended: this one takes over in a moment, or cannot.
async fn taken_over(desk: &Desk) -> Result<Handle, Failure> {
    let mut controller = desk.controller();
    let taking_over = controller.wait_for(|now| match now {
        Controller::Starting => false,
        Controller::Running { reads_only, .. } => {
            reads_only.as_ref().is_none_or(|failure| failure.code != Code::JournalInUse)
        }
        Controller::Failed(_) => true,
    });
    match tokio::time::timeout(TAKING_OVER, taking_over).await {
        Ok(Ok(now)) => match &*now {
            Controller::Running { handle, reads_only: None } => Ok(handle.clone()),
            Controller::Running { reads_only: Some(failure), .. } | Controller::Failed(failure) => Err(failure.clone()),
            Controller::Starting => Err(Code::Internal.into()),
        },
        // A third program may have been quicker, or somebody signs in.
        Ok(Err(_)) | Err(_) => Err(Code::NotPossibleNow.into()),
    }
}
