//! `send` and `resume`: run transfers in this process and follow them to their end.

use std::path::{Path, PathBuf};
use std::time::Duration;

use waybill_app::library::TransferRow;
use waybill_app::{Command, Folder, open_folder};
use waybill_model::service::Opening;
use waybill_model::{Code, ConsignmentReference, Failure, Phase, ServiceProfile, TransferId};
use waybill_words::{cli, detail};

use super::{done, done_saying};
use crate::arguments::Way;
use crate::browser::Browser;
use crate::console::Console;
use crate::events::{Done, Event, Note};
use crate::failed::Failed;
use crate::follow::{Followed, Target, follow};
use crate::follower::{Ending, Goal, Wishes};
use crate::pick;
use crate::problems;
use crate::running::{Running, receipt};
use crate::setup::{self, Setup};
use crate::typed;
use crate::verdict;

/// How long the sign-in at the start may take if no other limit is given.
const SIGN_IN_LIMIT: Duration = Duration::from_secs(600);

/// Which transfers to resume.
pub(super) enum Wanted {
    /// One transfer, as the person named it.
    Named(String),
    /// The only unfinished transfer.
    TheOnlyOne,
    /// Every unfinished transfer to this service.
    All,
}

/// Sends a folder to a consignment, or to a service that has none, or resumes sending it.
pub(super) async fn send(
    console: &mut Console,
    setup: &Setup,
    browser: Browser,
    folder: PathBuf,
    consignment: Option<String>,
    way: Way,
) -> Result<Done, Failed> {
    // Mistakes in the arguments are reported before anyone is asked to sign in.
    let consignment = consignment_for(&setup.profile()?.0, consignment.as_deref())?;
    let folder = open_folder(&folder)?;
    if let Some(row) = sent_before(setup, &folder, consignment.as_ref())? {
        say_receipt(console, &row);
        problems::show(console, &setup.row(row.id)?.0, row.id)?;
        checks_ran(&row)?;
        let message = cli::sent_before(cli::SentBefore { folder: folder.name(), reference: row.destination() });
        return Ok(Done { transfer: Some(row.id.to_string()), ..done_saying(message) });
    }
    let mut running = Running::start(setup, browser, true).await?;
    let outcome = Box::pin(send_in(console, setup, &mut running, folder, consignment, way)).await;
    running.end_after(console, outcome).await
}

async fn send_in(
    console: &mut Console,
    setup: &Setup,
    running: &mut Running,
    folder: Folder,
    consignment: Option<ConsignmentReference>,
    way: Way,
) -> Result<Done, Failed> {
    running.signed_in_patiently(console, way.patience(), SIGN_IN_LIMIT).await?;
    let row = open(console, setup, running, folder, consignment, way.patience()).await?;
    let resumed = go_on_if_paused(console, running, &row).await?;
    let goal = Goal::Finish(Wishes { agreed: row.accepted_left_out, ..wishes(way, false) });
    let (reference, target) = (row.destination().to_owned(), row.target.clone());
    match follow(console, running, setup, &[Target { id: row.id, goal, resumed }]).await? {
        Followed::Interrupted => Err(verdict::of_interrupt(&[(row.id, reference)])),
        Followed::All(endings) => {
            let ending = endings.get(&row.id).copied().unwrap_or(Ending::Stopped(Code::Internal));
            let message = verdict::of_sending(ending, row.id, &reference, &target, &row.person)?;
            show_problems(console, setup, row.id, ending)?;
            Ok(Done { transfer: Some(row.id.to_string()), ..done_saying(message) })
        }
    }
}

/// Opens the transfer, or resumes an existing one.
async fn open(
    console: &mut Console,
    setup: &Setup,
    running: &mut Running,
    folder: Folder,
    consignment: Option<ConsignmentReference>,
    patience: Option<Duration>,
) -> Result<TransferRow, Failed> {
    let handle = running.handle.clone();
    let path = folder.path().to_owned();
    let opened = running
        .patiently(console, patience, || {
            let (handle, folder, consignment) = (handle.clone(), folder.clone(), consignment.clone());
            async move { handle.open(folder, consignment).await }
        })
        .await
        .map_err(|failed| somebody_elses(setup, failed, consignment.as_ref()))
        .map_err(|failed| moved_perhaps(setup, failed, &path, consignment.as_ref()))?;
    let row = setup.row(opened.id)?.1;
    if opened.existed {
        let message = cli::resuming(row.destination());
        console.say(&Event::Note(Note { code: None, message, next: None }));
    }
    Ok(row)
}

/// Returns the finished transfer of this folder to this consignment, if any: a script that was killed just before its
/// end runs the same command again. Does not need a sign-in.
fn sent_before(
    setup: &Setup,
    folder: &Folder,
    consignment: Option<&ConsignmentReference>,
) -> Result<Option<TransferRow>, Failed> {
    let service = setup.profile()?.0.name;
    let is_this = |row: &TransferRow| {
        row.service == service
            && row.phase == Phase::Finished
            && row.folder == folder.path()
            && row.target.consignment().zip(consignment).is_some_and(|(sent, meant)| {
                // As the service's list is searched.
                sent.reference.as_str().eq_ignore_ascii_case(meant.as_str())
            })
    };
    Ok(setup.transfers()?.into_iter().find(is_this))
}

