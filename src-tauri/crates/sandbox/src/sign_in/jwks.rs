//! The realm's public keys as a JWK set (RFC 7517), each with a certificate as Keycloak gives it.
//!
//! A key for encryption comes first, as it may in Keycloak: a client that takes the first key there is, and not the
//! one that a token names, cannot verify anything. Nobody has its private half.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::{CertificateParams, DistinguishedName, DnType, Issuer, KeyPair, PKCS_RSA_SHA256, PublicKeyData};
use rsa::BigUint;
use rsa::pkcs1::EncodeRsaPublicKey as _;
use rsa::pkcs8::EncodePrivateKey as _;
use rsa::traits::PublicKeyParts as _;
use rustls::pki_types::PrivatePkcs8KeyDer;
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};
use uuid::Uuid;

use crate::key_ring::Key;
use crate::keys::Keys;

/// Why the set cannot be made: a fault of the sandbox.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unfit {
    /// A certificate cannot be signed.
    #[error("a key's certificate cannot be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// A key cannot be encoded.
    #[error("a key cannot be encoded: {0}")]
    Key(String),
}

/// Returns every key that verifies, newest first, after the one for encryption.
pub(super) fn set(keys: &Keys) -> Result<Value, Unfit> {
    let mut set = vec![encryption(keys)?];
    for key in keys.sign_in.all().iter().rev() {
        let pair = pair(key)?;
        let certificate = params().self_signed(&pair)?;
        set.push(jwk(&key.id, "RS256", "sig", &key.public.n().to_bytes_be(), certificate.der()));
    }
    Ok(json!({"keys": set}))
}

fn jwk(id: &str, algorithm: &str, usage: &str, modulus: &[u8], certificate: &[u8]) -> Value {
    json!({
        "kid": id, "kty": "RSA", "alg": algorithm, "use": usage,
        "x5c": [STANDARD.encode(certificate)],
        "x5t": URL_SAFE_NO_PAD.encode(Sha1::digest(certificate)),
        "x5t#S256": URL_SAFE_NO_PAD.encode(Sha256::digest(certificate)),
        "n": URL_SAFE_NO_PAD.encode(modulus),
        "e": URL_SAFE_NO_PAD.encode(BigUint::from(EXPONENT).to_bytes_be()),
    })
}

/// The public exponent of all keys.
const EXPONENT: u32 = 65_537;

/// Returns a key of which there is only this half, the same at every start.
fn encryption(keys: &Keys) -> Result<Value, Unfit> {
    let mut modulus: Vec<u8> = (0..4_u8)
        .flat_map(|block| Sha512::new().chain_update(&keys.realm_secret).chain_update([block]).finalize())
        .collect();
    if let Some(first) = modulus.first_mut() {
        *first |= 0x80;
    }
    if let Some(last) = modulus.last_mut() {
        *last |= 1;
    }
    let public = rsa::RsaPublicKey::new(BigUint::from_bytes_be(&modulus), BigUint::from(EXPONENT))
        .map_err(|error| Unfit::Key(error.to_string()))?;
    let public = Public(public.to_pkcs1_der().map_err(|error| Unfit::Key(error.to_string()))?.as_bytes().to_vec());
    let issuer = Issuer::new(params(), pair(&keys.sign_in.signing())?);
    let certificate = params().signed_by(&public, &issuer)?;
    let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, &modulus).to_string();
    Ok(jwk(&id, "RSA-OAEP", "enc", &modulus, certificate.der()))
}

/// A public RSA key in PKCS #1.
struct Public(Vec<u8>);

impl PublicKeyData for Public {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &PKCS_RSA_SHA256
    }
}

fn pair(key: &Key) -> Result<KeyPair, Unfit> {
    let der = key.private.to_pkcs8_der().map_err(|error| Unfit::Key(error.to_string()))?;
    Ok(KeyPair::from_pkcs8_der_and_sign_algo(&PrivatePkcs8KeyDer::from(der.as_bytes()), &PKCS_RSA_SHA256)?)
}

/// Named by the realm. The dates are fixed so that a key has one certificate, however often it is asked for.
fn params() -> CertificateParams {
    let mut params = CertificateParams::default();
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, "tdr");
    params.distinguished_name = name;
    params.not_before = rcgen::date_time_ymd(2026, 1, 1);
    params.not_after = rcgen::date_time_ymd(2056, 1, 1);
    params
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_set_never_changes_and_its_first_key_does_not_sign() {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::open(dir.path()).unwrap();
        let first = set(&keys).unwrap();
        assert_eq!(first, set(&keys).unwrap());
        assert_eq!(first["keys"].as_array().unwrap().len(), 2);
        assert_eq!((&first["keys"][0]["use"], &first["keys"][1]["use"]), (&json!("enc"), &json!("sig")));
        assert_ne!(first["keys"][0]["n"], first["keys"][1]["n"]);
        assert_eq!(first["keys"][1]["e"], "AQAB");
    }
}
