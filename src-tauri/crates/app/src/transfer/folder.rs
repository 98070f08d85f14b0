//! What a transfer's task does with the person's folder: reads all of it, watches it, waits for it.
//!
//! One reading at a time: a walk or a hashing starts when the one before it has ended.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use waybill_engine::transfer::Event;
use waybill_journal::{Change, Write};
use waybill_model::{Code, Failure, Identity, Phase, TransferId};
use waybill_source::{Folder, HashFault, Stop};

use super::look::holds_what_was_checked;
use super::walked_folder::WalkedFolder;
use super::{Report, Task, WalkOutcome, Walked, hash, walk_and_check};
use crate::readers::Readers;

/// A reading of the whole folder, and its result.
pub(super) enum Reading {
    /// The walk, and the check with it.
    Walk(Result<WalkOutcome, Failure>),
    /// The comparison with what the check found.
    Look(Result<bool, Failure>),
    /// The hashing.
    Hash(Event),
}

/// The reading of the folder that runs, or ran last.
pub(super) struct FolderReading {
    stop: Stop,
    running: Option<JoinHandle<()>>,
    /// Which reading it is: a report of an earlier one does not count any more.
    number: u64,
    /// The folder as the person has just chosen it, until it is walked.
    opened: Option<Folder>,
    /// Which folder was walked.
    walked: WalkedFolder,
}

impl FolderReading {
    /// No reading yet, of a folder that may be open already.
    pub(super) fn of(opened: Option<Folder>, walked: WalkedFolder) -> Self {
        Self { stop: Stop::default(), running: None, number: 0, opened, walked }
    }

    /// Reads the folder beside the task, after an earlier reading has ended: two at a time would write over each other.
    /// `broken` is what to report if the work panics.
    fn start(
        &mut self,
        reports: &mpsc::UnboundedSender<Report>,
        broken: Reading,
        work: impl FnOnce(&Stop) -> Reading + Send + 'static,
    ) {
        self.stop.set();
        self.stop = Stop::default();
        self.number += 1;
        let (number, stop, reports) = (self.number, self.stop.clone(), reports.clone());
        let earlier = self.running.take();
        self.running = Some(tokio::spawn(async move {
            if let Some(earlier) = earlier {
                // However it ended: it writes no more.
                let _ended = earlier.await;
            }
            let reading = tokio::task::spawn_blocking(move || work(&stop)).await.unwrap_or(broken);
            let _ended = reports.send(Report::Read(number, reading));
        }));
    }

    pub(super) fn stop(&self) {
        self.stop.set();
    }

    pub(super) fn is_current(&self, number: u64) -> bool {
        self.number == number
    }

    /// Waits until nothing reads the folder, or writes what was read.
    pub(super) async fn end(&mut self) {
        self.stop();
        if let Some(running) = self.running.take() {
            let _ended = running.await;
        }
    }
}

/// Whether changes in the folder are reported.
pub(super) enum FolderWatch {
    None,
    Starting,
    Running(#[allow(dead_code, reason = "it watches as long as it lives")] waybill_source::Watch),
    /// Files are compared when they are sent.
    Impossible,
}

impl Task {
    fn read_folder(&mut self, broken: Reading, work: impl FnOnce(&Stop) -> Reading + Send + 'static) {
        self.reading.start(&self.reports, broken, work);
    }

    pub(super) fn walk(&mut self) {
        let opened = self.reading.opened.take();
        let walked = self.reading.walked.clone();
        let (shared, row, reports) = (self.shared.clone(), Arc::clone(&self.row), self.reports.clone());
        self.read_folder(Reading::Walk(Err(Code::Internal.into())), move |stop| {
            let count = reports.clone();
            let journal =
                Walked { journal: &shared.journal, transfer: row.id, now: shared.connection.clock.now().server };
            let profile = shared.connection.profile();
            let folder = opened.map_or_else(|| Folder::open(&row.folder), Ok);
            let result = folder.and_then(|folder| {
                walked.is(&folder);
                let change = Change::FolderKey(folder.key());
                shared.journal.write_blocking(vec![Write { transfer: row.id, change }])?;
                walk_and_check(&folder, profile, &journal, stop, &mut |so_far| {
                    let _ended = count.send(Report::Walking(so_far));
                })
            });
            Reading::Walk(result)
        });
    }

    pub(super) fn walk_ended(&mut self, result: Result<WalkOutcome, Failure>) {
        match result {
            Ok(outcome) => {
                self.shown.walked = outcome.folder;
                self.step(Event::WalkDone(Ok(())));
                self.step(Event::CheckDone(outcome.totals));
            }
            Err(failure) if failure.code == Code::FolderGone || failure.code == Code::FolderMissing => {
                self.step(Event::FolderGone);
            }
            // It was ordered to stop.
            Err(failure) if failure.code == Code::Cancelled => self.step(Event::WalkDone(Err(Code::Paused))),
            Err(failure) => self.step(Event::WalkDone(Err(failure.code))),
        }
    }

    /// The journal does not change: if the folder is the same, nothing is lost.
    pub(super) fn compare_folder(&mut self) {
        let (shared, row, walked) = (self.shared.clone(), Arc::clone(&self.row), self.reading.walked.clone());
        self.read_folder(Reading::Look(Err(Code::Internal.into())), move |stop| {
            let profile = shared.connection.profile();
            let looked = walked.reopen(&row.folder).and_then(|folder| {
                let reader = shared.journal.reader()?;
                holds_what_was_checked(&folder, profile, &reader, row.id, stop)
            });
            Reading::Look(looked)
        });
    }