fn say_receipt(console: &mut Console, row: &TransferRow) {
    // It may have been moved or deleted: `waybill receipt` writes another.
    if let Some(dir) = row.receipt_dir.as_ref().filter(|dir| dir.is_dir()) {
        console.say(&receipt(row.id, std::slice::from_ref(dir)));
    }
}

/// Reports checks of the service that could not run, as the command that followed them to their end did: a command that
/// is repeated does not call that fine.
fn checks_ran(row: &TransferRow) -> Result<(), Failed> {
    match row.checks {
        Some(checks) if checks.could_not_run() => {
            Err(Failed::new(Failure::new(Code::ChecksFailed, row.destination())).of_transfer(row.id))
        }
        Some(_) | None => Ok(()),
    }
}

/// The destination of a folder, as the command line states it.
fn consignment_for(profile: &ServiceProfile, given: Option<&str>) -> Result<Option<ConsignmentReference>, Failed> {
    match (profile.way.opening, given.and_then(typed::name)) {
        (Opening::Registration, Some(reference)) => Ok(Some(reference.into())),
        (Opening::Registration, None) => Err(Failed::usage(detail::consignment_required())
            .saying(cli::consignment_needed(&profile.title))
            .next(cli::consignment_needed_next())),
        (Opening::None, None) => Ok(None),
        (Opening::None, Some(_)) => Err(Failed::usage(detail::consignment_not_possible())
            .saying(cli::service_without_consignments(&profile.title))
            .next(cli::without_consignment())),
    }
}

/// Adds how to say where the folder is now, if the consignment is being filled from another path.
fn moved_perhaps(setup: &Setup, failed: Failed, path: &Path, consignment: Option<&ConsignmentReference>) -> Failed {
    let found = consignment.filter(|_| failed.code() == Code::NotPossibleNow).map(|to| setup.find(to.as_str()));
    match found {
        Some(Ok((_, row))) if row.folder != path => {
            failed.of_transfer(row.id).next(cli::folder_moved_next(row.destination()))
        }
        Some(_) | None => failed,
    }
}

/// Adds who must sign in, if that is known.
fn somebody_elses(setup: &Setup, failed: Failed, consignment: Option<&ConsignmentReference>) -> Failed {
    if failed.code() != Code::DifferentPerson {
        return failed;
    }
    let found = match consignment {
        Some(reference) => setup.find(reference.as_str()),
        None => setup.profile().and_then(|(profile, _)| setup.find(&profile.name)),
    };
    match found {
        Ok((_, row)) => failed.of_transfer(row.id).next(verdict::sign_in_as(&row.person)),
        Err(_) => failed,
    }
}

/// Resumes transfers from the journal.
pub(super) async fn resume(
    console: &mut Console,
    setup: Setup,
    browser: Browser,
    wanted: Wanted,
    moved_to: Option<PathBuf>,
    wishes: Wishes,
) -> Result<Done, Failed> {
    // Mistakes in the arguments are reported before anyone is asked to sign in.
    let moved_to = moved_to.map(|path| open_folder(&path)).transpose()?;
    let (setup, rows) = match wanted {
        Wanted::All => {
            let rows = open_rows(console, &setup)?;
            (setup, rows)
        }
        Wanted::Named(name) => {
            let (_, row) = setup.find(&name)?;
            if row.phase.is_final() {
                return already_over(console, &setup, &row);
            }
            (setup.for_transfer(&row)?, vec![row])
        }
        Wanted::TheOnlyOne => {
            let rows = setup.transfers()?;
            if rows.iter().all(|row| row.phase.is_final()) {
                return Ok(done_saying(cli::nothing_to_resume()));
            }
            let id = pick::only_open(&setup::names(&rows))?;
            let rows: Vec<TransferRow> = rows.into_iter().filter(|row| row.id == id).collect();
            match rows.first() {
                Some(row) => (setup.for_transfer(row)?, rows),
                None => (setup, rows),
            }
        }
    };
    if rows.is_empty() {
        return Ok(done_saying(cli::nothing_to_resume()));
    }
    let mut running = Running::start(&setup, browser, true).await?;
    let outcome = match relocate(console, &running, &rows, moved_to).await {
        Ok(()) => Box::pin(resume_in(console, &setup, &mut running, &rows, wishes)).await,
        Err(failed) => Err(failed),
    };
    running.end_after(console, outcome).await
}

/// Records where the folder of the only transfer is now. Does not need a sign-in.
async fn relocate(
    console: &mut Console,
    running: &Running,
    rows: &[TransferRow],
    moved_to: Option<Folder>,
) -> Result<(), Failed> {
    let (Some(folder), [row]) = (moved_to, rows) else { return Ok(()) };
    let path = folder.path().display().to_string();
    let relocated = running.handle.relocate(row.id, folder).await;
    relocated.map_err(|failure| Failed::new(failure).of_transfer(row.id))?;
    console.say(&Event::Note(Note { code: None, message: cli::folder_moved(&path), next: None }));
    Ok(())
}

