//! Files to upload, and whether they arrived.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use waybill_system_tests::{Control, Error, Random, Result};

/// The part size of TDR's website in bytes, and the least that S3 takes.
pub(crate) const PART: usize = 5 << 20;

/// A file on the disk and the key it is to have.
pub(crate) struct Upload {
    pub(crate) path: PathBuf,
    pub(crate) key: String,
    bytes: Vec<u8>,
}

impl Upload {
    /// Whether exactly these bytes are stored under the key.
    pub(crate) fn assert_stored(&self, control: &Control) -> Result<()> {
        let mut stored = Vec::new();
        let failed = |source| Error::Io { path: self.path.clone(), source };
        control.object(&self.key)?.read_to_end(&mut stored).map_err(failed)?;
        assert!(stored == self.bytes, "{} differs from what was sent ({} bytes)", self.key, self.bytes.len());
        Ok(())
    }

    /// Returns the bytes of the file.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }
}

/// Writes one file of this size, the same for the same seed, named as the last part of its key.
pub(crate) fn write(folder: &Path, key: &str, size: usize, seed: u64) -> Result<Upload> {
    std::fs::create_dir_all(folder).map_err(|source| Error::Io { path: folder.to_owned(), source })?;
    let path = folder.join(key.rsplit('/').next().unwrap_or(key));
    let mut bytes = vec![0; size];
    Random::new(seed).fill(&mut bytes);
    std::fs::write(&path, &bytes).map_err(|source| Error::Io { path: path.clone(), source })?;
    Ok(Upload { path, key: key.to_owned(), bytes })
}

/// Returns an empty file, one byte, just below a part, exactly one, exactly two, and two and a bit.
pub(crate) fn of_all_sizes(folder: &Path, prefix: &str) -> Result<Vec<Upload>> {
    let sizes = [0, 1, PART - 1, PART, 2 * PART, 2 * PART + 4_711];
    let files = sizes.into_iter().zip(1_u64..);
    files.map(|(size, seed)| write(folder, &format!("{prefix}/file-{seed}"), size, seed)).collect()
}
