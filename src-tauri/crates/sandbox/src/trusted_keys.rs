//! The keys whose signatures the edge of the upload domain trusts: the sandbox's own ring, and those given from
//! outside.
//!
//! CloudFront takes RSA keys of 2048 bits and ECDSA keys on the curve P-256, as a public key in PEM (CloudFront API reference,
//! `PublicKeyConfig`), and up to four key groups of five keys for one behaviour. The own ring is the first group; given keys
//! fill the other three. A given public key only verifies; the last given private key also signs, until the next rotation.
//!
//! Given keys are read at each start and never copied into the sandbox's folder, so a restart without them forgets
//! them.

#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use p256::ecdsa::signature::hazmat::{PrehashSigner as _, PrehashVerifier as _};
use p256::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _};
use parking_lot::RwLock;
use rsa::pkcs1::DecodeRsaPrivateKey as _;
use rsa::traits::PublicKeyParts as _;
use rsa::{Pkcs1v15Sign, RsaPrivateKey, RsaPublicKey};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

use crate::key_ring::Ring;
use crate::options::CookieKey;

/// Three key groups of five keys each.
const MOST_GIVEN: usize = 15;
/// Bytes of the modulus of the only RSA keys that CloudFront takes.
const RSA_BYTES: usize = 256;

/// Every key that verifies at the edge, and the one that signs.
pub(crate) struct TrustedKeys {
    own: Ring,
    given: RwLock<Given>,
}

struct Given {
    keys: Vec<Arc<GivenKey>>,
    /// Signs in place of the own ring's newest key.
    signer: Option<Arc<GivenKey>>,
}

/// A key from outside.
pub(crate) struct GivenKey {
    id: String,
    public: PublicKey,
    private: Option<PrivateKey>,
}

/// What verifies a signature.
#[derive(Clone)]
pub(crate) enum PublicKey {
    Rsa(RsaPublicKey),
    P256(p256::ecdsa::VerifyingKey),
}

/// What makes a signature.
#[derive(Clone)]
enum PrivateKey {
    Rsa(Box<RsaPrivateKey>),
    P256(p256::ecdsa::SigningKey),
}

/// The hash under a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash {
    /// What CloudFront assumes, and TDR uses.
    Sha1,
    /// `Hash-Algorithm=SHA256`.
    Sha256,
}

/// The key that signs, with its id.
pub(crate) struct Signer {
    /// The key pair id that goes with each signature.
    pub id: String,
    key: PrivateKey,
}

/// Why a given key is of no use.
pub(crate) struct Useless {
    /// Which of those given.
    pub key: CookieKey,
    /// What is wrong with it.
    pub source: io::Error,
}

impl TrustedKeys {
    /// Returns the own ring alone.
    pub(crate) fn new(own: Ring) -> Self {
        Self { own, given: RwLock::new(Given { keys: Vec::new(), signer: None }) }
    }

    /// Trusts keys from outside too. The last private key among them signs from now on.
    ///
    /// # Errors
    /// A file that cannot be read or holds no key that CloudFront takes; an invalid id, or one used twice; too many keys.
    pub(crate) fn trust(&self, wanted: &[CookieKey]) -> Result<(), Useless> {
        let mut keys: Vec<Arc<GivenKey>> = Vec::new();
        for key in wanted {
            let useless = |source| Useless { key: key.clone(), source };
            let id = &key.key_pair_id;
            if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return Err(useless(wrong("a key pair id is made of letters and digits")));
            }
            if self.own.find(id).is_some() || keys.iter().any(|other| other.id == *id) {
                return Err(useless(wrong("another key has this key pair id")));
            }
            if keys.len() == MOST_GIVEN {
                return Err(useless(wrong(
                    "CloudFront takes four groups of five keys, and one group is the sandbox's",
                )));
            }
            let (public, private) = read(&key.pem).map_err(useless)?;
            keys.push(Arc::new(GivenKey { id: id.clone(), public, private }));
        }
        let signer = keys.iter().rev().find(|key| key.private.is_some()).cloned();
        *self.given.write() = Given { keys, signer };
        Ok(())
    }

    /// Returns the key with this id, if it is trusted.
    pub(crate) fn find(&self, id: &str) -> Option<PublicKey> {
        if let Some(own) = self.own.find(id) {
            return Some(PublicKey::Rsa(own.public.clone()));
        }
        let given = self.given.read();
        given.keys.iter().find(|key| key.id == id).map(|key| key.public.clone())
    }

    /// Returns the key that signs.
    pub(crate) fn signer(&self) -> Signer {
        let given = self.given.read();
        let of_given = |key: &Arc<GivenKey>| Some(Signer { id: key.id.clone(), key: key.private.clone()? });
        given.signer.as_ref().and_then(of_given).unwrap_or_else(|| {
            let own = self.own.signing();
            Signer { id: own.id.clone(), key: PrivateKey::Rsa(Box::new(own.private.clone())) }
        })
    }

    /// Makes a new key in its own ring to sign with, and returns its id. The others still verify (of the own ring, the
    /// newest five) unless `drop_old`. Takes a moment of computing.
    ///
    /// # Errors
    /// The key cannot be made or kept.
    pub(crate) fn rotate(&self, drop_old: bool) -> io::Result<String> {
        let new = self.own.rotate(drop_old)?;
        let mut given = self.given.write();
        given.signer = None;
        if drop_old {
            given.keys.clear();
        }
        Ok(new.id.clone())
    }
}

