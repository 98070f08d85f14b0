//! What was learned of a slow line, kept for a day in a small file beside the journal.
//!
//! Owner: the transfer that sends, since only one at a time does. A file that is lost, unreadable or old means that the
//! line is learned again, which costs some requests and nothing else; so no failure of it is anybody's concern.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use waybill_model::Timestamp;

/// How long it is believed.
const DAY: Duration = Duration::from_secs(24 * 3600);
/// More bytes than the file ever has.
const LONGEST: u64 = 4 << 10;

/// What is kept, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    service: String,
    bytes_per_second: u64,
    /// When it was learned, in milliseconds since 1970.
    learned: Timestamp,
}

/// The file of one data folder and service.
#[derive(Clone, Debug)]
pub(crate) struct LineMemory {
    folder: PathBuf,
    service: String,
}

impl LineMemory {
    pub(crate) fn new(folder: &Path, service: &str) -> Self {
        Self { folder: folder.to_owned(), service: service.to_owned() }
    }

    /// Returns the bytes a second that were learned within the last day. Blocks.
    pub(crate) fn read(&self, now: Timestamp) -> Option<u64> {
        let text = waybill_files::read_small(&self.path(), LONGEST).ok()?;
        let kept: Kept = serde_json::from_slice(&text).ok()?;
        let age = now.since(kept.learned).max(kept.learned.since(now));
        (kept.service == self.service && age <= DAY).then_some(kept.bytes_per_second)
    }

    /// Keeps what was learned now; `None` if the line is no longer slow. Blocks.
    pub(crate) fn keep(&self, bytes_per_second: Option<u64>, now: Timestamp) {
        let outcome = match bytes_per_second {
            Some(bytes_per_second) => {
                self.write(&Kept { service: self.service.clone(), bytes_per_second, learned: now })
            }
            None => std::fs::remove_file(self.path()),
        };
        if let Err(error) = outcome
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "what was learned of the line could not be kept");
        }
    }

    fn write(&self, kept: &Kept) -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(&serde_json::to_vec(kept)?)?;
        waybill_files::put(file, &self.path())
    }

    fn path(&self) -> PathBuf {
        self.folder.join("line.json")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    #[test]
    fn a_rate_is_kept_for_a_day_and_for_its_service() {
        let dir = tempfile::tempdir().unwrap();
        let memory = LineMemory::new(dir.path(), "tdr");
        assert_eq!(memory.read(NOW), None);
        memory.keep(Some(300_000), NOW);
        assert_eq!(memory.read(NOW + DAY), Some(300_000));
        assert_eq!(memory.read(NOW + DAY * 2), None);
        assert_eq!(memory.read(NOW - DAY * 2), None, "learned by a clock that was wrong");
        assert_eq!(LineMemory::new(dir.path(), "other").read(NOW), None);
        memory.keep(None, NOW);
        assert_eq!(memory.read(NOW), None);
        memory.keep(None, NOW);
    }

    #[test]
    fn a_file_that_cannot_be_read_means_that_nothing_is_known() {
        let dir = tempfile::tempdir().unwrap();
        let memory = LineMemory::new(dir.path(), "tdr");
        for text in ["", "nonsense", "{\"service\":\"tdr\"}"] {
            std::fs::write(memory.path(), text).unwrap();
            assert_eq!(memory.read(NOW), None, "{text:?}");
        }
        std::fs::remove_file(memory.path()).unwrap();
        std::fs::create_dir(memory.path()).unwrap();
        assert_eq!(memory.read(NOW), None);
    }
}