    pub(super) fn folder_compared(&mut self, result: Result<bool, Failure>) {
        self.step(match result {
            Ok(same) => Event::FolderCompared(Ok(same)),
            Err(failure) if failure.code == Code::FolderGone || failure.code == Code::FolderMissing => {
                Event::FolderGone
            }
            // It was ordered to stop.
            Err(failure) if failure.code == Code::Cancelled => Event::FolderCompared(Err(Code::Paused)),
            Err(failure) => Event::FolderCompared(Err(failure.code)),
        });
    }

    pub(super) fn hash(&mut self) {
        self.watch_folder();
        let (shared, row, reports) = (self.shared.clone(), Arc::clone(&self.row), self.reports.clone());
        let broken = Reading::Hash(Event::HashDone(Err(Code::Internal)));
        let walked = self.reading.walked.clone();
        self.read_folder(broken, move |stop| Reading::Hash(hash::hash_all(&shared, &row, &walked, stop, &reports)));
    }

    /// Watches the folder from the first hash on, so that a change is known before the bytes are sent. Nothing waits
    /// for a slow drive.
    pub(super) fn watch_folder(&mut self) {
        if !matches!(self.folder_watch, FolderWatch::None) {
            return;
        }
        self.folder_watch = FolderWatch::Starting;
        let (readers, id, reports) = (self.shared.readers.clone(), self.row.id, self.reports.clone());
        let path = self.row.folder.clone();
        tokio::task::spawn_blocking(move || {
            let watching = start_watch(&path, readers, id, &reports);
            let watch = watching
                .inspect_err(|failure| {
                    tracing::warn!(%failure, "the folder cannot be watched; files are compared when they are sent");
                })
                .ok();
            let _ended = reports.send(Report::Watching(watch));
        });
    }

    pub(super) fn await_folder(&mut self) {
        self.folder_watch = FolderWatch::None;
        let (path, reports) = (self.row.folder.clone(), self.reports.clone());
        let walked = self.reading.walked.clone();
        let files_were_found = self.machine.view().phase != Phase::Walking || self.shown.walked.files > 0;
        tokio::spawn(async move {
            let mut look = tokio::time::interval(Duration::from_secs(2));
            while !reports.is_closed() {
                look.tick().await;
                let (path, walked) = (path.clone(), walked.clone());
                let there = tokio::task::spawn_blocking(move || {
                    let opened = if files_were_found { walked.reopen(&path) } else { Folder::open(&path) };
                    opened.is_ok_and(|folder| folder.is_reachable())
                });
                if there.await.unwrap_or(false) {
                    let _ended = reports.send(Report::Event(Event::FolderBack));
                    return;
                }
            }
        });
    }
}

/// Returns what has become of a file, if it is not the one that was checked. A file that does not answer may be the
/// same: that shows when it is sent.
fn change_of(checked: &Identity, now: &Result<Identity, HashFault>) -> Option<Code> {
    match now {
        Ok(now) => (!waybill_source::unchanged(checked, now)).then_some(Code::ChangedAfterChecking),
        Err(HashFault::Gone) => Some(Code::FileGone),
        Err(HashFault::NotAFile | HashFault::Replaced | HashFault::ChangedWhileReading | HashFault::TooLarge) => {
            Some(Code::ChangedAfterChecking)
        }
        Err(
            HashFault::Unreadable(_)
            | HashFault::Locked(_)
            | HashFault::Unreachable(_)
            | HashFault::TooManyOpen(_)
            | HashFault::FolderGone
            | HashFault::Stopped,
        ) => None,
    }
}

fn start_watch(
    path: &Path,
    readers: Readers,
    id: TransferId,
    reports: &mpsc::UnboundedSender<Report>,
) -> Result<waybill_source::Watch, Failure> {
    let folder = Folder::reopen(path)?;
    let (place, reports) = (path.to_owned(), reports.clone());
    waybill_source::Watch::start(&folder, move |change| match change {
        waybill_source::Change::Path(path) => {
            let known = readers.with(|reader| reader.item_by_path(id, &path)).ok().flatten();
            let Some(row) = known else { return };
            // Opened for each change: while a handle is open, the system does not report that the folder was removed.
            // If the folder is out of reach, nothing is known about its files.
            let Ok(folder) = Folder::reopen(&place) else { return };
            let Some(code) = change_of(&row.identity, &waybill_source::identity(&folder, &path)) else { return };
            let _ended = reports.send(Report::Event(Event::ItemChanged(row.item, code)));
        }
        // Missed changes are found all the same: every item's identity is checked when it is sent.
        waybill_source::Change::Rescan => {}
        waybill_source::Change::FolderGone => {
            let _ended = reports.send(Report::Event(Event::FolderGone));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watched_file_is_set_aside_only_if_it_is_another_or_gone() {
        let checked = Identity { size: 3, modified_ns: 1, file_key: None };
        assert_eq!(change_of(&checked, &Ok(checked)), None);
        let grown = Identity { size: 4, ..checked };
        assert_eq!(change_of(&checked, &Ok(grown)), Some(Code::ChangedAfterChecking));
        assert_eq!(change_of(&checked, &Err(HashFault::NotAFile)), Some(Code::ChangedAfterChecking));
        assert_eq!(change_of(&checked, &Err(HashFault::Gone)), Some(Code::FileGone));
        for unknown in
            [HashFault::FolderGone, HashFault::Unreachable("lost".to_owned()), HashFault::Locked("open".to_owned())]
        {
            assert_eq!(change_of(&checked, &Err(unknown)), None);
        }
    }
}
