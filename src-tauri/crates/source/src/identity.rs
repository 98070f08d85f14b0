//! What shows that a file has changed, without reading it.

use std::fs::File;
use std::io;
use std::time::SystemTime;

use cap_std::fs::Metadata;
use waybill_model::{FileKey, Identity, RelPath};

use crate::Folder;
use crate::fault::{self, HashFault};

const EPOCH: SystemTime = SystemTime::UNIX_EPOCH;

/// Returns the identity of an item as it is now, without opening it.
///
/// # Errors
/// [`HashFault::Gone`], [`HashFault::NotAFile`], [`HashFault::FolderGone`], [`HashFault::Unreadable`] (a folder above
/// it cannot be entered), [`HashFault::Locked`].
pub fn identity(folder: &Folder, path: &RelPath) -> Result<Identity, HashFault> {
    fault::check_name(path)?;
    let metadata = folder.check_in_place().and_then(|()| folder.beneath().metadata_of(path));
    let metadata = metadata.map_err(|error| fault::meaning_at(folder, path, &error))?;
    if metadata.is_file() { Ok(identity_of(&metadata)) } else { Err(HashFault::NotAFile) }
}

/// Returns whether a file seems unchanged since it was checked, without reading it: same size and same modified time.
///
/// Use this, not `==`, for identities taken at different times. The file key is deliberately ignored: device numbers
/// change when a drive is plugged in or mounted again, and on Linux FAT and exFAT may give a file another inode number
/// at any time. The checksums of its parts reveal a file replaced by another of the same size and time.
#[must_use]
pub fn unchanged(checked: &Identity, now: &Identity) -> bool {
    checked.size == now.size && checked.modified_ns == now.modified_ns
}

/// Returns whether a file may still be the one that was found: it has the same file key, or else the same size and
/// modified time (on a drive that was plugged in again, keys may differ). A file that was edited in place is the same
/// file; another file that has taken its name is not.
#[must_use]
pub fn same_file(found: &Identity, now: &Identity) -> bool {
    found.file_key == now.file_key || unchanged(found, now)
}

/// Returns the state of an open file.
pub(crate) fn identity_of_file(file: &File) -> io::Result<Identity> {
    Metadata::from_file(file).map(|metadata| identity_of(&metadata))
}

pub(crate) fn identity_of(metadata: &Metadata) -> Identity {
    Identity { size: metadata.len(), modified_ns: modified_ns(metadata), file_key: file_key(metadata) }
}

/// Returns nanoseconds since the epoch, negative before it; 0 if the file system stores no such time.
fn modified_ns(metadata: &Metadata) -> i128 {
    metadata.modified().map_or(0, |modified| nanoseconds(modified.into_std()))
}

fn nanoseconds(time: SystemTime) -> i128 {
    match time.duration_since(EPOCH) {
        Ok(after) => i128::try_from(after.as_nanos()).unwrap_or(i128::MAX),
        Err(before) => i128::try_from(before.duration().as_nanos()).map_or(i128::MIN, |nanos| -nanos),
    }
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "other systems have no file key")]
pub(crate) fn file_key(metadata: &Metadata) -> Option<FileKey> {
    use cap_std::fs::MetadataExt as _;
    Some(FileKey { volume: metadata.dev(), file: metadata.ino() })
}

/// Returns `None`: Windows gives the file index only for an open file, and opening every file on a network drive would
/// take longer than the whole walk.
#[cfg(not(unix))]
pub(crate) fn file_key(_: &Metadata) -> Option<FileKey> {
    None
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn with_time(modified: SystemTime) -> Identity {
        let file = tempfile::tempfile().unwrap();
        file.set_modified(modified).unwrap();
        identity_of_file(&file).unwrap()
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
    fn dates_long_before_and_after_today_are_kept_as_they_are() {
        const DAY: u64 = 24 * 3600;
        // 1 January 1601 and 1 January 2400.
        let (early, late) =
            (UNIX_EPOCH - Duration::from_secs(134_774 * DAY), UNIX_EPOCH + Duration::from_secs(157_054 * DAY));
        for (date, seconds) in [(early, -11_644_473_600), (late, 13_569_465_600)] {
            let identity = Identity { size: 1, modified_ns: nanoseconds(date), file_key: None };
            assert_eq!(identity.modified_ns, i128::from(seconds) * 1_000_000_000);
            assert_eq!(identity.modified().0, seconds * 1_000);
        }
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
