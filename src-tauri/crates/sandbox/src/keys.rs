//! The signing keys of sign-in and of the upload domain, with rotation.
//!
//! Each ring is a folder of RSA-2048 keys in PKCS #8 PEM (mode 0600), named by the order in which they were made and their
//! id. The newest key signs; the older ones still verify until they are dropped, as Keycloak's passive keys and the keys of
//! a CloudFront key group do.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use rsa::rand_core::OsRng;
use rsa::{RsaPrivateKey, RsaPublicKey};
use uuid::Uuid;

use crate::trusted_keys::TrustedKeys;
use crate::{files, random};

/// Both rings.
pub(crate) struct Keys {
    /// Signs ID and access tokens.
    pub sign_in: Ring,
    /// Signs the cookies of the upload domain.
    pub upload: TrustedKeys,
    /// Signs what only sign-in itself reads: refresh tokens and its cookies.
    pub realm_secret: Vec<u8>,
}

impl Keys {
    /// Opens the rings in `dir`, making a key where a ring has none.
    pub(crate) fn open(dir: &Path) -> io::Result<Self> {
        Ok(Self {
            sign_in: Ring::open(dir.join("keys/sign_in"), || random::token(24))?,
            upload: TrustedKeys::new(Ring::open(dir.join("keys/upload"), || format!("K{}", random::capitals(13)))?),
            realm_secret: realm_secret(&dir.join("keys/realm-secret"))?,
        })
    }

    /// The id that tokens signed with the realm's secret carry.
    pub(crate) fn realm_secret_id(&self) -> String {
        Uuid::new_v5(&Uuid::NAMESPACE_OID, &self.realm_secret).to_string()
    }
}

fn realm_secret(path: &Path) -> io::Result<Vec<u8>> {
    match fs::read(path) {
        Ok(secret) => Ok(secret),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let secret = random::token(64).into_bytes();
            files::write_private(path, &secret)?;
            Ok(secret)
        }
        Err(error) => Err(error),
    }
}

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
    /// A CloudFront key group holds at most five keys; the oldest makes way.
    const CAPACITY: usize = 5;

    fn open(dir: PathBuf, new_id: fn() -> String) -> io::Result<Self> {
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

    /// The key that signs.
    pub(crate) fn signing(&self) -> Arc<Key> {
        Arc::clone(&self.newest.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Every key that verifies, oldest first.
    pub(crate) fn all(&self) -> Vec<Arc<Key>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The key with this id, if it still verifies.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<Key>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).iter().find(|key| key.id == id).cloned()
    }

    /// Makes a new key to sign with. The older ones go on verifying unless `drop_old`. Takes a moment of computing.
    pub(crate) fn rotate(&self, drop_old: bool) -> io::Result<Arc<Key>> {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        let number = keys.last().map_or(1, |key| key.number + 1);
        let key = Arc::new(Key::make(&self.dir, number, (self.new_id)())?);
        keys.push(Arc::clone(&key));
        let leaving = if drop_old { keys.len() - 1 } else { keys.len().saturating_sub(Self::CAPACITY) };
        for old in keys.drain(..leaving) {
            fs::remove_file(self.dir.join(old.file_name()))?;
        }
        *self.newest.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&key);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotated_ring_signs_with_the_new_key_and_verifies_with_both_also_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::open(dir.path()).unwrap();
        let first = keys.sign_in.signing().id.clone();
        let second = keys.sign_in.rotate(false).unwrap().id.clone();
        drop(keys);
        let keys = Keys::open(dir.path()).unwrap();
        assert_eq!(keys.sign_in.signing().id, second);
        assert!(keys.sign_in.find(&first).is_some());
        keys.sign_in.rotate(true).unwrap();
        assert!(keys.sign_in.find(&first).is_none() && keys.sign_in.find(&second).is_none());
        assert_eq!(Keys::open(dir.path()).unwrap().sign_in.all().len(), 1);
    }
}
