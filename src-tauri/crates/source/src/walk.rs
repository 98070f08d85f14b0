//! The walk: everything in the folder, once, in a fixed order.

use std::ffi::OsStr;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::path::Path;
use std::time::SystemTime;

use waybill_model::{Code, Failure, Finding, FindingKind, Identity, RelPath};

use crate::disk::{self, NameForm, Os};
use crate::fault::{self, Meaning};
use crate::listing::{self, Entry, Kind, Listing, list, raw_name};
use crate::{Folder, Rules, Stop, own};

/// One entry that the walk found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// An ordinary file; [`judge`](crate::judge) decides whether it may be sent.
    File {
        /// Its path, starting with the folder's own name.
        path: RelPath,
        /// Its state.
        identity: Identity,
    },
    /// A folder that could be listed, empty or not; the chosen folder itself comes first.
    Folder(RelPath),
    /// Something that cannot be sent: a link, a special file, a name that is not Unicode, a folder that cannot be
    /// listed, a path that this computer cannot open. If the service excludes its name, that is the finding.
    Finding(Finding),
}

/// What a walk found, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WalkTotals {
    /// Ordinary files.
    pub files: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// Folders that could be listed, including the chosen one.
    pub folders: u64,
    /// Findings of the walk itself.
    pub findings: u64,
    /// The sum of the [marks](folder_mark) of these folders when they were listed. If it is another one after the walk,
    /// something was moved, created or removed in the meantime, and may have been missed.
    pub marks: u64,
}

/// Returns a hash of a folder's current names. It is almost certainly different once a name was added, removed or
/// replaced. Some file systems record the time of such a change only to two seconds, so the time is not enough.
#[must_use]
pub fn folder_mark(folder: &Folder, path: &RelPath) -> u64 {
    let metadata = folder.beneath().metadata_of(path).ok();
    mark(path, metadata.as_ref().and_then(listing::changed))
}

fn mark(path: &RelPath, changed: Option<SystemTime>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (path.as_str(), changed).hash(&mut hasher);
    hasher.finish()
}

/// Walks the folder and hands every entry to `sink` as it is found.
///
/// The order depends only on the names: a folder, then its files, then its subfolders, each sorted by the bytes of
/// their names. An entry that appears or vanishes during the walk may be found or not, but nothing is left out
/// silently: if the disk reports an entry as missing, its folder is listed once more, and the entry is a finding if
/// it is still listed. A folder whose path is longer than the service accepts is entered, so that every file in it is
/// reported; it is a finding itself only if it is empty. The data folder of a Waybill is a finding and is not entered: it
/// may contain a session.
///
/// # Errors
/// [`Code::FolderGone`] if the chosen folder vanishes, [`Code::FolderUnreadable`] if it cannot be listed,
/// [`Code::Cancelled`] if `stop` is set.
pub fn walk(folder: &Folder, rules: &Rules, stop: &Stop, sink: &mut dyn FnMut(Found)) -> Result<WalkTotals, Failure> {
    Walk::new(folder, rules, stop, sink, &|path| list(folder, path)).run()
}

struct Walk<'a> {
    folder: &'a Folder,
    rules: &'a Rules,
    stop: &'a Stop,
    sink: &'a mut dyn FnMut(Found),
    /// The system whose rules for names apply.
    os: Os,
    /// Lists a folder.
    list: &'a dyn Fn(&RelPath) -> io::Result<Listing>,
    totals: WalkTotals,
    /// Folders still to be entered, the next one last. Not recursive, because a tree may be deeper than any stack.
    pending: Vec<RelPath>,
    /// The folder most recently listed a second time, so that many unreachable entries cost one listing.
    relisted: Option<(RelPath, Vec<Entry>)>,
}

/// The result of a second look at an entry that was listed but could not be examined.
enum SecondLook {
    /// Its folder no longer lists it, or is not listed itself.
    Vanished,
    /// It is listed, and can be examined now.
    Found(Kind),
    /// It is listed, or that cannot be known, and it cannot be examined because of this error.
    Unreachable(io::Error),
}

impl<'a> Walk<'a> {
    fn new(
        folder: &'a Folder,
        rules: &'a Rules,
        stop: &'a Stop,
        sink: &'a mut dyn FnMut(Found),
        list: &'a dyn Fn(&RelPath) -> io::Result<Listing>,
    ) -> Self {
        let pending = vec![folder.top().clone()];
        Self {
            folder,
            rules,
            stop,
            sink,
            os: disk::THIS_OS,
            list,
            totals: WalkTotals::default(),
            pending,
            relisted: None,
        }
    }

    fn run(mut self) -> Result<WalkTotals, Failure> {
        while let Some(path) = self.pending.pop() {
            self.enter(&path)?;
        }
        Ok(self.totals)
    }

