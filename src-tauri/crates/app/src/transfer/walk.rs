//! The walk and the check before sending, into a journal.

use waybill_cloud::RegistrationSize;
use waybill_engine::transfer::CheckTotals;
use waybill_journal::{Change, ItemFilter, Journal, JournalError, NewItem, Reader, Write};
use waybill_model::service::Opening;
use waybill_model::{
    Code, Effect, Failure, Finding, FindingKind, ItemId, ItemState, ServiceProfile, Timestamp, TransferId,
};
use waybill_source::{Folder, Found, Rules, Stop, folder_mark, judge, judge_date, judge_transfer, probe_readable};

use super::look::{holds_what_was_checked, left_out_for_a_moment};
use crate::interface::FolderCount;
use crate::receipt::utc;

/// The most entries written to the journal together.
const TOGETHER: usize = 4_000;

/// Where the results of a walk are written.
pub(crate) struct Walked<'a> {
    pub(crate) journal: &'a Journal,
    pub(crate) transfer: TransferId,
    /// Dates after it are findings.
    pub(crate) now: Timestamp,
}

/// What a walk and its check found, in numbers.
pub(crate) struct WalkOutcome {
    pub(crate) folder: FolderCount,
    pub(crate) totals: CheckTotals,
}

/// How often a folder is walked, at most, while it changes.
const WALKS: u32 = 3;

/// Walks the folder and judges everything in it. The results of an earlier walk of the transfer are deleted first.
///
/// A walk takes time, and what is moved from a folder that it has not reached to one that it has left is missed. So if
/// names have changed since they were read, the folder is compared with what was found, and walked again if it differs.
/// A folder that still changes after that cannot be sent.
///
/// Memory does not grow with the folder: everything goes to the journal in batches.
pub(crate) fn walk_and_check(
    folder: &Folder,
    profile: &ServiceProfile,
    into: &Walked<'_>,
    stop: &Stop,
    count: &mut dyn FnMut(FolderCount),
) -> Result<WalkOutcome, Failure> {
    let mut walks = 0;
    loop {
        let (seen, marks) = walk_once(folder, profile, into, stop, count)?;
        walks += 1;
        let is_at_rest = is_at_rest(folder, profile, into, marks, stop)?;
        if is_at_rest || walks == WALKS {
            let mut totals = check_whole(profile, into)?;
            if !is_at_rest {
                totals.blocked = totals.blocked.or(Some(Code::FolderChanged));
            }
            return Ok(WalkOutcome { folder: seen, totals });
        }
        tracing::info!("the folder changed while it was walked");
    }
}

/// Returns whether the folder holds what a walk found. Only a folder in which names have changed is compared.
fn is_at_rest(
    folder: &Folder,
    profile: &ServiceProfile,
    into: &Walked<'_>,
    marks: u64,
    stop: &Stop,
) -> Result<bool, Failure> {
    let reader = into.journal.reader()?;
    let mut now = 0_u64;
    reader.each_folder(into.transfer, &mut |path| now = now.wrapping_add(folder_mark(folder, &path)))?;
    if now == marks {
        return Ok(true);
    }
    let is_same = holds_what_was_checked(folder, profile, &reader, into.transfer, stop)?;
    Ok(is_same && !left_out_for_a_moment(folder, &reader, into.transfer)?)
}

/// Returns what was seen, and the sum of the folders' marks.
fn walk_once(
    folder: &Folder,
    profile: &ServiceProfile,
    into: &Walked<'_>,
    stop: &Stop,
    count: &mut dyn FnMut(FolderCount),
) -> Result<(FolderCount, u64), Failure> {
    let rules = Rules::of(profile);
    let mut pending = Pending::new(into);
    pending.change(Change::ForgetWalk)?;
    let mut seen = FolderCount::default();
    let mut next = 0;
    let mut failed = None;
    let totals = waybill_source::walk(folder, &rules, stop, &mut |found| {
        if failed.is_some() {
            return;
        }
        let taken = match found {
            Found::File { path, identity } => {
                seen.files += 1;
                seen.bytes += identity.size;
                let finding = judge(&path, &identity, &rules).or_else(|| probe_readable(folder, &path));
                let left_out = finding.as_ref().map(|finding| finding.kind.code());
                let item = ItemId(next);
                next += 1;
                let state = left_out.map_or(ItemState::Found, ItemState::LeftOut);
                let finding = finding.or_else(|| {
                    let found = judge_date(&path, &identity, into.now)?;
                    Some(Finding { detail: Some(utc(identity.modified())), ..found })
                });
                pending.item(NewItem { item, path, identity, state }, finding)
            }
            Found::Folder(path) => {
                seen.folders += 1;
                pending.folders.push(path);
                pending.flush_when_full()
            }
            Found::Finding(finding) => {
                pending.findings.push(finding);
                pending.flush_when_full()
            }
        };
        if let Err(failure) = taken {
            failed = Some(failure);
            stop.set();
        }
        if (seen.files + seen.folders) % 500 == 0 {
            count(seen);
        }
    })
    .map_err(|failure| failed.take().unwrap_or(failure))?;
    if let Some(failure) = failed {
        return Err(failure);
    }
    pending.flush()?;
    count(seen);
    Ok((seen, totals.marks))
}

