//! The one way to reach anything in the chosen folder: beneath its handle, one name at a time, never through a link.
//!
//! A path could lead elsewhere the next time it is resolved: a folder on the way may have been renamed away and replaced
//! by a link. A handle cannot, and neither can a single name below one. `cap-std` has the same calls on every system (on
//! Windows it refuses reparse points that lead elsewhere).

use std::io::{self, ErrorKind};
use std::sync::Arc;

use cap_fs_ext::{DirExt as _, FollowSymlinks, OpenOptionsFollowExt as _, OpenOptionsSyncExt as _};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, Metadata, OpenOptions, ReadDir};
use std::path::Path;
use thiserror::Error;
use waybill_model::RelPath;

/// A link is on the way to an item, or where it should be.
#[derive(Debug, Error)]
#[error("a link has taken the place of a folder or file")]
pub(crate) struct LinkOnTheWay;

/// Returns whether an error says that a link is on the way.
pub(crate) fn is_link_on_the_way(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<LinkOnTheWay>())
}

/// The handle of the chosen folder.
#[derive(Clone, Debug)]
pub(crate) struct Root(Arc<Dir>);

impl Root {
    /// Opens the folder by the path that the person chose, which may itself be a link.
    ///
    /// # Errors
    /// The system's errors.
    pub(crate) fn open(on_disk: &Path) -> io::Result<Self> {
        Dir::open_ambient_dir(on_disk, ambient_authority()).map(Arc::new).map(Self)
    }

    /// Returns what the system knows about the folder behind the handle.
    ///
    /// # Errors
    /// The system's errors.
    pub(crate) fn metadata(&self) -> io::Result<Metadata> {
        self.0.dir_metadata()
    }

    /// Returns the entries of a folder. The first segment of the path stands for the chosen folder.
    ///
    /// # Errors
    /// The system's errors; [`LinkOnTheWay`] with the kind of a missing folder.
    pub(crate) fn list(&self, path: &RelPath) -> io::Result<(Dir, ReadDir)> {
        let dir = self.dir(path.segments().skip(1))?;
        let entries = dir.entries()?;
        Ok((dir, entries))
    }

    /// Returns what the system knows about an item, without opening it. Links are not followed.
    ///
    /// # Errors
    /// The system's errors; [`LinkOnTheWay`] with the kind of a missing folder.
    pub(crate) fn metadata_of(&self, path: &RelPath) -> io::Result<Metadata> {
        match path.as_str().rsplit_once('/') {
            None => self.metadata(),
            Some((parent, name)) => self.dir(parent.split('/').skip(1))?.symlink_metadata(name),
        }
    }

    /// Opens an ordinary file for reading; `None` if something else is there. Never waits at a pipe or device, and reads
    /// nothing of one.
    ///
    /// # Errors
    /// The system's errors; [`LinkOnTheWay`] with the kind of a missing folder.
    pub(crate) fn open_file(&self, path: &RelPath) -> io::Result<Option<File>> {
        let Some((parent, name)) = path.as_str().rsplit_once('/') else { return Ok(None) };
        let dir = self.dir(parent.split('/').skip(1))?;
        // Opening a device may do something to it.
        if !dir.symlink_metadata(name)?.is_file() {
            return Ok(None);
        }
        let mut options = OpenOptions::new();
        options.read(true).follow(FollowSymlinks::No).nonblock(true);
        no_terminal(&mut options);
        let file = match dir.open_with(name, &options) {
            Ok(file) => file,
            Err(_) if dir.symlink_metadata(name).is_ok_and(|there| there.is_symlink()) => return Ok(None),
            Err(error) => return Err(error),
        };
        // Checked again on the handle: something else may have had the name at the first check.
        Ok(file.metadata()?.is_file().then_some(file))
    }

    fn dir<'a>(&self, segments: impl Iterator<Item = &'a str>) -> io::Result<Dir> {
        let mut dir = self.0.try_clone()?;
        for segment in segments {
            dir = match dir.open_dir_nofollow(segment) {
                Ok(dir) => dir,
                Err(_) if dir.symlink_metadata(segment).is_ok_and(|there| there.is_symlink()) => {
                    return Err(io::Error::new(ErrorKind::NotADirectory, LinkOnTheWay));
                }
                Err(error) => return Err(error),
            };
        }
        Ok(dir)
    }
}

/// A terminal in place of a file must not become this program's own.
#[cfg(unix)]
fn no_terminal(options: &mut OpenOptions) {
    use cap_std::fs::OpenOptionsExt as _;
    options.custom_flags(libc::O_NOCTTY);
}

#[cfg(not(unix))]
fn no_terminal(_: &mut OpenOptions) {}
