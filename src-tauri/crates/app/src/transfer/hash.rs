//! Hashing on all cores, each file read once; results go to the journal as they come.

use std::cell::Cell;
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::mpsc;
use waybill_engine::transfer::{Event, HashTotals};
use waybill_journal::{Change, HashedItem, ItemRow, StateKind, TransferRow, Write};
use waybill_model::{Code, Failure, Finding, FindingKind, ItemId, Progress};
use waybill_source::{Folder, HashFault, Hashed, Stop};

use super::walk::left_out;
use super::walked_folder::WalkedFolder;
use super::{Report, Shared};

/// How many files are read from the journal, and written to it, together.
const PAGE: u32 = 256;
/// How often a file that changes while it is read, or does not answer, is read again before it is left out.
const ATTEMPTS: u32 = 3;
/// How long a file that does not answer is left alone before the next attempt.
const RETRY_DELAY: Duration = Duration::from_millis(500);

/// Hashes everything that is not hashed yet, then returns the outcome.
pub(super) fn hash_all(
    shared: &Shared,
    row: &TransferRow,
    walked: &WalkedFolder,
    stop: &Stop,
    reports: &mpsc::UnboundedSender<Report>,
) -> Event {
    let result = walked.reopen(&row.folder).and_then(|folder| {
        let counter = Counter::new(shared, row)?;
        let mut after = None;
        loop {
            let page = shared.readers.with(|reader| reader.to_hash(row.id, after, PAGE))?;
            let Some(last) = page.last().map(|item| item.item) else { break };
            hash_page(shared, row, &folder, page, stop, &counter, reports)?;
            after = Some(last);
        }
        look_again(shared, row, &folder, stop, &counter, reports)?;
        let totals = shared.readers.with(|reader| reader.totals(row.id))?;
        let left_out = shared.readers.with(|reader| left_out(reader, row.id))?;
        Ok(HashTotals { items: totals.ready.items, bytes: totals.ready.bytes, left_out })
    });
    match result {
        Ok(totals) => Event::HashDone(Ok(totals)),
        Err(Failure { code: Code::FolderGone, .. }) => Event::FolderGone,
        Err(failure) => {
            tracing::warn!(%failure, "hashing stopped");
            Event::HashDone(Err(failure.code))
        }
    }
}

/// Looks at every hashed file once more, and reads those that have changed again. A file that another program keeps
/// writing to is found here, and left out by name: once it is registered it could only be set aside, which costs the
/// consignment.
fn look_again(
    shared: &Shared,
    row: &TransferRow,
    folder: &Folder,
    stop: &Stop,
    counter: &Counter,
    reports: &mpsc::UnboundedSender<Report>,
) -> Result<(), Failure> {
    for _ in 1..ATTEMPTS {
        let changed = changed_since(shared, row, folder)?;
        if changed.is_empty() {
            return Ok(());
        }
        counter.again(&changed);
        hash_page(shared, row, folder, changed, stop, counter, reports)?;
    }
    let still = changed_since(shared, row, folder)?;
    if still.is_empty() {
        return Ok(());
    }
    let changes = still.iter().flat_map(|item| leave_out(item.item, item, HashFault::ChangedWhileReading));
    let writes = changes.map(|change| Write { transfer: row.id, change }).collect();
    Ok(shared.journal.write_blocking(writes)?)
}

/// Returns the hashed files that are not as they were when they were hashed, each with the state that it was found in now.
fn changed_since(shared: &Shared, row: &TransferRow, folder: &Folder) -> Result<Vec<ItemRow>, Failure> {
    let mut changed = Vec::new();
    let mut gone = false;
    shared.readers.with(|reader| {
        reader.each_item(row.id, StateKind::Ready.into(), &mut |item| {
            match waybill_source::identity(folder, &item.path) {
                Ok(now) if waybill_source::unchanged(&item.identity, &now) => {}
                Ok(identity) => changed.push(ItemRow { identity, ..item }),
                // Found again when it is read.
                Err(HashFault::FolderGone) => gone = true,
                Err(_) => changed.push(item),
            }
            if gone { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
    })?;
    if gone { Err(Code::FolderGone.into()) } else { Ok(changed) }
}

/// Hashes one page, files side by side.
fn hash_page(
    shared: &Shared,
    row: &TransferRow,
    folder: &Folder,
    page: Vec<ItemRow>,
    stop: &Stop,
    counter: &Counter,
    reports: &mpsc::UnboundedSender<Report>,
) -> Result<(), Failure> {
    let queue = Mutex::new(VecDeque::from(page));
    let next = || queue.lock().pop_front();
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let results = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut done = Vec::new();
                    while let Some(item) = next() {
                        let hashed = hash_one(folder, row, &item, stop, counter, reports);
                        counter.item(reports);
                        done.push((item, hashed));
                    }
                    done
                })
            })
            .collect();
        let joined: Vec<_> = workers.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        joined
    });
    let mut hashed = Vec::new();
    let mut changes = Vec::new();
    for thread in results {
        let done = thread.map_err(|_| Failure::new(Code::Internal, "a hashing thread ended early"))?;
        for (item, result) in done {
            match result {
                Ok(Hashed { identity, sha256, plan, crcs }) => {
                    hashed.push(HashedItem { item: item.item, identity, sha256, plan, crcs });
                }
                Err(HashFault::FolderGone) => return Err(Code::FolderGone.into()),
                Err(HashFault::Stopped) => return Err(Code::Paused.into()),
                // No file is to blame, and none is left out.
                Err(HashFault::TooManyOpen(detail)) => return Err(Failure::new(Code::TooManyOpenFiles, detail)),
                Err(fault) => changes.extend(leave_out(item.item, &item, fault)),
            }
        }
    }
    changes.push(Change::Hashed(hashed));
    let writes = changes.into_iter().map(|change| Write { transfer: row.id, change }).collect();
    Ok(shared.journal.write_blocking(writes)?)
}