    fn enter(&mut self, path: &RelPath) -> Result<(), Failure> {
        self.check_stop()?;
        match (self.list)(path) {
            Ok(listing) => self.listed(path, &listing),
            Err(error) if path == self.folder.top() => Err(self.top_not_listed(&error)),
            Err(error) => self.not_listed(path, error),
        }
    }

    fn listed(&mut self, path: &RelPath, listing: &Listing) -> Result<(), Failure> {
        let Listing { entries, changed } = listing;
        if own::is_data_folder(|name| entries.iter().any(|entry| entry.name() == name)) {
            self.finding(FindingKind::WaybillData, path, true, None);
            return Ok(());
        }
        match self.rules.path_too_long(path) {
            None => self.found_folder(path, *changed),
            Some(detail) if entries.is_empty() => self.finding(FindingKind::PathTooLong, path, true, Some(detail)),
            Some(_) => {}
        }
        let first = self.pending.len();
        let on_disk = self.folder.disk_path(path);
        for entry in entries {
            self.check_stop()?;
            self.entry(path, &on_disk, entry)?;
        }
        self.pending[first..].reverse();
        Ok(())
    }

    fn check_stop(&self) -> Result<(), Failure> {
        if self.stop.is_set() { Err(Failure::from(Code::Cancelled)) } else { Ok(()) }
    }

    fn top_not_listed(&self, error: &io::Error) -> Failure {
        match self.meaning(error) {
            // A folder that was briefly missing is not empty.
            Meaning::FolderGone | Meaning::Gone => self.folder_gone(),
            Meaning::TooManyOpen => too_many_open(error),
            Meaning::Locked | Meaning::Unreachable | Meaning::Unreadable => {
                Failure::new(Code::FolderUnreadable, error.to_string())
            }
        }
    }

    fn not_listed(&mut self, path: &RelPath, error: io::Error) -> Result<(), Failure> {
        match self.second_look(path, error)? {
            SecondLook::Found(Kind::Folder) => match (self.list)(path) {
                Ok(listing) => return self.listed(path, &listing),
                Err(error) if self.meaning(&error) == Meaning::FolderGone => return Err(self.folder_gone()),
                Err(error) => self.unreachable(path, true, &error),
            },
            // Something else has taken its place.
            SecondLook::Found(kind @ (Kind::File(_) | Kind::Link(_) | Kind::Special(_))) => {
                self.found(path.clone(), kind);
            }
            SecondLook::Unreachable(error) => self.unreachable(path, true, &error),
            SecondLook::Vanished => vanished(),
        }
        Ok(())
    }

    fn not_examined(&mut self, path: RelPath, is_folder: bool, error: io::Error) -> Result<(), Failure> {
        match self.second_look(&path, error)? {
            SecondLook::Found(kind) => self.found(path, kind),
            SecondLook::Unreachable(error) => self.unreachable(&path, is_folder, &error),
            SecondLook::Vanished => vanished(),
        }
        Ok(())
    }

    /// Decides what an error means for a listed entry. If the disk reports the entry as missing, its folder is listed
    /// again.
    fn second_look(&mut self, path: &RelPath, error: io::Error) -> Result<SecondLook, Failure> {
        match self.meaning(&error) {
            Meaning::FolderGone => return Err(self.folder_gone()),
            Meaning::TooManyOpen => return Err(too_many_open(&error)),
            Meaning::Locked | Meaning::Unreachable | Meaning::Unreadable => return Ok(SecondLook::Unreachable(error)),
            Meaning::Gone => {}
        }
        let mut missing = (path.clone(), error);
        loop {
            let Some(parent) = parent_of(&missing.0) else { return Err(self.folder_gone()) };
            if self.relisted.as_ref().is_none_or(|(listed, _)| *listed != parent) {
                match (self.list)(&parent) {
                    Ok(listing) => self.relisted = Some((parent.clone(), listing.entries)),
                    Err(error) => match self.meaning(&error) {
                        Meaning::FolderGone => return Err(self.folder_gone()),
                        Meaning::TooManyOpen => return Err(too_many_open(&error)),
                        Meaning::Gone => {
                            missing = (parent, error);
                            continue;
                        }
                        Meaning::Locked | Meaning::Unreachable | Meaning::Unreadable => {
                            return Ok(SecondLook::Unreachable(missing.1));
                        }
                    },
                }
            }
            let entries = self.relisted.as_ref().map(|(_, entries)| entries.as_slice()).unwrap_or_default();
            let name = missing.0.name().as_bytes();
            let Ok(index) = entries.binary_search_by(|entry| entry.name().as_encoded_bytes().cmp(name)) else {
                return Ok(SecondLook::Vanished);
            };
            let entry = &entries[index];
            if missing.0 != *path {
                return Ok(SecondLook::Unreachable(missing.1));
            }
            return match entry.kind() {
                Ok(kind) => Ok(SecondLook::Found(kind)),
                Err(error) if self.meaning(&error) == Meaning::FolderGone => Err(self.folder_gone()),
                Err(error) => Ok(SecondLook::Unreachable(error)),
            };
        }
    }

