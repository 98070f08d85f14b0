//! Reading small files that others may have put there: ordinary ones only, and never more than expected.

use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

use waybill_model::RelPath;

use crate::beneath::Root;

/// Reads a whole file of at most `most` bytes. Never follows a link in its place, and never waits at a pipe or device.
///
/// # Errors
/// The system's errors; `InvalidData` if it is not an ordinary file, or is larger.
pub fn read_small(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let unusable = |what: &str| io::Error::new(ErrorKind::InvalidData, what);
    let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(|| unusable("it has no name"))?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // The first segment stands for the folder.
    let below = RelPath::new(format!("folder/{name}")).map_err(|_| unusable("its name cannot be used"))?;
    let file = Root::open(parent)?.open_file(&below)?.ok_or_else(|| unusable("it is not an ordinary file"))?;
    let mut content = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut content)?;
    let size = u64::try_from(content.len()).unwrap_or(u64::MAX);
    if size > most { Err(unusable("it is too large")) } else { Ok(content) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_of_the_largest_size_is_read_and_a_larger_one_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, "1234").unwrap();
        assert_eq!(read_small(&path, 4).unwrap(), b"1234");
        assert_eq!(read_small(&path, 3).unwrap_err().kind(), ErrorKind::InvalidData);
        assert_eq!(read_small(&dir.path().join("b"), 3).unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn links_pipes_and_devices_are_not_read() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a"), "x").unwrap();
        std::os::unix::fs::symlink("a", dir.path().join("link")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", dir.path().join("zero")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(dir.path().join("pipe")).status().unwrap().success());
        for name in ["link", "zero", "pipe"] {
            assert_eq!(read_small(&dir.path().join(name), 9).unwrap_err().kind(), ErrorKind::InvalidData, "{name}");
        }
        assert_eq!(read_small(Path::new("/dev/zero"), 9).unwrap_err().kind(), ErrorKind::InvalidData);
    }
}