fn hash_one(
    folder: &Folder,
    row: &TransferRow,
    item: &ItemRow,
    stop: &Stop,
    counter: &Counter,
    reports: &mpsc::UnboundedSender<Report>,
) -> Result<Hashed, HashFault> {
    let _ended = reports.send(Report::Current(item.path.to_string()));
    let mut result = Err(HashFault::ChangedWhileReading);
    for _ in 0..ATTEMPTS {
        let read = Cell::new(0);
        let count = |bytes| {
            read.set(read.get() + bytes);
            counter.add(bytes, reports);
        };
        result = waybill_source::hash(folder, &item.path, &item.identity, row.parts, stop, &count);
        match result {
            Err(HashFault::ChangedWhileReading) => {}
            // The connection may be back in a moment.
            Err(HashFault::Unreachable(_) | HashFault::TooManyOpen(_)) => std::thread::sleep(RETRY_DELAY),
            Ok(_) | Err(_) => break,
        }
        counter.take_back(read.get());
    }
    result
}

fn leave_out(item: ItemId, row: &ItemRow, fault: HashFault) -> [Change; 2] {
    let (kind, detail) = match fault {
        HashFault::Locked(detail) => (FindingKind::Locked, detail),
        HashFault::Unreadable(detail) | HashFault::Unreachable(detail) => (FindingKind::Unreadable, detail),
        HashFault::Replaced => (FindingKind::Unreadable, fault.to_string()),
        HashFault::TooLarge => (FindingKind::FileTooLarge, String::new()),
        HashFault::NotAFile => (FindingKind::SpecialFile, String::new()),
        HashFault::Gone => (FindingKind::Unreadable, "it is not there any more".to_owned()),
        HashFault::ChangedWhileReading => (FindingKind::Locked, "it changes while it is read".to_owned()),
        HashFault::FolderGone | HashFault::TooManyOpen(_) | HashFault::Stopped => {
            (FindingKind::Unreadable, String::new())
        }
    };
    let finding = Finding {
        kind,
        path: row.path.to_string(),
        raw_name: None,
        is_folder: false,
        size: Some(row.identity.size),
        detail: (!detail.is_empty()).then_some(detail),
    };
    [Change::LeaveOut { item, code: kind.code() }, Change::AddFindings(vec![finding])]
}

/// Counts for the progress bar, reported a few times a second.
struct Counter {
    items: AtomicU64,
    bytes: AtomicU64,
    items_total: u64,
    bytes_total: u64,
    told: Mutex<Instant>,
}

impl Counter {
    fn new(shared: &Shared, row: &TransferRow) -> Result<Self, Failure> {
        let totals = shared.readers.with(|reader| reader.totals(row.id))?;
        Ok(Self {
            items: AtomicU64::new(totals.ready.items),
            bytes: AtomicU64::new(totals.ready.bytes),
            items_total: totals.ready.items + totals.found.items,
            bytes_total: totals.ready.bytes + totals.found.bytes,
            told: Mutex::new(Instant::now()),
        })
    }

    fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    fn take_back(&self, bytes: u64) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// These are read once more.
    fn again(&self, items: &[ItemRow]) {
        let bytes: u64 = items.iter().map(|item| item.identity.size).sum();
        self.items.fetch_sub(u64::try_from(items.len()).unwrap_or(0), Ordering::Relaxed);
        let _before =
            self.bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| Some(now.saturating_sub(bytes)));
    }

    fn add(&self, bytes: u64, reports: &mpsc::UnboundedSender<Report>) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.tell(reports);
    }

    fn item(&self, reports: &mpsc::UnboundedSender<Report>) {
        self.items.fetch_add(1, Ordering::Relaxed);
        self.tell(reports);
    }

    fn tell(&self, reports: &mpsc::UnboundedSender<Report>) {
        let mut told = self.told.lock();
        let items_done = self.items.load(Ordering::Relaxed);
        if told.elapsed() < Duration::from_millis(100) && items_done < self.items_total {
            return;
        }
        *told = Instant::now();
        let _ended = reports.send(Report::Hashing(Progress {
            items_done,
            items_total: self.items_total,
            bytes_done: self.bytes().min(self.bytes_total),
            bytes_total: self.bytes_total,
        }));
    }
}