    /// Returns what an error means, which may be that the whole folder is unreachable.
    fn meaning(&self, error: &io::Error) -> Meaning {
        fault::classify(self.os, error.kind(), error.raw_os_error(), self.folder.is_reachable())
    }

    fn folder_gone(&self) -> Failure {
        Failure::new(Code::FolderGone, self.folder.path().display().to_string())
    }

    /// Reports an entry that exists but cannot be examined.
    fn unreachable(&mut self, path: &RelPath, is_folder: bool, error: &io::Error) {
        let kind = match self.meaning(error) {
            Meaning::Locked => FindingKind::Locked,
            Meaning::Unreadable if fault::is_too_long(self.os, error.kind(), error.raw_os_error()) => {
                FindingKind::PathTooLong
            }
            Meaning::Unreadable | Meaning::Unreachable | Meaning::TooManyOpen | Meaning::Gone | Meaning::FolderGone => {
                FindingKind::Unreadable
            }
        };
        self.finding(kind, path, is_folder, Some(error.to_string()));
    }

    fn entry(&mut self, parent: &RelPath, parent_on_disk: &Path, entry: &Entry) -> Result<(), Failure> {
        let kind = entry.kind();
        let Some(path) = entry.name().to_str().and_then(|name| RelPath::new(format!("{parent}/{name}")).ok()) else {
            self.not_unicode(parent, entry.name(), &kind);
            return Ok(());
        };
        match kind {
            Ok(Kind::File(_) | Kind::Folder) if disk::name_form(self.os, path.name()) == NameForm::Impossible => {
                let detail = "this computer cannot open a name with these characters".to_owned();
                self.finding(FindingKind::Unreadable, &path, entry.is_folder(), Some(detail));
                Ok(())
            }
            Ok(Kind::File(_) | Kind::Folder) if !disk::fits(self.os, &parent_on_disk.join(entry.name())) => {
                let detail = "longer than this computer can open".to_owned();
                self.finding(FindingKind::PathTooLong, &path, entry.is_folder(), Some(detail));
                Ok(())
            }
            Ok(kind) => {
                self.found(path, kind);
                Ok(())
            }
            Err(error) => self.not_examined(path, entry.is_folder(), error),
        }
    }

    fn found(&mut self, path: RelPath, kind: Kind) {
        match kind {
            Kind::File(identity) => {
                self.totals.files += 1;
                self.totals.bytes = self.totals.bytes.saturating_add(identity.size);
                (self.sink)(Found::File { path, identity });
            }
            Kind::Folder => self.pending.push(path),
            Kind::Link(target) => {
                self.finding(FindingKind::Link, &path, false, target.map(|target| format!("points to {target}")));
            }
            Kind::Special(what) => self.finding(FindingKind::SpecialFile, &path, false, Some(what.to_owned())),
        }
    }

    fn not_unicode(&mut self, parent: &RelPath, name: &OsStr, kind: &io::Result<Kind>) {
        let size = match kind {
            Ok(Kind::File(identity)) => Some(identity.size),
            Ok(Kind::Folder | Kind::Link(_) | Kind::Special(_)) | Err(_) => None,
        };
        self.emit(Finding {
            kind: FindingKind::NameNotUnicode,
            path: format!("{parent}/{}", name.display()),
            raw_name: Some(raw_name(name)),
            is_folder: matches!(kind, Ok(Kind::Folder)),
            size,
            detail: None,
        });
    }

    fn finding(&mut self, kind: FindingKind, path: &RelPath, is_folder: bool, detail: Option<String>) {
        let excluded = !is_folder && self.rules.excludes(path.name());
        let kind = if excluded { FindingKind::ExcludedName } else { kind };
        self.emit(Finding { kind, path: path.to_string(), raw_name: None, is_folder, size: None, detail });
    }

    fn emit(&mut self, finding: Finding) {
        self.totals.findings += 1;
        (self.sink)(Found::Finding(finding));
    }

    fn found_folder(&mut self, path: &RelPath, changed: Option<SystemTime>) {
        self.totals.folders += 1;
        self.totals.marks = self.totals.marks.wrapping_add(mark(path, changed));
        (self.sink)(Found::Folder(path.clone()));
    }
}

/// Returns the folder that contains a path; `None` for the chosen folder itself.
fn parent_of(path: &RelPath) -> Option<RelPath> {
    path.as_str().rsplit_once('/').and_then(|(parent, _)| RelPath::new(parent).ok())
}

/// Nothing is left out because of it: the walk ends.
fn too_many_open(error: &io::Error) -> Failure {
    Failure::new(Code::TooManyOpenFiles, error.to_string())
}

fn vanished() {
    tracing::debug!("vanished during the walk");
}

#[cfg(test)]
mod tests;
