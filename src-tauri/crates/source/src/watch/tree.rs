//! Keeps a whole tree watched.
//!
//! Windows and macOS can watch a whole tree. Linux watches single folders, and the library's own recursion abandons the
//! whole tree at the first folder that it cannot read, so the recursion is done here.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use notify::{Config, ErrorKind, Event, RecommendedWatcher, RecursiveMode, Watcher as _};

/// Whether every folder needs its own watch.
const ONE_WATCH_PER_FOLDER: bool = cfg!(any(target_os = "linux", target_os = "android"));

/// The system's watch on a tree.
pub(super) struct Tree {
    watcher: RecommendedWatcher,
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tree")
    }
}

impl Tree {
    /// Creates a watcher without any watches.
    pub(super) fn new(handler: impl Fn(notify::Result<Event>) + Send + 'static) -> notify::Result<Self> {
        let watcher = RecommendedWatcher::new(handler, Config::default().with_follow_symlinks(false))?;
        Ok(Self { watcher })
    }

    /// Watches the chosen folder and everything below it. Folders that cannot be read, or have just vanished, are
    /// skipped.
    ///
    /// # Errors
    /// If the chosen folder cannot be watched, or the system allows no more watches.
    pub(super) fn start(&mut self, root: &Path) -> notify::Result<()> {
        if !ONE_WATCH_PER_FOLDER {
            return self.watcher.watch(root, RecursiveMode::Recursive);
        }
        self.watcher.watch(root, RecursiveMode::NonRecursive)?;
        folders_in(root).try_for_each(|folder| self.add_each(folder))
    }

    /// Watches something that has just appeared, if it is a folder.
    ///
    /// # Errors
    /// If the system allows no more watches.
    pub(super) fn appeared(&mut self, on_disk: PathBuf) -> notify::Result<()> {
        let is_folder = || fs::symlink_metadata(&on_disk).is_ok_and(|metadata| metadata.is_dir());
        if ONE_WATCH_PER_FOLDER && is_folder() { self.add_each(on_disk) } else { Ok(()) }
    }

    fn add_each(&mut self, folder: PathBuf) -> notify::Result<()> {
        let mut pending = vec![folder];
        while let Some(next) = pending.pop() {
            match self.watcher.watch(&next, RecursiveMode::NonRecursive) {
                Ok(()) => pending.extend(folders_in(&next)),
                Err(error) if can_be_skipped(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn folders_in(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path())
}

fn can_be_skipped(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::PathNotFound => true,
        ErrorKind::Io(error) => matches!(
            error.kind(),
            std::io::ErrorKind::NotFound
                | std::io::ErrorKind::NotADirectory
                | std::io::ErrorKind::PermissionDenied
                | std::io::ErrorKind::InvalidFilename
        ),
        ErrorKind::Generic(_) | ErrorKind::WatchNotFound | ErrorKind::InvalidConfig(_) | ErrorKind::MaxFilesWatch => {
            false
        }
    }
}
