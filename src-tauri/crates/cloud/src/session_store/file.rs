//! Stores the session in a file that only its owner may read (mode 0600; on Windows the folder's own permissions
//! apply).

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use waybill_model::{Code, Failure};
use zeroize::Zeroizing;

use super::{StoredSession, TokenStore};
use crate::kill_points;

/// More bytes than a session ever has.
const LARGEST: u64 = 1 << 20;

/// Stores the session in `session-<service>.json`. Anyone who can read the owner's files can read it without a
/// password.
#[derive(Clone, Debug)]
pub struct FileStore {
    service: String,
    path: PathBuf,
}

impl FileStore {
    /// Creates a store in an existing folder. `service` is the profile's name.
    #[must_use]
    pub fn new(dir: &Path, service: &str) -> Self {
        Self { service: service.to_owned(), path: dir.join(format!("session-{service}.json")) }
    }

    /// Returns the path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn failure(&self, error: &io::Error) -> Failure {
        let full = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded].contains(&error.kind());
        let code = if full { Code::DiskFull } else { Code::DataFolderUnusable };
        Failure::new(code, format!("{}: {error}", self.path.display()))
    }

    /// Writes a new file beside the old one, then replaces it: after a crash one or the other is there.
    fn replace(&self, content: &[u8]) -> io::Result<()> {
        let fresh = self.path.with_extension("json.new");
        let mut file = waybill_files::create(&fresh)?;
        file.write_all(content)?;
        file.sync_all()?;
        drop(file);
        kill_points::reached("session: before it takes the old one's place");
        waybill_files::rename(&fresh, &self.path)?;
        kill_points::reached("session: saved");
        Ok(())
    }
}

impl TokenStore for FileStore {
    fn load(&self) -> Result<Option<StoredSession>, Failure> {
        match waybill_files::read_small(&self.path, LARGEST) {
            Ok(content) => Ok(StoredSession::from_json(&Zeroizing::new(content), &self.service)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failure(&error)),
        }
    }

    fn save(&self, session: &StoredSession) -> Result<(), Failure> {
        let content = session.to_json()?;
        self.replace(&content).map_err(|error| self.failure(&error))
    }

    fn clear(&self) -> Result<(), Failure> {
        match waybill_files::remove(&self.path) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(self.failure(&error)),
        }
    }
}
