//! The walk: everything in the folder, once, in a fixed order.

use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::path::Path;

use waybill_model::{Code, Failure, Finding, FindingKind, Identity, RelPath};

use crate::fault::{self, Meaning};
use crate::listing::{Entry, Kind, list, raw_name};
use crate::{Folder, Rules, Stop, disk};

/// One thing that the walk came across.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// An ordinary file; whether it may be sent is for [`judge`](crate::judge) to say.
    File {
        /// Its path, beginning with the folder's own name.
        path: RelPath,
        /// Its state.
        identity: Identity,
    },
    /// A folder that could be listed, empty or not; the chosen folder itself comes first.
    Folder(RelPath),
    /// Something that cannot be sent: a link, a special file, a name that is not Unicode, a folder that cannot be
    /// listed, a path that this computer cannot open. Such a thing with a name that the service excludes is that.
    Finding(Finding),
}

/// What a walk came across, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WalkTotals {
    /// Ordinary files.
    pub files: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// Folders that could be listed, with the chosen one.
    pub folders: u64,
    /// Findings of the walk itself.
    pub findings: u64,
}

/// Walks the folder and hands every thing to `sink` as it is found.
///
/// The order depends on the names alone: a folder, then what lies in it other than folders, then its folders, each
/// sorted by the bytes of the names. What appears or vanishes during the walk may be found or not. A folder whose path is
/// longer than the service takes is entered, so that every file in it is named; only when it is empty is it a finding.
///
/// # Errors
/// [`Code::FolderGone`] when the chosen folder vanishes, [`Code::FolderUnreadable`] when it cannot be listed,
/// [`Code::Cancelled`] when `stop` is set.
pub fn walk(folder: &Folder, rules: &Rules, stop: &Stop, sink: &mut dyn FnMut(Found)) -> Result<WalkTotals, Failure> {
    let mut walk =
        Walk { folder, rules, stop, sink, totals: WalkTotals::default(), pending: vec![folder.top().clone()] };
    while let Some(path) = walk.pending.pop() {
        walk.enter(&path)?;
    }
    Ok(walk.totals)
}

struct Walk<'a> {
    folder: &'a Folder,
    rules: &'a Rules,
    stop: &'a Stop,
    sink: &'a mut dyn FnMut(Found),
    totals: WalkTotals,
    /// Folders still to be entered, the next one last. On the heap: a tree may be deeper than any stack.
    pending: Vec<RelPath>,
}

impl Walk<'_> {
    fn enter(&mut self, path: &RelPath) -> Result<(), Failure> {
        self.go_on()?;
        let on_disk = self.folder.disk_path(path);
        let entries = match list(&on_disk) {
            Ok(entries) => entries,
            Err(error) => return self.not_listed(path, &error),
        };
        match self.rules.path_too_long(path) {
            None => self.found_folder(path),
            Some(detail) if entries.is_empty() => self.finding(FindingKind::PathTooLong, path, true, Some(detail)),
            Some(_) => {}
        }
        let first = self.pending.len();
        for entry in &entries {
            self.go_on()?;
            self.entry(path, &on_disk, entry)?;
        }
        self.pending[first..].reverse();
        Ok(())
    }

    fn go_on(&self) -> Result<(), Failure> {
        if self.stop.is_set() { Err(Failure::from(Code::Cancelled)) } else { Ok(()) }
    }

    fn not_listed(&mut self, path: &RelPath, error: &io::Error) -> Result<(), Failure> {
        if path == self.folder.top() && self.folder.is_reachable() {
            return Err(Failure::new(Code::FolderUnreadable, error.to_string()));
        }
        self.out_of_reach(path, true, error)
    }

    /// An error may be the first sign that the whole folder is away.
    fn out_of_reach(&mut self, path: &RelPath, is_folder: bool, error: &io::Error) -> Result<(), Failure> {
        let reachable = self.folder.is_reachable();
        let kind = match fault::classify(disk::HERE, error.kind(), error.raw_os_error(), reachable) {
            Meaning::FolderGone => {
                return Err(Failure::new(Code::FolderGone, self.folder.path().display().to_string()));
            }
            Meaning::Gone => {
                tracing::debug!(is_folder, "vanished during the walk");
                return Ok(());
            }
            Meaning::Locked => FindingKind::Locked,
            Meaning::Unreadable if error.kind() == ErrorKind::InvalidFilename => FindingKind::PathTooLong,
            Meaning::Unreadable => FindingKind::Unreadable,
        };
        self.finding(kind, path, is_folder, Some(error.to_string()));
        Ok(())
    }

    fn entry(&mut self, parent: &RelPath, parent_on_disk: &Path, entry: &Entry) -> Result<(), Failure> {
        let kind = entry.kind();
        let Some(path) = entry.name().to_str().and_then(|name| RelPath::new(format!("{parent}/{name}")).ok()) else {
            self.not_unicode(parent, entry.name(), &kind);
            return Ok(());
        };
        match kind {
            Ok(Kind::File(_) | Kind::Folder) if !disk::fits(disk::HERE, &parent_on_disk.join(entry.name())) => {
                let detail = "longer than this computer can open".to_owned();
                self.finding(FindingKind::PathTooLong, &path, entry.is_folder(), Some(detail));
                Ok(())
            }
            Ok(kind) => {
                self.thing(path, kind);
                Ok(())
            }
            Err(error) => self.out_of_reach(&path, entry.is_folder(), &error),
        }
    }

    fn thing(&mut self, path: RelPath, kind: Kind) {
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

    fn found_folder(&mut self, path: &RelPath) {
        self.totals.folders += 1;
        (self.sink)(Found::Folder(path.clone()));
    }
}