/// Finds what concerns the folder as a whole: names that clash, limits of the service.
fn check_whole(profile: &ServiceProfile, into: &Walked<'_>) -> Result<CheckTotals, Failure> {
    let reader = into.journal.reader()?;
    let mut findings = Vec::new();
    reader.same_names(into.transfer, &mut |one, other| {
        for (path, twin) in [(&one, &other), (&other, &one)] {
            findings.push(Finding {
                kind: FindingKind::NamesDifferInCase,
                path: path.to_string(),
                raw_name: None,
                is_folder: false,
                size: None,
                detail: Some(twin.to_string()),
            });
        }
    })?;
    findings.sort_by(|a, b| (&a.path, &a.detail).cmp(&(&b.path, &b.detail)));
    findings.dedup_by(|a, b| a.path == b.path);
    let mut size = RegistrationSize::new();
    let mut sum = CheckTotals::default();
    reader.each_item(into.transfer, ItemFilter::ALL, &mut |item| {
        if item.state == ItemState::Found {
            sum.items += 1;
            sum.bytes += item.identity.size;
            size.add(&item.path, item.identity.modified(), item.identity.size, item.item.match_id());
        }
        std::ops::ControlFlow::Continue(())
    })?;
    reader.empty_folders(into.transfer, &mut |path| size.empty_folder(&path))?;
    let registration = match profile.way.opening {
        Opening::None => 0,
        Opening::Registration => size.total(),
    };
    let blocking = judge_transfer(sum.items, sum.bytes, registration, &profile.limits);
    sum.blocked = blocking.first().map(|finding| finding.kind.code());
    findings.extend(blocking);
    let mut pending = Pending::new(into);
    pending.findings = findings;
    pending.flush()?;
    sum.left_out = left_out(&into.journal.reader()?, into.transfer)?;
    if sum.blocked.is_none() && sum.items == 0 {
        sum.blocked = Some(Code::NothingToSend);
    }
    Ok(sum)
}

/// Returns how many findings leave something out and need the person's agreement.
pub(super) fn left_out(reader: &Reader, transfer: TransferId) -> Result<u64, JournalError> {
    let counts = reader.finding_counts(transfer)?.into_iter();
    Ok(counts.filter(|(kind, _, _)| kind.effect() == Effect::LeavesOut).map(|(_, count, _)| count).sum())
}

struct Pending<'a> {
    into: &'a Walked<'a>,
    items: Vec<NewItem>,
    folders: Vec<waybill_model::RelPath>,
    findings: Vec<Finding>,
}

impl<'a> Pending<'a> {
    fn new(into: &'a Walked<'a>) -> Self {
        Self { into, items: Vec::new(), folders: Vec::new(), findings: Vec::new() }
    }

    fn item(&mut self, item: NewItem, finding: Option<Finding>) -> Result<(), Failure> {
        self.items.push(item);
        self.findings.extend(finding);
        self.flush_when_full()
    }

    fn flush_when_full(&mut self) -> Result<(), Failure> {
        if self.items.len() + self.folders.len() + self.findings.len() < TOGETHER { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> Result<(), Failure> {
        let changes = [
            Change::AddItems(std::mem::take(&mut self.items)),
            Change::AddFolders(std::mem::take(&mut self.folders)),
            Change::AddFindings(std::mem::take(&mut self.findings)),
        ];
        let transfer = self.into.transfer;
        let writes = changes.map(|change| Write { transfer, change }).to_vec();
        Ok(self.into.journal.write_blocking(writes)?)
    }

    fn change(&self, change: Change) -> Result<(), Failure> {
        Ok(self.into.journal.write_blocking(vec![Write { transfer: self.into.transfer, change }])?)
    }
}
