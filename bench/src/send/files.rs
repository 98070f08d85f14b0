//! Creates folders to send. The files are sparse: they have their full length but use no disk space. Reading them copies
//! memory but does not read the disk, both for Waybill and for the program it is compared with.

use std::fs::{self, File};
use std::path::Path;

use waybill_system_tests::Result;

use crate::io;

/// The number of files, and the length of each in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Files {
    pub(crate) count: u64,
    pub(crate) bytes: u64,
}

/// The number of files in each subfolder.
const IN_A_FOLDER: u64 = 1_000;

impl Files {
    /// Returns the bytes of all of them.
    pub(crate) fn total(self) -> u64 {
        self.count * self.bytes
    }
}

/// Creates a folder with these files.
///
/// # Errors
/// They cannot be written.
pub(crate) fn make(folder: &Path, files: Files) -> Result<()> {
    for number in 0..files.count {
        let path = folder.join(name(number));
        if number % IN_A_FOLDER == 0
            && let Some(parent) = path.parent()
        {
            fs::create_dir_all(parent).map_err(io(parent))?;
        }
        File::create(&path).and_then(|file| file.set_len(files.bytes)).map_err(io(&path))?;
    }
    Ok(())
}

/// Returns the path, relative to the folder, of the file with this number.
pub(crate) fn name(number: u64) -> String {
    format!("Box {:04}/letter {number:07}.txt", number / IN_A_FOLDER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_the_requested_files_in_the_requested_length() {
        let dir = tempfile::tempdir().unwrap();
        make(dir.path(), Files { count: 1_001, bytes: 70_000 }).unwrap();
        assert_eq!(fs::metadata(dir.path().join("Box 0001/letter 0001000.txt")).unwrap().len(), 70_000);
        assert_eq!(fs::read_dir(dir.path().join("Box 0000")).unwrap().count(), 1_000);
    }
}
