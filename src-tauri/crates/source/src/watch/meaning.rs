//! What a system event means for the folder. Pure, except for resolving the folder's real path.

use std::fs;
use std::path::{Component, Path, PathBuf};

use notify::event::{AccessKind, AccessMode, MetadataKind, ModifyKind};
use notify::{Event, EventKind};
use waybill_model::RelPath;

use crate::Folder;

/// The meaning of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// Something at the path has changed.
    Changed(RelPath),
    /// Something new is at the path; if it is a folder, it must be watched from now on.
    Appeared {
        /// The path as recorded.
        path: RelPath,
        /// Where it is on disk.
        on_disk: PathBuf,
    },
    /// The folder's own attributes changed.
    RootTouched,
    /// The folder itself was moved, removed or recreated.
    RootReplaced,
    /// Events were lost.
    Lost,
}

/// The paths that the system may use for the folder.
#[derive(Debug)]
pub(super) struct Roots {
    name: RelPath,
    paths: Vec<PathBuf>,
}

impl Roots {
    /// Collects the paths of a folder. `on_disk` is the form that is passed to the system; macOS reports events with
    /// all links resolved.
    pub(super) fn new(folder: &Folder, on_disk: &Path) -> Self {
        let mut paths = vec![on_disk.to_path_buf(), folder.path().to_path_buf()];
        paths.extend(fs::canonicalize(on_disk));
        Self { name: folder.top().clone(), paths }
    }

    /// Returns the path as recorded; `None` for something outside the folder or with a name that is not Unicode: no
    /// item has it.
    fn recorded(&self, path: &Path) -> Option<RelPath> {
        let below = self.paths.iter().find_map(|root| path.strip_prefix(root).ok())?;
        let mut text = self.name.as_str().to_owned();
        for part in below.components() {
            let Component::Normal(name) = part else { return None };
            text.push('/');
            text.push_str(name.to_str()?);
        }
        RelPath::new(text).ok()
    }
}

/// Returns whether an event can mean a change. Opening and reading files does not.
pub(super) fn matters(event: &Event) -> bool {
    match event.kind {
        // A write through a memory map is reported only when the file is closed.
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(MetadataKind::AccessTime)) => event.need_rescan(),
        EventKind::Any | EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_) | EventKind::Other => true,
    }
}

/// Returns what the event means, in order.
pub(super) fn meaning(roots: &Roots, event: &Event) -> Vec<Seen> {
    if event.need_rescan() {
        return vec![Seen::Lost];
    }
    if !matters(event) {
        return Vec::new();
    }
    event.paths.iter().filter_map(|path| seen_at(roots, event.kind, path)).collect()
}

fn seen_at(roots: &Roots, kind: EventKind, on_disk: &Path) -> Option<Seen> {
    let path = roots.recorded(on_disk)?;
    let is_root = path == roots.name;
    Some(match kind {
        EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(_)) if is_root => Seen::RootReplaced,
        EventKind::Remove(_) if is_root => Seen::RootReplaced,
        EventKind::Any | EventKind::Access(_) | EventKind::Modify(_) | EventKind::Other if is_root => Seen::RootTouched,
        EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(_)) => {
            Seen::Appeared { path, on_disk: on_disk.to_path_buf() }
        }
        EventKind::Any | EventKind::Access(_) | EventKind::Modify(_) | EventKind::Remove(_) | EventKind::Other => {
            Seen::Changed(path)
        }
    })
}

#[cfg(test)]
mod tests {
    use notify::event::{CreateKind, DataChange, Flag, RemoveKind, RenameMode};

    use super::*;

    fn roots() -> Roots {
        let paths = vec![PathBuf::from("/data/F"), PathBuf::from("/private/data/F")];
        Roots { name: RelPath::new("F").unwrap(), paths }
    }

    fn meaning_of(kind: EventKind, path: &str) -> Vec<Seen> {
        meaning(&roots(), &Event::new(kind).add_path(PathBuf::from(path)))
    }

    fn changed(path: &str) -> Vec<Seen> {
        vec![Seen::Changed(RelPath::new(path).unwrap())]
    }

    const WRITTEN: EventKind = EventKind::Modify(ModifyKind::Data(DataChange::Any));
    const GONE: EventKind = EventKind::Remove(RemoveKind::Any);

    #[test]
    fn changes_in_the_folder_are_reported_by_recorded_path() {
        for kind in [WRITTEN, GONE, EventKind::Any, EventKind::Access(AccessKind::Close(AccessMode::Write))] {
            assert_eq!(meaning_of(kind, "/data/F/sub/a.txt"), changed("F/sub/a.txt"), "{kind:?}");
        }
        assert_eq!(meaning_of(WRITTEN, "/private/data/F/a"), changed("F/a"));
    }

    #[test]
    fn a_created_or_renamed_entry_may_be_a_folder_to_watch() {
        for kind in [EventKind::Create(CreateKind::Folder), EventKind::Modify(ModifyKind::Name(RenameMode::To))] {
            let seen = meaning_of(kind, "/data/F/new");
            let appeared = Seen::Appeared { path: RelPath::new("F/new").unwrap(), on_disk: "/data/F/new".into() };
            assert_eq!(seen, [appeared], "{kind:?}");
        }
    }

    #[test]
    fn reading_is_not_a_change() {
        let reads = [
            EventKind::Access(AccessKind::Open(AccessMode::Any)),
            EventKind::Access(AccessKind::Read),
            EventKind::Access(AccessKind::Close(AccessMode::Read)),
            EventKind::Modify(ModifyKind::Metadata(MetadataKind::AccessTime)),
        ];
        for kind in reads {
            assert_eq!(meaning_of(kind, "/data/F/a"), [], "{kind:?}");
        }
        let touched = EventKind::Modify(ModifyKind::Metadata(MetadataKind::WriteTime));
        assert_eq!(meaning_of(touched, "/data/F/a"), changed("F/a"));
    }

    #[test]
    fn changes_to_the_folder_itself_are_recognised() {
        for kind in [GONE, EventKind::Modify(ModifyKind::Name(RenameMode::From)), EventKind::Create(CreateKind::Any)] {
            assert_eq!(meaning_of(kind, "/data/F"), [Seen::RootReplaced], "{kind:?}");
        }
        assert_eq!(meaning_of(EventKind::Modify(ModifyKind::Any), "/data/F"), [Seen::RootTouched]);
    }

    #[test]
    fn lost_events_are_reported_with_any_kind_of_event() {
        for kind in [EventKind::Other, EventKind::Access(AccessKind::Any)] {
            let event = Event::new(kind).set_flag(Flag::Rescan);
            assert!(matters(&event));
            assert_eq!(meaning(&roots(), &event), [Seen::Lost], "{kind:?}");
        }
    }

    #[test]
    fn a_path_elsewhere_is_ignored() {
        for path in ["/data/Folder/a", "/data", "/data/G", "/data/F/../G"] {
            assert_eq!(meaning_of(WRITTEN, path), [], "{path}");
        }
    }
}
