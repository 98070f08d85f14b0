//! Consignments, folders, and what a person orders transfers to do.

use std::time::Duration;

use waybill_app::{Command, ConsignmentEntry, Handle, Posted};
use waybill_model::{Code, Failure, TransferId};

use super::{Answer, Here, id};
use crate::bridge::{ConsignmentLine, Offer, Opened};
use crate::shell_state::{ControllerState, Listed, ShellState};

/// How long taking over from a program that has ended may take: it is looked for every few seconds.
const TAKING_OVER: Duration = Duration::from_secs(10);

/// The person's consignments, newest first, as the service has them now.
#[tauri::command]
#[specta::specta]
pub(crate) async fn consignments(shell: Here<'_>) -> Answer<Vec<ConsignmentLine>> {
    let entries = shell.controller.handle().await?.consignments().await?;
    let profile = shell.setup.profile()?;
    let listed = |ConsignmentEntry { consignment, .. }: &ConsignmentEntry| {
        let page = waybill_app::consignment_url(profile, consignment)?;
        Ok((consignment.reference.to_string(), Listed { id: consignment.id, page }))
    };
    shell.references.set_listed(entries.iter().map(listed).collect::<Result<_, Failure>>()?);
    Ok(entries.into_iter().map(ConsignmentLine::from).collect())
}

/// Lets the person choose a folder in the system's dialog; `null` when they would rather not.
#[tauri::command]
#[specta::specta]
pub(crate) async fn choose_folder(shell: Here<'_>) -> Answer<Option<Offer>> {
    match shell.system.choose_folder().await {
        Some(path) => Ok(Some(shell.references.offer(path).await?)),
        None => Ok(None),
    }
}

/// Lets the person choose where the folder of a transfer is now, and resumes the transfer if it holds the files that were
/// checked. `false` if they cancel.
#[tauri::command]
#[specta::specta]
pub(crate) async fn choose_moved_folder(shell: Here<'_>, transfer: String) -> Answer<bool> {
    let transfer = id(&transfer)?;
    let Some(path) = shell.system.choose_folder().await else { return Ok(false) };
    let offer = shell.references.offer(path).await?;
    let folder = shell.references.folder(&offer.token)?;
    shell.controller.owner().await?.relocate(transfer, folder).await?;
    Ok(true)
}

/// Starts the transfer of an offered folder, or resumes the existing one. The consignment is `null` for a service that has
/// none. The check runs by itself; then the transfer waits in the phase `checked` for the command `send`.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open(shell: Here<'_>, token: String, consignment: Option<String>) -> Answer<Opened> {
    let folder = shell.references.folder(&token)?;
    let id_of =
        |reference: String| shell.references.listed(&reference).map_or(reference, |listed| listed.id.to_string());
    let wanted = consignment.map(|reference| id_of(reference).as_str().into());
    let opened = shell.controller.owner().await?.open(folder, wanted).await?;
    Ok(Opened { transfer: opened.id.to_string(), existed: opened.existed })
}

/// Resumes a transfer of the journal. A pause stays: see the command `resume`.
#[tauri::command]
#[specta::specta]
pub(crate) async fn run(shell: Here<'_>, transfer: String) -> Answer<()> {
    shell.controller.owner().await?.run(id(&transfer)?).await
}

/// Gives a transfer an order, also one that is not running yet or that another program runs.
#[tauri::command]
#[specta::specta]
pub(crate) async fn tell(shell: Here<'_>, transfer: String, command: Command) -> Answer<()> {
    tell_transfer(&shell, id(&transfer)?, command).await
}

/// Limits how fast files are sent, in bytes a second (at least 25,000), until it is changed; `null` for no limit.
/// Holds at once, and is kept with the settings.
#[tauri::command]
#[specta::specta]
pub(crate) async fn limit_speed(shell: Here<'_>, bytes_per_second: Option<u64>) -> Answer<()> {
    let limit = bytes_per_second.filter(|limit| *limit > 0);
    // A controller that starts later takes what is kept.
    if let Ok(handle) = shell.controller.handle().await {
        handle.limit_speed(limit);
    }
    let mut file = shell.settings();
    let settings = crate::bridge::Settings { speed_limit: limit, ..file.settings() };
    file.save(settings)
}

/// Opens the page of the service's website at which a transfer is handed over; does no harm a second time. `false` where the
/// browser cannot be asked.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_hand_over(shell: Here<'_>, transfer: String) -> Answer<bool> {
    let row = shell.journal.read_transfer(&transfer, |reader, id| Ok(reader.transfer(id)?)).await?;
    let row = row.ok_or_else(|| Failure::new(Code::TransferUnknown, transfer))?;
    let address = waybill_app::hand_over_url(shell.setup.profile()?, &row)?;
    Ok(shell.open_web(address).await)
}

/// To the controller here, or through the mailbox to the program that owns the journal.
///
/// # Errors
/// `transfer_unknown`, `not_possible_now`, `journal_in_use` when the other program does not answer; where there is no other
/// program any more, why this one cannot run transfers.
pub(crate) async fn tell_transfer(shell: &ShellState, id: TransferId, command: Command) -> Result<(), Failure> {
    let failure = match shell.controller.owner().await {
        Ok(handle) => return tell_own(&handle, id, command).await,
        Err(failure) => failure,
    };
    let elsewhere = matches!(&*shell.controller.subscribe().borrow(), ControllerState::Running { .. });
    if !elsewhere {
        return Err(failure);
    }
    match waybill_app::post(&shell.setup.places.data, id, command).await? {
        Posted::ToOwner => Ok(()),
        Posted::NobodyRuns => tell_own(&taken_over(shell).await?, id, command).await,
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
async fn taken_over(shell: &ShellState) -> Result<Handle, Failure> {
    let mut controller = shell.controller.subscribe();
    let taking_over = controller.wait_for(|now| match now {
        ControllerState::Starting => false,
        ControllerState::Running { reads_only, .. } => {
            reads_only.as_ref().is_none_or(|failure| failure.code != Code::JournalInUse)
        }
        ControllerState::Failed(_) => true,
    });
    match tokio::time::timeout(TAKING_OVER, taking_over).await {
        Ok(Ok(now)) => match &*now {
            ControllerState::Running { handle, reads_only: None } => Ok(handle.clone()),
            ControllerState::Running { reads_only: Some(failure), .. } | ControllerState::Failed(failure) => {
                Err(failure.clone())
            }
            ControllerState::Starting => Err(Code::Internal.into()),
        },
        // A third program may have been quicker, or a person signs in.
        Ok(Err(_)) | Err(_) => Err(Code::NotPossibleNow.into()),
    }
}
