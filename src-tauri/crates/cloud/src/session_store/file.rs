//! A file that only its owner may read (mode 0600; on Windows as the folder's own permissions have it).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use waybill_model::{Code, Failure};
use zeroize::Zeroizing;

use super::{StoredSession, TokenStore};
use crate::kill_points;

/// Keeps the session in `session-<service>.json`, readable without a password by whoever may read the owner's files.
#[derive(Clone, Debug)]
pub struct FileStore {
    service: String,
    path: PathBuf,
}

impl FileStore {
    /// A store in a folder that exists. `service` is the profile's name.
    #[must_use]
    pub fn new(dir: &Path, service: &str) -> Self {
        Self { service: service.to_owned(), path: dir.join(format!("session-{service}.json")) }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn failure(&self, error: &io::Error) -> Failure {
        let full = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded].contains(&error.kind());
        let code = if full { Code::DiskFull } else { Code::DataFolderUnusable };
        Failure::new(code, format!("{}: {error}", self.path.display()))
    }

    /// Writes a new file beside the old and puts it in its place: after a crash there is one or the other.
    fn replace(&self, content: &[u8]) -> io::Result<()> {
        let fresh = self.path.with_extension("json.new");
        match fs::remove_file(&fresh) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Err(_) | Ok(()) => {}
        }
        let mut file = private().open(&fresh)?;
        file.write_all(content)?;
        file.sync_all()?;
        drop(file);
        kill_points::reached("session: before it takes the old one's place");
        fs::rename(&fresh, &self.path)?;
        kill_points::reached("session: saved");
        sync_folder(&self.path)
    }
}

impl TokenStore for FileStore {
    fn load(&self) -> Result<Option<StoredSession>, Failure> {
        match fs::read(&self.path) {
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
        match fs::remove_file(&self.path) {
            Ok(()) => sync_folder(&self.path).map_err(|error| self.failure(&error)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(self.failure(&error)),
        }
    }

    fn describe(&self) -> &'static str {
        "file (readable by whoever may read your files)"
    }
}

/// Opens a new file for its owner only: never, not for a moment, readable by others.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

/// A rename or removal is on the disk only when the folder is. Windows has no such call for folders, and needs none.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        Some(_) | None => Ok(()),
    }
}
