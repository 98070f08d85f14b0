//! `pause` and `cancel`: sent to the process that runs the transfer, or done here if none does.

use std::time::Duration;

use waybill_app::library::TransferRow;
use waybill_app::{Command, Posted, post};
use waybill_model::{Code, Failure, Phase, PhaseGroup, Target as Destination};
use waybill_words::{cli, detail};

use super::done_saying;
use crate::browser::Browser;
use crate::console::Console;
use crate::events::Done;
use crate::failed::Failed;
use crate::follow::{Followed, Target, follow};
use crate::follower::{Ending, Goal};
use crate::running::Running;
use crate::setup::Setup;
use crate::verdict;

/// How long the sign-in before reporting a failed upload may take.
const SIGN_IN_LIMIT: Duration = Duration::from_secs(600);

/// Pauses a transfer.
pub(super) async fn pause(console: &mut Console, setup: Setup, browser: Browser, wanted: &str) -> Result<Done, Failed> {
    let row = open_row(&setup, wanted)?;
    let message = cli::paused_resume(row.destination());
    match post(setup.data_dir(), row.id, Command::Pause).await? {
        Posted::NobodyRuns if !row.paused => {
            stop_here(console, setup, browser, &row, Command::Pause, Goal::Pause).await?;
        }
        Posted::ToOwner | Posted::NobodyRuns => {}
    }
    Ok(Done { transfer: Some(row.id.to_string()), ..done_saying(message) })
}

/// Cancels a transfer. With `give_up`, also reports to the service that the upload failed.
pub(super) async fn cancel(
    console: &mut Console,
    setup: Setup,
    browser: Browser,
    wanted: &str,
    give_up: bool,
) -> Result<Done, Failed> {
    let ended = setup.find(wanted)?.1;
    // The same command was run again: what it was to do is done.
    let is_repeated = if give_up { ended.phase == Phase::GivenUp } else { ended.phase == Phase::Cancelled };
    if is_repeated {
        let message = if give_up { given_up(&ended) } else { cancelled(&ended) };
        return Ok(Done { transfer: Some(ended.id.to_string()), ..done_saying(message) });
    }
    let row = open_row(&setup, wanted)?;
    let reference = row.destination().to_owned();
    if give_up && !is_at_the_service(&row) {
        let failure = Failure::new(Code::NotPossibleNow, detail::not_started(&reference));
        let next = cli::cancel_is_enough(reference.as_str());
        return Err(Failed::new(failure).of_transfer(row.id).next(next));
    }
    let (command, goal) = if give_up { (Command::GiveUp, Goal::GiveUp) } else { (Command::Cancel, Goal::Cancel) };
    let message = match post(setup.data_dir(), row.id, command).await? {
        Posted::ToOwner if give_up => match row.target {
            Destination::Consignment(_) => cli::giving_up_elsewhere().to_owned(),
            Destination::Folder => cli::giving_up_elsewhere_folder().to_owned(),
        },
        Posted::ToOwner => cancelled(&row),
        Posted::NobodyRuns => match stop_here(console, setup, browser, &row, command, goal).await? {
            Ending::GivenUp => given_up(&row),
            Ending::Uploaded { .. } => cli::uploaded_already(reference.as_str()),
            Ending::HandedOver
            | Ending::Paused
            | Ending::Cancelled
            | Ending::Stopped(_)
            | Ending::LostSinceCheck(_)
            | Ending::Blocked(_) => cancelled(&row),
        },
    };
    Ok(Done { transfer: Some(row.id.to_string()), ..done_saying(message) })
}

fn given_up(row: &TransferRow) -> String {
    match row.target {
        Destination::Consignment(_) => cli::given_up(row.destination()),
        Destination::Folder => cli::given_up_folder(row.destination()),
    }
}

/// Describes what a cancelled transfer leaves at the service.
fn cancelled(row: &TransferRow) -> String {
    let reference = row.destination();
    match row.target {
        _ if !is_at_the_service(row) => cli::cancelled(reference),
        Destination::Consignment(_) => cli::cancelled_here(reference),
        Destination::Folder => cli::cancelled_folder(reference),
    }
}

/// Returns whether the service may hold something of the transfer: its upload was started or, for a service where
/// uploads are not started, files may have been sent.
fn is_at_the_service(row: &TransferRow) -> bool {
    service_may_have(&row.target, row.phase, row.start_intended.is_some())
}

fn service_may_have(target: &Destination, phase: Phase, upload_started: bool) -> bool {
    match target {
        Destination::Consignment(_) => upload_started,
        Destination::Folder => phase.group() == PhaseGroup::Sending,
    }
}

fn open_row(setup: &Setup, wanted: &str) -> Result<TransferRow, Failed> {
    let (_, row) = setup.find(wanted)?;
    if row.phase.is_final() {
        let failure = Failure::new(Code::NotPossibleNow, detail::ended(row.destination()));
        return Err(Failed::new(failure).of_transfer(row.id));
    }
    Ok(row)
}

/// Runs the transfer here just to stop it.
async fn stop_here(
    console: &mut Console,
    setup: Setup,
    browser: Browser,
    row: &TransferRow,
    command: Command,
    goal: Goal,
) -> Result<Ending, Failed> {
    let setup = setup.for_transfer(row)?;
    let mut running = Running::start(&setup, browser, true).await?;
    let outcome = Box::pin(stop_in(console, &setup, &mut running, row, command, goal)).await;
    running.end_after(console, outcome).await
}

async fn stop_in(
    console: &mut Console,
    setup: &Setup,
    running: &mut Running,
    row: &TransferRow,
    command: Command,
    goal: Goal,
) -> Result<Ending, Failed> {
    if goal == Goal::GiveUp {
        running.signed_in(console, SIGN_IN_LIMIT).await?;
    }
    let handle = running.handle.clone();
    let told = async {
        handle.run(row.id).await?;
        handle.tell(row.id, command).await?;
        if goal == Goal::GiveUp && row.paused {
            handle.tell(row.id, Command::Resume).await?;
        }
        Ok(())
    };
    running.during(console, told).await?;
    match follow(console, running, setup, &[Target { id: row.id, goal, resumed: false }]).await? {
        Followed::Interrupted => Err(verdict::of_interrupt(&[(row.id, row.destination().to_owned())])),
        Followed::All(endings) => match endings.get(&row.id).copied() {
            Some(Ending::Stopped(Code::DifferentPerson)) => {
                Err(Failed::from(Code::DifferentPerson).of_transfer(row.id).next(verdict::sign_in_as(&row.person)))
            }
            Some(Ending::Stopped(code)) => Err(Failed::from(code).of_transfer(row.id)),
            Some(
                ending @ (Ending::Uploaded { .. }
                | Ending::HandedOver
                | Ending::Paused
                | Ending::GivenUp
                | Ending::Cancelled
                | Ending::LostSinceCheck(_)
                | Ending::Blocked(_)),
            ) => Ok(ending),
            None => Err(Code::Internal.into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_being_sent_can_be_given_up_although_no_upload_was_started() {
        let may_have = |phase| service_may_have(&Destination::Folder, phase, false);
        for phase in [Phase::Walking, Phase::Checked, Phase::Hashing] {
            assert!(!may_have(phase), "{phase:?}");
        }
        assert!(may_have(Phase::Sending) && may_have(Phase::Settling));
    }
}
