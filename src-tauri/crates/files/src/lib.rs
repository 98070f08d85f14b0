//! The one way to open files: ordinary ones only, without waiting, and never more of them than expected.
//!
//! Anything may have the name of a file that Waybill reads or writes: a pipe that nobody writes to, a device without an
//! end, a link that leads elsewhere, a file of gigabytes. Crates that must not know each other share this one.
//!
//! Waybill's own files are never reached through a link in their place. A file that a person or an administrator names
//! (settings, a service's profile, its certificates) may be a link. Every call blocks on the disk.

mod lasting;
mod make;
mod read;

pub use lasting::{put, put_new, remove, rename};
pub use make::{append, create, lock_file, make_folder};
pub use read::{open, open_in, read_linked, read_small};

use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::path::Path;

use cap_fs_ext::{FollowSymlinks, OpenOptionsFollowExt as _, OpenOptionsSyncExt as _};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};

/// Returns options that neither follow a link, nor wait at a pipe, nor take a terminal as the program's own.
fn careful() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.follow(FollowSymlinks::No).nonblock(true);
    #[cfg(unix)]
    cap_std::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOCTTY);
    options
}

/// Opens the folder that a file is in, which may be reached through links; returns the file's name too.
fn parent_of(path: &Path) -> io::Result<(Dir, &OsStr)> {
    let name = path.file_name().ok_or_else(|| unusable("it has no name"))?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok((Dir::open_ambient_dir(parent, ambient_authority())?, name))
}

fn unusable(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

fn not_ordinary() -> io::Error {
    unusable("it is not an ordinary file")
}

/// Returns whether an error says that this program, or this computer, has too many files open: `EMFILE` and `ENFILE`;
/// `ERROR_TOO_MANY_OPEN_FILES` on Windows.
#[must_use]
pub fn is_too_many_open(error: &io::Error) -> bool {
    let raw = error.raw_os_error();
    if cfg!(windows) { raw == Some(4) } else { matches!(raw, Some(23 | 24)) }
}
