//! Whether the folder still holds what the check found: every file, folder and entry left out, by its name and by what
//! the check would say about it.
//!
//! Nothing is written, and memory does not grow with the folder. The contents of files do not matter here: a file that
//! was edited is read and counted as it is now.

use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::ops::ControlFlow;

use waybill_journal::{ItemFilter, ItemRow, Reader, StateKind};
use waybill_model::{Code, Failure, Finding, FindingKind, ItemState, RelPath, ServiceProfile, TransferId};
use waybill_source::{Folder, Found, HashFault, Rules, Stop, identity, judge, probe_readable};

/// How many findings are fetched at once.
const PAGE: u32 = 1_000;

/// Compares the folder with what the journal has of it. Names that the service excludes do not count: systems create
/// such files when a person only looks at a folder.
///
/// # Errors
/// Those of the walk and of the journal.
pub(super) fn holds_what_was_checked(
    folder: &Folder,
    profile: &ServiceProfile,
    reader: &Reader,
    transfer: TransferId,
    stop: &Stop,
) -> Result<bool, Failure> {
    let rules = Rules::of(profile);
    let mut now = Contents::default();
    waybill_source::walk(folder, &rules, stop, &mut |found| match found {
        Found::File { path, identity } => now.file(&path, judge(&path, &identity, &rules).map(|finding| finding.kind)),
        Found::Folder(path) => now.folder(&path),
        Found::Finding(finding) => now.thing(&finding),
    })?;
    Ok(now == checked(folder, reader, transfer)?)
}

/// Returns what the journal has.
fn checked(folder: &Folder, reader: &Reader, transfer: TransferId) -> Result<Contents, Failure> {
    let mut then = Contents::default();
    reader.each_item(transfer, ItemFilter::ALL, &mut |item| {
        if !is_left_out_and_gone(folder, &item) {
            then.file(&item.path, judged(item.state));
        }
        ControlFlow::Continue(())
    })?;
    reader.each_folder(transfer, &mut |path| then.folder(&path))?;
    let mut after = None;
    loop {
        let page = reader.findings(transfer, None, after, PAGE)?;
        let Some((last, _)) = page.last() else { return Ok(then) };
        after = Some(*last);
        for (_, finding) in page {
            if is_of_the_walk(reader, transfer, &finding)? {
                then.thing(&finding);
            }
        }
    }
}

/// Returns whether the check left out a file as unreadable or locked that can be read now. While a folder changes, a file
/// can be missing for a moment, just when the check tries to open it.
///
/// # Errors
/// Those of the journal.
pub(super) fn left_out_for_a_moment(folder: &Folder, reader: &Reader, transfer: TransferId) -> Result<bool, Failure> {
    let mut can_be_read = false;
    reader.each_item(transfer, ItemFilter::from(StateKind::LeftOut), &mut |item| {
        let could_not = matches!(item.state, ItemState::LeftOut(Code::Unreadable | Code::Locked));
        let is_there = || identity(folder, &item.path).is_ok();
        if could_not && is_there() && probe_readable(folder, &item.path).is_none() {
            can_be_read = true;
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    })?;
    Ok(can_be_read)
}

/// Returns what the check said about a file by its name and size. A walk does not show whether a file can be read.
fn judged(state: ItemState) -> Option<FindingKind> {
    let ItemState::LeftOut(code) = state else { return None };
    let can_be_read = code != Code::Unreadable && code != Code::Locked && code != Code::SpecialFile;
    FindingKind::from_code(code).filter(|_| can_be_read)
}

/// It is named as not sent, and does not come back by being missed twice.
fn is_left_out_and_gone(folder: &Folder, item: &ItemRow) -> bool {
    let could_not_be_read = item.state == ItemState::LeftOut(Code::Unreadable);
    could_not_be_read && matches!(identity(folder, &item.path), Err(HashFault::Gone))
}

/// What the check and the reading of files find is about items, or about the whole.
fn is_of_the_walk(reader: &Reader, transfer: TransferId, finding: &Finding) -> Result<bool, Failure> {
    match finding.kind {
        FindingKind::Link | FindingKind::NameNotUnicode | FindingKind::WaybillData => Ok(true),
        FindingKind::Unreadable | FindingKind::Locked | FindingKind::SpecialFile | FindingKind::PathTooLong => {
            let Ok(path) = RelPath::new(finding.path.clone()) else { return Ok(true) };
            Ok(reader.item_by_path(transfer, &path)?.is_none())
        }
        FindingKind::TooManyFiles
        | FindingKind::TransferTooLarge
        | FindingKind::RegistrationTooLarge
        | FindingKind::FileTooLarge
        | FindingKind::EmptyFile
        | FindingKind::RefusedFormat
        | FindingKind::NamesDifferInCase
        | FindingKind::UnlikelyDate
        | FindingKind::ExcludedName => Ok(false),
    }
}

/// What a folder holds, in any order: how much, and the sum of a hash of each entry.
#[derive(Debug, Default, PartialEq, Eq)]
struct Contents {
    files: u64,
    folders: u64,
    things: u64,
    sum: u64,
}

impl Contents {
    fn file(&mut self, path: &RelPath, judged: Option<FindingKind>) {
        if judged != Some(FindingKind::ExcludedName) {
            self.files += 1;
            self.add(("file", path.as_str(), judged));
        }
    }

    fn folder(&mut self, path: &RelPath) {
        self.folders += 1;
        self.add(("folder", path.as_str()));
    }

    /// Whether something cannot be read or is locked may change from one look to the next.
    fn thing(&mut self, finding: &Finding) {
        if finding.kind != FindingKind::ExcludedName {
            let kind = if finding.kind == FindingKind::Locked { FindingKind::Unreadable } else { finding.kind };
            self.things += 1;
            self.add((kind, &finding.path, &finding.raw_name));
        }
    }

    fn add(&mut self, what: impl Hash) {
        let mut hasher = DefaultHasher::new();
        what.hash(&mut hasher);
        self.sum = self.sum.wrapping_add(hasher.finish());
    }
}

#[cfg(test)]
mod tests;