impl PublicKey {
    /// Returns whether `signature` is that of `bytes`: RSA with PKCS #1 v1.5, or ECDSA in DER (RFC 3279, section
    /// 2.2.3).
    pub(crate) fn verify(&self, hash: Hash, bytes: &[u8], signature: &[u8]) -> bool {
        let digest = hash.digest(bytes);
        match self {
            Self::Rsa(key) => key.verify(hash.scheme(), &digest, signature).is_ok(),
            Self::P256(key) => p256::ecdsa::Signature::from_der(signature)
                .is_ok_and(|signature| key.verify_prehash(&digest, &signature).is_ok()),
        }
    }
}

impl Signer {
    /// Signs as TDR's signer does: over the SHA-1 of `text`. `None` if the key cannot do that.
    pub(crate) fn sign(&self, text: &str) -> Option<Vec<u8>> {
        let digest = Hash::Sha1.digest(text.as_bytes());
        match &self.key {
            PrivateKey::Rsa(key) => key.sign(Hash::Sha1.scheme(), &digest).ok(),
            PrivateKey::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign_prehash(&digest).ok()?;
                Some(signature.to_der().as_bytes().to_vec())
            }
        }
    }
}

impl Hash {
    fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(bytes).to_vec(),
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
        }
    }

    /// PKCS #1 v1.5 with the `DigestInfo` prefixes of RFC 8017, section 9.2, note 1.
    fn scheme(self) -> Pkcs1v15Sign {
        const SHA1: [u8; 15] =
            [0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14];
        const SHA256: [u8; 19] = [
            0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04,
            0x20,
        ];
        match self {
            Self::Sha1 => Pkcs1v15Sign { hash_len: Some(20), prefix: Box::from(SHA1) },
            Self::Sha256 => Pkcs1v15Sign { hash_len: Some(32), prefix: Box::from(SHA256) },
        }
    }
}

/// Reads the key in a PEM file: the public key, and the private one if the file has it.
fn read(path: &Path) -> io::Result<(PublicKey, Option<PrivateKey>)> {
    let text = fs::read_to_string(path)?;
    let (label, pem) = first_key(&text).ok_or_else(|| wrong("there is no key in PEM in this file"))?;
    match label {
        "PUBLIC KEY" => match RsaPublicKey::from_public_key_pem(pem) {
            Ok(key) => Ok((rsa_public(key)?, None)),
            Err(_) => {
                let key = p256::PublicKey::from_public_key_pem(pem).map_err(|_| not_taken())?;
                Ok((PublicKey::P256(key.into()), None))
            }
        },
        "PRIVATE KEY" => match RsaPrivateKey::from_pkcs8_pem(pem) {
            Ok(key) => rsa_private(key),
            Err(_) => Ok(p256_private(&p256::SecretKey::from_pkcs8_pem(pem).map_err(|_| not_taken())?)),
        },
        "RSA PRIVATE KEY" => rsa_private(RsaPrivateKey::from_pkcs1_pem(pem).map_err(|_| not_taken())?),
        "EC PRIVATE KEY" => Ok(p256_private(&p256::SecretKey::from_sec1_pem(pem).map_err(|_| not_taken())?)),
        "ENCRYPTED PRIVATE KEY" => Err(wrong("the private key is locked with a password; give it without")),
        _ => Err(not_taken()),
    }
}

/// Returns the first block of PEM that is not only the parameters of a curve, with its label.
fn first_key(text: &str) -> Option<(&str, &str)> {
    const BEGIN: &str = "-----BEGIN ";
    let mut rest = text;
    loop {
        let block = &rest[rest.find(BEGIN)?..];
        let label = block.strip_prefix(BEGIN)?.split("-----").next()?;
        let end = format!("-----END {label}-----");
        let length = block.find(&end)? + end.len();
        if label != "EC PARAMETERS" {
            return Some((label, &block[..length]));
        }
        rest = &block[length..];
    }
}

fn rsa_public(key: RsaPublicKey) -> io::Result<PublicKey> {
    if key.size() == RSA_BYTES { Ok(PublicKey::Rsa(key)) } else { Err(not_taken()) }
}

fn rsa_private(key: RsaPrivateKey) -> io::Result<(PublicKey, Option<PrivateKey>)> {
    Ok((rsa_public(key.to_public_key())?, Some(PrivateKey::Rsa(Box::new(key)))))
}

fn p256_private(key: &p256::SecretKey) -> (PublicKey, Option<PrivateKey>) {
    (PublicKey::P256(key.public_key().into()), Some(PrivateKey::P256(key.into())))
}

fn not_taken() -> io::Error {
    wrong("CloudFront takes RSA keys of 2048 bits and ECDSA keys on the curve P-256, and this is neither")
}

fn wrong(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}
