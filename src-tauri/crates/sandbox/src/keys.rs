//! The signing keys of sign-in and of the upload domain, with rotation.
//!
//! The newest key of each [ring](Ring) signs; the older ones still verify until they are dropped.

use std::fs;
use std::io;
use std::path::Path;

use uuid::Uuid;

use crate::key_ring::Ring;
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
    /// Opens the rings in `dir`.
    pub(crate) fn open(dir: &Path) -> io::Result<Self> {
        Ok(Self {
            sign_in: Ring::open(dir.join("keys/sign_in"), || random::token(24))?,
            upload: TrustedKeys::new(Ring::open(dir.join("keys/upload"), || format!("K{}", random::capitals(13)))?),
            realm_secret: realm_secret(&dir.join("keys/realm-secret"))?,
        })
    }

    /// Returns the id that tokens signed with the realm's secret carry.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotated_ring_verifies_with_both_keys_and_survives_a_restart() {
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
