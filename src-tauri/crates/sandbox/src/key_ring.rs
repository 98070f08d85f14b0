//! RSA keys that all verify, of which the newest signs.
//!
//! A ring is a folder of RSA-2048 keys in PKCS #8 PEM (mode 0600), named by the order in which they were made and their
//! id. The older keys still verify until they are dropped, as Keycloak's passive keys and the keys of a CloudFront key
//! group do.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::RwLock;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use rsa::rand_core::OsRng;
use rsa::{RsaPrivateKey, RsaPublicKey};

use crate::files;

/// One key with its id.
pub(crate) struct Key {
    pub id: String,
    pub private: RsaPrivateKey,
    pub public: RsaPublicKey,
    number: u32,
}

/// Keys that all verify, of which the newest signs.
pub(crate) struct Ring {
    dir: PathBuf,
    new_id: fn() -> String,
    /// Oldest first, never empty.
    keys: RwLock<Vec<Arc<Key>>>,
    newest: RwLock<Arc<Key>>,
}

impl Ring {
    /// A CloudFront key group holds at most five keys; the oldest is dropped.
    const CAPACITY: usize = 5;

    /// Opens the ring in `dir`, making a key if it has none.
    pub(crate) fn open(dir: PathBuf, new_id: fn() -> String) -> io::Result<Self> {
        fs::create_dir_all(&dir)?;
        let mut keys = Vec::new();
        for entry in fs::read_dir(&dir)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "pem") {
                keys.push(Arc::new(Key::read(&path)?));
            }
        }
        keys.sort_by_key(|key| key.number);
        let newest = match keys.last() {
            Some(key) => Arc::clone(key),
            None => {
                let key = Arc::new(Key::make(&dir, 1, new_id())?);
                keys.push(Arc::clone(&key));
                key
            }
        };
        Ok(Self { dir, new_id, keys: RwLock::new(keys), newest: RwLock::new(newest) })
    }

    /// Returns the key that signs.
    pub(crate) fn signing(&self) -> Arc<Key> {
        Arc::clone(&self.newest.read())
    }

    /// Returns every key that verifies, oldest first.
    pub(crate) fn all(&self) -> Vec<Arc<Key>> {
        self.keys.read().clone()
    }

    /// Returns the key with this id, if it still verifies.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<Key>> {
        self.keys.read().iter().find(|key| key.id == id).cloned()
    }

    /// Makes a new key to sign with. The older ones still verify unless `drop_old`. Computing it takes a moment.
    pub(crate) fn rotate(&self, drop_old: bool) -> io::Result<Arc<Key>> {
        let mut keys = self.keys.write();
        let number = keys.last().map_or(1, |key| key.number + 1);
        let key = Arc::new(Key::make(&self.dir, number, (self.new_id)())?);
        keys.push(Arc::clone(&key));
        let leaving = if drop_old { keys.len() - 1 } else { keys.len().saturating_sub(Self::CAPACITY) };
        for old in keys.drain(..leaving) {
            fs::remove_file(self.dir.join(old.file_name()))?;
        }
        *self.newest.write() = Arc::clone(&key);
        Ok(key)
    }
}

impl Key {
    fn make(dir: &Path, number: u32, id: String) -> io::Result<Self> {
        let private = RsaPrivateKey::new(&mut OsRng, 2048).map_err(io::Error::other)?;
        let pem = private.to_pkcs8_pem(LineEnding::LF).map_err(io::Error::other)?;
        let public = private.to_public_key();
        let key = Self { id, private, public, number };
        files::write_private(&dir.join(key.file_name()), pem.as_bytes())?;
        Ok(key)
    }

    fn read(path: &Path) -> io::Result<Self> {
        let wrong = |reason: &str| io::Error::new(io::ErrorKind::InvalidData, format!("{}: {reason}", path.display()));
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        let (number, id) = name.split_once('.').ok_or_else(|| wrong("the name is not NUMBER.ID.pem"))?;
        let number = number.parse().map_err(|_| wrong("the name does not begin with a number"))?;
        let private =
            RsaPrivateKey::from_pkcs8_pem(&fs::read_to_string(path)?).map_err(|error| wrong(&error.to_string()))?;
        let public = private.to_public_key();
        Ok(Self { id: id.to_owned(), private, public, number })
    }

    fn file_name(&self) -> String {
        format!("{:04}.{}.pem", self.number, self.id)
    }
}
