//! The one way to reach anything in the chosen folder: beneath its handle, one name at a time, never through a link.
//!
//! A path could lead elsewhere the next time it is resolved: a folder on the way may have been renamed away and replaced
//! by a link. A handle cannot, and neither can a single name below one. `cap-std` has the same calls on every system (on
//! Windows it refuses reparse points that lead elsewhere).

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

use cap_fs_ext::DirExt as _;
use cap_std::ambient_authority;
use cap_std::fs::{Dir, Metadata, ReadDir};
use thiserror::Error;
use waybill_model::RelPath;

/// The path to an item contains a link.
#[derive(Debug, Error)]
#[error("a link has taken the place of a folder or file")]
pub(crate) struct LinkInPath;

/// Returns whether an error is a [`LinkInPath`].
pub(crate) fn is_link_in_path(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<LinkInPath>())
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
    /// The system's errors; [`LinkInPath`] with the kind of a missing folder.
    pub(crate) fn list(&self, path: &RelPath) -> io::Result<(Dir, ReadDir)> {
        let dir = self.dir(path.segments().skip(1))?;
        let entries = dir.entries()?;
        Ok((dir, entries))
    }

    /// Returns what the system knows about an item, without opening it. Links are not followed.
    ///
    /// # Errors
    /// The system's errors; [`LinkInPath`] with the kind of a missing folder.
    pub(crate) fn metadata_of(&self, path: &RelPath) -> io::Result<Metadata> {
        match path.as_str().rsplit_once('/') {
            None => self.metadata(),
            Some((parent, name)) => self.dir(parent.split('/').skip(1))?.symlink_metadata(name),
        }
    }

    /// Opens an ordinary file for reading; `None` if it is something else. Never blocks on a pipe or device, and reads
    /// nothing from one.
    ///
    /// # Errors
    /// The system's errors; [`LinkInPath`] with the kind of a missing folder.
    pub(crate) fn open_file(&self, path: &RelPath) -> io::Result<Option<File>> {
        let Some((parent, name)) = path.as_str().rsplit_once('/') else { return Ok(None) };
        let dir = self.dir(parent.split('/').skip(1))?;
        waybill_files::open_in(&dir, name)
    }

    fn dir<'a>(&self, segments: impl Iterator<Item = &'a str>) -> io::Result<Dir> {
        let mut dir = self.0.try_clone()?;
        for segment in segments {
            dir = match dir.open_dir_nofollow(segment) {
                Ok(dir) => dir,
                Err(_) if dir.symlink_metadata(segment).is_ok_and(|there| there.is_symlink()) => {
                    return Err(io::Error::new(ErrorKind::NotADirectory, LinkInPath));
                }
                Err(error) => return Err(error),
            };
        }
        Ok(dir)
    }
}
