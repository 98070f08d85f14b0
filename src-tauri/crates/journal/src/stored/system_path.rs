//! System paths as bytes, in any encoding.

use std::path::{Path, PathBuf};

/// Returns the bytes of a path: as they are on Unix, UTF-16 (little-endian) on Windows.
pub(crate) fn path_to_bytes(path: &Path) -> Vec<u8> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        path.as_os_str().as_bytes().to_vec()
    }
    #[cfg(windows)]
    {
        use std::os::windows::ffi::OsStrExt as _;
        path.as_os_str().encode_wide().flat_map(u16::to_le_bytes).collect()
    }
}

/// Returns the path with these bytes.
pub(crate) fn path_from_bytes(bytes: &[u8]) -> rusqlite::Result<PathBuf> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        Ok(PathBuf::from(std::ffi::OsStr::from_bytes(bytes)))
    }
    #[cfg(windows)]
    {
        use std::os::windows::ffi::OsStringExt as _;
        let (units, rest) = bytes.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(super::damaged("a path has half a character"));
        }
        let units: Vec<u16> = units.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
        Ok(PathBuf::from(std::ffi::OsString::from_wide(&units)))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::ffi::OsStrExt as _;

    use super::*;

    #[test]
    fn a_non_unicode_path_is_stored_byte_for_byte() {
        let raw = b"/srv/\xff\xfe/Schriftst\xfccke";
        let path = PathBuf::from(std::ffi::OsStr::from_bytes(raw));
        assert_eq!(path_from_bytes(&path_to_bytes(&path)).unwrap(), path);
        assert_eq!(path_to_bytes(&path), raw);
    }
}
