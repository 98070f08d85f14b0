//! `check FOLDER`: lists what would and would not be sent. Needs no sign-in and stores nothing.

use std::path::Path;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use waybill_app::{CheckReport, FolderCount, check_folder};
use waybill_model::{Code, Failure, Phase};
use waybill_words::cli;

use super::done_saying;
use crate::console::Console;
use crate::events::{self, Done, Event};
use crate::failed::Failed;
use crate::findings::{self, Extent};
use crate::interrupt::Interrupt;
use crate::quantity::size;
use crate::running::interrupted;
use crate::setup::Setup;

/// How often progress is reported.
const EVERY: Duration = Duration::from_millis(250);
/// Paths of each group shown to people; scripts get them all.
const PATHS_SHOWN: u64 = 50;

/// Checks a folder. If a finding would leave files out or block the transfer, the command ends as refused by the check.
pub(super) async fn check(console: &mut Console, setup: &Setup, folder: &Path) -> Result<Done, Failed> {
    let (profile, _) = setup.profile()?;
    let mut interrupt = Interrupt::listen().map_err(|error| Failure::new(Code::Internal, error.to_string()))?;
    let stop = CancellationToken::new();
    let (tell, told) = watch::channel(FolderCount::default());
    let on_count = move |count| {
        tell.send_replace(count);
    };
    let work = check_folder(folder, &profile, stop.clone(), on_count);
    let mut work = std::pin::pin!(work);
    let mut tick = tokio::time::interval(EVERY);
    let report = loop {
        tokio::select! {
            biased;
            () = interrupt.heard(), if !stop.is_cancelled() => stop.cancel(),
            report = &mut work => break report,
            _ = tick.tick() => {
                let count = *told.borrow();
                if count != FolderCount::default() {
                    console.say(&progress(count));
                }
            }
        }
    };
    if stop.is_cancelled() {
        return Err(interrupted());
    }
    let report = report?;
    console.say(&progress(report.folder));
    tell_report(console, folder, &report)
}

fn tell_report(console: &mut Console, folder: &Path, report: &CheckReport) -> Result<Done, Failed> {
    let totals = report.totals;
    console.say(&Event::Checked(events::Checked {
        transfer: None,
        folder: folder.display().to_string(),
        files: report.folder.files,
        bytes: report.folder.bytes,
        folders: report.folder.folders,
        items: totals.items,
        item_bytes: totals.bytes,
        left_out: totals.left_out,
        blocked: totals.blocked,
    }));
    findings::show(console, None, report, Extent::Some(PATHS_SHOWN))?;
    let at = folder.display().to_string();
    if let Some(code) = totals.blocked {
        return Err(Failed::new(Failure::new(code, at)));
    }
    if totals.items == 0 {
        return Err(Failed::new(Failure::new(Code::NothingToSend, at)));
    }
    if totals.left_out > 0 {
        return Err(Failed::new(Failure::new(Code::LeavesOut, at)).next(cli::read_then_send()));
    }
    let (files, size) = (cli::files(totals.items), size(totals.bytes));
    Ok(done_saying(cli::can_be_sent(cli::CanBeSent { files: &files, size: &size })))
}

fn progress(count: FolderCount) -> Event {
    Event::Progress(events::Progress {
        transfer: None,
        phase: Phase::Walking,
        items_done: count.files,
        items_total: count.files,
        bytes_done: count.bytes,
        bytes_total: count.bytes,
        bytes_per_second: 0,
    })
}