/// Returns the unfinished transfers to this service. Reports those to other services.
fn open_rows(console: &mut Console, setup: &Setup) -> Result<Vec<TransferRow>, Failed> {
    let service = setup.profile()?.0.name;
    let open = setup.transfers()?.into_iter().filter(|row| !row.phase.is_final());
    let (ours, others): (Vec<TransferRow>, Vec<TransferRow>) = open.partition(|row| row.service == service);
    for row in &others {
        let message = cli::other_service(cli::OtherService { reference: row.destination(), service: &row.service });
        console.say(&Event::Note(Note { code: None, message, next: None }));
    }
    Ok(ours)
}

fn already_over(console: &mut Console, setup: &Setup, row: &TransferRow) -> Result<Done, Failed> {
    if row.phase != Phase::Finished {
        let failed = Failed::new(Failure::new(Code::Cancelled, row.destination())).of_transfer(row.id);
        // Once the service knows of an upload, the consignment cannot take another one.
        let known = row.target.consignment().is_some() && (row.phase == Phase::GivenUp || row.start_intended.is_some());
        return Err(if known { failed.next(cli::new_consignment()) } else { failed });
    }
    say_receipt(console, row);
    problems::show(console, &setup.row(row.id)?.0, row.id)?;
    checks_ran(row)?;
    let message = cli::uploaded_already(row.destination());
    Ok(Done { transfer: Some(row.id.to_string()), ..done_saying(message) })
}

async fn resume_in(
    console: &mut Console,
    setup: &Setup,
    running: &mut Running,
    rows: &[TransferRow],
    wishes: Wishes,
) -> Result<Done, Failed> {
    running.signed_in_patiently(console, wishes.patience, SIGN_IN_LIMIT).await?;
    let mut targets = Vec::new();
    for row in rows {
        let handle = running.handle.clone();
        running.during(console, async { handle.run(row.id).await }).await?;
        let resumed = go_on_if_paused(console, running, row).await?;
        targets.push(Target {
            id: row.id,
            goal: Goal::Finish(Wishes { agreed: row.accepted_left_out, ..wishes }),
            resumed,
        });
    }
    let endings = match follow(console, running, setup, &targets).await? {
        Followed::All(endings) => endings,
        Followed::Interrupted => {
            let names: Vec<_> = rows.iter().map(|row| (row.id, row.destination().to_owned())).collect();
            return Err(verdict::of_interrupt(&names));
        }
    };
    for row in rows {
        if let Some(ending) = endings.get(&row.id) {
            show_problems(console, setup, row.id, *ending)?;
        }
    }
    let verdicts = rows.iter().filter_map(|row| {
        let ending = endings.get(&row.id)?;
        Some((row.id, verdict::of_sending(*ending, row.id, row.destination(), &row.target, &row.person)))
    });
    conclude(console, verdicts.collect())
}

/// Lists the files in which TDR's checks found a problem.
fn show_problems(console: &mut Console, setup: &Setup, id: TransferId, ending: Ending) -> Result<(), Failed> {
    if ending == (Ending::Uploaded { checks_good: Some(false) }) {
        problems::show(console, &setup.row(id)?.0, id)?;
    }
    Ok(())
}

/// Combines the verdicts. A single one is the command's own. Of several, each is reported and the most serious becomes
/// the command's.
fn conclude(console: &mut Console, mut verdicts: Vec<(TransferId, Result<String, Failed>)>) -> Result<Done, Failed> {
    verdicts.sort_by_key(|(_, verdict)| verdict.as_ref().err().map(Failed::exit));
    let Some((id, last)) = verdicts.pop() else { return Ok(done()) };
    for (_, verdict) in verdicts {
        match verdict {
            Ok(message) => console.say(&Event::Note(Note { code: None, message, next: None })),
            Err(failed) => console.say(&failed.event()),
        }
    }
    last.map(|message| Done { transfer: Some(id.to_string()), ..done_saying(message) })
}

async fn go_on_if_paused(console: &mut Console, running: &mut Running, row: &TransferRow) -> Result<bool, Failed> {
    if row.paused {
        let handle = running.handle.clone();
        running.during(console, async { handle.tell(row.id, Command::Resume).await }).await?;
    }
    Ok(row.paused)
}

pub(super) fn wishes(way: Way, retry: bool) -> Wishes {
    Wishes { accept_left_out: way.yes, agreed: 0, retry, wait_for_checks: !way.no_wait, patience: way.patience() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_folder_is_reported_before_anything_starts() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, "x").unwrap();
        assert_eq!(open_folder(&dir.path().join("none")).unwrap_err().code, Code::FolderMissing);
        assert_eq!(open_folder(&file).unwrap_err().code, Code::FolderIsFile);
        assert_eq!(open_folder(dir.path()).unwrap().path(), dir.path());
    }
}
