//! Opening for reading.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use cap_std::fs::Dir;

use crate::{careful, not_ordinary, parent_of, unusable};

/// Reads a whole file of at most `most` bytes. Never follows a link in its place, and never waits at a pipe or device.
///
/// # Errors
/// The system's errors; `InvalidData` if it is not an ordinary file, or is larger.
pub fn read_small(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    bounded(open(path)?, most)
}

/// Reads a whole file of at most `most` bytes, as [`read_small`] does, but follows links: for files that a person or an
/// administrator names.
///
/// # Errors
/// The system's errors; `InvalidData` if it is not an ordinary file, or is larger.
pub fn read_linked(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    // Opening a device may do something to it.
    if !fs::metadata(path)?.is_file() {
        return Err(not_ordinary());
    }
    let mut options = fs::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK | libc::O_NOCTTY);
    let file = options.open(path)?;
    // Looked at again on the handle: something else may have had the name before.
    if file.metadata()?.is_file() { bounded(file, most) } else { Err(not_ordinary()) }
}

/// Opens a file of any size for reading. Never follows a link in its place, and never waits at a pipe or device.
///
/// # Errors
/// The system's errors; `InvalidData` if it is not an ordinary file.
pub fn open(path: &Path) -> io::Result<File> {
    let (dir, name) = parent_of(path)?;
    open_in(&dir, name)?.ok_or_else(not_ordinary)
}

/// Opens a file of a folder for reading; `None` if something else than an ordinary file has the name. Never waits at a
/// pipe or device, and reads nothing of one.
///
/// # Errors
/// The system's errors.
pub fn open_in(dir: &Dir, name: impl AsRef<Path>) -> io::Result<Option<File>> {
    let name = name.as_ref();
    // Opening a device may do something to it.
    if !dir.symlink_metadata(name)?.is_file() {
        return Ok(None);
    }
    let file = match dir.open_with(name, careful().read(true)) {
        Ok(file) => file,
        Err(_) if dir.symlink_metadata(name).is_ok_and(|there| there.is_symlink()) => return Ok(None),
        Err(error) => return Err(error),
    };
    // Looked at again on the handle: something else may have had the name before.
    Ok(file.metadata()?.is_file().then(|| file.into_std()))
}

fn bounded(file: File, most: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut content)?;
    let size = u64::try_from(content.len()).unwrap_or(u64::MAX);
    if size > most { Err(unusable(&format!("it is larger than {most} bytes"))) } else { Ok(content) }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;

    #[test]
    fn a_file_of_the_largest_size_is_read_and_a_larger_one_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, "1234").unwrap();
        for read in [read_small, read_linked] {
            assert_eq!(read(&path, 4).unwrap(), b"1234");
            assert_eq!(read(&path, 3).unwrap_err().kind(), ErrorKind::InvalidData);
            assert_eq!(read(&dir.path().join("b"), 3).unwrap_err().kind(), ErrorKind::NotFound);
        }
    }

    #[cfg(unix)]
    #[test]
    fn pipes_devices_folders_and_endless_files_are_never_read() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("a"), "x").unwrap();
        std::os::unix::fs::symlink("a", at("link")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", at("zero")).unwrap();
        fs::create_dir(at("folder")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
        let kind = |read: io::Result<Vec<u8>>| read.unwrap_err().kind();
        for name in ["zero", "pipe", "folder"] {
            assert_eq!(kind(read_small(&at(name), 9)), ErrorKind::InvalidData, "{name}");
            assert_eq!(kind(read_linked(&at(name), 9)), ErrorKind::InvalidData, "{name}");
        }
        assert_eq!(kind(read_small(Path::new("/dev/zero"), 9)), ErrorKind::InvalidData);
        assert_eq!(kind(read_small(&at("link"), 9)), ErrorKind::InvalidData);
        assert_eq!(read_linked(&at("link"), 9).unwrap(), b"x");
    }
}
