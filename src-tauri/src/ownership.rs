//! Starts the controller, resumes what is unfinished, and passes on the controller's notices.
//!
//! One process owns the journal. While that is another one (the command line), this one reads, sends its requests through
//! the mailbox, and takes over when the other has ended.

use std::sync::Arc;
use std::time::Duration;

use waybill_app::{Handle, Notices, SessionState};
use waybill_model::{Code, Failure};

use crate::bridge::Notice;
use crate::shell_state::{ControllerState, ShellState};
use crate::system::PageEvent;

/// How often to check whether the journal is free.
const LOOK_AGAIN: Duration = Duration::from_secs(3);

/// Starts the controller, read-only at first if another process owns the journal. Returns when this process owns it, or
/// never can.
pub(crate) async fn start(shell: Arc<ShellState>) {
    let mut reading: Option<Handle> = None;
    loop {
        if !reading.as_ref().is_some_and(is_signing_in) {
            match try_to_own(&shell).await {
                Ok((handle, notices)) => {
                    begin(&shell, handle.clone(), notices, None);
                    if let Some(reading) = reading {
                        end(&reading).await;
                    }
                    resume_unfinished(&shell, &handle).await;
                    return;
                }
                Err(failure) if !ends_by_itself(failure.code) => {
                    tracing::error!(%failure, "transfers cannot be run");
                    if let Some(reading) = reading {
                        end(&reading).await;
                    }
                    shell.controller.set(ControllerState::Failed(failure));
                    return;
                }
                Err(failure) => reading = read_meanwhile(&shell, reading, failure).await,
            }
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

async fn try_to_own(shell: &ShellState) -> Result<(Handle, Notices), Failure> {
    waybill_app::start(shell.config(true)?).await
}

/// Returns whether the reason for not owning the journal may go away.
fn ends_by_itself(code: Code) -> bool {
    matches!(code, Code::JournalInUse | Code::DiskFull | Code::DataFolderUnusable)
}

fn is_signing_in(handle: &Handle) -> bool {
    handle.snapshots().borrow().session == SessionState::SigningIn
}

/// Records why transfers cannot be run now, and starts a read-only controller in the meantime.
async fn read_meanwhile(shell: &Arc<ShellState>, reading: Option<Handle>, why: Failure) -> Option<Handle> {
    if let Some(handle) = reading {
        say(shell, why, |why| ControllerState::Running { handle: handle.clone(), reads_only: Some(why) });
        return Some(handle);
    }
    let started = match shell.config(false) {
        Ok(config) => waybill_app::start(config).await,
        Err(failure) => Err(failure),
    };
    match started {
        Ok((handle, notices)) => {
            tracing::warn!(%why, "transfers cannot be run now");
            begin(shell, handle.clone(), notices, Some(why));
            Some(handle)
        }
        Err(failure) => {
            say(shell, failure, ControllerState::Failed);
            None
        }
    }
}

/// Reports why transfers cannot be run, if that is new: it is checked every few seconds.
fn say(shell: &ShellState, why: Failure, controller: impl FnOnce(Failure) -> ControllerState) {
    let is_news = match &*shell.controller.subscribe().borrow() {
        ControllerState::Starting | ControllerState::Running { reads_only: None, .. } => true,
        ControllerState::Running { reads_only: Some(before), .. } | ControllerState::Failed(before) => *before != why,
    };
    if is_news {
        tracing::warn!(%why, "transfers cannot be run now");
        shell.controller.set(controller(why));
    }
}

async fn end(handle: &Handle) {
    if let Err(failure) = handle.shutdown().await {
        tracing::warn!(%failure, "the reading controller did not end cleanly");
    }
}

fn begin(shell: &Arc<ShellState>, handle: Handle, notices: Notices, reads_only: Option<Failure>) {
    tracing::info!(owns_journal = reads_only.is_none(), "the controller runs");
    handle.limit_speed(shell.settings().settings().speed_limit);
    shell.controller.set(ControllerState::Running { handle, reads_only });
    tokio::spawn(pass_on(Arc::clone(shell), notices));
}

/// Resumes unfinished transfers, the oldest first. Paused ones are loaded too, and stay paused.
async fn resume_unfinished(shell: &Arc<ShellState>, handle: &Handle) {
    let service = shell.setup.profile().map(|profile| profile.name.clone()).unwrap_or_default();
    let rows = shell.journal.read(|reader| Ok(reader.transfers()?)).await;
    let rows = match rows {
        Ok(rows) => rows.unwrap_or_default(),
        Err(failure) => {
            tracing::error!(%failure, "the journal could not be read");
            return;
        }
    };
    let unfinished = rows.into_iter().rev().filter(|row| !row.phase.is_final());
    for row in unfinished.filter(|row| row.service == service) {
        if let Err(failure) = handle.run(row.id).await {
            tracing::warn!(transfer = %row.id, %failure, "a transfer could not be resumed");
            let notice = Notice::NotResumed { transfer: row.id.to_string(), problem: failure };
            shell.page.send(PageEvent::Notice(notice));
        }
    }
}

/// Passes on the controller's notices until it ends.
async fn pass_on(shell: Arc<ShellState>, mut notices: Notices) {
    while let Some(notice) = notices.recv().await {
        let told = match notice {
            waybill_app::Notice::SignInUrl(url) => {
                let Some(number) = shell.sign_in.number() else {
                    tracing::info!("the sign-in was cancelled before its page came");
                    continue;
                };
                let opened = shell.open_web(url.clone()).await;
                tracing::info!(opened, "the sign-in page");
                shell.sign_in.show(number, url, opened);
                continue;
            }
            waybill_app::Notice::HandOverUrl { transfer, url } => {
                let opened = shell.open_web(url).await;
                tracing::info!(%transfer, opened, "the hand-over page");
                Notice::HandOver { transfer: transfer.to_string(), opened }
            }
            // The snapshot counts them, and the list shows them.
            waybill_app::Notice::ItemProblem { transfer, code, .. } => {
                tracing::info!(%transfer, %code, "a file was set aside");
                continue;
            }
            waybill_app::Notice::Receipt { transfer, .. } => Notice::Receipt { transfer: transfer.to_string() },
            waybill_app::Notice::ClockOff(seconds) => Notice::ClockOff { seconds },
            waybill_app::Notice::SessionNotKept(failure) => Notice::SessionNotKept { problem: failure },
        };
        shell.page.send(PageEvent::Notice(told));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FakeSystem, shell};

    #[tokio::test]
    async fn the_reason_why_transfers_cannot_be_run_is_reported_only_when_it_changes() {
        let dir = tempfile::tempdir().unwrap();
        let shell = shell(dir.path(), &Arc::new(FakeSystem::default()));
        let mut controller = shell.controller.subscribe();
        let full = || Failure::new(Code::DiskFull, "no room");
        let in_use = Failure::new(Code::JournalInUse, "waybill (process 7)");
        let blocked = || shell.snapshot().blocked.map(|problem| problem.code);

        let reading = read_meanwhile(&shell, None, in_use.clone()).await;
        assert_eq!(blocked(), Some(Code::JournalInUse));
        controller.mark_unchanged();
        let reading = read_meanwhile(&shell, reading, in_use).await;
        assert!(!controller.has_changed().unwrap(), "nothing is new");
        let reading = read_meanwhile(&shell, reading, full()).await;
        assert_eq!(blocked(), Some(Code::DiskFull), "the other program has ended, and this one cannot take over");
        end(&reading.unwrap()).await;

        say(&shell, full(), ControllerState::Failed);
        controller.mark_unchanged();
        say(&shell, full(), ControllerState::Failed);
        assert!(!controller.has_changed().unwrap());
    }
}
