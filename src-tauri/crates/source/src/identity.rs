//! What tells two states of one file apart without reading it.

use std::fs::{self, Metadata};
use std::time::UNIX_EPOCH;

use waybill_model::{FileKey, Identity, RelPath};

use crate::fault::{self, HashFault};
use crate::{Folder, open};

/// Returns the identity of an item as it is now, without opening it.
///
/// # Errors
/// [`HashFault::Gone`], [`HashFault::NotAFile`], [`HashFault::FolderGone`], [`HashFault::Unreadable`] (a folder above
/// it cannot be entered), [`HashFault::Locked`].
pub fn identity(folder: &Folder, path: &RelPath) -> Result<Identity, HashFault> {
    let on_disk = open::locate(folder, path)?;
    let metadata = fs::symlink_metadata(&on_disk).map_err(|error| fault::meaning_at(folder, &on_disk, &error))?;
    if metadata.is_file() { Ok(identity_of(&metadata)) } else { Err(HashFault::NotAFile) }
}

/// Returns whether a file is still the one that was checked, as far as can be told without reading it: same size and
/// same modified time.
///
/// Use this, not `==`, for identities taken at different times. The file key is left out on purpose: device numbers
/// change when a drive is plugged in or mounted again, and on Linux FAT and exFAT may give a file another inode number
/// at any time. A file replaced by another of the same size and time is caught by the checksums of its parts.
#[must_use]
pub fn unchanged(checked: &Identity, now: &Identity) -> bool {
    checked.size == now.size && checked.modified_ns == now.modified_ns
}

pub(crate) fn identity_of(metadata: &Metadata) -> Identity {
    Identity { size: metadata.len(), modified_ns: modified_ns(metadata), file_key: file_key(metadata) }
}

/// Returns nanoseconds since the epoch, negative before it; 0 if the file system stores no such time.
fn modified_ns(metadata: &Metadata) -> i64 {
    let Ok(modified) = metadata.modified() else { return 0 };
    match modified.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |nanos| -nanos),
    }
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "other systems have none")]
fn file_key(metadata: &Metadata) -> Option<FileKey> {
    use std::os::unix::fs::MetadataExt as _;
    Some(FileKey { volume: metadata.dev(), file: metadata.ino() })
}

/// Windows gives the file index only for an open file, which on a network drive costs more than the whole walk.
#[cfg(not(unix))]
fn file_key(_: &Metadata) -> Option<FileKey> {
    None
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    fn with_time(modified: SystemTime) -> Identity {
        let file = tempfile::tempfile().unwrap();
        file.set_modified(modified).unwrap();
        identity_of(&file.metadata().unwrap())
    }

    #[test]
    fn times_before_the_epoch_are_negative_and_round_down_to_milliseconds() {
        assert_eq!(with_time(UNIX_EPOCH - Duration::from_nanos(1_500_000)).modified_ns, -1_500_000);
        assert_eq!(with_time(UNIX_EPOCH - Duration::from_nanos(1_500_000)).modified().0, -2);
        assert_eq!(
            with_time(UNIX_EPOCH + Duration::new(1_700_000_000, 123_456_700)).modified_ns,
            1_700_000_000_123_456_700
        );
    }

    #[test]
    fn a_file_on_a_replugged_drive_is_unchanged() {
        let checked = Identity { size: 5, modified_ns: 7, file_key: Some(FileKey { volume: 1, file: 2 }) };
        let replugged = Identity { file_key: Some(FileKey { volume: 9, file: 3 }), ..checked };
        assert!(unchanged(&checked, &replugged));
        assert!(!unchanged(&checked, &Identity { size: 6, ..checked }));
        assert!(!unchanged(&checked, &Identity { modified_ns: 8, ..checked }));
    }
}
